"""What a step that records works with: the database, the client, the lease, the store and the run; and the orders of that run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from sqlalchemy import Engine

from order_sync.database.cache import cached_customers
from order_sync.database.leases import Lease
from order_sync.database.orders import orders_of_run
from order_sync.database.runs import Run
from order_sync.database.writes import writes_from, writes_of_orders
from order_sync.quickbooks.client import QuickBooks
from order_sync.settings import Store
from order_sync.sync.documents.daily import days_of
from order_sync.sync.orders.codes import Code
from order_sync.sync.orders.kinds import Kind
from order_sync.sync.orders.snapshot import snapshot_of
from order_sync.sync.orders.status import IN_TROUBLE, MAY_HAVE_DOCUMENT, Status
from order_sync.sync.orders.tracked import Customer, TrackedOrder
from order_sync.sync.orders.write import Write
from order_sync.sync.outbox.channel import Channel, Comparable, Timing


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

    def channel(self, kind: Comparable) -> Channel:
        """The way of writes of one kind to the company."""
        return Channel(self.engine, self.quickbooks, self.lease, self.run.run_key, kind, self.timing)

    @property
    def today(self) -> date:
        """The day in the company's time zone."""
        return datetime.now(UTC).astimezone(self.store.zone).date()

    def is_troubled(self, order_id: str) -> bool:
        """Whether nothing more may happen to an order in this run."""
        return self.ended.get(order_id) in IN_TROUBLE


def with_customers(engine: Engine, realm_id: str, store: Store, orders: Sequence[TrackedOrder]) -> list[TrackedOrder]:
    """The orders with their customers as documents need them, where they have one."""
    ids = dict.fromkeys(one.row.customer_id for one in orders if one.row.customer_id)
    bodies = cached_customers(engine, realm_id, list(ids))
    own_addresses = store.customers.standard_addresses == "order"
    return [
        replace(
            one,
            customer=Customer(
                one.row.customer_id,
                (bodies.get(one.row.customer_id, {}).get("CurrencyRef") or {}).get("value"),
                one.outcome != "standard" or own_addresses,
            ),
        )
        if one.row.customer_id
        else one
        for one in orders
    ]


def days_written(
    engine: Engine, realm_id: str, store: Store, orders: Sequence[TrackedOrder], today: date
) -> dict[date, list[Write]]:
    """What the ledger has of the days of these orders, where the store records one document a day."""
    return {
        day: writes_from(engine, realm_id=realm_id, store=store.name, kind=Kind.DOCUMENT, prefix=f"{day} ")
        for day in days_of(orders, store, today)
    }
