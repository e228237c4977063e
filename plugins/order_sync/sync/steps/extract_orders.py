"""Step 2: the orders of a data interval, with their contacts and payments, and which of them are ready to be recorded."""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from order_sync.database.history import Event, newest_troubles, untold
from order_sync.database.orders import Known, known_orders, orders_by_id, unfinished_orders
from order_sync.database.orders_read import save_orders
from order_sync.database.refused_records import open_records, save_refused, settle_records
from order_sync.database.runs import note_read
from order_sync.database.writes import orders_of_writes, recorded_documents, uncertain_writes
from order_sync.errors import RecordRefused
from order_sync.infusionsoft.client import InfusionsoftReader
from order_sync.infusionsoft.faults import NotAllowed, RecordNotFound
from order_sync.infusionsoft.records import Order, Unreadable
from order_sync.money import to_minor, with_currency
from order_sync.progress import Progress
from order_sync.settings import Store
from order_sync.sync.company.reading import with_account_names
from order_sync.sync.customers.names import compares_contacts
from order_sync.sync.orders.codes import Code
from order_sync.sync.orders.deleted import as_deleted
from order_sync.sync.orders.eligibility import READY, Verdict, judge
from order_sync.sync.orders.identity import is_another
from order_sync.sync.orders.kinds import Kind
from order_sync.sync.orders.meaning import as_meant
from order_sync.sync.orders.payment_kinds import with_kinds
from order_sync.sync.orders.payments import in_hand, with_days
from order_sync.sync.orders.refused import OpenRecord, Window
from order_sync.sync.orders.rereading import OVERLAP, UNFINISHED_DAYS, Reading
from order_sync.sync.orders.snapshot import Snapshot, content_hash, from_text, reading
from order_sync.sync.orders.status import ON_ITS_WAY, RECORDED, Status
from order_sync.sync.orders.treatment import CHANGED, is_flagged
from order_sync.sync.orders.trouble import Trouble, trouble, trouble_noted
from order_sync.sync.orders.write import Write
from order_sync.sync.reading.contacts import as_read, contact_events, contacts_of, with_remembered
from order_sync.sync.reading.merged_contacts import find_merged_contacts, with_contacts_of_today
from order_sync.sync.reading.parked import Parked, are_ended, settled
from order_sync.sync.reading.payments import listed_payments, paid_orders, payments_of
from order_sync.sync.recording.context import Context, reading_of_run

log = logging.getLogger(__name__)


def extract_orders(context: Context, infusionsoft: InfusionsoftReader) -> Counter[str]:
    """Reads the run's orders into the database and counts them by status; Infusionsoft's errors pass through, nothing is lost by them.

    Orders that were created, modified or paid inside the interval (with an overlap), or in the days before it that nobody has read
    (`rereading.begin_reading`), and those that earlier runs left unfinished; or, in a run for named orders only, these. An order that
    cannot be read, or whose contact or payments cannot, is `failed` with its reason; the others go on.
    """
    context = replace(context, store=with_account_names(context.engine, context.realm_id, context.store))
    engine, store, run = context.engine, context.store, context.run
    parked, read = Parked(), None if run.only_orders else reading_of_run(context)
    again = open_records(engine, store.name, until=run.interval_end) if read else []
    found, gone = _read_orders(context, infusionsoft, parked, again, read)
    orders = {order.id: order for order in found.values() if isinstance(order, Order)}
    log.info("%d orders read; reading their contacts and payments", len(found))
    contacts = with_remembered(engine, store.name, orders.values(), contacts_of(infusionsoft, orders.values(), parked))
    payments = payments_of(infusionsoft, orders.values(), parked, store)
    recorded = recorded_documents(engine, store.name, [*found, *gone])
    seen = known_orders(engine, store.name, [*found, *gone])
    parked.orders.update(_others(orders.values(), seen))
    last = _last_read(context, gone.intersection(recorded))
    left = listed_payments(infusionsoft, last, parked)
    payments |= {order_id: with_kinds(found, store) for order_id, found in left.items()}
    zone = _account_zone(store, infusionsoft) if any(payments.values()) else store.zone
    snapshots = {
        order.id: as_read(order, contacts, with_days(payments[order.id], zone))
        for order in orders.values()
        if order.id not in parked.orders
    }
    snapshots |= {
        order_id: as_deleted(snapshot, with_days(payments[order_id], zone))
        for order_id, snapshot in last.items()
        if order_id not in parked.orders
    }
    ready = (
        one.order
        for id, one in snapshots.items()
        if id not in recorded and judge(one, store, anyway=id in seen and seen[id].anyway) == READY
    )
    find_merged_contacts(context, infusionsoft, orders.values(), ready if compares_contacts(store.matching) else ())
    refused = [one for one in parked.records if not are_ended(one.order_ids, seen)]
    save_refused(engine, store.name, run.run_key, refused, interval_end=run.interval_end)
    statuses = _save(context, snapshots, seen, recorded)
    ends = [_end(order_id, Status.FAILED, _unreadable(error)) for order_id, error in parked.orders.items()]
    never = _never_recorded(context, gone - last.keys(), seen)
    ends += [
        _end(order_id, Status.SKIPPED, _gone(left)) for order_id, left in _left(context, infusionsoft, never).items()
    ]
    statuses |= _save_ends(context, ends, seen, recorded)
    settle_records(engine, store.name, settled(again, refused), "It could be read, or is gone.")
    if read:
        note_read(engine, run.run_key, read, max((_modified(order) for order in orders.values()), default=None))
    return Counter[str](statuses.values())


def _left(context: Context, infusionsoft: InfusionsoftReader, order_ids: Sequence[str]) -> dict[str, Snapshot | None]:
    """Deleted orders as they were last read, with the payments that are still listed; None where one was never read whole."""
    last = _last_read(context, order_ids)
    listed = listed_payments(infusionsoft, last, Parked())
    found = {id: as_deleted(read, with_kinds(listed[id], context.store)) for id, read in last.items()}
    return {order_id: found.get(order_id) for order_id in order_ids}


def _gone(left: Snapshot | None) -> Trouble:
    """That an order is deleted which nothing is recorded of; with what came in for it, because that money is in no books."""
    words = "Infusionsoft no longer has the order; it was deleted there before it was recorded."
    if left and (money := in_hand(left)):
        told = with_currency(money, left.order.currency)
        words += f" {told} came in for it and are not in QuickBooks: enter them by hand, if they stay with you."
    return trouble(Code.GONE, words)


def _others(orders: Iterable[Order], seen: Mapping[str, Known]) -> dict[str, RecordRefused]:
    """Those that are not the order that is known under their id: nothing of them may reach its document."""
    return {
        order.id: RecordRefused(
            f"Infusionsoft's order {order.id} was made on {order.created_at:%Y-%m-%d %H:%M}, and the one that is known under this id on "
            f"{made:%Y-%m-%d %H:%M}: it is another order.",
            element="creation_time",
            advice="The connection leads to another account, or the account was set back: put the former one back, or give this one a "
            "store of its own.",
        )
        for order in orders
        if (known := seen.get(order.id))
        and known.content_hash
        and (made := known.created_at)
        and is_another(order, made)
    }


def _unreadable(error: RecordRefused) -> Trouble:
    return Trouble(Code.UNREADABLE, error.message, error.advice or Code.UNREADABLE.advice)


def _read_orders(
    context: Context,
    infusionsoft: InfusionsoftReader,
    parked: Parked,
    again: Collection[OpenRecord],
    read: Reading | None,
) -> tuple[dict[str, Order | Unreadable], set[str]]:
    """The orders by id, each as it was last modified; and those of the ones that are known that Infusionsoft no longer has.

    With them the orders of `again`, and what came in the time of those of them that belong to no order that is known.
    """
    run = context.run
    own = [(read.begins - OVERLAP, run.interval_end)] if read else []
    windows = dict.fromkeys([*own, *(one.window for one in again if one.window)])
    found: dict[str, Order | Unreadable] = {}
    progress = Progress("orders read")
    named = set(run.only_orders) or _unfinished(context).union(*(one.order_ids for one in again))

    def take(orders: Iterable[Order | Unreadable], window: Window | None = None) -> None:
        for order in orders:
            known = found.get(order.id)
            if not order.id and isinstance(order, Unreadable):
                parked.park(order, window=window)
            elif known is None or _modified(order) >= _modified(known):
                found[order.id] = order
            progress.step()

    for window in windows:
        named |= paid_orders(infusionsoft, window, parked)
        take(infusionsoft.orders(created=window), window)
        take(infusionsoft.orders(modified=window), window)
    take(infusionsoft.orders(ids=sorted(named - found.keys())))
    missing, gone = sorted(named - found.keys()), set[str]()
    known = known_orders(context.engine, context.store.name, missing)
    for order_id in missing:
        try:
            take([infusionsoft.order(order_id)])  # a list that lacks it proves nothing
        except RecordNotFound:
            gone.add(order_id)
    for order in found.values():
        if isinstance(order, Unreadable):
            parked.park(order, [order.id])
    if run.only_orders and (never := sorted(gone - known.keys())):
        log.warning("Infusionsoft has no order %s; check the ids that the run was started with.", ", ".join(never))
    return found, gone & known.keys()


def _unfinished(context: Context) -> set[str]:
    """What earlier runs left unfinished, of the orders that are old enough for this run and not too old."""
    end = context.run.interval_end
    window = {"created_from": end - UNFINISHED_DAYS, "created_before": end}
    return set(unfinished_orders(context.engine, context.store.name, **window))


def _never_recorded(context: Context, gone: Collection[str], seen: Mapping[str, Known]) -> list[str]:
    """Those of these orders that have no document and will have none: nobody ended them, and none was sent whose answer was lost."""
    of_store = {"realm_id": context.realm_id, "store": context.store.name}
    sent = uncertain_writes(context.engine, **of_store, kind=Kind.DOCUMENT)
    held_open = orders_of_writes(context.engine, [write.id for write in sent])
    maybe = {order_id for orders in held_open.values() for order_id in orders}
    return [order_id for order_id in gone if not _is_final(seen[order_id]) and order_id not in maybe]


def _last_read(context: Context, order_ids: Iterable[str]) -> dict[str, Snapshot]:
    rows = orders_by_id(context.engine, context.store.name, sorted(order_ids))
    read = {row.order_id: from_text(row.snapshot) for row in rows if row.snapshot}
    return {id: replace(last, payments=tuple(with_kinds(last.payments, context.store))) for id, last in read.items()}


def _account_zone(store: Store, infusionsoft: InfusionsoftReader) -> ZoneInfo:
    """The zone whose midnights stamp what is entered by hand: as the settings say, else the account itself; else the company's."""
    if store.infusionsoft_time_zone:
        return ZoneInfo(store.infusionsoft_time_zone)
    try:
        return ZoneInfo(str(infusionsoft.business_profile().get("time_zone") or ""))
    except (NotAllowed, RecordNotFound) as error:  # the key may read orders, and not this
        why = error.message
    except (KeyError, ValueError, OSError):
        why = "Its business profile names no time zone that is known."
    log.warning(
        "The time zone of the Infusionsoft account could not be read; payments by hand are dated as if it were the company's, %s. %s "
        "Set infusionsoft_time_zone in the settings of store %s.",
        store.time_zone,
        why,
        store.name,
    )
    return store.zone


def _modified(order: Order | Unreadable) -> datetime:
    stamp = order.modified_at or order.created_at if isinstance(order, Order) else None
    return stamp or datetime.min.replace(tzinfo=UTC)


def _save(
    context: Context,
    snapshots: Mapping[str, Snapshot],
    seen: Mapping[str, Known],
    recorded: Mapping[str, Write],
) -> dict[str, Status]:
    """Saves the orders that were read; gives the status of each by then."""
    known = with_contacts_of_today(context, snapshots, _with_documents(seen, snapshots, recorded))
    made = [_row(snapshot, known.get(id), recorded.get(id), context.store) for id, snapshot in snapshots.items()]
    events = [event for _row, events in made for event in events]
    if context.store.daily_customer is None:  # whose documents have nothing of a contact
        going_on = [
            snapshots[str(row["order_id"])]
            for row, _events in made
            if row["status"] in (Status.EXTRACTED, Status.MATCHED)
        ]
        of_contacts = [event for one in going_on for event in contact_events(one)]
        events += untold(context.engine, context.store.name, of_contacts)
    statuses = _saved(context, [row for row, _events in made], events, seen)
    # One that another run recorded while this one read it may have been changed since: said now, because its reading is saved.
    late = [
        id for id, status in statuses.items() if status in RECORDED and (id not in known or not _is_final(known[id]))
    ]
    if late:
        documents = recorded_documents(context.engine, context.store.name, late)
        newer = known_orders(context.engine, context.store.name, late)
        for id in late:
            before = seen[id].content_hash if id in seen else None
            row, told = _row(snapshots[id], replace(newer[id], content_hash=before), documents.get(id), context.store)
            statuses |= _saved(context, [row], told, newer)
    return statuses


def _saved(
    context: Context,
    rows: Sequence[Mapping[str, Any]],
    events: Sequence[Event],
    seen: Mapping[str, Known],
) -> dict[str, Status]:
    moved = save_orders(context.engine, context.store.name, context.run.run_key, rows, events, seen)
    statuses: dict[str, Status] = {row["order_id"]: row["status"] for row in rows}
    kept = known_orders(
        context.engine, context.store.name, [order_id for order_id in statuses if order_id not in moved]
    )
    return statuses | {order_id: one.status for order_id, one in kept.items()}


def _with_documents(
    seen: Mapping[str, Known], order_ids: Iterable[str], recorded: Mapping[str, Write]
) -> dict[str, Known]:
    """What is known of these orders; of one that the ledger has recorded, that it is posted, even if nobody came to note it."""
    known = dict(seen)
    for order_id in order_ids:
        write = recorded.get(order_id)
        if write and not write.code and (order_id not in known or known[order_id].status in ON_ITS_WAY):
            # A consolidated document has a hash of all its orders.
            before = known[order_id].content_hash if order_id in known else None
            of_order = write.content_hash if write.subject == order_id else before
            known[order_id] = Known(Status.POSTED, None, None, of_order)
    return known


def _row(
    snapshot: Snapshot, known: Known | None, recorded: Write | None, store: Store
) -> tuple[dict[str, object], list[Event]]:
    order, meant = snapshot.order, as_meant(snapshot, store)
    new_hash = content_hash(order)
    row: dict[str, object] = {
        "order_id": order.id,
        "contact_id": order.contact_id,
        "ordered_at": order.ordered_at,
        "created_at": order.created_at,
        "currency": order.currency,
        "total_minor": to_minor(order.total, order.currency),
        "reading": reading(snapshot, meant),
        "content_hash": new_hash,
    }
    if recorded and recorded.code and not (known and known.code == Code.BY_PERSON):
        # It has a document, and not as it was sent: posting looks at that again, nothing else may happen to it.
        return {**row, **_ended(Status.FAILED, trouble_noted(recorded))}, []
    if known and (recorded or _is_final(known)):
        if recorded:
            row |= {
                "document_entity": recorded.entity,
                "document_id": recorded.quickbooks_id,
                "posted_hash": known.posted_hash or new_hash,
                "is_open": known.code != Code.BY_PERSON,
            }
            if number := json.loads(recorded.payload).get("DocNumber"):  # else QuickBooks numbered it
                row["document_number"] = number
        alone = recorded is None or recorded.subject == order.id
        return _finished_row(row, known, new_hash, flags=is_flagged(store, stands_alone=alone))
    verdict = judge(meant, store, anyway=known is not None and known.anyway)
    if known and known.status is Status.MATCHED and verdict == READY and known.content_hash == new_hash:
        # Another run is on its way with it, as it is: taken back to the start it would be lost to that run.
        return {**row, "status": Status.MATCHED}, []
    row |= {"status": verdict.status, "code": verdict.code, "message": verdict.message, "advice": verdict.advice}
    return row, list(_reading_events(order, known, verdict, new_hash))


def _is_final(known: Known) -> bool:
    # Whatever is read of such an order, it must not go its way again.
    return known.status in RECORDED or known.code == Code.BY_PERSON


def _finished_row(
    row: dict[str, object], known: Known, new_hash: str, *, flags: bool
) -> tuple[dict[str, object], list[Event]]:
    """An order that has its document, or never will: its status stays, but for the warning that it was changed."""
    row |= {"status": known.status, "code": known.code, "message": known.message, "advice": known.advice}
    is_changed = known.posted_hash is not None and new_hash not in (known.posted_hash, known.content_hash)
    if known.status is Status.SKIPPED or not is_changed or not flags:
        return row, []
    event = Event(str(row["order_id"]), "changed", CHANGED.message, "warning", CHANGED.code, CHANGED.advice)
    if known.code != Code.BY_PERSON and known.status in RECORDED:
        row |= _ended(Status.POSTED_WITH_WARNINGS, CHANGED)
    return row, [event]


def _reading_events(order: Order, known: Known | None, verdict: Verdict, new_hash: str) -> Iterator[Event]:
    if known is None or known.content_hash != new_hash:
        yield Event(
            order.id, "read", f"Read from Infusionsoft: {order.status}, {with_currency(order.total, order.currency)}."
        )
    if verdict.message and (known is None or known.status != verdict.status or known.code == Code.ANYWAY):
        level = "warning" if verdict.status is Status.HELD else "info"
        yield Event(order.id, verdict.status, verdict.message, level, verdict.code, verdict.advice)


def _end(order_id: str, status: Status, why: Trouble) -> dict[str, Any]:
    return {"order_id": order_id, **_ended(status, why)}


def _ended(status: Status, why: Trouble) -> dict[str, Any]:
    return {"status": status, "code": why.code, "message": why.message, "advice": why.advice}


def _save_ends(
    context: Context,
    ends: Sequence[dict[str, Any]],
    seen: Mapping[str, Known],
    recorded: Mapping[str, Write],
) -> dict[str, Status]:
    """Ends orders without a snapshot; one that has, or had, a document keeps its status. Gives the status of each by then."""
    rows, events = [], []
    known = _with_documents(seen, [end["order_id"] for end in ends], recorded)
    told = newest_troubles(context.engine, context.store.name, [end["order_id"] for end in ends])
    for end in ends:
        before = known.get(end["order_id"])
        if before is None:
            rows.append({**end, "created_at": context.run.interval_start})
        elif _is_final(before) or end["order_id"] in recorded:
            rows.append({"order_id": end["order_id"], "status": before.status, "is_open": False})
        else:
            rows.append(end)
        if told.get(end["order_id"]) == end["message"]:
            continue
        level = "error" if end["status"] is Status.FAILED else "warning"
        events.append(Event(end["order_id"], end["status"], end["message"], level, end["code"], end["advice"]))
    return _saved(context, rows, events, seen)
