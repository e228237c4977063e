"""QuickBooks' half of step 5: a customer gets the addresses and details that its newest order has, in one update."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from order_sync.database.cache import cached_customers, save_customers
from order_sync.database.history import Event, error_event
from order_sync.database.merges import survivors
from order_sync.errors import OrderSyncError, OutcomeUnknown, RecordRefused, RetryLater
from order_sync.progress import Progress
from order_sync.quickbooks.client import QuickBooks
from order_sync.quickbooks.faults import DuplicateName, StaleObject
from order_sync.quickbooks.lengths import is_length_fault, shortened, shorter, texts_of
from order_sync.sync.addresses.customers import LONGEST, NAMES, address_changes, address_of, physical_address
from order_sync.sync.addresses.postal import too_long
from order_sync.sync.company.reading import home_country
from order_sync.sync.customers.details import NAMES_OF_RECORD, WORDS, detail_changes, text_of
from order_sync.sync.customers.new_customer import Change
from order_sync.sync.orders.codes import Code
from order_sync.sync.orders.decision import Decision
from order_sync.sync.orders.snapshot import Snapshot
from order_sync.sync.outbox.isolation import about_one
from order_sync.sync.recording.context import Recording
from order_sync.sync.recording.missed import Followed, advice_of, forget_missed, give_up, note_end, tell_news
from order_sync.sync.recording.sending import tell, warn

log = logging.getLogger(__name__)

PATIENCE = 3
"""After so many customers in a row that QuickBooks could not take now (throttled, out of reach), the others are not tried."""

Customer = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Update:
    """What became of a customer: as it was and is, what was sent of it, what was refused of it, warnings for what was shortened."""

    before: Customer
    after: Customer
    sent: Mapping[str, Any]
    refused: tuple[tuple[str, RecordRefused], ...] = ()
    """What of it, in words, and why."""
    warnings: tuple[Change, ...] = ()


def update_customers(
    recording: Recording, orders: Mapping[str, Followed], missed: Mapping[str, Followed]
) -> Counter[str]:
    """Updates these customers, each by its newest order, where that has something else; counts them by outcome.

    `missed` are those that earlier runs could not update. Whatever goes wrong with one customer is a warning on the order; only sign-in
    to QuickBooks, a stopped company or a lost lease end the step.
    """
    counts, home = Counter[str](), home_country(recording.engine, recording.realm_id)
    customers = cached_customers(recording.engine, recording.realm_id, list(orders))
    due = {id: what for id, order in orders.items() if (what := _due(recording, order, customers.get(id), home))}
    counts["unchanged"] = len(orders) - len(due)
    left = {noted: one for noted, one in missed.items() if one[0].customer_id not in due}
    still = {noted: one for noted, one in left.items() if _is_followed(one, orders)}
    waiting = {noted for noted, one in still.items() if _may_come(recording, one, customers)}
    lost = {
        noted: (one, _lost(recording, one, customers, home)) for noted, one in still.items() if noted not in waiting
    }
    give_up(recording, {noted: (one, words) for noted, (one, words) in lost.items() if words})
    forget_missed(recording, "customer", left.keys() - waiting)
    made_up = {snapshot.order.id for _, snapshot in missed.values()}
    progress, out_of_reach = Progress("customers updated", len(due)), 0
    for customer_id, what in due.items():
        recording.lease.require()
        row, snapshot = orders[customer_id]
        try:
            if out_of_reach >= PATIENCE:
                raise RetryLater("QuickBooks did not take the customers before it either, so it was not tried.")
            with about_one(f"{what} of customer {customer_id}"):
                done = _update(recording, (row, snapshot), customers[customer_id], home)
        except (RecordRefused, OutcomeUnknown, RetryLater) as error:
            out_of_reach = 0 if isinstance(error, RecordRefused) else out_of_reach + 1
            counts["failed"] += 1
            tell_news(recording, _failure(snapshot, customer_id, what, error), made_up)
            note_end(recording, "customer", customer_id, snapshot, missed, error)
        else:
            out_of_reach = 0
            counts["updated" if done.sent else "failed" if done.refused else "unchanged"] += 1
            save_customers(recording.engine, recording.realm_id, [done.after])
            tell(recording, _events(snapshot, customer_id, done))
            warn(recording, snapshot.order.id, done.warnings, "customer")
            note_end(recording, "customer", customer_id, snapshot, missed)
        progress.step()
    return +counts


def _due(recording: Recording, order: Followed, customer: Customer | None, home: str) -> str:
    """What is to be changed of a customer that follows its orders, in words; empty for nothing."""
    if customer is None or _is_gone(customer):
        return ""
    return _in_words(_changes(recording, order, customer, home)[0])


def _is_gone(customer: Customer | None) -> bool:
    return customer is None or not customer.get("Active", True)


def _is_followed(order: Followed, orders: Mapping[str, Followed]) -> bool:
    """Whether it is this order that its customer is to follow."""
    followed = orders.get(order[0].customer_id or "")
    return followed is not None and followed[0].order_id == order[0].order_id


def _may_come(recording: Recording, order: Followed, customers: Mapping[str, Customer]) -> bool:
    """Whether a later run may make up what this one has nothing to send of: the contact may be back by then, and seen into whom a
    customer was merged."""
    id = order[0].customer_id or ""
    if _is_gone(customers.get(id)):
        return bool(survivors(recording.engine, recording.realm_id, [id]))
    return order[1].lacks_contact


def _lost(recording: Recording, order: Followed, customers: Mapping[str, Customer], home: str) -> str:
    """In words, what is not made up of a customer that is inactive or gone; empty where there is nothing to make up."""
    id = order[0].customer_id or ""
    customer = customers.get(id)
    if not _is_gone(customer):
        return ""
    what = _in_words(_changes(recording, order, customer or {"Id": id}, home)[0])
    where = "inactive in QuickBooks by now" if customer else "not in QuickBooks any more"
    return f"The {what} of customer {id} will not be brought up to date: it is {where}." if what else ""


def _in_words(changes: Mapping[str, Any]) -> str:
    is_there = {"address": bool(changes.keys() & NAMES.keys()), "details": bool(changes.keys() - NAMES.keys())}
    return " and ".join(word for word in is_there if is_there[word])


def _changes(
    recording: Recording, order: Followed, customer: Customer, home: str
) -> tuple[dict[str, Any], list[Change]]:
    (row, snapshot), settings = order, recording.store.matching
    details, warnings = detail_changes(snapshot, customer, row.decision or Decision(""), settings)
    return address_changes(snapshot, customer, settings.update_addresses, home) | details, warnings


def _update(recording: Recording, order: Followed, customer: Customer, home: str) -> Update:
    changes, warnings = _changes(recording, order, customer, home)
    try:
        return _send(recording, customer, changes, warnings)
    except StaleObject:
        # Somebody changed the customer since it was cached: compare with what is there now, once.
        current = recording.quickbooks.read("Customer", str(customer["Id"]))
        if _is_gone(current):
            raise  # it may have been merged: the next run knows into whom
        changes, warnings = _changes(recording, order, current, home)
        return _send(recording, current, changes, warnings) if changes else Update(current, current, {})


def _send(recording: Recording, customer: Customer, changes: Mapping[str, Any], warnings: list[Change]) -> Update:
    """Sends all changes together; where QuickBooks refuses that, what of it can go without the rest."""
    quickbooks, told = recording.quickbooks, tuple(warnings)
    try:
        after, sent = _changed(quickbooks, customer, changes)
        return Update(customer, after, sent, warnings=told)
    except StaleObject:
        raise
    except RecordRefused as error:
        parts = _parts(changes, error)
        if not parts:
            raise
        refused: list[tuple[str, RecordRefused]] = []
        if isinstance(error, DuplicateName):
            refused.append(("display name", error))
    after, sent = customer, dict[str, Any]()
    for part in parts:
        try:
            after, fitting = _changed(quickbooks, after, part)
            sent |= fitting
        except RecordRefused as error:
            refused.append((_in_words(part), error))
    return Update(customer, after, sent, tuple(refused), told)


def _changed(quickbooks: QuickBooks, customer: Customer, changes: Mapping[str, Any]) -> tuple[Customer, dict[str, Any]]:
    """The customer as it is then, and what was sent: texts that QuickBooks refuses as too long are shortened, as long as that helps."""
    fitting = dict(changes)
    while True:
        try:
            return quickbooks.change("Customer", customer, fitting), fitting
        except RecordRefused as error:
            limits = shorter(dict(texts_of(fitting)), error) if is_length_fault(error) else {}
            if not limits:
                raise
            fitting = shortened(fitting, limits)


def _parts(changes: Mapping[str, Any], error: RecordRefused) -> list[dict[str, Any]]:
    """A refused update in parts: without the display name that somebody else has; else addresses and details by themselves."""
    if isinstance(error, DuplicateName):
        rest = {field: value for field, value in changes.items() if field not in NAMES_OF_RECORD}
        return [rest] if rest and rest != changes else []
    halves = [
        {field: changes[field] for field in changes if (field in NAMES) is is_address} for is_address in (True, False)
    ]
    return halves if all(halves) else []


def _events(snapshot: Snapshot, customer_id: str, done: Update) -> list[Event]:
    order_id, events = snapshot.order.id, list[Event]()
    if addresses := [NAMES[field] for field in done.sent if field in NAMES]:
        words = f"{' and '.join(addresses)} of customer {customer_id} brought up to date."
        events.append(Event(order_id, "address", words))
    for field in done.sent:
        if field in WORDS:
            was, now = text_of(done.before, field) or "blank", text_of(done.sent, field)
            events.append(Event(order_id, "customer", f"{WORDS[field]} of customer {customer_id}: {was} became {now}."))
        elif cut := _shortened_parts(snapshot, field, done.sent[field]):
            what = f"{NAMES[field]} of customer {customer_id}: {', '.join(cut)} shortened to what QuickBooks takes."
            advice = Code.ADDRESS_SHORTENED.advice
            events.append(Event(order_id, "address", what, "warning", Code.ADDRESS_SHORTENED, advice))
    return events + [_failure(snapshot, customer_id, what, error) for what, error in done.refused]


def _shortened_parts(snapshot: Snapshot, field: str, sent: Mapping[str, str]) -> list[str]:
    """The parts of an address that are shorter than the order has them: because we know how long they may be, or QuickBooks said so."""
    address = address_of(snapshot, field)
    wanted = {name: text for name, text in physical_address(address).items() if sent.get(name, text) != text}
    return too_long(address, LONGEST) or [name for name, text in wanted.items() if text.startswith(sent[name])]


def _failure(snapshot: Snapshot, customer_id: str, what: str, error: OrderSyncError) -> Event:
    order_id = snapshot.order.id
    log.warning("order %s: the %s of customer %s was not updated: %s", order_id, what, customer_id, error)
    message = f"The {what} of customer {customer_id} {'were' if what.endswith('details') else 'was'} not updated: {error.message}"
    return error_event(order_id, "address", "warning", error, message, advice_of(error))
