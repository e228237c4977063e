"""The items that QuickBooks lacks for the products of orders, and their JSON."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from order_sync.errors import RecordRefused
from order_sync.infusionsoft.records import OrderItem
from order_sync.settings import Store
from order_sync.sync.company.company import Company
from order_sync.sync.company.products import (
    Items,
    Product,
    identify,
    inactive_item,
    is_product,
    product_of,
)
from order_sync.sync.orders.snapshot import Snapshot

NAME_LENGTH = 100  # Name and Sku
ENDING_LENGTH = 50  # of a SKU behind a name
DESCRIPTION_LENGTH = 4000
_NOT_IN_NAMES = re.compile("[:\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def missing_products(snapshots: Iterable[Snapshot], store: Store, items: Items) -> dict[str, Product]:
    """The products of these orders that no item stands for, by key; those that are held for another reason left out."""
    found: dict[str, Product] = {}
    for product in products_of(snapshots):
        if not (product.sku or product.name) or product.key in found:
            continue
        try:
            if identify(product, store.products, items) is None:
                found[product.key] = product
        except RecordRefused:
            continue  # its order is held, and says why
    return found


def inactive_products(snapshots: Iterable[Snapshot], store: Store, items: Items) -> dict[str, tuple[Product, str]]:
    """The products of these orders whose only item is inactive: product and item id, by key."""
    found: dict[str, tuple[Product, str]] = {}
    for product in products_of(snapshots):
        if item_id := inactive_item(product, store.products, items):
            found[product.key] = product, item_id
    return found


def new_item(product: Product, company: Company, store: Store, *, distinct: bool = False) -> dict[str, Any]:
    """The JSON of an item for a product; `distinct` adds the SKU to a name that another item has."""
    settings, accounts = store.products.create, company.new_item
    name, sku = _as_name(product.name) or _as_name(product.sku), _as_name(product.sku)
    ending = f" ({(sku or product.product_id or 'Infusionsoft')[:ENDING_LENGTH].rstrip()})" if distinct else ""
    body: dict[str, Any] = {
        "Name": name[: NAME_LENGTH - len(ending)].rstrip() + ending,
        "Type": settings.type,
        "IncomeAccountRef": {"value": accounts.income},
        "UnitPrice": product.price,
    }
    if product.sku:
        body["Sku"] = product.sku[:NAME_LENGTH]
    if settings.description and product.description:
        body["Description"] = product.description[:DESCRIPTION_LENGTH]
    if company.in_united_states:
        body["Taxable"] = product.taxable is not False if settings.taxable == "as on store" else settings.taxable
    if accounts.expense:
        body["ExpenseAccountRef"] = {"value": accounts.expense}
    if settings.type == "Inventory":
        body |= {
            "AssetAccountRef": {"value": accounts.asset},
            "TrackQtyOnHand": True,
            "QtyOnHand": 0,
            "InvStartDate": str(settings.inventory_start),
        }
    return body


def is_name(name: str, product: Product) -> bool:
    """Whether an item's name is all of a product's; not where it was cut, or has a blank for what no name may hold."""
    whole = product.name if _as_name(product.name) else product.sku
    return " ".join(whole.split()).casefold() == name.casefold()


def products_of(snapshots: Iterable[Snapshot]) -> Iterable[Product]:
    lines: Iterable[OrderItem] = (item for snapshot in snapshots for item in snapshot.order.items)
    return (product_of(item) for item in lines if is_product(item))


def _as_name(text: str) -> str:
    return " ".join(_NOT_IN_NAMES.sub(" ", text).split())
