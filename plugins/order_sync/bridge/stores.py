"""The stores of the settings folder, and when each runs."""

from __future__ import annotations

from datetime import datetime, time

from airflow.sdk import CronDataIntervalTimetable

from order_sync.errors import ConfigurationError
from order_sync.settings import Store, load_store, store_files


def timetable(store: Store) -> CronDataIntervalTimetable:
    """The store's schedule as a timetable with real data intervals (a plain cron string would give empty ones)."""
    return CronDataIntervalTimetable(store.schedule, timezone=store.time_zone)


def first_day(store: Store) -> datetime:
    """The store's start date as the midnight of the company's time zone."""
    return datetime.combine(store.start_date, time(), tzinfo=store.zone)


def stores() -> list[Store | tuple[str, ConfigurationError]]:
    """The stores of the settings folder; one whose file is wrong comes as its name and the error, so that the others still run."""
    found: list[Store | tuple[str, ConfigurationError]] = []
    for path in store_files():
        try:
            found.append(load_store(path))
        except ConfigurationError as error:
            found.append((path.stem, error))
    return found
