"""What a run comes to: orders, calls, and its money on both sides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, tzinfo
from decimal import Decimal

from order_sync.database.overview import PastRun, RunTotals
from order_sync.sync.orders.status import Status

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Money:
    """What was recorded in a currency: in QuickBooks, and how far that is from what the store has."""

    currency: str
    sold: Decimal
    """Receipts and invoices, as they are now."""
    paid: Decimal
    back: Decimal
    difference: Decimal
    """Never below zero: what is too much in one record and too little in another does not even out."""


def money(run: PastRun) -> list[Money]:
    """What a run recorded, by currency, what differs first; what waits is not among it."""
    return sorted(_recorded(run.totals), key=lambda one: not one.difference)


def money_by_day(runs: Iterable[RunTotals], zone: tzinfo, days: int) -> list[tuple[date, Money]]:
    """The last days of which something was recorded, newest first, each currency for itself."""
    found: dict[tuple[date, str], Money] = {}
    for run in runs:
        day = run.at.astimezone(zone).date()
        for one in _recorded(run.totals):
            known = found.get((day, one.currency))
            found[day, one.currency] = _together(known, one) if known else one
    newest = sorted({day for day, _currency in found}, reverse=True)[:days]
    return [(day, found[key]) for day in newest for key in sorted(found) if key[0] == day]


def _recorded(totals: Mapping[str, Mapping[str, Mapping[str, str]]]) -> list[Money]:
    return [
        Money(
            currency,
            _went_of(kinds, "documents", "changes"),
            _went_of(kinds, "payments"),
            _went_of(kinds, "refunds", "reversals"),
            _apart(kinds),
        )
        for currency, kinds in sorted(totals.items())
        if kinds.keys() - {"waiting"}
    ]


def _together(one: Money, other: Money) -> Money:
    return Money(
        one.currency,
        one.sold + other.sold,
        one.paid + other.paid,
        one.back + other.back,
        one.difference + other.difference,
    )


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
