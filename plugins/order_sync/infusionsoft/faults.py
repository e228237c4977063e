"""What Infusionsoft says when it refuses: its three envelopes, as the error that says what to do.

The gateway speaks `{"fault": {"faultstring", "detail": {"errorcode"}}}`, REST v2 `{"code", "message", "status", "details"}`, REST v1
`{"message"}`; a 5xx may be HTML or empty. Their messages can quote data back, so only codes are kept.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from order_sync.errors import OrderSyncError, OutcomeUnknown, RecordRefused, RetryLater, SignInAgain, Stop
from order_sync.texts import LONGEST_CODE, cut
from order_sync.transport import Answer, Call

MAKE_A_KEY = (
    "Make a Service Account Key in Infusionsoft as an administrator (Settings, API) and put it into the password of the Airflow "
    "connection."
)
CONNECT_AGAIN = (
    "Connect Infusionsoft again: in Airflow under Order sync, Connections, or by a new refresh token in the Airflow connection (Extra, "
    "refresh_token), as docs/connect.md says."
)

_ABOUT_ONE_RECORD = ("get ", "list order payments")


class RecordNotFound(RecordRefused):
    """404: the record is deleted, or merged into another."""


class OtherRecord(Stop):
    """A record was asked for by its id, and another one came."""

    def __init__(self, message: str, *, answered: str, advice: str) -> None:
        super().__init__(message, advice=advice)
        self.answered = answered


class NotAllowed(Stop):
    """403: the key may not do this, or the account's edition cannot."""


def payload(answer: Answer, call: Call, *, has_key: bool) -> dict[str, Any]:
    """The JSON object of an answer that succeeded; numbers with a fraction are `Decimal`. Raises what any other answer means."""
    body = _json_object(answer.body)
    if 200 <= answer.status < 300 and body is not None and "fault" not in body:
        return body
    raise _error(answer, call, code_of(body or {}), has_key=has_key)


def _error(answer: Answer, call: Call, code: str, *, has_key: bool) -> OrderSyncError:
    status = answer.status
    text = f"{call} was answered with status {status}{f' ({code})' if code else ''}."
    if status < 300 and not code:
        text = f"{call} was answered with status {status}, and with something that is no JSON object."
    if status == 401:
        return SignInAgain(
            f"Infusionsoft refuses the {'key' if has_key else 'sign-in'} of connection {call.connection_id}.",
            advice=MAKE_A_KEY if has_key else CONNECT_AGAIN,
            code=code,
        )
    if status == 429 or "QuotaViolation" in code or "SpikeArrest" in code:
        return _throttle(answer, call)
    if status == 403:
        advice = "The key's user or the Infusionsoft edition may not do this: use a key of an administrator."
        return NotAllowed(text, advice=advice, code=code)
    if call.writes:
        return _refused_write(status, text, code)
    if status >= 500 or status < 300:
        return RetryLater(text, retry_after=answer.retry_after, code=code)
    if status == 404 and code and call.kind.startswith(_ABOUT_ONE_RECORD):
        return RecordNotFound(text, advice="It was deleted or merged in Infusionsoft.", code=code)
    return Stop(
        text, advice=f"Check the host of connection {call.connection_id}; if it is right, report this.", code=code
    )


def _refused_write(status: int, text: str, code: str) -> OrderSyncError:
    if status == 404 and code:
        return RecordNotFound(text, advice="It was deleted or merged in Infusionsoft.", code=code)
    if 400 <= status < 500 and code:
        return RecordRefused(text, advice="Look at the record in Infusionsoft.", code=code)
    return OutcomeUnknown(text, code=code)


def _throttle(answer: Answer, call: Call) -> OrderSyncError:
    if _day_is_used_up(answer.headers):
        midnight = (datetime.now(UTC) + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        return Stop(
            f"The day's calls of connection {call.connection_id} to Infusionsoft are used up until {midnight:%Y-%m-%d %H:%M} UTC.",
            advice="Run it again after that; other programs with a key of this account share the quota.",
            code="429",
        )
    minute_is_used_up = answer.headers.get("x-keap-product-throttle-available", "").strip() == "0"
    wait = 60.0 if minute_is_used_up and answer.retry_after is None else answer.retry_after
    return RetryLater(f"{call} was refused because of too many calls (429).", retry_after=wait, code="429")


def _day_is_used_up(headers: Mapping[str, str]) -> bool:
    """Whether a quota whose window is a day has nothing left; the tenant's headers hold two windows, `minute|day`."""
    for family in ("product-quota", "tenant-throttle"):
        units = headers.get(f"x-keap-{family}-time-unit", "").split("|")
        available = headers.get(f"x-keap-{family}-available", "").split("|")
        for unit, left in zip(units, available, strict=False):
            if unit.strip() == "day" and re.fullmatch(r"0+|-[0-9]+", left.strip()):
                return True
    return False


def code_of(body: Mapping[str, Any]) -> str:
    """The short code of whichever envelope it is, empty where it is none; REST v1 has no codes and is called `message`."""
    fault = body.get("fault")
    if isinstance(fault, Mapping):
        detail = fault.get("detail")
        return cut(str(detail.get("errorcode") or "fault"), LONGEST_CODE) if isinstance(detail, Mapping) else "fault"
    if isinstance(body.get("status"), str):
        return cut(body["status"], LONGEST_CODE)
    return "message" if "message" in body else ""


def _json_object(body: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(_decoded(body), parse_float=_number, parse_int=_number, parse_constant=_number)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _decoded(body: bytes) -> str:
    try:
        return body.decode(json.detect_encoding(body), "surrogatepass")
    except UnicodeDecodeError:
        # One text that was cut in the middle of a character must not cost all the others.
        return body.decode("utf-8", "replace")


def _number(digits: str) -> int | Decimal:
    """A number as exactly as it is written; one that no computer keeps is `NaN`, for which its record is refused and no other."""
    try:
        return int(digits) if digits.lstrip("-").isdigit() else Decimal(digits)
    except (ValueError, InvalidOperation):
        return Decimal("NaN")
