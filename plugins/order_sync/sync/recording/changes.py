"""Orders that were changed after they were recorded, where the settings let their documents follow ("Changed orders")."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from order_sync.database.history import Event
from order_sync.database.order_status import follow_order
from order_sync.errors import RecordRefused
from order_sync.quickbooks.client import QuickBooks
from order_sync.quickbooks.faults import ObjectNotFound, StaleObject
from order_sync.sync.company.company import Company
from order_sync.sync.documents.change import change_intent, changed_document, is_changed, sold
from order_sync.sync.documents.fields import Remark, customer_of
from order_sync.sync.orders.codes import Code, refusal
from order_sync.sync.orders.status import Status
from order_sync.sync.orders.tracked import TrackedOrder
from order_sync.sync.orders.write import Intent, Write
from order_sync.sync.outbox.courier import Kind, Outcome
from order_sync.sync.recording.context import Context, customer_currencies
from order_sync.sync.recording.kinds import amounts_differ
from order_sync.sync.recording.sending import deliver, end, left_open, warn
from order_sync.sync.recording.sending import note_addition as note


def settle_changes(context: Context, tracked_orders: Sequence[TrackedOrder]) -> bool:
    """Settles the changes whose outcome is open, and looks again at those that were recorded otherwise than sent; whether any was.

    Done whatever the settings say now: they were sent.
    """
    follows = context.store.orders.changed == "update"
    open_ones = {
        tracked.order_id: write
        for tracked in tracked_orders
        if (write := tracked.doubtful_change) and (write.content_hash == tracked.row.content_hash or not follows)
    }
    open_ones |= left_open(context, "change")
    if open_ones:
        _deliver(context, [], {}, open_ones)
    return bool(open_ones)


def change_documents(context: Context, company: Company, tracked_orders: Sequence[TrackedOrder]) -> bool:
    """Lets the documents of changed orders follow, by setting; whether any was sent."""
    changed = [
        tracked
        for tracked in tracked_orders
        if is_changed(tracked, context.store) and not context.is_troubled(tracked.order_id)
    ]
    if not changed:
        return False
    stale = _send(context, company, changed)
    # Somebody changed the document between our reading and our writing: read once more.
    again = [tracked for tracked in changed if tracked.order_id in stale]
    for order_id, error in _send(context, company, again).items() if again else ():
        end(context, order_id, Status.FAILED, error)
    return True


def _send(context: Context, company: Company, tracked_orders: Sequence[TrackedOrder]) -> dict[str, RecordRefused]:
    """Sends the changes; gives those that were refused because the document had a newer version."""
    currencies = customer_currencies(
        context.engine,
        context.quickbooks.realm_id,
        [tracked.row.customer_id for tracked in tracked_orders if tracked.row.customer_id],
    )
    intents, warnings = [], {}
    for tracked in tracked_orders:
        try:
            customer = customer_of(tracked.row, context.store, currencies)
            document = changed_document(tracked, customer, company, context.store, context.today)
            intents.append(change_intent(tracked, document, _read(context.quickbooks, tracked)))
            warnings[tracked.order_id] = document.warnings
        except RecordRefused as error:
            end(context, tracked.order_id, Status.HELD, error)
    return _deliver(context, intents, warnings, {})


def _deliver(
    context: Context,
    intents: Sequence[Intent],
    warnings: Mapping[str, Sequence[Remark]],
    open_ones: Mapping[str, Write],
) -> dict[str, RecordRefused]:
    stale: dict[str, RecordRefused] = {}

    def settled(outcome: Outcome, order_ids: list[str]) -> None:
        subject = outcome.write.subject
        if isinstance(outcome.error, StaleObject) and outcome.status == "rejected":
            stale[subject] = outcome.error
            return
        note(context, outcome, order_ids, "change")
        if outcome.status == "posted" and not outcome.error:
            warn(context, subject, warnings.get(subject, ()), "change")
            _follow(context, outcome.write)

    deliver(context, CHANGE, intents, settled, name="change", what="documents changed", left_open=open_ones)
    return stale


def _read(quickbooks: QuickBooks, tracked: TrackedOrder) -> dict[str, Any]:
    if tracked.original is None or tracked.original.quickbooks_id is None:
        raise ValueError(f"order {tracked.order_id} has no document")
    try:
        return quickbooks.read(tracked.original.entity, tracked.original.quickbooks_id)
    except ObjectNotFound as error:
        raise refusal(
            Code.DOCUMENT_GONE,
            f"The order was changed, and its document {tracked.original.quickbooks_id} is no longer in QuickBooks.",
        ) from error


def _follow(context: Context, write: Write) -> None:
    """Notes that a document is as its order was read; what was said of the former one is said no more."""
    words = f"The document follows the order as it is now in Infusionsoft, over {write.total}."
    follow_order(
        context.engine,
        context.store.name,
        context.run.run_key,
        write.subject,
        write.content_hash,
        warned=write.subject in context.warned,
        events=[Event(write.subject, "changed", words)],
    )


def _find(quickbooks: QuickBooks, write: Write) -> list[dict[str, Any]]:
    """The document, where it is as the change wanted it."""
    body = json.loads(write.payload, parse_float=Decimal)
    try:
        record = quickbooks.read(write.entity, body["Id"])
    except ObjectNotFound:
        return []
    return [record] if _follows(body, record) else []


def _follows(body: Mapping[str, Any], record: Mapping[str, Any]) -> bool:
    return sold(body) == sold(record) and str(record.get("SyncToken")) != body["SyncToken"]


CHANGE = Kind(find=_find, difference=amounts_differ)
