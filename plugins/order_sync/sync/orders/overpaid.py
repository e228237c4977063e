"""More money than an order comes to: by setting the order is held, or what is too much stays unapplied on the customer."""

from __future__ import annotations

from order_sync.settings import Store
from order_sync.sync.orders.payments import disagreement, refunds
from order_sync.sync.orders.snapshot import Snapshot


def stays_unapplied(snapshot: Snapshot, store: Store) -> bool:
    """Whether what is too much is recorded as money of the customer that pays nothing yet.

    Not where the payments are not sure, and not where money went back: whether it was that money, nobody says.
    """
    is_sure = disagreement(snapshot) is None and not refunds(snapshot) and not snapshot.order.refund_total
    return store.orders.overpaid == "unapplied" and is_sure
