"""A write that goes out by itself: all writes of a small run, and in a large one all that a batch left open."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from decimal import Decimal

from order_sync.database.leases import uptime
from order_sync.database.ledger import claim_write
from order_sync.database.writes import earlier_generations
from order_sync.errors import RetryLater
from order_sync.quickbooks.answers import Written
from order_sync.quickbooks.client import QuickBooks
from order_sync.sync.orders.write import Write, WriteStatus
from order_sync.sync.outbox.channel import Channel
from order_sync.sync.outbox.isolation import of_one
from order_sync.sync.outbox.settling import (
    Outcome,
    ends_looking,
    settle_answered,
    settle_obstructed,
    settle_refused,
    settle_there,
)
from order_sync.sync.outbox.throttle import Throttle


def side_by_side(pending: Sequence[Write]) -> Iterator[tuple[Sequence[Write], dict[int, Outcome]]]:
    """The way of a courier that sends all writes singly: one group, and no outcome before its threads send them."""
    yield pending, {}


def send_planned(channel: Channel, throttle: Throttle, write: Write) -> Outcome:
    """Sends a planned write and settles it; it is still `planned` where the delivery was stopped before."""
    if is_corrected(write) and (outcome := _left_by_another_generation(channel, write)):
        return outcome
    return throttle.send(lambda: _send(channel, throttle, write)) or Outcome(write, WriteStatus.PLANNED)


def is_corrected(write: Write) -> bool:
    """Whether an earlier generation was sent in its place, whose record may be there although it was refused."""
    return write.operation == "create" and write.generation > 1 and write.attempts == 0


def _left_by_another_generation(channel: Channel, write: Write) -> Outcome | None:
    """Adopts the record of a write that was refused and executed all the same, under another request id; None where there is none.

    Status `unknown`, with the row still planned, where that cannot be looked up now.
    """
    refused = [one for one in earlier_generations(channel.engine, write) if one.quickbooks_id is None]
    try:
        found = {
            record["Id"]: record for one in (write, *refused[:1]) for record in channel.kind.find(channel.client, one)
        }
        reason = None if found else channel.kind.obstacle(channel.client, write)
    except Exception as error:
        if ends_looking(error):
            raise
        return Outcome(write, WriteStatus.UNKNOWN, error=of_one(error, f"{write.kind} {write.subject}"))
    if not found and not reason:
        return None
    claimed = claim_write(channel.engine, channel.lease, write, channel.run_key)
    return (
        settle_obstructed(channel, claimed, reason) if reason else settle_there(channel, claimed, list(found.values()))
    )


def _send(channel: Channel, throttle: Throttle, write: Write) -> Outcome:
    channel.lease.require(channel.timing.send_within)
    claimed_at = uptime()
    sent = claim_write(channel.engine, channel.lease, write, channel.run_key)
    try:
        if uptime() - claimed_at > channel.timing.send_within:
            raise RetryLater(f"The {write.kind} of {write.subject} was held up for too long before it was sent.")
        record = _execute(channel.client, sent)
    except Exception as error:  # noqa: BLE001 — what concerns all is raised there, once it is settled
        return settle_refused(channel, sent, error)
    throttle.passed()
    return settle_answered(channel, sent, record)


def _execute(client: QuickBooks, write: Write) -> Written:
    body = json.loads(write.payload, parse_float=Decimal)
    match write.operation:
        case "update":
            return client.update(write.entity, body, request_id=write.request_id)
        case "void":
            return client.void(write.entity, body["Id"], body["SyncToken"], request_id=write.request_id)
        case "create":
            return client.create(write.entity, body, request_id=write.request_id)
    raise ValueError(f"there is no operation {write.operation}")
