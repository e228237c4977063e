"""Which orders a run reads again, whatever became of them before.

A run reads the orders that were created, changed or paid in its interval, and looks `OVERLAP` further back. Beside them it reads those
that earlier runs left: unfinished ones (`status.UNFINISHED`) for `UNFINISHED_DAYS`; and without such an end, those that have their document
and are in trouble or still open (nobody has looked yet what else is due of them). The query is `database.orders.unfinished_orders`.
"""

from __future__ import annotations

from datetime import datetime, timedelta

OVERLAP = timedelta(hours=24)
"""How far before its interval a run looks: a manual payment is stamped midnight of its day however late it was entered, and the
service does not say whether its bounds are inclusive. Orders are de-duplicated by id, so looking twice costs calls, not documents."""

UNFINISHED_DAYS = timedelta(days=90)
"""Orders that wait, are held or failed join every run up to the end of whose interval they were made, for this long."""


def stays_open(created_at: datetime, interval_end: datetime, *, awaits_payment: bool) -> bool:
    """Whether a recorded order is read by every run, as one that waits is: a payment by hand may be stamped long before it was entered,
    and an order that is deleted is seen to be gone only where it is asked for."""
    return awaits_payment and created_at >= interval_end - UNFINISHED_DAYS
