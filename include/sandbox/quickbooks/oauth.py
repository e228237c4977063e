"""Signing in to QuickBooks: authorization codes, rotating refresh tokens, access tokens of an hour, revocation."""

from __future__ import annotations

import base64
import binascii
import secrets
import sqlite3
import time
from typing import Any

from include.sandbox.quickbooks import refusals

CLIENT_ID = "sandbox-client"
CLIENT_SECRET = "sandbox-client-secret"  # noqa: S105 (known to all: it opens nothing but the sandbox)
FIRST_REFRESH_TOKEN = "sandbox-first-refresh-token"  # noqa: S105

ACCESS_SECONDS = 3600
REFRESH_SECONDS = 8726400
HARD_SECONDS = 157680000
ROTATION_SECONDS = 24 * 3600
CODE_SECONDS = 600
SCOPE = "com.intuit.quickbooks.accounting"


def issue_tokens(connection: sqlite3.Connection, realm_id: str, refresh_token: str | None = None) -> dict[str, Any]:
    """A fresh token pair as the token endpoint answers it; a given refresh token is used as the value."""
    token = refresh_token or "AB11" + secrets.token_urlsafe(30)
    connection.execute("INSERT INTO qbo_refresh_tokens VALUES (?, ?, ?)", (token, realm_id, time.time()))
    return _pair(connection, realm_id, token)


def _pair(connection: sqlite3.Connection, realm_id: str, refresh_token: str) -> dict[str, Any]:
    access_token = "eyJ" + secrets.token_urlsafe(600)
    expires_at = time.time() + ACCESS_SECONDS
    connection.execute("INSERT INTO qbo_access_tokens VALUES (?, ?, ?)", (access_token, realm_id, expires_at))
    return {
        "token_type": "bearer",
        "access_token": access_token,
        "expires_in": ACCESS_SECONDS,
        "refresh_token": refresh_token,
        "x_refresh_token_expires_in": REFRESH_SECONDS,
    }


def authorize(connection: sqlite3.Connection, realm_id: str, redirect_uri: str) -> str:
    """A code that can be exchanged once, within ten minutes, for the same redirect address."""
    code = "AB11" + secrets.token_urlsafe(24)
    values = (code, realm_id, redirect_uri, time.time() + CODE_SECONDS)
    connection.execute("INSERT INTO qbo_authorization_codes VALUES (?, ?, ?, ?)", values)
    return code


def exchange(connection: sqlite3.Connection, form: dict[str, str]) -> dict[str, Any]:
    """Answers the token endpoint's form; refuses a code or token that is not good any more (`invalid_grant`)."""
    grant = form.get("grant_type")
    if grant == "authorization_code":
        return _exchange_code(connection, form)
    if grant == "refresh_token":
        return _refresh(connection, form.get("refresh_token", ""))
    raise refusals.oauth_refused("unsupported_grant_type")


def _exchange_code(connection: sqlite3.Connection, form: dict[str, str]) -> dict[str, Any]:
    row = connection.execute(
        "DELETE FROM qbo_authorization_codes WHERE code = ? AND redirect_uri = ? AND expires_at > ? RETURNING realm_id",
        (form.get("code", ""), form.get("redirect_uri", ""), time.time()),
    ).fetchone()
    if row is None:
        raise refusals.oauth_refused("invalid_grant", "Invalid authorization code")
    return issue_tokens(connection, row["realm_id"])


def _refresh(connection: sqlite3.Connection, token: str) -> dict[str, Any]:
    """A new access token; the refresh token changes when it is a day old, and its old value is dead from then on."""
    row = connection.execute("SELECT * FROM qbo_refresh_tokens WHERE token = ?", (token,)).fetchone()
    if row is None:
        known = connection.execute("SELECT 1 FROM qbo_access_tokens WHERE token = ?", (token,)).fetchone()
        raise refusals.oauth_refused(
            "invalid_grant", "Incorrect Token type or clientID" if known else "Incorrect or invalid refresh token"
        )
    age = time.time() - row["issued_at"]
    if age > REFRESH_SECONDS:
        raise refusals.oauth_refused("invalid_grant", "Incorrect or invalid refresh token")
    if age <= ROTATION_SECONDS and not _rotates_always(connection):
        return _pair(connection, row["realm_id"], token)
    connection.execute("DELETE FROM qbo_refresh_tokens WHERE token = ?", (token,))
    return issue_tokens(connection, row["realm_id"])


def _rotates_always(connection: sqlite3.Connection) -> bool:
    row = connection.execute("SELECT value FROM qbo_settings WHERE name = 'rotate_always'").fetchone()
    return row is not None and row["value"] == "1"


def set_rotate_always(connection: sqlite3.Connection, on: bool) -> None:
    """Lets every refresh, rather than the first one of a day, change the refresh token."""
    connection.execute("INSERT OR REPLACE INTO qbo_settings VALUES ('rotate_always', ?)", (str(int(on)),))


def expire_access_tokens(connection: sqlite3.Connection) -> None:
    """Ends the hour of every access token now."""
    connection.execute("UPDATE qbo_access_tokens SET expires_at = 0")


def revoke(connection: sqlite3.Connection, token: str) -> None:
    """Disconnects the company that the token, of either kind, is for; refuses an unknown one (`invalid_request`)."""
    row = connection.execute(
        "SELECT realm_id FROM qbo_refresh_tokens WHERE token = ?1"
        " UNION SELECT realm_id FROM qbo_access_tokens WHERE token = ?1",
        (token,),
    ).fetchone()
    if row is None:
        raise refusals.oauth_refused("invalid_request")
    for table in ("qbo_refresh_tokens", "qbo_access_tokens"):
        connection.execute(f"DELETE FROM {table} WHERE realm_id = ?", (row["realm_id"],))


def check_client(authorization: str | None) -> None:
    """HTTP Basic with the client's id and secret; refuses any other (`invalid_client`, 401)."""
    scheme, _, encoded = (authorization or "").partition(" ")
    try:
        given = base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        given = ""
    if scheme.lower() != "basic" or not secrets.compare_digest(given.encode(), f"{CLIENT_ID}:{CLIENT_SECRET}".encode()):
        raise refusals.oauth_refused("invalid_client", status=401)


def check_bearer(connection: sqlite3.Connection, authorization: str | None, realm_id: str) -> None:
    """Refuses a request without a good access token (401, 3200) or with one for another company (403, 3100)."""
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or len(token) < 20:
        raise refusals.not_signed_in("Malformed bearer token: too short or too long")
    row = connection.execute("SELECT * FROM qbo_access_tokens WHERE token = ?", (token,)).fetchone()
    if row is None:
        raise refusals.not_signed_in("Token revoked or unknown")
    if row["expires_at"] <= time.time():
        raise refusals.not_signed_in("Token expired")
    if row["realm_id"] != realm_id:
        raise refusals.not_authorized()


def discovery(base: str) -> dict[str, Any]:
    """The discovery document of a sandbox that is mounted at `base`."""
    return {
        "issuer": f"{base}/op/v1",
        "authorization_endpoint": f"{base}/connect/oauth2",
        "token_endpoint": f"{base}/oauth2/v1/tokens/bearer",
        "userinfo_endpoint": f"{base}/v1/openid_connect/userinfo",
        "revocation_endpoint": f"{base}/v2/oauth2/tokens/revoke",
        "jwks_uri": f"{base}/op/v1/jwks",
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": [SCOPE],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "claims_supported": [],
    }
