"""The stores: the Infusionsoft account and the QuickBooks company that each is bound to."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, select, update

from order_sync.database.database import insert_into, reading, transaction
from order_sync.database.tables import Order
from order_sync.database.tables import Store as StoreRow
from order_sync.sync.orders.codes import Code
from order_sync.sync.orders.identity import Identity


def known_stores(engine: Engine) -> dict[str, Identity]:
    """Every store that ever ran, by name."""
    with reading(engine) as connection:
        rows = connection.execute(select(StoreRow.__table__).order_by(StoreRow.store))
        return {
            row.store: Identity(row.store, row.account or "", row.realm_id, row.number_prefix, row.environment or "")
            for row in rows
        }


@transaction
def note_store(connection: Connection, identity: Identity) -> None:
    """Notes what a store is bound to; an account that the service does not tell leaves the one that is known."""
    row: dict[str, Any] = {
        "realm_id": identity.realm_id,
        "number_prefix": identity.number_prefix,
        "environment": identity.environment,
        "noted_at": datetime.now(UTC),
    }
    if identity.account:
        row["account"] = identity.account
    connection.execute(
        insert_into(connection, StoreRow)
        .values(store=identity.store, **row)
        .on_conflict_do_update(index_elements=["store"], set_=row)
    )


@transaction
def forget_account(connection: Connection, store: str) -> str:
    """Lets the next run note the account anew, once it has found the store's orders there; gives the former one.

    LookupError where the store never ran.
    """
    account = connection.execute(select(StoreRow.account).where(StoreRow.store == store)).one_or_none()
    if account is None:
        raise LookupError(f"There is no store {store} in the database; its first run notes its account.")
    connection.execute(update(StoreRow).where(StoreRow.store == store).values(account=None))
    return account[0] or ""


def newest_orders(engine: Engine, store: str, number: int) -> dict[str, datetime]:
    """When the newest orders that were read, and not deleted since, were made, by id."""
    with reading(engine) as connection:
        rows = connection.execute(
            select(Order.order_id, Order.created_at)
            .where(
                Order.store == store,
                Order.created_at.is_not(None),
                Order.content_hash.is_not(None),  # of one that could not be read, the time is its run's
                Order.code.is_(None) | Order.code.not_in([Code.GONE, Code.DELETED]),
            )
            .order_by(Order.created_at.desc(), Order.order_id)
            .limit(number)
        )
        return {row.order_id: row.created_at for row in rows}
