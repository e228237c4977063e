"""The payments of recorded invoices: each payment of an order once, also those that come later and in parts."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from order_sync.infusionsoft.records import Payment
from order_sync.money import with_currency
from order_sync.quickbooks.wire import encode
from order_sync.settings import Store
from order_sync.sync.company.company import Company
from order_sync.sync.documents.checks import check_kept, check_period
from order_sync.sync.documents.fields import currency_fields, deposit_account, marker, money_fields, payment_day
from order_sync.sync.documents.receivable import Receivable, pay
from order_sync.sync.documents.reference import reference_note, reference_of, reference_remarks
from order_sync.sync.orders.codes import SKIP_THE_ORDER, Code, refusal
from order_sync.sync.orders.kinds import Entity, Kind
from order_sync.sync.orders.overpaid import stays_unapplied
from order_sync.sync.orders.payments import (
    charges,
    covered,
    disagreement,
    forgiving,
    refunded_charges,
    refunds,
    total_of,
)
from order_sync.sync.orders.reopened import expenses, settlement_of
from order_sync.sync.orders.tracked import TrackedOrder, recorded_treatment, require_all_there
from order_sync.sync.orders.write import Intent, payment_id_of, payment_subject

_ZERO = Decimal(0)
_TOO_MUCH = (
    "Correct the order or its payments in Infusionsoft, and the next run reads it again; or enter what is too much in QuickBooks by "
    f"hand, and {SKIP_THE_ORDER}."
)


def payment_intents(
    tracked: TrackedOrder, owed: Receivable, company: Company, store: Store, today: date
) -> list[Intent]:
    """What is to be recorded of an invoice's payments, and is not yet; what they pay is taken off what is `owed`.

    Raises RecordRefused where payments and order, or payments and invoice, do not fit together: then none is recorded.
    """
    treatment, order = recorded_treatment(tracked, store), tracked.snapshot.order
    came, known = charges(tracked.snapshot), tracked.recorded(Kind.PAYMENT)
    if treatment.manner.paid_as_whole:
        return _beside_a_receipt(tracked, company, store, today)
    if not treatment.manner.with_payments or tracked.original is None:
        return []
    # What a former version recorded as money, and is none, stays recorded.
    require_all_there(tracked, Kind.PAYMENT, [*came, *forgiving(tracked.snapshot)])
    if words := disagreement(tracked.snapshot):
        raise refusal(Code.PAYMENTS_DISAGREE, words)
    money = settlement_of(tracked, store)
    if money.kept > tracked.total and not stays_unapplied(tracked.snapshot, store):
        raise refusal(
            Code.OVERPAID,
            f"{with_currency(money.came, order.currency)} were paid for an invoice of {with_currency(tracked.total, order.currency)}.",
            _TOO_MUCH,
        )
    if treatment.manner.once_paid and awaits_payment(tracked, store):
        return []
    found = list[Intent]()
    for payment in came:
        if payment_subject(order.id, payment.id) not in known:
            lines, left = pay(payment.amount, owed)
            if left and money.owed_again > expenses(tracked):
                break  # it pays what was given back, once that is recorded
            found.append(_intent(tracked, payment, lines, company, store, today))
    return found


def account_of(payment: Payment | None, tracked: TrackedOrder, company: Company) -> str | None:
    """The account that the money of an order is in: as it was recorded; by the settings of today only where it is not."""
    recorded = tracked.recorded(Kind.PAYMENT)
    write = recorded.get(payment_subject(tracked.order_id, payment.id)) if payment else None
    if write is None and tracked.original and tracked.original.entity is Entity.SALES_RECEIPT:
        write = tracked.original
    if write is None:
        return deposit_account(payment, company) or company.undeposited_funds
    named: str | None = json.loads(write.payload).get("DepositToAccountRef", {}).get("value")
    return named or company.undeposited_funds


def refund_account(tracked: TrackedOrder, refund: Payment, company: Company) -> str | None:
    """The account that the money of a refund leaves: the one of the settings, else the one that it is in.

    RecordRefused where it may be in several: a refund leaves one, and nobody says which.
    """
    if company.refund_account:
        return company.refund_account
    given_back = refunded_charges(tracked.snapshot, refund)
    accounts = {account_of(one, tracked, company) for one in given_back or (None,)}
    if len(accounts) > 1:
        currency = tracked.snapshot.order.currency
        told = ", ".join(f"{one.id} over {with_currency(one.amount, currency)}" for one in given_back)
        raise refusal(
            Code.SEVERAL_ACCOUNTS,
            f"{with_currency(refund.amount, currency)} were given back of payment {told}, which are in different accounts, and a "
            "refund leaves one.",
            f"Enter the refund in QuickBooks by hand, and {SKIP_THE_ORDER}. Where all refunds leave one account, set refunds.account to "
            "it, and the next run records this one.",
        )
    return next(iter(accounts))


def _beside_a_receipt(tracked: TrackedOrder, company: Company, store: Store, today: date) -> list[Intent]:
    """What came in beside the money that a sales receipt shows: unapplied on the customer, by setting.

    RecordRefused where it is to be held, or where more is recorded of it than there is.
    """
    came, order, known = charges(tracked.snapshot), tracked.snapshot.order, tracked.recorded(Kind.PAYMENT)
    if disagreement(tracked.snapshot):
        return []
    paid, recorded = (with_currency(one, order.currency) for one in (total_of(came), tracked.total))
    amounts = {payment_id_of(subject): write.total for subject, write in known.items()}
    # Of each only a part may be too much: what is asked here is whether they are there.
    require_all_there(tracked, Kind.PAYMENT, [replace(one, amount=amounts.get(one.id) or one.amount) for one in came])
    there = sum((amount for amount in amounts.values() if amount), _ZERO)
    if there > max(total_of(came) - tracked.total, _ZERO):
        raise refusal(
            Code.PAYMENTS_DISAGREE,
            f"QuickBooks holds {with_currency(there, order.currency)} of the order's payments as unapplied, and {paid} were paid for "
            f"{recorded}.",
            f"Correct the payment in QuickBooks, and {SKIP_THE_ORDER}.",
        )
    found, left = list[Intent](), total_of(came) - max(tracked.total, order.total) - there
    for payment in reversed(came) if stays_unapplied(tracked.snapshot, store) else ():
        if left > 0 and payment.id not in amounts:
            part = replace(payment, amount=min(payment.amount, left))
            left -= part.amount
            found.insert(0, _intent(tracked, part, [], company, store, today))
    # Whether what went back is of the money that is unapplied, nobody says.
    if left > 0 or (there and refunds(tracked.snapshot)):
        raise refusal(
            Code.OVERPAID,
            f"{paid} were paid for an order that is recorded over {recorded}.",
            _TOO_MUCH,
        )
    return found


def _intent(
    tracked: TrackedOrder, payment: Payment, lines: list[dict[str, Any]], company: Company, store: Store, today: date
) -> Intent:
    order = tracked.snapshot.order
    return Intent(
        Kind.PAYMENT,
        payment_subject(order.id, payment.id),
        Entity.PAYMENT,
        encode(payment_body(tracked, payment, lines, company, store, today)),
        payment.amount,
        order.currency,
        order_ids=(order.id,),
        remarks=reference_remarks(reference_of(payment, order, store)),
    )


def awaits_payment(tracked: TrackedOrder, store: Store) -> bool:
    """Whether more money is to come for an invoice whose payments are recorded."""
    manner = recorded_treatment(tracked, store).manner
    return manner.with_payments and settlement_of(tracked, store).settled < tracked.total


def is_owed(tracked: TrackedOrder, store: Store) -> bool:
    """Whether an invoice is not paid in full in Infusionsoft, whoever records that: its order may still be deleted there."""
    return not recorded_treatment(tracked, store).manner.paid_as_whole and covered(tracked.snapshot) < tracked.total


def payment_body(
    tracked: TrackedOrder, payment: Payment, lines: list[dict[str, Any]], company: Company, store: Store, today: date
) -> dict[str, Any]:
    """The JSON of a payment that pays what its lines name; what is left stays unapplied on the customer."""
    order = tracked.snapshot.order
    day = payment_day(payment, tracked.snapshot, store, today)
    check_kept(payment.amount, order.currency)
    check_period(Entity.PAYMENT, day, company)
    note = reference_note(reference_of(payment, order, store))
    body: dict[str, Any] = {
        "TxnDate": day.isoformat(),
        "CustomerRef": tracked.body()["CustomerRef"],
        "TotalAmt": payment.amount,
    }
    if lines:
        body["Line"] = lines
    return body | {
        "PrivateNote": f"{marker(order.id, store.name)}, payment {payment.id}{note}",
        **money_fields(payment, order, company, store),
        **currency_fields(order.currency, day, company),
    }
