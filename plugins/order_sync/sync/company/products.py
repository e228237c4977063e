"""Which QuickBooks item a product is (docs/settings/products.md): as a person chose, by the map file, else by SKU or name, exact after
trimming."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from order_sync.errors import RecordRefused
from order_sync.infusionsoft.records import OrderItem
from order_sync.settings import Identification, ProductSettings
from order_sync.sync.company.lists import NO_LINE_TAKES
from order_sync.sync.orders.codes import Code, refusal
from order_sync.sync.orders.decision import ItemChoice

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
class Part:
    """An item of a bundle, how many of it are in one, and its price; None where it cannot be sold."""

    item_id: str
    quantity: Decimal
    price: Decimal | None


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle: no item itself, it is sold as the items in it."""

    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Items:
    """The company's items: ids by `Sku` and by `Name`, several where QuickBooks has several; those of inactive ones apart.

    `chosen` are what a person chose for products, by their keys: the item's id, or why it cannot be used any more. `mapped` are ids by
    what the map file names. By a product's key: `made` are those of this run, `made_before` those of earlier runs
    that go by another name or SKU than the product; `refused` is why one could not be made. Bundles and categories are no items:
    `bundles` are the active ones by id, `categories` the names of categories.
    """

    by_sku: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    by_name: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    inactive_by_sku: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    inactive_by_name: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    chosen: Mapping[str, str | RecordRefused] = field(default_factory=dict)
    mapped: Mapping[str, str] = field(default_factory=dict)
    made: Mapping[str, str] = field(default_factory=dict)
    made_before: Mapping[str, str] = field(default_factory=dict)
    refused: Mapping[str, RecordRefused] = field(default_factory=dict)
    descriptions: Mapping[str, str] = field(default_factory=dict)
    bundles: Mapping[str, Bundle] = field(default_factory=dict)
    bundles_by_sku: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    bundles_by_name: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    categories: frozenset[str] = frozenset()

    def active(self, way: Identification) -> Mapping[str, tuple[str, ...]]:
        """The active items by the field that a way compares."""
        return self.by_sku if way.destination == "Sku" else self.by_name

    def of_bundles(self, way: Identification) -> Mapping[str, tuple[str, ...]]:
        """The bundles by the field that a way compares."""
        return self.bundles_by_sku if way.destination == "Sku" else self.bundles_by_name

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
    """The id of a product's item, or of the bundle that it is (`items.bundles`); None where there is none.

    Raises RecordRefused where several items are alike (ITEM_AMBIGUOUS), where only an inactive one is there or the one that a person
    chose is that (ITEM_INACTIVE), or where this run could not make one, or not make it active (ITEM_REFUSED).
    """
    if chosen := items.chosen.get(product.key):
        if isinstance(chosen, RecordRefused):
            raise chosen
        return chosen
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
        raise refusal(
            Code.ITEM_AMBIGUOUS,
            f"QuickBooks has {len(active)} active items with the {_WORDS[way.destination]} '{key}'.",
        )
    if inactive:
        raise item_is_inactive(f"item with the {_WORDS[way.destination]} '{key}'")
    return None


def inactive_item(product: Product, settings: ProductSettings, items: Items) -> str | None:
    """The one inactive item that a product would be if it were active; None where there is none, or an active one."""
    found = _looked_up(product, settings, items)
    if found is None or product.key in items.made or product.key in items.chosen:
        return None
    _way, _key, active, inactive = found
    return inactive[0] if not active and len(inactive) == 1 else None


def items_alike(product: Product, settings: ProductSettings, items: Items) -> tuple[str, ...]:
    """The active items, or bundles, that have a product's SKU or name: several where nobody can tell which is meant."""
    found = _looked_up(product, settings, items)
    return found[2] if found else ()


_WORDS = {"Sku": "SKU", "Name": "name"}


def _looked_up(
    product: Product, settings: ProductSettings, items: Items
) -> tuple[Identification, str, tuple[str, ...], tuple[str, ...]] | None:
    """By the first way whose source is not blank: the way, the key, and the active and inactive items of that key.

    Where no active item has the key, the bundles that have it.
    """
    for way in settings.identify:
        if key := product.sku if way.source == "SKU" else product.name:
            active = items.active(way).get(key) or items.of_bundles(way).get(key, ())
            return way, key, active, items.inactive(way).get(key, ())
    return None


def item_for_line(row: Mapping[str, Any]) -> bool:
    """Whether an item can stand on a line: it is active, and neither a category nor a bundle."""
    return bool(row.get("Active", True)) and row.get("Type") not in NO_LINE_TAKES


def chosen_today(
    choices: Mapping[str, ItemChoice], rows: Iterable[Mapping[str, Any]]
) -> dict[str, str | RecordRefused]:
    """By product, the id of the item that a person chose, whatever it is called today; or why no line can have it any more."""
    by_id = {str(row["Id"]): row for row in rows} if choices else {}
    return {key: _today(key, choice, by_id.get(choice.item_id)) for key, choice in choices.items()}


def _today(key: str, choice: ItemChoice, row: Mapping[str, Any] | None) -> str | RecordRefused:
    if row and item_for_line(row):
        return choice.item_id
    name = f"{row.get('FullyQualifiedName') or row.get('Name')} ({choice.item_id})" if row else choice.item_id
    fate = "inactive" if row and not row.get("Active", True) else "not there any more"
    words = f"{choice.who} chose the item {name} for the product with the {key}. It is {fate} in QuickBooks."
    advice = "Choose another item, or take the choice back, on the page Review; the next run records the order."
    if fate == "inactive":
        advice = f"Make it active in QuickBooks. Or: {advice[0].lower()}{advice[1:]}"
    return refusal(Code.ITEM_INACTIVE, words, advice)


def without_item(product: Product, items: Items) -> str:
    """That QuickBooks has no item for a product, in words; and what has its name there and is none."""
    words = f"QuickBooks has no item for '{product.label}'"
    if product.name in items.categories:
        return f"{words}, only a category of its name"
    return f"{words}, only a bundle of its name" if product.name in items.bundles_by_name else words


def item_is_inactive(what: str) -> RecordRefused:
    """Why an order is held whose product has only an inactive item."""
    return refusal(Code.ITEM_INACTIVE, f"The {what} is inactive in QuickBooks.")


def _trimmed(text: str | None) -> str:
    return (text or "").strip()
