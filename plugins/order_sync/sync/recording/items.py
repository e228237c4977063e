"""The items that QuickBooks lacks, each made once for all orders of a run, and the inactive ones that the settings make active again."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from order_sync.database.cache import entries, save_entries
from order_sync.database.history import Event
from order_sync.database.writes import latest_writes
from order_sync.errors import OutcomeUnknown, RecordRefused
from order_sync.keys import without_ending
from order_sync.quickbooks.client import QuickBooks
from order_sync.quickbooks.faults import DuplicateName, ObjectNotFound
from order_sync.quickbooks.wire import encode
from order_sync.sync.company.company import Company
from order_sync.sync.company.lists import NO_LINE_TAKES
from order_sync.sync.company.products import (
    Items,
    Product,
    item_is_inactive,
    without_item,
)
from order_sync.sync.documents.item import inactive_products, missing_products, new_item, products_of
from order_sync.sync.orders.codes import Code, refusal
from order_sync.sync.orders.kinds import Entity, Kind
from order_sync.sync.orders.snapshot import Snapshot
from order_sync.sync.orders.write import Intent, Write, WriteStatus
from order_sync.sync.outbox.isolation import about_one
from order_sync.sync.outbox.settling import Outcome
from order_sync.sync.recording.context import Recording
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
    taken: dict[str, Product] = {}

    def settled(outcome: Outcome, _orders: list[str]) -> None:
        product = by_subject.get(outcome.write.subject)
        if outcome.status is WriteStatus.POSTED and not outcome.error:
            _cache(recording, outcome)
            if product:
                made[product.key] = str((outcome.record or {}).get("Id") or outcome.write.quickbooks_id)
        elif product and outcome.status is WriteStatus.REJECTED and outcome.error and outcome.error.code == "6240":
            taken[outcome.write.subject] = product
            refused[product.key] = _refusal(product, items, outcome.error.message, outcome.error.advice)
        elif product:
            error = None if outcome.status is WriteStatus.UNKNOWN else outcome.error
            refused[product.key] = (
                _refusal(product, items, error.message, error.advice) if error else _not_known(product)
            )

    def send(products: Mapping[str, Product], open_ones: Mapping[str, Write], *, distinct: bool) -> None:
        intents = [
            Intent(
                Kind.ITEM, subject, Entity.ITEM, encode(new_item(product, company, recording.store, distinct=distinct))
            )
            for subject, product in products.items()
            if subject not in open_ones
        ]
        deliver(recording, Kind.ITEM, intents, settled, left_open=open_ones)

    send(by_subject, open_ones, distinct=False)
    if again := dict(taken):
        for product in again.values():
            refused.pop(product.key, None)
        send(again, {}, distinct=True)
    for product in by_subject.values():
        if product.key not in made and product.key not in refused:
            refused[product.key] = _not_known(product)
    return replace(items, made={**items.made, **made}, refused={**items.refused, **refused})


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


def _read(recording: Recording, item_id: str) -> dict[str, Any] | None:
    try:
        record = recording.quickbooks.read("Item", item_id)
    except ObjectNotFound:
        return None
    save_entries(recording.engine, recording.realm_id, "Item", [record])
    return record


def _not_known(product: Product) -> RecordRefused:
    words = f"Whether QuickBooks created the item for '{product.label}' is not known yet."
    return refusal(Code.ITEM_REFUSED, words, "Wait: the next run looks for it, and records the order.")


def _refusal(product: Product, items: Items, why: str, advice: str) -> RecordRefused:
    words = f"{without_item(product, items)}, and took no new one: {why}"
    return refusal(Code.ITEM_REFUSED, words, advice)


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
