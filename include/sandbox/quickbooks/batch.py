"""The batch endpoint: up to 30 items, each with its own outcome; one that is refused leaves the others alone."""

from __future__ import annotations

from collections.abc import Callable

from include.sandbox.quickbooks import refusals
from include.sandbox.quickbooks.books import Body, Books
from include.sandbox.quickbooks.entities import ENTITIES
from include.sandbox.quickbooks.query import run_query
from include.sandbox.quickbooks.records import change
from include.sandbox.quickbooks.replay import check_request_id, once

MOST_ITEMS = 30


def run_batch(books: Books, body: Body, request_id: str | None) -> Body:
    """The `BatchItemResponse` list, in the order of the items; refuses more than 30 (1040)."""
    items = body.get("BatchItemRequest")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise refusals.missing("BatchItemRequest")
    if len(items) > MOST_ITEMS:
        raise refusals.invalid("1040", f"The batch has {len(items)} items: at most {MOST_ITEMS} are supported")
    check_request_id(request_id, [str(item.get("bId", "")) for item in items])
    return {"BatchItemResponse": [run_item(books, item, request_id) for item in items], "time": books.stamp()}


def run_item(books: Books, item: Body, request_id: str | None) -> Body:
    """The response of one item, a query or a change; a change happens once for a request id and `bId`."""
    batch_id = str(item.get("bId", ""))
    if "Query" in item:
        return {**_outcome(books, lambda: {"QueryResponse": run_query(books, str(item["Query"]))}), "bId": batch_id}
    return {
        **_outcome(books, lambda: once(books, request_id, lambda: _run_change(books, item), batch_id)),
        "bId": batch_id,
    }


def _run_change(books: Books, item: Body) -> Body:
    names = [name for name in item if name in ENTITIES]
    if len(names) != 1 or not isinstance(item[names[0]], dict):
        raise refusals.invalid("2000", "A batch item names one object, or has a Query")
    operation = str(item.get("operation", "")).lower()
    if operation not in ("create", "update", "delete"):
        raise refusals.unsupported_operation(operation or "null")
    options = frozenset(str(item.get("optionsData") or "").lower().split(","))
    if operation == "update" and "void" in options:
        operation = "void"
    return {names[0]: change(books, ENTITIES[names[0]], operation, item[names[0]], options)}


def _outcome(books: Books, act: Callable[[], Body]) -> Body:
    """What the item answers, or its refusal with nothing of it kept."""
    books.connection.execute("SAVEPOINT batch_item")
    try:
        answer = act()
    except refusals.Refusal as refusal:
        books.connection.execute("ROLLBACK TO batch_item")
        answer = {"Fault": refusal.body["Fault"]}
    books.connection.execute("RELEASE batch_item")
    return answer
