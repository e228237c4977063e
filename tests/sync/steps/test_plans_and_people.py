"""A plan that is recorded after people had orders posted anyway, took that back or skipped them, after other runs, or while it is made
again; and what becomes of the orders that it leaves out."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from order_sync.database.history import order_history
from order_sync.database.order_status import skip_order
from order_sync.errors import ConfigurationError
from order_sync.sync.review.actions import leave_out_again, post_anyway
from tests.shop.counter import ShopCounter, line
from tests.shop.plans import begin, differing, plan, record

INVOICES = {"revenue": {"post_as": "Invoice and payment"}}
DAILY = {"revenue": {"consolidate": True, "daily_customer": "Ada Lovelace"}}
MINIMUM = {"orders": {"minimum_total": 5}}


def sold(counter: ShopCounter, number: int, amount: str = "100.00", **who: Any) -> None:
    """An order that was paid."""
    counter.sell(number, line(amount), **who)
    counter.pay(number, amount)


def anyway(counter: ShopCounter) -> None:
    """Somebody has order 1 posted anyway."""
    assert post_anyway(counter.engine, counter.store, ["1"], "ann").order_ids == ("1",)


def decide_otherwise(counter: ShopCounter, how: str) -> str:
    """Somebody takes that back, or skips the order; gives how it stands then."""
    if how == "taken back":
        assert leave_out_again(counter.engine, "demo", ["1"], "bob").refused == {}
    else:
        skip_order(counter.engine, "demo", "1", "Entered by hand.", "bob")
    return "skipped BELOW_MINIMUM" if how == "taken back" else "skipped BY_PERSON"


def codes(counter: ShopCounter, number: int = 1) -> list[str | None]:
    """The codes of an order's history, oldest first."""
    history = reversed(order_history(counter.engine, "demo", str(number)))
    return [event.code for event in history if event.code]


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("settings", [{}, DAILY], ids=["each", "daily"])
def test_an_order_that_is_posted_anyway_after_the_plan_is_left_to_the_next_run(
    counter: ShopCounter, settings: dict[str, Any]
) -> None:
    """The plan says that nothing is to be done for it."""
    counter.set(**MINIMUM, **settings)
    sold(counter, 1, "4.00")
    sold(counter, 2)
    plan(counter)
    record(counter)
    first = counter.books()
    assert len(first) == 1
    anyway(counter)
    run = record(counter, "once more")
    assert counter.books() == first
    assert counter.state() == "waiting PLAN_DIFFERS"
    assert differing(counter, run) == {"1": [["SalesReceipt", None, "4.00 USD"]]}
    counter.run(100)
    assert len(counter.books()) == 2
    assert counter.state() == "posted"
    counter.run(0)
    assert len(counter.books()) == 2


@pytest.mark.parametrize("how", ["taken back", "skipped"])
def test_an_order_that_nobody_wants_any_more_is_not_recorded_by_its_plan(counter: ShopCounter, how: str) -> None:
    counter.set(**MINIMUM)
    sold(counter, 1, "4.00")
    counter.run(0)
    anyway(counter)
    plan(counter)
    state = decide_otherwise(counter, how)
    run = record(counter)
    assert counter.books() == []
    assert counter.state() == state
    assert list(differing(counter, run)) == ["1"]
    counter.run(0)
    assert (counter.books(), counter.state()) == ([], state)


@pytest.mark.parametrize("how", ["taken back", "skipped"])
@pytest.mark.parametrize("is_made", [True, False], ids=["customer made", "matched"])
def test_it_is_not_recorded_either_where_they_say_so_while_it_is_on_its_way(
    counter: ShopCounter, how: str, is_made: bool
) -> None:
    counter.set(**MINIMUM)
    sold(counter, 1, "4.00", name="Nora New", email="nora@example.com")
    counter.run(0)
    anyway(counter)
    plan(counter)
    run = begin(counter)
    if is_made:
        counter.create_customers(run)
    state = decide_otherwise(counter, how)
    counter.create_customers(run)
    counter.post(run)
    assert (counter.books(), counter.state()) == ([], state)
    assert len(counter.records("Customer")) == (2 if is_made else 1)


def test_an_order_of_long_ago_that_was_left_out_of_its_plan_is_recorded_by_the_next_run(counter: ShopCounter) -> None:
    """Its advice says so, and no run would read it by itself: nothing of it has changed in Infusionsoft."""
    sold(counter, 1)
    plan(counter)
    counter.set(revenue={"memo": "other words"})
    record(counter)
    assert counter.state() == "waiting PLAN_DIFFERS"
    counter.run(120)
    assert counter.books() == ["SalesReceipt IS-1 11-16 100.00"]
    assert counter.state() == "posted"


@pytest.mark.parametrize("settings", [{}, INVOICES, DAILY], ids=["each", "invoices", "daily"])
def test_a_plan_that_is_made_again_while_a_run_records_it_is_not_recorded(
    counter: ShopCounter, settings: dict[str, Any]
) -> None:
    """What stands in it then was seen by nobody who asked."""
    counter.set(**settings)
    sold(counter, 1)
    plan(counter)
    run = begin(counter)
    counter.create_customers(run)
    counter.change(1, line("90.00"), total_paid="100.00")
    counter.give_back(1, "10.00")
    plan(counter)
    counter.match(0)
    with pytest.raises(ConfigurationError, match="Plan plan was made again at"):
        counter.post(run)
    assert counter.books() == []


def test_it_is_not_recorded_either_once_its_documents_are(
    counter: ShopCounter, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter.set(**INVOICES)
    sold(counter, 1)
    plan(counter)
    run = begin(counter)
    counter.create_customers(run)
    monkeypatch.setattr("order_sync.sync.steps.post_orders.void_differing", lambda _recording: plan(counter))
    with pytest.raises(ConfigurationError, match="Look at the plan as it is now"):
        counter.post(run)
    assert counter.books() == ["Invoice IS-1 11-16 100.00 open 100.00"]
    monkeypatch.undo()
    counter.run(0)
    assert counter.books() == ["Invoice IS-1 11-16 100.00 open 0.00", "Payment IS-1 11-16 100.00"]


def test_what_other_runs_recorded_since_just_so_is_recorded_and_not_otherwise(counter: ShopCounter) -> None:
    counter.set(**INVOICES)
    sold(counter, 1)
    sold(counter, 2, name="Nora New", email="nora@example.com")
    plan(counter)
    run = begin(counter)
    counter.run(0)
    books = counter.books()
    for _ in range(2):
        counter.create_customers(run)
        counter.post(run)
        assert counter.books() == books
    run = record(counter)  # cleared from its first task
    assert counter.books() == books
    assert differing(counter, run) == {}
    assert codes(counter, 1) == codes(counter, 2) == ["PLAN_RECORDED"]


@pytest.mark.parametrize("settings", [{}, INVOICES, DAILY], ids=["receipts", "invoices", "daily"])
def test_what_another_run_recorded_otherwise_since_is_recorded_and_not_left_out(
    counter: ShopCounter, settings: dict[str, Any]
) -> None:
    counter.set(**settings)
    sold(counter, 1)
    sold(counter, 2)
    plan(counter)
    counter.set(revenue={**settings.get("revenue", {}), "number_prefix": "X-"})
    counter.run(0)
    books, states = counter.books(), counter.states()
    for id in ("recording", "once more"):
        run = record(counter, id)
        assert differing(counter, run) == {}
        assert (counter.books(), counter.states()) == (books, states)
    assert codes(counter, 1) == codes(counter, 2) == ["PLAN_RECORDED"]
    [told] = [one for one in order_history(counter.engine, "demo", "1") if one.code]
    assert told.message == "It is in QuickBooks already, otherwise than plan plan has it: nothing is to be done."


def test_money_that_is_due_of_what_another_run_recorded_otherwise_is_left_to_the_next_run(counter: ShopCounter) -> None:
    counter.set(**INVOICES)
    counter.sell(1)
    counter.pay(1, "40.00")
    plan(counter)
    counter.set(revenue={**INVOICES["revenue"], "memo": "other words"})
    counter.run(0)
    counter.pay(1, "60.00")
    run = record(counter)
    assert list(differing(counter, run)) == ["1"]
    counter.run(0)
    assert "Payment IS-1 11-16 60.00" in counter.books()


def test_a_refund_that_is_not_due_any_more_is_left_out_in_words(counter: ShopCounter) -> None:
    sold(counter, 1)
    counter.run(0)
    refund = counter.give_back(1, "10.00")
    plan(counter)
    counter.take_back(refund)
    run = record(counter)
    assert list(differing(counter, run)) == ["1"]
    [told] = [one.message for one in order_history(counter.engine, "demo", "1") if one.code]
    assert told.startswith(
        "Left out of plan plan, because refund receipt was planned as 10.00 USD and is not due now (held: The order says that 10.00 USD"
    )


def test_an_order_that_was_about_to_be_sent_is_recorded_once_as_it_is_when_somebody_brings_it_back(
    counter: ShopCounter, monkeypatch: pytest.MonkeyPatch
) -> None:
    sold(counter, 1)
    run = counter.prepare(0)
    with monkeypatch.context() as patched:
        patched.setattr("order_sync.sync.recording.sending.open_courier", _killed)
        with suppress(KeyboardInterrupt):
            counter.post(run)
    assert len(counter.writes("document")) == 1
    skip_order(counter.engine, "demo", "1", "Not yet.", "bob")
    counter.account.put("order", {**counter.account.all("order")[0], "title": "Another title"})
    anyway(counter)
    counter.set(revenue={"memo": "{order_title}"})
    counter.run(0)
    assert counter.books() == ["SalesReceipt IS-1 11-16 100.00"]
    assert "Another title" in counter.document("SalesReceipt", "IS-1")["PrivateNote"]
    counter.expect_quiet()


def test_an_order_of_a_day_that_was_about_to_be_sent_too(counter: ShopCounter, monkeypatch: pytest.MonkeyPatch) -> None:
    counter.set(**DAILY)
    sold(counter, 1)
    sold(counter, 2, "50.00")
    run = counter.prepare(0)
    with monkeypatch.context() as patched:
        patched.setattr("order_sync.sync.recording.sending.open_courier", _killed)
        with suppress(KeyboardInterrupt):
            counter.post(run)
    skip_order(counter.engine, "demo", "1", "Not yet.", "bob")
    counter.run(0)
    assert counter.books() == ["SalesReceipt IS-20261116-2 11-16 50.00"]
    anyway(counter)
    counter.run(0)
    assert counter.books()[1:] == ["SalesReceipt IS-20261116-3 11-16 100.00"]
    counter.expect_quiet()


def test_why_an_order_that_its_plan_left_out_is_not_posted_anyway(counter: ShopCounter) -> None:
    sold(counter, 1)
    plan(counter)
    counter.set(revenue={"memo": "other words"})
    record(counter)
    [why] = post_anyway(counter.engine, counter.store, ["1"], "ann").refused.values()
    assert why.endswith("now. The next run that is not of a plan records it as it is now, or at once Record now.")
