"""One order: what was ordered beside what was recorded, whose it is and why, what happened, and what exactly was sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from itertools import zip_longest
from typing import Any
from urllib.parse import quote

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette_admin.routing import route

from order_sync.console import airflow
from order_sync.console.lines import ordered_lines, recorded_lines
from order_sync.console.page import Page, above, back_with, database, shop
from order_sync.console.starting import start
from order_sync.database.cache import cached_customers, entries
from order_sync.database.history import order_history
from order_sync.database.orders import orders_by_id
from order_sync.database.writes import writes_of_orders
from order_sync.sync.orders.kinds import Kind
from order_sync.sync.orders.row import OrderRow
from order_sync.sync.orders.snapshot import Snapshot, from_text
from order_sync.sync.orders.write import Write, WriteStatus, payment_id_of
from order_sync.sync.review.actions import skip_orders

QUICKBOOKS_PAGES = {
    "SalesReceipt": "salesreceipt",
    "Invoice": "invoice",
    "RefundReceipt": "refundreceipt",
    "CreditMemo": "creditmemo",
    "Payment": "recvpayment",
    "Purchase": "expense",
    "Customer": "customerdetail",
}
"""What QuickBooks' own pages call a record of each entity; those of a person have another way to name the id."""

_DOCUMENTS = (Kind.DOCUMENT, Kind.CHANGE)


@dataclass(frozen=True, slots=True)
class SentWrite:
    """Something that was sent for the order; `link` leads to it in QuickBooks."""

    write: Write
    json: str
    link: str | None


class OrderPage(Page):
    path = "/{store}/orders/{order_id}"
    route_name = "order"
    tab = "orders"
    add_to_menu = False

    @route("")
    async def index(self, request: Request) -> Response:
        """The order."""
        return await run_in_threadpool(self._order, request)

    @route("/act", methods=["POST"], name="act_on_order")
    async def act(self, request: Request) -> Response:
        """Something is done with it."""
        form = await request.form()
        return await run_in_threadpool(self._act, request, str(form.get("what", "")), str(form.get("why", "")).strip())

    def _order(self, request: Request) -> Response:
        store, order_id = request.path_params["store"], request.path_params["order_id"]
        found = orders_by_id(database(), store, [order_id])
        if not found:
            raise HTTPException(HTTPStatus.NOT_FOUND, f"Store {store} has no order {order_id}.")
        [row] = found
        here = shop(store)
        snapshot = from_text(row.snapshot) if row.snapshot else None
        writes = writes_of_orders(database(), realm_id=None, store=store, order_ids=[order_id]).get(order_id, [])
        document = recorded(row, writes)
        items = {
            entry["Id"]: entry.get("FullyQualifiedName") or entry["Name"] for entry in _items(here.realm_id, document)
        }
        return self.show(
            request,
            "order.html",
            shop=here,
            row=row,
            snapshot=snapshot,
            lines=list(zip_longest(ordered_lines(snapshot), recorded_lines(document, items))),
            payments=_payments(snapshot, writes),
            document=document,
            writes=[SentWrite(one, _pretty(one.payload), _page_of(one)) for one in reversed(writes)],
            customer=_customer(here.realm_id, row),
            history=order_history(database(), store, order_id),
            run_page=lambda key: above(request) + airflow.run_page(store, key),
            quickbooks=_page(row.document_entity, row.document_id),
            infusionsoft=None,
        )

    def _act(self, request: Request, what: str, why: str) -> Response:
        store, order_id, visitor = request.path_params["store"], request.path_params["order_id"], request.state.visitor
        back = f"/{store}/orders/{order_id}"
        match what:
            case "record":
                return back_with(request, back, *start(visitor, store, [order_id]))
            case "skip" if why:
                done = skip_orders(database(), store, [order_id], why, visitor.user.get_name())
                return back_with(request, back, done.words, "warning" if done.refused else "success")
            case "skip":
                return back_with(request, back, "Say why: the reason stands in the order's history.", "warning")
        raise HTTPException(HTTPStatus.BAD_REQUEST, f"An order cannot be acted on by {what!r}.")


def recorded(row: OrderRow, writes: Sequence[Write]) -> Write | None:
    """The newest write that made or changed the order's document as it is in QuickBooks; None where it has none."""
    posted = [one for one in writes if one.kind in _DOCUMENTS and one.status is WriteStatus.POSTED]
    return next((one for one in reversed(posted) if row.document_id in (None, one.quickbooks_id)), None)


def _items(realm_id: str, document: Write | None) -> list[dict[str, Any]]:
    return entries(database(), realm_id, "Item") if document and realm_id else []


def _payments(snapshot: Snapshot | None, writes: Sequence[Write]) -> list[tuple[Any, Write | None]]:
    """The order's payments, each with the write that records it where it has one of its own."""
    if snapshot is None:
        return []
    own = {
        payment_id_of(one.subject): one
        for one in writes
        if one.status is not WriteStatus.REJECTED and "/" in one.subject
    }
    return [(payment, own.get(payment.id)) for payment in snapshot.payments]


def _customer(realm_id: str, row: OrderRow) -> dict[str, Any] | None:
    if not row.customer_id or not realm_id:
        return None
    return cached_customers(database(), realm_id, [row.customer_id]).get(row.customer_id)


def _pretty(payload: str) -> str:
    return msgspec.json.format(payload.encode(), indent=2).decode()


def _page_of(write: Write) -> str | None:
    return _page(write.entity, write.quickbooks_id)


def _page(entity: str | None, id: str | None) -> str | None:
    if not entity or not id or entity not in QUICKBOOKS_PAGES:
        return None
    named = "nameId" if entity == "Customer" else "txnId"
    return f"https://qbo.intuit.com/app/{QUICKBOOKS_PAGES[entity]}?{named}={quote(id)}"
