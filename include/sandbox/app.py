"""The sandbox as one web application: both services, the controls and the page, over one state."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from fastapi import FastAPI

from include.sandbox import control, infusionsoft, page, quickbooks
from include.sandbox.doors import DoorMiddleware
from include.sandbox.infusionsoft import account
from include.sandbox.limits import Ceilings, Limits
from include.sandbox.services import open_books, open_state
from include.sandbox.traffic import Traffic, TrafficMiddleware


def create_app(path: Path, *, limits: bool = True, hosts: Collection[str] = ()) -> FastAPI:
    """The sandbox over the state at `path`; where that holds no company yet, an empty one is opened.

    `limits` says whether the services' ceilings are enforced at the start; `PUT /_sandbox/limits` changes it.
    `hosts` are the names by which it may be called, besides those of this machine.
    """
    state = open_state(path)
    open_books(state)
    traffic = Traffic(Limits(Ceilings(enabled=limits)), tenant=lambda: account.tenant(state.connection()))
    app = FastAPI(title="Sandbox", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.books, app.state.traffic = state, traffic
    app.add_middleware(TrafficMiddleware, traffic=traffic)
    app.add_middleware(DoorMiddleware, hosts=hosts)
    # Mounted, not included: FastAPI builds each route that it includes a second time, and each of our tests opens a sandbox.
    app.mount("/infusionsoft", infusionsoft.router(state))
    app.mount("/quickbooks", quickbooks.router(state))
    app.mount("/_sandbox", control.router(state, traffic))
    app.include_router(page.router(state))
    return app
