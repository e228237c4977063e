"""What payments of a type are because a person said so: it goes before the settings, for this order and all to come."""

from __future__ import annotations

from datetime import timedelta

import pytest

from order_sync.database.history import order_history
from order_sync.settings.payments import PaymentKind
from order_sync.sync.review.actions import choose_payment_kind, let_settings_say_kind
from order_sync.sync.steps.plan_orders import Services, plan_orders
from tests.shop.counter import ShopCounter, moment

both_ways = pytest.mark.parametrize("write_mode", ["single", "batch"])


def bartered(counter: ShopCounter, number: int = 1, method: str = "Barter") -> None:
    """An order of 100.00 of which 40.00 came by check, and 60.00 by something of no known type."""
    counter.sell(number)
    counter.pay(number, "40.00", method="Check")
    counter.pay(number, "60.00", method=method)


@both_ways
def test_what_was_said_of_a_type_counts_for_this_order_and_those_to_come(counter: ShopCounter, write_mode: str) -> None:
    counter.set(write_mode=write_mode)
    bartered(counter)
    counter.run(0)
    assert counter.state() == "held PAYMENT_KIND"
    choose_payment_kind(counter.engine, "demo", "1", "Barter", "money", "ann")
    bartered(counter, 2, method="BARTER")
    counter.run(0)
    assert counter.books() == ["SalesReceipt IS-1 11-16 100.00", "SalesReceipt IS-2 11-16 100.00"]
    told = [(event.message, event.who) for event in order_history(counter.engine, "demo", "1")]
    assert ("Payments of the type 'Barter' are money that came in; the next run follows it.", "ann") in told
    counter.expect_quiet()


@pytest.mark.parametrize("kind", ["write-off", "credit"])
def test_what_is_no_money_is_taken_off(counter: ShopCounter, kind: PaymentKind) -> None:
    bartered(counter)
    counter.run(0)
    choose_payment_kind(counter.engine, "demo", "1", "Barter", kind, "ann")
    counter.run(0)
    assert counter.books() == ["SalesReceipt IS-1 11-16 40.00"]
    assert counter.sold("SalesReceipt", "IS-1") == ["Widget 100.00 NON", "discount 60.00"]


def test_what_was_said_goes_before_the_settings_until_it_is_taken_back(counter: ShopCounter) -> None:
    counter.set(payments={"kinds": {"bar-ter": None}})
    bartered(counter)
    counter.run(0)
    choose_payment_kind(counter.engine, "demo", "1", "Barter", "hold", "ann")
    counter.set(payments={"kinds": {"bar-ter": "write-off"}})
    counter.run(0)
    assert counter.state() == "held PAYMENT_KIND"
    let_settings_say_kind(counter.engine, "demo", "Barter", "bob")
    counter.run(0)
    assert counter.books() == ["SalesReceipt IS-1 11-16 40.00"]
    assert "bob" in [event.who for event in order_history(counter.engine, "demo", "1")]
    with pytest.raises(LookupError, match="Nothing is chosen"):
        let_settings_say_kind(counter.engine, "demo", "Barter", "bob")


def test_a_plan_follows_what_was_said(counter: ShopCounter) -> None:
    bartered(counter)
    counter.run(0)
    choose_payment_kind(counter.engine, "demo", "1", "Barter", "money", "ann")
    start = moment(0) - timedelta(hours=12)
    services = Services(counter.quickbooks, counter.infusionsoft)
    day = (start, start + timedelta(1))
    plan = plan_orders(counter.engine, counter.store, "plan", day, services, is_backfill=True)
    assert [row.entity for row in plan.rows] == ["SalesReceipt"]


def test_a_type_without_letters_cannot_be_remembered(counter: ShopCounter) -> None:
    bartered(counter)
    counter.run(0)
    with pytest.raises(LookupError, match="no letter"):
        choose_payment_kind(counter.engine, "demo", "1", "--", "money", "ann")
