"""Whether an order is ready to be recorded (docs/settings/orders.md); days are days in the company's time zone."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from order_sync.money import with_currency
from order_sync.settings import Store
from order_sync.sync.orders.codes import SKIP_THE_ORDER, Code
from order_sync.sync.orders.overpaid import stays_unapplied
from order_sync.sync.orders.payments import disagreement, forgiven_beyond, kind_refusal, received
from order_sync.sync.orders.reopened import settlement, to_be_reopened
from order_sync.sync.orders.snapshot import Snapshot, order_day
from order_sync.sync.orders.status import IN_TROUBLE, Status
from order_sync.sync.orders.treatment import exceeds_a_receipt, treatment
from order_sync.sync.orders.trouble import Trouble


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of an order when it is read: `extracted` goes on to the next step; the others end here, with a reason."""

    status: Status
    code: Code | None = None
    message: str | None = None
    advice: str | None = None

    def __post_init__(self) -> None:
        if self.status in IN_TROUBLE:
            Trouble(self.code or "", self.message or "", self.advice or "")  # which is none without them


READY = Verdict(Status.EXTRACTED)


def judge(snapshot: Snapshot, store: Store, *, anyway: bool = False) -> Verdict:
    """The first of these that applies: it is in the books already, the settings leave it out, it has no lines, its money is not there
    yet or not right.

    `anyway` is whether a person has it recorded although the settings leave it out (`orders.anyway`): all else holds for it too.
    """
    for verdict in (
        _in_the_books(snapshot),
        None if anyway else _left_out(snapshot, store),
        _without_lines(snapshot, store),
        _money(snapshot, store, anyway=anyway),
    ):
        if verdict:
            return verdict
    return READY


def _in_the_books(snapshot: Snapshot) -> Verdict | None:
    if snapshot.order.source_type in ("QUICKBOOKS", "QBO_SYNC"):
        words = "The order came from QuickBooks; recording it again would be a loop."
        return Verdict(Status.SKIPPED, Code.FROM_QUICKBOOKS, words)
    return None


def _left_out(snapshot: Snapshot, store: Store) -> Verdict | None:
    """Why the settings choose to leave out an order that could be recorded."""
    order, settings = snapshot.order, store.orders
    day = order_day(order, store.zone)
    if day < store.start_date:
        words = f"The order is of {day}, before the store's start date {store.start_date}."
        return Verdict(Status.SKIPPED, Code.BEFORE_START, words, Code.BEFORE_START.advice)
    if order.total == 0 and settings.skip_zero_totals:
        return Verdict(Status.SKIPPED, Code.ZERO_TOTAL, "The order's total is zero: there is nothing to record.")
    if settings.minimum_total and order.total < settings.minimum_total:
        comes_to, least = (with_currency(one, order.currency) for one in (order.total, settings.minimum_total))
        words = f"The order comes to {comes_to}, less than the minimum of {least}."
        return Verdict(Status.SKIPPED, Code.BELOW_MINIMUM, words, Code.BELOW_MINIMUM.advice)
    if order.status not in settings.statuses:
        words = f"The order is {order.status} in Infusionsoft; it waits to be {' or '.join(settings.statuses)}."
        return Verdict(Status.WAITING, Code.STATUS, words)
    return None


def _without_lines(snapshot: Snapshot, store: Store) -> Verdict | None:
    if not snapshot.order.items and store.orders.without_items == "hold":
        advice = "Add them in Infusionsoft, or set orders.without_items to standard item; the next run reads it again."
        return Verdict(Status.HELD, Code.NO_ITEMS, "The order has no items.", advice)
    return None


def _money(snapshot: Snapshot, store: Store, *, anyway: bool) -> Verdict | None:
    order, manner = snapshot.order, treatment(snapshot, store).manner
    money = settlement(snapshot, received(snapshot), to_be_reopened(snapshot, store), order.total)
    came, total = (with_currency(one, order.currency) for one in (money.came, order.total))
    covered, off = money.came + money.forgiven, _and_off(money.forgiven, order.currency)
    # An invoice may be owed; a sales receipt says that the money came, and nobody's word makes it come.
    wants_all = manner.paid_as_whole or (store.orders.only_paid and not anyway)
    minds_money = manner.records_money
    if (wants_all or minds_money) and (unknown := kind_refusal(snapshot, store)):
        return Verdict(Status.HELD, Code.PAYMENT_KIND, unknown.message, unknown.advice)
    if covered < order.total and order.status == "PAID" and minds_money:
        words = f"Infusionsoft calls the order paid, but only {came} of {total} came in{off}."
        return _held(Code.PAID_DISAGREES, words)
    if covered < order.total and wants_all:
        return Verdict(Status.WAITING, Code.UNPAID, f"{came} of {total} are paid{off}; it waits for the rest.")
    if money.kept > order.total and minds_money and not stays_unapplied(snapshot, store):
        return _overpaid(f"{came} were paid for an order of {total}.", store)
    if (manner.with_payments or (manner.paid_as_whole and off)) and (differs := disagreement(snapshot)):
        return _held(Code.PAYMENTS_DISAGREE, differs)
    return _receipt(snapshot, store, money.forgiven) if manner.paid_as_whole else None


def _receipt(snapshot: Snapshot, store: Store, off: Decimal) -> Verdict | None:
    """Why a sales receipt cannot show the money of an order that is covered."""
    order, total = snapshot.order, with_currency(snapshot.order.total, snapshot.order.currency)
    if off and off >= order.total:
        words = f"All of the order's {total} are written off or credited, and nothing came in: there is no sale."
        return Verdict(Status.SKIPPED, Code.WRITTEN_OFF, words, Code.WRITTEN_OFF.advice)
    if store.revenue.consolidate and (more := forgiven_beyond(snapshot)):
        # On a day's document nobody could tell later what of an order was written off.
        words = f"Money and write-offs come to {with_currency(more, order.currency)} more than the order of {total}."
        return _overpaid(words, store)
    if exceeds_a_receipt(snapshot, store):
        words = "The order's money, or what is taken off it, goes to more than one account, and a sales receipt has one of each."
        advice = Code.SEVERAL_ACCOUNTS.advice
        if store.revenue.consolidate:
            advice = f"Enter it in QuickBooks by hand, and {SKIP_THE_ORDER}; revenue.consolidate makes no invoices."
        return Verdict(Status.HELD, Code.SEVERAL_ACCOUNTS, words, advice)
    return None


def _and_off(off: Decimal, currency: str) -> str:
    return f", and {with_currency(off, currency)} written off or credited" if off else ""


def _overpaid(words: str, store: Store) -> Verdict:
    """Held as overpaid; that what is too much may stay unapplied is said only where that may be set, and is not."""
    may_be_set = store.orders.overpaid == "hold" and not store.revenue.consolidate
    advice = Code.OVERPAID.advice if may_be_set else Code.PAYMENTS_DISAGREE.advice
    return Verdict(Status.HELD, Code.OVERPAID, words, advice)


def _held(code: Code, words: str) -> Verdict:
    return Verdict(Status.HELD, code, words, code.advice)
