"""Money that went back of an invoice for which more is awaited: an expense on Accounts Receivable, so that the customer owes it again.

That is how QuickBooks itself says to record it; a refund receipt would take back a sale that stands.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from order_sync.infusionsoft.records import Payment
from order_sync.money import with_currency
from order_sync.settings import Store
from order_sync.sync.company.company import Company
from order_sync.sync.documents.checks import check_kept, check_period
from order_sync.sync.documents.fields import Document, currency_fields, marker, method_fields, payment_day
from order_sync.sync.documents.payment import account_of
from order_sync.sync.documents.reference import reference_of
from order_sync.sync.orders.codes import Code, refusal
from order_sync.sync.orders.kinds import Entity
from order_sync.sync.orders.payments import refunded_charge
from order_sync.sync.orders.tracked import TrackedOrder


def expense(
    tracked: TrackedOrder, refund: Payment, number: str | None, company: Company, store: Store, today: date
) -> Document:
    """The expense of one refund, out of the account that the money is in; RecordRefused where nothing says what customers owe."""
    order, original = tracked.snapshot.order, tracked.body()
    day = payment_day(refund, tracked.snapshot, store, today)
    check_kept(refund.amount, order.currency)
    check_period(Entity.EXPENSE, day, company)
    given_back = refunded_charge(tracked.snapshot, refund)
    reference = reference_of(given_back, order, store)
    body: dict[str, Any] = {"DocNumber": number} if number else {}
    note = f"\nReference: {reference}" if reference else ""  # an expense has no field for it
    body |= {
        "TxnDate": day.isoformat(),
        "PaymentType": "Cash",
        "AccountRef": {"value": company.refund_account or account_of(given_back, tracked, company)},
        "EntityRef": {**original["CustomerRef"], "type": "Customer"},
        "Line": [_line(tracked, refund, company)],
        "PrivateNote": f"{marker(order.id, store.name)}, refund {refund.id}{note}",
        **currency_fields(order.currency, day, company),
    }
    if "DepartmentRef" in original:
        body["DepartmentRef"] = original["DepartmentRef"]
    if not company.in_united_states:
        body["GlobalTaxCalculation"] = "NotApplicable"
    if method := method_fields(given_back, order, company, store).get("PaymentMethodRef"):
        body["PaymentMethodRef"] = method
    return Document(Entity.EXPENSE, body, refund.amount, Decimal(0))


def _line(tracked: TrackedOrder, refund: Payment, company: Company) -> dict[str, Any]:
    order = tracked.snapshot.order
    account = company.receivable_accounts.get(order.currency)
    if account is None:
        raise refusal(
            Code.NO_RECEIVABLE,
            f"{with_currency(refund.amount, order.currency)} were given back while more was awaited, so the customer owes "
            "them again; and the QuickBooks company has no account of the type Accounts Receivable in that currency.",
        )
    detail = {"AccountRef": {"value": account}, "CustomerRef": tracked.body()["CustomerRef"]}
    return {
        "DetailType": "AccountBasedExpenseLineDetail",
        "Amount": refund.amount,
        "Description": f"Given back of Infusionsoft order {order.id}",
        "AccountBasedExpenseLineDetail": detail,
    }
