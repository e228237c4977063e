"""An order's payments and refunds, each with the records that it has in QuickBooks, or with the words for why it has none."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from decimal import Decimal

from order_sync.infusionsoft.records import Payment
from order_sync.money import is_whole, rounded, with_currency
from order_sync.sync.orders.kinds import Entity, Kind
from order_sync.sync.orders.payments import NO_MONEY, charges, day_of, forgiven, forgiving, refunds
from order_sync.sync.orders.snapshot import Snapshot
from order_sync.sync.orders.write import Write, WriteStatus, payment_id_of, payment_subject

_OWN = (Kind.PAYMENT, Kind.REFUND, Kind.WRITE_OFF, Kind.APPLICATION)
_NO_MONEY, _UNKNOWN = "No money", "Unknown kind"
_WHAT = {Kind.PAYMENT: "Payment", Kind.REFUND: "Refund", Kind.WRITE_OFF: "Write-off"}


@dataclass(frozen=True, slots=True)
class Moved:
    """Money that came or went, or that a customer need not pay."""

    what: str
    method: str
    status: str
    day: date | None
    amount: Decimal
    """Below zero where it went back."""
    records: tuple[Write, ...]
    """What records it; the first is its own, behind it what applies it, and what took it back."""
    told: str
    """What becomes of it where it has no record of its own, or where that is not all."""


def moved(
    snapshot: Snapshot | None,
    writes: Sequence[Write],
    document: Write | None,
    zone: tzinfo,
    *,
    is_ended: bool = False,
    is_changed: bool = False,
) -> list[Moved]:
    """The payments of an order as it was read last, then those that are recorded and that Infusionsoft has no more.

    `is_ended` is whether nothing more is recorded of it, `is_changed` whether its document is of the order as it was before.
    """
    if snapshot is None:
        return []
    known = {one.id for one in snapshot.payments}
    taken_off = _taken_off(snapshot, document, is_changed=is_changed)
    found = [_moved(one, snapshot, writes, document, zone, is_ended, taken_off) for one in snapshot.payments]
    for write in writes:
        if write.kind in _WHAT and write.status is WriteStatus.POSTED and payment_id_of(write.subject) not in known:
            day = date.fromisoformat(json.loads(write.payload)["TxnDate"])
            sign = -1 if write.kind is Kind.REFUND else 1
            records = tuple(_records(payment_id_of(write.subject), snapshot.order.id, writes))
            told = "Infusionsoft has it no more."
            found.append(Moved(_WHAT[write.kind], "", "", day, sign * (write.total or Decimal(0)), records, told))
    return found


def _taken_off(snapshot: Snapshot, document: Write | None, *, is_changed: bool) -> dict[str, str]:
    """Whether the order's sales receipt takes off its write-offs and credits, in words, by their id.

    Together it takes off what it is less than the order, and the oldest come first.
    """
    entered, currency = forgiving(snapshot), snapshot.order.currency
    if is_changed:
        return {
            one.id: "not known whether the sales receipt takes it off: the order has changed since" for one in entered
        }
    amounts, shows = {one.id: one.amount for one in forgiven(snapshot)}, document.shows if document else None
    left = snapshot.order.total - sum((shows or {}).values(), Decimal(0))  # all of it where nobody noted what it shows
    found = {}
    for one in entered:
        off = min(amounts.get(one.id, Decimal(0)), max(left, Decimal(0)))
        left -= off
        part = "" if off == one.amount else f"{with_currency(off, currency)} of it "
        told = f"{part}taken off on the sales receipt"
        found[one.id] = told if off else "not recorded: the sales receipt takes nothing off for it"
    return found


def _moved(
    payment: Payment,
    snapshot: Snapshot,
    writes: Sequence[Write],
    document: Write | None,
    zone: tzinfo,
    is_ended: bool,
    taken_off: Mapping[str, str],
) -> Moved:
    currency = snapshot.order.currency
    what, amount = _what(payment, snapshot)
    records = tuple(_records(payment.id, snapshot.order.id, writes))
    on_receipt = _on_receipt(payment, what, document, currency)
    told = on_receipt or ("" if records else _without_record(payment, what, document, is_ended, taken_off))
    if records and records[0].status is WriteStatus.REJECTED:
        told = "It was taken out of the books again."
    shown = rounded(amount, currency) if is_whole(amount, currency) else amount
    method = payment.method if payment.method and payment.method != what else ""
    return Moved(what, method, payment.status, day_of(payment, zone), shown, records, told)


def _what(payment: Payment, snapshot: Snapshot) -> tuple[str, Decimal]:
    """What a payment is called, and its amount with the sign that it has for the store."""
    amount = abs(payment.amount)
    if payment.id in _ids(refunds(snapshot)):
        return "Refund", -amount
    if payment.id in _ids(forgiving(snapshot)):
        return "Credit" if payment.kind == "credit" else "Write-off", amount
    if payment.id in _ids(charges(snapshot)):
        return "Payment", amount
    return _NO_MONEY if payment.status in NO_MONEY or not payment.amount else _UNKNOWN, payment.amount


def _records(payment_id: str, order_id: str, writes: Sequence[Write]) -> Iterator[Write]:
    """What was recorded of a payment: its own record, what applies it to an invoice, and what took it back."""
    own = [one for one in writes if one.kind in _OWN and one.subject == payment_subject(order_id, payment_id)]
    last: Mapping[Kind, Write] = {one.kind: one for one in own}  # of several generations the newest
    for kind in _OWN:
        write = last.get(kind)
        if write is None or (write.status is WriteStatus.REJECTED and not write.quickbooks_id):
            continue
        yield write
        taken = [one for one in writes if one.kind is Kind.REVERSAL and one.subject.startswith(f"{write.id}/")]
        yield from (one for one in taken if one.status is not WriteStatus.REJECTED)


def _on_receipt(payment: Payment, what: str, document: Write | None, currency: str) -> str:
    """What of a payment the order's sales receipt shows, in words; empty where that is nothing, or where nobody noted it."""
    shown = (document.shows or {}).get(payment.id) if document and what == "Payment" else None
    if not shown:
        return ""
    return (
        "on the sales receipt"
        if shown == payment.amount
        else f"{with_currency(shown, currency)} of it on the sales receipt"
    )


def _without_record(
    payment: Payment, what: str, document: Write | None, is_ended: bool, taken_off: Mapping[str, str]
) -> str:
    """Why a payment has no record of its own, and stands on no receipt."""
    if what == _NO_MONEY:
        return "not recorded: it is no money"
    if what == _UNKNOWN:
        return "not recorded: the settings do not say what this kind is"
    if document is None:
        return "not recorded" if is_ended else "not recorded yet"
    if document.entity is not Entity.SALES_RECEIPT or what == "Refund":
        return "not recorded"
    if what != "Payment":
        return taken_off[payment.id]
    return "on the sales receipt" if document.shows is None else "not on the sales receipt"


def _ids(payments: Sequence[Payment]) -> set[str]:
    return {one.id for one in payments}
