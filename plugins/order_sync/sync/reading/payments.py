"""The payments of orders."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from order_sync.errors import RecordRefused
from order_sync.infusionsoft.client import InfusionsoftReader
from order_sync.infusionsoft.records import Order, Payment, Unreadable
from order_sync.settings import Store
from order_sync.sync.orders.payment_kinds import with_kinds
from order_sync.sync.orders.payments import needs_shares, with_shares
from order_sync.sync.orders.refused import Refused, Window
from order_sync.sync.reading.parked import Parked


def payments_of(
    infusionsoft: InfusionsoftReader, orders: Collection[Order], parked: Parked, store: Store
) -> dict[str, list[Payment]]:
    """The payments of each order, by id, with its share of those that others share; one that cannot be read parks its orders."""
    by_order = listed_payments(infusionsoft, [order.id for order in orders], parked)
    doubtful = {id for one in parked.records if _names_no_order(one) for id in one.order_ids}
    for order in orders:
        by_order[order.id] = found = with_kinds(by_order[order.id], store)
        is_doubtful = order.id in doubtful and not found
        if order.id not in parked.orders and (is_doubtful or needs_shares(order, found)):
            by_order[order.id] = _shared(infusionsoft, order, by_order[order.id], parked)
    return {order_id: sorted(found, key=lambda payment: payment.id) for order_id, found in by_order.items()}


def listed_payments(
    infusionsoft: InfusionsoftReader, order_ids: Iterable[str], parked: Parked
) -> dict[str, list[Payment]]:
    """What the list of all payments has of each order, each payment once, however often a page gives it."""
    found: dict[str, dict[str, Payment]] = {order_id: {} for order_id in order_ids}
    for payment in infusionsoft.payments(order_ids=sorted(found)):
        if isinstance(payment, Payment):
            found[payment.order_id][payment.id] = payment
        else:
            parked.park(payment, [id for id in sorted(payment.order_ids) if id in found], again=payment.asked)
    return {order_id: list(payments.values()) for order_id, payments in found.items()}


def paid_orders(infusionsoft: InfusionsoftReader, window: Window, parked: Parked) -> set[str]:
    """The orders that payments of a window name; their payments are read again with them, by order."""
    ids: set[str] = set()
    for payment in infusionsoft.payments(since=window[0], until=window[1]):
        if isinstance(payment, Payment):
            ids.add(payment.order_id)
        elif payment.order_ids:
            ids |= payment.order_ids
        else:
            parked.park(payment, window=window)
    return ids


def _names_no_order(refused: Refused) -> bool:
    return refused.record.kind == "payment" and not refused.record.order_ids


def _shared(infusionsoft: InfusionsoftReader, order: Order, payments: list[Payment], parked: Parked) -> list[Payment]:
    """The payments as the order's own list has them; the order is parked where a payment is there alone, because it could not be read."""
    shares: dict[str, Payment] = {}
    try:
        for share in infusionsoft.order_payments(order.id):
            if isinstance(share, Unreadable):
                parked.park(share, [order.id])
            else:
                shares[share.id] = share
        if shares and not payments:
            raise RecordRefused(
                f"A payment of order {order.id} could not be read: the list of all payments names no order with it.",
                advice="Look at the order's payments in Infusionsoft; if they are as they should be, report this message.",
            )
    except RecordRefused as error:
        parked.orders[order.id] = error
    return payments if order.id in parked.orders else with_shares(order, payments, list(shares.values()))
