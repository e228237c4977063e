"""Leases: one owner at a time, across processes and machines, with a fencing token that grows with each new owner.

A lease is renewed while its holder lives and may be taken by another once it has run out, by the database's clock: a machine whose own
is wrong takes nobody's. A holder that was paused may not know that it lost it. So before each send it asks `Lease.held`, by its own
uptime, and what it writes goes through `Lease.guard`, which writes nothing under an older token than the newest.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, select, update

from order_sync.database.database import clock, insert_into, reading, transaction
from order_sync.database.tables import Lease as LeaseRow
from order_sync.errors import LeaseLost, LeaseTaken, RetryLater

log = logging.getLogger(__name__)


def of_company(realm_id: str) -> str:
    """The name of the lease under which a company is written to."""
    return f"company {realm_id}"


def uptime() -> float:
    """Seconds that only grow, and go on while the machine sleeps, where the system counts those (Linux)."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class Lease:
    """A lease that this process holds; `token` is its fencing token."""

    def __init__(self, name: str, token: int, seconds: float) -> None:
        self.name = name
        self.token = token
        self._until = uptime() + seconds

    def guard(self, engine: Engine) -> Engine:
        """The same database, written to under this lease: once another owner has it, a transaction writes nothing and raises LeaseLost."""
        return engine.execution_options(fence=self._keep)

    @property
    def held(self) -> bool:
        """Whether it is certainly still ours, by this machine's uptime."""
        return uptime() < self._until

    def require(self, seconds: float = 0.0) -> None:
        """Raises LeaseLost when it is not certain that it is ours for so many seconds more."""
        if uptime() + seconds >= self._until:
            raise self._gone()

    def renewed(self, asked_at: float, seconds: float) -> None:
        """Counts from the moment the renewal was asked for (`uptime`), never from its answer."""
        self._until = asked_at + seconds

    def lost(self) -> None:
        """Another owner has it."""
        self._until = 0.0

    def _keep(self, connection: Connection) -> None:
        """Keeps the lease from being taken before this transaction ends; LeaseLost where it was taken before."""
        newest = select(LeaseRow.token).where(LeaseRow.name == self.name).with_for_update(read=True)
        if connection.scalar(newest) != self.token:
            self.lost()
            raise self._gone()

    def _gone(self) -> LeaseLost:
        return LeaseLost(
            f"The lease '{self.name}' ran out while this process worked under it.",
            advice="Another run may own it now; this one stops and Airflow tries it again.",
        )


def acquire_lease(engine: Engine, name: str, *, seconds: float) -> Lease | None:
    """Takes a lease that is free or has run out; None while another owner has it."""
    asked_at = uptime()
    owner = f"{socket.gethostname()}:{os.getpid()}:{threading.get_native_id()}"
    token = _take(engine, name, owner, seconds)
    if token is None:
        return None
    lease = Lease(name, token, seconds)
    lease.renewed(asked_at, seconds)
    return lease


@transaction
def _take(connection: Connection, name: str, owner: str, seconds: float) -> int | None:
    row = {"owner": owner, "expires_at": clock(connection, seconds)}
    token: int | None = connection.scalar(
        insert_into(connection, LeaseRow)
        .values(name=name, token=1, **row)
        .on_conflict_do_update(
            index_elements=["name"],
            set_={**row, "token": LeaseRow.token + 1},
            where=LeaseRow.expires_at <= clock(connection),
        )
        .returning(LeaseRow.token)
    )
    return token


def renew_lease(engine: Engine, lease: Lease, *, seconds: float) -> bool:
    """Extends a lease; False, and the lease is lost, where another owner has taken it."""
    asked_at = uptime()
    if is_ours := _set_end(engine, lease, seconds):
        lease.renewed(asked_at, seconds)
    else:
        lease.lost()
    return is_ours


def release_lease(engine: Engine, lease: Lease) -> None:
    """Gives a lease back, so that the next owner need not wait; nothing happens if it is not ours any more."""
    _set_end(engine, lease, 0.0)
    lease.lost()


@transaction
def _set_end(connection: Connection, lease: Lease, seconds: float) -> bool:
    """Whether the lease is ours still, and ends so many seconds from now."""
    mine = update(LeaseRow).where(LeaseRow.name == lease.name, LeaseRow.token == lease.token)
    return bool(connection.execute(mine.values(expires_at=clock(connection, seconds))).rowcount)


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
            except RetryLater:
                # The next beat tries again; if none gets through, `held` turns false by itself in time.
                log.warning("The lease '%s' could not be renewed just now.", name)

    beat = threading.Thread(target=renew, name=f"lease {name}", daemon=True)
    beat.start()
    try:
        yield lease
    finally:
        done.set()
        beat.join()
        try:
            release_lease(engine, lease)
        except RetryLater as error:  # it runs out by itself; what was done under it counts
            log.warning("The lease '%s' could not be given back: %s", name, error.message)


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
