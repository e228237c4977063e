"""Infusionsoft's JSON, with the dirt that was seen on the wire, as records."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from order_sync.errors import RecordRefused
from order_sync.infusionsoft.reading import contact_from, order_from, order_payment_from, payments_from
from order_sync.infusionsoft.records import Address, Payment


def usd(amount: int) -> dict:
    return {"amount": amount, "currency_code": "USD", "formatted_amount": f"${amount / 100:.2f}"}


def order(**changes: object) -> dict:
    return {
        "id": "1001",
        "title": "Online Order #1234",
        "status": "PAID",
        "order_type": "ONLINE",
        "source_type": "CHECKOUT_FORM",
        "total": usd(10825),
        "total_paid": usd(10825),
        "total_due": usd(10825),
        "refund_total": usd(0),
        "contact": {"id": "77", "email": "ann@example.com", "given_name": "Ann", "family_name": "Lee"},
        "invoice_id": "456",
        "creation_time": "2026-05-21T14:30:00.000Z",
        "modification_time": "2026-05-22T08:00:00.000+0000",
        "order_time": "2026-05-21T10:30:00.000-04:00",
        "shipping_information": {
            "id": "5",
            "given_name": "Ann",
            "family_name": "Lee",
            "company": "null",
            "phone_number": "555",
            "address": {
                "line1": " 1 Main ",
                "line2": None,
                "locality": "Phoenix",
                "region": "Arizona",
                "region_code": "US-AZ",
                "postal_code": "85001",
                "zip_code": "85001",
                "zip_four": "1234",
                "country": "United States",
                "country_code": "USA",
                "field": "SHIPPING",
            },
        },
        "order_items": [
            {
                "id": "1",
                "item_type": "PRODUCT",
                "name": "Widget",
                "quantity": 2,
                "price_per_unit": usd(5000),
                "product": {"id": "9", "name": "Widget", "sku": "WDG-001", "taxable": True},
            },
            {"id": "2", "item_type": "TAX", "name": "Sales Tax", "quantity": 1, "price_per_unit": usd(825)},
            {
                "id": "3",
                "item_type": "DISCOUNT",
                "name": "Off",
                "quantity": 1,
                "price_per_unit": usd(-500),
                "discount": usd(500),
                "product": {"id": "0", "sku": ""},
            },
        ],
        "custom_fields": [],
        **changes,
    }


def test_an_order():
    found = order_from(order())

    assert (found.id, found.status, found.source_type, found.currency) == ("1001", "PAID", "CHECKOUT_FORM", "USD")
    assert [str(amount) for amount in (found.total, found.total_paid, found.refund_total)] == [
        "108.25",
        "108.25",
        "0.00",
    ]
    assert found.created_at == datetime(2026, 5, 21, 14, 30, tzinfo=UTC)
    assert found.modified_at == datetime(2026, 5, 22, 8, tzinfo=UTC)
    assert found.ordered_at == datetime(2026, 5, 21, 14, 30, tzinfo=UTC)
    assert (found.contact_id, found.contact_email, found.invoice_id) == ("77", "ann@example.com", "456")
    assert (found.shipping.company, found.shipping.phone) == (None, "555")
    assert found.shipping.address == Address(
        "1 Main", None, "Phoenix", "AZ", "85001-1234", "USA", "United States", region_code="US-AZ"
    )


def test_the_items_of_an_order():
    widget, tax, discount = order_from(order()).items

    assert (widget.item_type, widget.quantity, widget.price, widget.discount) == ("PRODUCT", 2, Decimal("50.00"), None)
    assert (widget.product_id, widget.sku, widget.taxable) == ("9", "WDG-001", True)
    assert (tax.item_type, tax.price, tax.product_id, tax.taxable) == ("TAX", Decimal("8.25"), None, None)
    assert (discount.price, discount.discount) == (Decimal("-5.00"), Decimal("5.00"))
    assert (discount.product_id, discount.sku) == (None, None)


@pytest.mark.parametrize("price", [{}, {"price_per_unit": None}, {"price_per_unit": {"currency_code": "USD"}}])
def test_a_discount_may_have_no_price(price):
    line = {"id": "1", "item_type": "DISCOUNT_ORDER_TOTAL", "discount": usd(500), **price}
    [discount] = order_from(order(order_items=[line])).items
    assert (discount.price, discount.quantity, discount.discount) == (0, 1, Decimal("5.00"))


@pytest.mark.parametrize("absent", [{}, {"order_items": None}, {"order_items": []}])
def test_an_order_may_have_next_to_nothing(absent):
    bare = {"id": 7, "status": "DRAFT", "total": usd(0), "creation_time": "2026-05-21T14:30:00.000Z", **absent}
    found = order_from(bare)

    assert found.id == "7"
    assert found.items == ()
    assert (found.contact_id, found.modified_at, found.total_paid) == (None, None, 0)
    assert found.ordered_at == found.created_at
    assert found.shipping.address.is_empty


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        (None, False),
        ("null", False),
        ({}, False),
        ({"auto_charge": False, "number_of_payments": None, "payment_plan_items": None}, False),
        ({"number_of_payments": 0}, False),
        ({"number_of_payments": 1}, False),
        ({"number_of_payments": 1, "initial_payment_amount": usd(0)}, False),
        ({"number_of_payments": "many", "payment_plan_items": "many"}, False),
        ({"number_of_payments": 12}, True),
        ({"number_of_payments": "12"}, True),
        ({"number_of_payments": 1, "initial_payment_amount": usd(5000)}, True),
        ({"number_of_payments": 1, "initial_payment_percent": 25}, True),
        ({"payment_plan_items": [{"status": "PAID"}]}, False),
        ({"payment_plan_items": [{"status": "PAID"}, {"status": "UNPAID_AUTOCHARGE"}]}, True),
    ],
)
def test_a_payment_plan_makes_several_payments_of_an_order(plan, expected):
    assert order_from(order(payment_plan=plan)).payment_plan is expected


@pytest.mark.parametrize("nothing", [None, "", "null", " "])
def test_the_spellings_of_no_value(nothing):
    found = order_from(order(title=nothing, invoice_id=nothing, modification_time=nothing, order_time=nothing))

    assert (found.title, found.invoice_id, found.modified_at) == (None, None, None)


def test_somebody_may_be_called_null():
    contact = contact_from({"id": "1", "family_name": "Null"})

    assert contact.family_name == "Null"


@pytest.mark.parametrize(("currency", "total"), [("JPY", "10825"), ("KWD", "10.825"), ("EUR", "108.25")])
def test_amounts_have_the_digits_of_their_currency(currency, total):
    amount = {"amount": 10825, "currency_code": currency}
    found = order_from(order(total=amount, total_paid=amount, refund_total=None, order_items=[]))

    assert str(found.total) == total


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"status": None}, "status"),
        ({"total": None}, "total.currency_code"),
        ({"total": {"currency_code": "USD"}}, "total.amount"),
        ({"total": {"amount": "Ann Lee", "currency_code": "USD"}}, "total.amount"),
        ({"total": {"amount": Decimal("108.25"), "currency_code": "USD"}}, "total.amount"),
        ({"total": {"amount": True, "currency_code": "USD"}}, "total.amount"),
        ({"total": {"amount": "NaN", "currency_code": "USD"}}, "total.amount"),
        ({"total": "Ann Lee"}, "total"),
        ({"total_paid": {"amount": 1, "currency_code": "EUR"}}, "total_paid"),
        ({"creation_time": "Ann Lee"}, "creation_time"),
        ({"creation_time": None}, "creation_time"),
        ({"modification_time": "2026-05-21T14:30:00.000"}, "modification_time"),
        ({"order_items": {"id": "1"}}, "order_items"),
        ({"order_items": ["Ann Lee"]}, "order_items"),
        ({"order_items": [{"id": "1", "quantity": "Ann Lee", "price_per_unit": usd(1)}]}, "order_items.quantity"),
        ({"order_items": [{"id": "1", "quantity": 1}]}, "price_per_unit.amount"),
        ({"order_items": [{"id": "1", "quantity": 1, "discount": usd(1)}]}, "price_per_unit.amount"),
        ({"order_items": [{"id": "1", "item_type": "DISCOUNT", "discount": {"amount": "Ann Lee"}}]}, "discount.amount"),
        ({"order_items": [{"id": "1", "item_type": "DISCOUNT", "special": "Ann Lee"}]}, "special"),
        ({"contact": "Ann Lee"}, "contact"),
    ],
)
def test_what_cannot_be_read_is_named_and_not_quoted(changes, field):
    with pytest.raises(RecordRefused) as caught:
        order_from(order(**changes))

    assert caught.value.element == field
    assert "order 1001" in caught.value.message
    assert field in caught.value.message
    assert "Ann" not in str(caught.value)


def test_an_order_without_an_id():
    with pytest.raises(RecordRefused, match="order without an id cannot be read: id is missing"):
        order_from(order(id=None))


def test_a_contact():
    raw = json.loads(
        """{"id": "8", "given_name": "Ann", "family_name": "Lee", "middle_name": "", "update_time": "2022-07-13T20:03:45.000+0000",
        "company": {"id": "3", "company_name": "Lee & Co"},
        "email_addresses": [{"email": "b@x.com", "field": "EMAIL2"}, {"email": "", "field": "EMAIL3"},
                            {"email": "a@x.com", "field": "EMAIL1"}],
        "phone_numbers": [{"number": "2", "field": "PHONE2"}, {"number": "1", "field": "PHONE1", "extension": ""}],
        "addresses": [{"line1": "Street", "locality": "City", "region": "State", "field": "BILLING", "zip_code": "12345"},
                      {"line1": "", "line2": "null", "field": "SHIPPING", "country_code": null}]}"""
    )
    found = contact_from(raw)

    assert (found.id, found.given_name, found.middle_name, found.company) == ("8", "Ann", None, "Lee & Co")
    assert found.emails == ("a@x.com", "b@x.com")
    assert found.phones == ("1", "2")
    assert found.billing == Address(line1="Street", locality="City", region="State", postal_code="12345")
    assert found.shipping.is_empty
    assert found.updated_at == datetime(2022, 7, 13, 20, 3, 45, tzinfo=UTC)


def test_a_contact_may_have_next_to_nothing():
    found = contact_from({"id": "8", "company": None, "email_addresses": None})

    assert (found.emails, found.phones, found.company) == ((), (), None)
    assert found.billing.is_empty


def test_a_payment_counts_for_each_order_that_it_names():
    raw = {
        "id": "p1",
        "type": "Credit Card",
        "amount": Decimal("123.34"),
        "status": "APPROVED",
        "payment_time": "2026-05-21T00:00:00.000Z",
        "update_time": None,
        "note": "",
        "order_ids": ["1", "2"],
        "refund_payment_id": "p9",
        "external_transaction_id": "ch_1",
    }
    paid_at = datetime(2026, 5, 21, tzinfo=UTC)

    assert payments_from(raw) == [
        Payment(
            "p1",
            order_id,
            Decimal("123.34"),
            "APPROVED",
            paid_at,
            None,
            None,
            "Credit Card",
            "ch_1",
            refund_of=None,
            refunded_by="p9",
            shared=True,
        )
        for order_id in ("1", "2")
    ]


def test_a_payment_that_names_an_order_twice_counts_once_and_is_not_shared():
    [found] = payments_from({"id": "p1", "amount": 1, "order_ids": ["7", 7]})
    assert (found.order_id, found.shared, found.refunded_by) == ("7", False, None)


@pytest.mark.parametrize("amount", ["1e15", "1000000000000000", "-1e30", "1e999999"])
def test_an_amount_that_is_no_amount_of_money_is_not_read(amount):
    with pytest.raises(RecordRefused, match="payment p1 cannot be read: amount is too large"):
        payments_from({"id": "p1", "amount": Decimal(amount), "order_ids": ["1"]})
    with pytest.raises(RecordRefused, match=r"order 1001 cannot be read: total\.amount is too large"):
        order_from(order(total={"amount": Decimal(amount), "currency_code": "USD"}))


def test_the_largest_amount_that_is_read():
    assert order_from(order(total=usd(999_999_999_999_999))).total == Decimal("9999999999999.99")


def test_a_payment_that_names_no_order_counts_for_none():
    assert payments_from({"id": "p1", "amount": 1}) == []


def test_a_payment_of_an_order():
    raw = {
        "id": "11",
        "amount": 5,
        "pay_status": "REFUNDED",
        "pay_time": "2026-05-21T00:00:00.000Z",
        "refund_invoice_payment_id": "10",
        "payment_id": "5127385",
    }
    found = order_payment_from(raw, "1001")

    assert (found.id, found.order_id, found.amount, found.status) == ("11", "1001", 5, "REFUNDED")
    assert (found.refund_of, found.payment_id) == ("10", "5127385")


@pytest.mark.parametrize(("tags", "expected"), [([91, "107"], ("91", "107")), (None, ()), ([], ())])
def test_the_tags_of_a_contact(tags, expected):
    assert contact_from({"id": "1", "tag_ids": tags}).tag_ids == expected


def test_a_payment_that_cannot_be_read_is_named():
    with pytest.raises(RecordRefused, match="payment p1 cannot be read: amount is not a number"):
        payments_from({"id": "p1", "amount": "much", "order_ids": ["1"]})


@pytest.mark.parametrize(
    ("code", "name", "region"),
    [
        ("NA", "Arizona", "Arizona"),
        ("none", "Arizona", "Arizona"),
        ("Unknown", "Arizona", "Arizona"),
        ("US-AZ", "n/a", "AZ"),
        ("US-AZ", "none", "AZ"),
        ("IT-NA", "Napoli", "NA"),
    ],
)
def test_c10_a_region_whose_code_or_name_is_a_placeholder_is_the_other(code: str, name: str, region: str) -> None:
    address = {"field": "BILLING", "region_code": code, "region": name}
    assert contact_from({"id": "7", "addresses": [address]}).billing.region == region
