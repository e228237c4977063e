"""Contacts that were merged in Infusionsoft: the orders of the one are the other's now, and the one is gone."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from order_sync.database.contacts import note_merged_contacts, recorded_contacts, strangers
from order_sync.infusionsoft.client import InfusionsoftReader
from order_sync.infusionsoft.faults import OtherRecord, RecordNotFound
from order_sync.infusionsoft.records import Order
from order_sync.sync.recording.context import Context

log = logging.getLogger(__name__)


def find_merged_contacts(
    context: Context, infusionsoft: InfusionsoftReader, read: Iterable[Order], ready: Iterable[Order]
) -> None:
    """Notes which contacts were merged into those of the orders that were `read`; before these are saved.

    A recorded order tells it, whose contact is another one than it was: one that was read now, or any of the orders of a contact of whom
    nothing is recorded yet and an order is `ready`. These are asked for, one list a contact. Where the former contact is still there,
    somebody has only given the order to another.
    """
    engine, store = context.engine, context.store.name
    now = {order.id: order.contact_id for order in read if order.contact_id}
    for contact_id in strangers(engine, store, [order.contact_id for order in ready if order.contact_id]):
        orders = infusionsoft.orders(contact_id=contact_id)
        now |= {order.id: contact_id for order in orders if isinstance(order, Order)}
    moved: dict[str, set[str]] = {}
    for order_id, was in recorded_contacts(engine, store, list(now)).items():
        if was != now[order_id]:
            moved.setdefault(was, set()).add(now[order_id])
    one = {was: min(to) for was, to in moved.items() if len(to) == 1}
    merged = {was: survivor for was, survivor in one.items() if _is_gone(infusionsoft, was, survivor)}
    for was, survivor in merged.items():
        log.info("contact %s was merged into contact %s in Infusionsoft", was, survivor)
    note_merged_contacts(engine, store, merged)


def _is_gone(infusionsoft: InfusionsoftReader, contact_id: str, survivor: str) -> bool:
    """Whether a contact is not there any more, or its id leads to the survivor: which of the two it is after a merge, is not known."""
    try:
        infusionsoft.contact(contact_id)
    except RecordNotFound:
        return True
    except OtherRecord as error:
        return error.answered == survivor
    return False
