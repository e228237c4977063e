"""The orders, their history, and which run saw them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, bindparam, insert, select, update

from order_sync.errors import OrderSyncError
from order_sync.store.database import insert_into, reading
from order_sync.store.tables import Order, OrderEvent, RunOrder

UNFINISHED = ("extracted", "matched", "waiting", "held", "failed", "unsettled")
"""`extracted` and `matched` are on their way; `waiting` for its payment; `held` for a person; `failed` was refused by QuickBooks;
`unsettled` was sent, and nobody knows yet whether it was recorded."""

BY_PERSON = "BY_PERSON"
"""The code of an order that a person skipped: it stays so, whatever is read of it."""

_CHUNK = 500  # SQLite's older limit is 999 bound values a statement


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


def error_event(order_id: str, event: str, level: str, error: OrderSyncError, message: str = "") -> Event:
    """An event that an error was: its code, its advice and the service's id of the call; its words unless `message` says more."""
    return Event(
        order_id,
        event,
        message or error.message,
        level,
        error.code or None,
        error.advice or None,
        error.trace_id or None,
    )


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an order before it is read again."""

    status: str
    code: str | None
    content_hash: str | None
    posted_hash: str | None


def known_orders(engine: Engine, store: str, order_ids: Sequence[str]) -> dict[str, Known]:
    """The orders that the store has already, by id."""
    found: dict[str, Known] = {}
    with reading(engine) as connection:
        for start in range(0, len(order_ids), _CHUNK):
            rows = connection.execute(
                select(Order.order_id, Order.status, Order.code, Order.content_hash, Order.posted_hash).where(
                    Order.store == store, Order.order_id.in_(order_ids[start : start + _CHUNK])
                )
            )
            found.update((row.order_id, Known(row.status, row.code, row.content_hash, row.posted_hash)) for row in rows)
    return found


def unfinished_orders(engine: Engine, store: str, *, created_from: datetime, created_before: datetime) -> list[str]:
    """The ids of orders that no document or person has ended, made inside a window (half-open)."""
    with reading(engine) as connection:
        return list(
            connection.scalars(
                select(Order.order_id).where(
                    Order.store == store,
                    Order.status.in_(UNFINISHED),
                    Order.created_at >= created_from,
                    Order.created_at < created_before,
                )
            )
        )


def save_orders(
    engine: Engine, store: str, run_key: str, rows: Sequence[dict[str, Any]], events: Iterable[Event]
) -> None:
    """Inserts or updates orders as they were read, notes that the run saw them, and adds to their history, in one transaction."""
    now = datetime.now(UTC)
    with engine.begin() as connection:
        for row in rows:
            changes = {**row, "updated_at": now}
            order_id = changes.pop("order_id")
            connection.execute(
                insert_into(connection, Order)
                .values(store=store, order_id=order_id, **changes)
                .on_conflict_do_update(index_elements=["store", "order_id"], set_=changes)
            )
        if rows:
            connection.execute(
                insert_into(connection, RunOrder).on_conflict_do_nothing(),
                [{"run_key": run_key, "order_id": row["order_id"]} for row in rows],
            )
        _add_events(connection, store, run_key, events, now)


def orders_of_run(engine: Engine, store: str, run_key: str, statuses: Sequence[str] = ()) -> list[Any]:
    """The orders that a run saw (rows of `orders`), by id, only those in `statuses` where some are given."""
    statement = (
        select(Order.__table__)
        .join(RunOrder, (RunOrder.order_id == Order.order_id) & (RunOrder.run_key == run_key))
        .where(Order.store == store)
        .order_by(Order.created_at, Order.order_id)
    )
    if statuses:
        statement = statement.where(Order.status.in_(statuses))
    with reading(engine) as connection:
        return list(connection.execute(statement))


def orders_by_id(engine: Engine, store: str, order_ids: Sequence[str]) -> list[Any]:
    """These orders (rows of `orders`), whichever run saw them."""
    found: list[Any] = []
    with reading(engine) as connection:
        for start in range(0, len(order_ids), _CHUNK):
            some = Order.order_id.in_(order_ids[start : start + _CHUNK])
            found.extend(connection.execute(select(Order.__table__).where(Order.store == store, some)))
    return found


def change_orders(
    engine: Engine, store: str, run_key: str, changes: Sequence[dict[str, Any]], events: Iterable[Event] = ()
) -> None:
    """Sets columns of orders (each change names its `order_id`; all name the same columns) and adds to their history."""
    now = datetime.now(UTC)
    with engine.begin() as connection:
        if changes:
            columns: dict[str, Any] = {name: bindparam(f"new_{name}") for name in changes[0] if name != "order_id"}
            connection.execute(
                update(Order.__table__)  # type: ignore[arg-type]
                .where(Order.store == store, Order.order_id == bindparam("for_order"))
                .values(updated_at=now, **columns),
                [
                    {"for_order": change["order_id"], **{f"new_{name}": change[name] for name in columns}}
                    for change in changes
                ],
            )
        _add_events(connection, store, run_key, events, now)


def skip_order(engine: Engine, store: str, order_id: str, why: str) -> None:
    """Ends an order by a person's decision, for good; LookupError where it is unknown, posted, or its outcome is not known yet."""
    with engine.begin() as connection:
        status = connection.scalar(select(Order.status).where(Order.store == store, Order.order_id == order_id))
        if status is None:
            raise LookupError(f"Store {store} has no order {order_id}.")
        if status.startswith("posted") or status == "unsettled":
            raise LookupError(f"Order {order_id} is {status}: only an order without a document can be skipped.")
        connection.execute(
            update(Order)
            .where(Order.store == store, Order.order_id == order_id)
            .values(status="skipped", code=BY_PERSON, message=why, advice=None, updated_at=datetime.now(UTC))
        )
        event = Event(order_id, "skipped", why, "info", BY_PERSON)
        _add_events(connection, store, None, [event], datetime.now(UTC))


def order_history(engine: Engine, store: str, order_id: str) -> list[Any]:
    """Everything that happened to an order (rows of `order_events`), newest first."""
    with reading(engine) as connection:
        return list(
            connection.execute(
                select(OrderEvent.__table__)
                .where(OrderEvent.store == store, OrderEvent.order_id == order_id)
                .order_by(OrderEvent.id.desc())
            )
        )


def warned_orders(engine: Engine, store: str, run_key: str, order_ids: Sequence[str]) -> set[str]:
    """Which of these orders had a warning in a run."""
    found: set[str] = set()
    with reading(engine) as connection:
        for start in range(0, len(order_ids), _CHUNK):
            found.update(
                connection.scalars(
                    select(OrderEvent.order_id).where(
                        OrderEvent.store == store,
                        OrderEvent.run_key == run_key,
                        OrderEvent.level == "warning",
                        OrderEvent.order_id.in_(order_ids[start : start + _CHUNK]),
                    )
                )
            )
    return found


def _add_events(connection: Any, store: str, run_key: str | None, events: Iterable[Event], now: datetime) -> None:
    rows = [{**asdict(event), "store": store, "run_key": run_key, "at": now} for event in events]
    if rows:
        connection.execute(insert(OrderEvent), rows)
