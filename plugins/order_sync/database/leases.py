"""Leases: one owner at a time, across processes and machines, with a fencing token that grows with each new owner.

A lease is renewed while its holder lives and may be taken by another once it has run out. A holder that was paused may not know that
it lost it: before each send it asks `Lease.held` (its own monotonic clock), and every durable write in the ledger carries the token.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, select, update
from sqlalchemy.exc import OperationalError

from order_sync.database.database import insert_into, reading
from order_sync.database.tables import Lease as LeaseRow
from order_sync.errors import LeaseLost, LeaseTaken

log = logging.getLogger(__name__)


class Lease:
    """A lease that this process holds; `token` is its fencing token."""

    def __init__(self, name: str, token: int, seconds: float) -> None:
        self.name = name
        self.token = token
        self._until = time.monotonic() + seconds

    @property
    def held(self) -> bool:
        """Whether it is certainly still ours, by the monotonic clock."""
        return time.monotonic() < self._until

    def require(self, seconds: float = 0.0) -> None:
        """Raises LeaseLost when it is not certain that it is ours for so many seconds more."""
        if time.monotonic() + seconds >= self._until:
            raise LeaseLost(
                f"The lease '{self.name}' ran out while this process worked under it.",
                advice="Another run may own it now; this one stops and Airflow tries it again.",
            )

    def renewed(self, asked_at: float, seconds: float) -> None:
        """Counts from the moment the renewal was asked for (monotonic), never from its answer."""
        self._until = asked_at + seconds

    def lost(self) -> None:
        """Another owner has it."""
        self._until = 0.0


def acquire_lease(engine: Engine, name: str, *, seconds: float) -> Lease | None:
    """Takes a lease that is free or has run out; None while another owner has it."""
    asked_at = time.monotonic()
    now = datetime.now(UTC)
    row = {
        "owner": f"{socket.gethostname()}:{os.getpid()}:{threading.get_native_id()}",
        "expires_at": now + timedelta(seconds=seconds),
    }
    with engine.begin() as connection:
        token = connection.scalar(
            insert_into(connection, LeaseRow)
            .values(name=name, token=1, **row)
            .on_conflict_do_update(
                index_elements=["name"], set_={**row, "token": LeaseRow.token + 1}, where=LeaseRow.expires_at <= now
            )
            .returning(LeaseRow.token)
        )
    if token is None:
        return None
    lease = Lease(name, token, seconds)
    lease.renewed(asked_at, seconds)
    return lease


def renew_lease(engine: Engine, lease: Lease, *, seconds: float) -> bool:
    """Extends a lease; False, and the lease is lost, where another owner has taken it."""
    asked_at = time.monotonic()
    with engine.begin() as connection:
        changed = connection.execute(
            update(LeaseRow)
            .where(LeaseRow.name == lease.name, LeaseRow.token == lease.token)
            .values(expires_at=datetime.now(UTC) + timedelta(seconds=seconds))
        ).rowcount
    if changed:
        lease.renewed(asked_at, seconds)
    else:
        lease.lost()
    return bool(changed)


def release_lease(engine: Engine, lease: Lease) -> None:
    """Gives a lease back, so that the next owner need not wait; nothing happens if it is not ours any more."""
    with engine.begin() as connection:
        connection.execute(
            update(LeaseRow)
            .where(LeaseRow.name == lease.name, LeaseRow.token == lease.token)
            .values(expires_at=datetime.now(UTC))
        )
    lease.lost()


@contextmanager
def hold_lease(
    engine: Engine, name: str, *, seconds: float = 60.0, wait: float = 900.0, poll: float = 1.0
) -> Iterator[Lease]:
    """Waits for a lease (at most `wait` seconds, else LeaseTaken), renews it in the background, and gives it back at the end."""
    lease = _wait_for_lease(engine, name, seconds=seconds, wait=wait, poll=poll)
    done = threading.Event()

    def renew() -> None:
        while not done.wait(seconds / 4):
            try:
                if not renew_lease(engine, lease, seconds=seconds):
                    return
            except OperationalError:
                # The next beat tries again; if none gets through, `held` turns false by itself in time.
                log.warning("The lease '%s' could not be renewed just now.", name)

    beat = threading.Thread(target=renew, name=f"lease {name}", daemon=True)
    beat.start()
    try:
        yield lease
    finally:
        done.set()
        beat.join()
        release_lease(engine, lease)


def _wait_for_lease(engine: Engine, name: str, *, seconds: float, wait: float, poll: float) -> Lease:
    deadline = time.monotonic() + wait
    said = 0.0
    while (lease := acquire_lease(engine, name, seconds=seconds)) is None:
        if time.monotonic() > deadline:
            raise LeaseTaken(
                f"The lease '{name}' is held by {_owner(engine, name)} and did not become free within {wait:.0f} s.",
                advice="Another run is writing to this company; this task waits its turn when Airflow tries it again.",
            )
        if time.monotonic() - said >= 5:
            said = time.monotonic()
            log.info("Waiting for the lease '%s', held by %s.", name, _owner(engine, name))
        time.sleep(poll)
    return lease


def _owner(engine: Engine, name: str) -> str:
    with reading(engine) as connection:
        return connection.scalar(select(LeaseRow.owner).where(LeaseRow.name == name)) or "nobody"
