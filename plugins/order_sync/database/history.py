"""The history of an order: everything that happened to it, newest first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, func, insert, select

from order_sync.database.database import is_one_of, reading, transaction
from order_sync.database.tables import OrderEvent
from order_sync.errors import OrderSyncError
from order_sync.sync.orders.decision import Decision
from order_sync.sync.orders.status import Status

LEFT_OUT = "plan"
"""The event of an order that a run leaves out, because it is otherwise than in the plan that the run records."""

_OVER = (Status.HELD, LEFT_OUT)
"""What is over once an order is posted: it is no warning that it is posted with."""

_STANDS = (OrderEvent.level == "warning", OrderEvent.event.not_in(_OVER))


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to an order; `level` is info, warning or error."""

    order_id: str
    event: str
    message: str
    level: str = "info"
    code: str | None = None
    advice: str | None = None
    trace_id: str | None = None
    who: str | None = None
    """Who did it, where a person did."""


@dataclass(frozen=True, slots=True)
class PastEvent:
    """An event as the history has it; `decision` is that of an event which decided about the order's customer."""

    id: int
    store: str
    order_id: str
    at: datetime
    run_key: str | None
    event: str
    level: str
    code: str | None
    message: str
    advice: str | None
    trace_id: str | None
    who: str | None
    decision: Decision | None

    @property
    def stands(self) -> bool:
        """Whether it is a warning that its order is posted with, if it is posted."""
        return self.level == "warning" and self.event not in _OVER


@dataclass(frozen=True, slots=True)
class Warned:
    """What a warning says."""

    code: str | None
    message: str
    advice: str | None


def error_event(
    order_id: str, event: str, level: str, error: OrderSyncError, message: str = "", advice: str = ""
) -> Event:
    """An event that an error was: its code and the service's id of the call; its words and advice unless others fit this case better."""
    return Event(
        order_id,
        event,
        message or error.message,
        level,
        error.code or None,
        advice or error.advice or None,
        error.trace_id or None,
    )


def order_history(engine: Engine, store: str, order_id: str) -> list[PastEvent]:
    """Everything that happened to an order, newest first."""
    with reading(engine) as connection:
        rows = connection.execute(
            select(OrderEvent.__table__)
            .where(OrderEvent.store == store, OrderEvent.order_id == order_id)
            .order_by(OrderEvent.id.desc())
        )
        return [_past(row) for row in rows]


def warned_orders(engine: Engine, store: str, run_key: str, order_ids: Sequence[str]) -> set[str]:
    """Which of these orders had a warning in a run; that one was held in it, or left out, and is not any more, is none."""
    with reading(engine) as connection:
        return set(
            connection.scalars(
                select(OrderEvent.order_id).where(
                    OrderEvent.store == store,
                    OrderEvent.run_key == run_key,
                    *_STANDS,
                    is_one_of(connection, OrderEvent.order_id, order_ids),
                )
            )
        )


def newest_warnings(connection: Connection, store: str, order_ids: Sequence[str]) -> dict[str, Warned]:
    """The newest warning of each order: why it is posted with warnings where it has no reason itself; orders without one are left out."""
    newest = select(func.max(OrderEvent.id)).where(
        OrderEvent.store == store, *_STANDS, is_one_of(connection, OrderEvent.order_id, order_ids)
    )
    of = (OrderEvent.order_id, OrderEvent.code, OrderEvent.message, OrderEvent.advice)
    rows = connection.execute(select(*of).where(OrderEvent.id.in_(newest.group_by(OrderEvent.order_id))))
    return {row.order_id: Warned(row.code, row.message, row.advice) for row in rows}


def newest_troubles(engine: Engine, store: str, order_ids: Sequence[str]) -> dict[str, str]:
    """The words of each order's newest warning or error; orders without one are left out."""
    with reading(engine) as connection:
        newest = (
            select(func.max(OrderEvent.id))
            .where(
                OrderEvent.store == store,
                OrderEvent.level != "info",
                is_one_of(connection, OrderEvent.order_id, order_ids),
            )
            .group_by(OrderEvent.order_id)
        )
        rows = connection.execute(select(OrderEvent.order_id, OrderEvent.message).where(OrderEvent.id.in_(newest)))
        return {row.order_id: row.message for row in rows}


def untold(engine: Engine, store: str, events: Sequence[Event]) -> list[Event]:
    """Those of these events whose words the history of their order has not yet."""
    if not events:
        return []
    with reading(engine) as connection:
        rows = connection.execute(
            select(OrderEvent.order_id, OrderEvent.message).where(
                OrderEvent.store == store,
                OrderEvent.code.in_({event.code for event in events}),
                is_one_of(connection, OrderEvent.order_id, [event.order_id for event in events]),
            )
        )
        told = {(row.order_id, row.message) for row in rows}
    return [event for event in events if (event.order_id, event.message) not in told]


@transaction
def tell_orders(connection: Connection, store: str, run_key: str, events: Sequence[Event]) -> None:
    """Adds events to the orders' history."""
    add_events(connection, store, run_key, events, datetime.now(UTC))


def add_events(connection: Connection, store: str, run_key: str | None, events: Iterable[Event], now: datetime) -> None:
    """Adds events to the history, inside the caller's transaction."""
    rows = [{**asdict(event), "store": store, "run_key": run_key, "at": now} for event in events]
    if rows:
        connection.execute(insert(OrderEvent), rows)


def _past(row: Any) -> PastEvent:
    decision = None if row.decision is None else msgspec.convert(row.decision, Decision)
    return PastEvent(**{**row._mapping, "decision": decision})
