"""The runs: one row for each run of a store's Dag."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, select, update

from order_sync.database.database import insert_into, reading
from order_sync.database.tables import Run as RunRow


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
    """The orders that a person named, where the run is for these only: then it does not read its interval."""


def begin_run(
    engine: Engine,
    *,
    store: str,
    run_id: str,
    interval_start: datetime,
    interval_end: datetime,
    only_orders: Sequence[str] = (),
) -> str:
    """Notes that a run begins, or begins again after it was cleared, and gives its key."""
    run_key = f"{store}/{run_id}"
    row = {
        "store": store,
        "interval_start": interval_start,
        "interval_end": interval_end,
        "started_at": datetime.now(UTC),
        "finished_at": None,
        "state": "running",
        "counts": {},
        "totals": {},
        "calls": {},
        "watermark": None,
        "only_orders": list(only_orders) or None,
    }
    with engine.begin() as connection:
        connection.execute(
            insert_into(connection, RunRow)
            .values(run_key=run_key, **row)
            .on_conflict_do_update(index_elements=["run_key"], set_=row)
        )
    return run_key


def read_run(engine: Engine, run_key: str) -> Run:
    """A run by its key; LookupError where there is none."""
    with reading(engine) as connection:
        row = connection.execute(select(RunRow.__table__).where(RunRow.run_key == run_key)).one_or_none()
    if row is None:
        raise LookupError(
            f"The run {run_key} could not be found in the database; start the Dag run from its first task."
        )
    window = (row.interval_start, row.interval_end, row.started_at)
    return Run(row.run_key, row.store, *window, row.calls, tuple(row.only_orders or ()))


def newest_interval(engine: Engine, store: str) -> tuple[datetime, datetime] | None:
    """The newest interval that a run of the store was for; None before the first."""
    of_store = (RunRow.store == store, RunRow.only_orders.is_(None), RunRow.state != "planned")
    with reading(engine) as connection:
        row = connection.execute(
            select(RunRow.interval_start, RunRow.interval_end)
            .where(*of_store)
            .order_by(RunRow.interval_end.desc(), RunRow.interval_start.desc())
            .limit(1)
        ).one_or_none()
    return (row.interval_start, row.interval_end) if row else None


def add_calls(engine: Engine, run_key: str, service: str, calls: Mapping[str, int]) -> None:
    """Adds the calls that a task made to a service to those of its run."""
    if not calls:
        return
    with engine.begin() as connection:
        known = connection.scalar(select(RunRow.calls).where(RunRow.run_key == run_key).with_for_update()) or {}
        of_service = dict(known.get(service, {}))
        for kind, number in calls.items():
            of_service[kind] = of_service.get(kind, 0) + number
        connection.execute(update(RunRow).where(RunRow.run_key == run_key).values(calls={**known, service: of_service}))


def note_watermark(engine: Engine, run_key: str, watermark: datetime | None) -> None:
    """Records how far the orders reach that a run has read: the newest modification among them, None where it read none."""
    with engine.begin() as connection:
        connection.execute(update(RunRow).where(RunRow.run_key == run_key).values(watermark=watermark))


def finish_run(
    engine: Engine, run_key: str, *, state: str, counts: Mapping[str, Any], totals: Mapping[str, Any]
) -> None:
    """Records a run's counts, totals and result."""
    with engine.begin() as connection:
        connection.execute(
            update(RunRow)
            .where(RunRow.run_key == run_key)
            .values(state=state, counts=dict(counts), totals=dict(totals), finished_at=datetime.now(UTC))
        )
