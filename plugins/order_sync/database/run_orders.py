"""The orders that runs have seen: where they stand now, and how far a run is with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, and_, func, select

from order_sync.database.database import reading
from order_sync.database.overview import PastRun
from order_sync.database.tables import Order, RunOrder
from order_sync.database.tables import Run as RunRow
from order_sync.sync.orders.status import Status


@dataclass(frozen=True, slots=True)
class Progress:
    """How many orders a run has seen, and for how many of them it has done what it can."""

    seen: int
    done: int


def run_by_key(engine: Engine, store: str, run_key: str) -> PastRun | None:
    """A run of a store; None where there is none."""
    own = [column for column in RunRow.__table__.c if column.name in PastRun.__dataclass_fields__]
    with reading(engine) as connection:
        of_run = (RunRow.store == store, RunRow.run_key == run_key)
        row = connection.execute(select(*own).where(*of_run)).one_or_none()
    return PastRun(**row._mapping) if row else None


def seen_orders(engine: Engine, store: str, run_key: str) -> dict[Status, int]:
    """How many of the orders that a run has seen stand where now; they may have come further in later runs."""
    return _standing(engine, store, [run_key]).get(run_key, {})


def progress_of(engine: Engine, store: str, run_keys: Sequence[str]) -> dict[str, Progress]:
    """How far runs are with the orders that they have seen; of a run that has read none yet there is nothing.

    An order is done once it is neither read nor matched any more: it is recorded then, or something else was said of it.
    """
    found = {}
    for run_key, standing in _standing(engine, store, run_keys).items():
        seen = sum(standing.values())
        found[run_key] = Progress(seen, seen - sum(standing.get(status, 0) for status in _IN_HAND))
    return found


_IN_HAND = (Status.EXTRACTED, Status.MATCHED)


def _standing(engine: Engine, store: str, run_keys: Sequence[str]) -> dict[str, dict[Status, int]]:
    if not run_keys:
        return {}
    of_order = and_(Order.store == store, Order.order_id == RunOrder.order_id)
    statement = (
        select(RunOrder.run_key, Order.status, func.count().label("number"))
        .join(Order, of_order)
        .where(RunOrder.run_key.in_(run_keys))
        .group_by(RunOrder.run_key, Order.status)
    )
    found: dict[str, dict[Status, int]] = {}
    with reading(engine) as connection:
        for row in connection.execute(statement):
            found.setdefault(row.run_key, {})[Status(row.status)] = row.number
    return found
