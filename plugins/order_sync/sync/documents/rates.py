"""Which exchange rates are needed before it is asked what is due of orders (`due.py`): a currency, and the day of each document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from order_sync.settings import Store
from order_sync.sync.company.company import Company
from order_sync.sync.documents.change import is_changed, rate_there
from order_sync.sync.documents.fields import payment_day, transaction_day
from order_sync.sync.documents.reversal import reversal_days
from order_sync.sync.orders.kinds import Kind
from order_sync.sync.orders.overpaid import stays_unapplied
from order_sync.sync.orders.payments import charges, forgiving, refunds
from order_sync.sync.orders.reopened import taken_back
from order_sync.sync.orders.tracked import TrackedOrder, recorded_treatment
from order_sync.sync.orders.treatment import treatment
from order_sync.sync.orders.write import payment_subject


def rates_needed(
    orders: Sequence[TrackedOrder], company: Company, store: Store, today: date, *, of_documents: bool = False
) -> set[tuple[str, date]]:
    """The currency and the day of every document, payment and refund that these orders may come to, or only of the documents; none in
    the home currency."""
    if not company.multicurrency:
        return set()
    foreign = [one for one in orders if one.snapshot.order.currency != company.home_currency]
    days = _document_days if of_documents else _days
    return {(one.snapshot.order.currency, day) for one in foreign for day in days(one, store, today)}


def _document_days(tracked: TrackedOrder, store: Store, today: date) -> Iterator[date]:
    snapshot = tracked.snapshot
    if tracked.original is None:
        yield transaction_day(snapshot, store, treatment(snapshot, store), today)
    elif is_changed(tracked, store) and rate_there(tracked) is None:
        yield date.fromisoformat(tracked.body()["TxnDate"])


def _days(tracked: TrackedOrder, store: Store, today: date) -> Iterator[date]:
    snapshot = tracked.snapshot
    yield from _document_days(tracked, store, today)
    if tracked.original:
        yield from reversal_days(tracked, store, today)
    moved = []
    manner = recorded_treatment(tracked, store).manner
    if manner.with_payments or stays_unapplied(snapshot, store):
        moved += [(Kind.PAYMENT, one) for one in charges(snapshot)]
        moved += [(Kind.WRITE_OFF, one) for one in (*forgiving(snapshot), *taken_back(tracked, store))]
    if store.refunds.record_as != "ignore" and manner.records_money:
        moved += [(Kind.REFUND, one) for one in refunds(snapshot)]
    for kind, payment in moved:
        if payment_subject(tracked.order_id, payment.id) not in tracked.recorded(kind):
            yield payment_day(payment, snapshot, store, today)
