"""The plans: what would be sent, order by order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, insert, select

from order_sync.database.database import reading, transaction
from order_sync.database.tables import Plan
from order_sync.money import to_minor


@dataclass(frozen=True, slots=True)
class Planned:
    """One thing that would be sent for an order, or why nothing would be: `action` is create, update, none or differs.

    `body` is the exact JSON; `difference` holds, for an update and for what differs, `[path, as it is, as it would be]`.
    """

    order_id: str
    action: str
    message: str
    entity: str | None = None
    body: str | None = None
    difference: list[Any] | None = None
    total: Decimal | None = None
    currency: str | None = None
    code: str | None = None


@transaction
def save_plan(
    connection: Connection,
    store: str,
    run_key: str,
    interval: tuple[datetime, datetime],
    planned: Sequence[Planned],
    *,
    settings: str | None = None,
) -> None:
    """Keeps a plan, in the place of the one that was made under this key before."""
    start, end = interval
    of_plan = {
        "store": store,
        "run_key": run_key,
        "interval_start": start,
        "interval_end": end,
        "settings": settings,
        "made_at": datetime.now(UTC),
    }
    connection.execute(delete(Plan).where(Plan.run_key == run_key))
    if planned:
        connection.execute(insert(Plan), [{**of_plan, **_row(one)} for one in planned])


def plan_of_run(engine: Engine, run_key: str) -> list[Any]:
    """A plan (rows of `plans`) by its key, order by order, in the order in which it would be sent."""
    with reading(engine) as connection:
        return list(connection.execute(select(Plan.__table__).where(Plan.run_key == run_key).order_by(Plan.id)))


@dataclass(frozen=True, slots=True)
class PlanSort:
    """What of a plan would be done to one sort of record: how often, and what that comes to by currency (in its smallest unit)."""

    action: str
    entity: str | None
    number: int
    sums: dict[str, int]


@dataclass(frozen=True, slots=True)
class PlanHead:
    """A plan without its rows; what a former version did not note is None."""

    run_key: str
    interval_start: datetime | None
    interval_end: datetime | None
    made_at: datetime | None
    settings: str | None
    orders: int
    sorts: tuple[PlanSort, ...]


def latest_plans(engine: Engine, store: str, size: int) -> list[PlanHead]:
    """The plans of a store that were made last, the last first."""
    newest = func.max(Plan.id)
    statement = select(Plan.run_key).where(Plan.store == store).group_by(Plan.run_key).order_by(newest.desc())
    with reading(engine) as connection:
        keys = connection.scalars(statement.limit(size)).all()
        return [head for key in keys if (head := _head(connection, store, key))]


def plan_head(engine: Engine, store: str, run_key: str) -> PlanHead | None:
    """A plan of a store by its key; None where there is none."""
    with reading(engine) as connection:
        return _head(connection, store, run_key)


def page_of_plan(
    engine: Engine, store: str, run_key: str, size: int, *, action: str = "", after: int = 0
) -> tuple[list[Any], int | None]:
    """Some rows of a plan (of `plans`), of one action where one is given; and behind which one the next page begins, None on the last."""
    where = [Plan.store == store, Plan.run_key == run_key, Plan.id > after]
    where += [Plan.action == action] if action else []
    with reading(engine) as connection:
        rows = connection.execute(select(Plan.__table__).where(*where).order_by(Plan.id).limit(size + 1)).all()
    return list(rows[:size]), rows[size - 1].id if len(rows) > size else None


def _head(connection: Connection, store: str, run_key: str) -> PlanHead | None:
    of_plan = (Plan.store == store, Plan.run_key == run_key)
    own = (Plan.run_key, Plan.interval_start, Plan.interval_end, Plan.made_at, Plan.settings)
    first = connection.execute(select(*own).where(*of_plan).order_by(Plan.id).limit(1)).one_or_none()
    if first is None:
        return None
    orders = connection.scalar(select(func.count(Plan.order_id.distinct())).where(*of_plan)) or 0
    counted = (Plan.action, Plan.entity, Plan.currency)
    rows = connection.execute(
        select(*counted, func.count().label("number"), func.sum(Plan.total_minor).label("sum"))
        .where(*of_plan)
        .group_by(*counted)
        .order_by(*counted)
    )
    sorts: dict[tuple[str, str | None], PlanSort] = {}
    for row in rows:
        known = sorts.get((row.action, row.entity), PlanSort(row.action, row.entity, 0, {}))
        sums = known.sums if row.currency is None else {**known.sums, row.currency: int(row.sum or 0)}
        sorts[row.action, row.entity] = PlanSort(row.action, row.entity, known.number + row.number, sums)
    return PlanHead(*first, orders, tuple(sorts.values()))


def _row(one: Planned) -> dict[str, Any]:
    row = asdict(one)
    total = row.pop("total")
    in_cents = None if total is None or one.currency is None else to_minor(total, one.currency)
    return {**row, "total_minor": in_cents}
