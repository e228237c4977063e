"""From where a run reads, and which orders it reads again, whatever became of them before.

A run reads the orders that were created, changed or paid in its interval, and looks `OVERLAP` further back. Where the runs before it
failed and nobody read their days, it begins where reading ended (`begin_reading`). Beside that it reads those orders
that earlier runs left: unfinished ones (`status.UNFINISHED`) for `UNFINISHED_DAYS`; and without such an end, those that have their document
and are in trouble or still open (nobody has looked yet what else is due of them). The query is `database.orders.unfinished_orders`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

OVERLAP = timedelta(hours=24)
"""How far before its interval a run looks: a manual payment is stamped midnight of its day however late it was entered, and the
service does not say whether its bounds are inclusive. Orders are de-duplicated by id, so looking twice costs calls, not documents."""

UNFINISHED_DAYS = timedelta(days=90)
"""Orders that wait, are held or failed join every run up to the end of whose interval they were made, for this long."""

MOST_READ_ON = timedelta(days=31)
"""So far before its interval a run reads what nobody has read: a monthly run that failed. More is told, and left to a backfill: whoever
paused a store for a season may not want all of it recorded."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A half-open stretch of time (aware)."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Reading:
    """What a run reads: from `begins` to the end of its interval. What lies between `unread_from` and that, nobody has read."""

    begins: datetime
    unread_from: datetime | None = None


def begin_reading(
    interval_start: datetime,
    first_day: datetime,
    regular: Iterable[Interval],
    read: Iterable[Interval],
    *,
    first_tried: datetime,
) -> Reading:
    """Where a run begins that is no backfill: at the start of its interval, or earlier, where reading ended.

    `regular` is what the runs by schedule or by hand have read, `read` what any has, backfills too. Reading ended where the regular runs
    came furthest; before any of them has read, where the first one began that tried (`first_tried`). A run before that is about the past,
    and reads its interval alone. Never before `first_day`.
    """
    ended = max((one.end for one in regular), default=first_tried)
    unread = unread_of(Interval(max(ended, first_day), interval_start), read)
    if not unread:
        return Reading(interval_start)
    begins = max(unread[0].start, interval_start - MOST_READ_ON)
    return Reading(begins, unread[0].start if unread[0].start < begins else None)


def unread_of(wanted: Interval, read: Iterable[Interval]) -> list[Interval]:
    """The parts of a stretch that none of the others covers, in their order."""
    found, reached = [], wanted.start
    for one in sorted(read, key=lambda one: one.start):
        if reached < min(one.start, wanted.end):
            found.append(Interval(reached, min(one.start, wanted.end)))
        reached = max(reached, one.end)
    if reached < wanted.end:
        found.append(Interval(reached, wanted.end))
    return found


def stays_open(created_at: datetime, interval_end: datetime, *, awaits_payment: bool) -> bool:
    """Whether a recorded order is read by every run, as one that waits is: a payment by hand may be stamped long before it was entered,
    and an order that is deleted is seen to be gone only where it is asked for."""
    return awaits_payment and created_at >= interval_end - UNFINISHED_DAYS
