"""Records of Infusionsoft that could not be read: open until they can be, or until a person has dealt with them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, case, select, update

from order_sync.database.database import insert_into, reading, transaction
from order_sync.database.tables import RefusedRecord
from order_sync.sync.orders.codes import Code
from order_sync.sync.orders.refused import OpenRecord, Refused


@transaction
def save_refused(
    connection: Connection, store: str, run_key: str, refused: Sequence[Refused], *, interval_end: datetime
) -> None:
    """Keeps records that a run could not read, or notes that it could not read them again; they are open by then.

    Runs of earlier intervals than the first one that met a record do not mind it.
    """
    now = datetime.now(UTC)
    # What a person has dealt with stays so, while it is as that person saw it.
    open_again = {
        name: case((RefusedRecord.dismissed, getattr(RefusedRecord, name))) for name in ("settled_at", "settled")
    }
    for one in sorted(refused, key=lambda one: one.digest):
        record, error = one.record, one.record.error
        begin, end = one.window or (None, None)
        met = {
            "order_ids": sorted(one.order_ids),
            "window_start": begin,
            "window_end": end,
            "code": Code.UNREADABLE,
            "message": error.message,
            "advice": error.advice or Code.UNREADABLE.advice,
            "run_key": run_key,
            "last_at": now,
        }
        first = {"kind": record.kind, "record_id": record.id, "raw": record.raw, "first_at": now}
        key = {"store": store, "digest": one.digest}
        connection.execute(
            insert_into(connection, RefusedRecord)
            .values(**key, **first, **met, interval_end=interval_end, dismissed=False)
            .on_conflict_do_update(index_elements=list(key), set_=met | open_again)
        )


def open_records(engine: Engine, store: str, *, until: datetime) -> list[OpenRecord]:
    """The records that are open for a run whose interval ends then, oldest first."""
    of = RefusedRecord.__table__.c
    with reading(engine) as connection:
        rows = connection.execute(
            select(RefusedRecord.__table__)
            .where(of.store == store, of.settled_at.is_(None), of.interval_end <= until)
            .order_by(of.id)
        )
        return [
            OpenRecord(
                number=row.id,
                kind=row.kind,
                record_id=row.record_id,
                message=row.message,
                advice=row.advice,
                digest=row.digest,
                order_ids=frozenset(row.order_ids),
                window=(row.window_start, row.window_end) if row.window_start else None,
            )
            for row in rows
        ]


@transaction
def settle_records(connection: Connection, store: str, numbers: Collection[int], why: str) -> None:
    """Closes records: they could be read, or are not there any more."""
    if numbers:
        connection.execute(
            update(RefusedRecord)
            .where(RefusedRecord.store == store, RefusedRecord.id.in_(numbers))
            .values(settled_at=datetime.now(UTC), settled=why)
        )


@transaction
def dismiss_record(connection: Connection, store: str, number: int, why: str) -> None:
    """Closes a record by a person's decision, until it comes with another content; LookupError where none of that number is open."""
    closed = connection.execute(
        update(RefusedRecord)
        .where(RefusedRecord.store == store, RefusedRecord.id == number, RefusedRecord.settled_at.is_(None))
        .values(settled_at=datetime.now(UTC), settled=why, dismissed=True)
    )
    if not closed.rowcount:
        raise LookupError(
            f"Store {store} has no open record {number}: the report of its last run names those that are."
        )
