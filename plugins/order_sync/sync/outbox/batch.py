"""Writes that go out thirty to a request, by the same protocol as single ones (`courier.py`).

A batch is claimed as a whole and answered item by item. One whose answer is lost is not sent again: each of its writes is looked for,
and sent by itself, under its own request id, if it is not there. What was certainly not executed (a throttle) goes out again as the
same batch: the same writes, `bId`s and request id.
"""

from __future__ import annotations

import json
import logging
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial

from order_sync.database.leases import uptime
from order_sync.database.ledger import REQUEST_NAMESPACE, claim_writes
from order_sync.errors import LeaseLost, OrderSyncError, RetryLater
from order_sync.quickbooks.answers import Written
from order_sync.quickbooks.client import BatchItem
from order_sync.settings import Store
from order_sync.sync.orders.write import Write, WriteStatus
from order_sync.sync.outbox.channel import Channel
from order_sync.sync.outbox.courier import Courier
from order_sync.sync.outbox.settling import Outcome, settle_answered, settle_refused
from order_sync.sync.outbox.single import is_corrected, side_by_side
from order_sync.sync.outbox.throttle import Throttle

log = logging.getLogger(__name__)

BATCH_SIZE = 30
WORTH_BATCHES = 100
"""From so many writes on, `write_mode: auto` sends batches: they are metered, single writes are not."""


def open_courier(channel: Channel, store: Store, writes: int) -> Courier:
    """A courier for so many writes, by the store's write mode."""
    throttle = Throttle(channel.timing)
    in_batches = store.write_mode == "batch" or (store.write_mode == "auto" and writes >= WORTH_BATCHES)
    return Courier(channel, throttle, Batches(channel, throttle).send_each if in_batches else side_by_side)


class Batches:
    """Sends what was never sent in batches, one at a time and no faster than QuickBooks takes them."""

    def __init__(self, channel: Channel, throttle: Throttle) -> None:
        self._channel = channel
        self._throttle = throttle
        self._next_at = 0.0

    def send_each(self, pending: Sequence[Write]) -> Iterator[tuple[Sequence[Write], dict[int, Outcome]]]:
        """The writes of which something was sent before as a group without outcomes, then each batch with those that its answer brought."""
        fresh = [write for write in pending if write.status == WriteStatus.PLANNED and not is_corrected(write)]
        yield [write for write in pending if write.status != WriteStatus.PLANNED or is_corrected(write)], {}
        for start in range(0, len(fresh), BATCH_SIZE):
            batch = fresh[start : start + BATCH_SIZE]
            outcomes = self._throttle.send(partial(self._send, batch)) or []
            yield batch, {outcome.write.id: outcome for outcome in outcomes}

    def _send(self, writes: Sequence[Write]) -> list[Outcome]:
        if (left := self._next_at - time.monotonic()) > 0:
            time.sleep(left)
        self._next_at = time.monotonic() + self._channel.timing.batch_every
        return _send_batch(self._channel, self._throttle, writes)


def _send_batch(channel: Channel, throttle: Throttle, writes: Sequence[Write]) -> list[Outcome]:
    channel.lease.require(channel.timing.send_within)
    claimed_at = uptime()
    sent = claim_writes(channel.engine, channel.lease, writes, channel.run_key)
    try:
        if uptime() - claimed_at > channel.timing.send_within:
            raise RetryLater("A batch was held up for too long before it was sent.")
        answers = channel.client.batch([_item(write) for write in sent], request_id=_request_id(sent))
    except Exception as error:  # noqa: BLE001 — what concerns all is raised there, once it is settled
        return _settle_all_refused(channel, sent, error)
    throttle.passed()
    return _settle_answered(channel, sent, answers)


def _settle_all_refused(channel: Channel, sent: Sequence[Write], error: Exception) -> list[Outcome]:
    """Settles every write of a batch before anything is raised."""
    outcomes, raised = [], None
    for write in sent:
        try:
            outcomes.append(settle_refused(channel, write, error))
        except OrderSyncError as found:
            raised = found
    if raised:
        raise raised
    return outcomes


def _settle_answered(
    channel: Channel, sent: Sequence[Write], answers: Mapping[str, Written | OrderSyncError]
) -> list[Outcome]:
    """The outcome of each write; one that was certainly not executed stays planned, and what it gets by itself decides."""
    outcomes = []
    for write in sent:
        answer = answers[str(write.id)]
        if not isinstance(answer, OrderSyncError):
            outcomes.append(settle_answered(channel, write, answer))
            continue
        try:
            outcomes.append(settle_refused(channel, write, answer))
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
