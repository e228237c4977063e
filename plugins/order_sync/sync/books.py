"""The company as documents need it: what its lists and preferences have for each name in the settings.

Read before anything is sent: whatever the settings name and the company has not, or does not allow, comes as one error, with the
nearest names that exist.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Engine

from order_sync.errors import ConfigurationError
from order_sync.settings import AS_ON_STORE, RevenueSettings, Rule, Store
from order_sync.store.cache import entries
from order_sync.sync.listed import Listed
from order_sync.sync.products import Items, read_items

SHIPPING_ITEM = "SHIPPING_ITEM_ID"  # QuickBooks' own item for the shipping line


@dataclass(frozen=True, slots=True)
class LineItems:
    """The ids of the items that take what is no product."""

    standard: str
    tax: str
    tip: str
    fee: str
    finance_charge: str
    shipping: str
    refund: str
    discount: str | None = None


@dataclass(frozen=True, slots=True)
class NewItemAccounts:
    """The ids of the accounts of an item that the sync creates."""

    income: str | None = None
    expense: str | None = None
    asset: str | None = None


@dataclass(frozen=True, slots=True)
class Books:
    """What a document of this company may refer to, by id, and what the company allows.

    `deposit_accounts` and `payment_methods` are by the payment method as the store names it, case folded; classes and locations by
    the name in the settings.
    """

    items: Items
    lines: LineItems
    home_currency: str = "USD"
    country: str = "US"
    multicurrency: bool = False
    allows_shipping: bool = True
    allows_discount: bool = True
    class_on_lines: bool = False
    closed_until: date | None = None
    discount_account: str | None = None
    deposit_account: str | None = None
    deposit_accounts: Mapping[str, str] = field(default_factory=dict)
    refund_account: str | None = None
    payment_method: str | None = None
    payment_methods: Mapping[str, str] = field(default_factory=dict)
    sales_term: str | None = None
    classes: Mapping[str, str] = field(default_factory=dict)
    locations: Mapping[str, str] = field(default_factory=dict)
    tax_code: str | None = None
    taxed_lines: str = "TAX"
    untaxed_lines: str = "NON"
    new_item: NewItemAccounts = NewItemAccounts()


@dataclass(frozen=True, slots=True)
class NewCustomerDefaults:
    """The ids of the lists' rows that the settings name for new customers; None where they name none."""

    sales_term: str | None = None
    customer_type: str | None = None


def read_books(engine: Engine, realm_id: str, store: Store) -> Books:
    """The cached lists and preferences of a company; ConfigurationError, with all of it, where they do not fit the settings."""
    listed = Listed(engine, realm_id, store)
    preferences = next(iter(entries(engine, realm_id, "Preferences")), {})
    company = next(iter(entries(engine, realm_id, "CompanyInfo")), {})
    forms, accounting = preferences.get("SalesFormsPrefs", {}), preferences.get("AccountingInfoPrefs", {})
    currency = preferences.get("CurrencyPrefs", {})
    country = str(company.get("Country") or "US")
    revenue, create = store.revenue, store.products.create
    creates = store.products.not_found == "create"
    lines = _line_items(listed, store)
    account = listed.account
    _check_preferences(listed, store, forms, accounting)
    classes, locations = _dimensions(listed, store)
    taxed, untaxed = _line_codes(listed, store, abroad=country not in ("US", "USA"))
    books = Books(
        items=read_items(engine, realm_id, store, listed),
        lines=lines,
        home_currency=currency.get("HomeCurrency", {}).get("value", "USD"),
        country=country,
        multicurrency=bool(currency.get("MultiCurrencyEnabled")),
        allows_shipping=bool(forms.get("AllowShipping", True)),
        allows_discount=bool(forms.get("AllowDiscount", True)),
        class_on_lines=bool(accounting.get("ClassTrackingPerTxnLine")),
        closed_until=_closed_until(accounting),
        discount_account=account("revenue.discount_account", revenue.discount_account),
        deposit_account=account("revenue.deposit_account", revenue.deposit_account),
        deposit_accounts={
            method.strip().casefold(): str(account(f"revenue.deposit_accounts.{method}", name))
            for method, name in revenue.deposit_accounts.items()
        },
        refund_account=_refund_account(listed, store),
        payment_method=None
        if revenue.payment_method == AS_ON_STORE
        else listed.find("revenue.payment_method", revenue.payment_method, "payment method", "PaymentMethod"),
        payment_methods=_payment_methods(listed, store),
        sales_term=listed.find("revenue.sales_term", revenue.sales_term, "term", "Term"),
        classes=classes,
        locations=locations,
        tax_code=listed.find("taxes.tax_code", store.taxes.tax_code, "tax code", "TaxCode"),
        taxed_lines=taxed,
        untaxed_lines=untaxed,
        new_item=NewItemAccounts(
            income=account("products.create.income_account", create.income_account),
            expense=account("products.create.expense_account", create.expense_account),
            asset=account("products.create.asset_account", create.asset_account),
        )
        if creates
        else NewItemAccounts(),
    )
    listed.raise_problems()
    return books


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
    listed = Listed(engine, realm_id, store)
    found = NewCustomerDefaults(
        sales_term=listed.find("customers.create.sales_term", create.sales_term, "term", "Term"),
        customer_type=listed.find(
            "customers.create.customer_type", create.customer_type, "customer type", "CustomerType"
        ),
    )
    listed.raise_problems()
    return found


def _line_items(listed: Listed, store: Store) -> LineItems:
    revenue = store.revenue
    standard = str(listed.item("revenue.standard_item", revenue.standard_item))
    fee = str(listed.item("revenue.fee_item", revenue.fee_item))
    return LineItems(
        standard=standard,
        tax=str(listed.item("revenue.tax_item", revenue.tax_item)),
        tip=str(listed.item("revenue.tip_item", revenue.tip_item)),
        fee=fee,
        finance_charge=listed.item("revenue.finance_charge_item", revenue.finance_charge_item) or fee,
        shipping=listed.item("revenue.shipping_item", revenue.shipping_item) or SHIPPING_ITEM,
        refund=listed.item("refunds.item", store.refunds.item) or standard,
        discount=listed.item("revenue.discount_item", revenue.discount_item),
    )


def _check_preferences(listed: Listed, store: Store, forms: Mapping[str, Any], accounting: Mapping[str, Any]) -> None:
    """What the settings need of the company, and the company has switched off."""
    if store.revenue.number_from == "store" and not forms.get("CustomTxnNumbers", True):
        listed.object_to(
            "revenue.number_from",
            "gives documents numbers of the store, and the QuickBooks company numbers them itself",
            "In QuickBooks, switch on Account and settings → Sales → Custom transaction numbers, or set revenue.number_from to "
            "QuickBooks.",
        )
    tracks = accounting.get("ClassTrackingPerTxn") or accounting.get("ClassTrackingPerTxnLine")
    classes = [f"{key}.class" for key, of in _places(store) if of.class_]
    if classes and not tracks:
        listed.object_to(
            classes[0],
            "names a class, and the QuickBooks company does not track classes",
            "In QuickBooks, switch on Account and settings → Advanced → Categories, or take the class out.",
        )
    locations = [f"{key}.location" for key, of in _places(store) if of.location]
    if locations and not accounting.get("TrackDepartments"):
        listed.object_to(
            locations[0],
            "names a location, and the QuickBooks company does not track locations",
            "In QuickBooks, switch on Account and settings → Advanced → Categories, or take the location out.",
        )


def _places(store: Store) -> list[tuple[str, RevenueSettings | Rule]]:
    """Where the settings may name a class or a location: the keys, and what stands there."""
    rules = [(f"revenue.rules.{place}", rule) for place, rule in enumerate(store.revenue.rules)]
    return [("revenue", store.revenue), *rules]


def _dimensions(listed: Listed, store: Store) -> tuple[dict[str, str], dict[str, str]]:
    """The ids of the classes and of the locations that the settings name."""
    places = _places(store)
    classes = {
        of.class_: str(listed.find(f"{key}.class", of.class_, "class", "Class")) for key, of in places if of.class_
    }
    locations = {
        of.location: str(listed.find(f"{key}.location", of.location, "location", "Department"))
        for key, of in places
        if of.location
    }
    return classes, locations


def _line_codes(listed: Listed, store: Store, *, abroad: bool) -> tuple[str, str]:
    """The codes of taxed lines and of others: in the United States TAX and NON, elsewhere codes of the company."""
    taxes = store.taxes
    if not abroad:
        for key, name in (("taxed_lines", taxes.taxed_lines), ("untaxed_lines", taxes.untaxed_lines)):
            if name:
                listed.object_to(
                    f"taxes.{key}",
                    "is for companies outside the United States; in this one lines are TAX or NON",
                    "Take it out.",
                )
        return "TAX", "NON"
    needed = {"taxes.untaxed_lines": taxes.untaxed_lines}
    if taxes.record_as in ("as charged", "automatic"):
        needed["taxes.taxed_lines"] = taxes.taxed_lines
    for key, name in needed.items():
        if name is None:
            listed.object_to(
                key,
                "is not set, and lines of a company outside the United States need a tax code of that company",
                f"Name one of {', '.join(listed.names('TaxCode')) or 'its tax codes'}.",
            )
    taxed = listed.find("taxes.taxed_lines", taxes.taxed_lines, "tax code", "TaxCode")
    untaxed = listed.find("taxes.untaxed_lines", taxes.untaxed_lines, "tax code", "TaxCode")
    return taxed or "", untaxed or ""


def _payment_methods(listed: Listed, store: Store) -> dict[str, str]:
    revenue = store.revenue
    if revenue.payment_method != AS_ON_STORE:
        return {}
    own = {str(row["Name"]).strip().casefold(): str(row["Id"]) for row in listed.active("PaymentMethod")}
    mapped = {
        method.strip().casefold(): str(
            listed.find(f"revenue.payment_methods.{method}", name, "payment method", "PaymentMethod")
        )
        for method, name in revenue.payment_methods.items()
    }
    return own | mapped


def _refund_account(listed: Listed, store: Store) -> str | None:
    """The account that refunds leave; QuickBooks wants one named, so it is Undeposited Funds where the settings name none."""
    if store.refunds.record_as != "refund receipt":
        return None
    if store.refunds.account:
        return listed.account("refunds.account", store.refunds.account)
    own = [str(row["Id"]) for row in listed.active("Account") if row.get("AccountSubType") == "UndepositedFunds"]
    if not own:
        listed.object_to(
            "refunds.account",
            "is not set, and the QuickBooks company has no account Undeposited Funds for refunds to leave",
            "Name the account that refunds leave.",
        )
    return own[0] if own else None


def _closed_until(accounting: Mapping[str, Any]) -> date | None:
    closed = accounting.get("BookCloseDate")
    return date.fromisoformat(str(closed)[:10]) if closed else None
