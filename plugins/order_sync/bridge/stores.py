"""The stores of the settings folder, when each runs, and their Dags: whatever is wrong with one store ends in its stand-in alone."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path

from airflow.sdk import DAG, CronDataIntervalTimetable

from order_sync.errors import ConfigurationError
from order_sync.settings import Store, load_store, store_files
from order_sync.texts import clean

log = logging.getLogger(__name__)

_LONGEST_ID = 100
_LONGEST_WORDS = 4000


@dataclass(frozen=True, slots=True)
class WrongStore:
    """A store that no Dag can be made of; `name` is its file's, in letters that Airflow takes for an id."""

    name: str
    error: ConfigurationError

    @property
    def words(self) -> str:
        """The error as Airflow's database can keep it: fit for a database, and no endless text."""
        text = clean(str(self.error))
        return text if len(text) <= _LONGEST_WORDS else f"{text[:_LONGEST_WORDS]}…"


def timetable(store: Store) -> CronDataIntervalTimetable:
    """The store's schedule as a timetable with real data intervals (a plain cron string would give empty ones)."""
    return CronDataIntervalTimetable(store.schedule, timezone=store.time_zone)


def first_day(store: Store) -> datetime:
    """The store's start date as the midnight of the company's time zone."""
    return datetime.combine(store.start_date, time(), tzinfo=store.zone)


def stores() -> list[Store | WrongStore]:
    """The stores of the settings folder, by file name; ConfigurationError where there is no folder to read."""
    found: list[Store | WrongStore] = []
    names = set[str]()
    for path in store_files():
        try:
            found.append(load_store(path))
        except ConfigurationError as error:
            found.append(WrongStore(_name(path, names), error))
    return found


def dags(build: Callable[[Store], DAG], stand_in: Callable[[WrongStore], DAG] | None = None) -> dict[str, DAG]:
    """The Dags of a Dag file, by id: one for each store that can have one, and the stand-in (one file makes them) of each other."""
    made: list[DAG] = []
    for store in stores():
        if isinstance(store, Store):
            try:
                dag = build(store)
                dag.validate()  # type: ignore[no-untyped-call]
                made.append(dag)
                continue
            except (
                Exception
            ) as error:  # Airflow refuses what the settings let pass: the others' Dags are made all the same
                log.exception("A Dag of store %s cannot be made.", store.name)
                wrong = WrongStore(store.name, _unusable(store, error))
        else:
            wrong = store
        if stand_in:
            made.append(stand_in(wrong))
    return {dag.dag_id: dag for dag in made}


def _unusable(store: Store, error: Exception) -> ConfigurationError:
    return ConfigurationError(
        f"Airflow cannot make a Dag of the settings of store {store.name} (schedule {store.schedule!r}, time_zone "
        f"{store.time_zone!r}, start_date {store.start_date}): {type(error).__name__}, {error}.",
        advice="Change the setting that it names; if it names none, compare them with include/config/stores/demo.yaml.",
    )


def _name(path: Path, taken: set[str]) -> str:
    """A name of its own for each file, however alike two files are called."""
    name = re.sub(r"[^A-Za-z0-9_.-]", "_", path.name.removesuffix(".yaml"))[:_LONGEST_ID] or "_"
    number = 2
    unique = name
    while unique in taken:
        unique, number = f"{name}_{number}", number + 1
    taken.add(unique)
    return unique
