"""The runs: what a task finds by a run's key, and what a run counted."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from order_sync.database.database import reading
from order_sync.database.runs import add_calls, begin_run, finish_run, newest_interval, note_watermark, read_run
from order_sync.database.tables import Run
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
    note_watermark(engine, first.run_key, NOON)
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
    note_watermark(engine, run.run_key, NOON)
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
