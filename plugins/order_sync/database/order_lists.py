"""Orders in lists, for people: by tab, newest first, a page at a time, as fast with a million orders as with ten.

A page is read by the index that it is sorted by (`orders_by_day`), status by status, and begins where the page before it ended: nothing is
counted off. Numbers beyond `MOST_COUNTED` are not counted out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Select,
    and_,
    func,
    literal,
    literal_column,
    select,
    tuple_,
    union_all,
)

from order_sync.database.database import is_one_of, reading
from order_sync.database.tables import Order, OrderReading, RunOrder
from order_sync.sync.orders.status import IN_TROUBLE, ON_ITS_WAY, RECORDED, Status

MOST_COUNTED = 100_000
MOST_FOUND = 1000


class Tab(Enum):
    """The orders of a list by what is to be done about them: name in links, and statuses."""

    NEEDS_A_PERSON = ("needs-a-person", (Status.HELD,))
    WAITING = ("waiting", ON_ITS_WAY)
    FAILED = ("failed", tuple(status for status in IN_TROUBLE if status is not Status.HELD))
    POSTED = ("posted", RECORDED)
    SKIPPED = ("skipped", (Status.SKIPPED,))
    ALL = ("all", tuple(Status))

    def __init__(self, key: str, statuses: tuple[Status, ...]) -> None:
        self.key = key
        self.statuses = statuses


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which orders of a tab are listed; what is empty does not narrow it. Days are given as moments, `until` is not included."""

    tab: Tab = Tab.ALL
    order_ids: tuple[str, ...] | None = None
    """These alone, as `find_orders` gives them."""
    status: Status | None = None
    code: str = ""
    since: datetime | None = None
    until: datetime | None = None
    run_key: str = ""
    at_least: int | None = None
    """In the currency's smallest unit, whichever it is."""
    at_most: int | None = None
    oldest_first: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ends: the next one begins behind it."""

    at: datetime
    order_id: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A line of the list."""

    order_id: str
    status: Status
    at: datetime | None
    """When it was ordered; of one that could never be read, when it was met."""
    first: str
    last: str
    company: str
    email: str
    currency: str | None
    total_minor: int | None
    code: str | None
    message: str | None
    advice: str | None
    document_entity: str | None
    document_id: str | None
    document_number: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the list; `following` is where the next one begins, None on the last one."""

    rows: list[Listed]
    following: Place | None


_ORDERS, _READ = Order.__table__.c, OrderReading.__table__.c
moment_of = func.coalesce(_ORDERS.ordered_at, _ORDERS.created_at, _ORDERS.updated_at, type_=_ORDERS.ordered_at.type)
"""As the index `orders_by_day` has it."""


_BLANK: ColumnElement[str] = literal_column("' '")
"""Not a bound value: the index `order_readings_by_name` has it so."""


def count_tabs(engine: Engine, store: str) -> dict[Tab, int]:
    """How many orders of a store each tab has, counted up to one more than `MOST_COUNTED`."""
    with reading(engine) as connection:
        of = {status: (_ORDERS.store == store, _ORDERS.status == status) for status in Status}
        by_status = {
            status: counted(connection, select(_ORDERS.order_id).where(*where)) for status, where in of.items()
        }
    return {tab: min(sum(by_status[status] for status in tab.statuses), MOST_COUNTED + 1) for tab in Tab}


def find_orders(engine: Engine, store: str, search: str) -> list[str]:
    """The ids of the orders that are called so: by their id, or whose document number, e-mail address, name, family name or company
    begins so.

    Each way gives at most `MOST_FOUND`, whichever come first: who finds so many has to say more.
    """
    search = " ".join(search.split())
    folded, full_name = search.lower(), func.lower(_READ.first.concat(_BLANK).concat(_READ.last))
    with reading(engine) as connection:
        of_id = _ORDERS.order_id == search
        of_number = _begins(connection, func.lower(_ORDERS.document_number), folded)
        of_party = [
            _begins(connection, column, folded)
            for column in (func.lower(_READ.email), full_name, func.lower(_READ.last), func.lower(_READ.company))
        ]
        ways = [
            *(select(_ORDERS.order_id).where(_ORDERS.store == store, way) for way in (of_id, of_number)),
            *(select(_READ.order_id).where(_READ.store == store, way) for way in of_party),
        ]
        some = union_all(*(select(way.limit(MOST_FOUND).subquery()) for way in ways))
        return sorted(set(connection.scalars(some)))


def count_orders(engine: Engine, store: str, wanted: Wanted) -> int:
    """How many orders are wanted, counted up to one more than `MOST_COUNTED`."""
    with reading(engine) as connection:
        ids = select(_ORDERS.order_id).where(*_where(connection, store, wanted), _ORDERS.status.in_(_statuses(wanted)))
        return counted(connection, ids)


def counted(connection: Connection, ids: Select[Any]) -> int:
    """How many rows a statement gives, counted up to one more than `MOST_COUNTED`."""
    return int(connection.scalar(select(func.count()).select_from(ids.limit(MOST_COUNTED + 1).subquery())) or 0)


def list_orders(engine: Engine, store: str, wanted: Wanted, size: int, after: Place | None = None) -> Page:
    """A page of the orders that are wanted."""
    with reading(engine) as connection:
        found = connection.execute(_keys(connection, store, wanted, size + 1, after)).all()
        rows = _lines(connection, store, [row.order_id for row in found[:size]])
    more = len(found) > size
    return Page(rows, Place(found[size - 1].at, found[size - 1].order_id) if more else None)


def sum_orders(rows: Sequence[Listed]) -> Mapping[str, int]:
    """What listed orders come to, by currency, in its smallest unit."""
    found = Counter[str]()
    for row in rows:
        if row.currency and row.total_minor is not None:
            found[row.currency] += row.total_minor
    return found


def codes_of(engine: Engine, store: str, tab: Tab) -> dict[str, int]:
    """How many orders of a tab have each code."""
    with reading(engine) as connection:
        rows = connection.execute(
            select(_ORDERS.code, func.count().label("number"))
            .where(_ORDERS.store == store, _ORDERS.code.is_not(None), _ORDERS.status.in_(tab.statuses))
            .group_by(_ORDERS.code)
            .order_by(_ORDERS.code)
        )
        return {row.code: row.number for row in rows}


def _keys(connection: Connection, store: str, wanted: Wanted, size: int, after: Place | None) -> Select[Any]:
    """The first orders by age, over all statuses: of each status its own first ones, which the index has in order."""
    parts = []
    where = _where(connection, store, wanted)
    if after:
        here = tuple_(moment_of, _ORDERS.order_id)
        at = literal(after.at, _ORDERS.ordered_at.type)
        there = tuple_(at, literal(after.order_id))
        # The first of both is what SQLite enters its index by: it does not see what is worked out within a pair.
        where += [moment_of >= at, here > there] if wanted.oldest_first else [moment_of <= at, here < there]
    for status in _statuses(wanted):
        part = select(moment_of.label("at"), _ORDERS.order_id).where(*where, _ORDERS.status == status)
        parts.append(select(part.order_by(*_order(moment_of, _ORDERS.order_id, wanted)).limit(size).subquery()))
    together = union_all(*parts).subquery()
    return select(together).order_by(*_order(together.c.at, together.c.order_id, wanted)).limit(size)


def _order(at: Any, order_id: Any, wanted: Wanted) -> tuple[Any, Any]:
    return (at, order_id) if wanted.oldest_first else (at.desc(), order_id.desc())


def _statuses(wanted: Wanted) -> Sequence[Status]:
    return (
        wanted.tab.statuses if wanted.status is None else [one for one in wanted.tab.statuses if one is wanted.status]
    )


def _where(connection: Connection, store: str, wanted: Wanted) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = [_ORDERS.store == store]
    if wanted.code:
        where.append(_ORDERS.code == wanted.code)
    if wanted.since:
        where.append(moment_of >= wanted.since)
    if wanted.until:
        where.append(moment_of < wanted.until)
    where += _of_amount(connection, store, wanted)
    if wanted.run_key:
        seen = select(RunOrder.order_id).where(RunOrder.run_key == wanted.run_key)
        where.append(_ORDERS.order_id.in_(seen))
    if wanted.order_ids is not None:
        where.append(is_one_of(connection, _ORDERS.order_id, wanted.order_ids))
    return where


def _of_amount(connection: Connection, store: str, wanted: Wanted) -> list[ColumnElement[bool]]:
    """Whether an order's total is wanted; few such orders are named, for a database does not know that they are few."""
    total = _ORDERS.total_minor
    where = [total >= wanted.at_least] if wanted.at_least is not None else []
    where += [total <= wanted.at_most] if wanted.at_most is not None else []
    if not where:
        return []
    some = connection.scalars(select(_ORDERS.order_id).where(_ORDERS.store == store, *where).limit(MOST_FOUND)).all()
    return where if len(some) == MOST_FOUND else [is_one_of(connection, _ORDERS.order_id, some)]


def _begins(connection: Connection, column: Any, beginning: str) -> ColumnElement[bool]:
    """Whether a text begins so, compared by its bytes, as the indexes have it."""
    if connection.dialect.name == "postgresql":
        column = column.collate("C")
    return and_(column >= beginning, column < beginning + "\U0010ffff")


def _lines(connection: Connection, store: str, order_ids: Sequence[str]) -> list[Listed]:
    names = ("first", "last", "company", "email")
    own = (
        "status", "currency", "total_minor", "code", "message", "advice",
        "document_entity", "document_id", "document_number",
    )  # fmt: skip
    statement = (
        select(
            _ORDERS.order_id,
            moment_of.label("at"),
            *(_ORDERS[name] for name in own),
            *(func.coalesce(_READ[name], "").label(name) for name in names),
        )
        .outerjoin(OrderReading.__table__, and_(_READ.store == _ORDERS.store, _READ.order_id == _ORDERS.order_id))
        .where(_ORDERS.store == store, is_one_of(connection, _ORDERS.order_id, order_ids))
    )
    rows = {row.order_id: row for row in connection.execute(statement)}
    return [
        Listed(**{**rows[order_id]._mapping, "status": Status(rows[order_id].status)})
        for order_id in order_ids
        if order_id in rows
    ]
