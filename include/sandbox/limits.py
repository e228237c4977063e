"""The ceilings of the two services, as they publish them: how often a company or a key may call.

QuickBooks: https://developer.intuit.com, "Limits and throttles". Infusionsoft: https://developer.infusionsoft.com,
"API token quota and usage measurements" (the figures of a service account key).
"""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

from pydantic import BaseModel, ConfigDict, NonNegativeInt, PositiveInt

from include.sandbox.calls import Call

TENANT_PER_MINUTE = 10_000
TENANT_PER_DAY = 250_000
METERED = ("quickbooks read ", "quickbooks query", "quickbooks cdc", "quickbooks batch", "quickbooks report")


class Ceilings(BaseModel):
    """How many calls are answered; with `enabled` false, all. None is no ceiling."""

    model_config = ConfigDict(extra="forbid")

    enabled: bool = True
    quickbooks_per_second: PositiveInt = 10
    quickbooks_per_minute: PositiveInt = 500
    quickbooks_batches_per_minute: PositiveInt = 40
    quickbooks_reads_per_month: NonNegativeInt | None = None
    infusionsoft_per_second: PositiveInt = 10
    infusionsoft_per_minute: PositiveInt = 240
    infusionsoft_per_day: PositiveInt = 30_000


class Window:
    """Counts calls in a sliding window of some seconds."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._times: deque[float] = deque()

    def used(self, now: float) -> int:
        """How many calls were added in the last seconds."""
        while self._times and self._times[0] <= now - self.seconds:
            self._times.popleft()
        return len(self._times)

    def add(self, now: float) -> None:
        self._times.append(now)


class Usage:
    """What one company or one key has used."""

    def __init__(self) -> None:
        self.second, self.minute, self.batches = Window(1), Window(60), Window(60)
        self.days: defaultdict[date, int] = defaultdict(int)
        self.reads = 0


class Limits:
    """Who called how often, against the ceilings; refused calls do not count. `clock` tells Unix seconds."""

    def __init__(self, ceilings: Ceilings, clock: Callable[[], float] = time.time) -> None:
        self.ceilings = ceilings
        self._clock = clock
        self.forget()

    def forget(self) -> None:
        """Starts every window, day and month afresh."""
        self._usage: defaultdict[str, Usage] = defaultdict(Usage)

    def admit(self, call: Call) -> str | None:
        """Counts the call and gives None, or names the ceiling that it would pass: second, minute, batches, reads or day."""
        if not call.account:
            return None
        now, usage = self._clock(), self._usage[call.account]
        if self.ceilings.enabled:
            for name, used, ceiling in self._measures(call, usage, now):
                if used >= ceiling:
                    return name
        usage.second.add(now)
        usage.minute.add(now)
        usage.days[_day(now)] += 1
        if call.kind == "quickbooks batch":
            usage.batches.add(now)
        return None

    def answered(self, call: Call, status: int) -> None:
        """Meters what QuickBooks charges for: reads, queries, change data and batches that succeeded."""
        if call.kind.startswith(METERED) and 200 <= status < 300:
            self._usage[call.account].reads += 1

    def _measures(self, call: Call, usage: Usage, now: float) -> Iterator[tuple[str, int, int]]:
        ceilings = self.ceilings
        if call.service == "infusionsoft":
            yield "second", usage.second.used(now), ceilings.infusionsoft_per_second
            yield "minute", usage.minute.used(now), ceilings.infusionsoft_per_minute
            yield "day", usage.days[_day(now)], ceilings.infusionsoft_per_day
            return
        yield "second", usage.second.used(now), ceilings.quickbooks_per_second
        yield "minute", usage.minute.used(now), ceilings.quickbooks_per_minute
        if call.kind == "quickbooks batch":
            yield "batches", usage.batches.used(now), ceilings.quickbooks_batches_per_minute
        if call.kind.startswith(METERED) and ceilings.quickbooks_reads_per_month is not None:
            yield "reads", usage.reads, ceilings.quickbooks_reads_per_month

    def infusionsoft_headers(self, call: Call, status: int) -> dict[str, str]:
        """The quota headers of an Infusionsoft answer; without their values when the key was not accepted (401)."""
        now, usage = self._clock(), self._usage[call.account]
        minute, day = usage.minute.used(now), usage.days[_day(now)]
        tomorrow = datetime.combine(_day(now) + timedelta(days=1), datetime.min.time(), UTC)
        headers = {
            "x-keap-product-quota-expiry-time": str(int(tomorrow.timestamp() * 1000)),
            "x-keap-tenant-throttle-time-unit": "minute|day",
            "x-keap-tenant-throttle-interval": "1|1",
            "x-keap-tenant-throttle-limit": f"{TENANT_PER_MINUTE}|{TENANT_PER_DAY}",
            "x-keap-tenant-throttle-used": f"{minute}|{day}",
            "x-keap-tenant-throttle-available": f"{TENANT_PER_MINUTE - minute}|{TENANT_PER_DAY - day}",
        }
        for name, unit, used, limit in (
            ("quota", "day", day, self.ceilings.infusionsoft_per_day),
            ("throttle", "minute", minute, self.ceilings.infusionsoft_per_minute),
        ):
            headers[f"x-keap-product-{name}-time-unit"] = unit
            headers[f"x-keap-product-{name}-interval"] = "1"
            headers[f"x-keap-product-{name}-limit"] = str(limit)
            headers[f"x-keap-product-{name}-used"] = str(used)
            headers[f"x-keap-product-{name}-available"] = str(max(limit - used, 0))
        return dict.fromkeys(headers, "") if status == 401 else headers


def _day(now: float) -> date:
    return datetime.fromtimestamp(now, UTC).date()
