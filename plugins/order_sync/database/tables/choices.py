"""What people decided: about contacts, products, payments and orders, and in the settings."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from order_sync.database.tables.base import Base, BigId


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
    base: Mapped[int] = mapped_column(server_default="-1")
    """The number of the version over which it was entered; -1 where a former version did not note it, and `over` what that said."""
    over: Mapped[str] = mapped_column(String(64), server_default="")
    made_at: Mapped[datetime]
