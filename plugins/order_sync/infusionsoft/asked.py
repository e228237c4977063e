"""Whether a record that came is one that was asked for.

Some of v2's filters are young, and one that the service does not know it ignores: then everything comes, and nothing of that may be taken.
What cannot be read says nothing for or against a filter, but for its id.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from order_sync.infusionsoft.records import Contact, Order, Payment, Unreadable

Window = tuple[datetime, datetime]
Fits = Callable[[Order | Contact | Payment | Unreadable], bool]

ROUNDING = timedelta(seconds=1)
"""Windows are sent in milliseconds, and a database may keep seconds."""
A_DAY = timedelta(days=1)
"""Payments by hand have a day and no time, and days begin elsewhere at another moment."""
CLOCKS_DIFFER = timedelta(minutes=5)


def with_ids(ids: Collection[str]) -> Fits:
    """Records that have one of these ids."""
    return lambda record: not record.id or record.id in ids


def of_contact(contact_id: str) -> Fits:
    """Orders of a contact."""
    return lambda order: not isinstance(order, Order) or order.contact_id == contact_id


def created_in(window: Window) -> Fits:
    """Orders that were created in a window."""
    return lambda order: not isinstance(order, Order) or _overlaps(order.created_at, order.created_at, window, ROUNDING)


def modified_in(window: Window, asked_at: datetime) -> Fits:
    """Orders that were modified in a window; or after they were asked for, because they may have been in it until then."""

    def fits(order: Order | Contact | Payment | Unreadable) -> bool:
        if not isinstance(order, Order):
            return True
        at = order.modified_at or order.created_at
        return at >= asked_at - CLOCKS_DIFFER or _overlaps(at, at, window, ROUNDING)

    return fits


def paid_in(window: Window) -> Fits:
    """Payments of a window. Which of their times counts, the service does not say: any from the payment to its last change may."""

    def fits(payment: Order | Contact | Payment | Unreadable) -> bool:
        if not isinstance(payment, Payment):
            return True
        times = [at for at in (payment.paid_at, payment.updated_at) if at]
        return not times or _overlaps(min(times), max(times), window, A_DAY)

    return fits


def paid_for(order_ids: Collection[str]) -> Fits:
    """Payments of these orders."""

    def fits(payment: Order | Contact | Payment | Unreadable) -> bool:
        if isinstance(payment, Payment):
            return payment.order_id in order_ids
        return (
            not isinstance(payment, Unreadable) or not payment.order_ids or not payment.order_ids.isdisjoint(order_ids)
        )

    return fits


def _overlaps(first: datetime, last: datetime, window: Window, tolerance: timedelta) -> bool:
    return last >= window[0] - tolerance and first <= window[1] + tolerance
