"""Money that went back: a refund receipt for each refund of a recorded order, once, also weeks later.

Of an invoice for which more is awaited it is an expense (`expense.py`). Of one whose payments are not recorded it is nothing: what never
came into the books cannot leave them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from order_sync.infusionsoft.records import Payment
from order_sync.money import with_currency
from order_sync.quickbooks.wire import encode
from order_sync.settings import Store
from order_sync.sync.company.company import Company
from order_sync.sync.documents.checks import check_kept, check_period
from order_sync.sync.documents.expense import expense
from order_sync.sync.documents.fields import (
    Document,
    Note,
    currency_fields,
    dimensions_of,
    marker,
    method_fields,
    numbers_beside,
    payment_day,
)
from order_sync.sync.documents.lines import Lines
from order_sync.sync.documents.part import Part, part_lines, part_of, taken_of
from order_sync.sync.documents.payment import awaits_payment, refund_account
from order_sync.sync.documents.reference import reference_note, reference_of, reference_remarks
from order_sync.sync.documents.sold import sold_of
from order_sync.sync.orders.codes import Code, refusal
from order_sync.sync.orders.kinds import Entity, Kind
from order_sync.sync.orders.payments import received, refund_disagreement, refunded_charge, refunds, total_of
from order_sync.sync.orders.reopened import reopened
from order_sync.sync.orders.tracked import TrackedOrder, recorded_treatment, require_all_there
from order_sync.sync.orders.write import Intent, payment_subject


def refund_intents(
    tracked: TrackedOrder, planned: list[Part], company: Company, store: Store, today: date
) -> list[Intent]:
    """What is to be recorded of an order's refunds, and is not yet.

    `planned` is what is taken back of the document together with it; the refund receipts' parts are added to it.
    Raises RecordRefused where the refunds do not fit the order: then none is recorded.
    """
    if store.refunds.record_as == "ignore" or _waits(tracked, store):
        return []
    order, went = tracked.snapshot.order, refunds(tracked.snapshot)
    require_all_there(tracked, Kind.REFUND, went)
    if not recorded_treatment(tracked, store).manner.records_money:
        return []
    if words := refund_disagreement(tracked.snapshot):
        raise refusal(Code.REFUND_DISAGREES, words)
    owed_again = {one.id for one in reopened(tracked, store)}
    known, numbers = tracked.recorded(Kind.REFUND), numbers_beside(tracked, Kind.REFUND, "R", went, store)
    taking = [one for one in went if one.id not in owed_again]
    if total_of(taking) > max(tracked.total, order.total):
        raise refusal(
            Code.REFUND_DISAGREES,
            f"{with_currency(total_of(went), order.currency)} were given back of an order that is recorded over "
            f"{with_currency(tracked.total, order.currency)}.",
        )
    if total_of(went) > (came := received(tracked.snapshot)):
        raise refusal(
            Code.REFUND_DISAGREES,
            f"{with_currency(total_of(went), order.currency)} were given back of an order for which {with_currency(came, order.currency)} "
            "came in: what never came in cannot go out.",
        )
    due = [one for one in went if payment_subject(order.id, one.id) not in known]
    lines = _lines(tracked, [one for one in due if one.id not in owed_again], planned, company)
    return [
        _intent(tracked, refund, numbers.get(refund.id), lines.get(refund.id), company, store, today) for refund in due
    ]


def refund_notes(tracked: TrackedOrder, store: Store) -> tuple[Note, ...]:
    """What a person should know of refunds that are not recorded because the payments that they give back are not."""
    if store.refunds.record_as == "ignore" or recorded_treatment(tracked, store).manner.records_money:
        return ()
    known, order = tracked.recorded(Kind.REFUND), tracked.snapshot.order
    left = [one for one in refunds(tracked.snapshot) if payment_subject(order.id, one.id) not in known]
    if not left:
        return ()
    words = (
        f"{with_currency(total_of(left), order.currency)} were given back, and that is not recorded: the payments of this "
        "invoice are not recorded either, and money that never came into the books cannot leave them."
    )
    return (Note(Code.REFUND_NOT_RECORDED, words, Kind.REFUND),)


def _lines(tracked: TrackedOrder, due: Sequence[Payment], planned: list[Part], company: Company) -> dict[str, Lines]:
    """The lines of the refund receipts of refunds, by refund: what each takes back after those before it."""
    if not due:
        return {}
    sold = sold_of(tracked, company)
    recorded, found = taken_of(tracked, sold, company), dict[str, Lines]()
    text = f"Refund of Infusionsoft order {tracked.order_id}"
    for refund in due:
        planned.append(part_of(refund.amount, sold, [*recorded, *planned]))
        found[refund.id] = part_lines(planned[-1], sold, company, item_id=company.lines.refund, text=text)
    return found


def _intent(
    tracked: TrackedOrder,
    refund: Payment,
    number: str | None,
    lines: Lines | None,
    company: Company,
    store: Store,
    today: date,
) -> Intent:
    order = tracked.snapshot.order
    if lines is None:
        document = expense(tracked, refund, number, company, store, today)
    else:
        document = refund_receipt(tracked, refund, number, lines, company, store, today)
    return Intent(
        Kind.REFUND,
        payment_subject(order.id, refund.id),
        document.entity,
        encode(document.body),
        document.total,
        order.currency,
        tax=document.tax,
        order_ids=(order.id,),
        remarks=document.warnings,
    )


def refund_receipt(
    tracked: TrackedOrder,
    refund: Payment,
    number: str | None,
    lines: Lines,
    company: Company,
    store: Store,
    today: date,
) -> Document:
    """The refund receipt of one refund, out of the account that the money is in."""
    order, original = tracked.snapshot.order, tracked.body()
    day = payment_day(refund, tracked.snapshot, store, today)
    check_kept(refund.amount, order.currency)
    check_period(Entity.REFUND_RECEIPT, day, company)
    given_back = refunded_charge(tracked.snapshot, refund)
    reference = reference_of(given_back, order, store)
    body: dict[str, Any] = {"DocNumber": number} if number else {}
    body |= {
        "TxnDate": day.isoformat(),
        "CustomerRef": original["CustomerRef"],
        "Line": list(lines.lines),
        "PrivateNote": f"{marker(order.id, store.name)}, refund {refund.id}{reference_note(reference)}",
        **lines.tax_fields,
        "DepositToAccountRef": {"value": refund_account(tracked, refund, company)},
        **method_fields(given_back, order, company, store),
        **currency_fields(order.currency, day, company),
        **dimensions_of(original),
    }
    return Document(Entity.REFUND_RECEIPT, body, lines.total, lines.tax, reference_remarks(reference))


def _waits(tracked: TrackedOrder, store: Store) -> bool:
    """Whether the payments that it would give back are not recorded yet."""
    return recorded_treatment(tracked, store).manner.once_paid and awaits_payment(tracked, store)
