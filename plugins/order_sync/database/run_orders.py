"""The orders that runs have seen: where they stand now, and how far a run is with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, and_, func, select

from order_sync.database.database import reading
from order_sync.database.overview import PastRun
from order_sync.database.tables import Order, RunOrder
from order_sync.database.tables import Run as RunRow
from order_sync.sync.orders.status import RECORDED, Status


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
    found = Counter[Status]()
    for row in _standing(engine, store, [run_key]):
        found[Status(row.status)] += row.number
    return {status: found[status] for status in Status if found[status]}


def progress_of(engine: Engine, store: str, run_keys: Sequence[str]) -> dict[str, Progress]:
    """How far runs are with the orders that they have seen; of a run that has read none yet there is nothing.

    An order is done once it is neither read nor matched any more, nor waits for what is due beside its document: it is recorded then,
    or something else was said of it.
    """
    found: dict[str, Progress] = {}
    for row in _standing(engine, store, run_keys) if run_keys else ():
        known = found.get(row.run_key, Progress(0, 0))
        in_hand = row.status in (Status.EXTRACTED, Status.MATCHED) or (row.is_open and row.status in RECORDED)
        found[row.run_key] = Progress(known.seen + row.number, known.done + (0 if in_hand else row.number))
    return found


def _standing(engine: Engine, store: str, run_keys: Sequence[str]) -> Sequence[Any]:
    of_order = and_(Order.store == store, Order.order_id == RunOrder.order_id)
    standing = (RunOrder.run_key, Order.status, Order.is_open)
    with reading(engine) as connection:
        return connection.execute(
            select(*standing, func.count().label("number"))
            .join(Order, of_order)
            .where(RunOrder.run_key.in_(run_keys))
            .group_by(*standing)
        ).all()
