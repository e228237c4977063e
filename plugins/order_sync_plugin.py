"""What the order sync adds to Airflow's own pages: its console, in the navigation, on each Dag and on each Dag run.

Airflow loads this in every one of its processes; the console itself is built where one of them serves it.
"""

from __future__ import annotations

from typing import Any

from airflow.plugins_manager import AirflowPlugin

PREFIX = "/order-sync"


class OrderSyncPlugin(AirflowPlugin):
    name = "order_sync"
    external_views = [  # noqa: RUF012
        {
            "name": "Order sync",
            "href": f"{PREFIX[1:]}/",
            "destination": "nav",
            "url_route": "order-sync",
            "nav_top_level": True,
        },
        {"name": "Orders", "href": f"{PREFIX[1:]}/of-dag/{{DAG_ID}}", "destination": "dag", "url_route": "orders"},
        {
            "name": "Orders of this run",
            "href": f"{PREFIX[1:]}/of-dag/{{DAG_ID}}/of-run/{{RUN_ID}}",
            "destination": "dag_run",
            "url_route": "orders-of-run",
        },
    ]

    @property
    def fastapi_apps(self) -> list[dict[str, Any]]:  # type: ignore[override]
        from order_sync.console.app import console

        return [{"app": console(), "url_prefix": PREFIX, "name": "Order sync"}]
