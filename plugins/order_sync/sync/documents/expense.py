"""Money that went back of an invoice whose sale stands: an expense on Accounts Receivable, so that the customer owes it again.

That is how QuickBooks itself says to record a refund for which more is awaited, and a payment that bounced; a refund receipt would take
back the sale.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from order_sync.infusionsoft.records import Payment
from order_sync.money import with_currency
from order_sync.settings import Store
from order_sync.sync.company.company import Company
from order_sync.sync.documents.checks import check_kept, check_period
from order_sync.sync.documents.fields import Document, currency_fields, marker, method_fields, payment_day
from order_sync.sync.documents.payment import refund_account
from order_sync.sync.documents.reference import reference_of
from order_sync.sync.orders.codes import Code, refusal
from order_sync.sync.orders.kinds import Entity
from order_sync.sync.orders.payments import refunded_charge
from order_sync.sync.orders.tracked import TrackedOrder


@dataclass(frozen=True, slots=True)
class Outflow:
    """How money left: the number of its expense, the account, and the method; references as QuickBooks takes them, None for none."""

    number: str | None
    account: Mapping[str, Any]
    method: Mapping[str, Any] | None


def expense(
    tracked: TrackedOrder, refund: Payment, number: str | None, company: Company, store: Store, today: date
) -> Document:
    """The expense of one refund, out of the account that the money is in; RecordRefused where nothing says what customers owe."""
    order, given_back = tracked.snapshot.order, refunded_charge(tracked.snapshot, refund)
    reference = reference_of(given_back, order, store)
    note = (
        f"refund {refund.id}\nReference: {reference}" if reference else f"refund {refund.id}"
    )  # it has no field for it
    account = {"value": refund_account(tracked, refund, company)}
    how = Outflow(number, account, method_fields(given_back, order, company, store).get("PaymentMethodRef"))
    day, text = payment_day(refund, tracked.snapshot, store, today), f"Given back of Infusionsoft order {order.id}"
    return owed_again(tracked, refund.amount, day, how, (note, text), company, store)


def owed_again(
    tracked: TrackedOrder,
    amount: Decimal,
    day: date,
    how: Outflow,
    words: tuple[str, str],
    company: Company,
    store: Store,
) -> Document:
    """The expense by which the customer of an order owes so much again; RecordRefused where nothing says what customers owe.

    `words` are what its note says behind the marker, and its line.
    """
    order, original = tracked.snapshot.order, tracked.body()
    check_kept(amount, order.currency)
    check_period(Entity.EXPENSE, day, company)
    note, text = words
    body: dict[str, Any] = {"DocNumber": how.number} if how.number else {}
    body |= {
        "TxnDate": day.isoformat(),
        "PaymentType": "Cash",
        "AccountRef": how.account,
        "EntityRef": {**original["CustomerRef"], "type": "Customer"},
        "Line": [_line(tracked, amount, text, company)],
        "PrivateNote": f"{marker(order.id, store.name)}, {note}",
        **currency_fields(order.currency, day, company),
    }
    if "DepartmentRef" in original:
        body["DepartmentRef"] = original["DepartmentRef"]
    if not company.in_united_states:
        body["GlobalTaxCalculation"] = "NotApplicable"
    if how.method:
        body["PaymentMethodRef"] = how.method
    return Document(Entity.EXPENSE, body, amount, Decimal(0))


def _line(tracked: TrackedOrder, amount: Decimal, text: str, company: Company) -> dict[str, Any]:
    order = tracked.snapshot.order
    account = company.receivable_accounts.get(order.currency)
    if account is None:
        raise refusal(
            Code.NO_RECEIVABLE,
            f"{with_currency(amount, order.currency)} went back, or are gone, so the customer owes them again; and the QuickBooks company "
            "has no account of the type Accounts Receivable in that currency.",
        )
    detail = {"AccountRef": {"value": account}, "CustomerRef": tracked.body()["CustomerRef"]}
    return {
        "DetailType": "AccountBasedExpenseLineDetail",
        "Amount": amount,
        "Description": text,
        "AccountBasedExpenseLineDetail": detail,
    }
