"""`make demo`: three days of orders from the Infusionsoft sandbox into the QuickBooks sandbox, through Airflow, the first one as a plan
before that; checked to the cent."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from include.local.airflow_api import AirflowApi
from include.local.environment import ROOT, local_environment
from include.local.evidence import Evidence, collect, read_accounts, show
from include.local.ledger import of_others
from include.local.plan import Plan, read_plan, show_plan
from include.local.services import alone, keep_password, running, taken_port, wait_until_healthy

CUSTOMERS, ORDERS, DAYS = 300, 500, 3
FIRST_DAY = date(2026, 11, 16)
ZONE = ZoneInfo("America/Phoenix")
DAG_ID = "sync_orders__demo"
PLAN_DAG_ID = "plan_orders__demo"
PLAN_RUN = f"plan__{FIRST_DAY}"
SECONDS_FOR_THE_DAYS = 600


class DemoFailed(Exception):
    """The demo cannot go on, or what it did is not right; the message says why."""


def main() -> int:
    """Runs the demo; 0 only if every document's total is its order's, no order has two, and each account is as its orders make it."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    console = Console()
    environment = local_environment() | {"ORDER_SYNC_DATABASE_URL": f"sqlite:///{_store()}"}
    try:
        if port := taken_port(environment):
            raise DemoFailed(f"Port {port[1]} is taken. End what has it, or choose another: {port[0]}=… make demo")
        with alone() as is_alone:
            if not is_alone:
                raise DemoFailed("make up or make demo is running in this folder already; end it first.")
            plan, evidence, again = _run(console, environment)
    except (DemoFailed, TimeoutError) as error:
        console.print(str(error), style="red", markup=False, soft_wrap=True)
        return 2
    except KeyboardInterrupt:
        return 130
    problems = show(console, evidence, again, plan.compared(_store()))
    console.print(
        "\nLook further:\n"
        f"  make up         Airflow's pages with these runs, on http://localhost:{environment['AIRFLOW_PORT']}\n"
        f"                  and the sandbox company with its documents, on http://localhost:{environment['SANDBOX_PORT']}\n"
        "  .airflow/order_sync.sqlite   the sync's own tables: orders, order_events, writes, runs, plans\n"
        "  README.md       how to connect the real services"
    )
    return 1 if problems else 0


def _run(console: Console, environment: Mapping[str, str]) -> tuple[Plan, Evidence, int]:
    _check_settings(environment)
    _start_fresh(environment)
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description:<44}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
    ) as progress:
        seeding = progress.add_task(f"Seeding {CUSTOMERS} customers, {ORDERS} orders", total=1)
        _seed(environment)
        progress.advance(seeding)
        starting = progress.add_task("Starting Airflow and the sandbox", total=1)
        keep_password(environment)
        with running(environment) as parts:
            if not wait_until_healthy(environment, parts):
                raise DemoFailed("Airflow or the sandbox did not start; the reason is above.")
            accounts_before = read_accounts(environment)
            airflow = AirflowApi(environment)
            for dag_id in (DAG_ID, PLAN_DAG_ID):
                airflow.wait_for_dag(dag_id)
                airflow.give_up(dag_id)
            progress.advance(starting)
            planning = progress.add_task("The first day as a plan: nothing is sent", total=1)
            airflow.trigger(PLAN_DAG_ID, PLAN_RUN, {"from": FIRST_DAY.isoformat()})
            airflow.switch_on(PLAN_DAG_ID)
            _wait(lambda: airflow.run_states(PLAN_DAG_ID, PLAN_RUN), lambda: None)
            plan = read_plan(_store(), f"demo/{PLAN_RUN}")
            progress.advance(planning)
            show_plan(progress.console, plan)
            backfilled = partial(airflow.backfill_states, DAG_ID)
            airflow.switch_on(DAG_ID)
            syncing = progress.add_task(f"{DAYS} days through Airflow, orders done", total=ORDERS)
            airflow.backfill(DAG_ID, *_interval(0, DAYS))
            _wait(backfilled, lambda: progress.update(syncing, completed=_orders_done()))
            progress.update(syncing, completed=_orders_done())
            first = collect(environment, accounts_before)
            repeating = progress.add_task("One of the days once more", total=1)
            airflow.backfill(DAG_ID, *_interval(1, 1))
            _wait(backfilled, lambda: None)
            progress.advance(repeating)
            second = collect(environment, accounts_before)
    return plan, second, second.number - first.number


def _store() -> Path:
    return ROOT / ".airflow" / "order_sync.sqlite"


def _start_fresh(environment: Mapping[str, str]) -> None:
    """An empty store for the demo; one that holds another store's orders or tokens is somebody's, and is left alone."""
    store = _store()
    if store.exists():
        if others := of_others(store):
            raise DemoFailed(
                f"{store} holds orders or tokens of {', '.join(others)}. The demo starts with an empty store and will not "
                f"delete a ledger: move that file away, or keep such stores elsewhere (ORDER_SYNC_DATABASE_URL in .env)."
            )
        for file in store.parent.glob(f"{store.name}*"):
            file.unlink()
    _python(["order_sync", "migrate"], environment)


def _check_settings(environment: Mapping[str, str]) -> None:
    sys.path.insert(0, str(ROOT / "plugins"))
    from order_sync.errors import ConfigurationError
    from order_sync.settings import load_store

    try:
        load_store(Path(environment["ORDER_SYNC_STORES"]) / "demo.yaml")
    except ConfigurationError as error:
        raise DemoFailed(str(error)) from None


def _seed(environment: Mapping[str, str]) -> None:
    numbers = {"--customers": CUSTOMERS, "--orders": ORDERS, "--days": DAYS, "--start": FIRST_DAY}
    arguments = [str(part) for pair in numbers.items() for part in pair]
    _python(["include.sandbox", "seed", "--reset", *arguments], environment)


def _python(module: list[str], environment: Mapping[str, str]) -> None:
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", *module], cwd=ROOT, env=dict(environment), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise DemoFailed(f"python -m {' '.join(module)} failed:\n{done.stdout}{done.stderr}")


def _interval(first: int, days: int) -> tuple[datetime, datetime]:
    """The logical dates of `days` daily runs: Airflow includes both ends."""
    start = datetime.combine(FIRST_DAY, datetime.min.time(), tzinfo=ZONE) + timedelta(days=first)
    return start, start + timedelta(days=days - 1)


def _wait(ask: Callable[[], Mapping[str, str]], tick: Callable[[], None]) -> None:
    """Waits until every run that is asked for has ended; none means that they are still being made."""
    deadline = time.monotonic() + SECONDS_FOR_THE_DAYS
    while True:
        states = ask()
        if states and all(state in ("success", "failed") for state in states.values()):
            failed = [run for run, state in states.items() if state == "failed"]
            if failed:
                raise DemoFailed(f"The run {failed[0]} failed: see its red task with `make up`, or .airflow/logs.")
            return
        if time.monotonic() > deadline:
            raise DemoFailed(f"The runs did not end within {SECONDS_FOR_THE_DAYS} s: see .airflow/scheduler.log.")
        tick()
        time.sleep(0.5)


def _orders_done() -> int:
    with closing(sqlite3.connect(f"file:{_store()}?mode=ro", uri=True, timeout=5)) as connection:
        return int(
            connection.execute("SELECT count(*) FROM orders WHERE status NOT IN ('extracted', 'matched')").fetchone()[0]
        )


if __name__ == "__main__":
    raise SystemExit(main())
