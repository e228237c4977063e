"""OAuth tokens that rotate: what a pair is, and what the place that keeps it must promise.

The two clients ask for a `TokenVault`; the store is one (`database/tokens.py`). Both services invalidate the old refresh token when they
hand out a new one, so a pair that is used before it is kept, or refreshed twice at once, costs a person a new sign-in.
"""

from __future__ import annotations

import hashlib
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, repr=False)
class TokenPair:
    """An access token, the refresh token that came with it, and when each ends (aware, UTC)."""

    access_token: str
    refresh_token: str
    access_expires_at: datetime
    refresh_expires_at: datetime | None
    seed: str
    """Fingerprint of the refresh token in the connection that this pair descends from: a connection that was edited wins."""

    def __repr__(self) -> str:
        return f"TokenPair(access_expires_at={self.access_expires_at.isoformat()})"


@dataclass(frozen=True, slots=True)
class Consent:
    """What came back from a service's own page: its code, what was asked for it with (PKCE's verifier, if any), and the company that was
    chosen at QuickBooks."""

    code: str = field(repr=False)
    redirect_uri: str
    verifier: str = field(default="", repr=False)
    realm_id: str = ""


def fingerprint(secret: str) -> str:
    """The first 16 hex digits of a secret's SHA-256: tells two secrets apart without telling either."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()[:16]


class TokenVault(Protocol):
    """Where pairs are kept, encrypted, across processes."""

    def load(self, connection_id: str) -> TokenPair | None:
        """The newest committed pair of a connection, or None."""

    def save(self, connection_id: str, pair: TokenPair) -> None:
        """Commits a pair; when this returns, every process sees it."""

    def refreshing(self, connection_id: str) -> AbstractContextManager[None]:
        """Held by one process at a time while it refreshes; waits for the other one. Read `load` again once inside."""
