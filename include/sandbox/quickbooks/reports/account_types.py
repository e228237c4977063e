"""The types of accounts: the order of a chart, the side on which they grow, and which of them start anew each year."""

from __future__ import annotations

from decimal import Decimal

ORDER = (
    *("Bank", "Accounts Receivable", "Other Current Asset", "Fixed Asset", "Other Asset"),
    *("Accounts Payable", "Credit Card", "Other Current Liability", "Long Term Liability", "Equity"),
    *("Income", "Cost of Goods Sold", "Expense", "Other Income", "Other Expense"),
)
PROFIT_AND_LOSS = frozenset(ORDER[ORDER.index("Income") :])
GROWS_BY_CREDIT = frozenset(
    (
        *("Accounts Payable", "Credit Card", "Other Current Liability", "Long Term Liability", "Equity"),
        *("Income", "Other Income"),
    )
)


def place(kind: str) -> int:
    return ORDER.index(kind) if kind in ORDER else len(ORDER)


def natural(kind: str, amount: Decimal) -> Decimal:
    """A signed amount (debits above zero) as the account counts it: what makes it grow is above zero."""
    return -amount if kind in GROWS_BY_CREDIT else amount
