"""How a write that was sent ends: the ledger knows it before anybody else does.

A record in QuickBooks makes it `posted`, with an error where the record is otherwise than it was sent; a definite refusal makes it
`rejected`; an open outcome `unknown`; one that was certainly not executed is `planned` again. What is found there decides like an
answer, whether it is looked for because the answer was lost or because its number or name is taken.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from order_sync.database.ledger import settle_write
from order_sync.errors import OrderSyncError, OutcomeUnknown, RecordRefused, RetryLater
from order_sync.quickbooks.faults import DuplicateName, DuplicateNumber
from order_sync.sync.orders.codes import Code, refusal
from order_sync.sync.orders.write import Write, WriteStatus
from order_sync.sync.outbox.channel import Channel

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a write ended: its row, the record in QuickBooks where there is one, the error where it is not as wanted."""

    write: Write
    status: WriteStatus
    record: dict[str, Any] | None = None
    error: OrderSyncError | None = None
    adopted: bool = False


def settle_recorded(channel: Channel, write: Write, record: dict[str, Any], *, adopted: bool = False) -> Outcome:
    """Settles a write whose record is in QuickBooks: answered with it, or `adopted` where it was found there."""
    problem = channel.kind.difference(write, record)
    error = None
    if problem:
        code, words = problem
        what = f"{write.entity.words} {record.get('Id')}"
        error = refusal(code, f"QuickBooks recorded {what} otherwise than it was sent: {words}.")
    return _settle(channel, write, WriteStatus.POSTED, record=record, error=error, adopted=adopted)


def settle_refused(channel: Channel, sent: Write, error: OrderSyncError) -> Outcome:
    """Settles a write that was sent and not answered with a record; raises what is no fault of that record."""
    match error:
        case OutcomeUnknown():
            log.warning("%s %s: %s It is looked for later.", sent.kind, sent.subject, error)
            return _park(channel, sent, error)
        case DuplicateNumber() | DuplicateName():
            return _settle_found(channel, sent) or _settle(channel, sent, WriteStatus.REJECTED, error=error)
        case RecordRefused():
            return _settle(channel, sent, WriteStatus.REJECTED, error=error)
    # Throttled, not signed in, stopped: certainly not executed, so it is free to be sent another time.
    _settle(channel, sent, WriteStatus.PLANNED, error=error)
    raise error


def look_up(channel: Channel, write: Write) -> Outcome:
    """Settles a write whose outcome was left open by what is found of it; `planned` where it is not there and may be sent again."""
    missing = replace(write, status=WriteStatus.PLANNED)
    return _settle_found(channel, write) or _settle(channel, missing, WriteStatus.PLANNED)


def look_again(channel: Channel, write: Write) -> Outcome:
    """What was recorded otherwise than it was sent may have been corrected since; what was recorded as sent is not read again."""
    noted, found = noted_error(write), list[dict[str, Any]]()
    with suppress(RetryLater, RecordRefused):
        found = channel.kind.find(channel.client, write) if noted else []
    if len(found) == 1 and channel.kind.difference(write, found[0]) is None:
        return settle_recorded(channel, write, found[0], adopted=True)
    return Outcome(write, WriteStatus.POSTED, {"Id": write.quickbooks_id}, noted)


def noted_error(write: Write) -> OrderSyncError | None:
    """What the ledger holds against a write that was settled earlier."""
    if not write.code and not write.message:
        return None
    return RecordRefused(write.message or "", advice=write.advice or "", code=write.code or "")


def _settle_found(channel: Channel, write: Write) -> Outcome | None:
    """Adopts what QuickBooks holds of a write, and parks the write where that cannot be read; None where there is nothing of it."""
    try:
        found = channel.kind.find(channel.client, write)
    except (RetryLater, RecordRefused) as unread:
        return _park(channel, write, unread)
    if not found:
        return None
    if len(found) == 1:
        return settle_recorded(channel, write, found[0], adopted=True)
    ids = ", ".join(str(record.get("Id")) for record in found)
    error = refusal(
        Code.FOUND_TWICE, f"QuickBooks holds {len(found)} {write.entity.words}s where one was sent, with the ids {ids}."
    )
    return _settle(channel, write, WriteStatus.POSTED, record=found[0], error=error)


def _park(channel: Channel, write: Write, error: OrderSyncError) -> Outcome:
    return _settle(channel, replace(write, status=WriteStatus.UNKNOWN), WriteStatus.UNKNOWN, error=error)


def _settle(
    channel: Channel,
    write: Write,
    status: WriteStatus,
    *,
    record: dict[str, Any] | None = None,
    error: OrderSyncError | None = None,
    adopted: bool = False,
) -> Outcome:
    settle_write(
        channel.engine,
        channel.lease,
        write,
        status,
        run_key=channel.run_key,
        quickbooks_id=str(record["Id"]) if record else None,
        recorded=_total_of(record or {}),
        error=error,
    )
    return Outcome(write, status, record, error, adopted)


def _total_of(record: Mapping[str, Any]) -> Decimal | None:
    total = record.get("TotalAmt")
    return None if total is None else Decimal(str(total))
