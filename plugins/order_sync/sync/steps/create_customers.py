"""Step 4: the customers that are missing and that the settings allow, each made once for all orders of the same person, and the
inactive ones that the settings make active again."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from order_sync.database.cache import cached_customers, save_customers
from order_sync.database.ledger import reject_posted
from order_sync.database.order_status import hold_orders
from order_sync.database.writes import latest_writes, uncertain_writes
from order_sync.errors import RecordRefused
from order_sync.keys import compared, key_maker
from order_sync.quickbooks.faults import ObjectNotFound
from order_sync.sync.company.reading import new_customer_defaults, read_company, with_account_names
from order_sync.sync.customers.people import Person, awaits_customer, people_of
from order_sync.sync.orders.codes import Code, refusal
from order_sync.sync.orders.kinds import Kind
from order_sync.sync.orders.meaning import snapshot_of
from order_sync.sync.orders.row import OrderRow, by_age
from order_sync.sync.orders.status import Status
from order_sync.sync.orders.trouble import trouble
from order_sync.sync.orders.write import WriteStatus
from order_sync.sync.recording.context import Recording, read_tracked, rows_of_run, with_customers
from order_sync.sync.recording.customers import (
    create_for,
    customer_today,
    leave_out_person,
    make_active,
    settle_left_open,
    take_survivor,
    unsettle,
)
from order_sync.sync.recording.markers import renew_markers
from order_sync.sync.recording.plan_kept import keep_to_plan, tell_recorded
from order_sync.sync.recording.prospective import is_prospect, refusals_of_prospects
from order_sync.sync.recording.rates import with_rates
from order_sync.sync.recording.sending import end, status_of_refusal, tell, warning
from order_sync.sync.steps.match_customers import match_again


def create_customers(recording: Recording) -> Counter[str]:
    """Creates the run's missing customers, exactly once, makes inactive ones active where that was decided, and gives the orders
    their customer; counts the customers by outcome.

    An order that could not be recorded with its customer is held here, with the code and the words that posting has for it: none is
    made, or made active, for it alone. A run that records a plan leaves out what is otherwise than in it, before anything is sent.
    A name that QuickBooks has already (6240) is adopted if the e-mail agrees, made active if the settings say so, else the settings'
    suffix is added; a text that it finds too long (2050) is shortened to what it says. What it refuses otherwise makes the person's
    orders `failed`, with its code and words; the others go on. Raises ConfigurationError where the settings and
    the company do not fit.
    """
    defaults = new_customer_defaults(recording.engine, recording.realm_id, recording.store)
    settle_left_open(recording)
    # Another run may have made them since this one matched; under the lease nobody makes more.
    match_again(recording)
    tell_recorded(recording)
    keep_to_plan(recording)
    _hold_unrecordable(recording)
    renew_markers(recording)
    counts = _reactivate_matched(recording)
    awaiting = filter(awaits_customer, read_tracked(recording, Status.MATCHED))
    people = people_of(awaiting, recording.store.customers, defaults.home_currency)
    still = {person.key: person for person in _without_unsettled(recording, people, defaults.home_currency)}
    counts += _take_up_inactive(recording, still)
    created, others = create_for(recording, list(still.values()), defaults)
    _tell_doubts(recording, people, others)
    return counts + created


def _hold_unrecordable(recording: Recording) -> None:
    """Holds the orders that await a customer, new or active again, and could not be recorded with it; reads rates as posting does."""
    prospects = list(filter(is_prospect, read_tracked(recording, Status.MATCHED)))
    if not prospects:
        return
    store = with_account_names(recording.engine, recording.realm_id, recording.store)
    company = read_company(recording.engine, recording.realm_id, store)
    orders = with_customers(recording, prospects)
    company = with_rates(recording, company, orders, recording.quickbooks.exchange_rate, of_documents=True)
    for order_id, reason in refusals_of_prospects(replace(recording, store=store), company, orders).items():
        end(recording, order_id, status_of_refusal(reason), reason)


def _tell_doubts(recording: Recording, people: Sequence[Person], others: Sequence[Person]) -> None:
    """The orders that a criterion makes a person's, and that something contradicts: held, or only told, by the guard. Those of `others`
    turned out to be of persons of their own."""
    everybody = (*people, *others)
    last = {one.order_id: person.key for person in everybody for one in person.orders}  # whose it turned out to be
    told = [(one, id, doubt) for one in everybody for id, doubt in one.doubted.items() if last[id] == one.key]
    for person, order_id, doubt in told:
        words = (
            f"A criterion makes it one person with order {person.founder}, for whom a customer is created. But {doubt}"
        )
        if recording.store.customers.guard == "hold":
            of_run = (recording.engine, recording.store.name, recording.run.run_key)
            hold_orders(*of_run, [order_id], trouble(Code.CONTRADICTED, words))
        else:
            tell(recording, [warning(order_id, "matched", Code.CONTRADICTED, words)])


def _without_unsettled(recording: Recording, people: Sequence[Person], home_currency: str) -> Iterator[Person]:
    """Those for whom no customer is on its way: where nobody knows yet whether QuickBooks made it, another would be the second."""
    settings = recording.store.customers
    of_store = {"realm_id": recording.realm_id, "store": recording.store.name}
    open_ones = {one.subject: one for one in uncertain_writes(recording.engine, **of_store, kind=Kind.CUSTOMER)}
    bodies = [json.loads(write.payload) for write in open_ones.values()]
    on_its_way = {
        (one.destination, key, compared(body)["currency"] or home_currency)
        for body in bodies
        for one in settings.criteria
        for key in key_maker(one.destination, settings.equality)(body)
    }
    for person in people:
        if person.key in open_ones or any(
            (field, key, person.currency or home_currency) in on_its_way for field, key in person.keys
        ):
            unsettle(recording, person)
        else:
            yield person


def _reactivate_matched(recording: Recording) -> Counter[str]:
    """The inactive customers that matching found for the run's orders; one that is active by now is simply used."""
    found: dict[str, list[OrderRow]] = {}
    for row in rows_of_run(recording, Status.MATCHED):
        if row.customer_id and row.decision and row.decision.outcome == "reactivate":
            found.setdefault(row.customer_id, []).append(row)
    cached = cached_customers(recording.engine, recording.realm_id, list(found))
    counts = Counter[str]()
    for customer_id, rows in found.items():
        if cached.get(customer_id, {}).get("Active"):
            continue
        newest = max(rows, key=by_age)
        person = Person(customer_id, tuple(row.order_id for row in rows), snapshot_of(newest, recording.store))
        counts[make_active(recording, person, cached.get(customer_id) or {"Id": customer_id})] += 1
    return counts


def _take_up_inactive(recording: Recording, people: dict[str, Person]) -> Counter[str]:
    """Customers that were created earlier and made inactive since: who they were merged into, else active again by setting, else the next
    plan creates them anew."""
    writes = latest_writes(
        recording.engine,
        realm_id=recording.realm_id,
        store=recording.store.name,
        kind=Kind.CUSTOMER,
        subjects=list(people),
    )
    posted = [
        (write.quickbooks_id, write)
        for write in writes.values()
        if write.status is WriteStatus.POSTED and write.quickbooks_id
    ]
    cached = cached_customers(recording.engine, recording.realm_id, [customer_id for customer_id, _write in posted])
    counts = Counter[str]()
    for customer_id, write in posted:
        # One that is not cached may have been made by a process that was killed before it could note it.
        try:
            customer = cached.get(customer_id) or _read_customer(recording, customer_id)
            lost = {"Id": customer_id, "Active": False}
            today = customer if customer.get("Active") else customer_today(recording, customer or lost)
        except RecordRefused:
            unsettle(recording, people.pop(write.subject))
            continue
        if recording.run.plan and not customer.get("Active", False):
            leave_out_person(recording, people.pop(write.subject), f"{customer_id}, which is inactive")
        elif today["Id"] != customer_id and today.get("Active", False):
            counts[take_survivor(recording, people.pop(write.subject), customer_id, today)] += 1
        elif customer.get("Active", False):
            continue
        elif customer and recording.store.customers.reactivate_inactive:
            counts[make_active(recording, people.pop(write.subject), customer)] += 1
        else:
            gone = refusal(Code.INACTIVE, "The customer is inactive or no longer in QuickBooks.")
            reject_posted(recording.engine, recording.lease, write, gone)
    return counts


def _read_customer(recording: Recording, customer_id: str) -> dict[str, Any]:
    try:
        found = recording.quickbooks.read("Customer", customer_id)
    except ObjectNotFound:
        return {}
    save_customers(recording.engine, recording.realm_id, [found])
    return found
