"""The payments of recorded invoices: each payment of an order once, also those that come later and in parts."""

from __future__ import annotations

from datetime import date
from typing import Any

from order_sync.infusionsoft.records import Payment
from order_sync.quickbooks.wire import encode
from order_sync.settings import Store
from order_sync.sync.company.company import Company
from order_sync.sync.documents.fields import check_period, currency_field, marker, money_fields, payment_day
from order_sync.sync.documents.reference import reference_note, reference_of, reference_remarks
from order_sync.sync.orders.codes import SKIP_THE_ORDER, Code, refusal
from order_sync.sync.orders.kinds import Entity, Kind
from order_sync.sync.orders.payments import charges, disagreement, total_of
from order_sync.sync.orders.tracked import TrackedOrder, recorded_treatment, require_all_there
from order_sync.sync.orders.write import Intent

_TOO_MUCH = (
    "Correct the order or its payments in Infusionsoft, and the next run reads it again; or enter what is too much in QuickBooks by "
    f"hand, and {SKIP_THE_ORDER}."
)


def payment_intents(tracked: TrackedOrder, company: Company, store: Store, today: date) -> list[Intent]:
    """What is to be recorded of an invoice's payments, and is not yet.

    Raises RecordRefused where payments and order, or payments and invoice, do not fit together: then none is recorded.
    """
    treatment, invoice, order = recorded_treatment(tracked, store), tracked.original, tracked.snapshot.order
    came = charges(tracked.snapshot)
    if treatment.manner.paid_as_whole:
        _check_receipt(tracked)
    if not treatment.manner.with_payments or invoice is None:
        return []
    require_all_there(tracked, Kind.PAYMENT, came)
    if words := disagreement(tracked.snapshot):
        raise refusal(Code.PAYMENTS_DISAGREE, words)
    if total_of(came) > tracked.total:
        raise refusal(
            Code.OVERPAID,
            f"{total_of(came)} {order.currency} were paid for an invoice of {tracked.total}.",
            _TOO_MUCH,
        )
    if treatment.manner.once_paid and awaits_payment(tracked, store):
        return []
    known = tracked.recorded(Kind.PAYMENT)
    found = []
    for payment in came:
        subject = f"{order.id}/{payment.id}"
        if subject not in known:
            body = payment_body(tracked, payment, invoice.quickbooks_id or "", company, store, today)
            found.append(
                Intent(
                    Kind.PAYMENT,
                    subject,
                    Entity.PAYMENT,
                    encode(body),
                    payment.amount,
                    order.currency,
                    order_ids=(order.id,),
                    remarks=reference_remarks(reference_of(payment, order, store)),
                )
            )
    return found


def _check_receipt(tracked: TrackedOrder) -> None:
    """RecordRefused where more came in than a sales receipt shows: nothing records that."""
    came, order = total_of(charges(tracked.snapshot)), tracked.snapshot.order
    if came > max(tracked.total, order.total) and not disagreement(tracked.snapshot):
        raise refusal(
            Code.OVERPAID,
            f"{came} {order.currency} were paid for an order that is recorded over {tracked.total}.",
            _TOO_MUCH,
        )


def awaits_payment(tracked: TrackedOrder, store: Store) -> bool:
    """Whether more money is to come for an invoice whose payments are recorded."""
    return (
        recorded_treatment(tracked, store).manner.with_payments and total_of(charges(tracked.snapshot)) < tracked.total
    )


def payment_body(
    tracked: TrackedOrder, payment: Payment, invoice_id: str, company: Company, store: Store, today: date
) -> dict[str, Any]:
    """The JSON of a payment that pays its invoice and nothing else."""
    order = tracked.snapshot.order
    day = payment_day(payment, tracked.snapshot, store, today)
    check_period(day, company)
    note = reference_note(reference_of(payment, order, store))
    return {
        "TxnDate": day.isoformat(),
        "CustomerRef": tracked.body()["CustomerRef"],
        "TotalAmt": payment.amount,
        "Line": [{"Amount": payment.amount, "LinkedTxn": [{"TxnId": invoice_id, "TxnType": Entity.INVOICE}]}],
        "PrivateNote": f"{marker(order.id, store.name)}, payment {payment.id}{note}",
        **money_fields(payment, order, company, store),
        **currency_field(order.currency, company),
    }
