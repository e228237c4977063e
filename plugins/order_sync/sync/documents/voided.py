"""Voids: how a document or payment is taken out of the books, and when one that was voided is not sent again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from order_sync.errors import RecordRefused
from order_sync.money import with_currency
from order_sync.quickbooks.reading import Unreadable
from order_sync.quickbooks.wire import encode
from order_sync.settings import Store
from order_sync.sync.company.company import Company
from order_sync.sync.orders.codes import SKIP_THE_ORDER, Code, refusal
from order_sync.sync.orders.kinds import Entity, Kind
from order_sync.sync.orders.write import Intent, Write, WriteStatus

VOIDED = (Code.TAX_DIFFERS, Code.RECORDED_OTHERWISE)
"""Of a document that was recorded otherwise than sent, and voided."""
TAKEN_BACK = (Code.PAYMENT_GONE, Code.DELETED)
"""Of one that was recorded as it was sent, and taken out of the books later."""


def void_intent(write: Write, order_ids: Sequence[str], version: str | None = None) -> Intent:
    """The void of what a write recorded; the version of its record (sync token) is known only once that was read."""
    body = {"Id": write.quickbooks_id, "SyncToken": version or "<its version>"}
    return Intent(
        Kind.VOID,
        str(write.id),
        write.entity,
        encode(body),
        Decimal(0),
        write.currency,
        operation="void",
        order_ids=tuple(order_ids),
    )


def check_open_to_void(write: Write, company: Company) -> None:
    """RecordRefused where the books are closed for the day of what would be voided: a void changes that day."""
    day = date.fromisoformat(json.loads(write.payload)["TxnDate"])
    if company.closed_until and day <= company.closed_until:
        raise refusal(
            Code.PERIOD_CLOSED,
            f"The {write.entity.words} of {day} would be voided; the books of the QuickBooks company are closed up to "
            f"{company.closed_until}.",
            f"Reopen the period in QuickBooks, and the next run voids it; or take it back there by hand, and {SKIP_THE_ORDER}.",
        )


def is_voided(record: Mapping[str, Any]) -> bool:
    """Whether a record of QuickBooks comes to nothing; Unreadable where it does not say what it comes to."""
    if "TotalAmt" not in record:
        raise Unreadable("TotalAmt")
    return not record["TotalAmt"]


def used_since(write: Write, record: Mapping[str, Any]) -> RecordRefused | None:
    """Why a record of QuickBooks is not voided: somebody edited it there, or applied money to the invoice; None where it is as it was."""
    total, what = (
        Decimal(str(record["TotalAmt"])),
        f"The {write.entity.words} {record.get('DocNumber') or record['Id']}",
    )
    currency = write.currency or ""
    if write.recorded is not None and total != write.recorded:
        words = f"{what} was to be voided, and somebody edited it in QuickBooks: it comes to {with_currency(total, currency)} there."
    elif (left := Decimal(str(record.get("Balance", total)))) < total and write.entity is Entity.INVOICE:
        words = f"{what} was to be voided, and {with_currency(total - left, currency)} of it are paid in QuickBooks."
    else:
        return None
    return refusal(
        Code.EDITED, words, f"Void it in QuickBooks by hand if nothing of it holds any more; then {SKIP_THE_ORDER}."
    )


def refuse_again(writes: Sequence[Write], body: Mapping[str, Any], store: Store, *more: str) -> RecordRefused | None:
    """The reason why the same document is not sent once more: it was, QuickBooks recorded it otherwise, and it was voided.

    Number and day of posting tell nothing of its content, nor do the fields that are named beside them.
    """
    dated = ("TxnDate",) if store.revenue.transaction_date == "date of posting" else ()
    ignored = ("DocNumber", *dated, *more)
    wanted = _content(json.loads(encode(body), parse_float=Decimal), ignored)
    for write in reversed(writes):
        if write.status is WriteStatus.REJECTED and write.code in VOIDED:
            sent = json.loads(write.payload, parse_float=Decimal)
            if _content(sent, ignored) == wanted:
                return RecordRefused(write.message or "", advice=write.advice or "", code=write.code or "")
    return None


def was_voided(write: Write) -> bool:
    """Whether a write's document was voided or taken back; its number stays taken."""
    return write.status is WriteStatus.REJECTED and write.code in (*VOIDED, *TAKEN_BACK)


def was_taken_back(write: Write) -> bool:
    """Whether a write's document was recorded as it was sent, and taken out of the books later."""
    return write.status is WriteStatus.REJECTED and write.code in TAKEN_BACK


def _content(body: Mapping[str, Any], ignored: Sequence[str]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in ignored}
