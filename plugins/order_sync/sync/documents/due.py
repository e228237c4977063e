"""What is due of orders: the one pure function that posting and planning both ask.

An order has one thing due at a time: its document; once that is there, the void of it, where the order was deleted; else the change of
it, where the order was changed and documents follow; else what takes back money that is gone; else its payments, write-offs and
refunds. Who records what is due and asks again gets what comes next, until nothing is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import chain

from order_sync.errors import RecordRefused
from order_sync.settings import Store
from order_sync.sync.company.company import Company
from order_sync.sync.documents.change import change_intent, changed_document, is_changed
from order_sync.sync.documents.daily import Day, Share, daily_intents, share_of
from order_sync.sync.documents.deleted import void_of_deleted
from order_sync.sync.documents.fields import Note, Remark, document_number, fitting_number
from order_sync.sync.documents.fitting import fitting, fitting_intent
from order_sync.sync.documents.part import Part
from order_sync.sync.documents.payment import payment_intents
from order_sync.sync.documents.receivable import still_open
from order_sync.sync.documents.refund import refund_intents, refund_notes
from order_sync.sync.documents.reversal import reversal_intents
from order_sync.sync.documents.sale import intent, sale
from order_sync.sync.documents.voided import refuse_again, was_taken_back, was_voided
from order_sync.sync.documents.write_off import require_write_offs, write_off_intents, write_off_notes
from order_sync.sync.orders.codes import Code
from order_sync.sync.orders.kinds import Kind
from order_sync.sync.orders.payments import kind_refusal, shown_by_receipt
from order_sync.sync.orders.tracked import Customer, TrackedOrder, recorded_treatment
from order_sync.sync.orders.treatment import Treatment, treatment
from order_sync.sync.orders.write import Intent, Write, WriteStatus

DaysWritten = Mapping[date, Sequence[Write]]
"""The documents that the ledger has of each day, of stores that record one document a day; empty for others."""


@dataclass(frozen=True, slots=True)
class Due:
    """What is due: what to send, in this order; and by order id, why an order can have nothing more, and what a person should know.

    An order may have both payments to send and a refusal, of its refunds.
    """

    intents: tuple[Intent, ...] = ()
    refusals: Mapping[str, RecordRefused] = field(default_factory=dict)
    warnings: Mapping[str, tuple[Remark, ...]] = field(default_factory=dict)
    notes: Mapping[str, tuple[Note, ...]] = field(default_factory=dict)
    """What becomes of an order otherwise than usual, or is not recorded on purpose, and why; each is told once."""
    unanswered: tuple[str, ...] = ()
    """Orders whose document was sent and whose answer was lost: nothing is due before it is known what became of it."""

    def of(self, kind: Kind) -> list[Intent]:
        """What to send of one kind."""
        return [one for one in self.intents if one.kind is kind]


def due(orders: Sequence[TrackedOrder], company: Company, store: Store, today: date, written: DaysWritten) -> Due:
    """The next that is due of each of these orders; `today` is the day in the company's time zone.

    An order without document and without customer has nothing due.
    """
    recorded = [one for one in orders if one.original]
    unanswered = tuple(one.order_id for one in orders if not one.original and one.is_unanswered)
    to_record = [one for one in orders if not one.original and one.customer and not one.is_unanswered]
    documents = _of_days if store.revenue.consolidate else _of_orders
    parts = [
        documents(to_record, company, store, today, written),
        *(_of_recorded(one, company, store, today) for one in recorded),
    ]
    return Due(
        intents=tuple(chain.from_iterable(part.intents for part in parts)),
        refusals={order_id: error for part in parts for order_id, error in part.refusals.items()},
        warnings={order_id: told for part in parts for order_id, told in part.warnings.items()},
        notes={order_id: notes for part in parts for order_id, notes in part.notes.items()},
        unanswered=unanswered,
    )


def _of_orders(
    orders: Sequence[TrackedOrder], company: Company, store: Store, today: date, _written: DaysWritten
) -> Due:
    """A document for each."""
    intents, refusals, warnings, notes = list[Intent](), dict[str, RecordRefused](), {}, {}
    for tracked in orders:
        how = treatment(tracked.snapshot, store)
        try:
            wanted, warnings[tracked.order_id] = _document(tracked, _customer(tracked), company, store, how, today)
            intents.append(wanted)
        except RecordRefused as error:
            refusals[tracked.order_id] = error
            continue
        if how.why:
            words = f"The order becomes an invoice, because {how.why}."
            notes[tracked.order_id] = (Note(Code.AS_INVOICE, words, Kind.DOCUMENT),)
    return Due(tuple(intents), refusals, warnings, notes)


def _of_days(orders: Sequence[TrackedOrder], company: Company, store: Store, today: date, written: DaysWritten) -> Due:
    """A document for each day."""
    refusals, warnings = dict[str, RecordRefused](), {}
    days: dict[Day, list[Share]] = {}
    for tracked in orders:
        try:
            day, share = share_of(tracked, _customer(tracked), company, store, today)
            days.setdefault(day, []).append(share)
            warnings[tracked.order_id] = share.made.warnings
        except RecordRefused as error:
            refusals[tracked.order_id] = error
    intents, refused = daily_intents(days, company, store, written)
    return Due(tuple(intents), refusals | {share.tracked.order_id: error for share, error in refused}, warnings)


def _document(
    tracked: TrackedOrder, customer: Customer, company: Company, store: Store, how: Treatment, today: date
) -> tuple[Intent, tuple[Remark, ...]]:
    """The document of an order that has one of its own, and what a person should know.

    RecordRefused where it cannot be recorded as it is, or was recorded otherwise than sent, and voided, with nothing changed since.
    """
    written = [write for write in tracked.writes if write.kind is Kind.DOCUMENT]
    number = None
    if store.revenue.number_from == "store" and (times := sum(map(was_voided, written))):
        number = fitting_number(f"{document_number(tracked.snapshot.order, store)}-{times + 1}")
    again = sum(map(was_taken_back, written))
    document = sale(tracked.snapshot, customer, company, store, how, today=today, number=number, again=again)
    document = fitting(document, written)
    if refused := refuse_again(written, document.body, store):
        raise refused
    wanted = intent(document, tracked.snapshot.order, tracked.row.content_hash)
    if how.manner.paid_as_whole:
        shown = shown_by_receipt(tracked.snapshot, document.total)
        wanted = replace(wanted, payments_shown={tracked.order_id: shown})
    return wanted, document.warnings


def _of_recorded(tracked: TrackedOrder, company: Company, store: Store, today: date) -> Due:
    """What is due of an order that has its document, with what is to be told of it; what is worth a look only where nothing stops it."""
    found = _without_refused_texts(_next_of_recorded(tracked, company, store, today), tracked)
    notes = (*refund_notes(tracked, store), *write_off_notes(tracked, store))
    told = tuple(one for one in notes if not (one.is_warning and found.refusals))
    return replace(found, notes={tracked.order_id: told} if told else {})


def _without_refused_texts(found: Due, tracked: TrackedOrder) -> Due:
    if not any(write.status is WriteStatus.REJECTED for write in tracked.writes):
        return found
    intents, refusals = list[Intent](), dict(found.refusals)
    for one in found.intents:
        try:
            intents.append(fitting_intent(one, tracked.writes))
        except RecordRefused as error:
            refusals.setdefault(tracked.order_id, error)
    told = dict.fromkeys((*found.warnings.get(tracked.order_id, ()), *_remarks_of(intents)))
    warnings = {tracked.order_id: tuple(told)} if told else {}
    return replace(found, intents=tuple(intents), refusals=refusals, warnings=warnings)


def _next_of_recorded(tracked: TrackedOrder, company: Company, store: Store, today: date) -> Due:
    """The void or the change of an order's document, else what takes back money that is gone, else its payments, write-offs and refunds."""
    order_id, intents = tracked.order_id, list[Intent]()
    try:
        if void := void_of_deleted(tracked, company, store):
            return Due((void,))
        if is_changed(tracked, store):
            document = changed_document(tracked, _customer(tracked), company, store, today)
            wanted = change_intent(tracked, document, tracked.current or tracked.as_recorded())
            return Due((wanted,), warnings={order_id: document.warnings})
        _require_known_kinds(tracked, store)
        if taken_back := reversal_intents(tracked, company, store, today):
            return Due(tuple(taken_back))
        # Money that comes for what is written off already is not recorded without a person.
        require_write_offs(tracked, store)
        owed = still_open(tracked)
        intents += payment_intents(tracked, owed, company, store, today)
        planned = list[Part]()  # of both together the last one takes what rounding left
        intents += write_off_intents(tracked, owed, planned, company, store, today)
        intents += refund_intents(tracked, planned, company, store, today)
    except RecordRefused as error:
        return Due(tuple(intents), {order_id: error}, _remarks(order_id, intents))
    return Due(tuple(intents), warnings=_remarks(order_id, intents))


def _require_known_kinds(tracked: TrackedOrder, store: Store) -> None:
    """RecordRefused where a payment of an order, whose money is recorded, is of a type that nobody knows."""
    if recorded_treatment(tracked, store).manner.records_money and (refused := kind_refusal(tracked.snapshot, store)):
        raise refused


def _remarks(order_id: str, intents: Sequence[Intent]) -> dict[str, tuple[Remark, ...]]:
    """What a person should know of an order's payments and refunds, each thing once."""
    told = _remarks_of(intents)
    return {order_id: told} if told else {}


def _remarks_of(intents: Sequence[Intent]) -> tuple[Remark, ...]:
    return tuple(dict.fromkeys(remark for intent in intents for remark in intent.remarks))


def _customer(tracked: TrackedOrder) -> Customer:
    if tracked.customer is None:
        raise ValueError(f"order {tracked.order_id} has no customer")
    return tracked.customer
