"""A write that goes out by itself: all writes of a small run, and in a large one all that a batch left open."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from order_sync.database.leases import uptime
from order_sync.database.ledger import claim_write
from order_sync.errors import OrderSyncError, RetryLater
from order_sync.quickbooks.client import QuickBooks
from order_sync.sync.orders.write import Write, WriteStatus
from order_sync.sync.outbox.channel import Channel
from order_sync.sync.outbox.settling import Outcome, settle_recorded, settle_refused
from order_sync.sync.outbox.throttle import Throttle


def side_by_side(pending: Sequence[Write]) -> Iterator[tuple[Sequence[Write], dict[int, Outcome]]]:
    """The way of a courier that sends all writes singly: one group, and no outcome before its threads send them."""
    yield pending, {}


def send_planned(channel: Channel, throttle: Throttle, write: Write) -> Outcome:
    """Sends a planned write and settles it; it is still `planned` where the delivery was stopped before."""
    return throttle.send(lambda: _send(channel, throttle, write)) or Outcome(write, WriteStatus.PLANNED)


def _send(channel: Channel, throttle: Throttle, write: Write) -> Outcome:
    channel.lease.require(channel.timing.send_within)
    claimed_at = uptime()
    sent = claim_write(channel.engine, channel.lease, write, channel.run_key)
    try:
        if uptime() - claimed_at > channel.timing.send_within:
            raise RetryLater(f"The {write.kind} of {write.subject} was held up for too long before it was sent.")
        record = _execute(channel.client, sent)
    except OrderSyncError as error:
        return settle_refused(channel, sent, error)
    throttle.passed()
    return settle_recorded(channel, sent, record)


def _execute(client: QuickBooks, write: Write) -> dict[str, Any]:
    body = json.loads(write.payload, parse_float=Decimal)
    match write.operation:
        case "update":
            return client.update(write.entity, body, request_id=write.request_id)
        case "void":
            return client.void(write.entity, body["Id"], body["SyncToken"], request_id=write.request_id)
        case "create":
            return client.create(write.entity, body, request_id=write.request_id)
    raise ValueError(f"there is no operation {write.operation}")
