"""The cached QuickBooks lists, for people: by name, searched, a page at a time, as fast with a million customers as with ten.

Customers are read by the index that they are sorted by (`customers_listed`), the active ones and the others each by themselves; a page
begins where the page before it ended. The other lists are short: they are sorted when they are asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Select, and_, func, literal, or_, select, tuple_, union_all

from order_sync.database.database import is_one_of, reading
from order_sync.database.order_lists import MOST_COUNTED, MOST_FOUND, counted
from order_sync.database.search import begins, bytewise, spellings
from order_sync.database.tables import Customer, CustomerBody, CustomerKey, KeySet, ListEntry


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which records of a list are shown; what is empty does not narrow it."""

    active: bool | None = None
    search: str = ""
    """Of the short lists: an id, or the beginning of a name, SKU or account number."""
    ids: tuple[str, ...] | None = None
    """Of customers: these alone, as `find_customers` gives them."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ends: the next one begins behind it."""

    name: str
    """As the database sorts by it."""
    id: str


@dataclass(frozen=True, slots=True)
class CachedRecord:
    """A record of a list, and all that QuickBooks said of it."""

    id: str
    name: str
    """Of a customer its own, of all others with those that it stands below."""
    active: bool
    fetched_at: datetime
    body: dict[str, Any]
    is_job: bool = False
    merged_into: str = ""
    """Of a customer, as `tables.Customer` has it."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list; `following` is where the next one begins, None on the last one."""

    rows: list[CachedRecord]
    following: Place | None


_CUSTOMERS, _BODIES, _ENTRIES = Customer.__table__.c, CustomerBody.__table__.c, ListEntry.__table__.c


def find_customers(engine: Engine, realm_id: str, search: str) -> list[str]:
    """The ids of the customers that are called so: by their id or an e-mail address, or whose name or first e-mail address begins so.

    Each way gives at most `MOST_FOUND`, whichever come first: who finds so many has to say more.
    """
    search = " ".join(search.split())
    with reading(engine) as connection:
        of_name = [
            and_(_CUSTOMERS.active == active, begins(connection, func.lower(_CUSTOMERS.display_name), spelling))
            for active in (True, False)
            for spelling in spellings(search)
        ]
        of_email = and_(_CUSTOMERS.emails != "", begins(connection, _CUSTOMERS.emails, search.lower(), folds=False))
        ways = [
            select(_CUSTOMERS.customer_id).where(_CUSTOMERS.realm_id == realm_id, way)
            for way in (_CUSTOMERS.customer_id == search, of_email, *of_name)
        ]
        sets = select(KeySet.id).where(KeySet.realm_id == realm_id, KeySet.field == "PrimaryEmailAddr")
        for key_set in connection.scalars(sets).all():
            keys = (CustomerKey.key_set_id == key_set, CustomerKey.key == search.lower())
            ways.append(select(CustomerKey.customer_id).where(*keys))
        some = union_all(*(select(way.limit(MOST_FOUND).subquery()) for way in ways))
        return sorted(set(connection.scalars(some)))


def list_customers(engine: Engine, realm_id: str, wanted: Wanted, size: int, after: Place | None = None) -> Page:
    """A page of the customers that are wanted, by name."""
    with reading(engine) as connection:
        of = _CUSTOMERS if wanted.ids is None else _named(connection, realm_id, wanted.ids)
        name = _sorted_by(connection, of.display_name)
        parts = []
        for active in _states(wanted):
            where = [of.realm_id == realm_id, of.active == active]
            part = _page(select(name.label("name"), of.customer_id), where, name, of.customer_id, after)
            parts.append(select(part.limit(size + 1).subquery()))
        together = union_all(*parts).subquery()
        by_name = bytewise(connection, together.c.name)
        order = select(together).order_by(by_name, together.c.customer_id)
        found = connection.execute(order.limit(size + 1)).all()
        rows = _customers(connection, realm_id, [row.customer_id for row in found[:size]])
    return Page(rows, Place(found[size - 1].name, found[size - 1].customer_id) if len(found) > size else None)


def count_customers(engine: Engine, realm_id: str, wanted: Wanted) -> int:
    """How many customers are wanted, counted up to one more than `MOST_COUNTED`."""
    with reading(engine) as connection:
        numbers = [
            counted(
                connection,
                select(_CUSTOMERS.customer_id).where(
                    *_of_customers(connection, realm_id, wanted), _CUSTOMERS.active == active
                ),
            )
            for active in _states(wanted)
        ]
    return min(sum(numbers), MOST_COUNTED + 1)


def list_records(
    engine: Engine, realm_id: str, entity: str, wanted: Wanted, size: int, after: Place | None = None
) -> Page:
    """A page of one of the short lists (items, accounts), by name."""
    with reading(engine) as connection:
        name = _sorted_by(connection, func.coalesce(_ENTRIES.name, ""))
        columns = (_ENTRIES.entry_id, _ENTRIES.name, _ENTRIES.active, _ENTRIES.fetched_at, _ENTRIES.body)
        where = _of_records(connection, realm_id, entity, wanted)
        page = _page(select(name.label("folded"), *columns), where, name, _ENTRIES.entry_id, after)
        found = connection.execute(page.limit(size + 1)).all()
    rows = [CachedRecord(row.entry_id, row.name or "", row.active, row.fetched_at, row.body) for row in found[:size]]
    return Page(rows, Place(found[size - 1].folded, found[size - 1].entry_id) if len(found) > size else None)


def count_records(engine: Engine, realm_id: str, entity: str, wanted: Wanted) -> int:
    """How many records of one of the short lists are wanted, counted up to one more than `MOST_COUNTED`."""
    with reading(engine) as connection:
        return counted(connection, select(_ENTRIES.entry_id).where(*_of_records(connection, realm_id, entity, wanted)))


def _named(connection: Connection, realm_id: str, ids: Sequence[str]) -> Any:
    """The columns of these customers alone: a database does not know that they are few, and would go through all of them by name."""
    found = select(Customer.__table__).where(
        _CUSTOMERS.realm_id == realm_id, is_one_of(connection, _CUSTOMERS.customer_id, ids)
    )
    return found.cte("named").prefix_with("MATERIALIZED", dialect="postgresql").c


def _states(wanted: Wanted) -> Sequence[bool]:
    return (True, False) if wanted.active is None else (wanted.active,)


def _of_customers(connection: Connection, realm_id: str, wanted: Wanted) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = [_CUSTOMERS.realm_id == realm_id]
    if wanted.ids is not None:
        where.append(is_one_of(connection, _CUSTOMERS.customer_id, wanted.ids))
    return where


def _of_records(connection: Connection, realm_id: str, entity: str, wanted: Wanted) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = [_ENTRIES.realm_id == realm_id, _ENTRIES.entity == entity]
    if wanted.active is not None:
        where.append(_ENTRIES.active == wanted.active)
    if search := " ".join(wanted.search.split()):
        ways: list[ColumnElement[bool]] = [_ENTRIES.entry_id == search]
        for spelling in spellings(search):
            plain = "".join(f"/{mark}" if mark in "/%_" else mark for mark in spelling)
            below_another = func.lower(literal(f"%:{plain}%"))
            ways.append(func.lower(_ENTRIES.name).like(below_another, escape="/"))
            columns = (_ENTRIES.name, _ENTRIES.sku, _ENTRIES.body["AcctNum"].as_string())
            ways += [begins(connection, func.lower(column), spelling) for column in columns]
        where.append(or_(*ways))
    return where


def _page(statement: Select[Any], where: Sequence[Any], name: Any, id: Any, after: Place | None) -> Select[Any]:
    if after:
        # The first is what SQLite enters its index by: it does not see what is worked out within a pair.
        where = [*where, name >= after.name, tuple_(name, id) > tuple_(literal(after.name), literal(after.id))]
    return statement.where(*where).order_by(name, id)


def _customers(connection: Connection, realm_id: str, ids: Sequence[str]) -> list[CachedRecord]:
    """These customers, in this order."""
    names = ("customer_id", "display_name", "active", "is_job", "merged_into", "fetched_at")
    of_customer = and_(_BODIES.realm_id == _CUSTOMERS.realm_id, _BODIES.customer_id == _CUSTOMERS.customer_id)
    statement = (
        select(*(_CUSTOMERS[name] for name in names), _BODIES.body)
        .outerjoin_from(Customer.__table__, CustomerBody.__table__, of_customer)
        .where(_CUSTOMERS.realm_id == realm_id, is_one_of(connection, _CUSTOMERS.customer_id, ids))
    )
    found = {}
    for row in connection.execute(statement):
        more = (row.fetched_at, row.body or {}, row.is_job, row.merged_into)
        found[row.customer_id] = CachedRecord(row.customer_id, row.display_name, row.active, *more)
    return [found[id] for id in ids if id in found]


def _sorted_by(connection: Connection, name: Any) -> Any:
    return bytewise(connection, func.lower(name))
