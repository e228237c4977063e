"""How the services are signed in to, and who may write to them now."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from order_sync.database.tables.base import Base


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
