"""How orders move from status to status, each way by its name: but for what is read of them (`orders_read`), the only writers of
`orders.status` and what belongs to it.

Each takes the rows first, locked in the order of their ids, asks `sync.orders.status` which of them may be moved so, moves those, and
gives back their ids. One that may not stays as it is; what happened is told in its history all the same.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, delete, exists, func, literal, or_, select, update

from order_sync.database.database import clock, insert_into, insert_many, is_one_of, read_columns, transaction
from order_sync.database.history import LEFT_OUT, Event, add_events
from order_sync.database.leases import of_company
from order_sync.database.tables import ChosenOrder, Lease, Order, OrderEvent, RunOrder, Write, WriteOrder
from order_sync.settings import PostAs
from order_sync.sync.orders.codes import Code
from order_sync.sync.orders.decision import Decided, OrderChoice
from order_sync.sync.orders.kinds import Kind
from order_sync.sync.orders.status import Move, Status, may, recorded_as
from order_sync.sync.orders.trouble import Trouble
from order_sync.sync.orders.write import UNCERTAIN, WriteStatus


@dataclass(frozen=True, slots=True)
class Posted:
    """An order whose document is in QuickBooks; `flag` is what a person should know of it."""

    order_id: str
    entity: str
    document_id: str
    number: str | None
    posted_as: PostAs | None
    posted_hash: str | None
    flag: Trouble | None = None
    warned: bool = False


@transaction
def save_decisions(connection: Connection, store: str, run_key: str, decisions: Sequence[Decided]) -> set[str]:
    """Adds the decisions that are news to the orders' history, and gives every order what its decision says, in one transaction.

    The order becomes `held`, else `matched`. ValueError where one would be held without a code and advice.
    """
    if silent := [
        one.order_id for one in decisions if one.event is Status.HELD and not (one.decision.code and one.advice)
    ]:
        raise ValueError(f"orders would be held without a code or advice: {', '.join(silent[:5])}")
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
    event, orders = OrderEvent.__table__.c, Order.__table__.c
    # One statement for all, with the guard in it: a run of a hundred thousand orders comes by here.
    some = is_one_of(connection, orders.order_id, [one.order_id for one in decisions])
    may_be_matched = (orders.store == store, *_may(Move.MATCH))
    locked = select(orders.order_id).where(*may_be_matched, some).order_by(orders.order_id).with_for_update()
    [moved] = read_columns(connection, locked)
    if news:
        before = connection.scalar(select(func.max(event.id))) or 0
        insert_many(connection, OrderEvent, told, len(news))
        connection.execute(_as_decided(now).where(*may_be_matched, event.id > before, event.run_key == run_key))
    if again:
        some = is_one_of(connection, orders.order_id, again)
        connection.execute(_as_decided(now).where(*may_be_matched, event.id == orders.decision_id, some))
    return set(moved)


@transaction
def assign_customer(
    connection: Connection,
    store: str,
    run_key: str,
    order_ids: Sequence[str],
    customer_id: str,
    events: Sequence[Event],
) -> set[str]:
    """Gives matched orders the customer that was made, or made active, for them."""
    return _move(connection, store, run_key, Move.ASSIGN, order_ids, {"customer_id": customer_id}, events)


@transaction
def hold_orders(
    connection: Connection, store: str, run_key: str, order_ids: Sequence[str], why: Trouble, *, is_news: bool = True
) -> set[str]:
    """Orders wait for a person; it stands in their history only where it is news."""
    return _stop(connection, store, run_key, Move.HOLD, order_ids, why, is_news=is_news)


@transaction
def leave_orders(
    connection: Connection,
    store: str,
    run_key: str,
    differing: Mapping[str, tuple[Trouble, Sequence[Any]]],
    known: Collection[str],
) -> set[str]:
    """A run leaves these orders out: why, and `[path, as planned, as it is now]` of each. Those that are on their way wait; of those that
    have their document, what is due stays open. The history tells it of all but the `known`, of whom it says so already."""
    rows = [{"run_key": run_key, "order_id": id, "differs": list(found)} for id, (_why, found) in differing.items()]
    left = insert_into(connection, RunOrder)
    left = left.on_conflict_do_update(index_elements=["run_key", "order_id"], set_={"differs": left.excluded.differs})
    connection.execute(left, sorted(rows, key=lambda row: str(row["order_id"])))
    moved = _movable(connection, store, Move.LEAVE, differing)
    for order_id in sorted(moved):
        why, _found = differing[order_id]
        _set(connection, store, [order_id], _said(Status.WAITING, why.code, why.message, why.advice))
    told = [
        Event(order_id, LEFT_OUT, why.message, "warning", why.code, why.advice)
        for order_id, (why, _found) in differing.items()
        if order_id not in known
    ]
    add_events(connection, store, run_key, told, datetime.now(UTC))
    return moved


@transaction
def fail_orders(
    connection: Connection,
    store: str,
    run_key: str,
    order_ids: Sequence[str],
    why: Trouble,
    *,
    is_news: bool = True,
    document: tuple[str, str] | None = None,
) -> set[str]:
    """Orders were refused, or something of them; `document`, entity and id, is there all the same."""
    there = dict(zip(("document_entity", "document_id"), document, strict=True)) if document else {}
    return _stop(connection, store, run_key, Move.FAIL, order_ids, why, is_news=is_news, **there)


@transaction
def unsettle_orders(
    connection: Connection, store: str, run_key: str, order_ids: Sequence[str], why: Trouble, *, is_news: bool = True
) -> set[str]:
    """Something of these orders was sent, and nobody knows what became of it."""
    return _stop(connection, store, run_key, Move.UNSETTLE, order_ids, why, is_news=is_news)


@transaction
def mark_posted(
    connection: Connection, store: str, run_key: str, posted: Sequence[Posted], events: Sequence[Event]
) -> set[str]:
    """Orders have their document; whether anything else is due of them is open."""
    wanted = {one.order_id: one for one in posted}
    moved = _movable(connection, store, Move.POST, wanted)
    for order_id in sorted(moved):
        _set(connection, store, [order_id], _as_posted(wanted[order_id]))
    add_events(connection, store, run_key, events, datetime.now(UTC))
    return moved


@transaction
def mark_warned(connection: Connection, store: str, run_key: str, order_ids: Sequence[str]) -> set[str]:
    """Orders that are posted have something in their history that is worth a look; what was said of them stays."""
    return _move(connection, store, run_key, Move.WARN, order_ids, {"status": Status.POSTED_WITH_WARNINGS})


@transaction
def flag_order(
    connection: Connection, store: str, run_key: str, order_id: str, why: Trouble, *, is_news: bool
) -> set[str]:
    """A recorded order, not in trouble any more, has something that a person should know of; in its history only where it is news."""
    told = (
        [Event(order_id, Status.POSTED_WITH_WARNINGS, why.message, "warning", why.code, why.advice)] if is_news else []
    )
    return _move(connection, store, run_key, Move.FLAG, [order_id], _recorded(why, warned=True), told)


@transaction
def follow_order(
    connection: Connection,
    store: str,
    run_key: str,
    order_id: str,
    posted_hash: str | None,
    *,
    warned: bool,
    events: Sequence[Event],
) -> set[str]:
    """An order's document is as the order was read; of a recorded order that is said to be changed, it is said no more."""
    known = lock_orders(connection, store, [order_id])
    moved = {
        order_id
        for row in known.values()
        if may(Move.FOLLOW, row.status, row.code) and (warned or row.code == Code.CHANGED)
    }
    _set(connection, store, known, {"posted_hash": posted_hash})
    _set(connection, store, moved, _recorded(None, warned=warned))
    add_events(connection, store, run_key, events, datetime.now(UTC))
    return moved


@transaction
def mend_order(
    connection: Connection, store: str, run_key: str, order_id: str, flag: Trouble | None, *, warned: bool
) -> set[str]:
    """An order that has its document, and whose trouble is over, is posted again; `flag` is what a person should know of it."""
    return _move(connection, store, run_key, Move.MEND, [order_id], _recorded(flag, warned=warned))


@transaction
def unpost_orders(connection: Connection, store: str, run_key: str, order_ids: Sequence[str], why: Trouble) -> set[str]:
    """Orders have no document any more, and wait for a person."""
    gone = dict.fromkeys(("document_entity", "document_id", "document_number", "posted_hash"))
    return _stop(connection, store, run_key, Move.HOLD, order_ids, why, is_news=False, is_open=False, **gone)


@transaction
def await_money(
    connection: Connection, store: str, run_key: str, order_id: str, why: Trouble, news: Trouble
) -> set[str]:
    """An order has no document any more, because its money is gone, and waits for it; `news` is what its history tells."""
    gone = dict.fromkeys(("document_entity", "document_id", "document_number", "posted_hash", "posted_as"))
    values = {"status": Status.WAITING, "code": why.code, "message": why.message, "advice": why.advice}
    told = [Event(order_id, "reversal", news.message, "warning", news.code, news.advice)]
    return _move(connection, store, run_key, Move.AWAIT, [order_id], {**values, **gone, "is_open": False}, told)


@transaction
def close_orders(connection: Connection, store: str, order_ids: Collection[str]) -> None:
    """Somebody has looked for what is due of these orders, and all of it is done."""
    ids = lock_orders(connection, store, order_ids)
    _set(connection, store, ids, {"is_open": False})


@transaction
def skip_order(
    connection: Connection, store: str, order_id: str, why: str, who: str | None = None, seen: str | None = None
) -> Status:
    """Ends an order by a person's decision, and gives its status then; `who` is what Airflow calls the person, `seen` the id of the
    document that they saw on it (empty where they saw none; None where they looked at no page).

    No run records it from then on, whatever was said of it before; only a person can let it (`overrule_order`).
    LookupError where it is unknown, finished, has another document than was seen, or its outcome is not known yet. One that has a
    document already becomes `posted with warnings`: what is missing of it is left to that person.
    """
    found = _settled_order(connection, store, order_id)
    # Whoever ended it may give another reason.
    if found.status not in Move.SKIP.leaves:
        raise LookupError(f"Order {order_id} is {found.status}: only an order that is not finished can be skipped.")
    if seen is not None and found.document_id and found.document_id != seen:
        raise LookupError(
            f"Order {order_id} was recorded meanwhile: look at it again. What was entered by hand beside it is in the books twice."
        )
    status = Status.POSTED_WITH_WARNINGS if found.document_id else Status.SKIPPED
    ended = {"status": status, "code": Code.BY_PERSON, "message": why, "advice": None, "is_open": False}
    _set(connection, store, [order_id], ended)
    connection.execute(delete(ChosenOrder).where(ChosenOrder.store == store, ChosenOrder.order_id == order_id))
    event = Event(order_id, Status.SKIPPED, why, "info", Code.BY_PERSON, who=who)
    add_events(connection, store, None, [event], datetime.now(UTC))
    return status


def overrule_order(connection: Connection, store: str, order_id: str, seen: OrderChoice, why: Trouble) -> None:
    """Lets an order that was left out wait for the next run, inside the caller's transaction; `why` is what stands on it then.

    LookupError where it is not any more as it was `seen`, or its document is, was or may be in QuickBooks.
    """
    found = _settled_order(connection, store, order_id)
    if found.status not in Move.OVERRULE.leaves or (found.status, found.code) != (seen.status, seen.code):
        raise LookupError(f"Order {order_id} is {found.status} by now: look at it again.")
    if found.document_id or _is_any(connection, store, order_id, *_DOCUMENT):
        words = f"Order {order_id} is, or was, in QuickBooks: nothing is recorded twice."
        by_hand = " If it was taken out there and belongs into the books, enter it there by hand, and leave it skipped."
        raise LookupError(words + by_hand * (found.code == Code.BY_PERSON))
    _set(connection, store, [order_id], _said(Status.WAITING, why.code, why.message, why.advice))


def restore_order(connection: Connection, store: str, order_id: str, before: OrderChoice) -> None:
    """Lets an order stand as it did before it was overruled, inside the caller's transaction.

    LookupError where it is recorded by now, may be, or was: left out, its money would stand in no books once it comes back. What was found
    since of one that a run left out again stays, unless a person had skipped it.
    """
    found = _settled_order(connection, store, order_id)
    if found.status not in Move.RESTORE.leaves or found.document_id:
        raise LookupError(f"Order {order_id} is {found.status}: what is recorded stays as it is.")
    if _is_any(connection, store, order_id, *_DOCUMENT):
        raise LookupError(
            f"Order {order_id} was in QuickBooks, and waits to be recorded anew. If it is not to be, skip it, with the reason."
        )
    if found.status != Status.SKIPPED or before.code == Code.BY_PERSON:
        _set(connection, store, [order_id], _said(before.status, before.code, before.message, before.advice))


_DOCUMENT = (
    Write.kind == Kind.DOCUMENT,
    or_(Write.status.in_((WriteStatus.POSTED, *UNCERTAIN)), Write.quickbooks_id.is_not(None)),
)
"""A document that is, was or may be in QuickBooks."""


def _settled_order(connection: Connection, store: str, order_id: str) -> Any:
    """How an order stands, locked; LookupError where it is unknown, a run is about to send something of it, or the answer to that is
    still awaited."""
    found = lock_orders(connection, store, [order_id]).get(order_id)
    if found is None:
        raise LookupError(f"Order {order_id} of store {store} could not be found.")
    if _is_any(connection, store, order_id, Write.status.in_(UNCERTAIN)):
        raise LookupError(f"Order {order_id} was sent and the answer was lost: the next run looks for it first.")
    if _is_any(connection, store, order_id, *_about_to_be_sent(connection)):
        raise LookupError(
            f"Order {order_id} is being recorded by a run right now. Wait until that run has ended, and look at it again."
        )
    if found.status == Status.UNSETTLED:
        raise LookupError(
            f"Order {order_id} is unsettled: what became of its customer is not known yet; the next run looks for it first."
        )
    return found


def _about_to_be_sent(connection: Connection) -> tuple[ColumnElement[bool], ...]:
    """A write that is planned by whoever may write to its company now: a process that died holds its lease for a minute at most."""
    name, is_held = of_company("") + Write.realm_id, Lease.expires_at > clock(connection)
    by_its_holder = exists().where(Lease.name == name, Lease.token == Write.owner_token, is_held)
    return Write.status == WriteStatus.PLANNED, by_its_holder


def _is_any(connection: Connection, store: str, order_id: str, *such: ColumnElement[bool]) -> bool:
    """Whether anything such was written for an order."""
    of_order = (Write.store == store, WriteOrder.order_id == order_id)
    written = select(Write.id).join(WriteOrder, WriteOrder.write_id == Write.id).where(*of_order, *such)
    return connection.scalar(written.limit(1)) is not None


def _said(status: Status, code: str, message: str, advice: str | None) -> dict[str, Any]:
    return {"status": status, "code": code, "message": message, "advice": advice}


def _stop(
    connection: Connection,
    store: str,
    run_key: str,
    move: Move,
    order_ids: Sequence[str],
    why: Trouble,
    *,
    is_news: bool,
    **more: Any,
) -> set[str]:
    [status] = move.becomes
    level = "warning" if status is Status.HELD else "error"
    told = [
        Event(order_id, status, why.message, level, why.code, why.advice, why.trace_id)
        for order_id in order_ids
        if is_news
    ]
    values = {"status": status, "code": why.code, "message": why.message, "advice": why.advice, **more}
    return _move(connection, store, run_key, move, order_ids, values, told)


def _move(
    connection: Connection,
    store: str,
    run_key: str,
    move: Move,
    order_ids: Sequence[str],
    values: Mapping[str, Any],
    events: Sequence[Event] = (),
) -> set[str]:
    moved = _movable(connection, store, move, order_ids)
    _set(connection, store, moved, values)
    add_events(connection, store, run_key, events, datetime.now(UTC))
    return moved


def _movable(connection: Connection, store: str, move: Move, order_ids: Collection[str]) -> set[str]:
    known = lock_orders(connection, store, order_ids)
    return {order_id for order_id, row in known.items() if may(move, row.status, row.code)}


def lock_orders(connection: Connection, store: str, order_ids: Collection[str]) -> dict[str, Any]:
    """How these orders stand, by id; nobody else moves them before the transaction ends.

    All take them in this one order, so that two that want the same orders wait for each other instead of locking each other out.
    """
    some = is_one_of(connection, Order.order_id, list(order_ids))
    statement = (
        select(Order.order_id, Order.status, Order.code, Order.document_id)
        .where(Order.store == store, some)
        .order_by(Order.order_id)
        .with_for_update()
    )
    return {row.order_id: row for row in connection.execute(statement)}


def _set(connection: Connection, store: str, order_ids: Collection[str], values: Mapping[str, Any]) -> None:
    if order_ids:
        some = is_one_of(connection, Order.order_id, sorted(order_ids))
        connection.execute(update(Order).where(Order.store == store, some).values(**_noted(values, datetime.now(UTC))))


def _noted(values: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """What is changed of orders, with when; a status that they have already is no change of it."""
    noted = {"updated_at": now, **values}
    if (status := values.get("status")) is not None:
        orders = Order.__table__.c
        moment = literal(now, orders.status_at.type)
        noted["status_at"] = case((orders.status == status, orders.status_at), else_=moment)
    return noted


def _may(move: Move) -> tuple[Any, ...]:
    """`sync.orders.status.may`, as the database says it."""
    orders = Order.__table__.c
    return orders.status.in_(move.leaves), or_(orders.code.is_(None), orders.code != Code.BY_PERSON)


def _as_decided(now: datetime) -> Any:
    """The orders of these events as the decisions in them say; one statement for all, whichever events are asked for."""
    orders, event = Order.__table__.c, OrderEvent.__table__.c
    held = event.event == Status.HELD
    return (
        update(Order.__table__)  # type: ignore[arg-type]
        .where(orders.order_id == event.order_id)
        .values(
            _noted(
                {
                    "decision_id": event.id,
                    "status": event.event,
                    "customer_id": event.decision["customer_id"].as_string(),
                    "code": case((held, event.code)),
                    "message": case((held, event.message)),
                    "advice": case((held, event.advice)),
                },
                now,
            )
        )
    )


def _recorded(flag: Trouble | None, *, warned: bool) -> dict[str, Any]:
    return {
        "status": recorded_as(warned=warned or flag is not None),
        "code": flag.code if flag else None,
        "message": flag.message if flag else None,
        "advice": flag.advice if flag else None,
    }


def _as_posted(one: Posted) -> dict[str, Any]:
    return {
        **_recorded(one.flag, warned=one.warned),
        "document_entity": one.entity,
        "document_id": one.document_id,
        "document_number": one.number,
        "posted_as": one.posted_as,
        "posted_hash": one.posted_hash,
        "is_open": True,
    }
