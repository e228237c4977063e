"""Runs of the store `demo`, and its orders in the middle of one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, update

from order_sync.database.choices import as_chosen
from order_sync.database.history import order_history
from order_sync.database.leases import Lease
from order_sync.database.order_status import save_decisions
from order_sync.database.orders_read import save_orders
from order_sync.database.runs import Run, begin_run, read_run
from order_sync.database.tables import Order as OrderTable
from order_sync.quickbooks.client import QuickBooks
from order_sync.settings import Store
from order_sync.sync.orders.decision import Decided, Decision
from order_sync.sync.orders.snapshot import Snapshot, reading
from order_sync.sync.outbox.channel import Timing
from order_sync.sync.recording.context import Context, Recording
from tests.shop.records import NOON
from tests.shop.services import REALM_ID


def begun(
    engine: Engine,
    run_id: str = "monday",
    start: datetime = NOON - timedelta(hours=12),
    days: int = 1,
    store: str = "demo",
) -> Run:
    """A run of a store that has just begun, over whole days in Phoenix."""
    key = begin_run(engine, store=store, run_id=run_id, interval_start=start, interval_end=start + timedelta(days=days))
    return read_run(engine, key)


def context(engine: Engine, run: Run, store: Store) -> Context:
    """What a step of that run works with."""
    return Context(engine, REALM_ID, as_chosen(engine, store), run)


def recording(
    engine: Engine, run: Run, store: Store, quickbooks: QuickBooks, lease: Lease, timing: Timing | None = None
) -> Recording:
    """The same of a step that writes to QuickBooks."""
    store = as_chosen(engine, store)
    return Recording(engine, quickbooks.realm_id, store, run, quickbooks, lease, timing or Timing())


def decided(engine: Engine, run: Run, snapshot: Snapshot, outcome: str, customer_id: str | None, status: str) -> None:
    """An order as matching leaves it, then in some status."""
    row = {"order_id": snapshot.order.id, "status": "extracted", "created_at": snapshot.order.created_at}
    save_orders(engine, "demo", run.run_key, [{**row, "reading": reading(snapshot)}], [])
    decision = Decision(outcome, customer_id=customer_id or "")
    save_decisions(engine, "demo", run.run_key, [Decided(snapshot.order.id, decision, f"It is {outcome}.", None, True)])
    put(engine, snapshot.order.id, status=status)


def put(engine: Engine, order_id: str, store: str = "demo", **columns: Any) -> None:
    """An order as a test wants it, whichever way would lead there."""
    with engine.begin() as connection:
        connection.execute(
            update(OrderTable).where(OrderTable.order_id == order_id, OrderTable.store == store).values(columns)
        )


def addressed(engine: Engine, order_id: str) -> list[Any]:
    """What an order's history says about addresses."""
    return [event for event in order_history(engine, "demo", order_id) if event.event == "address"]
