"""Step 5: the addresses of matched customers, from their newest order; an error is a warning on the order, never a stop."""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Engine

from order_sync.errors import OrderSyncError, OutcomeUnknown, RecordRefused, RetryLater
from order_sync.infusionsoft.records import Address
from order_sync.quickbooks.client import QuickBooks, encode
from order_sync.quickbooks.faults import StaleObject
from order_sync.settings import Store
from order_sync.store.cache import cached_customers, save_customers
from order_sync.store.leases import Lease
from order_sync.store.orders import Event, change_orders, error_event, orders_of_run
from order_sync.store.runs import Run
from order_sync.sync.progress import Progress
from order_sync.sync.snapshot import Snapshot, from_text

log = logging.getLogger(__name__)

PATIENCE = 3
"""After so many customers in a row that QuickBooks could not take now (throttled, out of reach), the others are not tried."""

_LIMITS = {"Line1": 500, "Line2": 500, "City": 255, "CountrySubDivisionCode": 255, "PostalCode": 30, "Country": 255}


def physical_address(address: Address) -> dict[str, str]:
    """An address as QuickBooks holds it, shortened to its limits, empty fields left out."""
    fields = {
        "Line1": address.line1,
        "Line2": address.line2,
        "City": address.locality,
        "CountrySubDivisionCode": address.region,
        "PostalCode": address.postal_code,
        "Country": address.country_code or address.country,
    }
    return {name: value[: _LIMITS[name]] for name, value in fields.items() if value}


def address_changes(snapshot: Snapshot, customer: Mapping[str, Any]) -> dict[str, Any]:
    """The sparse update that brings a customer's addresses to those of an order; empty where they agree.

    Billing comes from the contact, shipping from the order (the contact's where it has none). Fields are compared without regard to
    case and spaces. An empty address never replaces a filled one.
    """
    changes: dict[str, Any] = {}
    for field, address in (("BillAddr", snapshot.billing), ("ShipAddr", snapshot.shipping)):
        if address.is_empty:
            continue
        wanted, has = physical_address(address), customer.get(field) or {}
        if any(_plain(wanted.get(name)) != _plain(has.get(name)) for name in _LIMITS):
            changes[field] = {**({"Id": has["Id"]} if "Id" in has else {}), **wanted}
    return changes


def update_addresses(engine: Engine, quickbooks: QuickBooks, lease: Lease, store: Store, run: Run) -> Counter[str]:
    """Updates the addresses of the run's customers from their newest orders; counts them by outcome.

    Whatever goes wrong with one customer is a warning on the order; only sign-in, a stopped company or a lost lease end the step.
    """
    counts = Counter[str]()
    if store.customers.update_addresses == "off":
        return counts
    newest: dict[str, Snapshot] = {}
    for row in orders_of_run(engine, store.name, run.run_key, ("matched",)):
        if row.customer_id:
            snapshot = from_text(row.snapshot)
            known = newest.get(row.customer_id)
            if known is None or snapshot.order.ordered_at > known.order.ordered_at:
                newest[row.customer_id] = snapshot
    customers = cached_customers(engine, quickbooks.realm_id, list(newest))
    due = {
        customer_id: changes
        for customer_id, snapshot in newest.items()
        if customer_id in customers and (changes := address_changes(snapshot, customers[customer_id]))
    }
    counts["unchanged"] = len(newest) - len(due)
    progress = Progress("addresses updated", len(due))
    out_of_reach = 0
    for customer_id, changes in due.items():
        lease.require()
        order_id = newest[customer_id].order.id
        try:
            if out_of_reach >= PATIENCE:
                raise RetryLater("QuickBooks did not take the addresses before it either, so it was not tried.")
            changed = _update(quickbooks, newest[customer_id], customers[customer_id], changes)
        except (RecordRefused, OutcomeUnknown, RetryLater) as error:
            out_of_reach += isinstance(error, RetryLater)
            counts["failed"] += 1
            _warn(engine, store, run, order_id, customer_id, error)
        else:
            out_of_reach = 0
            counts["updated"] += 1
            save_customers(engine, quickbooks.realm_id, [changed])
            what = " and ".join(_NAMES[field] for field in changes)
            event = Event(order_id, "address", f"{what} of customer {customer_id} brought up to date.")
            change_orders(engine, store.name, run.run_key, [], [event])
        progress.step()
    return +counts


def _update(
    quickbooks: QuickBooks, snapshot: Snapshot, customer: Mapping[str, Any], changes: Mapping[str, Any]
) -> dict[str, Any]:
    try:
        return _send(quickbooks, customer, changes)
    except StaleObject:
        # Somebody changed the customer since it was cached: compare with what is there now, once.
        current = quickbooks.read("Customer", str(customer["Id"]))
        changes = address_changes(snapshot, current)
        return _send(quickbooks, current, changes) if changes else current


def _warn(engine: Engine, store: Store, run: Run, order_id: str, customer_id: str, error: OrderSyncError) -> None:
    message = f"The address of customer {customer_id} was not updated: {error.message}"
    log.warning("order %s: the address of customer %s was not updated: %s", order_id, customer_id, error)
    event = error_event(order_id, "address", "warning", error, message)
    change_orders(engine, store.name, run.run_key, [], [event])


_NAMES = {"BillAddr": "Billing address", "ShipAddr": "Shipping address"}


def _send(quickbooks: QuickBooks, customer: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    body = {"Id": customer["Id"], "SyncToken": customer["SyncToken"], "sparse": True, **changes}
    # The same change to the same version of the customer has the same id: sent again, it is not executed again.
    request_id = hashlib.sha256(f"{quickbooks.realm_id}\n{encode(body)}".encode()).hexdigest()[:36]
    return quickbooks.update("Customer", body, request_id=request_id)


def _plain(text: str | None) -> str:
    return " ".join((text or "").casefold().split())
