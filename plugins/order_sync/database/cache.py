"""The cached QuickBooks lists: customers (their keys: `customer_keys.py`), and the small lists that documents refer to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, delete, func, select

from order_sync.database.customer_keys import drop_keys, save_keys
from order_sync.database.database import chunks, insert_into, reading, transaction
from order_sync.database.tables import CacheState, Customer, CustomerBody, ListEntry
from order_sync.keys import compared, without_ending


@dataclass(frozen=True, slots=True)
class Freshness:
    """How fresh a realm's cache is: where the next call for changes starts, and when it was last read in full."""

    changes_since: datetime
    full_at: datetime


def freshness(engine: Engine, realm_id: str) -> Freshness | None:
    """None where the cache was never filled."""
    with reading(engine) as connection:
        row = connection.execute(select(CacheState.__table__).where(CacheState.realm_id == realm_id)).one_or_none()
    return Freshness(row.changes_since, row.full_at) if row else None


@transaction
def note_freshness(connection: Connection, realm_id: str, state: Freshness) -> None:
    """Records how fresh the cache is now."""
    row = {"changes_since": state.changes_since, "full_at": state.full_at}
    connection.execute(
        insert_into(connection, CacheState)
        .values(realm_id=realm_id, **row)
        .on_conflict_do_update(index_elements=["realm_id"], set_=row)
    )


@transaction
def save_customers(connection: Connection, realm_id: str, bodies: Sequence[Mapping[str, Any]]) -> None:
    """Caches customers as QuickBooks gave them, with their keys computed anew."""
    if not bodies:
        return
    now = datetime.now(UTC)
    newest = {body["Id"]: body for body in bodies}
    rows = [
        {
            "realm_id": realm_id,
            "customer_id": customer_id,
            "display_name": body.get("DisplayName") or "",
            "active": bool(body.get("Active", True)),
            **compared(body),
            "fetched_at": now,
        }
        for customer_id, body in newest.items()
    ]
    whole = [{"realm_id": realm_id, "customer_id": id, "body": _plain(body)} for id, body in newest.items()]
    _upsert(connection, Customer, ["realm_id", "customer_id"], rows)
    _upsert(connection, CustomerBody, ["realm_id", "customer_id"], whole)
    save_keys(connection, realm_id, newest)


def customers_named(engine: Engine, realm_id: str, name: str) -> list[tuple[str, bool]]:
    """(id, active) of the cached customers of exactly this display name, or full name as QuickBooks shows it (`Parent:Child`)."""
    found = _holders(engine, realm_id, Customer.display_name == _own_name(name))
    return [(id, active) for id, active, full in found if name in (_own_name(full), full)]


def formerly_named(engine: Engine, realm_id: str, name: str) -> list[tuple[str, bool]]:
    """(id, active) of the cached customers that bore this name before QuickBooks put ` (deleted)` behind it."""
    ended = func.lower(Customer.display_name).startswith(f"{_own_name(name).lower()} (deleted", autoescape=True)
    found = [(id, active, full, without_ending(full)) for id, active, full in _holders(engine, realm_id, ended)]
    return [
        (id, active) for id, active, full, former in found if former != full and name in (_own_name(former), former)
    ]


def _own_name(full: str) -> str:
    return full.rpartition(":")[2]  # no display name holds a colon


def _holders(engine: Engine, realm_id: str, named: ColumnElement[bool]) -> list[tuple[str, bool, str]]:
    """(id, active, full name) of customers."""
    statement = _full_names(Customer.customer_id, Customer.active).where(Customer.realm_id == realm_id, named)
    with reading(engine) as connection:
        return [(id, active, full) for id, active, full in connection.execute(statement)]


def currencies_of_names(engine: Engine, realm_id: str, names: Sequence[str]) -> dict[str, set[str]]:
    """The currencies of the cached customers of each of these display names; names that nobody has are left out."""
    found: dict[str, set[str]] = {}
    with reading(engine) as connection:
        for some in chunks(names):
            statement = select(Customer.display_name, Customer.currency)
            named = Customer.display_name.in_(some)
            for name, currency in connection.execute(statement.where(Customer.realm_id == realm_id, named)):
                found.setdefault(name, set()).add(currency)
    return found


def names_taken(engine: Engine, realm_id: str, names: Sequence[str]) -> set[str]:
    """Those of these display names that a cached customer has, upper and lower case aside: QuickBooks takes none of them twice."""
    folded = {name.lower() for name in names}
    has = Customer.display_name.in_([*names]) | func.lower(Customer.display_name).in_([*folded])
    with reading(engine) as connection:
        found = connection.scalars(select(Customer.display_name).where(Customer.realm_id == realm_id, has))
        taken = {name.lower() for name in found}
    return {name for name in names if name.lower() in taken}


def customer_names(engine: Engine, realm_id: str) -> list[str]:
    """The full names of all active cached customers."""
    with reading(engine) as connection:
        return list(connection.scalars(_full_names().where(Customer.realm_id == realm_id, Customer.active)))


def _full_names(*before: Any) -> Any:
    """These columns of customers, and behind them the full name, which only sub-customers have beside their own."""
    full = func.coalesce(CustomerBody.body["FullyQualifiedName"].as_string(), Customer.display_name)
    of_customer = (CustomerBody.realm_id == Customer.realm_id) & (CustomerBody.customer_id == Customer.customer_id)
    return select(*before, full).outerjoin_from(Customer, CustomerBody, of_customer)


def cached_customers(engine: Engine, realm_id: str, customer_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Customers as QuickBooks last gave them, by id."""
    found: dict[str, dict[str, Any]] = {}
    of = CustomerBody.__table__.c
    with reading(engine) as connection:
        for some in chunks(customer_ids):
            named = of.customer_id.in_(some)
            rows = connection.execute(select(of.customer_id, of.body).where(of.realm_id == realm_id, named))
            found.update((row.customer_id, row.body) for row in rows)
    return found


@transaction
def drop_customers(connection: Connection, realm_id: str, *, fetched_before: datetime) -> None:
    """Forgets the customers that a reading in full did not bring again."""
    gone = list(
        connection.scalars(
            select(Customer.customer_id).where(Customer.realm_id == realm_id, Customer.fetched_at < fetched_before)
        )
    )
    _drop_customers(connection, realm_id, gone)


@transaction
def drop_rows(connection: Connection, realm_id: str, entity: str, ids: Sequence[str]) -> None:
    """Forgets rows of a list, customers or others, that QuickBooks says were deleted (a merge deletes one of the two)."""
    if entity == "Customer":
        _drop_customers(connection, realm_id, ids)
        return
    for some in chunks(ids):
        named = ListEntry.entry_id.in_(some)
        connection.execute(delete(ListEntry).where(ListEntry.realm_id == realm_id, ListEntry.entity == entity, named))


@transaction
def save_entries(connection: Connection, realm_id: str, entity: str, bodies: Sequence[Mapping[str, Any]]) -> int:
    """Caches rows of a small list (items, accounts, terms …) as QuickBooks gave them; says how many."""
    now = datetime.now(UTC)
    rows = {
        body["Id"]: {
            "realm_id": realm_id,
            "entity": entity,
            "entry_id": body["Id"],
            "name": body.get("FullyQualifiedName") or body.get("Name"),
            "sku": body.get("Sku"),
            "active": bool(body.get("Active", True)),
            "body": _plain(body),
            "fetched_at": now,
        }
        for body in bodies
    }
    if rows:
        _upsert(connection, ListEntry, ["realm_id", "entity", "entry_id"], list(rows.values()))
    return len(rows)


@transaction
def drop_entries(connection: Connection, realm_id: str, entity: str, *, fetched_before: datetime) -> None:
    """Forgets the rows of a small list that a reading in full did not bring again."""
    connection.execute(
        delete(ListEntry).where(
            ListEntry.realm_id == realm_id, ListEntry.entity == entity, ListEntry.fetched_at < fetched_before
        )
    )


def entries(engine: Engine, realm_id: str, entity: str) -> list[dict[str, Any]]:
    """The rows of a small list as QuickBooks gave them, inactive ones too."""
    with reading(engine) as connection:
        return list(
            connection.scalars(select(ListEntry.body).where(ListEntry.realm_id == realm_id, ListEntry.entity == entity))
        )


def entries_by_id(engine: Engine, realm_id: str, entity: str, ids: Sequence[str]) -> list[dict[str, Any]]:
    """Those rows of a small list that are named, as QuickBooks gave them."""
    found: list[dict[str, Any]] = []
    with reading(engine) as connection:
        for some in chunks(ids):
            named = (ListEntry.realm_id == realm_id, ListEntry.entity == entity, ListEntry.entry_id.in_(some))
            found += connection.scalars(select(ListEntry.body).where(*named))
    return found


def entry_name(engine: Engine, realm_id: str, entity: str, entry_id: str) -> str | None:
    """The name of a row of a small list; None where it was not read."""
    wanted = (ListEntry.realm_id == realm_id, ListEntry.entity == entity, ListEntry.entry_id == entry_id)
    with reading(engine) as connection:
        return connection.scalar(select(ListEntry.name).where(*wanted))


def _drop_customers(connection: Connection, realm_id: str, ids: Sequence[str]) -> None:
    drop_keys(connection, realm_id, ids)
    for some in chunks(ids):
        for table in (Customer, CustomerBody):
            named = table.customer_id.in_(some)
            connection.execute(delete(table).where(table.realm_id == realm_id, named))


def _upsert(connection: Connection, table: type[Any], key: Sequence[str], rows: Sequence[dict[str, Any]]) -> None:
    statement = insert_into(connection, table)
    changed = {name: statement.excluded[name] for name in rows[0] if name not in key}
    in_one_order = sorted(rows, key=lambda row: tuple(row[name] for name in key))  # see `order_status.lock_orders`
    connection.execute(statement.on_conflict_do_update(index_elements=list(key), set_=changed), in_one_order)


def _plain(value: Any) -> Any:
    """The same JSON with amounts as text: the client gives them as `Decimal`, which JSON columns cannot hold."""
    match value:
        case dict():
            return {key: _plain(part) for key, part in value.items()}
        case list():
            return [_plain(part) for part in value]
        case None | bool() | int() | str():
            return value
        case _:
            return str(value)
