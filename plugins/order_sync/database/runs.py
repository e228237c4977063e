"""The runs: one row for each run of a store's Dag, what it read, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Engine, func, select, update

from order_sync.database.database import insert_into, reading, transaction
from order_sync.database.tables import Run as RunRow
from order_sync.errors import OrderSyncError
from order_sync.sync.orders.rereading import Interval, Reading, unread_of

RUNNING, SUCCESS, FAILED, PLANNED = "running", "success", "failed", "planned"


@dataclass(frozen=True, slots=True)
class Run:
    """A run: its key, its half-open data interval, and when it (or its latest repetition) began."""

    run_key: str
    store: str
    interval_start: datetime
    interval_end: datetime
    started_at: datetime
    calls: dict[str, Any]
    only_orders: tuple[str, ...] = ()
    """The orders that a person named, or those of a plan, where the run is for these only: then it does not read its interval."""
    is_backfill: bool = False
    """Whether somebody asked for these days, whatever was read before them."""
    read: Reading | None = None
    """What it read before it was repeated; None where it has not read to the end yet."""
    settings_version: int | None = None
    """The version of the settings that it works with, 0 for the store's file; None where a former version began it."""
    plan: str | None = None
    """The key of the plan that it records: of what is due it sends only what the plan has, just so."""


def begin_run(
    engine: Engine,
    *,
    store: str,
    run_id: str,
    interval_start: datetime,
    interval_end: datetime,
    only_orders: Sequence[str] = (),
    is_backfill: bool = False,
    plan: str | None = None,
) -> str:
    """Notes that a run begins, or begins again after it was cleared, and gives its key; what it read before stays noted."""
    run_key = f"{store}/{run_id}"
    row = {
        "store": store,
        "interval_start": interval_start,
        "interval_end": interval_end,
        "started_at": datetime.now(UTC),
        "counts": {},
        "totals": {},
        "calls": {},
        "watermark": None,
        "only_orders": list(only_orders) or None,
        "is_backfill": is_backfill,
        "plan": plan,
        **_RUNS,
    }
    _upsert(engine, run_key, row)
    return run_key


_OF_INTERVAL = (RunRow.only_orders.is_(None), RunRow.plan.is_(None))
_RUNS: dict[str, Any] = {"state": RUNNING, "finished_at": None, "failed_task": None, "message": None, "advice": None}


@transaction
def _upsert(connection: Connection, run_key: str, row: Mapping[str, Any]) -> None:
    connection.execute(
        insert_into(connection, RunRow)
        .values(run_key=run_key, **row)
        .on_conflict_do_update(index_elements=["run_key"], set_=row)
    )


def read_run(engine: Engine, run_key: str) -> Run:
    """A run by its key; LookupError where there is none."""
    with reading(engine) as connection:
        row = connection.execute(select(RunRow.__table__).where(RunRow.run_key == run_key)).one_or_none()
    if row is None:
        raise LookupError(
            f"The run {run_key} could not be found in the database; start the Dag run from its first task."
        )
    return Run(
        row.run_key,
        row.store,
        row.interval_start,
        row.interval_end,
        row.started_at,
        row.calls,
        tuple(row.only_orders or ()),
        row.is_backfill,
        Reading(row.read_from, row.unread_from) if row.read_at else None,
        row.settings_version,
        row.plan,
    )


def newest_interval(engine: Engine, store: str) -> tuple[datetime, datetime] | None:
    """The newest interval that a run of the store was for; None before the first."""
    of_store = (RunRow.store == store, *_OF_INTERVAL, RunRow.state != PLANNED)
    with reading(engine) as connection:
        row = connection.execute(
            select(RunRow.interval_start, RunRow.interval_end)
            .where(*of_store)
            .order_by(RunRow.interval_end.desc(), RunRow.interval_start.desc())
            .limit(1)
        ).one_or_none()
    return (row.interval_start, row.interval_end) if row else None


@transaction
def add_calls(connection: Connection, run_key: str, service: str, calls: Mapping[str, int]) -> None:
    """Adds the calls that a task made to a service to those of its run."""
    if not calls:
        return
    known = connection.scalar(select(RunRow.calls).where(RunRow.run_key == run_key).with_for_update()) or {}
    of_service = dict(known.get(service, {}))
    for kind, number in calls.items():
        of_service[kind] = of_service.get(kind, 0) + number
    connection.execute(update(RunRow).where(RunRow.run_key == run_key).values(calls={**known, service: of_service}))


def read_intervals(engine: Engine, store: str, *, backfills: bool = True) -> list[Interval]:
    """What the store's runs have read, run by run; without those of backfills where they do not count.

    A former version planned in runs: they count for nothing.
    """
    wanted = [RunRow.store == store, RunRow.read_at.is_not(None), RunRow.state != PLANNED]
    if not backfills:
        wanted.append(RunRow.is_backfill.is_(False))
    with reading(engine) as connection:
        rows = connection.execute(select(RunRow.read_from, RunRow.interval_end).where(*wanted))
        return [Interval(row.read_from, row.interval_end) for row in rows]


def first_tried(engine: Engine, store: str) -> datetime | None:
    """Where the first of the store's regular runs began, whether or not it read; None before the first."""
    regular = (RunRow.is_backfill.is_(False), *_OF_INTERVAL, RunRow.state != PLANNED)
    with reading(engine) as connection:
        return connection.scalar(select(func.min(RunRow.interval_start)).where(RunRow.store == store, *regular))


def last_success(engine: Engine, store: str) -> datetime | None:
    """When the last of the store's runs began that succeeded; None before the first."""
    with reading(engine) as connection:
        return connection.scalar(
            select(func.max(RunRow.started_at)).where(RunRow.store == store, RunRow.state == SUCCESS)
        )


def unread_days(engine: Engine, store: str, since: datetime) -> list[Interval]:
    """What no run of the store has read though runs before and after it did, as far as it ends after `since`; oldest first.

    Only what a run met and could not read as well (`runs.unread_from`), less what others have read of it by now.
    """
    left = (
        RunRow.store == store,
        RunRow.read_at.is_not(None),
        RunRow.unread_from.is_not(None),
        RunRow.read_from > since,
    )
    with reading(engine) as connection:
        rows = connection.execute(select(RunRow.unread_from, RunRow.read_from).where(*left).order_by(RunRow.read_from))
        unread = [Interval(row.unread_from, row.read_from) for row in rows]
    read = read_intervals(engine, store) if unread else []
    return [piece for one in unread for piece in unread_of(one, read)]


@transaction
def note_settings(connection: Connection, run_key: str, version: int) -> None:
    """Records with which version of the settings a run works, in all its tasks; 0 is the store's file."""
    connection.execute(update(RunRow).where(RunRow.run_key == run_key).values(settings_version=version))


@transaction
def note_read(connection: Connection, run_key: str, read: Reading, watermark: datetime | None) -> None:
    """Records that a run has read all from there to the end of its interval; `watermark` is the newest modification that it saw."""
    connection.execute(
        update(RunRow)
        .where(RunRow.run_key == run_key)
        .values(read_from=read.begins, unread_from=read.unread_from, read_at=datetime.now(UTC), watermark=watermark)
    )


@transaction
def resume_run(connection: Connection, run_key: str) -> None:
    """Notes that a task of a run begins: what failed before is tried again."""
    connection.execute(update(RunRow).where(RunRow.run_key == run_key).values(_RUNS))


@transaction
def fail_run(connection: Connection, run_key: str, task: str, error: OrderSyncError) -> None:
    """Notes that a task of a run failed, with its words; it stands so until one of them begins again."""
    failed = {"state": FAILED, "failed_task": task, "message": error.message, "advice": error.advice or None}
    connection.execute(update(RunRow).where(RunRow.run_key == run_key).values(finished_at=datetime.now(UTC), **failed))


def running_runs(engine: Engine, store: str) -> Sequence[str]:
    """The keys of the store's runs that are said to be running, or were when their process died."""
    wanted = (RunRow.store == store, RunRow.state == RUNNING)
    with reading(engine) as connection:
        return connection.scalars(select(RunRow.run_key).where(*wanted).order_by(RunRow.started_at)).all()


@transaction
def note_totals(connection: Connection, run_key: str, totals: Mapping[str, Mapping[str, Any]]) -> None:
    """Records what a run's records come to so far; what its report said of orders that wait stays."""
    known = connection.scalar(select(RunRow.totals).where(RunRow.run_key == run_key).with_for_update()) or {}
    waiting = {currency: {"waiting": of["waiting"]} for currency, of in known.items() if "waiting" in of}
    both = {currency: {**waiting.get(currency, {}), **totals.get(currency, {})} for currency in (*waiting, *totals)}
    connection.execute(update(RunRow).where(RunRow.run_key == run_key).values(totals=both))


def add_to_totals(
    connection: Connection, run_key: str | None, currency: str, what: str, came: Decimal, went: Decimal
) -> None:
    """Adds to what a run's records come to, where the run has summed them up; what it has yet to sum up it finds as it is then."""
    known = connection.scalar(select(RunRow.totals).where(RunRow.run_key == run_key).with_for_update()) or {}
    if sums := known.get(currency, {}).get(what):
        sums |= {"in": str(Decimal(sums["in"]) + came), "out": str(Decimal(sums["out"]) + went)}
        totals = {**known, currency: {**known[currency], what: sums}}
        connection.execute(update(RunRow).where(RunRow.run_key == run_key).values(totals=totals))


@transaction
def finish_run(
    connection: Connection, run_key: str, *, state: str, counts: Mapping[str, Any], totals: Mapping[str, Any]
) -> None:
    """Records a run's counts, totals and result."""
    connection.execute(
        update(RunRow)
        .where(RunRow.run_key == run_key)
        .values(state=state, counts=dict(counts), totals=dict(totals), finished_at=datetime.now(UTC))
    )
