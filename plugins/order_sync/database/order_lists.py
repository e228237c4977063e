"""Orders in lists, for people: by tab, newest first or sorted otherwise, a page at a time, as fast with a million orders as with ten.

A page is read by the index that it is sorted by (`orders_by_day` and the others), status by status, and begins where the page before it
ended: nothing is counted off. Numbers beyond `MOST_COUNTED` are not counted out.

Each sort has its index. One more costs the sync a tenth of a millisecond or less where an order's status changes, which is nothing beside
the half second of a call. Reasons and documents have none: reasons are chosen by the filter, and documents are numbered as their
orders are, or by QuickBooks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Label,
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
from order_sync.database.history import newest_warnings
from order_sync.database.search import begins, bytewise, spellings
from order_sync.database.tables import TOTAL, Order, OrderReading, RunOrder
from order_sync.sync.orders.status import IN_TROUBLE, ON_ITS_WAY, RECORDED, Status

MOST_COUNTED = 100_000
MOST_FOUND = 1000
MOST_SORTED = 50_000
"""So many orders of a status that a filter leaves are sorted as they are; of more, the first are soon met by the index of the sort. Not so
soon where the filter goes with the sort: of all orders of one year by number, those of other years are passed over first."""


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


class Sort(Enum):
    """What a list is sorted by: its name in links, and whether it begins at the upper end where nobody says."""

    DATE = ("date", True)
    NUMBER = ("number", True)
    """By id: of digits, as numbers."""
    TOTAL = ("total", True)
    """By the figure, whichever the currency; what could not be read counts as 0."""
    CUSTOMER = ("customer", False)
    """As the contact is called; one that nothing is known of comes first."""
    STATUS = ("status", True)
    """By when the status changed last."""

    def __init__(self, key: str, descends: bool) -> None:
        self.key = key
        self.descends = descends


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
    """In thousandths of the currency, whichever it is."""
    at_most: int | None = None
    sort: Sort = Sort.DATE
    ascending: bool = False

    @property
    def narrows(self) -> bool:
        """Whether it is less than the whole tab."""
        return self != Wanted(tab=self.tab, sort=self.sort, ascending=self.ascending)

    @property
    def is_named(self) -> bool:
        """Whether it is so much less that the orders are read by their ids."""
        return self.order_ids is not None or bool(self.run_key)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ends: the next one begins behind it."""

    key: datetime | int | str
    """What the list is sorted by."""
    order_id: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A line of the list; of an order that is posted with warnings, and has no reason of its own, the newest of them."""

    order_id: str
    status: Status
    status_at: datetime
    """When the status changed last."""
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
_status_at = func.coalesce(_ORDERS.status_at, _ORDERS.updated_at, type_=_ORDERS.status_at.type)
_KEYS: dict[Sort, ColumnElement[Any]] = {
    Sort.DATE: moment_of,
    Sort.NUMBER: func.length(_ORDERS.order_id),  # and then the id itself, as in every sort
    Sort.TOTAL: literal_column(TOTAL, _ORDERS.total_minor.type),
    Sort.CUSTOMER: _ORDERS.called,
    Sort.STATUS: _status_at,
}
"""As the indexes have them: no bound value in any."""


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
    full_name = _READ.first.concat(_BLANK).concat(_READ.last)
    with reading(engine) as connection:
        of_id = _ORDERS.order_id == search
        of_number = [begins(connection, func.lower(_ORDERS.document_number), one) for one in spellings(search)]
        of_party = [
            begins(connection, func.lower(column), one)
            for column in (_READ.email, full_name, _READ.last, _READ.company)
            for one in spellings(search)
        ]
        ways = [
            *(select(_ORDERS.order_id).where(_ORDERS.store == store, way) for way in (of_id, *of_number)),
            *(select(_READ.order_id).where(_READ.store == store, way) for way in of_party),
        ]
        some = union_all(*(select(way.limit(MOST_FOUND).subquery()) for way in ways))
        return sorted(set(connection.scalars(some)))


def count_orders(engine: Engine, store: str, wanted: Wanted) -> int:
    """How many orders are wanted, counted up to one more than `MOST_COUNTED`."""
    with reading(engine) as connection:
        wanted = _named(connection, store, wanted)
        return counted(connection, _kept(wanted, _where(connection, store, wanted), _statuses(wanted)))


def counted(connection: Connection, ids: Select[Any]) -> int:
    """How many rows a statement gives, counted up to one more than `MOST_COUNTED`."""
    return int(connection.scalar(select(func.count()).select_from(ids.limit(MOST_COUNTED + 1).subquery())) or 0)


def list_orders(engine: Engine, store: str, wanted: Wanted, size: int, after: Place | None = None) -> Page:
    """A page of the orders that are wanted."""
    if not _statuses(wanted):  # it is asked for one that the tab has not
        return Page([], None)
    with reading(engine) as connection:
        wanted = _named(connection, store, wanted)
        keys = _keys(connection, _where(connection, store, wanted), wanted, size + 1, after)
        found = connection.execute(_page(connection, keys, wanted, size + 1, after)).all()
        rows = _lines(connection, store, [row.order_id for row in found[:size]])
    more = len(found) > size
    return Page(rows, Place(found[size - 1].key, found[size - 1].order_id) if more else None)


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


def _keys(
    connection: Connection, where: Sequence[ColumnElement[bool]], wanted: Wanted, size: int, after: Place | None
) -> Any:
    """The keys of the first orders behind a place: of each status its own first ones, which the index of the sort has in order, or all of
    those that a filter leaves of it where they are few."""
    key, statuses = _KEYS[wanted.sort], _statuses(wanted)
    few = [status for status in statuses if _are_few(connection, where, wanted, status)]
    parts: list[Select[Any]] = []
    if few:
        # A database does not know that they are few, and would seek them by the index of the sort.
        kept = _kept(wanted, where, few, key.label("key")).cte("few").prefix_with("MATERIALIZED")
        parts.append(select(kept))
    for status in statuses:
        for behind, order in _behind(key, wanted, after) if status not in few else ():
            part = select(key.label("key"), _ORDERS.order_id).where(*where, _ORDERS.status == status, *behind)
            parts.append(select(part.order_by(*order).limit(size).subquery()))
    return union_all(*parts).subquery()


def _kept(
    wanted: Wanted, where: Sequence[ColumnElement[bool]], statuses: Sequence[Status], *key: Label[Any]
) -> Select[Any]:
    """All orders of these statuses that a filter leaves: their keys, where they are asked for, and ids."""
    columns = (*key, _ORDERS.order_id)
    if not wanted.is_named:
        return select(*columns).where(*where, _ORDERS.status.in_(statuses))
    # By their ids, and then by status: a database without statistics would go through all orders of a status instead.
    named = select(*columns, _ORDERS.status).where(*where).cte("named").prefix_with("MATERIALIZED")
    return select(*(named.c[one.name] for one in columns)).where(named.c.status.in_(statuses))


def _are_few(connection: Connection, where: Sequence[ColumnElement[bool]], wanted: Wanted, status: Status) -> bool:
    """Whether a filter leaves so few orders of a status that they are sorted as they are. By date, each filter but by amount has an
    index that has them in order."""
    if wanted.is_named:
        return True
    if wanted.sort is Sort.DATE or not wanted.narrows:
        return False
    number = select(func.count()).select_from(_kept(wanted, where, [status]).limit(MOST_SORTED + 1).subquery())
    return (connection.scalar(number) or 0) <= MOST_SORTED


def _behind(
    key: ColumnElement[Any], wanted: Wanted, after: Place | None
) -> list[tuple[list[ColumnElement[bool]], Sequence[Any]]]:
    """What lies behind a place, and its order: the others with its key, and those with keys behind it. Of a pair SQLite would not see where
    it enters the index, and of one key by key and id not that the index has them so."""
    order, order_id = _order(key, _ORDERS.order_id, wanted), _ORDERS.order_id
    if after is None:
        return [([], order)]
    at = literal(after.key, key.type)
    if wanted.ascending:
        return [([key == at, order_id > after.order_id], order[1:]), ([key > at], order)]
    return [([key == at, order_id < after.order_id], order[1:]), ([key < at], order)]


def _page(connection: Connection, keys: Any, wanted: Wanted, size: int, after: Place | None) -> Select[Any]:
    """The first of some keys that lie behind a place."""
    key = bytewise(connection, keys.c.key) if wanted.sort is Sort.CUSTOMER else keys.c.key
    page = select(keys).order_by(*_order(key, keys.c.order_id, wanted)).limit(size)
    if after:
        here, there = tuple_(key, keys.c.order_id), tuple_(literal(after.key, key.type), literal(after.order_id))
        page = page.where(here > there if wanted.ascending else here < there)
    return page


def _order(key: Any, order_id: Any, wanted: Wanted) -> tuple[Any, Any]:
    return (key, order_id) if wanted.ascending else (key.desc(), order_id.desc())


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
    where += _of_amount(wanted)
    if wanted.run_key:
        seen = select(RunOrder.order_id).where(RunOrder.run_key == wanted.run_key)
        where.append(_ORDERS.order_id.in_(seen))
    if wanted.order_ids is not None:
        where.append(is_one_of(connection, _ORDERS.order_id, wanted.order_ids))
    return where


def _of_amount(wanted: Wanted) -> list[ColumnElement[bool]]:
    total = _KEYS[Sort.TOTAL]
    where = [total >= wanted.at_least] if wanted.at_least is not None else []
    where += [total <= wanted.at_most] if wanted.at_most is not None else []
    return [*where, _ORDERS.total_minor.is_not(None)] if where else []


def _named(connection: Connection, store: str, wanted: Wanted) -> Wanted:
    """What is wanted with the orders named whose totals are so, where they are few: a database does not know that they are."""
    of_amount = _of_amount(wanted)
    if wanted.is_named or not of_amount:
        return wanted
    mine = (_ORDERS.store == store, _ORDERS.status.in_(_statuses(wanted)))
    some = connection.scalars(select(_ORDERS.order_id).where(*mine, *of_amount).limit(MOST_FOUND)).all()
    return wanted if len(some) == MOST_FOUND else replace(wanted, order_ids=tuple(some))


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
            _status_at.label("status_at"),
            *(_ORDERS[name] for name in own),
            *(func.coalesce(_READ[name], "").label(name) for name in names),
        )
        .outerjoin(OrderReading.__table__, and_(_READ.store == _ORDERS.store, _READ.order_id == _ORDERS.order_id))
        .where(_ORDERS.store == store, is_one_of(connection, _ORDERS.order_id, order_ids))
    )
    rows = {row.order_id: row._mapping for row in connection.execute(statement)}
    silent = [id for id, row in rows.items() if row["status"] == Status.POSTED_WITH_WARNINGS and not row["message"]]
    warned = {id: asdict(one) for id, one in newest_warnings(connection, store, silent).items()} if silent else {}
    return [
        Listed(**{**rows[order_id], **warned.get(order_id, {}), "status": Status(rows[order_id]["status"])})
        for order_id in order_ids
        if order_id in rows
    ]
