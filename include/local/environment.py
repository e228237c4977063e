"""The environment of a local run: `.env` with its secrets, and what Airflow and the sync need to stay inside the checkout.

Only the standard library is used: `make setup` runs this before anything is installed.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def _fernet_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


SECRETS: Mapping[str, Callable[[], str]] = {
    "AIRFLOW__CORE__FERNET_KEY": _fernet_key,
    "AIRFLOW__API_AUTH__JWT_SECRET": lambda: secrets.token_hex(64),
    "AIRFLOW__API__SECRET_KEY": lambda: secrets.token_hex(32),
    "AIRFLOW_ADMIN_PASSWORD": lambda: secrets.token_urlsafe(12),
    "ORDER_SYNC_DATABASE_PASSWORD": lambda: secrets.token_hex(24),
    "ORDER_SYNC_FERNET_KEY": _fernet_key,
    "POSTGRES_PASSWORD": lambda: secrets.token_hex(24),
    "REDIS_PASSWORD": lambda: secrets.token_hex(24),
}


def write_env(root: Path = ROOT) -> None:
    """Makes `.env` from `.env.example`, or adds to it what is missing, with fresh secrets; what has a value keeps it. Mode 0600."""
    example = (root / ".env.example").read_text()
    env = root / ".env"
    text = env.read_text() if env.exists() else example
    known = _variables(text)
    lines = text.splitlines() + [f"{name}={value}" for name, value in _variables(example).items() if name not in known]
    for number, line in enumerate(lines):
        name = line.removesuffix("=").strip()
        if line.endswith("=") and name in SECRETS:
            lines[number] = f"{name}={SECRETS[name]()}"
    env.touch(mode=0o600)
    keep_private(root)
    env.write_text("\n".join(lines) + "\n")


def keep_private(root: Path = ROOT) -> None:
    """Makes `.airflow` where it is missing; it and `.env` are their owner's alone: they hold secrets, and people's orders."""
    home, env = root / ".airflow", root / ".env"
    home.mkdir(exist_ok=True)
    home.chmod(0o700)
    if env.exists():
        env.chmod(0o600)


def local_environment(
    root: Path = ROOT, home: Path | None = None, wanted: Mapping[str, str] | None = None
) -> dict[str, str]:
    """`os.environ` for a local run; every path in it lies under `root`, all that is written under `home` (without it: `root/.airflow`).

    What is wanted wins over the process's own environment, that over `.env`, and `.env` over the defaults; but AIRFLOW* variables of
    the process are left out, since they may belong to another installation: put yours into `.env`.
    """
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("AIRFLOW") or k == "AIRFLOW_PORT"}
    env = root / ".env"
    kept = {k: v for k, v in _variables(env.read_text() if env.exists() else "").items() if v}
    chosen = {"AIRFLOW_PORT": "8080", "SANDBOX_PORT": "8765"} | kept | inherited | (wanted or {})
    home = home or root / ".airflow"
    defaults = {
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "True",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "PYTHONWARNINGS": "ignore::DeprecationWarning",  # of Airflow's own dependencies, at the head of every log
        "ORDER_SYNC_DATABASE_URL": f"sqlite:///{home / 'order_sync.sqlite'}",
        "ORDER_SYNC_STORES": str(root / "include/config/stores"),
    }
    fixed = {
        # The demo's orders are invented: nothing in .env sends them to a real company.
        **_sandbox_connections(root, f"http://127.0.0.1:{chosen['SANDBOX_PORT']}"),
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": chosen["AIRFLOW_PORT"],
        "AIRFLOW__CORE__DAGS_FOLDER": str(root / "dags"),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{chosen['AIRFLOW_PORT']}/execution/",
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(root / "plugins"),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "admin:admin",
        "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_STORAGE_PATH": str(home / "bundles"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}",
        # What a part starts by its name is this installation's.
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), chosen.get("PATH", os.defpath)]),
        "PYTHONPATH": os.pathsep.join([str(root), str(root / "plugins")]),
        "NO_PROXY": ",".join(filter(None, ["127.0.0.1", "localhost", chosen.get("NO_PROXY")])),
    }
    if sys.platform == "darwin":
        # A forked process on macOS dies when it asks the system for its proxies or enters Objective-C.
        fixed |= {"NO_PROXY": "*", "OBJC_DISABLE_INITIALIZE_FORK_SAFETY": "YES"}
    return defaults | chosen | fixed | {"no_proxy": fixed["NO_PROXY"]}


def _sandbox_connections(root: Path, url: str) -> dict[str, str]:
    text = (root / "include/config/connections.sandbox.json").read_text()
    for origin in ("http://sandbox:8765", "http://localhost:8765"):  # as services and as browsers find it under Compose
        text = text.replace(origin, url)
    return {f"AIRFLOW_CONN_{id.upper()}": json.dumps(connection) for id, connection in json.loads(text).items()}


def _variables(text: str) -> dict[str, str]:
    """The `NAME=value` lines of an env file. Quotes around a value are taken off."""
    lines = (line.strip() for line in text.splitlines())
    pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith("#"))
    return {name.strip(): value.strip().strip("'\"") for name, _, value in pairs}


if __name__ == "__main__":
    write_env()
