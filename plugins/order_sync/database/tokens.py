"""The token vault: OAuth pairs, encrypted in the store, refreshed by one process at a time.

What is sealed names its connection, so that a row which is copied to another connection's id opens nothing. Rows of before, and those
under a former key, are sealed again when they are read.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import Connection, Engine, select, update

from order_sync.database.database import insert_into, reading, transaction
from order_sync.database.leases import hold_lease
from order_sync.database.tables import Token
from order_sync.errors import ConfigurationError
from order_sync.tokens import TokenPair

REFRESH_SECONDS = 90.0  # longer than a refresh can take (10 s to connect, 60 s to answer)


class StoreVault:
    """A `TokenVault` on the store; its keys are those of `ORDER_SYNC_FERNET_KEY`, with commas between them, newest first.

    Seals under the first and opens under each; raises ConfigurationError where a key is missing or wrong.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = self._leased = engine
        keys = [key.strip() for key in os.environ.get("ORDER_SYNC_FERNET_KEY", "").split(",")]
        # Fernet itself reads up to the first padding: of two keys with a blank between them the second would be lost in silence.
        if not all(re.fullmatch("[A-Za-z0-9_-]{43}=", key) for key in keys):
            raise ConfigurationError(
                "ORDER_SYNC_FERNET_KEY is missing or is not a Fernet key; OAuth tokens are encrypted under it.",
                advice="`make setup` writes one into .env; every process of the deployment needs the same. "
                "Of several, the newest comes first, with commas between them.",
            )
        self._newest, self._any = Fernet(keys[0]), MultiFernet([Fernet(key) for key in keys])

    def load(self, connection_id: str) -> TokenPair | None:
        """The newest committed pair of a connection, or None.

        Raises ConfigurationError where it was encrypted under a key that is not there any more, or for another connection.
        """
        with reading(self._engine) as connection:
            sealed = connection.scalar(select(Token.sealed).where(Token.connection_id == connection_id))
        if sealed is None:
            return None
        try:
            content = json.loads(self._any.decrypt(sealed))
        except InvalidToken:
            raise ConfigurationError(
                f"The tokens of connection {connection_id} were encrypted under another ORDER_SYNC_FERNET_KEY.",
                advice="Put the former key back, after the new one and a comma, or connect again, in Airflow under Order sync, "
                "Connections.",
            ) from None
        if content.get("connection_id", connection_id) != connection_id:
            raise ConfigurationError(
                f"The tokens that are kept for connection {connection_id} are another connection's: their row was copied.",
                advice="Connect again, in Airflow under Order sync, Connections.",
            )
        if "connection_id" not in content or not _opens(self._newest, sealed):
            self._seal_again(connection_id, sealed, content)
        refresh_expires = content["refresh_expires_at"]
        return TokenPair(
            access_token=content["access_token"],
            refresh_token=content["refresh_token"],
            access_expires_at=datetime.fromisoformat(content["access_expires_at"]),
            refresh_expires_at=datetime.fromisoformat(refresh_expires) if refresh_expires else None,
            seed=content["seed"],
        )

    def save(self, connection_id: str, pair: TokenPair) -> None:
        """Commits a pair; when this returns, every process sees it.

        LeaseLost, and nothing is saved, where another process has begun to refresh since: the newer pair is its own.
        """
        content = {
            "access_token": pair.access_token,
            "refresh_token": pair.refresh_token,
            "access_expires_at": pair.access_expires_at.isoformat(),
            "refresh_expires_at": pair.refresh_expires_at.isoformat() if pair.refresh_expires_at else None,
            "seed": pair.seed,
        }
        row = {
            "sealed": self._sealed(connection_id, content),
            "access_expires_at": pair.access_expires_at,
            "refresh_expires_at": pair.refresh_expires_at,
            "updated_at": datetime.now(UTC),
        }
        _save(self._leased, connection_id, row)

    def _sealed(self, connection_id: str, content: Mapping[str, Any]) -> bytes:
        return self._newest.encrypt(json.dumps({**content, "connection_id": connection_id}).encode())

    def _seal_again(self, connection_id: str, sealed: bytes, content: Mapping[str, Any]) -> None:
        """Only while the row is as it was read: another process may have kept a newer pair since."""
        _exchange(self._engine, connection_id, sealed, self._sealed(connection_id, content))

    @contextmanager
    def refreshing(self, connection_id: str) -> Iterator[None]:
        """Held by one process at a time while it refreshes; waits for the other one, at most twice the time a refresh can take."""
        with hold_lease(
            self._engine, f"refresh {connection_id}", seconds=REFRESH_SECONDS, wait=2 * REFRESH_SECONDS, poll=0.1
        ) as lease:
            self._leased = lease.guard(self._engine)
            try:
                yield
            finally:
                self._leased = self._engine


def _opens(key: Fernet, sealed: bytes) -> bool:
    try:
        key.decrypt(sealed)
    except InvalidToken:
        return False
    return True


@transaction
def _save(connection: Connection, connection_id: str, row: Mapping[str, Any]) -> None:
    connection.execute(
        insert_into(connection, Token)
        .values(connection_id=connection_id, **row)
        .on_conflict_do_update(index_elements=["connection_id"], set_=row)
    )


@transaction
def _exchange(connection: Connection, connection_id: str, known: bytes, sealed: bytes) -> None:
    connection.execute(
        update(Token).where(Token.connection_id == connection_id, Token.sealed == known).values(sealed=sealed)
    )
