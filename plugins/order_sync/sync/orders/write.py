"""What is wanted in QuickBooks (`Intent`), and the row of the ledger that stands for it (`Write`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from order_sync.sync.orders.kinds import Entity, Kind


@dataclass(frozen=True, slots=True)
class Intent:
    """What is to exist in QuickBooks: `payload` is the exact text to send, `total` what the document must come to."""

    kind: Kind
    subject: str
    entity: Entity
    payload: str
    total: Decimal | None = None
    currency: str | None = None
    content_hash: str | None = None
    """Of the order that it was made from."""
    tax: Decimal | None = None
    """The tax that the document must come to; None where nobody minds."""
    operation: str = "create"
    """`create`, `update` or `void`."""
    order_ids: tuple[str, ...] = ()
    """The orders that it is about."""


@dataclass(frozen=True, slots=True)
class Write:
    """A row of the ledger."""

    id: int
    realm_id: str
    store: str
    kind: Kind
    subject: str
    generation: int
    request_id: str
    entity: Entity
    operation: str
    payload: str
    total: Decimal | None
    tax: Decimal | None
    currency: str | None
    content_hash: str | None
    status: str
    owner_token: int
    attempts: int
    sent_at: datetime | None
    quickbooks_id: str | None
    recorded: Decimal | None
    """What QuickBooks says that the document comes to."""
    code: str | None
    message: str | None
    advice: str | None
