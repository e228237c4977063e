"""Whatever goes wrong with an order, and in whichever step: it stands there with a code and with what to do about it."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import select

from order_sync.database.database import reading
from order_sync.database.history import order_history
from order_sync.database.tables import Order
from order_sync.sync.orders.status import IN_TROUBLE
from order_sync.sync.steps import extract_orders as extraction
from tests.shop.counter import ShopCounter, line, refusal

UPDATE_CUSTOMER = "quickbooks update Customer"


def expect_each_trouble_told(counter: ShopCounter) -> Counter[str]:
    """Every order that is held, failed or unsettled has code, words and advice, and so has its history; counts them by code."""
    with reading(counter.engine) as connection:
        rows = connection.execute(select(Order.__table__).where(Order.status.in_(IN_TROUBLE))).all()
    for row in rows:
        assert row.code, row
        assert row.message, row
        assert row.advice, row
        told = next(event for event in order_history(counter.engine, "demo", row.order_id) if event.level != "info")
        assert (told.code, told.message, told.advice) == (row.code, row.message, row.advice)
    return Counter(row.code for row in rows)


def test_no_order_of_a_mixed_run_is_in_trouble_without_a_code_and_advice(counter: ShopCounter) -> None:
    counter.set(customers={"reactivate_inactive": True}, products={"not_found": "hold"})
    for place in ("Main St 1", "Elm St 2"):
        counter.add("Customer", DisplayName=f"Twin {place}", PrimaryEmailAddr={"Address": "twin@example.com"})
    counter.add("Customer", DisplayName="Sue Sleeper", Active=False)
    for number in range(1, 13):
        match number:
            case 2:
                counter.sell(number, line("100.00", "Gadget"))
            case 5:
                counter.sell(number, name="New Buyer", email="new@example.com")
            case 6:
                counter.sell(number, name="Sue Sleeper", email="sue@example.com")
            case 8:
                counter.sell(number, name="Tim Twin", email="twin@example.com")
            case _:
                counter.sell(number)
        counter.pay(number)
    counter.pay(3)
    counter.change(7, total_paid="40.00")
    counter.change(9, total={"amount": "a lot", "currency_code": "USD"})
    counter.fail("quickbooks create Customer", **refusal("2170", "Invalid Enumeration"))
    counter.fail(UPDATE_CUSTOMER, "drop_before")
    counter.fail("quickbooks read Customer", "503", next=1000)
    counter.fail("quickbooks create SalesReceipt", **refusal("6430", "The account has the wrong type"))
    counter.fail("quickbooks create SalesReceipt", "drop_before")
    counter.fail("quickbooks query SalesReceipt", "503", next=1000)

    counter.run(0)

    found = expect_each_trouble_told(counter)
    assert found.keys() >= {
        "ITEM_UNKNOWN",
        "OVERPAID",
        "2170",
        "REFUSED",
        "6430",
        "UNSETTLED",
        "AMBIGUOUS",
        "UNREADABLE",
    }
    assert {state.split()[0] for state in counter.states().values()} >= {"posted", "held", "failed", "unsettled"}


def test_recorded_orders_are_in_no_trouble_without_a_code_and_advice_either(counter: ShopCounter) -> None:
    counter.set(orders={"changed": "update"}, revenue={"post_as": "Invoice and payment"})
    for number in range(1, 6):
        counter.sell(number)
        counter.pay(number, "40.00")
    counter.run(0)
    counter.pay(1, "90.00", day=1)
    counter.give_back(2, "10.00", day=1)
    counter.change(3, line("20.00"), day=1)
    counter.delete("Invoice", "IS-4")
    counter.change(4, line("120.00"), day=1)
    counter.pay(5, "60.00", day=1)
    counter.fail("quickbooks create Payment", **refusal("620", "It cannot be applied"))

    counter.run(1)

    assert set(expect_each_trouble_told(counter)) == {"OVERPAID", "DOCUMENT_GONE", "620"}


def test_an_order_that_another_run_posts_while_this_one_reads_it_stays_posted(
    counter: ShopCounter, monkeypatch
) -> None:
    """And that it was changed in between is told, though its reading is saved by then."""
    counter.sell(1)
    counter.pay(1)
    first = counter.prepare(0)
    look = extraction.known_orders

    def look_and_post(*args):
        found = look(*args)
        monkeypatch.setattr(extraction, "known_orders", look)
        counter.post(first)
        return found

    monkeypatch.setattr(extraction, "known_orders", look_and_post)
    counter.change(1, line("60.00"), line("40.00"))
    counter.run(0)

    assert counter.state() == "posted with warnings CHANGED"
    assert counter.books() == ["SalesReceipt IS-1 11-16 100.00"]
    assert counter.order(1).advice
    counter.expect_quiet()
