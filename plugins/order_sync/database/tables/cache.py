"""The lists of a QuickBooks company, as they were read last."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from order_sync.database.tables.base import Base

_HAS_EMAIL = text("emails <> ''")
IS_MERGED = text("merged_into <> ''")
"""Of a customer; written so, because a database takes a partial index only for the very condition that it was made with."""


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
