"""Step 7: what the run did, in counts and in money, and whether it counts as failed."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from math import ceil

from sqlalchemy import Engine

from order_sync.database.orders import orders_in, orders_of_run
from order_sync.database.plans import left_out
from order_sync.database.refused_records import open_records
from order_sync.database.runs import FAILED, SUCCESS, finish_run, note_totals, unread_days
from order_sync.database.writes import made_by_run, taken_out_by_run, versions_of
from order_sync.money import from_minor
from order_sync.settings import Store
from order_sync.sync.orders.kinds import Kind
from order_sync.sync.orders.meaning import snapshot_of
from order_sync.sync.orders.payments import in_hand
from order_sync.sync.orders.refused import OpenRecord
from order_sync.sync.orders.rereading import UNFINISHED_DAYS, Interval
from order_sync.sync.orders.row import OrderRow
from order_sync.sync.orders.status import Status
from order_sync.sync.orders.write import Write, former_version
from order_sync.sync.recording.context import Context
from order_sync.sync.recording.kinds import KINDS

log = logging.getLogger(__name__)


Sums = dict[str, dict[str, tuple[Decimal, Decimal]]]
"""By currency, then documents, changes, payments, refunds or reversals: what the store says they come to, and what QuickBooks recorded."""

_NAMED = 20  # of the orders that wait with money; more are only counted


@dataclass(frozen=True, slots=True)
class Waiting:
    """Orders of one currency that wait though money came in for them, which no document shows yet: their ids, by age, and the sum."""

    order_ids: tuple[str, ...]
    sum: Decimal


@dataclass(frozen=True, slots=True)
class Report:
    """A run in numbers: the orders that it saw by status, and what it made in QuickBooks, in counts and in money.

    `waiting` is, by currency, the money of all orders of the store that wait, also of those too old for the run to have read them;
    `unreadable` the records of Infusionsoft that nobody could read yet, also those that earlier runs met;
    `left_out` are the orders that are otherwise than in the plan that the run records;
    `unread` are the stretches of the last 90 days that no run of the store has read, though runs before and after it did.
    """

    orders: Counter[str]
    made: Counter[Kind]
    money: Sums
    waiting: dict[str, Waiting]
    unreadable: list[OpenRecord]
    unread: list[Interval]
    failed: bool
    left_out: list[str]

    @property
    def counts(self) -> dict[str, int]:
        """Orders by status, of each kind of record how many were made, what could not be read, and the days that nobody has read."""
        made = {f"{kind.plural} made": self.made[kind] for kind in sorted({*_ALWAYS_TOLD, *self.made})}
        refused = {"records not read": len(self.unreadable)} if self.unreadable else {}
        left_out = {"orders left out": len(self.left_out)} if self.left_out else {}
        unread = {"days unread": ceil(sum((one.end - one.start) / timedelta(1) for one in self.unread))}
        return {**self.orders, **made, **refused, **left_out, **(unread if self.unread else {})}

    @property
    def failure(self) -> str:
        """What went wrong, in a sentence or two: how many orders, and how many records that belong to none."""
        failed, unread = self.orders[Status.FAILED] + self.orders[Status.UNSETTLED], len(self.unreadable)
        orders = f"{failed} {'order' if failed == 1 else 'orders'} of the run failed; the others are done."
        records = f"{unread} {'record' if unread == 1 else 'records'} of Infusionsoft could not be read."
        return " ".join([orders] * bool(failed) + [records] * bool(unread))


_ZERO = Decimal(0)
_ALWAYS_TOLD = (Kind.DOCUMENT, Kind.PAYMENT, Kind.REFUND, Kind.CUSTOMER)

DISMISS = "The next run reads it again; if nothing of it is to be recorded, dismiss it (python -m order_sync dismiss)."


def report(context: Context) -> Report:
    """Counts the run, records its result, and logs it; `failed` where orders failed and the settings say that this fails the run.

    Only what this run made is counted in money, with the totals that QuickBooks recorded; of a document that it changed, by how much that
    is another now; and what it took out of the books again as reversals, by a document of its own or by a void: the runs of a month add
    up to the month. What somebody corrects in QuickBooks is corrected in the totals of the run that made it (`database.ledger`).
    Beside it stands the money of orders that wait, as it is by now.
    """
    engine, store, run = context.engine, context.store, context.run
    rows = orders_of_run(engine, store.name, run.run_key)
    orders = Counter[str](row.status for row in rows)
    made = made_by_run(engine, run.run_key)
    unreadable = open_records(engine, store.name, until=run.interval_end)
    failures = orders[Status.FAILED] + orders[Status.UNSETTLED] + len(unreadable)
    result = Report(
        orders=orders,
        made=Counter(write.kind for write in made),
        money=_money(engine, made, run.run_key),
        waiting=_waiting(orders_in(engine, store.name, Status.WAITING), store),
        unreadable=unreadable,
        unread=unread_days(engine, store.name, run.interval_end - UNFINISHED_DAYS),
        failed=bool(failures) and store.report.fail_when_orders_failed,
        left_out=list(left_out(engine, run.run_key)),
    )
    finish_run(
        engine,
        run.run_key,
        state=FAILED if result.failed else SUCCESS,
        counts=result.counts,
        totals=_totals(result),
    )
    for currency, waiting in result.waiting.items():
        _say_waiting(currency, waiting)
    for stretch in result.unread:
        _say_unread(stretch, store)
    for row in rows:
        if row.status in (Status.FAILED, Status.UNSETTLED):
            log.error(
                "order %s %s (%s): %s %s", row.order_id, row.status, row.code or "-", row.message, row.advice or ""
            )
    told = {row.order_id for row in rows if row.status is Status.FAILED}
    for one in unreadable:
        if one.order_ids.isdisjoint(told):
            log.error("record %d not read: %s %s %s", one.number, one.message, one.advice, DISMISS)
    return result


def sum_up(engine: Engine, run_key: str) -> None:
    """Records the money of a run that failed: what it made is in the books, whether or not it ever comes to its report."""
    note_totals(engine, run_key, _in_texts(_money(engine, made_by_run(engine, run_key), run_key)))


def _money(engine: Engine, made: Sequence[Write], run_key: str) -> Sums:
    voided = taken_out_by_run(engine, run_key)
    versions = versions_of(engine, [*voided, *(one for one in made if one.kind is Kind.CHANGE)])
    return _sums(made, [versions[one.id][-1] for one in voided], versions)


def _sums(made: Iterable[Write], voided: Iterable[Write], versions: Mapping[int, Sequence[Write]]) -> Sums:
    found: Sums = {}
    counted = [*((one.kind, one) for one in made), *((Kind.REVERSAL, one) for one in voided)]
    for kind, write in counted:
        came, went = write.total or _ZERO, write.recorded or _ZERO
        if kind is Kind.CHANGE:
            came, went = _moved(write, versions[write.id])
        if KINDS[kind].adds_money:
            of_currency = found.setdefault(write.currency or "", {})
            known = of_currency.get(kind.plural, (_ZERO, _ZERO))
            of_currency[kind.plural] = (known[0] + came, known[1] + went)
    return found


def _moved(change: Write, versions: Sequence[Write]) -> tuple[Decimal, Decimal]:
    """By how much a change made its document another; a version that another one followed counts as if it had been as it was sent."""
    before = former_version(versions, change).total or _ZERO
    total = change.total or _ZERO
    there = change.recorded if change.id == versions[-1].id else total
    return total - before, (there or _ZERO) - before


def _waiting(rows: Iterable[OrderRow], store: Store) -> dict[str, Waiting]:
    found: dict[str, Waiting] = {}
    for snapshot in (snapshot_of(row, store) for row in rows if row.snapshot):
        if money := in_hand(snapshot):
            order = snapshot.order
            known = found.get(order.currency, Waiting((), from_minor(0, order.currency)))
            found[order.currency] = Waiting((*known.order_ids, order.id), known.sum + money)
    return found


def _totals(result: Report) -> dict[str, dict[str, dict[str, str]]]:
    """By currency and kind what came in and what was recorded; of the orders that wait, nothing was."""
    found = _in_texts(result.money)
    for currency, waiting in result.waiting.items():
        number = str(len(waiting.order_ids))
        found.setdefault(currency, {})["waiting"] = {"orders": number, "in": str(waiting.sum), "out": "0"}
    return found


def _in_texts(money: Sums) -> dict[str, dict[str, dict[str, str]]]:
    return {
        currency: {what: {"in": str(came), "out": str(went)} for what, (came, went) in sums.items()}
        for currency, sums in money.items()
    }


def _say_waiting(currency: str, waiting: Waiting) -> None:
    number, more = len(waiting.order_ids), len(waiting.order_ids) - _NAMED
    log.warning(
        "%s %s came in for %d %s, and QuickBooks shows none of it yet: %s%s.",
        waiting.sum,
        currency,
        number,
        "order that waits" if number == 1 else "orders that wait",
        ", ".join(waiting.order_ids[:_NAMED]),
        f" and {more} more" if more > 0 else "",
    )


def _say_unread(stretch: Interval, store: Store) -> None:
    start, end = (
        moment.astimezone(store.zone).isoformat(timespec="seconds") for moment in (stretch.start, stretch.end)
    )
    log.warning(
        "No run has read the orders from %s to %s, too many days for one run to make up for. To record them: airflow backfill create "
        "--dag-id sync_orders__%s --from-date %s --to-date %s --reprocess-behavior failed",
        start,
        end,
        store.name,
        start,
        end,
    )
