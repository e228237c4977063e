"""The company's lists as documents need them: each name in the settings found once, or refused with the nearest that exist."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine

from order_sync.errors import ConfigurationError
from order_sync.settings import Store
from order_sync.store.cache import entries


@dataclass(frozen=True, slots=True)
class Books:
    """What a document of this company may refer to; items are ids by SKU and by name, several where QuickBooks has several."""

    items_by_sku: Mapping[str, tuple[str, ...]]
    items_by_name: Mapping[str, tuple[str, ...]]
    standard_item: str
    tax_item: str
    tip_item: str
    fee_item: str
    discount_account: str | None
    home_currency: str
    allows_shipping: bool
    allows_discount: bool


@dataclass(frozen=True, slots=True)
class NewCustomerDefaults:
    """The ids of the lists' rows that the settings name for new customers; None where they name none."""

    sales_term: str | None = None
    customer_type: str | None = None


def read_books(engine: Engine, realm_id: str, store: Store) -> Books:
    """The cached lists of a company; ConfigurationError where a name of the settings is not in them, or is not active."""
    items = [
        item
        for item in entries(engine, realm_id, "Item")
        if item.get("Active", True) and item.get("Type") not in _NO_LINE_TAKES
    ]
    accounts = [account for account in entries(engine, realm_id, "Account") if account.get("Active", True)]
    preferences = next(iter(entries(engine, realm_id, "Preferences")), {})
    forms = preferences.get("SalesFormsPrefs", {})
    revenue = store.revenue

    def item(key: str, name: str) -> str:
        return _find(store, f"revenue.{key}", name, "item", items)

    return Books(
        items_by_sku=_by(items, "Sku"),
        items_by_name=_by(items, "Name"),
        standard_item=item("standard_item", revenue.standard_item),
        tax_item=item("tax_item", revenue.tax_item),
        tip_item=item("tip_item", revenue.tip_item),
        fee_item=item("fee_item", revenue.fee_item),
        discount_account=_find(store, "revenue.discount_account", revenue.discount_account, "account", accounts)
        if revenue.discount_account
        else None,
        home_currency=preferences.get("CurrencyPrefs", {}).get("HomeCurrency", {}).get("value", "USD"),
        allows_shipping=bool(forms.get("AllowShipping", True)),
        allows_discount=bool(forms.get("AllowDiscount", True)),
    )


def new_customer_defaults(engine: Engine, realm_id: str, store: Store) -> NewCustomerDefaults:
    """What the cached lists of a company have for "Create: sales term, customer type, currency".

    ConfigurationError where a name of the settings is not in them, or where customers are to have their orders' currency in a company
    that keeps its books in one.
    """
    create = store.customers.create
    if create.currency == "order":
        preferences = next(iter(entries(engine, realm_id, "Preferences")), {})
        if not preferences.get("CurrencyPrefs", {}).get("MultiCurrencyEnabled"):
            raise ConfigurationError(
                f"The settings of store {store.name} give new customers the currency of their order "
                f"(customers.create.currency), and the QuickBooks company has one currency only.",
                advice="Set customers.create.currency to company, or switch multicurrency on in QuickBooks; then run "
                f"refresh_quickbooks__{store.name}.",
            )

    def id_of(key: str, name: str | None, what: str, entity: str) -> str | None:
        if name is None:
            return None
        rows = [row for row in entries(engine, realm_id, entity) if row.get("Active", True)]
        return _find(store, f"customers.create.{key}", name, what, rows)

    return NewCustomerDefaults(
        sales_term=id_of("sales_term", create.sales_term, "term", "Term"),
        customer_type=id_of("customer_type", create.customer_type, "customer type", "CustomerType"),
    )


_NO_LINE_TAKES = ("Category", "Group")  # a category only holds items, a bundle has a kind of line of its own


def _by(items: Iterable[Mapping[str, Any]], field: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for item in items:
        if key := str(item.get(field) or "").strip():
            found[key] = (*found.get(key, ()), str(item["Id"]))
    return found


def _find(store: Store, key: str, name: str, what: str, rows: Collection[Mapping[str, Any]]) -> str:
    for field in ("FullyQualifiedName", "Name"):
        found = {str(row["Id"]): str(row.get("FullyQualifiedName")) for row in rows if row.get(field) == name}
        if len(found) == 1:
            return next(iter(found))
        if found:
            raise ConfigurationError(
                f"The settings of store {store.name} name the {what} '{name}' ({key}), and the QuickBooks company has "
                f"{len(found)} of that name.",
                advice=f"Write it in full: {' or '.join(sorted(found.values()))}.",
            )
    names = sorted({str(row.get("FullyQualifiedName") or row.get("Name")) for row in rows})
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.4) or names[:3]
    raise ConfigurationError(
        f"The settings of store {store.name} name the {what} '{name}' ({key}), which the QuickBooks company has not, "
        f"or not active.",
        advice=f"The nearest that it has: {', '.join(near) or 'none'}. Correct the settings or add it in QuickBooks; "
        f"then run refresh_quickbooks__{store.name}.",
    )
