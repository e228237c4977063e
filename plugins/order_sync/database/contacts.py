"""The contacts of a store's orders, and which of them were merged into others in Infusionsoft."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, delete, select

from order_sync.database.database import insert_into, is_one_of, reading, transaction
from order_sync.database.tables import MergedContact, Order


def recorded_contacts(engine: Engine, store: str, order_ids: Sequence[str]) -> dict[str, str]:
    """The contacts of those of these orders that are recorded, by order, as they were last read."""
    with reading(engine) as connection:
        rows = connection.execute(
            select(Order.order_id, Order.contact_id).where(
                Order.store == store,
                Order.document_id.is_not(None),
                Order.contact_id.is_not(None),
                is_one_of(connection, Order.order_id, order_ids),
            )
        )
        return {row.order_id: row.contact_id for row in rows}


def strangers(engine: Engine, store: str, contact_ids: Sequence[str]) -> list[str]:
    """Those of these contacts of whom no order is recorded, and into whom none is known to be merged, each once; nobody where the store has
    no recorded order at all, so that none can have been another contact's."""
    with reading(engine) as connection:
        of_store = (Order.store == store, Order.document_id.is_not(None))
        if connection.scalar(select(Order.order_id).where(*of_store).limit(1)) is None:
            return []
        recorded = select(Order.contact_id).where(*of_store, is_one_of(connection, Order.contact_id, contact_ids))
        merged = select(MergedContact.merged_into).where(MergedContact.store == store)
        known = {*connection.scalars(recorded), *connection.scalars(merged)}
    return [id for id in dict.fromkeys(contact_ids) if id not in known]


def merged_contacts(engine: Engine, store: str) -> dict[str, str]:
    """The contacts that were merged, by id into whom."""
    with reading(engine) as connection:
        rows = connection.execute(select(MergedContact.__table__).where(MergedContact.store == store))
        return {row.contact_id: row.merged_into for row in rows}


@transaction
def note_merged_contacts(connection: Connection, store: str, merged_into: Mapping[str, str]) -> None:
    """Notes contacts that were merged; one that was noted before is so again, and one that others are merged into is there again itself:
    two that were merged there and back would lead to each other."""
    back = set(merged_into.values()) - merged_into.keys()
    is_back = is_one_of(connection, MergedContact.contact_id, sorted(back))
    connection.execute(delete(MergedContact).where(MergedContact.store == store, is_back))
    for contact_id, survivor in sorted(merged_into.items()):
        values = {"merged_into": survivor, "noted_at": datetime.now(UTC)}
        connection.execute(
            insert_into(connection, MergedContact)
            .values(store=store, contact_id=contact_id, **values)
            .on_conflict_do_update(index_elements=["store", "contact_id"], set_=values)
        )
