"""Signing in: the keys that the gateway takes, the authorize page and the token endpoint."""

from __future__ import annotations

import base64
import binascii
import html
import secrets
import sqlite3
import time
from urllib.parse import parse_qs, urlencode, urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse

from include.sandbox.infusionsoft import account, refusals
from include.sandbox.state import State

CODE_LIFE = 600  # seconds


def authenticate(connection: sqlite3.Connection, request: Request) -> None:
    """Lets a service account key or a live access token pass; raises the gateway's 401 for anything else."""
    key = request.headers.get("x-keap-api-key")
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    if account.SERVICE_ACCOUNT_KEY in (key, bearer if scheme.lower() == "bearer" else None):
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


def authorize_page(request: Request) -> HTMLResponse:
    """The page on which a person lets an app in; names what is wrong with the app's request instead when something is."""
    query = request.query_params
    if wrong := _wrong(query.get("client_id"), query.get("redirect_uri"), query.get("response_type")):
        return HTMLResponse(f"<h1>This app cannot be let in</h1><p>{html.escape(wrong)}</p>", status_code=400)
    fields = "".join(
        f'<input type="hidden" name="{name}" value="{html.escape(query.get(name, ""))}">'
        for name in ("client_id", "redirect_uri", "response_type", "state")
    )
    return HTMLResponse(
        "<!doctype html><title>Infusionsoft sandbox</title><h1>Infusionsoft sandbox</h1>"
        f'<p>Let this app read and change the data of {account.TENANT}?</p><form method="post">{fields}'
        "<button>Allow</button></form>"
    )


def approve(state: State, body: bytes) -> RedirectResponse | HTMLResponse:
    """Sends the person back to the app with a code that is good once."""
    form = _form(body)
    if wrong := _wrong(form.get("client_id"), form.get("redirect_uri"), form.get("response_type")):
        return HTMLResponse(f"<h1>This app cannot be let in</h1><p>{html.escape(wrong)}</p>", status_code=400)
    code = secrets.token_urlsafe(12)
    with state.transaction() as connection:
        connection.execute(
            "INSERT INTO infusionsoft_code VALUES (?, ?, ?)", (code, form["redirect_uri"], time.time() + CODE_LIFE)
        )
    answer = {"code": code, "scope": f"full|{account.TENANT}"} | ({"state": form["state"]} if "state" in form else {})
    mark = "&" if urlsplit(form["redirect_uri"]).query else "?"
    return RedirectResponse(f"{form['redirect_uri']}{mark}{urlencode(answer)}", status_code=302)


def token(state: State, request: Request, body: bytes) -> JSONResponse:
    """Trades a code (client in the body) or a refresh token (client as Basic) for a pair; each is good once."""
    form = _form(body)
    try:
        match form.get("grant_type"):
            case "authorization_code":
                _check_client(form.get("client_id"), form.get("client_secret"))
                pair = _redeem(state, form)
            case "refresh_token":
                _check_client(*_basic(request.headers.get("authorization", "")))
                with state.transaction() as connection:
                    pair = account.refresh_tokens(connection, form.get("refresh_token", ""))
                if pair is None:
                    raise refusals.oauth_refused("invalid_grant", "Invalid refresh token")
            case other:
                raise refusals.oauth_refused(
                    "unsupported_grant_type", f"Unsupported grant type: {other or 'none given'}"
                )
    except refusals.Refusal as refusal:
        return refusal.response()
    return JSONResponse(pair, headers={"Cache-Control": "no-store"})


def _redeem(state: State, form: dict[str, str]) -> dict[str, object]:
    with state.transaction() as connection:
        spent = connection.execute(
            "DELETE FROM infusionsoft_code WHERE code = ? AND redirect_uri = ? AND expires > ?",
            (form.get("code", ""), form.get("redirect_uri", ""), time.time()),
        )
        if not spent.rowcount:
            raise refusals.oauth_refused("invalid_grant", "Invalid authorization code")
        return account.issue_tokens(connection)


def _wrong(client_id: str | None, redirect_uri: str | None, response_type: str | None) -> str:
    target = urlsplit(redirect_uri or "")
    if client_id != account.CLIENT_ID:
        return "client_id is not known"
    if response_type != "code":
        return "response_type must be code"
    # The service wants https; an app on this machine is let through without, or nobody could try it here.
    if not target.hostname or (target.scheme != "https" and target.hostname not in ("localhost", "127.0.0.1")):
        return "redirect_uri must begin with https"
    return ""


def _check_client(client_id: str | None, client_secret: str | None) -> None:
    if (client_id, client_secret) != (account.CLIENT_ID, account.CLIENT_SECRET):
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


def _form(body: bytes) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
