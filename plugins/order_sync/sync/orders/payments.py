"""What was really paid for an order, what went back, and what it was forgiven: the service's payments with the ambiguities taken out.

Where its pages leave something open, each reading is tried and the order's own sums decide: whether `total_paid` is what came in
before refunds or after them, with what was written off or without, whether an order's share of a payment is in cents, and which sign a
refund has. What fits no reading is a disagreement, and nothing is made of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal

from order_sync.errors import RecordRefused
from order_sync.infusionsoft.records import Order, Payment
from order_sync.money import exponent, is_whole, with_currency
from order_sync.settings import Store
from order_sync.settings.payments import folded
from order_sync.sync.orders.codes import Code, refusal
from order_sync.sync.orders.snapshot import Snapshot

_OLDEST = datetime.min.replace(tzinfo=UTC)
NO_MONEY = frozenset(
    [
        "PENDING",
        "FAILED",
        "ERROR",
        "VOIDED",
        "VOID",
        "DECLINED",
        "REJECTED",
        "CANCELLED",
        "CANCELED",
        "EXPIRED",
        "RETURNED",
        "BOUNCED",
        "REVERSED",
        "DISPUTED",
        "CHARGEBACK",
        "CHARGED_BACK",
    ]
)
"""Statuses of payments that are listed and are no money: not yet, never, or no more. Not all of them are documented."""


def charges(snapshot: Snapshot) -> tuple[Payment, ...]:
    """The payments that brought money, amounts above zero, oldest first."""
    gone = _refund_ids(snapshot.payments)
    return _by_age(one for one in _moved(snapshot.payments) if not _is_refund(one, gone))


def completing(snapshot: Snapshot) -> Payment | None:
    """The payment that completed the order, else the last one; what comes after it is too much."""
    came = completing_charges(snapshot)
    return came[-1] if came else None


def completing_charges(snapshot: Snapshot) -> tuple[Payment, ...]:
    """The payments up to the one that completed the order, oldest first."""
    came = charges(snapshot)
    for place in range(1, len(came) + 1):
        if total_of(came[:place]) >= snapshot.order.total:
            return came[:place]
    return came


def shown_by_receipt(snapshot: Snapshot, total: Decimal) -> dict[str, Decimal]:
    """The payments whose money a sales receipt of that total shows, the amount of each by its id: the oldest, up to the total."""
    found, left = dict[str, Decimal](), total
    for one in charges(snapshot):
        if shows := min(one.amount, max(left, Decimal(0))):
            found[one.id] = shows
            left -= shows
    return found


def refunds(snapshot: Snapshot) -> tuple[Payment, ...]:
    """The payments that took money back, amounts above zero, oldest first."""
    gone = _refund_ids(snapshot.payments)
    return _by_age(replace(one, amount=abs(one.amount)) for one in _moved(snapshot.payments) if _is_refund(one, gone))


def forgiving(snapshot: Snapshot) -> tuple[Payment, ...]:
    """The write-offs and credits of an order as they were entered, amounts above zero, oldest first."""
    return _by_age(replace(one, amount=abs(one.amount)) for one in _forgiving(snapshot.payments))


def forgiven(snapshot: Snapshot, total: Decimal | None = None) -> tuple[Payment, ...]:
    """What the customer need not pay: write-offs and credits, no more than was open of the order (or of `total`) beside the money.

    What goes beyond it forgives nothing of the sale: as a rule it is the credit by which Infusionsoft settles a refund.
    """
    left = (snapshot.order.total if total is None else total) - total_of(charges(snapshot))
    found = []
    for one in forgiving(snapshot):
        if counts := min(one.amount, max(left, Decimal(0))):
            left -= counts
            found.append(replace(one, amount=counts))
    return tuple(found)


def forgiven_beyond(snapshot: Snapshot) -> Decimal:
    """What money and write-offs together, less what went back, are more than the order."""
    moved = total_of(charges(snapshot)) - total_of(refunds(snapshot))
    return (
        max(moved + total_of(forgiving(snapshot)) - snapshot.order.total, Decimal(0))
        if forgiving(snapshot)
        else Decimal(0)
    )


def unknown_kinds(snapshot: Snapshot) -> tuple[str, ...]:
    """The types of the order's payments of which nobody said what they are, as Infusionsoft has them."""
    return tuple(dict.fromkeys(one.method or "" for one in _counting(snapshot.payments) if one.kind == "hold"))


def kind_refusal(snapshot: Snapshot, store: Store) -> RecordRefused | None:
    """Why nothing is recorded of an order's money: the types of payments of which nobody said what they are."""
    if not (unknown := unknown_kinds(snapshot)):
        return None
    types = ", ".join(f"'{one}'" for one in unknown)
    words = f"The order has a payment of type {types}, and the settings do not say whether that is money."
    advice = (
        f"Name the type under payments.kinds in the settings of store {store.name}, as money, write-off, credit or refund; the next run "
        "reads the order again."
    )
    return refusal(Code.PAYMENT_KIND, words, advice)


def covered(snapshot: Snapshot) -> Decimal:
    """What of the order is settled: by the money that came in, or because it was forgiven."""
    return received(snapshot) + total_of(forgiven(snapshot))


def received(snapshot: Snapshot) -> Decimal:
    """What came in for the order, before refunds: its payments where they agree with it, else what it says itself."""
    came, order, off = total_of(charges(snapshot)), snapshot.order, _forgiving_total(snapshot.payments)
    if (came or off) and _agrees(came, order, off):
        return came
    before_refunds = order.total_paid + order.refund_total
    is_net = order.status == "PAID" and not came and before_refunds == order.total
    return before_refunds if is_net else order.total_paid


def in_hand(snapshot: Snapshot) -> Decimal:
    """What came in for the order and was not given back."""
    return max(received(snapshot) - total_of(refunds(snapshot)), Decimal(0))


def disagreement(snapshot: Snapshot) -> str | None:
    """In what the payments differ from what the order says was paid; None where they agree."""
    order, came, off = snapshot.order, charges(snapshot), _forgiving(snapshot.payments)
    broken = [one.id for one in (*came, *off) if not is_whole(one.amount, order.currency)]
    if broken:
        return f"Payment {', '.join(broken)} holds a fraction of the smallest unit of {order.currency}."
    if len({one.amount > 0 for one in off}) > 1:
        both = ", ".join(f"{one.id} over {with_currency(one.amount, order.currency)}" for one in off)
        return f"Of the order's write-offs and credits, some are above zero and some below: {both}."
    if _agrees(total_of(came), order, _forgiving_total(off)):
        return None
    said, listed, forgave = (
        with_currency(one, order.currency) for one in (order.total_paid, total_of(came), _forgiving_total(off))
    )
    beside = f", and {forgave} written off or credited" if off else ""
    return f"The order says that {said} were paid; its payments come to {listed} ({len(came)} of them){beside}."


def refund_disagreement(snapshot: Snapshot) -> str | None:
    """In what the refunds differ from what the order says was given back; None where they agree."""
    order, went = snapshot.order, refunds(snapshot)
    if broken := [one.id for one in went if not is_whole(one.amount, order.currency)]:
        return f"Refund {', '.join(broken)} holds a fraction of the smallest unit of {order.currency}."
    if total_of(went) == order.refund_total:
        return None
    said, listed = (with_currency(one, order.currency) for one in (order.refund_total, total_of(went)))
    return f"The order says that {said} were given back; its refunds come to {listed} ({len(went)} of them)."


def refunded_charge(snapshot: Snapshot, refund: Payment) -> Payment | None:
    """The payment that a refund gives back; the likeliest one where nothing links them."""
    return next(iter(refunded_charges(snapshot, refund)), None)


def refunded_charges(snapshot: Snapshot, refund: Payment) -> tuple[Payment, ...]:
    """The payments of which a refund may give back something, the likeliest first.

    Those that it is linked to; where nothing links it, those of which enough is left after the other refunds: of its own method, or of
    exactly its amount, if there are such. It gives back several where it is more than the first.
    """
    came = charges(snapshot)
    left = {one.id: one.amount for one in came}
    for one in sorted(refunds(snapshot), key=lambda each: not _linked(came, each)):
        found = _linked(came, one) or _likely([each for each in came if left[each.id] > 0], one, left)
        if total_of(found) < one.amount:
            found = [*found, *(each for each in came if each not in found)]
        if one.id == refund.id:
            return tuple(found)
        amount = one.amount
        for each in found:
            taken = min(amount, left[each.id])
            left[each.id] -= taken
            amount -= taken
    return came


def _linked(came: Sequence[Payment], refund: Payment) -> list[Payment]:
    return [one for one in came if one.refunded_by == refund.id or one.id == refund.refund_of]


def _likely(came: Sequence[Payment], refund: Payment, left: Mapping[str, Decimal]) -> list[Payment]:
    """The payments that an unlinked refund may give back; all of them where of none enough is left."""
    found = [one for one in came if left[one.id] >= refund.amount]
    for some in (
        [one for one in found if folded(one.method or "") == folded(refund.method or "")],
        [one for one in found if left[one.id] == refund.amount],
    ):
        found = [one for one in some if one in found] or found
    return found or list(came)


def needs_shares(order: Order, payments: Sequence[Payment]) -> bool:
    """Whether the order's own list of payments must be asked: a payment is shared with other orders, or the sums do not agree."""
    gone, moved = _refund_ids(payments), _moved(payments)
    came = total_of(one for one in moved if not _is_refund(one, gone))
    went = total_of(replace(one, amount=abs(one.amount)) for one in moved if _is_refund(one, gone))
    agree = _agrees(came, order, _forgiving_total(payments)) and went == order.refund_total
    return any(one.shared for one in payments) or bool(payments and not agree)


def with_shares(order: Order, payments: Sequence[Payment], shares: Sequence[Payment]) -> list[Payment]:
    """The order's payments, each with its share as the order's own list has it, nothing of one that is void there.

    Whether that list is in cents, the sums decide.
    """
    known = {one.id: one for one in payments}
    rows = [replace(one, kind=known[one.payment_id].kind) for one in shares if one.payment_id in known]
    if {one.payment_id for one in rows} != set(known):
        return list(payments)
    gone = _refund_ids(payments)
    back = {one.id for one in payments if _is_refund(one, gone)}
    came = total_of(one for one in _moved(rows) if one.payment_id not in back and not _is_refund(one, set()))
    off, places = _forgiving_total(rows), -exponent(order.currency)
    is_major = _agrees(came, order, off)
    if not is_major and (came or off) and _agrees(came.scaleb(places), order, off.scaleb(places)):
        rows = [replace(one, amount=one.amount.scaleb(places)) for one in rows]
    of_row = {one.id: one.payment_id for one in rows}
    found = []
    for one in payments:
        own = [row for row in rows if row.payment_id == one.id]
        refund_of = next((of_row[row.refund_of] for row in own if row.refund_of in of_row), one.refund_of)
        found.append(replace(one, amount=total_of(_counting(own)), refund_of=refund_of))
    return found


def with_days(payments: Iterable[Payment], account_zone: tzinfo) -> list[Payment]:
    """The payments, those by hand with the calendar day that was entered: the service stamps them midnight of the account's zone."""

    def day(one: Payment) -> date | None:
        if one.paid_at is None:
            return None
        local = one.paid_at.astimezone(account_zone)
        # Where the clocks go forward at midnight, the day begins later.
        begins = datetime.combine(local, time(), account_zone).astimezone(UTC)
        return local.date() if local.time() == time() or one.paid_at == begins else None

    return [replace(one, day=day(one)) for one in payments]


def day_of(payment: Payment, zone: tzinfo) -> date | None:
    """The day of a payment: the one that was entered by hand, else that of its moment in the company's zone; None without either."""
    return payment.day or (payment.paid_at.astimezone(zone).date() if payment.paid_at else None)


def total_of(payments: Iterable[Payment]) -> Decimal:
    """What payments come to."""
    return sum((one.amount for one in payments), Decimal(0))


def _agrees(came: Decimal, order: Order, off: Decimal) -> bool:
    """Whether so much money, and so much that was written off or credited, make what an order says was paid."""
    said = (order.total_paid, order.total_paid + order.refund_total)
    return came in said or came + off in said


def _counting(payments: Iterable[Payment]) -> list[Payment]:
    return [one for one in payments if one.amount and one.status not in NO_MONEY]


def _moved(payments: Iterable[Payment]) -> list[Payment]:
    """Those that moved money."""
    return [one for one in _counting(payments) if one.kind in ("money", "refund")]


def _forgiving(payments: Iterable[Payment]) -> list[Payment]:
    """Those by which the customer need not pay; which sign they have is not documented."""
    return [one for one in _counting(payments) if one.kind in ("write-off", "credit")]


def _forgiving_total(payments: Iterable[Payment]) -> Decimal:
    return abs(total_of(_forgiving(payments)))


def _refund_ids(payments: Iterable[Payment]) -> set[str]:
    return {one.refunded_by for one in payments if one.refunded_by}


def _is_refund(payment: Payment, refund_ids: set[str]) -> bool:
    return payment.amount < 0 or payment.id in refund_ids or bool(payment.refund_of) or payment.kind == "refund"


def _by_age(payments: Iterable[Payment]) -> tuple[Payment, ...]:
    # One without a time counts as the oldest; ids rise with time, and are of one length only by chance.
    return tuple(sorted(payments, key=lambda one: (one.paid_at or _OLDEST, len(one.id), one.id)))
