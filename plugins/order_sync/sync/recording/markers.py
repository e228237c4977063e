"""Notes markers that name a contact which was merged into another one in Infusionsoft: brought up to date."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from order_sync.database.cache import cached_customers, save_customers
from order_sync.database.contacts import merged_contacts
from order_sync.database.history import Event, error_event
from order_sync.errors import OrderSyncError, OutcomeUnknown, RecordRefused, RetryLater
from order_sync.keys import with_marker
from order_sync.quickbooks.client import QuickBooks
from order_sync.quickbooks.faults import StaleObject
from order_sync.settings import CustomerSettings
from order_sync.sync.customers.merges import former_contacts
from order_sync.sync.customers.names import name_of
from order_sync.sync.orders.decision import Decision
from order_sync.sync.orders.meaning import snapshot_of
from order_sync.sync.orders.row import OrderRow
from order_sync.sync.orders.snapshot import party
from order_sync.sync.orders.status import Status
from order_sync.sync.outbox.isolation import about_one
from order_sync.sync.recording.context import Recording, rows_of_run
from order_sync.sync.recording.sending import tell

log = logging.getLogger(__name__)

_OWN_CUSTOMER = ("matched", "reactivate")
Markers = Sequence[tuple[str, str]]
"""What a marker says, and what it is to say."""


def renew_markers(recording: Recording) -> None:
    """Lets the markers of the run's customers name the contacts of today, each customer once; whatever goes wrong is a warning on the
    order, and the next order of that person tries it again. A run that records a plan leaves it to that one: no plan has it."""
    if recording.run.plan:
        return
    settings = recording.store.customers
    former = former_contacts(merged_contacts(recording.engine, recording.store.name))
    if not former or all(one.destination != "Notes marker" for one in settings.criteria):
        return
    found = {
        row.customer_id: row
        for row in rows_of_run(recording, Status.MATCHED)
        if row.customer_id and row.contact_id in former and _is_sure(row.decision)
    }
    customers = cached_customers(recording.engine, recording.realm_id, list(found))
    for customer_id, row in found.items():
        markers = _markers(recording, row, former[row.contact_id or ""], settings)
        customer = customers.get(customer_id)
        if customer and _renewed(customer, markers) != (customer.get("Notes") or ""):
            tell(recording, [_renew(recording, row, customer, markers)])


def _is_sure(decision: Decision | None) -> bool:
    return decision is not None and decision.outcome in _OWN_CUSTOMER and not decision.code


def _markers(recording: Recording, row: OrderRow, former: Sequence[str], settings: CustomerSettings) -> Markers:
    who = party(snapshot_of(row, recording.store))
    sources = [one.source for one in settings.criteria if one.destination == "Notes marker"]
    return [
        (was, now)
        for contact_id in former
        for source in sources
        if (was := name_of({**who, "contact_id": contact_id}, source)) and was != (now := name_of(who, source))
    ]


def _renewed(customer: Mapping[str, Any], markers: Markers) -> str:
    notes = str(customer.get("Notes") or "")
    for was, now in markers:
        notes = with_marker(notes, was, now)
    return notes


def _renew(recording: Recording, row: OrderRow, customer: Mapping[str, Any], markers: Markers) -> Event:
    """Sends the notes; the same notes for the same version are the same request, so that sending them again is harmless."""
    what = f"The notes marker of customer {customer['Id']}"
    recording.lease.require()
    try:
        with about_one(f"notes of customer {customer['Id']}"):
            changed = _send(recording.quickbooks, customer, markers)
    except (RecordRefused, OutcomeUnknown, RetryLater) as error:
        log.warning(
            "order %s: the notes marker of customer %s was not brought up to date: %s",
            row.order_id,
            customer["Id"],
            error,
        )
        return _failure(row.order_id, what, error)
    save_customers(recording.engine, recording.realm_id, [changed])
    return Event(row.order_id, "customer", f"{what} names contact {row.contact_id}, as it is since two were merged.")


def _failure(order_id: str, what: str, error: OrderSyncError) -> Event:
    message = f"{what} was not brought up to date: {error.message}"
    advice = "Nothing is to be done: the person's next order tries it again. Or write the contact's id there yourself."
    return error_event(order_id, "customer", "warning", error, message, advice)


def _send(quickbooks: QuickBooks, customer: Mapping[str, Any], markers: Markers) -> dict[str, Any]:
    try:
        return quickbooks.change("Customer", customer, {"Notes": _renewed(customer, markers)})
    except StaleObject:
        current = quickbooks.read("Customer", str(customer["Id"]))
        notes = _renewed(current, markers)
        return current if notes == current.get("Notes") else quickbooks.change("Customer", current, {"Notes": notes})
