"""How the body of a call reaches the sandbox's Infusionsoft, and how a refusal leaves it."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from include.sandbox.infusionsoft import refusals


class RecordResponse(JSONResponse):
    """JSON in plain ASCII: half an emoji is JSON so, and no UTF-8, and the service has such texts."""

    def render(self, content: Any) -> bytes:
        return json.dumps(content).encode()


class AnsweringRoute(APIRoute):
    """Turns refusals into answers, whatever app the route is mounted in."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handle(request)
            except refusals.Refusal as refusal:
                return JSONResponse(refusal.body, refusal.status, refusal.headers)

        return answer


async def raw_body(request: Request) -> bytes:
    return await request.body()


RawBody = Annotated[bytes, Depends(raw_body)]
