"""Documents that QuickBooks taxed or summed otherwise than the order: voided, and their orders held, where the settings say so."""

from __future__ import annotations

from collections.abc import Sequence

from order_sync.database.ledger import reject_posted
from order_sync.database.order_status import unpost_orders
from order_sync.database.orders import orders_by_id
from order_sync.database.writes import latest_writes, orders_of_writes
from order_sync.errors import RecordRefused
from order_sync.quickbooks.client import QuickBooks
from order_sync.quickbooks.faults import ObjectNotFound
from order_sync.sync.documents.voided import VOIDED, void_intent
from order_sync.sync.orders.codes import SKIP_THE_ORDER, Code
from order_sync.sync.orders.kinds import Kind
from order_sync.sync.orders.status import Status
from order_sync.sync.orders.trouble import trouble_of
from order_sync.sync.orders.write import Intent, Write, WriteStatus
from order_sync.sync.outbox.isolation import about_one
from order_sync.sync.outbox.settling import Outcome
from order_sync.sync.recording.context import Recording
from order_sync.sync.recording.sending import deliver, end, left_open, note_addition, recorded_otherwise


def void_differing(recording: Recording) -> None:
    """Voids the store's documents that were recorded otherwise than sent, and holds their orders, where the settings say so."""
    if recording.store.taxes.if_differs != "void and hold":
        return
    differing = [
        write
        for write in recorded_otherwise(recording, Kind.DOCUMENT).values()
        if write.code in VOIDED and write.quickbooks_id
    ]
    orders = orders_of_writes(recording.engine, [write.id for write in differing])
    skipped = _skipped(recording, [order_id for of in orders.values() for order_id in of])
    documents = {str(write.id): write for write in differing if skipped.isdisjoint(orders[write.id])}
    if not documents:
        return
    already = latest_writes(
        recording.engine,
        realm_id=recording.realm_id,
        store=recording.store.name,
        kind=Kind.VOID,
        subjects=list(documents),
    )
    done = [subject for subject, write in already.items() if write.status is WriteStatus.POSTED and not write.code]
    for subject in done:
        _hold(recording, documents.pop(subject), "It was voided.")
    intents = []
    for write in documents.values():
        try:
            with about_one(f"void of {write.entity.words} {write.quickbooks_id}"):
                intents.append(_intent(recording.quickbooks, write, orders[write.id]))
        except ObjectNotFound:
            _hold(recording, write, "It is no longer in QuickBooks.")
        except RecordRefused as error:
            for order_id in orders[write.id]:
                end(recording, order_id, Status.FAILED, error)

    def settled(outcome: Outcome, order_ids: list[str]) -> None:
        if outcome.status is WriteStatus.POSTED and not outcome.error:
            _hold(recording, documents[outcome.write.subject], "It was voided.")
        else:
            note_addition(recording, outcome, order_ids)

    open_ones = {subject: write for subject, write in left_open(recording, Kind.VOID).items() if subject in documents}
    deliver(recording, Kind.VOID, intents, settled, left_open=open_ones)


def _skipped(recording: Recording, order_ids: Sequence[str]) -> set[str]:
    rows = orders_by_id(recording.engine, recording.store.name, order_ids)
    return {row.order_id for row in rows if row.code == Code.BY_PERSON}


def _hold(recording: Recording, write: Write, outcome: str) -> None:
    error = RecordRefused(
        f"{write.message or 'QuickBooks recorded the document otherwise than it was sent.'} {outcome}",
        advice="Compare the sales tax of the company with the store's (taxes in the settings); it is sent again once the order or "
        f"the settings have changed. Or enter it by hand, and {SKIP_THE_ORDER}.",
        code=write.code or "",
    )
    order_ids = orders_of_writes(recording.engine, [write.id])[write.id]
    unpost_orders(recording.engine, recording.store.name, recording.run.run_key, order_ids, trouble_of(error))
    for order_id in order_ids:
        end(recording, order_id, Status.HELD, error)
    # Last, so that a process that is killed before it does all of this again.
    reject_posted(recording.engine, recording.lease, write, error)


def _intent(quickbooks: QuickBooks, write: Write, order_ids: Sequence[str]) -> Intent:
    record = quickbooks.read(write.entity, write.quickbooks_id or "")
    return void_intent(write, order_ids, str(record["SyncToken"]))
