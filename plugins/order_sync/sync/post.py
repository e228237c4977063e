"""Step 6: what the orders become in QuickBooks, each exactly once: items, documents, changes, payments, refunds, in this order."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Engine

from order_sync.errors import RecordRefused
from order_sync.quickbooks.client import QuickBooks
from order_sync.settings import Store
from order_sync.store.history import Event, warned_orders
from order_sync.store.leases import Lease
from order_sync.store.orders import BY_PERSON, UNFINISHED_DAYS, change_orders, orders_by_id
from order_sync.store.runs import Run
from order_sync.store.writes import Intent, Write, orders_of_writes, unsent_writes, writes_from
from order_sync.sync.books import Books, read_books
from order_sync.sync.cases import Case, cases_of_run, recorded_cases
from order_sync.sync.changes import change_documents, is_changed, settle_changes
from order_sync.sync.daily import Day, Share, combined_hash, daily_intents, share_of
from order_sync.sync.delivery import Outcome, Timing
from order_sync.sync.documents import Customer, document_number, fitting_number, intent, sale
from order_sync.sync.invoice_payments import awaits_payment, post_payments
from order_sync.sync.items import prepare_items, told_of_items
from order_sync.sync.posting import (
    AS_SENT,
    Posting,
    customer_currencies,
    customer_of,
    deliver,
    end,
    end_unsettled,
    in_trouble,
    in_words,
    left_open,
    number_of,
    recorded_otherwise,
    warn,
)
from order_sync.sync.refunds import post_refunds
from order_sync.sync.rules import CHANGED, is_flagged, treatment
from order_sync.sync.voids import refuse_again, void_differing, was_voided

log = logging.getLogger(__name__)


def post_orders(
    engine: Engine, quickbooks: QuickBooks, lease: Lease, store: Store, run: Run, timing: Timing
) -> Counter[str]:
    """Posts the run's matched orders, what is due of those that have their document, and what earlier runs left open.

    Counts orders by what became of them, and the payments, refunds and changes that were recorded. An order that cannot be recorded
    as it is becomes `held`, one that QuickBooks refuses `failed`; the others go on. Raises ConfigurationError, before anything is sent,
    where the settings and the company do not fit.
    """
    books = read_books(engine, quickbooks.realm_id, store)
    posting = Posting(engine, quickbooks, lease, store, run, timing)
    post_documents(posting, books)
    void_differing(posting)
    follow_up(posting, books)
    return Counter(posting.ended.values()) + posting.made


def post_documents(posting: Posting, books: Books) -> None:
    """The documents of the run's matched orders, of their own or of their day."""
    store = posting.store
    statuses = ("matched", "unsettled")
    found = [
        case
        for case in cases_of_run(posting.engine, posting.quickbooks.realm_id, store, posting.run, statuses)
        if case.row.customer_id and (case.row.status == "matched" or not case.original)
    ]
    # What a killed process recorded, and could not note any more, is only noted.
    made = {case.original.subject: case.original for case in found if case.original}
    open_ones = made | _left_open(posting) | _unsent_days(posting)
    held_open = orders_of_writes(posting.engine, [write.id for write in open_ones.values()])
    busy = {order_id for orders in held_open.values() for order_id in orders}
    seen = [*(case.order_id for case in found), *busy]
    posting.warned.update(warned_orders(posting.engine, store.name, posting.run.run_key, seen))
    posting.warned.update(case.order_id for case in found if (case.row.decision or {}).get("code"))
    ready = [case for case in found if case.order_id not in busy]
    books = prepare_items(posting, books, [case.snapshot for case in ready])
    told_of_items(posting, books, [case.snapshot for case in ready])
    intents = document_intents(
        ready,
        books,
        store,
        posting.today,
        currencies=customer_currencies(
            posting.engine, posting.quickbooks.realm_id, [case.row.customer_id for case in ready]
        ),
        known=lambda day: _of_day(posting, day),
        refused=lambda case, error: end(posting, case.order_id, in_trouble(error), error),
        warned=lambda case, warnings: warn(posting, case.order_id, warnings),
    )
    rows = {row.order_id: row for row in orders_by_id(posting.engine, store.name, sorted(busy))}
    rows |= {case.order_id: case.row for case in ready}
    as_what = {case.order_id: treatment(case.snapshot, store).post_as for case in found}
    deliver(
        posting,
        AS_SENT,
        intents,
        lambda outcome, orders: _record(posting, outcome, [rows[order_id] for order_id in orders], as_what),
        name="order",
        what="orders posted",
        left_open=open_ones,
    )


def document_intents(
    cases: Sequence[Case],
    books: Books,
    store: Store,
    today: date,
    *,
    currencies: Mapping[str, str | None],
    known: Callable[[date], Sequence[Write]],
    refused: Callable[[Case, RecordRefused], None],
    warned: Callable[[Case, Sequence[tuple[str, str]]], None],
) -> list[Intent]:
    """The documents that these orders become; `refused` gets each order that can have none, `warned` what a person should know.

    `currencies` are those of the customers, `known` the documents that the ledger has of a day.
    """
    intents: list[Intent] = []
    days: dict[Day, list[Share]] = {}
    for case in cases:
        try:
            customer = customer_of(case.row, store, currencies)
            if store.revenue.consolidate:
                day, share = share_of(case, customer, books, store, today)
                days.setdefault(day, []).append(share)
                warned(case, share.made.warnings)
                continue
            wanted, warnings = own_intent(case, customer, books, store, today)
        except RecordRefused as error:
            refused(case, error)
            continue
        warned(case, warnings)
        intents.append(wanted)
    of_days, held = daily_intents(days, books, store, {day.date: known(day.date) for day in days})
    for share, reason in held:
        refused(share.case, reason)
    return [*intents, *of_days]


def own_intent(
    case: Case, customer: Customer, books: Books, store: Store, today: date
) -> tuple[Intent, tuple[tuple[str, str], ...]]:
    """The document of an order that has one of its own, and what a person should know.

    RecordRefused where it cannot be recorded as it is, or was recorded otherwise than sent, and voided, with nothing changed since.
    """
    written = [write for write in case.writes if write.kind == "document"]
    number = None
    if store.revenue.number_from == "store" and (times := sum(map(was_voided, written))):
        number = fitting_number(f"{document_number(case.snapshot.order, store)}-{times + 1}")
    how = treatment(case.snapshot, store)
    document = sale(case.snapshot, customer, books, store, how, today=today, number=number)
    if refused := refuse_again(written, document.body, store):
        raise refused
    return intent(document, case.snapshot.order, case.row.content_hash), document.warnings


def follow_up(posting: Posting, books: Books) -> None:
    """What is due of the run's orders that have their document: changes, payments, refunds."""
    store, realm_id = posting.store, posting.quickbooks.realm_id
    cases = recorded_cases(posting.engine, realm_id, store, posting.run)
    if settle_changes(posting, cases):
        cases = recorded_cases(posting.engine, realm_id, store, posting.run)
    if changed := [case.snapshot for case in cases if is_changed(case, store)]:
        books = prepare_items(posting, books, changed)
        told_of_items(posting, books, changed)
        if change_documents(posting, books, cases):
            cases = recorded_cases(posting.engine, realm_id, store, posting.run)
    post_payments(posting, books, cases)
    post_refunds(posting, books, cases)
    for case in cases:
        if case.row.status in ("held", "failed", "unsettled") and not posting.is_troubled(case.order_id):
            _mend(posting, case)
    closed = [
        {"order_id": case.order_id, "is_open": False}
        for case in cases
        if case.row.is_open and not posting.is_troubled(case.order_id) and not _is_watched(posting, case)
    ]
    change_orders(posting.engine, store.name, posting.run.run_key, closed)


def _is_watched(posting: Posting, case: Case) -> bool:
    """Whether an order is read by every run, as one that waits is: a payment by hand may be stamped long before it was entered."""
    is_young = case.snapshot.order.created_at >= posting.run.interval_end - UNFINISHED_DAYS
    return is_young and awaits_payment(case, posting.store)


def _mend(posting: Posting, case: Case) -> None:
    """An order whose trouble is over is posted again."""
    changed = case.row.content_hash != case.row.posted_hash and is_flagged(
        posting.store, stands_alone=case.stands_alone
    )
    status = "posted with warnings" if changed or case.order_id in posting.warned else "posted"
    told = ("CHANGED", *CHANGED) if changed else (None, None, None)
    change = {
        "order_id": case.order_id,
        "status": status,
        **dict(zip(("code", "message", "advice"), told, strict=True)),
    }
    posting.ended[case.order_id] = status
    change_orders(posting.engine, posting.store.name, posting.run.run_key, [change])


def _left_open(posting: Posting) -> dict[str, Write]:
    """By subject: the documents whose outcome nobody knows, and those of failed orders that were recorded otherwise than sent."""
    doubtful = recorded_otherwise(posting, "document")
    orders = orders_of_writes(posting.engine, [write.id for write in doubtful.values()])
    known = {
        row.order_id: row.status
        for row in orders_by_id(posting.engine, posting.store.name, [one for of in orders.values() for one in of])
    }
    failed = {
        subject: write
        for subject, write in doubtful.items()
        if any(known.get(order_id) == "failed" for order_id in orders[write.id])
    }
    return failed | left_open(posting, "document")


def _unsent_days(posting: Posting) -> dict[str, Write]:
    """By subject: consolidated documents that a run had planned when it ended; they go out as they are, under their own number."""
    planned = unsent_writes(
        posting.engine, realm_id=posting.quickbooks.realm_id, store=posting.store.name, kind="document"
    )
    orders = orders_of_writes(posting.engine, [write.id for write in planned])
    rows = orders_by_id(posting.engine, posting.store.name, [one for of in orders.values() for one in of])
    free = {row.order_id for row in rows if row.status == "matched" and not row.document_id}
    return {
        write.subject: write
        for write in planned
        if orders[write.id] != [write.subject] and orders[write.id] and free.issuperset(orders[write.id])
    }


def _of_day(posting: Posting, day: date) -> list[Write]:
    return writes_from(
        posting.engine,
        realm_id=posting.quickbooks.realm_id,
        store=posting.store.name,
        kind="document",
        prefix=f"{day} ",
    )


def _record(posting: Posting, outcome: Outcome, rows: Sequence[Any], as_what: Mapping[str, str]) -> None:
    """Notes how a document ended, with each order that it holds; `rows` are theirs."""
    write, record = outcome.write, outcome.record or {}
    as_read, together = _as_read(write, rows), len(rows)
    rows = [row for row in rows if row.code != BY_PERSON]  # ended for good, whatever becomes of the document
    if outcome.status == "unknown":
        end_unsettled(posting, [row.order_id for row in rows], "order")
        return
    if outcome.error:
        there = {} if outcome.status == "rejected" else {"write": write, "record": record}
        for row in rows:
            end(posting, row.order_id, "failed", outcome.error, **there)  # type: ignore[arg-type]
        return
    number = number_of(outcome) or next((row.document_number for row in rows), None)
    message = in_words(outcome, number)
    if together > 1:
        message = f"Together with {together - 1} more: {message}"
    changed = not as_read
    changes, events = [], []
    for row in rows:
        log.info("order %s: %s", row.order_id, message)
        events.append(Event(row.order_id, "posted", message))
        if changed:
            events.append(Event(row.order_id, "changed", _EARLIER, "warning", "CHANGED", _COMPARE))
        warned = changed or row.order_id in posting.warned
        posting.ended[row.order_id] = status = "posted with warnings" if warned else "posted"
        changes.append(
            {
                "order_id": row.order_id,
                "status": status,
                "code": "CHANGED" if changed else None,
                "message": _EARLIER if changed else None,
                "advice": _COMPARE if changed else None,
                "document_entity": write.entity,
                "document_id": str(record.get("Id") or write.quickbooks_id),
                "document_number": number,
                "posted_as": as_what.get(row.order_id) or row.posted_as,
                "is_open": True,
                "posted_hash": write.content_hash if write.subject == row.order_id else row.content_hash,
            }
        )
    change_orders(posting.engine, posting.store.name, posting.run.run_key, changes, events)


def _as_read(write: Write, rows: Sequence[Any]) -> bool:
    """Whether a document was made from its orders as they are now: one that was planned earlier keeps its payload."""
    if [row.order_id for row in rows] == [write.subject]:
        return bool(write.content_hash == rows[0].content_hash)
    return write.content_hash == combined_hash([row.content_hash or "" for row in rows])


_EARLIER = "It was recorded as an earlier run had read it; the order has changed since."
_COMPARE = "Compare the document with the order, and correct it in QuickBooks by hand."
