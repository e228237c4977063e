"""The stores' Airflow connections, as the two clients take them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.sdk import BaseHook, Connection
from airflow.sdk.exceptions import AirflowException, AirflowNotFoundException, AirflowRuntimeError

from order_sync.bridge.airflow_runs import require_answer
from order_sync.errors import ConfigurationError, RetryLater
from order_sync.settings import Store

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from order_sync.connections.fields import Fields
    from order_sync.infusionsoft.client import InfusionsoftConnection
    from order_sync.quickbooks.client import QuickBooksConnection


def quickbooks_connection(engine: Engine, store: Store) -> QuickBooksConnection:
    """The QuickBooks connection of a store; ConfigurationError names what is missing or wrong in it."""
    from order_sync.connections import fields
    from order_sync.database.connections import known_connection

    found = _fields(store.quickbooks_connection, store)
    return fields.quickbooks_connection(found, known_connection(engine, found.id))


def infusionsoft_connection(engine: Engine, store: Store) -> InfusionsoftConnection:
    """The Infusionsoft connection of a store, by a key or by OAuth; raises as above."""
    from order_sync.connections import fields
    from order_sync.database.connections import known_connection

    found = _fields(store.infusionsoft_connection, store)
    return fields.infusionsoft_connection(found, known_connection(engine, found.id))


def _fields(connection_id: str, store: Store) -> Fields:
    from order_sync.connections.fields import fields_of

    try:
        found = _asked(connection_id)
    except AirflowException:
        raise ConfigurationError(
            f"The Airflow connection {connection_id}, which store {store.name} needs, could not be found or read.",
            advice="Add it under Admin → Connections, or import it: include/config/connections.example.json shows its form.",
        ) from None
    fields = fields_of(found.conn_id, found.host, found.login, found.password, found.extra)
    _ = found.extra_dejson  # hides the secrets in it from logs
    return fields


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
