"""A whole Airflow with the sandbox behind it, as processes of this machine: what the browser test opens."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from zoneinfo import ZoneInfo

import requests

from include.local.airflow_api import AirflowApi
from include.local.environment import ROOT, SECRETS, local_environment
from include.local.services import running, wait_until_healthy

DAG_ID = "sync_orders__demo"
PASSWORDS = {"admin": "an admin's", "vera": "a viewer's"}
ZONE = ZoneInfo("America/Phoenix")

Found = Any


@dataclass(frozen=True)
class Live:
    """Airflow as it runs, and the sandbox."""

    url: str
    airflow: AirflowApi
    sandbox: str
    plan: str
    """The id of the plan that was made before the first run."""

    def runs(self) -> dict[str, str]:
        """The state of each run of the store's Dag."""
        return self.airflow.states(DAG_ID)

    def books(self, what: str) -> list[dict[str, Any]]:
        """The records of an entity as the sandbox's QuickBooks company has them."""
        answer = requests.get(f"{self.sandbox}/_sandbox/quickbooks/{what}", timeout=30)
        answer.raise_for_status()
        found: list[dict[str, Any]] = answer.json()
        return found


def within(seconds: float, ask: Callable[[], Found], what: str) -> Found:
    """What is asked for, as soon as it is there."""
    deadline = monotonic() + seconds
    while not (found := ask()):
        assert monotonic() < deadline, f"{what}: not within {seconds} seconds"
        sleep(0.25)
    return found


@contextmanager
def living(home: Path) -> Iterator[Live]:
    """Airflow and the sandbox in a folder of their own, with forty orders of yesterday, planned, and recorded by the store's Dag."""
    environment = _environment(home)
    with ThreadPoolExecutor() as at_once:
        yesterday = datetime.now(ZONE).date() - timedelta(1)
        seed = ["include.sandbox", "seed", "--state", str(home / "sandbox.sqlite"), "--start", yesterday.isoformat()]
        seed += ["--customers", "40", "--orders", "40", "--days", "1"]
        for _ in at_once.map(
            lambda module: _done(module, environment), (["airflow", "db", "migrate"], ["order_sync", "migrate"], seed)
        ):
            pass
    _store(home, yesterday)
    with running(environment, ("sandbox", "api-server", "scheduler", "dag-processor")) as parts:
        assert wait_until_healthy(environment, parts)
        planned = _done(["order_sync", "plan", "demo", "--from", yesterday.isoformat()], environment)
        airflow = AirflowApi(environment)
        airflow.wait_for_dag(DAG_ID)
        airflow.switch_on(DAG_ID)  # a run for the last whole day of its schedule, which is yesterday
        live = Live(
            f"http://127.0.0.1:{environment['AIRFLOW_PORT']}",
            airflow,
            f"http://127.0.0.1:{environment['SANDBOX_PORT']}",
            planned.strip().removesuffix(".").rpartition(" demo/")[2],
        )
        within(300, lambda: set(live.runs().values()) & {"success", "failed"}, "the first run")
        assert set(live.runs().values()) == {"success"}, (home / "logs").as_posix()
        yield live
        for process in parts.values():  # nothing here outlives the test: nobody waits until each has ended tidily
            os.killpg(process.pid, signal.SIGKILL)


def _environment(home: Path) -> dict[str, str]:
    (home / "simple_auth_manager_passwords.json.generated").write_text(json.dumps(PASSWORDS))
    wanted = {name: make() for name, make in SECRETS.items()} | {
        "AIRFLOW_ADMIN_PASSWORD": PASSWORDS["admin"],
        "AIRFLOW_PORT": _free_port(),
        "SANDBOX_PORT": _free_port(),
        "ORDER_SYNC_DATABASE_URL": f"sqlite:///{home / 'order_sync.sqlite'}",
        "ORDER_SYNC_STORES": str(home / "stores"),
    }
    users = {"AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "admin:admin,vera:viewer"}
    environment = local_environment(home=home, wanted=wanted) | users
    return environment | _connections(f"http://127.0.0.1:{environment['SANDBOX_PORT']}")


def _connections(sandbox: str) -> dict[str, str]:
    """Both services by OAuth; their pages for consent are on another site than Airflow, as the real ones are."""
    pages = sandbox.replace("127.0.0.1", "localhost")
    client = {"conn_type": "generic", "login": "sandbox-client", "password": "sandbox-client-secret"}
    token = {"refresh_token": "sandbox-first-refresh-token"}
    extras = {
        "quickbooks": {
            "realm_id": "9341450000000001",
            "token_url": f"{sandbox}/quickbooks/oauth2/v1/tokens/bearer",
            "consent_url": f"{pages}/quickbooks/connect/oauth2",
        },
        "infusionsoft": {
            "token_url": f"{sandbox}/infusionsoft/token",
            "consent_url": f"{pages}/infusionsoft/app/oauth/authorize",
        },
    }
    return {
        f"AIRFLOW_CONN_{service.upper()}_DEMO": json.dumps(
            {**client, "host": f"{sandbox}/{service}", "extra": {**token, **extra}}
        )
        for service, extra in extras.items()
    }


def _store(home: Path, first_day: date) -> None:
    stores = home / "stores"
    stores.mkdir()
    text = (ROOT / "include/config/stores/demo.yaml").read_text()
    assert "start_date: 2026-11-16" in text
    (stores / "demo.yaml").write_text(text.replace("start_date: 2026-11-16", f"start_date: {first_day}"))


def _done(module: list[str], environment: Mapping[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *module],
        cwd=ROOT,
        env=dict(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    assert done.returncode == 0, done.stdout.decode()[-3000:]
    return done.stdout.decode()


def _free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return str(listening.getsockname()[1])
