"""The customers that documents name now: of documents whose orders go on, and of inactive customers that may have been merged."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping
from itertools import chain

from sqlalchemy import Engine

from order_sync.database.merges import (
    Documents,
    documents_of,
    known_merges,
    note_merges,
    unasked_customers,
)
from order_sync.errors import RecordRefused, RetryLater
from order_sync.keys import UNSEEN
from order_sync.quickbooks.client import QuickBooksReader
from order_sync.quickbooks.faults import ObjectNotFound
from order_sync.quickbooks.wire import quote
from order_sync.sync.customers.merges import followed, survivor_of
from order_sync.sync.orders.kinds import Entity
from order_sync.sync.outbox.isolation import about_one

log = logging.getLogger(__name__)

MOST_DOCUMENTS = 5
"""So many documents of a customer, its newest, tell whether it was merged."""

IN_ONE_QUESTION = 200
"""Documents that are asked for at once: reads are metered, and a question must not be too long."""


def find_merges(engine: Engine, quickbooks: QuickBooksReader) -> int:
    """Looks at the documents of the inactive customers that nobody has looked at as they are now, and notes which of them were merged;
    says how many customers it looked at. What cannot be read is told, and asked for again by the next run."""
    customers = unasked_customers(engine, quickbooks.realm_id, most=MOST_DOCUMENTS)
    _look_at(engine, quickbooks, customers)
    return len(customers)


def merged_now(engine: Engine, quickbooks: QuickBooksReader, customer_id: str) -> str | None:
    """Into whom a customer that is inactive, or there no more, was merged, by what its documents say at this moment; None where it was
    not; `UNSEEN` where they cannot be read."""
    known = documents_of(engine, quickbooks.realm_id, customer_id, most=MOST_DOCUMENTS)
    return _look_at(engine, quickbooks, known).get(customer_id)


def _look_at(engine: Engine, quickbooks: QuickBooksReader, customers: Documents) -> dict[str, str]:
    """Notes which of these customers were merged, and gives into whom, `UNSEEN` where their documents could not be read."""
    if not customers:
        return {}
    realm_id, before = quickbooks.realm_id, known_merges(engine, quickbooks.realm_id)
    named, unread = _named(quickbooks, chain.from_iterable(customers.values()))
    merged = {
        id: survivor_of(id, [named[one] for one in documents if one in named])
        for id, documents in customers.items()
        if unread.isdisjoint(documents)
    }
    unseen = {id: UNSEEN for id in customers if id not in merged and id not in before}
    final = followed({id: survivor for id, survivor in (before | merged).items() if survivor})
    note_merges(engine, realm_id, {**dict.fromkeys(merged, ""), **final, **unseen}, list(merged))
    return {id: survivor for id, survivor in {**final, **unseen}.items() if survivor and id in customers}


def _named(
    quickbooks: QuickBooksReader, asked: Iterable[tuple[Entity, str]]
) -> tuple[dict[tuple[Entity, str], str], set[tuple[Entity, str]]]:
    """The customers that these documents name, and the documents that could not be asked for."""
    documents: dict[Entity, list[str]] = {}
    for entity, id in dict.fromkeys(asked):
        documents.setdefault(entity, []).append(id)
    named: dict[tuple[Entity, str], str] = {}
    unread: set[tuple[Entity, str]] = set()
    out_of_reach: RetryLater | None = None
    for entity, ids in documents.items():
        for start in range(0, len(ids), IN_ONE_QUESTION):
            some = ids[start : start + IN_ONE_QUESTION]
            try:
                if out_of_reach:
                    raise out_of_reach
                named |= {(entity, id): customer for id, customer in customers_of(quickbooks, entity, some).items()}
            except (RecordRefused, RetryLater) as error:
                log.warning("Whose %d documents are now could not be seen: %s", len(some), error)
                out_of_reach = error if isinstance(error, RetryLater) else None
                unread |= {(entity, id) for id in some}
    return named, unread


def owners_of(
    quickbooks: QuickBooksReader, documents: Collection[tuple[Entity, str]]
) -> dict[tuple[Entity, str], str | RecordRefused]:
    """The customers whom these documents name at this moment, empty for what is not there any more; or why one cannot be read."""
    named, _unread = _named(quickbooks, documents)
    return {one: named[one] if one in named else _owner_of(quickbooks, *one) for one in documents}


def _owner_of(quickbooks: QuickBooksReader, entity: Entity, id: str) -> str | RecordRefused:
    """The same of one document: a list that lacks it proves nothing."""
    try:
        with about_one(f"{entity.words} {id}"):
            record = quickbooks.read(entity, id)
    except ObjectNotFound:
        return ""
    except RecordRefused as error:
        return error
    return str((record.get("CustomerRef") or {}).get("value") or "")


def customers_of(quickbooks: QuickBooksReader, entity: Entity, ids: Iterable[str]) -> dict[str, str]:
    """The customers that documents name in QuickBooks at this moment, by document; what is not there, or cannot be read, is left out."""
    where = f"Id IN ({', '.join(map(quote, ids))})"
    rows: list[Mapping[str, object]] = [
        row for page in quickbooks.query_all(entity, where, whole=False) for row in page
    ]
    found = {str(row["Id"]): row.get("CustomerRef") for row in rows}
    return {id: str(of["value"]) for id, of in found.items() if isinstance(of, Mapping) and of.get("value")}
