"""What the sync writes to QuickBooks: the kinds of writes, and what people call the records that come of them."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What a write is for; how each kind is sent, found again and compared is the table in `recording/kinds.py`."""

    DOCUMENT = "document"
    """The sales receipt or invoice of an order, or of a day."""
    CHANGE = "change"
    """An update of a document whose order was changed."""
    VOID = "void"
    """A document or payment taken back: QuickBooks taxed or summed it otherwise, or the money or the order is gone."""
    PAYMENT = "payment"
    WRITE_OFF = "write-off"
    """The credit memo of what an invoice was forgiven: a write-off or a credit."""
    APPLICATION = "application"
    """The payment of nothing that applies such a credit memo to its invoice."""
    REFUND = "refund"
    REVERSAL = "reversal"
    """Recorded money taken back that Infusionsoft has no more."""
    ITEM = "item"
    CUSTOMER = "customer"

    @property
    def plural(self) -> str:
        """As it is counted: "3 payments"."""
        return f"{self}s"


class Entity(StrEnum):
    """What QuickBooks calls the records that the sync makes."""

    SALES_RECEIPT = "SalesReceipt"
    INVOICE = "Invoice"
    PAYMENT = "Payment"
    REFUND_RECEIPT = "RefundReceipt"
    CREDIT_MEMO = "CreditMemo"
    EXPENSE = "Purchase"
    ITEM = "Item"
    CUSTOMER = "Customer"

    @property
    def words(self) -> str:
        """What a person calls it."""
        return self.name.replace("_", " ").lower()


DOCUMENTS = (Entity.SALES_RECEIPT, Entity.INVOICE)
"""As what an order is recorded."""
