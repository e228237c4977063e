"""The runs: what a task finds by a run's key, and what a run counted."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from order_sync.database.database import reading
from order_sync.database.runs import (
    add_calls,
    begin_run,
    fail_run,
    finish_run,
    newest_interval,
    note_read,
    read_intervals,
    read_run,
    resume_run,
    running_runs,
    unread_days,
)
from order_sync.database.tables import Run
from order_sync.errors import Stop
from order_sync.sync.orders.rereading import Interval, Reading
from tests.shop.records import NOON
from tests.shop.runs import begun


def stored(engine, run_key):
    with reading(engine) as connection:
        return connection.execute(select(Run.__table__).where(Run.run_key == run_key)).one()


def test_a_run_is_found_by_its_key(engine):
    before = datetime.now(UTC)
    key = begin_run(
        engine,
        store="demo",
        run_id="scheduled__2026-11-16",
        interval_start=NOON,
        interval_end=NOON + timedelta(1),
    )

    run = read_run(engine, key)

    assert key == "demo/scheduled__2026-11-16"
    assert (run.store, run.interval_start, run.interval_end) == ("demo", NOON, NOON + timedelta(1))
    assert before <= run.started_at <= datetime.now(UTC)
    assert stored(engine, key).state == "running"


def test_a_run_knows_the_orders_that_it_is_for_and_a_repetition_may_have_others(engine):
    window = {"store": "demo", "run_id": "monday", "interval_start": NOON, "interval_end": NOON + timedelta(1)}
    assert read_run(engine, begin_run(engine, **window, only_orders=["7", "8"])).only_orders == ("7", "8")
    assert read_run(engine, begin_run(engine, **window)).only_orders == ()


def test_the_newest_interval_is_that_of_the_newest_run_which_read_one(engine):
    assert newest_interval(engine, "demo") is None
    for day, run in enumerate(({}, {}, {"only_orders": ["7"]}, {"store": "other"})):
        start = NOON + timedelta(day)
        begin_run(
            engine,
            **{"store": "demo", "run_id": f"{day}", **run},
            interval_start=start,
            interval_end=start + timedelta(1),
        )
    assert newest_interval(engine, "demo") == (NOON + timedelta(1), NOON + timedelta(2))


def test_a_run_that_is_not_there_says_what_to_do(engine):
    with pytest.raises(LookupError, match=r"demo/never.*first task"):
        read_run(engine, "demo/never")


def test_a_repetition_begins_anew(engine):
    first = begun(engine)
    add_calls(engine, first.run_key, "QuickBooks", {"cdc": 1})
    note_read(engine, first.run_key, Reading(first.interval_start), NOON)
    finish_run(engine, first.run_key, state="failed", counts={"failed": 1}, totals={"USD": {"in": "1", "out": "1"}})

    second = begun(engine)

    row = stored(engine, first.run_key)
    assert second.run_key == first.run_key
    assert second.started_at > first.started_at
    assert (row.state, row.counts, row.totals, row.calls, row.finished_at, row.watermark) == (
        "running",
        {},
        {},
        {},
        None,
        None,
    )


def test_calls_of_all_tasks_add_up(engine):
    run = begun(engine)
    add_calls(engine, run.run_key, "QuickBooks", {"cdc": 1, "query Item": 2})
    add_calls(engine, run.run_key, "Infusionsoft", {"list orders": 3})
    add_calls(engine, run.run_key, "QuickBooks", {"query Item": 5})
    add_calls(engine, run.run_key, "QuickBooks", {})

    assert read_run(engine, run.run_key).calls == {
        "QuickBooks": {"cdc": 1, "query Item": 7},
        "Infusionsoft": {"list orders": 3},
    }


def test_calls_that_are_noted_at_once_are_all_counted(engine):
    run = begun(engine)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: add_calls(engine, run.run_key, "QuickBooks", {"cdc": number}), range(20)))
    assert read_run(engine, run.run_key).calls == {"QuickBooks": {"cdc": 190}}


def test_a_run_that_ended(engine):
    run = begun(engine)
    note_read(engine, run.run_key, Reading(run.interval_start), NOON)
    finish_run(
        engine, run.run_key, state="success", counts={"posted": 2}, totals={"USD": {"in": "1.10", "out": "1.10"}}
    )

    row = stored(engine, run.run_key)
    assert (row.state, row.counts, row.totals, row.watermark) == (
        "success",
        {"posted": 2},
        {"USD": {"in": "1.10", "out": "1.10"}},
        NOON,
    )
    assert row.finished_at >= run.started_at


# --- R13: what was read, and how a run ended ----------------------------------------------------------------------------------


def read_day(engine, run_id, number, **more):
    """A run over a day that came to read its orders."""
    start = NOON + timedelta(number)
    key = begin_run(
        engine, store="demo", run_id=run_id, interval_start=start, interval_end=start + timedelta(1), **more
    )
    note_read(engine, key, Reading(start), None)
    return key


def test_r13_what_was_read_is_known_by_run_and_stays_when_one_is_repeated(engine):
    monday, tuesday = (Interval(NOON + timedelta(n), NOON + timedelta(n + 1)) for n in (0, 1))
    read_day(engine, "scheduled__1", 0)
    read_day(engine, "backfill__2", 1, is_backfill=True)
    finish_run(engine, read_day(engine, "plan", 2), state="planned", counts={}, totals={})  # by a former version
    begun(engine, "red", NOON + timedelta(3))
    read_day(engine, "scheduled__1", 0)
    begun(engine, "scheduled__1", NOON)  # cleared, and red before it has read

    assert sorted(read_intervals(engine, "demo"), key=lambda one: one.start) == [monday, tuesday]
    assert read_intervals(engine, "demo", backfills=False) == [monday]
    assert read_intervals(engine, "other") == []
    assert read_run(engine, "demo/scheduled__1").read == Reading(NOON)
    assert read_run(engine, "demo/red").read is None


def test_r13_days_that_nobody_read_are_told_until_somebody_has(engine):
    first, late = NOON - timedelta(60), NOON - timedelta(31)
    run = begun(engine, "after two months", NOON)
    note_read(engine, run.run_key, Reading(late, unread_from=first), None)
    assert unread_days(engine, "demo", NOON - timedelta(90)) == [Interval(first, late)]
    assert unread_days(engine, "demo", NOON - timedelta(20)) == []  # long ago

    half = begin_run(
        engine,
        store="demo",
        run_id="backfill__1",
        interval_start=first,
        interval_end=first + timedelta(10),
        is_backfill=True,
    )
    note_read(engine, half, Reading(first), None)
    assert unread_days(engine, "demo", NOON - timedelta(90)) == [Interval(first + timedelta(10), late)]


def test_r13_a_run_that_failed_says_where_and_why_until_it_goes_on(engine):
    run = begun(engine)
    fail_run(engine, run.run_key, "extract_orders", Stop("The subscription has lapsed.", advice="Renew it."))
    row = stored(engine, run.run_key)
    assert (row.state, row.failed_task, row.message, row.advice) == (
        "failed",
        "extract_orders",
        "The subscription has lapsed.",
        "Renew it.",
    )
    assert row.finished_at >= run.started_at
    assert running_runs(engine, "demo") == []

    resume_run(engine, run.run_key)
    row = stored(engine, run.run_key)
    assert (row.state, row.failed_task, row.message, row.advice, row.finished_at) == ("running", None, None, None, None)
    assert running_runs(engine, "demo") == [run.run_key]
