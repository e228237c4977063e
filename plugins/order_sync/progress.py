"""Progress of long work in the task log: done, total, rate and time left, at least every five seconds."""

from __future__ import annotations

import logging
import threading
import time

log = logging.getLogger(__name__)

EVERY_SECONDS = 5.0


class Progress:
    """Counts steps of `what` and logs a line whenever five seconds have passed; may be stepped from several threads.

    `total` is None where nobody knows how many there will be.
    """

    def __init__(self, what: str, total: int | None = None) -> None:
        self._what = what
        self._total = total
        self._done = 0
        self._began = self._said = time.monotonic()
        self._lock = threading.Lock()

    def step(self, number: int = 1) -> None:
        """Notes that `number` more are done."""
        with self._lock:
            self._done += number
            now = time.monotonic()
            if now - self._said < EVERY_SECONDS:
                return
            self._said = now
            done, rate = self._done, self._done / (now - self._began)
        if self._total is None:
            log.info("%s: %d, %.1f a second", self._what, done, rate)
            return
        left = (self._total - done) / rate if rate else 0.0
        log.info("%s: %d of %d, %.1f a second, about %.0f s left", self._what, done, self._total, rate, left)
