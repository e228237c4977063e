"""A process that runs one step of the sync at a time, each in a child that may be killed or stopped anywhere.

It imports everything once and forks, because starting Python anew for each of a hundred kills would take minutes. A job says where
the child does away with itself, by the function after which it happens: one of `moments`.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from order_sync.database import database

ROOT = Path(__file__).resolve().parents[2]
DONE, FAILED, LEASE_LOST, REFUSED, INTERRUPTED = 0, 1, 3, 4, 5


@dataclass(frozen=True)
class Job:
    """A step to run: `post_orders` or `create_customers`, of a store with these `settings` (as `stores.settings` takes them).

    After the `nth` call of the function `after` the child kills itself, or, with a `pause`, that thread sleeps so many seconds.
    """

    step: str
    run_key: str
    url: str
    database: str
    after: str = ""
    nth: int = 1
    pause: float = 0.0
    lease_seconds: float = 1.0
    send_within: float = 0.4
    settle_after: float = 0.5
    settings: dict[str, Any] = field(default_factory=dict)


class Worker:
    """The test's end of a worker process: `start` a job, then `kill`, `stop` or `wait` for its child; `log` is what it says."""

    def __init__(self, log: Path) -> None:
        self.log = log
        with log.open("ab") as written:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.worker"],
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'plugins'}"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=written,
                text=True,
            )
        self._child: int | None = None

    def start(self, job: Job) -> None:
        """Forks a child that runs the job, with this process' token key; a child that a failed test left is killed first."""
        if self._child is not None:
            self.send(signal.SIGKILL)
            self.wait()
        assert self._process.stdin
        self._process.stdin.write(json.dumps({"job": asdict(job), "key": os.environ["ORDER_SYNC_FERNET_KEY"]}) + "\n")
        self._process.stdin.flush()
        self._child = self._told("started")

    def send(self, what: signal.Signals) -> None:
        """Signals the child; one that has ended meanwhile is left alone."""
        assert self._child
        with suppress(ProcessLookupError):
            os.kill(self._child, what)

    def is_stopped(self) -> bool:
        """Whether a SIGSTOP has reached the child."""
        state = subprocess.run(["ps", "-o", "state=", "-p", str(self._child)], capture_output=True, text=True)
        return state.stdout.strip().startswith("T")

    def wait(self) -> int:
        """The child's exit code; negative is the signal that killed it."""
        code = self._told("ended")
        self._child = None
        if code == FAILED:
            sys.stderr.write(self.log.read_text()[-3000:])
        return code

    def close(self) -> None:
        """Ends the worker process."""
        if self._child is not None:
            self.send(signal.SIGKILL)
        self._process.communicate(timeout=10)

    def _told(self, what: str) -> int:
        assert self._process.stdout
        said, _, number = self._process.stdout.readline().partition(" ")
        assert said == what
        return int(number)


def run_step(job: Job) -> int:
    """Opens the store and the client as a task does, runs the step under the company's lease, and says how it ended."""
    from sqlalchemy import make_url

    from order_sync.database.database import open_database
    from order_sync.database.leases import hold_lease
    from order_sync.database.runs import read_run
    from order_sync.database.tokens import StoreVault
    from order_sync.errors import LeaseLost, OrderSyncError
    from order_sync.sync.outbox.channel import Timing
    from order_sync.sync.steps.create_customers import create_customers
    from order_sync.sync.steps.post_orders import post_orders
    from tests.shop import runs, services, stores
    from tests.shop.services import COMPANY

    step = {"post_orders": post_orders, "create_customers": create_customers}[job.step]
    store = stores.settings(**job.settings)
    timing = Timing(job.send_within, job.settle_after, throttle_patience=20.0, throttle_wait=0.1, batch_every=0.0)
    engine = open_database(make_url(job.database))
    sandbox = SimpleNamespace(url=job.url)
    try:
        with (
            hold_lease(engine, COMPANY, seconds=job.lease_seconds, poll=0.02) as lease,
            services.quickbooks(sandbox, StoreVault(engine)) as quickbooks,
        ):
            step(runs.recording(lease.guard(engine), read_run(engine, job.run_key), store, quickbooks, lease, timing))
    except LeaseLost:
        return LEASE_LOST
    except OrderSyncError:
        return REFUSED
    except KeyboardInterrupt:
        return INTERRUPTED
    return DONE


def _strike_after(job: Job) -> None:
    """Wraps the function that the job names, in the module that calls it."""
    path, _, name = job.after.rpartition(".")
    try:
        place: Any = import_module(path)
    except ModuleNotFoundError:
        module, _, kind = path.rpartition(".")
        place = getattr(import_module(module), kind)
    called: Callable[..., Any] = getattr(place, name)
    guard, calls = threading.Lock(), 0

    def struck(*arguments: Any, **named: Any) -> Any:
        nonlocal calls
        result = called(*arguments, **named)
        with guard:
            calls += 1
            strikes = calls == job.nth
        if strikes and job.pause:
            time.sleep(job.pause)
        elif strikes:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(place, name, struck)


def _be_the_child(job: Job, key: str) -> None:
    code = FAILED
    try:
        os.environ["ORDER_SYNC_FERNET_KEY"] = key
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # an exception in the main thread, as Airflow does it
        if job.after:
            _strike_after(job)
        code = run_step(job)
    finally:
        if code == FAILED:
            traceback.print_exc()
        os._exit(code)


def _work() -> None:
    logging.basicConfig(level=logging.INFO, format="%(name)s %(message)s")
    import_module("tests.shop.fault_shop")  # with all that it imports, once for all children
    database.SUSPENDED_SECONDS = 2  # the tests wait so long for what they suspend
    for line in sys.stdin:
        message = json.loads(line)
        job = Job(**message["job"])
        child = os.fork()
        if child == 0:
            _be_the_child(job, message["key"])
        _tell("started", child)
        _, status = os.waitpid(child, 0)
        _tell("ended", os.waitstatus_to_exitcode(status))


def _tell(what: str, number: int) -> None:
    sys.stdout.write(f"{what} {number}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    _work()
