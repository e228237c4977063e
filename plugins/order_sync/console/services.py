"""The addresses of records in the services' own pages: the only place to change where Intuit or Keap moves them.

Neither is documented. QuickBooks' are those that its pages show in the browser, in a company and in a sandbox company. Infusionsoft's
are those of its classic pages, as plugins and reports of others lead to them; that an order's page takes the id of the order as the
API gives it has not been tried with an account.
"""

from __future__ import annotations

import re
from urllib.parse import quote, urlencode

_QUICKBOOKS = {"production": "https://qbo.intuit.com/app", "sandbox": "https://app.sandbox.qbo.intuit.com/app"}
"""By Intuit's environment, as a run notes it (`stores.environment`)."""

QUICKBOOKS_PAGES = {
    "SalesReceipt": ("salesreceipt", "txnId"),
    "Invoice": ("invoice", "txnId"),
    "RefundReceipt": ("refundreceipt", "txnId"),
    "CreditMemo": ("creditmemo", "txnId"),
    "Payment": ("recvpayment", "txnId"),
    "Purchase": ("expense", "txnId"),
    "Customer": ("customerdetail", "nameId"),
    "Item": ("item", "itemId"),
    "Account": ("register", "accountId"),
}
"""What QuickBooks' own pages call a record of each entity, and its id."""

_INFUSIONSOFT = {"contact": "Contact/manageContact.jsp", "order": "Job/manageJob.jsp"}


def in_quickbooks(environment: str, entity: str | None, id: str | None) -> str:
    """The address of a record in QuickBooks' own pages; empty where it has none, or the company is at no host of Intuit's."""
    if not id or environment not in _QUICKBOOKS or entity not in QUICKBOOKS_PAGES:
        return ""
    page, name = QUICKBOOKS_PAGES[entity]
    return f"{_QUICKBOOKS[environment]}/{page}?{urlencode({name: id}, quote_via=quote)}"


def in_infusionsoft(account: str, record: str, id: str | None) -> str:
    """The address of a `contact` or an `order` in Infusionsoft's own pages; empty where its account or id is not known."""
    if not id or not re.fullmatch("[a-z0-9-]+", account):
        return ""
    return f"https://{account}.infusionsoft.com/{_INFUSIONSOFT[record]}?{urlencode({'view': 'edit', 'ID': id})}"
