"""Which QuickBooks item a product is ("Products" in docs/settings.md): by the map file, else by SKU or name, exact after trimming."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from order_sync.errors import ConfigurationError, RecordRefused
from order_sync.infusionsoft.records import OrderItem
from order_sync.settings import Identification, ProductSettings, Store, stores_folder
from order_sync.sync.listed import NO_LINE_TAKES, Listed

NOT_PRODUCTS = frozenset(
    {
        "SHIPPING",
        "TAX",
        "TIP",
        "FEE",
        "FINANCE_CHARGE",
        "DISCOUNT",
        "DISCOUNT_FREE_TRIAL",
        "DISCOUNT_ORDER_TOTAL",
        "DISCOUNT_PRODUCT",
        "DISCOUNT_PRODUCT_CATEGORY",
        "DISCOUNT_SHIPPING",
    }
)
"""Lines of an order that sell nothing."""

_MADE_INACTIVE = re.compile(r" \(deleted(?: \d+)?\)$")
_SAME_NAME = "Give each its own, or make all but one inactive; the next run records the order."


@dataclass(frozen=True, slots=True)
class Product:
    """A product as an order's line tells it: what it is known by, and what a new item is made of."""

    key: str
    sku: str
    name: str
    description: str
    price: Decimal
    taxable: bool | None
    product_id: str

    @property
    def label(self) -> str:
        """What a person calls it."""
        return self.sku or self.name or "a nameless product"


@dataclass(frozen=True, slots=True)
class Items:
    """The company's items: ids by `Sku` and by `Name`, several where QuickBooks has several; those of inactive ones apart.

    `mapped` are ids by what the map file names. By a product's key: `made` are those of this run, `made_before` those of earlier runs
    that go by another name or SKU than the product; `refused` is why one could not be made.
    """

    by_sku: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    by_name: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    inactive_by_sku: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    inactive_by_name: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    mapped: Mapping[str, str] = field(default_factory=dict)
    made: Mapping[str, str] = field(default_factory=dict)
    made_before: Mapping[str, str] = field(default_factory=dict)
    refused: Mapping[str, RecordRefused] = field(default_factory=dict)
    descriptions: Mapping[str, str] = field(default_factory=dict)

    def active(self, way: Identification) -> Mapping[str, tuple[str, ...]]:
        """The active items by the field that a way compares."""
        return self.by_sku if way.destination == "Sku" else self.by_name

    def inactive(self, way: Identification) -> Mapping[str, tuple[str, ...]]:
        """The inactive items by the field that a way compares."""
        return self.inactive_by_sku if way.destination == "Sku" else self.inactive_by_name


def is_product(item: OrderItem) -> bool:
    """Whether a line sells something."""
    return item.item_type not in NOT_PRODUCTS and not is_discount(item)


def is_discount(item: OrderItem) -> bool:
    """Whether a line takes something off; each kind of discount has a type of its own."""
    return item.item_type.startswith("DISCOUNT")


def product_of(item: OrderItem) -> Product:
    """The product of a line; one that has a SKU is known by it, else by its name."""
    sku, name = _trimmed(item.sku), _trimmed(item.product_name) or _trimmed(item.name)
    return Product(
        key=f"SKU {sku}" if sku else f"name {name}",
        sku=sku,
        name=name,
        description=_trimmed(item.description),
        price=item.price,
        taxable=item.taxable,
        product_id=item.product_id or "",
    )


def identify(product: Product, settings: ProductSettings, items: Items) -> str | None:
    """The id of a product's item; None where there is none.

    Raises RecordRefused where several items are alike (ITEM_AMBIGUOUS), where only an inactive one is there (ITEM_INACTIVE), or where
    this run could not make one, or not make it active (ITEM_REFUSED).
    """
    for text in (product.sku, product.name, product.product_id):
        if text and text in items.mapped:
            return items.mapped[text]
    if own := items.made.get(product.key) or items.made_before.get(product.key):
        return own
    if product.key in items.refused:
        raise items.refused[product.key]
    found = _looked_up(product, settings, items)
    if found is None:
        return None
    way, key, active, inactive = found
    if len(active) == 1:
        return active[0]
    if active:
        raise RecordRefused(
            f"QuickBooks has {len(active)} active items with the {_WORDS[way.destination]} '{key}'.",
            advice=_SAME_NAME,
            code="ITEM_AMBIGUOUS",
        )
    if inactive:
        raise item_is_inactive(f"item with the {_WORDS[way.destination]} '{key}'")
    return None


def inactive_item(product: Product, settings: ProductSettings, items: Items) -> str | None:
    """The one inactive item that a product would be if it were active; None where there is none, or an active one."""
    found = _looked_up(product, settings, items)
    if found is None or product.key in items.made:
        return None
    _way, _key, active, inactive = found
    return inactive[0] if not active and len(inactive) == 1 else None


_WORDS = {"Sku": "SKU", "Name": "name"}


def _looked_up(
    product: Product, settings: ProductSettings, items: Items
) -> tuple[Identification, str, tuple[str, ...], tuple[str, ...]] | None:
    """By the first way whose source is not blank: the way, the key, and the active and inactive items of that key."""
    for way in settings.identify:
        if key := product.sku if way.source == "SKU" else product.name:
            return way, key, items.active(way).get(key, ()), items.inactive(way).get(key, ())
    return None


def read_items(engine: Engine, realm_id: str, store: Store, listed: Listed) -> Items:
    """The cached items of a company, and the map file with its items; what is wrong in that file is remembered in `listed`."""
    active = listed.active("Item")
    inactive = [
        row for row in listed.all("Item") if not row.get("Active", True) and row.get("Type") not in NO_LINE_TAKES
    ]
    return Items(
        by_sku=_by(active, "Sku"),
        by_name=_by(active, "Name"),
        inactive_by_sku=_by(inactive, "Sku"),
        inactive_by_name=_by(inactive, "Name"),
        mapped=_mapped(store, listed),
        descriptions={str(row["Id"]): str(row["Description"]) for row in active if row.get("Description")},
    )


def read_map(path: Path) -> dict[str, str]:
    """A map file: the item's name by product; ConfigurationError that names the file and the line."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))
    except FileNotFoundError:
        raise ConfigurationError(
            f"There is no map of products {path}.", advice="Add it, or take products.map out of the settings."
        ) from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigurationError(
            f"The map of products {path} cannot be read: {error}.", advice="Save it as CSV, in UTF-8."
        ) from None
    if not rows or [name.strip() for name in rows[0]] != ["product", "item"]:
        raise ConfigurationError(
            f"The map of products {path} has not the header product,item.", advice="Add that line."
        )
    found: dict[str, str] = {}
    for number, row in enumerate(rows[1:], 2):
        if not any(cell.strip() for cell in row):
            continue
        product, item = ([cell.strip() for cell in row] + ["", ""])[:2]
        if len(row) != 2 or not product or not item:
            raise ConfigurationError(
                f"Line {number} of the map of products {path} is not a product and an item.",
                advice="Write product,item; in quotes where a comma stands in it.",
            )
        if found.get(product, item) != item:
            raise ConfigurationError(
                f"Line {number} of the map of products {path} gives '{product}' a second item.",
                advice="Keep one of the two.",
            )
        found[product] = item
    return found


def _mapped(store: Store, listed: Listed) -> dict[str, str]:
    if store.products.map is None:
        return {}
    names = read_map(stores_folder() / store.products.map)
    ids = {name: listed.item(f"{store.products.map}", name) for name in dict.fromkeys(names.values())}
    return {product: str(ids[name]) for product, name in names.items()}


def _by(items: Iterable[Mapping[str, Any]], field: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for item in items:
        text = str(item.get(field) or "").strip()
        if not item.get("Active", True):
            text = former_name(text)
        if text:
            found[text] = (*found.get(text, ()), str(item["Id"]))
    return found


def item_is_inactive(what: str) -> RecordRefused:
    """Why an order is held whose product has only an inactive item."""
    return RecordRefused(
        f"The {what} is inactive in QuickBooks.",
        advice="Make it active in QuickBooks, or set products.reactivate_inactive; the next run records the order.",
        code="ITEM_INACTIVE",
    )


def former_name(name: str) -> str:
    """The name of an inactive item before QuickBooks renamed it (`Widget (deleted)`), to free the name."""
    return _MADE_INACTIVE.sub("", name)


def _trimmed(text: str | None) -> str:
    return (text or "").strip()
