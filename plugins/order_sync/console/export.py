"""Lists as files: CSV for a spreadsheet, JSON for a program; a portion at a time, however many rows there are."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Engine
from starlette.responses import Response, StreamingResponse

from order_sync.database.order_lists import Listed, Place, Wanted, list_orders
from order_sync.money import from_minor

PORTION = 1000


def all_rows(engine: Engine, store: str, wanted: Wanted) -> Iterator[Listed]:
    """All orders of a list, in its order."""
    after: Place | None = None
    while True:
        page = list_orders(engine, store, wanted, PORTION, after)
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


def attached(name: str, kind: str | None, names: Sequence[str], rows: Iterator[Sequence[str]]) -> Response:
    """A list as a file to keep: JSON where that is asked for, else CSV."""
    kind = "json" if kind == "json" else "csv"
    text = as_json(names, rows) if kind == "json" else as_csv(names, rows)
    media = "application/json" if kind == "json" else "text/csv; charset=utf-8"
    kept = {"Content-Disposition": f'attachment; filename="{name}.{kind}"'}
    return StreamingResponse(text, media_type=media, headers=kept)


def as_csv(names: Sequence[str], rows: Iterator[Sequence[str]]) -> Iterator[str]:
    """A head, and a line a row."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(names)
    for number, row in enumerate(rows):
        writer.writerow(map(_harmless, row))
        if number % PORTION == 0:
            yield _emptied(text)
    yield _emptied(text)


_NUMBER = re.compile(r"-?\d+(\.\d+)?")


def _harmless(cell: str) -> str:
    """A cell that a spreadsheet does not take for a formula: names and reasons come from strangers."""
    if cell.startswith(("=", "+", "-", "@", "\t", "\r")) and not _NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell


def _emptied(text: io.StringIO) -> str:
    held = text.getvalue()
    text.seek(0)
    text.truncate()
    return held


def as_json(names: Sequence[str], rows: Iterator[Sequence[str]]) -> Iterator[str]:
    """A list with an object a row."""
    yield "["
    for number, row in enumerate(rows):
        yield ("," if number else "") + "\n" + msgspec.json.encode(dict(zip(names, row, strict=True))).decode()
    yield "\n]\n"
