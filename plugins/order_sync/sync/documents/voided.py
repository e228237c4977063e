"""Documents that QuickBooks taxed or summed otherwise than the order, and that were voided: when the same is not sent again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from order_sync.errors import RecordRefused
from order_sync.quickbooks.wire import encode
from order_sync.settings import Store
from order_sync.sync.orders.codes import Code
from order_sync.sync.orders.write import Write, WriteStatus

VOIDED = (Code.TAX_DIFFERS, Code.RECORDED_OTHERWISE)


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
    """Whether a write's document was voided; its number stays taken."""
    return write.status is WriteStatus.REJECTED and write.code in VOIDED


def _content(body: Mapping[str, Any], ignored: Sequence[str]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in ignored}
