"""What was recorded and is taken out of the books again: voided, and what becomes of its order then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from order_sync.database.history import Event, newest_troubles
from order_sync.database.ledger import reject_posted
from order_sync.database.order_status import await_money, close_orders, flag_order
from order_sync.errors import RecordRefused
from order_sync.money import with_currency
from order_sync.quickbooks.faults import ObjectNotFound
from order_sync.sync.company.company import Company
from order_sync.sync.documents.deleted import deletion, document_name
from order_sync.sync.documents.reversal import is_taken_back
from order_sync.sync.documents.voided import is_voided, used_since, void_intent
from order_sync.sync.orders.codes import Code
from order_sync.sync.orders.kinds import Kind
from order_sync.sync.orders.status import Status
from order_sync.sync.orders.tracked import TrackedOrder
from order_sync.sync.orders.trouble import Trouble, trouble
from order_sync.sync.orders.write import Intent, Write, WriteStatus, payment_id_of
from order_sync.sync.outbox.isolation import about_one
from order_sync.sync.outbox.settling import Outcome
from order_sync.sync.recording.context import Recording
from order_sync.sync.recording.owners import due_today
from order_sync.sync.recording.sending import deliver, end, left_open, note_addition, tell


def take_back(recording: Recording, company: Company, tracked_orders: Sequence[TrackedOrder]) -> bool:
    """Voids what is due to be voided, and settles what earlier runs left open of that; whether anything was."""
    orders = {one.order_id: one for one in tracked_orders if not recording.is_troubled(one.order_id)}
    targets = {str(write.id): (one, write) for one in orders.values() for write in one.writes}
    open_ones = {write.subject: write for one in orders.values() for write in _left_open(one)}
    wanted = due_today(recording, company, list(orders.values()))
    intents = [
        as_it_is
        for intent in wanted.of(Kind.VOID)
        if intent.subject not in open_ones and (as_it_is := _as_it_is(recording, intent, *targets[intent.subject]))
    ]

    def settled(outcome: Outcome, order_ids: list[str]) -> None:
        if outcome.status is WriteStatus.POSTED and not outcome.error:
            recording.made[Kind.VOID.plural] += 1
            _taken_back(recording, *targets[outcome.write.subject])
        else:
            note_addition(recording, outcome, order_ids)

    deliver(recording, Kind.VOID, intents, settled, left_open=open_ones)
    reversals, open_reversals = wanted.of(Kind.REVERSAL), left_open(recording, Kind.REVERSAL)
    deliver(recording, Kind.REVERSAL, reversals, partial(note_addition, recording), left_open=open_reversals)
    return bool(intents or open_ones or reversals or open_reversals or wanted.of(Kind.VOID))


def start_anew(recording: Recording, tracked_orders: Sequence[TrackedOrder]) -> None:
    """Lets orders begin anew of which all money was given back, because it is gone: they wait for it, and are recorded again then."""
    for tracked in tracked_orders:
        if tracked.original and is_taken_back(tracked):
            _taken_back(recording, tracked, tracked.original, "given back by refund receipt")


def flag_deleted(recording: Recording, tracked_orders: Sequence[TrackedOrder]) -> None:
    """Tells of deleted orders what stands in the books of them, each time that it is another."""
    for tracked in tracked_orders:
        if tracked.snapshot.is_deleted and not recording.is_troubled(tracked.order_id):
            _flag(recording, tracked.order_id, deletion(tracked))


def _flag(recording: Recording, order_id: str, why: Trouble) -> None:
    of = (recording.engine, recording.store.name)
    is_news = newest_troubles(*of, [order_id]).get(order_id) != why.message
    recording.ended[order_id] = Status.POSTED_WITH_WARNINGS
    flag_order(*of, recording.run.run_key, order_id, why, is_news=is_news)


def _left_open(tracked: TrackedOrder) -> Iterator[Write]:
    """The voids of what the ledger still takes for recorded: their outcome is open, or nobody came to note it."""
    there = {str(one.id) for one in tracked.writes if one.status is WriteStatus.POSTED and not one.code}
    for write in tracked.writes:
        is_done = write.status is WriteStatus.POSTED and not write.code
        if write.kind is Kind.VOID and write.subject in there and (write.status.is_uncertain or is_done):
            yield write


def _as_it_is(recording: Recording, intent: Intent, tracked: TrackedOrder, write: Write) -> Intent | None:
    """The void of a record as it is in QuickBooks now; None where it is not to be sent: it is voided or deleted there already, or
    somebody did something with it that the sync does not know of."""
    try:
        with about_one(f"void of {write.entity.words} {write.quickbooks_id}"):
            record = _read(recording, write)
            if record is None:
                _taken_back(recording, tracked, write)
                return None
            stood = tracked.document if write.kind is Kind.DOCUMENT else None
            if reason := used_since(stood or write, record):
                raise reason
            return void_intent(write, intent.order_ids, record["SyncToken"])
    except RecordRefused as error:
        end(recording, tracked.order_id, Status.HELD, error)
        return None


def _read(recording: Recording, write: Write) -> dict[str, Any] | None:
    """The record of a write; None where it is voided or deleted."""
    try:
        record = recording.quickbooks.read(write.entity, write.quickbooks_id or "")
    except ObjectNotFound:
        return None
    return None if is_voided(record) else record


def _taken_back(recording: Recording, tracked: TrackedOrder, write: Write, how: str = "voided") -> None:
    """Notes that something recorded is out of the books again."""
    if not tracked.snapshot.is_deleted or write.kind is Kind.PAYMENT:
        _gone(recording, tracked, write, how)
        return
    reason = trouble(
        Code.DELETED,
        f"The order was deleted in Infusionsoft after it was recorded; its {document_name(tracked)} over "
        f"{with_currency(tracked.total, write.currency or '')} was voided in QuickBooks.",
    )
    _flag(recording, tracked.order_id, reason)
    close_orders(recording.engine, recording.store.name, [tracked.order_id])
    # Last, so that a process that is killed before it does all of this again.
    error = RecordRefused(reason.message, advice=reason.advice, code=reason.code)
    reject_posted(recording.engine, recording.lease, write, error)


def _gone(recording: Recording, tracked: TrackedOrder, write: Write, how: str) -> None:
    """Notes that recorded money was taken back, because Infusionsoft has it no more; an order whose receipt it was waits for money."""
    of = (recording.engine, recording.store.name, recording.run.run_key)
    name = document_name(tracked)
    if write.kind is Kind.PAYMENT:
        what = f"Payment {payment_id_of(write.subject)} over {write.money}"
        words = f"{what} is gone in Infusionsoft: it was {how} in QuickBooks."
        tell(recording, [Event(tracked.order_id, "reversal", words, "warning", Code.PAYMENT_GONE, _LOOK)])
        why = Trouble(Code.PAYMENT_GONE, words, _LOOK)
    else:
        words = (
            f"The money of the {name} over {with_currency(tracked.total, write.currency or '')} is gone in Infusionsoft: it was {how} in "
            "QuickBooks. The order waits for money, and is recorded anew then."
        )
        why = Trouble(Code.PAYMENT_GONE, words, _LOOK)
        recording.ended[tracked.order_id] = Status.WAITING
        await_money(*of, tracked.order_id, Trouble(Code.UNPAID, words, Code.UNPAID.advice), why)
    # Last, so that a process that is killed before it does all of this again.
    error = RecordRefused(why.message, advice=why.advice, code=why.code)
    reject_posted(recording.engine, recording.lease, write, error)


_LOOK = "Nothing is to be done, unless the money did come: then enter it again in Infusionsoft."
