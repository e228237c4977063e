"""Money that was given back while more was awaited for an invoice: the sale stands, and the customer owes that money again.

What is given back of an invoice that is settled, by money, write-offs or credits, takes back the sale; that nobody owes again. Which of
the two a refund is, its day decides: so it is the same however many runs there were between a payment and its refund. Only where
write-offs and credits settle an order but for what went back, that took back the sale, whenever it went.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from order_sync.infusionsoft.records import Payment
from order_sync.settings import Store
from order_sync.sync.orders.kinds import Entity, Kind
from order_sync.sync.orders.payments import charges, day_of, forgiven, forgiving, refunds, total_of
from order_sync.sync.orders.snapshot import Snapshot
from order_sync.sync.orders.tracked import TrackedOrder, recorded_treatment
from order_sync.sync.orders.treatment import treatment
from order_sync.sync.orders.write import payment_id_of, payment_subject

_ZERO = Decimal(0)

Of = Callable[[Snapshot], tuple[Payment, ...]]
"""What a payment is one of: `charges`, `forgiving` or `refunds`."""


class Settlement(NamedTuple):
    """What settles an order: the money that came in, what of it is owed again, and what was forgiven beside it."""

    came: Decimal
    owed_again: Decimal
    forgiven: Decimal

    @property
    def kept(self) -> Decimal:
        """The money that came in and is not owed again."""
        return self.came - self.owed_again

    @property
    def settled(self) -> Decimal:
        """What the customer need not pay any more."""
        return self.kept + self.forgiven


def settlement(snapshot: Snapshot, came: Decimal, owed_again: Iterable[Payment], total: Decimal) -> Settlement:
    """What settles an order of that total, of which these refunds are owed again."""
    again = total_of(owed_again)
    return Settlement(came, again, total_of(forgiven(snapshot, total + again)))


def settlement_of(tracked: TrackedOrder, store: Store) -> Settlement:
    """What settles a recorded order, by its payments."""
    came = total_of(charges(tracked.snapshot))
    return settlement(tracked.snapshot, came, reopened(tracked, store), tracked.total)


def reopened(tracked: TrackedOrder, store: Store) -> tuple[Payment, ...]:
    """The refunds of a recorded order whose money is owed again; what is recorded already is what it was recorded as."""
    if not _may_owe_again(tracked, store) or _takes_back_the_sale(tracked.snapshot, tracked.total):
        return ()
    recorded = {
        payment_id_of(subject): write.entity is Entity.EXPENSE
        for subject, write in tracked.recorded(Kind.REFUND).items()
    }
    return _owed_again(tracked.snapshot, store, tracked.total, recorded)


def taken_back(tracked: TrackedOrder, store: Store) -> tuple[Payment, ...]:
    """The refunds that are recorded as owed again, and took back the sale after all: what was to come was written off or credited."""
    if not _may_owe_again(tracked, store) or not _takes_back_the_sale(tracked.snapshot, tracked.total):
        return ()
    recorded = tracked.recorded(Kind.REFUND)
    return tuple(
        one
        for one in refunds(tracked.snapshot)
        if (write := recorded.get(payment_subject(tracked.order_id, one.id))) and write.entity is Entity.EXPENSE
    )


def to_be_reopened(snapshot: Snapshot, store: Store) -> tuple[Payment, ...]:
    """The refunds of an order that is not recorded yet, whose money will be owed again once it is."""
    total = snapshot.order.total
    if not treatment(snapshot, store).manner.owes_again or _takes_back_the_sale(snapshot, total):
        return ()
    return _owed_again(snapshot, store, total, {})


def expenses(tracked: TrackedOrder) -> Decimal:
    """What is recorded as given back and owed again."""
    recorded = tracked.recorded(Kind.REFUND).values()
    return sum((write.total or _ZERO for write in recorded if write.entity is Entity.EXPENSE), _ZERO)


def _may_owe_again(tracked: TrackedOrder, store: Store) -> bool:
    return tracked.original is not None and recorded_treatment(tracked, store).manner.owes_again


def _takes_back_the_sale(snapshot: Snapshot, total: Decimal) -> bool:
    """Whether write-offs and credits settle what was not paid, but not what went back: then that need not come again."""
    off, came, went = (total_of(of(snapshot)) for of in (forgiving, charges, refunds))
    return off > 0 and came - went + off < total <= came + off


def _owed_again(snapshot: Snapshot, store: Store, total: Decimal, recorded: Mapping[str, bool]) -> tuple[Payment, ...]:
    settled = in_hand = _ZERO
    found, waiting = list[Payment](), list[Payment]()

    def goes_back(one: Payment) -> None:
        nonlocal settled, in_hand
        in_hand -= one.amount
        if recorded.get(one.id, settled < total):
            settled -= one.amount
            found.append(one)

    for one, what in _in_order(snapshot, store):
        if what is refunds:
            waiting.append(one)
        else:
            settled += one.amount
            in_hand += one.amount if what is charges else _ZERO
        # What has not come in cannot go back: such a refund was only entered with an earlier day.
        while waiting and waiting[0].amount <= in_hand:
            goes_back(waiting.pop(0))
    for one in waiting:
        goes_back(one)
    return tuple(found)


def _in_order(snapshot: Snapshot, store: Store) -> Iterable[tuple[Payment, Of]]:
    """Payments, write-offs and refunds by day; of one day the refunds last, because one by hand bears midnight."""
    moved = [(one, of) for of in (charges, forgiving, refunds) for one in of(snapshot)]
    return sorted(moved, key=lambda each: (day_of(each[0], store.zone) or date.min, each[1] is refunds))
