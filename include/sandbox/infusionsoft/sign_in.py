"""The addresses at which an application connects to the account: the consent page and the token endpoint."""

from __future__ import annotations

import html
from collections.abc import Mapping
from urllib.parse import parse_qs, urlencode, urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse

from include.sandbox.infusionsoft import account, oauth
from include.sandbox.infusionsoft.answers import RawBody
from include.sandbox.state import State

PAGE = (
    "<!doctype html><title>Infusionsoft sandbox</title><h1>Infusionsoft sandbox</h1>"
    '<p>Let this app read and change the data of {tenant}?</p><form method="post">{fields}'
    "<button>Allow</button></form>"
)
WRONG_PAGE = "<h1>This app cannot be let in</h1><p>{wrong}</p>"


def add_sign_in(routes: APIRouter, state: State) -> None:
    """Adds the addresses to the router."""

    @routes.get("/app/oauth/authorize")
    def consent(request: Request) -> Response:
        asked = request.query_params
        if wrong := _wrong(asked):
            return HTMLResponse(WRONG_PAGE.format(wrong=html.escape(wrong)), status_code=400)
        fields = "".join(
            f'<input type="hidden" name="{name}" value="{html.escape(asked.get(name, ""))}">'
            for name in ("client_id", "redirect_uri", "response_type", "state")
        )
        return HTMLResponse(PAGE.format(tenant=account.tenant(state.connection()), fields=fields))

    @routes.post("/app/oauth/authorize")
    def approve(raw: RawBody) -> Response:
        asked = _form(raw)
        if wrong := _wrong(asked):
            return HTMLResponse(WRONG_PAGE.format(wrong=html.escape(wrong)), status_code=400)
        with state.transaction() as connection:
            code = oauth.authorize(connection, asked["redirect_uri"])
            answer = {"code": code, "scope": f"full|{account.tenant(connection)}"}
        if "state" in asked:
            answer["state"] = asked["state"]
        mark = "&" if urlsplit(asked["redirect_uri"]).query else "?"
        return RedirectResponse(f"{asked['redirect_uri']}{mark}{urlencode(answer)}", status_code=302)

    @routes.post("/token")
    def tokens(request: Request, raw: RawBody) -> Response:
        with state.transaction() as connection:
            pair = oauth.exchange(connection, _form(raw), request.headers.get("authorization", ""))
        return JSONResponse(pair, headers={"Cache-Control": "no-store"})


def _wrong(asked: Mapping[str, str]) -> str:
    """What is wrong with an app's request to be let in; "" when nothing is."""
    target = urlsplit(asked.get("redirect_uri", ""))
    if asked.get("client_id") != oauth.CLIENT_ID:
        return "client_id is not known"
    if asked.get("response_type") != "code":
        return "response_type must be code"
    # The service wants https; an app on this machine is let through without, or nobody could try it here.
    if not target.hostname or (target.scheme != "https" and target.hostname not in ("localhost", "127.0.0.1")):
        return "redirect_uri must begin with https"
    return ""


def _form(raw: bytes) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(raw.decode("utf-8", "replace")).items()}
