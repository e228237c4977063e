"""Updates of customers and contacts that earlier runs could not make: which are still right, and what is kept for the next run."""

from __future__ import annotations

from collections.abc import Collection

from order_sync.database.history import Event, newest_troubles
from order_sync.database.missed_updates import Subject, missed_updates, note_missed, settle_missed
from order_sync.database.orders import orders_by_id
from order_sync.errors import OrderSyncError, RecordRefused
from order_sync.quickbooks.faults import StaleObject
from order_sync.quickbooks.reading import Unreadable
from order_sync.sync.orders.codes import Code
from order_sync.sync.orders.meaning import snapshot_of
from order_sync.sync.orders.row import OrderRow
from order_sync.sync.orders.snapshot import Snapshot
from order_sync.sync.orders.status import RECORDED
from order_sync.sync.recording.context import Recording
from order_sync.sync.recording.sending import tell

Followed = tuple[OrderRow, Snapshot]
"""An order that a customer or a contact is to follow."""

_MAY_PASS = (Code.UNEXPECTED, Code.UNANSWERED, Code.ANSWER_UNREADABLE)


def missed_orders(recording: Recording, kind: Subject) -> dict[str, Followed]:
    """By customer or contact, the recorded order that it is still to follow; an order that is not recorded comes again by itself.

    A run that is for named orders only makes nothing up.
    """
    if recording.run.only_orders:
        return {}
    store = recording.store
    order_of = missed_updates(recording.engine, store.name, kind)
    rows = orders_by_id(recording.engine, store.name, sorted(set(order_of.values())))
    known = {row.order_id: row for row in rows if row.snapshot and row.status in RECORDED}
    return {
        subject: (known[order_id], snapshot_of(known[order_id], store))
        for subject, order_id in order_of.items()
        if order_id in known
    }


def keep_missed(recording: Recording, kind: Subject, subject: str, snapshot: Snapshot, error: OrderSyncError) -> bool:
    """Keeps for the next run that a subject is to follow an order, where what went wrong may pass by then; says whether it may."""
    if not may_pass(error):
        return False
    order, store = snapshot.order, recording.store.name
    note_missed(recording.engine, store, kind, subject, order_id=order.id, ordered_at=order.ordered_at)
    return True


def may_pass(error: OrderSyncError) -> bool:
    """Whether the same update may succeed later: all but a definite refusal."""
    return (
        not isinstance(error, RecordRefused) or isinstance(error, StaleObject | Unreadable) or error.code in _MAY_PASS
    )


def forget_missed(recording: Recording, kind: Subject, subjects: Collection[str]) -> None:
    """Forgets what was made up, what a newer order did, and what was refused for good."""
    if subjects:
        settle_missed(recording.engine, recording.store.name, kind, subjects)


def tell_news(recording: Recording, event: Event, made_up: Collection[str]) -> None:
    """Tells of a failure; of an order that was recorded by an earlier run, only what its history does not end with already."""
    if event.order_id in made_up:
        last = newest_troubles(recording.engine, recording.store.name, [event.order_id])
        if last.get(event.order_id) == event.message:
            return
    tell(recording, [event])
