"""The orders, what was decided about them, and which run saw them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Engine, Text, bindparam, case, cast, func, select, update

from order_sync.database.database import insert_into, insert_many, is_one_of, read_columns, reading
from order_sync.database.history import Event, add_events
from order_sync.database.tables import Order, OrderEvent, OrderReading, RunOrder, Write, WriteOrder
from order_sync.sync.orders.decision import Decided, Decision

UNFINISHED = ("extracted", "matched", "planned", "waiting", "held", "failed", "unsettled")
"""`extracted` and `matched` are on their way; `planned` would be, but for a run that only plans; `waiting` for its payment; `held` for a
person; `failed` was refused by QuickBooks; `unsettled` was sent, and nobody knows yet whether it was recorded."""

UNFINISHED_DAYS = timedelta(days=90)
"""Orders that wait, are held or failed join every run up to the end of whose interval they were made, for this long."""

BY_PERSON = "BY_PERSON"
"""The code of an order that a person skipped: it stays so, whatever is read of it."""

_CHUNK = 500  # SQLite's older limit is 999 bound values a statement


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an order before it is read again."""

    status: str
    code: str | None
    content_hash: str | None
    posted_hash: str | None
    message: str | None = None
    advice: str | None = None


def known_orders(engine: Engine, store: str, order_ids: Sequence[str]) -> dict[str, Known]:
    """The orders that the store has already, by id."""
    found: dict[str, Known] = {}
    with reading(engine) as connection:
        for start in range(0, len(order_ids), _CHUNK):
            rows = connection.execute(
                select(
                    Order.order_id,
                    Order.status,
                    Order.code,
                    Order.content_hash,
                    Order.posted_hash,
                    Order.message,
                    Order.advice,
                ).where(Order.store == store, Order.order_id.in_(order_ids[start : start + _CHUNK]))
            )
            found.update((row.order_id, Known(*row[1:])) for row in rows)
    return found


def unfinished_orders(engine: Engine, store: str, *, created_from: datetime, created_before: datetime) -> list[str]:
    """The ids of orders that no document or person has ended, made inside a window (half-open).

    One that has a document, and something about it that was held, failed, or not looked at yet, is never too old.
    """
    with reading(engine) as connection:
        return list(
            connection.scalars(
                select(Order.order_id).where(
                    Order.store == store,
                    Order.status.in_(UNFINISHED) | Order.is_open,
                    (Order.created_at >= created_from) | Order.document_id.is_not(None),
                    Order.created_at < created_before,
                )
            )
        )


def save_orders(
    engine: Engine, store: str, run_key: str, rows: Sequence[dict[str, Any]], events: Iterable[Event]
) -> None:
    """Inserts or updates orders as they were read, notes that the run saw them, and adds to their history, in one transaction.

    A row's `reading`, where it has one, is the row of `order_readings`.
    """
    now = datetime.now(UTC)
    with engine.begin() as connection:
        for row in rows:
            changes = {**row, "updated_at": now}
            order_id, reading_of = changes.pop("order_id"), changes.pop("reading", None)
            for table, values in ((Order, changes), (OrderReading, reading_of)):
                if values is not None:
                    connection.execute(
                        insert_into(connection, table)
                        .values(store=store, order_id=order_id, **values)
                        .on_conflict_do_update(index_elements=["store", "order_id"], set_=values)
                    )
        if rows:
            connection.execute(
                insert_into(connection, RunOrder).on_conflict_do_nothing(),
                [{"run_key": run_key, "order_id": row["order_id"]} for row in rows],
            )
        add_events(connection, store, run_key, events, now)


def orders_of_run(engine: Engine, store: str, run_key: str, statuses: Sequence[str] = ()) -> list[Any]:
    """The orders that a run saw (rows of `orders`, with their `snapshot` and `decision`), by age; only those in `statuses`, if given."""
    statement = (
        _whole_orders()
        .join(RunOrder, (RunOrder.order_id == Order.order_id) & (RunOrder.run_key == run_key))
        .where(Order.store == store)
        .order_by(Order.created_at, Order.order_id)
    )
    if statuses:
        statement = statement.where(Order.status.in_(statuses))
    with reading(engine) as connection:
        return list(connection.execute(statement))


def newest_posted(engine: Engine, store: str, contact_ids: Sequence[str]) -> dict[str, datetime]:
    """When the newest recorded order of each contact was ordered; contacts without one are left out."""
    found: dict[str, datetime] = {}
    with reading(engine) as connection:
        for start in range(0, len(contact_ids), _CHUNK):
            rows = connection.execute(
                select(Order.contact_id, func.max(Order.ordered_at).label("ordered_at"))
                .where(
                    Order.store == store,
                    Order.contact_id.in_(contact_ids[start : start + _CHUNK]),
                    Order.status.in_(("posted", "posted with warnings")),
                )
                .group_by(Order.contact_id)
            )
            found.update({row.contact_id: row.ordered_at for row in rows})
    return found


def parties_of_run(
    engine: Engine,
    store: str,
    run_key: str,
    statuses: Sequence[str],
    columns: Sequence[str],
    *,
    portion: int,
    without_customer: bool,
) -> Iterator[tuple[list[str], list[Decision | None], dict[str, list[str]]]]:
    """Who the orders of a run in these statuses are for, in portions, by id; only those that have no customer yet where that is asked.

    Gives their ids, the decisions that were made before, and the named columns of `order_readings`. While one portion is in hand, the
    orders of those before it may be changed.
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
            select(seen.order_id, cast(event.decision, Text), *(read[name] for name in columns))
            .join_from(RunOrder.__table__, Order.__table__, orders.order_id == seen.order_id)
            .join(OrderReading.__table__, (read.store == orders.store) & (read.order_id == orders.order_id))
            .outerjoin(OrderEvent.__table__, event.id == orders.decision_id)
            .where(*where, seen.order_id > last)
            .order_by(seen.order_id)
            .limit(portion)
        )
        with reading(engine) as connection:
            order_ids, known, *texts = read_columns(connection, statement)
        if order_ids:
            before = [msgspec.json.decode(one, type=Decision) if one else None for one in known]
            yield order_ids, before, dict(zip(columns, texts, strict=True))
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


def orders_by_id(engine: Engine, store: str, order_ids: Sequence[str]) -> list[Any]:
    """These orders (rows of `orders`, with their `snapshot` and `decision`), whichever run saw them."""
    found: list[Any] = []
    with reading(engine) as connection:
        for start in range(0, len(order_ids), _CHUNK):
            some = Order.order_id.in_(order_ids[start : start + _CHUNK])
            found.extend(connection.execute(_whole_orders().where(Order.store == store, some)))
    return found


def change_orders(
    engine: Engine, store: str, run_key: str, changes: Sequence[dict[str, Any]], events: Iterable[Event] = ()
) -> None:
    """Sets columns of orders (each change names its `order_id`; all name the same columns) and adds to their history."""
    now = datetime.now(UTC)
    with engine.begin() as connection:
        if changes:
            columns = [name for name in changes[0] if name != "order_id"]
            connection.execute(
                _change(store, now, columns),
                [
                    {"for_order": change["order_id"], **{f"new_{name}": change[name] for name in columns}}
                    for change in changes
                ],
            )
        add_events(connection, store, run_key, events, now)


def mark_planned(engine: Engine, store: str, order_ids: Sequence[str]) -> None:
    """Makes these orders `planned`, where no other run has taken them further meanwhile."""
    with engine.begin() as connection:
        some = is_one_of(connection, Order.__table__.c.order_id, order_ids)
        connection.execute(
            update(Order.__table__)  # type: ignore[arg-type]
            .where(Order.store == store, some, Order.status.in_(("matched", "planned")))
            .values(status="planned", code=None, updated_at=datetime.now(UTC))
        )


def save_decisions(engine: Engine, store: str, run_key: str, decisions: Sequence[Decided]) -> None:
    """Adds the decisions that are news to the orders' history, and gives every order what its decision says, in one transaction.

    The order becomes `held`, else `matched`.
    """
    now, news = datetime.now(UTC), [one for one in decisions if one.is_news]
    again = [one.order_id for one in decisions if not one.is_news]
    told: dict[str, Any] = {
        "store": store,
        "order_id": [one.order_id for one in news],
        "at": now,
        "run_key": run_key,
        "event": [one.event for one in news],
        "level": ["warning" if one.decision.code else "info" for one in news],
        "code": [one.decision.code or None for one in news],
        "message": [one.words for one in news],
        "advice": [one.advice for one in news],
        "decision": [one.decision for one in news],
    }
    event = OrderEvent.__table__.c
    with engine.begin() as connection:
        if news:
            before = connection.scalar(select(func.max(event.id))) or 0
            insert_many(connection, OrderEvent, told, len(news))
            connection.execute(_as_decided(store, now).where(event.id > before, event.run_key == run_key))
        if again:
            orders = Order.__table__.c
            some = is_one_of(connection, orders.order_id, again)
            connection.execute(_as_decided(store, now).where(event.id == orders.decision_id, some))


def _as_decided(store: str, now: datetime) -> Any:
    """The orders of these events as the decisions in them say; one statement for all, whichever events are asked for."""
    orders, event = Order.__table__.c, OrderEvent.__table__.c
    held = event.event == "held"
    return (
        update(Order.__table__)  # type: ignore[arg-type]
        .where(orders.store == store, orders.order_id == event.order_id)
        .values(
            decision_id=event.id,
            status=event.event,
            customer_id=event.decision["customer_id"].as_string(),
            code=case((held, event.code)),
            message=case((held, event.message)),
            advice=case((held, event.advice)),
            updated_at=now,
        )
    )


def skip_order(engine: Engine, store: str, order_id: str, why: str) -> None:
    """Ends an order by a person's decision, for good; LookupError where it is unknown, finished, or its outcome is not known yet.

    One that has a document already becomes `posted with warnings`: what is missing of it is left to that person.
    """
    of_order = (Order.store == store, Order.order_id == order_id)
    with engine.begin() as connection:
        found = connection.execute(select(Order.status, Order.document_id).where(*of_order)).one_or_none()
        if found is None:
            raise LookupError(f"Store {store} has no order {order_id}.")
        is_sent = connection.scalar(
            select(Write.id)
            .join(WriteOrder, WriteOrder.write_id == Write.id)
            .where(Write.store == store, WriteOrder.order_id == order_id, Write.status.in_(("sending", "unknown")))
            .limit(1)
        )
        if is_sent is not None:
            raise LookupError(f"Order {order_id} was sent and the answer was lost: the next run looks for it first.")
        if found.status.startswith("posted") or found.status == "unsettled":
            raise LookupError(f"Order {order_id} is {found.status}: only an order that is not finished can be skipped.")
        status = "posted with warnings" if found.document_id else "skipped"
        connection.execute(
            update(Order)
            .where(*of_order)
            .values(
                status=status, code=BY_PERSON, message=why, advice=None, is_open=False, updated_at=datetime.now(UTC)
            )
        )
        event = Event(order_id, "skipped", why, "info", BY_PERSON)
        add_events(connection, store, None, [event], datetime.now(UTC))


def _change(store: str, now: datetime, columns: Iterable[str]) -> Any:
    return (
        update(Order.__table__)  # type: ignore[arg-type]
        .where(Order.store == store, Order.order_id == bindparam("for_order"))
        .values(updated_at=now, **{name: bindparam(f"new_{name}") for name in columns})
    )


def _whole_orders() -> Any:
    of_order = (OrderReading.store == Order.store) & (OrderReading.order_id == Order.order_id)
    return (
        select(Order.__table__, OrderReading.snapshot, OrderEvent.decision)
        .outerjoin(OrderReading, of_order)
        .outerjoin(OrderEvent, OrderEvent.id == Order.decision_id)
    )
