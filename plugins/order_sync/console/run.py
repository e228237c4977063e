"""One run: what it recorded, its money on both sides, where its orders stand, and why it failed."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette_admin.routing import route

from order_sync.console import airflow
from order_sync.console.page import Page, above, database
from order_sync.console.runs import MOST_LEFT_OUT, TABLE, only_table, path_of, progress
from order_sync.database.overview import PastRun
from order_sync.database.plans import left_out
from order_sync.database.run_orders import run_by_key, seen_orders
from order_sync.sync.orders.status import Status


class RunPage(Page):
    path = "/{store}/runs/of/{run_id:path}"
    route_name = "run"
    tab = "runs"
    add_to_menu = False

    @route("")
    async def index(self, request: Request) -> Response:
        """The run."""
        return await run_in_threadpool(self._run, request)

    def _run(self, request: Request) -> Response:
        store, run_id = request.path_params["store"], request.path_params["run_id"]
        run = run_by_key(database(), store, f"{store}/{run_id}")
        if run is None:
            raise HTTPException(HTTPStatus.NOT_FOUND, f"Store {store} has no run {run_id}.")
        if only_table(request):
            return self.show(request, TABLE, runs=[run], progress=progress(store, [run]))
        return self.show(
            request,
            "run.html",
            runs=[run],
            run=run,
            run_id=run_id,
            progress=progress(store, [run]),
            sums=money_by_kind(run.totals),
            standing=(standing := seen_orders(database(), store, run.run_key)),
            has_failed=bool(standing.keys() & {Status.FAILED, Status.UNSETTLED}),
            made=counts_beside_orders(run),
            path_of=path_of,
            left_out=left_out(database(), run.run_key, MOST_LEFT_OUT) if run.plan else {},
            most_left_out=MOST_LEFT_OUT,
            in_airflow=above(request) + airflow.run_page(store, run.run_key),
        )


def money_by_kind(totals: Mapping[str, Mapping[str, Mapping[str, str]]]) -> list[tuple[str, str, Decimal, Decimal]]:
    """By currency and kind of record, what came in in Infusionsoft and what stands in QuickBooks; what waits is not among it."""
    return [
        (currency, kind, Decimal(sums["in"]), Decimal(sums["out"]))
        for currency, kinds in sorted(totals.items())
        for kind, sums in sorted(kinds.items())
        if kind != "waiting"
    ]


def counts_beside_orders(run: PastRun) -> list[tuple[str, int]]:
    """What a run counted beside its orders by status: the records that it made."""
    return [(name, number) for name, number in sorted(run.counts.items()) if name not in set(Status)]
