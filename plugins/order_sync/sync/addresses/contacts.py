"""The online store's half of step 5: a contact in Infusionsoft gets the shipping address that its newest order has of its own."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable

from sqlalchemy import Engine

from order_sync.database.history import Event, error_event, tell_orders
from order_sync.database.leases import Lease
from order_sync.database.runs import Run
from order_sync.errors import OrderSyncError, RetryLater, SignInAgain, Stop
from order_sync.infusionsoft.client import Infusionsoft
from order_sync.infusionsoft.records import Address
from order_sync.progress import Progress
from order_sync.settings import Store
from order_sync.sync.addresses.postal import differs, parts_of, shortened, too_long
from order_sync.sync.orders.codes import Code
from order_sync.sync.orders.snapshot import Snapshot, newest

log = logging.getLogger(__name__)

PATIENCE = 3
"""After so many contacts in a row that Infusionsoft could not take now, the others are not tried."""

LONGEST = {"line1": 100, "line2": 100, "locality": 100, "region": 50, "postal_code": 20}
"""What Infusionsoft takes of a contact's shipping address, in characters (REST v2, `Address`)."""


def update_contacts(
    engine: Engine, infusionsoft: Infusionsoft, lease: Lease, store: Store, run: Run, snapshots: Iterable[Snapshot]
) -> Counter[str]:
    """Updates the contacts of these orders where their shipping address is another one; counts them by outcome.

    Billing addresses belong to the contact alone: an order has none of its own. Whatever goes wrong is a warning on the order, a
    refused key too, because the orders themselves go to QuickBooks; only a lost lease ends the step. An order whose contact is gone
    is left out.
    """
    counts = Counter[str]()
    due = {id: snapshot for id, snapshot in _of_contacts(snapshots).items() if _wanted(snapshot)}
    progress = Progress("contacts updated", len(due))
    in_the_way: OrderSyncError | None = None
    out_of_reach = 0
    for contact_id, snapshot in due.items():
        lease.require()
        try:
            if in_the_way:
                raise in_the_way
            changed = infusionsoft.update_shipping_address(contact_id, shortened(_own(snapshot), LONGEST))
        except OrderSyncError as error:
            out_of_reach = out_of_reach + 1 if isinstance(error, RetryLater) else 0
            if isinstance(error, SignInAgain | Stop) or out_of_reach >= PATIENCE:
                in_the_way = error
            counts["contacts failed"] += 1
            events = [_failure(snapshot, contact_id, error)]
        else:
            out_of_reach = 0
            counts["contacts updated" if changed else "contacts unchanged"] += 1
            events = _successes(snapshot, contact_id) if changed else []
        tell_orders(engine, store.name, run.run_key, events)
        progress.step()
    return +counts


def _of_contacts(snapshots: Iterable[Snapshot]) -> dict[str, Snapshot]:
    """Each contact's newest order that has an address of its own."""
    return newest((one.contact.id, one) for one in snapshots if one.contact and not _own(one).is_empty)


def _own(snapshot: Snapshot) -> Address:
    return snapshot.order.shipping.address


def _wanted(snapshot: Snapshot) -> bool:
    has = snapshot.contact.shipping if snapshot.contact else Address()
    return differs(parts_of(shortened(_own(snapshot), LONGEST)), parts_of(has))


def _successes(snapshot: Snapshot, contact_id: str) -> list[Event]:
    order_id = snapshot.order.id
    events = [
        Event(order_id, "address", f"Shipping address of contact {contact_id} in Infusionsoft brought up to date.")
    ]
    if cut := too_long(_own(snapshot), LONGEST):
        what = f"Shipping address of contact {contact_id}: {', '.join(cut)} shortened to what Infusionsoft takes."
        events.append(
            Event(order_id, "address", what, "warning", Code.ADDRESS_SHORTENED, "Shorten it in Infusionsoft.")
        )
    return events


def _failure(snapshot: Snapshot, contact_id: str, error: OrderSyncError) -> Event:
    order_id = snapshot.order.id
    log.warning("order %s: the address of contact %s was not updated: %s", order_id, contact_id, error)
    message = f"The shipping address of contact {contact_id} in Infusionsoft was not updated: {error.message}"
    return error_event(order_id, "address", "warning", error, message)
