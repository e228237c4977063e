"""Orders that were changed after they were recorded, where the settings let their documents follow ("Changed orders")."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from order_sync.database.history import Event
from order_sync.database.order_status import follow_order
from order_sync.errors import RecordRefused
from order_sync.quickbooks.client import QuickBooks
from order_sync.quickbooks.faults import ObjectNotFound, StaleObject
from order_sync.quickbooks.reading import Unreadable
from order_sync.sync.company.company import Company
from order_sync.sync.documents.change import is_changed
from order_sync.sync.documents.due import due
from order_sync.sync.documents.fields import Remark
from order_sync.sync.orders.codes import Code, refusal
from order_sync.sync.orders.kinds import Kind
from order_sync.sync.orders.status import Status
from order_sync.sync.orders.tracked import TrackedOrder
from order_sync.sync.orders.write import Intent, Write, WriteStatus
from order_sync.sync.outbox.isolation import about_one
from order_sync.sync.outbox.settling import Outcome
from order_sync.sync.recording.context import Recording, with_customers
from order_sync.sync.recording.sending import deliver, end, left_open, note_addition, warn


def settle_changes(recording: Recording, tracked_orders: Sequence[TrackedOrder]) -> bool:
    """Settles the changes whose outcome is open, and looks again at those that were recorded otherwise than sent; whether any was.

    Done whatever the settings say now: they were sent.
    """
    follows = recording.store.orders.changed == "update"
    open_ones = {
        tracked.order_id: write
        for tracked in tracked_orders
        if (write := tracked.doubtful_change) and (write.content_hash == tracked.row.content_hash or not follows)
    }
    open_ones |= left_open(recording, Kind.CHANGE)
    if open_ones:
        _deliver(recording, [], {}, open_ones)
    return bool(open_ones)


def change_documents(recording: Recording, company: Company, tracked_orders: Sequence[TrackedOrder]) -> bool:
    """Lets the documents of changed orders follow, by setting; whether any was sent."""
    changed = [
        tracked
        for tracked in tracked_orders
        if is_changed(tracked, recording.store) and not recording.is_troubled(tracked.order_id)
    ]
    if not changed:
        return False
    stale = _send(recording, company, changed)
    # Somebody changed the document between our reading and our writing: read once more.
    again = [tracked for tracked in changed if tracked.order_id in stale]
    for order_id, error in _send(recording, company, again).items() if again else ():
        end(recording, order_id, Status.FAILED, error)
    return True


def _send(recording: Recording, company: Company, orders: Sequence[TrackedOrder]) -> dict[str, RecordRefused]:
    """Sends the changes; gives those that were refused because the document had a newer version."""
    read_again = []
    for tracked in orders:
        try:
            with about_one(f"change {tracked.order_id}"):
                read_again.append(_as_it_is(recording, tracked))
        except RecordRefused as error:
            end(recording, tracked.order_id, Status.HELD, error)
    wanted = due(with_customers(recording, read_again), company, recording.store, recording.today, {})
    for order_id, reason in wanted.refusals.items():
        end(recording, order_id, Status.HELD, reason)
    return _deliver(recording, wanted.of(Kind.CHANGE), wanted.warnings, {})


def _deliver(
    recording: Recording,
    intents: Sequence[Intent],
    warnings: Mapping[str, Sequence[Remark]],
    open_ones: Mapping[str, Write],
) -> dict[str, RecordRefused]:
    stale: dict[str, RecordRefused] = {}

    def settled(outcome: Outcome, order_ids: list[str]) -> None:
        subject = outcome.write.subject
        if isinstance(outcome.error, StaleObject) and outcome.status is WriteStatus.REJECTED:
            stale[subject] = outcome.error
            return
        note_addition(recording, outcome, order_ids)
        if outcome.status is WriteStatus.POSTED and not outcome.error:
            warn(recording, subject, warnings.get(subject, ()), "change")
            _follow(recording, outcome.write)

    deliver(recording, Kind.CHANGE, intents, settled, left_open=open_ones)
    return stale


def _as_it_is(recording: Recording, tracked: TrackedOrder) -> TrackedOrder:
    """An order with its document, and whose that is, as they are in QuickBooks now."""
    current = _read(recording.quickbooks, tracked)
    owner = str((current.get("CustomerRef") or {}).get("value") or "")
    recording.owners[tracked.order_id] = owner
    return replace(tracked, current=current, owner=owner)


def _read(quickbooks: QuickBooks, tracked: TrackedOrder) -> dict[str, Any]:
    if tracked.original is None or tracked.original.quickbooks_id is None:
        raise ValueError(f"order {tracked.order_id} has no document")
    try:
        record = quickbooks.read(tracked.original.entity, tracked.original.quickbooks_id)
        if missing := {"SyncToken", "TotalAmt"} - record.keys():
            raise Unreadable(min(missing))
        return record
    except ObjectNotFound as error:
        raise refusal(
            Code.DOCUMENT_GONE,
            f"The order was changed, and its document {tracked.original.quickbooks_id} is no longer in QuickBooks.",
        ) from error


def _follow(recording: Recording, write: Write) -> None:
    """Notes that a document is as its order was read; what was said of the former one is said no more."""
    words = f"The document follows the order as it is now in Infusionsoft, over {write.money}."
    follow_order(
        recording.engine,
        recording.store.name,
        recording.run.run_key,
        write.subject,
        write.content_hash,
        warned=write.subject in recording.warned,
        events=[Event(write.subject, "changed", words)],
    )
