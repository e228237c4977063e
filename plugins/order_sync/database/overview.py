"""What the overview tells of a store: what needs a person, orders by day, its last runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from sqlalchemy import Date, Engine, Text, case, cast, func, literal, select, union_all

from order_sync.database.database import reading
from order_sync.database.order_lists import moment_of
from order_sync.database.runs import PLANNED
from order_sync.database.tables import Order
from order_sync.database.tables import Run as RunRow
from order_sync.sync.orders.status import Status


@dataclass(frozen=True, slots=True)
class Reason:
    """Orders that wait for a person for one reason: how many, what they come to by currency (in its smallest unit), the oldest's time."""

    code: str
    number: int
    sums: dict[str, int]
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class RunTotals:
    """What a run's records come to, by currency and kind of record; `at` is in the day that they are of, or when it was summed up."""

    at: datetime
    totals: dict[str, dict[str, dict[str, str]]]


@dataclass(frozen=True, slots=True)
class PastRun:
    """A run as its row has it; `counts` by what was counted, `totals` by currency and kind of record, `calls` by service and kind."""

    run_key: str
    interval_start: datetime
    interval_end: datetime
    started_at: datetime
    finished_at: datetime | None
    state: str
    counts: dict[str, int]
    totals: dict[str, dict[str, dict[str, str]]]
    calls: dict[str, dict[str, int]]
    is_backfill: bool
    only_orders: list[str] | None
    plan: str | None
    failed_task: str | None
    message: str | None
    advice: str | None


def reasons(engine: Engine, store: str, status: Status = Status.HELD) -> list[Reason]:
    """Why a store's orders stand in a status, most orders first."""
    statement = (
        select(
            Order.code,
            Order.currency,
            func.count().label("number"),
            func.sum(Order.total_minor).label("sum"),
            func.min(moment_of).label("oldest"),
        )
        .where(Order.store == store, Order.status == status)
        .group_by(Order.code, Order.currency)
    )
    found: dict[str, Reason] = {}
    with reading(engine) as connection:
        for row in connection.execute(statement):
            known = found.get(row.code or "", Reason(row.code or "", 0, {}, None))
            sums = known.sums if row.currency is None else {**known.sums, row.currency: int(row.sum or 0)}
            ages = [age for age in (known.oldest, row.oldest) if age is not None]
            found[known.code] = Reason(known.code, known.number + row.number, sums, min(ages, default=None))
    return sorted(found.values(), key=lambda one: (-one.number, one.code))


def orders_by_day(engine: Engine, store: str, last: date, days: int, zone: tzinfo) -> dict[date, dict[Status, int]]:
    """How many orders of each of the last days (of that zone) stand where today; days without orders are there, empty."""
    wanted = [last - timedelta(days - 1 - number) for number in range(days)]
    parts = [
        select(literal(day, Date).label("day"), Order.status, func.count().label("number"))
        .where(
            Order.store == store,
            Order.status.in_(Status),
            moment_of >= datetime.combine(day, time(), tzinfo=zone),
            moment_of < datetime.combine(day + timedelta(1), time(), tzinfo=zone),
        )
        .group_by(Order.status)
        for day in wanted
    ]
    found: dict[date, dict[Status, int]] = {day: {} for day in wanted}
    with reading(engine) as connection:
        for row in connection.execute(union_all(*parts)):
            found[row.day][Status(row.status)] = row.number
    return found


def totals_since(engine: Engine, store: str, since: datetime) -> list[RunTotals]:
    """What the runs since a moment came to, and those of days since it; a run for named orders counts when it began."""
    day = case((RunRow.only_orders.is_(None), RunRow.interval_start), else_=RunRow.started_at)
    statement = select(day.label("at"), RunRow.totals).where(
        RunRow.store == store, RunRow.state != PLANNED, day >= since
    )
    with reading(engine) as connection:
        return [RunTotals(row.at, row.totals) for row in connection.execute(statement)]


def last_report(engine: Engine, store: str) -> RunTotals | None:
    """What the report said that a store's run made last, `at` its end; runs that failed before theirs said nothing of what waits."""
    reported = (RunRow.finished_at.is_not(None), RunRow.state != PLANNED, cast(RunRow.counts, Text) != "{}")
    statement = select(RunRow.finished_at, RunRow.totals).where(RunRow.store == store, *reported)
    with reading(engine) as connection:
        row = connection.execute(statement.order_by(RunRow.finished_at.desc()).limit(1)).one_or_none()
    return RunTotals(row.finished_at, row.totals) if row else None


def calls_since(engine: Engine, store: str, since: datetime) -> Mapping[str, Counter[str]]:
    """The calls of a store's runs that began since a moment: by service, and by kind."""
    statement = select(RunRow.calls).where(RunRow.store == store, RunRow.started_at >= since)
    found: dict[str, Counter[str]] = {"QuickBooks": Counter(), "Infusionsoft": Counter()}
    with reading(engine) as connection:
        for calls in connection.scalars(statement):
            for service, of in (calls or {}).items():
                found[service].update(of)
    return found


def past_runs(engine: Engine, store: str, size: int, before: datetime | None = None) -> list[PastRun]:
    """A store's runs, those that began last first; only those that began before a moment where one is given."""
    own = [column for column in RunRow.__table__.c if column.name in PastRun.__dataclass_fields__]
    statement = select(*own).where(RunRow.store == store, RunRow.state != PLANNED)
    if before:
        statement = statement.where(RunRow.started_at < before)
    with reading(engine) as connection:
        rows: Sequence[Any] = connection.execute(
            statement.order_by(RunRow.started_at.desc(), RunRow.run_key.desc()).limit(size)
        ).all()
    return [PastRun(**row._mapping) for row in rows]
