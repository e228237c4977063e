"""The period of a run by hand, in every zone, around each change of its clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest

from order_sync.bridge.periods import period
from order_sync.settings import Store
from tests.shop import stores

SCHEDULES = ("0 0 * * *", "30 2 * * *", "30 0,1,2,3 * * *", "0 */2 * * *", "0 * * * *", "0 5 * * 1")
HOUR = timedelta(hours=1)
LAST_YEAR = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
BERLIN, SANTIAGO = "Europe/Berlin", "America/Santiago"


def changes(zone: ZoneInfo, first: datetime, last: datetime) -> Iterator[datetime]:
    """The hours in which the zone's clock is changed, found by halves."""
    if first.astimezone(zone).utcoffset() == last.astimezone(zone).utcoffset() and last - first <= 60 * 24 * HOUR:
        return
    if last - first <= HOUR:
        yield last
        return
    middle = first + timedelta(hours=(last - first) // HOUR // 2)
    yield from changes(zone, first, middle)
    yield from changes(zone, middle, last)


@cache
def distinct_zones() -> list[str]:
    """A zone of each set of changes: many names have the same clock."""
    found: dict[tuple[object, ...], str] = {}
    for name in sorted(available_timezones() - {"localtime"}):
        zone = ZoneInfo(name)
        found.setdefault((zone.utcoffset(LAST_YEAR[0].replace(tzinfo=None)), *changes(zone, *LAST_YEAR)), name)
    return list(found.values())


def by_hand(store: Store, at: datetime) -> tuple[datetime, datetime]:
    return period(store, None, None, at)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_r17_a_run_by_hand_has_the_last_whole_period_in_every_zone_around_each_change_of_the_clock(
    schedule: str,
) -> None:
    zones = distinct_zones()
    assert len(zones) > 15
    for name in zones:
        store = stores.settings(time_zone=name, schedule=schedule)
        for change in changes(store.zone, *LAST_YEAR):
            moments = [change + minutes * timedelta(minutes=1) for minutes in range(-2 * 60, 26 * 60, 209)]
            found = [by_hand(store, moment) for moment in moments]
            for moment, (start, end) in zip(moments, found, strict=True):
                assert start < end <= moment, f"{name} {moment}"
                # The next period has not ended: none is left out, whenever the button is pressed.
                if moment != end:
                    assert by_hand(store, end) == (start, end), f"{name} {moment}"
                assert by_hand(store, end - timedelta(seconds=1))[1] == start, f"{name} {moment}"
            ends = list(dict.fromkeys(end for _start, end in found))
            assert ends == sorted(ends)


@pytest.mark.parametrize(
    ("zone", "schedule", "at", "start", "end"),
    [
        # 2:30 is left out on the last Sunday of March in Berlin, midnight on a Sunday of September in Santiago.
        (BERLIN, "30 2 * * *", "2026-03-29T09:00", "2026-03-28T01:30", "2026-03-29T01:30"),
        (BERLIN, "30 2 * * *", "2026-03-30T09:00", "2026-03-29T01:30", "2026-03-30T00:30"),
        (SANTIAGO, "0 0 * * *", "2026-09-06T12:00", "2026-09-05T04:00", "2026-09-06T04:00"),
        # 2:30 comes twice on the last Sunday of October: the second one counts.
        (BERLIN, "30 2 * * *", "2026-10-25T00:45", "2026-10-23T00:30", "2026-10-24T00:30"),
        (BERLIN, "30 2 * * *", "2026-10-25T01:30", "2026-10-24T00:30", "2026-10-25T01:30"),
        ("America/Phoenix", "0 0 * * *", "2026-11-17T07:00", "2026-11-16T07:00", "2026-11-17T07:00"),
    ],
)
def test_r17_days_of_a_change_of_the_clock(zone: str, schedule: str, at: str, start: str, end: str) -> None:
    store = stores.settings(time_zone=zone, schedule=schedule)
    moment, wanted = f"{at}+00:00", (f"{start}:00+00:00", f"{end}:00+00:00")
    found = by_hand(store, datetime.fromisoformat(moment))
    assert tuple(one.isoformat() for one in found) == wanted
    # What Airflow makes of it: the same moment twice.
    assert period(store, found[1], found[1], datetime.fromisoformat(moment)) == found


def test_the_interval_that_airflow_gives_is_the_run_s() -> None:
    given = [datetime(2026, 11, day, tzinfo=UTC) for day in (1, 2, 9)]
    for start, end in pairwise(given):
        assert period(stores.settings(), start, end, given[-1]) == (start, end)
