"""Orders that were deleted in Infusionsoft after they were recorded: what stands in the books, and the void of an unpaid invoice."""

from __future__ import annotations

from decimal import Decimal

from order_sync.money import with_currency
from order_sync.settings import Store
from order_sync.sync.company.company import Company
from order_sync.sync.documents.receivable import applied
from order_sync.sync.documents.voided import check_open_to_void, void_intent
from order_sync.sync.orders.codes import Code
from order_sync.sync.orders.kinds import Entity, Kind
from order_sync.sync.orders.payments import in_hand
from order_sync.sync.orders.tracked import TrackedOrder
from order_sync.sync.orders.trouble import Trouble, trouble
from order_sync.sync.orders.write import UNCERTAIN, Intent, WriteStatus

_ZERO = Decimal(0)
_THERE = (WriteStatus.POSTED, *UNCERTAIN)
_SETTLING = (Kind.PAYMENT, Kind.WRITE_OFF, Kind.APPLICATION, Kind.REFUND)


def void_of_deleted(tracked: TrackedOrder, company: Company, store: Store) -> Intent | None:
    """The void of a deleted order's invoice that nothing was paid of, by setting; None where it stays.

    RecordRefused where the books are closed for it.
    """
    invoice = tracked.original
    if not tracked.snapshot.is_deleted or store.orders.deleted != "void" or invoice is None:
        return None
    money = [one for one in tracked.writes if one.kind in _SETTLING and one.status in _THERE]
    if invoice.entity is not Entity.INVOICE or money or in_hand(tracked.snapshot):
        return None
    check_open_to_void(invoice, company)
    return void_intent(invoice, [tracked.order_id])


def deletion(tracked: TrackedOrder) -> Trouble:
    """What a person should know of a deleted order: what the sync recorded of it, and how it stands."""
    document, currency, total = tracked.original, tracked.snapshot.order.currency, tracked.total
    if document is None:
        raise ValueError(f"order {tracked.order_id} has no document")
    name = document_name(tracked)
    went = (*tracked.recorded(Kind.REFUND).values(), *tracked.recorded(Kind.REVERSAL).values())
    back = sum((one.total or _ZERO for one in went), _ZERO)
    if document.entity is Entity.INVOICE:
        settling = (*tracked.recorded(Kind.PAYMENT).values(), *tracked.recorded(Kind.APPLICATION).values())
        paid = sum((applied(one, Entity.INVOICE) for one in settling), _ZERO)
        words = (
            f"the {name} stands open over {with_currency(total - paid, currency)}"
            if paid < total
            else f"the {name} stays, paid with {with_currency(paid, currency)}"
        )
    elif tracked.stands_alone:
        words = f"the {name} still shows {with_currency(total, currency)}"
    else:
        words = f"the {name}, of several orders, still shows {with_currency(total, currency)} of it"
    if back:
        words += f"; {with_currency(back, currency)} given back are recorded beside it"
    return trouble(Code.DELETED, f"The order was deleted in Infusionsoft after it was recorded; {words}.")


def document_name(tracked: TrackedOrder) -> str:
    """What people call an order's document: `sales receipt IS-1`; by its id where it has no number."""
    document = tracked.original
    if document is None:
        raise ValueError(f"order {tracked.order_id} has no document")
    number = tracked.body().get("DocNumber") or tracked.row.document_number
    return f"{document.entity.words} {number or document.quickbooks_id}"
