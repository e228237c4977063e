"""The cached customers by their normalised keys: one set of keys for each field and rule that a store's settings ask for.

What counts as equal is a store's choice, the cache is the company's: stores with the same rule share a set, others have their own. A
set is made once from the cached customers, and follows each customer that is cached anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    Select,
    Text,
    bindparam,
    delete,
    insert,
    select,
    tuple_,
    union_all,
    update,
)

from order_sync.database.database import chunks, insert_many, is_one_of, read_columns, reading, transaction
from order_sync.database.tables import Customer, CustomerBody, CustomerKey, KeySet
from order_sync.errors import ConfigurationError
from order_sync.keys import KEY_VERSION, Candidates, compared, key_maker
from order_sync.likeness import Known, blocks_of_customer
from order_sync.settings import CustomerField, CustomerSettings, Equality

LOOKALIKES = "look-alikes"
"""The set by which customers that might be meant are found: postal codes and first letters, the same for all settings."""

UNUSED = timedelta(days=30)
"""A set that no store asked for so long is dropped: its rule was changed, or its store is gone."""


_PORTION = 10_000

# Columns of tables, not of mapped classes: a task asks once, and the mapper would take longer to wake up than the question.
_KEYS, _SETS, _CUSTOMERS = CustomerKey.__table__.c, KeySet.__table__.c, Customer.__table__.c


@dataclass(frozen=True, slots=True)
class Keyed:
    """One set of keys: how a customer's are made."""

    id: int
    make: Callable[[Mapping[str, Any]], list[str]]


def prepare_keys(engine: Engine, realm_id: str, settings: CustomerSettings) -> int:
    """Makes the sets that a store's criteria need and that are not there, from the cached customers; says how many customers it read.

    A new version of the rule drops all sets first. One writer a company: call it under the company's lease.
    """
    missing = _begin_sets(engine, realm_id, settings)
    return _fill(engine, realm_id, missing) if missing else 0


@transaction
def _begin_sets(connection: Connection, realm_id: str, settings: CustomerSettings) -> list[str]:
    """Drops the sets that are of no use any more, and gives the rules of those that were begun and have no keys yet."""
    fields = [LOOKALIKES, *(criterion.destination for criterion in settings.criteria)]
    rules = {_rule(field, settings.equality): field for field in fields}
    now = datetime.now(UTC)
    sets = connection.execute(select(KeySet.__table__).where(KeySet.realm_id == realm_id)).all()
    stale = [row.id for row in sets if not row.ready or not row.rule.startswith(_VERSION) or now - row.used_at > UNUSED]
    kept = {row.rule for row in sets if row.id not in stale}
    connection.execute(delete(CustomerKey).where(CustomerKey.key_set_id.in_(stale)))
    connection.execute(delete(KeySet).where(KeySet.id.in_(stale)))
    connection.execute(update(KeySet).where(KeySet.realm_id == realm_id, KeySet.rule.in_(rules)).values(used_at=now))
    missing = sorted(rules.keys() - kept)
    for rule in missing:
        connection.execute(
            insert(KeySet).values(
                realm_id=realm_id,
                rule=rule,
                field=rules[rule],
                equality=settings.equality.model_dump(),
                used_at=now,
                ready=False,
            )
        )
    return missing


def look_up(engine: Engine, realm_id: str, field: CustomerField, equality: Equality, keys: Sequence[str]) -> Candidates:
    """Every cached customer that has one of these keys in a field, by the position of the key; raises ConfigurationError where the
    set was not made, for then nobody would be found."""
    position = {key: at for at, key in enumerate(keys)}
    with reading(engine) as connection:
        statement = (
            select(
                _KEYS.key,
                _CUSTOMERS.customer_id,
                _CUSTOMERS.display_name,
                _CUSTOMERS.active,
                _CUSTOMERS.emails,
                _CUSTOMERS.currency,
                _CUSTOMERS.is_job,
                _CUSTOMERS.merged_into,
            )
            .join_from(CustomerKey.__table__, Customer.__table__, _CUSTOMERS.customer_id == _KEYS.customer_id)
            .where(
                _KEYS.key_set_id == _set_id(connection, realm_id, _rule(field, equality)),
                _CUSTOMERS.realm_id == realm_id,
                is_one_of(connection, _KEYS.key, keys),
            )
        )
        found, ids, names, active, emails, currencies, jobs, merged = read_columns(connection, statement)
    positions = [position[key] for key in found]
    told = [""] * len(ids), [False] * len(ids)
    jobs = list(map(bool, jobs))
    return Candidates(positions, ids, names, list(map(bool, active)), emails, currencies, jobs, merged, *told)


def keys_of_customers(
    engine: Engine, realm_id: str, settings: CustomerSettings, ids: Sequence[str]
) -> dict[str, dict[str, list[str]]]:
    """By which keys a store's criteria compare these customers: of each its fields, of each field its keys, for people to look at."""
    rules = {_rule(one.destination, settings.equality): one.destination for one in settings.criteria}
    found: dict[str, dict[str, list[str]]] = {}
    with reading(engine) as connection:
        asked = (_SETS.realm_id == realm_id, _SETS.rule.in_(rules), _SETS.ready)
        for set_id, rule in connection.execute(select(_SETS.id, _SETS.rule).where(*asked)).all():
            named = is_one_of(connection, _KEYS.customer_id, ids)
            of_set = select(_KEYS.customer_id, _KEYS.key).where(_KEYS.key_set_id == set_id, named).order_by(_KEYS.key)
            for customer_id, key in connection.execute(of_set):
                found.setdefault(customer_id, {}).setdefault(rules[rule], []).append(key)
    return found


def look_alikes(
    engine: Engine, realm_id: str, keys: Sequence[str], ids: Sequence[str], most: int, *, jobs: bool = False
) -> list[Known]:
    """The customers of these ids, and those that share one of these blocks, at most so many a block; jobs and projects only where they
    are asked for, and none that was merged into another."""
    found: dict[str, Known] = {}
    known = {"realm_id": realm_id, "rule": _rule(LOOKALIKES), "most": most}
    with reading(engine) as connection:
        for start in range(0, len(keys), _BLOCKS):
            some = keys[start : start + _BLOCKS]
            of_blocks = {f"key_{at}": key for at, key in enumerate(some)}
            rows = connection.execute(_in_blocks(len(some), jobs=jobs), known | of_blocks)
            found |= {row.customer_id: Known(*row) for row in rows}
        if missing := set(ids) - found.keys():
            named = is_one_of(connection, _CUSTOMERS.customer_id, sorted(missing))
            statement = select(*_KNOWN).where(_CUSTOMERS.realm_id == realm_id, named)
            found |= {row.customer_id: Known(*row) for row in connection.execute(statement)}
    return list(found.values())


_BLOCKS = 50  # asked for in one statement

_KNOWN = [
    _CUSTOMERS[name] for name in ("customer_id", "display_name", "active", "emails", "addresses", "phones", "currency")
]


@cache
def _in_blocks(number: int, *, jobs: bool) -> Select[Any]:
    """Made once for so many blocks: SQLAlchemy takes longer to put it together than the database to answer."""
    realm_id = bindparam("realm_id", type_=Text)
    the_set = select(_SETS.id).where(_SETS.realm_id == realm_id, _SETS.rule == bindparam("rule"), _SETS.ready)
    of_blocks = [
        select(_KEYS.customer_id)
        .where(_KEYS.key_set_id == the_set.scalar_subquery(), _KEYS.key == bindparam(f"key_{at}"))
        .order_by(_KEYS.customer_id)
        .limit(bindparam("most"))
        .subquery()
        for at in range(number)
    ]
    found = _CUSTOMERS.customer_id.in_(union_all(*(select(one.c.customer_id) for one in of_blocks)))
    counted = () if jobs else (_CUSTOMERS.billed_with == "",)
    is_merged = ~_CUSTOMERS.active & (_CUSTOMERS.merged_into != "")
    return select(*_KNOWN).where(_CUSTOMERS.realm_id == realm_id, found, ~is_merged, *counted)


def save_keys(connection: Connection, realm_id: str, bodies: Mapping[str, Mapping[str, Any]]) -> None:
    """Replaces the keys of these customers (by id) in all sets of their company."""
    drop_keys(connection, realm_id, list(bodies))
    _insert_keys(connection, _sets(connection, realm_id), bodies)


def drop_keys(connection: Connection, realm_id: str, customer_ids: Sequence[str]) -> None:
    """Takes these customers out of all sets of their company."""
    of_realm = list(connection.scalars(select(KeySet.id).where(KeySet.realm_id == realm_id)))
    for some in chunks(customer_ids):
        connection.execute(
            delete(CustomerKey).where(CustomerKey.key_set_id.in_(of_realm), CustomerKey.customer_id.in_(some))
        )


_VERSION = f"{KEY_VERSION} "


def _rule(field: str, equality: Equality | None = None) -> str:
    """A rule's name: two settings that make the same keys of a field have the same."""
    match field:
        case "PrimaryPhone" if equality:
            return f"{_VERSION}{field} {equality.phone_country}"
        case "DisplayName" | "CompanyName" | "GivenName + FamilyName" | "PrintOnCheckName" if equality:
            switches = equality.model_dump(exclude={"phone_country"})
            return f"{_VERSION}{field} {''.join('+' if on else '-' for on in switches.values())}"
        case _:
            return f"{_VERSION}{field}"


def _set_id(connection: Connection, realm_id: str, rule: str) -> int:
    found = connection.scalar(select(_SETS.id).where(_SETS.realm_id == realm_id, _SETS.rule == rule, _SETS.ready))
    if found is None:
        raise ConfigurationError(
            f"The cached customers of company {realm_id} have no keys for the rule '{rule[len(_VERSION) :]}'.",
            advice="The settings were changed after refresh_customers ran: clear that task, and the run goes on from there.",
        )
    return int(found)


def _sets(connection: Connection, realm_id: str, rules: Sequence[str] | None = None) -> list[Keyed]:
    statement = select(KeySet.id, KeySet.field, KeySet.equality).where(KeySet.realm_id == realm_id)
    if rules is not None:
        statement = statement.where(KeySet.rule.in_(rules))
    return [
        Keyed(row.id, blocks_of_customer if row.field == LOOKALIKES else key_maker(row.field, Equality(**row.equality)))
        for row in connection.execute(statement)
    ]


def _fill(engine: Engine, realm_id: str, rules: Sequence[str]) -> int:
    with reading(engine) as connection:
        sets = _sets(connection, realm_id, rules)
    number, of_all = 0, _rule(LOOKALIKES) in rules
    for bodies in _cached(engine, realm_id):
        _add_keys(engine, realm_id, sets, bodies, of_all=of_all)
        number += len(bodies)
    _end_sets(engine, [one.id for one in sets])
    return number


@transaction
def _add_keys(
    connection: Connection,
    realm_id: str,
    sets: Sequence[Keyed],
    bodies: Mapping[str, Mapping[str, Any]],
    *,
    of_all: bool,
) -> None:
    _insert_keys(connection, sets, bodies)
    if of_all:  # the set that each version makes: what matches are checked against belongs to the version too
        _update_compared(connection, realm_id, bodies)


@transaction
def _end_sets(connection: Connection, ids: Sequence[int]) -> None:
    connection.execute(update(KeySet).where(KeySet.id.in_(ids)).values(ready=True))


def _cached(engine: Engine, realm_id: str) -> Iterator[dict[str, dict[str, Any]]]:
    last, of = "", CustomerBody.__table__.c
    while True:
        with reading(engine) as connection:
            rows = connection.execute(
                select(of.customer_id, of.body)
                .where(tuple_(of.realm_id, of.customer_id) > (realm_id, last), of.realm_id == realm_id)
                .order_by(of.realm_id, of.customer_id)
                .limit(_PORTION)
            ).all()
        if not rows:
            return
        yield {row.customer_id: row.body for row in rows}
        last = rows[-1].customer_id


def _insert_keys(connection: Connection, sets: Sequence[Keyed], bodies: Mapping[str, Mapping[str, Any]]) -> None:
    # Sorted, for an index takes neighbours far faster than strangers.
    rows = sorted((one.id, key, id) for one in sets for id, body in bodies.items() for key in one.make(body))
    if rows:
        columns = dict(zip(("key_set_id", "key", "customer_id"), zip(*rows, strict=True), strict=True))
        insert_many(connection, CustomerKey, columns, len(rows))


def _update_compared(connection: Connection, realm_id: str, bodies: Mapping[str, Mapping[str, Any]]) -> None:
    connection.execute(
        update(Customer.__table__)  # type: ignore[arg-type]
        .where(Customer.realm_id == realm_id, Customer.customer_id == bindparam("of_customer"))
        .values({name: bindparam(f"new_{name}") for name in compared({})}),
        [
            {"of_customer": customer_id, **{f"new_{name}": text for name, text in compared(body).items()}}
            for customer_id, body in bodies.items()
        ],
    )
