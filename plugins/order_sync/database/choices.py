"""Whose a contact's orders are where a person said so."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, delete, select

from order_sync.database.database import insert_into, reading, transaction
from order_sync.database.history import Event, add_events
from order_sync.database.tables import ChosenCustomer
from order_sync.sync.orders.decision import Choice


def choices(engine: Engine, store: str) -> dict[str, Choice]:
    """What was chosen for a store's contacts, by contact id."""
    with reading(engine) as connection:
        rows = connection.execute(select(ChosenCustomer.__table__).where(ChosenCustomer.store == store))
        return {row.contact_id: Choice(row.customer_id, row.who, row.chosen_at) for row in rows}


@transaction
def note_choice(connection: Connection, store: str, contact_id: str, choice: Choice, told: Event) -> None:
    """Keeps what a person chose for a contact, in the place of what was chosen before, and tells it in the history of the order."""
    values = {"customer_id": choice.customer_id, "who": choice.who, "chosen_at": choice.at}
    connection.execute(
        insert_into(connection, ChosenCustomer)
        .values(store=store, contact_id=contact_id, **values)
        .on_conflict_do_update(index_elements=["store", "contact_id"], set_=values)
    )
    add_events(connection, store, None, [told], datetime.now(UTC))


@transaction
def forget_choice(connection: Connection, store: str, contact_id: str, told: Event) -> None:
    """Lets the criteria decide about a contact again, and tells it in the history of the order."""
    of_contact = (ChosenCustomer.store == store, ChosenCustomer.contact_id == contact_id)
    connection.execute(delete(ChosenCustomer).where(*of_contact))
    add_events(connection, store, None, [told], datetime.now(UTC))
