"""The period of a run that Airflow gives none, or one of no length: the last whole one of the schedule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from croniter import croniter

from order_sync.settings import Store

Interval = tuple[datetime, datetime]

_LONGEST_CHANGE = timedelta(hours=25)  # of a clock: Samoa left out a day


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
    if schedule.split()[1] == "*":  # each hour that passes, also one that comes twice
        last: datetime = croniter(schedule, local).get_prev(datetime)
        return moment.astimezone(UTC) - (local - last)
    times = croniter(schedule, local + _LONGEST_CHANGE)
    found = _placed(times.get_prev(datetime), zone)
    while found >= moment:
        found = _placed(times.get_prev(datetime), zone)
    return found


def _placed(local: datetime, zone: ZoneInfo) -> datetime:
    """A time of the wall clock as a moment: one that is left out comes after the change, of one that comes twice it is the second."""
    return max(local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
