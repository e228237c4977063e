"""What people chose, and the runs follow: whose a contact's orders are, which item a product is, what payments of a type are, which
orders are recorded though they were left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, select, update

from order_sync.database.database import chunks, insert_into, is_one_of, reading, transaction
from order_sync.database.history import Event, add_events
from order_sync.database.order_status import lock_orders, overrule_order, restore_order
from order_sync.database.tables import ChosenCustomer, ChosenItem, ChosenOrder, ChosenPaymentKind, Order
from order_sync.settings import Store
from order_sync.settings.payments import folded
from order_sync.sync.orders.decision import NEW_CUSTOMER, Choice, ItemChoice, KindChoice, OrderChoice
from order_sync.sync.orders.payment_kinds import with_chosen
from order_sync.sync.orders.status import Status
from order_sync.sync.orders.trouble import Trouble


def choices(engine: Engine, store: str) -> dict[str, Choice]:
    """What was chosen for a store's contacts, by contact id."""
    with reading(engine) as connection:
        rows = connection.execute(select(ChosenCustomer.__table__).where(ChosenCustomer.store == store))
        return {row.contact_id: Choice(row.customer_id, row.who, row.chosen_at) for row in rows}


@transaction
def note_choice(connection: Connection, store: str, contact_id: str, choice: Choice, told: Event) -> None:
    """Keeps what a person chose for a contact, in the place of what was chosen before, and tells it in the history of the order."""
    values = {"customer_id": choice.customer_id, "who": choice.who, "chosen_at": choice.at}
    _note(connection, ChosenCustomer, {"store": store, "contact_id": contact_id}, values)
    add_events(connection, store, None, [told], datetime.now(UTC))


@transaction
def note_made(connection: Connection, store: str, contact_id: str, customer_id: str) -> None:
    """The customer that was to be made for a contact is there: the choice is that customer, unless a person chose otherwise meanwhile."""
    connection.execute(
        update(ChosenCustomer)
        .where(
            ChosenCustomer.store == store,
            ChosenCustomer.contact_id == contact_id,
            ChosenCustomer.customer_id == NEW_CUSTOMER,
        )
        .values(customer_id=customer_id)
    )


@transaction
def forget_choice(connection: Connection, store: str, contact_id: str, told: Sequence[Event]) -> None:
    """Lets the criteria decide about a contact again, and tells it in the history of an order, where the contact has one."""
    of_contact = (ChosenCustomer.store == store, ChosenCustomer.contact_id == contact_id)
    connection.execute(delete(ChosenCustomer).where(*of_contact))
    add_events(connection, store, None, told, datetime.now(UTC))


def held_of_contact(engine: Engine, store: str, contact_id: str, codes: Sequence[str]) -> list[str]:
    """The orders of a contact that are held for one of these reasons."""
    held = (Order.status == Status.HELD, Order.code.in_(codes), Order.document_id.is_(None))
    statement = select(Order.order_id).where(Order.store == store, Order.contact_id == contact_id, *held)
    with reading(engine) as connection:
        return list(connection.scalars(statement.order_by(Order.order_id)))


def newest_of_contacts(engine: Engine, store: str, contact_ids: Sequence[str]) -> dict[str, str]:
    """An order of each of these contacts that has one, the newest by its number's length and number."""
    found: dict[str, str] = {}
    with reading(engine) as connection:
        for some in chunks(contact_ids):
            mine = (Order.store == store, Order.contact_id.in_(some))
            rows = connection.execute(
                select(Order.contact_id, Order.order_id)
                .where(*mine)
                .order_by(func.length(Order.order_id), Order.order_id)
            )
            found |= {contact_id: order_id for contact_id, order_id in rows if contact_id}
    return found


def chosen_items(engine: Engine, store: str) -> dict[str, ItemChoice]:
    """Which item each product is that a person chose one for, by what the product is known by (`company.products.Product.key`)."""
    with reading(engine) as connection:
        rows = connection.execute(select(ChosenItem.__table__).where(ChosenItem.store == store))
        return {row.product_key: ItemChoice(row.item_id, row.who, row.chosen_at, row.order_id) for row in rows}


@transaction
def note_item(connection: Connection, store: str, product_key: str, choice: ItemChoice, told: Event) -> None:
    """Keeps the item that a person chose for a product, in the place of what was chosen before, and tells it in the order's history."""
    values = {
        "item_id": choice.item_id,
        "who": choice.who,
        "chosen_at": choice.at,
        "order_id": choice.order_id,
    }
    _note(connection, ChosenItem, {"store": store, "product_key": product_key}, values)
    add_events(connection, store, None, [told], datetime.now(UTC))


@transaction
def forget_item(connection: Connection, store: str, product_key: str, told: Event) -> None:
    """Lets the settings find a product's item again, and tells it in the history of the order."""
    connection.execute(delete(ChosenItem).where(ChosenItem.store == store, ChosenItem.product_key == product_key))
    add_events(connection, store, None, [told], datetime.now(UTC))


def chosen_kinds(engine: Engine, store: str) -> dict[str, KindChoice]:
    """What people said that payments of a type are, by the type as it is compared (`settings.payments.folded`)."""
    with reading(engine) as connection:
        rows = connection.execute(select(ChosenPaymentKind.__table__).where(ChosenPaymentKind.store == store))
        return {row.folded_type: KindChoice(row.type, row.kind, row.who, row.chosen_at, row.order_id) for row in rows}


@transaction
def note_kind(connection: Connection, store: str, choice: KindChoice, told: Event) -> None:
    """Keeps what payments of a type are, in the place of what was said before, and tells it in the history of the order."""
    values = {
        "type": choice.type,
        "kind": choice.kind,
        "who": choice.who,
        "chosen_at": choice.at,
        "order_id": choice.order_id,
    }
    _note(connection, ChosenPaymentKind, {"store": store, "folded_type": folded(choice.type)}, values)
    add_events(connection, store, None, [told], datetime.now(UTC))


@transaction
def forget_kind(connection: Connection, store: str, type: str, told: Event) -> None:
    """Lets the settings say again what payments of a type are, and tells it in the history of the order."""
    named = (ChosenPaymentKind.store == store, ChosenPaymentKind.folded_type == folded(type))
    connection.execute(delete(ChosenPaymentKind).where(*named))
    add_events(connection, store, None, [told], datetime.now(UTC))


def chosen_orders(engine: Engine, store: str, order_ids: Sequence[str] | None = None) -> dict[str, OrderChoice]:
    """The orders that people have recorded though they were left out, by id; only these, where some are named."""
    of_store = ChosenOrder.store == store
    with reading(engine) as connection:
        some = () if order_ids is None else (is_one_of(connection, ChosenOrder.order_id, order_ids),)
        rows = connection.execute(select(ChosenOrder.__table__).where(of_store, *some))
        return {row.order_id: _order_choice(row) for row in rows}


@transaction
def note_order(connection: Connection, store: str, choice: OrderChoice, why: Trouble, told: Event) -> None:
    """Lets an order that was left out wait for the next run, which records it, and tells it in its history; `why` is what stands on it.

    LookupError where it is not any more as it was seen, or its document is, was or may be in QuickBooks.
    """
    overrule_order(connection, store, told.order_id, choice, why)
    values = {
        "status": choice.status,
        "code": choice.code,
        "message": choice.message,
        "advice": choice.advice,
        "who": choice.who,
        "chosen_at": choice.at,
    }
    _note(connection, ChosenOrder, {"store": store, "order_id": told.order_id}, values)
    add_events(connection, store, None, [told], datetime.now(UTC))


@transaction
def forget_order(connection: Connection, store: str, told: Event) -> None:
    """Lets an order stand as it did before, and tells it in its history. LookupError where nothing was said of it, or where it is
    recorded by now, or may be."""
    lock_orders(connection, store, [told.order_id])  # of two people, one takes it back
    mine = (ChosenOrder.store == store, ChosenOrder.order_id == told.order_id)
    row = connection.execute(select(ChosenOrder.__table__).where(*mine)).one_or_none()
    if row is None:
        raise LookupError(f"Nobody has order {told.order_id} posted anyway.")
    restore_order(connection, store, told.order_id, _order_choice(row))
    connection.execute(delete(ChosenOrder).where(*mine))
    add_events(connection, store, None, [told], datetime.now(UTC))


def count_choices(engine: Engine, store: str) -> tuple[int, int, int]:
    """Of how many contacts, products and types of payments a person chose what they are."""

    def counted(table: type[Any]) -> Any:
        return select(func.count()).where(table.store == store).scalar_subquery()

    with reading(engine) as connection:
        row = connection.execute(select(*map(counted, (ChosenCustomer, ChosenItem, ChosenPaymentKind)))).one()
    return row[0], row[1], row[2]


def as_chosen(engine: Engine, store: Store) -> Store:
    """A store's settings as they count today: with what people said that payments of a type are."""
    return with_chosen(store, chosen_kinds(engine, store.name).values())


def _order_choice(row: Any) -> OrderChoice:
    return OrderChoice(Status(row.status), row.code, row.message, row.advice, row.who, row.chosen_at)


def _note(connection: Connection, table: type[Any], key: Mapping[str, str], values: Mapping[str, Any]) -> None:
    statement = insert_into(connection, table).values(**key, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=list(key), set_=values))
