"""What a run that records a plan may send: what the plan has, just so. What is otherwise is left out, and said of its order."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import TypeVar

from order_sync.database.history import newest_troubles
from order_sync.database.order_status import leave_orders
from order_sync.database.plans import Planned, plan_made_at, planned, runs_of_plan
from order_sync.database.writes import new_of_runs, orders_of_writes, writes_of_orders
from order_sync.errors import ConfigurationError
from order_sync.sync.documents.voided import VOIDED
from order_sync.sync.orders.codes import Code
from order_sync.sync.orders.kinds import Entity, Kind
from order_sync.sync.orders.trouble import trouble
from order_sync.sync.orders.write import Intent, Write
from order_sync.sync.recording.context import Recording
from order_sync.sync.recording.plan_compared import (
    PROSPECTS,
    Difference,
    New,
    Plan,
    Thing,
    as_row,
    between,
    comparable,
    links_of,
    new_of,
    outstanding,
    plan_of,
)

log = logging.getLogger(__name__)

One = TypeVar("One", Intent, Write)

_SAID = 5  # of the values that differ; the run's page has all


def leave_out(recording: Recording, differing: Mapping[str, Difference]) -> None:
    """Leaves orders out of the run, because they are otherwise than in its plan; each is told what is another, once."""
    told = {
        order_id: (
            trouble(Code.PLAN_DIFFERS, f"Left out of plan {name_of_plan(recording)}, because {_in_words(found)}."),
            found,
        )
        for order_id, found in differing.items()
    }
    recording.left_out.update(told)
    troubles = newest_troubles(recording.engine, recording.store.name, list(told))
    known = {order_id for order_id, (why, _found) in told.items() if troubles.get(order_id) == why.message}
    leave_orders(recording.engine, recording.store.name, recording.run.run_key, told, known)
    for order_id, found in differing.items():
        paths = ", ".join(str(path) for path, _was, _is in found[:_SAID])
        log.warning("order %s: left out, because it is otherwise than in the plan: %s", order_id, paths)


def _in_words(found: Difference) -> str:
    said = [_value_in_words(*one) for one in found[:_SAID]]
    more = [f"{len(found) - _SAID} more values differ"] if len(found) > _SAID else []
    return "; ".join(said + more)


def _value_in_words(path: str | None, was: str | None, now: str | None) -> str:
    """What of one value is otherwise: a whole record as people call it, and why it is not due now where that is a sentence."""
    entity, bracket, number = str(path).partition("[")
    name = f"{Entity(entity).words}{bracket}{number}" if entity in set(Entity) else str(path)
    planned = f"{name} was planned as {was or 'nothing'}"
    if now and now.endswith("."):
        return f"{planned} and is not due now ({now.removesuffix('.')})"
    return f"{planned} and is {now or 'nothing'} now"


def name_of_plan(recording: Recording) -> str:
    """The plan that the run records, as people know it: by its run's id."""
    return (recording.run.plan or "").partition("/")[2]


def rows_of_plan(recording: Recording, order_ids: Sequence[str] | None = None) -> list[Planned]:
    """What the run's plan has, of all its orders or of these. ConfigurationError where it was made again since the run began: what stands
    in it by now, nobody asked to have recorded."""
    key = recording.run.plan or ""
    rows = planned(recording.engine, key, order_ids)
    made_at = plan_made_at(
        recording.engine, key
    )  # asked last: rows that were read before it are of that plan, or of one before
    if made_at and made_at > recording.run.started_at:
        raise ConfigurationError(
            f"Plan {name_of_plan(recording)} was made again at {made_at:%Y-%m-%d %H:%M:%S} UTC, while this run was recording it.",
            advice="Look at the plan as it is now, and have it recorded anew. What is recorded by then stays, and is not recorded twice.",
        )
    return rows


def new_of_plan(recording: Recording) -> New:
    """The customers and items that runs which record this plan have made."""
    runs = runs_of_plan(recording.engine, recording.store.name, recording.run.plan or "")
    return new_of(new_of_runs(recording.engine, [one.run_key for one in runs]))


def new_elsewhere(recording: Recording, written: Mapping[str, Sequence[Write]]) -> New:
    """The customers and items of the runs that wrote some of these since the plan was made."""
    made_at = plan_made_at(recording.engine, recording.run.plan or "")
    since = [one for of in written.values() for one in of if made_at and one.planned_at and one.planned_at > made_at]
    return new_of(new_of_runs(recording.engine, sorted({one.run_key for one in since if one.run_key})))


def written_for(recording: Recording, order_ids: Sequence[str]) -> dict[str, list[Write]]:
    """All that the ledger has of these orders."""
    of_store = {"realm_id": recording.realm_id, "store": recording.store.name}
    return writes_of_orders(recording.engine, **of_store, order_ids=order_ids)


def beyond_plan(recording: Recording, intents: Sequence[Intent]) -> list[Intent]:
    """Those of these that are not in the plan that the run records; none in a run that records none."""
    if not recording.run.plan or not intents:
        return []
    bounds = _bounds(recording, [order_id for one in intents for order_id in one.order_ids])
    return [one for one in intents if not bounds.hold(one, one.order_ids)]


def leave_beyond(recording: Recording, intents: Sequence[Intent]) -> list[Intent]:
    """What of these the run may send; the orders of the others are left out."""
    if not recording.run.plan or not intents:
        return list(intents)
    return _within(recording, intents, {one.subject: one.order_ids for one in intents})


def leave_written(recording: Recording, writes: Mapping[str, Write]) -> dict[str, Write]:
    """The same of what the ledger has for intents, by subject: one that was sent before, otherwise, keeps its payload."""
    if not recording.run.plan or not writes:
        return dict(writes)
    orders = orders_of_writes(recording.engine, [one.id for one in writes.values()])
    kept = _within(recording, list(writes.values()), {one.subject: orders[one.id] for one in writes.values()})
    return {one.subject: one for one in kept}


def _within(recording: Recording, ones: Sequence[One], orders: Mapping[str, Sequence[str]]) -> list[One]:
    bounds = _bounds(recording, [order_id for of in orders.values() for order_id in of])
    beyond = {one.subject: one for one in ones if not bounds.hold(one, orders[one.subject])}
    differing = {id: bounds.difference(id, one) for one in beyond.values() for id in orders[one.subject]}
    if differing:
        leave_out(recording, differing)
    return [one for one in ones if one.subject not in beyond]


def within_plan(recording: Recording, writes: Sequence[Write]) -> list[Write]:
    """Those of these writes that are in the plan that the run records, of orders that it does not leave out."""
    orders = orders_of_writes(recording.engine, [one.id for one in writes])
    bounds = _bounds(recording, [order_id for of in orders.values() for order_id in of])
    return [one for one in writes if bounds.hold(one, orders[one.id]) and recording.left_out.isdisjoint(orders[one.id])]


class Bounds:
    """A plan, and what the ledger has of the orders that are asked about."""

    def __init__(self, plan: Plan, written: Mapping[str, Sequence[Write]]) -> None:
        self._plan = plan
        self._written = written
        self._new = {row.body for rows in plan.rows.values() for row in rows if row.entity in PROSPECTS}

    def hold(self, one: Intent | Write, order_ids: Sequence[str]) -> bool:
        """Whether something is in the plan, just so, for each of its orders."""
        if one.kind in (Kind.CUSTOMER, Kind.ITEM):
            return one.payload in self._new
        return bool(order_ids) and all(self._has(order_id, one) for order_id in order_ids)

    def _has(self, order_id: str, one: Intent | Write) -> bool:
        written = self._written.get(order_id, ())
        wanted = self._thing(order_id, one)
        things = self._plan.things(order_id, written)
        if any(it.is_same(wanted) for it in things):
            return True
        # What QuickBooks recorded otherwise than it was planned is taken out again, where the settings say so.
        return one.kind is Kind.VOID and any(
            str(write.id) == one.subject and write.code in VOIDED and self._has(order_id, write) for write in written
        )

    def difference(self, order_id: str, one: Intent | Write) -> Difference:
        """What of something is not as it was planned."""
        written = self._written.get(order_id, ())
        left, _is_on_its_way = outstanding(self._plan, order_id, written)
        same = [it for it in left if it.row.entity == one.entity][:1]
        return between(same, [self._thing(order_id, one)])

    def _thing(self, order_id: str, one: Intent | Write) -> Thing:
        row = as_row(order_id, one)
        return Thing(row, comparable(row, self._plan.new, links_of(order_id, self._written.get(order_id, ()))))


def _bounds(recording: Recording, order_ids: Sequence[str]) -> Bounds:
    rows = rows_of_plan(recording, order_ids)
    return Bounds(plan_of(rows, new_of_plan(recording)), written_for(recording, order_ids))
