"""The runs of a store's Dag: what each recorded, the money, how long it took, the calls; and the plans that were made."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette_admin.routing import route

from order_sync.console.page import Page, back_with, database, fields_of
from order_sync.console.starting import plan_days
from order_sync.database.overview import PastRun, past_runs
from order_sync.database.plans import latest_plans
from order_sync.database.run_orders import Progress, progress_of
from order_sync.database.runs import RUNNING

SIZE = 30
PLANS = 10
MOST_LEFT_OUT = 100
TABLE = "runs_table.html"


class RunsPage(Page):
    path = "/{store}/runs"
    route_name = "runs"
    tab = "runs"

    @route("")
    async def index(self, request: Request) -> Response:
        """The runs."""
        return await run_in_threadpool(self._runs, request)

    @route("/plan", methods=["POST"], name="plan_days")
    async def plan(self, request: Request) -> Response:
        """Some days are planned."""
        form = await fields_of(request)
        return await run_in_threadpool(self._plan, request, form.get("first", ""), form.get("last", ""))

    def _plan(self, request: Request, first: str, last: str) -> Response:
        store = request.path_params["store"]
        return back_with(request, f"/{store}/runs", *plan_days(request.state.visitor, store, first, last))

    def _runs(self, request: Request) -> Response:
        store = request.path_params["store"]
        before = _moment(request.query_params.get("before"))
        runs = past_runs(database(), store, SIZE + 1, before)
        if only_table(request):
            return self.show(request, TABLE, runs=runs[:SIZE], progress=progress(store, runs[:SIZE]))
        return self.show(
            request,
            "runs.html",
            runs=runs[:SIZE],
            progress=progress(store, runs[:SIZE]),
            plans=[] if before else latest_plans(database(), store, PLANS),
            page_of_plan=lambda key: path_of("plans", key),
            following=f"{runs[SIZE - 1].started_at.astimezone(UTC):%Y%m%dT%H%M%S.%f}" if len(runs) > SIZE else None,
        )


def only_table(request: Request) -> bool:
    """Whether the table of runs is asked for alone, because one of them works and the page shows how far it is."""
    return request.query_params.get("part") == "runs"


def path_of(what: str, key: str) -> str:
    """The path of the page of one run (`of`) or plan (`plans`); their ids hold colons, which no relative link may begin with."""
    store, _, id = key.partition("/")
    return f"/{store}/runs/{what}/{quote(id)}"


def progress(store: str, runs: Sequence[PastRun]) -> dict[str, Progress]:
    """How far those are that run."""
    return progress_of(database(), store, [run.run_key for run in runs if run.state == RUNNING])


def _moment(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.strptime(text, "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC)
    except ValueError:
        raise HTTPException(HTTPStatus.BAD_REQUEST, f"{text!r} is no moment.") from None
