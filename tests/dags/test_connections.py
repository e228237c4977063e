"""`order_sync.bridge.connections`: what a connection of Airflow becomes for each of the two clients."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest

pytestmark = pytest.mark.airflow


@pytest.fixture
def airflow_connections(bridge: Any) -> ModuleType:
    """The module, which cannot be imported before Airflow's environment is set."""
    from order_sync.bridge import connections

    return connections


def test_a_connection_becomes_what_the_client_needs(shop: Any, connections: Any, airflow_connections: Any) -> None:
    given = connections["quickbooks_demo"]
    quickbooks = airflow_connections.quickbooks_connection(_demo())
    assert (quickbooks.id, quickbooks.base_url) == ("quickbooks_demo", given["host"])
    assert quickbooks.realm_id == given["extra"]["realm_id"]
    assert (quickbooks.client_id, quickbooks.client_secret) == (given["login"], given["password"])
    assert quickbooks.refresh_token == given["extra"]["refresh_token"]
    assert quickbooks.token_url == given["extra"]["token_url"]


def test_a_connection_without_token_url_signs_in_at_the_service_itself(
    shop: Any, connections: Any, connect: Any, airflow_connections: Any
) -> None:
    del connections["quickbooks_demo"]["extra"]["token_url"]
    connect("quickbooks_demo", connections["quickbooks_demo"])
    assert airflow_connections.quickbooks_connection(_demo()).token_url == (
        "https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer"
    )


def test_infusionsoft_signs_in_by_key_or_where_there_is_a_refresh_token_by_oauth(
    shop: Any, connections: Any, connect: Any, airflow_connections: Any
) -> None:
    store = _demo()
    by_key = airflow_connections.infusionsoft_connection(store)
    assert (by_key.api_key, by_key.client_secret) == (connections["infusionsoft_demo"]["password"], "")
    connect(
        "infusionsoft_demo",
        connections["infusionsoft_demo"] | {"login": "client", "extra": {"refresh_token": "token-of-oauth"}},
    )
    by_oauth = airflow_connections.infusionsoft_connection(store)
    assert (by_oauth.api_key, by_oauth.client_id, by_oauth.refresh_token) == ("", "client", "token-of-oauth")
    assert by_oauth.client_secret == by_key.api_key
    assert by_oauth.token_url == "https://api.infusionsoft.com/token"


def _demo() -> Any:
    from order_sync.bridge.stores import stores

    [store] = stores()
    return store
