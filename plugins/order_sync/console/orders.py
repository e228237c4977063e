"""The order history: a store's orders by what is to be done about them, searched, narrowed, exported, and acted on."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette_admin.routing import route

from order_sync.console.page import Page, asked_for, back_with, database, shop
from order_sync.console.starting import start
from order_sync.database.order_lists import (
    Listed,
    Place,
    Tab,
    Wanted,
    codes_of,
    count_orders,
    count_tabs,
    list_orders,
    sum_orders,
)
from order_sync.money import from_minor
from order_sync.sync.orders.status import Status
from order_sync.sync.review.actions import MOST_AT_ONCE, skip_orders

SIZE = 50
_PORTION = 1000

COLUMNS = {
    "date": "Date",
    "customer": "Customer",
    "total": "Total",
    "status": "Status",
    "reason": "Reason",
    "document": "Document",
}
TAB_NAMES = {
    Tab.NEEDS_A_PERSON: "Needs a person",
    Tab.WAITING: "Waiting",
    Tab.FAILED: "Failed",
    Tab.POSTED: "Posted",
    Tab.SKIPPED: "Skipped",
    Tab.ALL: "All",
}
_BY_KEY = {tab.key: tab for tab in Tab}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the page's address asks for, as it is written there; `wrong` says what of it could not be read."""

    wanted: Wanted
    after: Place | None
    columns: tuple[str, ...]
    narrowed: bool
    wrong: tuple[str, ...]


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
        form = await request.form()
        ticked = [str(one) for one in form.getlist("order")]
        what, why = str(form.get("what", "")), str(form.get("why", "")).strip()
        return await run_in_threadpool(self._act, request, what, why, ticked)

    def _list(self, request: Request) -> Response:
        store, here = request.path_params["store"], shop(request.path_params["store"])
        asked = read_address(asked_for(request), store, here.zone)
        counts = count_tabs(database(), store)
        page = list_orders(database(), store, asked.wanted, SIZE, asked.after)
        return self.show(
            request,
            "orders.html",
            shop=here,
            counts=counts,
            tab_names=TAB_NAMES,
            all_columns=COLUMNS,
            asked=asked,
            fields=asked_for(request),
            rows=page.rows,
            sums=sum_orders(page.rows),
            total=count_orders(database(), store, asked.wanted) if asked.narrowed else counts[asked.wanted.tab],
            following=_query(request, after=_place(page.following)) if page.following else None,
            codes=codes_of(database(), store, asked.wanted.tab),
            query=_query(request),
            without=lambda *names: _query(request, **dict.fromkeys((*names, "after"))),
        )

    def _export(self, request: Request) -> Response:
        store, here = request.path_params["store"], shop(request.path_params["store"])
        asked = read_address(asked_for(request), store, here.zone)
        if asked.wrong:
            raise HTTPException(HTTPStatus.BAD_REQUEST, " ".join(asked.wrong))
        kind = request.query_params.get("as")
        name = f"orders-{store}-{asked.wanted.tab.key}.{'json' if kind == 'json' else 'csv'}"
        rows = _all_rows(store, asked.wanted)
        text = _as_json(rows, here.zone) if kind == "json" else _as_csv(rows, here.zone)
        media = "application/json" if kind == "json" else "text/csv; charset=utf-8"
        return StreamingResponse(
            text, media_type=media, headers={"Content-Disposition": f'attachment; filename="{name}"'}
        )

    def _act(self, request: Request, what: str, why: str, ticked: list[str]) -> Response:
        store, visitor = request.path_params["store"], request.state.visitor
        back = f"/{store}/orders"
        kept = asked_for(request)
        if not ticked:
            return back_with(request, back, "Tick the orders first.", "warning", **kept)
        if len(ticked) > MOST_AT_ONCE:
            return back_with(request, back, f"At most {MOST_AT_ONCE} orders at once.", "warning", **kept)
        match what:
            case "record":
                return back_with(request, back, *start(visitor, store, ticked), **kept)
            case "skip" if why:
                done = skip_orders(database(), store, ticked, why, visitor.user.get_name())
                return back_with(request, back, done.words, "success" if not done.refused else "warning", **kept)
            case "skip":
                return back_with(request, back, "Say why: the reason stands in the order's history.", "warning", **kept)
        raise HTTPException(HTTPStatus.BAD_REQUEST, f"Orders cannot be acted on by {what!r}.")


def read_address(fields: Mapping[str, str], store: str, zone: ZoneInfo) -> Asked:
    """What a page's address asks for; days are days of the company. What cannot be read narrows nothing, and is told."""
    wrong: list[str] = []
    tab = _BY_KEY.get(fields.get("tab", Tab.NEEDS_A_PERSON.key))
    if tab is None:
        wrong.append(f"There is no list {fields['tab']!r}.")
    run = fields.get("run", "")
    if run and not run.startswith(f"{store}/"):
        wrong.append(f"The run {run!r} is not one of store {store}.")
        run = ""
    status = _read(Status, fields.get("status"), "is no status", wrong)
    since = _read(date.fromisoformat, fields.get("since"), "is no day; write it as 2026-11-16", wrong)
    until = _read(date.fromisoformat, fields.get("until"), "is no day; write it as 2026-11-16", wrong)
    least, most = (
        _read(_cents, fields.get(name), "is no amount; write it as 100.00", wrong) for name in ("from", "to")
    )
    wanted = Wanted(
        tab=tab or Tab.ALL,
        search=fields.get("q", ""),
        status=status,
        code=fields.get("code", ""),
        since=_midnight(since, zone),
        until=_midnight(until + timedelta(1) if until else None, zone),
        run_key=run,
        at_least=least,
        at_most=most,
        oldest_first=fields.get("sort") == "oldest",
    )
    after = _read(_read_place, fields.get("after"), "is no place in the list", wrong)
    chosen = tuple(name for name in COLUMNS if name in fields.get("columns", "").split(","))
    return Asked(
        wanted,
        after,
        chosen or tuple(COLUMNS),
        wanted != Wanted(tab=wanted.tab, oldest_first=wanted.oldest_first),
        tuple(wrong),
    )


def _read(make: Any, text: str | None, why_not: str, wrong: list[str]) -> Any:
    if not text:
        return None
    try:
        return make(text)
    except (ValueError, ArithmeticError):
        wrong.append(f"{text!r} {why_not}.")
        return None


def _cents(text: str) -> int:
    # Of most currencies: a list of several is narrowed by the figure that stands there.
    amount = Decimal(text.replace(",", "")).scaleb(2)
    if not amount.is_finite() or abs(amount) > 10**15:
        raise ValueError(text)
    return int(amount)


def _midnight(day: date | None, zone: ZoneInfo) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), tzinfo=zone)


def _place(place: Place) -> str:
    return f"{place.at.astimezone(UTC):%Y%m%dT%H%M%S.%f}~{place.order_id}"


def _read_place(text: str) -> Place:
    at, _, order_id = text.partition("~")
    return Place(datetime.strptime(at, "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC), order_id)


def _query(request: Request, **changed: str | None) -> str:
    """The page's own address with something changed in it, from its `?` on."""
    fields = {**asked_for(request), **changed}
    return "?" + urlencode({name: value for name, value in fields.items() if value})


def _all_rows(store: str, wanted: Wanted) -> Iterator[Listed]:
    after: Place | None = None
    while True:
        page = list_orders(database(), store, wanted, _PORTION, after)
        yield from page.rows
        if page.following is None:
            return
        after = page.following


EXPORTED = (
    "order", "date", "name", "company", "email", "total", "currency", "status", "code", "reason", "advice",
    "document", "document_number", "quickbooks_id",
)  # fmt: skip


def exported(row: Listed, zone: ZoneInfo) -> tuple[str, ...]:
    """A line of the export, as `EXPORTED` names its parts: what the list shows, with amount and currency apart."""
    return (
        row.order_id,
        "" if row.at is None else row.at.astimezone(zone).date().isoformat(),
        " ".join(part for part in (row.first, row.last) if part),
        row.company,
        row.email,
        "" if row.total_minor is None or not row.currency else str(from_minor(row.total_minor, row.currency)),
        row.currency or "",
        row.status.value,
        row.code or "",
        row.message or "",
        row.advice or "",
        row.document_entity or "",
        row.document_number or "",
        row.document_id or "",
    )


def _as_csv(rows: Iterator[Listed], zone: ZoneInfo) -> Iterator[str]:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(EXPORTED)
    for number, row in enumerate(rows):
        writer.writerow(map(_harmless, exported(row, zone)))
        if number % _PORTION == 0:
            yield _emptied(text)
    yield _emptied(text)


def _harmless(cell: str) -> str:
    """A cell that a spreadsheet does not take for a formula: names and reasons come from strangers."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def _emptied(text: io.StringIO) -> str:
    held = text.getvalue()
    text.seek(0)
    text.truncate()
    return held


def _as_json(rows: Iterator[Listed], zone: ZoneInfo) -> Iterator[str]:
    yield "["
    for number, row in enumerate(rows):
        yield (
            ("," if number else "")
            + "\n"
            + msgspec.json.encode(dict(zip(EXPORTED, exported(row, zone), strict=True))).decode()
        )
    yield "\n]\n"
