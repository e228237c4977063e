"""One plan: what would be sent for each order, with its exact JSON, and what would become different; and what became of it once
somebody had it recorded."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette_admin.routing import route

from order_sync.console.page import Page, back_with, database, form_of
from order_sync.console.runs import MOST_LEFT_OUT, path_of
from order_sync.console.starting import start_plan
from order_sync.database.orders import orders_by_id
from order_sync.database.plans import PlanHead, documents_of_plan, left_out, page_of_plan, plan_head, runs_of_plan
from order_sync.sync.review.plans import why_not_recorded

SIZE = 50

ACTIONS = {
    "": "All",
    "create": "Would be recorded",
    "update": "Would be changed",
    "differs": "Would be otherwise",
    "none": "Nothing to send",
}
"""What would be done, in words; `differs` only where other settings were tried."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something of a plan: its row, its JSON to be read, the values that would become others."""

    row: Any
    json: str
    differences: tuple[tuple[str, str, str], ...]


class PlanPage(Page):
    path = "/{store}/runs/plans/{run_id:path}"
    route_name = "plan"
    tab = "runs"
    add_to_menu = False

    @route("")
    async def index(self, request: Request) -> Response:
        """The plan."""
        return await run_in_threadpool(self._plan, request)

    @route("/record", methods=["POST"], name="record_plan")
    async def record(self, request: Request) -> Response:
        """Has it recorded, as it was seen."""
        form = await form_of(request)
        return await run_in_threadpool(self._record, request, str(form.get("made", "")))

    def _record(self, request: Request, seen: str) -> Response:
        store, run_id = request.path_params["store"], request.path_params["run_id"]
        head, here = _head(store, run_id), path_of("plans", f"{store}/{run_id}")
        if reason := why_not_recorded(head):
            return back_with(request, here, f"This plan is not recorded. {reason}", "error")
        if seen != made(head):
            words = "The plan was made again since you opened it: look at it as it is now."
            return back_with(request, here, words, "error")
        return back_with(request, here, *start_plan(request.state.visitor, store, run_id))

    def _plan(self, request: Request) -> Response:
        store, run_id = request.path_params["store"], request.path_params["run_id"]
        head = _head(store, run_id)
        action = request.query_params.get("action", "")
        if action not in ACTIONS:
            raise HTTPException(HTTPStatus.BAD_REQUEST, f"A plan does nothing that is called {action!r}.")
        after = _number(request.query_params.get("after"))
        rows, following = page_of_plan(database(), store, head.run_key, SIZE, action=action, after=after)
        known = orders_by_id(database(), store, sorted({row.order_id for row in rows}))
        numbers = {one: sum(sort.number for sort in head.sorts if one in ("", sort.action)) for one in ACTIONS}
        return self.show(
            request,
            "plan.html",
            head=head,
            run_id=run_id,
            actions={one: name for one, name in ACTIONS.items() if numbers[one] or one in ("", action)},
            action=action,
            numbers=numbers,
            steps=[Step(row, _pretty(row.body), _differences(row.difference)) for row in rows],
            known={row.order_id: row for row in known},
            here=path_of("plans", head.run_key),
            path_of=path_of,
            why_not=why_not_recorded(head),
            made=made(head),
            documents=documents_of_plan(database(), store, head.run_key),
            runs=(runs := runs_of_plan(database(), store, head.run_key)),
            left_out=left_out(database(), runs[0].run_key, MOST_LEFT_OUT) if runs else {},
            most_left_out=MOST_LEFT_OUT,
            first=not after,
            following=following,
        )


def made(head: PlanHead) -> str:
    """When a plan was made, as its page sends it back: so it is recorded as it was seen."""
    return head.made_at.isoformat() if head.made_at else ""


def _head(store: str, run_id: str) -> PlanHead:
    head = plan_head(database(), store, f"{store}/{run_id}")
    if head is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, f"Store {store} has no plan {run_id}.")
    return head


def _differences(difference: list[Any] | None) -> tuple[tuple[str, str, str], ...]:
    return tuple(
        (path, "" if was is None else str(was), "" if becomes is None else str(becomes))
        for path, was, becomes in difference or ()
    )


def _pretty(body: str | None) -> str:
    return msgspec.json.format(body.encode(), indent=2).decode() if body else ""


def _number(text: str | None) -> int:
    if text and not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise HTTPException(HTTPStatus.BAD_REQUEST, f"{text!r} is no place in the plan.")
    return int(text or 0)
