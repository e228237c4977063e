"""Writing a record: its envelope (id, sync token, times), its queryable keys, its name and its number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from include.sandbox.quickbooks.books import Body, Books, Record, epoch
from include.sandbox.quickbooks.entities import ENTITIES, Entity


def write(books: Books, entity: Entity, fields: Body, old: Record | None) -> Record:
    """Keeps the fields as a new record, or as the next version of an old one."""
    now = books.now()
    stamp = now.isoformat(timespec="seconds")
    record_id = old.id if old else fields.get("Id") or str(books.next_number(entity.sequence))
    token = old.sync_token + 1 if old else 0
    created = old.body["MetaData"]["CreateTime"] if old else stamp
    body = {
        "domain": "QBO",
        "sparse": False,
        **fields,
        "Id": record_id,
        "SyncToken": str(token),
        "MetaData": {"CreateTime": created, "LastUpdatedTime": stamp},
    }
    record = Record(entity.name, record_id, token, bool(body.get("Active", True)), False, body)
    _put(books, record, now)
    return record


def rewrite(books: Books, record: Record, changes: Mapping[str, Any]) -> None:
    """The next version of a record that another record's change reaches, such as an invoice that is paid."""
    write(books, ENTITIES[record.entity], {**record.body, **changes}, record)


def amend(books: Books, record: Record, changes: Mapping[str, Any]) -> None:
    """Changes a record as it stands: its version and its times say nothing of it."""
    updated_at = datetime.fromisoformat(record.body["MetaData"]["LastUpdatedTime"])
    _put(books, replace(record, body={**record.body, **changes}), updated_at)


def bury(books: Books, record: Record) -> None:
    """Leaves a tombstone: the change data show it, nothing else does."""
    now = books.now()
    tombstone = {
        "domain": "QBO",
        "status": "Deleted",
        "Id": record.id,
        "MetaData": {"LastUpdatedTime": now.isoformat(timespec="seconds")},
    }
    books.put(Record(record.entity, record.id, record.sync_token + 1, False, True, tombstone), {}, updated_at=now)


def _put(books: Books, record: Record, updated_at: datetime) -> None:
    entity = ENTITIES[record.entity]
    keys = {
        name: comparable(kind, value)
        for name, kind in entity.queryable.items()
        if kind != "id" and (value := _value_at(record.body, name)) is not None
    }
    name_key = None if record.deleted else name_of(entity, record.body)
    books.put(record, keys, updated_at=updated_at, name_scope=entity.name_scope, name_key=name_key)


def name_of(entity: Entity, body: Body) -> str | None:
    """What must be unique: a person's display name, the full name of anything else on a list."""
    if entity.named_by is None:
        return None
    name = body[entity.named_by]
    full_name = name if entity.named_by == "DisplayName" else body.get("FullyQualifiedName", name)
    return str(full_name).casefold()


def _value_at(body: Body, path: str) -> Any:
    value: Any = body
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    if isinstance(value, dict):
        return value.get("value", value.get("Address"))
    return value


def comparable(kind: str, value: Any) -> Any:
    """A value as queries compare it; ValueError or ArithmeticError where it is not of the kind."""
    if kind == "number":
        number = Decimal(str(value)).scaleb(7)
        if abs(number) >= 2**63:
            raise OverflowError(f"{value} is too large")
        return int(number)
    if kind == "time":
        return epoch(str(value))
    if kind == "flag":
        return bool(value)
    return str(value).casefold()
