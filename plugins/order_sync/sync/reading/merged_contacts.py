"""Contacts that were merged in Infusionsoft: the orders of the one are the other's now, and the one is gone."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import replace

from order_sync.database.contacts import merged_contacts, note_merged_contacts, recorded_contacts, strangers
from order_sync.database.orders import Known, orders_by_id
from order_sync.infusionsoft.client import InfusionsoftReader
from order_sync.infusionsoft.faults import OtherRecord, RecordNotFound
from order_sync.infusionsoft.records import Order
from order_sync.sync.customers.merges import former_contacts
from order_sync.sync.orders.snapshot import Snapshot, content_hash, from_text
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


def with_contacts_of_today(
    context: Context, snapshots: Mapping[str, Snapshot], known: Mapping[str, Known]
) -> dict[str, Known]:
    """What is known of these orders, as if those of a contact that was merged had always been the survivor's: that alone makes no order a
    changed one."""
    engine, store = context.engine, context.store.name
    former, found = former_contacts(merged_contacts(engine, store)), dict(known)
    moved = [
        id for id, one in snapshots.items() if one.order.contact_id in former and id in known and known[id].posted_hash
    ]
    for row in orders_by_id(engine, store, moved):
        now, before = snapshots[row.order_id].order, known[row.order_id]
        was = from_text(row.snapshot).order if row.snapshot else now
        if was.contact_id not in former.get(now.contact_id or "", ()):
            continue
        as_before = replace(
            now,
            contact_id=was.contact_id,
            contact_email=was.contact_email,
            contact_given_name=was.contact_given_name,
            contact_family_name=was.contact_family_name,
        )
        if content_hash(as_before) in (before.posted_hash, before.content_hash):
            today = content_hash(now)
            found[row.order_id] = replace(before, posted_hash=today, content_hash=today)
    return found


def _is_gone(infusionsoft: InfusionsoftReader, contact_id: str, survivor: str) -> bool:
    """Whether a contact is not there any more, or its id leads to the survivor: which of the two it is after a merge, is not known."""
    try:
        infusionsoft.contact(contact_id)
    except RecordNotFound:
        return True
    except OtherRecord as error:
        return error.answered == survivor
    return False
