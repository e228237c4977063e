"""The shape of QuickBooks' reports: a header, columns, and rows of cells, all as text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from include.sandbox.quickbooks.books import Body, Books

Cell = Body


@dataclass(frozen=True)
class Column:
    """`key` is how a request names it (`tx_date`); None where it cannot be chosen."""

    title: str
    kind: str
    key: str | None = None


@dataclass(frozen=True)
class Period:
    """First and last day of a report."""

    start: str
    end: str


def report(books: Books, name: str, period: Period, columns: Sequence[Column], rows: list[Body]) -> Body:
    """A whole report; one without rows says that it has no data."""
    return {
        "Header": {
            "Time": books.now().isoformat(timespec="seconds"),
            "ReportName": name,
            "ReportBasis": "Accrual",
            "StartPeriod": period.start,
            "EndPeriod": period.end,
            "Currency": books.currency,
            "Option": [{"Name": "NoReportData", "Value": "false" if rows else "true"}],
        },
        "Columns": {"Column": [_column(column) for column in columns]},
        "Rows": {"Row": rows} if rows else {},
    }


def _column(column: Column) -> Body:
    named = {"MetaData": [{"Name": "ColKey", "Value": column.key}]} if column.key else {}
    return {"ColTitle": column.title, "ColType": column.kind, **named}


def cell(value: str, id: str | None = None) -> Cell:
    return {"value": value} if id is None else {"value": value, "id": id}


def money(amount: Decimal | None) -> Cell:
    """An amount with two places and no commas; None is an empty cell."""
    return cell("" if amount is None else f"{amount:.2f}")


def row(cells: Sequence[Cell]) -> Body:
    """A row of a report without sections."""
    return {"ColData": list(cells)}


def data_row(cells: Sequence[Cell]) -> Body:
    """A row inside a section."""
    return {**row(cells), "type": "Data"}


def summary_row(cells: Sequence[Cell], group: str) -> Body:
    return {"Summary": {"ColData": list(cells)}, "type": "Section", "group": group}


def section(header: Sequence[Cell], rows: list[Body], summary: Sequence[Cell]) -> Body:
    """Rows under a heading, with their sum."""
    return {
        "Header": {"ColData": list(header)},
        "Rows": {"Row": rows},
        "Summary": {"ColData": list(summary)},
        "type": "Section",
    }
