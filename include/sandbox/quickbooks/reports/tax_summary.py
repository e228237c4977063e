"""Sales tax: what was sold, what of it was taxed, and the tax, by rate; and the lines of an agency's return."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from include.sandbox.quickbooks import refusals
from include.sandbox.quickbooks.bookkeeping import Transaction, transactions
from include.sandbox.quickbooks.books import Body, Books, Record
from include.sandbox.quickbooks.fields import half_up
from include.sandbox.quickbooks.ledger import SIGNS, rate_of
from include.sandbox.quickbooks.lines import item_lines
from include.sandbox.quickbooks.reports.shape import Column, Period, cell, money, report, row, summary_row
from include.sandbox.quickbooks.tax_lists import ATO, CRA, HMRC, agencies
from include.sandbox.quickbooks.taxes import is_taxed

COLUMNS = (Column("", "String"), Column("Total", "Money"))
ZERO = Decimal(0)
# The lines of an agency's return that sales fill: group, words, and which amount of these; a sum has a summary.
RETURNS = {
    HMRC: (
        ("Box 1", "VAT due on sales and other outputs", "tax", False),
        ("Box 3", "Total VAT due", "tax", True),
        ("Box 5", "Net VAT to be paid or reclaimed", "tax", True),
        ("Box 6", "Total value of sales excluding VAT", "net", False),
    ),
    CRA: (
        ("Line 101", "Sales and other revenue", "net", False),
        ("Line 103", "GST/HST collected or collectible", "tax", False),
        ("Line 105", "Total GST/HST and adjustments", "tax", True),
        ("Line 109", "Net tax", "tax", True),
    ),
    ATO: (("G1", "Total sales", "gross", False), ("1A", "GST on sales", "tax", False)),
}
ANY_RETURN = (("Sales", "Sales without tax", "net", False), ("Tax", "Tax on sales", "tax", True))


@dataclass(frozen=True)
class Liability:
    """Sales and their tax in the home currency; `rate_id` is None for tax that names no rate."""

    rate_id: str | None
    net: Decimal
    tax: Decimal


@dataclass(frozen=True)
class SalesTax:
    """What a company sold in a period, what of it was taxable, and the tax."""

    sales: Decimal = ZERO
    taxable: Decimal = ZERO
    tax: Decimal = ZERO


def liabilities(recorded: Iterable[Transaction]) -> dict[str | None, Liability]:
    """Net and tax by rate; credits and refunds take both back."""
    found: dict[str | None, Liability] = {}

    def add(rate_id: str | None, net: Decimal, tax: Decimal) -> None:
        before = found.get(rate_id, Liability(rate_id, ZERO, ZERO))
        found[rate_id] = replace(before, net=before.net + net, tax=before.tax + tax)

    for transaction in recorded:
        if transaction.entity not in SIGNS:
            continue
        document = transaction.document
        factor = SIGNS[transaction.entity] * rate_of(document)
        detail = document.get("TxnTaxDetail", {})
        left = Decimal(detail.get("TotalTax", 0))
        for line in detail.get("TaxLine", []):
            told, tax = line.get("TaxLineDetail", {}), Decimal(line.get("Amount", 0))
            rate_id = told.get("TaxRateRef", {}).get("value")
            add(rate_id, half_up(Decimal(told.get("NetAmountTaxable", 0)) * factor), half_up(tax * factor))
            left -= tax
        if left:
            add(None, ZERO, half_up(left * factor))
    return found


def sales_tax(books: Books, period: Period) -> SalesTax:
    """The sum of a period, by the codes of the lines; a discount before tax lowers the taxable part as the service does."""
    found = SalesTax()
    for transaction in _inside(books, period):
        if transaction.entity not in SIGNS:
            continue
        document = transaction.document
        factor = SIGNS[transaction.entity] * rate_of(document)
        sold = list(item_lines(document["Line"]))
        whole = sum((Decimal(line["Amount"]) for line in sold), ZERO)
        taxable = sum((Decimal(line["Amount"]) for line in sold if is_taxed(books, line)), ZERO)
        discount = sum(
            (Decimal(line["Amount"]) for line in document["Line"] if line["DetailType"] == "DiscountLineDetail"), ZERO
        )
        if whole and (document.get("ApplyTaxAfterDiscount") or books.country != "US"):
            taxable -= discount * taxable / whole
        found = SalesTax(
            found.sales + half_up((whole - discount) * factor),
            found.taxable + half_up(taxable * factor),
            found.tax + half_up(Decimal(document.get("TxnTaxDetail", {}).get("TotalTax", 0)) * factor),
        )
    return found


def tax_summary(books: Books, period: Period, asked: Body) -> Body:
    """The return of an agency; the service has it outside the United States only, and wants the agency named."""
    if books.country == "US":
        raise refusals.invalid("5030", "The TaxSummary report is for companies outside the United States")
    if not asked.get("agency_id"):
        raise refusals.missing("agency_id")
    agency = books.find("TaxAgency", asked["agency_id"])
    if agency is None:
        raise refusals.invalid("2500", f"Invalid Reference Id : TaxAgency element id {asked['agency_id']} not found")
    found = [one for one in liabilities(_inside(books, period)).values() if _is_of(books, one.rate_id, agency)]
    net, tax = sum((one.net for one in found), ZERO), sum((one.tax for one in found), ZERO)
    amounts = {"net": net, "tax": tax, "gross": net + tax}
    rows = []
    for group, words, amount, is_sum in RETURNS.get(agency.body["DisplayName"], ANY_RETURN):
        cells = [cell(f"{group} {words}"), money(amounts[amount])]
        rows.append(summary_row(cells, group) if is_sum else {**row(cells), "group": group})
    return report(books, "TaxSummary", period, COLUMNS, rows if found else [])


def _inside(books: Books, period: Period) -> Iterable[Transaction]:
    return (one for one in transactions(books, until=period.end) if one.day >= period.start)


def _is_of(books: Books, rate_id: str | None, agency: Record) -> bool:
    """Whether tax goes to an agency; tax that names no rate goes to the first of the country."""
    if rate_id is None:
        return bool(agency.body["DisplayName"] == agencies(books.country)[0])
    rate = books.find("TaxRate", rate_id)
    return rate is not None and rate.body.get("AgencyRef", {}).get("value") == agency.id
