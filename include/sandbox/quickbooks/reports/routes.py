"""The addresses of the reports, and what every report is asked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from fastapi import APIRouter, Request, Response

from include.sandbox.quickbooks import refusals
from include.sandbox.quickbooks.answers import json_answer
from include.sandbox.quickbooks.books import Body, Books
from include.sandbox.quickbooks.reports.general_ledger import general_ledger
from include.sandbox.quickbooks.reports.shape import Period
from include.sandbox.quickbooks.reports.tax_summary import tax_summary
from include.sandbox.quickbooks.reports.trial_balance import trial_balance

REPORTS: dict[str, Callable[[Books, Period, Body], Body]] = {
    "TrialBalance": trial_balance,
    "GeneralLedger": general_ledger,
    "TaxSummary": tax_summary,
}


def add_reports(routes: APIRouter, company: str, books_of: Callable[[Request, str], Books]) -> None:
    """Adds the reports under a company's address; `books_of` signs the caller in."""

    @routes.get(company + "/reports/{name}")
    def report(request: Request, realm_id: str, name: str) -> Response:
        books = books_of(request, realm_id)
        make = REPORTS.get(name)
        if make is None:
            raise refusals.unsupported_operation(f"report {name}")
        asked = dict(request.query_params)
        if asked.get("accounting_method", "Accrual").lower() != "accrual":
            raise refusals.invalid("5030", "The ledger is kept by accrual", "accounting_method")
        return json_answer(make(books, period_of(books, asked), asked))


def period_of(books: Books, asked: Body) -> Period:
    """The days that a report is asked for; what is not said is the fiscal year to date."""
    end = _day(asked.get("end_date"), "end_date") or books.today().isoformat()
    start = _day(asked.get("start_date"), "start_date") or f"{end[:4]}-01-01"
    if start > end:
        raise refusals.invalid("2060", "start_date is after end_date", "start_date")
    return Period(start, end)


def _day(text: str | None, name: str) -> str | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise refusals.invalid("2060", f"{name} is not a date: write it as YYYY-MM-DD", name) from error
