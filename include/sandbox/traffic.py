"""What stands between a caller and the two services: limits, latency, faults on demand, and a counter of calls."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from include.sandbox import gateway
from include.sandbox.calls import Call, call_of
from include.sandbox.faults import Faults, Rule
from include.sandbox.gateway import Answer
from include.sandbox.infusionsoft import account
from include.sandbox.limits import Limits


@dataclass
class Traffic:
    """What the middleware remembers; it is only touched on the server's event loop.

    `calls` counts by kind and outcome. An outcome is the status that was answered, or `dropped` (connection closed unexecuted),
    or the service's own status with a word: `200 lost` (executed, then the connection closed), `200 cut` (executed, half the
    answer sent), `200 late` (executed after the connection was closed), `200 replaced` (executed, something else answered).
    """

    limits: Limits
    faults: Faults = field(default_factory=Faults)
    calls: Counter[tuple[str, str]] = field(default_factory=Counter)
    late: set[asyncio.Task[None]] = field(default_factory=set)
    tenant: Callable[[], str] = lambda: account.TENANT
    """The account that Infusionsoft's answers name."""

    def forget(self) -> None:
        """Starts afresh: no rules, no counts, full quotas; what was to be executed late never is."""
        self.faults.clear()
        self.calls.clear()
        self.limits.forget()
        for task in self.late:
            task.cancel()


class TrafficMiddleware:
    """Pure ASGI and outermost, so that it holds the connection itself."""

    def __init__(self, app: ASGIApp, traffic: Traffic) -> None:
        self.app = app
        self.traffic = traffic

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(("/quickbooks/", "/infusionsoft/")):
            await self.app(scope, receive, send)
            return
        body = await _read_body(receive)
        call = call_of(scope["method"], scope["path"], scope["query_string"], Headers(scope=scope), body)
        exchange = Exchange(self.app, self.traffic, call, scope, receive, send, body)
        ceiling = self.traffic.limits.admit(call)
        if ceiling:
            await exchange.answer(gateway.throttled(call, ceiling))
            return
        await asyncio.sleep(self.traffic.faults.latency)
        rule = self.traffic.faults.rule_for(call)
        if rule is None:
            await exchange.answer(await exchange.execute())
        else:
            await _strike(rule, exchange)


async def _strike(rule: Rule, exchange: Exchange) -> None:
    match rule.what:
        case "late":
            answer = await exchange.execute()
            await asyncio.sleep(rule.seconds)
            await exchange.answer(answer)
        case "drop_before":
            exchange.count("dropped")
            await exchange.drop()
        case "drop_after":
            answer = await exchange.execute()
            exchange.count(f"{answer.status} lost")
            await exchange.drop()
        case "execute_late":
            exchange.count("dropped")
            exchange.execute_after(rule.seconds)
            await exchange.drop()
        case "half_body":
            await exchange.cut(await exchange.execute())
        case _:
            if rule.executed:
                exchange.count(f"{(await exchange.execute()).status} replaced")
            await exchange.answer(_answer_instead(rule, exchange.call))


def _answer_instead(rule: Rule, call: Call) -> Answer:
    match rule.what:
        case "429":
            return gateway.throttled(call)
        case "500":
            return gateway.broken(call)
        case "503":
            return gateway.unavailable(call)
        case "html":
            return gateway.web_page(call, rule.status)
        case _:
            return gateway.given(call, rule.status, rule.body)


@dataclass
class Exchange:
    """One call: its execution by the service, and what becomes of the answer."""

    app: ASGIApp
    traffic: Traffic
    call: Call
    scope: Scope
    receive: Receive
    send: Send
    body: bytes

    def count(self, outcome: str) -> None:
        self.traffic.calls[self.call.kind, outcome] += 1

    async def execute(self) -> Answer:
        """Lets the service do it, and keeps its answer back."""
        unread = [{"type": "http.request", "body": self.body, "more_body": False}]
        kept = Answer(500)

        async def receive() -> Message:
            return unread.pop() if unread else await self.receive()

        async def keep(message: Message) -> None:
            if message["type"] == "http.response.start":
                kept.status, kept.headers = message["status"], list(message["headers"])
            else:
                kept.body += message.get("body", b"")

        await self.app(self.scope, receive, keep)
        self.traffic.limits.answered(self.call, kept.status)
        return kept

    def execute_after(self, seconds: float) -> None:
        """Lets the service do it later, with nobody listening."""

        async def execute() -> None:
            await asyncio.sleep(seconds)
            self.count(f"{(await self.execute()).status} late")

        task = asyncio.create_task(execute())
        self.traffic.late.add(task)
        task.add_done_callback(self.traffic.late.discard)

    async def answer(self, answer: Answer) -> None:
        """Sends an answer whole."""
        self.count(str(answer.status))
        await self._start(answer)
        await self.send({"type": "http.response.body", "body": answer.body})

    async def cut(self, answer: Answer) -> None:
        """Announces the whole answer, sends half of it and closes the connection."""
        self.count(f"{answer.status} cut")
        await self._start(answer)
        await self.send({"type": "http.response.body", "body": answer.body[: len(answer.body) // 2], "more_body": True})
        self._transport().close()
        await self._disconnected()

    async def drop(self) -> None:
        """Closes the connection without a word: the caller's socket ends before any answer."""
        self._transport().abort()
        await self._disconnected()

    async def _start(self, answer: Answer) -> None:
        headers = [*answer.headers]
        if self.call.service == "infusionsoft":
            named = "" if answer.status == 401 else self.traffic.tenant()
            quota = self.traffic.limits.infusionsoft_headers(self.call, answer.status)
            told = {"x-keap-tenant-id": named, **quota}
            headers += [(name.encode(), value.encode()) for name, value in told.items()]
        await self.send({"type": "http.response.start", "status": answer.status, "headers": headers})

    def _transport(self) -> asyncio.Transport:
        """The socket under the request: uvicorn's `receive` is a method of the object that holds it."""
        transport = getattr(getattr(self.receive, "__self__", None), "transport", None)
        if transport is None:
            raise RuntimeError("A connection can only be dropped when uvicorn serves the sandbox.")
        return cast(asyncio.Transport, transport)

    async def _disconnected(self) -> None:
        while (await self.receive())["type"] != "http.disconnect":
            pass


async def _read_body(receive: Receive) -> bytes:
    parts = []
    more = True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)
