"""Money that is recorded and that Infusionsoft has no more: payments that were voided, failed after they had come, or were deleted.

By setting (`payments.reversals`) a person is told, the record is voided, or a document of its own takes it back: of a sales receipt a
refund receipt, of an invoice's payment an expense, so that the customer owes it again. A refund is no reversal, and money that was gone
before anything was recorded is none either.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from order_sync.errors import RecordRefused
from order_sync.infusionsoft.records import Payment
from order_sync.money import rounded, with_currency
from order_sync.quickbooks.wire import encode
from order_sync.settings import Store
from order_sync.sync.company.company import Company
from order_sync.sync.documents.checks import check_period
from order_sync.sync.documents.deleted import document_name
from order_sync.sync.documents.expense import Outflow, owed_again
from order_sync.sync.documents.fields import currency_fields, dimensions_of, document_number, fitting_number, marker
from order_sync.sync.documents.part import part_lines, part_of, taken_of
from order_sync.sync.documents.sold import sold_of
from order_sync.sync.documents.voided import check_open_to_void, void_intent
from order_sync.sync.orders.codes import SKIP_THE_ORDER, Code, refusal
from order_sync.sync.orders.kinds import Entity, Kind
from order_sync.sync.orders.payments import NO_MONEY, charges, covered, disagreement, forgiving, refunds, total_of
from order_sync.sync.orders.tracked import TrackedOrder, recorded_treatment, reversed_payments
from order_sync.sync.orders.write import Intent, Write, payment_id_of

_ZERO = Decimal(0)
_VOIDED = frozenset({"VOIDED", "VOID"})


@dataclass(frozen=True, slots=True)
class Loss:
    """Money that is recorded and gone: how much, which payments and how, in words, and the day on which it went."""

    amount: Decimal
    words: str
    day: date
    is_sure: bool
    """Whether nothing speaks against it: the payments say so themselves, or the order says that so much less was paid."""


def reversal_intents(tracked: TrackedOrder, company: Company, store: Store, today: date) -> list[Intent]:
    """What is to be taken back of an order's recorded money, and is not yet.

    Raises RecordRefused where that is left to a person, by setting, or because it cannot be done safely.
    """
    payments = _of_payments(tracked, company, store, today)
    if recorded_treatment(tracked, store).manner.paid_as_whole:
        return [*payments, *_of_receipt(tracked, company, store, today, beside=bool(payments))]
    return payments


def reversal_days(tracked: TrackedOrder, store: Store, today: date) -> set[date]:
    """The days of the documents that take back money that is gone; none where none is due."""
    if store.payments.reversals != "refund receipt":
        return set()
    if not recorded_treatment(tracked, store).manner.paid_as_whole:
        return {_loss_of(tracked, id, write, store, today).day for id, write in _gone(tracked).items()}
    loss = _loss(tracked, store, today)
    return {loss.day} if loss else set()


def is_taken_back(tracked: TrackedOrder) -> bool:
    """Whether all that a sales receipt of its own shows was given back, because its money is gone: the order is as if never recorded."""
    return tracked.stands_alone and bool(taken := _taken(tracked)) and taken >= tracked.total


def _of_payments(tracked: TrackedOrder, company: Company, store: Store, today: date) -> list[Intent]:
    """What takes back recorded payments that are gone: their voids, or expenses by which the customer owes the money again."""
    if again := reversed_payments(tracked).keys() & {one.id for one in charges(tracked.snapshot)}:
        raise _there_again(tracked, sorted(again))
    gone = _gone(tracked)
    if not gone:
        return []
    loss = _lost(tracked, {id: write.total or _ZERO for id, write in gone.items()}, store, today)
    beside = recorded_treatment(tracked, store).manner.paid_as_whole
    invoice = "the customer" if beside else f"the {document_name(tracked)}"
    amount = with_currency(loss.amount, tracked.snapshot.order.currency)
    words = f"QuickBooks holds {amount} as paid on {invoice}, and Infusionsoft has it no more: {loss.words}."
    how, mend = store.payments.reversals, "void that payment in QuickBooks"
    if how == "flag" or not loss.is_sure or (beside and how != "void"):
        # What is unapplied on the customer pays nothing that could be owed again.
        raise refusal(
            Code.PAYMENT_GONE,
            words,
            _by_hand(mend, store, loss, "void" if beside else "void or refund receipt"),
        )
    if how == "void":
        for write in gone.values():
            check_open_to_void(write, company)
        return [void_intent(write, [tracked.order_id]) for write in gone.values()]
    if refunds(tracked.snapshot):
        words += " Money of the order went back too, and nobody says how the two belong together."
        raise refusal(Code.PAYMENT_GONE, words, f"Set it right in QuickBooks by hand, and {SKIP_THE_ORDER}.")
    return [
        _owed_again(tracked, write, place, _loss_of(tracked, id, write, store, today), company, store)
        for place, (id, write) in enumerate(gone.items(), 1)
    ]


def _gone(tracked: TrackedOrder) -> dict[str, Write]:
    """The recorded payments that are gone and were not taken back, by their id."""
    recorded = {payment_id_of(subject): write for subject, write in tracked.recorded(Kind.PAYMENT).items()}
    # What a former version recorded as money, and is none, stays recorded.
    came = {one.id for one in (*charges(tracked.snapshot), *forgiving(tracked.snapshot))}
    return {id: write for id, write in recorded.items() if id not in came | reversed_payments(tracked).keys()}


def _loss_of(tracked: TrackedOrder, id: str, write: Write, store: Store, today: date) -> Loss:
    """The loss of one recorded payment."""
    return _lost(tracked, {id: write.total or _ZERO}, store, today)


def _there_again(tracked: TrackedOrder, ids: Sequence[str]) -> RecordRefused:
    return refusal(
        Code.PAYMENT_GONE,
        f"Payment {', '.join(ids)} was taken back in QuickBooks by an expense, because it was gone, and Infusionsoft has it again.",
        f"If the money is there after all, void that expense in QuickBooks, and {SKIP_THE_ORDER}.",
    )


def _of_receipt(tracked: TrackedOrder, company: Company, store: Store, today: date, *, beside: bool) -> list[Intent]:
    """What takes back the money that a sales receipt shows and that is gone."""
    if _is_less_of_the_order(tracked):
        return []
    loss, taken = _loss(tracked, store, today), _taken(tracked)
    left = (loss.amount if loss else _ZERO) - taken
    if taken and (left < 0 or _came_since(tracked, taken)):
        raise _paid_again(tracked, taken)
    if left <= 0 or loss is None or tracked.original is None:
        return []
    if reason := _why_by_hand(tracked, store, loss, left, taken, beside=beside):
        raise reason
    if store.payments.reversals == "void":
        check_open_to_void(tracked.original, company)
        return [void_intent(tracked.original, [tracked.order_id])]
    return [_refund_receipt(tracked, tracked.original, loss, left, company, store)]


def _is_less_of_the_order(tracked: TrackedOrder) -> bool:
    """Whether the order was changed since and is still paid: what is paid less is less of the order, and the setting for that decides."""
    is_changed = tracked.row.content_hash != tracked.row.posted_hash
    return is_changed and tracked.stands_alone and covered(tracked.snapshot) >= tracked.snapshot.order.total


def _why_by_hand(
    tracked: TrackedOrder, store: Store, loss: Loss, left: Decimal, taken: Decimal, *, beside: bool
) -> RecordRefused | None:
    """Why the loss of a sales receipt is left to a person; None where the sync takes it back."""
    order, how, name = tracked.snapshot.order, store.payments.reversals, document_name(tracked)
    words = f"The {name} shows {with_currency(left, order.currency)} that Infusionsoft has no more: {loss.words}."
    is_whole = tracked.stands_alone and left == tracked.total and not taken
    mend = f"enter a refund receipt over {with_currency(left, order.currency)} in QuickBooks"
    if is_whole:
        mend = f"void the {name} in QuickBooks, or {mend}"
    if _came_since(tracked, loss.amount) and not (is_whole and how != "flag"):
        words += " Another payment came in its place."
        advice = (
            f"Compare account, day and method of the {name} with it; correct it in QuickBooks, and {SKIP_THE_ORDER}."
        )
        return refusal(Code.PAYMENT_GONE, words, advice)
    if how == "flag" or not loss.is_sure:
        return refusal(
            Code.PAYMENT_GONE,
            words,
            _by_hand(mend, store, loss, "void or refund receipt" if is_whole else "refund receipt"),
        )
    if refunds(tracked.snapshot) or beside or tracked.recorded(Kind.PAYMENT):
        words += (
            " Money of the order went back too, or is recorded beside it, and nobody says how the two belong together."
        )
        return refusal(Code.PAYMENT_GONE, words, f"Set it right in QuickBooks by hand, and {SKIP_THE_ORDER}.")
    if how == "void" and not is_whole:
        words += " A sales receipt can only be voided as a whole."
        return refusal(Code.PAYMENT_GONE, words, _by_hand(mend, store, loss, "refund receipt"))
    return None


def _by_hand(mend: str, store: Store, loss: Loss, instead: str) -> str:
    """The advice to take something back by hand; with the setting that lets the sync do it, where it could."""
    could = loss.is_sure and store.payments.reversals not in instead.split(" or ")
    setting = f" Or set payments.reversals to {instead}, and the next run takes it back." if could else ""
    return f"If the money did not come, {mend}, and {SKIP_THE_ORDER}.{setting}"


def _paid_again(tracked: TrackedOrder, taken: Decimal) -> RecordRefused:
    currency = tracked.snapshot.order.currency
    return refusal(
        Code.PAYMENT_GONE,
        f"{with_currency(taken, currency)} of the {document_name(tracked)} were given back in QuickBooks, because they were gone, and "
        "money came in since.",
        f"Enter what came in since in QuickBooks by hand, and {SKIP_THE_ORDER}.",
    )


def _came_since(tracked: TrackedOrder, gone: Decimal) -> bool:
    """Whether more money is there than what is left of what a sales receipt shows, and what is recorded beside it."""
    shown = tracked.document.shows if tracked.document else None
    if not shown:
        return False
    beside = sum((one.total or _ZERO for one in tracked.recorded(Kind.PAYMENT).values()), _ZERO)
    return total_of(charges(tracked.snapshot)) - beside > sum(shown.values(), _ZERO) - gone


def _taken(tracked: TrackedOrder) -> Decimal:
    """What was taken back of the document, because its money is gone."""
    document = tracked.original
    mine = f"{document.id}/" if document else "/"
    found = tracked.recorded(Kind.REVERSAL)
    return sum((write.total or _ZERO for subject, write in found.items() if subject.startswith(mine)), _ZERO)


def _loss(tracked: TrackedOrder, store: Store, today: date) -> Loss | None:
    """What a sales receipt shows and is gone; None where all of it is there.

    By the payments that were noted when it was recorded. Where none were, or less than it shows, by what came in for the order.
    """
    shown, snapshot = tracked.document.shows if tracked.document else None, tracked.snapshot
    # On a day's document the total is that of the order as it is now, which may have grown.
    if shown and (sum(shown.values(), _ZERO) >= tracked.total or not tracked.stands_alone):
        came = {one.id: one.amount for one in charges(snapshot)}
        gone = {id: shows - came.get(id, _ZERO) for id, shows in shown.items() if shows > came.get(id, _ZERO)}
        return _lost(tracked, gone, store, today) if gone else None
    there = covered(snapshot) + (snapshot.order.refund_total if not charges(snapshot) else _ZERO)
    if there >= tracked.total:
        return None
    there = rounded(there, snapshot.order.currency)
    there_now, of = (with_currency(one, snapshot.order.currency) for one in (there, tracked.total))
    words = f"{there_now} of {of} are paid now"
    return Loss(tracked.total - there, words, today, disagreement(snapshot) is None)


def _lost(tracked: TrackedOrder, gone: Mapping[str, Decimal], store: Store, today: date) -> Loss:
    """The loss of payments of which so much is gone."""
    listed = {one.id: one for one in tracked.snapshot.payments}
    currency = tracked.snapshot.order.currency
    told = [
        f"payment {id} over {with_currency(amount, currency)} {_how(listed.get(id))}" for id, amount in gone.items()
    ]
    is_sure = all(id in listed and listed[id].status in NO_MONEY - {"PENDING"} for id in gone)
    stamps = [one.updated_at for id in gone if (one := listed.get(id)) and one.status in NO_MONEY and one.updated_at]
    is_dated = len(stamps) == len(gone) and store.revenue.transaction_date != "date of posting"
    day = max(stamps).astimezone(store.zone).date() if is_dated else today
    return Loss(
        rounded(sum(gone.values(), _ZERO), currency),
        "; ".join(told),
        day,
        is_sure or disagreement(tracked.snapshot) is None,
    )


def _how(payment: Payment | None) -> str:
    if payment is None:
        return "was deleted"
    if payment.status in _VOIDED:
        return "was voided"
    if payment.status == "PENDING":
        return "is pending again"
    return "failed" if payment.status in NO_MONEY else "is no money any more, or less"


def _refund_receipt(
    tracked: TrackedOrder, document: Write, loss: Loss, amount: Decimal, company: Company, store: Store
) -> Intent:
    """The refund receipt that takes back so much of a sales receipt, with its tax, out of the account that took the money."""
    order, sent = tracked.snapshot.order, tracked.body()
    check_period(Entity.REFUND_RECEIPT, loss.day, company)
    sold = sold_of(tracked, company)
    part = part_of(amount, sold, taken_of(tracked, sold, company))
    text = f"Infusionsoft order {order.id}: money that is gone again"
    made = part_lines(part, sold, company, item_id=company.lines.refund, text=text, as_sold=amount == sold.total)
    place = _place(tracked, document)
    body: dict[str, Any] = {"DocNumber": number} if (number := _number(tracked, place, store)) else {}
    account = sent.get("DepositToAccountRef") or {"value": company.undeposited_funds or company.refund_account}
    body |= {
        "TxnDate": loss.day.isoformat(),
        "CustomerRef": sent["CustomerRef"],
        "Line": list(made.lines),
        "PrivateNote": f"{marker(order.id, store.name)}, reversal {place}\n{loss.words}"[:4000],
        "DepositToAccountRef": account,
    }
    body |= {name: sent[name] for name in ("PaymentMethodRef", "PaymentRefNum") if name in sent}
    body |= {**dimensions_of(sent), **made.tax_fields, **currency_fields(order.currency, loss.day, company)}
    return Intent(
        Kind.REVERSAL,
        _subject(tracked, document),
        Entity.REFUND_RECEIPT,
        encode(body),
        amount,
        order.currency,
        tax=made.tax,
        order_ids=(order.id,),
    )


def _owed_again(tracked: TrackedOrder, write: Write, nth: int, loss: Loss, company: Company, store: Store) -> Intent:
    """The expense by which the customer of an invoice owes a payment again, out of the account that took the money.

    `nth` of those that are due together.
    """
    order, sent = tracked.snapshot.order, json.loads(write.payload, parse_float=Decimal)
    place = _place(tracked, write) + nth - 1
    account = sent.get("DepositToAccountRef") or {"value": company.undeposited_funds or company.refund_account}
    how = Outflow(_number(tracked, place, store), account, sent.get("PaymentMethodRef"))
    words = f"reversal {place}\n{loss.words}", f"Money of Infusionsoft order {order.id} that is gone again"
    document = owed_again(tracked, loss.amount, loss.day, how, words, company, store)
    return Intent(
        Kind.REVERSAL,
        _subject(tracked, write),
        document.entity,
        encode(document.body),
        document.total,
        order.currency,
        tax=document.tax,
        order_ids=(order.id,),
    )


def _place(tracked: TrackedOrder, of: Write) -> int:
    """Which of the order's reversals the next one of a write is, whatever became of those before."""
    own = _subject(tracked, of)
    return 1 + len({one.subject for one in tracked.writes if one.kind is Kind.REVERSAL and one.subject != own})


def _number(tracked: TrackedOrder, place: int, store: Store) -> str | None:
    """The number of a reversal; None where QuickBooks gives it."""
    if store.revenue.number_from == "QuickBooks":
        return None
    return fitting_number(f"{document_number(tracked.snapshot.order, store)}-V{place}")


def _subject(tracked: TrackedOrder, of: Write) -> str:
    """Which of the reversals of a document or payment it is: its row, and how many are recorded before it, the order's own."""
    own = [subject for subject in tracked.recorded(Kind.REVERSAL) if subject.startswith(f"{of.id}/")]
    return f"{of.id}/{tracked.order_id}/{len(own) + 1}"
