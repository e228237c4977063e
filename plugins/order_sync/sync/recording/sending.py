"""How writes go out, what is noted of them on their orders, and how an order's way ends in a run."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence

from order_sync.database.history import Event, newest_troubles, tell_orders
from order_sync.database.ledger import plan_writes
from order_sync.database.order_status import fail_orders, hold_orders, unsettle_orders
from order_sync.database.writes import doubtful_writes, orders_of_writes, uncertain_writes
from order_sync.errors import OrderSyncError, RecordRefused
from order_sync.sync.orders.codes import Code, refusal
from order_sync.sync.orders.kinds import Kind
from order_sync.sync.orders.status import Status
from order_sync.sync.orders.trouble import trouble_of
from order_sync.sync.orders.write import Intent, Write, WriteStatus
from order_sync.sync.outbox.batch import open_courier
from order_sync.sync.outbox.isolation import about_one
from order_sync.sync.outbox.settling import Outcome
from order_sync.sync.recording.context import Recording
from order_sync.sync.recording.kinds import KINDS
from order_sync.sync.recording.plan_bounds import leave_beyond, leave_written, within_plan

log = logging.getLogger(__name__)


def deliver(
    recording: Recording,
    kind: Kind,
    intents: Sequence[Intent],
    settled: Callable[[Outcome, list[str]], None],
    *,
    left_open: Mapping[str, Write],
) -> None:
    """Commits the intents and delivers them, together with what earlier runs left open; `settled` gets each outcome, and its orders.

    A run that records a plan sends what the plan has, just so, and leaves out the orders of all else.
    """
    planned = plan_writes(
        recording.engine,
        recording.lease,
        realm_id=recording.realm_id,
        store=recording.store.name,
        run_key=recording.run.run_key,
        intents=leave_beyond(recording, intents),
    )
    writes = {**left_open, **leave_written(recording, planned)}
    orders = orders_of_writes(recording.engine, [write.id for write in writes.values()])
    record = KINDS[kind]
    courier = open_courier(recording.channel(record), recording.store, len(writes))

    def parked(write: Write) -> None:
        message = f"The {record.noun} was sent and QuickBooks' answer was lost; it is looked for before anything is sent again."
        tell(
            recording,
            [Event(order_id, "unanswered", message, "info", Code.UNANSWERED) for order_id in orders[write.id]],
        )

    def noted(outcome: Outcome) -> None:
        order_ids = orders[outcome.write.id]
        try:
            with about_one(f"{kind} {outcome.write.subject}"):
                settled(outcome, order_ids)
        except RecordRefused as error:
            for order_id in order_ids:
                end(recording, order_id, Status.UNSETTLED, error)

    courier.deliver_all(writes.values(), noted, record.progress, parked)


def left_open(recording: Recording, kind: Kind) -> dict[str, Write]:
    """By subject: the writes of this store whose outcome nobody knows, whichever run sent them."""
    uncertain = uncertain_writes(recording.engine, realm_id=recording.realm_id, store=recording.store.name, kind=kind)
    return {write.subject: write for write in of_named_orders(recording, uncertain)}


def recorded_otherwise(recording: Recording, kind: Kind) -> dict[str, Write]:
    """By subject: the writes of this store that QuickBooks recorded otherwise than they were sent."""
    doubtful = doubtful_writes(recording.engine, realm_id=recording.realm_id, store=recording.store.name, kind=kind)
    return {write.subject: write for write in of_named_orders(recording, doubtful)}


def of_named_orders(recording: Recording, writes: Sequence[Write]) -> Sequence[Write]:
    """These writes; of a run that is for named orders only, those that are about one of them, or about no order; of one that records a
    plan, those that are in it."""
    if recording.run.plan:
        return within_plan(recording, writes)
    if not recording.run.only_orders:
        return writes
    orders = orders_of_writes(recording.engine, [write.id for write in writes])
    others = {id for id, of in orders.items() if of and not set(of).intersection(recording.run.only_orders)}
    return [write for write in writes if write.id not in others]


def note_addition(recording: Recording, outcome: Outcome, order_ids: Iterable[str]) -> None:
    """Notes how a payment, refund or change of a recorded order ended; one that is not as wanted ends the order's way in this run."""
    write = outcome.write
    if outcome.status is WriteStatus.UNKNOWN:
        end_unsettled(recording, order_ids, write.kind, outcome.error)
        return
    if outcome.error:
        for order_id in order_ids:
            end(recording, order_id, Status.FAILED, outcome.error)
        return
    message = in_words(outcome, number_of(outcome))
    for order_id in order_ids:
        recording.made[write.kind.plural] += 1
        log.info("order %s: %s", order_id, message)
        tell(recording, [Event(order_id, write.kind, message)])


def number_of(outcome: Outcome) -> str | None:
    """The number of what was written: as it was sent, else as QuickBooks gave it."""
    found: str | None = json.loads(outcome.write.payload).get("DocNumber") or (outcome.record or {}).get("DocNumber")
    return found


def in_words(outcome: Outcome, number: str | None) -> str:
    """What an order's history says of something that is in QuickBooks as it was sent."""
    write, record = outcome.write, outcome.record or {}
    what = " ".join(filter(None, (write.entity.words.capitalize(), number)))
    done = "updated" if write.operation == "update" else "recorded"
    if write.kind is Kind.APPLICATION:
        return f"The credit memo was applied to the invoice in QuickBooks, by the payment {record.get('Id') or write.quickbooks_id}."
    how = "found in QuickBooks" if outcome.adopted else f"{done} in QuickBooks"
    return f"{what} over {write.money} was {how}, as {record.get('Id') or write.quickbooks_id}."


def end_unsettled(
    recording: Recording, order_ids: Iterable[str], kind: Kind, known: OrderSyncError | None = None
) -> None:
    """Ends the way of orders in this run for which something was sent, nobody knows with what outcome; `known` is what is known of it."""
    if known is None or known.code not in Code.__members__ or known.code == Code.UNANSWERED:
        words = (
            f"The {KINDS[kind].noun} was sent and its answer was lost; whether QuickBooks recorded it is not known yet."
        )
        known = refusal(Code.UNSETTLED, words)
    for order_id in order_ids:
        end(recording, order_id, Status.UNSETTLED, known)


def end(
    recording: Recording,
    order_id: str,
    status: Status,
    error: OrderSyncError,
    *,
    document: tuple[str, str] | None = None,
) -> None:
    """Ends an order's way in this run with a code, words and advice; a failed one's `document` (entity and id) is there all the same.

    What the newest warning or error of its history says already is no news, and not told again.
    """
    recording.ended[order_id] = status
    why, of = trouble_of(error), (recording.engine, recording.store.name, recording.run.run_key, [order_id])
    is_news = newest_troubles(recording.engine, recording.store.name, [order_id]).get(order_id) != why.message
    if is_news:
        log.warning("order %s %s: %s", order_id, status, error)
    match status:
        case Status.HELD:
            hold_orders(*of, why, is_news=is_news)
        case Status.UNSETTLED:
            unsettle_orders(*of, why, is_news=is_news)
        case Status.FAILED:
            fail_orders(*of, why, is_news=is_news, document=document)
        case _:
            raise ValueError(f"an order's way does not end as {status}")


def tell(recording: Recording, events: Sequence[Event]) -> None:
    """Adds to the orders' history."""
    tell_orders(recording.engine, recording.store.name, recording.run.run_key, events)


def warn(recording: Recording, order_id: str, warnings: Sequence[tuple[str, str]], event: str = "document") -> None:
    """Adds warnings to an order's history; it will be posted with warnings."""
    if warnings:
        recording.warned.add(order_id)
        tell(recording, [warning(order_id, event, code, words) for code, words in warnings])


def warning(order_id: str, event: str, code: str, words: str) -> Event:
    """A warning of an order that is recorded all the same."""
    known = Code.__members__
    return Event(order_id, event, words, "warning", code, known[code].as_warning if code in known else None)


def status_of_refusal(error: RecordRefused) -> Status:
    """What an order becomes that was refused before its document was sent: held, for a person; failed where QuickBooks refused an item."""
    return Status.FAILED if error.code == Code.ITEM_REFUSED else Status.HELD
