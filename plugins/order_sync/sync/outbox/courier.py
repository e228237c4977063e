"""Exactly once: how a write of the ledger reaches QuickBooks, whatever breaks on the way.

1. The intent, with its deterministic request id, is in the ledger before anything is sent (`plan_writes`).
2. `sent_at` is committed before each send; a stale claim, or one whose lease is not certainly ours, is not sent.
3. A definite refusal settles the write. Anything that leaves its outcome open parks it: QuickBooks may execute a request up to 120 s
   after the caller gave up, so it is looked for 180 s later, adopted if it is there, and sent again, under the same id, if it is not.
4. A duplicate number or name is a fence too: what is there is read, and adopted if it is what the write wanted.

Only throttling, sign-in and a stopped company end a delivery; a fault of one record never does.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Engine

from order_sync.database.leases import Lease
from order_sync.database.ledger import claim_write, settle_write
from order_sync.errors import LeaseLost, OrderSyncError, OutcomeUnknown, RecordRefused, RetryLater
from order_sync.progress import EVERY_SECONDS, Progress
from order_sync.quickbooks.client import QuickBooks
from order_sync.quickbooks.faults import DuplicateName, DuplicateNumber
from order_sync.sync.orders.write import Write, WriteStatus

log = logging.getLogger(__name__)

THREADS = 4  # QuickBooks answers a write in about half a second, and takes eight a second from one company


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds of the protocol; only tests, which need not wait for a real service, use others."""

    send_within: float = 5.0
    settle_after: float = 180.0
    throttle_patience: float = 900.0
    throttle_wait: float = 60.0
    batch_every: float = 1.6
    """Between two batches: QuickBooks takes 40 of them a minute from one app."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What the protocol needs to know about a kind of write.

    `find` gives the records in QuickBooks that are the write's own, also where QuickBooks recorded one otherwise than it was sent (of
    an update, the record only where it was done); `difference` says in what a record is other than the write wanted, as a code and
    words, or None where it is as wanted.
    """

    find: Callable[[QuickBooks, Write], list[dict[str, Any]]]
    difference: Callable[[Write, Mapping[str, Any]], tuple[str, str] | None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a write ended: its row, the record in QuickBooks where there is one, the error where it is not as wanted."""

    write: Write
    status: WriteStatus
    record: dict[str, Any] | None = None
    error: OrderSyncError | None = None
    adopted: bool = False


class Courier:
    """Delivers writes of one kind to one company under its lease; `deliver` may be called from several threads."""

    def __init__(
        self,
        engine: Engine,
        client: QuickBooks,
        lease: Lease,
        run_key: str,
        kind: Kind,
        timing: Timing = Timing(),
    ) -> None:
        self._engine = engine
        self._client = client
        self._lease = lease
        self._run_key = run_key
        self._kind = kind
        self._timing = timing
        self._open_at = 0.0
        self._throttled_since: float | None = None
        self._stopped = threading.Event()

    def deliver_all(
        self,
        writes: Iterable[Write],
        on_outcome: Callable[[Outcome], None],
        what: str = "writes",
        on_parked: Callable[[Write], None] = lambda _write: None,
    ) -> None:
        """Delivers writes with a few threads, reports each outcome as it comes, then waits for the parked ones and settles them.

        Raises what ends a delivery (SignInAgain, Stop, LeaseLost, a lasting RetryLater, an interrupt) once the writes in flight have
        ended; the others stay planned.
        """
        pending = list(writes)
        progress = Progress(what, len(pending))
        parked: list[Write] = []
        guard = threading.Lock()

        def one(write: Write) -> None:
            if self._stopped.is_set():
                return
            try:
                outcome = self.deliver(write)
            except BaseException:
                self._stopped.set()
                raise
            with guard:
                if outcome.status == WriteStatus.UNKNOWN:
                    parked.append(outcome.write)
                    on_parked(outcome.write)
                elif outcome.status != WriteStatus.PLANNED:
                    on_outcome(outcome)
            progress.step()

        self._deliver_each(pending, one)
        self._settle_parked(parked, on_outcome)

    def _deliver_each(self, pending: Sequence[Write], one: Callable[[Write], None]) -> None:
        with ThreadPoolExecutor(THREADS, thread_name_prefix="deliver") as pool:
            try:
                errors = [future.exception() for future in [pool.submit(one, write) for write in pending]]
            except BaseException:
                self._stopped.set()  # Airflow ends a task by an exception in its main thread
                raise
        for error in errors:
            if error is not None:
                raise error

    def deliver(self, write: Write) -> Outcome:
        """Delivers one write, looking first where an earlier attempt left its outcome open.

        Status `unknown` means that it is parked, `planned` that the delivery was stopped before it could be sent.
        """
        if write.status == WriteStatus.POSTED:
            return self._look_again(write)
        if write.status == WriteStatus.REJECTED:
            return Outcome(write, WriteStatus.REJECTED, error=_noted(write))
        if write.status in (WriteStatus.SENDING, WriteStatus.UNKNOWN):
            return self._look_up(write) if self._ripe(write) else Outcome(write, WriteStatus.UNKNOWN)
        self._wait_for_throttle()
        while not self._stopped.is_set():
            try:
                return self._send(write)
            except LeaseLost:
                raise
            except RetryLater as error:
                self._throttle(error)
            self._wait_for_throttle()
        return Outcome(write, WriteStatus.PLANNED)

    def _send(self, write: Write) -> Outcome:
        self._lease.require(self._timing.send_within)
        claimed_at = time.monotonic()
        claim_write(self._engine, self._lease, write, self._run_key)
        sent = replace(write, status=WriteStatus.SENDING, sent_at=datetime.now(UTC), attempts=write.attempts + 1)
        try:
            if time.monotonic() - claimed_at > self._timing.send_within:
                raise RetryLater(f"The {write.kind} of {write.subject} was held up for too long before it was sent.")
            record = self._execute(sent)
        except OrderSyncError as error:
            return self._refused(sent, error)
        self._throttled_since = None
        return self._posted(sent, record)

    def _execute(self, write: Write) -> dict[str, Any]:
        body = json.loads(write.payload, parse_float=Decimal)
        match write.operation:
            case "update":
                return self._client.update(write.entity, body, request_id=write.request_id)
            case "void":
                return self._client.void(write.entity, body["Id"], body["SyncToken"], request_id=write.request_id)
            case _:
                return self._client.create(write.entity, body, request_id=write.request_id)

    def _refused(self, sent: Write, error: OrderSyncError) -> Outcome:
        """Settles a write that was sent and not answered with a record; raises what is no fault of that record."""
        match error:
            case OutcomeUnknown():
                log.warning("%s %s: %s It is looked for later.", sent.kind, sent.subject, error)
                return self._settle(replace(sent, status=WriteStatus.UNKNOWN), WriteStatus.UNKNOWN, error=error)
            case DuplicateNumber() | DuplicateName():
                return self._adopt_or_reject(sent, error)
            case RecordRefused():
                return self._settle(sent, WriteStatus.REJECTED, error=error)
        # Throttled, not signed in, stopped: certainly not executed, so it is free to be sent another time.
        settle_write(self._engine, self._lease, sent, WriteStatus.PLANNED, run_key=self._run_key, error=error)
        raise error

    def _adopt_or_reject(self, write: Write, error: RecordRefused) -> Outcome:
        try:
            found = self._kind.find(self._client, write)
        except (RetryLater, RecordRefused) as unread:
            return self._settle(replace(write, status=WriteStatus.UNKNOWN), WriteStatus.UNKNOWN, error=unread)
        return self._adopt(write, found) if found else self._settle(write, WriteStatus.REJECTED, error=error)

    def _look_up(self, write: Write) -> Outcome:
        try:
            found = self._kind.find(self._client, write)
        except (RetryLater, RecordRefused) as unread:
            return self._settle(replace(write, status=WriteStatus.UNKNOWN), WriteStatus.UNKNOWN, error=unread)
        if found:
            return self._adopt(write, found)
        settle_write(self._engine, self._lease, write, WriteStatus.PLANNED, run_key=self._run_key)
        return self.deliver(replace(write, status=WriteStatus.PLANNED))

    def _look_again(self, write: Write) -> Outcome:
        """What was recorded otherwise than it was sent may have been corrected since; what was recorded as sent is not read again."""
        noted, found = _noted(write), list[dict[str, Any]]()
        with suppress(RetryLater, RecordRefused):
            found = self._kind.find(self._client, write) if noted else []
        if len(found) == 1 and self._kind.difference(write, found[0]) is None:
            return self._posted(write, found[0], adopted=True)
        return Outcome(write, WriteStatus.POSTED, {"Id": write.quickbooks_id}, noted)

    def _adopt(self, write: Write, found: list[dict[str, Any]]) -> Outcome:
        if len(found) > 1:
            ids = ", ".join(str(record.get("Id")) for record in found)
            error = RecordRefused(
                f"QuickBooks holds {len(found)} records of {write.kind} {write.subject}: {ids}.",
                advice="Delete all but one in QuickBooks.",
                code="FOUND_TWICE",
            )
            return self._settle(write, WriteStatus.POSTED, record=found[0], error=error)
        return self._posted(write, found[0], adopted=True)

    def _posted(self, write: Write, record: dict[str, Any], *, adopted: bool = False) -> Outcome:
        problem = self._kind.difference(write, record)
        error = None
        if problem:
            code, words = problem
            error = RecordRefused(
                f"QuickBooks recorded {write.entity} {record.get('Id')} otherwise than it was sent: {words}.",
                advice="Correct it in QuickBooks, and the next run finds it right; or void it there, and skip the order.",
                code=code,
            )
        return self._settle(write, WriteStatus.POSTED, record=record, error=error, adopted=adopted)

    def _settle(
        self,
        write: Write,
        status: WriteStatus,
        *,
        record: dict[str, Any] | None = None,
        error: OrderSyncError | None = None,
        adopted: bool = False,
    ) -> Outcome:
        settle_write(
            self._engine,
            self._lease,
            write,
            status,
            run_key=self._run_key,
            quickbooks_id=str(record["Id"]) if record else None,
            recorded=_total_of(record or {}),
            error=error,
        )
        return Outcome(write, status, record, error, adopted)

    def _settle_parked(self, parked: list[Write], on_outcome: Callable[[Outcome], None]) -> None:
        """Waits until parked writes can be looked for, and settles them; what is still `unknown` after three rounds is left so.

        All wait together: an outage that parks a thousand writes costs three waits, not three thousand.
        """
        for _round in range(3):
            waiting, parked = parked, []
            for write in waiting:
                self._wait_until_ripe(write)
                outcome = self.deliver(write)
                if outcome.status == WriteStatus.UNKNOWN:
                    parked.append(outcome.write)
                else:
                    on_outcome(outcome)
        for write in parked:
            on_outcome(Outcome(write, WriteStatus.UNKNOWN))

    def _ripe(self, write: Write) -> bool:
        if write.sent_at is None:
            return True
        return datetime.now(UTC) >= write.sent_at + timedelta(seconds=self._timing.settle_after)

    def _wait_until_ripe(self, write: Write) -> None:
        while not self._ripe(write):
            self._lease.require()
            sent_at = write.sent_at or datetime.now(UTC)
            left = (sent_at - datetime.now(UTC)).total_seconds() + self._timing.settle_after
            log.info(
                "All else is done; the answer for %s %s was lost: looking for it in %.0f s",
                write.kind,
                write.subject,
                left,
            )
            time.sleep(max(0.0, min(left, EVERY_SECONDS)))

    def _throttle(self, error: RetryLater) -> None:
        now = time.monotonic()
        since = self._throttled_since = self._throttled_since or now  # another thread may forget it meanwhile
        if now - since > self._timing.throttle_patience:
            raise error
        self._open_at = now + (error.retry_after or self._timing.throttle_wait)
        log.warning("%s Going on in %.0f s.", error, self._open_at - now)

    def _wait_for_throttle(self) -> None:
        while (left := self._open_at - time.monotonic()) > 0 and not self._stopped.wait(left):
            continue


def _total_of(record: Mapping[str, Any]) -> Decimal | None:
    total = record.get("TotalAmt")
    return None if total is None else Decimal(str(total))


def _noted(write: Write) -> OrderSyncError | None:
    if not write.code and not write.message:
        return None
    return RecordRefused(write.message or "", advice=write.advice or "", code=write.code or "")
