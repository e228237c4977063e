"""New customers on their way to QuickBooks: tried, mended where QuickBooks says what is wrong, and given to their orders."""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from order_sync.database.cache import cached_customers, save_customers
from order_sync.database.choices import note_made
from order_sync.database.history import Event
from order_sync.database.ledger import plan_writes
from order_sync.database.order_status import assign_customer, fail_orders, unsettle_orders
from order_sync.errors import OutcomeUnknown, RecordRefused
from order_sync.keys import UNSEEN, compared
from order_sync.quickbooks.wire import encode
from order_sync.sync.company.company import NewCustomerDefaults
from order_sync.sync.customers.new_customer import LIMITS, Change, customer_body, distinct_name, narrowed
from order_sync.sync.customers.people import Person, others_of
from order_sync.sync.customers.reactivation import reactivate
from order_sync.sync.orders.codes import Code, refusal
from order_sync.sync.orders.kinds import Entity, Kind
from order_sync.sync.orders.trouble import Trouble, trouble, trouble_of
from order_sync.sync.orders.write import Intent, Write, WriteStatus
from order_sync.sync.outbox.batch import open_courier
from order_sync.sync.outbox.isolation import about_one
from order_sync.sync.outbox.settling import Outcome
from order_sync.sync.recording.context import Recording
from order_sync.sync.recording.kinds import KINDS, customers_named, namesakes
from order_sync.sync.recording.merges import merged_now
from order_sync.sync.recording.plan_bounds import beyond_plan, leave_out, leave_written
from order_sync.sync.recording.prospective import named_apart, named_by_currency
from order_sync.sync.recording.sending import left_open, warning

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Draft:
    """A person's customer as it is tried next: with the currency and the suffix behind its name or without, inside the limits that
    QuickBooks has named."""

    person: Person
    limits: Mapping[str, int]
    in_currency: bool
    suffix: bool
    body: dict[str, Any]
    changes: list[Change]


def settle_left_open(recording: Recording) -> None:
    """The customers whose outcome nobody knows, whichever run sent them."""

    def settled(outcome: Outcome) -> None:
        if outcome.status is WriteStatus.POSTED:
            _cache(recording, outcome)

    open_ones = list(left_open(recording, Kind.CUSTOMER).values())
    _deliver(recording, open_ones, settled, lambda _write: None, "customers of earlier runs settled")


def _deliver(
    recording: Recording,
    writes: Sequence[Write],
    settled: Callable[[Outcome], None],
    failed: Callable[[Write], None],
    what: str,
) -> None:
    """Delivers customers; `failed` gets those of which could not be noted how they ended."""

    def noted(outcome: Outcome) -> None:
        try:
            with about_one(f"customer {outcome.write.quickbooks_id or outcome.write.subject}"):
                settled(outcome)
        except RecordRefused as error:
            log.warning("%s", error)
            failed(outcome.write)

    courier = open_courier(recording.channel(KINDS[Kind.CUSTOMER]), recording.store, len(writes))
    courier.deliver_all(writes, noted, what)


def customer_today(recording: Recording, customer: Mapping[str, Any]) -> Mapping[str, Any]:
    """Who an inactive customer is by what its documents say at this moment: itself, or the one that it was merged into.

    Raises RecordRefused where that cannot be seen.
    """
    id = str(customer["Id"])
    survivor = merged_now(recording.engine, recording.quickbooks, id)
    if survivor == UNSEEN:
        words = f"Whether customer {id}, which is inactive, was merged into another could not be seen."
        raise refusal(Code.INACTIVE, words)
    if survivor is None:
        return customer
    cached = cached_customers(recording.engine, recording.realm_id, [survivor]).get(survivor)
    return cached or recording.quickbooks.read("Customer", survivor)


def take_survivor(recording: Recording, person: Person, customer_id: str, survivor: Mapping[str, Any]) -> str:
    """Gives a person's orders the customer that theirs was merged into."""
    words = f"Customer {customer_id} was merged into {survivor['DisplayName']} ({survivor['Id']}) in QuickBooks."
    _assign(recording, person, str(survivor["Id"]), words)
    return "merged"


def make_active(recording: Recording, person: Person, customer: Mapping[str, Any]) -> str:
    """Makes a customer active again for a person's orders, or takes the one that it was merged into; fails them where neither can be."""
    customer_id, settings = str(customer["Id"]), recording.store.customers
    recording.lease.require()
    try:
        with about_one(f"customer {customer_id}"):
            today = customer_today(recording, customer)
            if today is not customer and today.get("Active", True):
                return take_survivor(recording, person, customer_id, today)
            customer, customer_id = today, str(today["Id"])
            if "DisplayName" not in customer:
                customer = recording.quickbooks.read("Customer", customer_id)
            record = reactivate(
                recording.quickbooks, customer, lambda name: distinct_name(name, person.newest, settings)
            )
    except (RecordRefused, OutcomeUnknown) as error:
        words = f"Customer {customer_id} was not made active again: {error.message}"
        _fail(recording, person, trouble_of(error, words))
        return "failed"
    message = f"Customer {record['DisplayName']} ({customer_id}) was inactive and is active again in QuickBooks."
    _assign(recording, person, customer_id, message)
    save_customers(recording.engine, recording.realm_id, [record])
    return "reactivated"


def create_for(
    recording: Recording, people: Iterable[Person], defaults: NewCustomerDefaults
) -> tuple[Counter[str], list[Person]]:
    """Delivers each person's customer, and what can be mended about a refused one once more, until each is settled; counts them, and
    gives the persons who turned out to be others (`people.others_of`), who got their own."""
    counts, others = Counter[str](), list[Person]()
    drafts = _drafts(recording, defaults, list(people))
    while drafts:
        refused: list[tuple[Draft, RecordRefused]] = []
        apart = _send(recording, defaults, drafts, counts, refused)
        others += apart
        drafts = _drafts(recording, defaults, apart)
        for draft, error in refused:
            try:
                with about_one(f"customer of order {draft.person.order_ids[0]}"):
                    may_be_namesake = error.code == "6240" and not recording.run.plan
                    namesake = _inactive_namesake(recording, draft) if may_be_namesake else None
                    mended = None if namesake else _mend(recording, defaults, draft, error)
            except RecordRefused as unread:
                namesake, mended, error = None, None, unread
            if namesake:
                counts[make_active(recording, draft.person, namesake)] += 1
            elif mended:
                drafts[draft.person.key] = mended
            else:
                words = f"QuickBooks refused the new customer: {error.message}"
                _fail(recording, draft.person, trouble_of(error, words))
                counts["failed"] += 1
    return counts, others


def _drafts(recording: Recording, defaults: NewCustomerDefaults, people: Sequence[Person]) -> dict[str, Draft]:
    """Each person's customer as it is tried first, by the person's key."""
    in_currency, apart = named_by_currency(recording, people, defaults), named_apart(recording, people, defaults)
    return {
        one.key: _draft(recording, defaults, one, in_currency=one.key in in_currency, suffix=one.key in apart)
        for one in people
    }


def _draft(
    recording: Recording,
    defaults: NewCustomerDefaults,
    person: Person,
    limits: Mapping[str, int] = LIMITS,
    *,
    in_currency: bool = False,
    suffix: bool = False,
) -> Draft:
    settings = recording.store.customers
    body, changes = customer_body(
        person.newest, settings, defaults, in_currency=in_currency, suffix=suffix, limits=limits
    )
    return Draft(person, limits, in_currency, suffix, body, changes)


def _send(
    recording: Recording,
    defaults: NewCustomerDefaults,
    drafts: Mapping[str, Draft],
    counts: Counter[str],
    refused: list[tuple[Draft, RecordRefused]],
) -> list[Person]:
    """The customers of the drafts; gives the persons who turn out to be others."""
    others = list[Person]()
    intents = [Intent(Kind.CUSTOMER, key, Entity.CUSTOMER, encode(draft.body)) for key, draft in drafts.items()]
    for one in beyond_plan(recording, intents):
        leave_out_person(recording, drafts[one.subject].person, str(drafts[one.subject].body.get("DisplayName")))
        counts["left out"] += 1

    def settled(outcome: Outcome) -> None:
        draft = drafts[outcome.write.subject]
        if isinstance(outcome.error, RecordRefused) and outcome.status is WriteStatus.REJECTED:
            refused.append((draft, outcome.error))
        else:
            verb, apart = _record(recording, defaults, draft, outcome)
            counts[verb] += 1
            others.extend(apart)

    writes = plan_writes(
        recording.engine,
        recording.lease,
        realm_id=recording.realm_id,
        store=recording.store.name,
        run_key=recording.run.run_key,
        intents=[one for one in intents if recording.left_out.isdisjoint(drafts[one.subject].person.order_ids)],
    )

    def failed(write: Write) -> None:
        unsettle(recording, drafts[write.subject].person)
        counts["unsettled"] += 1

    kept = leave_written(recording, writes)
    for key in writes.keys() - kept.keys():  # sent before, otherwise
        leave_out_person(recording, drafts[key].person, str(json.loads(writes[key].payload).get("DisplayName")))
    _deliver(recording, list(kept.values()), settled, failed, KINDS[Kind.CUSTOMER].progress)
    return others


def _mend(recording: Recording, defaults: NewCustomerDefaults, draft: Draft, error: RecordRefused) -> Draft | None:
    """What to try next: the name with its currency or its suffix, or shorter texts; None where there is nothing left to try."""
    again = partial(_draft, recording, defaults, draft.person)
    if error.code == "6240":
        if not draft.in_currency and _has_another_currency(recording, defaults, draft):
            return again(draft.limits, in_currency=True, suffix=draft.suffix)
        return None if draft.suffix else again(draft.limits, in_currency=draft.in_currency, suffix=True)
    limits = narrowed(draft.limits, draft.body, error)
    return again(limits, in_currency=draft.in_currency, suffix=draft.suffix) if limits else None


def _has_another_currency(recording: Recording, defaults: NewCustomerDefaults, draft: Draft) -> bool:
    """Whether the name that is taken is that of a customer in another currency."""
    if not recording.store.customers.makes_currencies:
        return False
    rows = customers_named(recording.quickbooks, str(draft.body.get("DisplayName", "")))
    currencies = {compared(row)["currency"] or defaults.home_currency for row in rows}
    return bool(currencies) and (draft.person.currency or defaults.home_currency) not in currencies


def _inactive_namesake(recording: Recording, draft: Draft) -> dict[str, Any] | None:
    """The inactive customer that has the name, where it is the person, and was merged or the settings make it active; none where a
    person wants a new one."""
    if draft.person.chosen_for:
        return None
    rows = [row for row in namesakes(recording.quickbooks, draft.body) if not row.get("Active", True)]
    save_customers(recording.engine, recording.realm_id, rows)
    for row in rows:
        if recording.store.customers.reactivate_inactive or customer_today(recording, row) is not row:
            return row
    return None


def _record(
    recording: Recording, defaults: NewCustomerDefaults, draft: Draft, outcome: Outcome
) -> tuple[str, list[Person]]:
    if outcome.status is not WriteStatus.POSTED or not outcome.record:
        unsettle(recording, draft.person)
        return "unsettled", []
    _cache(recording, outcome)
    sent = json.loads(outcome.write.payload)
    name, customer_id = sent.get("DisplayName", ""), str(outcome.record["Id"])
    verb = "found again" if outcome.adopted or outcome.write.status is WriteStatus.POSTED else "created"
    message = f"Customer {name} ({customer_id}) was {verb} in QuickBooks."
    customer = {**sent, **outcome.record}
    others = others_of(draft.person, customer, recording.store.customers, defaults.home_currency)
    apart = {one.order_id for person in others for one in person.orders}
    own = tuple(order_id for order_id in draft.person.order_ids if order_id not in apart)
    _assign(recording, replace(draft.person, order_ids=own), customer_id, message, draft.changes)
    return verb, others


def _assign(
    recording: Recording, person: Person, customer_id: str, message: str, changes: Sequence[Change] = ()
) -> None:
    events = [Event(order_id, "customer", message) for order_id in person.order_ids]
    events += [warning(order_id, "customer", code, words) for code, words in changes for order_id in person.order_ids]
    if person.chosen_for:
        note_made(recording.engine, recording.store.name, person.chosen_for, customer_id)
    assign_customer(
        recording.engine, recording.store.name, recording.run.run_key, person.order_ids, customer_id, events
    )


def leave_out_person(recording: Recording, person: Person, customer: str) -> None:
    """Leaves a person's orders out of a run that records a plan, which does not have this customer for them."""
    leave_out(recording, {order_id: [["Customer", None, customer]] for order_id in person.order_ids})


def _fail(recording: Recording, person: Person, why: Trouble) -> None:
    fail_orders(recording.engine, recording.store.name, recording.run.run_key, person.order_ids, why)


def unsettle(recording: Recording, person: Person) -> None:
    """A person's orders wait until it is known whether QuickBooks made the customer."""
    why = trouble(Code.UNSETTLED, "Whether QuickBooks created the order's customer is not known yet.")
    unsettle_orders(recording.engine, recording.store.name, recording.run.run_key, person.order_ids, why)


def _cache(recording: Recording, outcome: Outcome) -> None:
    record = outcome.record or {}
    if "DisplayName" not in record:
        record = recording.quickbooks.read("Customer", str(record["Id"]))
    save_customers(recording.engine, recording.realm_id, [record])
