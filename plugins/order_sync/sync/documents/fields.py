"""An order as a QuickBooks document: pure functions from the order, its customer, the settings and the company's lists to the exact JSON.

The document must come to the order's total to the cent ("Total" in docs/settings.md): where its lines do not, the order is held; a
balancing line is never added. Its lines are made in `lines.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from order_sync.infusionsoft.records import Order, Payment
from order_sync.settings import AS_ON_STORE, Store
from order_sync.sync.company.company import Company
from order_sync.sync.documents.lines import Lines
from order_sync.sync.documents.reference import REFERENCE_LENGTH, reference_note, reference_of
from order_sync.sync.orders.codes import Code, refusal
from order_sync.sync.orders.kinds import Entity
from order_sync.sync.orders.payments import charges, completing
from order_sync.sync.orders.snapshot import Snapshot, party
from order_sync.sync.orders.tracked import Customer
from order_sync.sync.orders.treatment import Treatment

NUMBER_LENGTH = 21  # DocNumber
NOTE_LENGTH = 4000  # PrivateNote
MESSAGE_LENGTH = 1000  # CustomerMemo

Remark = tuple[str, str]
"""A code, and words for a person."""


@dataclass(frozen=True, slots=True)
class Document:
    """A document to post: what it is in QuickBooks, its exact JSON, its total and tax, and what a person should know.

    `tax` is None where nobody minds what QuickBooks makes of it.
    """

    entity: Entity
    body: dict[str, Any]
    total: Decimal
    tax: Decimal | None
    warnings: tuple[Remark, ...] = ()


def document_number(order: Order, store: Store) -> str:
    """Prefix and order id; RecordRefused where they make more than QuickBooks' 21 characters."""
    return fitting_number(f"{store.revenue.number_prefix}{order.id}")


def fitting_number(number: str) -> str:
    """The number; RecordRefused where it has more than QuickBooks' 21 characters."""
    if len(number) > NUMBER_LENGTH:
        raise refusal(
            Code.NUMBER_LENGTH, f"The document number {number} is longer than QuickBooks' {NUMBER_LENGTH} characters."
        )
    return number


def marker(order_id: str, store: str) -> str:
    """The private note by which a document is known to be ours; two stores of one company may have orders of the same id."""
    return f"Infusionsoft order {order_id} (store {store})"


def private_note(snapshot: Snapshot, store: Store, reference: str = "") -> str:
    """The marker; below it a reference that is too long for its own field, and the memo of the settings."""
    own, memo = marker(snapshot.order.id, store.name), filled(store.revenue.memo, snapshot)
    own = f"{own}{reference_note(reference)}"
    return f"{own}\n{memo}"[:NOTE_LENGTH] if memo else own


def bears(record: Mapping[str, Any], note: str) -> bool:
    """Whether a record of QuickBooks is the one that was sent with this private note, and was not voided since."""
    first, _, rest = str(record.get("PrivateNote") or "").partition("\n")
    voided = "Voided" in rest and not record.get("TotalAmt")
    return first.rstrip("\r") == note and not voided


def filled(template: str, snapshot: Snapshot) -> str:
    """A template of the settings with the order's texts."""
    own = {"order_id": snapshot.order.id, "order_title": snapshot.order.title or ""}
    return " ".join(template.format_map({**party(snapshot), **own}).split())


def transaction_day(snapshot: Snapshot, store: Store, treatment: Treatment, today: date) -> date:
    """The day that a document bears: the order's, that of a payment, or the day of posting.

    Of the payments it is the one that completed a sales receipt, the first one of an invoice; the order's day where there is none.
    """
    ordered = snapshot.order.ordered_at.astimezone(store.zone).date()
    match store.revenue.transaction_date:
        case "date of posting":
            return today
        case "payment date":
            first = next((one for one in charges(snapshot) if one.paid_at), None)
            paid = first if treatment.entity is Entity.INVOICE else completing(snapshot)
            return paid.paid_at.astimezone(store.zone).date() if paid and paid.paid_at else ordered
        case _:
            return ordered


def payment_day(payment: Payment, snapshot: Snapshot, store: Store, today: date) -> date:
    """The day that a payment or refund bears: its own, or the day of posting; the order's where it has none."""
    if store.revenue.transaction_date == "date of posting":
        return today
    return (payment.paid_at or snapshot.order.ordered_at).astimezone(store.zone).date()


def money_fields(payment: Payment | None, order: Order, company: Company, store: Store) -> dict[str, Any]:
    """Where the money goes, how it came, and its reference: of a sales receipt or a payment."""
    method = (payment.method or "").strip().casefold() if payment else ""
    account = company.deposit_accounts.get(method) or company.deposit_account
    found: dict[str, Any] = {"DepositToAccountRef": {"value": account}} if account else {}
    return found | method_fields(payment, order, company, store)


def method_fields(payment: Payment | None, order: Order, company: Company, store: Store) -> dict[str, Any]:
    """How money came or went, and its reference."""
    found: dict[str, Any] = {}
    if method_id := _payment_method(payment, company, store):
        found["PaymentMethodRef"] = {"value": method_id}
    if reference := reference_of(payment, order, store):
        found["PaymentRefNum"] = reference[:REFERENCE_LENGTH].rstrip()
    return found


def _payment_method(payment: Payment | None, company: Company, store: Store) -> str | None:
    if store.revenue.payment_method != AS_ON_STORE or payment is None or not payment.method:
        return company.payment_method
    found = company.payment_methods.get(payment.method.strip().casefold())
    if found is None:
        raise refusal(
            Code.PAYMENT_METHOD_UNKNOWN,
            f"The order was paid by '{payment.method}', which is no payment method of the QuickBooks company.",
        )
    return found


def dimensions(company: Company, treatment: Treatment) -> dict[str, Any]:
    """Class and location of a document; a company that has classes on lines takes the class there."""
    found: dict[str, Any] = {}
    if treatment.class_name and not company.class_on_lines:
        found["ClassRef"] = {"value": company.classes[treatment.class_name]}
    if treatment.location:
        found["DepartmentRef"] = {"value": company.locations[treatment.location]}
    return found


def line_class(company: Company, treatment: Treatment) -> str | None:
    """The class of each line, in a company that has it there."""
    return company.classes[treatment.class_name] if treatment.class_name and company.class_on_lines else None


def currency_field(currency: str, company: Company) -> dict[str, Any]:
    """The currency of a document; a company of one currency takes none."""
    return {"CurrencyRef": {"value": currency}} if company.multicurrency else {}


def check_currency(currency: str, customer: Customer, company: Company) -> None:
    """RecordRefused where the company, or the customer, has another currency than the order."""
    if not company.multicurrency:
        if currency != company.home_currency:
            raise refusal(
                Code.CURRENCY,
                f"The order is in {currency}, the QuickBooks company keeps its books in {company.home_currency}.",
            )
        return
    of_customer = customer.currency or company.home_currency
    if currency != of_customer:
        raise refusal(
            Code.CUSTOMER_CURRENCY,
            f"The order is in {currency}, its customer in QuickBooks in {of_customer}; a customer has one currency for good.",
        )


def check_total(order: Order, made: Lines) -> None:
    """RecordRefused where lines and tax do not come to the order's total."""
    if made.total != order.total:
        raise refusal(
            Code.TOTAL_DIFFERS,
            f"The order's lines come to {made.total} {order.currency}, its total is {order.total}: a difference of "
            f"{order.total - made.total}.",
        )


def check_period(day: date, company: Company) -> None:
    """RecordRefused where the books are closed for a day."""
    if company.closed_until and day <= company.closed_until:
        raise refusal(
            Code.PERIOD_CLOSED,
            f"It would be dated {day}, and the books of the QuickBooks company are closed up to {company.closed_until}.",
        )
