"""The QuickBooks companies of the golden files: one set of lists, as the cache holds them and as a sandbox does.

In the cache a row's id says what it is (`item Widget`), so that a person can read the golden files; in a sandbox the ids are QuickBooks'.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from starlette.types import ASGIApp

from include.sandbox.app import create_app
from include.sandbox.infusionsoft import account
from include.sandbox.quickbooks import company as founding
from include.sandbox.quickbooks import oauth
from include.sandbox.quickbooks.tax_lists import AGENCY_ACCOUNTS, CODES, RATES, agencies
from include.sandbox.services import open_state
from order_sync.database.cache import save_entries
from tests.conftest import Sandbox
from tests.shop.services import REALM_ID

MORE_ACCOUNTS = {
    "Card clearing": "Bank",
    "Till": "Bank",
    "Returns": "Bank",
    "Provincial Tax Payable": "Other Current Liability",
}
MORE_ITEMS: tuple[dict[str, Any], ...] = (
    {"Name": "Widget", "Sku": "W-1", "Description": "A widget of steel, 3 cm"},
    {"Name": "Gift", "Sku": "G-2"},
    {"Name": "Gadget"},
    {"Name": "Mug, white"},
    {"Name": "Consulting"},
    {"Name": "Shipping and handling", "IncomeAccountRef": {"value": "account Shipping Income"}},
    {"Name": "Finance charges", "IncomeAccountRef": {"value": "account Fee Income"}},
    {"Name": "Discount", "IncomeAccountRef": {"value": "account Discounts given"}},
    {"Name": "Refunds"},
    {"Name": "Provincial tax", "IncomeAccountRef": {"value": "account Provincial Tax Payable"}},
    {"Name": "Cup", "UnitPrice": 4},
    {"Name": "Pot", "UnitPrice": 11},
    {"Name": "Kitchen", "Type": "Category"},
)
TEA_SET: dict[str, Any] = {
    "Name": "Tea set",
    "Sku": "T-1",
    "Type": "Group",
    "ItemGroupDetail": {
        "ItemGroupLine": [{"ItemRef": {"value": "item Cup"}, "Qty": 2}, {"ItemRef": {"value": "item Pot"}, "Qty": 1}]
    },
}
"""A bundle that comes to 19.00."""
WORDS = {
    "Account": "account",
    "Class": "class",
    "Department": "location",
    "Item": "item",
    "PaymentMethod": "payment method",
    "TaxCode": "tax code",
    "TaxRate": "tax rate",
    "Term": "term",
}


@dataclass(frozen=True)
class SampleCompany:
    """How a company differs from the usual one, which is in Phoenix and keeps its books in dollars."""

    country: str = "US"
    currency: str = "USD"
    preferences: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    sales_tax_percent: float | None = None
    negative_lines: bool = False


def readable_id(entity: str, name: str) -> str:
    """The id that a row has in the cache: `item Widget`; the line codes of the United States are ids themselves."""
    return name if entity == "TaxCode" and name in ("TAX", "NON") else f"{WORDS[entity]} {name}"


def cache(engine: Engine, realm_id: str, company: SampleCompany) -> None:
    """Puts the lists and the preferences of a company into the cache, with ids that a person can read."""
    lists: dict[str, list[dict[str, Any]]] = {
        "Account": [
            {"Name": name, "AccountType": kind, "AccountSubType": detail} for name, kind, detail in founding.ACCOUNTS
        ],
        "Class": _named(founding.CLASSES),
        "Department": _named(founding.DEPARTMENTS),
        "Item": [
            {"Name": name, "Description": text, "IncomeAccountRef": {"value": readable_id("Account", account)}}
            for name, account, text in founding.ITEMS
        ]
        + [*map(_sold, MORE_ITEMS), TEA_SET],
        "PaymentMethod": _named(name for name, _kind in founding.PAYMENT_METHODS),
        "TaxCode": [
            {"Name": code.name, "SalesTaxRateList": {"TaxRateDetail": [_rate_of(name) for name in code.rates]}}
            for code in CODES.get(company.country, CODES[""])
        ],
        "TaxRate": [
            {"Name": rate.name, "RateValue": str(rate.percent)} for rate in RATES.get(company.country, RATES[""])
        ],
        "Term": _named(name for name, _days in founding.TERMS),
    }
    owed = {AGENCY_ACCOUNTS[agency] for agency in agencies(company.country)} - {name for name, *_ in founding.ACCOUNTS}
    lists["Account"] += [
        {"Name": name, "AccountType": "Other Current Liability", "AccountSubType": "GlobalTaxPayable"}
        for name in sorted(owed)
    ]
    lists["Account"] += [{"Name": name, "AccountType": kind} for name, kind in MORE_ACCOUNTS.items()]
    for entity, rows in lists.items():
        given = [{"Id": readable_id(entity, row["Name"]), "FullyQualifiedName": row["Name"], **row} for row in rows]
        save_entries(engine, realm_id, entity, given)
    usual = founding.preferences(
        company.country, company.currency, {name: readable_id("Account", name) for name, *_ in founding.ACCOUNTS}
    )
    preferences = {name: {**section, **company.preferences.get(name, {})} for name, section in usual.items()}
    save_entries(engine, realm_id, "Preferences", [{"Id": "1", **preferences}])
    save_entries(engine, realm_id, "CompanyInfo", [{"Id": "1", "Country": company.country}])


def founded(company: SampleCompany, serve: Callable[[ASGIApp], str], path: Path) -> Sandbox:
    """A sandbox whose company is set so, as QuickBooks founds it."""
    state = open_state(path)
    with state.transaction() as connection:
        account.open_account(connection, name="Account", time_zone="America/Phoenix", currency=company.currency)
        founded = {"country": company.country, "time_zone": "America/Phoenix", "currency": company.currency}
        founding.found(connection, REALM_ID, name="Company", **founded)
        oauth.issue_tokens(connection, REALM_ID, oauth.FIRST_REFRESH_TOKEN)
    sandbox = Sandbox(serve(create_app(path, limits=False)))
    changes = {name: value for name, value in asdict(company).items() if name not in ("country", "currency")}
    sandbox.put("/_sandbox/company", changes)
    return sandbox


def sandbox_of(company: SampleCompany, serve: Callable[[ASGIApp], str], path: Path) -> Sandbox:
    """A sandbox whose company has the same lists, is set so, and has no customers yet."""
    sandbox = founded(company, serve, path)
    for name, kind in MORE_ACCOUNTS.items():
        sandbox.post("/_sandbox/quickbooks/Account", {"Name": name, "AccountType": kind})
    for item in MORE_ITEMS:
        sandbox.post("/_sandbox/quickbooks/Item", with_ids(_sold(item), ids(sandbox)))
    sandbox.post("/_sandbox/quickbooks/Item", with_ids(TEA_SET, ids(sandbox)))
    return sandbox


def ids(sandbox: Sandbox) -> dict[str, str]:
    """QuickBooks' ids by the readable ones."""
    return {
        readable_id(entity, row["Name"]): row["Id"]
        for entity in WORDS
        for row in sandbox.get(f"/_sandbox/quickbooks/{entity}")
    }


def with_ids(value: Any, known: Mapping[str, str]) -> Any:
    """A document of a golden file with QuickBooks' ids in the place of the readable ones."""
    if isinstance(value, dict):
        return {
            key: known.get(member, member) if key in ("value", "TxnId") else with_ids(member, known)
            for key, member in value.items()
        }
    return [with_ids(member, known) for member in value] if isinstance(value, list) else value


def _sold(item: Mapping[str, Any]) -> dict[str, Any]:
    """An item as the company has it: what is sold names the account that its income goes to."""
    income = {"IncomeAccountRef": {"value": "account Sales of Product Income"}}
    return dict(item) if item.get("Type") else {"Type": "Service", **income, **item}


def _rate_of(name: str) -> dict[str, Any]:
    return {"TaxRateRef": {"value": readable_id("TaxRate", name)}}


def _named(names: Any) -> list[dict[str, Any]]:
    return [{"Name": name} for name in names]
