"""Orders for which more came in than their total: held, or what is too much unapplied on the customer."""

from __future__ import annotations

import pytest

from tests.shop.account import Json
from tests.shop.counter import ShopCounter, line
from tests.shop.entries import entries

UF, AR, SALES = "Undeposited Funds", "Accounts Receivable (A/R)", "Sales of Product Income"
RIGHT = {UF: "Dr 110.00", SALES: "Cr 100.00", AR: "Cr 10.00"}
PAYING = ("Invoice and payment", "Invoice, payment if paid")

both_ways = pytest.mark.parametrize("write_mode", ["single", "batch"])
each_way = pytest.mark.parametrize("post_as", ["Sales receipt", *PAYING])


def choose(counter: ShopCounter, post_as: str = "Sales receipt", write_mode: str = "single", **orders: str) -> None:
    counter.set(write_mode=write_mode, orders={"overpaid": "unapplied"} | orders, revenue={"post_as": post_as})


def unapplied(counter: ShopCounter) -> list[tuple[float, float]]:
    """Of each payment its amount, and what of it is unapplied."""
    return sorted((one["TotalAmt"], one["UnappliedAmt"]) for one in counter.payments())


@both_ways
@each_way
def test_m36_held_by_default(counter: ShopCounter, write_mode: str, post_as: str) -> None:
    counter.set(write_mode=write_mode, revenue={"post_as": post_as})
    counter.sell(1)
    counter.pay(1, "110.00")
    counter.run(0)

    assert counter.state() == "held OVERPAID"
    assert entries(counter) == {}


@both_ways
@each_way
@pytest.mark.parametrize("amounts", [("110.00",), ("100.00", "10.00"), ("70.00", "40.00")])
def test_m36_what_is_too_much_is_unapplied_on_the_customer(
    counter: ShopCounter, write_mode: str, post_as: str, amounts: tuple[str, ...]
) -> None:
    choose(counter, post_as, write_mode)
    counter.sell(1)
    for amount in amounts:
        counter.pay(1, amount)
    counter.run(0)

    assert counter.state() == "posted"
    assert entries(counter) == RIGHT
    assert sum(left for _amount, left in unapplied(counter)) == 10
    assert {one["CustomerRef"]["value"] for one in counter.payments()} == {counter.ada}
    assert all(one["Balance"] == 0 for one in counter.records("Invoice"))
    counter.expect_quiet()


def test_m36_a_receipt_of_100_and_a_payment_of_10(counter: ShopCounter) -> None:
    choose(counter)
    counter.sell(1)
    counter.pay(1, "110.00")
    assert counter.run(0) == {"posted": 1, "payments": 1}
    assert counter.books() == ["SalesReceipt IS-1 11-16 100.00", "Payment of nothing 11-16 10.00"]


def test_m36_a_payment_of_110_applied_with_100(counter: ShopCounter) -> None:
    choose(counter, "Invoice and payment")
    counter.sell(1)
    counter.pay(1, "110.00")
    assert counter.run(0) == {"posted": 1, "payments": 1}
    assert counter.books() == ["Invoice IS-1 11-16 100.00 open 0.00", "Payment IS-1 11-16 110.00"]
    assert unapplied(counter) == [(110, 10)]


@both_ways
@each_way
def test_m36_what_comes_after_the_order_was_recorded(counter: ShopCounter, write_mode: str, post_as: str) -> None:
    choose(counter, post_as, write_mode)
    counter.sell(1)
    counter.pay(1)
    counter.run(0)
    counter.pay(1, "10.00", day=1)
    counter.run(1)

    assert (counter.state(), entries(counter)) == ("posted", RIGHT)
    counter.expect_quiet()


@each_way
def test_m36_an_older_payment_that_is_entered_late(counter: ShopCounter, post_as: str) -> None:
    choose(counter, post_as)
    counter.sell(1)
    counter.pay(1, "105.00", day=2)
    counter.run(2)
    counter.pay(1, "5.00", day=1)
    counter.change(1, day=3)
    counter.run(3)

    assert (counter.state(), entries(counter)) == ("posted", RIGHT)
    counter.expect_quiet()


@each_way
def test_m36_the_lost_answer_of_such_a_payment(counter: ShopCounter, post_as: str) -> None:
    choose(counter, post_as)
    counter.fail("quickbooks create Payment", "drop_after")
    counter.sell(1)
    counter.pay(1, "110.00")
    counter.run(0)

    assert (counter.state(), entries(counter)) == ("posted", RIGHT)
    counter.expect_quiet()


@each_way
def test_m36_once_money_goes_back_a_person_decides(counter: ShopCounter, post_as: str) -> None:
    choose(counter, post_as)
    counter.sell(1)
    counter.pay(1, "110.00")
    counter.run(0)
    counter.give_back(1, "10.00", day=1)
    counter.run(1)
    assert (counter.state(), entries(counter)) == ("held OVERPAID", RIGHT)

    counter.sell(2)
    counter.pay(2, "110.00")
    counter.give_back(2, "10.00")
    counter.run(0)
    assert (counter.state(2), entries(counter)) == ("held OVERPAID", RIGHT)


@each_way
def test_m36_a_payment_that_is_gone_again(counter: ShopCounter, post_as: str) -> None:
    choose(counter, post_as)
    counter.sell(1)
    counter.pay(1)
    extra = counter.pay(1, "10.00")
    counter.run(0)
    counter.take_back(extra)
    counter.change(1, total_paid="100.00", day=1)
    counter.run(1)

    assert counter.state() == "held PAYMENT_GONE"


def test_m36_a_held_order_is_recorded_once_the_setting_says_so(counter: ShopCounter) -> None:
    counter.sell(1)
    counter.pay(1)
    counter.run(0)
    counter.pay(1, "10.00", day=1)
    counter.run(1)
    assert counter.state() == "held OVERPAID"
    choose(counter)
    counter.run(2)
    assert (counter.state(), entries(counter)) == ("posted", RIGHT)


@pytest.mark.parametrize(
    ("lines", "state", "books"),
    [
        ([line("90.00")], "posted", {UF: "Dr 100.00", SALES: "Cr 90.00", AR: "Cr 10.00"}),
        ([line("110.00")], "held UNPAID", {UF: "Dr 100.00", SALES: "Cr 100.00"}),
    ],
)
def test_m36_a_receipt_that_follows_its_order(
    counter: ShopCounter, lines: list[Json], state: str, books: dict[str, str]
) -> None:
    choose(counter, changed="update")
    counter.sell(1)
    counter.pay(1)
    counter.run(0)
    counter.change(1, *lines, day=1)
    counter.run(1)
    assert (counter.state(), entries(counter)) == (state, books)


def test_m36_a_receipt_never_shows_money_that_is_unapplied(counter: ShopCounter) -> None:
    choose(counter, changed="update")
    counter.sell(1)
    counter.pay(1, "110.00")
    counter.run(0)
    counter.change(1, line("110.00"), day=1)
    counter.run(1)
    assert (counter.state(), entries(counter)) == ("held UNPAID", RIGHT)
