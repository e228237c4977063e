"""Exactly once: how the writes of the ledger reach QuickBooks, whatever breaks on the way.

1. The intent, with its deterministic request id, is in the ledger before anything is sent (`plan_writes`).
2. `sent_at` is committed before each send; a stale claim, or one whose lease is not certainly ours, is not sent (`single.py`, `batch.py`).
3. A definite refusal settles the write. Anything that leaves its outcome open parks it: QuickBooks may execute a request up to 120 s
   after the caller gave up, so it is looked for 180 s later, adopted if it is there, and sent again, under the same id, if it is not.
4. A duplicate number or name is a fence too: what is there is read, and adopted if it is what the write wanted (`settling.py`).

5. An answer is believed where it is the write's own record, and not an older one; else it is looked for (`settling.py`). Before a corrected
   payload goes out under another id, what the refused one may have left is looked for (`single.py`).

Only throttling, sign-in, a stopped company, a lost lease and trouble with the database end a delivery; a fault of one record never does.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from order_sync.database.database import clock_now
from order_sync.progress import EVERY_SECONDS, Progress
from order_sync.sync.orders.write import Write, WriteStatus
from order_sync.sync.outbox.channel import Channel
from order_sync.sync.outbox.isolation import concerns_all, of_one
from order_sync.sync.outbox.settling import Outcome, look_again, look_up, noted_error
from order_sync.sync.outbox.single import send_planned
from order_sync.sync.outbox.throttle import Throttle

log = logging.getLogger(__name__)

SAID_EVERY_SECONDS = 60.0
THREADS = 4  # QuickBooks answers a write in about half a second, and takes eight a second from one company

Sending = Callable[[Sequence[Write]], Iterator[tuple[Sequence[Write], Mapping[int, Outcome]]]]
"""A way to send: gives the pending writes group after group, with the outcomes that it has for them already, by the write's id. The
courier's threads report those, and deliver the rest of the group singly, before it gives the next."""


class Courier:
    """Delivers writes of one kind to one company under its lease."""

    def __init__(self, channel: Channel, throttle: Throttle, sending: Sending) -> None:
        self._channel = channel
        self._throttle = throttle
        self._sending = sending

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

        def report(outcome: Outcome) -> None:
            with guard:
                if outcome.status == WriteStatus.UNKNOWN:
                    parked.append(outcome.write)
                    on_parked(outcome.write)
                elif outcome.status != WriteStatus.PLANNED:
                    on_outcome(outcome)
            progress.step()

        for group, answered in self._sending(pending):
            self._deliver_group(group, answered, report)
        self._settle_parked(parked, on_outcome)

    def _deliver_group(
        self, group: Sequence[Write], answered: Mapping[int, Outcome], report: Callable[[Outcome], None]
    ) -> None:
        def one(write: Write) -> None:
            if self._throttle.stopped:
                return
            try:
                outcome = answered.get(write.id) or self._deliver_in_any_case(write)
            except BaseException:
                self._throttle.stop()
                raise
            report(outcome)

        with ThreadPoolExecutor(THREADS, thread_name_prefix="deliver") as pool:
            try:
                errors = [future.exception() for future in [pool.submit(one, write) for write in group]]
            except BaseException:
                self._throttle.stop()  # Airflow ends a task by an exception in its main thread
                raise
        for error in errors:
            if error is not None:
                raise error

    def _deliver_in_any_case(self, write: Write) -> Outcome:
        """`_deliver`, and whatever goes wrong with this one write leaves it open; the next run finds in the ledger how far it came."""
        try:
            return self._deliver(write)
        except Exception as error:
            if concerns_all(error):
                raise
            return Outcome(write, WriteStatus.UNKNOWN, error=of_one(error, f"{write.kind} {write.subject}"))

    def _deliver(self, write: Write) -> Outcome:
        """Delivers one write, looking first where an earlier attempt left its outcome open.

        Status `unknown` means that it is parked, `planned` that the delivery was stopped before it could be sent.
        """
        match write.status:
            case WriteStatus.POSTED:
                return look_again(self._channel, write)
            case WriteStatus.REJECTED:
                return Outcome(write, WriteStatus.REJECTED, error=noted_error(write))
            case WriteStatus.SENDING | WriteStatus.UNKNOWN:
                if not self._ripe(write):
                    return Outcome(write, WriteStatus.UNKNOWN)
                outcome = look_up(self._channel, write)
                if outcome.status != WriteStatus.PLANNED:
                    return outcome
                write = outcome.write
        return send_planned(self._channel, self._throttle, write)

    def _settle_parked(self, parked: list[Write], on_outcome: Callable[[Outcome], None]) -> None:
        """Waits until parked writes can be looked for, and settles them; what is still `unknown` after three rounds is left so.

        All wait together: an outage that parks a thousand writes costs three waits, not three thousand.
        """
        left = list[Outcome]()
        for _round in range(3):
            waiting, parked, left = parked, [], []
            said = Reminder()
            for write in waiting:
                self._wait_until_ripe(write, len(waiting), said)
                outcome = self._deliver_in_any_case(write)
                if outcome.status == WriteStatus.UNKNOWN:
                    parked.append(outcome.write)
                    left.append(outcome)
                else:
                    on_outcome(outcome)
        for outcome in left:
            on_outcome(outcome)

    def _ripe(self, write: Write) -> bool:
        """Whether QuickBooks can no longer execute a request for it, so that it is there or will not be."""
        return write.sent_at is None or self._seconds_left(write.sent_at) <= 0

    def _seconds_left(self, sent_at: datetime) -> float:
        return self._channel.timing.settle_after - (clock_now(self._channel.engine) - sent_at).total_seconds()

    def _wait_until_ripe(self, write: Write, number: int, said: Reminder) -> None:
        while write.sent_at and (left := self._seconds_left(write.sent_at)) > 0:
            self._channel.lease.require()
            if said.is_due():
                which = f"{write.kind} {write.subject}" if number == 1 else f"{number} of them, {write.kind}s"
                log.info("All else is done; the answer was lost for %s: looking for it in %.0f s", which, left)
            time.sleep(min(left, EVERY_SECONDS))


class Reminder:
    """Says whether a line that tells of a long wait is due: at once, then every minute."""

    def __init__(self) -> None:
        self._said_at: float | None = None

    def is_due(self) -> bool:
        """Whether it is due now; if so, it counts as said."""
        now = time.monotonic()
        if self._said_at is not None and now - self._said_at < SAID_EVERY_SECONDS:
            return False
        self._said_at = now
        return True
