"""Whose the documents of recorded orders are now: what follows of one is recorded for the customer whom it names at this moment.

Customers are merged, and documents are given to others by hand. QuickBooks refuses a payment for another customer than its invoice's; a
refund of a sales receipt it would take.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from order_sync.database.cache import cached_customers
from order_sync.database.history import Event, untold
from order_sync.database.merges import survivors
from order_sync.errors import RecordRefused
from order_sync.sync.company.company import Company
from order_sync.sync.documents.due import Due, due
from order_sync.sync.orders.codes import Code
from order_sync.sync.orders.kinds import Entity, Kind
from order_sync.sync.orders.status import Status
from order_sync.sync.orders.tracked import TrackedOrder
from order_sync.sync.recording.context import Context, Recording
from order_sync.sync.recording.merges import owners_of
from order_sync.sync.recording.sending import end, tell

ReadOwners = Callable[[Collection[tuple[Entity, str]]], Mapping[tuple[Entity, str], str | RecordRefused]]
"""The customers whom documents name now (`merges.owners_of`); of those that are left out, nobody asked."""

_FOLLOWS = (Kind.PAYMENT, Kind.WRITE_OFF, Kind.APPLICATION, Kind.REFUND, Kind.REVERSAL)


def note_owner(recording: Recording, order_id: str, document: Mapping[str, Any]) -> None:
    """Notes whose an order's document is, as QuickBooks has just given it; where it names nobody, it is asked for when it matters."""
    if owner := (document.get("CustomerRef") or {}).get("value"):
        recording.owners[order_id] = str(owner)


def due_today(recording: Recording, company: Company, orders: Sequence[TrackedOrder]) -> Due:
    """What is due of recorded orders, for the customers whom their documents name now.

    Reads those documents, many at once, of which something is due and nobody has read them in this step. An order whose document cannot
    be read is held, and nothing of it is due.
    """
    known = [replace(one, owner=recording.owners.get(one.order_id, one.owner)) for one in orders]
    wanted = due(known, company, recording.store, recording.today, {})
    asked = _followed(known, wanted)
    if not asked:
        return wanted
    found = _whose(recording, asked, lambda documents: owners_of(recording.quickbooks, documents))
    for order_id, owner in found.items():
        if isinstance(owner, RecordRefused):
            end(recording, order_id, Status.HELD, owner)
        else:
            recording.owners[order_id] = owner
    _tell(recording, asked)
    readable = [one for one in known if not recording.is_troubled(one.order_id)]
    return due(
        [replace(one, owner=recording.owners.get(one.order_id, one.owner)) for one in readable],
        company,
        recording.store,
        recording.today,
        {},
    )


def with_owners(
    context: Context, company: Company, orders: Sequence[TrackedOrder], read: ReadOwners
) -> list[TrackedOrder]:
    """The orders with the customers whom their documents name now, where something is due of them."""
    recorded = [one for one in orders if one.original]
    asked = _followed(recorded, due(recorded, company, context.store, context.today, {}))
    found = _whose(context, asked, read)
    owners = {order_id: owner for order_id, owner in found.items() if isinstance(owner, str)}
    return [replace(one, owner=owners.get(one.order_id)) for one in orders]


def _followed(orders: Sequence[TrackedOrder], wanted: Due) -> list[TrackedOrder]:
    """Those of which something is due that names their customer, and of which nobody has looked whose they are."""
    following = {order_id for one in wanted.intents if one.kind in _FOLLOWS for order_id in one.order_ids}
    return [one for one in orders if one.order_id in following and one.owner is None]


def _whose(context: Context, orders: Sequence[TrackedOrder], read: ReadOwners) -> dict[str, str | RecordRefused]:
    """By order: the customer whom its document names now; of one that is not there, who its customer is today."""
    documents = {
        one.order_id: (one.original.entity, one.original.quickbooks_id)
        for one in orders
        if one.original and one.original.quickbooks_id
    }
    if not documents:
        return {}
    found = read(list(dict.fromkeys(documents.values())))
    gone = {one.order_id: _sent_to(one) for one in orders if not found.get(documents.get(one.order_id, _NONE))}
    merged = survivors(context.engine, context.realm_id, list(set(gone.values()))) if gone else {}
    return {id: found.get(document) or merged.get(gone[id], "") for id, document in documents.items()}


_NONE = (Entity.INVOICE, "")


def _sent_to(tracked: TrackedOrder) -> str:
    return str(tracked.body()["CustomerRef"]["value"])


def _tell(recording: Recording, orders: Sequence[TrackedOrder]) -> None:
    """Tells once of each document that names another customer than it was recorded for."""
    moved = {
        one.order_id: (one, owner)
        for one in orders
        if (owner := recording.owners.get(one.order_id)) and owner != _sent_to(one)
    }
    names = cached_customers(recording.engine, recording.realm_id, list({owner for _one, owner in moved.values()}))
    events = []
    for order_id, (one, owner) in moved.items():
        what = one.original.entity.words if one.original else "document"
        name = names.get(owner, {}).get("DisplayName") or "customer"
        words = (
            f"The {what} was recorded for customer {_sent_to(one)} and names {name} ({owner}) in QuickBooks now: what follows of it is "
            "recorded for that one."
        )
        events.append(Event(order_id, "customer", words, "info", Code.CUSTOMER_MOVED, Code.CUSTOMER_MOVED.advice))
    tell(recording, untold(recording.engine, recording.store.name, events))
