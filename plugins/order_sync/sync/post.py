"""Step 6: the documents of the matched orders, each exactly once."""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import Engine

from order_sync.errors import OrderSyncError, RecordRefused
from order_sync.quickbooks.client import QuickBooks, quote
from order_sync.settings import Store
from order_sync.store.leases import Lease
from order_sync.store.ledger import Intent, Write, doubtful_writes, plan_writes, uncertain_writes
from order_sync.store.orders import Event, change_orders, error_event, orders_by_id, orders_of_run, warned_orders
from order_sync.store.runs import Run
from order_sync.sync.books import read_books
from order_sync.sync.delivery import Courier, Kind, Outcome, Timing
from order_sync.sync.documents import intent, marker, sales_receipt
from order_sync.sync.snapshot import from_text

log = logging.getLogger(__name__)


def post_orders(
    engine: Engine, quickbooks: QuickBooks, lease: Lease, store: Store, run: Run, timing: Timing
) -> Counter[str]:
    """Posts the run's matched orders and those whose outcome an earlier run left open; counts them by status.

    An order that cannot be recorded as it is becomes `held`, one that QuickBooks refuses `failed`; the others go on. Raises
    ConfigurationError, before anything is sent, where the settings name an item or account that the company has not.
    """
    books = read_books(engine, quickbooks.realm_id, store)
    left_open = _left_open(engine, quickbooks.realm_id, store)
    matched = orders_of_run(engine, store.name, run.run_key, ("matched", "unsettled"))
    rows = {row.order_id: row for row in (*orders_by_id(engine, store.name, list(left_open)), *matched)}
    warned = warned_orders(engine, store.name, run.run_key, list(rows))
    counts = Counter[str]()
    intents: list[Intent] = []
    for row in matched:
        if not row.customer_id:
            continue
        snapshot = from_text(row.snapshot)
        decision = row.decision or {}
        if decision.get("code"):
            warned.add(row.order_id)
        has_own = decision.get("outcome") != "standard" or store.customers.standard_addresses == "order"
        try:
            document = sales_receipt(snapshot, row.customer_id, books, store, own_addresses=has_own)
        except RecordRefused as error:
            if row.order_id not in left_open:
                counts["held"] += 1
                _end(engine, store, run, row.order_id, "held", error)
            continue
        if document.warnings:
            warned.add(row.order_id)
            events = [Event(row.order_id, "document", words, "warning", code) for code, words in document.warnings]
            change_orders(engine, store.name, run.run_key, [], events)
        intents.append(intent(document, snapshot.order, row.content_hash))

    def settled(outcome: Outcome) -> None:
        order_id = outcome.write.subject
        counts[_record(engine, store, run, outcome, rows[order_id], warned=order_id in warned)] += 1

    def parked(write: Write) -> None:
        event = Event(write.subject, "unanswered", _UNANSWERED, "info", "UNANSWERED")
        change_orders(engine, store.name, run.run_key, [], [event])

    courier = Courier(engine, quickbooks, lease, run.run_key, DOCUMENT, timing)
    planned = plan_writes(
        engine, lease, realm_id=quickbooks.realm_id, store=store.name, run_key=run.run_key, intents=intents
    )
    courier.deliver_all((left_open | planned).values(), settled, "orders posted", parked)
    return counts


_UNANSWERED = "The order was sent and QuickBooks' answer was lost; it is looked for before anything is sent again."


def _left_open(engine: Engine, realm_id: str, store: Store) -> dict[str, Write]:
    """By order: the documents whose outcome nobody knows, and those of failed orders that were recorded otherwise than sent."""
    doubtful = {
        write.subject: write for write in doubtful_writes(engine, realm_id=realm_id, store=store.name, kind="document")
    }
    failed = {row.order_id for row in orders_by_id(engine, store.name, list(doubtful)) if row.status == "failed"}
    uncertain = uncertain_writes(engine, realm_id=realm_id, store=store.name, kind="document")
    return {order_id: doubtful[order_id] for order_id in failed} | {write.subject: write for write in uncertain}


def _find(quickbooks: QuickBooks, write: Write) -> list[dict[str, Any]]:
    """The documents that bear the order's note: by number; else, where QuickBooks gave it another, by date and customer."""
    body = json.loads(write.payload, parse_float=Decimal)
    of_day = f"TxnDate = {quote(body['TxnDate'])} AND CustomerRef = {quote(body['CustomerRef']['value'])}"
    for where in (f"DocNumber = {quote(body['DocNumber'])}", of_day):
        found = [row for page in quickbooks.query_all(write.entity, where) for row in page]
        if ours := [row for row in found if row.get("PrivateNote") == marker(write.subject, write.store)]:
            return ours
    return []


def _difference(write: Write, record: Mapping[str, Any]) -> str | None:
    """A document is as wanted when its total is the order's."""
    total = record.get("TotalAmt")
    return (
        None
        if total is not None and Decimal(str(total)) == write.total
        else f"its total is {total}, the order's {write.total}"
    )


DOCUMENT = Kind(find=_find, difference=_difference)


def _record(engine: Engine, store: Store, run: Run, outcome: Outcome, order: Any, *, warned: bool) -> str:
    """Notes how an order's document ended; `order` is its row."""
    write, record = outcome.write, outcome.record or {}
    if outcome.status == "rejected" and outcome.error:
        _end(engine, store, run, write.subject, "failed", outcome.error)
        return "failed"
    if outcome.status == "unknown":
        error = OrderSyncError(
            "The order was sent and its answer was lost; whether QuickBooks recorded it is not known yet.",
            advice="The next run looks for it; nothing is sent twice.",
            code="UNSETTLED",
        )
        _end(engine, store, run, write.subject, "unsettled", error)
        return "unsettled"
    if outcome.error:
        if (order.status, order.message) != ("failed", outcome.error.message):
            _end(engine, store, run, write.subject, "failed", outcome.error, write=write, record=record)
        return "failed"
    number = json.loads(write.payload).get("DocNumber")
    document_id = str(record.get("Id") or write.quickbooks_id)
    how = "found in QuickBooks" if outcome.adopted else "recorded in QuickBooks"
    message = f"{write.entity} {number} over {write.total} was {how}, as {document_id}."
    log.info("order %s: %s", write.subject, message)
    events = [Event(write.subject, "posted", message)]
    # A write that was planned earlier keeps its payload: the order may have been changed since.
    changed = write.content_hash != order.content_hash
    if changed:
        events.append(Event(write.subject, "changed", _EARLIER, "warning", "CHANGED", _COMPARE))
    change = {
        "order_id": write.subject,
        "status": "posted with warnings" if warned or changed else "posted",
        "code": "CHANGED" if changed else None,
        "message": _EARLIER if changed else None,
        "advice": _COMPARE if changed else None,
        "document_entity": write.entity,
        "document_id": document_id,
        "document_number": number,
        "posted_hash": write.content_hash,
    }
    change_orders(engine, store.name, run.run_key, [change], events)
    return str(change["status"])


_EARLIER = "It was recorded as an earlier run had read it; the order has changed since."
_COMPARE = "Compare the document with the order, and correct it in QuickBooks by hand."


def _end(
    engine: Engine,
    store: Store,
    run: Run,
    order_id: str,
    status: str,
    error: OrderSyncError,
    *,
    write: Write | None = None,
    record: Mapping[str, Any] | None = None,
) -> None:
    """Ends an order's way here with a code, words and advice; a document that exists all the same is noted with it."""
    change: dict[str, Any] = {
        "order_id": order_id,
        "status": status,
        "code": error.code or None,
        "message": error.message,
        "advice": error.advice or None,
    }
    if write and record:
        change |= {"document_entity": write.entity, "document_id": str(record.get("Id") or write.quickbooks_id)}
    level = "warning" if status == "held" else "error"
    log.log(logging.WARNING, "order %s %s: %s", order_id, status, error)
    event = error_event(order_id, status, level, error)
    change_orders(engine, store.name, run.run_key, [change], [event])
