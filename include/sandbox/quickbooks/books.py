"""A company's books in the sandbox's state: the reading and writing of one record."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

Body = dict[str, Any]


@dataclass(frozen=True)
class Record:
    """A record as it is kept; `body` is what the service answers with, decimals as `Decimal`."""

    entity: str
    id: str
    sync_token: int
    active: bool
    deleted: bool
    body: Body


@dataclass(frozen=True)
class Books:
    """One company, opened on a connection; writes belong inside `State.transaction()`."""

    connection: sqlite3.Connection
    realm_id: str
    country: str
    currency: str
    time_zone: ZoneInfo
    sales_tax_percent: Decimal | None
    warns_of_duplicate_numbers: bool

    def now(self) -> datetime:
        return datetime.now(self.time_zone)

    def today(self) -> date:
        return self.now().date()

    def stamp(self) -> str:
        """The `time` of an answer: the company's zone, milliseconds."""
        return self.now().isoformat(timespec="milliseconds")

    def next_number(self, sequence: str) -> int:
        """The next number of a sequence, from 1: ids of records and of addresses, document numbers."""
        row = self.connection.execute(
            "INSERT INTO qbo_sequences VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET last = last + 1 RETURNING last",
            (self.realm_id, sequence),
        ).fetchone()
        return int(row["last"])

    def find(self, entity: str, record_id: str) -> Record | None:
        """A record by its id, deleted ones included."""
        if not record_id.isascii():
            return None
        row = self.connection.execute(
            "SELECT * FROM qbo_records WHERE realm_id = ? AND entity = ? AND id = ?",
            (self.realm_id, entity, record_id),
        ).fetchone()
        # SQLite reads '007' and '7.0' as 7; the service does not.
        return _record_of(row) if row and str(row["id"]) == record_id else None

    def preferences(self) -> Body:
        found = self.find("Preferences", "1")
        return found.body if found else {}

    def is_set(self, switch: str) -> bool:
        """Whether one of `settings.SWITCHES` is on: habits that not every company is known to have."""
        row = self.connection.execute("SELECT value FROM qbo_settings WHERE name = ?", (switch,)).fetchone()
        return row is not None and row["value"] == "1"

    @cached_property
    def length_faults(self) -> tuple[dict[str, int], str]:
        """The limits of texts that are others than usual, by field, and how a refusal spells the field (`refusals.too_long`)."""
        rows = self.connection.execute("SELECT name, value FROM qbo_settings WHERE name LIKE 'text_%'")
        kept = {row["name"]: json.loads(row["value"]) for row in rows}
        return kept.get("text_limits", {}), kept.get("text_spelling", "path")

    @property
    def computes_tax_from_codes(self) -> bool:
        """Whether the tax of a sale is what its lines' codes come to, as it is outside the United States."""
        return self.country != "US"

    def holder_of_name(self, scope: str, key: str) -> Record | None:
        """The record that has a name; `scope` is the entity's `name_scope`, `key` what `versions.name_of` gives."""
        row = self.connection.execute(
            "SELECT * FROM qbo_records WHERE realm_id = ? AND name_scope = ? AND name_key = ?",
            (self.realm_id, scope, key),
        ).fetchone()
        return row and _record_of(row)

    def below(self, parent: Record) -> list[Record]:
        """The records of its list whose parent a record is."""
        rows = self.connection.execute(
            "SELECT * FROM qbo_records WHERE realm_id = ? AND entity = ? AND deleted = 0"
            " AND json_extract(body, '$.ParentRef.value') = ? ORDER BY id",
            (self.realm_id, parent.entity, parent.id),
        )
        return [_record_of(row) for row in rows]

    def holders_of_number(self, entities: Iterable[str], doc_number: str) -> list[Record]:
        """The documents with a number, whatever its case, without the deleted ones."""
        names = tuple(entities)
        rows = self.connection.execute(
            f"SELECT * FROM qbo_records WHERE realm_id = ? AND entity IN ({', '.join('?' * len(names))})"
            " AND doc_number = ? AND deleted = 0 ORDER BY id",
            (self.realm_id, *names, doc_number.casefold()),
        )
        return [_record_of(row) for row in rows]

    def put(
        self,
        record: Record,
        keys: dict[str, Any],
        *,
        updated_at: datetime,
        name_scope: str | None = None,
        name_key: str | None = None,
    ) -> None:
        """Writes a record over what stood under its id."""
        doc_number = record.body.get("DocNumber")
        self.connection.execute(
            # Not "OR REPLACE": that would delete another record which holds the name.
            "INSERT INTO qbo_records VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (realm_id, entity, id) DO UPDATE SET sync_token = excluded.sync_token, active = excluded.active,"
            " deleted = excluded.deleted, updated_at = excluded.updated_at, name_key = excluded.name_key,"
            " doc_number = excluded.doc_number, keys = excluded.keys, body = excluded.body",
            (
                self.realm_id,
                record.entity,
                record.id,
                record.sync_token,
                record.active,
                record.deleted,
                int(updated_at.timestamp()),
                name_scope,
                name_key,
                doc_number and doc_number.casefold(),
                json.dumps(keys, ensure_ascii=False),
                to_json(record.body),
            ),
        )


def open_books(connection: sqlite3.Connection, realm_id: str) -> Books | None:
    """The company's books, or None where no company has this realm id."""
    row = connection.execute("SELECT * FROM qbo_companies WHERE realm_id = ?", (realm_id,)).fetchone()
    if row is None:
        return None
    percent = row["sales_tax_percent"]
    return Books(
        connection,
        realm_id,
        row["country"],
        row["currency"],
        ZoneInfo(row["time_zone"]),
        None if percent is None else Decimal(percent),
        bool(row["warns_of_duplicate_numbers"]),
    )


def _record_of(row: sqlite3.Row) -> Record:
    return Record(
        row["entity"],
        str(row["id"]),
        row["sync_token"],
        bool(row["active"]),
        bool(row["deleted"]),
        from_json(row["body"]),
    )


def to_json(value: Any) -> str:
    """JSON as the service writes it; amounts become JSON numbers."""
    return json.dumps(value, ensure_ascii=False, default=float)


def from_json(text: str | bytes) -> Any:
    """JSON as the service reads it; numbers with a point become decimals."""
    return json.loads(text, parse_float=Decimal)


def epoch(text: str) -> float:
    """Seconds of the Unix epoch of an ISO-8601 time, UTC where it names no zone; ValueError when it is none."""
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
