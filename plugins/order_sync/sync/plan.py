"""What a run would send, order by order, without sending it: `mode: plan`.

The documents are made by the same functions that posting uses, from the same lists; what QuickBooks has yet to number stands in angle
brackets (`<new customer Ann Lee>`). Afterwards the orders are `planned`: the next run that records takes them along.
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace

from sqlalchemy import Engine

from order_sync.errors import RecordRefused
from order_sync.quickbooks.client import encode
from order_sync.settings import Store
from order_sync.store.cache import cached_customers
from order_sync.store.orders import mark_planned, orders_of_run
from order_sync.store.plans import Planned, save_plan
from order_sync.store.runs import Run, finish_run
from order_sync.store.writes import Intent, Write, writes_from
from order_sync.sync.books import Books, new_customer_defaults, read_books
from order_sync.sync.cases import Case, cases_of_run, recorded_cases
from order_sync.sync.changes import change_intent, changed_document, difference, is_changed
from order_sync.sync.customers import group
from order_sync.sync.guard import DOUBT, contradicts, of_party
from order_sync.sync.invoice_payments import payment_intents
from order_sync.sync.items import inactive_products, missing_products, new_item
from order_sync.sync.new_customer import customer_body
from order_sync.sync.post import document_intents
from order_sync.sync.posting import customer_currencies, customer_of
from order_sync.sync.products import is_product, product_of
from order_sync.sync.refunds import refund_intents
from order_sync.sync.rules import treatment
from order_sync.sync.snapshot import Snapshot, party

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Planning:
    """The plan's surroundings."""

    engine: Engine
    realm_id: str
    store: Store
    books: Books
    today: date


def plan_orders(engine: Engine, realm_id: str, store: Store, run: Run) -> list[Planned]:
    """Writes the run's plan to the store, and logs it; calls no service.

    Raises ConfigurationError where the settings and the company do not fit, as posting would.
    """
    today = datetime.now(UTC).astimezone(store.zone).date()
    # `planned` ones too: the task may be tried again after it ended its work.
    matched = cases_of_run(engine, realm_id, store, run, ("matched", "planned"))
    recorded = recorded_cases(engine, realm_id, store, run)
    changed = [case.snapshot for case in recorded if is_changed(case, store)]
    books, planned = _with_items(
        read_books(engine, realm_id, store), store, [*(case.snapshot for case in matched), *changed]
    )
    planning = Planning(engine, realm_id, store, books, today)
    ready, currencies, customers = _with_customers(planning, matched)
    planned += customers
    planned += _documents(planning, ready, currencies)
    planned += _additions(planning, recorded)
    planned += _without(planning, run, {one.order_id for one in planned})
    save_plan(engine, store.name, run.run_key, planned)
    mark_planned(engine, store.name, [case.order_id for case in matched])
    for one in planned:
        # Names and addresses are for the table alone.
        total = f"{one.total} {one.currency}" if one.total is not None else one.code or ""
        log.info("order %s: %s", one.order_id, " ".join(filter(None, (one.action, one.entity, total))))
    finish_run(engine, run.run_key, state="success", counts=dict(_counts(planned)), totals={})
    return planned


def in_words(planned: Sequence[Planned]) -> str:
    """A plan in one line."""
    return ", ".join(f"{number} {what}" for what, number in sorted(_counts(planned).items())) or "nothing"


def _counts(planned: Sequence[Planned]) -> Counter[str]:
    return Counter(f"{one.action} {one.entity}" if one.entity else "nothing to send" for one in planned)


def _with_items(books: Books, store: Store, snapshots: Sequence[Snapshot]) -> tuple[Books, list[Planned]]:
    """The books as they would be with the items that posting makes, or makes active again, for these orders."""
    settings, made, planned = store.products, dict[str, str](), list[Planned]()
    first: dict[str, str] = {}
    for snapshot in snapshots:
        for item in filter(is_product, snapshot.order.items):
            first.setdefault(product_of(item).key, snapshot.order.id)
    if settings.reactivate_inactive:
        for key, (product, item_id) in inactive_products(snapshots, store, books.items).items():
            made[key] = item_id
            words = f"The item of '{product.label}', {item_id}, would be made active again."
            planned.append(Planned(first[key], "update", words, "Item"))
    if settings.not_found == "create":
        for key, product in missing_products(snapshots, store, books.items).items():
            made[key] = f"<new item {product.label}>"
            words = f"The item of '{product.label}' would be created."
            planned.append(Planned(first[key], "create", words, "Item", encode(new_item(product, books, store))))
    return replace(books, items=replace(books.items, made=made)), planned


def _with_customers(
    planning: Planning, cases: Sequence[Case]
) -> tuple[list[Case], dict[str, str | None], list[Planned]]:
    """The orders as they would be with their customers; the customers' currencies; and what is to be done to have them."""
    engine, realm_id, store = planning.engine, planning.realm_id, planning.store
    names, planned = dict[str, str](), list[Planned]()
    currencies = customer_currencies(engine, realm_id, [case.row.customer_id for case in cases if case.row.customer_id])
    held: set[str] = set()
    defaults = new_customer_defaults(engine, realm_id, store)
    for founder, *others in _people(store, cases):
        body, changes = customer_body(founder.snapshot, store.customers, defaults)
        stand_in = f"<new customer {body.get('DisplayName')}>"
        if stand_in in currencies:
            stand_in = f"<new customer {body.get('DisplayName')}, order {founder.order_id}>"
        own = store.customers.create.currency == "order"
        currencies[stand_in] = founder.snapshot.order.currency if own else planning.books.home_currency
        words = f"The customer {body.get('DisplayName')} would be created."
        words = " ".join([words, *(one for _code, one in changes)])
        planned.append(Planned(founder.order_id, "create", words, "Customer", encode(body)))
        for case in (founder, *others):
            if case is not founder and _contradicts(store, founder, case):
                words = f"held: A criterion makes it one person with order {founder.order_id}. But {DOUBT}"
                planned.append(Planned(case.order_id, "none", words, code="CONTRADICTED"))
                held.add(case.order_id)
            names[case.order_id] = stand_in
    planned += _active_again(planning, cases)
    ready = [
        _with(case, names.get(case.order_id) or case.row.customer_id, treatment(case.snapshot, store).post_as)
        for case in cases
        if case.order_id not in held and (case.row.customer_id or case.order_id in names)
    ]
    return ready, currencies, planned


def _people(store: Store, cases: Sequence[Case]) -> list[list[Case]]:
    """The orders that need a new customer, by person; the one that the customer is made from comes first."""
    found = [case for case in cases if _outcome(case) == "create" and not case.row.customer_id]
    found.sort(key=lambda case: (case.row.ordered_at, case.order_id), reverse=True)
    by_id = {case.order_id: case for case in found}
    keys = {case.order_id: case.row.decision.get("keys", {}) for case in found}
    return [[by_id[order_id] for order_id in order_ids] for order_ids in group(keys, store.customers.criteria)]


def _contradicts(store: Store, founder: Case, case: Case) -> bool:
    settings = store.customers
    one, other = (of_party(party(of.snapshot), settings.equality.phone_country) for of in (founder, case))
    return settings.guard == "hold" and contradicts(one, other)


def _active_again(planning: Planning, cases: Sequence[Case]) -> Iterator[Planned]:
    """The inactive customers that matching found."""
    first: dict[str, str] = {}
    for case in cases:
        if _outcome(case) == "reactivate":
            first.setdefault(case.row.customer_id, case.order_id)
    cached = cached_customers(planning.engine, planning.realm_id, list(first))
    for customer_id, order_id in first.items():
        if not cached.get(customer_id, {}).get("Active"):
            yield Planned(order_id, "update", f"Customer {customer_id} would be made active again.", "Customer")


def _outcome(case: Case) -> str | None:
    return case.row.decision["outcome"] if case.row.decision else None


def _documents(planning: Planning, cases: Sequence[Case], currencies: Mapping[str, str | None]) -> Iterator[Planned]:
    """The orders' documents, and the payments and refunds that follow each."""
    store, ready = planning.store, dict[str, Case]()
    for case in cases:
        if any(write.kind == "document" and write.status in ("sending", "unknown") for write in case.writes):
            words = "It was sent before, and the answer was lost: it is looked for before anything is sent again."
            yield Planned(case.order_id, "none", words, code="UNANSWERED")
        else:
            ready[case.order_id] = case
    warnings: dict[str, list[str]] = {}
    refused: list[Planned] = []
    intents = document_intents(
        list(ready.values()),
        planning.books,
        store,
        planning.today,
        currencies=currencies,
        known=lambda day: writes_from(
            planning.engine, realm_id=planning.realm_id, store=store.name, kind="document", prefix=f"{day} "
        ),
        refused=lambda case, error: refused.append(_refused(case.order_id, error)),
        warned=lambda case, found: warnings.setdefault(case.order_id, []).extend(words for _code, words in found),
    )
    for intent in intents:
        first, *others = intent.order_ids
        together = f", together with {len(others)} more" if others else ""
        words = f"{intent.entity} over {intent.total} {intent.currency} would be posted{together}."
        yield _sent(first, intent, " ".join([words, *warnings.get(first, [])]))
        for order_id in others:
            words = f"It goes onto the {intent.entity} with order {first}."
            yield Planned(order_id, "none", " ".join([words, *warnings.get(order_id, [])]))
        for order_id in intent.order_ids:
            yield from _money(planning, _after(planning, ready[order_id], intent))
    yield from refused


def _additions(planning: Planning, cases: Sequence[Case]) -> Iterator[Planned]:
    """Changes, payments and refunds of orders that have their document."""
    customers = [case.row.customer_id for case in cases if case.row.customer_id]
    currencies = customer_currencies(planning.engine, planning.realm_id, customers)
    for case in cases:
        after = case
        if is_changed(case, planning.store):
            try:
                intent = _change(planning, case, currencies)
            except RecordRefused as error:
                yield _refused(case.order_id, error)
                continue
            recorded, wanted = case.body(), json.loads(intent.payload, parse_float=Decimal)
            changes = difference({name: recorded.get(name) for name in wanted}, wanted)
            seen = [change for change in changes if change[0] not in ("Id", "SyncToken", "sparse")]
            words = f"{intent.entity} over {intent.total} {intent.currency} would follow the changed order."
            yield replace(_sent(case.order_id, intent, words), difference=seen)
            after = _after(planning, case, intent)
        yield from _money(planning, after)


def _change(planning: Planning, case: Case, currencies: Mapping[str, str | None]) -> Intent:
    """The update of a document, as if nobody had edited it in QuickBooks."""
    customer = customer_of(case.row, planning.store, currencies)
    document = changed_document(case, customer, planning.books, planning.store, planning.today)
    known = case.doubtful_change or case.document
    as_recorded = {
        **case.body(),
        **({"Line": json.loads(known.payload, parse_float=Decimal)["Line"]} if known else {}),
        "Id": case.original.quickbooks_id if case.original else None,
        "SyncToken": "<its version>",
        "DocNumber": case.row.document_number,
        "TotalAmt": known.recorded if known else None,
    }
    return change_intent(case, document, as_recorded)


def _money(planning: Planning, case: Case) -> Iterator[Planned]:
    """The payments of an order, then its refunds; as in posting, one that is refused ends the order's way."""
    for what, intents in (("payment", payment_intents), ("refund", refund_intents)):
        try:
            due = intents(case, planning.books, planning.store, planning.today)
        except RecordRefused as error:
            yield _refused(case.order_id, error)
            return
        for intent in due:
            words = f"{intent.entity} over {intent.total} {intent.currency} would be recorded for the {what}."
            yield _sent(case.order_id, intent, words)


def _without(planning: Planning, run: Run, planned: set[str]) -> Iterator[Planned]:
    """The orders of the run that nothing would be sent for, and why."""
    for row in orders_of_run(planning.engine, planning.store.name, run.run_key):
        if row.order_id not in planned:
            words = row.message or ("It is in QuickBooks as it should be." if row.document_id else "Nothing is due.")
            yield Planned(row.order_id, "none", f"{row.status}: {words}", code=row.code)


def _with(case: Case, customer_id: str, posted_as: str) -> Case:
    """The order as it would be with its customer, and recorded as that."""
    return replace(
        case, row=SimpleNamespace(**{**case.row._mapping, "customer_id": customer_id, "posted_as": posted_as})
    )


def _after(planning: Planning, case: Case, intent: Intent) -> Case:
    """The order as it would be once this is recorded as it was sent."""
    known = case.original.quickbooks_id if case.original else None
    write = Write(
        id=0,
        realm_id=planning.realm_id,
        store=planning.store.name,
        kind=intent.kind,
        subject=intent.subject,
        generation=1,
        request_id="",
        entity=intent.entity,
        operation=intent.operation,
        payload=intent.payload,
        total=intent.total,
        tax=intent.tax,
        currency=intent.currency,
        content_hash=intent.content_hash,
        status="posted",
        owner_token=0,
        attempts=1,
        sent_at=None,
        quickbooks_id=known or f"<the {intent.entity} of order {case.order_id}>",
        recorded=intent.total,
        code=None,
        message=None,
        advice=None,
    )
    return replace(case, writes=(*case.writes, write))


def _sent(order_id: str, intent: Intent, words: str) -> Planned:
    action = "update" if intent.operation == "update" else "create"
    return Planned(order_id, action, words, intent.entity, intent.payload, None, intent.total, intent.currency)


def _refused(order_id: str, error: RecordRefused) -> Planned:
    return Planned(order_id, "none", f"held: {error.message}", code=error.code)
