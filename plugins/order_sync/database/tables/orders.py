"""What is known of the stores, of their runs, and of each order."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import JSON

from order_sync.database.tables.base import Base, BigId
from order_sync.money import IN_THOUSANDTHS, WITHOUT_CENTS

_BYTEWISE = String(60).with_variant(String(60, collation="C"), "postgresql")
"""A text that is sorted as SQLite sorts anyway."""
TOTAL = (
    f"(coalesce(total_minor, 0) * CASE WHEN currency IN {tuple(sorted(WITHOUT_CENTS))} THEN 1000"
    f" WHEN currency IN {tuple(sorted(IN_THOUSANDTHS))} THEN 1 ELSE 10 END)"
)
"""The figure of an order's total in thousandths, so that 5,000 yen stand beside 5,000.00 dollars; 0 where it could not be read. Another
currency without cents, or in thousandths, needs a migration that makes `orders_by_total` anew."""
_HAS_CODE = text("code IS NOT NULL")
_HAS_DOCUMENT = text("document_id IS NOT NULL")


class Store(Base):
    """A store that ever ran: the account whose orders it has, and the company that they are recorded in."""

    __tablename__ = "stores"

    store: Mapped[str] = mapped_column(String(40), primary_key=True)
    account: Mapped[str | None] = mapped_column(String(40))
    """As Infusionsoft tells it (`ab103`); null before the first run that asked, or where it does not tell."""
    realm_id: Mapped[str] = mapped_column(String(40))
    number_prefix: Mapped[str | None] = mapped_column(String(9))
    """Of its documents' numbers as the last run had it; null where QuickBooks numbers them."""
    environment: Mapped[str | None] = mapped_column(String(10))
    """Intuit's, of the company: `production` or `sandbox`; empty for any other host, null where no run has noted it."""
    noted_at: Mapped[datetime]


class Run(Base):
    """One run of a store's Dag: its data interval, what it counted, the money in and out."""

    __tablename__ = "runs"

    run_key: Mapped[str] = mapped_column(String(320), primary_key=True)
    """`<store>/<Airflow run id>`: all that the tasks pass to each other."""
    store: Mapped[str] = mapped_column(String(40), index=True)
    interval_start: Mapped[datetime]
    interval_end: Mapped[datetime]
    started_at: Mapped[datetime]
    """When the run (or its latest repetition) began: what a repetition did counts from here."""
    finished_at: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(String(20))
    """`running`, `success` or `failed`; `planned` where a former version only planned in it."""
    counts: Mapped[dict[str, Any]]
    totals: Mapped[dict[str, Any]]
    calls: Mapped[dict[str, Any]]
    """Calls of each kind that the run made, by service."""
    only_orders: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    """The orders that it was for, where a person named some, or a plan of them: then it has not read its interval."""
    plan: Mapped[str | None] = mapped_column(String(320))
    """The plan that it records (its key in `plans`), where a person asked for that: nothing goes out that is not in it."""
    watermark: Mapped[datetime | None]
    """The newest modification among the orders that it read."""
    is_backfill: Mapped[bool] = mapped_column(default=False)
    """Whether somebody asked for these days: reading goes on where the other runs ended."""
    read_at: Mapped[datetime | None]
    """When it had read its orders; null where it has not come so far."""
    read_from: Mapped[datetime | None]
    """From where it read: before its interval, where the runs before it failed."""
    unread_from: Mapped[datetime | None]
    """From where nobody had read, up to `read_from`: more than a run makes up for by itself."""
    settings_version: Mapped[int | None]
    """The version of the settings that its tasks work with; 0 for the store's file, null for runs of former versions."""
    failed_task: Mapped[str | None] = mapped_column(String(40))
    """The task that failed; its words are the message."""
    message: Mapped[str | None] = mapped_column(Text)
    advice: Mapped[str | None] = mapped_column(Text)


class RunOrder(Base):
    """Which orders a run saw."""

    __tablename__ = "run_orders"

    run_key: Mapped[str] = mapped_column(String(320), primary_key=True)
    order_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    differs: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    """`[path, as it was planned, as it is now]` of an order that is otherwise than in the plan that the run records: it is left out; null
    for all others."""


class Order(Base):
    """An Infusionsoft order as it was last read, what was decided about it, and the QuickBooks document that it became."""

    __tablename__ = "orders"
    __table_args__ = (
        # What lists of orders are read by; COALESCE, because an order that could never be read has no day.
        Index("orders_by_day", "store", "status", text("coalesce(ordered_at, created_at, updated_at)"), "order_id"),
        Index(
            "orders_by_code",
            "store",
            "code",
            "status",
            text("coalesce(ordered_at, created_at, updated_at)"),
            "order_id",
            sqlite_where=_HAS_CODE,
            postgresql_where=_HAS_CODE,
        ),
        # What they are sorted by; ids are digits as a rule, and of those the longer one is the larger one.
        Index("orders_by_id", "store", "status", text("length(order_id)"), "order_id"),
        Index("orders_by_total", "store", "status", text(TOTAL), "order_id"),
        Index("orders_by_called", "store", "status", "called", "order_id"),
        Index("orders_by_status_at", "store", "status", text("coalesce(status_at, updated_at)"), "order_id"),
        Index("orders_by_number", "store", text("lower(document_number)")),
        Index("orders_by_contact", "store", "contact_id"),
        # Of those alone that have a document: deciding about a customer does not touch it.
        Index("orders_by_customer", "store", "customer_id", sqlite_where=_HAS_DOCUMENT, postgresql_where=_HAS_DOCUMENT),
    )

    store: Mapped[str] = mapped_column(String(40), primary_key=True)
    order_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    contact_id: Mapped[str | None] = mapped_column(String(40))
    ordered_at: Mapped[datetime | None]
    created_at: Mapped[datetime | None]
    """When Infusionsoft made it: a run takes unfinished orders along up to the end of its interval."""
    currency: Mapped[str | None] = mapped_column(String(3))
    total_minor: Mapped[int | None] = mapped_column(BigInteger)
    content_hash: Mapped[str | None] = mapped_column(String(64))
    """Of what a document is made from; another hash after posting means that the order was changed."""
    posted_hash: Mapped[str | None] = mapped_column(String(64))
    called: Mapped[str] = mapped_column(_BYTEWISE, server_default="")
    """What its contact is called (`sync.orders.snapshot.called`); here and not with all else that was read, for lists are sorted by it
    within a status."""
    status: Mapped[str] = mapped_column(String(24))
    status_at: Mapped[datetime | None]
    """When the status changed last; null where nobody noted it."""
    code: Mapped[str | None] = mapped_column(String(40))
    message: Mapped[str | None] = mapped_column(Text)
    advice: Mapped[str | None] = mapped_column(Text)
    customer_id: Mapped[str | None] = mapped_column(String(40))
    decision_id: Mapped[int | None] = mapped_column(BigInteger)
    """The event that says how its customer was found."""
    document_entity: Mapped[str | None] = mapped_column(String(40))
    document_id: Mapped[str | None] = mapped_column(String(40))
    document_number: Mapped[str | None] = mapped_column(String(40))
    posted_as: Mapped[str | None] = mapped_column(String(40))
    """What it was recorded as (`settings.PostAs`); it stays that when the settings change."""
    is_open: Mapped[bool] = mapped_column(default=False)
    """Whether its document is there, and nobody has looked yet whether a change, payment or refund is due: a run may have ended between."""
    updated_at: Mapped[datetime]


class OrderReading(Base):
    """An order as it was last read: who it is for, in the columns that matching compares (`sync.orders.snapshot.party`), and all of it.

    A table of its own, so that an order's way through the statuses does not rewrite what never changes on it.
    """

    __tablename__ = "order_readings"
    __table_args__ = (
        *(Index(f"order_readings_by_{name}", "store", text(f"lower({name})")) for name in ("email", "last", "company")),
        Index("order_readings_by_name", "store", text("lower(first || ' ' || last)")),
    )
    """What people search orders by; in PostgreSQL the migration has it bytewise (COLLATE "C"), as SQLite compares anyway."""

    store: Mapped[str] = mapped_column(String(40), primary_key=True)
    order_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    prefix: Mapped[str] = mapped_column(Text, server_default="")
    first: Mapped[str] = mapped_column(Text)
    middle: Mapped[str] = mapped_column(Text)
    last: Mapped[str] = mapped_column(Text)
    suffix: Mapped[str] = mapped_column(Text, server_default="")
    company: Mapped[str] = mapped_column(Text)
    email: Mapped[str] = mapped_column(Text)
    phone: Mapped[str] = mapped_column(Text)
    contact_id: Mapped[str] = mapped_column(Text)
    shipping_first: Mapped[str] = mapped_column(Text)
    shipping_last: Mapped[str] = mapped_column(Text)
    shipping_company: Mapped[str] = mapped_column(Text)
    emails: Mapped[str] = mapped_column(Text)
    addresses: Mapped[str] = mapped_column(Text)
    postal_code: Mapped[str] = mapped_column(Text)
    snapshot: Mapped[str] = mapped_column(Text)


class OrderEvent(Base):
    """The history of an order: everything that happened to it."""

    __tablename__ = "order_events"
    __table_args__ = (Index("order_events_by_order", "store", "order_id", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    store: Mapped[str] = mapped_column(String(40))
    order_id: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime]
    run_key: Mapped[str | None] = mapped_column(String(320))
    event: Mapped[str] = mapped_column(String(40))
    level: Mapped[str] = mapped_column(String(10))
    code: Mapped[str | None] = mapped_column(String(40))
    message: Mapped[str] = mapped_column(Text)
    advice: Mapped[str | None] = mapped_column(Text)
    trace_id: Mapped[str | None] = mapped_column(String(80))
    who: Mapped[str | None] = mapped_column(String(80))
    """Who did it, as Airflow calls them; null for what a run did, or the command line."""
    decision: Mapped[dict[str, Any] | None]
    """Of an event that decided about the order's customer: outcome, criterion, key, candidates, look-alikes; its words are the
    message."""


class MissedUpdate(Base):
    """A customer in QuickBooks, or a contact in Infusionsoft, that is still to follow an order: the update failed for a passing reason."""

    __tablename__ = "missed_updates"

    store: Mapped[str] = mapped_column(String(40), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    """`customer` or `contact`."""
    subject: Mapped[str] = mapped_column(String(40), primary_key=True)
    """The id of the one or the other."""
    order_id: Mapped[str] = mapped_column(String(40))
    ordered_at: Mapped[datetime]
    missed_at: Mapped[datetime]
    """When the order's update failed first."""


class MergedContact(Base):
    """A contact that was merged into another one in Infusionsoft: orders that were the one's say now that they are the other's."""

    __tablename__ = "merged_contacts"

    store: Mapped[str] = mapped_column(String(40), primary_key=True)
    contact_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    merged_into: Mapped[str] = mapped_column(String(40))
    noted_at: Mapped[datetime]


class RefusedRecord(Base):
    """A record of Infusionsoft that could not be read, as it came: an order, contact or payment, often one without an id."""

    __tablename__ = "refused_records"
    __table_args__ = (UniqueConstraint("store", "digest"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    store: Mapped[str] = mapped_column(String(40))
    digest: Mapped[str] = mapped_column(String(64))
    """Of its kind and its text: what has no id is known by what it says."""
    kind: Mapped[str] = mapped_column(String(20))
    record_id: Mapped[str] = mapped_column(String(40))
    """Empty where it has none."""
    raw: Mapped[str] = mapped_column(Text)
    """What came, cut where it is very long."""
    code: Mapped[str] = mapped_column(String(40))
    message: Mapped[str] = mapped_column(Text)
    advice: Mapped[str] = mapped_column(Text)
    order_ids: Mapped[list[Any]]
    """The orders that are read again because of it."""
    window_start: Mapped[datetime | None]
    window_end: Mapped[datetime | None]
    """The time that is read again where it belongs to no order that is known."""
    interval_end: Mapped[datetime]
    """Of the run that met it first: runs of earlier intervals do not mind it."""
    run_key: Mapped[str] = mapped_column(String(320))
    """The last run that met it."""
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    """When it could be read or was gone, or a person dealt with it; open until then."""
    settled: Mapped[str | None] = mapped_column(Text)
    """What became of it."""
    dismissed: Mapped[bool]
    """Whether a person closed it: it is not opened again while it comes as it is."""
