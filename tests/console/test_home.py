"""Where one arrives from Airflow's navigation, from a Dag and from a Dag run."""

from __future__ import annotations

import pytest

from tests.console.conftest import Browser, Doors

pytestmark = pytest.mark.airflow


@pytest.mark.parametrize(
    ("path", "leads_to"),
    [
        ("/", "demo/"),
        ("/of-dag/sync_orders__demo", "../demo/orders"),
        ("/of-dag/sync_orders__demo/of-run/manual__2026-11-16T07:00:00+00:00",
         "../../../demo/orders?tab=all&run=demo%2Fmanual__2026-11-16T07%3A00%3A00%2B00%3A00"),
    ],
)  # fmt: skip
def test_airflow_s_tabs_lead_to_the_store(browser: Browser, path: str, leads_to: str) -> None:
    answer = browser.get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, leads_to)


def test_a_dag_of_something_else_has_a_polite_empty_answer(browser: Browser) -> None:
    answer = browser.get("/of-dag/reports/of-run/manual__1")
    assert answer.status_code == 200
    assert "reports carries no orders" in answer.text


def test_who_may_see_no_store_is_told_what_is_missing(browser: Browser, doors: Doors) -> None:
    doors.reads.clear()
    assert "There is no store that you may see" in browser.get("/").text
