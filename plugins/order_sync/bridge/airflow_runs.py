"""What Airflow knows of a run, and what the run's row says of it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from airflow.sdk import Context, DagRunState, get_current_context
from airflow.sdk.exceptions import AirflowRescheduleException, AirflowRuntimeError

from order_sync.errors import LeaseLost, OrderSyncError, Stop

if TYPE_CHECKING:
    from sqlalchemy import Engine

log = logging.getLogger(__name__)


def is_backfill(run_id: str) -> bool:
    """Whether somebody asked for the days of a run; Airflow keeps the beginning of a run id for its kind."""
    return run_id.startswith("backfill__")


@contextmanager
def noting_failure(engine: Engine, run_key: str, task: str) -> Iterator[None]:
    """Says in the run's row that it is running, and if the task fails, that it failed there, and why."""
    from order_sync.database.runs import fail_run, resume_run
    from order_sync.sync.steps.report import sum_up

    resume_run(engine, run_key)
    try:
        yield
    except (LeaseLost, AirflowRescheduleException):
        raise  # another process works on it, or has what this one waits for
    except BaseException as error:
        # Where the database cannot even take this, the error itself is what a person must see.
        with suppress(OrderSyncError):
            fail_run(engine, run_key, task, _in_words(error))
            sum_up(engine, run_key)
        raise


def close_dead_runs(engine: Engine, store: str, run_key: str) -> None:
    """Notes as failed what is said to be running, and is not: the process of a run that was killed could not say so itself."""
    from order_sync.database.runs import fail_run, running_runs
    from order_sync.sync.steps.report import sum_up

    for other in running_runs(engine, store):
        if other != run_key and (state := _state(other.removeprefix(f"{store}/"))) in _OVER:
            log.warning("run %s: its process ended and could not say so; Airflow has it as %s.", other, state)
            gone = Stop(
                "The process of a task ended and could not say so.", advice="The task's log in Airflow ends there."
            )
            fail_run(engine, other, "-", gone)
            sum_up(engine, other)


def require_answer() -> None:
    """Raises AirflowRuntimeError where Airflow's API server does not answer this task; outside of a task nobody is asked."""
    try:
        context = get_current_context()
    except RuntimeError:
        return
    _ask(context, str(context["run_id"]))


_OVER = ("success", "failed", "gone")


def _state(run_id: str) -> str | None:
    """The state that Airflow has a run of this Dag in, `gone` where it was deleted; None where Airflow cannot say: then the row stays."""
    try:
        return _ask(get_current_context(), run_id)
    except AirflowRuntimeError as error:
        detail = error.error.detail or {}
        return "gone" if detail.get("status_code") == 404 else None
    except Exception as error:  # noqa: BLE001 — whatever it is, it is no reason to end this run
        log.info("Airflow could not say how the run %s stands (%s).", run_id, type(error).__name__)
        return None


def _ask(context: Context, run_id: str) -> str:
    state = context["ti"].get_dagrun_state(dag_id=context["dag"].dag_id, run_id=run_id)
    return DagRunState(state).value  # it says that it gives a text, and gives a member, whose text is its name


def _in_words(error: BaseException) -> OrderSyncError:
    if isinstance(error, OrderSyncError):
        return error
    return OrderSyncError(f"The task ended by {type(error).__name__}.", advice="Its log says more.")
