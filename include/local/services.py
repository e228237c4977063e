"""Airflow and the sandbox as processes of this machine: started together, waited for, ended together."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from include.local.environment import ROOT, keep_private

SECONDS_TO_START = 180
SECONDS_TO_STOP = 20

# As `airflow standalone` starts them, but without the servers of their logs, which listen on every interface and cannot be told
# otherwise. The API server reads the files, which are on this machine.
AIRFLOW = {
    "api-server": ["api-server"],
    "scheduler": ["scheduler", "--skip-serve-logs"],
    "dag-processor": ["dag-processor"],
    "triggerer": ["triggerer", "--skip-serve-logs"],
}

Parts = Mapping[str, subprocess.Popen[bytes]]
ALL = ("sandbox", *AIRFLOW)


def taken_port(environment: Mapping[str, str]) -> tuple[str, str] | None:
    """The first of the two ports that another program has, with the variable that sets it; None where both are free."""
    for variable in ("AIRFLOW_PORT", "SANDBOX_PORT"):
        if _is_taken(int(environment[variable])):
            return variable, environment[variable]
    return None


@contextmanager
def alone() -> Iterator[bool]:
    """Whether nothing else of ours runs in this folder, which then is ours until the block is left: two would share one ledger."""
    keep_private(ROOT)
    with (ROOT / ".airflow" / "running.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True


@contextmanager
def running(environment: Mapping[str, str], names: Collection[str] = ALL) -> Iterator[Parts]:
    """All of them, or those that are named, until the block is left."""
    parts: dict[str, subprocess.Popen[bytes]] = {}
    state = str(Path(environment["AIRFLOW_HOME"]) / "sandbox.sqlite")
    modules = {"sandbox": ["include.sandbox", "serve", "--state", state]}
    modules |= {name: ["airflow", *command] for name, command in AIRFLOW.items()}
    try:
        for name in names:
            parts[name] = _start(name, modules[name], environment)
        yield parts
    finally:
        _stop(parts)


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def keep_password(environment: Mapping[str, str]) -> None:
    """Gives Airflow's login the password from `.env`; Airflow reads it from this file and makes one up where it has none."""
    passwords = Path(environment["AIRFLOW_HOME"]) / "simple_auth_manager_passwords.json.generated"
    passwords.parent.mkdir(exist_ok=True)
    passwords.touch(mode=0o600)
    passwords.chmod(0o600)
    passwords.write_text(json.dumps({"admin": environment["AIRFLOW_ADMIN_PASSWORD"]}) + "\n")


def _log(name: str, environment: Mapping[str, str]) -> Path:
    return Path(environment["AIRFLOW_HOME"]) / f"{name}.log"


def _start(name: str, module: list[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """In a session of its own: Ctrl-C reaches us alone, and all of its processes can be ended together."""
    with _log(name, environment).open("wb") as log:
        return subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", *module],
            cwd=ROOT,
            env={**environment, "PYTHONUNBUFFERED": "1"},  # what it said last is in the log even when it dies
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def wait_until_healthy(environment: Mapping[str, str], parts: Parts) -> bool:
    """Waits until Airflow's API answers and its scheduler, where it is one of the parts, runs; False, with the reason printed, when that
    does not come."""
    health = f"http://127.0.0.1:{environment['AIRFLOW_PORT']}/api/v2/monitor/health"
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline:
        if has_ended(parts, environment):
            return False
        try:
            with direct.open(health, timeout=5) as answer:
                if json.load(answer)["scheduler"]["status"] == "healthy" or "scheduler" not in parts:
                    return True
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            pass  # not listening yet
        time.sleep(1)
    print(
        f"Airflow did not start within {SECONDS_TO_START} seconds; see {_log('scheduler', environment)}.",
        file=sys.stderr,
    )
    return False


def has_ended(parts: Parts, environment: Mapping[str, str]) -> bool:
    """Whether one of them has ended by itself; prints the end of its log."""
    for name, process in parts.items():
        if process.poll() is not None:
            log = _log(name, environment)
            tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
            print(
                f"{tail}\nThe {name} ended by itself, with code {process.returncode}; see {log}.",
                file=sys.stderr,
            )
            return True
    return False


def wait(parts: Parts, environment: Mapping[str, str]) -> int:
    """Waits for as long as both run."""
    while not has_ended(parts, environment):
        time.sleep(1)
    return 1


def _stop(parts: Parts) -> None:
    """Asks each to end as Ctrl-C would, then ends whatever is left of its processes: a running task has a group of its own."""
    descendants = _descendants({process.pid for process in parts.values()})
    print("Stopping Airflow and the sandbox …", flush=True)
    for process in parts.values():
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
    deadline = time.monotonic() + SECONDS_TO_STOP
    for process in parts.values():
        with suppress(subprocess.TimeoutExpired):
            process.wait(max(deadline - time.monotonic(), 0.1))
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    for pid in descendants:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _descendants(pids: set[int]) -> set[int]:
    listing = subprocess.run(["ps", "-axo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout  # noqa: S607
    parents = {int(pid): int(parent) for pid, parent in (line.split() for line in listing.splitlines())}
    found: set[int] = set()
    while fresh := {pid for pid, parent in parents.items() if parent in pids | found} - found:
        found |= fresh
    return found
