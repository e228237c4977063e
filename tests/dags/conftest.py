"""Airflow inside the test process: a home and a metadata database of its own, and the log that the tasks write.

Nothing here imports Airflow at its top: it reads its environment once, when it is first imported.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Engine

from order_sync.database.database import open_database
from order_sync.infusionsoft.client import Infusionsoft
from order_sync.quickbooks.client import QuickBooks
from tests.shop.till import Till

ROOT = Path(__file__).parents[2]
FIRST_DAY = "2026-11-16"
AFTER_THE_FIRST_DAY = datetime(2026, 11, 17, tzinfo=ZoneInfo("America/Phoenix"))
"""A run made by hand takes the newest interval that has ended at its logical date: here the first day's."""


@pytest.fixture
def bridge(airflow_log: Path) -> ModuleType:
    """The module `order_sync.bridge.tasks`, which cannot be imported before Airflow's environment is set."""
    from order_sync.bridge import tasks

    return tasks


@pytest.fixture
def read_dags(airflow_log: Path) -> Callable[..., Any]:
    """Reads the Dag files anew, or one of them, into Airflow's `DagBag`."""

    def read(file: str = "") -> Any:
        from airflow.dag_processing.dagbag import DagBag

        return DagBag(dag_folder=str(ROOT / "dags" / file))

    return read


@dataclass(frozen=True)
class DagRun:
    """A run of a Dag that has ended: its state, each task's state and number of tries, and what was logged.

    `text` is the log as it is kept; `unmasked` what our code logged, before Airflow hid the secrets that it knew.
    """

    run_id: str
    state: str
    tasks: dict[str, str]
    tries: dict[str, int]
    text: str
    unmasked: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]

    @property
    def said(self) -> list[str]:
        """The errors that our own code logged, in its words."""
        return [line["event"] for line in self.lines if line["level"] == "error" and _is_ours(line)]

    @property
    def raised(self) -> dict[str, str]:
        """The errors that ended tasks: their types' names, and their words, which are the line before."""
        return {
            line["exit_code"]: before["event"]
            for before, line in pairwise(self.lines)
            if line["event"] == "Task exited" and _is_ours(before)
        }

    @property
    def tracebacks(self) -> list[str]:
        """The exceptions that ended tasks with a traceback."""
        found = [line["exception"][0] for line in self.lines if line["event"] == "Task failed with exception"]
        return [f"{exception['exc_type']}: {exception['exc_value']}" for exception in found]


def _is_ours(line: dict[str, Any]) -> bool:
    return str(line.get("logger", "")).startswith("order_sync")


Runner = Callable[..., DagRun]


@pytest.fixture
def _errors_of_the_api_as_live(airflow_log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets a task see an error of the API server as it does live, where its supervisor stands between them."""
    from airflow.sdk.api.client import ServerResponseError
    from airflow.sdk.exceptions import AirflowRuntimeError, ErrorType
    from airflow.sdk.execution_time.comms import ErrorResponse
    from airflow.sdk.execution_time.supervisor import InProcessSupervisorComms

    send = InProcessSupervisorComms.send

    def as_live(comms: Any, msg: Any) -> Any:
        try:
            return send(comms, msg)
        except ServerResponseError as error:
            detail = {"status_code": error.response.status_code, "message": str(error)}
            raise AirflowRuntimeError(ErrorResponse(error=ErrorType.API_SERVER_ERROR, detail=detail)) from None

    monkeypatch.setattr(InProcessSupervisorComms, "send", as_live)


@pytest.fixture
def run_dag(
    airflow_log: Path,
    _errors_of_the_api_as_live: None,
    read_dags: Callable[..., Any],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> Runner:
    """Runs a Dag to its end in this process, each task after the other; the same `run_after` makes the same run again.

    Of two runs with the same logical date, Airflow deletes the first when the second begins.
    Tasks whose id matches `marked` do not run: a person marked them as done.
    """
    # Airflow's loop rests a second for each task that stands behind a failed one.
    sleep = time.sleep
    monkeypatch.setattr("time.sleep", lambda seconds: sleep(min(seconds, 0.05)))

    def run(
        dag_id: str,
        logical_date: datetime | None = AFTER_THE_FIRST_DAY,
        run_after: datetime | None = None,
        marked: str | None = None,
        conf: dict[str, Any] | None = None,
    ) -> DagRun:
        file = f"{dag_id.partition('__')[0]}.py"
        dag = read_dags(file if (ROOT / "dags" / file).exists() else "").dags[dag_id]
        before = airflow_log.stat().st_size
        caplog.clear()
        run = dag.test(logical_date=logical_date, run_after=run_after, run_conf=conf, mark_success_pattern=marked)
        tasks = run.get_task_instances()
        return DagRun(
            run_id=run.run_id,
            state=str(run.state),
            tasks={task.task_id: str(task.state) for task in tasks},
            tries={task.task_id: task.try_number for task in tasks},
            text=airflow_log.read_bytes()[before:].decode(),
            unmasked=caplog.text,
        )

    return run


@dataclass(frozen=True)
class Shop:
    """The demo store, ready to run: both services in the sandbox, its connections, its migrated database."""

    sandbox: Any
    engine: Engine
    secrets: tuple[str, ...]


@pytest.fixture
def stores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A settings folder of the test's own, with the demo store in it."""
    folder = tmp_path / "stores"
    folder.mkdir()
    shutil.copy(ROOT / "include/config/stores/demo.yaml", folder)
    monkeypatch.setenv("ORDER_SYNC_STORES", str(folder))
    return folder


@pytest.fixture
def connections(sandbox: Any) -> dict[str, dict[str, Any]]:
    """The demo's connections to the sandbox, by id."""
    text = (ROOT / "include/config/connections.sandbox.json").read_text()
    found: dict[str, dict[str, Any]] = json.loads(text.replace("http://sandbox:8765", sandbox.url))
    return found


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, dict[str, Any]], None]:
    """Gives Airflow a connection."""
    return lambda id, connection: monkeypatch.setenv(f"AIRFLOW_CONN_{id.upper()}", json.dumps(connection))


@pytest.fixture
def shop(
    sandbox: Any,
    connections: dict[str, dict[str, Any]],
    connect: Callable[[str, dict[str, Any]], None],
    stores: Path,
    tmp_path: Path,
    migrated_store: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Shop]:
    """A shop whose sandbox has no limits, so that its clients need not keep their pace."""
    for client in (QuickBooks, Infusionsoft):
        defaults = client.__init__.__kwdefaults__  # type: ignore[misc]
        monkeypatch.setitem(defaults, "requests_per_second", 500)
        monkeypatch.setitem(defaults, "requests_per_minute", 30_000)
    fernet_key = Fernet.generate_key().decode()
    monkeypatch.setenv("ORDER_SYNC_FERNET_KEY", fernet_key)
    monkeypatch.setenv("ORDER_SYNC_DATABASE_URL", f"sqlite:///{tmp_path / 'order_sync.sqlite'}")
    for id, connection in connections.items():
        connect(id, connection)
    shutil.copy(migrated_store, tmp_path / "order_sync.sqlite")
    engine = open_database()
    quickbooks = connections["quickbooks_demo"]
    secrets = (
        fernet_key,
        connections["infusionsoft_demo"]["password"],
        quickbooks["password"],
        quickbooks["extra"]["refresh_token"],
    )
    yield Shop(sandbox, engine, secrets)
    engine.dispose()


@pytest.fixture
def day(shop: Shop) -> Shop:
    """The shop with a day of orders, and the customers that its books know already."""
    shop.sandbox.post("/_sandbox/seed", {"customers": 40, "orders": 60, "days": 1, "start": FIRST_DAY})
    return shop


@pytest.fixture
def till(shop: Shop, stores: Path) -> Till:
    """The shop with nobody in its books and no orders yet."""
    return Till(shop.sandbox, shop.engine, stores)
