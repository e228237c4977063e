"""The period of a run that Airflow gives none, or one of no length: the last whole one of the schedule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from croniter import croniter

from order_sync.settings import Store

Interval = tuple[datetime, datetime]

_LARGEST_CHANGE = timedelta(hours=3)  # of a clock


def period(store: Store, start: datetime | None, end: datetime | None, at: datetime) -> Interval:
    """The half-open interval of a run: the one that Airflow gives, else the last whole period that had ended `at` a moment (aware).

    A run that is triggered without a logical date has none. One by hand, on the day of which a change of the clock leaves out the
    schedule's time, has one of no length: Airflow finds the same moment as its end and as its beginning.
    """
    if start is not None and end is not None and start < end:
        return start, end
    last = _before(store.schedule, store.zone, at + timedelta(microseconds=1))
    return _before(store.schedule, store.zone, last), last


def _before(schedule: str, zone: ZoneInfo, moment: datetime) -> datetime:
    """The schedule's last time before a moment, as Airflow's timetable places it."""
    local = moment.astimezone(zone).replace(tzinfo=None)
    comes_twice = schedule.split()[1] == "*"
    times = croniter(schedule, local + _LARGEST_CHANGE)
    wall_clock, found = local, list[datetime]()
    # Around a change the wall clock and the moments are not in one order.
    while not found or wall_clock >= local - _LARGEST_CHANGE:
        wall_clock = times.get_prev(datetime)
        found += [placed for placed in _placed(wall_clock, zone, comes_twice) if placed < moment]
    return max(found)


def _placed(local: datetime, zone: ZoneInfo, comes_twice: bool) -> list[datetime]:
    """A time of the wall clock as moments: one that is left out comes after the change; of one that comes twice it is the second,
    unless each hour counts."""
    moments = sorted(local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if comes_twice:
        return [moment for moment in moments if moment.astimezone(zone).replace(tzinfo=None) == local]
    return moments[1:]
