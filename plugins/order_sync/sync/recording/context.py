"""What a step that records works with: the database, the client, the lease, the store and the run; and the orders of that run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from sqlalchemy import Engine

from order_sync.database.cache import cached_customers
from order_sync.database.leases import Lease
from order_sync.database.orders import orders_of_run
from order_sync.database.runs import Run
from order_sync.database.writes import writes_of_orders
from order_sync.quickbooks.client import QuickBooks
from order_sync.settings import Store
from order_sync.sync.orders.codes import Code
from order_sync.sync.orders.snapshot import snapshot_of
from order_sync.sync.orders.status import IN_TROUBLE, MAY_HAVE_DOCUMENT, Status
from order_sync.sync.orders.tracked import TrackedOrder
from order_sync.sync.outbox.courier import Timing


def read_tracked(
    engine: Engine, realm_id: str, store: Store, run: Run, statuses: Sequence[Status]
) -> list[TrackedOrder]:
    """The run's orders in these statuses that nobody took out by hand, by age."""
    rows = [row for row in orders_of_run(engine, store.name, run.run_key, statuses) if row.code != Code.BY_PERSON]
    written = writes_of_orders(engine, realm_id=realm_id, store=store.name, order_ids=[row.order_id for row in rows])
    return [TrackedOrder(row, snapshot_of(row), tuple(written.get(row.order_id, ()))) for row in rows if row.snapshot]


def read_recorded(engine: Engine, realm_id: str, store: Store, run: Run) -> list[TrackedOrder]:
    """The run's orders that have their document, as it was sent."""
    found = read_tracked(engine, realm_id, store, run, MAY_HAVE_DOCUMENT)
    return [tracked for tracked in found if tracked.original]


@dataclass(frozen=True, slots=True)
class Context:
    """The step's surroundings; `ended` is what became of each order, `made` counts what was added to recorded ones."""

    engine: Engine
    quickbooks: QuickBooks
    lease: Lease
    store: Store
    run: Run
    timing: Timing
    ended: dict[str, Status] = field(default_factory=dict)
    made: Counter[str] = field(default_factory=Counter)
    warned: set[str] = field(default_factory=set)

    @property
    def today(self) -> date:
        """The day in the company's time zone."""
        return datetime.now(UTC).astimezone(self.store.zone).date()

    def is_troubled(self, order_id: str) -> bool:
        """Whether nothing more may happen to an order in this run."""
        return self.ended.get(order_id) in IN_TROUBLE


def customer_currencies(engine: Engine, realm_id: str, customer_ids: Iterable[str]) -> dict[str, str | None]:
    """The currency of each of these customers, None where QuickBooks names none."""
    cached = cached_customers(engine, realm_id, list(dict.fromkeys(customer_ids)))
    return {id: (body.get("CurrencyRef") or {}).get("value") for id, body in cached.items()}
