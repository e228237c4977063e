"""The ledger: one row for each thing that is to exist in QuickBooks, and the only ways in which it may change.

    planned ──claim──▶ sending ──▶ posted | rejected | unknown ──look-up──▶ posted | rejected | planned

Each change is one guarded UPDATE: it names the state it leaves and carries the fencing token of the lease it is made under, and a row
touched under a newer token is never changed by an older one. Zero rows changed means that somebody else has the row: `LeaseLost`.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Engine, func, select, update

from order_sync.errors import LeaseLost, OrderSyncError
from order_sync.money import from_minor, to_minor
from order_sync.store.database import insert_into, reading
from order_sync.store.leases import Lease
from order_sync.store.tables import Write as WriteRow

REQUEST_NAMESPACE = uuid.UUID("6f0f3f0a-9a2f-5b52-8e3e-0d5c3b7d1c11")


@dataclass(frozen=True, slots=True)
class Intent:
    """What is to exist in QuickBooks: `payload` is the exact text to send, `total` what the document must come to."""

    kind: str
    subject: str
    entity: str
    payload: str
    total: Decimal | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Write:
    """A row of the ledger."""

    id: int
    realm_id: str
    store: str
    kind: str
    subject: str
    generation: int
    request_id: str
    entity: str
    payload: str
    total: Decimal | None
    status: str
    owner_token: int
    attempts: int
    sent_at: datetime | None
    quickbooks_id: str | None
    code: str | None
    message: str | None
    advice: str | None


def request_id(realm_id: str, store: str, kind: str, subject: str, generation: int) -> str:
    """The deterministic request id of a write: the same for every attempt, another for a corrected payload (36 characters)."""
    return str(uuid.uuid5(REQUEST_NAMESPACE, "\n".join((realm_id, store, kind, subject, str(generation)))))


def plan_writes(
    engine: Engine, lease: Lease, *, realm_id: str, store: str, run_key: str, intents: Iterable[Intent]
) -> dict[str, Write]:
    """Commits an intent for each subject and gives the rows that now stand for them, by subject.

    A subject that has a row already keeps it, payload and all, unless that row was rejected, or was planned with another payload and
    never sent: then the new payload becomes a new generation (rejected) or replaces the old one (never sent).
    """
    wanted = {intent.subject: intent for intent in intents}
    if not wanted:
        return {}
    kind = next(iter(wanted.values())).kind
    with engine.begin() as connection:
        latest = {row.subject: row for row in _latest(connection, realm_id, store, kind, list(wanted))}
        fresh: list[dict[str, Any]] = []
        for subject, intent in wanted.items():
            row = latest.get(subject)
            if row is None or row.status == "rejected":
                generation = 1 if row is None else row.generation + 1
                fresh.append(_new_row(intent, realm_id, store, generation, run_key, lease))
            elif row.status == "planned" and row.attempts == 0 and row.payload != intent.payload:
                connection.execute(
                    update(WriteRow)
                    .where(WriteRow.id == row.id, WriteRow.status == "planned", WriteRow.owner_token <= lease.token)
                    .values(payload=intent.payload, total_minor=_minor(intent), owner_token=lease.token)
                )
        if fresh:
            connection.execute(insert_into(connection, WriteRow).on_conflict_do_nothing(), fresh)
        return {row.subject: row for row in _latest(connection, realm_id, store, kind, list(wanted))}


def claim_write(engine: Engine, lease: Lease, write: Write, run_key: str) -> None:
    """planned → sending, with `sent_at`, committed before the request leaves; LeaseLost where another owner has the row."""
    _change(
        engine,
        lease,
        write,
        ("planned",),
        status="sending",
        sent_at=datetime.now(UTC),
        attempts=WriteRow.attempts + 1,
        run_key=run_key,
    )


def settle_write(
    engine: Engine,
    lease: Lease,
    write: Write,
    status: str,
    *,
    run_key: str,
    quickbooks_id: str | None = None,
    error: OrderSyncError | None = None,
) -> None:
    """Records how a write ended (`posted`, `rejected`, `unknown`), or that it was certainly not executed (`planned`)."""
    if status not in ("posted", "rejected", "unknown", "planned"):
        raise ValueError(f"a write cannot become {status}")
    _change(
        engine,
        lease,
        write,
        ("sending", "unknown"),
        status=status,
        run_key=run_key,
        settled_at=datetime.now(UTC) if status in ("posted", "rejected") else None,
        quickbooks_id=quickbooks_id,
        code=error.code if error else None,
        message=error.message if error else None,
        advice=error.advice if error else None,
        trace_id=error.trace_id if error else None,
    )


def reject_posted(engine: Engine, lease: Lease, write: Write, error: OrderSyncError, run_key: str) -> None:
    """posted → rejected, for a record that QuickBooks no longer has or has made inactive: the next plan makes a new generation."""
    _change(
        engine, lease, write, ("posted",), status="rejected", code=error.code, message=error.message, run_key=run_key
    )


def uncertain_writes(engine: Engine, *, realm_id: str, store: str, kind: str) -> list[Write]:
    """The writes whose outcome nobody knows: `unknown`, or `sending` left behind by an owner that died."""
    with reading(engine) as connection:
        rows = connection.execute(
            select(WriteRow.__table__)
            .where(
                WriteRow.realm_id == realm_id,
                WriteRow.store == store,
                WriteRow.kind == kind,
                WriteRow.status.in_(("sending", "unknown")),
            )
            .order_by(WriteRow.sent_at)
        )
        return [_write(row) for row in rows]


def latest_writes(engine: Engine, *, realm_id: str, store: str, kind: str, subjects: Sequence[str]) -> dict[str, Write]:
    """The newest generation of each subject that has one, by subject."""
    with reading(engine) as connection:
        return {row.subject: row for row in _latest(connection, realm_id, store, kind, subjects)}


def count_writes(engine: Engine, *, run_key: str, since: datetime) -> dict[tuple[str, str], int]:
    """How many writes of each (kind, status) a run settled since a moment."""
    with reading(engine) as connection:
        rows = connection.execute(
            select(WriteRow.kind, WriteRow.status, func.count())
            .where(WriteRow.run_key == run_key, WriteRow.settled_at >= since)
            .group_by(WriteRow.kind, WriteRow.status)
        )
        return {(kind, status): number for kind, status, number in rows}


def _latest(connection: Connection, realm_id: str, store: str, kind: str, subjects: Sequence[str]) -> list[Write]:
    found: dict[str, Write] = {}
    for start in range(0, len(subjects), 500):
        rows = connection.execute(
            select(WriteRow.__table__)
            .where(
                WriteRow.realm_id == realm_id,
                WriteRow.store == store,
                WriteRow.kind == kind,
                WriteRow.subject.in_(subjects[start : start + 500]),
            )
            .order_by(WriteRow.generation)
        )
        found.update((row.subject, _write(row)) for row in rows)
    return list(found.values())


def _change(engine: Engine, lease: Lease, write: Write, leaves: Sequence[str], **values: Any) -> None:
    with engine.begin() as connection:
        changed = connection.execute(
            update(WriteRow)
            .where(WriteRow.id == write.id, WriteRow.status.in_(leaves), WriteRow.owner_token <= lease.token)
            .values(owner_token=lease.token, **values)
        ).rowcount
    if changed != 1:
        lease.lost()
        raise LeaseLost(
            f"The {write.kind} of {write.subject} was changed by another process.",
            advice="This one stops; Airflow tries the task again.",
        )


def _new_row(intent: Intent, realm_id: str, store: str, generation: int, run_key: str, lease: Lease) -> dict[str, Any]:
    return {
        "realm_id": realm_id,
        "store": store,
        "kind": intent.kind,
        "subject": intent.subject,
        "generation": generation,
        "request_id": request_id(realm_id, store, intent.kind, intent.subject, generation),
        "entity": intent.entity,
        "payload": intent.payload,
        "total_minor": _minor(intent),
        "currency": intent.currency,
        "status": "planned",
        "owner_token": lease.token,
        "run_key": run_key,
        "attempts": 0,
        "planned_at": datetime.now(UTC),
    }


def _minor(intent: Intent) -> int | None:
    return None if intent.total is None or intent.currency is None else to_minor(intent.total, intent.currency)


def _write(row: Any) -> Write:
    return Write(
        id=row.id,
        realm_id=row.realm_id,
        store=row.store,
        kind=row.kind,
        subject=row.subject,
        generation=row.generation,
        request_id=row.request_id,
        entity=row.entity,
        payload=row.payload,
        total=from_minor(row.total_minor, row.currency) if row.total_minor is not None else None,
        status=row.status,
        owner_token=row.owner_token,
        attempts=row.attempts,
        sent_at=row.sent_at,
        quickbooks_id=row.quickbooks_id,
        code=row.code,
        message=row.message,
        advice=row.advice,
    )
