"""The sync's own database: what each table holds, in the order an order meets them.

Instants are kept as naive UTC and come back aware; money is kept in the currency's smallest unit (`*_minor`, exact in every database);
payloads are kept as the text that is sent. Everything belongs to a store (one Infusionsoft account) or to a realm (one QuickBooks company).
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    BigInteger,
    Date,
    DateTime,
    Dialect,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import JSON


class Instant(TypeDecorator[datetime]):
    """A moment: aware in Python (UTC), naive UTC in the database, the same on SQLite and PostgreSQL."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs its time zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


BigId = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself only where the type is INTEGER


class Base(DeclarativeBase):
    """All tables."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: Instant,
        date: Date,
        dict[str, Any]: JSON,
        list[Any]: JSON,
        bytes: LargeBinary,
    }


_BYTEWISE = String(60).with_variant(String(60, collation="C"), "postgresql")
"""A text that is sorted as SQLite sorts anyway."""
_HAS_CODE = text("code IS NOT NULL")
_HAS_DOCUMENT = text("document_id IS NOT NULL")
_HAS_EMAIL = text("emails <> ''")
IS_MERGED = text("merged_into <> ''")
"""Of a customer; written so, because a database takes a partial index only for the very condition that it was made with."""


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
        Index("orders_by_total", "store", "status", text("coalesce(total_minor, 0)"), "order_id"),
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


class ChosenCustomer(Base):
    """Whose a contact's orders are, because a person said so: it goes before every criterion."""

    __tablename__ = "chosen_customers"

    store: Mapped[str] = mapped_column(String(40), primary_key=True)
    contact_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    customer_id: Mapped[str] = mapped_column(String(40))
    """In QuickBooks; empty for the standard customer, whoever that is; `create` until the contact's own is made."""
    who: Mapped[str] = mapped_column(String(80))
    """As Airflow calls the person."""
    chosen_at: Mapped[datetime]


class SettingsVersion(Base):
    """What was saved of a store's settings in the console: the newest is in force, before the store's file, which is version 0."""

    __tablename__ = "settings_versions"

    store: Mapped[str] = mapped_column(String(40), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """From 1 on, without a gap; none is ever changed."""
    content: Mapped[str] = mapped_column(Text)
    """YAML: all sections that are tabs of the console (`settings.versions.TABS`); all else is the file's."""
    changed: Mapped[list[Any]]
    """`[key, as it was in force, as it is now]` of each setting that the version changed."""
    who: Mapped[str] = mapped_column(String(80))
    """As Airflow calls the person; `command line` for that."""
    saved_at: Mapped[datetime]
    note: Mapped[str | None] = mapped_column(Text)
    """What the person said of it."""


class SettingsDraft(Base):
    """Settings that somebody tries in the console before they save them: a plan shows what they would record otherwise."""

    __tablename__ = "settings_drafts"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    store: Mapped[str] = mapped_column(String(40))
    content: Mapped[str] = mapped_column(Text)
    """YAML, as that of a version."""
    first: Mapped[date]
    last: Mapped[date]
    """The days that are planned under it, both included."""
    run_key: Mapped[str | None] = mapped_column(String(320))
    """Of the plan; null where Airflow did not start it."""
    made_at: Mapped[datetime]


class ChosenItem(Base):
    """Which item a product is, because a person said so: it goes before the map of products."""

    __tablename__ = "chosen_items"

    store: Mapped[str] = mapped_column(String(40), primary_key=True)
    product_key: Mapped[str] = mapped_column(Text, primary_key=True)
    """What the product is known by: `SKU W-1`, or `name Widget` of one without a SKU."""
    item_id: Mapped[str] = mapped_column(String(40))
    who: Mapped[str] = mapped_column(String(80))
    chosen_at: Mapped[datetime]
    order_id: Mapped[str] = mapped_column(String(40))
    """The order that it was chosen for."""


class ChosenPaymentKind(Base):
    """What payments of a type are, because a person said so: it goes before payments.kinds."""

    __tablename__ = "chosen_payment_kinds"

    store: Mapped[str] = mapped_column(String(40), primary_key=True)
    folded_type: Mapped[str] = mapped_column(Text, primary_key=True)
    """As types are compared: without case, blanks and signs."""
    type: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(String(20))
    who: Mapped[str] = mapped_column(String(80))
    chosen_at: Mapped[datetime]
    order_id: Mapped[str] = mapped_column(String(40))


class ChosenOrder(Base):
    """An order that is recorded although the settings, or a person, had left it out, because a person said so."""

    __tablename__ = "chosen_orders"

    store: Mapped[str] = mapped_column(String(40), primary_key=True)
    order_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    status: Mapped[str] = mapped_column(String(24))
    """How the order stood before, with code, message and advice: it does so again when this is taken back."""
    code: Mapped[str] = mapped_column(String(40))
    message: Mapped[str] = mapped_column(Text)
    advice: Mapped[str | None] = mapped_column(Text)
    who: Mapped[str] = mapped_column(String(80))
    """As Airflow calls the person; `command line` for that."""
    chosen_at: Mapped[datetime]


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


class Customer(Base):
    """A cached QuickBooks customer, in the columns that matching reads; a table of its own, for each page holds thirty of them then."""

    __tablename__ = "customers"
    __table_args__ = (
        Index("customers_by_name", "realm_id", "display_name"),
        Index(
            "customers_merged", "realm_id", "active", "merged_into", sqlite_where=IS_MERGED, postgresql_where=IS_MERGED
        ),
        # What people read and search them by; in PostgreSQL the migration has both bytewise, as with `OrderReading`.
        Index("customers_listed", "realm_id", "active", text("lower(display_name)"), "customer_id"),
        Index(
            "customers_by_email",
            "realm_id",
            "emails",
            sqlite_where=_HAS_EMAIL,
            postgresql_where=_HAS_EMAIL,
        ),
        {"sqlite_with_rowid": False},
    )

    realm_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    customer_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    display_name: Mapped[str] = mapped_column(Text)
    active: Mapped[bool]
    emails: Mapped[str] = mapped_column(Text)
    """The keys of its e-mail addresses with commas between them: what a match is checked against."""
    addresses: Mapped[str] = mapped_column(Text)
    """Billing and shipping, each a line: what look-alikes are compared by."""
    phones: Mapped[str] = mapped_column(Text, default="")
    """The last digits of its telephone numbers with commas between them: what look-alikes are compared by."""
    currency: Mapped[str] = mapped_column(String(3), default="")
    """ISO 4217; empty where the company has one currency."""
    is_job: Mapped[bool] = mapped_column(default=False)
    """Whether it is a sub-customer: a job, a project, or a branch that is billed itself."""
    billed_with: Mapped[str] = mapped_column(String(40), default="")
    """The customer that a job or a project is billed with; empty for all others."""
    merged_into: Mapped[str] = mapped_column(String(40), default="")
    """The customer that it was merged into, as its documents say; empty for most, `?` where they could not be read."""
    version: Mapped[str] = mapped_column(String(20), default="")
    """Its sync token."""
    asked_version: Mapped[str | None] = mapped_column(String(20))
    """The version of it, inactive, whose documents somebody has looked at for whom they name now."""
    fetched_at: Mapped[datetime]


class CustomerBody(Base):
    """A cached QuickBooks customer as QuickBooks gave it."""

    __tablename__ = "customer_bodies"

    realm_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    customer_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    body: Mapped[dict[str, Any]]


class KeySet(Base):
    """One field of a realm's customers, normalised by one rule: stores with other settings have sets of their own."""

    __tablename__ = "key_sets"
    __table_args__ = (UniqueConstraint("realm_id", "rule"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    realm_id: Mapped[str] = mapped_column(String(40))
    rule: Mapped[str] = mapped_column(String(80))
    """Version, field and switches; another rule is another set."""
    field: Mapped[str] = mapped_column(String(40))
    equality: Mapped[dict[str, Any]]
    ready: Mapped[bool]
    """Whether all cached customers are in it: one that is not is made anew."""
    used_at: Mapped[datetime]
    """When a run last asked for it: what no store uses any more is dropped."""


class CustomerKey(Base):
    """A normalised key of a cached customer (`keys.py`); a customer with two e-mail addresses has two rows in that set."""

    __tablename__ = "customer_keys"
    __table_args__ = (Index("customer_keys_by_customer", "key_set_id", "customer_id"), {"sqlite_with_rowid": False})

    key_set_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    customer_id: Mapped[str] = mapped_column(String(40), primary_key=True)


class ListEntry(Base):
    """A row of another cached QuickBooks list: items, accounts, terms, payment methods, classes, departments, tax codes, preferences."""

    __tablename__ = "list_entries"

    realm_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    entity: Mapped[str] = mapped_column(String(40), primary_key=True)
    entry_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str | None] = mapped_column(Text)
    sku: Mapped[str | None] = mapped_column(Text)
    active: Mapped[bool]
    body: Mapped[dict[str, Any]]
    fetched_at: Mapped[datetime]


class ExchangeRate(Base):
    """A cached exchange rate of QuickBooks: what a unit of a currency is in the company's home currency on a day."""

    __tablename__ = "exchange_rates"

    realm_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    currency: Mapped[str] = mapped_column(String(3), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    rate: Mapped[str] = mapped_column(String(40))
    """Its exact digits, as QuickBooks gave them."""
    fetched_at: Mapped[datetime]


class CacheState(Base):
    """How fresh a realm's cached lists are."""

    __tablename__ = "cache_states"

    realm_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    changes_since: Mapped[datetime]
    """The next call for changes asks from here."""
    full_at: Mapped[datetime]


class Token(Base):
    """A connection's OAuth pair, encrypted under `ORDER_SYNC_FERNET_KEY`."""

    __tablename__ = "tokens"

    connection_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    sealed: Mapped[bytes]
    access_expires_at: Mapped[datetime]
    refresh_expires_at: Mapped[datetime | None]
    """When it can be refreshed no more, as far as the service says; null too of those that were kept by a former version."""
    updated_at: Mapped[datetime]


class ServiceConnection(Base):
    """What is known of a connection to a service beside its fields in Airflow: who let the sync in, and how its last test ended."""

    __tablename__ = "connections"

    connection_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    realm_id: Mapped[str | None] = mapped_column(String(40))
    """The company that somebody chose at QuickBooks' own page, where the fields name none."""
    connected_by: Mapped[str | None] = mapped_column(String(80))
    connected_at: Mapped[datetime | None]
    tested_by: Mapped[str | None] = mapped_column(String(80))
    tested_at: Mapped[datetime | None]
    name: Mapped[str | None] = mapped_column(Text)
    """Of the company or account that answered the last test that was answered."""
    number: Mapped[str | None] = mapped_column(String(80))
    """Its id."""
    wrong: Mapped[str | None] = mapped_column(Text)
    """Why the last test failed; null where it did not."""
    advice: Mapped[str | None] = mapped_column(Text)


class Lease(Base):
    """Who may write to a company (or refresh a token) now; `token` grows with each new owner."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    owner: Mapped[str] = mapped_column(String(120))
    token: Mapped[int]
    expires_at: Mapped[datetime]
