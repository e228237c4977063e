"""What the console asks of Airflow: who somebody is, what they may do with a store's Dag, to start its next run, its connections."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Protocol
from urllib.parse import quote

from airflow.api.common.trigger_dag import trigger_dag
from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.resource_details import ConnectionDetails, DagAccessEntity, DagDetails
from airflow.api_fastapi.core_api.security import bearer_scheme, get_user
from airflow.configuration import conf
from airflow.exceptions import AirflowBadRequest, DagNotFound, DagRunAlreadyExists
from airflow.models.connection import Connection
from airflow.models.dag import DagModel
from airflow.models.dagrun import DagRun
from airflow.sdk.exceptions import AirflowException
from airflow.utils.state import DagRunState
from airflow.utils.types import DagRunTriggeredByType
from fastapi import HTTPException
from starlette.requests import Request

from order_sync.connections.fields import Fields, fields_of
from order_sync.errors import ConfigurationError
from order_sync.sync.orders.kinds import Kind


class User(Protocol):
    """Somebody who is logged in to Airflow."""

    def get_name(self) -> str:
        """What Airflow calls them."""


async def user_of(request: Request) -> User | None:
    """Who asks, by Airflow's own token (a header, else the cookie of its UI); None where nobody is logged in."""
    try:
        user: User = await get_user(request, None, await bearer_scheme(request))
    except HTTPException:
        return None
    return user


def dag_of(store: str) -> str:
    """The Dag that carries a store's orders, whose readers and editors may read and change here."""
    return f"sync_orders__{store}"


def refresh_dag_of(store: str) -> str:
    """The Dag that reads the lists of a store's company in full."""
    return f"refresh_quickbooks__{store}"


def plan_dag_of(store: str) -> str:
    """The Dag that shows what would be recorded of a store's orders."""
    return f"plan_orders__{store}"


def may(user: Any, what: Literal["GET", "PUT"], store: str) -> bool:
    """Whether somebody may read (GET) or edit (PUT) a store's Dag; Airflow's auth manager decides."""
    return bool(get_auth_manager().is_authorized_dag(method=what, details=_details(dag_of(store)), user=user))


def may_start(user: Any, store: str) -> bool:
    """Whether somebody may start a run of a store's Dag."""
    return _may_start(user, dag_of(store))


def may_plan(user: Any, store: str) -> bool:
    """Whether somebody may start a plan of a store's orders."""
    return _may_start(user, plan_dag_of(store))


def start_run(user: User, store: str, order_ids: Sequence[str]) -> str:
    """Starts a run of a store's Dag for these orders alone, and gives its id; ConfigurationError where Airflow starts none."""
    return _start(user, dag_of(store), {"only_orders": list(order_ids)})


def start_recording(user: User, store: str, plan: str) -> str:
    """Starts a run of a store's Dag that records a plan, by the plan's run id; gives its own, and raises as above."""
    return _start(user, dag_of(store), {"plan": plan})


def start_plan(user: User, store: str, first: str, last: str, settings: str | None = None) -> str:
    """Starts a plan of these days (ISO, both included), under settings that are tried or else those in force, and gives its run id; raises
    as above, and where the Dag is paused, because its run would wait for ever."""
    if is_switched_off(plan_dag_of(store)):
        raise ConfigurationError(
            f"The Dag {plan_dag_of(store)} is paused, so nothing is planned.", advice="Switch it on in Airflow."
        )
    return _start(user, plan_dag_of(store), {"from": first, "to": last, "settings": settings})


def state_of_plan(store: str, run_id: str) -> str | None:
    """How Airflow has a plan (`queued`, `running`, `success`, `failed`); None where it knows none such."""
    runs = DagRun.find(dag_id=plan_dag_of(store), run_id=run_id)
    return DagRunState(runs[0].state).value if runs else None


def may_refresh(user: Any, store: str) -> bool:
    """Whether somebody may start a run of the Dag that reads the lists."""
    return _may_start(user, refresh_dag_of(store))


def start_refresh(user: User, store: str) -> str:
    """Starts a run of the Dag that reads the lists, and gives its id; ConfigurationError where Airflow starts none."""
    return _start(user, refresh_dag_of(store), {})


def is_switched_off(dag_id: str) -> bool:
    """Whether a Dag is switched off in Airflow: what is started of it waits then."""
    dag = DagModel.get_dagmodel(dag_id)
    return bool(dag and dag.is_paused)


def _may_start(user: Any, dag_id: str) -> bool:
    return bool(
        get_auth_manager().is_authorized_dag(
            method="POST", access_entity=DagAccessEntity.RUN, details=_details(dag_id), user=user
        )
    )


def _start(user: User, dag_id: str, asked: dict[str, Any]) -> str:
    try:
        run = trigger_dag(
            dag_id,
            triggered_by=DagRunTriggeredByType.UI,
            triggering_user_name=user.get_name(),
            conf=asked,
        )
    except (DagNotFound, DagRunAlreadyExists, AirflowBadRequest, ValueError) as error:
        raise ConfigurationError(
            f"Airflow did not start a run of {dag_id}: {error}",
            advice="Look at the Dag in Airflow: it must be there, without errors.",
        ) from error
    if run is None:
        raise ConfigurationError(
            f"Airflow did not start a run of {dag_id}.", advice="Try again, or start it at the Dag itself."
        )
    return str(run.run_id)


def may_connect(user: Any, connection_id: str) -> bool:
    """Whether somebody may edit a connection in Airflow, and so say anew how the sync signs in."""
    details = ConnectionDetails(conn_id=connection_id)
    return bool(get_auth_manager().is_authorized_connection(method="PUT", details=details, user=user))


def connection(connection_id: str) -> Fields:
    """The fields of a connection; ConfigurationError where Airflow knows none such, or they cannot be read."""
    try:
        found = Connection.get_connection_from_secrets(connection_id)
    except AirflowException:
        raise ConfigurationError(
            f"There is no connection {connection_id} in Airflow.",
            advice="Add it under Admin → Connections: type generic, with the host, the client id as login and the client secret as "
            "password (for a key of Infusionsoft: the key as password, and no login).",
        ) from None
    return fields_of(connection_id, found.host, found.login, found.password, found.extra)


def public_address(request: Request) -> str:
    """Where a browser finds the console: by Airflow's own setting `[api] base_url`, else as it was asked for."""
    base = str(conf.get("api", "base_url", fallback="") or "").rstrip("/")
    root = str(request.scope.get("root_path", ""))
    return f"{base}/{root.rpartition('/')[2]}" if base else f"{request.url.scheme}://{request.url.netloc}{root}"


def login_page(here: str) -> str:
    """Where somebody logs in to Airflow, to come back here."""
    return str(get_auth_manager().get_url_login(next_url=here))


def signing_key() -> str:
    """What the console's cookies are signed with: the same in each of Airflow's processes."""
    return str(conf.get("api", "secret_key"))


def run_page(store: str, run_key: str) -> str:
    """The path of a Dag run in Airflow's UI, from the UI's own root."""
    return _page(dag_of(store), run_key)


def plan_page(store: str, run_key: str) -> str:
    """The same of a plan."""
    return _page(plan_dag_of(store), run_key)


def log_page(store: str, run_key: str, kind: Kind) -> str:
    """The path, from the UI's own root, of the log of the task that sends a kind of write in a run."""
    return f"{run_page(store, run_key)}/tasks/{'create_customers' if kind is Kind.CUSTOMER else 'post_orders'}"


def _page(dag_id: str, run_key: str) -> str:
    return f"dags/{dag_id}/runs/{quote(run_key.partition('/')[2], safe='')}"


def _details(dag_id: str) -> DagDetails:
    return DagDetails(id=dag_id, team_name=DagModel.get_team_name(dag_id))
