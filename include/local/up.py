"""`make up`: the sandbox and Airflow on this machine, until Ctrl-C."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Mapping

from include.local.airflow_api import AirflowApi
from include.local.environment import ROOT, local_environment
from include.local.services import alone, keep_password, running, taken_port, wait, wait_until_healthy


def main() -> int:
    """Runs both; 2 when a port is taken, 1 when one of them ends by itself."""
    environment = local_environment()
    if port := taken_port(environment):
        print(f"Port {port[1]} is taken. Choose another: {port[0]}=… make up, or set it in .env.", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with alone() as is_alone:
        if not is_alone:
            print("make up or make demo is running in this folder already; end it first.", file=sys.stderr)
            return 2
        return _serve(environment)


def _serve(environment: Mapping[str, str]) -> int:
    keep_password(environment)
    try:
        seed = [sys.executable, "-m", "include.sandbox", "seed", "--if-empty"]
        subprocess.run(seed, cwd=ROOT, env=environment, check=True)  # noqa: S603
        with running(environment) as parts:
            print("Airflow is starting; this takes up to a minute.", flush=True)
            if not wait_until_healthy(environment, parts):
                return 1
            _switch_on_demo(environment)
            print(_welcome(environment), flush=True)
            return wait(parts, environment)
    except KeyboardInterrupt:
        return 0


def _switch_on_demo(environment: Mapping[str, str]) -> None:
    """The sandbox's Dags run at once; a store of somebody's own waits until its Dag is switched on by hand."""
    airflow = AirflowApi(environment)
    for dag_id in ("sync_orders__demo", "refresh_quickbooks__demo", "plan_orders__demo"):
        airflow.wait_for_dag(dag_id)
        airflow.switch_on(dag_id)


def _welcome(environment: Mapping[str, str]) -> str:
    return f"""
Airflow   http://localhost:{environment["AIRFLOW_PORT"]}
login:    admin / {environment["AIRFLOW_ADMIN_PASSWORD"]}
sandbox   http://localhost:{environment["SANDBOX_PORT"]}

Take the sandbox's three days of orders (again, if the demo took them: nothing is posted twice), from another terminal:
  .venv/bin/python -m include.local.run airflow backfill create --dag-id sync_orders__demo \\
    --from-date 2026-11-16T00:00:00-07:00 --to-date 2026-11-18T23:59:59-07:00 --max-active-runs 1 \\
    --reprocess-behavior completed

Logs: .airflow/*.log, a file a part. Ctrl-C ends all.
"""


if __name__ == "__main__":
    raise SystemExit(main())
