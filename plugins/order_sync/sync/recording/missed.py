"""Updates of customers and contacts that earlier runs could not make: which are still right, and what is kept for the next run."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from order_sync.database.cache import cached_customers
from order_sync.database.contacts import merged_contacts
from order_sync.database.history import Event, newest_troubles
from order_sync.database.merges import survivors
from order_sync.database.missed_updates import Subject, missed_updates, note_missed, settle_missed
from order_sync.database.orders import orders_by_id
from order_sync.errors import OrderSyncError, RecordRefused, SignInAgain, Stop
from order_sync.keys import UNSEEN
from order_sync.quickbooks.faults import ObjectNotFound, StaleObject
from order_sync.quickbooks.reading import Unreadable
from order_sync.sync.customers.merges import followed
from order_sync.sync.orders.codes import Code
from order_sync.sync.orders.meaning import snapshot_of
from order_sync.sync.orders.row import OrderRow
from order_sync.sync.orders.snapshot import Snapshot
from order_sync.sync.orders.status import RECORDED
from order_sync.sync.recording.context import Recording
from order_sync.sync.recording.merges import merged_now
from order_sync.sync.recording.sending import tell

Followed = tuple[OrderRow, Snapshot]
"""An order that a customer or a contact is to follow."""

_MAY_PASS = (Code.UNEXPECTED, Code.UNANSWERED, Code.ANSWER_UNREADABLE)


def missed_orders(recording: Recording, kind: Subject) -> dict[str, Followed]:
    """By customer or contact as it was noted, the recorded order that is still to be followed, as the customer's or contact's whom it was
    merged into since; an order that is not recorded comes again by itself.

    A run that is for named orders only makes nothing up.
    """
    if recording.run.only_orders:
        return {}
    store = recording.store
    order_of = missed_updates(recording.engine, store.name, kind)
    rows = orders_by_id(recording.engine, store.name, sorted(set(order_of.values())))
    known = {row.order_id: row for row in rows if row.snapshot and row.status in RECORDED}
    today = _survivors(recording, kind, list(order_of))
    return {
        subject: _of(kind, today.get(subject), known[order_id], snapshot_of(known[order_id], store))
        for subject, order_id in order_of.items()
        if order_id in known
    }


def _survivors(recording: Recording, kind: Subject, subjects: Sequence[str]) -> dict[str, str]:
    """Those of these that were merged, by whom they are today; a customer of whom that could not be seen is left out."""
    if kind == "contact":
        return followed(merged_contacts(recording.engine, recording.store.name))
    merged = survivors(recording.engine, recording.realm_id, subjects)
    there = cached_customers(recording.engine, recording.realm_id, subjects)
    for id in subjects:
        if id not in there and (survivor := merged_now(recording.engine, recording.quickbooks, id)):
            merged[id] = survivor
    return {id: survivor for id, survivor in merged.items() if survivor != UNSEEN}


def _of(kind: Subject, survivor: str | None, row: OrderRow, snapshot: Snapshot) -> Followed:
    """The order as that of the customer or the contact into whom its own was merged, if it was."""
    if survivor is None:
        return row, snapshot
    if kind == "customer":
        return replace(row, customer_id=survivor), snapshot
    order, contact = replace(snapshot.order, contact_id=survivor), snapshot.contact
    return row, replace(snapshot, order=order, contact=contact and replace(contact, id=survivor))


def note_end(
    recording: Recording,
    kind: Subject,
    subject: str,
    snapshot: Snapshot,
    missed: Mapping[str, Followed],
    error: OrderSyncError | None = None,
) -> None:
    """Forgets what a subject has missed; after an error that may pass, keeps for the next run that it is to follow this order."""
    noted = {id for id, one in missed.items() if whose(kind, one) == subject}
    order, kept = snapshot.order, set[str]()
    if error and may_pass(error):
        # One that was merged stays noted as it was: of it there are documents, which tell where it is if that one is merged too.
        kept = {id for id in noted if missed[id][1].order.id == order.id} or {subject}
        for id in kept:
            note_missed(
                recording.engine, recording.store.name, kind, id, order_id=order.id, ordered_at=order.ordered_at
            )
    forget_missed(recording, kind, noted - kept)


def whose(kind: Subject, followed: Followed) -> str | None:
    """The customer, or the contact, that is to follow an order."""
    row, snapshot = followed
    return row.customer_id if kind == "customer" else snapshot.order.contact_id


def may_pass(error: OrderSyncError) -> bool:
    """Whether the same update may succeed later: all but a definite refusal. Whoever is inactive or gone may have been merged."""
    passing = (StaleObject, ObjectNotFound, Unreadable)
    return not isinstance(error, RecordRefused) or isinstance(error, passing) or error.code in _MAY_PASS


def advice_of(error: OrderSyncError) -> str:
    """What a person does about an update that was not made: the order is recorded all the same, so nothing of it is sent again."""
    if not may_pass(error):
        return "Correct it there by hand, where it matters; the person's next order tries it again."
    by_itself = "The next run makes it up."
    return (
        f"{error.advice} {by_itself}"
        if isinstance(error, SignInAgain | Stop)
        else f"Nothing is to be done. {by_itself}"
    )


def forget_missed(recording: Recording, kind: Subject, subjects: Collection[str]) -> None:
    """Forgets what was made up, what a newer order did, and what was refused for good."""
    if subjects:
        settle_missed(recording.engine, recording.store.name, kind, subjects)


def give_up(recording: Recording, subjects: Mapping[str, tuple[Followed, str]]) -> None:
    """Forgets what cannot be made up of these customers, and tells of each why: what of it, and what became of the customer."""
    events = [
        Event(snapshot.order.id, "address", words, "warning", Code.CUSTOMER_GONE, Code.CUSTOMER_GONE.advice)
        for (_, snapshot), words in subjects.values()
    ]
    tell(recording, events)
    forget_missed(recording, "customer", subjects.keys())


def tell_news(recording: Recording, event: Event, made_up: Collection[str]) -> None:
    """Tells of a failure; of an order that was recorded by an earlier run, only what its history does not end with already."""
    if event.order_id in made_up:
        last = newest_troubles(recording.engine, recording.store.name, [event.order_id])
        if last.get(event.order_id) == event.message:
            return
    tell(recording, [event])
