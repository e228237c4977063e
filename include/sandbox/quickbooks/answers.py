"""How an answer leaves the sandbox's QuickBooks: its JSON, its refusals, its `intuit_tid`."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from fastapi.routing import APIRoute

from include.sandbox.quickbooks import refusals
from include.sandbox.quickbooks.books import Body, from_json, to_json


class AnsweringRoute(APIRoute):
    """Turns refusals into their bodies, and gives every answer its `intuit_tid`."""

    def get_route_handler(self) -> Callable[[Request], Any]:
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                response = await handle(request)
            except refusals.Refusal as refusal:
                stamp = (
                    {"time": datetime.now(UTC).isoformat(timespec="milliseconds")} if "Fault" in refusal.body else {}
                )
                response = json_answer({**refusal.body, **stamp}, refusal.status)
            response.headers["intuit_tid"] = f"1-{secrets.token_hex(4)}-{secrets.token_hex(12)}"
            return response

        return answer


def json_answer(body: Body, status: int = 200) -> Response:
    return Response(to_json(body), status, media_type="application/json")


async def raw_body(request: Request) -> bytes:
    return await request.body()


RawBody = Annotated[bytes, Depends(raw_body)]


def read_object(raw: bytes) -> Body:
    """The JSON object of a request; refuses anything else (2010)."""
    try:
        found = from_json(raw)
        to_json(found).encode()  # half of a surrogate pair is JSON, but no text
    except (ValueError, RecursionError) as error:
        raise refusals.unsupported_property() from error
    if not isinstance(found, dict):
        raise refusals.unsupported_property()
    return found
