"""What the demo asks of the local Airflow, by its REST API."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

import requests

SECONDS_FOR_A_DAG = 120


class AirflowApi:
    """Signed in as the local admin."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._url = f"http://127.0.0.1:{environment['AIRFLOW_PORT']}"
        self._session = requests.Session()
        self._session.trust_env = False
        login = {"username": "admin", "password": environment["AIRFLOW_ADMIN_PASSWORD"]}
        answer = self._session.post(f"{self._url}/auth/token", json=login, timeout=30)
        answer.raise_for_status()
        self.token: str = answer.json()["access_token"]
        """What a browser has in its cookie `_token`."""
        self._session.headers["Authorization"] = f"Bearer {self.token}"

    def wait_for_dag(self, dag_id: str) -> None:
        """Waits until the Dag was parsed; TimeoutError after two minutes."""
        deadline = time.monotonic() + SECONDS_FOR_A_DAG
        while self._session.get(f"{self._url}/api/v2/dags/{dag_id}", timeout=30).status_code != 200:
            if time.monotonic() > deadline:
                raise TimeoutError(f"Airflow has not found the Dag {dag_id}; see .airflow/dag-processor.log.")
            time.sleep(0.5)

    def switch_on(self, dag_id: str) -> None:
        """Takes a Dag out of its pause."""
        self._call("PATCH", f"dags/{dag_id}", {"is_paused": False})

    def give_up(self, dag_id: str) -> None:
        """Ends what an interrupted demo left under way: a Dag takes one backfill at a time."""
        for backfill in self._backfills(dag_id):
            if not backfill["completed_at"]:
                self._call("PUT", f"backfills/{backfill['id']}/cancel")
        for run in self._call("GET", f"dags/{dag_id}/dagRuns?state=running&state=queued&limit=100")["dag_runs"]:
            self._call("PATCH", f"dags/{dag_id}/dagRuns/{quote(run['dag_run_id'])}", {"state": "failed"})

    def trigger(self, dag_id: str, run_id: str, conf: Mapping[str, str]) -> None:
        """Starts a run by hand, in the place of the one of that id where there is one."""
        place = f"dags/{dag_id}/dagRuns"
        if self._session.get(f"{self._url}/api/v2/{place}/{quote(run_id)}", timeout=30).ok:
            self._call("DELETE", f"{place}/{quote(run_id)}")
        body = {"dag_run_id": run_id, "logical_date": None, "conf": dict(conf)}
        self._call("POST", place, body)

    def run_states(self, dag_id: str, run_id: str) -> dict[str, str]:
        """The state of a run, by its id."""
        return {run_id: self._call("GET", f"dags/{dag_id}/dagRuns/{quote(run_id)}")["state"]}

    def states(self, dag_id: str) -> dict[str, str]:
        """The state of each of a Dag's newest runs, by run id."""
        runs = self._call("GET", f"dags/{dag_id}/dagRuns?limit=100&order_by=-id")["dag_runs"]
        return {run["dag_run_id"]: run["state"] for run in runs}

    def backfill(self, dag_id: str, first: datetime, last: datetime) -> None:
        """Starts a backfill over the logical dates from first to last; runs that are there already are made again."""
        body = {
            "dag_id": dag_id,
            "from_date": first.isoformat(),
            "to_date": last.isoformat(),
            "max_active_runs": 3,
            "reprocess_behavior": "completed",
            "run_backwards": False,
            "dag_run_conf": {},
        }
        # A backfill that Airflow answers with 503 may be half made, and stands in the way of the next try.
        self._call("POST", "backfills", body, before_again=lambda: self.give_up(dag_id))

    def backfill_states(self, dag_id: str) -> dict[str, str]:
        """The state of each backfilled run, by run id; empty while the newest backfill is still making its runs."""
        newest = self._backfills(dag_id)[0]
        runs = self._call("GET", f"dags/{dag_id}/dagRuns?limit=100&run_type=backfill")["dag_runs"]
        states = {run["dag_run_id"]: run["state"] for run in runs}
        return states if newest["completed_at"] or any(state == "failed" for state in states.values()) else {}

    def _backfills(self, dag_id: str) -> list[dict[str, Any]]:
        """Newest first."""
        found: list[dict[str, Any]] = self._call("GET", f"backfills?dag_id={dag_id}&order_by=-id&limit=50")["backfills"]
        return found

    def _call(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        before_again: Callable[[], None] = lambda: None,
    ) -> Any:
        for attempt in range(10):
            if attempt:
                before_again()
            answer = self._session.request(method, f"{self._url}/api/v2/{path}", json=body, timeout=60)
            if answer.status_code != 503:
                break
            time.sleep(2)  # its database is SQLite here, and may be locked for a moment
        if not answer.ok:
            raise TimeoutError(
                f"Airflow refused {method} {path.partition('?')[0]}: {answer.status_code} {answer.text[:300]}"
            )
        return answer.json() if answer.content else None
