"""One Dag a store, `refresh_quickbooks__<store>`: the cached QuickBooks lists, read in full. Wiring only."""

from __future__ import annotations

from airflow.sdk import DAG, dag, task

from order_sync.bridge import tasks
from order_sync.bridge.retry_policy import TASK_DEFAULTS
from order_sync.bridge.stores import dags, first_day
from order_sync.settings import Store

DOC = """
Reads the lists of store **{name}**'s QuickBooks company in full: customers, items, accounts, terms, payment methods, classes,
locations, tax codes, preferences. The sync itself reads only what changed; this finds what that missed.

**When it fails:** the last error in the task's log says what is wrong and what to do. It only reads: run it again at any time.
"""


def refresh_quickbooks(store: Store) -> DAG:
    """The Dag of one store, once a week."""

    @dag(
        dag_id=f"refresh_quickbooks__{store.name}",
        schedule="@weekly",
        start_date=first_day(store),
        catchup=False,
        max_active_runs=1,
        default_args=TASK_DEFAULTS,
        tags=["order-sync", store.name],
        doc_md=DOC.format(name=store.name),
    )
    def wiring() -> None:
        @task
        def refresh_lists() -> None:
            tasks.refresh_quickbooks(store)

        refresh_lists()

    return wiring()


globals().update(dags(refresh_quickbooks))
