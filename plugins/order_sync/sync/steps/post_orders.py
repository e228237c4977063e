"""Step 6: what the orders become in QuickBooks, each exactly once, in this order: items, documents, changes, what takes back money that
is gone, payments, write-offs, refunds."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from order_sync.database.history import Event, untold, warned_orders
from order_sync.database.order_status import Posted, close_orders, mark_posted, mark_warned, mend_order
from order_sync.database.orders import orders_by_id
from order_sync.database.writes import orders_of_writes, unsent_writes
from order_sync.errors import RecordRefused
from order_sync.settings import PostAs
from order_sync.sync.company.company import Company
from order_sync.sync.company.reading import read_company, with_account_names
from order_sync.sync.documents.change import is_changed
from order_sync.sync.documents.daily import combined_hash
from order_sync.sync.documents.due import Due, due
from order_sync.sync.documents.fitting import is_of_a_text, of_marker
from order_sync.sync.documents.payment import awaits_payment, is_owed
from order_sync.sync.orders.codes import Code
from order_sync.sync.orders.kinds import Kind
from order_sync.sync.orders.rereading import stays_open
from order_sync.sync.orders.row import OrderRow
from order_sync.sync.orders.status import IN_TROUBLE, Status, recorded_as
from order_sync.sync.orders.tracked import TrackedOrder
from order_sync.sync.orders.treatment import CHANGED, is_flagged, treatment
from order_sync.sync.orders.trouble import trouble
from order_sync.sync.orders.write import Intent, Write, WriteStatus
from order_sync.sync.outbox.settling import Outcome
from order_sync.sync.recording.applications import still_to_apply
from order_sync.sync.recording.changes import change_documents, settle_changes
from order_sync.sync.recording.context import Recording, days_written, read_recorded, read_tracked, with_customers
from order_sync.sync.recording.items import prepare_items, tell_of_items
from order_sync.sync.recording.kinds import MONEY
from order_sync.sync.recording.owners import due_today, note_owner
from order_sync.sync.recording.plan_kept import keep_to_plan
from order_sync.sync.recording.rates import with_rates
from order_sync.sync.recording.reversals import flag_deleted, start_anew, take_back
from order_sync.sync.recording.sending import (
    deliver,
    end,
    end_unsettled,
    in_words,
    left_open,
    note_addition,
    number_of,
    of_named_orders,
    recorded_otherwise,
    status_of_refusal,
    tell,
    warn,
)
from order_sync.sync.recording.voids import void_differing

log = logging.getLogger(__name__)


def post_orders(recording: Recording) -> Counter[str]:
    """Posts the run's matched orders, what is due of those that have their document, and what earlier runs left open.

    Counts orders by what became of them, and the payments, refunds and changes that were recorded. An order that cannot be recorded
    as it is becomes `held`, one that QuickBooks refuses `failed`; the others go on. Raises ConfigurationError, before anything is sent,
    where the settings and the company do not fit.

    A run that records a plan compares what is due with it before documents are sent, and again before what follows of them.
    """
    store = with_account_names(recording.engine, recording.realm_id, recording.store)
    recording = replace(recording, store=store)
    company = read_company(recording.engine, recording.realm_id, store)
    if company.multicurrency:
        orders = [*read_tracked(recording, Status.MATCHED, Status.UNSETTLED), *read_recorded(recording)]
        company = with_rates(recording, company, orders, recording.quickbooks.exchange_rate)
    keep_to_plan(recording)
    post_documents(recording, company)
    void_differing(recording)
    keep_to_plan(recording)
    follow_up(recording, company)
    return Counter(recording.ended.values()) + recording.made


def post_documents(recording: Recording, company: Company) -> None:
    """The documents of the run's matched orders, of their own or of their day."""
    store = recording.store
    found = [
        tracked
        for tracked in read_tracked(recording, Status.MATCHED, Status.UNSETTLED)
        if tracked.row.customer_id
        and (tracked.row.status is Status.MATCHED or not tracked.original or not tracked.row.document_id)
    ]
    # What was recorded and could not be noted, as by a killed process, is only noted.
    made = {tracked.original.subject: tracked.original for tracked in found if tracked.original}
    open_ones = made | _documents_to_settle(recording) | _unsent_days(recording)
    held_open = orders_of_writes(recording.engine, [write.id for write in open_ones.values()])
    busy = {order_id for orders in held_open.values() for order_id in orders}
    seen = [*(tracked.order_id for tracked in found), *busy]
    recording.warned.update(warned_orders(recording.engine, store.name, recording.run.run_key, seen))
    recording.warned.update(tracked.order_id for tracked in found if tracked.row.decision and tracked.row.decision.code)
    if store.daily_customer is None:
        recording.warned.update(tracked.order_id for tracked in found if tracked.snapshot.lacks_contact)
    ready = [tracked for tracked in found if tracked.order_id not in busy]
    company = prepare_items(recording, company, [tracked.snapshot for tracked in ready])
    tell_of_items(recording, company, [tracked.snapshot for tracked in ready])
    ready = with_customers(recording, ready)
    written = days_written(recording, ready)
    wanted = due(ready, company, store, recording.today, written)
    for order_id, remarks in wanted.warnings.items():
        warn(recording, order_id, remarks)
    _note(recording, wanted)
    for order_id, reason in wanted.refusals.items():
        end(recording, order_id, status_of_refusal(reason), reason)
    rows = {row.order_id: row for row in orders_by_id(recording.engine, store.name, sorted(busy))}
    rows |= {tracked.order_id: tracked.row for tracked in ready}
    as_what = {tracked.order_id: treatment(tracked.snapshot, store).post_as for tracked in found}
    _deliver_documents(recording, company, wanted, open_ones, rows, as_what)


def _deliver_documents(
    recording: Recording,
    company: Company,
    wanted: Due,
    open_ones: Mapping[str, Write],
    rows: Mapping[str, OrderRow],
    as_what: Mapping[str, PostAs],
) -> None:
    """Delivers documents, and those again that QuickBooks refuses for a text, as far as something can be left out or shortened."""
    refused, told = dict[str, Outcome](), dict(wanted.warnings)

    def settled(outcome: Outcome, orders: list[str]) -> None:
        of_text = outcome.status is WriteStatus.REJECTED and outcome.error and is_of_a_text(outcome.error)
        if of_text and orders == [outcome.write.subject]:
            refused[outcome.write.subject] = outcome
        else:
            _record(recording, outcome, [rows[order_id] for order_id in orders], as_what)

    intents = wanted.of(Kind.DOCUMENT)
    while intents or open_ones:
        deliver(recording, Kind.DOCUMENT, intents, settled, left_open=open_ones)
        open_ones, (intents, held) = {}, _fitting(recording, company, refused, told) if refused else ([], {})
        for order_id, reason in held.items():
            end(recording, order_id, status_of_refusal(reason), reason)
        for subject in refused.keys() - {one.subject for one in intents} - held.keys():
            outcome = refused[subject]
            error = outcome.error and of_marker(outcome.write, outcome.error)
            _record(recording, replace(outcome, error=error), [rows[subject]], as_what)
        refused.clear()


def _fitting(
    recording: Recording,
    company: Company,
    refused: Mapping[str, Outcome],
    told: dict[str, tuple[tuple[str, str], ...]],
) -> tuple[list[Intent], Mapping[str, RecordRefused]]:
    """The refused documents of these orders as they may be taken, and why others may not; what is new about them is told."""
    orders = [one for one in read_tracked(recording, Status.MATCHED, Status.UNSETTLED) if one.order_id in refused]
    found = due(with_customers(recording, orders), company, recording.store, recording.today, {})
    fitting = [one for one in found.of(Kind.DOCUMENT) if one.payload != refused[one.subject].write.payload]
    for one in fitting:
        remarks = found.warnings.get(one.subject, ())
        warn(recording, one.subject, [remark for remark in remarks if remark not in told.get(one.subject, ())])
        told[one.subject] = remarks
    return fitting, found.refusals


def follow_up(recording: Recording, company: Company) -> None:
    """What is due of the run's orders that have their document: changes, voids and reversals, payments, write-offs, refunds; and what only
    these make due."""
    store = recording.store
    tracked_orders = read_recorded(recording)
    if settle_changes(recording, tracked_orders):
        tracked_orders = read_recorded(recording)
    if changed := [tracked.snapshot for tracked in tracked_orders if is_changed(tracked, store)]:
        company = prepare_items(recording, company, changed)
        tell_of_items(recording, company, changed)
        if change_documents(recording, company, tracked_orders):
            tracked_orders = read_recorded(recording)
    if take_back(recording, company, tracked_orders):
        start_anew(recording, read_recorded(recording))
        tracked_orders = read_recorded(recording)
    record_money(recording, company, tracked_orders)
    for tracked in tracked_orders:
        if tracked.row.status in IN_TROUBLE and not recording.is_troubled(tracked.order_id):
            _mend(recording, tracked)
    if any(tracked.snapshot.is_deleted for tracked in tracked_orders):
        flag_deleted(recording, read_recorded(recording))
    closed = [
        tracked.order_id
        for tracked in tracked_orders
        if tracked.row.is_open and not recording.is_troubled(tracked.order_id) and not _stays_open(recording, tracked)
    ]
    close_orders(recording.engine, store.name, closed)


def record_money(recording: Recording, company: Company, orders: Sequence[TrackedOrder]) -> None:
    """Payments, write-offs and refunds that are due of recorded orders, what these make due, and what earlier runs left open of them."""
    open_ones = {kind: left_open(recording, kind) for kind in MONEY}
    refusals = dict[str, RecordRefused]()
    sent = set[tuple[Kind, str]]()
    while orders or open_ones:
        wanted = due_today(recording, company, _untroubled(recording, orders))
        _note(recording, wanted)
        refusals |= wanted.refusals
        now = [one for one in wanted.intents if one.kind in MONEY and (one.kind, one.subject) not in sent]
        for kind in MONEY:
            _deliver_money(recording, kind, [one for one in now if one.kind is kind], open_ones.pop(kind, {}))
        sent |= {(one.kind, one.subject) for one in now}
        # A credit memo is applied, and what is owed again is paid, once it is there.
        moved = {order_id for one in now for order_id in one.order_ids}
        orders = [one for one in read_recorded(recording) if one.order_id in moved] if moved else []
    for order_id, refused in refusals.items():
        if not recording.is_troubled(order_id):
            end(recording, order_id, Status.HELD, refused)


def _deliver_money(recording: Recording, kind: Kind, intents: Sequence[Intent], open_ones: Mapping[str, Write]) -> None:
    due_still = [one for one in intents if not recording.is_troubled(one.order_ids[0])]
    if kind is Kind.APPLICATION:
        due_still = still_to_apply(recording, due_still)
    _remark(recording, due_still)
    deliver(recording, kind, due_still, partial(note_addition, recording), left_open=open_ones)


def _note(recording: Recording, wanted: Due) -> None:
    """Tells once what a person should know of orders; those of which something is worth a look are posted with warnings."""
    notes = [(order_id, note) for order_id, told in wanted.notes.items() for note in told]
    events = [
        Event(
            order_id, note.about, note.words, "warning" if note.is_warning else "info", note.code, note.code.as_warning
        )
        for order_id, note in notes
    ]
    tell(recording, untold(recording.engine, recording.store.name, events))
    warned = list(dict.fromkeys(order_id for order_id, note in notes if note.is_warning))
    recording.warned.update(warned)
    _mark_warned(recording, warned)


def _remark(recording: Recording, intents: Sequence[Intent]) -> None:
    """Notes what a person should know of payments and refunds; their orders, which are posted already, then have warnings."""
    told = [intent for intent in intents if intent.remarks]
    for intent in told:
        warn(recording, intent.order_ids[0], intent.remarks, intent.kind)
    _mark_warned(recording, [intent.order_ids[0] for intent in told])


def _mark_warned(recording: Recording, orders: Sequence[str]) -> None:
    moved = mark_warned(recording.engine, recording.store.name, recording.run.run_key, orders)
    recording.ended.update(dict.fromkeys(moved, Status.POSTED_WITH_WARNINGS))


def _untroubled(recording: Recording, orders: Sequence[TrackedOrder]) -> list[TrackedOrder]:
    return [one for one in orders if not recording.is_troubled(one.order_id)]


def _stays_open(recording: Recording, tracked: TrackedOrder) -> bool:
    snapshot = tracked.snapshot
    waits = awaits_payment(tracked, recording.store) or is_owed(tracked, recording.store)
    return not snapshot.is_deleted and stays_open(
        snapshot.order.created_at, recording.run.interval_end, awaits_payment=waits
    )


def _mend(recording: Recording, tracked: TrackedOrder) -> None:
    """An order whose trouble is over is posted again."""
    changed = tracked.row.content_hash != tracked.row.posted_hash and is_flagged(
        recording.store, stands_alone=tracked.stands_alone
    )
    warned = changed or tracked.order_id in recording.warned
    recording.ended[tracked.order_id] = recorded_as(warned=warned)
    flag = CHANGED if changed else None
    mend_order(recording.engine, recording.store.name, recording.run.run_key, tracked.order_id, flag, warned=warned)


def _documents_to_settle(recording: Recording) -> dict[str, Write]:
    """By subject: the documents whose outcome nobody knows, and those of failed orders that were recorded otherwise than sent."""
    doubtful = recorded_otherwise(recording, Kind.DOCUMENT)
    orders = orders_of_writes(recording.engine, [write.id for write in doubtful.values()])
    known = {
        row.order_id: row.status
        for row in orders_by_id(recording.engine, recording.store.name, [one for of in orders.values() for one in of])
    }
    failed = {
        subject: write
        for subject, write in doubtful.items()
        if any(known.get(order_id) == Status.FAILED for order_id in orders[write.id])
    }
    return failed | left_open(recording, Kind.DOCUMENT)


def _unsent_days(recording: Recording) -> dict[str, Write]:
    """By subject: consolidated documents that a run had planned when it ended; they go out as they are, under their own number."""
    planned = unsent_writes(
        recording.engine, realm_id=recording.realm_id, store=recording.store.name, kind=Kind.DOCUMENT
    )
    planned = list(of_named_orders(recording, planned))
    orders = orders_of_writes(recording.engine, [write.id for write in planned])
    rows = orders_by_id(recording.engine, recording.store.name, [one for of in orders.values() for one in of])
    free = {row.order_id for row in rows if row.status is Status.MATCHED and not row.document_id}
    return {
        write.subject: write
        for write in planned
        if orders[write.id] != [write.subject] and orders[write.id] and free.issuperset(orders[write.id])
    }


def _record(recording: Recording, outcome: Outcome, rows: Sequence[OrderRow], as_what: Mapping[str, PostAs]) -> None:
    """Notes how a document ended, with each order that it holds; `rows` are theirs."""
    write, record = outcome.write, outcome.record or {}
    as_read, together = _as_read(write, rows), len(rows)
    rows = [row for row in rows if row.code != Code.BY_PERSON]  # ended for good, whatever becomes of the document
    if outcome.status is WriteStatus.UNKNOWN:
        end_unsettled(recording, [row.order_id for row in rows], Kind.DOCUMENT, outcome.error)
        return
    if outcome.error:
        is_there = outcome.status is not WriteStatus.REJECTED
        document = (write.entity, str(record.get("Id") or write.quickbooks_id)) if is_there else None
        for row in rows:
            end(recording, row.order_id, Status.FAILED, outcome.error, document=document)
        return
    number = number_of(outcome) or next((row.document_number for row in rows), None)
    message = in_words(outcome, number)
    if together > 1:
        message = f"Together with {together - 1} more: {message}"
    changed = not as_read
    posted, events = [], []
    for row in rows:
        log.info("order %s: %s", row.order_id, message)
        events.append(Event(row.order_id, "posted", message))
        if changed:
            events.append(Event(row.order_id, "changed", _EARLIER.message, "warning", _EARLIER.code, _EARLIER.advice))
        warned = changed or row.order_id in recording.warned
        note_owner(recording, row.order_id, record)
        recording.ended[row.order_id] = recorded_as(warned=warned)
        posted.append(
            Posted(
                row.order_id,
                entity=write.entity,
                document_id=str(record.get("Id") or write.quickbooks_id),
                number=number,
                posted_as=as_what.get(row.order_id) or row.posted_as,
                posted_hash=write.content_hash if write.subject == row.order_id else row.content_hash,
                flag=_EARLIER if changed else None,
                warned=warned,
            )
        )
    mark_posted(recording.engine, recording.store.name, recording.run.run_key, posted, events)


def _as_read(write: Write, rows: Sequence[OrderRow]) -> bool:
    """Whether a document was made from its orders as they are now: one that was planned earlier keeps its payload."""
    if [row.order_id for row in rows] == [write.subject]:
        return bool(write.content_hash == rows[0].content_hash)
    return write.content_hash == combined_hash([row.content_hash or "" for row in rows])


_EARLIER = trouble(Code.CHANGED, "It was recorded as an earlier run had read it; the order has changed since.")
