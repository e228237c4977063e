"""The online store's half of step 5: a contact in Infusionsoft gets the shipping address that its newest order has of its own."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Mapping

from order_sync.database.history import Event, error_event
from order_sync.errors import OrderSyncError, RetryLater, SignInAgain, Stop
from order_sync.infusionsoft.client import Infusionsoft
from order_sync.progress import Progress
from order_sync.sync.addresses.contacts import LONGEST, addressed_contacts, is_moved, own_address
from order_sync.sync.addresses.postal import shortened, too_long
from order_sync.sync.company.reading import home_country
from order_sync.sync.orders.codes import Code
from order_sync.sync.orders.snapshot import Snapshot
from order_sync.sync.outbox.isolation import about_one
from order_sync.sync.recording.context import Recording
from order_sync.sync.recording.missed import Followed, advice_of, forget_missed, note_end, tell_news, whose
from order_sync.sync.recording.sending import tell

log = logging.getLogger(__name__)

PATIENCE = 3
"""After so many contacts in a row that Infusionsoft could not take now, the others are not tried."""


def update_contacts(
    recording: Recording, infusionsoft: Infusionsoft, orders: Iterable[Followed], missed: Mapping[str, Followed]
) -> Counter[str]:
    """Updates the contacts of these orders where their shipping address is another one; counts them by outcome.

    `missed` are those that earlier runs could not update. Billing addresses belong to the contact alone: an order has none of its own.
    Whatever goes wrong is a warning on the order, a refused key too, because the orders themselves go to QuickBooks; only a lost lease
    ends the step. An order whose contact is gone is left out.
    """
    counts = Counter[str]()
    home = home_country(recording.engine, recording.realm_id)
    addressed = addressed_contacts(snapshot for _, snapshot in orders)
    due = {id: snapshot for id, snapshot in addressed.items() if is_moved(snapshot, home)}
    # A contact that Infusionsoft did not give may be back by the next run.
    left = {noted for noted, one in missed.items() if whose("contact", one) not in due and not one[1].lacks_contact}
    forget_missed(recording, "contact", left)
    made_up = {snapshot.order.id for _, snapshot in missed.values()}
    progress = Progress("contacts updated", len(due))
    in_the_way: OrderSyncError | None = None
    out_of_reach = 0
    for contact_id, snapshot in due.items():
        recording.lease.require()
        try:
            if in_the_way:
                raise in_the_way
            with about_one(f"address of contact {contact_id}"):
                changed = infusionsoft.update_shipping_address(contact_id, shortened(own_address(snapshot), LONGEST))
        except OrderSyncError as error:
            out_of_reach = out_of_reach + 1 if isinstance(error, RetryLater) else 0
            if isinstance(error, SignInAgain | Stop) or out_of_reach >= PATIENCE:
                in_the_way = error
            counts["contacts failed"] += 1
            tell_news(recording, _failure(snapshot, contact_id, error), made_up)
            note_end(recording, "contact", contact_id, snapshot, missed, error)
        else:
            out_of_reach = 0
            counts["contacts updated" if changed else "contacts unchanged"] += 1
            tell(recording, _successes(snapshot, contact_id) if changed else [])
            note_end(recording, "contact", contact_id, snapshot, missed)
        progress.step()
    return +counts


def _successes(snapshot: Snapshot, contact_id: str) -> list[Event]:
    order_id = snapshot.order.id
    events = [
        Event(order_id, "address", f"Shipping address of contact {contact_id} in Infusionsoft brought up to date.")
    ]
    if cut := too_long(own_address(snapshot), LONGEST):
        what = f"Shipping address of contact {contact_id}: {', '.join(cut)} shortened to what Infusionsoft takes."
        events.append(
            Event(order_id, "address", what, "warning", Code.ADDRESS_SHORTENED, "Shorten it in Infusionsoft.")
        )
    return events


def _failure(snapshot: Snapshot, contact_id: str, error: OrderSyncError) -> Event:
    order_id = snapshot.order.id
    log.warning("order %s: the address of contact %s was not updated: %s", order_id, contact_id, error)
    message = f"The shipping address of contact {contact_id} in Infusionsoft was not updated: {error.message}"
    return error_event(order_id, "address", "warning", error, message, advice_of(error))
