"""The console in the test process, over a database of its own; Airflow's log-in is played, but for `test_airflow_log_in`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from sqlalchemy import Engine
from starlette.requests import Request
from starlette.testclient import TestClient

from order_sync.connections.fields import Fields
from order_sync.errors import ConfigurationError
from tests.database.conftest import database as database
from tests.database.conftest import engine as engine


class Ann:
    """Somebody who is logged in."""

    def get_name(self) -> str:
        return "ann"


@dataclass
class Doors:
    """What Airflow says: who asks (nobody: `user` None), what they may do with which Dags, which are switched off; the runs and plans that
    were started; whether they may edit connections, and those that there are."""

    user: Ann | None = field(default_factory=Ann)
    reads: set[str] = field(default_factory=lambda: {"demo"})
    edits: set[str] = field(default_factory=lambda: {"demo"})
    starts: set[str] = field(default_factory=lambda: {"demo"})
    started: list[tuple[str, list[str]]] = field(default_factory=list)
    refreshed: list[str] = field(default_factory=list)
    off: set[str] = field(default_factory=set)
    plans: list[tuple[str, str]] = field(default_factory=list)
    recorded: list[tuple[str, str]] = field(default_factory=list)
    plan_state: str | None = "running"
    connects: bool = True
    connections: dict[str, Any] = field(default_factory=dict)


@pytest.fixture
def doors(airflow_log: Path, monkeypatch: pytest.MonkeyPatch) -> Doors:
    from order_sync.console import airflow

    doors = Doors()

    async def user_of(request: Request) -> Ann | None:
        return doors.user

    def start_run(user: Any, store: str, order_ids: list[str]) -> str:
        doors.started.append((store, list(order_ids)))
        return "manual__1"

    def start_plan(user: Any, store: str, first: str, last: str, settings: str | None = None) -> str:
        doors.plans.append((store, settings or f"{first} to {last}"))
        return f"manual__{len(doors.plans)}"

    def start_recording(user: Any, store: str, plan: str) -> str:
        doors.recorded.append((store, plan))
        return "manual__3"

    monkeypatch.setattr(airflow, "start_recording", start_recording)
    monkeypatch.setattr(airflow, "may_plan", lambda user, store: store in doors.starts)
    monkeypatch.setattr(airflow, "start_plan", start_plan)
    monkeypatch.setattr(airflow, "state_of_plan", lambda store, run_id: doors.plan_state)
    monkeypatch.setattr(airflow, "user_of", user_of)
    monkeypatch.setattr(
        airflow, "may", lambda user, what, store: store in {"GET": doors.reads, "PUT": doors.edits}[what]
    )
    monkeypatch.setattr(airflow, "may_start", lambda user, store: store in doors.starts)
    monkeypatch.setattr(airflow, "start_run", start_run)
    monkeypatch.setattr(airflow, "may_refresh", lambda user, store: store in doors.starts)
    monkeypatch.setattr(airflow, "start_refresh", lambda user, store: doors.refreshed.append(store) or "manual__2")
    monkeypatch.setattr(airflow, "is_switched_off", lambda dag_id: dag_id in doors.off)

    def connection(connection_id: str) -> Any:
        if connection_id not in doors.connections:
            raise ConfigurationError(f"There is no connection {connection_id} in Airflow.", advice="Add it.")
        return doors.connections[connection_id]

    monkeypatch.setattr(airflow, "connection", connection)
    monkeypatch.setattr(airflow, "may_connect", lambda user, connection_id: doors.connects)
    monkeypatch.setattr(airflow, "login_page", lambda here: "/auth/login?next=/")
    return doors


def at_infusionsoft(doors: Doors, host: str = "https://api.infusionsoft.com/crm") -> None:
    """The store's connection leads to Infusionsoft, or to another host."""
    doors.connections["infusionsoft_demo"] = Fields("infusionsoft_demo", host, "", "a key", {})


@dataclass
class Browser:
    """Somebody's browser, at the console: follows no redirects, and sends back the token of the form that it read."""

    client: TestClient

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(path, headers=headers, follow_redirects=False)

    def post(self, path: str, fields: dict[str, Any], **headers: str) -> Any:
        token = self.client.cookies.get("starlette_admin_csrftoken") or self._token()
        return self.client.post(path, data={**fields, "csrftoken": token}, headers=headers, follow_redirects=False)

    def told(self, answer: Any, at: str) -> str:
        """The page that an answer leads back to, with the message on it."""
        assert answer.status_code == 303, answer.text
        return str(self.client.get(urljoin(at, answer.headers["location"])).text)

    def _token(self) -> str:
        self.client.get("/demo/")
        return str(self.client.cookies["starlette_admin_csrftoken"])


@pytest.fixture
def browser(doors: Doors, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    """A browser at the console of two stores, `demo` and `shop`."""
    from order_sync.console import page
    from order_sync.console.app import console

    stores = tmp_path / "stores"
    stores.mkdir()
    for name in ("demo", "shop"):
        (stores / f"{name}.yaml").write_text("start_date: 2026-11-16\ntime_zone: America/Phoenix\n")
    monkeypatch.setenv("ORDER_SYNC_STORES", str(stores))
    monkeypatch.setattr(page, "database", lambda: engine)
    for module in (
        "acting",
        "orders",
        "order",
        "overview",
        "review",
        "choices",
        "runs",
        "run",
        "plan",
        "lists",
        "customers",
        "items",
        "settings",
        "connections",
    ):
        monkeypatch.setattr(f"order_sync.console.{module}.database", lambda: engine)
    console.cache_clear()
    with TestClient(console(), base_url="http://127.0.0.1:8080") as client:
        yield Browser(client)
