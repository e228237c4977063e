"""How orders are saved as they were read from Infusionsoft; how they move on from there is `order_status`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, select, update

from order_sync.database.database import insert_into, is_one_of, transaction
from order_sync.database.history import Event, add_events
from order_sync.database.order_status import lock_orders
from order_sync.database.orders import Known
from order_sync.database.tables import Order, OrderReading, RunOrder
from order_sync.sync.orders.snapshot import called
from order_sync.sync.orders.status import Move, may

Row = Mapping[str, Any]

_READ = ("contact_id", "ordered_at", "created_at", "currency", "total_minor", "content_hash", "called")
"""The columns that say what was read of an order, and nothing of what became of it."""

_PORTION = 100  # orders a transaction: others wait no longer for a row than these take


def save_orders(
    engine: Engine,
    store: str,
    run_key: str,
    rows: Sequence[Row],
    events: Sequence[Event],
    seen: Mapping[str, Known] | None = None,
) -> set[str]:
    """Inserts or updates orders as they were read, notes that the run saw them, and adds to their history, a hundred orders at a time.

    A row's `reading`, where it has one, is the row of `order_readings`. An order that is not any more as it was `seen` when its row was
    decided about, because another run has moved it, keeps what became of it; what was read of it is saved. Gives the ids of those that
    were moved, or are new.
    """
    moved = set[str]()
    ordered = sorted(rows, key=lambda row: str(row["order_id"]))
    of_orders: dict[str, list[Event]] = {}
    for event in events:
        of_orders.setdefault(event.order_id, []).append(event)
    for start in range(0, len(ordered), _PORTION):
        some = ordered[start : start + _PORTION]
        told = [event for row in some for event in of_orders.get(row["order_id"], ())]
        moved |= _save(engine, store, run_key, some, told, seen)
    return moved


@transaction
def _save(
    connection: Connection,
    store: str,
    run_key: str,
    rows: Sequence[Row],
    events: Sequence[Event],
    seen: Mapping[str, Known] | None,
) -> set[str]:
    now = datetime.now(UTC)
    # New ones come first: whoever waits for one of those then holds nothing yet that others lock, in their order.
    moved = _insert_new(connection, store, rows, now)
    known = lock_orders(connection, store, [row["order_id"] for row in rows if row["order_id"] not in moved])
    for row in rows:
        if before := known.get(row["order_id"]):
            values = _columns(row, now)
            if _is_as_seen(before, row["order_id"], seen) and _may_be_read_so(before, values):
                moved.add(row["order_id"])
            else:
                values = {name: value for name, value in values.items() if name in (*_READ, "updated_at")}
            if values.get("status", before.status) != before.status:
                values["status_at"] = now
            one = update(Order).where(Order.store == store, Order.order_id == row["order_id"])
            connection.execute(one.values(**values))
        if (reading := row.get("reading")) is not None:
            connection.execute(
                insert_into(connection, OrderReading)
                .values(store=store, order_id=row["order_id"], **reading)
                .on_conflict_do_update(index_elements=["store", "order_id"], set_=reading)
            )
    # Read anew, it is compared anew with the plan that the run records.
    seen_now = insert_into(connection, RunOrder).on_conflict_do_update(
        index_elements=["run_key", "order_id"], set_={"differs": None}, where=RunOrder.differs.is_not(None)
    )
    connection.execute(seen_now, [{"run_key": run_key, "order_id": row["order_id"]} for row in rows])
    add_events(connection, store, run_key, events, now)
    return moved


def _insert_new(connection: Connection, store: str, rows: Sequence[Row], now: datetime) -> set[str]:
    """The ids of the orders that were not there: of two runs that read one for the first time, one inserts it."""
    some = is_one_of(connection, Order.order_id, [row["order_id"] for row in rows])
    there = set(connection.scalars(select(Order.order_id).where(Order.store == store, some)))
    new = set[str]()
    for row in rows:
        if row["order_id"] not in there:
            values = {**_columns(row, now), "status_at": now}
            order = insert_into(connection, Order).values(store=store, order_id=row["order_id"], **values)
            if connection.execute(order.on_conflict_do_nothing()).rowcount:
                new.add(row["order_id"])
    return new


def _columns(row: Row, now: datetime) -> dict[str, Any]:
    columns = {name: value for name, value in row.items() if name not in ("order_id", "reading")}
    if (reading := row.get("reading")) is not None:
        columns["called"] = called(reading)
    return {**columns, "updated_at": now}


def _is_as_seen(before: Any, order_id: str, seen: Mapping[str, Known] | None) -> bool:
    if seen is None:
        return True
    known = seen.get(order_id)
    return known is not None and (known.status, known.code) == (before.status, before.code)


def _may_be_read_so(before: Any, values: Mapping[str, Any]) -> bool:
    status, code = values["status"], values.get("code", before.code)
    if (status, code) == (before.status, before.code):
        return True
    moves = [move for move in (Move.READ, Move.READ_RECORDED) if may(move, before.status, before.code)]
    return any(status in move.becomes for move in moves)
