"""How a task of ours ends that cannot go on: with the sentence that says why and what to do, and nothing after it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import NoReturn, ParamSpec, TypeVar

from order_sync.errors import OrderSyncError

log = logging.getLogger(__name__)

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


class Ended(SystemExit):
    """Ends a task for an error whose words are in its log already: of an exit Airflow writes no traceback.

    Its code, which Airflow logs, is the kind of error; `retry_policy` decides by the error itself.
    """

    def __init__(self, error: OrderSyncError) -> None:
        super().__init__(type(error).__name__)
        self.error = error


def refuse(error: OrderSyncError) -> NoReturn:
    """Ends a task with the words of an error."""
    log.error("%s", error)
    raise Ended(error) from None


def ending_in_words(body: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """The body of a task, whose errors of ours end it in words; all others pass, with the traceback that somebody needs then."""

    @wraps(body)
    def task(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        try:
            return body(*args, **kwargs)
        except OrderSyncError as error:
            refuse(error)

    return task
