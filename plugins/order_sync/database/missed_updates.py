"""Updates of customers and contacts that could not be made for a reason that passes: the next run makes them up."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Literal

from sqlalchemy import Connection, Engine, delete, select

from order_sync.database.database import insert_into, is_one_of, reading, transaction
from order_sync.database.tables import MissedUpdate

Subject = Literal["customer", "contact"]

KEPT = timedelta(days=90)
"""For so long a run makes them up; an order of the subject comes sooner, or nobody minds any more."""

MOST = 1_000
"""So many of a kind a run makes up, the oldest first."""


@transaction
def note_missed(
    connection: Connection, store: str, kind: Subject, subject: str, *, order_id: str, ordered_at: datetime
) -> None:
    """Keeps that a customer or a contact is to follow an order; of two orders the newer one counts."""
    row = {"order_id": order_id, "ordered_at": ordered_at, "missed_at": datetime.now(UTC)}
    statement = insert_into(connection, MissedUpdate).values(store=store, kind=kind, subject=subject, **row)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["store", "kind", "subject"],
            set_=row,
            where=statement.excluded.ordered_at > MissedUpdate.ordered_at,
        )
    )


def missed_updates(engine: Engine, store: str, kind: Subject) -> dict[str, str]:
    """By customer or contact, the order that it is still to follow."""
    of = MissedUpdate.__table__.c
    with reading(engine) as connection:
        rows = connection.execute(
            select(of.subject, of.order_id)
            .where(of.store == store, of.kind == kind, of.missed_at > datetime.now(UTC) - KEPT)
            .order_by(of.missed_at, of.subject)
            .limit(MOST)
        )
        return {row.subject: row.order_id for row in rows}


@transaction
def settle_missed(connection: Connection, store: str, kind: Subject, subjects: Collection[str]) -> None:
    """Forgets what was made up, or is not to be made up any more; and what is too old."""
    of = MissedUpdate.__table__.c
    done = is_one_of(connection, of.subject, sorted(subjects)) | (of.missed_at <= datetime.now(UTC) - KEPT)
    connection.execute(delete(MissedUpdate).where(of.store == store, of.kind == kind, done))
