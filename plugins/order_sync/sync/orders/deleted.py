"""An order that Infusionsoft has no more: as it was last read, with the payments that are still listed for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from order_sync.infusionsoft.records import Payment
from order_sync.sync.orders.payments import charges, disagreement, refunds, total_of
from order_sync.sync.orders.snapshot import Snapshot


def as_deleted(last: Snapshot, listed: Sequence[Payment]) -> Snapshot:
    """The order as it was last read, with today's payments; its sums follow them, because nothing else says what was paid.

    A payment that is not listed any more stays: it may have gone with the order, and that it was money once nobody takes back. Of a
    payment that other orders share, this order's part is known only where it was read before; else the sums stay as they were, and
    disagree.
    """
    known = {one.id: one for one in last.payments}
    of_order = [replace(one, amount=known[one.id].amount) if one.shared and one.id in known else one for one in listed]
    ids = {one.id for one in listed}
    kept = [one for one in last.payments if one.id not in ids]
    now = replace(
        last, payments=tuple(sorted([*kept, *of_order], key=lambda one: (len(one.id), one.id))), is_deleted=True
    )
    if any(one.shared and one.id not in known for one in listed):
        return now
    before, came, order = total_of(charges(last)), total_of(charges(now)), last.order
    paid = came if disagreement(last) is None else order.total_paid + came - before
    went = order.refund_total + total_of(refunds(now)) - total_of(refunds(last))
    return replace(now, order=replace(order, total_paid=paid, refund_total=went))
