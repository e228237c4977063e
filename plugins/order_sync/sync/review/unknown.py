"""What of an order nobody knows yet, and a person can say: which item a product is, and what payments of a type are."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from order_sync.errors import RecordRefused
from order_sync.settings import ProductSettings
from order_sync.sync.company.lists import nearest
from order_sync.sync.company.products import (
    Items,
    Product,
    identify,
    is_product,
    item_for_line,
    items_alike,
    product_of,
    without_item,
)
from order_sync.sync.orders.payments import unknown_kinds
from order_sync.sync.orders.snapshot import Snapshot

MOST_COMPARED = 3000
"""Among more items none is sought that is called alike: it would take too long for a page."""


@dataclass(frozen=True, slots=True)
class UnknownProduct:
    """A product of an order that no item stands for: what its lines come to, why, and which items, id and name, may be meant."""

    product: Product
    amount: Decimal
    why: str
    alike: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class UnknownType:
    """A type of payment of which nobody said what it is, and what the order's payments of it come to."""

    type: str
    amount: Decimal


def names_of_items(rows: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The items that can stand on a line, by id, each as QuickBooks shows it; by name."""
    found = {
        str(row["Id"]): str(row.get("FullyQualifiedName") or row.get("Name")) for row in rows if item_for_line(row)
    }
    return dict(sorted(found.items(), key=lambda one: one[1].casefold()))


def as_map(chosen: Mapping[str, str]) -> dict[str, str]:
    """What people chose for products (items' names by the products' keys) as the map of products has it: by SKU or name.

    LookupError where the map could not tell two of these products apart.
    """
    found, key_of = dict[str, str](), dict[str, str]()
    for key, item in chosen.items():
        text = key.partition(" ")[2]
        if found.get(text, item) != item:
            raise LookupError(
                f"{key_of[text]} and {key} are two products, and the map of products cannot tell them apart. What was decided counts "
                "without the map. To have it all there, give one another SKU in Infusionsoft, and take back what was decided of it."
            )
        found[text], key_of[text] = item, key
    return found


def unknown_products(
    snapshot: Snapshot, settings: ProductSettings, items: Items, rows: Sequence[Mapping[str, Any]]
) -> list[UnknownProduct]:
    """The products of an order that no item stands for, in the order of its lines; `rows` are the company's items."""
    names = names_of_items(rows)
    amounts: dict[str, Decimal] = {}
    products: dict[str, Product] = {}
    for item in filter(is_product, snapshot.order.items):
        product = product_of(item)
        products.setdefault(product.key, product)
        amounts[product.key] = amounts.get(product.key, Decimal(0)) + item.quantity * item.price - (item.discount or 0)
    found = []
    for key, product in products.items():
        if product.sku or product.name:
            why = _why(product, settings, items)
            if why:
                found.append(UnknownProduct(product, amounts[key], why, _alike(product, settings, items, names)))
    return found


def _why(product: Product, settings: ProductSettings, items: Items) -> str:
    try:
        known = identify(product, settings, items)
    except RecordRefused as error:
        return error.message
    return "" if known else f"{without_item(product, items)}."


def _alike(
    product: Product, settings: ProductSettings, items: Items, names: Mapping[str, str]
) -> tuple[tuple[str, str], ...]:
    if same := [(id, names[id]) for id in items_alike(product, settings, items) if id in names]:
        return tuple(same)
    if not names or len(names) > MOST_COMPARED:
        return ()
    ids = {name.casefold(): id for id, name in names.items()}
    near = difflib.get_close_matches((product.name or product.sku).casefold(), ids, n=3)
    return tuple((ids[name], names[ids[name]]) for name in near)


def item_named(name: str, rows: Iterable[Mapping[str, Any]]) -> tuple[str, str]:
    """Id and full name of the item of that full name, or of that name where no other has it. LookupError where there is none."""
    own = [row for row in rows if item_for_line(row)]
    for field in ("FullyQualifiedName", "Name"):
        found = names_of_items(row for row in own if str(row.get(field) or "").casefold() == name.casefold())
        if len(found) == 1:
            return next(iter(found.items()))
        if found:
            raise LookupError(f"QuickBooks has several items called {name!r}: {', '.join(found.values())}.")
    near = ", ".join(nearest(name, own)) if len(own) <= MOST_COMPARED else ""
    raise LookupError(
        f"QuickBooks has no active item that is called {name!r}. {f'The nearest: {near}.' if near else ''}"
    )


def unknown_types(snapshot: Snapshot) -> list[UnknownType]:
    """The types of an order's payments of which nobody said what they are."""
    return [
        UnknownType(type, sum((one.amount for one in snapshot.payments if one.method == type), Decimal(0)))
        for type in unknown_kinds(snapshot)
    ]
