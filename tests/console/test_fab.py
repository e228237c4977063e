"""The console's door with Airflow's other auth manager, FAB, which the Compose deployment has."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from include.local.environment import ROOT, SECRETS, local_environment

pytestmark = pytest.mark.airflow


def test_fab_says_who_may_read_edit_and_start(tmp_path: Path) -> None:
    environment = local_environment(home=tmp_path, wanted={name: make() for name, make in SECRETS.items()}) | {
        "AIRFLOW__CORE__AUTH_MANAGER": "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager",
    }

    def run(*module: str) -> str:
        command = [sys.executable, "-m", *module]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    run("airflow", "db", "migrate")
    found = json.loads(run("tests.console.fab_users").splitlines()[-1])
    assert found == {
        "Admin": ["admin", "GET", "PUT", "start"],
        "Op": ["op", "GET", "PUT", "start"],
        "User": ["user", "GET", "PUT", "start"],
        "Viewer": ["viewer", "GET"],
        "Public": ["public"],
        "nobody": [None, None],
        "login": found["login"],
    }
    assert "/auth/login" in found["login"]
