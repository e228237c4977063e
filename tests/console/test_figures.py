"""What runs come to: money by day, and how far QuickBooks is from the store."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine

from order_sync.console.figures import money_by_day
from order_sync.database.order_status import skip_order
from order_sync.database.overview import RunTotals, totals_since
from order_sync.database.runs import begin_run, fail_run, finish_run
from order_sync.errors import OrderSyncError
from order_sync.sync.steps.report import report
from tests.console.conftest import Browser
from tests.console.test_order_page import rows
from tests.shop import runs
from tests.shop.counter import ShopCounter, line, moment
from tests.sync.conftest import counter as counter
from tests.sync.recording.test_voids import taxed_otherwise

pytestmark = pytest.mark.airflow

PHOENIX = ZoneInfo("America/Phoenix")
MONDAY = datetime(2026, 11, 16, 7, tzinfo=UTC)
"""Midnight in Phoenix."""


def sums(came: str, went: str | None = None) -> dict[str, str]:
    return {"in": came, "out": went or came}


def test_money_stands_by_the_company_s_day_and_by_currency_newest_first() -> None:
    waiting = {"orders": "1", "in": "99.00", "out": "0"}
    past = [
        RunTotals(MONDAY - timedelta(seconds=1), {"USD": {"documents": sums("7.00")}}),
        RunTotals(
            MONDAY,
            {
                "USD": {
                    "documents": sums("100.00"),
                    "payments": sums("40.00"),
                    "refunds": sums("5.00"),
                    "reversals": sums("2.00"),
                    "waiting": waiting,
                }
            },
        ),
        RunTotals(
            MONDAY + timedelta(hours=23), {"USD": {"documents": sums("1.00")}, "EUR": {"documents": sums("3.00")}}
        ),
        RunTotals(MONDAY + timedelta(days=1), {"USD": {"waiting": waiting}}),
    ]
    found = money_by_day(past, PHOENIX, 7)
    assert [(day, one.currency, one.sold, one.paid, one.back) for day, one in found] == [
        (date(2026, 11, 16), "EUR", Decimal("3.00"), 0, 0),
        (date(2026, 11, 16), "USD", Decimal("101.00"), Decimal("40.00"), Decimal("7.00")),
        (date(2026, 11, 15), "USD", Decimal("7.00"), 0, 0),
    ]
    assert {one.difference for _day, one in found} == {Decimal(0)}
    assert [day.day for day, _one in money_by_day(past, PHOENIX, 1)] == [16, 16]


def test_differences_do_not_even_out() -> None:
    more = {"USD": {"documents": sums("10.00", "9.00"), "refunds": sums("10.00", "11.00")}}
    less = {"USD": {"documents": sums("9.00", "10.00")}}
    [(_day, one)] = money_by_day([RunTotals(MONDAY, more), RunTotals(MONDAY, less)], PHOENIX, 7)
    assert one.difference == Decimal("3.00")


def test_a_run_for_named_orders_counts_on_the_day_when_it_was_made(engine: Engine) -> None:
    for name, only in (("whole", []), ("named", ["1"])):
        interval = {"interval_start": MONDAY, "interval_end": MONDAY + timedelta(days=1)}
        key = begin_run(engine, store="demo", run_id=name, only_orders=only, **interval)
        finish_run(engine, key, state="success", counts={}, totals={"USD": {"documents": sums("1.00")}})
    moments = sorted(one.at for one in totals_since(engine, "demo", MONDAY))
    assert moments[0] == MONDAY
    assert datetime.now(UTC) - moments[1] < timedelta(minutes=5)
    assert [one.at for one in totals_since(engine, "demo", MONDAY + timedelta(seconds=1))] == moments[1:]
    assert totals_since(engine, "shop", MONDAY) == []


def test_the_overview_shows_money_by_day_and_marks_what_differs(browser: Browser, engine: Engine) -> None:
    assert "once a run has recorded something" in browser.get("/demo").text
    noon = datetime.now(PHOENIX).replace(hour=12, minute=0)
    key = begin_run(engine, store="demo", run_id="1", interval_start=noon - timedelta(days=1), interval_end=noon)
    totals = {"USD": {"documents": sums("1250.00", "1249.50"), "refunds": sums("20.00")}}
    finish_run(engine, key, state="success", counts={}, totals=totals)
    page = browser.get("/demo").text
    day = f"{noon - timedelta(days=1):%-d %b %Y}"
    assert rows(page, "Money by day") == [f"{day} 1,249.50 USD 20.00 0.50"]
    assert '<span class="diff">0.50</span>' in page


def whole(counter: ShopCounter, day: int) -> None:
    run = counter.prepare(day)
    counter.post(run)
    report(runs.context(counter.engine, run, counter.store))


def sold_by_day(counter: ShopCounter) -> list[tuple[str, str]]:
    since = totals_since(counter.engine, "demo", moment(-9))
    return [(str(one.sold), str(one.difference)) for _day, one in money_by_day(since, counter.store.zone, 7)]


def test_money_by_day_has_a_corrected_document_once(counter: ShopCounter) -> None:
    taxed_otherwise(counter, if_differs="flag")
    whole(counter, 0)
    assert sold_by_day(counter) == [("109.00", "0.75")]
    counter.company(sales_tax_percent=8.25)
    counter.edit("SalesReceipt", "IS-1")
    whole(counter, 1)
    assert counter.books() == ["SalesReceipt IS-1 11-16 108.25"]
    assert sold_by_day(counter) == [("108.25", "0.00")]


def test_money_by_day_follows_a_document_that_was_changed(counter: ShopCounter) -> None:
    counter.set(orders={"changed": "update"}, revenue={"post_as": "Invoice and payment"})
    counter.sell(1)
    whole(counter, 0)
    counter.change(1, line("60.00"), day=1)
    whole(counter, 1)
    assert counter.books() == ["Invoice IS-1 11-16 60.00 open 60.00"]
    assert sold_by_day(counter) == [("-40.00", "0.00"), ("100.00", "0.00")]


def waiting_tile(page: str) -> str:
    tile = page.split('<div class="when">Waiting</div>')[1].split("</a>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", tile).split())


def test_money_that_waits_is_told_as_it_was_counted_last_also_after_a_run_that_failed(
    browser: Browser, counter: ShopCounter
) -> None:
    counter.sell(1)
    counter.pay(1, "60.00")
    whole(counter, 0)
    counted = r"1 60\.00 USD had come in for 1 order by \d+ \w+ \d{4} [\d:]{8}"
    said = waiting_tile(browser.get("/demo").text)
    assert re.fullmatch(counted, said)
    down = OrderSyncError("Down.", advice="Wait.")
    fail_run(counter.engine, counter.match(1).run_key, "post_orders", down)
    assert waiting_tile(browser.get("/demo").text) == said

    skip_order(counter.engine, "demo", "1", "By hand.", "bob")
    assert waiting_tile(browser.get("/demo").text) == "0"
