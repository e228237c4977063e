"""The first page of a store: what needs a person, what was recorded, and whether the runs do their work."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette_admin.routing import route

from order_sync.connections.state import Standing
from order_sync.console.connections import in_lines
from order_sync.console.figures import money_by_day
from order_sync.console.page import Page, database, shop
from order_sync.console.runs import TABLE, only_table, progress
from order_sync.database.order_lists import Tab, count_tabs
from order_sync.database.overview import RunTotals, last_report, orders_by_day, past_runs, reasons, totals_since
from order_sync.sync.orders.status import Status

DAYS = 30
MONEY_DAYS = 7
RUNS = 6


class OverviewPage(Page):
    path = "/{store}/"
    route_name = "overview"
    tab = ""

    @route("")
    async def index(self, request: Request) -> Response:
        """The overview."""
        return await run_in_threadpool(self._overview, request)

    def _overview(self, request: Request) -> Response:
        store = request.path_params["store"]
        here = shop(store)
        today = datetime.now(UTC).astimezone(here.zone).date()
        first = datetime.combine(today - timedelta(DAYS - 1), time(), tzinfo=here.zone)
        runs = past_runs(database(), store, RUNS)
        if only_table(request):
            return self.show(request, TABLE, shop=here, runs=runs, progress=progress(store, runs), narrow=True)
        return self.show(
            request,
            "overview.html",
            shop=here,
            counts=count_tabs(database(), store),
            tabs_of=Tab,
            reasons=reasons(database(), store),
            days=columns_of(orders_by_day(database(), store, today, DAYS, here.zone)),
            money=money_by_day(totals_since(database(), store, first), here.zone, MONEY_DAYS),
            runs=runs,
            progress=progress(store, runs),
            narrow=True,
            waiting=waiting_money(last_report(database(), store)),
            connections=in_lines(here),
            standings=Standing,
        )


def columns_of(days: dict[date, dict[Status, int]]) -> list[dict[str, Any]]:
    """The columns of the chart: of each day the heights (0 to 100) of what is recorded, needs a person, and all else, and the numbers."""
    highest = max((sum(of.values()) for of in days.values()), default=0) or 1
    found = []
    for day, of in days.items():
        posted = of.get(Status.POSTED, 0) + of.get(Status.POSTED_WITH_WARNINGS, 0)
        held = of.get(Status.HELD, 0) + of.get(Status.FAILED, 0) + of.get(Status.UNSETTLED, 0)
        rest = sum(of.values()) - posted - held
        numbers = {"posted": posted, "held": held, "rest": rest}
        found.append(
            {"day": day, **numbers, "heights": {name: 100 * number / highest for name, number in numbers.items()}}
        )
    return found


def waiting_money(last: RunTotals | None) -> tuple[datetime | None, list[tuple[str, str, str]]]:
    """When the money of orders that wait was counted last; by currency, for how many of those that waited then it had come, and how much.

    What came in for an order stands in no column: to count it now, all that was read of each of them would have to be read again.
    """
    if last is None:
        return None, []
    counted = {currency: of["waiting"] for currency, of in sorted(last.totals.items()) if "waiting" in of}
    return last.at, [(currency, one["orders"], one["in"]) for currency, one in counted.items()]
