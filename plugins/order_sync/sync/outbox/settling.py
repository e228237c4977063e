"""How a write that was sent ends: the ledger knows it before anybody else does.

A record in QuickBooks makes it `posted`, with an error where the record is otherwise than it was sent; a definite refusal makes it
`rejected`; an open outcome `unknown`; one that was certainly not executed is `planned` again. What is found there decides like an
answer, whether it is looked for because the answer was lost or because its number or name is taken.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from order_sync.database.ledger import settle_write
from order_sync.errors import LeaseLost, OrderSyncError, RecordRefused, RetryLater
from order_sync.quickbooks.answers import Written
from order_sync.quickbooks.faults import DuplicateName, DuplicateNumber, is_vague
from order_sync.sync.orders.codes import Code, refusal
from order_sync.sync.orders.kinds import Entity
from order_sync.sync.orders.write import Write, WriteStatus
from order_sync.sync.outbox.channel import Channel
from order_sync.sync.outbox.isolation import concerns_all, of_one

log = logging.getLogger(__name__)

CLOCKS_AGREE_WITHIN = timedelta(seconds=5)
"""What QuickBooks says of its own time comes in whole seconds, and from more than one of its machines."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a write ended: its row, the record in QuickBooks where there is one, the error where it is not as wanted."""

    write: Write
    status: WriteStatus
    record: dict[str, Any] | None = None
    error: OrderSyncError | None = None
    adopted: bool = False


def settle_answered(channel: Channel, write: Write, record: Written) -> Outcome:
    """Settles a write by the record that answered it; one that is not certainly its own is not believed, and looked for."""
    write = replace(write, trace_id=record.trace_id or None)

    def settle() -> Outcome:
        doubt = _doubt(channel, write, record)
        if doubt is None:
            return settle_recorded(channel, write, record)
        log.warning("%s: %s It is looked for.", _name(write), doubt)
        return _settle_found(channel, write) or _park(channel, write, doubt)

    return _in_any_case(channel, write, settle)


def _doubt(channel: Channel, write: Write, record: Mapping[str, Any]) -> RecordRefused | None:
    """Why a record is not believed to be the answer to a write: it is another one, or older than the intent."""
    what = f"QuickBooks answered with {write.entity.words} {record['Id']}"
    if _is_older(channel, write, record):
        return refusal(Code.REPLAYED, f"{what}, which is older than what was sent: the request was sent before.")
    if other := channel.kind.stranger(write, record):
        return refusal(Code.ANSWERED_OTHERWISE, f"{what}, which is another one than was sent: {other}.")
    return None


def _is_older(channel: Channel, write: Write, record: Mapping[str, Any]) -> bool:
    """Whether a record was made, or last changed, before the write was planned, by QuickBooks' own clock."""
    of = "CreateTime" if write.operation == "create" else "LastUpdatedTime"
    try:
        made = datetime.fromisoformat(record.get("MetaData", {}).get(of, ""))
    except ValueError:
        return False
    if made.tzinfo is None or write.planned_at is None:
        return False
    return made < write.planned_at + channel.client.clock_ahead - CLOCKS_AGREE_WITHIN


def settle_recorded(channel: Channel, write: Write, record: dict[str, Any], *, adopted: bool = False) -> Outcome:
    """Settles a write whose record is in QuickBooks: answered with it, or `adopted` where it was found there."""
    problem = channel.kind.difference(write, record)
    error = None
    if problem:
        code, words = problem
        what = f"{write.entity.words} {record.get('Id')}"
        error = refusal(code, f"QuickBooks recorded {what} otherwise than it was sent: {words}.")
    return _settle(channel, write, WriteStatus.POSTED, records=[record], error=error, adopted=adopted)


def settle_refused(channel: Channel, sent: Write, error: Exception) -> Outcome:
    """Settles a write that was sent and not answered with a record; raises what is no fault of that record."""
    if concerns_all(error):
        # Throttled, not signed in, stopped: certainly not executed, so it is free to be sent another time.
        if isinstance(error, OrderSyncError):
            _settle(channel, sent, WriteStatus.PLANNED, error=error)
        raise error
    # What is found of it after all was made by the call that was refused.
    sent = replace(sent, trace_id=(error.trace_id or None) if isinstance(error, OrderSyncError) else None)
    return _in_any_case(channel, sent, lambda: _settle_refused(channel, sent, error))


def _settle_refused(channel: Channel, sent: Write, error: Exception) -> Outcome:
    match error:
        case DuplicateNumber() | DuplicateName():
            return _settle_found(channel, sent) or _settle(channel, sent, WriteStatus.REJECTED, error=error)
        case RecordRefused() if _may_hide(sent, error) and not (sent.attempts > 1 and sent.code == error.code):
            log.warning("%s: %s It is looked for later.", _name(sent), error)
            return _park(channel, sent, error)
        case RecordRefused() if _may_hide(sent, error):
            # Looked for since, sent again, and refused again.
            return _settle_found(channel, sent) or _settle(channel, sent, WriteStatus.REJECTED, error=error)
        case RecordRefused():
            return _settle(channel, sent, WriteStatus.REJECTED, error=error)
    why = of_one(error, _name(sent))
    log.warning("%s: %s It is looked for later.", _name(sent), why)
    return _park(channel, sent, why)


def _may_hide(sent: Write, error: RecordRefused) -> bool:
    """Whether a refusal leaves open if the write was executed all the same. Names are taken once: of an item or customer that is there
    after all, the next one is refused as its duplicate, and finds it."""
    return is_vague(error) and sent.entity not in (Entity.ITEM, Entity.CUSTOMER)


def look_up(channel: Channel, write: Write) -> Outcome:
    """Settles a write whose outcome was left open by what is found of it; `planned` where it is not there and may be sent again."""
    return _in_any_case(channel, write, lambda: _look_up(channel, write))


def _look_up(channel: Channel, write: Write) -> Outcome:
    if outcome := _settle_found(channel, write):
        return outcome
    if reason := _obstacle(channel, write):
        return _settle(channel, write, WriteStatus.REJECTED, error=reason)
    return _settle(channel, replace(write, status=WriteStatus.PLANNED), WriteStatus.PLANNED)


def _obstacle(channel: Channel, write: Write) -> RecordRefused | None:
    """Why a write that is not there is not sent again as it is."""
    if write.code == Code.REPLAYED:  # its request id gives the same answer for ever
        return refusal(Code.REPLAYED, write.message or Code.REPLAYED.means)
    return channel.kind.obstacle(channel.client, write)


def look_again(channel: Channel, write: Write) -> Outcome:
    """What was recorded otherwise than it was sent may have been corrected since; what was recorded as sent is not read again."""
    noted = noted_error(write)
    try:
        found = channel.kind.find(channel.client, write) if noted else []
        is_right = len(found) == 1 and channel.kind.difference(write, found[0]) is None
    except Exception as error:
        if ends_looking(error):
            raise
        of_one(error, _name(write))
        is_right = False
    if is_right:
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
    except Exception as unread:
        if ends_looking(unread):
            raise
        return _park(channel, write, unread)
    return settle_there(channel, write, found) if found else None


def settle_there(channel: Channel, write: Write, found: Sequence[dict[str, Any]]) -> Outcome:
    """Adopts what was found of a write that was claimed; what is there twice is told."""
    if len(found) == 1:
        return settle_recorded(channel, write, found[0], adopted=True)
    ids = ", ".join(str(record.get("Id")) for record in found)
    error = refusal(
        Code.FOUND_TWICE, f"QuickBooks holds {len(found)} {write.entity.words}s where one was sent, with the ids {ids}."
    )
    return _settle(channel, write, WriteStatus.POSTED, records=found, error=error)


def ends_looking(error: Exception) -> bool:
    """Whether the error of a look-up ends the delivery: what cannot be read now is looked for later, unless the lease is lost."""
    return concerns_all(error) and (isinstance(error, LeaseLost) or not isinstance(error, RetryLater))


def _in_any_case(channel: Channel, write: Write, settle: Callable[[], Outcome]) -> Outcome:
    """Parks a write that was sent where it cannot be settled: whatever is wrong with its record, the others go on."""
    try:
        return settle()
    except Exception as error:
        if concerns_all(error):
            raise
        return _park(channel, write, error)


def _park(channel: Channel, write: Write, error: Exception) -> Outcome:
    why = error if isinstance(error, RetryLater) else of_one(error, _name(write))
    parked = replace(write, status=WriteStatus.UNKNOWN, code=why.code, message=why.message, advice=why.advice)
    return _settle(channel, parked, WriteStatus.UNKNOWN, error=why)


def _name(write: Write) -> str:
    return f"{write.kind} {write.subject}"


def settle_obstructed(channel: Channel, write: Write, reason: RecordRefused) -> Outcome:
    """Settles a write that was claimed and is not sent, because of what stands in its way."""
    return _settle(channel, write, WriteStatus.REJECTED, error=reason)


def _settle(
    channel: Channel,
    write: Write,
    status: WriteStatus,
    *,
    records: Sequence[dict[str, Any]] = (),
    error: OrderSyncError | None = None,
    adopted: bool = False,
) -> Outcome:
    record = records[0] if records else None
    settle_write(
        channel.engine,
        channel.lease,
        write,
        status,
        run_key=channel.run_key,
        quickbooks_id=str(record["Id"]) if record else None,
        recorded=_total_of(records),
        error=error,
    )
    return Outcome(write, status, record, error, adopted)


def _total_of(records: Sequence[Mapping[str, Any]]) -> Decimal | None:
    """What they come to in the books; None where they do not say."""
    totals = [Decimal(str(one["TotalAmt"])) for one in records if one.get("TotalAmt") is not None]
    return sum(totals, Decimal(0)) if totals else None
