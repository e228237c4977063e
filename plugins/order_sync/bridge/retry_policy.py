"""Which errors Airflow tries again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryDecision, RetryRule

from order_sync.bridge.ending import Ended
from order_sync.errors import ConfigurationError, OrderSyncError, RetryLater, SignInAgain, Stop


class RunFailed(OrderSyncError):
    """Orders of the run failed; everything else was done. Trying the report again changes nothing."""


class _ByError(ExceptionRetryPolicy):
    """Decides about a task that ended in words by the error that it ended with."""

    def evaluate(self, exception: BaseException, try_number: int, max_tries: int, context: Any = None) -> RetryDecision:
        error = exception.error if isinstance(exception, Ended) else exception
        return super().evaluate(error, try_number, max_tries, context)


RETRY_POLICY = _ByError(
    rules=[
        RetryRule(
            exception=[ConfigurationError, SignInAgain, Stop, RunFailed],
            action=RetryAction.FAIL,
            reason="a person must act first; the log's last error says what to do",
        ),
        RetryRule(exception=RetryLater, action=RetryAction.RETRY, retry_delay=timedelta(minutes=2), reason="try later"),
    ]
)
"""Only what may succeed by itself is tried again; a killed or lost task follows the task's own `retries`."""


TASK_DEFAULTS: dict[str, Any] = {
    "owner": "order-sync",
    "retries": 2,
    "retry_delay": timedelta(minutes=1),
    "retry_policy": RETRY_POLICY,
    "execution_timeout": timedelta(hours=6),
}
