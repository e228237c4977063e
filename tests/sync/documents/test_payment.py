"""The payments of an order as the books and the store show them, day after day, in each way of posting."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from order_sync.database.order_status import skip_order
from order_sync.errors import Stop
from tests.shop.counter import ShopCounter, line, moment, refusal

WITH_PAYMENT = {"post_as": "Invoice and payment"}
CREATE_PAYMENT = "quickbooks create Payment"
CREATE_INVOICE = "quickbooks create Invoice"


def half_then_all(counter: ShopCounter) -> list[tuple[str, list[str]]]:
    """The state and the books of an order that is unpaid on day 0, half paid on day 1, and paid on day 8."""
    seen = []
    counter.sell(1)
    for day, amount in ((0, None), (1, "40.00"), (8, "60.00")):
        if amount:
            counter.pay(1, amount, day=day)
        counter.run(day)
        seen.append((counter.state(), counter.books()))
    return seen


OPEN = ["Invoice IS-1 11-16 100.00 open 100.00"]
HALF = ["Invoice IS-1 11-16 100.00 open 60.00", "Payment IS-1 11-17 40.00"]
PAID = ["Invoice IS-1 11-16 100.00 open 0.00", "Payment IS-1 11-17 40.00", "Payment IS-1 11-24 60.00"]


@pytest.mark.parametrize(
    ("post_as", "states", "books"),
    [
        ("Sales receipt", ["waiting UNPAID"] * 2 + ["posted"], [[], [], ["SalesReceipt IS-1 11-24 100.00"]]),
        ("Invoice", ["posted"] * 3, [OPEN, OPEN, OPEN]),
        ("Invoice and payment", ["posted"] * 3, [OPEN, HALF, PAID]),
        ("Invoice, payment if paid", ["posted"] * 3, [OPEN, OPEN, PAID]),
    ],
)
def test_unpaid_today_half_paid_tomorrow_paid_next_week(
    counter: ShopCounter, post_as: str, states: list[str], books: list[list[str]]
) -> None:
    counter.set(revenue={"post_as": post_as})
    assert half_then_all(counter) == list(zip(states, books, strict=True))
    assert sum(counter.sent().values()) == len(books[-1])
    counter.expect_quiet()


@pytest.mark.parametrize("post_as", ["Invoice and payment", "Invoice, payment if paid"])
def test_an_order_that_is_paid_when_it_is_read_has_invoice_and_payment_in_one_run(
    counter: ShopCounter, post_as: str
) -> None:
    counter.set(revenue={"post_as": post_as})
    counter.sell(1)
    paid = counter.pay(1)
    assert counter.run(0) == {"posted": 1, "payments": 1}
    assert counter.books() == ["Invoice IS-1 11-16 100.00 open 0.00", "Payment IS-1 11-16 100.00"]
    assert counter.ledger("document") == ["1 generation 1 posted"]
    assert counter.ledger("payment") == [f"1/{paid} generation 1 posted"]
    assert (
        counter.history()[0]
        == "Payment over 100.00 USD was recorded in QuickBooks, as " + counter.payments()[0]["Id"] + "."
    )
    counter.expect_quiet()


def test_each_payment_of_a_plan_is_recorded_once(counter: ShopCounter) -> None:
    counter.set(revenue=WITH_PAYMENT)
    counter.sell(1)
    for day, amount in ((0, "33.34"), (30, "33.33"), (61, "33.33")):
        counter.pay(1, amount, day=day)
        assert counter.run(day)["payments"] == 1
    assert counter.books() == [
        "Invoice IS-1 11-16 100.00 open 0.00",
        "Payment IS-1 11-16 33.34",
        "Payment IS-1 12-16 33.33",
        "Payment IS-1 01-16 33.33",
    ]
    assert counter.state() == "posted"
    assert counter.sent() == {"create Invoice": 1, "create Payment": 3}
    counter.expect_quiet()


def test_a_manual_payment_is_stamped_midnight_and_bears_its_day_in_phoenix(counter: ShopCounter) -> None:
    counter.set(revenue=WITH_PAYMENT)
    counter.sell(1)
    counter.run(0)
    counter.run(1)
    # Entered on day 1 after its run had begun, for that day: the run of day 2 looks back.
    counter.pay(1, day=1, method="Cash", payment_time=moment(1).replace(hour=7).isoformat())
    counter.run(2)
    assert counter.books() == ["Invoice IS-1 11-16 100.00 open 0.00", "Payment IS-1 11-17 100.00"]
    counter.expect_quiet()


def test_account_method_and_reference_are_those_of_each_payment(counter: ShopCounter) -> None:
    counter.set(
        revenue={
            **WITH_PAYMENT,
            "deposit_account": "Checking",
            "deposit_accounts": {"cash": "Undeposited Funds"},
            "payment_method": "as on store",
            "payment_methods": {"Credit Card": "Visa"},
            "reference": "payment's transaction id",
        }
    )
    counter.sell(1)
    card = counter.pay(1, "40.00")
    cash = counter.pay(1, "60.00", method="Cash")
    counter.run(0)
    assert [
        (one["DepositToAccountRef"]["value"], one["PaymentMethodRef"]["value"], one["PaymentRefNum"])
        for one in sorted(counter.payments(), key=lambda one: one["TotalAmt"])  # sent side by side
    ] == [
        (counter.listed("Account", "Checking"), counter.listed("PaymentMethod", "Visa"), f"ch_{card}"),
        (counter.listed("Account", "Undeposited Funds"), counter.listed("PaymentMethod", "Cash"), f"ch_{cash}"),
    ]
    counter.expect_quiet()


def test_with_date_of_posting_invoice_and_payments_bear_the_day_on_which_they_are_sent(counter: ShopCounter) -> None:
    counter.set(revenue={**WITH_PAYMENT, "transaction_date": "date of posting"})
    counter.sell(1)
    counter.pay(1)
    counter.run(0)
    today = f"{datetime.now(UTC).astimezone(counter.store.zone):%m-%d}"
    assert counter.books() == [f"Invoice IS-1 {today} 100.00 open 0.00", f"Payment IS-1 {today} 100.00"]
    counter.expect_quiet()


def test_with_payment_date_an_invoice_bears_the_day_of_the_order(counter: ShopCounter) -> None:
    counter.set(revenue={**WITH_PAYMENT, "transaction_date": "payment date"})
    counter.sell(1)
    counter.pay(1, "40.00", day=1)
    counter.pay(1, "60.00", day=2)
    counter.run(2)
    assert counter.books() == [
        "Invoice IS-1 11-16 100.00 open 0.00",
        "Payment IS-1 11-17 40.00",
        "Payment IS-1 11-18 60.00",
    ]


def test_more_than_the_invoice_is_held_and_nothing_of_it_is_recorded(counter: ShopCounter) -> None:
    counter.set(revenue=WITH_PAYMENT)
    counter.sell(1)
    counter.run(0)
    counter.pay(1, "120.00", day=1)
    assert counter.run(1) == {"held": 1}
    assert counter.state() == "held OVERPAID"
    assert counter.history()[0].endswith("USD were paid for an invoice of 100.00 USD.")
    assert counter.books() == ["Invoice IS-1 11-16 100.00 open 100.00"]
    counter.expect_quiet()


def test_payments_that_disagree_with_the_order_are_held_until_they_agree(counter: ShopCounter) -> None:
    counter.set(revenue=WITH_PAYMENT)
    counter.sell(1)
    counter.run(0)
    counter.pay(1, "40.00", day=1)
    counter.change(1, total_paid="50.00", day=1)
    counter.run(1)
    assert counter.state() == "held PAYMENTS_DISAGREE"
    assert counter.books() == ["Invoice IS-1 11-16 100.00 open 100.00"]
    counter.expect_quiet()
    counter.change(1, total_paid="40.00", day=1)
    assert counter.run(2) == {"posted": 1, "payments": 1}
    assert counter.books() == ["Invoice IS-1 11-16 100.00 open 60.00", "Payment IS-1 11-17 40.00"]
    counter.expect_quiet()


def test_a_recorded_payment_that_is_deleted_in_infusionsoft_holds_the_order(counter: ShopCounter) -> None:
    counter.set(revenue=WITH_PAYMENT)
    counter.sell(1)
    gone = counter.pay(1, "40.00")
    counter.run(0)
    counter.take_back(gone)
    counter.change(1, total_paid="0.00", day=1)
    counter.run(1)
    assert counter.state() == "held PAYMENT_GONE"
    words = f"Infusionsoft has it no more: payment {gone} over 40.00 USD was deleted."
    assert f"QuickBooks holds 40.00 USD as paid on the invoice IS-1, and {words}" in counter.history()
    counter.pay(1, "60.00", day=2)
    counter.run(2)
    assert counter.state() == "held PAYMENT_GONE"
    assert counter.books() == ["Invoice IS-1 11-16 100.00 open 60.00", "Payment IS-1 11-16 40.00"]
    counter.expect_quiet()


def test_a_payment_that_quickbooks_refuses_fails_and_the_next_run_sends_it_anew(counter: ShopCounter) -> None:
    counter.set(revenue=WITH_PAYMENT)
    counter.sell(1)
    paid = counter.pay(1)
    counter.fail(CREATE_PAYMENT, **refusal("6070", "A business validation error has occurred"))
    counter.run(0)
    assert counter.state() == "failed 6070"
    assert counter.order(1).document_number == "IS-1"
    assert counter.run(1) == {"posted": 1, "payments": 1}
    assert counter.state() == "posted"
    assert counter.ledger("payment") == [f"1/{paid} generation 1 rejected", f"1/{paid} generation 2 posted"]
    first, second = counter.writes("payment")
    assert first.request_id != second.request_id
    assert counter.books() == ["Invoice IS-1 11-16 100.00 open 0.00", "Payment IS-1 11-16 100.00"]
    assert counter.sent() == {"create Invoice": 1, "create Payment": 2}
    counter.expect_quiet()


@pytest.mark.parametrize(("what", "sent"), [("drop_after", 1), ("half_body", 1), ("drop_before", 2)])
def test_a_payment_whose_answer_is_lost_is_recorded_once(counter: ShopCounter, what: str, sent: int) -> None:
    counter.set(revenue=WITH_PAYMENT)
    counter.sell(1)
    counter.pay(1)
    counter.fail(CREATE_PAYMENT, what)
    assert counter.run(0) == {"posted": 1, "payments": 1}
    assert counter.books() == ["Invoice IS-1 11-16 100.00 open 0.00", "Payment IS-1 11-16 100.00"]
    assert counter.sent()["create Payment"] == sent
    assert counter.state() == "posted"
    counter.expect_quiet()


def test_a_payment_that_nobody_could_look_for_is_settled_by_the_next_run(counter: ShopCounter) -> None:
    counter.set(revenue=WITH_PAYMENT)
    counter.sell(1)
    counter.pay(1)
    counter.fail(CREATE_PAYMENT, "drop_after")
    counter.fail("quickbooks query Payment", "503", next=1000)
    assert counter.run(0) == {"unsettled": 1}
    assert counter.state() == "unsettled UNSETTLED"
    counter.mend()
    counter.run(1)
    assert counter.state() == "posted"
    assert counter.books() == ["Invoice IS-1 11-16 100.00 open 0.00", "Payment IS-1 11-16 100.00"]
    assert counter.sent() == {"create Invoice": 1, "create Payment": 1}
    counter.expect_quiet()


def test_an_unknown_payment_method_holds_the_order_until_it_is_mapped(counter: ShopCounter) -> None:
    revenue = {**WITH_PAYMENT, "payment_method": "as on store"}
    counter.set(revenue=revenue)
    counter.sell(1)
    counter.pay(1, "40.00", method="Cash")
    counter.pay(1, "60.00", method="Bitcoin")
    counter.run(0)
    assert counter.state() == "held PAYMENT_METHOD_UNKNOWN"
    assert counter.books() == ["Invoice IS-1 11-16 100.00 open 100.00"]
    assert counter.sent() == {"create Invoice": 1}
    counter.expect_quiet()
    counter.set(revenue={**revenue, "payment_methods": {"Bitcoin": "PayPal"}})
    assert counter.run(1) == {"posted": 1, "payments": 2}
    assert counter.books() == [
        "Invoice IS-1 11-16 100.00 open 0.00",
        "Payment IS-1 11-16 40.00",
        "Payment IS-1 11-16 60.00",
    ]
    counter.expect_quiet()


@pytest.mark.parametrize("before", ["Sales receipt", "Invoice"])
def test_a_recorded_order_stays_what_it_is_when_the_settings_change(counter: ShopCounter, before: str) -> None:
    counter.set(revenue={"post_as": before})
    counter.sell(1)
    counter.pay(1)
    counter.run(0)
    books = counter.books()
    counter.set(revenue=WITH_PAYMENT)
    counter.change(1, notes="read again", day=1)
    counter.run(1)
    assert counter.books() == books
    assert counter.state() == "posted"
    counter.expect_quiet()


def test_the_payments_of_an_invoice_go_on_when_the_settings_change(counter: ShopCounter) -> None:
    counter.set(revenue=WITH_PAYMENT)
    counter.sell(1)
    counter.run(0)
    counter.set(revenue={"post_as": "Sales receipt"})
    counter.pay(1, day=1)
    counter.run(1)
    assert counter.books() == ["Invoice IS-1 11-16 100.00 open 0.00", "Payment IS-1 11-17 100.00"]
    counter.expect_quiet()


def test_an_order_that_somebody_skipped_is_left_alone(counter: ShopCounter) -> None:
    counter.set(revenue=WITH_PAYMENT)
    counter.sell(1)
    counter.run(0)
    counter.pay(1, "120.00", day=1)
    counter.run(1)
    skip_order(counter.engine, "demo", "1", "The rest was entered by hand.")
    counter.change(1, total_paid="100.00", day=2)
    counter.run(2)
    assert counter.state() == "posted with warnings BY_PERSON"
    assert counter.books() == ["Invoice IS-1 11-16 100.00 open 100.00"]
    counter.expect_quiet()


def test_invoice_and_payment_are_in_the_currency_of_order_and_customer(counter: ShopCounter) -> None:
    counter.company(preferences={"CurrencyPrefs": {"MultiCurrencyEnabled": True}})
    counter.add("Customer", DisplayName="Erika Muster", CurrencyRef={"value": "EUR"})
    counter.set(revenue=WITH_PAYMENT)
    counter.sell(1, name="Erika Muster", email="erika@example.com", currency="EUR")
    counter.pay(1)
    counter.run(0)
    assert counter.books() == ["Invoice IS-1 11-16 100.00 open 0.00", "Payment IS-1 11-16 100.00"]
    assert counter.document("Invoice", "IS-1")["CurrencyRef"]["value"] == "EUR"
    assert counter.payments()[0]["CurrencyRef"]["value"] == "EUR"
    counter.expect_quiet()


def test_a_payment_of_an_order_of_last_spring_is_recorded(counter: ShopCounter) -> None:
    counter.set(revenue=WITH_PAYMENT)
    counter.sell(1)
    counter.run(0)
    counter.pay(1, day=150)
    counter.run(150)
    assert counter.books() == ["Invoice IS-1 11-16 100.00 open 0.00", "Payment IS-1 04-15 100.00"]
    counter.expect_quiet()


def test_a_payment_that_failed_long_ago_is_not_forgotten(counter: ShopCounter) -> None:
    counter.set(revenue=WITH_PAYMENT)
    counter.sell(1)
    counter.pay(1)
    counter.fail(CREATE_PAYMENT, **refusal("6070", "A business validation error has occurred"))
    counter.run(0)
    counter.run(150)
    assert counter.books() == ["Invoice IS-1 11-16 100.00 open 0.00", "Payment IS-1 11-16 100.00"]


def test_a_payment_in_a_closed_period_holds_the_order(counter: ShopCounter) -> None:
    counter.set(revenue=WITH_PAYMENT)
    counter.sell(1)
    counter.run(0)
    counter.pay(1, day=1)
    counter.company(preferences={"AccountingInfoPrefs": {"BookCloseDate": "2026-11-17"}})
    counter.run(1)
    assert counter.state() == "held PERIOD_CLOSED"
    assert counter.sent() == {"create Invoice": 1}
    counter.expect_quiet()


def test_a_recorded_payment_that_has_another_amount_now_holds_the_order(counter: ShopCounter) -> None:
    counter.set(revenue=WITH_PAYMENT)
    counter.sell(1)
    paid = counter.pay(1, "40.00")
    counter.run(0)
    counter.take_back(paid)
    counter.change(1, total_paid="0.00", day=1)
    counter.pay(1, "45.00", day=1, id=paid)
    counter.run(1)
    assert counter.state() == "held PAYMENTS_DISAGREE"
    assert counter.books() == ["Invoice IS-1 11-16 100.00 open 60.00", "Payment IS-1 11-16 40.00"]
    counter.expect_quiet()


@pytest.mark.parametrize("in_cents", [False, True])
def test_a_payment_that_two_orders_share_pays_each_its_share(counter: ShopCounter, in_cents: bool) -> None:
    counter.sandbox.put("/_sandbox/infusionsoft", {"shares_in_cents": in_cents})
    counter.set(revenue=WITH_PAYMENT)
    counter.sell(1, status="PAID", total_paid="100.00")
    counter.sell(2, line("50.00"))
    shared = counter.pay(2, "150.00", order_ids=["1", "2"])
    counter.change(2, total_paid="50.00")
    counter.run(0)
    assert sorted(counter.books()) == [  # they go out side by side
        "Invoice IS-1 11-16 100.00 open 0.00",
        "Invoice IS-2 11-16 50.00 open 0.00",
        "Payment IS-1 11-16 100.00",
        "Payment IS-2 11-16 50.00",
    ]
    assert sorted(counter.ledger("payment")) == [f"1/{shared} generation 1 posted", f"2/{shared} generation 1 posted"]
    counter.expect_quiet()


def test_an_unknown_payment_method_holds_a_sales_receipt_before_anything_is_sent(counter: ShopCounter) -> None:
    counter.set(revenue={"payment_method": "as on store"})
    counter.sell(1)
    counter.pay(1, method="Bitcoin")
    counter.run(0)
    assert counter.state() == "held PAYMENT_METHOD_UNKNOWN"
    assert counter.sent() == {}
    counter.expect_quiet()


@pytest.mark.parametrize("kind", ["create Payment", "create RefundReceipt"])
def test_what_a_stopped_run_had_not_recorded_yet_is_recorded_by_a_much_later_one(
    counter: ShopCounter, kind: str
) -> None:
    counter.set(revenue={"post_as": "Invoice and payment"})
    counter.sell(1)
    counter.pay(1)
    counter.give_back(1, "30.00")
    counter.fail(f"quickbooks {kind}", **{**refusal("6190", "Subscription ended"), "status": 403})
    with pytest.raises(Stop):
        counter.run(0)
    counter.run(200)
    assert counter.books() == [
        "Invoice IS-1 11-16 100.00 open 0.00",
        "RefundReceipt IS-1-R1 11-16 30.00",
        "Payment IS-1 11-16 100.00",
    ]
    counter.expect_quiet()


def test_a_payment_that_is_stamped_long_before_it_was_entered_is_not_missed(counter: ShopCounter) -> None:
    counter.set(revenue={"post_as": "Invoice and payment"})
    counter.sell(1)
    counter.run(0)
    modified = counter.order(1)
    counter.run(5)
    counter.pay(1, day=0)  # neither the payment nor the order says that this was on day 6
    counter.run(6)
    assert modified.is_open
    assert not counter.order(1).is_open
    assert counter.books() == ["Invoice IS-1 11-16 100.00 open 0.00", "Payment IS-1 11-16 100.00"]


def test_an_invoice_that_is_never_paid_is_read_for_ninety_days(counter: ShopCounter) -> None:
    counter.set(revenue={"post_as": "Invoice and payment"})
    counter.sell(1)
    counter.run(0)
    counter.run(89)
    assert counter.order(1).is_open
    counter.run(100)
    assert not counter.order(1).is_open
