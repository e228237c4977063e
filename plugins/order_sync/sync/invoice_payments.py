"""The payments of recorded invoices: each payment of an order once, also those that come later and in parts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from order_sync.errors import RecordRefused
from order_sync.infusionsoft.records import Payment
from order_sync.quickbooks.client import encode
from order_sync.settings import Store
from order_sync.store.writes import Intent
from order_sync.sync.books import Books
from order_sync.sync.cases import Case, recorded_treatment, require_all_there
from order_sync.sync.documents import check_period, currency_field, marker, money_fields, payment_day
from order_sync.sync.eligibility import READ_AGAIN
from order_sync.sync.payments import charges, disagreement, total_of
from order_sync.sync.posting import Posting, record_due
from order_sync.sync.rules import WITH_PAYMENTS


def payment_intents(case: Case, books: Books, store: Store, today: date) -> list[Intent]:
    """What is to be recorded of an invoice's payments, and is not yet.

    Raises RecordRefused where payments and order, or payments and invoice, do not fit together: then none is recorded.
    """
    treatment, invoice, order = recorded_treatment(case, store), case.original, case.snapshot.order
    came = charges(case.snapshot)
    if treatment.post_as == "Sales receipt":
        _check_receipt(case)
    if treatment.post_as not in WITH_PAYMENTS or invoice is None:
        return []
    require_all_there(case, "payment", came)
    if words := disagreement(case.snapshot):
        raise RecordRefused(words, advice=READ_AGAIN, code="PAYMENTS_DISAGREE")
    if total_of(came) > case.total:
        raise RecordRefused(
            f"{total_of(came)} {order.currency} were paid for an invoice of {case.total}.",
            advice="Correct the order or its payments in Infusionsoft, or enter what is too much in QuickBooks by hand.",
            code="OVERPAID",
        )
    if treatment.post_as == "Invoice, payment if paid" and awaits_payment(case, store):
        return []
    known = case.recorded("payment")
    found = []
    for payment in came:
        subject = f"{order.id}/{payment.id}"
        if subject not in known:
            body = payment_body(case, payment, invoice.quickbooks_id or "", books, store, today)
            found.append(
                Intent(
                    "payment", subject, "Payment", encode(body), payment.amount, order.currency, order_ids=(order.id,)
                )
            )
    return found


def _check_receipt(case: Case) -> None:
    """RecordRefused where more came in than a sales receipt shows: nothing records that."""
    came, order = total_of(charges(case.snapshot)), case.snapshot.order
    if came > max(case.total, order.total) and not disagreement(case.snapshot):
        raise RecordRefused(
            f"{came} {order.currency} were paid for an order that is recorded over {case.total}.",
            advice="Correct the payments in Infusionsoft, or enter what is too much in QuickBooks by hand and skip the order's rest.",
            code="OVERPAID",
        )


def awaits_payment(case: Case, store: Store) -> bool:
    """Whether more money is to come for an invoice whose payments are recorded."""
    return recorded_treatment(case, store).post_as in WITH_PAYMENTS and total_of(charges(case.snapshot)) < case.total


def payment_body(
    case: Case, payment: Payment, invoice_id: str, books: Books, store: Store, today: date
) -> dict[str, Any]:
    """The JSON of a payment that pays its invoice and nothing else."""
    order = case.snapshot.order
    day = payment_day(payment, case.snapshot, store, today)
    check_period(day, books)
    return {
        "TxnDate": day.isoformat(),
        "CustomerRef": case.body()["CustomerRef"],
        "TotalAmt": payment.amount,
        "Line": [{"Amount": payment.amount, "LinkedTxn": [{"TxnId": invoice_id, "TxnType": "Invoice"}]}],
        "PrivateNote": f"{marker(order.id, store.name)}, payment {payment.id}",
        **money_fields(payment, order, books, store),
        **currency_field(order.currency, books),
    }


def post_payments(posting: Posting, books: Books, cases: Sequence[Case]) -> None:
    """Records the payments of these orders that are not recorded yet, and settles those that earlier runs left open."""
    record_due(posting, "payment", books, cases, payment_intents)
