"""Tax outside the United States: what the codes of the lines come to, with prices that bear it or prices that do not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from include.sandbox.quickbooks.fields import CENT, half_up

ZERO, HUNDRED = Decimal(0), Decimal(100)
# How far a gross amount may be from its net amount with tax and still be taken for it: each was rounded once.
NEAR = Decimal("0.02")


@dataclass(frozen=True)
class Rate:
    id: str
    name: str
    percent: Decimal


Codes = Mapping[str, tuple[Rate, ...]]


@dataclass(frozen=True)
class Share:
    """What a line brings to the net of its code; a discount is below zero. A gross one bears its tax."""

    code: str
    amount: Decimal
    gross: bool = False


@dataclass(frozen=True)
class Taxed:
    """The tax of one rate, over the net that it was computed on."""

    rate: Rate
    net: Decimal
    tax: Decimal


def percent_of(rates: Sequence[Rate]) -> Decimal:
    return sum((rate.percent for rate in rates), ZERO)


def fits(net: Decimal, gross: Decimal, rates: Sequence[Rate]) -> bool:
    """Whether a gross amount is a net one with the tax of these rates, but for rounding."""
    return abs(net + net * percent_of(rates) / HUNDRED - gross) <= NEAR


def net_amounts(shares: Sequence[Share], codes: Codes) -> list[Decimal]:
    """Each share without its tax; those of one code add up to their gross less the tax of that."""
    nets = [share.amount for share in shares]
    for code, rates in codes.items():
        places = [place for place, share in enumerate(shares) if share.gross and share.code == code]
        exact = [shares[place].amount * HUNDRED / (HUNDRED + percent_of(rates)) for place in places]
        gross = sum((shares[place].amount for place in places), ZERO)
        _put(nets, places, _rounded(exact, gross - _tax_inside(gross, rates)))
    return nets


def gross_amounts(shares: Sequence[Share], codes: Codes) -> list[Decimal]:
    """Each share with its tax; those of one code add up to their net and the tax over that."""
    grosses = [share.amount for share in shares]
    for code, rates in codes.items():
        places = [place for place, share in enumerate(shares) if not share.gross and share.code == code]
        exact = [shares[place].amount * (HUNDRED + percent_of(rates)) / HUNDRED for place in places]
        net = sum((shares[place].amount for place in places), ZERO)
        _put(grosses, places, _rounded(exact, net + sum(_parts(net, rates), ZERO)))
    return grosses


def taxes(shares: Sequence[Share], codes: Codes) -> list[Taxed]:
    """The tax by rate: half up over the net of each code; what gross shares bear adds up with their net to the gross."""
    found: dict[Rate, Taxed] = {}
    for code, rates in codes.items():
        net = sum((share.amount for share in shares if share.code == code and not share.gross), ZERO)
        gross = sum((share.amount for share in shares if share.code == code and share.gross), ZERO)
        inside = _tax_inside(gross, rates)
        split = _split(inside, gross - inside, rates)
        for rate, on_top, part in zip(rates, _parts(net, rates), split, strict=True):
            before = found.get(rate, Taxed(rate, ZERO, ZERO))
            found[rate] = Taxed(rate, before.net + net + gross - inside, before.tax + on_top + part)
    return list(found.values())


def _parts(net: Decimal, rates: Sequence[Rate]) -> list[Decimal]:
    return [half_up(net * rate.percent / HUNDRED) for rate in rates]


def _tax_inside(gross: Decimal, rates: Sequence[Rate]) -> Decimal:
    percent = percent_of(rates)
    return half_up(gross * percent / (HUNDRED + percent))


def _split(tax: Decimal, net: Decimal, rates: Sequence[Rate]) -> list[Decimal]:
    """A tax among its rates; the last one takes what rounding left."""
    parts = _parts(net, rates)
    return [*parts[:-1], tax - sum(parts[:-1], ZERO)] if parts else []


def _put(amounts: list[Decimal], places: Sequence[int], new: Sequence[Decimal]) -> None:
    for place, amount in zip(places, new, strict=True):
        amounts[place] = amount


def _rounded(exact: Sequence[Decimal], total: Decimal) -> list[Decimal]:
    """The amounts in cents so that they come to a total: the cents left over go where rounding took most."""
    rounded = [half_up(amount) for amount in exact]
    left = total - sum(rounded, ZERO)
    step = CENT.copy_sign(left)
    order = sorted(range(len(exact)), key=lambda place: (exact[place] - rounded[place]) * step, reverse=True)
    for turn in range(int(abs(left) / CENT)):
        rounded[order[turn % len(order)]] += step
    return rounded
