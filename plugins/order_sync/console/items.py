"""The items (products and services) of the company, as QuickBooks last gave them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import ClassVar

from order_sync.console.lists import Line, ListPage, text_of
from order_sync.console.page import Shop, database
from order_sync.console.services import in_quickbooks
from order_sync.console.words import spaced
from order_sync.database.cache import entries
from order_sync.database.cached_lists import CachedRecord
from order_sync.money import with_currency

TYPES = {"NonInventory": "Non-inventory", "Group": "Bundle"}
"""What QuickBooks' pages call types of items that its data calls otherwise."""


class ItemsPage(ListPage):
    path = "/{store}/lists/items"
    route_name = "items"
    entity = "Item"
    which = "items"
    columns: ClassVar[Mapping[str, str]] = {
        "sku": "SKU",
        "type": "Type",
        "income_account": "Income account",
        "price": "Price",
        "currency": "Currency",
    }
    unbroken = frozenset({"sku"})
    figures = frozenset({"price"})
    searched = "Name, id or SKU"

    def lines(self, here: Shop, records: Sequence[CachedRecord]) -> Sequence[Line]:
        """The lines of some items."""
        told = entries(database(), here.realm_id, "Preferences") if here.realm_id else []
        home = next((text_of(one, "CurrencyPrefs", "HomeCurrency", "value") for one in told), "") or "USD"
        return [_line(one, home, here.environment) for one in records]


def _line(item: CachedRecord, home: str, environment: str) -> Line:
    above, _, own = item.name.rpartition(":")
    kind = text_of(item.body, "Type")
    return Line(
        id=item.id,
        name=own,
        active=item.active,
        state="Active" if item.active else "Inactive",
        cells={
            "sku": text_of(item.body, "Sku"),
            "type": TYPES.get(kind) or spaced(kind),
            "income_account": text_of(item.body, "IncomeAccountRef", "name"),
            "price": _price(text_of(item.body, "UnitPrice"), home),
            "currency": home,  # items have their prices in it
        },
        note=f"In {above}" if above else "",
        link=in_quickbooks(environment, "Item", item.id),
    )


def _price(text: str, currency: str) -> str:
    return with_currency(Decimal(text), currency).partition(" ")[0] if text else ""
