"""Signing in to Infusionsoft: the service account key, authorization codes, and token pairs that are good once."""

from __future__ import annotations

import base64
import binascii
import secrets
import sqlite3
import time
from collections.abc import Mapping
from typing import Any

from include.sandbox.infusionsoft import account, refusals

SERVICE_ACCOUNT_KEY = "KeapAK-sandbox-service-account-key"
CLIENT_ID = "sandbox-client"
CLIENT_SECRET = "sandbox-client-secret"  # noqa: S105 (known to all: it opens nothing but the sandbox)
FIRST_REFRESH_TOKEN = "sandbox-first-refresh-token"  # noqa: S105

# 86399 was seen on the wire; 45 days is what the service's staff say of refresh tokens.
ACCESS_SECONDS = 86_399
REFRESH_SECONDS = 45 * 86_400
CODE_SECONDS = 600


def issue_tokens(connection: sqlite3.Connection, refresh_token: str | None = None) -> dict[str, Any]:
    """A fresh token pair as the token endpoint answers it; a given refresh token is used as the value."""
    now = time.time()
    access, refresh = secrets.token_urlsafe(21), refresh_token or secrets.token_urlsafe(24)
    connection.execute(
        "INSERT OR REPLACE INTO infusionsoft_token VALUES (?, ?, 1, ?, ?)",
        (refresh, access, now + ACCESS_SECONDS, now + REFRESH_SECONDS),
    )
    return {
        "access_token": access,
        "refresh_token": refresh,
        "token_type": "bearer",
        "expires_in": ACCESS_SECONDS,
        "scope": f"full|{account.tenant(connection)}",
    }


def authorize(connection: sqlite3.Connection, redirect_uri: str) -> str:
    """A code that can be exchanged once, within ten minutes, for the same redirect address."""
    code = secrets.token_urlsafe(12)
    connection.execute(
        "INSERT INTO infusionsoft_code VALUES (?, ?, ?)", (code, redirect_uri, time.time() + CODE_SECONDS)
    )
    return code


def exchange(connection: sqlite3.Connection, form: Mapping[str, str], authorization: str) -> dict[str, Any]:
    """Answers the token endpoint's form: a code (client in the form) or a refresh token (client as Basic) for a pair."""
    match form.get("grant_type"):
        case "authorization_code":
            _check_client(form.get("client_id"), form.get("client_secret"))
            return _exchange_code(connection, form)
        case "refresh_token":
            _check_client(*_basic(authorization))
            return _refresh(connection, form.get("refresh_token", ""))
        case other:
            words = f"Unsupported grant type: {other or 'none given'}"
            raise refusals.oauth_refused("unsupported_grant_type", words)


def expire_access_tokens(connection: sqlite3.Connection) -> None:
    """Lets every access token expire now; refresh tokens and the service account key stay good."""
    connection.execute("UPDATE infusionsoft_token SET access_expires = 0")


def check_key(connection: sqlite3.Connection, headers: Mapping[str, str]) -> None:
    """Lets a service account key or a live access token pass; refuses anything else with the gateway's 401."""
    key = headers.get("x-keap-api-key")
    scheme, _, bearer = headers.get("authorization", "").partition(" ")
    if SERVICE_ACCOUNT_KEY in (key, bearer if scheme.lower() == "bearer" else None):
        return
    if key is None and (scheme.lower() != "bearer" or not bearer.strip()):
        raise refusals.not_signed_in("Invalid access token", "oauth.v2.InvalidAccessToken")
    row = connection.execute(
        "SELECT access_expires FROM infusionsoft_token WHERE access_token = ?", (bearer.strip(),)
    ).fetchone()
    if row is None:
        raise refusals.not_signed_in("Invalid Access Token", "keymanagement.service.invalid_access_token")
    if row["access_expires"] <= time.time():
        raise refusals.not_signed_in("Access Token expired", "keymanagement.service.access_token_expired")


def _exchange_code(connection: sqlite3.Connection, form: Mapping[str, str]) -> dict[str, Any]:
    spent = connection.execute(
        "DELETE FROM infusionsoft_code WHERE code = ? AND redirect_uri = ? AND expires > ?",
        (form.get("code", ""), form.get("redirect_uri", ""), time.time()),
    )
    if not spent.rowcount:
        raise refusals.oauth_refused("invalid_grant", "Invalid authorization code")
    return issue_tokens(connection)


def _refresh(connection: sqlite3.Connection, refresh_token: str) -> dict[str, Any]:
    """The next pair for a refresh token, which is spent by this; refuses one that is unknown, spent or too old."""
    spent = connection.execute(
        "UPDATE infusionsoft_token SET refresh_valid = 0 WHERE refresh_token = ? AND refresh_valid AND refresh_expires > ?",
        (refresh_token, time.time()),
    )
    if not spent.rowcount:
        raise refusals.oauth_refused("invalid_grant", "Invalid refresh token")
    return issue_tokens(connection)


def _check_client(client_id: str | None, client_secret: str | None) -> None:
    if (client_id, client_secret) != (CLIENT_ID, CLIENT_SECRET):
        raise refusals.oauth_refused("invalid_client", "Client credentials are invalid", 401)


def _basic(header: str) -> tuple[str | None, str | None]:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None, None
    try:
        client_id, _, client_secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None, None
    return client_id, client_secret
