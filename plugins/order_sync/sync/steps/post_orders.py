"""Step 6: what the orders become in QuickBooks, each exactly once: items, documents, changes, payments, refunds, in this order."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial

from sqlalchemy import Engine

from order_sync.database.history import Event, warned_orders
from order_sync.database.leases import Lease
from order_sync.database.order_status import Posted, close_orders, mark_posted, mend_order
from order_sync.database.orders import UNFINISHED_DAYS, orders_by_id
from order_sync.database.runs import Run
from order_sync.database.writes import orders_of_writes, unsent_writes
from order_sync.quickbooks.client import QuickBooks
from order_sync.settings import PostAs, Store
from order_sync.sync.company.company import Company
from order_sync.sync.company.reading import read_company
from order_sync.sync.documents.change import is_changed
from order_sync.sync.documents.daily import combined_hash
from order_sync.sync.documents.due import due
from order_sync.sync.documents.payment import awaits_payment
from order_sync.sync.orders.codes import Code
from order_sync.sync.orders.kinds import Kind
from order_sync.sync.orders.row import OrderRow
from order_sync.sync.orders.status import IN_TROUBLE, Status
from order_sync.sync.orders.tracked import TrackedOrder
from order_sync.sync.orders.treatment import CHANGED, is_flagged, treatment
from order_sync.sync.orders.trouble import trouble
from order_sync.sync.orders.write import Write, WriteStatus
from order_sync.sync.outbox.channel import Timing
from order_sync.sync.outbox.settling import Outcome
from order_sync.sync.recording.changes import change_documents, settle_changes
from order_sync.sync.recording.context import Context, days_written, read_recorded, read_tracked, with_customers
from order_sync.sync.recording.items import prepare_items, told_of_items
from order_sync.sync.recording.sending import (
    deliver,
    end,
    end_unsettled,
    in_trouble,
    in_words,
    left_open,
    note_addition,
    number_of,
    recorded_otherwise,
    warn,
)
from order_sync.sync.recording.voids import void_differing

log = logging.getLogger(__name__)


def post_orders(
    engine: Engine, quickbooks: QuickBooks, lease: Lease, store: Store, run: Run, timing: Timing
) -> Counter[str]:
    """Posts the run's matched orders, what is due of those that have their document, and what earlier runs left open.

    Counts orders by what became of them, and the payments, refunds and changes that were recorded. An order that cannot be recorded
    as it is becomes `held`, one that QuickBooks refuses `failed`; the others go on. Raises ConfigurationError, before anything is sent,
    where the settings and the company do not fit.
    """
    company = read_company(engine, quickbooks.realm_id, store)
    context = Context(engine, quickbooks, lease, store, run, timing)
    post_documents(context, company)
    void_differing(context)
    follow_up(context, company)
    return Counter(context.ended.values()) + context.made


def post_documents(context: Context, company: Company) -> None:
    """The documents of the run's matched orders, of their own or of their day."""
    store = context.store
    statuses = (Status.MATCHED, Status.UNSETTLED)
    found = [
        tracked
        for tracked in read_tracked(context.engine, context.quickbooks.realm_id, store, context.run, statuses)
        if tracked.row.customer_id and (tracked.row.status is Status.MATCHED or not tracked.original)
    ]
    # What a killed process recorded, and could not note any more, is only noted.
    made = {tracked.original.subject: tracked.original for tracked in found if tracked.original}
    open_ones = made | _left_open(context) | _unsent_days(context)
    held_open = orders_of_writes(context.engine, [write.id for write in open_ones.values()])
    busy = {order_id for orders in held_open.values() for order_id in orders}
    seen = [*(tracked.order_id for tracked in found), *busy]
    context.warned.update(warned_orders(context.engine, store.name, context.run.run_key, seen))
    context.warned.update(tracked.order_id for tracked in found if tracked.row.decision and tracked.row.decision.code)
    ready = [tracked for tracked in found if tracked.order_id not in busy]
    company = prepare_items(context, company, [tracked.snapshot for tracked in ready])
    told_of_items(context, company, [tracked.snapshot for tracked in ready])
    ready = with_customers(context.engine, context.quickbooks.realm_id, store, ready)
    written = days_written(context.engine, context.quickbooks.realm_id, store, ready, context.today)
    wanted = due(ready, company, store, context.today, written)
    for order_id, remarks in wanted.warnings.items():
        warn(context, order_id, remarks)
    for order_id, reason in wanted.refusals.items():
        end(context, order_id, in_trouble(reason), reason)
    rows = {row.order_id: row for row in orders_by_id(context.engine, store.name, sorted(busy))}
    rows |= {tracked.order_id: tracked.row for tracked in ready}
    as_what = {tracked.order_id: treatment(tracked.snapshot, store).post_as for tracked in found}
    deliver(
        context,
        Kind.DOCUMENT,
        wanted.intents,
        lambda outcome, orders: _record(context, outcome, [rows[order_id] for order_id in orders], as_what),
        left_open=open_ones,
    )


def follow_up(context: Context, company: Company) -> None:
    """What is due of the run's orders that have their document: changes, payments, refunds."""
    store, realm_id = context.store, context.quickbooks.realm_id
    tracked_orders = read_recorded(context.engine, realm_id, store, context.run)
    if settle_changes(context, tracked_orders):
        tracked_orders = read_recorded(context.engine, realm_id, store, context.run)
    if changed := [tracked.snapshot for tracked in tracked_orders if is_changed(tracked, store)]:
        company = prepare_items(context, company, changed)
        told_of_items(context, company, changed)
        if change_documents(context, company, tracked_orders):
            tracked_orders = read_recorded(context.engine, realm_id, store, context.run)
    record_money(context, company, tracked_orders)
    for tracked in tracked_orders:
        if tracked.row.status in IN_TROUBLE and not context.is_troubled(tracked.order_id):
            _mend(context, tracked)
    closed = [
        tracked.order_id
        for tracked in tracked_orders
        if tracked.row.is_open and not context.is_troubled(tracked.order_id) and not _is_watched(context, tracked)
    ]
    close_orders(context.engine, store.name, closed)


def record_money(context: Context, company: Company, orders: Sequence[TrackedOrder]) -> None:
    """The payments and then the refunds that are due of recorded orders, and what earlier runs left open of them."""
    wanted = due(_untroubled(context, orders), company, context.store, context.today, {})
    for kind in (Kind.PAYMENT, Kind.REFUND):
        intents = [one for one in wanted.of(kind) if not context.is_troubled(one.order_ids[0])]
        deliver(context, kind, intents, partial(note_addition, context), left_open=left_open(context, kind))
        if kind is Kind.PAYMENT:
            # After the payments of the same orders: a refusal may be of their refunds.
            for tracked in _untroubled(context, orders):
                if refusal := wanted.refusals.get(tracked.order_id):
                    end(context, tracked.order_id, Status.HELD, refusal)


def _untroubled(context: Context, orders: Sequence[TrackedOrder]) -> list[TrackedOrder]:
    return [one for one in orders if not context.is_troubled(one.order_id)]


def _is_watched(context: Context, tracked: TrackedOrder) -> bool:
    """Whether an order is read by every run, as one that waits is: a payment by hand may be stamped long before it was entered."""
    is_young = tracked.snapshot.order.created_at >= context.run.interval_end - UNFINISHED_DAYS
    return is_young and awaits_payment(tracked, context.store)


def _mend(context: Context, tracked: TrackedOrder) -> None:
    """An order whose trouble is over is posted again."""
    changed = tracked.row.content_hash != tracked.row.posted_hash and is_flagged(
        context.store, stands_alone=tracked.stands_alone
    )
    warned = changed or tracked.order_id in context.warned
    context.ended[tracked.order_id] = Status.POSTED_WITH_WARNINGS if warned else Status.POSTED
    flag = CHANGED if changed else None
    mend_order(context.engine, context.store.name, context.run.run_key, tracked.order_id, flag, warned=warned)


def _left_open(context: Context) -> dict[str, Write]:
    """By subject: the documents whose outcome nobody knows, and those of failed orders that were recorded otherwise than sent."""
    doubtful = recorded_otherwise(context, Kind.DOCUMENT)
    orders = orders_of_writes(context.engine, [write.id for write in doubtful.values()])
    known = {
        row.order_id: row.status
        for row in orders_by_id(context.engine, context.store.name, [one for of in orders.values() for one in of])
    }
    failed = {
        subject: write
        for subject, write in doubtful.items()
        if any(known.get(order_id) == Status.FAILED for order_id in orders[write.id])
    }
    return failed | left_open(context, Kind.DOCUMENT)


def _unsent_days(context: Context) -> dict[str, Write]:
    """By subject: consolidated documents that a run had planned when it ended; they go out as they are, under their own number."""
    planned = unsent_writes(
        context.engine, realm_id=context.quickbooks.realm_id, store=context.store.name, kind=Kind.DOCUMENT
    )
    orders = orders_of_writes(context.engine, [write.id for write in planned])
    rows = orders_by_id(context.engine, context.store.name, [one for of in orders.values() for one in of])
    free = {row.order_id for row in rows if row.status is Status.MATCHED and not row.document_id}
    return {
        write.subject: write
        for write in planned
        if orders[write.id] != [write.subject] and orders[write.id] and free.issuperset(orders[write.id])
    }


def _record(context: Context, outcome: Outcome, rows: Sequence[OrderRow], as_what: Mapping[str, PostAs]) -> None:
    """Notes how a document ended, with each order that it holds; `rows` are theirs."""
    write, record = outcome.write, outcome.record or {}
    as_read, together = _as_read(write, rows), len(rows)
    rows = [row for row in rows if row.code != Code.BY_PERSON]  # ended for good, whatever becomes of the document
    if outcome.status is WriteStatus.UNKNOWN:
        end_unsettled(context, [row.order_id for row in rows], Kind.DOCUMENT)
        return
    if outcome.error:
        there = {} if outcome.status is WriteStatus.REJECTED else {"write": write, "record": record}
        for row in rows:
            end(context, row.order_id, Status.FAILED, outcome.error, **there)  # type: ignore[arg-type]
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
        warned = changed or row.order_id in context.warned
        context.ended[row.order_id] = Status.POSTED_WITH_WARNINGS if warned else Status.POSTED
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
    mark_posted(context.engine, context.store.name, context.run.run_key, posted, events)


def _as_read(write: Write, rows: Sequence[OrderRow]) -> bool:
    """Whether a document was made from its orders as they are now: one that was planned earlier keeps its payload."""
    if [row.order_id for row in rows] == [write.subject]:
        return bool(write.content_hash == rows[0].content_hash)
    return write.content_hash == combined_hash([row.content_hash or "" for row in rows])


_EARLIER = trouble(Code.CHANGED, "It was recorded as an earlier run had read it; the order has changed since.")
