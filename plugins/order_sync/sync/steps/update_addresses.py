"""Step 5: the addresses and details of the customers found or made, from their newest order; an error is a warning on the order, never
a stop."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime
from itertools import chain

from order_sync.database.merges import known_merges
from order_sync.database.missed_updates import Subject, note_missed
from order_sync.database.orders import newest_posted
from order_sync.database.stores import known_stores
from order_sync.infusionsoft.client import Infusionsoft
from order_sync.sync.addresses.contacts import addressed_contacts
from order_sync.sync.orders.codes import Code
from order_sync.sync.orders.decision import Decision
from order_sync.sync.orders.meaning import snapshot_of
from order_sync.sync.orders.snapshot import Snapshot, newest
from order_sync.sync.orders.status import Status
from order_sync.sync.recording.contacts import update_contacts
from order_sync.sync.recording.context import Recording, rows_of_run
from order_sync.sync.recording.customer_updates import update_customers
from order_sync.sync.recording.missed import Followed, give_up, missed_orders
from order_sync.sync.steps.match_customers import stand_ins_of

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_MERGED_AWAY = "The customer's address will not be brought up to date: it was merged into customer {}, which stands for many people."
_OWN_CUSTOMER = ("matched", "reactivate", "create")


def update_addresses(recording: Recording, infusionsoft: Infusionsoft) -> Counter[str]:
    """Updates the addresses and details of the run's customers, and the contacts' addresses, as the settings say; counts both by outcome.

    Each follows its newest order of the run, or one of an earlier run that it could not follow then, unless a newer one is recorded
    already. Whatever goes wrong with one customer is a warning on the order; only sign-in to QuickBooks, a stopped company or a lost
    lease end the step. A run that records a plan updates nobody, because no plan has it: the next run makes it up.
    """
    store, settings, counts = recording.store, recording.store.matching, Counter[str]()
    follows = settings.update_addresses != "off" or settings.update_details != "off"
    if not follows and not settings.update_online_store:
        return counts
    orders = [(row, snapshot_of(row, store)) for row in rows_of_run(recording, Status.MATCHED)]
    if recording.run.plan:
        return _leave_to_the_next_run(recording, orders, follows=follows)
    if follows:
        missed = missed_orders(recording, "customer")
        stand_ins = stand_ins_of(recording)
        nobody = {stand_ins.standard, stand_ins.default}
        lost = {noted: one for noted, one in missed.items() if one[0].customer_id in nobody}
        give_up(recording, {noted: (one, _MERGED_AWAY.format(one[0].customer_id)) for noted, one in lost.items()})
        made_up = _current(recording, list(missed.values()), _stores_of(recording))
        own = _of_customers(chain(_current(recording, orders), made_up), nobody)
        counts += update_customers(recording, own, missed)
    if settings.update_online_store:
        missed = missed_orders(recording, "contact")
        counts += update_contacts(
            recording, infusionsoft, list(_current(recording, [*orders, *missed.values()])), missed
        )
    return counts


def _leave_to_the_next_run(recording: Recording, orders: list[Followed], *, follows: bool) -> Counter[str]:
    """Notes which customers and contacts are still to follow these orders; where nothing is to be changed, it is forgotten then."""
    stand_ins, counts = stand_ins_of(recording), Counter[str]()
    current = list(_current(recording, orders))
    noted: list[tuple[Subject, str, Snapshot]] = []
    if follows:
        own = _of_customers(current, {stand_ins.standard, stand_ins.default})
        noted += [("customer", customer_id, snapshot) for customer_id, (_, snapshot) in own.items()]
    if recording.store.matching.update_online_store:
        addressed = addressed_contacts(snapshot for _, snapshot in current)
        noted += [("contact", contact_id, snapshot) for contact_id, snapshot in addressed.items()]
    for kind, subject, snapshot in noted:
        order = snapshot.order
        note_missed(
            recording.engine, recording.store.name, kind, subject, order_id=order.id, ordered_at=order.ordered_at
        )
        counts[f"{kind}s left to the next run"] += 1
    return counts


def _stores_of(recording: Recording) -> set[str]:
    """The stores of the company: what is made up late may be older than what another one of them has recorded since."""
    known = known_stores(recording.engine).values()
    return {recording.store.name, *(one.store for one in known if one.realm_id == recording.realm_id)}


def _current(recording: Recording, orders: list[Followed], stores: Collection[str] = ()) -> Iterator[Followed]:
    """The orders without those that are older than one that is recorded already, by these stores or by their own: a backfill, or an update
    that is made up, must not bring back where somebody lived before."""
    if not orders:
        return
    engine, own_store = recording.engine, {recording.store.name}
    contacts = [row.contact_id for row, _ in orders if row.contact_id]
    of_contact = newest_posted(engine, own_store, contacts, "contact_id")
    own = [row.customer_id for row, _ in orders if row.customer_id and _is_own(row.decision)]
    known = known_merges(recording.engine, recording.realm_id)
    former = {id: survivor for id, survivor in known.items() if survivor in own}
    of_customer: dict[str, datetime] = {}
    for id, last in newest_posted(engine, stores or own_store, [*own, *former], "customer_id").items():
        whose = former.get(id, id)
        of_customer[whose] = max(last, of_customer.get(whose, _LONG_AGO))
    for row, snapshot in orders:
        last = of_contact.get(row.contact_id or "", _LONG_AGO)
        if _is_own(row.decision):
            last = max(last, of_customer.get(row.customer_id or "", _LONG_AGO))
        if snapshot.order.ordered_at >= last:
            yield row, snapshot


def _of_customers(orders: Iterable[Followed], stand_ins: Collection[str | None]) -> dict[str, Followed]:
    """Each customer's newest order. The standard and the default customer stand for many people: they have nothing to follow, also not
    an order of somebody who was merged into them; nor is a customer changed who may be another person, or whose job alone was found, which
    may be anywhere."""
    known = {row.order_id: (row, snapshot) for row, snapshot in orders}
    own = ((row.customer_id, one) for row, one in known.values() if row.customer_id and _moves(row.decision))
    own = (one for one in own if one[0] not in stand_ins)
    return {customer_id: known[one.order.id] for customer_id, one in newest(own).items()}


def _is_own(decision: Decision | None) -> bool:
    return decision is not None and decision.outcome in _OWN_CUSTOMER


def _moves(decision: Decision | None) -> bool:
    if decision is None or not _is_own(decision) or decision.code == Code.CONTRADICTED:
        return False
    return not any(one["id"] == decision.customer_id and one.get("by") == "job" for one in decision.candidates)
