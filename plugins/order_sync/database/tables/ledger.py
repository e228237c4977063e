"""What was written to QuickBooks, and what was planned."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import JSON

from order_sync.database.tables.base import Base, BigId


class Write(Base):
    """The ledger: one row for each thing that is to exist in QuickBooks, committed before anything is sent."""

    __tablename__ = "writes"
    __table_args__ = (
        UniqueConstraint("realm_id", "store", "kind", "subject", "generation", name="writes_one_intent"),
        Index("writes_by_status", "realm_id", "status"),
        Index("writes_by_run", "run_key"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    realm_id: Mapped[str] = mapped_column(String(40))
    store: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(20))
    """`document`, `payment`, `write-off`, `application`, `refund`, `reversal`, `change`, `void`, `item` or `customer`."""
    subject: Mapped[str] = mapped_column(String(200))
    """What it is about: the order of a document or of its change, the day of a consolidated one, order and payment (or write-off, or
    refund), the row of what is voided, the row of a receipt whose money is taken back, the product of an item, the person of a customer."""
    generation: Mapped[int]
    """A corrected payload is a new generation: replaying a request id would return the old answer."""
    request_id: Mapped[str] = mapped_column(String(36), unique=True)
    entity: Mapped[str] = mapped_column(String(40))
    operation: Mapped[str] = mapped_column(String(10))
    """`create`, `update` or `void`."""
    payload: Mapped[str] = mapped_column(Text)
    total_minor: Mapped[int | None] = mapped_column(BigInteger)
    tax_minor: Mapped[int | None] = mapped_column(BigInteger)
    """The tax that the document must come to; null where nobody minds."""
    recorded_minor: Mapped[int | None] = mapped_column(BigInteger)
    """What QuickBooks says that the document comes to."""
    currency: Mapped[str | None] = mapped_column(String(3))
    content_hash: Mapped[str | None] = mapped_column(String(64))
    """Of the order that the payload was made from."""
    status: Mapped[str] = mapped_column(String(12))
    """`orders.write.WriteStatus`, with the diagram."""
    owner_token: Mapped[int]
    """Fencing token of the lease under which it was last touched: an older owner can change nothing any more."""
    run_key: Mapped[str | None] = mapped_column(String(320))
    settings_version: Mapped[int | None]
    """The version of the settings that its payload was made under; 0 for the store's file, null for writes of former versions."""
    attempts: Mapped[int]
    planned_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    quickbooks_id: Mapped[str | None] = mapped_column(String(40))
    code: Mapped[str | None] = mapped_column(String(40))
    message: Mapped[str | None] = mapped_column(Text)
    advice: Mapped[str | None] = mapped_column(Text)
    trace_id: Mapped[str | None] = mapped_column(String(80))
    """`intuit_tid` of the call that its outcome is known by; null where none was answered since it was sent last."""


class WriteOrder(Base):
    """Which orders a write is about: one for most, all orders of the day for a consolidated document."""

    __tablename__ = "write_orders"
    __table_args__ = (Index("write_orders_by_order", "order_id"),)

    write_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    order_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    shows: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """Of a sales receipt: the payments of the order whose money it shows, the amount of each by its id; null where nobody noted them."""


class Plan(Base):
    """What would be sent for an order, or why nothing would be; and what other settings would record otherwise."""

    __tablename__ = "plans"
    __table_args__ = (Index("plans_by_run", "run_key", "order_id"), Index("plans_of_store", "store", "run_key", "id"))

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    run_key: Mapped[str] = mapped_column(String(320))
    """`<store>/<run id of the plan>`; a plan is no run of `runs`."""
    store: Mapped[str] = mapped_column(String(40))
    interval_start: Mapped[datetime | None]
    interval_end: Mapped[datetime | None]
    settings: Mapped[str | None] = mapped_column(Text)
    """The file of the settings that it was made under; null for those in force."""
    made_at: Mapped[datetime | None]
    """Null for those of a former version."""
    order_id: Mapped[str] = mapped_column(String(40))
    action: Mapped[str] = mapped_column(String(10))
    """`create`, `update`; `none` where nothing would be sent; `differs` where these settings record the order otherwise than those in
    force do."""
    entity: Mapped[str | None] = mapped_column(String(40))
    body: Mapped[str | None] = mapped_column(Text)
    """The exact JSON that would be sent; what QuickBooks has yet to number stands in angle brackets."""
    difference: Mapped[list[Any] | None]
    """`[path, as it is, as it would be]` for each difference: of an update, from what is recorded; of `differs`, from what the settings
    in force make of the order."""
    total_minor: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None] = mapped_column(String(3))
    code: Mapped[str | None] = mapped_column(String(40))
    message: Mapped[str] = mapped_column(Text)
    together_with: Mapped[str | None] = mapped_column(String(40))
    """The order in whose row the document stands that this one goes onto; null where it has its own, and for those of a former version."""
