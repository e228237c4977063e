"""The addresses at which an application connects to a company: consent page, tokens, revocation, discovery."""

from __future__ import annotations

import html
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from include.sandbox.quickbooks import oauth, refusals
from include.sandbox.quickbooks.answers import RawBody, json_answer, read_object
from include.sandbox.quickbooks.books import from_json
from include.sandbox.state import State

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8"><title>Connect to QuickBooks (sandbox)</title>
<h1>Connect to QuickBooks (sandbox)</h1>
<p>The application <b>{client}</b> asks to read and write a company's books. Which company?</p>
{companies}
</html>
"""
COMPANY = '<form method="post" action="?{query}"><button>Connect {name} ({realm_id})</button></form>'


def add_sign_in(routes: APIRouter, state: State) -> None:
    """Adds the addresses to the router."""

    @routes.get("/.well-known/openid_configuration")
    @routes.get("/.well-known/openid_sandbox_configuration")
    def discovery(request: Request) -> Response:
        return json_answer(oauth.discovery(str(request.url).partition("/.well-known/")[0]))

    @routes.get("/connect/oauth2")
    def consent(request: Request) -> Response:
        asked = dict(request.query_params)
        _check_authorization_request(asked)
        forms = [
            COMPANY.format(
                query=html.escape(urlencode({**asked, "realmId": realm_id})),
                name=html.escape(name),
                realm_id=html.escape(realm_id),
            )
            for realm_id, name in _companies(state)
        ]
        return HTMLResponse(PAGE.format(client=html.escape(asked["client_id"]), companies="\n".join(forms)))

    @routes.post("/connect/oauth2")
    def approve(request: Request) -> Response:
        asked = dict(request.query_params)
        _check_authorization_request(asked)
        realm_id = asked.get("realmId", "")
        if realm_id not in dict(_companies(state)):
            raise refusals.oauth_refused("invalid_request", "The sandbox has no company with this realmId")
        with state.transaction() as connection:
            code = oauth.authorize(connection, realm_id, asked["redirect_uri"])
        answer = urlencode({"code": code, "state": asked.get("state", ""), "realmId": realm_id})
        mark = "&" if urlsplit(asked["redirect_uri"]).query else "?"
        return RedirectResponse(asked["redirect_uri"] + mark + answer, status_code=302)

    @routes.post("/oauth2/v1/tokens/bearer")
    def tokens(request: Request, raw: RawBody) -> Response:
        oauth.check_client(request.headers.get("authorization"))
        form = dict(parse_qsl(raw.decode(errors="replace")))
        with state.transaction() as connection:
            answer = oauth.exchange(connection, form)
        if request.headers.get("x-include-refresh-token-hard-expires-in") == "true":
            answer["x_refresh_token_hard_expires_in"] = oauth.HARD_SECONDS
        return json_answer(answer)

    @routes.post("/v2/oauth2/tokens/revoke")
    def revoke(request: Request, raw: RawBody) -> Response:
        oauth.check_client(request.headers.get("authorization"))
        try:
            token = read_object(raw).get("token")
        except refusals.Refusal as refusal:
            raise refusals.oauth_refused("invalid_request") from refusal
        with state.transaction() as connection:
            oauth.revoke(connection, str(token))
        return Response(status_code=200)


def _check_authorization_request(asked: dict[str, Any]) -> None:
    redirect = urlsplit(asked.get("redirect_uri", ""))
    if asked.get("client_id") != oauth.CLIENT_ID:
        raise refusals.oauth_refused("invalid_client", f"The sandbox's client id is {oauth.CLIENT_ID}")
    if redirect.scheme not in ("http", "https") or not redirect.netloc:
        raise refusals.oauth_refused("invalid_request", "redirect_uri must be an http or https address")
    if asked.get("response_type") != "code" or oauth.SCOPE not in asked.get("scope", "").split():
        raise refusals.oauth_refused("invalid_request", f"response_type must be code, scope {oauth.SCOPE}")


def _companies(state: State) -> list[tuple[str, str]]:
    """Realm id and name of every company of the sandbox."""
    rows = state.connection().execute("SELECT realm_id, body FROM qbo_records WHERE entity = 'CompanyInfo'")
    return [(row["realm_id"], from_json(row["body"])["CompanyName"]) for row in rows]
