"""The ledger: one row for each thing that is to exist in QuickBooks, and the only ways in which it may change (`WriteStatus`).

Each change is one guarded UPDATE: it names the state it leaves and carries the fencing token of the lease it is made under, and a row
touched under a newer token is never changed by an older one. Zero rows changed means that somebody else has the row: `LeaseLost`.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import Connection, Engine, delete, select, update

from order_sync.database.database import clock, insert_into, transaction
from order_sync.database.leases import Lease
from order_sync.database.order_status import lock_orders
from order_sync.database.runs import add_to_totals
from order_sync.database.tables import Run as RunRow
from order_sync.database.tables import Write as WriteRow
from order_sync.database.tables import WriteOrder
from order_sync.database.writes import counts_as_made, newest, versions
from order_sync.errors import LeaseLost, OrderSyncError
from order_sync.money import exponent, from_minor, to_minor
from order_sync.sync.orders.codes import Code
from order_sync.sync.orders.kinds import Kind
from order_sync.sync.orders.status import Status
from order_sync.sync.orders.write import UNCERTAIN, Intent, Write, WriteStatus, former_version

_ZERO = Decimal(0)
REQUEST_NAMESPACE = uuid.UUID("6f0f3f0a-9a2f-5b52-8e3e-0d5c3b7d1c11")


def request_id(realm_id: str, store: str, kind: str, subject: str, generation: int) -> str:
    """The deterministic request id of a write: the same for every attempt, another for a corrected payload (36 characters)."""
    return str(uuid.uuid5(REQUEST_NAMESPACE, "\n".join((realm_id, store, kind, subject, str(generation)))))


@transaction
def plan_writes(
    connection: Connection, lease: Lease, *, realm_id: str, store: str, run_key: str, intents: Sequence[Intent]
) -> dict[str, Write]:
    """Commits an intent for each subject and gives the rows that now stand for them, by subject.

    What is for an order that a person ended or let wait since the run read it gets none. A subject that has a row already keeps it,
    payload and all, unless that row was rejected, or was planned with another payload and never sent: then the new payload becomes a new
    generation (rejected) or replaces the old one (never sent).
    """
    wanted = {intent.subject: intent for intent in _still_wanted(connection, store, intents)}
    if not wanted:
        return {}
    kind = next(iter(wanted.values())).kind
    known = {row.subject: row for row in newest(connection, realm_id, store, kind, list(wanted))}
    version = connection.scalar(select(RunRow.settings_version).where(RunRow.run_key == run_key))
    fresh: list[dict[str, Any]] = []
    for subject, intent in wanted.items():
        row = known.get(subject)
        if row is None or row.status == WriteStatus.REJECTED or _is_another_change(row, intent):
            generation = 1 if row is None else row.generation + 1
            made = _new_row(intent, realm_id, store, generation, run_key, lease)
            fresh.append({**made, "settings_version": version})
        elif (
            row.status == WriteStatus.PLANNED
            and row.attempts == 0
            and (row.payload != intent.payload or intent.payments_shown)
        ):
            _replace_payload(connection, lease, row, intent, version)
    if fresh:
        connection.execute(insert_into(connection, WriteRow).on_conflict_do_nothing(), fresh)
    rows = {row.subject: row for row in newest(connection, realm_id, store, kind, list(wanted))}
    of_orders = [
        {"write_id": rows[subject].id, "order_id": order_id, "shows": _shown(intent, order_id)}
        for subject, intent in wanted.items()
        if rows[subject].payload == intent.payload
        for order_id in intent.order_ids
    ]
    if of_orders:
        connection.execute(insert_into(connection, WriteOrder).on_conflict_do_nothing(), of_orders)
    return rows


def _still_wanted(connection: Connection, store: str, intents: Sequence[Intent]) -> list[Intent]:
    """Those of these whose orders nobody ended or let wait meanwhile; who wants to do so once they are planned is told to wait."""
    orders = lock_orders(connection, store, {order_id for one in intents for order_id in one.order_ids})
    ended = {id for id, row in orders.items() if row.code == Code.BY_PERSON}
    left = ended | {id for id, row in orders.items() if row.status in (Status.WAITING, Status.SKIPPED)}
    return [one for one in intents if (left if one.kind is Kind.DOCUMENT else ended).isdisjoint(one.order_ids)]


def _shown(intent: Intent, order_id: str) -> dict[str, str] | None:
    shows = intent.payments_shown.get(order_id)
    return None if shows is None else {id: str(amount) for id, amount in shows.items()}


def _is_another_change(row: Write, intent: Intent) -> bool:
    # A document is changed as often as its order is.
    return intent.operation == "update" and row.status == WriteStatus.POSTED and row.content_hash != intent.content_hash


def _replace_payload(connection: Connection, lease: Lease, row: Write, intent: Intent, version: int | None) -> None:
    replaced = connection.execute(
        update(WriteRow)
        .where(WriteRow.id == row.id, WriteRow.status == WriteStatus.PLANNED, WriteRow.owner_token <= lease.token)
        .values(
            entity=intent.entity,
            operation=intent.operation,
            payload=intent.payload,
            total_minor=_minor(intent.total, intent.currency),
            tax_minor=_minor(intent.tax, intent.currency),
            content_hash=intent.content_hash,
            settings_version=version,
            owner_token=lease.token,
        )
    ).rowcount
    if replaced:
        connection.execute(delete(WriteOrder).where(WriteOrder.write_id == row.id))


def claim_write(engine: Engine, lease: Lease, write: Write, run_key: str) -> Write:
    """planned → sending, with `sent_at` (by the database's clock), committed before the request leaves; gives the write as it is then.

    Raises LeaseLost where another owner has the row.
    """
    [claimed] = claim_writes(engine, lease, [write], run_key)
    return claimed


@transaction
def claim_writes(connection: Connection, lease: Lease, writes: Sequence[Write], run_key: str) -> list[Write]:
    """`claim_write` for all that go out in one request, or for none of them."""
    sent_at = connection.execute(select(clock(connection))).scalar_one()
    for write in sorted(writes, key=lambda write: write.id):
        _change(
            connection,
            lease,
            write,
            (WriteStatus.PLANNED,),
            status=WriteStatus.SENDING,
            sent_at=sent_at,
            attempts=WriteRow.attempts + 1,
            run_key=run_key,
            trace_id=None,
        )
    return [
        replace(write, status=WriteStatus.SENDING, sent_at=sent_at, attempts=write.attempts + 1, trace_id=None)
        for write in writes
    ]


@transaction
def settle_write(
    connection: Connection,
    lease: Lease,
    write: Write,
    status: WriteStatus,
    *,
    run_key: str,
    quickbooks_id: str | None = None,
    recorded: Decimal | None = None,
    error: OrderSyncError | None = None,
) -> None:
    """Records how a write ended (`posted`, `rejected`, `unknown`), or that it was certainly not executed (`planned`).

    One that is posted already may only be posted again: somebody corrected in QuickBooks what was recorded otherwise than sent. It stays
    the work of the run that made it, whose totals follow. QuickBooks' own id of the call is the error's, else the write's (`trace_id`).
    """
    if status not in (WriteStatus.POSTED, WriteStatus.REJECTED, WriteStatus.UNKNOWN, WriteStatus.PLANNED):
        raise ValueError(f"a write cannot become {status}")
    posted_again = write.status == status == WriteStatus.POSTED
    leaves = (WriteStatus.POSTED,) if posted_again else UNCERTAIN
    # A void that was not done takes nothing out of the books before the run that finds it done.
    stays = posted_again and write.kind is not Kind.VOID
    recorded_minor = _recorded_minor(recorded, write.currency)
    _change(
        connection,
        lease,
        write,
        leaves,
        status=status,
        run_key=write.run_key if stays else run_key,
        settled_at=datetime.now(UTC) if status in (WriteStatus.POSTED, WriteStatus.REJECTED) else None,
        quickbooks_id=quickbooks_id,
        recorded_minor=recorded_minor,
        code=error.code if error else None,
        message=error.message if error else None,
        advice=error.advice if error else None,
        trace_id=(error.trace_id if error else "") or write.trace_id,
    )
    if stays and recorded_minor is not None and write.currency:
        _add_to_totals(connection, write, _ZERO, from_minor(recorded_minor, write.currency) - (write.recorded or _ZERO))
    elif write.kind is Kind.CHANGE and status == WriteStatus.POSTED:
        # What was otherwise in the version before is so no longer.
        former = former_version(versions(connection, replace(write, quickbooks_id=quickbooks_id)), write)
        _add_to_totals(connection, former, _ZERO, (former.total or _ZERO) - (former.recorded or _ZERO))


@transaction
def reject_posted(connection: Connection, lease: Lease, write: Write, error: OrderSyncError) -> None:
    """posted → rejected, for a record that QuickBooks no longer has, made inactive or voided: the next plan makes a new generation.

    It leaves the totals of the run that made it, unless another write took it out of the books, and counts as that.
    """
    last = versions(connection, write)[-1]
    _change(
        connection,
        lease,
        write,
        (WriteStatus.POSTED,),
        status=WriteStatus.REJECTED,
        code=error.code,
        message=error.message,
        advice=error.advice,
    )
    if not counts_as_made(connection, write):
        _add_to_totals(connection, write, -(last.total or _ZERO), -(last.recorded or _ZERO))


def _add_to_totals(connection: Connection, write: Write, came: Decimal, went: Decimal) -> None:
    if came or went:
        add_to_totals(connection, write.run_key, write.currency or "", write.kind.plural, came, went)


def _change(connection: Connection, lease: Lease, write: Write, leaves: Sequence[WriteStatus], **values: Any) -> None:
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
        "operation": intent.operation,
        "payload": intent.payload,
        "total_minor": _minor(intent.total, intent.currency),
        "tax_minor": _minor(intent.tax, intent.currency),
        "currency": intent.currency,
        "content_hash": intent.content_hash,
        "status": WriteStatus.PLANNED,
        "owner_token": lease.token,
        "run_key": run_key,
        "attempts": 0,
        "planned_at": datetime.now(UTC),
    }


def _minor(amount: Decimal | None, currency: str | None) -> int | None:
    return None if amount is None or currency is None else to_minor(amount, currency)


def _recorded_minor(recorded: Decimal | None, currency: str | None) -> int | None:
    # A fraction of a cent would be QuickBooks' own and differs from any order's total: what is wrong is noted with the write.
    if recorded is None or currency is None:
        return None
    return int(recorded.scaleb(exponent(currency)).to_integral_value(ROUND_HALF_UP))
