"""Pages of a list: page size, order, and the opaque token that says where the next page begins."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import sqlite3
from typing import Any

from starlette.datastructures import QueryParams

from include.sandbox.infusionsoft import refusals
from include.sandbox.infusionsoft.filters import conditions
from include.sandbox.infusionsoft.resources import Resource

# The service allows 0 to 1000; what it takes for 0 or nothing is not documented.
DEFAULT_PAGE_SIZE = 100
LARGEST_PAGE_SIZE = 1000


def page(
    connection: sqlite3.Connection, resource: Resource, query: QueryParams, *scope: tuple[str, str | int | float]
) -> tuple[list[dict[str, Any]], str]:
    """The records of one page and the token of the next ("" at the end); `scope` are conditions beside the filter's.

    A page begins after the last record of the one before (its value in the order, then its id), so a record that changes
    meanwhile may move to a later page or be missed, as with any list that lives. Unknown parameters are ignored; a bad filter,
    order, size or token is refused with a 400, and so is a token that comes with another filter or order than it was made for.
    """
    size = _size(query.get("page_size", ""))
    column, direction = _order(query.get("order_by", ""), resource)
    wanted = [*scope, *conditions(query.get("filter", ""), resource.filters)]
    question = _fingerprint(resource.table, *(value for _, value in scope), query.get("filter"), query.get("order_by"))
    values: list[Any] = [value for _, value in wanted]
    where = [condition for condition, _ in wanted]
    if token := query.get("page_token"):
        where.append(f"({column}, id) {'>' if direction == 'ASC' else '<'} (?, ?)")
        values += _position(token, question)
    rows = connection.execute(
        f"SELECT id, {column} AS position, body FROM {resource.table} WHERE {' AND '.join(where) or '1'} "
        f"ORDER BY {column} {direction}, id {direction} LIMIT ?",
        (*values, size + 1),
    ).fetchall()
    more = len(rows) > size
    rows = rows[:size]
    following = _token(question, rows[-1]["position"], rows[-1]["id"]) if more else ""
    return [json.loads(row["body"]) for row in rows], following


def _size(text: str) -> int:
    if not text:
        return DEFAULT_PAGE_SIZE
    if not re.fullmatch(r"\d{1,9}", text, re.ASCII) or int(text) > LARGEST_PAGE_SIZE:
        raise refusals.bad_request(f"page_size must be a number from 0 to {LARGEST_PAGE_SIZE}", "page_size")
    return int(text) or DEFAULT_PAGE_SIZE


def _order(text: str, resource: Resource) -> tuple[str, str]:
    if not text:
        return "id", "ASC"
    name, _, direction = text.strip().partition(" ")
    if name not in resource.orders or direction.lower() not in ("asc", "desc"):
        allowed = ", ".join(resource.orders)
        raise refusals.bad_request(f"order_by '{text}' is not one of {allowed}, followed by asc or desc", "order_by")
    return resource.orders[name], direction.upper()


def _fingerprint(*question: object) -> str:
    return hashlib.sha256(json.dumps(question).encode()).hexdigest()[:16]


def _token(question: str, position: object, id: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([question, position, id]).encode()).decode()


def _position(token: str, question: str) -> list[Any]:
    try:
        asked, position, id = json.loads(base64.urlsafe_b64decode(token))
    except (ValueError, TypeError):
        raise refusals.bad_request("page_token is not one of ours", "page_token") from None
    if asked != question:
        raise refusals.bad_request("page_token belongs to another filter or order", "page_token")
    return [position, id]
