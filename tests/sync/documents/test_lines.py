"""The lines of any order that may come: they make its total to the cent, or the order is refused; amounts arrive exactly."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.sandbox.quickbooks.fields import half_up
from order_sync.errors import RecordRefused
from order_sync.infusionsoft.records import OrderItem
from order_sync.money import from_minor
from order_sync.quickbooks.wire import encode
from order_sync.sync.company.company import ChargeItems, Company
from order_sync.sync.company.products import NOT_PRODUCTS, Items, is_product
from order_sync.sync.documents.fields import Document
from order_sync.sync.documents.sale import sale
from order_sync.sync.orders.tracked import Customer
from order_sync.sync.orders.treatment import Treatment
from tests.shop import records, stores

BOOKS = Company(
    Items(by_sku={"W-1": ("widget",)}, by_name={"Gadget": ("gadget",)}),
    ChargeItems("standard", "tax", "tip", "fee", "finance charge", "SHIPPING_ITEM_ID", "refund", "discount"),
    multicurrency=True,
    classes={"Online": "online"},
    tax_code="Arizona",
    rates={(currency, records.NOON.date()): Decimal("1.08") for currency in ("JPY", "KWD")},
)
RECORD_AS = ("line item", "as charged", "automatic", "none")
DISCOUNTS = ({}, {"discounts": "negative lines", "discount_item": "Discount"})
PLACES = {"USD": 2, "JPY": 0, "KWD": 3}


def document_of(
    items: Any,
    total: Decimal,
    *,
    currency: str = "USD",
    taxes: str = "line item",
    revenue: Any = DISCOUNTS[0],
    books: Company = BOOKS,
    post_as: Any = "Sales receipt",
    products: Any = None,
    buyer: Any = None,
    id: str = "1001",
) -> Document | str:
    """The document of an order of these lines, or the code of its refusal."""
    order = records.order(*items, id=id, total=total, currency=currency)
    store = stores.settings(taxes={"record_as": taxes}, revenue={**revenue, "class": "Online"}, products=products or {})
    customer, how = buyer or Customer("7", currency), Treatment(post_as, "Online")
    try:
        return sale(records.snapshot(order), customer, books, store, how, today=records.NOON.date())
    except RecordRefused as refused:
        return str(refused.code) if refused.message and refused.advice else "no words or no advice"


def sent(document: Document) -> Any:
    """The document as QuickBooks reads it."""
    return json.loads(encode(document.body), parse_float=Decimal, parse_int=Decimal)


def came_to(document: Document, currency: str = "USD") -> Decimal:
    """What QuickBooks makes of it: each line rounded half up, less the discount, and the tax that was sent or that it computes."""
    body, total = sent(document), Decimal(0)
    lines = [line["DetailType"] for line in body["Line"]]
    assert lines.count("DiscountLineDetail") <= 1
    assert "DiscountLineDetail" not in lines[:-1]
    for line in body["Line"]:
        amount, detail = line["Amount"], line.get("SalesItemLineDetail", {})
        assert amount == to_places(amount, currency) == to_places(amount, "USD")
        if "Qty" in detail:
            assert amount == to_places(detail["Qty"] * detail["UnitPrice"], currency)
        total += -amount if line["DetailType"] == "DiscountLineDetail" else amount
    tax = body.get("TxnTaxDetail", {}).get("TotalTax", document.tax)
    assert tax == document.tax
    return total + tax


def to_places(amount: Decimal, currency: str) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-PLACES[currency]), ROUND_HALF_UP)


def own_total(items: Any, currency: str = "USD") -> Decimal:
    """What Infusionsoft's lines come to, each rounded by itself; discounts take off, whichever field and sign they have."""
    total = Decimal(0)
    for one in items:
        amount = to_places(one.price * one.quantity, currency)
        if one.item_type.startswith("DISCOUNT"):
            amount = -(abs(amount) or abs(one.discount or Decimal(0)))
        total += amount
    return total


KINDS = st.sampled_from(["PRODUCT", "SERVICE", "OTHER", "UNKNOWN", *sorted(NOT_PRODUCTS)])
QUANTITIES = st.integers(0, 50).map(Decimal) | st.decimals("0.01", 99, places=2) | st.decimals("0.001", 9, places=3)


def item_strategy(currency: str, least: int = -300) -> Any:
    amounts = st.integers(least, 10**9).map(lambda minor: from_minor(minor, currency))
    return st.builds(
        lambda kind, price, quantity, discount, taxable, number: replace(
            records.item(kind),
            id=str(number),
            price=price,
            quantity=quantity,
            discount=discount if kind.startswith("DISCOUNT") else None,
            taxable=taxable,
            sku="W-1" if number % 2 else None,
        ),
        KINDS,
        amounts,
        QUANTITIES,
        st.none() | amounts,
        st.none() | st.booleans(),
        st.integers(1, 9),
    )


ORDERS = st.sampled_from(sorted(PLACES)).flatmap(
    lambda currency: st.tuples(st.just(currency), st.lists(item_strategy(currency), min_size=1, max_size=7))
)
ANYTHING = {
    "taxes": st.sampled_from(RECORD_AS),
    "revenue": st.sampled_from(DISCOUNTS),
    "post_as": st.sampled_from(["Sales receipt", "Invoice"]),
    "class_on_lines": st.booleans(),
    "country": st.sampled_from(["US", "GB"]),
}


@given(ORDERS, st.integers(-2, 2), st.fixed_dictionaries(ANYTHING))
def test_the_document_comes_to_the_total_or_there_is_none(order, units_off, how):
    currency, items = order
    total = own_total(items, currency) + from_minor(units_off, currency)
    tax = sum(one.item_type == "TAX" and to_places(one.price * one.quantity, currency) for one in items)
    company = replace(BOOKS, class_on_lines=how["class_on_lines"], country=how["country"])
    given = {name: how[name] for name in ("taxes", "revenue", "post_as")}

    document = document_of(items, total, currency=currency, books=company, **given)

    if not sells(items, how["taxes"]):
        assert document == "NO_ITEMS"
    elif how["taxes"] == "none" and tax:
        assert document == "TAX_CHARGED"
    elif how["country"] != "US" and how["taxes"] in ("as charged", "automatic") and document == "TAX_RATE_DIFFERS":
        assert tax  # these lines have codes of no rate
    elif units_off:
        assert document == "TOTAL_DIFFERS"
    elif document == "FRACTION":
        own = [total, *(own_total([one], currency) for one in items)]
        assert any(amount != to_places(amount, "USD") for amount in own)
    else:
        assert came_to(document, currency) == document.total == total
        assert document.tax == (tax if how["taxes"] in ("as charged", "automatic") else 0)


def sells(items: list[OrderItem], taxes: str) -> bool:
    """Whether a line is left that QuickBooks takes."""
    return any(
        not one.item_type.startswith("DISCOUNT") and (one.item_type != "TAX" or taxes == "line item") for one in items
    )


@given(ORDERS, st.sampled_from(RECORD_AS))
def test_lines_are_taxable_only_where_tax_was_charged_and_its_amount_is_not_a_line(order, taxes):
    currency, items = order
    document = document_of(items, own_total(items, currency), currency=currency, taxes=taxes)
    if isinstance(document, str):
        return
    details = [line["SalesItemLineDetail"] for line in document.body["Line"] if "SalesItemLineDetail" in line]
    taxed = sum(detail["TaxCodeRef"]["value"] == "TAX" for detail in details)
    sold = [one for one in items if is_product(one)]
    assert bool(taxed) == bool(document.tax and sold)
    charged = [one for one in items if one.item_type == "TAX"] if taxes == "line item" else []
    tax_lines = sum(detail["ItemRef"]["value"] == "tax" for detail in details)
    # Of taxes of which one is below zero, what they come to together is a line.
    assert tax_lines == len(charged) if all(one.price * one.quantity >= 0 for one in charged) else tax_lines <= 1
    assert ("TxnTaxDetail" in document.body) == (taxes == "as charged")


@given(st.lists(st.tuples(st.integers(0, 10**11), st.integers(1, 99)), min_size=1, max_size=6))
def test_amounts_arrive_exactly(lines):
    items = [records.item(price=str(from_minor(price, "USD")), quantity=Decimal(number)) for price, number in lines]
    document = document_of(items, own_total(items))

    arrived = sent(document)["Line"]

    assert [line["Amount"] * 100 for line in arrived] == [price * number for price, number in lines]
    prices = [line["SalesItemLineDetail"]["UnitPrice"] * 100 for line in arrived]
    assert prices == [price for price, _ in lines]


@given(st.lists(item_strategy("USD"), min_size=1, max_size=5))
def test_no_amount_has_an_exponent_or_is_a_float(items):
    items = [records.item(), *items]
    document = document_of(items, own_total(items), taxes="as charged")
    assert not list(floats(document.body))
    numbers = re.findall(r'"(?:Amount|Qty|UnitPrice|TotalTax)":([^,}]*)', encode(document.body))
    assert numbers
    assert all(re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", number) for number in numbers)


def floats(value: Any) -> Any:
    if isinstance(value, float):
        yield value
    for member in value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ():
        yield from floats(member)


@pytest.mark.parametrize(
    ("price", "quantity", "amount"),
    [
        ("128.35", "14.5", "1861.08"),  # 1861.075
        ("3.33", "1.5", "5.00"),  # 4.995
        ("0.01", "0.5", "0.01"),
        ("0.01", "0.4", "0.00"),
        ("-0.01", "0.5", "-0.01"),
        ("99999999999.99", "1", "99999999999.99"),
    ],
)
def test_a_line_is_rounded_as_quickbooks_rounds_it(price, quantity, amount):
    document = document_of([records.item(price=price, quantity=Decimal(quantity))], Decimal(amount))
    (line,) = document.body["Line"]
    assert line["Amount"] == Decimal(amount) == half_up(Decimal(price) * Decimal(quantity))


def test_lines_are_rounded_one_by_one():
    # Two halves of a cent are two cents to QuickBooks, not one.
    halves = [records.item(price="0.01", quantity=Decimal("0.5")) for _ in range(2)]
    assert document_of(halves, Decimal("0.01")) == "TOTAL_DIFFERS"
    assert came_to(document_of(halves, Decimal("0.02"))) == Decimal("0.02")


@pytest.mark.parametrize("difference", ["0.01", "-0.01"])
@pytest.mark.parametrize("taxes", RECORD_AS[:3])
@pytest.mark.parametrize("revenue", DISCOUNTS)
def test_a_cent_more_or_less_is_refused(difference, taxes, revenue):
    items = [
        records.item(),
        records.item("TAX", "8.93"),
        records.item("DISCOUNT", "-5.00"),
        records.item("SHIPPING", "4"),
    ]
    total = own_total(items)
    assert came_to(document_of(items, total, taxes=taxes, revenue=revenue)) == total
    assert document_of(items, total + Decimal(difference), taxes=taxes, revenue=revenue) == "TOTAL_DIFFERS"


def test_a_difference_is_named_to_the_cent():
    order = records.order(total="108.26")
    how = Treatment("Sales receipt")
    words = r"lines come to 108\.25 USD, its total is 108\.26 USD: a difference of 0\.01 USD"
    with pytest.raises(RecordRefused, match=words):
        sale(records.snapshot(order), Customer("7"), BOOKS, stores.settings(), how, today=records.NOON.date())


@pytest.mark.parametrize(
    ("product", "id", "warnings"),
    [
        ({"sku": " W-1 ", "product_name": "Gadget"}, "widget", 0),
        ({"sku": "W-9", "product_name": "Gadget"}, "standard", 1),
        ({"product_name": "Gadget", "name": "Another"}, "gadget", 0),
        ({"name": "Gadget"}, "gadget", 0),
        ({"name": "gadget"}, "standard", 1),
        ({"sku": "w-1", "name": None}, "standard", 1),
        ({"sku": "", "name": " "}, "standard", 1),
    ],
)
def test_the_item_of_a_product(product, id, warnings):
    document = document_of([records.item(**product)], Decimal("108.25"))
    found = [line["SalesItemLineDetail"]["ItemRef"]["value"] for line in document.body["Line"]]
    assert (found, [code for code, _words in document.warnings]) == ([id], ["ITEM_UNKNOWN"] * warnings)


ITEM, WIDGET, UNKNOWN = records.item(), records.item(sku="W-1"), records.item(sku="W-9")


def items(**known: Any) -> dict[str, Any]:
    return {"books": {"items": Items(**known)}}


@pytest.mark.parametrize(
    ("lines", "changes", "code"),
    [
        ([ITEM], {"currency": "EUR", "books": {"multicurrency": False}}, "CURRENCY"),
        ([ITEM], {"currency": "EUR", "buyer": Customer("7")}, "CUSTOMER_CURRENCY"),
        ([ITEM], {"currency": "EUR"}, "NO_RATE"),
        ([ITEM, records.item("SHIPPING", "5.00")], {"books": {"allows_shipping": False}}, "SHIPPING_OFF"),
        ([ITEM, records.item("DISCOUNT", "-5.00")], {"books": {"allows_discount": False}}, "DISCOUNT_OFF"),
        ([ITEM, records.item("TAX", "1.00")], {"taxes": "none"}, "TAX_CHARGED"),
        ([ITEM], {"id": "1" * 19}, "NUMBER_LENGTH"),
        ([ITEM], {"books": {"closed_until": date(2026, 11, 16)}}, "PERIOD_CLOSED"),
        ([WIDGET], items(by_sku={"W-1": ("3", "4")}), "ITEM_AMBIGUOUS"),
        ([WIDGET], items(inactive_by_sku={"W-1": ("3",)}), "ITEM_INACTIVE"),
        ([UNKNOWN], {"products": {"not_found": "hold"}}, "ITEM_UNKNOWN"),
    ],
)
def test_what_cannot_be_recorded_is_refused_with_code_and_advice(lines, changes, code):
    known = replace(BOOKS, **changes.get("books", {}))
    total = sum((line.price for line in lines), Decimal(0))
    assert document_of(lines, total, **changes | {"books": known}) == code
