"""What will be there once an order is recorded and is not there yet: items, and the customer. Planning says it; and before a customer is
made, or made active, it tells whether its order will be recorded at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from order_sync.database.cache import currencies_of_names, names_taken
from order_sync.database.plans import Planned
from order_sync.errors import RecordRefused
from order_sync.quickbooks.wire import encode
from order_sync.settings import Store
from order_sync.sync.company.company import Company, NewCustomerDefaults
from order_sync.sync.company.products import is_product, item_is_inactive, product_of
from order_sync.sync.customers.new_customer import customer_body
from order_sync.sync.customers.people import Person, awaits_customer
from order_sync.sync.documents.due import due
from order_sync.sync.documents.item import inactive_products, missing_products, new_item
from order_sync.sync.orders.snapshot import Snapshot
from order_sync.sync.orders.tracked import Customer, TrackedOrder
from order_sync.sync.recording.context import Context, days_written
from order_sync.sync.recording.items import made_inactive
from order_sync.sync.recording.plan_compared import named_item


def with_items(context: Context, company: Company, snapshots: Sequence[Snapshot]) -> tuple[Company, list[Planned]]:
    """The company as it would be with the items that posting makes, or makes active again, for these orders; and what is to be done."""
    store, made, planned = context.store, dict[str, str](), list[Planned]()
    settings, refused = store.products, dict(company.items.refused)
    first: dict[str, str] = {}
    for snapshot in snapshots:
        for item in filter(is_product, snapshot.order.items):
            first.setdefault(product_of(item).key, snapshot.order.id)
    missing = missing_products(snapshots, store, company.items) if settings.not_found == "create" else {}
    asleep = {key: (missing[key], item_id) for key, item_id in made_inactive(context, missing).items()}
    if settings.reactivate_inactive:
        for key, (product, item_id) in (inactive_products(snapshots, store, company.items) | asleep).items():
            made[key] = item_id
            words = f"The item of '{product.label}', {item_id}, would be made active again."
            planned.append(Planned(first[key], "update", words, "Item"))
    else:
        refused |= {key: item_is_inactive(f"item of '{product.label}'") for key, (product, _id) in asleep.items()}
    for key, product in missing.items():
        if key not in asleep:
            words = f"The item of '{product.label}' would be created."
            made[key] = named_item(words)
            planned.append(Planned(first[key], "create", words, "Item", encode(new_item(product, company, store))))
    return replace(company, items=replace(company.items, made=made, refused=refused)), planned


def new_customer(snapshot: Snapshot, company: Company, store: Store, id: str = "<new customer>") -> Customer:
    """The customer that an order would have once it is made."""
    create = store.customers.create
    currency = snapshot.order.currency if create.currency == "order" else company.home_currency
    return Customer(id, currency, exempt=create.tax_exempt)


def is_prospect(order: TrackedOrder) -> bool:
    """Whether an order awaits a customer, or waits for its own to be made active."""
    return awaits_customer(order) or (order.outcome == "reactivate" and not order.original)


def refusals_of_prospects(
    context: Context, company: Company, orders: Iterable[TrackedOrder]
) -> dict[str, RecordRefused]:
    """By order id, why of these orders those without an active customer would not be recorded if they had one.

    `company` has the rates that their documents need; items are taken for there that posting would make.
    """
    store = context.store
    prospects = [
        replace(one, customer=new_customer(one.snapshot, company, store)) if awaits_customer(one) else one
        for one in orders
        if is_prospect(one)
    ]
    company, _to_do = with_items(context, company, [one.snapshot for one in prospects])
    return dict(due(prospects, company, store, context.today, days_written(context, prospects)).refusals)


def named_apart(context: Context, people: Sequence[Person], defaults: NewCustomerDefaults) -> set[str]:
    """The keys of the persons for whom somebody chose a new customer, and whose name another one has, or gets: theirs is made with the
    settings' suffix at once. Tried without it, the other one would be taken for theirs where its e-mail address is the same."""
    if not any(one.chosen_for for one in people):
        return set()
    settings, found = context.store.customers, set[str]()
    plain = {one.key: customer_body(one.newest, settings, defaults)[0].get("DisplayName", "") for one in people}
    taken = {name.lower() for name in names_taken(context.engine, context.realm_id, list(plain.values()))}
    for person in sorted(people, key=lambda one: bool(one.chosen_for)):
        name = plain[person.key].lower()
        if person.chosen_for and name in taken:
            found.add(person.key)
        taken.add(name)
    return found


def named_by_currency(context: Context, people: Sequence[Person], defaults: NewCustomerDefaults) -> set[str]:
    """The keys of the persons whose name only customers of other currencies have: theirs is made with the currency behind it."""
    settings = context.store.customers
    if not settings.makes_currencies:
        return set()
    plain = {one.key: customer_body(one.newest, settings, defaults)[0].get("DisplayName", "") for one in people}
    taken = currencies_of_names(context.engine, context.realm_id, list(plain.values()))
    found = set()
    for person in people:
        holders = taken.setdefault(plain[person.key], set())
        own = person.currency or defaults.home_currency
        if holders and own not in holders:
            found.add(person.key)
        holders.add(own)
    return found
