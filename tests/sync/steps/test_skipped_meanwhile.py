"""An order that a person ends while a run is recording it: either the run leaves it out, or the person is told to wait."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from order_sync.database.leases import acquire_lease
from order_sync.database.order_status import skip_order
from order_sync.sync.recording import sending
from order_sync.sync.review.actions import leave_out_again, post_anyway
from tests.shop.counter import ShopCounter
from tests.shop.services import COMPANY

DAILY = {"revenue": {"consolidate": True, "daily_customer": "Ada Lovelace"}}
WAIT = "Order 1 is being recorded by a run right now. Wait until that run has ended, and look at it again."


class Meanwhile:
    """Does something once, while a run plans what it sends: before that, or after."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch

    def __call__(self, act: Callable[[], object], *, planned: bool) -> None:
        plan, acts = sending.plan_writes, [act]

        def planning(*given: Any, **more: Any) -> Any:
            if acts and more["intents"] and not planned:
                acts.pop()()
            found = plan(*given, **more)
            if acts and found:
                acts.pop()()
            return found

        self._monkeypatch.setattr(sending, "plan_writes", planning)


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Meanwhile:
    return Meanwhile(monkeypatch)


def skip(counter: ShopCounter, order_id: str = "1") -> None:
    skip_order(counter.engine, "demo", order_id, "I enter it by hand.", "bob")


@pytest.mark.parametrize("mode", ["single", "batch"])
def test_what_is_about_to_be_sent_cannot_be_skipped(counter: ShopCounter, meanwhile: Meanwhile, mode: str) -> None:
    counter.set(write_mode=mode)
    counter.sell(1)
    counter.pay(1)
    said = list[str]()

    def skipped() -> None:
        with pytest.raises(LookupError) as refused:
            skip(counter)
        said.append(str(refused.value))

    meanwhile(skipped, planned=True)
    counter.run(0)
    assert said == [WAIT]
    assert counter.books() == ["SalesReceipt IS-1 11-16 100.00"]
    assert counter.state() == "posted"


@pytest.mark.parametrize("mode", ["single", "batch"])
def test_what_is_skipped_before_it_is_planned_is_not_sent(
    counter: ShopCounter, meanwhile: Meanwhile, mode: str
) -> None:
    counter.set(write_mode=mode)
    for number in (1, 2):
        counter.sell(number)
        counter.pay(number)
    meanwhile(lambda: skip(counter), planned=False)
    counter.run(0)
    assert counter.books() == ["SalesReceipt IS-2 11-16 100.00"]
    assert counter.states() == {1: "skipped BY_PERSON", 2: "posted"}


def test_a_payment_is_not_sent_of_what_is_skipped_before_it_is_planned(
    counter: ShopCounter, meanwhile: Meanwhile
) -> None:
    counter.set(revenue={"post_as": "Invoice and payment"})
    counter.sell(1)
    counter.run(0)
    counter.pay(1, "40.00", day=1, method="Barter")
    counter.run(1)
    assert counter.state() == "held PAYMENT_KIND"
    counter.set(payments={"kinds": {"Barter": "money"}})
    meanwhile(lambda: skip(counter), planned=False)
    counter.run(2)
    assert counter.books() == ["Invoice IS-1 11-16 100.00 open 100.00"]
    assert counter.state() == "posted with warnings BY_PERSON"


def test_of_a_day_one_of_whose_orders_is_skipped_the_others_are_recorded_by_the_next_run(
    counter: ShopCounter, meanwhile: Meanwhile
) -> None:
    counter.set(**DAILY)
    for number in (1, 2, 3):
        counter.sell(number)
        counter.pay(number)
    meanwhile(lambda: skip(counter), planned=False)
    counter.run(0)
    assert counter.books() == []
    counter.run(1)
    assert counter.books() == ["SalesReceipt IS-20261116-1 11-16 200.00"]
    assert counter.states() == {1: "skipped BY_PERSON", 2: "posted", 3: "posted"}


def test_what_is_left_out_again_before_it_is_planned_is_not_sent(counter: ShopCounter, meanwhile: Meanwhile) -> None:
    counter.set(orders={"minimum_total": "150"})
    counter.sell(1)
    counter.pay(1)
    counter.run(0)
    assert counter.state() == "skipped BELOW_MINIMUM"
    post_anyway(counter.engine, counter.store, ["1"], "bob")
    meanwhile(lambda: leave_out_again(counter.engine, "demo", ["1"], "bob"), planned=False)
    counter.run(1)
    assert (counter.books(), counter.state()) == ([], "skipped BELOW_MINIMUM")


def test_what_is_about_to_be_sent_cannot_be_left_out_again(counter: ShopCounter, meanwhile: Meanwhile) -> None:
    counter.set(orders={"minimum_total": "150"})
    counter.sell(1)
    counter.pay(1)
    counter.run(0)
    post_anyway(counter.engine, counter.store, ["1"], "bob")
    said = list[str]()
    meanwhile(lambda: said.append(leave_out_again(counter.engine, "demo", ["1"], "bob").words), planned=True)
    counter.run(1)
    assert said == [f"No order left out again. Not 1: {WAIT}"]
    assert counter.books() == ["SalesReceipt IS-1 11-16 100.00"]


def test_what_a_run_had_planned_that_died_can_be_skipped(counter: ShopCounter, meanwhile: Meanwhile) -> None:
    class Died(BaseException):
        pass

    def die() -> None:
        raise Died

    counter.sell(1)
    counter.pay(1)
    meanwhile(die, planned=True)
    with pytest.raises(Died):
        counter.run(0)
    acquire_lease(counter.engine, COMPANY, seconds=0.0)  # its lease ran out, and another run has it
    skip(counter)
    counter.run(1)
    assert (counter.books(), counter.state()) == ([], "skipped BY_PERSON")
