"""Step 4: the customers that are missing and that the settings allow, each made once for all orders of the same person."""

from __future__ import annotations

import hashlib
import json
import logging
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine

from order_sync.errors import OrderSyncError, RecordRefused
from order_sync.keys import email_keys, name_key
from order_sync.quickbooks.client import QuickBooks, encode, quote
from order_sync.quickbooks.faults import ObjectNotFound
from order_sync.settings import Store
from order_sync.store.cache import cached_customers, candidates, save_customers
from order_sync.store.leases import Lease
from order_sync.store.ledger import Intent, Write, latest_writes, plan_writes, reject_posted, uncertain_writes
from order_sync.store.orders import Event, change_orders, error_event, orders_of_run
from order_sync.store.runs import Run
from order_sync.sync.addresses import physical_address
from order_sync.sync.delivery import Courier, Kind, Outcome, Timing
from order_sync.sync.snapshot import Snapshot, from_text

log = logging.getLogger(__name__)

NAME_LENGTH, PART_LENGTH, COMPANY_LENGTH, EMAIL_LENGTH, PHONE_LENGTH = 500, 100, 100, 100, 30


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody to create: the key that their orders share, those orders, and the newest of them to take the details from."""

    key: str
    order_ids: tuple[str, ...]
    newest: Snapshot


def create_customers(
    engine: Engine, quickbooks: QuickBooks, lease: Lease, store: Store, run: Run, timing: Timing
) -> Counter[str]:
    """Creates the run's missing customers, exactly once, and gives their orders the customer; counts them by outcome.

    A name that QuickBooks has already (6240) is adopted if the e-mail agrees, else ` (Infusionsoft <contact id>)` is added. What
    QuickBooks refuses otherwise makes the person's orders `failed`, with its code and words; the others go on.
    """
    courier = Courier(engine, quickbooks, lease, run.run_key, CUSTOMER, timing)
    counts = Counter[str]()

    def leftover(outcome: Outcome) -> None:
        if outcome.status == "posted":
            _cache(engine, quickbooks, outcome)

    courier.deliver_all(
        uncertain_writes(engine, realm_id=quickbooks.realm_id, store=store.name, kind="customer"),
        leftover,
        "customers of earlier runs settled",
    )
    people = {person.key: person for person in _people(engine, store, run)}
    _join_existing(engine, quickbooks, store, run, people, counts)
    _forget_inactive(engine, lease, quickbooks, store, run, people)
    suffixed: dict[str, Person] = {}

    def settled(outcome: Outcome) -> None:
        person = people[outcome.write.subject]
        if (
            outcome.status == "rejected"
            and outcome.error
            and outcome.error.code == "6240"
            and person.key not in suffixed
        ):
            suffixed[person.key] = person
            return
        counts[_record(engine, quickbooks, store, run, person, outcome)] += 1

    for suffix in (False, True):
        writes = plan_writes(
            engine,
            lease,
            realm_id=quickbooks.realm_id,
            store=store.name,
            run_key=run.run_key,
            intents=[_intent(person, suffix=suffix) for person in (suffixed if suffix else people).values()],
        )
        courier.deliver_all(writes.values(), settled, "customers created")
    return counts


def customer_body(snapshot: Snapshot, *, suffix: bool = False) -> tuple[dict[str, Any], list[str]]:
    """A new customer's JSON and what had to be changed about the name: forbidden characters, QuickBooks' lengths.

    The name is `First Last`, else the e-mail address; with `suffix`, ` (Infusionsoft <contact id>)` makes it the customer's own.
    """
    contact, order = snapshot.contact, snapshot.order
    wanted = snapshot.name or snapshot.email or ""
    ending = f" (Infusionsoft {order.contact_id})" if suffix else ""
    name = _clean(wanted)[: NAME_LENGTH - len(ending)].rstrip() + ending
    warnings = (
        [] if name == wanted + ending else ["The customer's name was cleaned or shortened to what QuickBooks takes."]
    )
    body: dict[str, Any] = {
        "DisplayName": name,
        "GivenName": _clean(snapshot.given_name)[:PART_LENGTH],
        "MiddleName": _clean(contact.middle_name if contact else None)[:PART_LENGTH],
        "FamilyName": _clean(snapshot.family_name)[:PART_LENGTH],
        "CompanyName": _clean(contact.company if contact else None)[:COMPANY_LENGTH],
        "PrintOnCheckName": name[:110] if len(name) > 110 else "",
        "PrimaryEmailAddr": {"Address": snapshot.email}
        if snapshot.email and len(snapshot.email) <= EMAIL_LENGTH
        else None,
        "PrimaryPhone": {"FreeFormNumber": contact.phones[0][:PHONE_LENGTH]} if contact and contact.phones else None,
        "BillAddr": None if snapshot.billing.is_empty else physical_address(snapshot.billing),
        "ShipAddr": None if snapshot.shipping.is_empty else physical_address(snapshot.shipping),
    }
    return {field: value for field, value in body.items() if value}, warnings


def _find(quickbooks: QuickBooks, write: Write) -> list[dict[str, Any]]:
    """Active customers of the wanted name whose e-mail agrees; where neither side has any, the name alone says it."""
    wanted = json.loads(write.payload)
    name, email = wanted["DisplayName"], email_keys(wanted.get("PrimaryEmailAddr", {}).get("Address"))

    def is_ours(row: Mapping[str, Any]) -> bool:
        has = email_keys((row.get("PrimaryEmailAddr") or {}).get("Address"))
        return bool(set(email) & set(has)) or not (email or has)

    rows = quickbooks.query(f"SELECT * FROM Customer WHERE DisplayName = {quote(name)}")
    return [row for row in rows if row.get("Active", True) and is_ours(row)]


def _difference(_write: Write, _record: Mapping[str, Any]) -> None:
    """None: anybody may correct a customer at any time."""


CUSTOMER = Kind(find=_find, difference=_difference)


def _people(engine: Engine, store: Store, run: Run) -> Iterable[Person]:
    found: dict[str, list[Snapshot]] = {}
    for row in orders_of_run(engine, store.name, run.run_key, ("matched",)):
        if row.decision and row.decision["outcome"] == "create" and not row.customer_id:
            found.setdefault(row.decision["person"], []).append(from_text(row.snapshot))
    for key, snapshots in found.items():
        newest = max(snapshots, key=lambda snapshot: (snapshot.order.ordered_at, snapshot.order.id))
        # Hashed, because a name may be longer than a subject, and a ledger need not repeat a person's data.
        subject = hashlib.sha256(key.encode()).hexdigest()[:32]
        yield Person(subject, tuple(snapshot.order.id for snapshot in snapshots), newest)


def _join_existing(
    engine: Engine,
    quickbooks: QuickBooks,
    store: Store,
    run: Run,
    people: dict[str, Person],
    counts: Counter[str],
) -> None:
    """Takes a customer that another run created after this one had matched, where the settings find customers by their names."""
    if not any(criterion.destination == "DisplayName" for criterion in store.customers.criteria):
        return
    named = {name: person for person in people.values() if (name := name_key(person.newest.name))}
    found: dict[str, list[str]] = {}
    for name, customer_id, _display_name, active in candidates(engine, quickbooks.realm_id, "DisplayName", list(named)):
        if active:
            found.setdefault(name, []).append(customer_id)
    for name, customer_ids in found.items():
        if len(customer_ids) == 1:
            person = people.pop(named[name].key)
            counts["joined"] += 1
            _assign(
                engine, store, run, person, customer_ids[0], "A customer of this name was made meanwhile; it is used."
            )


def _forget_inactive(
    engine: Engine, lease: Lease, quickbooks: QuickBooks, store: Store, run: Run, people: Mapping[str, Person]
) -> None:
    """A customer that was created earlier and made inactive since is no customer any more: the next plan creates anew."""
    writes = latest_writes(
        engine, realm_id=quickbooks.realm_id, store=store.name, kind="customer", subjects=list(people)
    )
    posted = {
        write.quickbooks_id: write for write in writes.values() if write.status == "posted" and write.quickbooks_id
    }
    cached = cached_customers(engine, quickbooks.realm_id, list(posted))
    for customer_id, write in posted.items():
        # One that is not cached may have been made by a process that was killed before it could note it.
        customer = cached.get(customer_id) or _read_customer(quickbooks, customer_id)
        if not customer.get("Active", False):
            gone = RecordRefused("The customer was made inactive in QuickBooks.", code="INACTIVE")
            reject_posted(engine, lease, write, gone, run.run_key)


def _read_customer(quickbooks: QuickBooks, customer_id: str) -> dict[str, Any]:
    try:
        return quickbooks.read("Customer", customer_id)
    except ObjectNotFound:
        return {}


def _intent(person: Person, *, suffix: bool) -> Intent:
    body, _warnings = customer_body(person.newest, suffix=suffix)
    return Intent("customer", person.key, "Customer", encode(body))


def _record(engine: Engine, quickbooks: QuickBooks, store: Store, run: Run, person: Person, outcome: Outcome) -> str:
    if outcome.status == "posted" and outcome.record:
        _cache(engine, quickbooks, outcome)
        name = json.loads(outcome.write.payload)["DisplayName"]
        customer_id = str(outcome.record["Id"])
        verb = "found again" if outcome.adopted or outcome.write.status == "posted" else "created"
        _assign(engine, store, run, person, customer_id, f"Customer {name} ({customer_id}) was {verb} in QuickBooks.")
        return verb
    error = outcome.error or OrderSyncError("")
    status = "unsettled" if outcome.status == "unknown" else "failed"
    message = (
        f"QuickBooks refused the new customer: {error.message}"
        if status == "failed"
        else "Whether QuickBooks created the customer is not known yet; the next run looks for it."
    )
    end = {"status": status, "code": error.code or None, "message": message, "advice": error.advice or None}
    change_orders(
        engine,
        store.name,
        run.run_key,
        [{"order_id": order_id, **end} for order_id in person.order_ids],
        [error_event(order_id, status, "error", error, message) for order_id in person.order_ids],
    )
    return status


def _assign(engine: Engine, store: Store, run: Run, person: Person, customer_id: str, message: str) -> None:
    _body, warnings = customer_body(person.newest)
    events = [Event(order_id, "customer", message) for order_id in person.order_ids]
    events += [
        Event(order_id, "customer", text, "warning", "NAME_CHANGED")
        for text in warnings
        for order_id in person.order_ids
    ]
    changes = [{"order_id": order_id, "customer_id": customer_id} for order_id in person.order_ids]
    change_orders(engine, store.name, run.run_key, changes, events)


def _cache(engine: Engine, quickbooks: QuickBooks, outcome: Outcome) -> None:
    record = outcome.record or {}
    if "DisplayName" not in record:
        record = quickbooks.read("Customer", str(record["Id"]))
    save_customers(engine, quickbooks.realm_id, [record])


def _clean(text: str | None) -> str:
    """Without the colons, tabs and line ends that QuickBooks refuses in names, single spaces, trimmed."""
    return " ".join((text or "").replace(":", " ").split())
