"""The tax agencies, rates and codes that a company is founded with: by country, else those under ""."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

Listed = TypeVar("Listed")
SALES_TAX_PAYABLE = "Sales Tax Payable"


@dataclass(frozen=True)
class Rate:
    """A rate of an agency; `special` is QuickBooks' word for a rate of nothing (`ZERO_RATE`, `EXEMPT_RATE`)."""

    name: str
    percent: Decimal
    agency: str
    special: str = "NONE"


@dataclass(frozen=True)
class Code:
    """What a line is given; without rates it is out of every agency's sight."""

    name: str
    taxable: bool
    rates: tuple[str, ...] = ()


HMRC, CRA, QUEBEC, ATO = "HM Revenue & Customs", "Canada Revenue Agency", "Revenu Québec", "Australian Taxation Office"
CALIFORNIA, ANY_AGENCY = "California Department of Tax and Fee Administration", "Tax Agency"
# The liability account of each agency; in the United States all share one.
AGENCY_ACCOUNTS = {
    HMRC: "VAT Control",
    CRA: "GST/HST Payable",
    QUEBEC: "QST Payable",
    ATO: "GST Liabilities Payable",
    CALIFORNIA: SALES_TAX_PAYABLE,
    ANY_AGENCY: "Tax Control",
}
RATES: Mapping[str, tuple[Rate, ...]] = {
    "US": (Rate("California", Decimal("7.25"), CALIFORNIA),),
    "GB": (
        Rate("20.0% S (Sales)", Decimal(20), HMRC),
        Rate("5.0% R (Sales)", Decimal(5), HMRC),
        Rate("0.0% Z (Sales)", Decimal(0), HMRC, "ZERO_RATE"),
        Rate("Exempt (Sales)", Decimal(0), HMRC, "EXEMPT_RATE"),
    ),
    "CA": (
        Rate("GST", Decimal(5), CRA),
        Rate("QST", Decimal("9.975"), QUEBEC),
        Rate("HST ON", Decimal(13), CRA),
        Rate("Zero-rated", Decimal(0), CRA, "ZERO_RATE"),
        Rate("Exempt", Decimal(0), CRA, "EXEMPT_RATE"),
    ),
    "AU": (
        Rate("GST (sales)", Decimal(10), ATO),
        Rate("GST free (sales)", Decimal(0), ATO, "ZERO_RATE"),
        Rate("Exempt (sales)", Decimal(0), ATO, "EXEMPT_RATE"),
    ),
    "": (Rate("Standard", Decimal(20), ANY_AGENCY), Rate("Exempt", Decimal(0), ANY_AGENCY, "EXEMPT_RATE")),
}
CODES: Mapping[str, tuple[Code, ...]] = {
    "US": (Code("California", True, ("California",)),),
    "GB": (
        Code("Standard", True, ("20.0% S (Sales)",)),
        Code("Exempt", False, ("Exempt (Sales)",)),
        Code("20.0% S", True, ("20.0% S (Sales)",)),
        Code("5.0% R", True, ("5.0% R (Sales)",)),
        Code("0.0% Z", True, ("0.0% Z (Sales)",)),
        Code("No VAT", False),
    ),
    "CA": (
        Code("Standard", True, ("GST",)),
        Code("Exempt", False, ("Exempt",)),
        Code("GST", True, ("GST",)),
        Code("GST/QST QC", True, ("GST", "QST")),
        Code("HST ON", True, ("HST ON",)),
        Code("Zero-rated", True, ("Zero-rated",)),
    ),
    "AU": (
        Code("Standard", True, ("GST (sales)",)),
        Code("Exempt", False, ("Exempt (sales)",)),
        Code("GST", True, ("GST (sales)",)),
        Code("GST free", True, ("GST free (sales)",)),
    ),
    "": (Code("Standard", True, ("Standard",)), Code("Exempt", False, ("Exempt",))),
}


def agencies(country: str) -> tuple[str, ...]:
    """The agencies of a country, the one that most tax goes to first."""
    return tuple(dict.fromkeys(rate.agency for rate in _of(RATES, country)))


def found_taxes(country: str, add: Callable[[str, dict[str, Any]], dict[str, Any]]) -> None:
    """Makes agencies, rates and codes of a country; `add` makes a record of an entity."""
    refs = {name: {"value": add("TaxAgency", _agency(name))["Id"], "name": name} for name in agencies(country)}
    rates = {}
    for rate in _of(RATES, country):
        fields = {"Name": rate.name, "Description": rate.name, "RateValue": rate.percent}
        kind = {"SpecialTaxType": rate.special, "DisplayType": "ReadOnly"}
        rates[rate.name] = add("TaxRate", {**fields, **kind, "AgencyRef": refs[rate.agency]})["Id"]
    for code in _of(CODES, country):
        details = [
            {"TaxRateRef": {"value": rates[name], "name": name}, "TaxTypeApplicable": "TaxOnAmount", "TaxOrder": 0}
            for name in code.rates
        ]
        fields = {"Name": code.name, "Description": code.name, "Taxable": code.taxable, "TaxGroup": country != "US"}
        add("TaxCode", {**fields, "SalesTaxRateList": {"TaxRateDetail": details}})


def _agency(name: str) -> dict[str, Any]:
    return {"DisplayName": name, "TaxTrackedOnSales": True, "TaxTrackedOnPurchases": True}


def _of(lists: Mapping[str, tuple[Listed, ...]], country: str) -> tuple[Listed, ...]:
    return lists.get(country, lists[""])
