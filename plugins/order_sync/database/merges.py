"""What the database knows of customers that were merged in QuickBooks: whose documents are to be looked at, and what they said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, Connection, Engine, func, or_, select, update
from sqlalchemy.orm import aliased

from order_sync.database.database import is_one_of, reading, transaction
from order_sync.database.tables import IS_MERGED, Customer, Order, WriteOrder
from order_sync.database.tables import Write as WriteRow
from order_sync.keys import UNSEEN
from order_sync.sync.orders.kinds import Entity, Kind
from order_sync.sync.orders.write import WriteStatus

Documents = dict[str, list[tuple[Entity, str]]]
"""By customer, the newest documents that any store recorded for it."""


def unasked_customers(engine: Engine, realm_id: str, *, most: int) -> Documents:
    """The inactive customers that nobody has looked at as they are now, each with so many of its documents; and those whose survivor has
    become inactive too, for it may have been merged in its turn."""
    survivor = aliased(Customer)
    ended = select(Customer.customer_id).join(
        survivor, (survivor.realm_id == Customer.realm_id) & (survivor.customer_id == Customer.merged_into)
    )
    ended = ended.where(
        Customer.realm_id == realm_id, Customer.merged_into != "", ~survivor.active, survivor.merged_into == ""
    )
    stale = or_(Customer.asked_version.is_(None), Customer.asked_version != Customer.version)
    return _inactive(engine, realm_id, most, or_(stale, Customer.customer_id.in_(ended)))


def documents_of(engine: Engine, realm_id: str, customer_id: str, *, most: int) -> Documents:
    """So many of the documents of one customer, whoever has looked at it, and also where QuickBooks has it no more."""
    with reading(engine) as connection:
        return {customer_id: _documents(connection, realm_id, [customer_id], most).get(customer_id, [])}


def _inactive(engine: Engine, realm_id: str, most: int, wanted: ColumnElement[bool]) -> Documents:
    with reading(engine) as connection:
        mine = (Customer.realm_id == realm_id, ~Customer.active, wanted)
        ids = list(connection.scalars(select(Customer.customer_id).where(*mine)))
        found = _documents(connection, realm_id, ids, most) if ids else {}
    return {id: found.get(id, []) for id in ids}


def _documents(connection: Connection, realm_id: str, customer_ids: Sequence[str], most: int) -> Documents:
    newest_first = func.row_number().over(partition_by=Order.customer_id, order_by=func.max(WriteRow.id).desc())
    of_customers = (
        select(Order.customer_id, WriteRow.entity, WriteRow.quickbooks_id, newest_first.label("place"))
        .join(WriteOrder, WriteOrder.order_id == Order.order_id)
        .join(WriteRow, (WriteRow.id == WriteOrder.write_id) & (WriteRow.store == Order.store))
        .where(
            is_one_of(connection, Order.customer_id, customer_ids),
            WriteRow.realm_id == realm_id,
            WriteRow.kind == Kind.DOCUMENT,
            WriteRow.status == WriteStatus.POSTED,
            WriteRow.quickbooks_id.is_not(None),
        )
        .group_by(Order.customer_id, WriteRow.entity, WriteRow.quickbooks_id)
        .subquery()
    )
    found: Documents = {}
    rows = connection.execute(select(of_customers).where(of_customers.c.place <= most))
    for row in rows:
        found.setdefault(row.customer_id, []).append((Entity(row.entity), row.quickbooks_id))
    return found


def survivors(engine: Engine, realm_id: str, customer_ids: Sequence[str]) -> dict[str, str]:
    """Those of these customers that were merged, by id into whom; `UNSEEN` where that could not be seen."""
    with reading(engine) as connection:
        rows = connection.execute(
            select(Customer.customer_id, Customer.merged_into).where(
                Customer.realm_id == realm_id,
                ~Customer.active,
                Customer.merged_into != "",
                is_one_of(connection, Customer.customer_id, customer_ids),
            )
        )
        return {row.customer_id: row.merged_into for row in rows}


def known_merges(engine: Engine, realm_id: str) -> dict[str, str]:
    """All customers that are inactive and were merged, by id into whom."""
    with reading(engine) as connection:
        rows = connection.execute(
            select(Customer.customer_id, Customer.merged_into).where(
                Customer.realm_id == realm_id, IS_MERGED, ~Customer.active, Customer.merged_into != UNSEEN
            )
        )
        return {row.customer_id: row.merged_into for row in rows}


@transaction
def note_merges(
    connection: Connection, realm_id: str, merged_into: Mapping[str, str], looked_at: Sequence[str]
) -> None:
    """Notes into whom inactive customers were merged (empty for those that were not), and which were looked at as they are now."""
    mine = Customer.realm_id == realm_id
    by_survivor: dict[str, list[str]] = {}
    for customer_id, survivor in merged_into.items():
        by_survivor.setdefault(survivor, []).append(customer_id)
    for survivor, ids in by_survivor.items():
        some = is_one_of(connection, Customer.customer_id, ids)
        changed = update(Customer).where(mine, some, ~Customer.active, Customer.merged_into != survivor)
        connection.execute(changed.values(merged_into=survivor))
    some = is_one_of(connection, Customer.customer_id, looked_at)
    connection.execute(update(Customer).where(mine, some).values(asked_version=Customer.version))
