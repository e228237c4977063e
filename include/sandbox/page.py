"""The sandbox company as a person looks at it: its newest documents with their entries and orders at `/`, what stands in
its accounts at `/balances`, its customers at `/customers`, where two can be merged."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import ChainableUndefined, Environment, FileSystemLoader, Template

from include.sandbox import services
from include.sandbox.quickbooks import company
from include.sandbox.quickbooks.bookkeeping import entries_of, read_chart
from include.sandbox.quickbooks.books import Books
from include.sandbox.quickbooks.ledger import Chart
from include.sandbox.quickbooks.merges import merge_customers
from include.sandbox.quickbooks.refusals import Refusal
from include.sandbox.quickbooks.reports.trial_balance import read_balances
from include.sandbox.state import State

DOCUMENTS = ("SalesReceipt", "Invoice", "Payment", "CreditMemo", "RefundReceipt", "Purchase")
PAGE_SIZE = 50
LAST_PAGE = 1_000_000
DECIMAL_PLACES = dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0)  # noqa: SIM905
DECIMAL_PLACES |= dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3)  # noqa: SIM905
LEFT = {"Payment": "Unapplied", "CreditMemo": "Not used yet"}
ORDER = re.compile(r"\border (\d{1,18})\b", re.IGNORECASE)


def router(state: State) -> APIRouter:
    """All views; `page` counts from 1, `q` is looked for in names, companies and e-mail addresses."""
    routes = APIRouter(default_response_class=HTMLResponse)
    template = _page()

    def render(view: str, rows: list[dict[str, Any]], page: int, q: str = "", **more: Any) -> str:
        counts = services.summary(state)
        paged = view != "balances"
        return template.render(
            **more,
            view=view,
            rows=rows[:PAGE_SIZE] if paged else rows,
            more=paged and len(rows) > PAGE_SIZE,
            page=page,
            q=q,
            company=next(services.quickbooks_records(state, "CompanyInfo"), {}).get("CompanyName", "No company yet"),
            realm_id=company.REALM_ID,
            counts={
                "documents": sum(counts["quickbooks"].get(entity, 0) for entity in DOCUMENTS),
                "customers": counts["quickbooks"].get("Customer", 0),
                "orders": counts["infusionsoft"]["order"],
            },
        )

    @routes.get("/")
    def documents(page: int = Query(1, ge=1, le=LAST_PAGE)) -> str:
        return render("documents", _documents(_books(state), page), page)

    @routes.get("/balances")
    def balances(end: date | None = None) -> str:
        books = _books(state)
        day = end.isoformat() if end else books.today().isoformat()
        found = read_balances(books, day)
        debit = sum((one.amount for one in found if one.amount > 0), Decimal(0))
        rows = [{"account": one.account, "amount": one.amount} for one in found]
        return render("balances", rows, 1, day=day, debit=debit, currency=books.currency)

    @routes.get("/customers")
    def customers(q: str = "", page: int = Query(1, ge=1, le=LAST_PAGE)) -> str:
        return render("customers", _customers(state.connection(), q.strip(), page), page, q.strip())

    @routes.post("/customers/merge")
    async def merge(request: Request) -> Response:
        """Merges two customers, whose ids the form on the page of customers names, and shows them."""
        ids = dict(parse_qsl((await request.body()).decode()))
        try:
            with state.transaction() as connection:
                books = company.books_of(connection, company.REALM_ID)
                merge_customers(books, ids.get("duplicate", "").strip(), ids.get("survivor", "").strip())
        except Refusal as refusal:
            [error] = refusal.body["Fault"]["Error"]
            rows = _customers(state.connection(), "", 1)
            return HTMLResponse(render("customers", rows, 1, refused=error["Detail"] or error["Message"]), 400)
        return RedirectResponse("/customers", 303)

    return routes


def _books(state: State) -> Books:
    return company.books_of(state.connection(), company.REALM_ID)


def _documents(books: Books, page: int) -> list[dict[str, Any]]:
    """One page, newest first, and one row more where there is a next page."""
    rows = books.connection.execute(
        f"SELECT entity, body FROM qbo_records WHERE entity IN ({', '.join('?' * len(DOCUMENTS))}) AND NOT deleted"
        " ORDER BY id DESC, entity LIMIT ? OFFSET ?",
        (*DOCUMENTS, PAGE_SIZE + 1, (page - 1) * PAGE_SIZE),
    ).fetchall()
    chart = read_chart(books)
    return [_shown(books, chart, row["entity"], _body(row)) for row in rows]


def _shown(books: Books, chart: Chart, entity: str, document: dict[str, Any]) -> dict[str, Any]:
    """A document with its kind, its number, its entries, its order, and what of it is still open: to be paid, used, applied."""
    number = document.get("DocNumber") or document.get("PaymentRefNum")
    left = document.get("UnappliedAmt") if entity == "Payment" else document.get("Balance")
    shown = {
        "kind": _words(entity),
        "number": number,
        "left": left,
        "left_word": LEFT.get(entity, "Balance"),
        "home": books.currency,
        "rate": document.get("ExchangeRate"),
        "shown_lines": list(_lines(document.get("Line") or [])),
    }
    entries = entries_of(books, chart, entity, document)
    return {**document, **shown, "entries": entries, "order": _order_of(books.connection, document)}


def _lines(lines: Iterable[dict[str, Any]], *, inside: bool = False) -> Iterator[dict[str, Any]]:
    """The lines, each bundle followed by those inside it."""
    for line in lines:
        yield {**line, "inside": inside}
        yield from _lines(line.get("GroupLineDetail", {}).get("Line", []), inside=True)


def _order_of(connection: sqlite3.Connection, document: dict[str, Any]) -> dict[str, Any] | None:
    """The order in Infusionsoft that the memo of a document names."""
    named = ORDER.search(str(document.get("PrivateNote", "")))
    row = connection.execute(
        "SELECT body FROM infusionsoft_order WHERE id = ?", (int(named[1]) if named else None,)
    ).fetchone()
    return _body(row) if row else None


def _customers(connection: sqlite3.Connection, q: str, page: int) -> list[dict[str, Any]]:
    """One page, by name, and one row more where there is a next page."""
    # The state keeps what is searched case-folded.
    rows = connection.execute(
        "SELECT body FROM qbo_records WHERE entity = 'Customer' AND NOT deleted AND instr("
        "COALESCE(name_key, '') || ' ' || COALESCE(json_extract(keys, '$.PrimaryEmailAddr'), '')"
        " || ' ' || COALESCE(json_extract(keys, '$.CompanyName'), ''), ?) ORDER BY name_key, id LIMIT ? OFFSET ?",
        (q.casefold(), PAGE_SIZE + 1, (page - 1) * PAGE_SIZE),
    )
    return [_body(row) for row in rows]


def _body(row: sqlite3.Row) -> dict[str, Any]:
    return json.loads(row["body"], parse_float=Decimal)


@cache
def _page() -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=ChainableUndefined,
        finalize=lambda value: "" if value is None else value,
    )
    environment.filters.update(address=_address, major=_major, money=_money, number=_number, price=_price, words=_words)
    return environment.get_template("page.html")


def _address(address: Mapping[str, Any]) -> str:
    parts: Iterable[str] = ("Line1", "Line2", "Line3", "Line4", "Line5", "City", "CountrySubDivisionCode", "PostalCode")
    return ", ".join(address[part] for part in parts if address.get(part)) if address else ""


def _money(amount: object) -> str:
    return f"{amount:,.2f}" if isinstance(amount, Decimal | int) else ""


def _major(amount: object, currency: str) -> str:
    """An amount of Infusionsoft, which counts the smallest units of its currency."""
    places = DECIMAL_PLACES.get(currency, 2)
    return f"{Decimal(amount).scaleb(-places):,.{places}f}" if isinstance(amount, Decimal | int) else ""


def _price(line: Mapping[str, Any], currency: str) -> str:
    """The price of an order's line; below zero where it takes something off, which may stand in its discount or special alone."""
    price, discount, special = (
        (line.get(name) or {}).get("amount") for name in ("price_per_unit", "discount", "special")
    )
    if not str(line.get("item_type", "")).startswith("DISCOUNT"):
        return _major(price, currency)
    if off := price or discount:
        return _major(-abs(off), currency)
    return f"{_number(special)} {line['special'].get('discount_method', '').lower()}" if special else ""


def _number(value: object) -> str:
    """A quantity or a price without the zeros at its end: `2`, `0.5`, `3.3333333`."""
    return f"{Decimal(value).normalize():f}" if isinstance(value, Decimal | int) else ""


def _words(name: str) -> str:
    """`SalesReceipt` as `Sales receipt`; `DiscountLineDetail` as `Discount`."""
    name = "Expense" if name == "Purchase" else name.removesuffix("LineDetail").replace("SubTotal", "Subtotal")
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).capitalize()
