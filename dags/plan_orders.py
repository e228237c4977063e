"""One Dag a store, `plan_orders__<store>`: what `sync_orders__<store>` would send, and nothing sent. Wiring only."""

from __future__ import annotations

from textwrap import dedent

from airflow.sdk import DAG, Param, dag, task

from order_sync.bridge import plan
from order_sync.bridge.retry_policy import TASK_DEFAULTS
from order_sync.bridge.stores import dags, first_day
from order_sync.settings import Store

DOC = """
Shows what `sync_orders__{name}` would send for some days of store **{name}**, order by order: the exact JSON of each customer, item,
document, payment and refund. **It cannot send anything:** its clients have no method that writes, and of the sync's database it writes
the table `plans` alone.
No run need end first, and none waits for it.

Trigger it. Without days it plans the interval of the next run. With a settings file it also shows what would be recorded otherwise than
under the settings in force, for orders that are recorded already too. The log of its task has a table and a line for each order; the
table `plans` has all of it: docs/backfill.md.

**When it fails:** the last error in the task's log says what is wrong and what to do. It only reads: run it again at any time.
"""


def plan_orders(store: Store) -> DAG:
    """The Dag of one store; without a schedule, so that it is run by hand only, and cannot be backfilled."""

    @dag(
        dag_id=f"plan_orders__{store.name}",
        schedule=None,
        is_paused_upon_creation=False,  # nothing starts it but a person, and it cannot write
        start_date=first_day(store),
        default_args=TASK_DEFAULTS,
        tags=["order-sync", store.name],
        doc_md=dedent(DOC).format(name=store.name),
        params={
            "from": Param(
                None,
                type=["null", "string"],
                format="date",
                title="From",
                description=f"The first day to plan, as a day in {store.time_zone}. Without it: the interval of the next run.",
            ),
            "to": Param(
                None,
                type=["null", "string"],
                format="date",
                title="To",
                description="The last day to plan, included; a month at once is fine. Without it: the first day alone.",
            ),
            "settings": Param(
                None,
                type=["null", "string"],
                title="Settings to try",
                description="A settings file below include/config, as stores/_candidate.yaml: shows what it would record otherwise. "
                "The console names its drafts here. Without it: the settings in force.",
            ),
        },
    )
    def wiring() -> None:
        @task(task_id="plan_orders")
        def made(run_id: str | None = None, params: dict[str, str | None] | None = None) -> dict[str, int]:
            asked = params or {}
            return plan.plan_orders(store, str(run_id), *(asked.get(name) for name in ("from", "to", "settings")))

        made()

    return wiring()


globals().update(dags(plan_orders))
