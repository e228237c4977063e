"""Who may come in: only what calls the sandbox by a name of its own, and no page of another site.

The sandbox's secrets are public. A page in somebody's browser could otherwise change or read the books: by posting to this machine, or
by a name of its own that it lets point here (DNS rebinding).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

READING = ("GET", "HEAD", "OPTIONS")


class DoorMiddleware:
    """Pure ASGI, so that what holds the connection is handed on as it is; `hosts` are names besides those of this machine."""

    def __init__(self, app: ASGIApp, hosts: Collection[str] = ()) -> None:
        self.app = app
        self.hosts = {host.lower() for host in hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refused = self._refused(scope["method"], Headers(scope=scope)) if scope["type"] == "http" else None
        await (refused or self.app)(scope, receive, send)

    def _refused(self, method: str, headers: Headers) -> PlainTextResponse | None:
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not self._is_ours(hosts[0]):
            return PlainTextResponse(
                "The sandbox is not called that. Call it localhost, or name it in SANDBOX_HOSTS when it is started.\n",
                421,
            )
        if method not in READING and _is_of_another_site(headers, hosts[0]):
            return PlainTextResponse("A page of another site may not change the sandbox.\n", 403)
        return None

    def _is_ours(self, host: str) -> bool:
        match = re.fullmatch(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:[0-9]+)?", host, re.IGNORECASE | re.ASCII)
        if not match:
            return False
        name = match[1].lower()
        return name == "localhost" or name in self.hosts or _is_loopback(name.strip("[]"))


def _is_loopback(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _is_of_another_site(headers: Headers, host: str) -> bool:
    """By what browsers say of a page; programs say neither."""
    origin = headers.get("origin")
    if origin is not None:
        return urlsplit(origin).netloc.lower() != host.lower()
    return headers.get("sec-fetch-site", "none") not in ("same-origin", "none")
