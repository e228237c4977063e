"""The items that QuickBooks lacks, each made once for all orders of a run, and the inactive ones that the settings make active again."""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from order_sync.errors import OutcomeUnknown, RecordRefused
from order_sync.infusionsoft.records import OrderItem
from order_sync.quickbooks.client import QuickBooks, encode, quote
from order_sync.quickbooks.faults import DuplicateName, ObjectNotFound
from order_sync.settings import Store
from order_sync.store.cache import entries, save_entries
from order_sync.store.history import Event
from order_sync.store.writes import Intent, Write, latest_writes
from order_sync.sync.books import Books
from order_sync.sync.delivery import Kind, Outcome
from order_sync.sync.posting import Posting, deliver, left_open, tell
from order_sync.sync.products import (
    Items,
    Product,
    former_name,
    identify,
    inactive_item,
    is_product,
    item_is_inactive,
    product_of,
)
from order_sync.sync.snapshot import Snapshot

log = logging.getLogger(__name__)

NAME_LENGTH = 100  # Name and Sku
ENDING_LENGTH = 50  # of a SKU behind a name
DESCRIPTION_LENGTH = 4000

_NOT_IN_NAMES = re.compile("[:\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def missing_products(snapshots: Iterable[Snapshot], store: Store, items: Items) -> dict[str, Product]:
    """The products of these orders that no item stands for, by key; those that are held for another reason left out."""
    found: dict[str, Product] = {}
    for product in _products(snapshots):
        if not (product.sku or product.name) or product.key in found:
            continue
        try:
            if identify(product, store.products, items) is None:
                found[product.key] = product
        except RecordRefused:
            continue  # its order is held, and says why
    return found


def inactive_products(snapshots: Iterable[Snapshot], store: Store, items: Items) -> dict[str, tuple[Product, str]]:
    """The products of these orders whose only item is inactive: product and item id, by key."""
    found: dict[str, tuple[Product, str]] = {}
    for product in _products(snapshots):
        if item_id := inactive_item(product, store.products, items):
            found[product.key] = product, item_id
    return found


def new_item(product: Product, books: Books, store: Store, *, distinct: bool = False) -> dict[str, Any]:
    """The JSON of an item for a product; `distinct` adds the SKU to a name that another item has."""
    settings, accounts = store.products.create, books.new_item
    name, sku = _as_name(product.name) or _as_name(product.sku), _as_name(product.sku)
    ending = f" ({(sku or product.product_id or 'Infusionsoft')[:ENDING_LENGTH].rstrip()})" if distinct else ""
    body: dict[str, Any] = {
        "Name": name[: NAME_LENGTH - len(ending)].rstrip() + ending,
        "Type": settings.type,
        "IncomeAccountRef": {"value": accounts.income},
        "UnitPrice": product.price,
    }
    if product.sku:
        body["Sku"] = product.sku[:NAME_LENGTH]
    if settings.description and product.description:
        body["Description"] = product.description[:DESCRIPTION_LENGTH]
    if books.country in ("US", "USA"):
        body["Taxable"] = product.taxable is not False if settings.taxable == "as on store" else settings.taxable
    if accounts.expense:
        body["ExpenseAccountRef"] = {"value": accounts.expense}
    if settings.type == "Inventory":
        body |= {
            "AssetAccountRef": {"value": accounts.asset},
            "TrackQtyOnHand": True,
            "QtyOnHand": 0,
            "InvStartDate": str(settings.inventory_start),
        }
    return body


def prepare_items(posting: Posting, books: Books, snapshots: Iterable[Snapshot]) -> Books:
    """Makes the items that the settings allow for these orders; the books that know them, and why some could not be made."""
    orders, settings = list(snapshots), posting.store.products
    items = books.items
    if settings.reactivate_inactive:
        items = _reactivated(posting, items, inactive_products(orders, posting.store, items))
    wanted = missing_products(orders, posting.store, items) if settings.not_found == "create" else {}
    open_ones = left_open(posting, "item")
    if wanted or open_ones:
        items = _created(posting, replace(books, items=items), wanted, open_ones)
    return replace(books, items=items)


def _created(posting: Posting, books: Books, wanted: Mapping[str, Product], open_ones: Mapping[str, Write]) -> Items:
    items, subjects = _made_before(posting, books.items, wanted)
    by_subject = {subject: wanted[key] for key, subject in subjects.items()}
    made: dict[str, str] = {}
    refused: dict[str, RecordRefused] = {}
    taken: dict[str, Product] = {}

    def settled(outcome: Outcome, _orders: list[str]) -> None:
        product = by_subject.get(outcome.write.subject)
        if outcome.status == "posted" and not outcome.error:
            _cache(posting, outcome)
            if product:
                made[product.key] = str((outcome.record or {}).get("Id") or outcome.write.quickbooks_id)
        elif product and outcome.status == "rejected" and outcome.error and outcome.error.code == "6240":
            taken[outcome.write.subject] = product
            refused[product.key] = _refusal(product, outcome.error.message, outcome.error.advice)
        elif product:
            error = outcome.error
            refused[product.key] = _refusal(
                product, error.message if error else _NOT_KNOWN, error.advice if error else ""
            )

    def send(products: Mapping[str, Product], open_ones: Mapping[str, Write], *, distinct: bool) -> None:
        intents = [
            Intent("item", subject, "Item", encode(new_item(product, books, posting.store, distinct=distinct)))
            for subject, product in products.items()
            if subject not in open_ones
        ]
        deliver(posting, ITEM, intents, settled, name="item", what="items created", left_open=open_ones)

    send(by_subject, open_ones, distinct=False)
    if again := dict(taken):
        for product in again.values():
            refused.pop(product.key, None)
        send(again, {}, distinct=True)
    for product in by_subject.values():
        if product.key not in made and product.key not in refused:
            refused[product.key] = _refusal(product, _NOT_KNOWN, "")
    return replace(items, made={**items.made, **made}, refused={**items.refused, **refused})


def _made_before(posting: Posting, items: Items, wanted: Mapping[str, Product]) -> tuple[Items, dict[str, str]]:
    """The items that the ledger knows were made for these products, and, by key, the subject of each that is still to be made.

    One that is gone from QuickBooks is made anew; one that is inactive there is made active or refused, as the settings say.
    """
    realm_id, store = posting.quickbooks.realm_id, posting.store
    cached = {str(row["Id"]): row for row in entries(posting.engine, realm_id, "Item")}
    subjects = {key: _subject(key) for key in wanted}
    before, fresh = dict(items.made_before), dict(items.made)
    inactive: dict[str, tuple[Product, str]] = {}
    unseen = dict(subjects)
    while unseen:
        writes = latest_writes(
            posting.engine, realm_id=realm_id, store=store.name, kind="item", subjects=list(unseen.values())
        )
        gone: dict[str, str] = {}
        for key, subject in unseen.items():
            write = writes.get(subject)
            if write is None or write.status != "posted" or write.code:
                continue
            item_id = str(write.quickbooks_id)
            record = cached.get(item_id) or _read(posting, item_id)
            if record is None:
                gone[key] = subjects[key] = _subject(f"{key}\n{item_id}")
                continue
            del subjects[key]
            if not record.get("Active", True):
                inactive[key] = wanted[key], item_id
            elif item_id in cached:
                before[key] = item_id
            else:
                fresh[key] = item_id
        unseen = gone
    items = replace(items, made=fresh, made_before=before)
    if store.products.reactivate_inactive:
        return _reactivated(posting, items, inactive), subjects
    refused = {key: item_is_inactive(f"item of '{product.label}'") for key, (product, _id) in inactive.items()}
    return replace(items, refused={**items.refused, **refused}), subjects


def _read(posting: Posting, item_id: str) -> dict[str, Any] | None:
    try:
        record = posting.quickbooks.read("Item", item_id)
    except ObjectNotFound:
        return None
    save_entries(posting.engine, posting.quickbooks.realm_id, "Item", [record])
    return record


_NOT_KNOWN = "Whether QuickBooks created the item is not known yet; the next run looks for it."


def _refusal(product: Product, why: str, advice: str) -> RecordRefused:
    return RecordRefused(
        f"QuickBooks has no item for '{product.label}', and took no new one: {why}",
        advice=advice or "Add the item in QuickBooks; the next run records the order.",
        code="ITEM_REFUSED",
    )


def _reactivated(posting: Posting, items: Items, inactive: Mapping[str, tuple[Product, str]]) -> Items:
    made, refused = dict(items.made), dict(items.refused)
    for key, (product, item_id) in inactive.items():
        posting.lease.require()
        try:
            active = _make_active(posting.quickbooks, item_id)
        except (RecordRefused, OutcomeUnknown) as error:
            refused[key] = RecordRefused(
                f"The item of '{product.label}' is inactive in QuickBooks and was not made active: {error.message}",
                advice=error.advice or "Make it active in QuickBooks; the next run records the order.",
                code="ITEM_REFUSED",
            )
            continue
        log.info("item %s was inactive and is active again", item_id)
        save_entries(posting.engine, posting.quickbooks.realm_id, "Item", [active])
        made[key] = item_id
    return replace(items, made=made, refused=refused)


def _make_active(quickbooks: QuickBooks, item_id: str) -> dict[str, Any]:
    """The item, active, under its former name where nobody has it by now."""
    record = quickbooks.read("Item", item_id)
    if record.get("Active"):
        return record
    try:
        try:
            return quickbooks.change("Item", record, {"Active": True, "Name": former_name(str(record["Name"]))})
        except DuplicateName:
            return quickbooks.change("Item", record, {"Active": True})
    except OutcomeUnknown:
        record = quickbooks.read("Item", item_id)
        if record.get("Active"):
            return record
        raise


def _cache(posting: Posting, outcome: Outcome) -> None:
    record = outcome.record or {}
    if "Name" in record:
        save_entries(posting.engine, posting.quickbooks.realm_id, "Item", [record])


def _products(snapshots: Iterable[Snapshot]) -> Iterable[Product]:
    lines: Iterable[OrderItem] = (item for snapshot in snapshots for item in snapshot.order.items)
    return (product_of(item) for item in lines if is_product(item))


def _as_name(text: str) -> str:
    return " ".join(_NOT_IN_NAMES.sub(" ", text).split())


def _subject(key: str) -> str:
    # A name may be longer than a subject.
    return hashlib.sha256(key.encode()).hexdigest()[:32]


def _find(quickbooks: QuickBooks, write: Write) -> list[dict[str, Any]]:
    """The items of that name which are the product's: without another SKU."""
    body = json.loads(write.payload, parse_float=Decimal)
    found = [row for page in quickbooks.query_all("Item", f"Name = {quote(body['Name'])}") for row in page]
    return [row for row in found if str(row.get("Sku") or "") == str(body.get("Sku") or "")]


def _as_wanted(_write: Write, _record: Mapping[str, Any]) -> None:
    return None


ITEM = Kind(find=_find, difference=_as_wanted)


def told_of_items(posting: Posting, books: Books, snapshots: Iterable[Snapshot]) -> None:
    """Notes in each order's history the items that were made for it."""
    if not books.items.made:
        return
    events = []
    for snapshot in snapshots:
        for product in {one.key: one for one in _products([snapshot])}.values():
            if item_id := books.items.made.get(product.key):
                words = f"The item of '{product.label}' was created or made active in QuickBooks, as {item_id}."
                events.append(Event(snapshot.order.id, "item", words))
    tell(posting, events)
