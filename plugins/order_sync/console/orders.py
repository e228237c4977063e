"""The order history: a store's orders by what is to be done about them, searched, narrowed, exported, and acted on."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from http import HTTPStatus
from zoneinfo import ZoneInfo

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette_admin.routing import route

from order_sync.console.acting import act
from order_sync.console.asked import COLUMNS, Asked, headings, read_address, written_place
from order_sync.console.export import EXPORTED, all_rows, attached, exported
from order_sync.console.page import Page, address_with, asked_for, back_with, database, form_of, shop
from order_sync.database.order_lists import (
    Tab,
    Wanted,
    codes_of,
    count_orders,
    count_tabs,
    find_orders,
    list_orders,
    sum_orders,
)
from order_sync.sync.orders.status import Move
from order_sync.sync.review.actions import MOST_AT_ONCE

SIZE = 50

TAB_NAMES = {
    Tab.NEEDS_A_PERSON: "Needs a person",
    Tab.WAITING: "Waiting",
    Tab.FAILED: "Failed",
    Tab.POSTED: "Posted",
    Tab.SKIPPED: "Skipped",
    Tab.ALL: "All",
}


LEFT_OUT = frozenset(Move.OVERRULE.leaves)
"""The statuses of orders that may be posted anyway."""


class OrdersPage(Page):
    path = "/{store}/orders"
    route_name = "orders"
    tab = "orders"

    @route("")
    async def index(self, request: Request) -> Response:
        """The list."""
        return await run_in_threadpool(self._list, request)

    @route("/export", name="export_orders")
    async def export(self, request: Request) -> Response:
        """All orders that the list is about, as CSV or JSON."""
        return await run_in_threadpool(self._export, request)

    @route("/act", methods=["POST"], name="act_on_orders")
    async def act(self, request: Request) -> Response:
        """Something is done with the orders that were ticked."""
        form = await form_of(request)
        ticked = [str(one) for one in form.getlist("order")]
        what, why = str(form.get("what", "")), str(form.get("why", "")).strip()
        recorded = dict(str(one).split(" ", 1) for one in form.getlist("recorded") if " " in str(one))
        return await run_in_threadpool(self._act, request, what, why, ticked, recorded)

    def _list(self, request: Request) -> Response:
        store, here = request.path_params["store"], shop(request.path_params["store"])
        asked = _asked(request, here.zone)
        counts = count_tabs(database(), store)
        page = list_orders(database(), store, asked.wanted, SIZE, asked.after)
        return self.show(
            request,
            "orders.html",
            shop=here,
            counts=counts,
            counts_of_tabs=counts if asked.wanted.order_ids is None else _counts_of(store, asked.wanted.order_ids),
            of_tab=lambda tab: address_with({"tab": tab.key}, q=asked_for(request).get("q")),
            tab_names=TAB_NAMES,
            tabs_of=Tab,
            may_be_left_out=not LEFT_OUT.isdisjoint(asked.wanted.tab.statuses),
            all_columns=COLUMNS,
            headings=headings(asked.wanted),
            sorted_by=lambda sort: address_with(asked_for(request), sort=sort, after=None),
            asked=asked,
            fields=asked_for(request),
            rows=page.rows,
            sums=sum_orders(page.rows),
            total=count_orders(database(), store, asked.wanted) if asked.wanted.narrows else counts[asked.wanted.tab],
            following=address_with(asked_for(request), after=written_place(page.following)) if page.following else None,
            codes=codes_of(database(), store, asked.wanted.tab),
            query=address_with(asked_for(request)),
            without=lambda *names: address_with(asked_for(request), **dict.fromkeys((*names, "after"))),
        )

    def _export(self, request: Request) -> Response:
        store, here = request.path_params["store"], shop(request.path_params["store"])
        asked = _asked(request, here.zone)
        if asked.wrong:
            raise HTTPException(HTTPStatus.BAD_REQUEST, " ".join(asked.wrong))
        name = f"orders-{store}-{asked.wanted.tab.key}"
        rows = (exported(row, here.zone) for row in all_rows(database(), store, asked.wanted))
        return attached(name, request.query_params.get("as"), EXPORTED, rows)

    def _act(self, request: Request, what: str, why: str, ticked: list[str], recorded: Mapping[str, str]) -> Response:
        back, kept = f"/{request.path_params['store']}/orders", asked_for(request)
        if not ticked:
            return back_with(request, back, "Tick the orders first.", "warning", **kept)
        if len(ticked) > MOST_AT_ONCE:
            return back_with(request, back, f"At most {MOST_AT_ONCE} orders at once.", "warning", **kept)
        return back_with(request, back, *act(request, what, ticked, why, recorded), **kept)


def _counts_of(store: str, order_ids: tuple[str, ...]) -> dict[Tab, int]:
    """How many of the orders that a search found each tab has."""
    return {tab: count_orders(database(), store, Wanted(tab, order_ids)) for tab in Tab}


def _asked(request: Request, zone: ZoneInfo) -> Asked:
    store = request.path_params["store"]
    return read_address(asked_for(request), store, zone, partial(find_orders, database(), store))
