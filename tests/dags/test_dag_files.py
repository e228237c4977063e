"""The Dags as Airflow reads them: their ids, tasks, intervals, limits, and what reading them costs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any
from zoneinfo import ZoneInfo

import pytest

pytestmark = pytest.mark.airflow

ROOT = Path(__file__).parents[2]
STEPS = [
    "refresh_customers",
    "extract_orders",
    "match_customers",
    "create_customers",
    "update_addresses",
    "post_orders",
    "report",
]
DAGS = {"sync_orders__demo", "plan_orders__demo", "refresh_quickbooks__demo"}
PHOENIX = ZoneInfo("America/Phoenix")


@pytest.fixture
def bag(read_dags: Any) -> Any:
    return read_dags()


@pytest.fixture
def sync(bag: Any) -> Any:
    return bag.dags["sync_orders__demo"]


def test_the_dags_are_read_without_errors_and_are_these(bag: Any) -> None:
    assert bag.import_errors == {}
    assert set(bag.dags) == DAGS


def test_the_plugins_folder_holds_nothing_that_airflow_trips_over(airflow_log: Path) -> None:
    from airflow.plugins_manager import get_import_errors

    assert get_import_errors() == {}


def test_the_seven_tasks_stand_in_one_line(sync: Any) -> None:
    assert set(sync.task_ids) == set(STEPS)
    followers = {task_id: sync.get_task(task_id).downstream_task_ids for task_id in STEPS}
    assert followers == {task_id: {follower} for task_id, follower in pairwise(STEPS)} | {"report": set()}


def test_the_documentation_names_the_tasks_in_their_order(sync: Any) -> None:
    rows = [line.split("|")[1].strip() for line in sync.doc_md.splitlines() if line.startswith("|")]
    assert rows[2:] == STEPS


def test_a_run_has_the_company_s_whole_day(sync: Any) -> None:
    run = _next_run(sync)
    midnight = datetime(2026, 11, 16, tzinfo=PHOENIX)
    assert run.data_interval.start == midnight
    assert run.data_interval.end == midnight + timedelta(days=1)
    assert run.run_after == run.data_interval.end


def test_intervals_follow_each_other_without_gap_across_a_change_of_the_clock(bridge: ModuleType) -> None:
    from order_sync.bridge.stores import first_day, timetable
    from order_sync.settings import RevenueSettings, Store

    items = RevenueSettings(standard_item="a", tax_item="b", tip_item="c", fee_item="d")
    store = Store(
        name="berlin", time_zone="Europe/Berlin", schedule="0 0 * * *", start_date="2026-10-24", revenue=items
    )
    from airflow.sdk import DAG

    dag = DAG("berlin", schedule=timetable(store), start_date=first_day(store), catchup=True)
    first = _next_run(dag)
    second = _next_run(dag, after=first.data_interval)
    assert first.data_interval.start == datetime(2026, 10, 24, tzinfo=store.zone)
    assert second.data_interval.start == first.data_interval.end
    assert second.data_interval.end - second.data_interval.start == timedelta(hours=25)


def test_r21_no_task_waits_for_something_that_a_person_has_to_make(bag: Any) -> None:
    """Airflow always has this pool; the leases of the store and of the company see to it that one task writes at a time."""
    assert {task.pool for dag in bag.dags.values() for task in dag.tasks} == {"default_pool"}
    assert not (ROOT / "include/config/pools.json").exists()


def test_the_runs_of_a_backfill_do_not_wait_for_each_other_s_leases_in_workers(sync: Any) -> None:
    """A backfill has runs of its own beside the Dag's one; each task's number is limited over all of them."""
    assert {task.max_active_tis_per_dag for task in sync.tasks} == {1}
    assert sync.max_active_runs == 1


def test_each_dag_says_whose_it_is_what_it_is_and_how_it_is_tried_again(bag: Any, bridge: ModuleType) -> None:
    from order_sync.bridge.retry_policy import RETRY_POLICY

    for dag in bag.dags.values():
        assert dag.tags == {"order-sync", "demo"}
        assert "When it fails" in dag.doc_md
        assert "**demo**" in dag.doc_md
        for task in dag.tasks:
            assert task.owner == "order-sync"
            assert task.retries == 2
            assert task.retry_policy is RETRY_POLICY
            assert task.execution_timeout


def test_reading_a_dag_file_imports_nothing_heavy(tmp_path: Path) -> None:
    """Against what Airflow itself imports for a Dag file."""
    bare = set(_printed("import airflow.sdk", SHOW_IMPORTED, tmp_path).split())
    read = "import pathlib, runpy; [runpy.run_path(str(file)) for file in pathlib.Path('dags').glob('*.py')]"
    ours = set(_printed(read, SHOW_IMPORTED, tmp_path).split()) - bare
    assert "order_sync" in ours
    assert ours.isdisjoint({"pandas", "numpy", "pyarrow", "requests", "sqlalchemy", "alembic", "rapidfuzz"})


def test_each_process_that_reads_a_dag_file_gets_the_same_dag(airflow_log: Path, tmp_path: Path) -> None:
    """A Dag whose hash differs from reading to reading becomes a new version each time."""
    here: dict[str, str] = {}
    exec(READ_DAGS, here)
    elsewhere = json.loads(_printed(READ_DAGS, "print(dags)", tmp_path))
    assert json.loads(here["dags"]) == elsewhere
    assert set(elsewhere) == DAGS


SHOW_IMPORTED = "import sys; print(*{name.partition('.')[0] for name in sys.modules})"
READ_DAGS = f"""
import json
from airflow.dag_processing.dagbag import DagBag
from airflow.models.serialized_dag import SerializedDagModel
from airflow.serialization.serialized_objects import DagSerialization
found = DagBag(dag_folder={str(ROOT / "dags")!r}).dags
dags = json.dumps({{id: SerializedDagModel.hash(DagSerialization.to_dict(dag)) for id, dag in found.items()}})
"""


def _next_run(dag: Any, after: Any = None) -> Any:
    from airflow.serialization.encoders import coerce_to_core_timetable
    from airflow.timetables.base import TimeRestriction

    days = TimeRestriction(earliest=dag.start_date, latest=None, catchup=True)
    return coerce_to_core_timetable(dag.timetable).next_dagrun_info(
        last_automated_data_interval=after, restriction=days
    )


def _printed(code: str, show: str, home: Path) -> str:
    """The last line that a process of its own prints."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "ORDER_SYNC"))}
    environment |= {"AIRFLOW_HOME": str(home), "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
    environment |= {"AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"), "PYTHONPATH": str(ROOT / "plugins")}
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{show}"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]
