"""Writes that go out thirty to a request, by the same protocol as single ones (`delivery.py`).

A batch is claimed as a whole and answered item by item. One whose answer is lost is not sent again: each of its writes is looked for,
and sent by itself, under its own request id, if it is not there. What was certainly not executed (a throttle) goes out again as the
same batch: the same writes, `bId`s and request id.
"""

from __future__ import annotations

import json
import logging
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Engine

from order_sync.database.leases import Lease
from order_sync.database.ledger import REQUEST_NAMESPACE, claim_writes
from order_sync.errors import LeaseLost, OrderSyncError, RetryLater
from order_sync.quickbooks.client import BatchItem, QuickBooks
from order_sync.settings import Store
from order_sync.sync.orders.write import Write, WriteStatus
from order_sync.sync.outbox.courier import Courier, Kind, Outcome, Timing

log = logging.getLogger(__name__)

BATCH_SIZE = 30
WORTH_BATCHES = 100
"""From so many writes on, `write_mode: auto` sends batches: they are metered, single writes are not."""


def open_courier(
    engine: Engine,
    client: QuickBooks,
    lease: Lease,
    run_key: str,
    kind: Kind,
    timing: Timing,
    store: Store,
    writes: int,
) -> Courier:
    """A courier for so many writes, by the store's write mode."""
    in_batches = store.write_mode == "batch" or (store.write_mode == "auto" and writes >= WORTH_BATCHES)
    return (BatchCourier if in_batches else Courier)(engine, client, lease, run_key, kind, timing)


class BatchCourier(Courier):
    """Delivers what was never sent in batches, the rest singly."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._answered: dict[int, Outcome] = {}
        self._next_at = 0.0

    def _deliver_each(self, pending: Sequence[Write], one: Callable[[Write], None]) -> None:
        fresh = [write for write in pending if write.status == WriteStatus.PLANNED]
        super()._deliver_each([write for write in pending if write.status != WriteStatus.PLANNED], one)
        for start in range(0, len(fresh), BATCH_SIZE):
            for outcome in self._deliver_batch(fresh[start : start + BATCH_SIZE]):
                self._answered[outcome.write.id] = outcome
            super()._deliver_each(fresh[start : start + BATCH_SIZE], one)

    def deliver(self, write: Write) -> Outcome:
        """As a single courier; what a batch brought an answer for is not sent again."""
        return self._answered.pop(write.id, None) or super().deliver(write)

    def _deliver_batch(self, writes: Sequence[Write]) -> list[Outcome]:
        self._wait_for_throttle()
        while not self._stopped.is_set():
            try:
                return self._send_batch(writes)
            except LeaseLost:
                raise
            except RetryLater as error:
                self._throttle(error)
            self._wait_for_throttle()
        return []

    def _send_batch(self, writes: Sequence[Write]) -> list[Outcome]:
        if (left := self._next_at - time.monotonic()) > 0:
            time.sleep(left)
        self._next_at = time.monotonic() + self._timing.batch_every
        self._lease.require(self._timing.send_within)
        claimed_at = time.monotonic()
        claim_writes(self._engine, self._lease, writes, self._run_key)
        now = datetime.now(UTC)
        sent = [
            replace(write, status=WriteStatus.SENDING, sent_at=now, attempts=write.attempts + 1) for write in writes
        ]
        try:
            if time.monotonic() - claimed_at > self._timing.send_within:
                raise RetryLater("A batch was held up for too long before it was sent.")
            answers = self._client.batch([_item(write) for write in sent], request_id=_request_id(sent))
        except OrderSyncError as error:
            return self._all_refused(sent, error)
        self._throttled_since = None
        return self._settled(sent, answers)

    def _all_refused(self, sent: Sequence[Write], error: OrderSyncError) -> list[Outcome]:
        outcomes, raised = [], None
        for write in sent:
            try:
                outcomes.append(self._refused(write, error))
            except OrderSyncError as found:
                raised = found
        if raised:
            raise raised
        return outcomes

    def _settled(self, sent: Sequence[Write], answers: Mapping[str, dict[str, Any] | OrderSyncError]) -> list[Outcome]:
        """The outcome of each write; one that was certainly not executed stays planned, and what it gets by itself decides."""
        outcomes = []
        for write in sent:
            answer = answers[str(write.id)]
            if not isinstance(answer, OrderSyncError):
                outcomes.append(self._posted(write, answer))
                continue
            try:
                outcomes.append(self._refused(write, answer))
            except LeaseLost:
                raise
            except OrderSyncError as error:
                log.warning("%s %s of a batch: %s It is sent by itself.", write.kind, write.subject, error)
        return outcomes


def _item(write: Write) -> BatchItem:
    body = json.loads(write.payload, parse_float=Decimal)
    if write.operation == "void":
        body |= {"sparse": True}
    return BatchItem(str(write.id), write.operation, write.entity, body)


def _request_id(writes: Sequence[Write]) -> str:
    return str(uuid.uuid5(REQUEST_NAMESPACE, "\n".join(write.request_id for write in writes)))
