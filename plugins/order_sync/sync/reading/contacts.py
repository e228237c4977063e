"""The contacts of orders."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from sqlalchemy import Engine

from order_sync.database.history import Event
from order_sync.database.orders import newest_readings
from order_sync.infusionsoft.client import InfusionsoftReader
from order_sync.infusionsoft.faults import RecordNotFound
from order_sync.infusionsoft.records import Contact, Order, Payment, Unreadable
from order_sync.sync.orders.codes import Code
from order_sync.sync.orders.snapshot import Snapshot, from_text
from order_sync.sync.reading.parked import Parked


def contacts_of(infusionsoft: InfusionsoftReader, orders: Collection[Order], parked: Parked) -> dict[str, Contact]:
    """The orders' contacts by id, without those that Infusionsoft no longer has; one that cannot be read parks its orders."""
    contacts: dict[str, Contact] = {}
    wanted = {order.contact_id for order in orders if order.contact_id}

    def take(contact: Contact | Unreadable) -> None:
        if isinstance(contact, Contact):
            contacts[contact.id] = contact
        else:
            parked.park(contact, [order.id for order in orders if contact.id and order.contact_id == contact.id])
        wanted.discard(contact.id)

    for contact in infusionsoft.contacts(sorted(wanted)):
        take(contact)
    for contact_id in sorted(wanted):
        try:
            take(infusionsoft.contact(contact_id))  # a list that lacks it proves nothing
        except RecordNotFound:
            continue
    return contacts


Known = tuple[Contact, str | None]
"""A contact; and where it was not given now, the order with which it was last read."""


def with_remembered(
    engine: Engine, store: str, orders: Collection[Order], given: Mapping[str, Contact]
) -> dict[str, Known]:
    """The orders' contacts by id: those that were given, and of the others what was read of them with their newest order."""
    missing = {order.contact_id for order in orders if order.contact_id} - given.keys()
    found: dict[str, Known] = {contact_id: (contact, None) for contact_id, contact in given.items()}
    for contact_id in sorted(missing):
        for order_id, text in newest_readings(engine, store, contact_id):
            snapshot = from_text(text)
            if snapshot.contact:
                found[contact_id] = snapshot.contact, snapshot.remembered_from or order_id
                break
    return found


def as_read(order: Order, contacts: Mapping[str, Known], payments: Iterable[Payment]) -> Snapshot:
    """An order with its payments and its contact, as far as that is known."""
    contact, remembered_from = contacts.get(order.contact_id or "", (None, None))
    return Snapshot(order, contact, tuple(payments), remembered_from=remembered_from)


def contact_events(snapshot: Snapshot) -> Iterator[Event]:
    """What the history says once of an order's contact: that it was not given, or that another address is taken for billing."""
    order = snapshot.order
    if snapshot.lacks_contact:
        words = f"Infusionsoft did not give the order's contact {order.contact_id}; "
        words += (
            f"it is taken as it was last read, with order {snapshot.remembered_from}."
            if snapshot.remembered_from
            else "the customer and the document have only what the order itself says: no billing address, telephone number or company."
        )
        yield Event(order.id, "contact", words, "warning", Code.CONTACT_GONE, Code.CONTACT_GONE.advice)
    if snapshot.bills_elsewhere:
        words = "The contact has no billing address: its other address is taken as one."
        yield Event(order.id, "contact", words, "info", Code.OTHER_ADDRESS, Code.OTHER_ADDRESS.advice)
