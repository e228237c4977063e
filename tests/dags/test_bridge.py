"""`order_sync.bridge.tasks`: which error is tried again, and what a connection becomes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import requests
from sqlalchemy.exc import OperationalError

from order_sync.errors import (
    ConfigurationError,
    LeaseLost,
    OutcomeUnknown,
    RecordRefused,
    RetryLater,
    SignInAgain,
    Stop,
)
from order_sync.quickbooks.faults import Throttled

pytestmark = pytest.mark.airflow


@pytest.fixture
def decide(bridge: Any) -> Any:
    return lambda error: bridge.RETRY_POLICY.evaluate(error, try_number=1, max_tries=2)


@pytest.mark.parametrize("error", [ConfigurationError("-"), SignInAgain("-"), Stop("-")])
def test_what_only_a_person_can_mend_is_not_tried_again(decide: Any, error: Exception) -> None:
    decision = decide(error)
    assert decision.action.value == "fail"
    assert "a person must act first" in decision.reason


def test_failed_orders_do_not_make_their_report_again(decide: Any, bridge: Any) -> None:
    assert decide(bridge.RunFailed("-")).action.value == "fail"


@pytest.mark.parametrize("error", [RetryLater("-"), Throttled("-"), LeaseLost("-")])
def test_what_may_pass_by_itself_is_tried_again_after_two_minutes(decide: Any, error: Exception) -> None:
    decision = decide(error)
    assert (decision.action.value, decision.retry_delay) == ("retry", timedelta(minutes=2))


@pytest.mark.parametrize(
    "error",
    [
        OperationalError("select 1", {}, Exception("database is locked")),
        requests.ConnectionError(),
        KeyError("total"),
        RecordRefused("-"),
        OutcomeUnknown("-"),
    ],
)
def test_what_nobody_foresaw_follows_the_task_s_own_retries(decide: Any, error: Exception) -> None:
    assert decide(error).action.value == "default"


def test_a_connection_becomes_what_the_client_needs(shop: Any, connections: Any, bridge: Any) -> None:
    given = connections["quickbooks_demo"]
    quickbooks = bridge.quickbooks_connection(_demo(bridge))
    assert (quickbooks.id, quickbooks.base_url) == ("quickbooks_demo", given["host"])
    assert quickbooks.realm_id == given["extra"]["realm_id"]
    assert (quickbooks.client_id, quickbooks.client_secret) == (given["login"], given["password"])
    assert quickbooks.refresh_token == given["extra"]["refresh_token"]
    assert quickbooks.token_url == given["extra"]["token_url"]


def test_a_connection_without_token_url_signs_in_at_the_service_itself(
    shop: Any, connections: Any, connect: Any, bridge: Any
) -> None:
    del connections["quickbooks_demo"]["extra"]["token_url"]
    connect("quickbooks_demo", connections["quickbooks_demo"])
    assert bridge.quickbooks_connection(_demo(bridge)).token_url == (
        "https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer"
    )


def test_infusionsoft_signs_in_by_key_or_where_there_is_a_refresh_token_by_oauth(
    shop: Any, connections: Any, connect: Any, bridge: Any
) -> None:
    store = _demo(bridge)
    by_key = bridge.infusionsoft_connection(store)
    assert (by_key.api_key, by_key.client_secret) == (connections["infusionsoft_demo"]["password"], "")
    connect(
        "infusionsoft_demo",
        connections["infusionsoft_demo"] | {"login": "client", "extra": {"refresh_token": "token-of-oauth"}},
    )
    by_oauth = bridge.infusionsoft_connection(store)
    assert (by_oauth.api_key, by_oauth.client_id, by_oauth.refresh_token) == ("", "client", "token-of-oauth")
    assert by_oauth.client_secret == by_key.api_key
    assert by_oauth.token_url == "https://api.infusionsoft.com/token"


def _demo(bridge: Any) -> Any:
    [store] = bridge.stores()
    return store
