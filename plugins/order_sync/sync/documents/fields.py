"""What documents share: numbers, notes, days, and the fields of money, class, location and currency."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any

from order_sync.infusionsoft.records import Order, Payment
from order_sync.quickbooks.lengths import LENGTH_FAULT
from order_sync.settings import AS_ON_STORE, Store
from order_sync.settings.payments import folded
from order_sync.sync.company.company import Company
from order_sync.sync.documents.reference import REFERENCE_LENGTH, reference_note, reference_of
from order_sync.sync.orders.codes import Code, refusal
from order_sync.sync.orders.kinds import Entity, Kind
from order_sync.sync.orders.payments import completing, day_of
from order_sync.sync.orders.snapshot import Snapshot, order_day, party
from order_sync.sync.orders.tracked import TrackedOrder
from order_sync.sync.orders.treatment import Treatment
from order_sync.sync.orders.write import WriteStatus, payment_id_of

NUMBER_LENGTH = 21  # DocNumber
NOTE_LENGTH = 4000  # PrivateNote
MESSAGE_LENGTH = 1000  # CustomerMemo

Remark = tuple[str, str]
"""A code, and words for a person."""


@dataclass(frozen=True, slots=True)
class Note:
    """What a person should know of an order, told once: a code and words, what it is about, and whether it is worth a look."""

    code: Code
    words: str
    about: Kind
    is_warning: bool = False


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


def numbers_beside(
    tracked: TrackedOrder, kind: Kind, letter: str, of: Sequence[Payment], store: Store
) -> dict[str, str]:
    """The numbers of what is recorded beside an order's document, by payment: that which it was once given, else the next free one.

    None where QuickBooks gives them.
    """
    if store.revenue.number_from == "QuickBooks":
        return {}
    given: dict[str, str] = {}
    for write in tracked.writes:
        if write.kind is not kind or (write.status is WriteStatus.REJECTED and write.code == LENGTH_FAULT):
            continue  # of another kind; or refused for a length, which may be the number's: nothing bears that
        if number := json.loads(write.payload).get("DocNumber"):
            given[payment_id_of(write.subject)] = number
    base, taken = document_number(tracked.snapshot.order, store), set(given.values())
    free = (number for place in count(1) if (number := f"{base}-{letter}{place}") not in taken)
    return given | {one.id: fitting_number(next(free)) for one in of if one.id not in given}


def marker(order_id: str, store: str) -> str:
    """The private note by which a document is known to be ours; two stores of one company may have orders of the same id."""
    return f"Infusionsoft order {order_id} (store {store})"


def private_note(snapshot: Snapshot, store: Store, reference: str = "", again: int = 0) -> str:
    """The marker; below it a reference that is too long for its own field, and the memo of the settings."""
    own, memo = marker(snapshot.order.id, store.name), filled(store.revenue.memo, snapshot)
    # A document that was taken back may still be there with its note: it is never taken for the new one.
    own = f"{own}{f', recorded again, {again + 1}' if again else ''}{reference_note(reference)}"
    return f"{own}\n{memo}"[:NOTE_LENGTH] if memo else own


def email_remarks(snapshot: Snapshot) -> tuple[Remark, ...]:
    """That what the contact has for an e-mail address is none, and was left out of whatever was sent for the order."""
    if not snapshot.passes_over_email:
        return ()
    instead = "the next one was used" if snapshot.email else "there is no other"
    words = f"What the contact has for an e-mail address is none that QuickBooks takes: it was left out, and {instead}."
    return ((Code.EMAIL_LEFT_OUT, words),)


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
    """The day that a document bears: the order's, that of the payment, or the day of posting.

    The payment dates a sales receipt, which shows its money: the one that completed it; the order's day where there is none. An
    invoice is the sale alone, whose payments have days of their own: it bears the order's, whenever they come.
    """
    ordered = order_day(snapshot.order, store.zone)
    match store.revenue.transaction_date:
        case "date of posting":
            return today
        case "payment date" if treatment.manner.paid_as_whole:
            paid = completing(snapshot)
            return (day_of(paid, store.zone) if paid else None) or ordered
        case _:
            return ordered


def payment_day(payment: Payment, snapshot: Snapshot, store: Store, today: date) -> date:
    """The day that a payment or refund bears: its own, or the day of posting; the order's where it has none."""
    if store.revenue.transaction_date == "date of posting":
        return today
    return day_of(payment, store.zone) or order_day(snapshot.order, store.zone)


def money_fields(payment: Payment | None, order: Order, company: Company, store: Store) -> dict[str, Any]:
    """Where the money goes, how it came, and its reference: of a sales receipt or a payment."""
    account = deposit_account(payment, company)
    found: dict[str, Any] = {"DepositToAccountRef": {"value": account}} if account else {}
    return found | method_fields(payment, order, company, store)


def deposit_account(payment: Payment | None, company: Company) -> str | None:
    """Where the settings put a payment; None where QuickBooks is to take Undeposited Funds."""
    method = payment.method if payment else None
    return company.deposit_accounts.get(folded(method or "")) or company.deposit_account


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
    found = company.payment_methods.get(folded(payment.method))
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


def dimensions_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """Class and location of a document that is there, for what is recorded beside it."""
    return {name: document[name] for name in ("ClassRef", "DepartmentRef") if name in document}


def line_class(company: Company, treatment: Treatment) -> str | None:
    """The class of each line, in a company that has it there."""
    return company.classes[treatment.class_name] if treatment.class_name and company.class_on_lines else None


def currency_fields(currency: str, day: date, company: Company, rate: Decimal | None = None) -> dict[str, Any]:
    """The currency of a document, and its exchange rate where that is not the home currency; a company of one currency takes none.

    The rate is QuickBooks' own of the document's day, unless it has another one already (`rate`). RecordRefused where there is none:
    without a rate, QuickBooks would take 1.
    """
    if not company.multicurrency:
        return {}
    found: dict[str, Any] = {"CurrencyRef": {"value": currency}}
    if currency != company.home_currency:
        found["ExchangeRate"] = rate or rate_of(currency, day, company)
    return found


def rate_of(currency: str, day: date, company: Company) -> Decimal:
    """The exchange rate of a foreign currency on a day; RecordRefused where QuickBooks has none."""
    rate = company.rates.get((currency, day))
    if rate is None:
        raise refusal(
            Code.NO_RATE,
            f"It would be dated {day}, and QuickBooks has no exchange rate of {currency} to {company.home_currency} on that day.",
        )
    return rate
