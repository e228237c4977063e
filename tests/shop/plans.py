"""A plan of a counter's first days, and the runs that record it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from order_sync.database.customer_keys import prepare_keys
from order_sync.database.plans import left_out, orders_of_plan
from order_sync.database.runs import Run, begin_run, read_run
from order_sync.sync.steps.extract_orders import extract_orders
from order_sync.sync.steps.match_customers import match_customers
from order_sync.sync.steps.plan_orders import Services, plan_orders
from order_sync.sync.steps.refresh_customers import refresh_changes
from order_sync.sync.steps.report import report
from tests.shop import runs
from tests.shop.counter import ShopCounter, moment

DAY = (moment(0) - timedelta(hours=12), moment(0) + timedelta(hours=12))
KEY = "demo/plan"


def plan(counter: ShopCounter, days: int = 1) -> None:
    """Plans the first days."""
    services = Services(counter.quickbooks, counter.infusionsoft)
    interval = (DAY[0], DAY[0] + timedelta(days=days))
    plan_orders(counter.engine, counter.store, "plan", interval, services, is_backfill=True)


def begin(counter: ShopCounter, id: str = "recording") -> Run:
    """A run that records the plan, up to its customers."""
    orders = orders_of_plan(counter.engine, "demo", KEY)
    start, end = DAY
    key = begin_run(
        counter.engine,
        store="demo",
        run_id=id,
        interval_start=start,
        interval_end=end,
        only_orders=orders,
        plan=KEY,
    )
    run = read_run(counter.engine, key)
    refresh_changes(counter.engine, counter.quickbooks)
    prepare_keys(counter.engine, counter.quickbooks.realm_id, counter.store.customers)
    extract_orders(runs.context(counter.engine, run, counter.store), counter.infusionsoft)
    match_customers(runs.context(counter.engine, run, counter.store))
    return run


def record(counter: ShopCounter, id: str = "recording") -> Run:
    """The whole of it."""
    run = begin(counter, id)
    counter.create_customers(run)
    counter.update_addresses(run)
    counter.post(run)
    report(runs.context(counter.engine, run, counter.store))
    return run


def differing(counter: ShopCounter, run: Run) -> dict[str, list[Any]]:
    """What the run left out, and why."""
    return left_out(counter.engine, run.run_key)
