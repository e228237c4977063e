"""The body of each task.

A Dag file imports this at the top, so it is light: the clients, pandas and SQLAlchemy are imported when a task runs.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, NoReturn

from order_sync.bridge.connections import infusionsoft_connection, quickbooks_connection
from order_sync.bridge.retry_policy import RunFailed
from order_sync.errors import ConfigurationError, OrderSyncError
from order_sync.settings import Store

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from order_sync.database.leases import Lease
    from order_sync.database.runs import Run
    from order_sync.infusionsoft.client import Infusionsoft
    from order_sync.quickbooks.client import QuickBooks
    from order_sync.sync.recording.context import Context, Recording

log = logging.getLogger(__name__)


def refresh_customers(
    store: Store, run_id: str, interval: tuple[datetime | None, datetime | None], only_orders: Sequence[str] = ()
) -> str:
    """Begins the run and brings the cached lists up to date; gives the run's key, all that the tasks pass to each other.

    With `only_orders` the run is for these, whenever they were made or changed, and leaves the rest of its interval unread.
    """
    from order_sync.database.customer_keys import prepare_keys
    from order_sync.database.runs import begin_run
    from order_sync.database.writes import other_company
    from order_sync.sync.steps.refresh_customers import refresh_changes

    start, end = interval
    with opened_database() as engine:
        if start is None or end is None or start >= end:
            raise ConfigurationError(
                f"The run {run_id} has no data interval.",
                advice="Trigger the Dag with a logical date, or let its schedule or a backfill make the run.",
            )
        run_key = begin_run(
            engine,
            store=store.name,
            run_id=run_id,
            interval_start=start,
            interval_end=end,
            only_orders=list(dict.fromkeys(only_orders)),
        )
        with _quickbooks(engine, store, run_key) as (quickbooks, _lease):
            if company := other_company(engine, store=store.name, realm_id=quickbooks.realm_id):
                raise ConfigurationError(
                    f"The orders of store {store.name} are recorded in company {company}; its connection now names "
                    f"{quickbooks.realm_id}.",
                    advice="Give the other company a store of its own (a settings file of another name), or put the company back.",
                )
            _say("read again from QuickBooks", refresh_changes(engine, quickbooks))
            _say("keys made", {"cached customers": prepare_keys(engine, quickbooks.realm_id, store.customers)})
    return run_key


def extract_orders(store: Store, run_key: str) -> str:
    """Reads the interval's orders from Infusionsoft into the store."""
    from order_sync.sync.steps.extract_orders import extract_orders as step

    with _context(store, run_key) as context, _infusionsoft(context.engine, store, run_key) as infusionsoft:
        _say("orders read", step(context, infusionsoft))
    return run_key


def match_customers(store: Store, run_key: str) -> str:
    """Checks that the settings and the company fit, before anything is sent, and decides the customer of each order; calls no service."""
    from order_sync.sync.company.reading import read_company
    from order_sync.sync.steps.match_customers import match_customers as step

    with _context(store, run_key) as context:
        read_company(context.engine, context.realm_id, store)
        _say("customers matched", step(context))
    return run_key


def create_customers(store: Store, run_key: str) -> str:
    """Creates the missing customers."""
    from order_sync.sync.steps.create_customers import create_customers as step

    with _context(store, run_key) as context, _recording(context) as recording:
        _say("customers", step(recording))
    return run_key


def update_addresses(store: Store, run_key: str) -> str:
    """Updates the addresses of the orders' customers, and those in the online store where the settings say so."""
    from order_sync.sync.steps.update_addresses import update_addresses as step

    with (
        _context(store, run_key) as context,
        _recording(context) as recording,
        _infusionsoft(context.engine, store, run_key) as infusionsoft,
    ):
        _say("addresses", step(recording, infusionsoft))
    return run_key


def post_orders(store: Store, run_key: str) -> str:
    """Posts the documents, payments and refunds."""
    from order_sync.sync.steps.post_orders import post_orders as step

    with _context(store, run_key) as context, _recording(context) as recording:
        _say("orders posted", step(recording))
    return run_key


def report(store: Store, run_key: str) -> dict[str, Any]:
    """Counts the run and gives the counts; raises RunFailed where orders failed and the settings say that this fails the run."""
    from order_sync.sync.orders.status import Status
    from order_sync.sync.steps.report import report as step

    with _context(store, run_key) as context:
        result = step(context)
        for currency, sums in result.money.items():
            for what, (came, went) in sums.items():
                log.info(
                    "money %s, %s: store %s, QuickBooks %s, difference %s", currency, what, came, went, came - went
                )
        _say("run", result.counts)
        if result.failed:
            failed = result.orders[Status.FAILED] + result.orders[Status.UNSETTLED]
            raise RunFailed(
                f"{failed} order(s) of the run failed; the others are done.",
                advice="Each is named above with what to do about it; the next run tries them again.",
            )
    return result.counts


def refresh_quickbooks(store: Store) -> None:
    """Reads every cached list of the company in full."""
    from order_sync.sync.steps.refresh_customers import refresh_lists

    with opened_database() as engine, _quickbooks(engine, store, None) as (quickbooks, _lease):
        _say("read from QuickBooks", refresh_lists(engine, quickbooks))


def refuse(error: OrderSyncError) -> NoReturn:
    """Ends a task with an error, after a line with its words alone: no traceback is the only answer."""
    log.error("%s", error)
    raise error


@contextmanager
def opened_database() -> Iterator[Engine]:
    """The store, open for as long as a task works."""
    from order_sync.database.database import open_database, require_migrated

    try:
        engine = open_database()
        try:
            require_migrated(engine)
            yield engine
        finally:
            engine.dispose()
    except OrderSyncError as error:
        refuse(error)


@contextmanager
def _context(store: Store, run_key: str) -> Iterator[Context]:
    """What a step of this run works with."""
    from order_sync.sync.recording.context import Context

    with opened_database() as engine:
        yield Context(engine, str(quickbooks_connection(store).realm_id), store, _run(engine, run_key))


@contextmanager
def _recording(context: Context) -> Iterator[Recording]:
    """The same for a step that writes to the company, under its lease."""
    from order_sync.sync.recording.context import Recording

    engine, store, run = context.engine, context.store, context.run
    with _quickbooks(engine, store, run.run_key) as (quickbooks, lease):
        yield Recording(engine, quickbooks.realm_id, store, run, quickbooks, lease)


@contextmanager
def _quickbooks(engine: Engine, store: Store, run_key: str | None) -> Iterator[tuple[QuickBooks, Lease]]:
    """The company's client under its lease: one writer a company, whatever Airflow starts at once."""
    from order_sync.database.leases import hold_lease
    from order_sync.database.runs import add_calls
    from order_sync.database.tokens import StoreVault
    from order_sync.quickbooks.client import QuickBooks

    connection = quickbooks_connection(store)
    with (
        hold_lease(engine, f"company {connection.realm_id}") as lease,
        QuickBooks(connection, StoreVault(engine)) as client,
    ):
        try:
            yield client, lease
        finally:
            if run_key:
                add_calls(engine, run_key, "QuickBooks", client.calls)


@contextmanager
def _infusionsoft(engine: Engine, store: Store, run_key: str) -> Iterator[Infusionsoft]:
    from order_sync.database.runs import add_calls
    from order_sync.database.tokens import StoreVault
    from order_sync.infusionsoft.client import Infusionsoft

    with Infusionsoft(infusionsoft_connection(store), StoreVault(engine)) as client:
        try:
            yield client
        finally:
            add_calls(engine, run_key, "Infusionsoft", client.calls)


def _run(engine: Engine, run_key: str) -> Run:
    from order_sync.database.runs import read_run

    try:
        return read_run(engine, run_key)
    except LookupError as error:
        raise ConfigurationError(str(error)) from None


def _say(what: str, counts: Mapping[str, int]) -> None:
    log.info("%s: %s", what, ", ".join(f"{number} {name}" for name, number in counts.items() if number) or "nothing")
