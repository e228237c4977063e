"""The sandbox company as a person looks at it: its newest documents at `/`, its customers at `/customers`."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse
from jinja2 import ChainableUndefined, Environment, FileSystemLoader

from include.sandbox import services
from include.sandbox.quickbooks import company
from include.sandbox.state import State

DOCUMENTS = ("SalesReceipt", "Invoice", "Payment", "CreditMemo", "RefundReceipt")
PAGE_SIZE = 50
LAST_PAGE = 1_000_000


def router(state: State) -> APIRouter:
    """Both views; `page` counts from 1, `q` is looked for in names, companies and e-mail addresses."""
    routes = APIRouter(default_response_class=HTMLResponse)
    template = _environment().get_template("page.html")

    def render(view: str, rows: list[dict[str, Any]], page: int, q: str = "") -> str:
        counts = services.summary(state)
        return template.render(
            view=view,
            rows=rows[:PAGE_SIZE],
            more=len(rows) > PAGE_SIZE,
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
        return render("documents", _documents(state.connection(), page), page)

    @routes.get("/customers")
    def customers(q: str = "", page: int = Query(1, ge=1, le=LAST_PAGE)) -> str:
        return render("customers", _customers(state.connection(), q.strip(), page), page, q.strip())

    return routes


def _documents(connection: sqlite3.Connection, page: int) -> list[dict[str, Any]]:
    """One page, newest first, and one row more where there is a next page."""
    rows = connection.execute(
        f"SELECT entity, body FROM qbo_records WHERE entity IN ({', '.join('?' * len(DOCUMENTS))}) AND NOT deleted"
        " ORDER BY id DESC, entity LIMIT ? OFFSET ?",
        (*DOCUMENTS, PAGE_SIZE + 1, (page - 1) * PAGE_SIZE),
    )
    return [_shown(row["entity"], _body(row)) for row in rows]


def _shown(entity: str, document: dict[str, Any]) -> dict[str, Any]:
    """A document with its kind, its number and what of it is still open: to be paid, to be used, or to be applied."""
    number = document.get("DocNumber") or document.get("PaymentRefNum")
    left = document.get("UnappliedAmt") if entity == "Payment" else document.get("Balance")
    return {**document, "kind": _words(entity), "number": number, "left": left}


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


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=ChainableUndefined,
        finalize=lambda value: "" if value is None else value,
    )
    environment.filters.update(address=_address, money=_money, number=_number, words=_words)
    return environment


def _address(address: Mapping[str, Any]) -> str:
    parts: Iterable[str] = ("Line1", "Line2", "Line3", "Line4", "Line5", "City", "CountrySubDivisionCode", "PostalCode")
    return ", ".join(address[part] for part in parts if address.get(part)) if address else ""


def _money(amount: object) -> str:
    return f"{amount:,.2f}" if isinstance(amount, Decimal | int) else ""


def _number(value: object) -> str:
    """A quantity or a price without the zeros at its end: `2`, `0.5`, `3.3333333`."""
    return f"{Decimal(value).normalize():f}" if isinstance(value, Decimal | int) else ""


def _words(name: str) -> str:
    """`SalesReceipt` as `Sales receipt`; `DiscountLineDetail` as `Discount`."""
    name = name.removesuffix("LineDetail").replace("SubTotal", "Subtotal")
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).capitalize()
