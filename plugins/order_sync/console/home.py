"""Where somebody arrives: at the first store that they may see, at the one of a Dag, or back from a service."""

from __future__ import annotations

from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette_admin.routing import route

from order_sync.console import airflow
from order_sync.console.gate import OF_DAG, SIGN_IN
from order_sync.console.page import Page, link


class Home(Page):
    path = "/"
    add_to_menu = False

    @route("")
    async def index(self, request: Request) -> Response:
        """To the overview of the first store."""
        stores = request.state.visitor.stores
        if not stores:
            return await run_in_threadpool(self.show, request, "nothing.html", dag=None)
        return _to(link(request, f"/{stores[0]}/"))

    @route(f"/{OF_DAG}/{{dag_id}}", name="of_dag")
    async def of_dag(self, request: Request) -> Response:
        """To the orders of a Dag's store; other Dags have none."""
        return await self._of_dag(request, "")

    @route(f"/{OF_DAG}/{{dag_id}}/of-run/{{run_id:path}}", name="of_run")
    async def of_run(self, request: Request) -> Response:
        """To the orders that a Dag run has seen."""
        return await self._of_dag(request, request.path_params["run_id"])

    @route(f"/{SIGN_IN}/{{service}}", name="signed_in")
    async def signed_in(self, request: Request) -> Response:
        """To the page of the store that asked to be let in: it says whether the answer is to what it asked."""
        given = request.query_params
        store = given.get("state", "").partition(".")[0]
        if store not in request.state.visitor.stores:
            raise HTTPException(
                HTTPStatus.NOT_FOUND, "No store of yours has asked for this. Begin again on its page Connections."
            )
        told = {name: given[name] for name in ("code", "state", "realmId", "error") if name in given}
        return _to(link(request, f"/{store}/connections/{request.path_params['service']}/answer", **told))

    async def _of_dag(self, request: Request, run_id: str) -> Response:
        dag_id = request.path_params["dag_id"]
        for store in request.state.visitor.stores:
            if dag_id == airflow.dag_of(store):
                wanted = {"tab": "all", "run": f"{store}/{run_id}"} if run_id else {}
                return _to(link(request, f"/{store}/orders", **wanted))
        return await run_in_threadpool(self.show, request, "nothing.html", dag=dag_id)


def _to(where: str) -> Response:
    return RedirectResponse(where, HTTPStatus.SEE_OTHER)
