"""The console as one application: its pages, behind the gate."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route
from starlette_admin.base import BaseAdmin

from order_sync.console import airflow, figures, words
from order_sync.console.accounts import AccountsPage
from order_sync.console.choices import ChoicesPage
from order_sync.console.connections import ConnectionsPage
from order_sync.console.customers import CustomersPage
from order_sync.console.gate import Gate
from order_sync.console.home import Home
from order_sync.console.items import ItemsPage
from order_sync.console.order import OrderPage
from order_sync.console.orders import OrdersPage
from order_sync.console.overview import OverviewPage
from order_sync.console.page import TABS, asset, link
from order_sync.console.plan import PlanPage
from order_sync.console.review import ReviewPage
from order_sync.console.run import RunPage
from order_sync.console.runs import RunsPage
from order_sync.console.settings import SettingsPage

_HERE = Path(__file__).parent


class Console(BaseAdmin):
    """The library's frame without its pages for tables of a database: every route is one of ours."""

    def _collect_core_routes(self) -> list[Route]:
        return []


@cache
def console() -> Starlette:
    """The console, to be mounted where Airflow serves its own pages; one for the process."""
    admin = Console(
        title="Order sync",
        base_url="/",
        route_name="console",
        templates_dir=str(_HERE / "templates"),
        static_dir=str(_HERE / "static"),
        index_view=Home(),
        middlewares=[
            Middleware(Gate)
        ],  # the outermost: before forged requests are looked for, somebody has to be known
        secret_key=airflow.signing_key(),
        timezone_config=None,
    )
    views = (
        OverviewPage(), OrderPage(), OrdersPage(), ReviewPage(), ChoicesPage(), RunPage(), PlanPage(), RunsPage(),
        CustomersPage(), ItemsPage(), AccountsPage(), SettingsPage(), ConnectionsPage(),
    )  # fmt: skip
    for view in views:  # the last is asked first
        admin.add_view(view)
    admin.templates.env.globals.update({"link": link, "asset": asset, "tabs": TABS})
    admin.templates.env.filters.update({**words.FILTERS, **figures.FILTERS})
    admin.mount_to(Starlette())
    return admin.app
