"""Step 5: the addresses of the customers found or made, from their newest order; an error is a warning on the order, never a stop."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from order_sync.database.cache import cached_customers, save_customers
from order_sync.database.history import Event, error_event
from order_sync.database.orders import newest_posted
from order_sync.errors import OrderSyncError, OutcomeUnknown, RecordRefused, RetryLater
from order_sync.infusionsoft.client import Infusionsoft
from order_sync.progress import Progress
from order_sync.quickbooks.client import QuickBooks
from order_sync.quickbooks.faults import StaleObject
from order_sync.quickbooks.lengths import is_length_fault, shortened, shorter, texts_of
from order_sync.settings import AddressRule
from order_sync.sync.addresses.customers import LONGEST, NAMES, address_changes, address_of, physical_address
from order_sync.sync.addresses.postal import too_long
from order_sync.sync.orders.codes import Code
from order_sync.sync.orders.decision import Decision
from order_sync.sync.orders.meaning import snapshot_of
from order_sync.sync.orders.row import OrderRow
from order_sync.sync.orders.snapshot import Snapshot, newest
from order_sync.sync.orders.status import Status
from order_sync.sync.outbox.isolation import about_one
from order_sync.sync.recording.contacts import update_contacts
from order_sync.sync.recording.context import Recording, rows_of_run
from order_sync.sync.recording.sending import tell

log = logging.getLogger(__name__)

PATIENCE = 3
"""After so many customers in a row that QuickBooks could not take now (throttled, out of reach), the others are not tried."""


_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_OWN_CUSTOMER = ("matched", "reactivate", "create")


def update_addresses(recording: Recording, infusionsoft: Infusionsoft) -> Counter[str]:
    """Updates the addresses of the run's customers, and of the contacts where the settings say so; counts both by outcome.

    Each follows its newest order of the run, unless a newer one is recorded already. Whatever goes wrong with one customer is a
    warning on the order; only sign-in to QuickBooks, a stopped company or a lost lease end the step.
    """
    store, settings = recording.store, recording.store.matching
    if settings.update_addresses == "off" and not settings.update_online_store:
        return Counter()
    rows = rows_of_run(recording, Status.MATCHED)
    orders = [(row, snapshot_of(row, store)) for row in rows]
    # A backfill must not bring back where somebody lived before.
    last = newest_posted(recording.engine, store.name, [row.contact_id for row in rows if row.contact_id])
    orders = [one for one in orders if one[1].order.ordered_at >= last.get(one[0].contact_id or "", _LONG_AGO)]
    counts = Counter[str]()
    if settings.update_addresses != "off":
        counts += _update_customers(recording, _of_customers(orders))
    if settings.update_online_store:
        snapshots = [snapshot for _, snapshot in orders]
        counts += update_contacts(recording, infusionsoft, snapshots)
    return counts


def _of_customers(orders: Iterable[tuple[OrderRow, Snapshot]]) -> dict[str, Snapshot]:
    """Each customer's newest order. The standard and the default customer stand for many people: they have no address to follow; nor
    is a customer moved who may be another person."""
    return newest((row.customer_id, snapshot) for row, snapshot in orders if row.customer_id and _moves(row.decision))


def _moves(decision: Decision | None) -> bool:
    return decision is not None and decision.outcome in _OWN_CUSTOMER and decision.code != Code.CONTRADICTED


def _update_customers(recording: Recording, orders: Mapping[str, Snapshot]) -> Counter[str]:
    store, rule, counts = recording.store, recording.store.matching.update_addresses, Counter[str]()
    shared = {store.matching.standard_customer, store.matching.default_customer}
    customers = cached_customers(recording.engine, recording.realm_id, list(orders))
    due = [
        customer_id
        for customer_id, snapshot in orders.items()
        if (customer := customers.get(customer_id))
        and customer.get("DisplayName") not in shared
        and address_changes(snapshot, customer, rule)
    ]
    counts["unchanged"] = len(orders) - len(due)
    progress = Progress("addresses updated", len(due))
    out_of_reach = 0
    for customer_id in due:
        recording.lease.require()
        snapshot = orders[customer_id]
        try:
            if out_of_reach >= PATIENCE:
                raise RetryLater("QuickBooks did not take the addresses before it either, so it was not tried.")
            with about_one(f"address of customer {customer_id}"):
                changed, changes = _update(recording.quickbooks, snapshot, customers[customer_id], rule)
        except (RecordRefused, OutcomeUnknown, RetryLater) as error:
            out_of_reach = 0 if isinstance(error, RecordRefused) else out_of_reach + 1
            counts["failed"] += 1
            events = [_failure(snapshot, customer_id, error)]
        else:
            out_of_reach = 0
            counts["updated" if changes else "unchanged"] += 1
            save_customers(recording.engine, recording.realm_id, [changed])
            events = _successes(snapshot, customer_id, changes)
        tell(recording, events)
        progress.step()
    return +counts


def _update(
    quickbooks: QuickBooks, snapshot: Snapshot, customer: Mapping[str, Any], rule: AddressRule
) -> tuple[Mapping[str, Any], dict[str, Any]]:
    """The customer as it is then, and what was sent."""
    changes = address_changes(snapshot, customer, rule)
    try:
        return _changed(quickbooks, customer, changes)
    except StaleObject:
        # Somebody changed the customer since it was cached: compare with what is there now, once.
        current = quickbooks.read("Customer", str(customer["Id"]))
        changes = address_changes(snapshot, current, rule)
        return _changed(quickbooks, current, changes) if changes else (current, changes)


def _changed(
    quickbooks: QuickBooks, customer: Mapping[str, Any], changes: dict[str, Any]
) -> tuple[Mapping[str, Any], dict[str, Any]]:
    """The customer as it is then, and what was sent: texts that QuickBooks refuses as too long are shortened, as long as that helps."""
    while True:
        try:
            return quickbooks.change("Customer", customer, changes), changes
        except RecordRefused as error:
            limits = shorter(dict(texts_of(changes)), error) if is_length_fault(error) else {}
            if not limits:
                raise
            changes = shortened(changes, limits)


def _successes(snapshot: Snapshot, customer_id: str, changes: Mapping[str, Any]) -> list[Event]:
    order_id, events = snapshot.order.id, list[Event]()
    if changes:
        what = " and ".join(NAMES[field] for field in changes)
        events.append(Event(order_id, "address", f"{what} of customer {customer_id} brought up to date."))
    for field, sent in changes.items():
        address = address_of(snapshot, field)
        wanted = {name: text for name, text in physical_address(address).items() if sent.get(name, text) != text}
        if cut := too_long(address, LONGEST) or [name for name, text in wanted.items() if text.startswith(sent[name])]:
            what = f"{NAMES[field]} of customer {customer_id}: {', '.join(cut)} shortened to what QuickBooks takes."
            advice = Code.ADDRESS_SHORTENED.advice
            events.append(Event(order_id, "address", what, "warning", Code.ADDRESS_SHORTENED, advice))
    return events


def _failure(snapshot: Snapshot, customer_id: str, error: OrderSyncError) -> Event:
    order_id = snapshot.order.id
    log.warning("order %s: the address of customer %s was not updated: %s", order_id, customer_id, error)
    message = f"The address of customer {customer_id} was not updated: {error.message}"
    return error_event(order_id, "address", "warning", error, message)
