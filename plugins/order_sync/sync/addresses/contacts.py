"""The shipping address of a contact in Infusionsoft, and whether an order has another one of its own."""

from __future__ import annotations

from collections.abc import Iterable

from order_sync.infusionsoft.records import Address
from order_sync.sync.addresses.postal import called, differs, parts_of, shortened
from order_sync.sync.orders.snapshot import Snapshot, newest

LONGEST = {"line1": 100, "line2": 100, "locality": 100, "region": 50, "postal_code": 20}
"""What Infusionsoft takes of a contact's shipping address, in characters (REST v2, `Address`)."""


def addressed_contacts(snapshots: Iterable[Snapshot]) -> dict[str, Snapshot]:
    """Each contact's newest order that has an address of its own; a contact that Infusionsoft did not give has none to follow."""
    there = ((one.contact, one) for one in snapshots if not one.lacks_contact and not own_address(one).is_empty)
    return newest((contact.id, one) for contact, one in there if contact)


def own_address(snapshot: Snapshot) -> Address:
    """The shipping address that an order has of its own."""
    return snapshot.order.shipping.address


def is_moved(snapshot: Snapshot, home: str = "") -> bool:
    """Whether the contact has another shipping address than its order."""
    has = snapshot.contact.shipping if snapshot.contact else Address()
    return differs(parts_of(shortened(own_address(snapshot), LONGEST)), parts_of(has), home, called(snapshot))
