"""The stores' Airflow connections, as the two clients take them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from airflow.sdk import BaseHook, Connection
from airflow.sdk.exceptions import AirflowException, AirflowNotFoundException, AirflowRuntimeError

from order_sync import hosts
from order_sync.bridge.airflow_runs import require_answer
from order_sync.errors import ConfigurationError, RetryLater
from order_sync.settings import Store

QUICKBOOKS_TOKEN_URL = "https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer"  # noqa: S105
INFUSIONSOFT_TOKEN_URL = "https://api.infusionsoft.com/token"  # noqa: S105


def quickbooks_connection(store: Store) -> Any:
    """The QuickBooks connection of a store from its Airflow connection; ConfigurationError names what is missing or wrong in it."""
    from order_sync.quickbooks.client import QuickBooksConnection

    found, extra = _connection(store.quickbooks_connection, store)
    _require(found, {"host": found.host, "login (client id)": found.login, "password (client secret)": found.password})
    _require(found, {f"extra.{key}": extra.get(key) for key in ("realm_id", "refresh_token")})
    return QuickBooksConnection(
        id=found.conn_id,
        base_url=_url(found, "host", found.host, hosts.QUICKBOOKS),
        realm_id=_realm_id(found, extra),
        client_id=str(found.login),
        client_secret=str(found.password),
        refresh_token=str(extra["refresh_token"]),
        token_url=_url(found, "token_url", extra.get("token_url") or QUICKBOOKS_TOKEN_URL, hosts.QUICKBOOKS_SIGN_IN),
    )


def infusionsoft_connection(store: Store) -> Any:
    """The Infusionsoft connection of a store: a key as its password, or OAuth when `extra` holds a refresh token."""
    from order_sync.infusionsoft.client import InfusionsoftConnection

    found, extra = _connection(store.infusionsoft_connection, store)
    _require(found, {"host": found.host, "password (the key, or the client secret)": found.password})
    base_url = _url(found, "host", found.host, hosts.INFUSIONSOFT)
    if not extra.get("refresh_token"):
        return InfusionsoftConnection(id=found.conn_id, base_url=base_url, api_key=str(found.password))
    _require(found, {"login (client id)": found.login})
    return InfusionsoftConnection(
        id=found.conn_id,
        base_url=base_url,
        client_id=str(found.login),
        client_secret=str(found.password),
        refresh_token=str(extra["refresh_token"]),
        token_url=_url(found, "token_url", extra.get("token_url") or INFUSIONSOFT_TOKEN_URL, hosts.INFUSIONSOFT),
    )


def _url(connection: Connection, field: str, url: object, service: hosts.Service) -> str:
    name = f"{field} of connection {connection.conn_id}"
    return hosts.allowed_url(str(url), name=name, service=service, trusted=hosts.trusted_origins())


def _realm_id(connection: Connection, extra: Mapping[str, Any]) -> str:
    """The company's id, which becomes a part of each path."""
    realm_id = str(extra["realm_id"]).strip()
    if not re.fullmatch("[0-9]{1,20}", realm_id):
        raise ConfigurationError(
            f"The realm_id of connection {connection.conn_id} is not a number; nothing was sent.",
            advice="Put the company's id there, in digits alone, as Intuit showed it (realmId) when the app was connected.",
        )
    return realm_id


def _connection(connection_id: str, store: Store) -> tuple[Connection, Mapping[str, Any]]:
    try:
        found = _asked(connection_id)
    except AirflowException:
        raise ConfigurationError(
            f"The Airflow connection {connection_id}, which store {store.name} needs, could not be found or read.",
            advice="Add it under Admin → Connections, or import it: include/config/connections.example.json shows its form.",
        ) from None
    # Airflow's own `extra_dejson` takes what it cannot read for empty, and hides the secrets in it from logs.
    try:
        is_object = isinstance(json.loads(found.extra or "{}"), dict)
    except ValueError:
        is_object = False
    if not is_object:
        raise ConfigurationError(
            f"The `extra` of connection {connection_id} is not a JSON object.",
            advice="include/config/connections.example.json shows its form.",
        )
    return found, found.extra_dejson


def _asked(connection_id: str) -> Connection:
    """The connection as Airflow gives it; RetryLater where Airflow cannot just now.

    The SDK says that a connection is not defined also where it could not ask for it: so it is asked again, once Airflow answers at all.
    """
    try:
        try:
            return BaseHook.get_connection(connection_id)
        except AirflowNotFoundException:
            require_answer()
            return BaseHook.get_connection(connection_id)
    except (AirflowRuntimeError, PermissionError) as error:
        raise RetryLater(
            f"Airflow cannot give the connection {connection_id} just now: its API server did not answer ({type(error).__name__}).",
            advice="If this stays, see that the API server runs and that this worker reaches it.",
        ) from None


def _require(connection: Connection, values: Mapping[str, str | None]) -> None:
    missing = [name for name, value in values.items() if not value]
    if missing:
        raise ConfigurationError(
            f"The Airflow connection {connection.conn_id} lacks {', '.join(missing)}.",
            advice="include/config/connections.example.json shows its form.",
        )
