"""What a bundle of QuickBooks is sold as: its items, in the quantities and at the prices that QuickBooks has for them.

A bundle has no price of its own. So it can stand for an order's line only where its items come to that line, to the cent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from order_sync.errors import RecordRefused
from order_sync.infusionsoft.records import OrderItem
from order_sync.money import rounded, with_currency
from order_sync.sync.company.products import Bundle, product_of
from order_sync.sync.orders.codes import Code, refusal


@dataclass(frozen=True, slots=True)
class Component:
    """An item of a bundle as an order's line sells it."""

    item_id: str
    quantity: Decimal
    price: Decimal
    amount: Decimal


def components(item: OrderItem, amount: Decimal, bundle: Bundle, currency: str) -> tuple[Component, ...]:
    """What a line sells that comes to an amount; RecordRefused (BUNDLE_DIFFERS) where its bundle does not come to the same."""
    if not bundle.parts:
        raise _refusal(item, "has no items in it")
    found = []
    for part in bundle.parts:
        if part.price is None:
            raise _refusal(item, "has an item in it that is inactive, or that no line takes")
        quantity = part.quantity * item.quantity
        found.append(Component(part.item_id, quantity, part.price, rounded(part.price * quantity, currency)))
    together = sum((one.amount for one in found), Decimal(0))
    if together != amount or item.quantity <= 0:
        of_items, of_line = with_currency(together, currency), with_currency(amount, currency)
        words = (
            f"comes to {of_items} for {item.quantity:f} by the prices of its items, and the order's line to {of_line}"
        )
        raise _refusal(item, words)
    return tuple(found)


def item_lines(lines: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The lines of a document that sell an item, those of bundles too."""
    for line in lines:
        if line["DetailType"] == "GroupLineDetail":
            yield from item_lines(line["GroupLineDetail"]["Line"])
        elif line["DetailType"] == "SalesItemLineDetail":
            yield line


def sold_item(line: Mapping[str, Any]) -> str:
    """The id of the item, or of the bundle, that a line sells; empty where it sells none."""
    kind = line["DetailType"]
    name = {"SalesItemLineDetail": "ItemRef", "GroupLineDetail": "GroupItemRef"}.get(kind)
    return str(line[kind][name]["value"]) if name else ""


def _refusal(item: OrderItem, what: str) -> RecordRefused:
    return refusal(
        Code.BUNDLE_DIFFERS, f"The product '{product_of(item).label}' is a bundle in QuickBooks, which {what}."
    )
