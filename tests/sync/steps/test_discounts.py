"""What a discount takes off, from Infusionsoft to the general ledger."""

from __future__ import annotations

import pytest

from tests.shop import account
from tests.shop.account import Json
from tests.shop.counter import ShopCounter, line
from tests.shop.entries import entries


def off(discount: str | None, **fields: object) -> Json:
    """A discount that has no price of its own."""
    return {
        "kind": "DISCOUNT",
        "name": "Voucher",
        "price": "0.00",
        "price_per_unit": None,
        "discount": discount,
    } | fields


@pytest.mark.parametrize("write_mode", ["single", "batch"])
@pytest.mark.parametrize("kind", ["DISCOUNT", "DISCOUNT_ORDER_TOTAL"])
@pytest.mark.parametrize(("quantity", "discount"), [({}, "5.00"), ({"quantity": 2}, "-5.00")])
def test_m35_a_discount_without_a_price_is_what_its_discount_says(
    counter: ShopCounter, write_mode: str, kind: str, quantity: Json, discount: str
) -> None:
    counter.set(write_mode=write_mode)
    counter.sell(1, line("100.00"), off(discount, kind=kind) | quantity, total="95.00")
    counter.pay(1, "95.00")
    counter.run(0)

    assert counter.state() == "posted"
    assert entries(counter) == {
        "Undeposited Funds": "Dr 95.00",
        "Discounts given": "Dr 5.00",
        "Sales of Product Income": "Cr 100.00",
    }


OFF = {"Undeposited Funds": "Dr 90.00", "Discounts given": "Dr 10.00", "Sales of Product Income": "Cr 100.00"}


def percent(amount: float, method: str = "PERCENT", **fields: object) -> Json:
    """A discount of which only the special says something."""
    return off(None, special={"amount": amount, "special_item_id": "1", "discount_method": method}, **fields)


@pytest.mark.parametrize("write_mode", ["single", "batch"])
@pytest.mark.parametrize(
    "discount",
    [
        percent(10.0),
        percent(-10.0, kind="DISCOUNT_ORDER_TOTAL", quantity=None),
        percent(10.0, price_per_unit=account.money("0.00")),
        percent(10.0, "AMOUNT"),
        percent(50.0) | {"discount": "10.00"},
        percent(50.0, price_per_unit=account.money("-10.00")),
        off(None, price_per_unit=account.money("10.00"), quantity=None),
    ],
)
def test_m35_wherever_a_discount_says_what_it_takes_off(counter: ShopCounter, write_mode: str, discount: Json) -> None:
    counter.set(write_mode=write_mode)
    counter.sell(1, line("100.00"), discount, total="90.00")
    counter.pay(1, "90.00")
    counter.run(0)

    assert (counter.state(), entries(counter)) == ("posted", OFF)
    counter.expect_quiet()


def test_m35_a_percentage_is_of_the_goods_and_that_on_shipping_of_the_shipping(counter: ShopCounter) -> None:
    lines = [line("100.00"), line("0.10", quantity=3), line("20.00", kind="SHIPPING"), line("8.00", kind="TAX")]
    discounts = [percent(33.333), percent(50.0, kind="DISCOUNT_SHIPPING"), percent(14.0, kind="DISCOUNT_FREE_TRIAL")]
    counter.set(taxes={"record_as": "as charged"})
    counter.sell(1, *lines, *discounts, total="84.87")
    counter.pay(1, "84.87")
    counter.run(0)

    assert counter.state() == "posted"
    assert entries(counter) == {
        "Undeposited Funds": "Dr 84.87",
        "Discounts given": "Dr 43.43",
        "Sales of Product Income": "Cr 100.30",
        "Shipping Income": "Cr 20.00",
        "Sales Tax Payable": "Cr 8.00",
    }


@pytest.mark.parametrize("discount", [off(None), percent(10.0), off("0.00"), percent(10.0, "FREE")])
def test_m35_a_discount_that_does_not_come_to_the_total_is_held(counter: ShopCounter, discount: Json) -> None:
    counter.sell(1, line("100.00"), discount, total="95.00")
    counter.pay(1, "95.00")
    counter.run(0)

    assert counter.state() == "held TOTAL_DIFFERS"
    assert entries(counter) == {}


def test_m35_a_discount_that_says_nothing_takes_nothing_off(counter: ShopCounter) -> None:
    counter.sell(1, line("100.00"), off("7.00"), off(None), line("3.00", kind="DISCOUNT"), total="90.00")
    counter.pay(1, "90.00")
    counter.run(0)

    assert (counter.state(), entries(counter)) == ("posted", OFF)


@pytest.mark.parametrize("write_mode", ["single", "batch"])
def test_m35_a_line_that_does_not_say_how_many_is_one(counter: ShopCounter, write_mode: str) -> None:
    of_one: Json = {"quantity": None}
    lines = [line("100.00"), line("10.00", kind="SHIPPING"), line("8.60", kind="TAX")]
    counter.set(write_mode=write_mode, taxes={"record_as": "as charged"})
    counter.sell(1, *(one | of_one for one in lines), total="118.60")
    counter.sell(2, line("100.00") | of_one, total="200.00")
    counter.pay(1, "118.60")
    counter.pay(2, "200.00")
    counter.run(0)

    assert counter.states() == {1: "posted", 2: "held TOTAL_DIFFERS"}
    assert entries(counter) == {
        "Undeposited Funds": "Dr 118.60",
        "Sales of Product Income": "Cr 100.00",
        "Shipping Income": "Cr 10.00",
        "Sales Tax Payable": "Cr 8.60",
    }


@pytest.mark.parametrize("write_mode", ["single", "batch"])
@pytest.mark.parametrize("takes_them", [False, True], ids=["refused", "taken"])
def test_m19_a_line_below_zero_keeps_no_other_order_of_the_day_out_of_the_books(
    counter: ShopCounter, write_mode: str, takes_them: bool
) -> None:
    counter.company(negative_lines=takes_them)
    counter.add("Customer", DisplayName="demo daily sales")
    counter.set(write_mode=write_mode, revenue={"consolidate": True})
    for number in (1, 2):
        counter.sell(number)
        counter.pay(number)
    counter.sell(3, line("50.00"), line("-10.00", "Gift"))
    counter.pay(3, "40.00")
    counter.run(0)

    assert counter.states() == {1: "posted", 2: "posted", 3: "posted with warnings" if takes_them else "failed 2290"}
    days = ["SalesReceipt IS-20261116-1 11-16 200.00", "SalesReceipt IS-20261116-2 11-16 40.00"]
    assert sorted(counter.books()) == (days if takes_them else days[:1])
    counter.company(negative_lines=True)
    counter.run(1)
    assert sorted(counter.books()) == days
