"""Who comes in: every request of the console passes here, and what is not let in answers nothing.

The console is an application of its own, mounted beside Airflow's, so Airflow's dependencies do not guard it. The outermost layer is the
one place that no route can forget. Styles and scripts alone are open; they say nothing of anybody.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from order_sync.console import airflow
from order_sync.settings import store_files
from order_sync.texts import clean

OPEN = "/static/"
OF_DAG = "of-dag"
"""The first part of the paths that lead from a Dag to its store's page."""
SIGN_IN = "sign-in"
"""The first part of the paths to which a service sends somebody back who has let the sync in; no store can be called so."""

SECURITY = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'self'; base-uri 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}

_SAFE = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who was let in: to which store, to which others they could go, and whether they may change anything."""

    user: airflow.User
    store: str
    stores: tuple[str, ...]
    may_edit: bool


class Gate:
    """ASGI: lets in who may read the store's Dag in Airflow, and to change something only who may edit it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # there is no socket here: it is closed unanswered
        scope = _fit(scope)
        request = Request(scope, receive)
        path = inside(scope)
        answer = None if path.startswith(OPEN) else await self._refusal(request, path)
        guarded = _with_headers(send, private=not path.startswith(OPEN))
        await (answer or self._app)(scope, receive, guarded)

    async def _refusal(self, request: Request, path: str) -> Response | None:
        """What somebody is told who is not let in; of those who are, notes who they are (`request.state.visitor`)."""
        user = await airflow.user_of(request)
        if user is None:
            if request.method in _SAFE and "text/html" in request.headers.get("accept", ""):
                return RedirectResponse(airflow.login_page(str(request.url)), HTTPStatus.SEE_OTHER)
            return _refused(HTTPStatus.UNAUTHORIZED, "Log in to Airflow first.")
        name = path.strip("/").split("/")[0]
        names = [file.stem for file in await run_in_threadpool(store_files) if file.suffix == ".yaml"]
        stores = tuple([one for one in names if await run_in_threadpool(airflow.may, user, "GET", one)])
        if name and name not in (OF_DAG, SIGN_IN) and name not in stores:
            told = f"There is no store {name!r} here, or you may not read the Dag {airflow.dag_of(name)} in Airflow."
            return _refused(HTTPStatus.FORBIDDEN if name in names else HTTPStatus.NOT_FOUND, told)
        may_edit = name in stores and await run_in_threadpool(airflow.may, user, "PUT", name)
        if request.method not in _SAFE:
            if not may_edit:
                told = f"To change something here you need to be allowed to edit the Dag {airflow.dag_of(name)} in Airflow."
                return _refused(HTTPStatus.FORBIDDEN, told)
            if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
                return _refused(HTTPStatus.FORBIDDEN, "The console takes no changes from pages of other sites.")
        request.state.visitor = Visitor(user, name if name in stores else "", stores, may_edit)
        return None


def _fit(scope: Scope) -> Scope:
    """A request whose address has nothing that a database refuses to compare with: somebody may type anything there."""
    asked = [(clean(name), clean(value)) for name, value in parse_qsl(scope["query_string"].decode("latin-1"), True)]
    return {**scope, "path": clean(scope["path"]), "query_string": urlencode(asked).encode()}


def inside(scope: Scope) -> str:
    """The path that is asked for, from the console's own root."""
    path, root = str(scope["path"]), str(scope.get("root_path", ""))
    return path.removeprefix(root) or "/"


def _refused(status: HTTPStatus, told: str) -> Response:
    return PlainTextResponse(told, status)


def _with_headers(send: Send, *, private: bool) -> Callable[[Message], Awaitable[Any]]:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in SECURITY.items():
                headers[name] = value
            if private:
                headers["Cache-Control"] = "no-store"
        await send(message)

    return sending
