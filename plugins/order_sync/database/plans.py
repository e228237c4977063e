"""The plans: what would be sent, order by order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Engine, delete, insert, select

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
    of_plan = {"store": store, "run_key": run_key, "interval_start": start, "interval_end": end, "settings": settings}
    connection.execute(delete(Plan).where(Plan.run_key == run_key))
    if planned:
        connection.execute(insert(Plan), [{**of_plan, **_row(one)} for one in planned])


def plan_of_run(engine: Engine, run_key: str) -> list[Any]:
    """A plan (rows of `plans`) by its key, order by order, in the order in which it would be sent."""
    with reading(engine) as connection:
        return list(connection.execute(select(Plan.__table__).where(Plan.run_key == run_key).order_by(Plan.id)))


def _row(one: Planned) -> dict[str, Any]:
    row = asdict(one)
    total = row.pop("total")
    in_cents = None if total is None or one.currency is None else to_minor(total, one.currency)
    return {**row, "total_minor": in_cents}
