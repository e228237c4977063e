"""Orders that the settings or a person left out, and that a person has posted anyway: recorded once, by the next run, until it is taken
back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from order_sync.database.choices import chosen_orders
from order_sync.database.history import order_history
from order_sync.database.order_status import skip_order
from order_sync.sync.review.actions import leave_out_again, post_anyway, skip_orders
from order_sync.sync.steps.plan_orders import Services, plan_orders
from tests.shop.counter import ShopCounter, line, moment
from tests.shop.runs import put

both_ways = pytest.mark.parametrize("write_mode", ["single", "batch"])
INVOICES = {"post_as": "Invoice"}


def anyway(counter: ShopCounter, *order_ids: str, by: str = "ann") -> Any:
    return post_anyway(counter.engine, counter.store, order_ids or ("1",), by)


def refused(counter: ShopCounter, order_id: str = "1") -> str:
    """Why an order is not posted anyway; it stands as before then."""
    before = counter.state(int(order_id))
    done = anyway(counter, order_id)
    assert done.order_ids == ()
    assert counter.state(int(order_id)) == before
    return str(done.refused[order_id])


def leave_out(counter: ShopCounter, by: str = "ann") -> str:
    """Takes back that order 1 is posted anyway; why that was refused, empty where it was not."""
    return leave_out_again(counter.engine, "demo", ["1"], by).refused.get("1", "")


def told(counter: ShopCounter, number: int = 1) -> list[tuple[str, str | None]]:
    """What people did with an order, oldest first."""
    history = order_history(counter.engine, "demo", str(number))
    return [(event.message, event.who) for event in reversed(history) if event.who]


def small(counter: ShopCounter, number: int = 1, day: int = 0) -> None:
    """An order of 4.00, which is paid, where the minimum is 5.00."""
    counter.sell(number, line("4.00"), day=day)
    counter.pay(number, "4.00", day=day)


@both_ways
def test_a_skipped_order_stands_in_the_books_once(counter: ShopCounter, write_mode: str) -> None:
    counter.set(write_mode=write_mode)
    counter.sell(1)
    counter.run(0)
    counter.pay(1)
    skip_order(counter.engine, "demo", "1", "Entered by hand.", "bob")
    counter.run(0)
    assert counter.state() == "skipped BY_PERSON"
    assert anyway(counter).words == "1 order to be posted by the next run."
    assert counter.state() == "waiting ANYWAY"
    counter.run(3)
    assert counter.books() == ["SalesReceipt IS-1 11-16 100.00"]
    assert counter.state() == "posted"
    assert told(counter) == [
        ("Entered by hand.", "bob"),
        ("It is posted anyway; the next run records it. It was skipped: Entered by hand.", "ann"),
    ]
    counter.expect_quiet()
    assert "recorded already" in refused(counter)


@pytest.mark.parametrize(
    ("settings", "before"),
    [
        ({"orders": {"minimum_total": 5}}, "skipped BELOW_MINIMUM"),
        ({"start_date": "2026-11-17"}, "skipped BEFORE_START"),
        ({"start_date": "2026-11-17", "orders": {"minimum_total": 5, "statuses": ["SENT"]}}, "skipped BEFORE_START"),
        ({"orders": {"statuses": ["SENT"]}}, "waiting STATUS"),
    ],
)
def test_what_the_settings_leave_out_is_recorded_on_its_own_day(
    counter: ShopCounter, settings: dict[str, Any], before: str
) -> None:
    counter.set(**settings)
    small(counter)
    counter.run(0)
    assert counter.state() == before
    anyway(counter)
    # Long after the days for which unfinished orders join every run.
    counter.run(120)
    assert counter.books() == ["SalesReceipt IS-1 11-16 4.00"]
    assert counter.sold("SalesReceipt", "IS-1") == ["Widget 4.00 NON"]
    counter.run(0)
    counter.run(121)
    assert counter.books() == ["SalesReceipt IS-1 11-16 4.00"]
    assert counter.state() == "posted"


def test_an_order_of_nothing_is_a_document_of_nothing(counter: ShopCounter) -> None:
    counter.sell(1, line("0.00"))
    counter.run(0)
    assert counter.state() == "skipped ZERO_TOTAL"
    anyway(counter)
    counter.run(0)
    assert counter.books() == ["SalesReceipt IS-1 11-16 0.00"]


def test_an_invoice_may_be_owed_and_a_receipt_may_not(counter: ShopCounter) -> None:
    counter.set(orders={"only_paid": True})
    counter.sell(1)
    counter.run(0)
    assert counter.state() == "waiting UNPAID"
    assert refused(counter) == (
        "0.00 USD of 100.00 USD are paid; it waits for the rest. A sales receipt says that the money came. Wait for the rest; or, if the "
        "customer is to owe it, have such orders recorded as invoices (revenue.post_as, revenue.rules)."
    )
    counter.set(orders={"only_paid": True}, revenue=INVOICES)
    anyway(counter)
    counter.run(0)
    assert counter.books() == ["Invoice IS-1 11-16 100.00 open 100.00"]


def test_a_draft_that_is_to_be_a_receipt_waits_for_its_money_all_the_same(counter: ShopCounter) -> None:
    counter.sell(1, status="DRAFT")
    counter.run(0)
    assert counter.state() == "waiting STATUS"
    assert "Wait for the rest" in refused(counter)
    counter.pay(1)
    counter.account.put("order", {**counter.account.all("order")[0], "status": "DRAFT"})
    counter.run(0)
    anyway(counter)
    counter.account.put("order", {**counter.account.all("order")[0], "status": "DRAFT"})
    counter.run(1)
    assert counter.books() == ["SalesReceipt IS-1 11-16 100.00"]


@pytest.mark.parametrize(
    ("sell", "settings", "state", "why"),
    [
        ({"source_type": "QUICKBOOKS"}, {}, "skipped FROM_QUICKBOOKS", "would be there twice"),
        (
            {"total": "90.00"},
            {"revenue": INVOICES},
            "held TOTAL_DIFFERS",
            "books wrong. Correct the order in Infusionsoft",
        ),
        (
            {"name": "No Body"},
            {"customers": {"not_found": "hold"}, "revenue": INVOICES},
            "held NOT_FOUND",
            "say it in Review",
        ),
    ],
)
def test_what_would_make_the_books_wrong_is_refused_with_what_to_do(
    counter: ShopCounter, sell: dict[str, Any], settings: dict[str, Any], state: str, why: str
) -> None:
    counter.set(**settings)
    who = {"name": sell.pop("name"), "email": "nobody@example.com"} if "name" in sell else {}
    counter.sell(1, **who, **sell)
    counter.run(0)
    assert counter.state() == state
    assert why in refused(counter)
    counter.run(0)
    assert counter.books() == []


def test_a_skipped_order_that_came_from_quickbooks_stays_skipped(counter: ShopCounter) -> None:
    counter.sell(1, source_type="QUICKBOOKS")
    counter.run(0)
    skip_order(counter.engine, "demo", "1", "No.")
    assert "would be there twice" in refused(counter)


def test_an_order_that_is_held_after_it_was_taken_back_from_a_skip_says_why(counter: ShopCounter) -> None:
    counter.set(revenue=INVOICES)
    counter.sell(1, total="90.00")
    counter.run(0)
    skip_order(counter.engine, "demo", "1", "Odd.")
    anyway(counter)
    counter.run(0)
    assert counter.state() == "held TOTAL_DIFFERS"
    counter.change(1, line("90.00"))
    counter.run(0)
    assert counter.books() == ["Invoice IS-1 11-16 90.00 open 90.00"]


def test_it_is_taken_back_until_it_is_recorded(counter: ShopCounter) -> None:
    counter.set(orders={"minimum_total": 5})
    small(counter)
    counter.run(0)
    anyway(counter)
    assert leave_out(counter, "bob") == ""
    assert counter.state() == "skipped BELOW_MINIMUM"
    assert counter.order(1).advice.startswith("To record it, post it anyway")
    counter.run(0)
    assert counter.books() == []
    assert told(counter)[-1] == ("It is not posted anyway any more: it stands as it did before.", "bob")
    assert leave_out(counter, "bob") == "Nobody has order 1 posted anyway."
    anyway(counter)
    counter.run(0)
    assert "what is recorded stays" in leave_out(counter, "bob")
    assert counter.books() == ["SalesReceipt IS-1 11-16 4.00"]


def test_a_skip_is_for_good_again_when_it_is_taken_back_from_where_it_was_held(counter: ShopCounter) -> None:
    counter.set(revenue=INVOICES)
    counter.sell(1, total="90.00")
    counter.run(0)
    skip_order(counter.engine, "demo", "1", "Odd.")
    anyway(counter)
    counter.run(0)
    leave_out(counter)
    assert (counter.state(), counter.order(1).message) == ("skipped BY_PERSON", "Odd.")
    counter.change(1, line("90.00"))
    counter.run(0)
    assert counter.books() == []


def test_an_order_that_is_skipped_again_is_skipped(counter: ShopCounter) -> None:
    counter.set(orders={"minimum_total": 5})
    small(counter)
    counter.run(0)
    anyway(counter)
    skip_orders(counter.engine, "demo", ["1"], "No.", "bob", {})
    assert chosen_orders(counter.engine, "demo") == {}
    counter.run(0)
    assert (counter.state(), counter.books()) == ("skipped BY_PERSON", [])
    anyway(counter)
    counter.run(0)
    assert counter.books() == ["SalesReceipt IS-1 11-16 4.00"]


def test_of_two_people_one_does_it(counter: ShopCounter) -> None:
    counter.set(orders={"minimum_total": 5})
    small(counter)
    counter.run(0)
    anyway(counter)
    assert refused(counter).startswith("ann has it posted anyway; the next run records it.")
    assert chosen_orders(counter.engine, "demo")["1"].who == "ann"
    assert len(told(counter)) == 1


def test_what_changed_in_infusionsoft_since_is_recorded_as_it_is(counter: ShopCounter) -> None:
    counter.set(orders={"minimum_total": 5})
    small(counter)
    counter.run(0)
    anyway(counter)
    counter.change(1, line("3.00"))
    counter.account.put("order", {**counter.account.all("order")[0], "status": "SENT"})
    counter.run(0)
    assert counter.state() == "held OVERPAID"
    counter.change(1, line("4.00"))
    counter.run(0)
    assert counter.books() == ["SalesReceipt IS-1 11-16 4.00"]


def test_an_order_that_is_deleted_in_infusionsoft_is_gone(counter: ShopCounter) -> None:
    counter.set(orders={"minimum_total": 5})
    small(counter)
    counter.run(0)
    anyway(counter)
    counter.sandbox.delete("/_sandbox/infusionsoft/order/1")
    counter.run(0)
    assert counter.state() == "skipped GONE"
    assert "enter it in QuickBooks by hand" in refused(counter)
    leave_out(counter)
    assert counter.state() == "skipped GONE"


def test_settings_that_leave_it_out_no_more_record_it_once(counter: ShopCounter) -> None:
    counter.set(orders={"minimum_total": 5})
    small(counter)
    counter.run(0)
    counter.set()
    anyway(counter)
    counter.run(0)
    counter.run(0)
    assert counter.books() == ["SalesReceipt IS-1 11-16 4.00"]


def test_an_order_that_comes_late_to_its_day_goes_onto_a_further_document(counter: ShopCounter) -> None:
    counter.set(revenue={"consolidate": True, "daily_customer": "Ada Lovelace"})
    for number in (1, 2):
        counter.sell(number)
    counter.run(0)
    for number in (1, 2):
        counter.pay(number)
    skip_order(counter.engine, "demo", "1", "Not yet.")
    counter.run(0)
    first = counter.books()
    assert len(first) == 1
    anyway(counter)
    counter.run(0)
    assert counter.books() == [*first, first[0].replace("-1 ", "-2 ")]
    counter.run(0)  # the day once more
    assert len(counter.books()) == 2


def test_a_day_that_was_recorded_with_a_skipped_order_is_not_recorded_again(counter: ShopCounter) -> None:
    """Somebody skipped it while the day's document was on its way with it."""
    counter.set(revenue={"consolidate": True, "daily_customer": "Ada Lovelace"})
    counter.sell(1)
    counter.pay(1)
    counter.run(0)
    put(counter.engine, "1", status="skipped", code="BY_PERSON", message="No.", document_id=None)
    assert "nothing is recorded twice" in refused(counter)


def test_an_order_whose_receipt_was_taken_out_of_the_books_waits_for_its_money(counter: ShopCounter) -> None:
    settings: dict[str, Any] = {"payments": {"reversals": "void"}, "orders": {"only_paid": True}}
    counter.set(**settings)
    counter.sell(1)
    payment = counter.pay(1)
    counter.run(0)
    counter.account.change(1, moment(1), total_paid="0.00", status="SENT")
    counter.take_back(payment)
    counter.run(1)
    counter.set(**settings, revenue=INVOICES)
    assert counter.state() == "waiting UNPAID"
    assert "nothing is recorded twice" in refused(counter)


@both_ways
def test_a_receipt_whose_money_goes_and_comes_back_is_recorded_anew(counter: ShopCounter, write_mode: str) -> None:
    """It cannot be left out again meanwhile: then it could be posted anyway no more, and its money would stand in no books."""
    counter.set(write_mode=write_mode, orders={"minimum_total": 5}, payments={"reversals": "void"})
    small(counter)
    counter.run(0)
    anyway(counter)
    counter.run(0)
    [payment] = counter.account.all("payment")
    counter.take_back(payment["id"])
    counter.change(1, total_paid="0.00", status="SENT", day=1)
    counter.run(1)
    assert counter.state() == "waiting UNPAID"
    assert leave_out(counter).startswith("Order 1 was in QuickBooks, and waits to be recorded anew.")
    counter.pay(1, "4.00", day=2)
    counter.run(2)
    assert sorted(counter.books()) == ["SalesReceipt IS-1 11-16 0.00 voided", "SalesReceipt IS-1-2 11-18 4.00"]
    assert counter.state() == "posted"


def test_a_receipt_that_was_taken_out_and_skipped_is_left_to_the_person(counter: ShopCounter) -> None:
    counter.set(payments={"reversals": "void"})
    counter.sell(1)
    payment = counter.pay(1)
    counter.run(0)
    counter.take_back(payment)
    counter.change(1, total_paid="0.00", status="SENT", day=1)
    counter.run(1)
    skip_orders(counter.engine, "demo", ["1"], "Lost.", "bob", {})
    counter.pay(1, day=2)
    counter.run(2)
    assert refused(counter).endswith("enter it there by hand, and leave it skipped.")


@pytest.mark.parametrize(
    ("revenue", "books"),
    [
        ({}, ["SalesReceipt IS-1 11-16 100.00", "SalesReceipt IS-2 11-20 100.00"]),
        (
            {"post_as": "Invoice and payment"},
            [
                "Invoice IS-1 11-16 100.00 open 0.00",
                "Invoice IS-2 11-16 100.00 open 0.00",
                "Payment IS-1 11-16 100.00",
                "Payment IS-2 11-20 100.00",
            ],
        ),
        (
            {"consolidate": True, "daily_customer": "Ada Lovelace"},
            ["SalesReceipt IS-20261116-1 11-16 100.00", "SalesReceipt IS-20261120-1 11-20 100.00"],
        ),
    ],
    ids=["receipts", "invoices", "daily"],
)
def test_an_order_before_the_start_minds_a_closed_period_and_is_followed_whatever_the_start_is_by_then(
    counter: ShopCounter, revenue: dict[str, Any], books: list[str]
) -> None:
    """The money of order 2 comes later; order 3 is taken back while it is held."""
    counter.set(start_date="2026-11-18", revenue=revenue)
    for number in (1, 2, 3):
        counter.sell(number)
    for number in (1, 3):
        counter.pay(number)
    counter.run(0)
    counter.company(preferences={"AccountingInfoPrefs": {"BookCloseDate": "2026-11-17"}})
    anyway(counter, "1", "2", "3")
    counter.run(2)
    assert counter.books() == []
    assert counter.state(1) == counter.state(3) == "held PERIOD_CLOSED"
    counter.company(preferences={"AccountingInfoPrefs": {"BookCloseDate": None}})
    leave_out_again(counter.engine, "demo", ["3"], "bob")
    counter.run(3)
    counter.set(start_date="2026-12-18", revenue=revenue)
    counter.pay(2, day=4)
    counter.run(4)
    anyway(counter, "2")  # of a receipt only now, when its money is read
    counter.run(4)
    assert counter.books() == books
    assert counter.states() == {1: "posted", 2: "posted", 3: "skipped BEFORE_START"}
    counter.give_back(1, "30.00", day=5)
    counter.run(5)
    assert "RefundReceipt IS-1-R1 11-21 30.00" in counter.books()
    assert len(counter.books()) == len(books) + 1
    counter.expect_quiet()


def test_an_unpaid_invoice_whose_order_is_deleted_is_voided_as_the_settings_say(counter: ShopCounter) -> None:
    counter.set(orders={"only_paid": True, "deleted": "void"}, revenue=INVOICES)
    counter.sell(1)
    counter.run(0)
    anyway(counter)
    counter.run(0)
    assert counter.books() == ["Invoice IS-1 11-16 100.00 open 100.00"]
    counter.sandbox.delete("/_sandbox/infusionsoft/order/1")
    counter.run(5)
    assert counter.books() == ["Invoice IS-1 11-16 0.00 open 0.00 voided"]
    assert counter.state() == "posted with warnings DELETED"
    assert "recorded already" in refused(counter)
    counter.expect_quiet()


def test_a_plan_follows_it(counter: ShopCounter) -> None:
    counter.set(orders={"minimum_total": 5})
    small(counter)
    counter.run(0)
    anyway(counter)
    start = moment(120) - timedelta(hours=12)
    services = Services(counter.quickbooks, counter.infusionsoft)
    plan = plan_orders(
        counter.engine, counter.store, "plan", (start, start + timedelta(1)), services, is_backfill=False
    )
    assert [(row.order_id, row.entity, str(row.total)) for row in plan.rows] == [("1", "SalesReceipt", "4.00")]
    assert counter.state() == "waiting ANYWAY"


def test_a_person_who_comes_while_a_run_reads_the_order_is_heard(counter: ShopCounter, monkeypatch: Any) -> None:
    """The run judged it before; what the person said stays, and the next run follows it."""
    from order_sync.sync.steps import extract_orders as step

    counter.set(orders={"minimum_total": 5})
    small(counter)
    counter.run(0)
    save = step._save

    def saved(*args: Any) -> Any:
        anyway(counter)
        return save(*args)

    monkeypatch.setattr(step, "_save", saved)
    counter.run(0)
    assert counter.state() == "waiting ANYWAY"
    monkeypatch.setattr(step, "_save", save)
    counter.run(0)
    assert counter.books() == ["SalesReceipt IS-1 11-16 4.00"]
