"""Orders that wait for a person, by reason, one at a time: whose order is it, what is missing, what can be done."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette_admin.routing import route

from order_sync.console.page import Page, back_with, database, shop
from order_sync.console.starting import start
from order_sync.database.cache import cached_customers, customers_named
from order_sync.database.order_lists import Tab, Wanted, list_orders
from order_sync.database.orders import orders_by_id, parties_by_id
from order_sync.database.overview import reasons
from order_sync.errors import RecordRefused
from order_sync.sync.orders.codes import Code
from order_sync.sync.orders.row import OrderRow
from order_sync.sync.review.actions import choose_customer, let_criteria_decide, skip_orders
from order_sync.sync.review.candidates import candidates, named_in

ABOUT_A_CUSTOMER = (Code.AMBIGUOUS, Code.CONTRADICTED, Code.INACTIVE, Code.NOT_FOUND, Code.NO_DETAILS)
"""The reasons that end where a person says whose the order is."""

_MOST = 200
"""So many orders of a reason can be stepped through; the list has them all."""


class ReviewPage(Page):
    path = "/{store}/review"
    route_name = "review"
    tab = "review"

    @route("")
    async def index(self, request: Request) -> Response:
        """The oldest order of a reason, or the one that is asked for."""
        return await run_in_threadpool(self._review, request)

    @route("/act", methods=["POST"], name="act_on_review")
    async def act(self, request: Request) -> Response:
        """Something is decided about an order."""
        form = {name: str(value).strip() for name, value in (await request.form()).items()}
        return await run_in_threadpool(self._act, request, form)

    def _review(self, request: Request) -> Response:
        store, asked = request.path_params["store"], request.query_params
        held, here = reasons(database(), store), shop(store)
        row = next(iter(orders_by_id(database(), store, [asked["order"]])), None) if asked.get("order") else None
        code = (row.code if row else asked.get("code")) or (held[0].code if held else "")
        queue = [one.order_id for one in list_orders(database(), store, _of_reason(code), _MOST).rows] if code else []
        if row is None and queue:
            [row] = orders_by_id(database(), store, queue[:1])
        at = queue.index(row.order_id) if row and row.order_id in queue else None
        return self.show(
            request,
            "review.html",
            shop=here,
            reasons=held,
            code=code,
            row=row,
            queue=queue,
            at=at,
            **(self._decided(store, here.realm_id, row) if row else {}),
        )

    def _decided(self, store: str, realm_id: str, row: OrderRow) -> dict[str, Any]:
        party = parties_by_id(database(), store, [row.order_id]).get(row.order_id)
        named = named_in(row.decision)
        bodies = cached_customers(database(), realm_id, list(named)) if realm_id else {}
        return {
            "party": party,
            "candidates": candidates(party, named, bodies) if party else [],
            "about_a_customer": row.code in ABOUT_A_CUSTOMER,
        }

    def _act(self, request: Request, form: dict[str, str]) -> Response:
        store, visitor = request.path_params["store"], request.state.visitor
        order_id, who = form.get("order", ""), visitor.user.get_name()
        back, same = f"/{store}/review", {"code": form.get("code", "")}
        try:
            match form.get("what"):
                case "choose":
                    name = _chosen(store, form)
                    choose_customer(database(), store, order_id, (name[0], name[1]), who)
                    told = f"{name[1] or 'The standard customer'} was chosen. The next run records order {order_id}."
                case "criteria":
                    let_criteria_decide(database(), store, order_id, who)
                    told = f"The settings decide about order {order_id} again."
                case "record":
                    return back_with(request, back, *start(visitor, store, [order_id]), order=order_id)
                case "skip" if form.get("why"):
                    told = skip_orders(database(), store, [order_id], form["why"], who).words
                case "skip":
                    raise LookupError("Say why: the reason stands in the order's history.")
                case other:
                    raise HTTPException(HTTPStatus.BAD_REQUEST, f"Nothing can be decided by {other!r}.")
        except (LookupError, RecordRefused) as error:
            return back_with(request, back, str(error), "warning", order=order_id)
        if form.get("now"):
            told, kind = start(visitor, store, [order_id])
            return back_with(request, back, told, kind, **same)
        return back_with(request, back, told, "success", **same)


def _of_reason(code: str) -> Wanted:
    return Wanted(tab=Tab.NEEDS_A_PERSON, code=code, oldest_first=True)


def _chosen(store: str, form: dict[str, str]) -> tuple[str, str]:
    """Id and name of the customer that a form names: by its id, by the name that QuickBooks shows, or none for the standard one."""
    realm_id = shop(store).realm_id
    if form.get("standard"):
        return "", ""
    if name := form.get("name", ""):
        active = [id for id, is_active in customers_named(database(), realm_id, name) if is_active]
        if len(active) != 1:
            raise LookupError(
                f"QuickBooks has {'no' if not active else 'more than one'} active customer that is called {name!r} there."
            )
        return active[0], name
    found = cached_customers(database(), realm_id, [form.get("customer", "")])
    if not found:
        raise LookupError(
            f"Customer {form.get('customer', '')!r} is not among the customers of QuickBooks that were read."
        )
    [(id, body)] = found.items()
    return id, str(body.get("DisplayName") or id)
