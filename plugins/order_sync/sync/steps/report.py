"""Step 7: what the run did, in counts and in money, and whether it counts as failed."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Engine

from order_sync.database.orders import orders_of_run
from order_sync.database.runs import Run, finish_run
from order_sync.database.writes import made_by_run
from order_sync.settings import Store
from order_sync.sync.orders.status import Status
from order_sync.sync.orders.write import Write

log = logging.getLogger(__name__)


ADDS = {"document": "documents", "payment": "payments", "refund": "refunds"}
"""What a run adds to the books, by the kind of its writes."""

Sums = dict[str, dict[str, tuple[Decimal, Decimal]]]
"""By currency, then documents, payments or refunds: what the store says they come to, and what QuickBooks recorded."""


@dataclass(frozen=True, slots=True)
class Report:
    """A run in numbers: the orders that it saw by status, and what it made in QuickBooks, in counts and in money."""

    orders: Counter[str]
    made: Counter[str]
    money: Sums
    failed: bool

    @property
    def counts(self) -> dict[str, int]:
        """Orders by status, and of each kind of record how many were made."""
        return {**self.orders, **{f"{kind}s made": self.made[kind] for kind in sorted({*ADDS, "customer", *self.made})}}


def report(engine: Engine, store: Store, run: Run) -> Report:
    """Counts the run, records its result, and logs it; `failed` where orders failed and the settings say that this fails the run.

    Only what this run made is counted in money, with the totals that QuickBooks recorded: the runs of a month add up to the month.
    """
    rows = orders_of_run(engine, store.name, run.run_key)
    orders = Counter[str](row.status for row in rows)
    made = made_by_run(engine, run.run_key)
    result = Report(
        orders=orders,
        made=Counter(write.kind for write in made),
        money=_sums(made),
        failed=bool(orders[Status.FAILED] + orders[Status.UNSETTLED]) and store.report.fail_when_orders_failed,
    )
    finish_run(
        engine,
        run.run_key,
        state="failed" if result.failed else "success",
        counts=result.counts,
        totals={
            currency: {what: {"in": str(came), "out": str(went)} for what, (came, went) in sums.items()}
            for currency, sums in result.money.items()
        },
    )
    for row in rows:
        if row.status in (Status.FAILED, Status.UNSETTLED):
            log.error(
                "order %s %s (%s): %s %s", row.order_id, row.status, row.code or "-", row.message, row.advice or ""
            )
    return result


def _sums(made: Iterable[Write]) -> Sums:
    found: Sums = {}
    for write in made:
        if what := ADDS.get(write.kind):
            of_currency = found.setdefault(write.currency or "", {})
            came, went = of_currency.get(what, (Decimal(0), Decimal(0)))
            of_currency[what] = (came + (write.total or 0), went + (write.recorded or 0))
    return found
