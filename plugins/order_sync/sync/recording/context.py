"""What a step works with, from where its run reads, and the orders of it."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time

from sqlalchemy import Engine

from order_sync.database.cache import cached_customers
from order_sync.database.leases import Lease
from order_sync.database.orders import orders_of_run
from order_sync.database.runs import Run, first_tried, read_intervals
from order_sync.database.writes import writes_from, writes_of_orders
from order_sync.quickbooks.client import QuickBooks
from order_sync.settings import Store
from order_sync.sync.documents.daily import days_of
from order_sync.sync.orders.codes import Code
from order_sync.sync.orders.kinds import Kind
from order_sync.sync.orders.meaning import snapshot_of
from order_sync.sync.orders.rereading import Reading, begin_reading
from order_sync.sync.orders.row import OrderRow
from order_sync.sync.orders.status import IN_TROUBLE, MAY_HAVE_DOCUMENT, Status
from order_sync.sync.orders.tracked import Customer, TrackedOrder
from order_sync.sync.orders.write import Write
from order_sync.sync.outbox.channel import Channel, Comparable, Timing

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Context:
    """What every step works with: the database, the company's realm id, the store's settings, the run."""

    engine: Engine
    realm_id: str
    store: Store
    run: Run

    @property
    def today(self) -> date:
        """The day in the company's time zone."""
        return datetime.now(UTC).astimezone(self.store.zone).date()


@dataclass(frozen=True, slots=True)
class Recording(Context):
    """What a step that writes to the company works with: the client under the company's lease, the protocol's seconds.

    It notes what became of the orders: `ended` has their status, `made` counts what was added to recorded ones, `warned` are those
    that are posted with warnings, `owners` the customers whom their documents name now, as far as they were read, `left_out` those that
    are otherwise than in the plan that the run records.
    """

    quickbooks: QuickBooks
    lease: Lease
    timing: Timing = field(default_factory=Timing)
    ended: dict[str, Status] = field(default_factory=dict)
    made: Counter[str] = field(default_factory=Counter)
    warned: set[str] = field(default_factory=set)
    owners: dict[str, str] = field(default_factory=dict)
    left_out: set[str] = field(default_factory=set)

    def channel(self, kind: Comparable) -> Channel:
        """The way of writes of one kind to the company."""
        return Channel(self.engine, self.quickbooks, self.lease, self.run.run_key, kind, self.timing)

    def is_troubled(self, order_id: str) -> bool:
        """Whether nothing more may happen to an order in this run."""
        return self.ended.get(order_id) in IN_TROUBLE or order_id in self.left_out


def reading_of_run(context: Context) -> Reading:
    """From where the run reads: where reading ended, as far as that may be; and says so where it is not its own interval."""
    engine, store, run = context.engine, context.store, context.run
    if run.is_backfill:
        return Reading(run.interval_start)
    first_day = datetime.combine(store.start_date, time(), store.zone)
    regular = read_intervals(engine, store.name, backfills=False)
    read = begin_reading(
        run.interval_start,
        first_day,
        regular,
        read_intervals(engine, store.name),
        first_tried=first_tried(engine, store.name) or run.interval_start,
    )
    if run.read and run.read.begins < read.begins:
        read = run.read  # repeated, it reads what it read
    if read.begins < run.interval_start:
        log.warning(
            "The orders from %s to %s were read by no run: this one reads them too.",
            *(moment.astimezone(store.zone).isoformat(" ", "minutes") for moment in (read.begins, run.interval_start)),
        )
    return read


def rows_of_run(context: Context, *statuses: Status) -> list[OrderRow]:
    """The run's orders in these statuses, in all where none is named; by age. What it leaves out is none of them."""
    return orders_of_run(context.engine, context.store.name, context.run.run_key, statuses, left_out=False)


def read_tracked(context: Context, *statuses: Status) -> list[TrackedOrder]:
    """The run's orders in these statuses that nobody took out by hand, by age."""
    rows = [row for row in rows_of_run(context, *statuses) if row.code != Code.BY_PERSON]
    ids, store = [row.order_id for row in rows], context.store.name
    written = writes_of_orders(context.engine, realm_id=context.realm_id, store=store, order_ids=ids)
    return [
        TrackedOrder(row, snapshot_of(row, context.store), tuple(written.get(row.order_id, ())))
        for row in rows
        if row.snapshot
    ]


def read_recorded(context: Context) -> list[TrackedOrder]:
    """The run's orders that have their document, as it was sent."""
    return [tracked for tracked in read_tracked(context, *MAY_HAVE_DOCUMENT) if tracked.original]


def with_customers(context: Context, orders: Sequence[TrackedOrder]) -> list[TrackedOrder]:
    """The orders with their customers as documents need them, where they have one."""
    ids = dict.fromkeys(id for one in orders if (id := one.owner or one.row.customer_id))
    bodies = cached_customers(context.engine, context.realm_id, list(ids))
    own_addresses = context.store.customers.standard_addresses == "order"

    def customer(tracked: TrackedOrder) -> Customer | None:
        if not (customer_id := tracked.owner or tracked.row.customer_id):
            return None
        body = bodies.get(customer_id, {})
        currency = (body.get("CurrencyRef") or {}).get("value")
        is_exempt = body.get("Taxable") is False
        stands_in = tracked.outcome in ("standard", "default")
        return Customer(customer_id, currency, tracked.outcome != "standard" or own_addresses, is_exempt, stands_in)

    return [replace(one, customer=customer(one)) for one in orders]


def days_written(context: Context, orders: Sequence[TrackedOrder]) -> dict[date, list[Write]]:
    """What the ledger has of the days of these orders, where the store records one document a day."""
    of_store = {"realm_id": context.realm_id, "store": context.store.name}
    return {
        day: writes_from(context.engine, **of_store, kind=Kind.DOCUMENT, prefix=f"{day} ")
        for day in days_of(orders, context.store, context.today)
    }
