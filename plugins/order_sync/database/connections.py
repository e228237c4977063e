"""What is known of the connections to both services beside their fields in Airflow: consents, tests, and when tokens end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, select

from order_sync.database.database import insert_into, reading, transaction
from order_sync.database.tables import ServiceConnection, Token
from order_sync.errors import OrderSyncError


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a connection; times are aware (UTC), texts None where there is nothing to say."""

    realm_id: str | None = None
    connected_by: str | None = None
    connected_at: datetime | None = None
    tested_by: str | None = None
    tested_at: datetime | None = None
    name: str | None = None
    number: str | None = None
    wrong: str | None = None
    advice: str | None = None
    refreshed_at: datetime | None = None
    """When its tokens were last renewed; None where it has none, as by a key."""
    refresh_expires_at: datetime | None = None


def known_connection(engine: Engine, id: str) -> Known:
    """What is known of a connection; of one that was neither connected nor tested, that there is nothing."""
    tokens = select(Token.updated_at, Token.refresh_expires_at).where(Token.connection_id == id)
    rows = select(ServiceConnection.__table__).where(ServiceConnection.connection_id == id)
    with reading(engine) as connection:
        said, kept = connection.execute(rows).one_or_none(), connection.execute(tokens).one_or_none()
    told = dict(said._mapping) if said else {}
    told.pop("connection_id", None)
    if kept:
        told |= {"refreshed_at": kept.updated_at, "refresh_expires_at": kept.refresh_expires_at}
    return Known(**told)


@transaction
def note_consent(connection: Connection, id: str, realm_id: str | None, who: str) -> None:
    """Notes who let the sync in, and to which company of QuickBooks; what a test said before counts no more."""
    told = {"realm_id": realm_id, "connected_by": who, "connected_at": datetime.now(UTC)}
    _note(connection, id, told | dict.fromkeys(("tested_by", "tested_at", "name", "number", "wrong", "advice")))


@transaction
def note_answer(connection: Connection, id: str, name: str, number: str, who: str) -> None:
    """Notes who answered a test: the company's or account's name and id."""
    told = {"name": name, "number": number, "wrong": None, "advice": None}
    _note(connection, id, {**told, "tested_by": who, "tested_at": datetime.now(UTC)})


@transaction
def note_refusal(connection: Connection, id: str, error: OrderSyncError, who: str) -> None:
    """Notes why a test failed; the name of who answered before stays."""
    told = {"wrong": error.message, "advice": error.advice or None}
    _note(connection, id, {**told, "tested_by": who, "tested_at": datetime.now(UTC)})


def _note(connection: Connection, id: str, told: Mapping[str, Any]) -> None:
    connection.execute(
        insert_into(connection, ServiceConnection)
        .values(connection_id=id, **told)
        .on_conflict_do_update(index_elements=["connection_id"], set_=dict(told))
    )
