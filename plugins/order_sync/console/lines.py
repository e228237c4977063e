"""The lines of an order, and those of the document that it became."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from itertools import zip_longest
from typing import Any

from order_sync.infusionsoft.records import OrderItem
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


def side_by_side(
    snapshot: Snapshot | None, document: Write | None, items: dict[str, str], *, of_order: str = ""
) -> list[tuple[OrderedLine | None, RecordedLine | None]]:
    """The lines of an order, each beside that of its document; of a day's document those `of_order` alone."""
    recorded = recorded_lines(document, items, of_order=of_order)
    has_tax_last = bool(recorded) and recorded[-1].name == _TAX
    return list(zip_longest(ordered_lines(snapshot, tax_last=has_tax_last), recorded))


def ordered_lines(snapshot: Snapshot | None, *, tax_last: bool = False) -> list[OrderedLine]:
    """The lines of the order as Infusionsoft has them; what is taken off stands last, as on a document, and behind it its tax."""

    def place(item: OrderItem) -> int:
        return 2 if tax_last and item.item_type == "TAX" else int(item.item_type.startswith("DISCOUNT"))

    items = [] if snapshot is None else sorted(snapshot.order.items, key=place)
    return [
        OrderedLine(item.name or item.product_name or item.item_type, item.quantity, _amount(item)) for item in items
    ]


def _amount(item: OrderItem) -> Decimal:
    amount = item.quantity * item.price
    if not item.item_type.startswith("DISCOUNT"):
        return amount
    # It stands in the price, in the discount, or in both; which sign it has is not documented.
    return -(abs(amount) or abs(item.discount or Decimal(0)))


def recorded_lines(document: Write | None, items: dict[str, str], *, of_order: str = "") -> list[RecordedLine]:
    """The lines of the document that was sent, each with the name of its item; of a day's document those `of_order` alone."""
    if document is None:
        return []
    body = json.loads(document.payload, parse_float=Decimal)
    found = []
    for line in body.get("Line", []):
        if of_order and not _is_of(line, of_order):
            continue
        kind = line.get("DetailType", "")
        detail = line.get(kind, {})
        ref = detail.get("ItemRef") or detail.get("GroupItemRef") or {}
        name = items.get(ref.get("value", ""), "") or line.get("Description") or _PLAIN.get(kind, "")
        tax = (detail.get("TaxCodeRef") or {}).get("value", "")
        inside = sum((Decimal(one.get("Amount", 0)) for one in detail.get("Line", ())), Decimal(0))
        amount = Decimal(line.get("Amount", inside))
        found.append(RecordedLine(name, tax, -amount if kind == "DiscountLineDetail" else amount))
    sent = (body.get("TxnTaxDetail") or {}).get("TotalTax")
    if (tax := document.tax if sent is None else Decimal(sent)) and not of_order:
        found.append(RecordedLine(_TAX, "", tax))
    return found


def _is_of(line: dict[str, Any], order_id: str) -> bool:
    text = str(line.get("Description", ""))
    return text == order_id or text.startswith(f"{order_id}: ")


_TAX = "Tax of the transaction"
_PLAIN = {"DiscountLineDetail": "Discount", "SubTotalLineDetail": "Subtotal", "GroupLineDetail": "Bundle"}
