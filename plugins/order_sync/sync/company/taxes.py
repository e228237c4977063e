"""The company's taxes by what the settings name: codes of lines, their rates, and the items that take a tax as a line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from order_sync.settings import Store
from order_sync.settings.taxes import folded_tax
from order_sync.sync.company.company import TaxLists, TaxRate
from order_sync.sync.company.lists import Lists, nearest

IN_THE_STATES = ("TAX", "NON")
"""The codes of lines in the United States: taxed, and not."""

_INCOME = ("Income", "Other Income")


@dataclass(frozen=True, slots=True)
class Taxes:
    """The ids of the codes of taxed lines, of others, and of the transaction; and the lists behind them."""

    taxed: str
    untaxed: str
    transaction: str | None
    lists: TaxLists


def read_taxes(store: Store, lists: Lists, *, abroad: bool) -> Taxes:
    """What the company has for the settings' taxes; what is wrong is remembered in `lists`. `abroad` is outside the United States."""
    settings = store.taxes
    taxed, untaxed = _line_codes(lists, store, abroad=abroad)
    transaction = lists.find("taxes.tax_code", settings.tax_code, "tax code", "TaxCode")
    codes = {rule.code: _code_of_rule(lists, place, rule.code, abroad) for place, rule in enumerate(settings.rules)}
    used = [taxed, untaxed, transaction, *codes.values()]
    if not abroad and not transaction:
        used += [str(row["Id"]) for row in lists.active("TaxCode")]
    rates = {code: _rates(store, lists, code, abroad) for code in used if code}
    if abroad and (percent := sum((rate.percent for rate in rates.get(untaxed, ())), Decimal(0))):
        lists.object_to(
            "taxes.untaxed_lines",
            f"names the tax code '{settings.untaxed_lines}', by which QuickBooks adds {percent:f} % of tax",
            "Name a code of no tax, as No VAT or Exempt.",
        )
    if not abroad and settings.prices == "with tax":
        lists.object_to(
            "taxes.prices",
            "is with tax, which QuickBooks knows outside the United States only",
            "Set it to without tax.",
        )
    found = TaxLists(rates, codes, _items(store, lists), _by_name(store, lists, abroad))
    return Taxes(taxed, untaxed, transaction, found)


def check_liabilities(store: Store, lists: Lists) -> None:
    """Tax and tips are owed to somebody: remembers the items for them that would book them as income."""
    revenue, taxes = store.revenue, store.taxes
    asked = {"revenue.tip_item": (revenue.tip_item, "tips")}
    if taxes.record_as == "line item":
        asked["revenue.tax_item"] = (revenue.tax_item, "sales tax")
        asked |= {f"taxes.by_name.{tax}": (item, "sales tax") for tax, item in taxes.by_name.items()}
    accounts = {str(row["Id"]): row for row in lists.all("Account")}
    for key, (name, what) in asked.items():
        for row in lists.active("Item"):
            account = accounts.get(str((row.get("IncomeAccountRef") or {}).get("value")), {})
            if name in (row.get("FullyQualifiedName"), row.get("Name")) and account.get("AccountType") in _INCOME:
                lists.object_to(
                    key,
                    f"names the item '{name}', which posts to the income account '{account.get('Name')}': {what} would be income, and is "
                    "owed to somebody",
                    f"In QuickBooks, give the item a liability account (as {'Sales Tax' if what == 'sales tax' else 'Tips'} Payable), or "
                    f"name another item; then run refresh_quickbooks__{store.name}.",
                )


def _line_codes(lists: Lists, store: Store, *, abroad: bool) -> tuple[str, str]:
    """The codes of taxed lines and of others: in the United States TAX and NON, elsewhere codes of the company."""
    taxes = store.taxes
    if not abroad:
        for key, name in (("taxed_lines", taxes.taxed_lines), ("untaxed_lines", taxes.untaxed_lines)):
            if name:
                lists.object_to(
                    f"taxes.{key}",
                    "is for companies outside the United States; in this one lines are TAX or NON",
                    "Take it out.",
                )
        return IN_THE_STATES
    needed = {"taxes.untaxed_lines": taxes.untaxed_lines}
    if taxes.on_lines:
        needed["taxes.taxed_lines"] = taxes.taxed_lines
    for key, name in needed.items():
        if name is None:
            lists.object_to(
                key,
                "is not set, and lines of a company outside the United States need a tax code of that company",
                f"Name one of {', '.join(lists.names('TaxCode')) or 'its tax codes'}.",
            )
    taxed = lists.find("taxes.taxed_lines", taxes.taxed_lines, "tax code", "TaxCode")
    untaxed = lists.find("taxes.untaxed_lines", taxes.untaxed_lines, "tax code", "TaxCode")
    return taxed or "", untaxed or ""


def _code_of_rule(lists: Lists, place: int, name: str, abroad: bool) -> str:
    key = f"taxes.rules.{place}.code"
    if abroad:
        return lists.find(key, name, "tax code", "TaxCode") or ""
    if name not in IN_THE_STATES:
        lists.object_to(key, f"is '{name}', and in the United States lines are TAX or NON", "Write TAX or NON.")
    return name


def _rates(store: Store, lists: Lists, code: str, abroad: bool) -> tuple[TaxRate, ...]:
    """The rates that a code's sales are taxed by; outside the United States they must be known."""
    known = {str(row["Id"]): row for row in lists.all("TaxRate")}
    found = []
    for row in lists.all("TaxCode"):
        for rate_id in _rate_ids(row) if str(row["Id"]) == code else ():
            if rate_id in known:
                found.append(_rate(known[rate_id]))
            elif abroad:
                lists.object_to(
                    "taxes",
                    f"name the tax code '{row.get('Name')}', whose rates were not read from QuickBooks yet",
                    f"Run refresh_quickbooks__{store.name}.",
                )
    return tuple(found)


def _rate_ids(code: Mapping[str, Any]) -> Iterator[str]:
    for detail in (code.get("SalesTaxRateList") or {}).get("TaxRateDetail") or ():
        yield str((detail.get("TaxRateRef") or {}).get("value"))


def _rate(row: Mapping[str, Any]) -> TaxRate:
    return TaxRate(str(row["Id"]), str(row.get("Name")), Decimal(str(row.get("RateValue") or 0)))


def _items(store: Store, lists: Lists) -> dict[str, str]:
    """The items that take a tax of the store as a line."""
    if store.taxes.record_as != "line item":
        return {}
    named = store.taxes.by_name.items()
    return {folded_tax(tax): str(lists.item(f"taxes.by_name.{tax}", name)) for tax, name in named}


def _by_name(store: Store, lists: Lists, abroad: bool) -> dict[str, str]:
    """The rates that the taxes of the store are of; a code stands for its rate, if it has one only."""
    settings = store.taxes
    if settings.record_as != "as charged" or not settings.by_name:
        return {}
    if not abroad:
        lists.object_to(
            "taxes.by_name",
            "is for record_as: line item in the United States, where the tax of a document is one amount",
            "Take it out, or set taxes.record_as to line item.",
        )
        return {}
    rates = {str(row.get("Name")): str(row["Id"]) for row in lists.active("TaxRate")}
    single = {str(row["Name"]): list(_rate_ids(row)) for row in lists.active("TaxCode")}
    rates = {name: ids[0] for name, ids in single.items() if len(ids) == 1} | rates
    found = {}
    for tax, name in settings.by_name.items():
        if name in rates:
            found[folded_tax(tax)] = rates[name]
        else:
            near = ", ".join(nearest(name, lists.active("TaxRate"))) or "none"
            lists.object_to(
                f"taxes.by_name.{tax}",
                f"names the tax rate '{name}', which could not be found among those of the QuickBooks company",
                f"The nearest that it has: {near}. Correct the settings, or run refresh_quickbooks__{store.name}.",
            )
    return found
