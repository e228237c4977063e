"""The orders, what was decided about them, and which run saw them; what moves them is in `order_status`."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Literal

import msgspec
from sqlalchemy import ColumnElement, Engine, Text, cast, func, literal, select, true

from order_sync.database.database import chunks, is_one_of, read_columns, reading
from order_sync.database.tables import ChosenOrder, Order, OrderEvent, OrderReading, RunOrder
from order_sync.sync.orders.codes import Code
from order_sync.sync.orders.decision import Decision
from order_sync.sync.orders.row import OrderRow
from order_sync.sync.orders.status import RECORDED, UNFINISHED, Status

Whose = Literal["contact_id", "customer_id"]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an order before it is read again."""

    status: Status
    code: str | None
    content_hash: str | None
    posted_hash: str | None
    message: str | None = None
    advice: str | None = None
    created_at: datetime | None = None
    """When it was made; of one that could never be read, when its run's interval began."""
    anyway: bool = False
    """Whether a person has it recorded though it was left out."""


def known_orders(engine: Engine, store: str, order_ids: Sequence[str]) -> dict[str, Known]:
    """The orders that the database has already, by id."""
    found: dict[str, Known] = {}
    with reading(engine) as connection:
        for some in chunks(order_ids):
            rows = connection.execute(
                select(
                    Order.order_id,
                    Order.status,
                    Order.code,
                    Order.content_hash,
                    Order.posted_hash,
                    Order.message,
                    Order.advice,
                    Order.created_at,
                    _is_chosen(),
                ).where(Order.store == store, Order.order_id.in_(some))
            )
            found.update((row.order_id, Known(Status(row.status), *row[2:])) for row in rows)
    return found


def unfinished_orders(engine: Engine, store: str, *, created_from: datetime, created_before: datetime) -> list[str]:
    """The ids of orders that no document or person has ended, made inside a window (half-open).

    One that has a document, and something about it that was held, failed, or not looked at yet, is never too old, nor is one that a
    person has recorded though it was left out, or that a run left out of its plan.
    """
    young = Order.created_at >= created_from
    of_plan = Order.code == Code.PLAN_DIFFERS
    with reading(engine) as connection:
        return list(
            connection.scalars(
                select(Order.order_id).where(
                    Order.store == store,
                    Order.status.in_(UNFINISHED) | Order.is_open,
                    young | Order.document_id.is_not(None) | of_plan | _is_chosen(),
                    Order.created_at < created_before,
                )
            )
        )


def _is_chosen() -> ColumnElement[bool]:
    mine = (ChosenOrder.store == Order.store) & (ChosenOrder.order_id == Order.order_id)
    return select(literal(1)).where(mine).exists()


def orders_of_run(
    engine: Engine, store: str, run_key: str, statuses: Sequence[Status] = (), *, left_out: bool = True
) -> list[OrderRow]:
    """The orders that a run saw, by age; only those in `statuses`, if given, and without those that it leaves out, if asked."""
    statement = (
        _whole_orders()
        .join(RunOrder, (RunOrder.order_id == Order.order_id) & (RunOrder.run_key == run_key))
        .where(Order.store == store)
        .order_by(Order.created_at, Order.order_id)
    )
    if statuses:
        statement = statement.where(Order.status.in_(statuses))
    if not left_out:
        statement = statement.where(RunOrder.differs.is_(None))
    with reading(engine) as connection:
        return [_order(row) for row in connection.execute(statement)]


def orders_in(engine: Engine, store: str, status: Status) -> list[OrderRow]:
    """All of the store's orders in a status, whichever run saw them, by age."""
    statement = _whole_orders().where(Order.store == store, Order.status == status)
    with reading(engine) as connection:
        return [_order(row) for row in connection.execute(statement.order_by(Order.created_at, Order.order_id))]


def newest_readings(engine: Engine, store: str, contact_id: str) -> Iterator[tuple[str, str]]:
    """What was read of a contact's last orders (their ids, and snapshots as text), newest first."""
    statement = (
        select(Order.order_id, OrderReading.snapshot)
        .join(OrderReading, (OrderReading.store == Order.store) & (OrderReading.order_id == Order.order_id))
        .where(Order.store == store, Order.contact_id == contact_id)
        .order_by(Order.ordered_at.desc(), Order.order_id.desc())
        .limit(_MOST_READINGS)
    )
    with reading(engine) as connection:
        rows = connection.execute(statement).all()
    yield from ((row.order_id, row.snapshot) for row in rows)


_MOST_READINGS = 20


def newest_posted(engine: Engine, stores: Collection[str], ids: Sequence[str], of: Whose) -> dict[str, datetime]:
    """When the newest order that these stores recorded of each of these contacts or customers was ordered; those without one are left
    out."""
    found: dict[str, datetime] = {}
    whose = Order.__table__.c[of]
    is_there = Order.document_id.is_not(None) if of == "customer_id" else true()  # as the index has it
    with reading(engine) as connection:
        for some in chunks(ids):
            rows = connection.execute(
                select(whose.label("id"), func.max(Order.ordered_at).label("ordered_at"))
                .where(Order.store.in_(stores), whose.in_(some), Order.status.in_(RECORDED), is_there)
                .group_by(whose)
            )
            found.update({row.id: row.ordered_at for row in rows})
    return found


def parties_of_run(
    engine: Engine,
    store: str,
    run_key: str,
    statuses: Sequence[Status],
    columns: Sequence[str],
    *,
    portion: int,
    without_customer: bool,
) -> Iterator[tuple[list[str], list[Decision | None], dict[str, list[str]]]]:
    """Who the orders of a run in these statuses are for, in portions, by id; only those that have no customer yet where that is asked.

    Gives their ids, the decisions that were made before, the named columns of `order_readings`, and the orders' `currency`. While one
    portion is in hand, the orders of those before it may be changed.
    """
    orders, seen, read, event = (
        Order.__table__.c,
        RunOrder.__table__.c,
        OrderReading.__table__.c,
        OrderEvent.__table__.c,
    )
    of_store = (seen.run_key == run_key, orders.store == store, orders.status.in_(statuses))
    where = (*of_store, orders.customer_id.is_(None)) if without_customer else of_store
    last = ""
    while True:
        statement = (
            select(
                seen.order_id,
                cast(event.decision, Text),
                func.coalesce(orders.currency, ""),
                *(read[name] for name in columns),
            )
            .join_from(RunOrder.__table__, Order.__table__, orders.order_id == seen.order_id)
            .join(OrderReading.__table__, (read.store == orders.store) & (read.order_id == orders.order_id))
            .outerjoin(OrderEvent.__table__, event.id == orders.decision_id)
            .where(*where, seen.order_id > last)
            .order_by(seen.order_id)
            .limit(portion)
        )
        with reading(engine) as connection:
            order_ids, known, currencies, *texts = read_columns(connection, statement)
        if order_ids:
            before = [msgspec.json.decode(one, type=Decision) if one else None for one in known]
            yield order_ids, before, {**dict(zip(columns, texts, strict=True)), "currency": currencies}
        if len(order_ids) < portion:
            return
        last = order_ids[-1]


def parties_by_id(engine: Engine, store: str, order_ids: Sequence[str]) -> dict[str, dict[str, str]]:
    """Who these orders are for, by order id: all of `sync.orders.snapshot.party`."""
    of = OrderReading.__table__.c
    columns = [column for column in of if column.name not in ("store", "snapshot")]
    with reading(engine) as connection:
        statement = select(*columns).where(of.store == store, is_one_of(connection, of.order_id, order_ids))
        return {row.pop("order_id"): row for row in map(dict, connection.execute(statement).mappings())}


def orders_by_id(engine: Engine, store: str, order_ids: Sequence[str]) -> list[OrderRow]:
    """These orders, whichever run saw them."""
    found: list[OrderRow] = []
    with reading(engine) as connection:
        for some in chunks(order_ids):
            named = Order.order_id.in_(some)
            found.extend(map(_order, connection.execute(_whole_orders().where(Order.store == store, named))))
    return found


_OF_ORDERS = [column for column in Order.__table__.c if column.name in {field.name for field in fields(OrderRow)}]


def _whole_orders() -> Any:
    of_order = (OrderReading.store == Order.store) & (OrderReading.order_id == Order.order_id)
    return (
        select(*_OF_ORDERS, OrderReading.snapshot, OrderEvent.decision)
        .outerjoin(OrderReading, of_order)
        .outerjoin(OrderEvent, OrderEvent.id == Order.decision_id)
    )


def _order(row: Any) -> OrderRow:
    known = {**row._mapping, "status": Status(row.status)}
    if row.decision is not None:
        known["decision"] = msgspec.convert(row.decision, Decision)
    return OrderRow(**known)
