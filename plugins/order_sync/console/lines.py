"""The lines of an order, and those of the document that it became."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from itertools import zip_longest
from typing import Any

from order_sync.infusionsoft.records import OrderItem
from order_sync.sync.orders.snapshot import Snapshot
from order_sync.sync.orders.write import Write


class Sort(Enum):
    """What a line is; a document has what is taken off, and its tax, each in one line as a rule, whatever the order has."""

    GOODS = "goods"
    OFF = "off"
    TAX = "tax"


@dataclass(frozen=True, slots=True)
class OrderedLine:
    """A line of the order."""

    name: str
    quantity: Decimal
    amount: Decimal
    sort: Sort = Sort.GOODS


@dataclass(frozen=True, slots=True)
class RecordedLine:
    """A line of the document: the item that it went to."""

    name: str
    tax: str
    amount: Decimal
    sort: Sort = Sort.GOODS


def side_by_side(
    snapshot: Snapshot | None, document: Write | None, items: dict[str, str], *, of_order: str = ""
) -> list[tuple[OrderedLine | None, RecordedLine | None, bool]]:
    """The lines of an order, each beside that of its document, and whether that comes to something else; of a day's document those
    `of_order` alone."""
    ordered, recorded = ordered_lines(snapshot), recorded_lines(document, items, of_order=of_order)
    apart = {line.sort for line in recorded}  # what is not stands among the goods, as a line like theirs
    rows = []
    for sort in Sort:
        left = [line for line in ordered if (line.sort if line.sort in apart else Sort.GOODS) is sort]
        right = [line for line in recorded if line.sort is sort]
        sums_differ = sum(line.amount for line in left) != sum(line.amount for line in right)
        for one, other in zip_longest(left, right):
            # Goods line by line; of two taxes or discounts the document may have the sum.
            differs = one and other and (one.amount != other.amount if sort is Sort.GOODS else sums_differ)
            rows.append((one, other, bool(differs)))
    return rows


def ordered_lines(snapshot: Snapshot | None) -> list[OrderedLine]:
    """The lines of the order as Infusionsoft has them; what is taken off stands last, as on a document."""
    lines = [] if snapshot is None else [_ordered(item) for item in snapshot.order.items]
    return sorted(lines, key=lambda line: line.sort is Sort.OFF)


def _ordered(item: OrderItem) -> OrderedLine:
    is_off = item.item_type.startswith("DISCOUNT")
    sort = Sort.OFF if is_off else Sort.TAX if item.item_type == "TAX" else Sort.GOODS
    return OrderedLine(item.name or item.product_name or item.item_type, item.quantity, _amount(item), sort)


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
        is_off = kind == "DiscountLineDetail"
        found.append(RecordedLine(name, tax, -amount if is_off else amount, Sort.OFF if is_off else Sort.GOODS))
    sent = (body.get("TxnTaxDetail") or {}).get("TotalTax")
    if (tax := document.tax if sent is None else Decimal(sent)) and not of_order:
        found.append(RecordedLine("Tax of the transaction", "", tax, Sort.TAX))
    return found


def _is_of(line: dict[str, Any], order_id: str) -> bool:
    text = str(line.get("Description", ""))
    return text == order_id or text.startswith(f"{order_id}: ")


_PLAIN = {"DiscountLineDetail": "Discount", "SubTotalLineDetail": "Subtotal", "GroupLineDetail": "Bundle"}
