"""QuickBooks as its documentation leaves open that it may be: each is an application in front of the sandbox's."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from starlette.types import ASGIApp, Message, Receive, Scope, Send


def ignoring_request_ids(app: ASGIApp) -> ASGIApp:
    """How long a request id is remembered is not documented: here it never is."""

    async def front(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope = {**scope, "query_string": re.sub(rb"requestid=[^&]*&?", b"", scope["query_string"])}
        await app(scope, receive, send)

    return front


def leave_numbers_unchecked(folder: Path) -> None:
    """Lets the sandbox's company, whose state is in this folder, take one document number twice."""
    with sqlite3.connect(folder / "sandbox.sqlite") as connection:
        connection.execute("UPDATE qbo_companies SET warns_of_duplicate_numbers = 0")
    connection.close()


@dataclass
class Body:
    """A request's body, changed, in place of the one that comes; keeps the socket that the sandbox's faults break."""

    content: bytes
    receive: Receive

    @property
    def transport(self) -> Any:
        return self.receive.__self__.transport  # type: ignore[attr-defined]

    async def read(self) -> Message:
        if self.content:
            content, self.content = self.content, b""
            return {"type": "http.request", "body": content, "more_body": False}
        return await self.receive()


def changing_documents(app: ASGIApp, change: Callable[[dict[str, Any]], dict[str, Any]]) -> ASGIApp:
    """Records each new sales receipt otherwise than it was sent."""

    async def front(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and unquote(scope["path"]).endswith("/salesreceipt"):
            content, more = b"", True
            while more:
                message = await receive()
                content, more = content + message.get("body", b""), message.get("more_body", False)
            receive = Body(json.dumps(change(json.loads(content))).encode(), receive).read
        await app(scope, receive, send)

    return front


def throttling_once(app: ASGIApp, retry_after: str) -> ASGIApp:
    """Answers the first sales receipt with 429 and a `Retry-After` header."""
    throttled = False

    async def front(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal throttled
        if throttled or scope["type"] != "http" or not scope["path"].endswith("/salesreceipt"):
            await app(scope, receive, send)
            return
        throttled = True
        headers = [(b"retry-after", retry_after.encode()), (b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 429, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    return front


def changing_answers(app: ASGIApp, path: str, change: Callable[[dict[str, Any]], dict[str, Any]]) -> ASGIApp:
    """Answers each call whose path ends so otherwise than the service did: what it answered in JSON, changed."""

    async def front(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].endswith(path):
            await app(scope, receive, send)
            return
        started: list[Message] = []
        content = b""

        async def keep(message: Message) -> None:
            nonlocal content
            if message["type"] == "http.response.start":
                started.append(message)
                return
            content += message.get("body", b"")
            if not message.get("more_body"):
                await answer(started[0], content)

        async def answer(start: Message, content: bytes) -> None:
            if start["status"] == 200:
                content = json.dumps(change(json.loads(content))).encode()
            headers = [(name, value) for name, value in start["headers"] if name.lower() != b"content-length"]
            await send({**start, "headers": [*headers, (b"content-length", str(len(content)).encode())]})
            await send({"type": "http.response.body", "body": content})

        await app(scope, receive, keep)

    return front
