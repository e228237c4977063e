"""The lines of an order, and those of the document that it became."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal

from order_sync.sync.orders.snapshot import Snapshot
from order_sync.sync.orders.write import Write


@dataclass(frozen=True, slots=True)
class OrderedLine:
    """A line of the order."""

    name: str
    quantity: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class RecordedLine:
    """A line of the document: the item that it went to."""

    name: str
    tax: str
    amount: Decimal


def ordered_lines(snapshot: Snapshot | None) -> list[OrderedLine]:
    """The lines of the order as Infusionsoft has them."""
    if snapshot is None:
        return []
    return [
        OrderedLine(
            item.name or item.product_name or item.item_type,
            item.quantity,
            item.quantity * item.price - (item.discount or 0),
        )
        for item in snapshot.order.items
    ]


def recorded_lines(document: Write | None, items: dict[str, str]) -> list[RecordedLine]:
    """The lines of the document that was sent, each with the name of its item."""
    if document is None:
        return []
    body = json.loads(document.payload, parse_float=Decimal)
    found = []
    for line in body.get("Line", []):
        detail = line.get(line.get("DetailType", ""), {})
        ref = detail.get("ItemRef") or detail.get("GroupItemRef") or {}
        name = (
            items.get(ref.get("value", ""), "") or line.get("Description") or _PLAIN.get(line.get("DetailType", ""), "")
        )
        tax = (detail.get("TaxCodeRef") or {}).get("value", "")
        found.append(RecordedLine(name, tax, Decimal(line.get("Amount", 0))))
    if tax := (body.get("TxnTaxDetail") or {}).get("TotalTax"):
        found.append(RecordedLine("Tax of the transaction", "", Decimal(tax)))
    return found


_PLAIN = {"DiscountLineDetail": "Discount", "SubTotalLineDetail": "Subtotal", "GroupLineDetail": "Bundle"}
