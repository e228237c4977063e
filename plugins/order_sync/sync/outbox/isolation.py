"""The last net: whatever goes wrong with one record is a matter of that record, told in words and with a code, and the others go on.

A mistake of the program stays visible: its type and place are logged. Its own words are not, because they may hold a person's data.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from order_sync.errors import ConfigurationError, OutcomeUnknown, RecordRefused, RetryLater, SignInAgain, Stop
from order_sync.quickbooks.answers import NoAnswer
from order_sync.quickbooks.reading import UnreadableAnswer
from order_sync.sync.orders.codes import Code, refusal

log = logging.getLogger(__name__)


def concerns_all(error: BaseException) -> bool:
    """Whether nothing else can be done either: throttled, not signed in, a stopped company, a lost lease, trouble with the database, an
    interrupt."""
    if isinstance(error, NoAnswer):
        return False
    return isinstance(error, RetryLater | SignInAgain | Stop | ConfigurationError | SQLAlchemyError) or not isinstance(
        error, Exception
    )


def of_one(error: BaseException, what: str) -> RecordRefused:
    """What went wrong with one record, as its refusal with a code; `what` is told and logged, and holds no person's data."""
    if isinstance(error, RecordRefused | OutcomeUnknown | NoAnswer):
        lost = isinstance(error, OutcomeUnknown) and not isinstance(error, UnreadableAnswer)
        code = error.code or (Code.UNANSWERED if lost else Code.ANSWER_UNREADABLE)
        known = Code.__members__.get(code)
        return RecordRefused(
            error.message, advice=error.advice or (known.advice if known else ""), code=code, trace_id=error.trace_id
        )
    place = _place(error)
    log.error("%s: unexpected %s %s", what, type(error).__name__, place)
    return refusal(Code.UNEXPECTED, f"{what}: the program met an unexpected {type(error).__name__} {place}.")


@contextmanager
def about_one(what: str) -> Iterator[None]:
    """Turns whatever goes wrong inside into the refusal of one record; what concerns all is raised as it is, and so is a lost answer."""
    try:
        yield
    except Exception as error:
        if concerns_all(error) or isinstance(error, RecordRefused | OutcomeUnknown):
            raise
        raise of_one(error, what) from None


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "order_sync" in Path(frame.filename).parts] or list(frames)
    return f"in {Path(ours[-1].filename).name}:{ours[-1].lineno} ({ours[-1].name})" if ours else "somewhere"
