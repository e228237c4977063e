"""`order_sync.bridge.retry_policy`: which error is tried again."""

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
    from order_sync.bridge.retry_policy import RETRY_POLICY

    return lambda error: RETRY_POLICY.evaluate(error, try_number=1, max_tries=2)


@pytest.mark.parametrize("error", [ConfigurationError("-"), SignInAgain("-"), Stop("-")])
def test_what_only_a_person_can_mend_is_not_tried_again(decide: Any, error: Exception) -> None:
    decision = decide(error)
    assert decision.action.value == "fail"
    assert "a person must act first" in decision.reason


def test_failed_orders_do_not_make_their_report_again(decide: Any) -> None:
    from order_sync.bridge.retry_policy import RunFailed

    assert decide(RunFailed("-")).action.value == "fail"


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
