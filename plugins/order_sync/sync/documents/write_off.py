"""What an invoice was forgiven: a credit memo for each write-off or credit of its order, and a payment of nothing that applies it.

A sales receipt shows it itself (`forgiven.py`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from order_sync.errors import RecordRefused
from order_sync.infusionsoft.records import Payment
from order_sync.money import with_currency
from order_sync.quickbooks.wire import encode
from order_sync.settings import Store
from order_sync.sync.company.company import Company
from order_sync.sync.documents.checks import check_kept, check_period
from order_sync.sync.documents.fields import Note, currency_fields, dimensions_of, marker, numbers_beside, payment_day
from order_sync.sync.documents.lines import Lines
from order_sync.sync.documents.part import Part, part_lines, part_of, taken_of
from order_sync.sync.documents.payment import awaits_payment
from order_sync.sync.documents.receivable import Receivable, line_of, pay
from order_sync.sync.documents.sold import sold_of
from order_sync.sync.orders.codes import Code, refusal
from order_sync.sync.orders.kinds import Entity, Kind
from order_sync.sync.orders.payments import forgiven, forgiven_beyond, forgiving, refunds, total_of
from order_sync.sync.orders.reopened import reopened, taken_back
from order_sync.sync.orders.tracked import TrackedOrder, recorded_treatment, require_all_there
from order_sync.sync.orders.write import Intent, Write, payment_id_of, payment_subject

_ZERO = Decimal(0)
_WORDS = {"write-off": "Write-off", "credit": "Credit"}


def require_write_offs(tracked: TrackedOrder, store: Store) -> None:
    """RecordRefused where what is recorded as written off or credited is no longer so in Infusionsoft."""
    manner = recorded_treatment(tracked, store).manner
    if manner.paid_as_whole:
        _check_receipt(tracked)
    elif manner.with_payments:
        _check_recorded(tracked, _forgiven(tracked, store), taken_back(tracked, store))


def write_off_notes(tracked: TrackedOrder, store: Store) -> tuple[Note, ...]:
    """What a person should know of write-offs and credits that are not recorded: those of an invoice alone, and what of them forgives
    nothing, because it is beyond what was open of the order."""
    snapshot, off = tracked.snapshot, total_of(forgiving(tracked.snapshot))
    currency = snapshot.order.currency
    if off and not recorded_treatment(tracked, store).manner.records_money:
        words = (
            f"{with_currency(off, currency)} were written off or credited, and that is not recorded: the payments of this invoice are "
            "not recorded either, so it stays open over that in QuickBooks."
        )
        return (Note(Code.WRITE_OFF_NOT_RECORDED, words, Kind.WRITE_OFF),)
    if beyond := min(forgiven_beyond(snapshot), off) if tracked.stands_alone else _ZERO:
        words = (
            f"{with_currency(off, currency)} of the order were written off or credited, {with_currency(beyond, currency)} more than was "
            "open beside the money that came in; that much is not recorded, as nobody owes it."
        )
        return (Note(Code.WRITE_OFF_BEYOND, words, Kind.WRITE_OFF, is_warning=True),)
    return ()


def write_off_intents(
    tracked: TrackedOrder, owed: Receivable, planned: list[Part], company: Company, store: Store, today: date
) -> list[Intent]:
    """The credit memos that are due of an invoice's write-offs and credits, and of what went back of it and is not to come again after
    all; and the payments that apply those that are recorded, taken off what is `owed`.

    `planned` is what is taken back of the document together with it; the credit memos' parts are added to it.
    """
    manner = recorded_treatment(tracked, store).manner
    if not manner.with_payments or tracked.original is None or (manner.once_paid and awaits_payment(tracked, store)):
        return []
    wanted = [*_forgiven(tracked, store), *taken_back(tracked, store)]
    return [
        *_credit_memos(tracked, wanted, planned, company, store, today),
        *_applications(tracked, owed, company, store),
    ]


def _forgiven(tracked: TrackedOrder, store: Store) -> tuple[Payment, ...]:
    return forgiven(tracked.snapshot, tracked.total + total_of(reopened(tracked, store)))


def _credit_memos(
    tracked: TrackedOrder, of: Sequence[Payment], planned: list[Part], company: Company, store: Store, today: date
) -> list[Intent]:
    # What a former version recorded as money stays that.
    known = tracked.recorded(Kind.WRITE_OFF) | tracked.recorded(Kind.PAYMENT)
    wanted = [one for one in of if payment_subject(tracked.order_id, one.id) not in known]
    if not wanted:
        return []
    sold = sold_of(tracked, company)
    recorded, found = taken_of(tracked, sold, company), list[Intent]()
    numbers = numbers_beside(tracked, Kind.WRITE_OFF, "W", wanted, store)
    for one in wanted:
        planned.append(part_of(one.amount, sold, [*recorded, *planned]))
        item = (company.lines.write_off if one.kind == "write-off" else None) or company.lines.refund
        text = f"{_WORDS.get(one.kind, 'Refund')} of Infusionsoft order {tracked.order_id}"
        as_sold = one.kind not in _WORDS
        lines = part_lines(planned[-1], sold, company, item_id=item, text=text, as_sold=as_sold)
        found.append(_credit_memo(tracked, one, lines, numbers.get(one.id), company, store, today))
    return found


def _credit_memo(
    tracked: TrackedOrder,
    one: Payment,
    lines: Lines,
    number: str | None,
    company: Company,
    store: Store,
    today: date,
) -> Intent:
    order, original = tracked.snapshot.order, tracked.body()
    day = payment_day(one, tracked.snapshot, store, today)
    check_kept(one.amount, order.currency)
    check_period(Entity.CREDIT_MEMO, day, company)
    body: dict[str, Any] = {"DocNumber": number} if number else {}
    body |= {
        "TxnDate": day.isoformat(),
        "CustomerRef": original["CustomerRef"],
        "Line": list(lines.lines),
        "PrivateNote": f"{marker(order.id, store.name)}, write-off {one.id}",
        **lines.tax_fields,
        **currency_fields(order.currency, day, company),
        **dimensions_of(original),
    }
    return Intent(
        Kind.WRITE_OFF,
        payment_subject(order.id, one.id),
        Entity.CREDIT_MEMO,
        encode(body),
        lines.total,
        order.currency,
        tax=lines.tax,
        order_ids=(order.id,),
    )


def _applications(tracked: TrackedOrder, owed: Receivable, company: Company, store: Store) -> list[Intent]:
    """A payment of nothing for each credit memo that is recorded and not applied yet."""
    done = tracked.recorded(Kind.APPLICATION)
    return [
        _application(tracked, write, owed, company, store)
        for subject, write in tracked.recorded(Kind.WRITE_OFF).items()
        if subject not in done
    ]


def _application(tracked: TrackedOrder, write: Write, owed: Receivable, company: Company, store: Store) -> Intent:
    order, sent = tracked.snapshot.order, json.loads(write.payload, parse_float=Decimal)
    day = date.fromisoformat(sent["TxnDate"])
    check_period(Entity.PAYMENT, day, company)
    amount = write.total or _ZERO
    paid, left = pay(amount, owed)
    body = {
        "TxnDate": sent["TxnDate"],
        "CustomerRef": tracked.body()["CustomerRef"],
        "TotalAmt": _ZERO,
        "Line": [*paid, line_of(amount - left, Entity.CREDIT_MEMO, write.quickbooks_id or "")],
        "PrivateNote": f"{marker(order.id, store.name)}, write-off {payment_id_of(write.subject)} applied",
        **currency_fields(order.currency, day, company, sent.get("ExchangeRate")),
    }
    return Intent(
        Kind.APPLICATION,
        write.subject,
        Entity.PAYMENT,
        encode(body),
        _ZERO,
        order.currency,
        order_ids=(order.id,),
    )


def _check_recorded(tracked: TrackedOrder, off: Sequence[Payment], back: Sequence[Payment]) -> None:
    """RecordRefused where a credit memo is recorded of what is gone, or of which less is open by now."""
    recorded = {payment_id_of(subject): write for subject, write in tracked.recorded(Kind.WRITE_OFF).items()}
    amounts = {id: write.total or _ZERO for id, write in recorded.items()}
    entered = (*forgiving(tracked.snapshot), *refunds(tracked.snapshot))
    there = [replace(one, amount=amounts[one.id]) for one in entered if one.id in amounts]
    require_all_there(tracked, Kind.WRITE_OFF, there)
    now = {one.id: one.amount for one in (*off, *back)}
    for id, amount in amounts.items():
        if now.get(id, _ZERO) != amount:
            told = f"the write-off {id} of the order over {with_currency(amount, tracked.snapshot.order.currency)}"
            raise _disagrees(tracked, told, now.get(id, _ZERO))


def _check_receipt(tracked: TrackedOrder) -> None:
    """RecordRefused where a sales receipt shows more as forgiven than the order has it by now."""
    order = tracked.snapshot.order
    if not tracked.stands_alone and (more := forgiven_beyond(tracked.snapshot)):
        off = total_of(forgiving(tracked.snapshot))
        told = f"{with_currency(off, order.currency)} of the order as written off or credited"
        raise _disagrees(tracked, told, max(off - more, _ZERO))
    if not tracked.stands_alone or tracked.row.content_hash != tracked.row.posted_hash:
        return
    shown, now = order.total - tracked.total, total_of(forgiven(tracked.snapshot))
    told = with_currency(shown, order.currency)
    if shown > total_of(forgiving(tracked.snapshot)):
        words = f"The sales receipt shows {told} as written off or credited, and the order has no longer all of that as such."
        raise refusal(Code.WRITE_OFF_GONE, words)
    if shown > now:
        raise _disagrees(tracked, f"{told} of the order as written off or credited", now)


def _disagrees(tracked: TrackedOrder, what: str, now: Decimal) -> RecordRefused:
    is_open = with_currency(now, tracked.snapshot.order.currency)
    return refusal(
        Code.WRITE_OFF_DISAGREES,
        f"QuickBooks holds {what}, and only {is_open} of that is open beside the money that came in.",
    )
