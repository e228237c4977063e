"""What Airflow finds of the console when it loads its plugins."""

from __future__ import annotations

from pathlib import Path

import pytest

from order_sync.settings import ROOT

pytestmark = pytest.mark.airflow


def test_airflow_loads_the_plugin_and_shows_it_in_three_places(airflow_log: Path) -> None:
    from airflow import plugins_manager

    assert plugins_manager.get_import_errors() == {}
    views, _ = plugins_manager._get_ui_plugins()
    ours = {view["destination"]: view for view in views if view["href"].startswith("order-sync/")}
    assert {place: view["href"] for place, view in ours.items()} == {
        "nav": "order-sync/",
        "dag": "order-sync/of-dag/{DAG_ID}",
        "dag_run": "order-sync/of-dag/{DAG_ID}/of-run/{RUN_ID}",
    }
    assert len({view["url_route"] for view in ours.values()}) == 3
    # Airflow loads plugins in each of its processes; the folder holds the sync's package too, of which nothing is a plugin.
    assert [one["name"] for one in plugins_manager.get_plugin_info() if str(one["source"]).startswith("$PLUGINS")] == [
        "order_sync"
    ]
    assert (ROOT / "plugins/order_sync_plugin.py").exists()


def test_airflow_serves_the_console(airflow_log: Path) -> None:
    from airflow import plugins_manager

    from order_sync.console.app import console

    apps, _ = plugins_manager.get_fastapi_plugins()
    [ours] = [app for app in apps if app["url_prefix"] == "/order-sync"]
    assert ours["app"] is console()
