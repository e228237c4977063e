"""Whether an answer of QuickBooks is the answer to what was asked: the lists, parts and members that must be there."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from order_sync.errors import RetryLater, Stop
from order_sync.quickbooks import faults
from order_sync.quickbooks.reading import Unreadable, readable_part
from order_sync.transport import Call

log = logging.getLogger(__name__)

_NOTHING_WITHOUT = {"TaxRate": "RateValue"}
"""What a row of a list is for: without it, the row is left out."""


class NoAnswer(Stop):
    """An answer of another form than QuickBooks gives: nothing is concluded from it."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed, by entity: whole rows, and ids of what was deleted; not `complete` when there may be more."""

    rows: dict[str, list[dict[str, Any]]]
    deleted: dict[str, list[str]]
    complete: bool


class Written(dict[str, Any]):
    """A record as a write was answered with it; `trace_id` is QuickBooks' own id of that call, empty where it gave none."""

    def __init__(self, record: Mapping[str, Any], trace_id: str) -> None:
        super().__init__(record)
        self.trace_id = trace_id


def no_changes(entities: Sequence[str], *, complete: bool) -> Changes:
    """Of none of the entities is anything known to have changed."""
    return Changes({entity: [] for entity in entities}, {entity: [] for entity in entities}, complete)


def member(answer: Mapping[str, Any], name: str, call: Call) -> dict[str, Any]:
    """The object that an answer is about; Stop where it is not there."""
    found = answer.get(name)
    if not isinstance(found, dict):
        raise other_interface(call, name)
    return found


def other_interface(call: Call, name: str) -> NoAnswer:
    """The error for an answer that has not what it must have."""
    return NoAnswer(f"{call} was answered without {name}; QuickBooks' interface is not as it was.")


def rows_of(response: Mapping[str, Any], entity: str, call: Call) -> list[Any]:
    """The rows of a page; without any, the key of the entity is absent. Stop where they are of another entity, RetryLater where the page
    says that it has more of them."""
    rows, told = _lists(response, [entity], call).get(entity, []), response.get("maxResults")
    if isinstance(told, int) and told > len(rows):
        raise RetryLater(f"{call} was answered with {len(rows)} of {told} rows.")
    return rows


def legible(rows: Sequence[Any], entity: str) -> Iterator[dict[str, Any]]:
    """Rows of a list with all that can be read of them; what cannot is told, by the id and the name of the field alone."""
    for row in rows:
        try:
            known, unread = readable_part(row)
        except Unreadable:
            log.error("QuickBooks gave a %s without an id that can be read: it is left out.", entity)
            continue
        if _NOTHING_WITHOUT.get(entity) in unread:
            log.error("%s %s of QuickBooks is left out: its %s cannot be read.", entity, known["Id"], unread[0])
            continue
        if unread:
            log.error(
                "%s %s of QuickBooks is taken without what cannot be read of it: %s.", entity, known["Id"], unread
            )
        yield known


def changes_in(answer: Mapping[str, Any], entities: Sequence[str], call: Call, *, ceiling: int) -> Changes:
    """What a change data answer says of the entities, as far as it can be read, and complete below `ceiling` objects. Raises its faults.

    "Nothing has changed" is never concluded from silence: Stop where it has no part, and with fewer parts than entities it is not
    complete (Intuit's pages show an empty part where nothing changed, and do not say that each list has one).
    """
    parts = _parts(answer, call)
    if not parts:
        raise other_interface(call, f"the changes of {len(entities)} lists")
    changes, total = no_changes(entities, complete=len(parts) >= len(entities)), 0
    for part in parts:
        for entity, rows in _lists(part, entities, call).items():
            total += len(rows)
            for row in legible(rows, entity):
                if row.get("status") == "Deleted":
                    changes.deleted[entity].append(row["Id"])
                else:
                    changes.rows[entity].append(row)
    return replace(changes, complete=changes.complete and total < ceiling)


def _parts(answer: Mapping[str, Any], call: Call) -> list[Mapping[str, Any]]:
    responses = answer.get("CDCResponse")
    found: list[Any] = []
    for response in responses if isinstance(responses, list) else []:
        if isinstance(response, Mapping):
            of = response.get("QueryResponse")
            found += [response] if faults.faults_in(response) else of if isinstance(of, list) else []
    parts = [part for part in found if isinstance(part, Mapping)]
    for part in parts:
        if said := faults.faults_in(part):
            faults.raise_fault(said, call, status=200, trace_id="")
    return parts


def _lists(response: Mapping[str, Any], entities: Sequence[str], call: Call) -> dict[str, list[Any]]:
    """The lists of a response by entity; rows of another entity are no answer, nor is something else where a list must be."""
    found = {name: rows for name, rows in response.items() if isinstance(rows, list)}
    if odd := [name for name in entities if name in response and name not in found] or list(found.keys() - entities):
        raise other_interface(call, odd[0] if odd[0] in entities else " or ".join(entities))
    return found
