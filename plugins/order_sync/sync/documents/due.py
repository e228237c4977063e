"""What is due of orders: the documents that they become."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from order_sync.errors import RecordRefused
from order_sync.settings import Store
from order_sync.sync.company.company import Company
from order_sync.sync.documents.daily import Day, Share, daily_intents, share_of
from order_sync.sync.documents.fields import Customer, customer_of, document_number, fitting_number
from order_sync.sync.documents.sale import intent, sale
from order_sync.sync.documents.voided import refuse_again, was_voided
from order_sync.sync.orders.tracked import TrackedOrder
from order_sync.sync.orders.treatment import treatment
from order_sync.sync.orders.write import Intent, Write


def document_intents(
    tracked_orders: Sequence[TrackedOrder],
    company: Company,
    store: Store,
    today: date,
    *,
    currencies: Mapping[str, str | None],
    known: Callable[[date], Sequence[Write]],
    refused: Callable[[TrackedOrder, RecordRefused], None],
    warned: Callable[[TrackedOrder, Sequence[tuple[str, str]]], None],
) -> list[Intent]:
    """The documents that these orders become; `refused` gets each order that can have none, `warned` what a person should know.

    `currencies` are those of the customers, `known` the documents that the ledger has of a day.
    """
    intents: list[Intent] = []
    days: dict[Day, list[Share]] = {}
    for tracked in tracked_orders:
        try:
            customer = customer_of(tracked.row, store, currencies)
            if store.revenue.consolidate:
                day, share = share_of(tracked, customer, company, store, today)
                days.setdefault(day, []).append(share)
                warned(tracked, share.made.warnings)
                continue
            wanted, warnings = own_intent(tracked, customer, company, store, today)
        except RecordRefused as error:
            refused(tracked, error)
            continue
        warned(tracked, warnings)
        intents.append(wanted)
    of_days, held = daily_intents(days, company, store, {day.date: known(day.date) for day in days})
    for share, reason in held:
        refused(share.tracked, reason)
    return [*intents, *of_days]


def own_intent(
    tracked: TrackedOrder, customer: Customer, company: Company, store: Store, today: date
) -> tuple[Intent, tuple[tuple[str, str], ...]]:
    """The document of an order that has one of its own, and what a person should know.

    RecordRefused where it cannot be recorded as it is, or was recorded otherwise than sent, and voided, with nothing changed since.
    """
    written = [write for write in tracked.writes if write.kind == "document"]
    number = None
    if store.revenue.number_from == "store" and (times := sum(map(was_voided, written))):
        number = fitting_number(f"{document_number(tracked.snapshot.order, store)}-{times + 1}")
    how = treatment(tracked.snapshot, store)
    document = sale(tracked.snapshot, customer, company, store, how, today=today, number=number)
    if refused := refuse_again(written, document.body, store):
        raise refused
    return intent(document, tracked.snapshot.order, tracked.row.content_hash), document.warnings
