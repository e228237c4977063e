"""What all parts of posting share: the step's surroundings, how writes go out, and how an order's way ends here."""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Engine

from order_sync.errors import OrderSyncError, RecordRefused
from order_sync.quickbooks.client import QuickBooks, quote
from order_sync.settings import Store
from order_sync.store.cache import cached_customers
from order_sync.store.history import Event, error_event, newest_troubles
from order_sync.store.leases import Lease
from order_sync.store.ledger import plan_writes
from order_sync.store.orders import change_orders
from order_sync.store.runs import Run
from order_sync.store.writes import Intent, Write, doubtful_writes, orders_of_writes, uncertain_writes
from order_sync.sync.batch import open_courier
from order_sync.sync.books import Books
from order_sync.sync.cases import Case
from order_sync.sync.delivery import Kind, Outcome, Timing
from order_sync.sync.documents import Customer, bears

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Posting:
    """The step's surroundings; `ended` is what became of each order, `made` counts what was added to recorded ones."""

    engine: Engine
    quickbooks: QuickBooks
    lease: Lease
    store: Store
    run: Run
    timing: Timing
    ended: dict[str, str] = field(default_factory=dict)
    made: Counter[str] = field(default_factory=Counter)
    warned: set[str] = field(default_factory=set)

    @property
    def today(self) -> date:
        """The day in the company's time zone."""
        return datetime.now(UTC).astimezone(self.store.zone).date()

    def is_troubled(self, order_id: str) -> bool:
        """Whether nothing more may happen to an order in this run."""
        return self.ended.get(order_id) in ("held", "failed", "unsettled")


def find_by_note(quickbooks: QuickBooks, write: Write) -> list[dict[str, Any]]:
    """The records that bear the write's private note: by number; else, where QuickBooks gave it another, by date and customer."""
    body = json.loads(write.payload, parse_float=Decimal)
    note = str(body["PrivateNote"]).partition("\n")[0]
    places = [f"TxnDate = {quote(body['TxnDate'])} AND CustomerRef = {quote(body['CustomerRef']['value'])}"]
    if number := body.get("DocNumber"):
        places.insert(0, f"DocNumber = {quote(number)}")
    for where in places:
        found = [row for page in quickbooks.query_all(write.entity, where) for row in page]
        if ours := [row for row in found if bears(row, note)]:
            return ours
    return []


def amounts_differ(write: Write, record: Mapping[str, Any]) -> tuple[str, str] | None:
    """A record is as wanted when its tax and its total are what was sent."""
    total, tax = record.get("TotalAmt"), (record.get("TxnTaxDetail") or {}).get("TotalTax") or 0
    if write.tax is not None and Decimal(str(tax)) != write.tax:
        return (
            "TAX_DIFFERS",
            f"its tax is {tax}, the order's {write.tax}; its total is {total}, the order's {write.total}",
        )
    if write.kind == "payment" and Decimal(str(record.get("UnappliedAmt") or 0)):
        return "RECORDED_OTHERWISE", f"{record['UnappliedAmt']} of it is not applied to the invoice"
    if total is None or Decimal(str(total)) != write.total:
        return "RECORDED_OTHERWISE", f"its total is {total}, the order's {write.total}"
    return None


AS_SENT = Kind(find=find_by_note, difference=amounts_differ)


def deliver(
    posting: Posting,
    kind: Kind,
    intents: Sequence[Intent],
    settled: Callable[[Outcome, list[str]], None],
    *,
    name: str,
    what: str,
    left_open: Mapping[str, Write],
) -> None:
    """Commits the intents and delivers them, together with what earlier runs left open; `settled` gets each outcome, and its orders."""
    planned = plan_writes(
        posting.engine,
        posting.lease,
        realm_id=posting.quickbooks.realm_id,
        store=posting.store.name,
        run_key=posting.run.run_key,
        intents=intents,
    )
    writes = {**left_open, **planned}
    orders = orders_of_writes(posting.engine, [write.id for write in writes.values()])
    courier = open_courier(
        posting.engine,
        posting.quickbooks,
        posting.lease,
        posting.run.run_key,
        kind,
        posting.timing,
        posting.store,
        len(writes),
    )

    def parked(write: Write) -> None:
        message = (
            f"The {name} was sent and QuickBooks' answer was lost; it is looked for before anything is sent again."
        )
        tell(posting, [Event(order_id, "unanswered", message, "info", "UNANSWERED") for order_id in orders[write.id]])

    courier.deliver_all(writes.values(), lambda outcome: settled(outcome, orders[outcome.write.id]), what, parked)


def left_open(posting: Posting, kind: str) -> dict[str, Write]:
    """By subject: the writes of this store whose outcome nobody knows, whichever run sent them."""
    uncertain = uncertain_writes(
        posting.engine, realm_id=posting.quickbooks.realm_id, store=posting.store.name, kind=kind
    )
    return {write.subject: write for write in uncertain}


def recorded_otherwise(posting: Posting, kind: str) -> dict[str, Write]:
    """By subject: the writes of this store that QuickBooks recorded otherwise than they were sent."""
    doubtful = doubtful_writes(
        posting.engine, realm_id=posting.quickbooks.realm_id, store=posting.store.name, kind=kind
    )
    return {write.subject: write for write in doubtful}


def record_due(
    posting: Posting,
    kind: str,
    books: Books,
    cases: Sequence[Case],
    due: Callable[[Case, Books, Store, date], list[Intent]],
) -> None:
    """Records what is due of these recorded orders, and settles what earlier runs left open; an order that `due` refuses is held."""
    intents: list[Intent] = []
    for case in cases:
        if posting.is_troubled(case.order_id):
            continue
        try:
            intents += due(case, books, posting.store, posting.today)
        except RecordRefused as error:
            end(posting, case.order_id, "held", error)
    deliver(
        posting,
        AS_SENT,
        intents,
        lambda outcome, orders: note_addition(posting, outcome, orders, kind),
        name=kind,
        what=f"{kind}s recorded",
        left_open=left_open(posting, kind),
    )


def note_addition(posting: Posting, outcome: Outcome, order_ids: Iterable[str], name: str) -> None:
    """Notes how a payment, refund or change of a recorded order ended; one that is not as wanted ends the order's way in this run."""
    write = outcome.write
    if outcome.status == "unknown":
        end_unsettled(posting, order_ids, name)
        return
    if outcome.error:
        for order_id in order_ids:
            end(posting, order_id, "failed", outcome.error)
        return
    message = in_words(outcome, number_of(outcome))
    for order_id in order_ids:
        posting.made[f"{write.kind}s"] += 1
        log.info("order %s: %s", order_id, message)
        tell(posting, [Event(order_id, write.kind, message)])


def number_of(outcome: Outcome) -> str | None:
    """The number of what was written: as it was sent, else as QuickBooks gave it."""
    found: str | None = json.loads(outcome.write.payload).get("DocNumber") or (outcome.record or {}).get("DocNumber")
    return found


def in_words(outcome: Outcome, number: str | None) -> str:
    """What an order's history says of something that is in QuickBooks as it was sent."""
    write, record = outcome.write, outcome.record or {}
    what = " ".join(filter(None, (write.entity, number)))
    how = "found in QuickBooks" if outcome.adopted else "recorded in QuickBooks"
    return f"{what} over {write.total} was {how}, as {record.get('Id') or write.quickbooks_id}."


def end_unsettled(posting: Posting, order_ids: Iterable[str], name: str) -> None:
    """Ends the way of orders in this run for which something was sent, nobody knows with what outcome."""
    lost = OrderSyncError(
        f"The {name} was sent and its answer was lost; whether QuickBooks recorded it is not known yet.",
        advice="The next run looks for it; nothing is sent twice.",
        code="UNSETTLED",
    )
    for order_id in order_ids:
        end(posting, order_id, "unsettled", lost)


def end(
    posting: Posting,
    order_id: str,
    status: str,
    error: OrderSyncError,
    *,
    write: Write | None = None,
    record: Mapping[str, Any] | None = None,
) -> None:
    """Ends an order's way in this run with a code, words and advice; a document that exists all the same is noted with it.

    What the newest warning or error of its history says already is no news, and not told again.
    """
    posting.ended[order_id] = status
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
    known = newest_troubles(posting.engine, posting.store.name, [order_id]).get(order_id)
    if known != error.message:
        log.warning("order %s %s: %s", order_id, status, error)
        change_orders(
            posting.engine,
            posting.store.name,
            posting.run.run_key,
            [change],
            [error_event(order_id, status, level, error)],
        )
        return
    change_orders(posting.engine, posting.store.name, posting.run.run_key, [change])


def tell(posting: Posting, events: Sequence[Event]) -> None:
    """Adds to the orders' history."""
    change_orders(posting.engine, posting.store.name, posting.run.run_key, [], events)


def warn(posting: Posting, order_id: str, warnings: Sequence[tuple[str, str]], event: str = "document") -> None:
    """Adds warnings to an order's history; it will be posted with warnings."""
    if warnings:
        posting.warned.add(order_id)
        tell(posting, [Event(order_id, event, words, "warning", code) for code, words in warnings])


def customer_currencies(engine: Engine, realm_id: str, customer_ids: Iterable[str]) -> dict[str, str | None]:
    """The currency of each of these customers, None where QuickBooks names none."""
    cached = cached_customers(engine, realm_id, list(dict.fromkeys(customer_ids)))
    return {id: (body.get("CurrencyRef") or {}).get("value") for id, body in cached.items()}


def customer_of(row: Any, store: Store, currencies: Mapping[str, str | None]) -> Customer:
    """The customer of an order as its document needs it."""
    decision = row.decision or {}
    own = decision.get("outcome") != "standard" or store.customers.standard_addresses == "order"
    return Customer(row.customer_id, currencies.get(row.customer_id), own)


def in_trouble(error: RecordRefused) -> str:
    """What an order becomes that was refused before anything was sent: a person decides."""
    return "failed" if error.code == "ITEM_REFUSED" else "held"
