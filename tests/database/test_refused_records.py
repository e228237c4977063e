"""Records that could not be read: open until they can be, or until a person has dealt with them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from order_sync.database.refused_records import dismiss_record, open_records, save_refused, settle_records
from order_sync.database.tables import RefusedRecord
from order_sync.errors import RecordRefused
from order_sync.infusionsoft.reading import unreadable
from order_sync.sync.orders.refused import Refused

MONDAY = datetime(2026, 11, 16, 7, tzinfo=UTC)
TUESDAY = MONDAY + timedelta(days=1)


def refused(raw: object, *order_ids: str) -> Refused:
    error = RecordRefused("It cannot be read.", advice="Look at it.")
    return Refused(
        unreadable("order", raw, error),
        frozenset(order_ids),
        None if order_ids else (MONDAY - timedelta(days=1), TUESDAY),
    )


def save(engine, *records: Refused, run_key: str = "demo/monday", interval_end: datetime = TUESDAY) -> None:
    save_refused(engine, "demo", run_key, records, interval_end=interval_end)


def numbers(engine, until: datetime = TUESDAY) -> list[int]:
    return [one.number for one in open_records(engine, "demo", until=until)]


def test_r3_a_record_is_one_however_often_it_is_met(engine):
    for run in ("demo/monday", "demo/tuesday"):
        save(engine, refused(None), refused({"id": "7"}, "7"), run_key=run)
    nobody, seven = sorted(open_records(engine, "demo", until=TUESDAY), key=lambda one: one.record_id)
    assert (nobody.kind, nobody.record_id, nobody.order_ids, nobody.window) == (
        "order",
        "",
        frozenset(),
        (MONDAY - timedelta(days=1), TUESDAY),
    )
    assert (seven.record_id, seven.order_ids, seven.window) == ("7", {"7"}, None)
    assert (seven.message, seven.advice) == ("It cannot be read.", "Look at it.")
    assert open_records(engine, "elsewhere", until=TUESDAY) == []


def test_r3_a_record_is_open_for_runs_from_the_one_that_met_it(engine):
    save(engine, refused(None))
    assert numbers(engine, until=MONDAY) == []
    assert len(numbers(engine, until=TUESDAY)) == 1


def test_r3_what_was_settled_is_open_when_it_comes_again_and_what_was_dismissed_is_not(engine):
    save(engine, refused(None), refused("text"))
    first, second = numbers(engine)
    settle_records(engine, "demo", [first], "It could be read.")
    dismiss_record(engine, "demo", second, "Nothing of it is to be recorded.")
    assert numbers(engine) == []
    for number in (first, second, 99):
        with pytest.raises(LookupError, match=f"Store demo has no open record {number}"):
            dismiss_record(engine, "demo", number, "Again.")

    save(engine, refused(None), refused("text"))
    assert numbers(engine) == [first]


def test_r4_whatever_came_fits_its_columns(engine):
    records = [
        None,
        "a\0b \ud83d",
        "x" * 100_000,
        {"id": "9" * 60},
        {"id": "1", "note": "\0\ud83d"},
        {"order_ids": ["\0"]},
    ]
    save(engine, *map(refused, records))
    assert len(numbers(engine)) == len(records)
    with engine.connect() as connection:
        kept = list(connection.scalars(RefusedRecord.__table__.select().with_only_columns(RefusedRecord.raw)))
    assert max(map(len, kept)) == 20_000
    assert "ab \ufffd" in kept
