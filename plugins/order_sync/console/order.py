"""One order: what was ordered beside what was recorded, whose it is and why, what happened, and what exactly was sent."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from http import HTTPStatus
from typing import Any

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette_admin.routing import route

from order_sync.console import airflow
from order_sync.console.acting import act
from order_sync.console.connections import account_at_infusionsoft
from order_sync.console.lines import side_by_side
from order_sync.console.page import Page, Shop, above, back_with, database, fields_of, shop
from order_sync.console.payments import moved
from order_sync.console.review import DECIDED_IN_REVIEW, known_of
from order_sync.console.services import in_infusionsoft, in_quickbooks
from order_sync.database.cache import cached_customers, entries, entries_by_id
from order_sync.database.choices import chosen_orders
from order_sync.database.history import PastEvent, order_history
from order_sync.database.orders import orders_by_id
from order_sync.database.writes import orders_of_writes, writes_of_orders
from order_sync.errors import ConfigurationError
from order_sync.money import rounded
from order_sync.sync.orders.kinds import Kind
from order_sync.sync.orders.row import OrderRow
from order_sync.sync.orders.snapshot import from_text
from order_sync.sync.orders.status import UNFINISHED, Move, Status
from order_sync.sync.orders.write import Write, WriteStatus
from order_sync.sync.review.actions import can_be_posted_anyway
from order_sync.sync.review.entries import Booked, booked, chart_of, items_of

_DOCUMENTS = (Kind.DOCUMENT, Kind.CHANGE)
_BESIDE = (Kind.PAYMENT, Kind.WRITE_OFF, Kind.APPLICATION, Kind.REFUND, Kind.REVERSAL)


@dataclass(frozen=True, slots=True)
class SentWrite:
    """Something that was sent for the order; `link` leads to it in QuickBooks, `log` to the task's log in Airflow."""

    write: Write
    json: str
    link: str
    log: str | None


@dataclass(frozen=True, slots=True)
class Books:
    """What the order's records did to the books, in the company's home currency."""

    records: list[Booked]
    currency: str
    assumed: dict[str, str]
    debit: Decimal
    credit: Decimal


@dataclass(frozen=True, slots=True)
class DayOf:
    """A document of a whole day: of how many orders it is, and what of it is this order's, as it was sent."""

    orders: int
    part: Decimal | None
    """None where nobody noted it."""


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
        form = await fields_of(request)
        what, why, recorded = (form.get(name, "") for name in ("what", "why", "recorded"))
        return await run_in_threadpool(self._act, request, what, why, recorded)

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
        items = _items(writes)
        names = {item["Id"]: item.get("FullyQualifiedName") or item["Name"] for item in items}
        day = _day_of(document, writes)
        history = order_history(database(), store, order_id)
        return self.show(
            request,
            "order.html",
            shop=here,
            row=row,
            anyway=chosen_orders(database(), store, [order_id]).get(order_id),
            unfinished=UNFINISHED,
            beside=_beside(writes),
            may_skip=row.status in Move.SKIP.leaves,
            may_post_anyway=_may_post_anyway(here, row),
            snapshot=snapshot,
            lines=side_by_side(snapshot, document, names, of_order=order_id if day else ""),
            payments=moved(
                snapshot,
                writes,
                document,
                here.zone,
                is_ended=row.status not in UNFINISHED,
                is_changed=row.content_hash != row.posted_hash,
            ),
            document=document,
            document_day=json.loads(document.payload).get("TxnDate") if document else None,
            day=day,
            books=_books(writes, items),
            writes=[_sent(request, here, one) for one in reversed(writes)],
            page_of=partial(_page_of, here.environment),
            customer=_customer(here.realm_id, row),
            **_decided(store, here, row),
            why=row if row.message else _warning(row, history),
            history=history,
            run_page=lambda key: above(request) + airflow.run_page(store, key),
            quickbooks=in_quickbooks(here.environment, row.document_entity, row.document_id),
            infusionsoft=partial(in_infusionsoft, account_at_infusionsoft(here)),
        )

    def _act(self, request: Request, what: str, why: str, recorded: str) -> Response:
        store, order_id = request.path_params["store"], request.path_params["order_id"]
        return back_with(
            request, f"/{store}/orders/{order_id}", *act(request, what, [order_id], why, {order_id: recorded})
        )


def _decided(store: str, here: Shop, row: OrderRow) -> dict[str, Any]:
    """What people decided about an order in Review, where it only waits for the next run to follow that; and who was chosen."""
    if row.code not in DECIDED_IN_REVIEW or not (known := known_of(store, here, row))["decided"]:
        return {}
    if known["about_a_customer"]:
        choice, chosen = known["chosen"]
        return {"chosen": chosen, "decided": [f"{choice.who} chose {chosen} for contact {row.contact_id}"]}
    items = [f"{one.who} chose {name} for {product.label}" for product, one, name in known.get("chosen_items", ())]
    return {"decided": [*items, *(f"{one.who} said of {one.type}: {one.kind}" for one in known.get("said", ()))]}


def _warning(row: OrderRow, history: Sequence[PastEvent]) -> PastEvent | None:
    """The newest warning that an order is posted with."""
    if row.status is not Status.POSTED_WITH_WARNINGS:
        return None
    return next((one for one in history if one.stands), None)


def _may_post_anyway(here: Shop, row: OrderRow) -> bool:
    try:
        return here.settings is not None and can_be_posted_anyway(database(), here.settings, row)
    except ConfigurationError:  # the version in force cannot be read: nothing is decided by it
        return False


def recorded(row: OrderRow, writes: Sequence[Write]) -> Write | None:
    """The newest write that made or changed the order's document as it is in QuickBooks; None where it has none."""
    posted = [one for one in writes if one.kind in _DOCUMENTS and one.status is WriteStatus.POSTED]
    return next((one for one in reversed(posted) if row.document_id in (None, one.quickbooks_id)), None)


def _beside(writes: Sequence[Write]) -> list[Write]:
    """What stands in QuickBooks for an order beside its document, the newest first: so it is taken out again."""
    return [one for one in reversed(writes) if one.kind in _BESIDE and one.status is WriteStatus.POSTED]


def _sent(request: Request, here: Shop, write: Write) -> SentWrite:
    log = above(request) + airflow.log_page(here.name, write.run_key, write.kind) if write.run_key else None
    return SentWrite(write, _pretty(write.payload), _page_of(here.environment, write), log)


def _page_of(environment: str, write: Write) -> str:
    return in_quickbooks(environment, write.entity, write.quickbooks_id)


def _items(writes: Sequence[Write]) -> list[dict[str, Any]]:
    return entries_by_id(database(), writes[-1].realm_id, "Item", sorted(items_of(writes))) if writes else []


def _books(writes: Sequence[Write], items: Sequence[dict[str, Any]]) -> Books | None:
    """What the order's records did to the books of the company that it was recorded in last; None where nothing was
    sent, or where nothing is known of the company."""
    if not writes:
        return None
    realm_id = writes[-1].realm_id
    lists = {name: entries(database(), realm_id, name) for name in ("Account", "TaxCode", "TaxRate", "Preferences")}
    if not (preferences := next(iter(lists["Preferences"]), None)):
        return None
    chart = chart_of(lists["Account"], items, lists["TaxCode"], lists["TaxRate"], preferences)
    records = booked([one for one in writes if one.realm_id == realm_id], chart)
    assumed = {name: why for one in records for name, why in one.assumed.items()}
    sums = [
        sum((getattr(entry, side) for one in records for entry in one.entries), Decimal(0))
        for side in ("debit", "credit")
    ]
    return Books(records, chart.home, assumed, *sums)


def _day_of(document: Write | None, writes: Sequence[Write]) -> DayOf | None:
    """The day that a consolidated document is of; None where the document is the order's alone."""
    made = [
        one for one in writes if document and one.quickbooks_id == document.quickbooks_id and one.kind is Kind.DOCUMENT
    ]
    if document is None or not made:
        return None
    together = orders_of_writes(database(), [made[0].id])[made[0].id]
    if len(together) == 1 and made[0].subject == together[0]:
        return None
    # A receipt comes to the money that it shows; what the order comes to by now says nothing of it.
    shows = made[0].shows
    part = None if shows is None else rounded(sum(shows.values(), Decimal(0)), document.currency or "")
    return DayOf(len(together), part)


def _customer(realm_id: str, row: OrderRow) -> dict[str, Any] | None:
    if not row.customer_id or not realm_id:
        return None
    return cached_customers(database(), realm_id, [row.customer_id]).get(row.customer_id)


def _pretty(payload: str) -> str:
    return msgspec.json.format(payload.encode(), indent=2).decode()
