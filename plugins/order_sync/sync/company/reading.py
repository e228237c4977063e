"""The company as documents need it: what its lists and preferences have for each name in the settings.

Read before anything is sent: whatever the settings name and the company has not, or does not allow, comes as one error, with the
nearest names that exist.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from order_sync.database.cache import entries
from order_sync.database.choices import chosen_items
from order_sync.errors import ConfigurationError
from order_sync.keys import without_ending
from order_sync.settings import (
    AS_ON_STORE,
    RevenueSettings,
    Rule,
    Store,
    stores_folder,
)
from order_sync.settings.payments import folded
from order_sync.sync.company.company import (
    SHIPPING_ITEM,
    ChargeItems,
    Company,
    NewCustomerDefaults,
    NewItemAccounts,
    is_united_states,
)
from order_sync.sync.company.lists import NO_LINE_TAKES, Lists
from order_sync.sync.company.products import Bundle, Items, Part, chosen_today
from order_sync.sync.company.taxes import check_liabilities, read_taxes
from order_sync.sync.orders.decision import ItemChoice
from order_sync.sync.orders.treatment import UNDEPOSITED_FUNDS
from order_sync.texts import decoded

_NO_MONEY = (
    "Income",
    "Other Income",
    "Expense",
    "Other Expense",
    "Cost of Goods Sold",
    "Accounts Receivable",
    "Accounts Payable",
    "Equity",
    "Fixed Asset",
)
"""The types of accounts that never hold money; which of the others QuickBooks takes, it says itself (6430)."""


def read_company(engine: Engine, realm_id: str, store: Store) -> Company:
    """The cached lists and preferences of a company; ConfigurationError, with all of it, where they do not fit the settings."""
    lists = Lists(store, partial(entries, engine, realm_id))
    preferences = next(iter(entries(engine, realm_id, "Preferences")), {})
    forms, accounting = preferences.get("SalesFormsPrefs", {}), preferences.get("AccountingInfoPrefs", {})
    currency = preferences.get("CurrencyPrefs", {})
    country = home_country(engine, realm_id)
    revenue, create = store.revenue, store.products.create
    creates = store.products.not_found == "create"
    lines = _line_items(lists, store)
    account = lists.account
    _check_preferences(lists, store, forms, accounting)
    classes, locations = _dimensions(lists, store)
    taxes = read_taxes(store, lists, abroad=not is_united_states(country))
    check_liabilities(store, lists)
    company = Company(
        items=read_items(store, lists, chosen_items(engine, store.name)),
        lines=lines,
        home_currency=currency.get("HomeCurrency", {}).get("value", "USD"),
        country=country,
        multicurrency=bool(currency.get("MultiCurrencyEnabled")),
        allows_shipping=bool(forms.get("AllowShipping", True)),
        allows_discount=bool(forms.get("AllowDiscount", True)),
        class_on_lines=bool(accounting.get("ClassTrackingPerTxnLine")),
        closed_until=_closed_until(accounting),
        discount_account=account("revenue.discount_account", revenue.discount_account),
        write_off_account=_write_off_account(lists, store),
        deposit_account=_money_account(lists, "revenue.deposit_account", revenue.deposit_account),
        deposit_accounts={
            folded(method): str(_money_account(lists, f"revenue.deposit_accounts.{method}", name))
            for method, name in revenue.deposit_accounts.items()
        },
        refund_account=_money_account(lists, "refunds.account", store.refunds.account),
        undeposited_funds=_undeposited_funds(lists, store),
        receivable_accounts=_receivable_accounts(lists, currency.get("HomeCurrency", {}).get("value", "USD")),
        payment_method=None
        if revenue.payment_method == AS_ON_STORE
        else lists.find("revenue.payment_method", revenue.payment_method, "payment method", "PaymentMethod"),
        payment_methods=_payment_methods(lists, store),
        sales_term=lists.find("revenue.sales_term", revenue.sales_term, "term", "Term"),
        classes=classes,
        locations=locations,
        tax_code=taxes.transaction,
        taxed_lines=taxes.taxed,
        untaxed_lines=taxes.untaxed,
        taxes=taxes.lists,
        new_item=NewItemAccounts(
            income=account("products.create.income_account", create.income_account),
            expense=account("products.create.expense_account", create.expense_account),
            asset=account("products.create.asset_account", create.asset_account),
        )
        if creates
        else NewItemAccounts(),
    )
    lists.raise_problems()
    return company


def home_country(engine: Engine, realm_id: str) -> str:
    """The company's country, as QuickBooks writes it."""
    info = next(iter(entries(engine, realm_id, "CompanyInfo")), {})
    return str(info.get("Country") or "US")


def with_account_names(engine: Engine, realm_id: str, store: Store) -> Store:
    """The settings, each account for money under one name: in full, and that of Undeposited Funds as it is usually called.

    So two names of one account are known to be one, also where no company is at hand. A name that the cached lists have not, or
    several times, stays; `read_company` tells of it.
    """
    rows, revenue = [row for row in entries(engine, realm_id, "Account") if row.get("Active", True)], store.revenue

    def named(name: str) -> str:
        for field in ("FullyQualifiedName", "Name"):
            found = [row for row in rows if row.get(field) == name]
            if len(found) == 1:
                is_undeposited = found[0].get("AccountSubType") == "UndepositedFunds"
                return UNDEPOSITED_FUNDS if is_undeposited else str(found[0].get("FullyQualifiedName") or name)
        return name

    changes = {
        "deposit_account": named(revenue.deposit_account) if revenue.deposit_account else None,
        "deposit_accounts": {method: named(name) for method, name in revenue.deposit_accounts.items()},
    }
    return store.model_copy(update={"revenue": revenue.model_copy(update=changes)})


def new_customer_defaults(engine: Engine, realm_id: str, store: Store) -> NewCustomerDefaults:
    """What the cached lists of a company have for "Create: sales term, customer type, currency".

    ConfigurationError where a name of the settings is not in them, or where customers are to have their orders' currency in a company
    that keeps its books in one.
    """
    create = store.customers.create
    preferences = next(iter(entries(engine, realm_id, "Preferences")), {})
    currencies = preferences.get("CurrencyPrefs", {})
    if create.currency == "order" and not currencies.get("MultiCurrencyEnabled"):
        raise ConfigurationError(
            f"The settings of store {store.name} give new customers the currency of their order "
            f"(customers.create.currency), and the QuickBooks company has one currency only.",
            advice="Set customers.create.currency to company, or switch multicurrency on in QuickBooks; then run "
            f"refresh_quickbooks__{store.name}.",
        )
    lists = Lists(store, partial(entries, engine, realm_id))
    found = NewCustomerDefaults(
        home_currency=currencies.get("HomeCurrency", {}).get("value", "USD"),
        sales_term=lists.find("customers.create.sales_term", create.sales_term, "term", "Term"),
        customer_type=lists.find(
            "customers.create.customer_type", create.customer_type, "customer type", "CustomerType"
        ),
    )
    lists.raise_problems()
    return found


def _line_items(lists: Lists, store: Store) -> ChargeItems:
    revenue = store.revenue
    standard = str(lists.item("revenue.standard_item", revenue.standard_item))
    fee = str(lists.item("revenue.fee_item", revenue.fee_item))
    return ChargeItems(
        standard=standard,
        tax=str(lists.item("revenue.tax_item", revenue.tax_item)),
        tip=str(lists.item("revenue.tip_item", revenue.tip_item)),
        fee=fee,
        finance_charge=lists.item("revenue.finance_charge_item", revenue.finance_charge_item) or fee,
        shipping=lists.item("revenue.shipping_item", revenue.shipping_item) or SHIPPING_ITEM,
        refund=lists.item("refunds.item", store.refunds.item) or standard,
        discount=lists.item("revenue.discount_item", revenue.discount_item),
        write_off=lists.item("payments.write_off_item", store.payments.write_off_item),
    )


def _check_preferences(lists: Lists, store: Store, forms: Mapping[str, Any], accounting: Mapping[str, Any]) -> None:
    """What the settings need of the company, and the company has switched off."""
    if store.revenue.number_from == "store" and not forms.get("CustomTxnNumbers", True):
        lists.object_to(
            "revenue.number_from",
            "gives documents numbers of the store, and the QuickBooks company numbers them itself",
            "In QuickBooks, switch on Account and settings → Sales → Custom transaction numbers, or set revenue.number_from to "
            "QuickBooks.",
        )
    tracks = accounting.get("ClassTrackingPerTxn") or accounting.get("ClassTrackingPerTxnLine")
    classes = [f"{key}.class" for key, of in _naming_dimensions(store) if of.class_]
    if classes and not tracks:
        lists.object_to(
            classes[0],
            "names a class, and the QuickBooks company does not track classes",
            "In QuickBooks, switch on Account and settings → Advanced → Categories, or take the class out.",
        )
    locations = [f"{key}.location" for key, of in _naming_dimensions(store) if of.location]
    if locations and not accounting.get("TrackDepartments"):
        lists.object_to(
            locations[0],
            "names a location, and the QuickBooks company does not track locations",
            "In QuickBooks, switch on Account and settings → Advanced → Categories, or take the location out.",
        )


def _naming_dimensions(store: Store) -> list[tuple[str, RevenueSettings | Rule]]:
    """Where the settings may name a class or a location: the keys, and what stands there."""
    rules = [(f"revenue.rules.{place}", rule) for place, rule in enumerate(store.revenue.rules)]
    return [("revenue", store.revenue), *rules]


def _dimensions(lists: Lists, store: Store) -> tuple[dict[str, str], dict[str, str]]:
    """The ids of the classes and of the locations that the settings name."""
    places = _naming_dimensions(store)
    classes = {
        of.class_: str(lists.find(f"{key}.class", of.class_, "class", "Class")) for key, of in places if of.class_
    }
    locations = {
        of.location: str(lists.find(f"{key}.location", of.location, "location", "Department"))
        for key, of in places
        if of.location
    }
    return classes, locations


def _payment_methods(lists: Lists, store: Store) -> dict[str, str]:
    revenue = store.revenue
    if revenue.payment_method != AS_ON_STORE:
        return {}
    own = {folded(str(row["Name"])): str(row["Id"]) for row in lists.active("PaymentMethod")}
    mapped = {
        folded(method): str(lists.find(f"revenue.payment_methods.{method}", name, "payment method", "PaymentMethod"))
        for method, name in revenue.payment_methods.items()
    }
    return own | mapped


def _money_account(lists: Lists, key: str, name: str | None) -> str | None:
    """The account that a setting puts money into, or takes it out of; one of which money is never a part is remembered as a problem."""
    account_id = lists.account(key, name)
    for row in lists.active("Account"):
        if str(row["Id"]) == account_id and (kind := row.get("AccountType")) in _NO_MONEY:
            lists.object_to(
                key,
                f"names the account '{name}', which is one of {str(kind).lower()}: QuickBooks puts no money there",
                "Name an account of a bank, or of another current asset, as Undeposited Funds.",
            )
    return account_id


def _undeposited_funds(lists: Lists, store: Store) -> str | None:
    """Where QuickBooks puts money for which no account is named; a refund has to name it."""
    own = [str(row["Id"]) for row in lists.active("Account") if row.get("AccountSubType") == "UndepositedFunds"]
    if not own and store.refunds.record_as == "refund receipt" and not store.refunds.account:
        lists.object_to(
            "refunds.account",
            "is not set, and the QuickBooks company has no account Undeposited Funds for refunds to leave",
            "Name the account that refunds leave.",
        )
    return own[0] if own else None


def _write_off_account(lists: Lists, store: Store) -> str | None:
    """The account that the item of write-offs posts to."""
    item_id = lists.item("payments.write_off_item", store.payments.write_off_item)
    rows = [row for row in lists.active("Item") if str(row["Id"]) == item_id]
    account = next((str((row.get("IncomeAccountRef") or {}).get("value") or "") for row in rows), None)
    if account == "":
        lists.object_to(
            "payments.write_off_item",
            f"names the item '{store.payments.write_off_item}', which has no income account in the QuickBooks company",
            "Give the item the account that write-offs go to, as Bad debt.",
        )
    return account


def _receivable_accounts(lists: Lists, home_currency: str) -> dict[str, str]:
    """What customers owe, by currency: the first account of each, which is QuickBooks' own."""
    found: dict[str, str] = {}
    for row in lists.active("Account"):
        if row.get("AccountType") == "Accounts Receivable":
            currency = str((row.get("CurrencyRef") or {}).get("value") or home_currency)
            found.setdefault(currency, str(row["Id"]))
    return found


def _closed_until(accounting: Mapping[str, Any]) -> date | None:
    closed = accounting.get("BookCloseDate")
    return date.fromisoformat(str(closed)[:10]) if closed else None


def read_items(store: Store, lists: Lists, choices: Mapping[str, ItemChoice] = {}) -> Items:
    """The items of a company, those that people chose for products, and the map file with its items; what is wrong in that file is
    remembered in `lists`."""
    active = lists.active("Item")
    inactive = [
        row for row in lists.all("Item") if not row.get("Active", True) and row.get("Type") not in NO_LINE_TAKES
    ]
    bundles = [row for row in lists.all("Item") if row.get("Active", True) and row.get("Type") == "Group"]
    return Items(
        by_sku=_by(active, "Sku"),
        by_name=_by_name(active),
        inactive_by_sku=_by(inactive, "Sku"),
        inactive_by_name=_by_name(inactive),
        chosen=chosen_today(choices, lists.all("Item")) if choices else {},
        mapped=_mapped(store, lists),
        descriptions={str(row["Id"]): str(row["Description"]) for row in active if row.get("Description")},
        bundles={str(row["Id"]): _bundle(row, active) for row in bundles},
        bundles_by_sku=_by(bundles, "Sku"),
        bundles_by_name=_by_name(bundles),
        categories=frozenset(str(row["Name"]).strip() for row in lists.all("Item") if row.get("Type") == "Category"),
    )


def _bundle(row: Mapping[str, Any], active: Iterable[Mapping[str, Any]]) -> Bundle:
    prices = {str(item["Id"]): Decimal(str(item.get("UnitPrice") or 0)) for item in active}
    parts = (row.get("ItemGroupDetail") or {}).get("ItemGroupLine") or ()
    ids = [str((part.get("ItemRef") or {}).get("value")) for part in parts]
    return Bundle(
        tuple(
            Part(item_id, Decimal(str(part.get("Qty", 1))), prices.get(item_id))
            for item_id, part in zip(ids, parts, strict=True)
        )
    )


def read_map(path: Path) -> dict[str, str]:
    """A map file: the item's name by product; ConfigurationError that names the file and the line."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))
    except FileNotFoundError:
        raise ConfigurationError(
            f"The map of products {path} could not be found.",
            advice="Add it, or take products.map out of the settings.",
        ) from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigurationError(
            f"The map of products {path} cannot be read: {error}.", advice="Save it as CSV, in UTF-8."
        ) from None
    if not rows or [name.strip() for name in rows[0]] != ["product", "item"]:
        raise ConfigurationError(
            f"The map of products {path} does not begin with product,item.", advice="Add that line as its first."
        )
    found: dict[str, str] = {}
    for number, row in enumerate(rows[1:], 2):
        if not any(cell.strip() for cell in row):
            continue
        product, item = ([_bare(cell.strip()) for cell in row] + ["", ""])[:2]
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


def _bare(cell: str) -> str:
    """A cell without the stroke that keeps a spreadsheet from taking it for a formula, as in the map that the console gives."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in ("=", "+", "-", "@") else cell


def _mapped(store: Store, lists: Lists) -> dict[str, str]:
    if store.products.map is None:
        return {}
    names = read_map(stores_folder() / store.products.map)
    ids = {name: lists.item(f"{store.products.map}", name) for name in dict.fromkeys(names.values())}
    return {decoded(product): str(ids[name]) for product, name in names.items()}


def _by(items: Iterable[Mapping[str, Any]], field: str) -> dict[str, tuple[str, ...]]:
    """The ids of items by their text; one that was made active and kept its ending also by its former name, where no other has it."""
    found, formerly = dict[str, tuple[str, ...]](), dict[str, tuple[str, ...]]()
    for item in items:
        text = str(item.get(field) or "").strip()
        former = without_ending(text)
        own = text if item.get("Active", True) else former
        if text:
            found[own] = (*found.get(own, ()), str(item["Id"]))
        if own != former:
            formerly[former] = (*formerly.get(former, ()), str(item["Id"]))
    known = formerly | found
    # Items that were made before texts were decoded (`Tea &amp; Cup`) are those of the product still.
    return {decoded(text): ids for text, ids in known.items()} | known


def _by_name(items: Sequence[Mapping[str, Any]]) -> dict[str, tuple[str, ...]]:
    """By name, and by full name: that with those above it, `Kitchen:Mug`, which no name is because of its colon."""
    full = _by((item for item in items if item.get("FullyQualifiedName") != item.get("Name")), "FullyQualifiedName")
    return full | _by(items, "Name")
