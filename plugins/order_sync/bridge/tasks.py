"""The body of each task.

A Dag file imports this at the top, so it is light: the clients, pandas and SQLAlchemy are imported when a task runs.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowRescheduleException

from order_sync.bridge.airflow_runs import close_dead_runs, is_backfill, noting_failure
from order_sync.bridge.connections import infusionsoft_connection, quickbooks_connection
from order_sync.bridge.ending import ending_in_words
from order_sync.bridge.periods import Interval
from order_sync.bridge.retry_policy import RunFailed
from order_sync.errors import ConfigurationError, LeaseTaken
from order_sync.settings import Store

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from order_sync.database.leases import Lease
    from order_sync.database.runs import Run
    from order_sync.infusionsoft.client import Infusionsoft
    from order_sync.quickbooks.client import QuickBooks
    from order_sync.sync.recording.context import Context, Recording

log = logging.getLogger(__name__)

LEASE_WAIT = timedelta(minutes=1)
LEASE_PAUSE = timedelta(minutes=1)
"""A task waits so long in its worker for what another one holds; then it gives the worker back for so long, as often as it takes."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person wants of a run: these orders alone, or what a plan has (by its run id); and when they asked for it."""

    only_orders: Sequence[str] = ()
    plan: str = ""
    asked_at: datetime | None = None


@ending_in_words
def refresh_customers(store: Store, run_id: str, interval: Interval, wanted: Wanted = Wanted()) -> str:
    """Begins the run and brings the cached lists up to date; gives the run's key, all that the tasks pass to each other.

    The version of the settings that is in force now is the run's: its other tasks work with it, whatever is saved meanwhile. A run for
    named orders, or for those of a plan, is for these, whenever they were made or changed, and leaves its interval unread.
    Raises ConfigurationError where the plan cannot be recorded.
    """
    from order_sync.database.customer_keys import prepare_keys
    from order_sync.database.plans import orders_of_plan
    from order_sync.database.runs import begin_run, note_settings
    from order_sync.database.settings_versions import settings_in_force
    from order_sync.database.stores import note_store
    from order_sync.sync.steps.identify_store import identify_store
    from order_sync.sync.steps.refresh_customers import refresh_changes

    start, end = interval
    with opened_database() as engine:
        plan = f"{store.name}/{wanted.plan}" if wanted.plan else None
        only_orders = orders_of_plan(engine, store.name, plan) if plan else list(dict.fromkeys(wanted.only_orders))
        run_key = begin_run(
            engine,
            store=store.name,
            run_id=run_id,
            interval_start=start,
            interval_end=end,
            only_orders=only_orders,
            is_backfill=is_backfill(run_id),
            plan=plan,
        )
        close_dead_runs(engine, store.name, run_key)
        with noting_failure(engine, run_key, "refresh_customers"):
            if plan:
                _require_plan(engine, store, run_id, plan, wanted)
            store, version = settings_in_force(engine, store)
            note_settings(engine, run_key, version)
            log.info("settings: version %d%s", version, "" if version else ", the store's file")
            with _quickbooks(engine, store, run_key) as (quickbooks, lease):
                leased = lease.guard(engine)
                with _infusionsoft(engine, store, run_key, of_account="") as infusionsoft:
                    company = (quickbooks.realm_id, infusionsoft, quickbooks.environment)
                    note_store(leased, identify_store(engine, store, *company))
                _say("read again from QuickBooks", refresh_changes(leased, quickbooks))
                _say("keys made", {"cached customers": prepare_keys(leased, quickbooks.realm_id, store.customers)})
    return run_key


def _require_plan(engine: Engine, store: Store, run_id: str, plan: str, wanted: Wanted) -> None:
    """ConfigurationError where a plan is not one that a run records, or not the one that the person saw."""
    from order_sync.database.plans import plan_head
    from order_sync.sync.review.plans import why_not_recorded

    if wanted.only_orders:
        raise ConfigurationError(
            f"The run was started for orders {', '.join(wanted.only_orders)} and for plan {wanted.plan} at once.",
            advice="Give it Only these orders or Record this plan, not both.",
        )
    if is_backfill(run_id):  # each of its runs would record the same plan, and its days would stay unread
        raise ConfigurationError(
            f"The backfill was started with plan {wanted.plan}, and a backfill records its days.",
            advice="Start the backfill without Record this plan. To have the plan recorded, do so on its page in the console, or trigger "
            "a single run with it.",
        )
    if (head := plan_head(engine, store.name, plan)) is None:
        raise ConfigurationError(
            f"Store {store.name} has no plan {wanted.plan}.",
            advice=f"Give the run id of a run of plan_orders__{store.name}, as the console shows it on the plan's page.",
        )
    if reason := why_not_recorded(head):
        raise ConfigurationError(
            f"Plan {wanted.plan} is not recorded. {reason}", advice="Make a plan anew, and look at it."
        )
    if head.made_at and wanted.asked_at and head.made_at > wanted.asked_at:
        raise ConfigurationError(
            f"Plan {wanted.plan} was made again at {head.made_at:%Y-%m-%d %H:%M:%S} UTC, after somebody asked to record it.",
            advice="Look at the plan as it is now, and have it recorded anew.",
        )
    log.info("the run records plan %s, and of its orders only what is as it was planned", wanted.plan)


@ending_in_words
def extract_orders(store: Store, run_key: str) -> str:
    """Reads the interval's orders from Infusionsoft into the store."""
    from order_sync.sync.steps.extract_orders import extract_orders as step

    with (
        _alone(store, run_key, "extract_orders") as context,
        _infusionsoft(context.engine, store, run_key) as infusionsoft,
    ):
        _say("orders read", step(context, infusionsoft))
    return run_key


@ending_in_words
def match_customers(store: Store, run_key: str) -> str:
    """Checks that the settings and the company fit, before anything is sent, and decides the customer of each order; calls no service."""
    from order_sync.sync.company.reading import read_company
    from order_sync.sync.steps.match_customers import match_customers as step

    with _alone(store, run_key, "match_customers") as context:
        read_company(context.engine, context.realm_id, context.store)
        _say("customers matched", step(context))
    return run_key


@ending_in_words
def create_customers(store: Store, run_key: str) -> str:
    """Creates the missing customers."""
    from order_sync.sync.steps.create_customers import create_customers as step

    with _context(store, run_key, "create_customers") as context, _recording(context) as recording:
        _say("customers", step(recording))
    return run_key


@ending_in_words
def update_addresses(store: Store, run_key: str) -> str:
    """Updates the addresses of the orders' customers, and those in the online store where the settings say so."""
    from order_sync.sync.steps.update_addresses import update_addresses as step

    with (
        _context(store, run_key, "update_addresses") as context,
        _recording(context) as recording,
        _infusionsoft(context.engine, store, run_key) as infusionsoft,
    ):
        _say("addresses", step(recording, infusionsoft))
    return run_key


@ending_in_words
def post_orders(store: Store, run_key: str) -> str:
    """Posts the documents, payments and refunds."""
    from order_sync.sync.steps.post_orders import post_orders as step

    with _context(store, run_key, "post_orders") as context, _recording(context) as recording:
        _say("orders posted", step(recording))
    return run_key


@ending_in_words
def report(store: Store, run_key: str) -> dict[str, Any]:
    """Counts the run and gives the counts; raises RunFailed where orders failed and the settings say that this fails the run."""
    from order_sync.sync.steps.report import report as step

    with _alone(store, run_key, "report") as context:
        result = step(context)
        for currency, sums in result.money.items():
            for what, (came, went) in sums.items():
                log.info(
                    "money %s, %s: store %s, QuickBooks %s, difference %s", currency, what, came, went, came - went
                )
        _say("run", result.counts)
        if result.failed:
            raise RunFailed(
                result.failure,
                advice="Each is named with what to do about it in the log of report, and in the console among the orders of this run that "
                "failed. The next run tries them again.",
            )
    return result.counts


@ending_in_words
def refresh_quickbooks(store: Store) -> None:
    """Reads every cached list of the company in full."""
    from order_sync.sync.steps.refresh_customers import refresh_lists

    with opened_database() as engine, _quickbooks(engine, store, None) as (quickbooks, lease):
        _say("read from QuickBooks", refresh_lists(lease.guard(engine), quickbooks))


@contextmanager
def opened_database() -> Iterator[Engine]:
    """The store, open for as long as a task works."""
    from order_sync.database.database import open_database, require_migrated

    engine = open_database()
    try:
        require_migrated(engine)
        yield engine
    finally:
        engine.dispose()


@contextmanager
def _context(store: Store, run_key: str, task: str) -> Iterator[Context]:
    """What a step of this run works with; if it fails, the run's row says so."""
    from order_sync.database.choices import as_chosen
    from order_sync.database.settings_versions import settings_of_run
    from order_sync.database.stores import known_stores
    from order_sync.sync.recording.context import Context

    with opened_database() as engine:
        run = _run(engine, run_key)
        with noting_failure(engine, run_key, task):
            realm_id, noted = str(quickbooks_connection(engine, store).realm_id), known_stores(engine).get(store.name)
            if noted and noted.realm_id != realm_id:
                raise ConfigurationError(
                    f"Connection {store.quickbooks_connection} was pointed from company {noted.realm_id} to {realm_id} while this run "
                    "was on its way.",
                    advice="Put the company back, or clear the run from its first task, which says whether the store may go there.",
                )
            yield Context(engine, realm_id, as_chosen(engine, settings_of_run(engine, store, run)), run)


@contextmanager
def _alone(store: Store, run_key: str, task: str) -> Iterator[Context]:
    """The same for a step that writes to the database alone: one process at a time does it for a store, and what one that was suspended
    wakes up with is not written over what was done since."""
    with _context(store, run_key, task) as context, ExitStack() as held:
        lease = _hold(held, context.engine, f"{task} of {store.name}")
        yield replace(context, engine=lease.guard(context.engine))


@contextmanager
def _recording(context: Context) -> Iterator[Recording]:
    """The same for a step that writes to the company, under its lease."""
    from order_sync.sync.recording.context import Recording

    engine, store, run = context.engine, context.store, context.run
    with _quickbooks(engine, store, run.run_key) as (quickbooks, lease):
        yield Recording(lease.guard(engine), quickbooks.realm_id, store, run, quickbooks, lease)


@contextmanager
def _quickbooks(engine: Engine, store: Store, run_key: str | None) -> Iterator[tuple[QuickBooks, Lease]]:
    """The company's client under its lease: one writer a company, whatever Airflow starts at once."""
    from order_sync.database.leases import of_company
    from order_sync.database.runs import add_calls
    from order_sync.database.tokens import StoreVault
    from order_sync.quickbooks.client import QuickBooks

    connection = quickbooks_connection(engine, store)
    with ExitStack() as held:
        lease = _hold(held, engine, of_company(connection.realm_id))
        client = held.enter_context(QuickBooks(connection, StoreVault(engine)))
        try:
            yield client, lease
        finally:
            if run_key:
                add_calls(engine, run_key, "QuickBooks", client.calls)


def _hold(held: ExitStack, engine: Engine, name: str) -> Lease:
    """A lease; while another task has it, this one is put off by AirflowRescheduleException."""
    from order_sync.database.leases import hold_lease

    try:
        return held.enter_context(hold_lease(engine, name, wait=LEASE_WAIT.total_seconds()))
    except LeaseTaken as taken:
        again = datetime.now(UTC) + LEASE_PAUSE
        log.info("%s It is tried again at %s and uses up no try.", taken.message, f"{again:%H:%M:%S} UTC")
        raise AirflowRescheduleException(again) from None  # type: ignore[no-untyped-call]


@contextmanager
def _infusionsoft(engine: Engine, store: Store, run_key: str, of_account: str | None = None) -> Iterator[Infusionsoft]:
    """The account's client; it takes no answer of another account than the store's, or than the one that is named ("": any)."""
    from order_sync.database.runs import add_calls
    from order_sync.database.stores import known_stores
    from order_sync.database.tokens import StoreVault
    from order_sync.infusionsoft.client import Infusionsoft

    if of_account is None:
        noted = known_stores(engine).get(store.name)
        of_account = noted.account if noted else ""
    connection = replace(infusionsoft_connection(engine, store), account=of_account)
    with Infusionsoft(connection, StoreVault(engine)) as client:
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
