"""What a run would send, order by order, without sending it.

What is due comes from the same function that posting asks (`documents/due`), from the same lists; each time all of it is taken for
recorded as it would be sent, and what is due then is asked for. What QuickBooks has yet to number stands in angle brackets
(`<new customer Ann Lee>`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from order_sync.database.cache import cached_customers
from order_sync.database.plans import Planned
from order_sync.errors import RecordRefused
from order_sync.money import rounded
from order_sync.quickbooks.wire import encode
from order_sync.settings import Store
from order_sync.sync.company.company import Company
from order_sync.sync.company.reading import new_customer_defaults, read_company, with_account_names
from order_sync.sync.customers.new_customer import customer_body
from order_sync.sync.customers.people import people_of
from order_sync.sync.documents.change import difference, is_changed
from order_sync.sync.documents.due import Due, due
from order_sync.sync.orders.codes import Code
from order_sync.sync.orders.kinds import Kind
from order_sync.sync.orders.status import Status
from order_sync.sync.orders.tracked import Customer, TrackedOrder
from order_sync.sync.orders.treatment import treatment
from order_sync.sync.orders.write import Intent, Write, WriteStatus
from order_sync.sync.recording.context import (
    Context,
    days_written,
    read_recorded,
    read_tracked,
    rows_of_run,
    with_customers,
)
from order_sync.sync.recording.kinds import KINDS
from order_sync.sync.recording.owners import ReadOwners, with_owners
from order_sync.sync.recording.prospective import (
    named_apart,
    named_by_currency,
    new_customer,
    refusals_of_prospects,
    with_items,
)
from order_sync.sync.recording.rates import ReadRate, with_rates


def plan_run(context: Context, read_rate: ReadRate, read_owners: ReadOwners = lambda _documents: {}) -> list[Planned]:
    """What would be sent of the run's orders, which are matched by now; calls no service but for exchange rates that were never read, and
    whom the documents name now of which something would follow.

    Raises ConfigurationError where the settings and the company do not fit, as posting would.
    """
    context = replace(context, store=with_account_names(context.engine, context.realm_id, context.store))
    store = context.store
    matched = read_tracked(context, Status.MATCHED)
    recorded = read_recorded(context)
    changed = [tracked for tracked in recorded if is_changed(tracked, store)]
    orders = with_customers(context, [*matched, *recorded])
    company = with_rates(context, read_company(context.engine, context.realm_id, store), orders, read_rate)
    refused = refusals_of_prospects(context, company, orders)
    orders = [one for one in orders if one.order_id not in refused]
    matched = [one for one in matched if one.order_id not in refused]
    company, planned = with_items(context, company, [tracked.snapshot for tracked in (*matched, *changed)])
    planned += [_refused(order_id, error) for order_id, error in refused.items()]
    orders, customers = _with_new_customers(context, company, orders)
    planned += [*customers, *_active_again(context, matched)]
    written = days_written(context, orders)
    orders = with_owners(context, company, orders, read_owners)
    planned += _all_due(orders, lambda these: due(these, company, store, context.today, written), store)
    return [*planned, *_without(context, {one.order_id for one in planned})]


def _with_new_customers(
    context: Context, company: Company, orders: Sequence[TrackedOrder]
) -> tuple[list[TrackedOrder], list[Planned]]:
    """The orders as they would be with their new customers, and what is to be done to have them."""
    store, planned, new = context.store, list[Planned](), dict[str, Customer]()
    defaults = new_customer_defaults(context.engine, context.realm_id, store)
    people = people_of(orders, store.customers, company.home_currency)
    in_currency, apart = named_by_currency(context, people, defaults), named_apart(context, people, defaults)
    for person in people:
        body, changes = customer_body(
            person.newest,
            store.customers,
            defaults,
            in_currency=person.key in in_currency,
            suffix=person.key in apart,
        )
        name = f"<new customer {body.get('DisplayName')}>"
        if name in {one.id for one in new.values()}:
            name = f"<new customer {body.get('DisplayName')}, order {person.founder}>"
        words = f"The customer {body.get('DisplayName')} would be created."
        words = " ".join([words, *(one for _code, one in changes)])
        planned.append(Planned(person.founder, "create", words, "Customer", encode(body)))
        new |= dict.fromkeys(person.order_ids, new_customer(person.newest, company, store, name))
        for order_id in person.doubted.keys() - set(person.order_ids):
            doubt = person.doubted[order_id]
            words = f"held: A criterion makes it one person with order {person.founder}. But {doubt}"
            planned.append(Planned(order_id, "none", words, code=Code.CONTRADICTED))
    return [replace(one, customer=one.customer or new.get(one.order_id)) for one in orders], planned


def _active_again(context: Context, orders: Sequence[TrackedOrder]) -> Iterator[Planned]:
    """The inactive customers that matching found."""
    first: dict[str, str] = {}
    for tracked in orders:
        if tracked.outcome == "reactivate" and tracked.row.customer_id:
            first.setdefault(tracked.row.customer_id, tracked.order_id)
    cached = cached_customers(context.engine, context.realm_id, list(first))
    for customer_id, order_id in first.items():
        if not cached.get(customer_id, {}).get("Active"):
            yield Planned(order_id, "update", f"Customer {customer_id} would be made active again.", "Customer")


def _all_due(
    orders: Sequence[TrackedOrder], ask: Callable[[Sequence[TrackedOrder]], Due], store: Store
) -> list[Planned]:
    """What is due of these orders, and of each what would be due after that; a document's own come right behind it."""
    still = {one.order_id: one for one in orders}
    place: dict[str, int] = {}
    planned: list[tuple[int, Planned]] = []
    while still:
        wanted = ask(list(still.values()))
        for order_id in (
            *wanted.unanswered,
            *(order_id for intent in wanted.intents for order_id in intent.order_ids),
            *wanted.refusals,
            *wanted.notes,
        ):
            place.setdefault(order_id, len(place))
        planned += [(place[one.order_id], one) for one in _in_words(wanted, still)]
        after = dict[str, TrackedOrder]()
        for intent in wanted.intents:
            for order_id in intent.order_ids:
                after[order_id] = _after(after.get(order_id, still[order_id]), intent, store)
        still = {id: one for id, one in after.items() if id not in wanted.refusals and one.original}
    return [one for _place, one in sorted(planned, key=lambda placed: placed[0])]


def _in_words(wanted: Due, orders: Mapping[str, TrackedOrder]) -> Iterator[Planned]:
    for order_id in wanted.unanswered:
        words = "It was sent before, and the answer was lost: it is looked for before anything is sent again."
        yield Planned(order_id, "none", words, code=Code.UNANSWERED)
    for intent in wanted.intents:
        first, *others = intent.order_ids
        together = f", together with {len(others)} more" if others else ""
        over = "" if intent.kind is Kind.VOID else f" over {intent.money}"
        words = f"{intent.entity.words.capitalize()}{over} {KINDS[intent.kind].planned}{together}."
        seen = _difference(orders[first], intent) if intent.kind is Kind.CHANGE else None
        if intent.kind is Kind.DOCUMENT:
            words = " ".join([words, *(note.words for note in wanted.notes.get(first, ()))])
        yield replace(_sent(first, intent, _warned(words, wanted, first)), difference=seen)
        for order_id in others:
            words = f"It goes onto the {intent.entity.words} with order {first}."
            yield Planned(order_id, "none", _warned(words, wanted, order_id), together_with=first)
    for order_id, error in wanted.refusals.items():
        yield _refused(order_id, error)
    busy = {order_id for intent in wanted.intents for order_id in intent.order_ids}
    for order_id, told in wanted.notes.items():
        for note in told if order_id not in busy else ():
            yield Planned(order_id, "none", note.words, code=note.code)


def _warned(words: str, wanted: Due, order_id: str) -> str:
    return " ".join([words, *(told for _code, told in wanted.warnings.get(order_id, ()))])


def _difference(tracked: TrackedOrder, change: Intent) -> list[list[str | None]]:
    recorded, wanted = tracked.body(), json.loads(change.payload, parse_float=Decimal)
    changes = difference({name: recorded.get(name) for name in wanted}, wanted)
    return [one for one in changes if one[0] not in ("Id", "SyncToken", "sparse")]


def _without(context: Context, planned: set[str]) -> Iterator[Planned]:
    """The orders of the run that nothing would be sent for, and why."""
    for row in rows_of_run(context):
        if row.order_id not in planned:
            words = row.message or ("It is in QuickBooks as it should be." if row.document_id else "Nothing is due.")
            yield Planned(row.order_id, "none", f"{row.status}: {words}", code=row.code)


def _after(tracked: TrackedOrder, intent: Intent, store: Store) -> TrackedOrder:
    """The order as it would be once this is recorded as it was sent."""
    if intent.kind is Kind.VOID:
        gone = (
            replace(one, status=WriteStatus.REJECTED) if str(one.id) == intent.subject else one
            for one in tracked.writes
        )
        return replace(tracked, writes=tuple(gone))
    changed = tracked.original if intent.kind is Kind.CHANGE else None
    total = None
    if intent.total is not None and intent.currency is not None:
        total = rounded(intent.total, intent.currency)  # as the ledger keeps it
    write = Write(
        id=0,
        realm_id="",
        store=store.name,
        kind=intent.kind,
        subject=intent.subject,
        generation=1,
        request_id="",
        entity=intent.entity,
        operation=intent.operation,
        payload=intent.payload,
        total=total,
        tax=intent.tax,
        currency=intent.currency,
        content_hash=intent.content_hash,
        status=WriteStatus.POSTED,
        owner_token=0,
        attempts=1,
        sent_at=None,
        quickbooks_id=changed.quickbooks_id if changed else f"<the {intent.entity} of order {tracked.order_id}>",
        recorded=total,
        code=None,
        message=None,
        advice=None,
    )
    changes: dict[str, Any] = {}
    if intent.kind in (Kind.DOCUMENT, Kind.CHANGE):
        changes = {"posted_hash": tracked.row.content_hash}
    if intent.kind is Kind.DOCUMENT:
        changes |= {"posted_as": treatment(tracked.snapshot, store).post_as}
    return replace(tracked, row=replace(tracked.row, **changes), writes=(*tracked.writes, write))


def _sent(order_id: str, intent: Intent, words: str) -> Planned:
    action = "create" if intent.operation == "create" else "update"
    return Planned(order_id, action, words, intent.entity, intent.payload, None, intent.total, intent.currency)


def _refused(order_id: str, error: RecordRefused) -> Planned:
    return Planned(order_id, "none", f"held: {error.message}", code=error.code)
