"""What would be sent for an interval, order by order, under the settings in force or others; nothing is sent, and only `plans` is written.

The steps of a run do the work, as they are, over a working copy of the database: a plan is what a run would do because it is the same
code. The clients can only read, and the copy is gone afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from sqlalchemy import Engine

from order_sync.database.choices import as_chosen
from order_sync.database.customer_keys import prepare_keys
from order_sync.database.orders import orders_of_run
from order_sync.database.plans import Planned, save_plan
from order_sync.database.runs import begin_run, read_run
from order_sync.database.working_copy import forget_orders, working_copy
from order_sync.infusionsoft.client import InfusionsoftReader
from order_sync.quickbooks.client import QuickBooksReader
from order_sync.settings import Store
from order_sync.sync.recording.context import Context
from order_sync.sync.recording.differences import differences
from order_sync.sync.recording.merges import owners_of
from order_sync.sync.recording.plan_words import Names, names_of_ids
from order_sync.sync.recording.planned import plan_run
from order_sync.sync.steps.extract_orders import extract_orders
from order_sync.sync.steps.match_customers import match_customers
from order_sync.sync.steps.refresh_customers import refresh_changes


@dataclass(frozen=True, slots=True)
class Candidate:
    """Settings that are not in force, and the file that they are from, as a person named it."""

    file: str
    store: Store


@dataclass(frozen=True, slots=True)
class Services:
    """Both services of a store, to be read only."""

    quickbooks: QuickBooksReader
    infusionsoft: InfusionsoftReader


@dataclass(frozen=True, slots=True)
class OrderPlan:
    """A plan: the key of its rows in the table `plans`, the rows, and what the ids in them stand for."""

    key: str
    rows: list[Planned]
    names: Names


def plan_orders(
    engine: Engine,
    store: Store,
    run_id: str,
    interval: tuple[datetime, datetime],
    services: Services,
    candidate: Candidate | None = None,
    *,
    is_backfill: bool,
) -> OrderPlan:
    """Writes the plan of an interval (half-open) to the table `plans`, under the key `<store>/<run_id>`, and gives it.

    With a candidate it is the plan under its settings, and has a row of the action `differs` for each order that these would record
    otherwise than the settings in force, whether or not it is recorded already. Raises ConfigurationError where the settings and the
    company do not fit, as a run would. A plan of days that somebody asked for (`is_backfill`) is of them alone; another one also reads
    on from where reading ended, as the next run will.
    """
    with working_copy(engine, store=store.name, realm_id=services.quickbooks.realm_id) as copy:
        store = as_chosen(copy, store)
        candidate = replace(candidate, store=as_chosen(copy, candidate.store)) if candidate else None
        refresh_changes(copy, services.quickbooks)
        planned = _plan(copy, candidate.store if candidate else store, interval, services, is_backfill=is_backfill)
        if candidate:
            planned += _differences(copy, store, candidate, interval, services)
        names = names_of_ids(copy, services.quickbooks.realm_id) if candidate else {}
    key = f"{store.name}/{run_id}"
    save_plan(engine, store.name, key, interval, planned, settings=candidate.file if candidate else None)
    return OrderPlan(key, planned, names)


_RUN = "plan"
"""The run in the working copy; nobody ever sees it."""


def _plan(
    copy: Engine,
    store: Store,
    interval: tuple[datetime, datetime],
    services: Services,
    *order_ids: str,
    is_backfill: bool = False,
) -> list[Planned]:
    """What a run over an interval would send, or one for named orders only."""
    start, end = interval
    key = begin_run(
        copy,
        store=store.name,
        run_id=_RUN,
        interval_start=start,
        interval_end=end,
        only_orders=order_ids,
        is_backfill=is_backfill,
    )
    realm_id = services.quickbooks.realm_id
    prepare_keys(copy, realm_id, store.customers)
    context = Context(copy, realm_id, store, read_run(copy, key))
    extract_orders(context, services.infusionsoft)
    match_customers(context)
    quickbooks = services.quickbooks
    return plan_run(context, quickbooks.exchange_rate, partial(owners_of, quickbooks))


def _differences(
    copy: Engine, store: Store, candidate: Candidate, interval: tuple[datetime, datetime], services: Services
) -> list[Planned]:
    """What the candidate makes of the orders of the plan otherwise than the settings in force.

    Both are asked as if nothing had been read or recorded yet. So recorded orders are compared as well, and what differs is the work
    of the settings alone.
    """
    rows = orders_of_run(copy, store.name, f"{store.name}/{_RUN}")
    recorded = {row.order_id for row in rows if row.document_id}
    ids = [row.order_id for row in rows]
    made = []
    for settings in (store, candidate.store):
        forget_orders(copy)
        made.append(_plan(copy, settings, interval, services, *ids) if ids else [])
    return differences(*made, recorded=recorded)
