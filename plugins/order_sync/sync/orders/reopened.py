"""Money that was given back while more was awaited for an invoice: the sale stands, and the customer owes that money again.

What is given back of an invoice that is settled takes back the sale; that nobody owes again. Which of the two a refund is, its day
decides: so it is the same however many runs there were between a payment and its refund.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from order_sync.infusionsoft.records import Payment
from order_sync.settings import Store
from order_sync.sync.orders.kinds import Entity, Kind
from order_sync.sync.orders.payments import charges, day_of, refunds
from order_sync.sync.orders.snapshot import Snapshot
from order_sync.sync.orders.tracked import TrackedOrder, recorded_treatment
from order_sync.sync.orders.treatment import treatment
from order_sync.sync.orders.write import payment_id_of

_ZERO = Decimal(0)


def reopened(tracked: TrackedOrder, store: Store) -> tuple[Payment, ...]:
    """The refunds of a recorded order whose money is owed again; what is recorded already is what it was recorded as."""
    if tracked.original is None or not recorded_treatment(tracked, store).manner.owes_again:
        return ()
    recorded = {
        payment_id_of(subject): write.entity is Entity.EXPENSE
        for subject, write in tracked.recorded(Kind.REFUND).items()
    }
    return _owed_again(tracked.snapshot, store, tracked.total, recorded)


def to_be_reopened(snapshot: Snapshot, store: Store) -> tuple[Payment, ...]:
    """The refunds of an order that is not recorded yet, whose money will be owed again once it is."""
    if not treatment(snapshot, store).manner.owes_again:
        return ()
    return _owed_again(snapshot, store, snapshot.order.total, {})


def expenses(tracked: TrackedOrder) -> Decimal:
    """What is recorded as given back and owed again."""
    recorded = tracked.recorded(Kind.REFUND).values()
    return sum((write.total or _ZERO for write in recorded if write.entity is Entity.EXPENSE), _ZERO)


def _owed_again(snapshot: Snapshot, store: Store, total: Decimal, recorded: Mapping[str, bool]) -> tuple[Payment, ...]:
    settled = in_hand = _ZERO
    found, waiting = list[Payment](), list[Payment]()

    def goes_back(one: Payment) -> None:
        nonlocal settled, in_hand
        in_hand -= one.amount
        if recorded.get(one.id, settled < total):
            settled -= one.amount
            found.append(one)

    for one, is_refund in _in_order(snapshot, store):
        if is_refund:
            waiting.append(one)
        else:
            settled += one.amount
            in_hand += one.amount
        # What has not come in cannot go back: such a refund was only entered with an earlier day.
        while waiting and waiting[0].amount <= in_hand:
            goes_back(waiting.pop(0))
    for one in waiting:
        goes_back(one)
    return tuple(found)


def _in_order(snapshot: Snapshot, store: Store) -> Iterable[tuple[Payment, bool]]:
    """Payments and refunds by day; of one day the payments first, because a refund by hand bears midnight."""
    moved = [*((one, False) for one in charges(snapshot)), *((one, True) for one in refunds(snapshot))]
    return sorted(moved, key=lambda each: (day_of(each[0], store.zone) or date.min, each[1]))
