"""Whether an order is ready to be recorded ("Orders" in docs/settings.md); days are days in the company's time zone."""

from __future__ import annotations

from dataclasses import dataclass

from order_sync.settings import Store
from order_sync.sync.orders.payments import disagreement, received
from order_sync.sync.orders.snapshot import Snapshot
from order_sync.sync.orders.treatment import treatment

READ_AGAIN = "Correct the order or its payments in Infusionsoft; the next run reads it again."


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of an order when it is read: `extracted` goes on to the next step; the others end here, with a reason."""

    status: str
    code: str | None = None
    message: str | None = None
    advice: str | None = None


READY = Verdict("extracted")


def judge(snapshot: Snapshot, store: Store) -> Verdict:
    """The first of these that applies: it is not ours to record, nothing is to be recorded, its money is not there yet or not right."""
    for verdict in (_not_ours(snapshot, store), _nothing_to_record(snapshot, store), _money(snapshot, store)):
        if verdict:
            return verdict
    return READY


def _not_ours(snapshot: Snapshot, store: Store) -> Verdict | None:
    order = snapshot.order
    if order.source_type in ("QUICKBOOKS", "QBO_SYNC"):
        return Verdict(
            "skipped", "FROM_QUICKBOOKS", "The order came from QuickBooks; recording it again would be a loop."
        )
    day = order.ordered_at.astimezone(store.zone).date()
    if day < store.start_date:
        return Verdict(
            "skipped",
            "BEFORE_START",
            f"The order is of {day}, before the store's start date {store.start_date}.",
            "To record it, set an earlier start_date in the store's settings.",
        )
    return None


def _nothing_to_record(snapshot: Snapshot, store: Store) -> Verdict | None:
    order, settings = snapshot.order, store.orders
    if order.total == 0 and settings.skip_zero_totals:
        return Verdict("skipped", "ZERO_TOTAL", "The order's total is zero: there is nothing to record.")
    if settings.minimum_total and order.total < settings.minimum_total:
        return Verdict(
            "skipped",
            "BELOW_MINIMUM",
            f"The order comes to {order.total} {order.currency}, less than the minimum of {settings.minimum_total}.",
            "To record it, set a smaller orders.minimum_total in the store's settings.",
        )
    if order.status not in settings.statuses:
        return Verdict(
            "waiting",
            "STATUS",
            f"The order is {order.status} in Infusionsoft; it waits to be {' or '.join(settings.statuses)}.",
        )
    if not order.items and settings.without_items == "hold":
        return Verdict(
            "held",
            "NO_ITEMS",
            "The order has no items.",
            "Add them in Infusionsoft, or set orders.without_items to standard item; the next run reads it again.",
        )
    return None


def _money(snapshot: Snapshot, store: Store) -> Verdict | None:
    order, came, manner = snapshot.order, received(snapshot), treatment(snapshot, store).manner
    wants_all = manner.paid_as_whole or store.orders.only_paid
    minds_money = manner.paid_as_whole or manner.with_payments
    if came < order.total and order.status == "PAID" and minds_money:
        return Verdict(
            "held",
            "PAID_DISAGREES",
            f"Infusionsoft calls the order paid, but only {came} of {order.total} {order.currency} came in.",
            READ_AGAIN,
        )
    if came < order.total and wants_all:
        return Verdict(
            "waiting", "UNPAID", f"{came} of {order.total} {order.currency} are paid; it waits for the rest."
        )
    if came > order.total and minds_money:
        return Verdict(
            "held", "OVERPAID", f"{came} {order.currency} were paid for an order of {order.total}.", READ_AGAIN
        )
    if manner.with_payments and (words := disagreement(snapshot)):
        return Verdict("held", "PAYMENTS_DISAGREE", words, READ_AGAIN)
    return None
