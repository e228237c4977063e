"""The general ledger: under each account what every document did to it, with a running balance."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from include.sandbox.quickbooks.bookkeeping import Account, Transaction, read_accounts, transactions
from include.sandbox.quickbooks.books import Body, Books
from include.sandbox.quickbooks.ledger import Entry
from include.sandbox.quickbooks.reports.account_types import PROFIT_AND_LOSS, natural, place
from include.sandbox.quickbooks.reports.shape import Cell, Column, Period, cell, data_row, money, report, section

TITLES = {
    "tx_date": ("Date", "Date"),
    "txn_type": ("Transaction Type", "String"),
    "doc_num": ("Num", "String"),
    "name": ("Name", "String"),
    "memo": ("Memo/Description", "String"),
    "account_name": ("Account", "String"),
    "split_acc": ("Split", "String"),
    "debt_amt": ("Debit", "Money"),
    "credit_amt": ("Credit", "Money"),
    "subt_nat_amount": ("Amount", "Money"),
    "rbal_nat_amount": ("Balance", "Money"),
}
# With several currencies the amounts are in other columns, and the usual ones stay empty.
HOME = {
    "debt_amt": "debt_home_amt",
    "credit_amt": "credit_home_amt",
    "subt_nat_amount": "subt_nat_home_amount",
    "rbal_nat_amount": "rbal_nat_home_amount",
}
USUAL = ("tx_date", "txn_type", "doc_num", "name", "memo", "split_acc", "subt_nat_amount", "rbal_nat_amount")
LABELS = {
    "SalesReceipt": "Sales Receipt",
    "Invoice": "Invoice",
    "Payment": "Payment",
    "CreditMemo": "Credit Memo",
    "RefundReceipt": "Refund",
    "Purchase": "Expense",
}
ZERO = Decimal(0)


@dataclass(frozen=True)
class Line:
    """One entry in its account."""

    transaction: Transaction
    entry: Entry


def general_ledger(books: Books, period: Period, asked: Body) -> Body:
    """The report; `columns` chooses columns, `account` accounts by their ids, both with commas between."""
    many = bool(books.preferences().get("CurrencyPrefs", {}).get("MultiCurrencyEnabled"))
    keys = _columns(asked.get("columns"), many)
    wanted = set(asked["account"].split(",")) if asked.get("account") else None
    lines = _by_account(transactions(books, until=period.end))
    accounts = {id: Account(id, of_one[0].entry.account, "") for id, of_one in lines.items()}
    accounts |= {account.id: account for account in read_accounts(books)}
    rows = [
        _section(accounts[id], lines[id], period, keys, many)
        for id in sorted(lines, key=lambda id: (place(accounts[id].kind), accounts[id].name))
        if wanted is None or id in wanted
    ]
    columns = [Column(*_title(key), key) for key in keys]
    return report(books, "GeneralLedger", period, columns, [row for row in rows if row])


def _by_account(recorded: Iterable[Transaction]) -> dict[str, list[Line]]:
    found: defaultdict[str, list[Line]] = defaultdict(list)
    for transaction in recorded:
        for entry in transaction.entries:
            found[entry.account_id].append(Line(transaction, entry))
    return found


def _columns(asked: str | None, many: bool) -> list[str]:
    known = {*TITLES, *HOME.values()}
    chosen = [key for key in (asked or "").split(",") if key in known]
    return chosen or [HOME.get(key, key) if many else key for key in USUAL]


def _title(key: str) -> tuple[str, str]:
    usual = next((plain for plain, home in HOME.items() if home == key), key)
    return TITLES[usual]


def _section(account: Account, lines: Sequence[Line], period: Period, keys: Sequence[str], many: bool) -> Body | None:
    """An account with its documents of the period; None where it has neither these nor a balance from before."""
    # Income and expenses start anew with the year, and have no balance from before.
    before = ZERO
    if account.kind not in PROFIT_AND_LOSS:
        before = sum((line.entry.amount for line in lines if line.transaction.day < period.start), ZERO)
    inside = [line for line in lines if line.transaction.day >= period.start]
    if not inside and not before:
        return None
    balance = natural(account.kind, before)
    rows = []
    if before:
        beginning: dict[str, Cell] = {"tx_date": cell("Beginning Balance"), "rbal_nat_amount": money(balance)}
        rows.append(data_row(_cells(beginning, keys, many)))
    total = ZERO
    for line in inside:
        amount = natural(account.kind, line.entry.amount)
        balance, total = balance + amount, total + amount
        rows.append(data_row(_cells(_values(account, line, amount, balance), keys, many)))
    heading = [cell(account.name, account.id), *(cell("") for _ in keys[1:])]
    sums = _cells({"subt_nat_amount": money(total)}, keys, many)
    return section(heading, rows, [cell(f"Total for {account.name}"), *sums[1:]])


def _values(account: Account, line: Line, amount: Decimal, balance: Decimal) -> dict[str, Cell]:
    transaction, entry = line.transaction, line.entry
    document = transaction.document
    customer = document.get("CustomerRef") or document.get("EntityRef") or {}
    others = [one for one in transaction.entries if one.account_id != account.id]
    split = cell(others[0].account, others[0].account_id) if len(others) == 1 else cell("-Split-" if others else "")
    return {
        "tx_date": cell(transaction.day),
        "txn_type": cell(LABELS[transaction.entity], document["Id"]),
        "doc_num": cell(transaction.number),
        "name": cell(customer.get("name", ""), customer.get("value", "")),
        "memo": cell(str(document.get("PrivateNote", ""))),
        "account_name": cell(account.name, account.id),
        "split_acc": split,
        "debt_amt": money(entry.debit or None),
        "credit_amt": money(entry.credit or None),
        "subt_nat_amount": money(amount),
        "rbal_nat_amount": money(balance),
    }


def _cells(values: dict[str, Cell], keys: Sequence[str], many: bool) -> list[Cell]:
    shown = {(HOME.get(key, key) if many else key): value for key, value in values.items()}
    return [shown.get(key, cell("")) for key in keys]
