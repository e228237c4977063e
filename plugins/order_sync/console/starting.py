"""Orders that are to be recorded now: a run of the store's Dag for them alone."""

from __future__ import annotations

from collections.abc import Sequence

from order_sync.console import airflow
from order_sync.console.gate import Visitor
from order_sync.errors import ConfigurationError


def start(visitor: Visitor, store: str, order_ids: Sequence[str]) -> tuple[str, str]:
    """Starts it, if the visitor may, and gives what they are told, with its kind (`success`, `error`)."""
    if not airflow.may_start(visitor.user, store):
        return (
            f"To record orders now you need to be allowed to start the Dag {airflow.dag_of(store)} in Airflow.",
            "error",
        )
    if odd := [one for one in order_ids if not one.isdecimal()]:
        return f"Infusionsoft has no orders with ids such as {odd[0]}: these are not read again.", "error"
    try:
        run_id = airflow.start_run(visitor.user, store, order_ids)
    except ConfigurationError as error:
        return str(error), "error"
    orders = "order" if len(order_ids) == 1 else "orders"
    return f"Airflow run {run_id} reads and records {len(order_ids)} {orders} now.", "success"
