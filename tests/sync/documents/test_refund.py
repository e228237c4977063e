"""What goes back to customers, as the books and the store show it, on the day and weeks later."""

from __future__ import annotations

from decimal import Decimal

import pytest

from order_sync.sync.orders.kinds import Entity
from tests.shop.counter import ShopCounter, line, refusal

CREATE_REFUND = "quickbooks create RefundReceipt"


def sold_and_paid(counter: ShopCounter, **settings: object) -> str:
    """An order of 100.00 that is recorded and paid on day 0; gives its payment."""
    counter.set(**settings)
    counter.sell(1)
    paid = counter.pay(1)
    counter.run(0)
    return paid


def test_a_full_refund_weeks_later_has_the_lines_of_the_document(counter: ShopCounter) -> None:
    paid = sold_and_paid(counter)
    back = counter.give_back(1, day=20, of=paid)
    assert counter.run(20)["refunds"] == 1
    assert counter.books() == ["SalesReceipt IS-1 11-16 100.00", "RefundReceipt IS-1-R1 12-06 100.00"]
    entity, number = "RefundReceipt", "IS-1-R1"
    assert counter.sold(entity, number) == counter.sold("SalesReceipt", "IS-1") == ["Widget 100.00 NON"]
    assert counter.document(entity, number)["PrivateNote"] == f"Infusionsoft order 1 (store demo), refund {back}"
    assert counter.document(entity, number)["CustomerRef"]["value"] == counter.ada
    assert counter.ledger("refund") == [f"1/{back} generation 1 posted"]
    assert counter.state() == "posted"
    assert (
        f"{Entity(entity).words.capitalize()} {number} over 100.00 USD was recorded in QuickBooks"
        in counter.history()[0]
    )
    counter.expect_quiet()


def test_with_ignore_no_refund_is_recorded(counter: ShopCounter) -> None:
    paid = sold_and_paid(counter, refunds={"record_as": "ignore"})
    counter.give_back(1, day=1, of=paid)
    counter.run(1)
    assert counter.books() == ["SalesReceipt IS-1 11-16 100.00"]
    assert counter.state() == "posted"
    assert counter.ledger("refund") == []
    counter.expect_quiet()


def test_a_partial_refund_is_one_line_on_the_item_and_from_the_account_of_the_settings(counter: ShopCounter) -> None:
    counter.add_item("Refunds")
    paid = sold_and_paid(counter, refunds={"account": "Checking", "item": "Refunds"})
    counter.give_back(1, "30.00", day=3, of=paid)
    counter.run(3)
    assert counter.books() == ["SalesReceipt IS-1 11-16 100.00", "RefundReceipt IS-1-R1 11-19 30.00"]
    assert counter.sold("RefundReceipt", "IS-1-R1") == ["Refunds 30.00 NON"]
    receipt = counter.document("RefundReceipt", "IS-1-R1")
    assert receipt["DepositToAccountRef"]["value"] == counter.listed("Account", "Checking")
    counter.expect_quiet()


def test_without_an_account_refunds_leave_undeposited_funds_on_the_standard_item(counter: ShopCounter) -> None:
    paid = sold_and_paid(counter)
    counter.give_back(1, "30.00", of=paid)
    counter.run(1)
    receipt = counter.document("RefundReceipt", "IS-1-R1")
    assert receipt["DepositToAccountRef"]["value"] == counter.listed("Account", "Undeposited Funds")
    assert counter.sold("RefundReceipt", "IS-1-R1") == ["Sales 30.00 NON"]


def test_two_refunds_on_different_days_have_numbers_of_their_own(counter: ShopCounter) -> None:
    paid = sold_and_paid(counter)
    counter.give_back(1, "30.00", day=1, of=paid)
    counter.run(1)
    counter.give_back(1, "70.00", day=30)
    counter.run(30)
    assert counter.books() == [
        "SalesReceipt IS-1 11-16 100.00",
        "RefundReceipt IS-1-R1 11-17 30.00",
        "RefundReceipt IS-1-R2 12-16 70.00",
    ]
    assert counter.sold("RefundReceipt", "IS-1-R2") == ["Sales 70.00 NON"]
    assert counter.sent() == {"create SalesReceipt": 1, "create RefundReceipt": 2}
    counter.expect_quiet()


def test_numbers_stay_over_refusals(counter: ShopCounter) -> None:
    paid = sold_and_paid(counter)
    first = counter.give_back(1, "30.00", day=1, of=paid)
    second = counter.give_back(1, "20.00", day=1)
    counter.fail(CREATE_REFUND, **refusal("6070", "A business validation error has occurred"), next=2)
    counter.run(1)
    assert counter.state() == "failed 6070"
    third = counter.give_back(1, "10.00", day=2)
    counter.run(2)
    assert counter.state() == "posted"
    assert sorted(counter.books()) == [
        "RefundReceipt IS-1-R1 11-17 30.00",
        "RefundReceipt IS-1-R2 11-17 20.00",
        "RefundReceipt IS-1-R3 11-18 10.00",
        "SalesReceipt IS-1 11-16 100.00",
    ]
    assert sorted(counter.ledger("refund")) == [
        f"1/{first} generation 1 rejected",
        f"1/{first} generation 2 posted",
        f"1/{second} generation 1 rejected",
        f"1/{second} generation 2 posted",
        f"1/{third} generation 1 posted",
    ]
    counter.expect_quiet()


def test_a_refund_waits_for_a_document_that_was_refused(counter: ShopCounter) -> None:
    counter.sell(1)
    paid = counter.pay(1)
    counter.give_back(1, of=paid)
    counter.fail("quickbooks create SalesReceipt", **refusal("6070", "A business validation error has occurred"))
    counter.run(0)
    assert counter.state() == "failed 6070"
    assert counter.sent() == {"create SalesReceipt": 1}
    counter.run(1)
    assert counter.books() == ["SalesReceipt IS-1 11-16 100.00", "RefundReceipt IS-1-R1 11-16 100.00"]
    assert counter.state() == "posted"
    counter.expect_quiet()


@pytest.mark.parametrize("total_paid", ["100.00", "0.00"])
def test_an_order_that_was_refunded_before_it_was_read_has_both_documents(
    counter: ShopCounter, total_paid: str
) -> None:
    counter.sell(1)
    paid = counter.pay(1)
    counter.give_back(1, day=1, of=paid)
    counter.change(1, total_paid=total_paid, day=1)
    counter.run(1)
    assert counter.books() == ["SalesReceipt IS-1 11-16 100.00", "RefundReceipt IS-1-R1 11-17 100.00"]
    assert counter.state() == "posted"
    counter.expect_quiet()


def test_payment_if_paid_records_a_refund_only_after_the_order_was_paid_in_full(counter: ShopCounter) -> None:
    counter.set(revenue={"post_as": "Invoice, payment if paid"})
    counter.sell(1)
    counter.pay(1, "40.00")
    counter.give_back(1, "10.00", day=1)
    counter.run(1)
    assert counter.books() == ["Invoice IS-1 11-16 100.00 open 100.00"]
    counter.pay(1, "60.00", day=2)
    counter.run(2)
    assert counter.books() == [
        "Invoice IS-1 11-16 100.00 open 0.00",
        "RefundReceipt IS-1-R1 11-17 10.00",
        "Payment IS-1 11-16 40.00",
        "Payment IS-1 11-18 60.00",
    ]
    assert counter.state() == "posted"
    counter.expect_quiet()


def test_refunds_that_disagree_with_the_order_are_held_until_they_agree(counter: ShopCounter) -> None:
    paid = sold_and_paid(counter)
    counter.give_back(1, "30.00", day=1, of=paid)
    counter.change(1, refund_total="40.00", day=1)
    counter.run(1)
    assert counter.state() == "held REFUND_DISAGREES"
    assert counter.books() == ["SalesReceipt IS-1 11-16 100.00"]
    counter.expect_quiet()
    counter.change(1, refund_total="30.00", day=2)
    counter.run(3)
    assert counter.books() == ["SalesReceipt IS-1 11-16 100.00", "RefundReceipt IS-1-R1 11-17 30.00"]
    assert counter.state() == "posted"
    counter.expect_quiet()


def test_a_recorded_refund_that_infusionsoft_no_longer_has_holds_the_order(counter: ShopCounter) -> None:
    paid = sold_and_paid(counter)
    back = counter.give_back(1, "30.00", day=1, of=paid)
    counter.run(1)
    counter.take_back(back)
    counter.change(1, refund_total="0.00", day=2)
    counter.run(2)
    assert counter.state() == "held REFUND_GONE"
    assert counter.books() == ["SalesReceipt IS-1 11-16 100.00", "RefundReceipt IS-1-R1 11-17 30.00"]
    counter.expect_quiet()


def test_refunds_that_come_above_zero_are_refunds_all_the_same(counter: ShopCounter) -> None:
    counter.sandbox.put("/_sandbox/infusionsoft", {"refunds_positive": True})
    paid = sold_and_paid(counter, revenue={"post_as": "Invoice and payment"})
    counter.give_back(1, "30.00", day=1, of=paid, type="Credit Card")
    counter.run(1)
    assert counter.books() == [
        "Invoice IS-1 11-16 100.00 open 0.00",
        "RefundReceipt IS-1-R1 11-17 30.00",
        "Payment IS-1 11-16 100.00",
    ]
    assert counter.state() == "posted"
    counter.expect_quiet()


def test_the_method_and_reference_of_a_refund_are_those_of_the_payment_that_it_gives_back(counter: ShopCounter) -> None:
    counter.set(
        revenue={
            "post_as": "Invoice and payment",
            "payment_method": "as on store",
            "payment_methods": {"Credit Card": "Visa"},
            "reference": "payment's transaction id",
        }
    )
    counter.sell(1)
    counter.pay(1, "40.00", method="Cash")
    card = counter.pay(1, "60.00")
    counter.give_back(1, "60.00", day=1, of=card)
    counter.run(1)
    receipt = counter.document("RefundReceipt", "IS-1-R1")
    assert receipt["PaymentMethodRef"]["value"] == counter.listed("PaymentMethod", "Visa")
    assert receipt["PaymentRefNum"] == f"ch_{card}"
    counter.expect_quiet()


@pytest.mark.parametrize(
    ("record_as", "sold", "tax"),
    [
        (
            "line item",
            ["Widget 100.00 NON", "Gadget 40.00 NON", "Sales Tax Collected 7.66 NON", "discount 10.00"],
            "0.00",
        ),
        ("as charged", ["Widget 100.00 TAX", "Gadget 40.00 NON", "discount 10.00"], "7.66"),
        ("automatic", ["Widget 100.00 TAX", "Gadget 40.00 NON", "discount 10.00"], "7.66"),
    ],
)
def test_a_full_refund_mirrors_lines_tax_and_discount(
    counter: ShopCounter, record_as: str, sold: list[str], tax: str
) -> None:
    if record_as == "automatic":
        counter.company(sales_tax_percent=8.25)
    counter.add_item("Gadget")
    counter.set(taxes={"record_as": record_as})
    counter.sell(
        1,
        line("50.00", quantity=2, taxable=True),
        line("40.00", "Gadget", taxable=False),
        line("7.66", kind="TAX"),
        line("10.00", kind="DISCOUNT"),
    )
    paid = counter.pay(1, "137.66")
    counter.run(0)
    counter.give_back(1, "137.66", day=1, of=paid)
    counter.run(1)
    assert counter.books() == ["SalesReceipt IS-1 11-16 137.66", "RefundReceipt IS-1-R1 11-17 137.66"]
    for entity, number in (("SalesReceipt", "IS-1"), ("RefundReceipt", "IS-1-R1")):
        assert counter.sold(entity, number) == sold
        assert f"{counter.document(entity, number)['TxnTaxDetail']['TotalTax']:.2f}" == tax
    assert counter.state() == "posted"
    counter.expect_quiet()


def test_a_refund_that_quickbooks_taxes_is_flagged(counter: ShopCounter) -> None:
    counter.set(taxes={"record_as": "as charged"})
    counter.sell(1, line("100.00", taxable=True), line("8.25", kind="TAX"))
    paid = counter.pay(1, "108.25")
    counter.run(0)
    counter.company(sales_tax_percent=9, compute_tax_always=True)
    counter.give_back(1, "108.25", day=1, of=paid)
    counter.run(1)
    assert counter.state() == "failed TAX_DIFFERS"
    assert counter.books() == ["SalesReceipt IS-1 11-16 108.25", "RefundReceipt IS-1-R1 11-17 109.00"]
    counter.expect_quiet()
    counter.company(compute_tax_always=False)
    counter.edit("RefundReceipt", "IS-1-R1", TxnTaxDetail={"TotalTax": Decimal("8.25")})
    counter.run(2)
    assert counter.state() == "posted"
    counter.expect_quiet()


@pytest.mark.parametrize(("what", "sent"), [("drop_after", 1), ("half_body", 1), ("drop_before", 2)])
def test_a_refund_whose_answer_is_lost_is_recorded_once(counter: ShopCounter, what: str, sent: int) -> None:
    paid = sold_and_paid(counter)
    counter.give_back(1, "30.00", day=1, of=paid)
    counter.fail(CREATE_REFUND, what)
    counter.run(1)
    assert counter.books() == ["SalesReceipt IS-1 11-16 100.00", "RefundReceipt IS-1-R1 11-17 30.00"]
    assert counter.sent()["create RefundReceipt"] == sent
    assert counter.state() == "posted"
    counter.expect_quiet()


def test_a_refund_in_a_closed_period_is_held_until_it_is_open(counter: ShopCounter) -> None:
    paid = sold_and_paid(counter)
    counter.give_back(1, "30.00", day=1, of=paid)
    counter.company(preferences={"AccountingInfoPrefs": {"BookCloseDate": "2026-11-17"}})
    counter.run(1)
    assert counter.state() == "held PERIOD_CLOSED"
    assert counter.sent() == {"create SalesReceipt": 1}
    counter.expect_quiet()
    counter.company(preferences={"AccountingInfoPrefs": {"BookCloseDate": None}})
    counter.run(2)
    assert counter.books() == ["SalesReceipt IS-1 11-16 100.00", "RefundReceipt IS-1-R1 11-17 30.00"]
    assert counter.state() == "posted"


def test_a_refund_of_an_order_of_last_spring_is_recorded(counter: ShopCounter) -> None:
    paid = sold_and_paid(counter)
    counter.give_back(1, day=150, of=paid)
    counter.run(150)
    assert counter.books() == ["SalesReceipt IS-1 11-16 100.00", "RefundReceipt IS-1-R1 04-15 100.00"]
    counter.expect_quiet()


def test_refunds_are_numbered_by_quickbooks_where_documents_are(counter: ShopCounter) -> None:
    counter.company(preferences={"SalesFormsPrefs": {"CustomTxnNumbers": False}})
    paid = sold_and_paid(counter, revenue={"number_from": "QuickBooks"})
    assert counter.order(1).document_number == "1001"
    counter.give_back(1, "30.00", day=1, of=paid)
    counter.fail(CREATE_REFUND, "drop_after")
    counter.run(1)
    assert counter.books() == ["SalesReceipt 1001 11-16 100.00", "RefundReceipt 1002 11-17 30.00"]
    assert counter.sent() == {"create SalesReceipt": 1, "create RefundReceipt": 1}
    counter.expect_quiet()
