"""What a plan is made of: a store's connections, the interval and the settings that a person asked for, and the words in the log."""

from __future__ import annotations

import logging
import re
from contextlib import ExitStack
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from order_sync.bridge.connections import infusionsoft_connection, quickbooks_connection
from order_sync.bridge.ending import ending_in_words
from order_sync.bridge.stores import first_day
from order_sync.bridge.tasks import opened_database
from order_sync.errors import ConfigurationError
from order_sync.settings import Store, load_store, stores_folder

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from order_sync.sync.steps.plan_orders import Candidate, OrderPlan

log = logging.getLogger(__name__)


@ending_in_words
def plan_orders(store: Store, run_id: str, first: str | None, last: str | None, settings: str | None) -> dict[str, int]:
    """The task: plans the days from first to last (ISO, both included) under the settings in force, or others (`load_candidate`).

    Gives what the plan counts; the log has the rest.
    """
    from order_sync.database.settings_versions import settings_in_force
    from order_sync.sync.recording.plan_words import counts, in_lines

    with opened_database() as engine:
        store, _version = settings_in_force(engine, store)
        days = (date.fromisoformat(first) if first else None, date.fromisoformat(last) if last else None)
        candidate = load_candidate(engine, store, settings) if settings else None
        plan = make_plan(engine, store, run_id, *days, candidate)
        for line in in_lines(plan.rows, plan.names):
            log.info("%s", line)
        log.info("plan: nothing was sent; the table plans has it under %s", plan.key)
        return dict(counts(plan.rows))


def make_plan(
    engine: Engine, store: Store, run_id: str, first: date | None, last: date | None, candidate: Candidate | None
) -> OrderPlan:
    """Plans some days of the company, or, without a first one, the interval that the next run of `sync_orders` has.

    Neither client can write, and no lease of the company is needed: a plan disturbs no run, and need not wait for one.
    """
    from order_sync.database.runs import newest_interval
    from order_sync.database.tokens import StoreVault
    from order_sync.infusionsoft.client import InfusionsoftOnce
    from order_sync.quickbooks.client import QuickBooksReader
    from order_sync.sync.steps.identify_store import identify_store
    from order_sync.sync.steps.plan_orders import Services
    from order_sync.sync.steps.plan_orders import plan_orders as step

    interval = _days(store, first, last) if first else None
    if last and not first:
        raise ConfigurationError(
            f"A plan up to {last} needs its first day too.",
            advice="Give both days, or neither: then it is the interval of the next run.",
        )
    with ExitStack() as stack:
        vault = StoreVault(engine)
        services = Services(
            stack.enter_context(QuickBooksReader(quickbooks_connection(engine, store), vault)),
            # Two settings are compared by the same reading of the orders.
            stack.enter_context(InfusionsoftOnce(infusionsoft_connection(engine, store), vault)),
        )
        identify_store(engine, store, services.quickbooks.realm_id, services.infusionsoft)
        interval = interval or next_interval(store, newest_interval(engine, store.name))
        start, end = (moment.astimezone(store.zone) for moment in interval)
        log.info("planning what was created, changed or paid from %s up to %s", start.isoformat(), end.isoformat())
        return step(engine, store, run_id, interval, services, candidate, is_backfill=first is not None)


def next_interval(store: Store, newest: tuple[datetime, datetime] | None) -> tuple[datetime, datetime]:
    """The interval that the scheduler gives the next run, after the newest one; it may not have ended yet."""
    from airflow.timetables.base import DataInterval, TimeRestriction
    from airflow.timetables.interval import CronDataIntervalTimetable
    from pendulum import instance

    timetable = CronDataIntervalTimetable(store.schedule, timezone=store.time_zone)
    found = timetable.next_dagrun_info(
        last_automated_data_interval=DataInterval(*map(instance, newest)) if newest else None,
        restriction=TimeRestriction(earliest=instance(first_day(store)), latest=None, catchup=store.catchup),
    )
    if found is None or found.data_interval is None:
        raise ConfigurationError(
            f"The schedule of store {store.name} has no next run.", advice="Give the plan its first and last day."
        )
    return found.data_interval.start.astimezone(UTC), found.data_interval.end.astimezone(UTC)


def load_candidate(engine: Engine, store: Store, name: str) -> Candidate:
    """Settings that are to be tried: a file by its path below `include/config`, or a draft of the console (`draft 7`)."""
    from order_sync.database.settings_drafts import drafted
    from order_sync.sync.steps.plan_orders import Candidate

    if named := re.fullmatch(r"draft (\d{1,18})", name):
        return Candidate(name, drafted(engine, store, int(named[1])))
    return candidate_of_file(store, file_below_config(name))


def candidate_of_file(store: Store, path: Path) -> Candidate:
    """Settings that are to be tried, under the name of the store that they are for; ConfigurationError where they are wrong."""
    from order_sync.sync.steps.plan_orders import Candidate

    return Candidate(str(path), load_store(path, store.name))


def file_below_config(name: str) -> Path:
    """A settings file by its path below `include/config`; ConfigurationError where it would be anywhere else."""
    folder = stores_folder().parent.resolve()
    path = (folder / name).resolve()
    if not path.is_relative_to(folder) or path.suffix != ".yaml":
        raise ConfigurationError(
            f"The settings {name!r} are no YAML file below {folder}.",
            advice="Name it from there, as in stores/_candidate.yaml; a file whose name begins with _ is no store of its own.",
        )
    return path


def _days(store: Store, first: date, last: date | None) -> tuple[datetime, datetime]:
    """Whole days of the company, the last one included."""
    if last and last < first:
        raise ConfigurationError(f"A plan cannot go from {first} to {last}.", advice="Put the earlier day first.")
    start, after = (datetime.combine(day, time(), tzinfo=store.zone) for day in (first, (last or first) + timedelta(1)))
    return start.astimezone(UTC), after.astimezone(UTC)
