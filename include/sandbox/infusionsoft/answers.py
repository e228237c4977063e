"""How the body of a call reaches the sandbox's Infusionsoft, and how a refusal leaves it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from include.sandbox.infusionsoft import refusals


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
