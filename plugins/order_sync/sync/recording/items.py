"""The items that QuickBooks lacks, each made once for all orders of a run, and the inactive ones that the settings make active again."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from order_sync.database.cache import entries, save_entries
from order_sync.database.history import Event
from order_sync.database.writes import latest_writes, writes_from
from order_sync.errors import OrderSyncError, OutcomeUnknown, RecordRefused
from order_sync.keys import without_ending
from order_sync.quickbooks.client import QuickBooks
from order_sync.quickbooks.faults import DuplicateName, ObjectNotFound
from order_sync.quickbooks.lengths import is_length_fault, shortened, shorter
from order_sync.quickbooks.wire import encode
from order_sync.sync.company.company import Company
from order_sync.sync.company.lists import NO_LINE_TAKES
from order_sync.sync.company.products import (
    Items,
    Product,
    item_is_inactive,
    without_item,
)
from order_sync.sync.documents.item import inactive_products, is_name, missing_products, new_item, products_of
from order_sync.sync.orders.codes import Code, refusal
from order_sync.sync.orders.kinds import Entity, Kind
from order_sync.sync.orders.snapshot import Snapshot
from order_sync.sync.orders.write import Intent, Write, WriteStatus
from order_sync.sync.outbox.isolation import about_one
from order_sync.sync.outbox.settling import Outcome
from order_sync.sync.recording.context import Context, Recording
from order_sync.sync.recording.plan_bounds import beyond_plan
from order_sync.sync.recording.sending import deliver, left_open, tell

log = logging.getLogger(__name__)


def prepare_items(recording: Recording, company: Company, snapshots: Iterable[Snapshot]) -> Company:
    """Makes the items that the settings allow for these orders; the company that knows them, and why some could not be made."""
    orders, settings = list(snapshots), recording.store.products
    items = company.items
    if settings.reactivate_inactive:
        items = _reactivated(recording, items, inactive_products(orders, recording.store, items))
    wanted = missing_products(orders, recording.store, items) if settings.not_found == "create" else {}
    open_ones = left_open(recording, Kind.ITEM)
    if wanted or open_ones:
        items = _created(recording, replace(company, items=items), wanted, open_ones)
    return replace(company, items=items)


def _created(
    recording: Recording, company: Company, wanted: Mapping[str, Product], open_ones: Mapping[str, Write]
) -> Items:
    items, subjects = _made_before(recording, company.items, wanted)
    by_subject = {subject: wanted[key] for key, subject in subjects.items()}
    made: dict[str, str] = {}
    refused: dict[str, RecordRefused] = {}
    again: dict[str, Product] = {}
    distinct = _of_another(recording, company, by_subject, open_ones)
    limits: dict[str, dict[str, int]] = {}

    def settled(outcome: Outcome, _orders: list[str]) -> None:
        product = by_subject.get(outcome.write.subject)
        if outcome.status is WriteStatus.POSTED and not outcome.error:
            _cache(recording, outcome)
            if product:
                made[product.key] = str((outcome.record or {}).get("Id") or outcome.write.quickbooks_id)
        elif product:
            error, subject = None if outcome.status is WriteStatus.UNKNOWN else outcome.error, outcome.write.subject
            is_rejected = outcome.status is WriteStatus.REJECTED
            if is_rejected and error and error.code == "6240" and subject not in distinct:
                distinct.add(subject)
                again[subject] = product
            elif is_rejected and error and (fewer := _shorter(outcome.write, error)):
                limits[subject] = limits.get(subject, {}) | fewer
                again[subject] = product
            refused[product.key] = _refusal(product, items, error) if error else _not_known(product)

    def intent(subject: str, product: Product) -> Intent:
        body = new_item(product, company, recording.store, distinct=subject in distinct)
        return Intent(Kind.ITEM, subject, Entity.ITEM, encode(shortened(body, limits.get(subject, {}))))

    wanted_now = {subject: product for subject, product in by_subject.items() if subject not in open_ones}
    while wanted_now or open_ones:
        intents = [intent(subject, product) for subject, product in wanted_now.items()]
        refused |= {by_subject[one.subject].key: _not_planned(one) for one in beyond_plan(recording, intents)}
        deliver(recording, Kind.ITEM, intents, settled, left_open=open_ones)
        open_ones, wanted_now = {}, dict(again)
        again.clear()
        for product in wanted_now.values():
            refused.pop(product.key, None)
    for product in by_subject.values():
        if product.key not in made and product.key not in refused:
            refused[product.key] = _not_known(product)
    return replace(items, made={**items.made, **made}, refused={**items.refused, **refused})


def _of_another(
    recording: Recording, company: Company, wanted: Mapping[str, Product], open_ones: Mapping[str, Write]
) -> set[str]:
    """Of these products those whose name QuickBooks does not take as it is, and whose item would be named as that of another product.

    Each would be found under that name, and taken for the other.
    """
    bodies = {subject: new_item(product, company, recording.store) for subject, product in wanted.items()}
    changed = {subject for subject, product in wanted.items() if not is_name(bodies[subject]["Name"], product)}
    if not changed:
        return set()
    there = {
        str(row["Id"])
        for row in entries(recording.engine, recording.realm_id, "Item")
        if row.get("Type") not in NO_LINE_TAKES
    }
    made = writes_from(
        recording.engine, realm_id=recording.realm_id, store=recording.store.name, kind=Kind.ITEM, prefix=""
    )
    holders = {
        _named(json.loads(write.payload)): write.subject
        for write in made
        if write.subject in open_ones or (write.status is WriteStatus.POSTED and write.quickbooks_id in there)
    }
    found = set()
    for subject in sorted(wanted, key=lambda subject: (subject in changed, subject)):
        holder = holders.setdefault(_named(bodies[subject]), subject)
        if subject in changed and holder != subject:
            found.add(subject)
    return found


def _named(body: Mapping[str, Any]) -> tuple[str, str]:
    return str(body["Name"]).casefold(), str(body.get("Sku") or "")


def _shorter(write: Write, error: OrderSyncError) -> dict[str, int]:
    """The texts of an item that QuickBooks finds too long, with how many characters they may have; none where it was refused otherwise."""
    if not isinstance(error, RecordRefused) or not is_length_fault(error):
        return {}
    body = json.loads(write.payload)
    return shorter({name: body[name] for name in ("Name", "Sku", "Description") if name in body}, error)


def _made_before(recording: Recording, items: Items, wanted: Mapping[str, Product]) -> tuple[Items, dict[str, str]]:
    """The items that the ledger knows were made for these products, and, by key, the subject of each that is still to be made.

    One that is gone from QuickBooks is made anew; one that is inactive there is made active or refused, as the settings say.
    """
    realm_id, store = recording.realm_id, recording.store
    cached = {str(row["Id"]): row for row in entries(recording.engine, realm_id, "Item")}
    subjects = {key: _subject(key) for key in wanted}
    before, fresh = dict(items.made_before), dict(items.made)
    inactive: dict[str, tuple[Product, str]] = {}
    refused = dict(items.refused)
    unseen = dict(subjects)
    while unseen:
        writes = latest_writes(
            recording.engine, realm_id=realm_id, store=store.name, kind=Kind.ITEM, subjects=list(unseen.values())
        )
        gone: dict[str, str] = {}
        for key, subject in unseen.items():
            write = writes.get(subject)
            if write is None or write.status is not WriteStatus.POSTED or write.code:
                continue
            item_id = str(write.quickbooks_id)
            try:
                with about_one(f"item {item_id}"):
                    record = cached.get(item_id) or _read(recording, item_id)
            except RecordRefused as error:
                del subjects[key]
                refused[key] = refusal(
                    Code.ITEM_REFUSED, f"The item of '{wanted[key].label}' cannot be read: {error.message}"
                )
                continue
            if record is None or record.get("Type") in NO_LINE_TAKES:
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
    items = replace(items, made=fresh, made_before=before, refused=refused)
    if store.products.reactivate_inactive:
        return _reactivated(recording, items, inactive), subjects
    refused |= {key: item_is_inactive(f"item of '{product.label}'") for key, (product, _id) in inactive.items()}
    return replace(items, refused=refused), subjects


def made_inactive(context: Context, wanted: Mapping[str, Product]) -> dict[str, str]:
    """The items that the ledger knows were made for these products, and that are inactive by now: their ids by the products' keys."""
    subjects = {_subject(key): key for key in wanted}
    writes = latest_writes(
        context.engine,
        realm_id=context.realm_id,
        store=context.store.name,
        kind=Kind.ITEM,
        subjects=list(subjects),
    )
    asleep = {
        str(row["Id"]) for row in entries(context.engine, context.realm_id, "Item") if not row.get("Active", True)
    }
    return {
        subjects[subject]: write.quickbooks_id
        for subject, write in writes.items()
        if write.status is WriteStatus.POSTED and not write.code and write.quickbooks_id in asleep
    }


def _read(recording: Recording, item_id: str) -> dict[str, Any] | None:
    try:
        record = recording.quickbooks.read("Item", item_id)
    except ObjectNotFound:
        return None
    save_entries(recording.engine, recording.realm_id, "Item", [record])
    return record


def _not_planned(item: Intent) -> RecordRefused:
    name = json.loads(item.payload)["Name"]
    return refusal(Code.PLAN_DIFFERS, f"The new item '{name}' is not in the plan as it would be created now.")


def _not_known(product: Product) -> RecordRefused:
    words = f"Whether QuickBooks created the item for '{product.label}' is not known yet."
    return refusal(Code.ITEM_REFUSED, words, "Wait: the next run looks for it, and records the order.")


_NAME_TAKEN = (
    "Another item has this name, with the SKU or the product's id behind it too: name the product's item in the file of products.map, or "
    "give the product another name or SKU in Infusionsoft. The next run records the order."
)


def _refusal(product: Product, items: Items, error: OrderSyncError) -> RecordRefused:
    words = f"{without_item(product, items)}, and took no new one: {error.message}"
    return refusal(Code.ITEM_REFUSED, words, _NAME_TAKEN if error.code == "6240" else error.advice)


def _reactivated(recording: Recording, items: Items, inactive: Mapping[str, tuple[Product, str]]) -> Items:
    made, refused = dict(items.made), dict(items.refused)
    for key, (product, item_id) in inactive.items():
        recording.lease.require()
        try:
            with about_one(f"item {item_id}"):
                active = _make_active(recording.quickbooks, item_id)
        except (RecordRefused, OutcomeUnknown) as error:
            words = f"The item of '{product.label}' is inactive in QuickBooks and was not made active: {error.message}"
            refused[key] = refusal(Code.ITEM_REFUSED, words, error.advice)
            continue
        log.info("item %s was inactive and is active again", item_id)
        save_entries(recording.engine, recording.realm_id, "Item", [active])
        made[key] = item_id
    return replace(items, made=made, refused=refused)


def _make_active(quickbooks: QuickBooks, item_id: str) -> dict[str, Any]:
    """The item, active, under its former name where nobody has it by now."""
    record = quickbooks.read("Item", item_id)
    if record.get("Active"):
        return record
    try:
        try:
            return quickbooks.change("Item", record, {"Active": True, "Name": without_ending(str(record["Name"]))})
        except DuplicateName:
            return quickbooks.change("Item", record, {"Active": True})
    except OutcomeUnknown:
        record = quickbooks.read("Item", item_id)
        if record.get("Active"):
            return record
        raise


def _cache(recording: Recording, outcome: Outcome) -> None:
    record = outcome.record or {}
    if "Name" in record:
        save_entries(recording.engine, recording.realm_id, "Item", [record])


def _subject(key: str) -> str:
    # A name may be longer than a subject.
    return hashlib.sha256(key.encode()).hexdigest()[:32]


def tell_of_items(recording: Recording, company: Company, snapshots: Iterable[Snapshot]) -> None:
    """Notes in each order's history the items that were made for it."""
    if not company.items.made:
        return
    events = []
    for snapshot in snapshots:
        for product in {one.key: one for one in products_of([snapshot])}.values():
            if item_id := company.items.made.get(product.key):
                words = f"The item of '{product.label}' was created or made active in QuickBooks, as {item_id}."
                events.append(Event(snapshot.order.id, "item", words))
    tell(recording, events)
