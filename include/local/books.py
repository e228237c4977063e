"""An accountant's model: what the accounts of a shop must show for its orders.

It knows orders, money and the day's exchange rates; nothing of the sync, of its tables, or of the documents that it makes. So where its
balances and those of QuickBooks' general ledger agree, the books are right, and not only the same twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal, NamedTuple

Balances = dict[str, Decimal]
"""By account, above zero for a debit, in the home currency; accounts without a balance are left out."""
Way = Literal["receipt", "invoice", "invoice and payments", "invoice, payments once paid"]
ZERO, ONE, CENT = Decimal(0), Decimal(1), Decimal("0.01")
RECEIVABLE, EXCHANGE = "Accounts Receivable (A/R)", "Exchange Gain or Loss"


class Line(NamedTuple):
    """What is sold, or below zero taken off, in the order's currency, and the account that it is booked to."""

    account: str
    amount: Decimal


class Money(NamedTuple):
    """What came in, went back, or was forgiven on a day, in the order's currency; `account` has the cash, or bears the loss.

    `lines` are what a refund was for, its tax among them, where that is known.
    """

    what: Literal["paid", "refunded", "written off"]
    day: str
    amount: Decimal
    account: str
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True)
class Sale:
    """An order in plain words; `money` is by age, `rates` are home currency per unit, by day, and 1 where none is given.

    What is given back in parts is booked to `returns`.
    """

    day: str
    lines: Sequence[Line]
    money: Sequence[Money]
    way: Way
    returns: str
    owed_accounts: Sequence[str] = ("Tips Payable", "Sales Tax Payable")
    """What is owed to others, the tax last: a part of the sale takes back its share of each."""
    rates: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def total(self) -> Decimal:
        return sum((line.amount for line in self.lines), ZERO)

    def owed(self) -> Balances:
        """What of the sale is owed to others, by account."""
        return {
            account: sum((line.amount for line in self.lines if line.account == account), ZERO)
            for account in self.owed_accounts
        }

    def sum(self, *what: str) -> Decimal:
        """What came in, went back or was forgiven."""
        return sum((one.amount for one in self.money if one.what in what), ZERO)


def balances(sale: Sale) -> Balances:
    """What an order and its money make of the accounts."""
    books: defaultdict[str, Decimal] = defaultdict(Decimal)
    for account, amount in _receipt(sale) if sale.way == "receipt" else _invoice(sale):
        books[account] += amount
    books[EXCHANGE] -= sum(books.values(), ZERO)  # what the days' rates leave open
    return {account: amount for account, amount in books.items() if amount}


def sum_of(all_of: Iterable[Balances]) -> Balances:
    """The accounts of many orders together."""
    found: defaultdict[str, Decimal] = defaultdict(Decimal)
    for one in all_of:
        for account, amount in one.items():
            found[account] += amount
    return {account: amount for account, amount in found.items() if amount}


def _receipt(sale: Sale) -> Iterator[tuple[str, Decimal]]:
    """Once all came in, one document: the money, and what was sold, at the rate of its day. What is too much is the customer's."""
    settling, left, day = [one for one in sale.money if one.what != "refunded"], sale.total, sale.day
    if sale.sum("paid", "written off") < left or not sale.sum("paid"):
        return
    cash: defaultdict[str, Decimal] = defaultdict(Decimal)
    for one in settling:
        pays, day = min(one.amount, left), one.day if left and one.what == "paid" else day
        left -= pays
        if one.what != "paid":
            continue
        cash[one.account] += pays
        if extra := _cents((one.amount - pays) * _rate(sale, one.day)):
            yield from ((one.account, extra), (RECEIVABLE, -extra))
    sold, of = _shown(sale)
    yield from ((account, _cents(amount * _rate(sale, day))) for account, amount in cash.items())
    yield from _document(((account, -amount) for account, amount in sold), _rate(sale, day))
    yield from _refunds(sale, [one for one in sale.money if one.what == "refunded"], of, sold)


def _invoice(sale: Sale) -> Iterator[tuple[str, Decimal]]:
    """What was sold is owed from the first day on; money settles it as it comes, and what is too much is the customer's.

    What is forgiven beyond what is owed forgives nothing.
    """
    rate, settled = _rate(sale, sale.day), ZERO
    sold = [(line.account, line.amount) for line in sale.lines]
    yield from _document(((account, -amount) for account, amount in sold), rate)
    has_money = sale.way != "invoice"
    if sale.way == "invoice, payments once paid":
        has_money = sale.sum("paid", "written off") >= sale.total
    took_back, of = [], _Left(sale.total, sale.owed())
    for one in sale.money if has_money else ():
        if one.what == "refunded" and settled < sale.total and not _is_given_up(sale):
            # The sale stands, and the money is owed again.
            settled -= one.amount
            yield one.account, -_cents(one.amount * _rate(sale, one.day))
            continue
        if one.what == "refunded":
            took_back.append(one)
            continue
        pays = min(one.amount, sale.total - settled)
        settled += pays
        if one.what == "paid":
            yield one.account, _cents(one.amount * _rate(sale, one.day))
            yield RECEIVABLE, -_cents((one.amount - pays) * _rate(sale, one.day))
        elif pays:
            # What is never paid is lost, but for its share of what is owed to others, which is owed to nobody any more.
            yield from _document(of.take(pays, one.account), _rate(sale, one.day))
    yield RECEIVABLE, _cents(sale.total * rate) - _cents(settled * rate)
    yield from _refunds(sale, took_back, of, sold)


def _is_given_up(sale: Sale) -> bool:
    """Whether all that was not paid is forgiven, but not what went back: that is not to come again, and took back the sale."""
    came, went, off = (sale.sum(what) for what in ("paid", "refunded", "written off"))
    return off > 0 and came - went + off < sale.total <= came + off


def _refunds(
    sale: Sale, refunds: Iterable[Money], of: _Left, sold: list[tuple[str, Decimal]]
) -> Iterator[tuple[str, Decimal]]:
    """Money that went back took its share of tax and tips along; all of a document at once, everything that it says (`sold`)."""
    for one in refunds:
        if one.amount == sum((amount for _account, amount in sold), ZERO):
            parts = sold
        elif one.lines:
            parts = of.take_lines(one.amount, [(line.account, line.amount) for line in one.lines])
        else:
            parts = of.take(one.amount, sale.returns)
        yield from _document(parts, _rate(sale, one.day))
        yield one.account, -_cents(one.amount * _rate(sale, one.day))


def _shown(sale: Sale) -> tuple[list[tuple[str, Decimal]], _Left]:
    """What a receipt says was sold, and what of it may be taken back: what was forgiven is off, and its share of the tax, not of a tip."""
    sold, account = [(line.account, line.amount) for line in sale.lines], ""
    owed, off = sale.owed(), max(min(sale.sum("written off"), sale.total - sale.sum("paid")), ZERO)
    if off:
        account = next(one.account for one in sale.money if one.what == "written off")
        tax = sale.owed_accounts[-1]
        share = _cents(owed[tax] * off / sale.total)
        sold += [(account, share - off), (tax, -share)]
        owed = _minus(owed, {tax: share})
    return sold, _Left(sale.total - off, owed)


class _Left:
    """What of a document is left to be taken back, part by part."""

    def __init__(self, total: Decimal, owed: Balances) -> None:
        self.whole, self.owed_in_all = total, sum(owed.values(), ZERO)
        self.total, self.owed = total, owed

    def take(self, amount: Decimal, account: str) -> list[tuple[str, Decimal]]:
        """So much of it, on an account, but for its share of what is owed to others; the last part takes what rounding left.

        What comes to exactly a tip is the tip.
        """
        *others, _tax = self.owed
        if tip := next((one for one in others if self.owed[one] == amount), None):
            return self.take_lines(amount, [(tip, amount)])
        left = sum(self.owed.values(), ZERO)
        share = min(_cents(self.owed_in_all * amount / self.whole), left)
        share = max(share, left - (self.total - amount))
        return self.take_lines(amount, [(account, amount - share), *_split(share, self.owed).items()])

    def take_lines(self, amount: Decimal, parts: list[tuple[str, Decimal]]) -> list[tuple[str, Decimal]]:
        """So much of it, as these lines."""
        self.total, self.owed = self.total - amount, _minus(self.owed, dict(parts))
        return parts


def _split(amount: Decimal, among: Balances) -> Balances:
    """An amount by what each account has, to the cent."""
    so_far, given, found, whole = ZERO, ZERO, Balances(), sum(among.values(), ZERO)
    for account, of in among.items():
        so_far += of
        upto = _cents(amount * so_far / whole) if whole else ZERO
        found[account], given = upto - given, upto
    return found


def _minus(owed: Balances, taken: Mapping[str, Decimal]) -> Balances:
    return {account: of - taken.get(account, ZERO) for account, of in owed.items()}


def _document(parts: Iterable[tuple[str, Decimal]], rate: Decimal) -> Iterator[tuple[str, Decimal]]:
    """Accounts at the rate of a document; the largest takes the cents by which they miss its total at that rate."""
    merged: defaultdict[str, Decimal] = defaultdict(Decimal)
    for account, amount in parts:
        merged[account] += amount
    home = {account: _cents(amount * rate) for account, amount in merged.items()}
    if home:
        home[max(home, key=lambda one: abs(home[one]))] += _cents(sum(merged.values()) * rate) - sum(home.values())
    yield from home.items()


def _rate(sale: Sale, day: str) -> Decimal:
    return sale.rates.get(day, ONE)


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)
