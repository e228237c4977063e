"""The exchange rates that foreign documents need: from the cache, and once a currency and day from QuickBooks."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from order_sync.database.rates import cached_rates, save_rate
from order_sync.errors import RecordRefused
from order_sync.sync.company.company import Company
from order_sync.sync.documents.rates import rates_needed
from order_sync.sync.orders.tracked import TrackedOrder
from order_sync.sync.recording.context import Context

log = logging.getLogger(__name__)

ReadRate = Callable[[str, date], Decimal]
"""QuickBooks' own rate of a currency on a day (`QuickBooks.exchange_rate`); RecordRefused where there is none."""


def with_rates(
    context: Context, company: Company, orders: Sequence[TrackedOrder], read: ReadRate, *, of_documents: bool = False
) -> Company:
    """The company with the exchange rates that what is due of these orders needs, or only their documents; without those that
    QuickBooks has not."""
    needed = rates_needed(orders, company, context.store, context.today, of_documents=of_documents)
    rates = cached_rates(context.engine, context.realm_id, needed)
    for currency, day in sorted(needed - rates.keys()):
        try:
            rate = rates[currency, day] = read(currency, day)
        except RecordRefused as error:
            log.warning("There is no exchange rate of %s on %s: %s", currency, day, error.message)
            continue
        save_rate(context.engine, context.realm_id, (currency, day), rate)
    return replace(company, rates=rates)
