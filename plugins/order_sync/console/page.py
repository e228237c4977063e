"""What all pages have in common: the frame with its tabs, relative links, the database, the store that is looked at."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from sqlalchemy import Engine
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette_admin.flash import flash
from starlette_admin.views import CustomView

from order_sync.console.gate import Visitor, inside
from order_sync.database.choices import as_chosen
from order_sync.database.database import open_database, require_migrated
from order_sync.database.order_lists import Tab, count_tabs
from order_sync.database.settings_versions import settings_in_force
from order_sync.database.stores import known_stores
from order_sync.errors import ConfigurationError
from order_sync.settings import Store, load_store, stores_folder
from order_sync.texts import clean

TABS = {
    "": "Overview",
    "orders": "Orders",
    "review": "Review",
    "lists": "Lists",
    "runs": "Runs",
    "settings": "Sync settings",
    "connections": "Connections",
}
"""The row of tabs: the last part of a page's path, and its name."""


@dataclass(frozen=True, slots=True)
class Shop:
    """The store that a page is about, as far as its file can be read: a wrong one hides nothing of what was recorded."""

    name: str
    zone: ZoneInfo
    realm_id: str
    wrong: str
    """What is wrong with its file; empty where nothing is."""
    settings: Store | None = None
    """As its file has them; None where it is wrong."""
    account: str = ""
    """Of Infusionsoft, and of QuickBooks the `environment`, as the last run noted them; empty where it could not."""
    environment: str = ""


class Page(CustomView):
    """A page of a store; each is a module and a template."""

    tab = ""
    """Which tab it stands under: a key of `TABS`."""

    def show(self, request: Request, template: str, *, status: int = HTTPStatus.OK, **context: Any) -> Response:
        """The page, in its frame."""
        visitor: Visitor = request.state.visitor
        frame: dict[str, Any] = {"visitor": visitor, "tab": self.tab}
        if visitor.store:
            counts = context.get("counts") or count_tabs(database(), visitor.store)
            frame |= {"held": counts[Tab.NEEDS_A_PERSON], "shop": context.get("shop") or shop(visitor.store)}
        assert self._admin is not None, "a page is shown by the console that it belongs to"
        return self._admin._template_response(request, template, {**frame, **context}, status)


@cache
def database() -> Engine:
    """The sync's database, open for as long as the process lives; the first page finds out whether its tables are there."""
    engine = open_database()
    require_migrated(engine)
    return engine


def shop(store: str) -> Shop:
    """The store of a page."""
    noted = known_stores(database()).get(store)
    realm_id = noted.realm_id if noted else ""
    services = (noted.account, noted.environment) if noted else ()
    try:
        settings = load_store(stores_folder() / f"{store}.yaml")
    except ConfigurationError as error:
        return Shop(store, ZoneInfo("UTC"), realm_id, str(error), None, *services)
    return Shop(store, settings.zone, realm_id, "", settings, *services)


def in_force(here: Shop) -> Store:
    """The settings of a store as its runs follow them now: the version in force, with what people said of payments.

    ConfigurationError where the store's file is wrong, or that version cannot be read any more.
    """
    if here.settings is None:
        raise ConfigurationError(f"The settings of this store are wrong: {here.wrong}")
    return as_chosen(database(), settings_in_force(database(), here.settings)[0])


def link(request: Request, path: str, **query: Any) -> str:
    """A relative link from the page that is shown to another of the console, so that it holds behind a proxy's path too."""
    folder, name = posixpath.split(path)
    beside = posixpath.relpath(folder, posixpath.dirname(inside(request.scope)))
    relative = name if name and beside == "." else f"{beside}/{name}"
    asked = urlencode({name: value for name, value in query.items() if value not in (None, "")})
    return f"{relative}?{asked}" if asked else relative


def asset(request: Request, path: str) -> str:
    """A relative link to a style or a script."""
    return link(request, f"/static/{path}")


def above(request: Request) -> str:
    """A relative link to the root of Airflow's UI."""
    depth = str(request.scope.get("root_path", "")).count("/") and 1
    return "../" * (inside(request.scope).count("/") - 1 + depth)


def back_with(request: Request, path: str, told: str, kind: str = "success", **query: Any) -> Response:
    """Back to a page after something was done, with a message on it."""
    flash(request, told, kind)
    return RedirectResponse(link(request, path, **query), HTTPStatus.SEE_OTHER)


async def form_of(request: Request) -> FormData:
    """What a form of the page sends, in texts that every database can keep; addresses are made so by the gate."""
    form = await request.form()
    return FormData([(clean(name), clean(text)) for name, text in form.multi_items() if isinstance(text, str)])


async def fields_of(request: Request) -> dict[str, str]:
    """The same of a form whose fields are there once each, without the blanks around them."""
    return {name: str(text).strip() for name, text in (await form_of(request)).items()}


def asked_for(request: Request) -> Mapping[str, str]:
    """What stands in the page's address, without what is empty."""
    return {name: value.strip() for name, value in request.query_params.items() if value.strip()}


def address_with(asked: Mapping[str, str], **changed: str | None) -> str:
    """A page's own address, from its `?` on, as it was asked for with something changed in it."""
    return "?" + urlencode({name: value for name, value in {**asked, **changed}.items() if value})
