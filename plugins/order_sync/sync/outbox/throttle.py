"""Waiting out a throttle: where QuickBooks takes no more for a while, all threads of a delivery wait, and send again."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from order_sync.errors import LeaseLost, RetryLater
from order_sync.sync.outbox.channel import Timing

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")


class Throttle:
    """What all threads of a delivery send through: one that is throttled holds up the others, one that stops ends their waiting."""

    def __init__(self, timing: Timing) -> None:
        self._timing = timing
        self._open_at = 0.0
        self._since: float | None = None
        self._stopped = threading.Event()

    @property
    def stopped(self) -> bool:
        """Whether nothing more is to be sent."""
        return self._stopped.is_set()

    def stop(self) -> None:
        """Nothing more is sent, and nobody waits any longer."""
        self._stopped.set()

    def passed(self) -> None:
        """QuickBooks took something: the patience with the next throttle begins anew."""
        self._since = None

    def send(self, attempt: Callable[[], Answer]) -> Answer | None:
        """Attempts it as soon as QuickBooks takes something, and again after each RetryLater, which says that nothing was executed.

        None where the delivery was stopped before it was sent; raises a throttle that outlasts the patience.
        """
        self._wait()
        while not self.stopped:
            try:
                return attempt()
            except LeaseLost:
                raise
            except RetryLater as error:
                self._hold_up(error)
            self._wait()
        return None

    def _hold_up(self, error: RetryLater) -> None:
        now = time.monotonic()
        since = self._since = self._since or now  # another thread may forget it meanwhile
        left = since + self._timing.throttle_patience - now
        if left < 0:
            raise error
        # Whatever the service asks for, the patience that is left is enough to try it once more.
        self._open_at = now + (min(left, error.retry_after or 0.0) or self._timing.throttle_wait)
        log.warning("%s Going on in %.0f s.", error, self._open_at - now)

    def _wait(self) -> None:
        while (left := self._open_at - time.monotonic()) > 0 and not self._stopped.wait(left):
            continue
