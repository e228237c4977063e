"""When money and sales are in the books (cases M28 to M32): through the steps, as entries of the general ledger."""

from __future__ import annotations

import json
import logging
from decimal import Decimal

import pytest
from sqlalchemy import select

from order_sync.database.database import reading
from order_sync.database.tables import Run
from order_sync.sync.steps.report import Report, report
from tests.shop import runs
from tests.shop.counter import ShopCounter, line

AR, UF, SALES = "Accounts Receivable (A/R)", "Undeposited Funds", "Sales of Product Income"


@pytest.fixture(params=["single", "batch"])
def shop(counter: ShopCounter, request: pytest.FixtureRequest) -> ShopCounter:
    """The counter, whose writes are sent one by one or in batches; further settings by `choose`."""
    counter.set(write_mode=request.param)
    return counter


def choose(shop: ShopCounter, **settings: object) -> None:
    """The settings from now on, in the same write mode."""
    shop.set(write_mode=shop.store.write_mode, **settings)


def entries(shop: ShopCounter) -> list[str]:
    """Every entry of the company's general ledger: day, kind of document, account, debit or credit."""
    return [
        f"{one['date']} {one['entity']}: {side} {entry['account']} {Decimal(str(entry[name])):.2f}"
        for one in shop.sandbox.get("/_sandbox/ledger")
        for entry in one["entries"]
        for side, name in (("Dr", "debit"), ("Cr", "credit"))
        if entry[name]
    ]


def receipt(day: str, amount: str) -> list[str]:
    return [f"{day} SalesReceipt: Dr {UF} {amount}", f"{day} SalesReceipt: Cr {SALES} {amount}"]


def invoice(day: str, amount: str) -> list[str]:
    return [f"{day} Invoice: Dr {AR} {amount}", f"{day} Invoice: Cr {SALES} {amount}"]


def payment(day: str, amount: str) -> list[str]:
    return [f"{day} Payment: Dr {UF} {amount}", f"{day} Payment: Cr {AR} {amount}"]


@pytest.mark.parametrize("post_as", ["Sales receipt", "Invoice", "Invoice and payment"])
def test_m32_a_draft_waits_until_it_is_sent(shop: ShopCounter, post_as: str) -> None:
    choose(shop, revenue={"post_as": post_as})
    shop.sell(1)
    shop.pay(1)
    shop.change(1, status="DRAFT")
    shop.run(0)
    assert (shop.state(), entries(shop)) == ("waiting STATUS", [])
    shop.expect_quiet()

    shop.change(1, day=2, status="PAID")
    shop.run(2)
    assert shop.state() == "posted"
    sold = receipt if post_as == "Sales receipt" else invoice
    paid = payment("2026-11-16", "100.00") if post_as == "Invoice and payment" else []
    assert sorted(entries(shop)) == sorted([*sold("2026-11-16", "100.00"), *paid])
    shop.expect_quiet()


def test_m32_a_draft_is_recorded_by_setting(shop: ShopCounter) -> None:
    choose(shop, revenue={"post_as": "Invoice"}, orders={"statuses": ["DRAFT", "SENT", "VIEWED", "PAID"]})
    shop.sell(1, status="DRAFT")
    shop.run(0)
    assert (shop.state(), entries(shop)) == ("posted", invoice("2026-11-16", "100.00"))
    shop.expect_quiet()


@pytest.mark.parametrize(
    ("revenue", "day"),
    [
        ({}, "2026-12-06"),
        ({"transaction_date": "payment date"}, "2026-12-06"),
        ({"transaction_date": "order date"}, "2026-11-30"),
    ],
    ids=["by default", "payment date", "order date"],
)
def test_m31_a_sales_receipt_is_of_the_day_of_the_payment_that_completed_it(
    shop: ShopCounter, revenue: dict[str, str], day: str
) -> None:
    choose(shop, revenue=revenue)
    shop.sell(1, day=14)
    shop.pay(1, "40.00", day=15)
    shop.run(15)
    assert (shop.state(), entries(shop)) == ("waiting UNPAID", [])

    shop.pay(1, "60.00", day=20)
    shop.run(20)
    assert (shop.state(), entries(shop)) == ("posted", receipt(day, "100.00"))
    shop.expect_quiet()


@pytest.mark.parametrize("revenue", [{}, {"transaction_date": "payment date"}, {"transaction_date": "order date"}])
def test_m31_an_invoice_is_of_the_order_s_day_and_its_payment_of_its_own(
    shop: ShopCounter, revenue: dict[str, str]
) -> None:
    choose(shop, revenue={**revenue, "post_as": "Invoice and payment"})
    shop.sell(1, day=14)
    shop.pay(1, day=20)
    shop.run(20)
    assert entries(shop) == [*invoice("2026-11-30", "100.00"), *payment("2026-12-06", "100.00")]
    shop.expect_quiet()


def test_m31_a_consolidated_day_holds_the_money_of_that_day(shop: ShopCounter) -> None:
    choose(shop, revenue={"consolidate": True})
    shop.add("Customer", DisplayName="demo daily sales")
    shop.sell(1, day=14)
    shop.sell(2, line("50.00"), day=20)
    shop.pay(1, day=20)
    shop.pay(2, "50.00", day=20)
    shop.run(20)
    day = "2026-12-06 SalesReceipt"
    sales = [f"{day}: Cr {SALES} 100.00", f"{day}: Cr {SALES} 50.00"]
    assert entries(shop)[0] == f"{day}: Dr {UF} 150.00"
    assert entries(shop)[1:] in (sales, [f"{day}: Cr {SALES} 150.00"])
    shop.expect_quiet()


EASTERN = {"payment_time": "2026-12-01T00:00:00.000-05:00"}
"""Midnight in New York, 22:00 of 30 November in Phoenix."""


def profile(shop: ShopCounter, body: object, status: int = 200) -> None:
    """What the account says of itself, from now on."""
    shop.fail("infusionsoft get business profile", "fault", every=1, status=status, body=json.dumps(body))


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({}, {"time_zone": "America/New_York"}),
        ({"infusionsoft_time_zone": "America/New_York"}, {"time_zone": "Europe/Berlin"}),
    ],
    ids=["read", "set"],
)
def test_m30_a_payment_by_hand_bears_the_day_that_was_entered(
    shop: ShopCounter, settings: dict[str, str], told: dict[str, str]
) -> None:
    profile(shop, told)
    choose(shop, revenue={"post_as": "Invoice and payment"}, **settings)
    shop.sell(1, day=13)
    shop.pay(1, "40.00", day=15, method="Cash", **EASTERN)
    shop.pay(1, "60.00", day=15, payment_time="2026-12-01T00:00:01.000-05:00")
    shop.run(15)
    assert entries(shop) == [
        *invoice("2026-11-29", "100.00"),
        *payment("2026-11-30", "60.00"),
        *payment("2026-12-01", "40.00"),
    ]
    assert shop.calls("infusionsoft get business profile").total() == (not settings)
    shop.expect_quiet()


def test_m30_a_sales_receipt_bears_the_day_of_the_payment_by_hand(shop: ShopCounter) -> None:
    profile(shop, {"time_zone": "America/New_York"})
    shop.sell(1, day=13)
    shop.pay(1, day=15, method="Cash", **EASTERN)
    shop.give_back(1, "30.00", day=16, payment_time="2026-12-02T00:00:00.000-05:00")
    shop.run(16)
    assert [one.split(":")[0] for one in entries(shop)] == [
        *["2026-12-01 SalesReceipt"] * 2,
        *["2026-12-02 RefundReceipt"] * 2,
    ]
    shop.expect_quiet()


@pytest.mark.parametrize(
    ("zone", "moment", "day"),
    [
        ("America/Havana", "2027-03-14T05:00:00Z", "2027-03-14"),  # the clocks go from 0:00 to 1:00
        ("America/Havana", "2027-03-14T06:00:00Z", "2027-03-13"),
        ("America/Havana", "2026-11-01T05:00:00Z", "2026-11-01"),  # the second midnight of that night
        ("Pacific/Auckland", "2026-11-30T11:00:00Z", "2026-12-01"),
        ("America/New_York", "2027-03-15T04:00:00Z", "2027-03-15"),
    ],
)
def test_m30_a_day_begins_as_its_zone_begins_it(shop: ShopCounter, zone: str, moment: str, day: str) -> None:
    choose(shop, infusionsoft_time_zone=zone)
    shop.sell(1, day=-17)
    shop.pay(1, day=118, method="Cash", payment_time=moment)
    shop.run(118)
    assert entries(shop) == receipt(day, "100.00")


def test_m30_midnight_of_another_zone_is_a_moment_like_any_other(shop: ShopCounter) -> None:
    shop.sell(1, day=13)
    shop.pay(1, day=15, method="Cash", **EASTERN)
    shop.run(15)
    assert entries(shop) == receipt("2026-11-30", "100.00")


@pytest.mark.parametrize(
    ("status", "body"),
    [(200, {"name": "A shop"}), (200, {"time_zone": "Somewhere"}), (403, {"message": "Forbidden"})],
    ids=["none", "unknown", "not for this key"],
)
def test_m30_a_zone_that_cannot_be_read_is_told_and_the_company_s_is_taken(
    shop: ShopCounter, caplog: pytest.LogCaptureFixture, status: int, body: object
) -> None:
    profile(shop, body, status)
    shop.sell(1, day=13)
    shop.pay(1, day=15, **EASTERN)
    with caplog.at_level(logging.WARNING, "order_sync"):
        shop.run(15)
    assert entries(shop) == receipt("2026-11-30", "100.00")
    [said] = [one.getMessage() for one in caplog.records if "time zone" in one.getMessage()]
    assert "America/Phoenix" in said
    assert "infusionsoft_time_zone" in said


IN_PARTS = [
    {"when": {"paid": "in parts"}, "post_as": "Invoice and payment"},
    {"when": "anything else", "post_as": "Sales receipt"},
]
BY_PLAN = [
    {"when": {"payment_plan": True}, "post_as": "Invoice and payment"},
    {"when": {"payment_plan": False}, "post_as": "Sales receipt"},
    {"when": "anything else", "post_as": "Invoice"},
]
MONTHS = ["11-16", "12-16", "01-16", "02-16", "03-16", "04-16", "05-16", "06-16", "07-16", "08-16", "09-16", "10-16"]
DAYS = [0, 30, 61, 92, 120, 151, 181, 212, 242, 273, 304, 334]


@pytest.mark.parametrize("rules", [IN_PARTS, BY_PLAN], ids=["in parts", "by plan"])
def test_m28_each_month_of_a_plan_is_in_the_books_in_its_month(shop: ShopCounter, rules: list[object]) -> None:
    choose(shop, revenue={"rules": rules})
    shop.sell(1, line("1200.00"), payment_plan={"number_of_payments": 12, "days_between_payments": 30})
    expected = invoice("2026-11-16", "1200.00")
    for place, (day, month) in enumerate(zip(DAYS, MONTHS, strict=True)):
        shop.pay(1, day=day)
        shop.run(day)
        expected += payment(f"{2026 if place < 2 else 2027}-{month}", "100.00")
        assert (shop.state(), entries(shop)) == ("posted", expected)
    shop.expect_quiet()
    [sold] = shop.records("Invoice")
    assert sold["Balance"] == 0


def test_m28_without_a_plan_the_first_part_of_the_money_makes_it_an_invoice(shop: ShopCounter) -> None:
    choose(shop, revenue={"rules": IN_PARTS})
    shop.sell(1)
    shop.run(0)
    assert (shop.state(), entries(shop)) == ("waiting UNPAID", [])
    shop.pay(1, "40.00", day=3)
    shop.run(3)
    expected = [*invoice("2026-11-16", "100.00"), *payment("2026-11-19", "40.00")]
    assert (shop.state(), entries(shop)) == ("posted", expected)
    shop.pay(1, "60.00", day=40)
    shop.run(40)
    assert entries(shop) == [*expected, *payment("2026-12-26", "60.00")]
    shop.expect_quiet()


def test_m28_money_that_comes_at_once_is_a_sales_receipt(shop: ShopCounter) -> None:
    choose(shop, revenue={"rules": IN_PARTS})
    shop.sell(1)
    shop.pay(1, status="FAILED")
    shop.change(1, status="SENT", total_paid="0.00")
    shop.pay(1, day=1)
    shop.sell(2, line("50.00"))
    shop.pay(2, "20.00")
    shop.pay(2, "30.00", method="Cash")
    shop.run(1)
    both = [*invoice("2026-11-16", "50.00"), *payment("2026-11-16", "20.00"), *payment("2026-11-16", "30.00")]
    assert sorted(entries(shop)) == sorted([*receipt("2026-11-17", "100.00"), *both])
    shop.expect_quiet()


def told(shop: ShopCounter, day: int) -> tuple[Report, object]:
    """What the report of a run over a day says, and what the database keeps of it."""
    run = shop.prepare(day)
    shop.post(run)
    found = report(runs.context(shop.engine, run, shop.store))
    with reading(shop.engine) as connection:
        return found, connection.scalar(select(Run.totals).where(Run.run_key == run.run_key))


def test_m29_the_report_tells_the_money_of_orders_that_wait(
    shop: ShopCounter, caplog: pytest.LogCaptureFixture
) -> None:
    shop.sell(1)
    shop.pay(1, "50.00")
    shop.sell(2, line("80.00"))
    shop.pay(2, "30.50")
    shop.sell(3)
    with caplog.at_level(logging.WARNING, "order_sync"):
        found, totals = told(shop, 0)
    assert (shop.states(), entries(shop)) == (dict.fromkeys((1, 2, 3), "waiting UNPAID"), [])
    assert (found.waiting["USD"].order_ids, found.waiting["USD"].sum) == (("1", "2"), Decimal("80.50"))
    assert totals == {"USD": {"waiting": {"orders": "2", "in": "80.50", "out": "0"}}}
    said = "80.50 USD came in for 2 orders that wait, and QuickBooks shows none of it yet: 1, 2."
    assert said in [one.getMessage() for one in caplog.records]
    assert not found.failed


def test_m29_a_deposit_is_told_by_every_run_until_it_is_recorded_or_given_back(shop: ShopCounter) -> None:
    shop.sell(1)
    shop.pay(1, "50.00")
    shop.sell(2)
    shop.pay(2, "10.00")
    found, _totals = told(shop, 0)
    assert (found.waiting["USD"].order_ids, found.waiting["USD"].sum) == (("1", "2"), Decimal("60.00"))
    # No run reads it any more after three months; the money is still there.
    found, _totals = told(shop, 120)
    assert found.orders == {}
    assert (found.waiting["USD"].order_ids, found.waiting["USD"].sum) == (("1", "2"), Decimal("60.00"))
    shop.pay(1, "50.00", day=121)
    shop.give_back(2, "10.00", day=121)
    found, totals = told(shop, 121)
    assert (found.waiting, entries(shop)) == ({}, receipt("2027-03-17", "100.00"))
    assert totals == {"USD": {"documents": {"in": "100.00", "out": "100.00"}}}


def test_m29_a_draft_with_money_waits_and_is_told(shop: ShopCounter) -> None:
    shop.sell(1)
    shop.pay(1, "50.00")
    shop.change(1, status="DRAFT")
    found, _totals = told(shop, 0)
    assert (shop.state(), found.waiting["USD"].sum) == ("waiting STATUS", Decimal("50.00"))
