"""Random histories of orders, in plain words: what is sold, and what becomes of it day by day."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal, NamedTuple

DAYS = 4
PERCENT = Decimal("8.25")
"""What QuickBooks computes in a company that computes tax."""
CENT = Decimal("0.01")
WAYS = ("Sales receipt", "Invoice and payment", "Invoice, payment if paid", "Invoice", "in parts")
METHODS = {"Credit Card": "Undeposited Funds", "Cash": "Checking"}

What = Literal["paid", "written off", "credited", "refunded", "voided", "deleted"]


class Regime(NamedTuple):
    """How a store is set: all that decides where its orders go. `way` is "in parts" where rules decide by the payments."""

    way: str
    tax: str
    discounts: str
    overpaid: str
    deleted: str
    write_mode: str
    cadence: str = "daily"
    """How often it runs: every day, or once after all of them."""


class Sold(NamedTuple):
    """A line of an order: its kind in Infusionsoft, the item or account that it goes to, what it comes to (discounts below zero)."""

    kind: str
    name: str
    amount: Decimal
    quantity: int = 1
    taxable: bool = False


class Event(NamedTuple):
    """What happens to an order on a day; of a refund, `line` is the one that it is for, where it is for one, as its place in the order,
    and `of` the payment that it gives back, as its place among the events.
    """

    day: int
    what: What
    amount: Decimal = Decimal(0)
    method: str = "Credit Card"
    line: int | None = None
    of: int = 0


@dataclass(frozen=True)
class History:
    """An order, and what becomes of it."""

    number: int
    day: int
    currency: str
    sold: Sequence[Sold]
    events: Sequence[Event]

    @property
    def total(self) -> Decimal:
        return sum((one.amount for one in self.sold), Decimal(0))

    def __str__(self) -> str:
        lines = ", ".join(f"{one.name} {one.amount}" for one in self.sold)
        events = "".join(f"; day {one.day}: {one.amount} {one.what} by {one.method}" for one in self.events)
        return f"order {self.number} of day {self.day}, {self.total} {self.currency} ({lines}){events}"


def regimes(choose: random.Random) -> Iterator[Regime]:
    """Settings without end: each way and each of the other choices comes again and again, in changing company."""
    while True:
        for way in choose.sample(WAYS, len(WAYS)):
            tax = choose.choice(("line item", "as charged", "automatic"))
            discounts = choose.choice(("discount line", "negative lines"))
            overpaid = choose.choice(("hold", "unapplied"))
            deleted = choose.choice(("flag", "void"))
            cadence = choose.choice(("daily", "daily", "at once"))
            yield Regime(way, tax, discounts, overpaid, deleted, choose.choice(("single", "batch")), cadence)


def histories(choose: random.Random, regime: Regime, number: int, kinds: frozenset[str]) -> list[History]:
    """So many histories, of only these kinds of event."""
    return [_history(choose, regime, one, kinds) for one in range(1, number + 1)]


def _history(choose: random.Random, regime: Regime, number: int, kinds: frozenset[str]) -> History:
    sold, day = _sold(choose, regime, kinds), choose.randrange(DAYS - 1)
    currency = choose.choice(("USD", "USD", "EUR")) if "euro" in kinds else "USD"
    if regime.way == "Invoice":
        kinds = kinds if "refund beside an invoice" in kinds else kinds - {"refund"}
    return History(number, day, currency, sold, _events(choose, day, sold, currency, kinds))


def _sold(choose: random.Random, regime: Regime, kinds: frozenset[str]) -> list[Sold]:
    """Lines that come to more than zero; the tax is what the store charged, or what QuickBooks will compute."""
    lines = []
    for _ in range(choose.randint(1, 3)):
        quantity, price = choose.choice((1, 1, 1, 2, 3)), Decimal(choose.randrange(300, 30_000)) / 100
        name = choose.choice(("Widget", "Lesson"))
        lines.append(Sold("PRODUCT", name, price * quantity, quantity, taxable=choose.random() < 0.7))
    is_automatic = regime.tax == "automatic"
    if "discount" in kinds and choose.random() < 0.3 and (not is_automatic or "discount before tax" in kinds):
        lines.append(Sold("DISCOUNT", "Discount", -Decimal(choose.randrange(10, 290)) / 100))
    if "shipping" in kinds and choose.random() < 0.3:
        lines.append(Sold("SHIPPING", "Shipping", Decimal(choose.choice((495, 795, 1250))) / 100))
    for kind, name in (("TIP", "Tip"), ("FEE", "Fee")):
        if choose.random() < 0.1:
            lines.append(Sold(kind, name, Decimal(choose.randrange(50, 500)) / 100))
    if taxed := [one for one in lines if one.taxable] if choose.random() < 0.6 else []:
        percent = PERCENT if is_automatic else Decimal(choose.choice(("5", "8.6", "19")))
        lines.append(Sold("TAX", "Tax", _cents(_taxable(lines, taxed, regime) * percent / 100)))
    return [one for one in lines if one.amount]


def _taxable(lines: Sequence[Sold], taxed: Sequence[Sold], regime: Regime) -> Decimal:
    """What of an order is taxed: the taxable products, and their share of the discount off.

    QuickBooks takes its discount line off all that is sold, and a negative line off the products.
    """
    is_line = regime.discounts == "discount line"
    bearing = [one.amount for one in lines if one.kind == "PRODUCT" or (is_line and one.kind != "DISCOUNT")]
    off = sum((one.amount for one in lines if one.kind == "DISCOUNT"), Decimal(0))
    of_them = sum((one.amount for one in taxed), Decimal(0))
    share = off * of_them / sum(bearing, Decimal(0))
    return of_them + (share if is_line else _cents(share))


def _events(choose: random.Random, day: int, sold: Sequence[Sold], currency: str, kinds: frozenset[str]) -> list[Event]:
    """Money that comes, all at once, in parts or not at all, or is forgiven; and what goes back of it."""
    total = sum((one.amount for one in sold), Decimal(0))
    method = choose.choice(list(METHODS)) if "accounts by method" in kinds else "Credit Card"
    parts = [total]
    if "plan" in kinds and choose.random() < 0.4 and total > 1:
        parts = _in_parts(choose, total, choose.randint(2, 3))
    fate = choose.random()
    came = parts[:-1] if fate < 0.15 else [] if fate < 0.25 else parts
    methods = [method] * len(parts)
    if "several accounts" in kinds and choose.random() < 0.3:
        methods = [choose.choice(list(METHODS)) for _ in parts]
    events = [Event(min(day + place, DAYS - 1), "paid", part, methods[place]) for place, part in enumerate(came)]
    paid, last = sum(came, Decimal(0)), max((one.day for one in events), default=day)
    later, chance = choose.randint(min(last + 1, DAYS - 1), DAYS - 1), choose.random()
    if paid >= total and "overpayment" in kinds and chance < 0.1:
        return [
            *events,
            Event(choose.randint(last, DAYS - 1), "paid", Decimal(choose.randrange(1, 2000)) / 100, method),
        ]
    if paid >= total:
        if "void" in kinds and chance < 0.2 and last < later:
            return [*events, Event(later, "voided", came[-1])]
        if "refund" not in kinds or chance >= 0.5:
            return events
        return events + (
            _refunds(choose, sold, last, methods[0], kinds) if len(set(methods)) == 1 else _given_back(choose, events)
        )
    if "write-off in parts" in kinds and chance < 0.3:
        return _forgiven(choose, events, total, day, currency)
    if "write-off" in kinds and chance < 0.5 and last < later:
        return [*events, Event(later, "written off", total - paid)]
    if "refund of what is owed" in kinds and paid and currency == "USD" and chance < 0.8:
        if len(set(methods)) > 1:
            return events + _given_back(choose, events)
        return [*events, Event(later, "refunded", choose.choice((paid, came[-1])), methods[0])]
    if "deletion" in kinds and not paid and chance < 0.8 and last < later:
        return [*events, Event(later, "deleted")]
    return events


def _refunds(choose: random.Random, sold: Sequence[Sold], day: int, method: str, kinds: frozenset[str]) -> list[Event]:
    """All of it goes back, or parts, or one line that bears no tax, so that its price says which it is."""
    total = sum((one.amount for one in sold), Decimal(0))
    if "refund in parts" not in kinds or choose.random() < 0.4:
        return [Event(choose.randint(day, DAYS - 1), "refunded", total, method)]
    plain = [place for place, one in enumerate(sold) if one.kind == "PRODUCT" and not one.taxable]
    if len(sold) > 1 and plain and all(one.kind != "DISCOUNT" for one in sold) and choose.random() < 0.4:
        line = choose.choice(plain)
        return [Event(choose.randint(day, DAYS - 1), "refunded", sold[line].amount, method, line)]
    parts = _in_parts(choose, total, 3) if total > 1 else [total]
    kept = parts[: choose.randint(1, len(parts))]
    days = sorted(choose.randint(day, DAYS - 1) for _ in kept)
    return [Event(one, "refunded", part, method) for one, part in zip(days, kept, strict=True)]


def _given_back(choose: random.Random, events: Sequence[Event]) -> list[Event]:
    """Each of the payments that are chosen goes back, all of it or a part."""
    last, found = max(one.day for one in events), []
    for place in sorted(choose.sample(range(len(events)), choose.randint(1, len(events)))):
        paid = events[place]
        back = paid.amount if choose.random() < 0.5 else _cents(paid.amount * Decimal(choose.randint(1, 99)) / 100)
        if back:
            found.append(Event(choose.randint(last, DAYS - 1), "refunded", back, paid.method, of=place))
    return sorted(found)


def _forgiven(choose: random.Random, events: Sequence[Event], total: Decimal, day: int, currency: str) -> list[Event]:
    """The rest is forgiven in one or two parts, all of it, less or more; and some of what came in goes back, before or after that."""
    paid = sum((one.amount for one in events), Decimal(0))
    rest, last = total - paid, max((one.day for one in events), default=day)
    parts = _in_parts(choose, rest, 2) if rest > 1 and choose.random() < 0.5 else [rest]
    how = choose.random()
    if how < 0.2:
        parts[-1] += Decimal(choose.randrange(1, 500)) / 100
    elif how < 0.3:
        parts = [_cents(one * Decimal("0.7")) for one in parts]
    days = sorted(choose.randint(last, DAYS - 1) for _ in parts)
    whats: list[What] = [choose.choice(("written off", "written off", "credited")) for _ in parts]
    found = [Event(one, what, part) for one, what, part in zip(days, whats, parts, strict=True) if part]
    if not events or currency != "USD" or choose.random() < 0.4:  # no account has what is owed again in euros
        return [*events, *found]
    back = _given_back(choose, events)
    return [*events, *sorted([*found, *back], key=lambda one: (one.day, one.what == "refunded"))]


def _in_parts(choose: random.Random, amount: Decimal, number: int) -> list[Decimal]:
    """An amount in parts of a cent at least."""
    cents = int(amount * 100)
    cuts = [0, *sorted(choose.sample(range(1, cents), number - 1)), cents]
    return [Decimal(end - start) / 100 for start, end in itertools.pairwise(cuts)]


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)
