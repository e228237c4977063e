"""The trial balance: what stands in every account at the end of a day.

Income and expenses are those of the fiscal year so far; what earlier years brought is in the retained earnings.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from include.sandbox.quickbooks.bookkeeping import Account, Transaction, read_accounts, transactions
from include.sandbox.quickbooks.books import Body, Books
from include.sandbox.quickbooks.reports.account_types import PROFIT_AND_LOSS, place
from include.sandbox.quickbooks.reports.shape import Column, Period, cell, money, report, row, summary_row

COLUMNS = (Column("", "Account"), Column("Debit", "Money"), Column("Credit", "Money"))
RETAINED_EARNINGS = "Retained Earnings"
ZERO = Decimal(0)


@dataclass(frozen=True)
class Balance:
    """An account with a balance, above zero for a debit."""

    account: Account
    amount: Decimal


def balances(accounts: Iterable[Account], recorded: Iterable[Transaction], end: str) -> list[Balance]:
    """The accounts that have a balance at the end of a day, in the order of a chart of accounts."""
    known = {account.id: account for account in accounts}
    retained = next((account.id for account in known.values() if account.name == RETAINED_EARNINGS), RETAINED_EARNINGS)
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for transaction in recorded:
        if transaction.day > end:
            continue
        for entry in transaction.entries:
            account = known.get(entry.account_id, Account(entry.account_id, entry.account, ""))
            known[account.id] = account
            is_of_earlier_years = account.kind in PROFIT_AND_LOSS and transaction.day < f"{end[:4]}-01-01"
            sums[retained if is_of_earlier_years else account.id] += entry.amount
    known.setdefault(retained, Account(retained, RETAINED_EARNINGS, "Equity"))
    found = [Balance(known[id], amount) for id, amount in sums.items() if amount]
    return sorted(found, key=lambda one: (place(one.account.kind), one.account.name))


def read_balances(books: Books, end: str) -> list[Balance]:
    """The balances of a company at the end of a day."""
    return balances(read_accounts(books), transactions(books, until=end), end)


def trial_balance(books: Books, period: Period, _asked: Body) -> Body:
    found = read_balances(books, period.end)
    rows = [
        row(
            [
                cell(one.account.name, one.account.id),
                money(one.amount if one.amount > 0 else None),
                money(-one.amount if one.amount < 0 else None),
            ]
        )
        for one in found
    ]
    debit = sum((one.amount for one in found if one.amount > 0), ZERO)
    credit = -sum((one.amount for one in found if one.amount < 0), ZERO)
    total = [summary_row([cell("TOTAL"), money(debit), money(credit)], "GrandTotal")] if rows else []
    return report(books, "TrialBalance", period, COLUMNS, rows + total)
