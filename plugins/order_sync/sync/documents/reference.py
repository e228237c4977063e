"""The reference number of money: cut to what QuickBooks takes, and then whole in the private note."""

from __future__ import annotations

from order_sync.infusionsoft.records import Order, Payment
from order_sync.settings import Store
from order_sync.sync.orders.codes import Code

REFERENCE_LENGTH = 21  # PaymentRefNum
LONGEST_REFERENCE = 1000
"""What is longer is no number any more; the private note takes 4000 characters with all that stands in it."""


def reference_of(payment: Payment | None, order: Order, store: Store) -> str:
    """The reference as the settings choose it, whole but for what is beyond `LONGEST_REFERENCE`; empty where there is none."""
    of_payment = " ".join((payment.external_id or "").split())[:LONGEST_REFERENCE].rstrip() if payment else ""
    return {"order id": order.id, "payment's transaction id": of_payment}.get(store.revenue.reference, "")


def reference_note(reference: str) -> str:
    """The line of the private note, below its marker, for a reference that is too long for its field; else nothing."""
    return f"\nReference: {reference}" if len(reference) > REFERENCE_LENGTH else ""


def reference_remarks(reference: str) -> tuple[tuple[str, str], ...]:
    """What a person should know of a reference that is too long for its field."""
    if len(reference) <= REFERENCE_LENGTH:
        return ()
    words = (
        f"The reference number {reference} is longer than QuickBooks' {REFERENCE_LENGTH} characters: it was cut, and stands whole "
        "in the private note."
    )
    return ((Code.REFERENCE_SHORTENED, words),)
