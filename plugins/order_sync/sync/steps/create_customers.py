"""Step 4: the customers that are missing and that the settings allow, each made once for all orders of the same person, and the
inactive ones that the settings make active again."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine

from order_sync.database.cache import cached_customers, save_customers
from order_sync.database.history import Event, tell_orders
from order_sync.database.leases import Lease
from order_sync.database.ledger import plan_writes, reject_posted
from order_sync.database.order_status import assign_customer, fail_orders, hold_orders, unsettle_orders
from order_sync.database.orders import orders_of_run
from order_sync.database.runs import Run
from order_sync.database.writes import latest_writes, uncertain_writes
from order_sync.errors import OutcomeUnknown, RecordRefused
from order_sync.keys import key_maker
from order_sync.quickbooks.client import QuickBooks
from order_sync.quickbooks.faults import ObjectNotFound
from order_sync.quickbooks.wire import encode
from order_sync.settings import Store
from order_sync.sync.company.company import NewCustomerDefaults
from order_sync.sync.company.reading import new_customer_defaults
from order_sync.sync.customers.guard import DOUBT, contradicts, of_party
from order_sync.sync.customers.new_customer import LIMITS, Change, customer_body, distinct_name, narrowed
from order_sync.sync.customers.people import Person, group
from order_sync.sync.customers.reactivation import reactivate
from order_sync.sync.orders.codes import Code, refusal
from order_sync.sync.orders.kinds import Entity, Kind
from order_sync.sync.orders.row import OrderRow, by_age
from order_sync.sync.orders.snapshot import Snapshot, party, snapshot_of
from order_sync.sync.orders.status import Status
from order_sync.sync.orders.trouble import Trouble, trouble, trouble_of
from order_sync.sync.orders.write import Intent, Write
from order_sync.sync.outbox.batch import open_courier
from order_sync.sync.outbox.channel import Channel, Timing
from order_sync.sync.outbox.courier import Courier
from order_sync.sync.outbox.settling import Outcome
from order_sync.sync.recording.kinds import KINDS, namesakes
from order_sync.sync.steps.match_customers import match_again


@dataclass(frozen=True, slots=True)
class Draft:
    """A person's customer as it is tried next: with the name's suffix or without, inside the limits that QuickBooks has named."""

    person: Person
    limits: Mapping[str, int]
    suffix: bool
    body: dict[str, Any]
    changes: list[Change]


@dataclass(frozen=True, slots=True)
class Step:
    """What all of the step works with."""

    engine: Engine
    quickbooks: QuickBooks
    lease: Lease
    store: Store
    run: Run
    defaults: NewCustomerDefaults
    timing: Timing

    def courier(self, writes: Collection[Write]) -> Courier:
        """Who delivers these writes."""
        kind, run_key = KINDS[Kind.CUSTOMER], self.run.run_key
        return open_courier(
            Channel(self.engine, self.quickbooks, self.lease, run_key, kind, self.timing), self.store, len(writes)
        )


def create_customers(
    engine: Engine, quickbooks: QuickBooks, lease: Lease, store: Store, run: Run, timing: Timing
) -> Counter[str]:
    """Creates the run's missing customers, exactly once, makes inactive ones active where that was decided, and gives the orders
    their customer; counts the customers by outcome.

    A name that QuickBooks has already (6240) is adopted if the e-mail agrees, made active if the settings say so, else the settings'
    suffix is added; a text that it finds too long (2050) is shortened to what it says. What it refuses otherwise makes the person's
    orders `failed`, with its code and words; the others go on. Raises ConfigurationError where the settings name a term or a customer
    type that the company has not.
    """
    defaults = new_customer_defaults(engine, quickbooks.realm_id, store)
    step = Step(engine, quickbooks, lease, store, run, defaults, timing)

    def leftover(outcome: Outcome) -> None:
        if outcome.status == "posted":
            _cache(step, outcome)

    open_ones = uncertain_writes(engine, realm_id=quickbooks.realm_id, store=store.name, kind=Kind.CUSTOMER)
    step.courier(open_ones).deliver_all(
        open_ones,
        leftover,
        "customers of earlier runs settled",
    )
    # Another run may have made them since this one matched; under the lease nobody makes more.
    match_again(engine, store, quickbooks.realm_id, run)
    counts = _reactivate_matched(step)
    people = {person.key: person for person in _without_unsettled(step, _people(step))}
    counts += _take_up_inactive(step, people)
    counts += _create(step, list(people.values()))
    return counts


def _people(step: Step) -> Iterator[Person]:
    found = [
        row
        for row in orders_of_run(step.engine, step.store.name, step.run.run_key, (Status.MATCHED,))
        if row.decision and row.decision.outcome == "create" and not row.customer_id
    ]
    found.sort(key=by_age, reverse=True)
    rows = {row.order_id: row for row in found}
    keys = {row.order_id: row.decision.keys for row in found if row.decision}
    criteria = step.store.customers.criteria
    for order_ids in group(keys, criteria):
        founder = order_ids[0]
        # All that it is known by, so that a namesake is somebody else; hashed, because that is longer than a subject.
        known_by = [rows[founder].contact_id or "", *sorted(f"{label}\n{key}" for label, key in keys[founder].items())]
        subject = hashlib.sha256("\n".join(known_by).encode()).hexdigest()[:32]
        fields = frozenset((one.destination, key) for one in criteria if (key := keys[founder].get(str(one))))
        snapshots = [snapshot_of(rows[order_id]) for order_id in order_ids]
        yield Person(subject, tuple(_guarded(step, snapshots)), snapshots[0], fields)


def _guarded(step: Step, snapshots: Sequence[Snapshot]) -> list[str]:
    """The orders that stay with their founder, the first: the guard holds, or warns of, one that all else says is another person."""
    settings = step.store.customers
    order_ids = [snapshot.order.id for snapshot in snapshots]
    if settings.guard == "off":
        return order_ids
    founder, *others = (of_party(party(snapshot), settings.equality.phone_country) for snapshot in snapshots)
    doubted = [id for id, other in zip(order_ids[1:], others, strict=True) if contradicts(founder, other)]
    if not doubted:
        return order_ids
    words = f"A criterion makes it one person with order {order_ids[0]}, for whom a customer is created. But {DOUBT}"
    why, store, run_key = trouble(Code.CONTRADICTED, words), step.store.name, step.run.run_key
    if settings.guard == "hold":
        hold_orders(step.engine, store, run_key, doubted, why)
        return [id for id in order_ids if id not in doubted]
    tell_orders(
        step.engine, store, run_key, [Event(id, "matched", words, "warning", why.code, why.advice) for id in doubted]
    )
    return order_ids


def _without_unsettled(step: Step, people: Iterable[Person]) -> Iterator[Person]:
    """Those for whom no customer is on its way: where nobody knows yet whether QuickBooks made it, another would be the second."""
    settings, store = step.store.customers, step.store.name
    on_its_way = {
        (one.destination, key)
        for write in uncertain_writes(step.engine, realm_id=step.quickbooks.realm_id, store=store, kind=Kind.CUSTOMER)
        for one in settings.criteria
        for key in key_maker(one.destination, settings.equality)(json.loads(write.payload))
    }
    for person in people:
        if person.keys & on_its_way:
            _unsettle(step, person)
        else:
            yield person


def _reactivate_matched(step: Step) -> Counter[str]:
    """The inactive customers that matching found for the run's orders; one that is active by now is simply used."""
    found: dict[str, list[OrderRow]] = {}
    for row in orders_of_run(step.engine, step.store.name, step.run.run_key, (Status.MATCHED,)):
        if row.customer_id and row.decision and row.decision.outcome == "reactivate":
            found.setdefault(row.customer_id, []).append(row)
    cached = cached_customers(step.engine, step.quickbooks.realm_id, list(found))
    counts = Counter[str]()
    for customer_id, rows in found.items():
        if cached.get(customer_id, {}).get("Active"):
            continue
        newest = max(rows, key=by_age)
        person = Person(customer_id, tuple(row.order_id for row in rows), snapshot_of(newest))
        counts[_reactivate(step, person, cached.get(customer_id) or {"Id": customer_id})] += 1
    return counts


def _take_up_inactive(step: Step, people: dict[str, Person]) -> Counter[str]:
    """Customers that were created earlier and made inactive since: active again by setting, else the next plan creates them anew."""
    writes = latest_writes(
        step.engine,
        realm_id=step.quickbooks.realm_id,
        store=step.store.name,
        kind=Kind.CUSTOMER,
        subjects=list(people),
    )
    posted = [
        (write.quickbooks_id, write) for write in writes.values() if write.status == "posted" and write.quickbooks_id
    ]
    cached = cached_customers(step.engine, step.quickbooks.realm_id, [customer_id for customer_id, _write in posted])
    counts = Counter[str]()
    for customer_id, write in posted:
        # One that is not cached may have been made by a process that was killed before it could note it.
        customer = cached.get(customer_id) or _read_customer(step.quickbooks, customer_id)
        if customer.get("Active", False):
            continue
        if customer and step.store.customers.reactivate_inactive:
            counts[_reactivate(step, people.pop(write.subject), customer)] += 1
        else:
            gone = refusal(Code.INACTIVE, "The customer was made inactive in QuickBooks.")
            reject_posted(step.engine, step.lease, write, gone, step.run.run_key)
    return counts


def _read_customer(quickbooks: QuickBooks, customer_id: str) -> dict[str, Any]:
    try:
        return quickbooks.read("Customer", customer_id)
    except ObjectNotFound:
        return {}


def _reactivate(step: Step, person: Person, customer: Mapping[str, Any]) -> str:
    """Makes a customer active again for a person's orders; fails them where QuickBooks does not."""
    customer_id, settings = str(customer["Id"]), step.store.customers
    step.lease.require()
    try:
        if "DisplayName" not in customer:
            customer = step.quickbooks.read("Customer", customer_id)
        record = reactivate(step.quickbooks, customer, lambda name: distinct_name(name, person.newest, settings))
    except (RecordRefused, OutcomeUnknown) as error:
        words = f"Customer {customer_id} was not made active again: {error.message}"
        _fail(step, person, trouble_of(error, words))
        return "failed"
    message = f"Customer {record['DisplayName']} ({customer_id}) was inactive and is active again in QuickBooks."
    _assign(step, person, customer_id, message)
    save_customers(step.engine, step.quickbooks.realm_id, [record])
    return "reactivated"


def _create(step: Step, people: Iterable[Person]) -> Counter[str]:
    """Delivers each person's customer, and what can be mended about a refused one once more, until each is settled."""
    counts = Counter[str]()
    drafts = {person.key: _draft(step, person) for person in people}
    while drafts:
        refused: list[tuple[Draft, RecordRefused]] = []
        _deliver(step, drafts, counts, refused)
        drafts = {}
        for draft, error in refused:
            if error.code == "6240" and (namesake := _inactive_namesake(step, draft)):
                counts[_reactivate(step, draft.person, namesake)] += 1
            elif mended := _mend(step, draft, error):
                drafts[draft.person.key] = mended
            else:
                words = f"QuickBooks refused the new customer: {error.message}"
                _fail(step, draft.person, trouble_of(error, words))
                counts["failed"] += 1
    return counts


def _draft(step: Step, person: Person, limits: Mapping[str, int] = LIMITS, *, suffix: bool = False) -> Draft:
    body, changes = customer_body(person.newest, step.store.customers, step.defaults, suffix=suffix, limits=limits)
    return Draft(person, limits, suffix, body, changes)


def _deliver(
    step: Step,
    drafts: Mapping[str, Draft],
    counts: Counter[str],
    refused: list[tuple[Draft, RecordRefused]],
) -> None:
    def settled(outcome: Outcome) -> None:
        draft = drafts[outcome.write.subject]
        if isinstance(outcome.error, RecordRefused) and outcome.status == "rejected":
            refused.append((draft, outcome.error))
        else:
            counts[_record(step, draft, outcome)] += 1

    writes = plan_writes(
        step.engine,
        step.lease,
        realm_id=step.quickbooks.realm_id,
        store=step.store.name,
        run_key=step.run.run_key,
        intents=[Intent(Kind.CUSTOMER, key, Entity.CUSTOMER, encode(draft.body)) for key, draft in drafts.items()],
    )
    planned = list(writes.values())
    step.courier(planned).deliver_all(planned, settled, "customers created")


def _mend(step: Step, draft: Draft, error: RecordRefused) -> Draft | None:
    """What to try next: the name with its suffix, or shorter texts; None where there is nothing left to try."""
    if error.code == "6240":
        return None if draft.suffix else _draft(step, draft.person, draft.limits, suffix=True)
    limits = narrowed(draft.limits, draft.body, error)
    return _draft(step, draft.person, limits, suffix=draft.suffix) if limits else None


def _inactive_namesake(step: Step, draft: Draft) -> dict[str, Any] | None:
    """The inactive customer that has the name, where it is the person and the settings make it active."""
    if not step.store.customers.reactivate_inactive:
        return None
    rows = namesakes(step.quickbooks, draft.body)
    return next((row for row in rows if not row.get("Active", True)), None)


def _record(step: Step, draft: Draft, outcome: Outcome) -> str:
    if outcome.status == "posted" and outcome.record:
        _cache(step, outcome)
        name = json.loads(outcome.write.payload).get("DisplayName", "")
        customer_id = str(outcome.record["Id"])
        verb = "found again" if outcome.adopted or outcome.write.status == "posted" else "created"
        message = f"Customer {name} ({customer_id}) was {verb} in QuickBooks."
        _assign(step, draft.person, customer_id, message, draft.changes)
        return verb
    _unsettle(step, draft.person)
    return "unsettled"


def _assign(step: Step, person: Person, customer_id: str, message: str, changes: Sequence[Change] = ()) -> None:
    events = [Event(order_id, "customer", message) for order_id in person.order_ids]
    events += [
        Event(order_id, "customer", words, "warning", code) for code, words in changes for order_id in person.order_ids
    ]
    assign_customer(step.engine, step.store.name, step.run.run_key, person.order_ids, customer_id, events)


def _fail(step: Step, person: Person, why: Trouble) -> None:
    fail_orders(step.engine, step.store.name, step.run.run_key, person.order_ids, why)


def _unsettle(step: Step, person: Person) -> None:
    why = trouble(Code.UNSETTLED, "Whether QuickBooks created the order's customer is not known yet.")
    unsettle_orders(step.engine, step.store.name, step.run.run_key, person.order_ids, why)


def _cache(step: Step, outcome: Outcome) -> None:
    record = outcome.record or {}
    if "DisplayName" not in record:
        record = step.quickbooks.read("Customer", str(record["Id"]))
    save_customers(step.engine, step.quickbooks.realm_id, [record])
