"""What the ledger holds: what is wanted in QuickBooks (`Intent`), the row that stands for it (`Write`), and how rows are found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, String, and_, cast, exists, or_, select
from sqlalchemy.orm import aliased

from order_sync.database.database import chunks, is_one_of, reading
from order_sync.database.tables import Write as WriteRow
from order_sync.database.tables import WriteOrder
from order_sync.money import from_minor
from order_sync.sync.orders.codes import Code
from order_sync.sync.orders.kinds import Entity, Kind
from order_sync.sync.orders.write import UNCERTAIN, Write, WriteStatus


def doubtful_writes(engine: Engine, *, realm_id: str, store: str, kind: Kind) -> list[Write]:
    """The writes that QuickBooks recorded otherwise than they were sent, or twice: somebody may have corrected them there."""
    return _find(engine, realm_id, store, kind, WriteRow.status == WriteStatus.POSTED, WriteRow.code.is_not(None))


def uncertain_writes(engine: Engine, *, realm_id: str, store: str, kind: Kind) -> list[Write]:
    """The writes whose outcome nobody knows: `unknown`, or `sending` left behind by an owner that died."""
    return _find(engine, realm_id, store, kind, WriteRow.status.in_(UNCERTAIN))


def unsent_writes(engine: Engine, *, realm_id: str, store: str, kind: Kind) -> list[Write]:
    """The writes that are planned and were certainly not executed."""
    return _find(engine, realm_id, store, kind, WriteRow.status == WriteStatus.PLANNED)


def latest_writes(
    engine: Engine, *, realm_id: str, store: str, kind: Kind, subjects: Sequence[str]
) -> dict[str, Write]:
    """The newest generation of each subject that has one, by subject."""
    with reading(engine) as connection:
        return {row.subject: row for row in newest(connection, realm_id, store, kind, subjects)}


def earlier_generations(engine: Engine, write: Write) -> list[Write]:
    """The generations of a write's subject before it that were sent, newest first."""
    mine = (WriteRow.subject == write.subject, WriteRow.generation < write.generation, WriteRow.attempts > 0)
    found = _find(engine, write.realm_id, write.store, write.kind, *mine)
    return sorted(found, key=lambda one: -one.generation)


def made_by_run(engine: Engine, run_key: str) -> list[Write]:
    """What a run has made in QuickBooks, in all its repetitions; also what another write took out of the books again."""
    with reading(engine) as connection:
        rows = connection.execute(
            select(WriteRow.__table__).where(WriteRow.run_key == run_key, or_(*_counts_as_made()))
        )
        return [_write(row) for row in rows]


def counts_as_made(connection: Connection, write: Write) -> bool:
    """Whether a run counts a write as made: its record is there, or was taken out by a write that counts as that."""
    return connection.scalar(select(WriteRow.id).where(WriteRow.id == write.id, or_(*_counts_as_made()))) is not None


def _counts_as_made() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    undoing, id = aliased(WriteRow), cast(WriteRow.id, String)
    of_it = or_(
        and_(undoing.kind == Kind.VOID, undoing.subject == id, undoing.code.is_(None)),
        and_(undoing.kind == Kind.REVERSAL, undoing.subject.startswith(id.concat("/"))),
    )
    undone = exists().where(
        undoing.realm_id == WriteRow.realm_id,
        undoing.store == WriteRow.store,
        undoing.status == WriteStatus.POSTED,
        of_it,
    )
    taken_out = and_(WriteRow.status == WriteStatus.REJECTED, WriteRow.code.in_(_TAKEN_OUT), undone)
    return WriteRow.status == WriteStatus.POSTED, taken_out


_TAKEN_OUT = (Code.PAYMENT_GONE, Code.DELETED)
"""Of what had been recorded as it was sent."""


def versions(connection: Connection, write: Write) -> list[Write]:
    """All versions of a recorded document, oldest first: as it was made, and each change; of all else the write itself."""
    if write.kind not in (Kind.DOCUMENT, Kind.CHANGE) or write.quickbooks_id is None:
        return [write]
    same = (
        WriteRow.realm_id == write.realm_id,
        WriteRow.store == write.store,
        WriteRow.kind.in_((Kind.DOCUMENT, Kind.CHANGE)),
        WriteRow.subject == write.subject,
        WriteRow.entity == write.entity,
        WriteRow.quickbooks_id == write.quickbooks_id,
    )
    rows = connection.execute(select(WriteRow.__table__).where(*same).order_by(WriteRow.id))
    return [_write(row) for row in rows] or [write]


def versions_of(engine: Engine, writes: Iterable[Write]) -> dict[int, list[Write]]:
    """The versions of each of these recorded documents and changes."""
    with reading(engine) as connection:
        return {write.id: versions(connection, write) for write in writes}


def new_of_runs(engine: Engine, run_keys: Sequence[str]) -> list[Write]:
    """The customers and items that runs have made in QuickBooks."""
    with reading(engine) as connection:
        made = (WriteRow.kind.in_((Kind.CUSTOMER, Kind.ITEM)), WriteRow.status == WriteStatus.POSTED)
        rows = connection.execute(select(WriteRow.__table__).where(WriteRow.run_key.in_(run_keys), *made))
        return [_write(row) for row in rows]


def taken_out_by_run(engine: Engine, run_key: str) -> list[Write]:
    """What a run voided in QuickBooks that had been recorded as it was sent: because its money is gone, or its order."""
    with reading(engine) as connection:
        voided = select(WriteRow.subject).where(
            WriteRow.run_key == run_key, WriteRow.kind == Kind.VOID, WriteRow.status == WriteStatus.POSTED
        )
        ids = [int(subject) for subject in connection.scalars(voided)]
        wanted = WriteRow.code.in_(_TAKEN_OUT)
        return [
            _write(row)
            for some in chunks(ids)
            for row in connection.execute(select(WriteRow.__table__).where(WriteRow.id.in_(some), wanted))
        ]


def writes_of_orders(
    engine: Engine, *, realm_id: str | None, store: str, order_ids: Sequence[str]
) -> dict[str, list[Write]]:
    """By order: everything that was ever written for it, oldest first, all generations; in whichever company where none is given."""
    found: dict[str, list[Write]] = {}
    with reading(engine) as connection:
        statement = (
            select(WriteRow.__table__, WriteOrder.order_id, WriteOrder.shows)
            .join(WriteOrder, WriteOrder.write_id == WriteRow.id)
            .where(WriteRow.store == store, is_one_of(connection, WriteOrder.order_id, order_ids))
            .order_by(WriteRow.id)
        )
        if realm_id is not None:
            statement = statement.where(WriteRow.realm_id == realm_id)
        for row in connection.execute(statement):
            shows = None if row.shows is None else {id: Decimal(amount) for id, amount in row.shows.items()}
            found.setdefault(row.order_id, []).append(replace(_write(row), shows=shows))
    return found


def orders_of_writes(engine: Engine, write_ids: Sequence[int]) -> dict[int, list[str]]:
    """The orders that each of these writes is about."""
    found: dict[int, list[str]] = {write_id: [] for write_id in write_ids}
    with reading(engine) as connection:
        for some in chunks(write_ids):
            rows = connection.execute(
                select(WriteOrder.write_id, WriteOrder.order_id)
                .where(WriteOrder.write_id.in_(some))
                .order_by(WriteOrder.order_id)
            )
            for row in rows:
                found[row.write_id].append(row.order_id)
    return found


def writes_from(engine: Engine, *, realm_id: str, store: str, kind: Kind, prefix: str) -> list[Write]:
    """All writes whose subject begins so, each generation, oldest first."""
    return _find(engine, realm_id, store, kind, WriteRow.subject.startswith(prefix, autoescape=True))


def recorded_documents(engine: Engine, store: str, order_ids: Sequence[str]) -> dict[str, Write]:
    """The posted documents of these orders, by order, in whichever company."""
    found = writes_of_orders(engine, realm_id=None, store=store, order_ids=order_ids)
    return {
        order_id: write
        for order_id, writes in found.items()
        for write in writes
        if write.kind is Kind.DOCUMENT and write.status is WriteStatus.POSTED
    }


def other_company(engine: Engine, *, store: str, realm_id: str) -> str | None:
    """Another company that this store has sent something to that is there, or may be; None where there is none."""
    with reading(engine) as connection:
        return connection.scalar(
            select(WriteRow.realm_id)
            .where(
                WriteRow.store == store,
                WriteRow.status.in_([WriteStatus.POSTED, *UNCERTAIN]),
                WriteRow.realm_id != realm_id,
            )
            .limit(1)
        )


def _find(engine: Engine, realm_id: str, store: str, kind: Kind, *conditions: ColumnElement[bool]) -> list[Write]:
    mine = (WriteRow.realm_id == realm_id, WriteRow.store == store, WriteRow.kind == kind)
    with reading(engine) as connection:
        rows = connection.execute(select(WriteRow.__table__).where(*mine, *conditions).order_by(WriteRow.id))
        return [_write(row) for row in rows]


def newest(connection: Connection, realm_id: str, store: str, kind: Kind, subjects: Sequence[str]) -> list[Write]:
    """The newest generation of each subject that has one."""
    found: dict[str, Write] = {}
    for some in chunks(subjects):
        rows = connection.execute(
            select(WriteRow.__table__)
            .where(
                WriteRow.realm_id == realm_id,
                WriteRow.store == store,
                WriteRow.kind == kind,
                WriteRow.subject.in_(some),
            )
            .order_by(WriteRow.generation)
        )
        found.update((row.subject, _write(row)) for row in rows)
    return list(found.values())


def _write(row: Any) -> Write:
    return Write(
        id=row.id,
        realm_id=row.realm_id,
        store=row.store,
        kind=Kind(row.kind),
        subject=row.subject,
        generation=row.generation,
        request_id=row.request_id,
        entity=Entity(row.entity),
        operation=row.operation,
        payload=row.payload,
        total=_major(row.total_minor, row.currency),
        tax=_major(row.tax_minor, row.currency),
        currency=row.currency,
        content_hash=row.content_hash,
        status=WriteStatus(row.status),
        owner_token=row.owner_token,
        attempts=row.attempts,
        sent_at=row.sent_at,
        quickbooks_id=row.quickbooks_id,
        recorded=_major(row.recorded_minor, row.currency),
        code=row.code,
        message=row.message,
        advice=row.advice,
        planned_at=row.planned_at,
        run_key=row.run_key,
        trace_id=row.trace_id,
    )


def _major(minor: int | None, currency: str | None) -> Decimal | None:
    return None if minor is None or currency is None else from_minor(minor, currency)
