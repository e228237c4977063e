"""The contacts of orders."""

from __future__ import annotations

from collections.abc import Collection

from order_sync.infusionsoft.client import InfusionsoftReader
from order_sync.infusionsoft.faults import RecordNotFound
from order_sync.infusionsoft.records import Contact, Order, Unreadable
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
