"""What a run comes to: orders, calls, and its money on both sides."""

from __future__ import annotations

from decimal import Decimal

from order_sync.database.overview import PastRun
from order_sync.sync.orders.status import Status


def money(run: PastRun) -> list[tuple[str, Decimal, Decimal]]:
    """By currency, what a run's documents come to in the store and in QuickBooks, what differs first; what waits is not among it."""
    found = []
    for currency, kinds in sorted(run.totals.items()):
        sums = [one for kind, one in kinds.items() if kind != "waiting"]
        came, went = (sum((Decimal(one[side]) for one in sums), Decimal(0)) for side in ("in", "out"))
        if sums:
            found.append((currency, came, went))
    return sorted(found, key=lambda one: one[1] == one[2])


def orders_seen(run: PastRun) -> int:
    """How many orders a run had in hand."""
    return sum(run.counts.get(status, 0) for status in Status)


def calls_made(run: PastRun) -> int:
    """How many calls a run made, of both services."""
    return sum(number for kinds in run.calls.values() for number in kinds.values())


FILTERS = {"money": money, "orders_seen": orders_seen, "calls_made": calls_made}
