"""Money that went back: a refund receipt or credit memo for each refund of a recorded order, once, also weeks later."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from order_sync.infusionsoft.records import Payment
from order_sync.quickbooks.wire import encode
from order_sync.settings import Store
from order_sync.sync.company.company import Company
from order_sync.sync.documents.bundle import item_lines
from order_sync.sync.documents.checks import check_period
from order_sync.sync.documents.fields import (
    Document,
    currency_fields,
    document_number,
    fitting_number,
    marker,
    method_fields,
    payment_day,
)
from order_sync.sync.documents.lines import single_line
from order_sync.sync.documents.payment import awaits_payment
from order_sync.sync.documents.reference import reference_note, reference_of, reference_remarks
from order_sync.sync.documents.tax import TAX_FIELDS
from order_sync.sync.orders.codes import Code, refusal
from order_sync.sync.orders.kinds import Entity, Kind
from order_sync.sync.orders.payments import refund_disagreement, refunded_charge, refunds, total_of
from order_sync.sync.orders.tracked import TrackedOrder, recorded_treatment, require_all_there
from order_sync.sync.orders.write import Intent, payment_id_of, payment_subject

_OF_THE_WHOLE = tuple(name for name in TAX_FIELDS if name != "GlobalTaxCalculation")
_TAXED_BY = ("BillAddr", "ShipAddr")
"""What QuickBooks computes tax by."""

_ENTITIES = {"refund receipt": Entity.REFUND_RECEIPT, "credit memo": Entity.CREDIT_MEMO}


def refund_intents(tracked: TrackedOrder, company: Company, store: Store, today: date) -> list[Intent]:
    """What is to be recorded of an order's refunds, and is not yet.

    Raises RecordRefused where the refunds do not fit the order: then none is recorded.
    """
    if store.refunds.record_as == "ignore" or _waits(tracked, store):
        return []
    order, went = tracked.snapshot.order, refunds(tracked.snapshot)
    require_all_there(tracked, Kind.REFUND, went)
    if words := refund_disagreement(tracked.snapshot):
        raise refusal(Code.REFUND_DISAGREES, words)
    if total_of(went) > max(tracked.total, order.total):
        raise refusal(
            Code.REFUND_DISAGREES,
            f"{total_of(went)} {order.currency} were given back of an order that is recorded over {tracked.total}.",
        )
    known, numbers = tracked.recorded(Kind.REFUND), _numbers(tracked, store, went)
    found = []
    for refund in went:
        subject = payment_subject(order.id, refund.id)
        if subject not in known:
            document = refund_document(tracked, refund, numbers.get(refund.id), company, store, today)
            found.append(
                Intent(
                    Kind.REFUND,
                    subject,
                    document.entity,
                    encode(document.body),
                    document.total,
                    order.currency,
                    tax=document.tax,
                    order_ids=(order.id,),
                    remarks=document.warnings,
                )
            )
    return found


def refund_document(
    tracked: TrackedOrder, refund: Payment, number: str | None, company: Company, store: Store, today: date
) -> Document:
    """The refund receipt or credit memo of one refund.

    One that gives back all of a document bears that document's lines; another is one line, because Infusionsoft does not say what
    was given back.
    """
    order, original = tracked.snapshot.order, tracked.body()
    day = payment_day(refund, tracked.snapshot, store, today)
    entity = _ENTITIES[store.refunds.record_as]
    check_period(entity, day, company)
    whole = tracked.stands_alone and refund.amount == tracked.total
    given_back = refunded_charge(tracked.snapshot, refund)
    reference = reference_of(given_back, order, store) if entity is Entity.REFUND_RECEIPT else ""
    body: dict[str, Any] = {"DocNumber": number} if number else {}
    body |= {
        "TxnDate": day.isoformat(),
        "CustomerRef": original["CustomerRef"],
        "Line": original["Line"] if whole else [_refund_line(tracked, refund, original, company)],
        "PrivateNote": f"{marker(order.id, store.name)}, refund {refund.id}{reference_note(reference)}",
    }
    copied = ["ClassRef", "DepartmentRef", "GlobalTaxCalculation"]
    if whole:
        copied += [*_OF_THE_WHOLE, *(_TAXED_BY if store.taxes.record_as == "automatic" else ())]
    body |= {field: original[field] for field in copied if field in original}
    if entity is Entity.REFUND_RECEIPT:
        body["DepositToAccountRef"] = {"value": company.refund_account}
        body |= method_fields(given_back, order, company, store)
    body |= currency_fields(order.currency, day, company)
    tax = tracked.document.tax if whole and tracked.document else Decimal(0)
    return Document(entity, body, refund.amount, tax, reference_remarks(reference))


def _waits(tracked: TrackedOrder, store: Store) -> bool:
    """Whether the payments that it would give back are not recorded yet."""
    return recorded_treatment(tracked, store).manner.once_paid and awaits_payment(tracked, store)


def _refund_line(tracked: TrackedOrder, refund: Payment, original: dict[str, Any], company: Company) -> dict[str, Any]:
    details = (line["SalesItemLineDetail"] for line in item_lines(original["Line"]))
    class_id = next((detail["ClassRef"]["value"] for detail in details if "ClassRef" in detail), None)
    text = f"Refund of Infusionsoft order {tracked.order_id}"
    return single_line(refund.amount, company.lines.refund, company, text, class_id)


def _numbers(tracked: TrackedOrder, store: Store, went: Sequence[Payment]) -> dict[str, str]:
    """The number of each refund: that which it was once given, else the next free one; none where QuickBooks gives them."""
    if store.revenue.number_from == "QuickBooks":
        return {}
    given: dict[str, str] = {}
    for write in tracked.writes:
        if write.kind is Kind.REFUND and (number := json.loads(write.payload).get("DocNumber")):
            given[payment_id_of(write.subject)] = number
    base, taken, next_one = document_number(tracked.snapshot.order, store), set(given.values()), 1
    for refund in went:
        if refund.id in given:
            continue
        while f"{base}-R{next_one}" in taken:
            next_one += 1
        given[refund.id] = fitting_number(f"{base}-R{next_one}")
        taken.add(given[refund.id])
    return given
