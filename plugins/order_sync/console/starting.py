"""What is to be recorded now: a run of the store's Dag for these orders alone, or for a plan."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from order_sync.console import airflow
from order_sync.console.gate import Visitor
from order_sync.errors import ConfigurationError


def start(visitor: Visitor, store: str, order_ids: Sequence[str]) -> tuple[str, str]:
    """Starts it for orders, if the visitor may, and gives what they are told, with its kind (`success`, `error`)."""
    if refused := _refusal(visitor, store):
        return refused, "error"
    if odd := [one for one in order_ids if not one.isdecimal()]:
        return f"Infusionsoft has no orders with ids such as {odd[0]}: these are not read again.", "error"
    try:
        run_id = airflow.start_run(visitor.user, store, order_ids)
    except ConfigurationError as error:
        return str(error), "error"
    orders, them = ("order", "it") if len(order_ids) == 1 else ("orders", "them")
    when = _waits(store) or "now"
    return f"Airflow run {run_id} reads {len(order_ids)} {orders} {when}, and records what is due of {them}.", "success"


def start_plan(visitor: Visitor, store: str, plan: str) -> tuple[str, str]:
    """The same for a plan, by its run id."""
    if refused := _refusal(visitor, store):
        return refused, "error"
    try:
        run_id = airflow.start_recording(visitor.user, store, plan)
    except ConfigurationError as error:
        return str(error), "error"
    waits = _waits(store)
    return (
        f"Airflow run {run_id} records this plan{', ' if waits else ''}{waits}. What is otherwise by now it leaves out, and says so here.",
        "success",
    )


def plan_days(visitor: Visitor, store: str, first: str, last: str) -> tuple[str, str]:
    """Starts a plan of these days (ISO, both included; without the last, of the first alone), and gives the same."""
    last = last or first
    try:
        wrong = date.fromisoformat(last) < date.fromisoformat(first)
    except ValueError:
        wrong = True
    if wrong:
        return "Name the days to plan: the first, and the last, which is not before it.", "warning"
    if not airflow.may_plan(visitor.user, store):
        return (
            f"To plan orders you need to be allowed to start the Dag {airflow.plan_dag_of(store)} in Airflow.",
            "error",
        )
    try:
        run_id = airflow.start_plan(visitor.user, store, first, last)
    except ConfigurationError as error:
        return str(error), "error"
    return f"Airflow run {run_id} plans these days; the plan stands below once it is made. Nothing is sent.", "success"


def _waits(store: str) -> str:
    """For what a run of the store's Dag waits; empty where it begins at once."""
    return "once the Dag is switched on in Airflow" if airflow.is_switched_off(airflow.dag_of(store)) else ""


def _refusal(visitor: Visitor, store: str) -> str:
    """Why a visitor may not start the store's Dag; empty where they may."""
    if airflow.may_start(visitor.user, store):
        return ""
    return f"To record orders now you need to be allowed to start the Dag {airflow.dag_of(store)} in Airflow."
