"""Step 7: what the run did, in counts and in money, and whether it counts as failed."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Engine

from order_sync.money import from_minor
from order_sync.settings import Store
from order_sync.store.ledger import count_writes, latest_writes
from order_sync.store.orders import orders_of_run
from order_sync.store.runs import Run, finish_run

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Report:
    """A run in numbers: orders by status, documents and customers made in it, money in and out by currency, differing orders."""

    orders: Counter[str]
    documents: int
    customers: int
    money_in: dict[str, Decimal]
    money_out: dict[str, Decimal]
    differing: tuple[str, ...]
    failed: bool


def report(engine: Engine, store: Store, realm_id: str, run: Run) -> Report:
    """Counts the run, records its result, and logs it; `failed` where orders failed and the settings say that this fails the run.

    Money in is what the orders that have a document came to in Infusionsoft, money out what those documents come to; an order whose
    two differ is named.
    """
    rows = orders_of_run(engine, store.name, run.run_key)
    orders = Counter(row.status for row in rows)
    documents = latest_writes(
        engine, realm_id=realm_id, store=store.name, kind="document", subjects=[row.order_id for row in rows]
    )
    money_in, money_out, differing = Counter[str](), Counter[str](), []
    for row in rows:
        write = documents.get(row.order_id)
        if write is None or write.status != "posted" or write.total is None:
            continue
        total = from_minor(row.total_minor, row.currency)
        money_in[row.currency] += total  # type: ignore[assignment]
        money_out[row.currency] += write.total  # type: ignore[assignment]
        if total != write.total:
            differing.append(row.order_id)
    made = count_writes(engine, run_key=run.run_key, since=run.started_at)
    unfinished = orders["failed"] + orders["unsettled"]
    result = Report(
        orders=orders,
        documents=made.get(("document", "posted"), 0),
        customers=made.get(("customer", "posted"), 0),
        money_in={currency: Decimal(amount) for currency, amount in money_in.items()},
        money_out={currency: Decimal(amount) for currency, amount in money_out.items()},
        differing=tuple(differing),
        failed=bool(unfinished) and store.report.fail_when_orders_failed,
    )
    finish_run(
        engine,
        run.run_key,
        state="failed" if result.failed else "success",
        counts={**orders, "documents made": result.documents, "customers made": result.customers},
        totals={
            currency: {"in": str(result.money_in[currency]), "out": str(result.money_out[currency])}
            for currency in result.money_in
        },
    )
    for row in rows:
        if row.status in ("failed", "unsettled"):
            log.error(
                "order %s %s (%s): %s %s", row.order_id, row.status, row.code or "-", row.message, row.advice or ""
            )
    return result
