"""The accounts of the company, as QuickBooks last gave them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from order_sync.console.lists import Line, ListPage, text_of
from order_sync.console.page import Shop
from order_sync.console.services import in_quickbooks
from order_sync.console.words import spaced
from order_sync.database.cached_lists import CachedRecord


class AccountsPage(ListPage):
    path = "/{store}/lists/accounts"
    route_name = "accounts"
    entity = "Account"
    which = "accounts"
    columns: ClassVar[Mapping[str, str]] = {
        "number": "Number",
        "type": "Type",
        "subtype": "Detail type",
        "currency": "Currency",
    }
    searched = "Name, id or number"

    def lines(self, here: Shop, records: Sequence[CachedRecord]) -> Sequence[Line]:
        """The lines of some accounts."""
        return [_line(one, here.environment) for one in records]


def _line(account: CachedRecord, environment: str) -> Line:
    above, _, own = account.name.rpartition(":")
    return Line(
        id=account.id,
        name=own,
        active=account.active,
        state="Active" if account.active else "Inactive",
        cells={
            "number": text_of(account.body, "AcctNum"),
            "type": text_of(account.body, "AccountType"),
            "subtype": spaced(text_of(account.body, "AccountSubType")),
            "currency": text_of(account.body, "CurrencyRef", "value"),
        },
        note=f"Below {above}" if above else "",
        # Accounts of income and expenses have no register: their page is empty.
        link=in_quickbooks(environment, "Account", account.id) if _has_register(account) else "",
    )


def _has_register(account: CachedRecord) -> bool:
    return text_of(account.body, "AccountType") in _OF_THE_BALANCE_SHEET


_OF_THE_BALANCE_SHEET = (
    "Bank",
    "Accounts Receivable",
    "Other Current Asset",
    "Fixed Asset",
    "Other Asset",
    "Accounts Payable",
    "Credit Card",
    "Other Current Liability",
    "Long Term Liability",
    "Equity",
)
