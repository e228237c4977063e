"""`order_sync.bridge.connections`: what a connection of Airflow becomes for each of the two clients."""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from order_sync.errors import ConfigurationError

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.airflow


@pytest.fixture
def airflow_connections(bridge: Any) -> ModuleType:
    """The module, which cannot be imported before Airflow's environment is set."""
    from order_sync.bridge import connections

    return connections


def test_a_connection_becomes_what_the_client_needs(shop: Any, connections: Any, airflow_connections: Any) -> None:
    given = connections["quickbooks_demo"]
    quickbooks = airflow_connections.quickbooks_connection(shop.engine, _demo())
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
    assert airflow_connections.quickbooks_connection(shop.engine, _demo()).token_url == (
        "https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer"
    )


def test_infusionsoft_signs_in_by_key_or_where_there_is_a_refresh_token_by_oauth(
    shop: Any, connections: Any, connect: Any, airflow_connections: Any
) -> None:
    store = _demo()
    by_key = airflow_connections.infusionsoft_connection(shop.engine, store)
    assert (by_key.api_key, by_key.client_secret) == (connections["infusionsoft_demo"]["password"], "")
    connect(
        "infusionsoft_demo",
        connections["infusionsoft_demo"] | {"login": "client", "extra": {"refresh_token": "token-of-oauth"}},
    )
    by_oauth = airflow_connections.infusionsoft_connection(shop.engine, store)
    assert (by_oauth.api_key, by_oauth.client_id, by_oauth.refresh_token) == ("", "client", "token-of-oauth")
    assert by_oauth.client_secret == by_key.api_key
    assert by_oauth.token_url == "https://api.infusionsoft.com/token"


@pytest.mark.parametrize(
    ("connection_id", "where", "url"),
    [
        ("quickbooks_demo", "host", "http://quickbooks.api.intuit.com"),
        ("quickbooks_demo", "host", "https://quickbooks.api.intuit.com@evil.example"),
        ("quickbooks_demo", "host", "http://sandbox:8765/quickbooks"),
        ("quickbooks_demo", "token_url", "https://evil.example/oauth2/v1/tokens/bearer"),
        ("quickbooks_demo", "token_url", "http://oauth.platform.intuit.com/oauth2/v1/tokens/bearer"),
        ("infusionsoft_demo", "host", "http://api.infusionsoft.com/crm"),
        ("infusionsoft_demo", "host", "https://quickbooks.api.intuit.com"),
        ("infusionsoft_demo", "token_url", "http://127.0.0.1.evil.example/token"),
    ],
)
def test_r22_secrets_go_to_no_other_host(
    shop: Any, connections: Any, connect: Any, airflow_connections: Any, connection_id: str, where: str, url: str
) -> None:
    wrong = connections[connection_id] | {"login": "client"}
    wrong["extra"] = {"refresh_token": "secret-of-theirs"} | wrong.get("extra", {})
    (wrong if where == "host" else wrong["extra"])[where] = url
    connect(connection_id, wrong)
    read = getattr(airflow_connections, connection_id.replace("_demo", "_connection"))
    with pytest.raises(
        ConfigurationError, match=f"The {where} of connection {connection_id} .*nothing was sent"
    ) as caught:
        read(shop.engine, _demo())
    assert "Give the https URL of" in caught.value.advice
    assert "secret" not in caught.value.message.replace("with secrets", "")


def test_r22_the_sandbox_of_the_deployment_is_trusted_by_its_environment(
    shop: Any, connections: Any, connect: Any, airflow_connections: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = json.loads((ROOT / "include/config/connections.sandbox.json").read_text())
    [trusted] = re.findall(r"^ORDER_SYNC_TRUSTED_ORIGINS=(\S+)", (ROOT / ".env.example").read_text(), re.MULTILINE)
    monkeypatch.setenv("ORDER_SYNC_TRUSTED_ORIGINS", trusted)
    for id, connection in wanted.items():
        connect(id, connection)
    assert airflow_connections.quickbooks_connection(shop.engine, _demo()).base_url == wanted["quickbooks_demo"]["host"]
    assert (
        airflow_connections.infusionsoft_connection(shop.engine, _demo()).base_url
        == wanted["infusionsoft_demo"]["host"]
    )


@pytest.mark.parametrize(
    "realm_id", ["../v3/company/1", "1/../2", "1?x", "٣٤", "12a", "-1", "1.0", True, 9.5, "1" * 21]
)
def test_r22_a_realm_id_is_digits(
    shop: Any, connections: Any, connect: Any, airflow_connections: Any, realm_id: object
) -> None:
    connections["quickbooks_demo"]["extra"]["realm_id"] = realm_id
    connect("quickbooks_demo", connections["quickbooks_demo"])
    with pytest.raises(ConfigurationError, match="realm_id of connection quickbooks_demo is not a number") as caught:
        airflow_connections.quickbooks_connection(shop.engine, _demo())
    assert "digits alone" in caught.value.advice


def test_r22_a_realm_id_may_be_written_as_a_number(
    shop: Any, connections: Any, connect: Any, airflow_connections: Any
) -> None:
    connections["quickbooks_demo"]["extra"]["realm_id"] = 9341450000000001
    connect("quickbooks_demo", connections["quickbooks_demo"])
    assert airflow_connections.quickbooks_connection(shop.engine, _demo()).realm_id == "9341450000000001"


def _demo() -> Any:
    from order_sync.bridge.stores import stores

    [store] = stores()
    return store
