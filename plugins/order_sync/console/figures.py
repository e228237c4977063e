"""What a run comes to: orders, calls, and its money on both sides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, tzinfo
from decimal import Decimal

from order_sync.database.overview import PastRun, RunTotals
from order_sync.sync.orders.status import Status

_ZERO = Decimal(0)


def money(run: PastRun) -> list[tuple[str, Decimal, Decimal]]:
    """By currency, what a run's documents come to in the store and in QuickBooks, what differs first; what waits is not among it."""
    return totals(run.totals)


def totals(of_run: Mapping[str, Mapping[str, Mapping[str, str]]]) -> list[tuple[str, Decimal, Decimal]]:
    """The same, of what a run's row has."""
    found = []
    for currency, kinds in sorted(of_run.items()):
        sums = [one for kind, one in kinds.items() if kind != "waiting"]
        came, went = (sum((Decimal(one[side]) for one in sums), _ZERO) for side in ("in", "out"))
        if sums:
            found.append((currency, came, went))
    return sorted(found, key=lambda one: one[1] == one[2])


@dataclass(frozen=True, slots=True)
class DayMoney:
    """What was recorded of a day in a currency: in QuickBooks, and how far that is from what the store has."""

    day: date
    currency: str
    sold: Decimal
    paid: Decimal
    back: Decimal
    difference: Decimal
    """Never below zero: what is too much in one run and too little in another does not even out."""


def money_by_day(runs: Iterable[RunTotals], zone: tzinfo, days: int) -> list[DayMoney]:
    """The last days of which something was recorded, newest first, each currency for itself."""
    found: dict[tuple[date, str], DayMoney] = {}
    for run in runs:
        for currency, _came, _went in totals(run.totals):
            day, kinds = run.at.astimezone(zone).date(), run.totals[currency]
            known = found.get((day, currency), DayMoney(day, currency, _ZERO, _ZERO, _ZERO, _ZERO))
            found[day, currency] = DayMoney(
                day,
                currency,
                known.sold + _went_of(kinds, "documents", "changes"),
                known.paid + _went_of(kinds, "payments"),
                known.back + _went_of(kinds, "refunds", "reversals"),
                known.difference + _apart(kinds),
            )
    newest = sorted({day for day, _currency in found}, reverse=True)[:days]
    return [found[key] for day in newest for key in sorted(found) if key[0] == day]


def _went_of(kinds: Mapping[str, Mapping[str, str]], *wanted: str) -> Decimal:
    return sum((Decimal(kinds[kind]["out"]) for kind in wanted if kind in kinds), _ZERO)


def _apart(kinds: Mapping[str, Mapping[str, str]]) -> Decimal:
    return sum((abs(Decimal(of["in"]) - Decimal(of["out"])) for kind, of in kinds.items() if kind != "waiting"), _ZERO)


def orders_seen(run: PastRun) -> int:
    """How many orders a run had in hand."""
    return sum(run.counts.get(status, 0) for status in Status)


def calls_made(run: PastRun) -> int:
    """How many calls a run made, of both services."""
    return sum(number for kinds in run.calls.values() for number in kinds.values())


FILTERS = {"money": money, "orders_seen": orders_seen, "calls_made": calls_made}
