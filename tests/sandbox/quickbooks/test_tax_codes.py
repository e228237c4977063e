"""Tax outside the United States: what codes come to, what is ignored, what is refused."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.sandbox.quickbooks.tax_codes import Rate, Share, fits, gross_amounts, net_amounts, percent_of, taxes

UF, SALES, VAT = "Undeposited Funds", "Sales of Product Income", "VAT Control"


@pytest.fixture
def uk(company_in):
    return company_in("GB", "GBP")


def sale(company: Any, *lines: dict[str, Any], how: str = "TaxExcluded", **fields: Any) -> dict[str, Any]:
    return company.save("SalesReceipt", {"Line": list(lines), "GlobalTaxCalculation": how, **fields})


def refused(company: Any, *lines: dict[str, Any], how: str = "TaxExcluded", **fields: Any) -> str:
    body = {"Line": list(lines), "GlobalTaxCalculation": how, **fields}
    return str(company.refusal(company.post("salesreceipt", body))["code"])


def code(company: Any, name: str) -> str:
    return str(company.named("TaxCode", name)["value"])


def rate(company: Any, name: str) -> dict[str, str]:
    return {"value": company.named("TaxRate", name)["value"]}


def off(amount: float, tax: str | None = None) -> dict[str, Any]:
    detail = {"PercentBased": False} | ({"TaxCodeRef": {"value": tax}} if tax else {})
    return {"DetailType": "DiscountLineDetail", "Amount": amount, "DiscountLineDetail": detail}


def tax_line(company: Any, name: str, amount: float) -> dict[str, Any]:
    return {"DetailType": "TaxLineDetail", "Amount": amount, "TaxLineDetail": {"TaxRateRef": rate(company, name)}}


def test_m20_shipping_bears_the_goods_tax(uk):
    standard = code(uk, "20.0% S")
    goods, shipping = uk.item_line(100, tax=standard), uk.item_line(10, item="SHIPPING_ITEM_ID", tax=standard)
    saved = sale(uk, goods, shipping)

    (line,) = saved["TxnTaxDetail"]["TaxLine"]
    assert (saved["TotalAmt"], saved["TxnTaxDetail"]["TotalTax"], line["Amount"]) == (132, 22, 22)
    assert line["TaxLineDetail"] == {
        "TaxRateRef": rate(uk, "20.0% S (Sales)"),
        "PercentBased": True,
        "TaxPercent": 20,
        "NetAmountTaxable": 110,
    }
    expected = {UF: "Dr 132.00", SALES: "Cr 100.00", "Shipping Income": "Cr 10.00", VAT: "Cr 22.00"}
    assert uk.entries("SalesReceipt", saved["Id"]) == expected


def test_m21_a_price_that_bears_its_tax_is_income_and_tax(uk):
    line = uk.item_line(120, tax=code(uk, "20.0% S"), Qty=2, UnitPrice=60)
    saved = sale(uk, line, how="TaxInclusive")
    first = saved["Line"][0]
    assert (first["Amount"], first["SalesItemLineDetail"]["TaxInclusiveAmt"]) == (100, 120)
    assert first["SalesItemLineDetail"]["UnitPrice"] == 50
    assert (saved["TotalAmt"], saved["TxnTaxDetail"]["TotalTax"], saved["Line"][1]["Amount"]) == (120, 20, 100)
    assert uk.entries("SalesReceipt", saved["Id"]) == {UF: "Dr 120.00", SALES: "Cr 100.00", VAT: "Cr 20.00"}


def test_net_amounts_with_their_gross_beside_are_the_same_sale(uk):
    standard = code(uk, "20.0% S")
    lines = [uk.item_line(8.33, tax=standard, TaxInclusiveAmt=10) for _ in range(3)]
    saved = sale(uk, *lines, how="TaxInclusive")
    assert (saved["TotalAmt"], saved["TxnTaxDetail"]["TotalTax"]) == (30, 5)
    assert sorted(line["Amount"] for line in saved["Line"][:3]) == [8.33, 8.33, 8.34]
    again = uk.save("SalesReceipt", {"Id": saved["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "x"})
    assert (again["TotalAmt"], again["Line"]) == (30, saved["Line"])


def test_a_gross_amount_that_is_not_the_net_one_with_its_tax_is_ignored(uk):
    line = uk.item_line(120, tax=code(uk, "20.0% S"), TaxInclusiveAmt=120)
    assert sale(uk, line, how="TaxInclusive")["TotalAmt"] == 144


def test_a_company_may_read_amounts_without_a_gross_one_as_net(uk):
    uk.settle(inclusive_amounts_are_net=True)
    standard = code(uk, "20.0% S")
    saved = sale(uk, uk.item_line(120, tax=standard), how="TaxInclusive")
    assert (saved["TotalAmt"], saved["Line"][0]["SalesItemLineDetail"]["TaxInclusiveAmt"]) == (144, 144)
    beside = uk.item_line(100, tax=standard, TaxInclusiveAmt=120)
    assert sale(uk, beside, how="TaxInclusive")["TotalAmt"] == 120


def test_a_discount_takes_from_the_net_of_its_code(uk):
    standard = code(uk, "20.0% S")
    excluded = sale(uk, uk.item_line(100, tax=standard), off(10, standard))
    assert (excluded["TotalAmt"], excluded["TxnTaxDetail"]["TotalTax"]) == (108, 18)
    inclusive = sale(uk, uk.item_line(120, tax=standard), off(12, standard), how="TaxInclusive")
    assert (inclusive["TotalAmt"], inclusive["TxnTaxDetail"]["TotalTax"]) == (108, 18)
    expected = {UF: "Dr 108.00", "Discounts given": "Dr 10.00", SALES: "Cr 100.00", VAT: "Cr 18.00"}
    assert uk.entries("SalesReceipt", inclusive["Id"]) == expected


def test_a_bare_tax_is_ignored(uk):
    lines = [uk.item_line(100, tax=code(uk, "20.0% S")), uk.item_line(50, tax=code(uk, "No VAT"))]
    assert sale(uk, *lines, TxnTaxDetail={"TotalTax": 3})["TotalAmt"] == 170
    zero = sale(uk, uk.item_line(50, tax=code(uk, "0.0% Z")), TxnTaxDetail={"TotalTax": 3})
    assert (zero["TotalAmt"], zero["TxnTaxDetail"]["TaxLine"][0]["Amount"]) == (50, 0)
    none = sale(uk, uk.item_line(50, tax=code(uk, "20.0% S")), how="NotApplicable", TxnTaxDetail={"TotalTax": 3})
    assert (none["TotalAmt"], none["TxnTaxDetail"]) == (50, {"TotalTax": 0})


def test_tax_lines_that_are_sent_stand(uk):
    line = uk.item_line(100, tax=code(uk, "20.0% S"))
    sent = {"TxnTaxDetail": {"TaxLine": [tax_line(uk, "20.0% S (Sales)", 19.99)]}}
    saved = sale(uk, line, **sent)
    assert (saved["TotalAmt"], saved["TxnTaxDetail"]["TotalTax"]) == (119.99, 19.99)
    assert saved["TxnTaxDetail"]["TaxLine"][0]["TaxLineDetail"]["NetAmountTaxable"] == 100
    gross = sale(uk, uk.item_line(120, tax=code(uk, "20.0% S")), how="TaxInclusive", **sent)
    assert (gross["TotalAmt"], gross["Line"][0]["Amount"]) == (120, 100.01)


def test_other_lines_have_another_tax(uk):
    standard = code(uk, "20.0% S")
    saved = sale(uk, uk.item_line(100, tax=standard))
    key = {"Id": saved["Id"], "sparse": True}
    noted = uk.save("SalesReceipt", {**key, "SyncToken": "0", "PrivateNote": "x"})
    assert noted["TotalAmt"] == 120
    changed = uk.save("SalesReceipt", {**key, "SyncToken": "1", "Line": [uk.item_line(50, tax=standard)]})
    assert (changed["TotalAmt"], changed["TxnTaxDetail"]["TotalTax"]) == (60, 10)


@pytest.mark.parametrize("line", ["item", "shipping", "discount"])
def test_every_line_needs_a_code(uk, line):
    standard = code(uk, "20.0% S")
    bare = {
        "item": uk.item_line(10, tax=""),
        "shipping": uk.item_line(10, item="SHIPPING_ITEM_ID", tax=""),
        "discount": off(1),
    }[line]
    lines = [uk.item_line(10, tax=standard), bare]
    assert refused(uk, *lines) == "6000"
    assert sale(uk, *lines, how="NotApplicable")["TxnTaxDetail"] == {"TotalTax": 0}


def test_a_rate_must_be_one_of_the_codes_and_stand_once(uk):
    line = uk.item_line(100, tax=code(uk, "20.0% S"))
    for rates in (["5.0% R (Sales)"], ["20.0% S (Sales)", "20.0% S (Sales)"]):
        sent = {"TxnTaxDetail": {"TaxLine": [tax_line(uk, name, 1) for name in rates]}}
        assert refused(uk, line, **sent) == "2500"
    for broken in ({"Amount": 1}, {"TaxLineDetail": {"TaxRateRef": rate(uk, "20.0% S (Sales)")}}):
        assert refused(uk, line, TxnTaxDetail={"TaxLine": [broken]}) == "2020"
    unknown = {"Amount": 1, "TaxLineDetail": {"TaxRateRef": {"value": "99"}}}
    assert refused(uk, line, TxnTaxDetail={"TaxLine": [unknown]}) == "2500"
    below = {"Amount": -1, "TaxLineDetail": {"TaxRateRef": rate(uk, "20.0% S (Sales)")}}
    assert refused(uk, line, TxnTaxDetail={"TaxLine": [below]}) == "2070"
    sent = {"TxnTaxDetail": {"TaxLine": [tax_line(uk, "20.0% S (Sales)", 1)]}}
    assert refused(uk, line, how="NotApplicable", **sent) == "6170"


def test_m22_two_rates_of_one_code_go_to_two_agencies(company_in):
    canada = company_in("CA", "CAD")
    saved = sale(canada, canada.item_line(100, tax=code(canada, "GST/QST QC")))
    assert [line["Amount"] for line in saved["TxnTaxDetail"]["TaxLine"]] == [5, 9.98]
    assert canada.entries("SalesReceipt", saved["Id"]) == {
        UF: "Dr 114.98",
        SALES: "Cr 100.00",
        "GST/HST Payable": "Cr 5.00",
        "QST Payable": "Cr 9.98",
    }
    lines = [tax_line(canada, "GST", 5), tax_line(canada, "QST", 9.97)]
    sent = sale(canada, canada.item_line(100, tax=code(canada, "GST/QST QC")), TxnTaxDetail={"TaxLine": lines})
    assert sent["TotalAmt"] == 114.97
    gross = sale(canada, canada.item_line(114.98, tax=code(canada, "GST/QST QC")), how="TaxInclusive")
    assert (gross["Line"][0]["Amount"], [line["Amount"] for line in gross["TxnTaxDetail"]["TaxLine"]]) == (
        100,
        [5, 9.98],
    )


@pytest.mark.parametrize(
    ("country", "currency", "names", "account"),
    [
        ("GB", "GBP", {"20.0% S": 20, "5.0% R": 5, "0.0% Z": 0, "Exempt": 0, "No VAT": 0, "Standard": 20}, VAT),
        ("CA", "CAD", {"GST": 5, "HST ON": 13, "Zero-rated": 0, "Exempt": 0}, "GST/HST Payable"),
        ("AU", "AUD", {"GST": 10, "GST free": 0}, "GST Liabilities Payable"),
        ("DE", "EUR", {"Standard": 20, "Exempt": 0}, "Tax Control"),
    ],
)
def test_the_codes_of_a_country(company_in, country, currency, names, account):
    company = company_in(country, currency)
    for name, tax in names.items():
        saved = sale(company, company.item_line(100, tax=code(company, name)))
        assert saved["TotalAmt"] == 100 + tax, name
        assert company.entries("SalesReceipt", saved["Id"]).get(account) == (f"Cr {tax:.2f}" if tax else None)


def test_codes_lead_to_rates_and_rates_to_agencies(uk):
    (found,) = uk.query("SELECT * FROM TaxCode WHERE Name = '20.0% S'")["TaxCode"]
    (detail,) = found["SalesTaxRateList"]["TaxRateDetail"]
    made = uk.read("TaxRate", detail["TaxRateRef"]["value"])
    assert (made["RateValue"], made["SpecialTaxType"]) == (20, "NONE")
    assert uk.read("TaxAgency", made["AgencyRef"]["value"])["DisplayName"] == "HM Revenue & Customs"
    (agency,) = uk.query("SELECT * FROM TaxAgency WHERE DisplayName LIKE 'HM%'")["TaxAgency"]
    assert agency["TaxTrackedOnSales"] is True
    for entity in ("taxrate", "taxagency", "taxcode"):
        assert uk.refusal(uk.post(entity, {"Name": "Mine", "DisplayName": "Mine"}))["code"] == "500"
    assert uk.refusal(uk.get("cdc", entities="TaxRate", changedSince="2026-11-01"))["code"]


CENTS = st.decimals(-10_000, 10_000, places=2)
PERCENTS = st.sampled_from(["0", "5", "9.975", "20"])
CODES = {
    "none": (),
    "one": (Rate("1", "one", Decimal(20)),),
    "two": (Rate("2", "gst", Decimal(5)), Rate("3", "qst", Decimal("9.975"))),
    "shared": (Rate("2", "gst", Decimal(5)),),
}
SHARES = st.lists(st.builds(Share, st.sampled_from(sorted(CODES)), CENTS, st.booleans()), min_size=1, max_size=8)


@given(SHARES)
def test_gross_is_net_and_tax_to_the_cent(shares):
    nets, grosses = net_amounts(shares, CODES), gross_amounts(shares, CODES)
    tax = sum((one.tax for one in taxes(shares, CODES)), Decimal(0))
    assert sum(nets) + tax == sum(grosses)
    for share, net, gross in zip(shares, nets, grosses, strict=True):
        assert fits(net, gross, CODES[share.code])
        assert share.amount == (gross if share.gross else net)


@given(SHARES, st.booleans())
def test_what_was_answered_can_be_sent_back_and_comes_to_the_same(shares, gross):
    shares = [Share(share.code, share.amount, gross) for share in shares]
    grosses = gross_amounts(shares, CODES)
    again = [Share(share.code, amount, gross=True) for share, amount in zip(shares, grosses, strict=True)]
    before, after = (sum((one.tax for one in taxes(some, CODES)), Decimal(0)) for some in (shares, again))
    # Two rates were rounded each by itself, and come out of the gross amount together.
    assert abs(after - before) <= (Decimal("0.01") if any(share.code == "two" for share in shares) else 0)
    assert sum(net_amounts(again, CODES)) + after == sum(grosses)


@given(CENTS, st.lists(PERCENTS, max_size=3))
def test_a_net_amount_is_taxed_half_up_by_rate(amount, percents):
    rates = tuple(Rate(str(place), str(place), Decimal(percent)) for place, percent in enumerate(percents))
    found = taxes([Share("code", amount)], {"code": rates})
    assert all(abs(one.tax - amount * one.rate.percent / 100) <= Decimal("0.005") for one in found)
    assert percent_of(rates) == sum(map(Decimal, percents))
