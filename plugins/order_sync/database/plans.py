"""The plans: what would be sent, order by order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Engine, and_, delete, func, insert, or_, select

from order_sync.database.database import is_one_of, reading, transaction
from order_sync.database.tables import Order, Plan, RunOrder
from order_sync.database.tables import Run as RunRow
from order_sync.money import from_minor, to_minor
from order_sync.sync.orders.kinds import DOCUMENTS, Entity


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
    together_with: str | None = None
    """The order in whose row the document stands that this one goes onto; None where it has its own."""


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


def planned(engine: Engine, run_key: str, order_ids: Sequence[str] | None = None) -> list[Planned]:
    """What a plan has, in the order in which it would be sent; or of these orders alone: with those that have a document with them, and
    all new customers and items."""
    own = Plan.__table__.c
    columns = [own[name] for name in Planned.__dataclass_fields__ if name != "total"]
    statement = select(*columns, own.total_minor).where(own.run_key == run_key).order_by(own.id)
    with reading(engine) as connection:
        if order_ids is not None:
            some = is_one_of(connection, own.order_id, order_ids)
            leaders = select(own.together_with).where(own.run_key == run_key, some, own.together_with.is_not(None))
            new = own.entity.in_((Entity.CUSTOMER, Entity.ITEM))
            statement = statement.where(some | own.order_id.in_(leaders) | new)
        return [_planned(row) for row in connection.execute(statement)]


def plan_made_at(engine: Engine, run_key: str) -> datetime | None:
    """When a plan was made; None where there is none by now, or a former version made it."""
    with reading(engine) as connection:
        return connection.scalar(select(func.max(Plan.made_at)).where(Plan.run_key == run_key))


def orders_of_plan(engine: Engine, store: str, run_key: str) -> list[str]:
    """The orders that a plan of a store is about, each once."""
    of_plan = (Plan.store == store, Plan.run_key == run_key)
    with reading(engine) as connection:
        ids = connection.scalars(select(Plan.order_id).where(*of_plan).order_by(Plan.id))
        return list(dict.fromkeys(ids))


def documents_of_plan(engine: Engine, store: str, run_key: str) -> tuple[int, int]:
    """How many orders a plan of a store has a document for, and how many of them have theirs by now, whichever run recorded it."""
    made = and_(Plan.action == "create", Plan.entity.in_(DOCUMENTS))
    wanted = select(Plan.order_id).where(
        Plan.store == store, Plan.run_key == run_key, or_(made, Plan.together_with.is_not(None))
    )
    there = (Order.store == store, Order.document_id.is_not(None), Order.order_id.in_(wanted))
    with reading(engine) as connection:
        number = connection.scalar(select(func.count()).select_from(wanted.distinct().subquery()))
        return number or 0, connection.scalar(select(func.count()).select_from(Order).where(*there)) or 0


@dataclass(frozen=True, slots=True)
class PlanRun:
    """A run that records a plan, or did: when it began, how it stands, how many orders it left out."""

    run_key: str
    started_at: datetime
    state: str
    left_out: int


def runs_of_plan(engine: Engine, store: str, run_key: str) -> list[PlanRun]:
    """The runs that recorded a plan of a store, the last first."""
    left_out = (
        select(func.count())
        .where(RunOrder.run_key == RunRow.run_key, RunOrder.differs.is_not(None))
        .correlate(RunRow)
        .scalar_subquery()
    )
    own = (RunRow.run_key, RunRow.started_at, RunRow.state, left_out.label("left_out"))
    wanted = select(*own).where(RunRow.store == store, RunRow.plan == run_key)
    with reading(engine) as connection:
        rows = connection.execute(wanted.order_by(RunRow.started_at.desc(), RunRow.run_key.desc()))
        return [PlanRun(**row._mapping) for row in rows]


def left_out(engine: Engine, run_key: str, size: int | None = None) -> dict[str, list[Any]]:
    """The orders that a run left out, because they are otherwise than in the plan that it records: `[path, as planned, as it was then]`."""
    own = RunOrder.__table__.c
    wanted = select(own.order_id, own.differs).where(own.run_key == run_key, own.differs.is_not(None))
    with reading(engine) as connection:
        return {row.order_id: row.differs for row in connection.execute(wanted.order_by(own.order_id).limit(size))}


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


def _planned(row: Any) -> Planned:
    found = dict(row._mapping)
    minor, currency = found.pop("total_minor"), row.currency
    return Planned(**found, total=None if minor is None or currency is None else from_minor(minor, currency))


def _row(one: Planned) -> dict[str, Any]:
    row = asdict(one)
    total = row.pop("total")
    in_cents = None if total is None or one.currency is None else to_minor(total, one.currency)
    return {**row, "total_minor": in_cents}
