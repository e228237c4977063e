"""How each kind of record is found again in QuickBooks, and compared with what was sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from order_sync.quickbooks.client import QuickBooks
from order_sync.quickbooks.wire import quote
from order_sync.sync.documents.fields import bears
from order_sync.sync.orders.codes import Code
from order_sync.sync.orders.write import Write
from order_sync.sync.outbox.courier import Kind


def find_by_note(quickbooks: QuickBooks, write: Write) -> list[dict[str, Any]]:
    """The records that bear the write's private note: by number; else, where QuickBooks gave it another, by date and customer."""
    body = json.loads(write.payload, parse_float=Decimal)
    note = str(body["PrivateNote"]).partition("\n")[0]
    places = [f"TxnDate = {quote(body['TxnDate'])} AND CustomerRef = {quote(body['CustomerRef']['value'])}"]
    if number := body.get("DocNumber"):
        places.insert(0, f"DocNumber = {quote(number)}")
    for where in places:
        found = [row for page in quickbooks.query_all(write.entity, where) for row in page]
        if ours := [row for row in found if bears(row, note)]:
            return ours
    return []


def amounts_differ(write: Write, record: Mapping[str, Any]) -> tuple[str, str] | None:
    """A record is as wanted when its tax and its total are what was sent."""
    total, tax = record.get("TotalAmt"), (record.get("TxnTaxDetail") or {}).get("TotalTax") or 0
    if write.tax is not None and Decimal(str(tax)) != write.tax:
        return (
            Code.TAX_DIFFERS,
            f"its tax is {tax}, the order's {write.tax}; its total is {total}, the order's {write.total}",
        )
    if write.kind == "payment" and Decimal(str(record.get("UnappliedAmt") or 0)):
        return Code.RECORDED_OTHERWISE, f"{record['UnappliedAmt']} of it is not applied to the invoice"
    if total is None or Decimal(str(total)) != write.total:
        return Code.RECORDED_OTHERWISE, f"its total is {total}, the order's {write.total}"
    return None


AS_SENT = Kind(find=find_by_note, difference=amounts_differ)
