"""`requestid`: a change that is asked for again gets its first answer back, and nothing is done."""

from __future__ import annotations

from collections.abc import Callable

from include.sandbox.quickbooks import refusals
from include.sandbox.quickbooks.books import Body, Books, from_json, to_json

LONGEST, LONGEST_OF_BATCH, LONGEST_BATCH_ID = 50, 36, 10


def check_request_id(request_id: str | None, batch_ids: list[str] | None = None) -> None:
    """Refuses an id that is too long (2130); in a batch the ids of its items count too."""
    if not request_id:
        return
    too_long = len(request_id) > (LONGEST if batch_ids is None else LONGEST_OF_BATCH)
    if too_long or any(len(batch_id) > LONGEST_BATCH_ID for batch_id in batch_ids or []):
        detail = "The request id is longer than 50 characters (36 in a batch, where a bId has at most 10)"
        raise refusals.invalid("2130", detail, "requestid")


def once(books: Books, request_id: str | None, act: Callable[[], Body], batch_id: str = "") -> Body:
    """The stored answer of this request id, else what `act` answers; a refusal is not stored, as it changed nothing."""
    if not request_id:
        return act()
    key = (books.realm_id, request_id, batch_id)
    row = books.connection.execute(
        "SELECT answer FROM qbo_requests WHERE realm_id = ? AND request_id = ? AND batch_id = ?", key
    ).fetchone()
    if row:
        answer: Body = from_json(row["answer"])
        return answer
    answer = act()
    books.connection.execute("INSERT INTO qbo_requests VALUES (?, ?, ?, ?)", (*key, to_json(answer)))
    return answer
