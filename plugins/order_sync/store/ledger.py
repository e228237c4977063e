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
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, select, update

from order_sync.errors import LeaseLost, OrderSyncError
from order_sync.money import exponent, from_minor, to_minor
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
    content_hash: str | None = None
    """Of the order that it was made from."""


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
    currency: str | None
    content_hash: str | None
    status: str
    owner_token: int
    attempts: int
    sent_at: datetime | None
    quickbooks_id: str | None
    recorded: Decimal | None
    """What QuickBooks says that the document comes to."""
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
                    .values(
                        payload=intent.payload,
                        total_minor=_minor(intent),
                        content_hash=intent.content_hash,
                        owner_token=lease.token,
                    )
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
    recorded: Decimal | None = None,
    error: OrderSyncError | None = None,
) -> None:
    """Records how a write ended (`posted`, `rejected`, `unknown`), or that it was certainly not executed (`planned`).

    One that is posted already may only be posted again: somebody corrected in QuickBooks what was recorded otherwise than sent.
    """
    if status not in ("posted", "rejected", "unknown", "planned"):
        raise ValueError(f"a write cannot become {status}")
    leaves = ("posted",) if write.status == status == "posted" else ("sending", "unknown")
    _change(
        engine,
        lease,
        write,
        leaves,
        status=status,
        run_key=run_key,
        settled_at=datetime.now(UTC) if status in ("posted", "rejected") else None,
        quickbooks_id=quickbooks_id,
        recorded_minor=_recorded_minor(recorded, write.currency),
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


def doubtful_writes(engine: Engine, *, realm_id: str, store: str, kind: str) -> list[Write]:
    """The writes that QuickBooks recorded otherwise than they were sent, or twice: somebody may have corrected them there."""
    return _find(engine, realm_id, store, kind, WriteRow.status == "posted", WriteRow.code.is_not(None))


def uncertain_writes(engine: Engine, *, realm_id: str, store: str, kind: str) -> list[Write]:
    """The writes whose outcome nobody knows: `unknown`, or `sending` left behind by an owner that died."""
    return _find(engine, realm_id, store, kind, WriteRow.status.in_(("sending", "unknown")))


def latest_writes(engine: Engine, *, realm_id: str, store: str, kind: str, subjects: Sequence[str]) -> dict[str, Write]:
    """The newest generation of each subject that has one, by subject."""
    with reading(engine) as connection:
        return {row.subject: row for row in _latest(connection, realm_id, store, kind, subjects)}


def made_by_run(engine: Engine, run_key: str) -> list[Write]:
    """What a run has made in QuickBooks, in all its repetitions."""
    with reading(engine) as connection:
        rows = connection.execute(
            select(WriteRow.__table__).where(WriteRow.run_key == run_key, WriteRow.status == "posted")
        )
        return [_write(row) for row in rows]


def recorded_documents(engine: Engine, store: str, order_ids: Sequence[str]) -> dict[str, Write]:
    """The posted documents of these orders, by order, in whichever company."""
    found: dict[str, Write] = {}
    with reading(engine) as connection:
        for start in range(0, len(order_ids), 500):
            rows = connection.execute(
                select(WriteRow.__table__).where(
                    WriteRow.store == store,
                    WriteRow.kind == "document",
                    WriteRow.status == "posted",
                    WriteRow.subject.in_(order_ids[start : start + 500]),
                )
            )
            found.update((row.subject, _write(row)) for row in rows)
    return found


def other_company(engine: Engine, *, store: str, realm_id: str) -> str | None:
    """Another company that this store's ledger has documents in; None where there is none."""
    with reading(engine) as connection:
        return connection.scalar(
            select(WriteRow.realm_id)
            .where(
                WriteRow.store == store,
                WriteRow.kind == "document",
                WriteRow.status == "posted",
                WriteRow.realm_id != realm_id,
            )
            .limit(1)
        )


def _find(engine: Engine, realm_id: str, store: str, kind: str, *conditions: ColumnElement[bool]) -> list[Write]:
    mine = (WriteRow.realm_id == realm_id, WriteRow.store == store, WriteRow.kind == kind)
    with reading(engine) as connection:
        rows = connection.execute(select(WriteRow.__table__).where(*mine, *conditions).order_by(WriteRow.sent_at))
        return [_write(row) for row in rows]


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
        "content_hash": intent.content_hash,
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
        total=_major(row.total_minor, row.currency),
        currency=row.currency,
        content_hash=row.content_hash,
        status=row.status,
        owner_token=row.owner_token,
        attempts=row.attempts,
        sent_at=row.sent_at,
        quickbooks_id=row.quickbooks_id,
        recorded=_major(row.recorded_minor, row.currency),
        code=row.code,
        message=row.message,
        advice=row.advice,
    )


def _recorded_minor(recorded: Decimal | None, currency: str | None) -> int | None:
    # A fraction of a cent would be QuickBooks' own and differs from any order's total: what is wrong is noted with the write.
    if recorded is None or currency is None:
        return None
    return int(recorded.scaleb(exponent(currency)).to_integral_value(ROUND_HALF_UP))


def _major(minor: int | None, currency: str | None) -> Decimal | None:
    return None if minor is None or currency is None else from_minor(minor, currency)
