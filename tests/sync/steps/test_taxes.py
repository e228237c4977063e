"""Sales tax as an accountant signs it: what is taxed, at which rate, and where it is in the books."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from starlette.types import ASGIApp

from order_sync.errors import ConfigurationError
from order_sync.tokens import TokenVault
from tests.shop.account import Json
from tests.shop.companies import SampleCompany, founded
from tests.shop.counter import ShopCounter, line, open_counter
from tests.shop.entries import entries

UF, AR, SALES, SHIPPING = "Undeposited Funds", "Accounts Receivable (A/R)", "Sales of Product Income", "Shipping Income"
DISCOUNTS, STP, VAT = "Discounts given", "Sales Tax Payable", "VAT Control"
GST, QST = "GST/HST Payable", "QST Payable"

both_ways = pytest.mark.parametrize("write_mode", ["single", "batch"])
each_way = pytest.mark.parametrize("post_as", ["Sales receipt", "Invoice and payment"])
CountersIn = Callable[..., ShopCounter]


@pytest.fixture
def counter_in(
    serve: Callable[[ASGIApp], str], tmp_path: Path, engine: Engine, vault: TokenVault, short_waits: None
) -> Iterator[CountersIn]:
    """A shop counter whose company is in another country."""
    with ExitStack() as stack:

        def opened(country: str, currency: str, **settings: bool) -> ShopCounter:
            sandbox = founded(SampleCompany(country, currency), serve, tmp_path / f"{country}.sqlite")
            shop = stack.enter_context(open_counter(sandbox, engine, vault))
            shop.company(**settings)
            return shop

        yield opened


@pytest.fixture
def uk(counter_in: CountersIn) -> ShopCounter:
    return counter_in("GB", "GBP", negative_lines=True)


def tax(price: str, name: str = "VAT") -> Json:
    return {"price": price, "name": name, "kind": "TAX"}


def vat(**taxes: Any) -> dict[str, Any]:
    return {"record_as": "as charged", "taxed_lines": "20.0% S", "untaxed_lines": "No VAT", **taxes}


def sold(shop: ShopCounter, *lines: Json, currency: str = "GBP", number: int = 1, **fields: Any) -> None:
    """An order of these lines, paid in full, and a run."""
    shop.sell(number, *lines, currency=currency, **fields)
    order = shop.account.find(number)
    shop.pay(number, str(Decimal(order["total"]["amount"]) / 100))
    shop.run(0)


def vat_return(shop: ShopCounter) -> dict[str, tuple[str, str]]:
    """Net and tax by rate, credits and refunds taken off."""
    names = {one["Id"]: one["Name"] for one in shop.records("TaxRate")}
    net, of = defaultdict[str, Decimal](Decimal), defaultdict[str, Decimal](Decimal)
    for entity, sign in {"SalesReceipt": 1, "Invoice": 1, "CreditMemo": -1, "RefundReceipt": -1}.items():
        for document in shop.records(entity):
            for one in document["TxnTaxDetail"].get("TaxLine", []):
                name = names[one["TaxLineDetail"]["TaxRateRef"]["value"]]
                net[name] += sign * Decimal(str(one["TaxLineDetail"]["NetAmountTaxable"]))
                of[name] += sign * Decimal(str(one["Amount"]))
    return {name: (f"{net[name]:.2f}", f"{of[name]:.2f}") for name in net}


def taxable(shop: ShopCounter) -> float:
    """Taxable sales in the tax report."""
    found: float = shop.sandbox.get("/_sandbox/sales_tax")["taxable"]
    return found


# Discounts in the United States.


@both_ways
@each_way
def test_m18_a_voucher_lowers_the_tax_that_quickbooks_computes(
    counter: ShopCounter, write_mode: str, post_as: str
) -> None:
    counter.company(sales_tax_percent=8.6)
    counter.set(write_mode=write_mode, taxes={"record_as": "automatic"}, revenue={"post_as": post_as})
    sold(counter, line("100.00"), line("10.00", kind="DISCOUNT"), tax("7.74"), currency="USD")
    assert counter.state() == "posted"
    assert entries(counter) == {UF: "Dr 97.74", DISCOUNTS: "Dr 10.00", SALES: "Cr 100.00", STP: "Cr 7.74"}
    assert taxable(counter) == 90
    counter.expect_quiet()


def test_m18_what_the_store_taxed_in_full_is_taxed_in_full(counter: ShopCounter) -> None:
    # The company has the rate of California, 7.25 %, in its list.
    counter.company(sales_tax_percent=7.25)
    counter.set(taxes={"record_as": "automatic"})
    sold(counter, line("100.00"), line("10.00", kind="DISCOUNT"), tax("7.25"), currency="USD")
    assert (counter.state(), entries(counter)[STP]) == ("posted", "Cr 7.25")


@both_ways
@pytest.mark.parametrize(
    "revenue",
    [{}, {"discounts": "negative lines", "discount_item": "Sales"}, {"consolidate": True}],
    ids=["discount line", "negative lines", "consolidated"],
)
@pytest.mark.parametrize("kind", ["DISCOUNT", "DISCOUNT_ORDER_TOTAL", "DISCOUNT_PRODUCT"])
def test_m19_a_discount_lowers_taxable_sales(
    counter: ShopCounter, write_mode: str, revenue: dict[str, Any], kind: str
) -> None:
    counter.company(negative_lines=True)
    counter.set(write_mode=write_mode, taxes={"record_as": "as charged"}, revenue=revenue)
    counter.add("Customer", DisplayName="demo daily sales")
    sold(counter, line("100.00"), line("10.00", kind=kind), tax("7.74"), currency="USD")
    assert (counter.state(), taxable(counter)) == ("posted", 90)
    assert (entries(counter)[UF], entries(counter)[STP]) == ("Dr 97.74", "Cr 7.74")
    counter.expect_quiet()


def test_m19_a_discount_of_taxed_and_untaxed_goods_is_shared_to_the_cent(counter: ShopCounter) -> None:
    counter.company(negative_lines=True)
    counter.set(taxes={"record_as": "as charged"}, revenue={"discounts": "negative lines", "discount_item": "Sales"})
    lines = [line("100.00", taxable=True), line("50.00", taxable=False), line("10.00", kind="DISCOUNT")]
    sold(
        counter,
        *lines,
        line("5.00", kind="SHIPPING"),
        line("1.00", kind="DISCOUNT_SHIPPING"),
        tax("8.03"),
        currency="USD",
    )
    assert counter.sold("SalesReceipt", "IS-1") == [
        "Widget 100.00 TAX",
        "Widget 50.00 NON",
        "shipping 5.00 NON",
        "Sales -6.67 TAX",
        "Sales -3.33 NON",
        "Sales -1.00 NON",
    ]
    assert taxable(counter) == 93.33


@both_ways
@each_way
def test_m19_one_discount_of_goods_of_two_codes_needs_lines_of_its_own(
    uk: ShopCounter, write_mode: str, post_as: str
) -> None:
    # 15.00 off goods of 100.00 with VAT and of 50.00 without: taxed are 90.00.
    mixed = [line("100.00", taxable=True), line("50.00", taxable=False)]
    off = [line("10.00", kind="DISCOUNT"), line("5.00", kind="DISCOUNT_PRODUCT")]
    uk.set(write_mode=write_mode, taxes=vat(), revenue={"post_as": post_as})
    sold(uk, *mixed, *off, tax("18.00"))
    assert (uk.state(), entries(uk)) == ("held DISCOUNT_CODES", {})
    negative = {"post_as": post_as, "discounts": "negative lines", "discount_item": "Sales"}
    uk.set(write_mode=write_mode, taxes=vat(), revenue=negative)
    uk.run(0)
    assert (uk.state(), vat_return(uk)) == ("posted", {"20.0% S (Sales)": ("90.00", "18.00")})
    assert entries(uk) == {UF: "Dr 153.00", SALES: "Cr 135.00", VAT: "Cr 18.00"}
    uk.give_back(1, "153.00", day=1)
    uk.run(1)
    assert (uk.state(), entries(uk)) == ("posted", {})
    uk.expect_quiet()


def test_m19_a_discount_of_the_whole_order_is_on_shipping_that_is_not_taxed_too(uk: ShopCounter) -> None:
    lines = [line("100.00"), line("20.00", kind="SHIPPING"), line("12.00", kind="DISCOUNT_ORDER_TOTAL"), tax("18.00")]
    uk.set(taxes=vat())
    sold(uk, *lines)
    assert uk.state() == "held DISCOUNT_CODES"
    uk.set(taxes=vat(), revenue={"discounts": "negative lines", "discount_item": "Sales"})
    uk.run(0)
    assert (uk.state(), vat_return(uk)) == ("posted", {"20.0% S (Sales)": ("90.00", "18.00")})
    assert entries(uk) == {UF: "Dr 126.00", SALES: "Cr 88.00", SHIPPING: "Cr 20.00", VAT: "Cr 18.00"}
    # What no way of sharing comes to is still a tax of another rate.
    sold(uk, *lines[:3], tax("17.00"), number=2)
    assert uk.state(2) == "held TAX_RATE_DIFFERS"


# Shipping and fees.


@both_ways
@each_way
@pytest.mark.parametrize(
    ("charged", "net"), [("22.00", "110.00"), ("20.00", "100.00"), ("22.01", "110.00")], ids=["taxed", "not", "a cent"]
)
def test_m20_shipping_is_taxed_where_the_store_taxed_it(
    uk: ShopCounter, write_mode: str, post_as: str, charged: str, net: str
) -> None:
    uk.set(write_mode=write_mode, taxes=vat(), revenue={"post_as": post_as})
    sold(uk, line("100.00"), line("10.00", kind="SHIPPING"), tax(charged))
    assert uk.state() == "posted"
    assert vat_return(uk) == {"20.0% S (Sales)": (net, charged)}
    total = Decimal(110) + Decimal(charged)
    assert entries(uk) == {UF: f"Dr {total}", SALES: "Cr 100.00", SHIPPING: "Cr 10.00", VAT: f"Cr {charged}"}
    uk.expect_quiet()


@pytest.mark.parametrize(("charges", "total"), [({"shipping": "untaxed"}, "21.00"), ({"fees": "untaxed"}, "22.00")])
def test_m20_by_setting(uk: ShopCounter, charges: dict[str, str], total: str) -> None:
    lines = [line("100.00"), line("10.00", kind="SHIPPING"), line("5.00", kind="FEE"), line("3.00", kind="TIP")]
    uk.set(taxes=vat(**charges))
    sold(uk, *lines, tax(total))
    assert (uk.state(), entries(uk)[VAT]) == ("posted", f"Cr {total}")
    sold(uk, *lines, tax("23.00"), number=2)
    assert uk.state(2) == "held TAX_RATE_DIFFERS"


def test_m20_in_the_united_states_by_setting(counter: ShopCounter) -> None:
    lines = [line("100.00"), line("10.00", kind="SHIPPING"), line("5.00", kind="FEE"), tax("9.20")]
    counter.set(taxes={"record_as": "as charged"})
    sold(counter, *lines, currency="USD")
    assert taxable(counter) == 100
    counter.set(taxes={"record_as": "as charged", "shipping": "taxed", "fees": "as goods"})
    sold(counter, *lines, currency="USD", number=2)
    assert taxable(counter) == 100 + 115


@each_way
@pytest.mark.parametrize("record_as", ["as charged", "automatic"])
def test_tax_that_is_not_of_the_codes_is_held(uk: ShopCounter, post_as: str, record_as: str) -> None:
    uk.set(taxes=vat(record_as=record_as), revenue={"post_as": post_as})
    sold(uk, line("100.00"), tax("17.50"))
    assert (uk.state(), entries(uk)) == ("held TAX_RATE_DIFFERS", {})
    told = next(one for one in uk.history() if "17.50" in one)
    assert all(word in told for word in ("17.50 GBP", "20.00 GBP", "20 % of 100.00"))
    uk.set(
        taxes=vat(
            record_as=record_as, taxed_lines="Standard", rules=[{"when": {"product": "Widget"}, "code": "5.0% R"}]
        )
    )
    uk.change(1, line("100.00"), tax("5.00"), total_paid="105.00")
    uk.sandbox.delete("/_sandbox/infusionsoft/payment/101")
    uk.change(1, total_paid="0.00")
    uk.pay(1, "105.00")
    uk.run(0)
    assert (uk.state(), entries(uk)[VAT]) == ("posted", "Cr 5.00")


# Prices that include their tax.


@both_ways
@each_way
@pytest.mark.parametrize("is_net", [False, True], ids=["gross", "net"])
@pytest.mark.parametrize("record_as", ["as charged", "automatic"])
def test_m21_prices_that_include_their_tax(
    uk: ShopCounter, write_mode: str, post_as: str, is_net: bool, record_as: str
) -> None:
    uk.company(inclusive_amounts_are_net=is_net)
    uk.set(write_mode=write_mode, taxes=vat(prices="with tax", record_as=record_as), revenue={"post_as": post_as})
    sold(uk, line("120.00"))
    assert uk.state() == "posted"
    assert entries(uk) == {UF: "Dr 120.00", SALES: "Cr 100.00", VAT: "Cr 20.00"}
    assert vat_return(uk) == {"20.0% S (Sales)": ("100.00", "20.00")}
    uk.expect_quiet()


@pytest.mark.parametrize("is_net", [False, True], ids=["gross", "net"])
def test_m21_many_lines_come_to_the_total_and_are_given_back(uk: ShopCounter, is_net: bool) -> None:
    uk.company(inclusive_amounts_are_net=is_net)
    uk.set(taxes=vat(prices="with tax"))
    cents = [line(price, quantity=3) for price in ("0.01", "9.99", "3.33", "0.05", "1.07")]
    sold(uk, *cents, line("4.99", kind="SHIPPING"), line("5.01", kind="DISCOUNT"))
    assert uk.books() == ["SalesReceipt IS-1 11-16 43.33"]
    assert (vat_return(uk), entries(uk)[VAT]) == ({"20.0% S (Sales)": ("36.11", "7.22")}, "Cr 7.22")
    uk.give_back(1, "43.33", day=1)
    uk.run(1)
    assert (uk.state(), entries(uk)) == ("posted", {})
    uk.expect_quiet()


@pytest.mark.parametrize("is_net", [False, True], ids=["gross", "net"])
def test_m21_a_discount_of_goods_of_two_codes_is_shared(uk: ShopCounter, is_net: bool) -> None:
    uk.company(inclusive_amounts_are_net=is_net)
    lines = [line("120.00"), line("60.00", taxable=False), line("18.00", kind="DISCOUNT")]
    uk.set(taxes=vat(prices="with tax"))
    sold(uk, *lines)
    assert (uk.state(), entries(uk)) == ("held DISCOUNT_CODES", {})
    uk.set(taxes=vat(prices="with tax"), revenue={"discounts": "negative lines", "discount_item": "Sales"})
    uk.run(0)
    # 108.00 with VAT and 54.00 without.
    assert entries(uk) == {UF: "Dr 162.00", SALES: "Cr 144.00", VAT: "Cr 18.00"}


@pytest.mark.parametrize("is_net", [False, True], ids=["gross", "net"])
def test_m21_in_a_currency_without_cents(uk: ShopCounter, is_net: bool) -> None:
    uk.company(inclusive_amounts_are_net=is_net, preferences={"CurrencyPrefs": {"MultiCurrencyEnabled": True}})
    uk.sandbox.put("/_sandbox/rates", {"JPY": {"every day": 0.005}})
    uk.set(taxes=vat(prices="with tax"), customers={"create": {"currency": "order"}})
    who = {"name": "Chie Sato", "email": "chie@example.com", "currency": "JPY"}
    uk.sell(1, line("1001"), line("333", quantity=3), line("101", kind="DISCOUNT"), **who)
    uk.pay(1, "1899")
    uk.run(0)
    assert (uk.state(), uk.books()) == ("posted", ["SalesReceipt IS-1 11-16 1899.00"])
    # A sixth of 1,899 is 316.5.
    assert vat_return(uk) == {"20.0% S (Sales)": ("1582.00", "317.00")}
    uk.give_back(1, "600", day=1)
    uk.give_back(1, "1299", day=1)
    uk.run(1)
    assert (uk.state(), vat_return(uk)) == ("posted", {"20.0% S (Sales)": ("0.00", "0.00")})
    uk.expect_quiet()


def test_m21_on_a_days_document(uk: ShopCounter) -> None:
    uk.add("Customer", DisplayName="demo daily sales")
    uk.set(taxes=vat(prices="with tax"), revenue={"consolidate": True})
    for number in range(1, 8):
        uk.sell(number, line("9.99"), line("0.50", kind="DISCOUNT"), currency="GBP")
        uk.pay(number, "9.49")
    uk.run(0)
    assert set(uk.states().values()) == {"posted"}
    # 9.49 is 7.91 and 1.58, seven times.
    assert (entries(uk)[UF], entries(uk)[VAT]) == ("Dr 66.43", "Cr 11.06")
    uk.expect_quiet()


def test_m21_tax_beside_prices_that_include_it_is_held(uk: ShopCounter) -> None:
    uk.set(taxes=vat(prices="with tax"))
    sold(uk, line("100.00"), tax("20.00"))
    assert (uk.state(), entries(uk)) == ("held TAX_TWICE", {})
    uk.set(taxes=vat())
    uk.run(0)
    assert entries(uk) == {UF: "Dr 120.00", SALES: "Cr 100.00", VAT: "Cr 20.00"}


# Several taxes.


@both_ways
@each_way
@pytest.mark.parametrize("by_name", [{}, {"gst": "GST", "QST ": "QST"}], ids=["by the code", "by name"])
def test_m22_two_taxes_as_charged(
    counter_in: CountersIn, write_mode: str, post_as: str, by_name: dict[str, str]
) -> None:
    canada = counter_in("CA", "CAD")
    taxes = vat(taxed_lines="GST/QST QC", untaxed_lines="Exempt", by_name=by_name)
    canada.set(write_mode=write_mode, taxes=taxes, revenue={"post_as": post_as})
    sold(canada, line("100.00"), tax("5.00", "GST"), tax("9.98", "QST"), currency="CAD")
    assert canada.state() == "posted"
    assert entries(canada) == {UF: "Dr 114.98", SALES: "Cr 100.00", GST: "Cr 5.00", QST: "Cr 9.98"}
    canada.expect_quiet()


def test_m22_each_tax_is_checked_by_its_own_rate(counter_in: CountersIn) -> None:
    canada = counter_in("CA", "CAD")
    canada.set(taxes=vat(taxed_lines="GST/QST QC", untaxed_lines="Exempt", by_name={"GST": "GST", "QST": "QST"}))
    sold(canada, line("100.00"), tax("9.98", "GST"), tax("5.00", "QST"), currency="CAD")
    sold(canada, line("100.00"), tax("5.00", "GST"), tax("9.98", "PST"), currency="CAD", number=2)
    assert canada.states() == {1: "held TAX_RATE_DIFFERS", 2: "held TAX_UNKNOWN"}
    assert entries(canada) == {}


@both_ways
def test_m22_two_taxes_on_two_items(counter_in: CountersIn, write_mode: str) -> None:
    canada = counter_in("CA", "CAD")
    for account in (GST, QST):
        of = {"IncomeAccountRef": {"value": canada.listed("Account", account)}}
        canada.add("Item", Name=f"{account.split()[0]} collected".replace("/", " "), Type="Service", **of)
    by_name = {"GST": "GST HST collected", "QST": "QST collected"}
    canada.set(write_mode=write_mode, taxes={"untaxed_lines": "Exempt", "by_name": by_name})
    sold(canada, line("100.00"), tax("5.00", "Gst"), tax("9.98", "QST"), currency="CAD")
    assert entries(canada) == {UF: "Dr 114.98", SALES: "Cr 100.00", GST: "Cr 5.00", QST: "Cr 9.98"}
    sold(canada, line("100.00"), tax("13.00", "HST"), currency="CAD", number=2)  # one tax: as without the map
    assert entries(canada)[STP] == "Cr 13.00"
    sold(canada, line("100.00"), tax("5.00", "GST"), tax("1.00", "PST"), currency="CAD", number=3)
    assert canada.state(3) == "held TAX_UNKNOWN"
    canada.expect_quiet()


def test_m22_a_tax_of_nothing_needs_no_name(counter_in: CountersIn) -> None:
    canada = counter_in("CA", "CAD")
    by_name = {"GST": "GST", "QST": "QST"}
    canada.set(taxes=vat(taxed_lines="GST/QST QC", untaxed_lines="Exempt", by_name=by_name))
    sold(canada, line("100.00"), tax("5.00", "GST"), tax("9.98", "QST"), tax("0.00", "HST"), currency="CAD")
    assert canada.state() == "posted"
    assert entries(canada) == {UF: "Dr 114.98", SALES: "Cr 100.00", GST: "Cr 5.00", QST: "Cr 9.98"}


@both_ways
@each_way
def test_m22_a_tax_that_takes_another_off_is_no_line_of_its_own(
    counter: ShopCounter, write_mode: str, post_as: str
) -> None:
    counter.set(write_mode=write_mode, revenue={"post_as": post_as})
    sold(counter, line("100.00"), tax("8.60"), tax("-1.60"), currency="USD")
    sold(counter, line("100.00"), tax("8.60"), tax("-8.60", "Exempt"), currency="USD", number=2)
    assert counter.states() == {1: "posted", 2: "posted"}
    assert entries(counter) == {UF: "Dr 207.00", SALES: "Cr 200.00", STP: "Cr 7.00"}
    counter.give_back(1, "107.00", day=1)
    counter.run(1)
    assert entries(counter) == {UF: "Dr 100.00", SALES: "Cr 100.00"}
    counter.expect_quiet()


# Codes by rules.


TO_FRANCE = {"shipping_information": {"address": {"line1": "1 Rue X", "locality": "Paris", "country_code": "FRA"}}}
ZERO = {"code": "0.0% Z"}


@both_ways
def test_m23_a_zero_rated_product_beside_a_standard_one_and_a_customer_abroad(uk: ShopCounter, write_mode: str) -> None:
    rules = [{"when": {"product": "Atlas"}, **ZERO}, {"when": {"country": "abroad"}, **ZERO}]
    uk.add_item("Atlas")
    uk.set(write_mode=write_mode, taxes=vat(rules=rules))
    sold(uk, line("100.00"), line("40.00", "Atlas"), tax("20.00"))
    assert vat_return(uk) == {"20.0% S (Sales)": ("100.00", "20.00"), "0.0% Z (Sales)": ("40.00", "0.00")}
    sold(uk, line("70.00"), line("10.00", kind="SHIPPING"), number=2, **TO_FRANCE)
    assert uk.states() == {1: "posted", 2: "posted"}
    assert vat_return(uk)["0.0% Z (Sales)"] == ("120.00", "0.00")
    assert entries(uk)[VAT] == "Cr 20.00"
    uk.expect_quiet()


@pytest.mark.parametrize(
    "when",
    [
        {"country": "France"},
        {"country": ["DE", "FRA"]},
        {"rate": 0},
        {"exempt": True},
        {"country": "abroad", "exempt": True},
    ],
)
def test_m23_conditions_that_fit(uk: ShopCounter, when: dict[str, Any]) -> None:
    ada = uk.records("Customer")[0]
    body = {"Id": ada["Id"], "SyncToken": ada["SyncToken"], "sparse": True, "Taxable": False}
    uk.quickbooks.update("Customer", body, request_id="exempt")
    uk.set(taxes=vat(rules=[{"when": when, **ZERO}]))
    sold(uk, line("70.00"), **TO_FRANCE)
    assert vat_return(uk) == {"0.0% Z (Sales)": ("70.00", "0.00")}


@pytest.mark.parametrize(
    "when", [{"country": "GB"}, {"region": "Normandy"}, {"rate": 20}, {"exempt": True}, {"tag": 91}]
)
def test_m23_conditions_that_do_not(uk: ShopCounter, when: dict[str, Any]) -> None:
    uk.set(taxes=vat(rules=[{"when": when, **ZERO}]))
    sold(uk, line("70.00"), **TO_FRANCE)
    assert (uk.state(), vat_return(uk)) == ("posted with warnings", {})


@pytest.mark.parametrize(("country", "fits"), [("Reino Unido", False), ("Frankreich", True), ("España", False)])
def test_m23_a_country_is_known_by_its_name_in_any_language(uk: ShopCounter, country: str, fits: bool) -> None:
    where = {"line1": "1 Rue X", "locality": "Paris", "country": country, "country_code": None}
    uk.set(taxes=vat(rules=[{"when": {"country": "France"}, **ZERO}]))
    sold(uk, line("70.00"), shipping_information={"address": where})
    assert vat_return(uk) == ({"0.0% Z (Sales)": ("70.00", "0.00")} if fits else {})
    assert sum("The order goes to" in one for one in uk.history()) == (country == "España")


ABROAD = "The order goes to FRA, has no tax, and no rule says which tax code such a sale has"


@both_ways
@each_way
def test_m23_a_sale_abroad_that_no_rule_fits_is_told(uk: ShopCounter, write_mode: str, post_as: str) -> None:
    uk.set(write_mode=write_mode, taxes=vat(), revenue={"post_as": post_as})
    sold(uk, line("70.00"), **TO_FRANCE)
    assert (uk.state(), entries(uk)) == ("posted with warnings", {UF: "Dr 70.00", SALES: "Cr 70.00"})
    assert sum(ABROAD in one for one in uk.history()) == 1
    uk.expect_quiet()
    # What the advice says: a rule, with the code of untaxed lines where that is right.
    uk.set(taxes=vat(rules=[{"when": {"country": "abroad"}, "code": "No VAT"}]), revenue={"post_as": post_as})
    sold(uk, line("70.00"), number=2, **TO_FRANCE)
    assert uk.state(2) == "posted"


def test_m23_at_home_and_with_tax_nothing_is_told(uk: ShopCounter) -> None:
    uk.set(taxes=vat())
    sold(uk, line("70.00"))
    sold(uk, line("70.00"), tax("14.00"), number=2, **TO_FRANCE)
    uk.set(taxes=vat(prices="with tax"))
    sold(uk, line("84.00"), number=3, **TO_FRANCE)
    assert set(uk.states().values()) == {"posted"}


def test_m23_a_rule_that_does_not_come_to_the_tax_is_held(uk: ShopCounter) -> None:
    uk.set(taxes=vat(rules=[{"when": {"country": "abroad"}, **ZERO}]))
    sold(uk, line("70.00"), tax("14.00"), **TO_FRANCE)
    assert uk.state() == "held TAX_RATE_DIFFERS"


# Items of what is owed.


@pytest.mark.parametrize(
    ("key", "item", "settings"),
    [
        ("revenue.tip_item", "Fees", {"revenue": {"tip_item": "Fees"}}),
        ("revenue.tax_item", "Sales", {"revenue": {"tax_item": "Sales"}}),
        ("taxes.by_name.GST", "Fees", {"taxes": {"by_name": {"GST": "Fees"}}}),
    ],
)
def test_m24_what_is_owed_cannot_be_income(counter: ShopCounter, key: str, item: str, settings: dict[str, Any]) -> None:
    counter.set(**settings)
    counter.sell(1)
    counter.pay(1)
    with pytest.raises(ConfigurationError, match=f"{key} names the item '{item}', which posts to the income account"):
        counter.run(0)
    assert (entries(counter), counter.sent()) == ({}, {})


def test_m24_a_tax_item_that_takes_nothing_may_be_any(counter: ShopCounter) -> None:
    counter.set(taxes={"record_as": "as charged"}, revenue={"tax_item": "Sales"})
    sold(counter, line("100.00"), tax("8.60"), currency="USD")
    assert entries(counter) == {UF: "Dr 108.60", SALES: "Cr 100.00", STP: "Cr 8.60"}


@pytest.mark.parametrize(
    ("key", "account", "kind", "settings"),
    [
        ("revenue.deposit_account", SALES, "income", {"revenue": {"deposit_account": SALES}}),
        ("revenue.deposit_accounts.Cash", AR, "accounts receivable", {"revenue": {"deposit_accounts": {"Cash": AR}}}),
        ("refunds.account", DISCOUNTS, "income", {"refunds": {"account": DISCOUNTS}}),
    ],
)
def test_m24_money_is_in_no_account_of_income(
    counter: ShopCounter, key: str, account: str, kind: str, settings: dict[str, Any]
) -> None:
    counter.set(**settings)
    counter.sell(1)
    counter.pay(1)
    words = re.escape(f"{key} names the account '{account}', which is one of {kind}: QuickBooks puts no money there")
    with pytest.raises(ConfigurationError, match=words):
        counter.run(0)
    assert (entries(counter), counter.sent()) == ({}, {})


@pytest.mark.parametrize("post_as", ["Sales receipt", "Invoice and payment"])
def test_m24_what_quickbooks_takes_no_money_into_fails_with_words(counter: ShopCounter, post_as: str) -> None:
    counter.set(revenue={"post_as": post_as, "deposit_account": STP})
    sold(counter, line("100.00"), currency="USD")
    assert counter.state() == "failed 6430"
    assert UF not in entries(counter)
    counter.set(revenue={"post_as": post_as})
    counter.run(0)
    assert (counter.state(), entries(counter)) == ("posted", {UF: "Dr 100.00", SALES: "Cr 100.00"})


# On a day's document, and after a change.


@both_ways
def test_a_days_document_sums_the_tax_of_each_rate(uk: ShopCounter, write_mode: str) -> None:
    uk.add_item("Atlas")
    uk.add("Customer", DisplayName="demo daily sales")
    rules = [{"when": {"product": "Atlas"}, "code": "5.0% R"}]
    uk.set(write_mode=write_mode, taxes=vat(rules=rules), revenue={"consolidate": True})
    uk.sell(1, line("0.33"), tax("0.07"), currency="GBP")
    uk.sell(2, line("0.33"), line("40.00", "Atlas"), tax("2.07"), currency="GBP")
    uk.sell(3, line("20.00"), line("10.00", kind="DISCOUNT"), tax("2.00"), currency="GBP")
    uk.sell(4, line("20.00", "Atlas"), line("10.00", kind="DISCOUNT"), tax("0.50"), currency="GBP")
    for number, amount in {1: "0.40", 2: "42.40", 3: "12.00", 4: "10.50"}.items():
        uk.pay(number, amount)
    uk.run(0)
    assert set(uk.states().values()) == {"posted"}
    assert len(uk.books()) == 2  # a discount line has one code
    assert vat_return(uk) == {"20.0% S (Sales)": ("10.66", "2.14"), "5.0% R (Sales)": ("50.00", "2.50")}
    assert entries(uk)[VAT] == "Cr 4.64"
    uk.expect_quiet()


@both_ways
@pytest.mark.parametrize("prices", ["without tax", "with tax"])
def test_a_changed_document_has_the_tax_of_the_changed_order(uk: ShopCounter, write_mode: str, prices: str) -> None:
    uk.set(
        write_mode=write_mode,
        orders={"changed": "update"},
        taxes=vat(prices=prices),
        revenue={"post_as": "Invoice"},
    )
    charged = ([tax("20.00")], [tax("12.00")]) if prices == "without tax" else ([], [])
    uk.sell(1, line("100.00"), *charged[0], currency="GBP")
    uk.run(0)
    uk.change(1, line("50.00"), line("10.00", kind="SHIPPING"), *charged[1], day=1)
    uk.run(1)
    assert uk.state() == "posted"
    assert vat_return(uk) == {"20.0% S (Sales)": ("60.00", "12.00") if prices == "without tax" else ("50.00", "10.00")}
    uk.expect_quiet()


@both_ways
def test_m14_what_goes_back_of_a_day_is_taken_off_its_own_rates(uk: ShopCounter, write_mode: str) -> None:
    uk.add_item("Atlas")
    uk.add("Customer", DisplayName="demo daily sales")
    rules = [{"when": {"product": "Atlas"}, "code": "5.0% R"}]
    uk.set(write_mode=write_mode, taxes=vat(rules=rules), revenue={"consolidate": True})
    uk.sell(1, line("100.00"), line("20.00", kind="DISCOUNT"), tax("16.00"), currency="GBP")
    uk.sell(2, line("10.00"), line("40.00", "Atlas"), tax("4.00"), currency="GBP")
    uk.sell(3, line("60.00", "Atlas"), tax("3.00"), currency="GBP")
    for number, amount in {1: "96.00", 2: "54.00", 3: "63.00"}.items():
        uk.pay(number, amount)
    uk.run(0)
    assert len(uk.records("SalesReceipt")) == 1
    assert vat_return(uk) == {"20.0% S (Sales)": ("90.00", "18.00"), "5.0% R (Sales)": ("100.00", "5.00")}
    uk.give_back(2, "54.00", day=1)
    uk.run(1)
    assert vat_return(uk) == {"20.0% S (Sales)": ("80.00", "16.00"), "5.0% R (Sales)": ("60.00", "3.00")}
    uk.give_back(1, "48.00", day=2)
    uk.give_back(3, "21.00", day=2)
    uk.run(2)
    assert vat_return(uk) == {"20.0% S (Sales)": ("40.00", "8.00"), "5.0% R (Sales)": ("40.00", "2.00")}
    assert (set(uk.states().values()), entries(uk)[VAT]) == ({"posted"}, "Cr 10.00")
    uk.expect_quiet()


@both_ways
def test_m14_prices_with_their_tax_are_given_back_of_a_day(uk: ShopCounter, write_mode: str) -> None:
    uk.add("Customer", DisplayName="demo daily sales")
    uk.set(write_mode=write_mode, taxes=vat(prices="with tax"), revenue={"consolidate": True})
    for number in (1, 2, 3):
        uk.sell(number, line("9.99"), line("4.99", kind="SHIPPING"), currency="GBP")
        uk.pay(number, "14.98")
    uk.run(0)
    uk.give_back(1, "14.98", day=1)
    uk.give_back(2, "7.49", day=1)
    uk.change(3, line("19.99"), line("4.99", kind="SHIPPING"), day=1)
    uk.give_back(3, "1.00", day=1)
    uk.run(1)
    # 14.98 are 12.48 and 2.50.
    assert uk.states() == {1: "posted", 2: "posted", 3: "held REFUND_DISAGREES"}
    assert entries(uk)[VAT] == "Cr 3.75"
    uk.give_back(2, "7.49", day=2)
    uk.run(2)
    assert (entries(uk)[VAT], vat_return(uk)) == ("Cr 2.50", {"20.0% S (Sales)": ("12.48", "2.50")})


@both_ways
@pytest.mark.parametrize("parts", [("26.48",), ("13.24", "13.24"), ("0.07", "20.00", "6.41")])
def test_m14_prices_with_their_tax_and_a_discount_are_given_back_of_a_day(
    uk: ShopCounter, write_mode: str, parts: tuple[str, ...]
) -> None:
    uk.add("Customer", DisplayName="demo daily sales")
    uk.set(write_mode=write_mode, taxes=vat(prices="with tax", shipping="untaxed"), revenue={"consolidate": True})
    lines = (line("9.99"), line("15.55"), line("4.99", kind="SHIPPING"), line("4.05", kind="DISCOUNT"))
    for number in (1, 2, 3):
        uk.sell(number, *lines, currency="GBP")
        uk.pay(number, "26.48")
    uk.run(0)
    # 21.49 with VAT are 17.91 and 3.58, three times; shipping has none.
    assert entries(uk) == {
        UF: "Dr 79.44",
        SALES: "Cr 63.87",
        DISCOUNTS: "Dr 10.14",
        SHIPPING: "Cr 14.97",
        VAT: "Cr 10.74",
    }
    for day, amount in enumerate(parts, 1):
        uk.give_back(1, amount, day=day)
        uk.run(day)
    assert set(uk.states().values()) == {"posted"}
    assert (entries(uk)[UF], entries(uk)[VAT]) == ("Dr 52.96", "Cr 7.16")
    net, tax = vat_return(uk)["20.0% S (Sales)"]
    assert tax == "7.16"
    assert abs(Decimal(net) - Decimal("35.82")) < Decimal("0.01") * len(parts)  # of each part it is rounded by itself
    uk.expect_quiet()


def test_m14_of_a_day_with_discounts_an_order_that_was_changed_since_is_held(uk: ShopCounter) -> None:
    uk.add("Customer", DisplayName="demo daily sales")
    uk.set(taxes=vat(prices="with tax"), revenue={"consolidate": True})
    for number in (1, 2, 3, 4):
        uk.sell(number, line("9.99"), line("5.00", kind="DISCOUNT"), currency="GBP")
        uk.pay(number, "4.99")
    uk.run(0)
    uk.change(1, line("10.49"), line("5.50", kind="DISCOUNT"), day=1)
    uk.give_back(1, "1.00", day=1)
    uk.run(1)
    assert uk.state() == "held REFUND_DISAGREES"
    told = "what of that is its own is not known any more: it comes to 4.99 GBP now"
    assert any(told in one for one in uk.history())


# What goes back, or is forgiven, of a tax that QuickBooks computed: to the cent what was charged.


@both_ways
@pytest.mark.parametrize("post_as", ["Sales receipt", "Invoice and payment"])
@pytest.mark.parametrize(
    ("prices", "lines", "money", "parts"),
    [
        ("with tax", (line("44.02"),), {"Check": "44.02"}, ("27.13", "10.41", "6.48")),
        (
            "without tax",
            (line("22.78"), tax("4.56")),
            {"Check": "26.21", "Adjustment": "1.13"},
            ("14.31", "7.76", "4.14"),
        ),
        ("without tax", (line("7.15"), tax("1.43")), {"Check": "8.19", "Adjustment": "0.39"}, ("0.65", "7.54")),
        ("without tax", (line("46.15"), line("86.49", "Atlas"), tax("13.55")), {"Check": "146.19"}, ("69.82", "76.37")),
    ],
    ids=["gross", "a write-off", "a receipt's write-off", "two rates"],
)
@pytest.mark.parametrize("at_once", [True, False])
def test_m13_parts_of_a_computed_vat_make_the_whole(
    uk: ShopCounter,
    write_mode: str,
    post_as: str,
    prices: str,
    lines: tuple[Json, ...],
    money: dict[str, str],
    parts: tuple[str, ...],
    at_once: bool,
) -> None:
    uk.add_item("Atlas")
    rules = [{"when": {"product": "Atlas"}, "code": "5.0% R"}]
    taxes = vat(record_as="automatic", prices=prices, rules=rules)
    uk.set(write_mode=write_mode, taxes=taxes, revenue={"post_as": post_as})
    uk.sell(1, *lines, currency="GBP")
    for method, amount in money.items():
        uk.pay(1, amount, method=method)
    uk.run(0)
    assert entries(uk)[UF] == f"Dr {money['Check']}"
    for day, amount in enumerate(parts, 1):
        uk.give_back(1, amount, day=day)
        if not at_once:
            uk.run(day)
    uk.run(len(parts))
    assert uk.state() == "posted"
    assert not {UF, AR, VAT} & entries(uk).keys()
    uk.expect_quiet()
