"""An order as the database has it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from order_sync.settings import PostAs
from order_sync.sync.orders.decision import Decision
from order_sync.sync.orders.status import Status


@dataclass(frozen=True, slots=True)
class OrderRow:
    """A row of `orders`, with what was read of the order (`Snapshot`, as text) and what was decided about its customer."""

    store: str
    order_id: str
    status: Status
    contact_id: str | None = None
    ordered_at: datetime | None = None
    created_at: datetime | None = None
    currency: str | None = None
    total_minor: int | None = None
    content_hash: str | None = None
    """Of what a document is made from; another hash after posting means that the order was changed."""
    posted_hash: str | None = None
    code: str | None = None
    message: str | None = None
    advice: str | None = None
    customer_id: str | None = None
    decision_id: int | None = None
    document_entity: str | None = None
    document_id: str | None = None
    document_number: str | None = None
    posted_as: PostAs | None = None
    """What it was recorded as; it stays that when the settings change."""
    is_open: bool = False
    """Whether nobody has looked yet for a change, payment or refund of its document."""
    updated_at: datetime | None = None
    snapshot: str | None = None
    decision: Decision | None = None


def by_age(row: OrderRow) -> tuple[datetime, str]:
    """Sorts orders by when they were made in the store; of two of the same moment by id."""
    return row.ordered_at or datetime.min.replace(tzinfo=UTC), row.order_id
