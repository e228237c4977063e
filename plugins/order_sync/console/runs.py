"""The runs of a store's Dag: what each recorded, the money, how long it took, the calls."""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette_admin.routing import route

from order_sync.console import airflow
from order_sync.console.page import Page, above, database
from order_sync.database.overview import past_runs

SIZE = 30


class RunsPage(Page):
    path = "/{store}/runs"
    route_name = "runs"
    tab = "runs"

    @route("")
    async def index(self, request: Request) -> Response:
        """The runs."""
        return await run_in_threadpool(self._runs, request)

    def _runs(self, request: Request) -> Response:
        store = request.path_params["store"]
        before = _moment(request.query_params.get("before"))
        runs = past_runs(database(), store, SIZE + 1, before)
        return self.show(
            request,
            "runs.html",
            runs=runs[:SIZE],
            following=f"{runs[SIZE - 1].started_at.astimezone(UTC):%Y%m%dT%H%M%S.%f}" if len(runs) > SIZE else None,
            run_page=lambda key: above(request) + airflow.run_page(store, key),
        )


def _moment(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.strptime(text, "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC)
    except ValueError:
        raise HTTPException(HTTPStatus.BAD_REQUEST, f"{text!r} is no moment.") from None
