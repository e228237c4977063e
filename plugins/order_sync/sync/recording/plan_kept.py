"""A run that records a plan: what is due now is compared with what the plan has, and what is otherwise is left out."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial

from order_sync.database.history import LEFT_OUT, Event, untold
from order_sync.database.plans import left_out
from order_sync.sync.orders.codes import Code
from order_sync.sync.recording.context import Recording
from order_sync.sync.recording.merges import owners_of
from order_sync.sync.recording.plan_bounds import (
    leave_out,
    name_of_plan,
    new_elsewhere,
    new_of_plan,
    rows_of_plan,
    written_for,
)
from order_sync.sync.recording.plan_compared import compared, outstanding, plan_of, recorded_since
from order_sync.sync.recording.planned import plan_run
from order_sync.sync.recording.sending import tell

log = logging.getLogger(__name__)


def keep_to_plan(recording: Recording) -> None:
    """Leaves out the orders that are otherwise now than in the plan that the run records; in a run that records none, nothing.

    What would be sent now is planned anew, by the same code. Without an order that is left out, a customer or the document of a day may
    become another: so it is asked again until all that is left is as it was planned. Nothing is sent. What other runs recorded since,
    otherwise than it was planned, is not left out, because nothing is left to be done for it: that is told.
    """
    if not recording.run.plan:
        return
    rows, read_owners = rows_of_plan(recording), partial(owners_of, recording.quickbooks)
    order_ids = list(dict.fromkeys(row.order_id for row in rows))
    recording.left_out.update(left_out(recording.engine, recording.run.run_key))
    while True:
        new, written = new_of_plan(recording), written_for(recording, order_ids)
        then = plan_of(rows, new, new_elsewhere(recording, written))
        now = plan_of(plan_run(recording, recording.quickbooks.exchange_rate, read_owners), new)
        found, since = compared(then, now, written), recorded_since(then, now, written)
        differing = {id: found[id] for id in found if id not in recording.left_out and id not in since}
        if not differing:
            break
        leave_out(recording, differing)
    words = f"It is in QuickBooks already, otherwise than plan {name_of_plan(recording)} has it: nothing is to be done."
    _tell_done(recording, [order_id for order_id in since if order_id not in recording.left_out], words)


def tell_recorded(recording: Recording) -> None:
    """Tells once of the orders that are recorded just as the run's plan has them, before the run has sent anything."""
    if not recording.run.plan:
        return
    rows = rows_of_plan(recording)
    written = written_for(recording, list(dict.fromkeys(row.order_id for row in rows)))
    plan = plan_of(rows, new_of_plan(recording), new_elsewhere(recording, written))
    words = f"All that plan {name_of_plan(recording)} has of it is in QuickBooks already: nothing is to be done."
    done = [
        order_id
        for order_id, own in written.items()
        if plan.things(order_id, own) and outstanding(plan, order_id, own) == ([], False)
    ]
    log.info("orders of the plan that are recorded already, just so: %d", len(done))
    _tell_done(recording, done, words)


def _tell_done(recording: Recording, order_ids: Sequence[str], words: str) -> None:
    advice = Code.PLAN_RECORDED.advice
    events = [Event(order_id, LEFT_OUT, words, code=Code.PLAN_RECORDED, advice=advice) for order_id in order_ids]
    tell(recording, untold(recording.engine, recording.store.name, events))
