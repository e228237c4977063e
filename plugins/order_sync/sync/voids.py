"""Documents that QuickBooks taxed or summed otherwise than the order: voided, and their orders held, where the settings say so."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from order_sync.errors import RecordRefused
from order_sync.quickbooks.client import QuickBooks, encode
from order_sync.quickbooks.faults import ObjectNotFound
from order_sync.settings import Store
from order_sync.store.ledger import reject_posted
from order_sync.store.orders import BY_PERSON, change_orders, orders_by_id
from order_sync.store.writes import Intent, Write, latest_writes, orders_of_writes
from order_sync.sync.delivery import Kind, Outcome
from order_sync.sync.posting import Posting, deliver, end, left_open, note_addition, recorded_otherwise

VOIDED = ("TAX_DIFFERS", "RECORDED_OTHERWISE")


def void_differing(posting: Posting) -> None:
    """Voids the store's documents that were recorded otherwise than sent, and holds their orders, where the settings say so."""
    if posting.store.taxes.if_differs != "void and hold":
        return
    differing = [
        write
        for write in recorded_otherwise(posting, "document").values()
        if write.code in VOIDED and write.quickbooks_id
    ]
    orders = orders_of_writes(posting.engine, [write.id for write in differing])
    skipped = _skipped(posting, [order_id for of in orders.values() for order_id in of])
    documents = {str(write.id): write for write in differing if skipped.isdisjoint(orders[write.id])}
    if not documents:
        return
    already = latest_writes(
        posting.engine,
        realm_id=posting.quickbooks.realm_id,
        store=posting.store.name,
        kind="void",
        subjects=list(documents),
    )
    done = [subject for subject, write in already.items() if write.status == "posted" and not write.code]
    for subject in done:
        _hold(posting, documents.pop(subject), "It was voided.")
    intents = []
    for subject, write in documents.items():
        try:
            intents.append(_intent(posting.quickbooks, subject, write, orders[write.id]))
        except ObjectNotFound:
            _hold(posting, write, "It is no longer in QuickBooks.")
        except RecordRefused as error:
            for order_id in orders[write.id]:
                end(posting, order_id, "failed", error)

    def settled(outcome: Outcome, order_ids: list[str]) -> None:
        if outcome.status == "posted" and not outcome.error:
            _hold(posting, documents[outcome.write.subject], "It was voided.")
        else:
            note_addition(posting, outcome, order_ids, "void")

    open_ones = {subject: write for subject, write in left_open(posting, "void").items() if subject in documents}
    deliver(posting, VOID, intents, settled, name="void", what="documents voided", left_open=open_ones)


def refuse_again(writes: Sequence[Write], body: Mapping[str, Any], store: Store, *more: str) -> RecordRefused | None:
    """The reason why the same document is not sent once more: it was, QuickBooks recorded it otherwise, and it was voided.

    Number and day of posting tell nothing of its content, nor do the fields that are named beside them.
    """
    dated = ("TxnDate",) if store.revenue.transaction_date == "date of posting" else ()
    ignored = ("DocNumber", *dated, *more)
    wanted = _content(json.loads(encode(body), parse_float=Decimal), ignored)
    for write in reversed(writes):
        if write.status == "rejected" and write.code in VOIDED:
            sent = json.loads(write.payload, parse_float=Decimal)
            if _content(sent, ignored) == wanted:
                return RecordRefused(write.message or "", advice=write.advice or "", code=write.code or "")
    return None


def was_voided(write: Write) -> bool:
    """Whether a write's document was voided; its number stays taken."""
    return write.status == "rejected" and write.code in VOIDED


def _skipped(posting: Posting, order_ids: Sequence[str]) -> set[str]:
    rows = orders_by_id(posting.engine, posting.store.name, order_ids)
    return {row.order_id for row in rows if row.code == BY_PERSON}


def _hold(posting: Posting, write: Write, outcome: str) -> None:
    error = RecordRefused(
        f"{write.message or 'QuickBooks recorded the document otherwise than it was sent.'} {outcome}",
        advice="Compare the sales tax of the company with the store's (taxes in the settings); it is sent again once the order or "
        "the settings have changed. Or enter it by hand, and skip it.",
        code=write.code or "",
    )
    order_ids = orders_of_writes(posting.engine, [write.id])[write.id]
    gone: dict[str, Any] = {"document_entity": None, "document_id": None, "document_number": None, "posted_hash": None}
    gone["is_open"] = False
    change_orders(
        posting.engine,
        posting.store.name,
        posting.run.run_key,
        [{"order_id": order_id, **gone} for order_id in order_ids],
    )
    for order_id in order_ids:
        end(posting, order_id, "held", error)
    # Last, so that a process that is killed before it does all of this again.
    reject_posted(posting.engine, posting.lease, write, error, posting.run.run_key)


def _intent(quickbooks: QuickBooks, subject: str, write: Write, order_ids: Sequence[str]) -> Intent:
    record = quickbooks.read(write.entity, write.quickbooks_id or "")
    body = {"Id": str(record["Id"]), "SyncToken": str(record["SyncToken"])}
    return Intent(
        "void",
        subject,
        write.entity,
        encode(body),
        Decimal(0),
        write.currency,
        operation="void",
        order_ids=tuple(order_ids),
    )


def _find(quickbooks: QuickBooks, write: Write) -> list[dict[str, Any]]:
    """The document, where it is voided."""
    try:
        record = quickbooks.read(write.entity, json.loads(write.payload)["Id"])
    except ObjectNotFound:
        return []
    return [record] if not record.get("TotalAmt") else []


def _not_voided(_write: Write, record: Mapping[str, Any]) -> tuple[str, str] | None:
    total = record.get("TotalAmt")
    return ("NOT_VOIDED", f"it still comes to {total}") if total else None


VOID = Kind(find=_find, difference=_not_voided)


def _content(body: Mapping[str, Any], ignored: Sequence[str]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in ignored}
