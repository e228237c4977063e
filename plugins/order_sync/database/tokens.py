"""The token vault: OAuth pairs, encrypted in the store, refreshed by one process at a time."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import Connection, Engine, select

from order_sync.database.database import insert_into, reading, transaction
from order_sync.database.leases import hold_lease
from order_sync.database.tables import Token
from order_sync.errors import ConfigurationError
from order_sync.tokens import TokenPair

REFRESH_SECONDS = 90.0  # longer than a refresh can take (10 s to connect, 60 s to answer)


class StoreVault:
    """A `TokenVault` on the store; reads its key from `ORDER_SYNC_FERNET_KEY`, raises ConfigurationError where that is missing or wrong."""

    def __init__(self, engine: Engine) -> None:
        self._engine = self._leased = engine
        try:
            self._fernet = Fernet(os.environ["ORDER_SYNC_FERNET_KEY"])
        except (KeyError, ValueError):
            raise ConfigurationError(
                "ORDER_SYNC_FERNET_KEY is missing or is not a Fernet key; OAuth tokens are encrypted under it.",
                advice="`make setup` writes one into .env; every process of the deployment needs the same.",
            ) from None

    def load(self, connection_id: str) -> TokenPair | None:
        """The newest committed pair of a connection, or None; ConfigurationError where it was encrypted under another key."""
        with reading(self._engine) as connection:
            sealed = connection.scalar(select(Token.sealed).where(Token.connection_id == connection_id))
        if sealed is None:
            return None
        try:
            content = json.loads(self._fernet.decrypt(sealed))
        except InvalidToken:
            raise ConfigurationError(
                f"The tokens of connection {connection_id} were encrypted under another ORDER_SYNC_FERNET_KEY.",
                advice="Put the former key back, or connect again: enter a new refresh token and delete the row from `tokens`.",
            ) from None
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
            "sealed": self._fernet.encrypt(json.dumps(content).encode()),
            "access_expires_at": pair.access_expires_at,
            "updated_at": datetime.now(UTC),
        }
        _save(self._leased, connection_id, row)

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


@transaction
def _save(connection: Connection, connection_id: str, row: Mapping[str, Any]) -> None:
    connection.execute(
        insert_into(connection, Token)
        .values(connection_id=connection_id, **row)
        .on_conflict_do_update(index_elements=["connection_id"], set_=row)
    )
