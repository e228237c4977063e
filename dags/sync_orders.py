"""One Dag a store, `sync_orders__<store>`: the whole way of an Infusionsoft order into QuickBooks Online. Wiring only."""

from __future__ import annotations

from datetime import datetime
from textwrap import dedent
from typing import Any

from airflow.sdk import DAG, Param, dag, task

from order_sync.bridge import tasks
from order_sync.bridge.ending import refuse
from order_sync.bridge.periods import period
from order_sync.bridge.retry_policy import TASK_DEFAULTS
from order_sync.bridge.stores import WrongStore, dags, first_day, timetable
from order_sync.settings import Store

DOC = """
Carries the orders of store **{name}** from Infusionsoft to QuickBooks Online, each exactly once.

| task | what it does |
|---|---|
| refresh_customers | brings the cached QuickBooks lists up to date |
| extract_orders | reads the orders created, changed or paid in the data interval, and those left unfinished |
| match_customers | finds each order's customer, with an explanation |
| create_customers | creates the customers that are missing, makes inactive ones active where the settings say so |
| update_addresses | updates the addresses of the customers found |
| post_orders | posts documents, payments and refunds |
| report | counts orders and money; fails when orders failed, after everything else was done |

**When it fails:** the last error in the red task's log says what is wrong and what to do. Then clear that task: the run goes on from
there, and nothing is posted twice. If only `report` is red, orders failed and all else is done: the next run tries them again, or at once a
run with *Only these orders*. **To record past days:** start a backfill. **To see first what a run would send:** trigger
`plan_orders__{name}`; a run with *Record this plan* then records just that. Settings: `include/config/stores/{name}.yaml`.
"""


def sync_orders(store: Store) -> DAG:
    """The Dag of one store; of each task one at a time runs, whichever runs a backfill makes."""

    @dag(
        dag_id=f"sync_orders__{store.name}",
        schedule=timetable(store),
        start_date=first_day(store),
        catchup=store.catchup,
        max_active_runs=1,
        default_args={**TASK_DEFAULTS, "max_active_tis_per_dag": 1},
        tags=["order-sync", store.name],
        doc_md=dedent(DOC).format(name=store.name),
        params={
            "only_orders": Param(
                [],
                type="array",
                items={"type": "string", "pattern": "^[0-9]{1,19}$"},
                title="Only these orders",
                description="Infusionsoft order ids, one a line: the run reads and records these alone, whenever they were made, and "
                "nothing else of its interval. Empty: the whole interval. Only for Trigger: the Backfill dialog shows it too, and "
                "records the whole interval unless its box for configuration is ticked.",
            ),
            "plan": Param(
                None,
                type=["null", "string"],
                title="Record this plan",
                description=f"The run id of a run of plan_orders__{store.name}: the run reads the orders of that plan, and records what is "
                "due of them just as it was planned. What is otherwise by now it leaves out, and says so. Not with Only these orders. "
                "Empty: whatever is due. The console starts it from the plan's page.",
            ),
        },
    )
    def wiring() -> None:
        @task
        def refresh_customers(
            run_id: str | None = None,
            data_interval_start: datetime | None = None,
            data_interval_end: datetime | None = None,
            params: dict[str, Any] | None = None,
            dag_run: Any = None,
        ) -> str:
            asked = {"only_orders": [], "plan": None, **(params or {})}
            interval = period(store, data_interval_start, data_interval_end, dag_run.run_after)
            wanted = tasks.Wanted(asked["only_orders"], (asked["plan"] or "").strip(), dag_run.run_after)
            return tasks.refresh_customers(store, str(run_id), interval, wanted)

        @task
        def extract_orders(run_key: str) -> str:
            return tasks.extract_orders(store, run_key)

        @task
        def match_customers(run_key: str) -> str:
            return tasks.match_customers(store, run_key)

        @task
        def create_customers(run_key: str) -> str:
            return tasks.create_customers(store, run_key)

        @task
        def update_addresses(run_key: str) -> str:
            return tasks.update_addresses(store, run_key)

        @task
        def post_orders(run_key: str) -> str:
            return tasks.post_orders(store, run_key)

        @task
        def report(run_key: str) -> dict[str, int]:
            return tasks.report(store, run_key)

        run_key = refresh_customers()
        for step in (extract_orders, match_customers, create_customers, update_addresses, post_orders):
            run_key = step(run_key)
        report(run_key)

    return wiring()


def unreadable_store(store: WrongStore) -> DAG:
    """Stands in for a store whose settings are wrong: red every hour, with the error, while the other stores go on.

    Under an id of its own, so that the store's Dag, once it is back, goes on from its last interval and misses none.
    """

    @dag(
        dag_id=f"wrong_settings__{store.name}",
        schedule="@hourly",
        is_paused_upon_creation=False,
        start_date=datetime.fromisoformat("2026-01-01T00:00:00+00:00"),
        catchup=False,
        tags=["order-sync", "wrong settings"],
        doc_md=f"**The settings of this store are wrong.**\n\n```\n{store.words}\n```",
    )
    def wiring() -> None:
        @task(retries=0)
        def read_settings() -> None:
            refuse(store.error)

        read_settings()

    return wiring()


globals().update(dags(sync_orders, unreadable_store))
