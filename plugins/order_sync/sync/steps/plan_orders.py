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

from sqlalchemy import Engine

from order_sync.database.cache import cached_customers
from order_sync.database.order_status import mark_planned
from order_sync.database.orders import orders_of_run
from order_sync.database.plans import Planned, save_plan
from order_sync.database.runs import Run, finish_run
from order_sync.database.writes import writes_from
from order_sync.errors import RecordRefused
from order_sync.quickbooks.wire import encode
from order_sync.settings import PostAs, Store
from order_sync.sync.company.company import Company
from order_sync.sync.company.products import is_product, product_of
from order_sync.sync.company.reading import new_customer_defaults, read_company
from order_sync.sync.customers.guard import DOUBT, contradicts, of_party
from order_sync.sync.customers.new_customer import customer_body
from order_sync.sync.customers.people import group
from order_sync.sync.documents.change import change_intent, changed_document, difference, is_changed
from order_sync.sync.documents.due import document_intents
from order_sync.sync.documents.fields import customer_of
from order_sync.sync.documents.item import inactive_products, missing_products, new_item
from order_sync.sync.documents.payment import payment_intents
from order_sync.sync.documents.refund import refund_intents
from order_sync.sync.orders.codes import Code
from order_sync.sync.orders.row import by_age
from order_sync.sync.orders.snapshot import Snapshot, party
from order_sync.sync.orders.status import Status
from order_sync.sync.orders.tracked import TrackedOrder
from order_sync.sync.orders.treatment import treatment
from order_sync.sync.orders.write import Intent, Write
from order_sync.sync.recording.context import customer_currencies, read_recorded, read_tracked

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Planning:
    """The plan's surroundings."""

    engine: Engine
    realm_id: str
    store: Store
    company: Company
    today: date


def plan_orders(engine: Engine, realm_id: str, store: Store, run: Run) -> list[Planned]:
    """Writes the run's plan to the store, and logs it; calls no service.

    Raises ConfigurationError where the settings and the company do not fit, as posting would.
    """
    today = datetime.now(UTC).astimezone(store.zone).date()
    # `planned` ones too: the task may be tried again after it ended its work.
    matched = read_tracked(engine, realm_id, store, run, (Status.MATCHED, Status.PLANNED))
    recorded = read_recorded(engine, realm_id, store, run)
    changed = [tracked.snapshot for tracked in recorded if is_changed(tracked, store)]
    company, planned = _with_items(
        read_company(engine, realm_id, store), store, [*(tracked.snapshot for tracked in matched), *changed]
    )
    planning = Planning(engine, realm_id, store, company, today)
    ready, currencies, customers = _with_customers(planning, matched)
    planned += customers
    planned += _documents(planning, ready, currencies)
    planned += _additions(planning, recorded)
    planned += _without(planning, run, {one.order_id for one in planned})
    save_plan(engine, store.name, run.run_key, planned)
    mark_planned(engine, store.name, run.run_key, [tracked.order_id for tracked in matched])
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


def _with_items(company: Company, store: Store, snapshots: Sequence[Snapshot]) -> tuple[Company, list[Planned]]:
    """The books as they would be with the items that posting makes, or makes active again, for these orders."""
    settings, made, planned = store.products, dict[str, str](), list[Planned]()
    first: dict[str, str] = {}
    for snapshot in snapshots:
        for item in filter(is_product, snapshot.order.items):
            first.setdefault(product_of(item).key, snapshot.order.id)
    if settings.reactivate_inactive:
        for key, (product, item_id) in inactive_products(snapshots, store, company.items).items():
            made[key] = item_id
            words = f"The item of '{product.label}', {item_id}, would be made active again."
            planned.append(Planned(first[key], "update", words, "Item"))
    if settings.not_found == "create":
        for key, product in missing_products(snapshots, store, company.items).items():
            made[key] = f"<new item {product.label}>"
            words = f"The item of '{product.label}' would be created."
            planned.append(Planned(first[key], "create", words, "Item", encode(new_item(product, company, store))))
    return replace(company, items=replace(company.items, made=made)), planned


def _with_customers(
    planning: Planning, tracked_orders: Sequence[TrackedOrder]
) -> tuple[list[TrackedOrder], dict[str, str | None], list[Planned]]:
    """The orders as they would be with their customers; the customers' currencies; and what is to be done to have them."""
    engine, realm_id, store = planning.engine, planning.realm_id, planning.store
    names, planned = dict[str, str](), list[Planned]()
    currencies = customer_currencies(
        engine, realm_id, [tracked.row.customer_id for tracked in tracked_orders if tracked.row.customer_id]
    )
    held: set[str] = set()
    defaults = new_customer_defaults(engine, realm_id, store)
    for founder, *others in _people(store, tracked_orders):
        body, changes = customer_body(founder.snapshot, store.customers, defaults)
        stand_in = f"<new customer {body.get('DisplayName')}>"
        if stand_in in currencies:
            stand_in = f"<new customer {body.get('DisplayName')}, order {founder.order_id}>"
        own = store.customers.create.currency == "order"
        currencies[stand_in] = founder.snapshot.order.currency if own else planning.company.home_currency
        words = f"The customer {body.get('DisplayName')} would be created."
        words = " ".join([words, *(one for _code, one in changes)])
        planned.append(Planned(founder.order_id, "create", words, "Customer", encode(body)))
        for tracked in (founder, *others):
            if tracked is not founder and _contradicts(store, founder, tracked):
                words = f"held: A criterion makes it one person with order {founder.order_id}. But {DOUBT}"
                planned.append(Planned(tracked.order_id, "none", words, code=Code.CONTRADICTED))
                held.add(tracked.order_id)
            names[tracked.order_id] = stand_in
    planned += _active_again(planning, tracked_orders)
    ready = [
        _with(
            tracked, names.get(tracked.order_id) or tracked.row.customer_id, treatment(tracked.snapshot, store).post_as
        )
        for tracked in tracked_orders
        if tracked.order_id not in held and (tracked.row.customer_id or tracked.order_id in names)
    ]
    return ready, currencies, planned


def _people(store: Store, tracked_orders: Sequence[TrackedOrder]) -> list[list[TrackedOrder]]:
    """The orders that need a new customer, by person; the one that the customer is made from comes first."""
    found = [tracked for tracked in tracked_orders if _outcome(tracked) == "create" and not tracked.row.customer_id]
    found.sort(key=lambda tracked: by_age(tracked.row), reverse=True)
    by_id = {tracked.order_id: tracked for tracked in found}
    keys = {tracked.order_id: tracked.row.decision.keys for tracked in found if tracked.row.decision}
    return [[by_id[order_id] for order_id in order_ids] for order_ids in group(keys, store.customers.criteria)]


def _contradicts(store: Store, founder: TrackedOrder, tracked: TrackedOrder) -> bool:
    settings = store.customers
    one, other = (of_party(party(of.snapshot), settings.equality.phone_country) for of in (founder, tracked))
    return settings.guard == "hold" and contradicts(one, other)


def _active_again(planning: Planning, tracked_orders: Sequence[TrackedOrder]) -> Iterator[Planned]:
    """The inactive customers that matching found."""
    first: dict[str, str] = {}
    for tracked in tracked_orders:
        if _outcome(tracked) == "reactivate" and tracked.row.customer_id:
            first.setdefault(tracked.row.customer_id, tracked.order_id)
    cached = cached_customers(planning.engine, planning.realm_id, list(first))
    for customer_id, order_id in first.items():
        if not cached.get(customer_id, {}).get("Active"):
            yield Planned(order_id, "update", f"Customer {customer_id} would be made active again.", "Customer")


def _outcome(tracked: TrackedOrder) -> str | None:
    return tracked.row.decision.outcome if tracked.row.decision else None


def _documents(
    planning: Planning, tracked_orders: Sequence[TrackedOrder], currencies: Mapping[str, str | None]
) -> Iterator[Planned]:
    """The orders' documents, and the payments and refunds that follow each."""
    store, ready = planning.store, dict[str, TrackedOrder]()
    for tracked in tracked_orders:
        if any(write.kind == "document" and write.status in ("sending", "unknown") for write in tracked.writes):
            words = "It was sent before, and the answer was lost: it is looked for before anything is sent again."
            yield Planned(tracked.order_id, "none", words, code=Code.UNANSWERED)
        else:
            ready[tracked.order_id] = tracked
    warnings: dict[str, list[str]] = {}
    refused: list[Planned] = []
    intents = document_intents(
        list(ready.values()),
        planning.company,
        store,
        planning.today,
        currencies=currencies,
        known=lambda day: writes_from(
            planning.engine, realm_id=planning.realm_id, store=store.name, kind="document", prefix=f"{day} "
        ),
        refused=lambda tracked, error: refused.append(_refused(tracked.order_id, error)),
        warned=lambda tracked, found: warnings.setdefault(tracked.order_id, []).extend(words for _code, words in found),
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


def _additions(planning: Planning, tracked_orders: Sequence[TrackedOrder]) -> Iterator[Planned]:
    """Changes, payments and refunds of orders that have their document."""
    customers = [tracked.row.customer_id for tracked in tracked_orders if tracked.row.customer_id]
    currencies = customer_currencies(planning.engine, planning.realm_id, customers)
    for tracked in tracked_orders:
        after = tracked
        if is_changed(tracked, planning.store):
            try:
                intent = _change(planning, tracked, currencies)
            except RecordRefused as error:
                yield _refused(tracked.order_id, error)
                continue
            recorded, wanted = tracked.body(), json.loads(intent.payload, parse_float=Decimal)
            changes = difference({name: recorded.get(name) for name in wanted}, wanted)
            seen = [change for change in changes if change[0] not in ("Id", "SyncToken", "sparse")]
            words = f"{intent.entity} over {intent.total} {intent.currency} would follow the changed order."
            yield replace(_sent(tracked.order_id, intent, words), difference=seen)
            after = _after(planning, tracked, intent)
        yield from _money(planning, after)


def _change(planning: Planning, tracked: TrackedOrder, currencies: Mapping[str, str | None]) -> Intent:
    """The update of a document, as if nobody had edited it in QuickBooks."""
    customer = customer_of(tracked.row, planning.store, currencies)
    document = changed_document(tracked, customer, planning.company, planning.store, planning.today)
    known = tracked.doubtful_change or tracked.document
    as_recorded = {
        **tracked.body(),
        **({"Line": json.loads(known.payload, parse_float=Decimal)["Line"]} if known else {}),
        "Id": tracked.original.quickbooks_id if tracked.original else None,
        "SyncToken": "<its version>",
        "DocNumber": tracked.row.document_number,
        "TotalAmt": known.recorded if known else None,
    }
    return change_intent(tracked, document, as_recorded)


def _money(planning: Planning, tracked: TrackedOrder) -> Iterator[Planned]:
    """The payments of an order, then its refunds; as in posting, one that is refused ends the order's way."""
    for what, intents in (("payment", payment_intents), ("refund", refund_intents)):
        try:
            due = intents(tracked, planning.company, planning.store, planning.today)
        except RecordRefused as error:
            yield _refused(tracked.order_id, error)
            return
        for intent in due:
            words = f"{intent.entity} over {intent.total} {intent.currency} would be recorded for the {what}."
            yield _sent(tracked.order_id, intent, words)


def _without(planning: Planning, run: Run, planned: set[str]) -> Iterator[Planned]:
    """The orders of the run that nothing would be sent for, and why."""
    for row in orders_of_run(planning.engine, planning.store.name, run.run_key):
        if row.order_id not in planned:
            words = row.message or ("It is in QuickBooks as it should be." if row.document_id else "Nothing is due.")
            yield Planned(row.order_id, "none", f"{row.status}: {words}", code=row.code)


def _with(tracked: TrackedOrder, customer_id: str | None, posted_as: PostAs) -> TrackedOrder:
    """The order as it would be with its customer, and recorded as that."""
    return replace(tracked, row=replace(tracked.row, customer_id=customer_id, posted_as=posted_as))


def _after(planning: Planning, tracked: TrackedOrder, intent: Intent) -> TrackedOrder:
    """The order as it would be once this is recorded as it was sent."""
    known = tracked.original.quickbooks_id if tracked.original else None
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
        quickbooks_id=known or f"<the {intent.entity} of order {tracked.order_id}>",
        recorded=intent.total,
        code=None,
        message=None,
        advice=None,
    )
    return replace(tracked, writes=(*tracked.writes, write))


def _sent(order_id: str, intent: Intent, words: str) -> Planned:
    action = "update" if intent.operation == "update" else "create"
    return Planned(order_id, action, words, intent.entity, intent.payload, None, intent.total, intent.currency)


def _refused(order_id: str, error: RecordRefused) -> Planned:
    return Planned(order_id, "none", f"held: {error.message}", code=error.code)
