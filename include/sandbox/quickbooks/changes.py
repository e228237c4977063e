"""Change data capture: what was created, changed, deleted since a moment, entity by entity."""

from __future__ import annotations

import time

from include.sandbox.quickbooks import refusals
from include.sandbox.quickbooks.books import Body, Books, epoch, from_json
from include.sandbox.quickbooks.entities import ENTITIES

OLDEST_SECONDS = 30 * 24 * 3600
MOST_OBJECTS = 1000
NOT_CAPTURED = ("CustomerType", "TaxCode", "TaxRate", "TaxAgency", "Preferences", "CompanyInfo")


def captured_changes(books: Books, entities: str | None, changed_since: str | None) -> Body:
    """The `CDCResponse`, oldest change first; an answer stops at 1,000 objects and does not say so."""
    if not entities:
        raise refusals.missing("entities")
    since = _moment(changed_since)
    room, responses = MOST_OBJECTS, []
    for name in entities.split(","):
        found = _changed_records(books, name.strip(), since, room)
        room -= len(found)
        responses.append({name.strip(): found, "startPosition": 1, "maxResults": len(found)} if found else {})
    return {"CDCResponse": [{"QueryResponse": responses}], "time": books.stamp()}


def _moment(text: str | None) -> float:
    if not text:
        raise refusals.missing("changedSince")
    try:
        # In an address that was not encoded, the "+" of the offset arrives as a space.
        since = epoch(text.replace(" ", "+"))
    except (ValueError, OverflowError) as error:
        raise refusals.invalid("2060", "changedSince is not an ISO-8601 time", "changedSince") from error
    if since < time.time() - OLDEST_SECONDS:
        raise refusals.invalid("2060", "changedSince is more than 30 days ago", "changedSince")
    return since


def _changed_records(books: Books, entity: str, since: float, most: int) -> list[Body]:
    if entity not in ENTITIES or entity in NOT_CAPTURED:
        raise refusals.invalid("2000", f"{entity} is not an object whose changes are captured", "entities")
    rows = books.connection.execute(
        "SELECT body FROM qbo_records WHERE realm_id = ? AND entity = ? AND updated_at >= ?"
        " ORDER BY updated_at, id LIMIT ?",
        (books.realm_id, entity, int(since), most),
    )
    return [from_json(row["body"]) for row in rows]
