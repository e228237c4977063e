"""Step 7: what the run did, in counts and in money, and whether it counts as failed."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Engine

from order_sync.settings import Store
from order_sync.store.ledger import made_by_run
from order_sync.store.orders import orders_of_run
from order_sync.store.runs import Run, finish_run

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Report:
    """A run in numbers: the orders it saw by status, and of the documents that it made, by currency, their orders' total and theirs."""

    orders: Counter[str]
    documents: int
    customers: int
    money: dict[str, tuple[Decimal, Decimal]]
    failed: bool


def report(engine: Engine, store: Store, run: Run) -> Report:
    """Counts the run, records its result, and logs it; `failed` where orders failed and the settings say that this fails the run.

    Only the documents that this run made are counted in money, with the totals that QuickBooks recorded: the runs of a month add up
    to the month.
    """
    rows = orders_of_run(engine, store.name, run.run_key)
    orders = Counter(row.status for row in rows)
    made = made_by_run(engine, run.run_key)
    documents = [write for write in made if write.kind == "document"]
    money: dict[str, tuple[Decimal, Decimal]] = {}
    for write in documents:
        currency = write.currency or ""
        came, went = money.get(currency, (Decimal(0), Decimal(0)))
        money[currency] = (came + (write.total or 0), went + (write.recorded or 0))
    result = Report(
        orders=orders,
        documents=len(documents),
        customers=len(made) - len(documents),
        money=money,
        failed=bool(orders["failed"] + orders["unsettled"]) and store.report.fail_when_orders_failed,
    )
    finish_run(
        engine,
        run.run_key,
        state="failed" if result.failed else "success",
        counts={**orders, "documents made": result.documents, "customers made": result.customers},
        totals={currency: {"in": str(came), "out": str(went)} for currency, (came, went) in money.items()},
    )
    for row in rows:
        if row.status in ("failed", "unsettled"):
            log.error(
                "order %s %s (%s): %s %s", row.order_id, row.status, row.code or "-", row.message, row.advice or ""
            )
    return result
