"""How a connection stands: whether somebody has to do something about it, and how much of its quota is used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from order_sync.database.connections import Known

WARNED_BEFORE = timedelta(days=14)
"""So long before its tokens end, somebody is told: a store that runs renews them, so this is one whose Dag rests."""


class Standing(StrEnum):
    """How it stands, the worst first."""

    WRONG = "wrong"
    ENDED = "ended"
    ENDING = "ending"
    UNTRIED = "untried"
    READY = "ready"


def standing(
    known: Known, now: datetime, *, has_run: bool, succeeded_at: datetime | None = None, is_filled_in: bool = True
) -> Standing:
    """How a connection stands, by what is known of it: READY once it answered a run or a test.

    `succeeded_at` is when the last run began that succeeded: a test that failed before it says nothing any more.
    """
    ends = known.refresh_expires_at
    if not is_filled_in or (known.wrong and not _answered_since(known, succeeded_at)):
        return Standing.WRONG
    if ends and ends <= now:
        return Standing.ENDED
    if ends and ends - now <= WARNED_BEFORE:
        return Standing.ENDING
    return Standing.READY if has_run or known.tested_at else Standing.UNTRIED


@dataclass(frozen=True, slots=True)
class Quota:
    """How many calls were made of those that a service allows."""

    used: int
    allowed: int


def calls_of_day(calls: Mapping[str, int], known: Known) -> Quota:
    """Of Infusionsoft's calls of a day (UTC), by kind: 30,000 for a key, 150,000 for an app, by its page on quotas."""
    return Quota(sum(calls.values()), 150_000 if known.refreshed_at else 30_000)


def reads_of_month(calls: Mapping[str, int]) -> Quota:
    """Of QuickBooks' calls of a month, by kind: those that Intuit counts (reads and batches; writes by themselves are free), and how many
    its free tier includes, of all companies of the app."""
    counted = sum(number for kind, number in calls.items() if kind.startswith(("query", "read ", "cdc", "batch")))
    return Quota(counted, 500_000)


def _answered_since(known: Known, succeeded_at: datetime | None) -> bool:
    """Whether the tokens were renewed after the last test, or a run succeeded that began after it: then the service answers again."""
    answered = (known.refreshed_at, succeeded_at)
    return any(known.tested_at and at and at > known.tested_at for at in answered)
