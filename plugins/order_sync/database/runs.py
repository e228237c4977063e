"""The runs: one row for each run of a store's Dag."""

from __future__ import annotations

from collections.abc import Mapping
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
    mode: str = "record"
    """`plan`: nothing is sent, and what would be is written to the store."""


def begin_run(
    engine: Engine,
    *,
    store: str,
    run_id: str,
    interval_start: datetime,
    interval_end: datetime,
    mode: str = "record",
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
        "mode": mode,
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
    return Run(row.run_key, row.store, row.interval_start, row.interval_end, row.started_at, row.calls, row.mode)


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
