"""What QuickBooks says when it refuses: every shape of it, as the error that says what to do.

The shapes (facts: captures of live answers): JSON with `Fault` or, from the gateway, lower-case `fault`; XML for a throttle although
JSON was asked; a Fault inside a 200; HTML or nothing from a proxy. The words for an accountant are in `advice.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn
from xml.etree import ElementTree

from order_sync.errors import OrderSyncError, OutcomeUnknown, RecordRefused, RetryLater, SignInAgain, Stop
from order_sync.quickbooks.advice import ADVICE, CONNECT_AGAIN, REPORT_DEFECT
from order_sync.quickbooks.reading import json_object
from order_sync.texts import LONGEST_CODE, cut

if TYPE_CHECKING:
    from order_sync.transport import Answer, Call

# Seconds; Intuit's limits page asks for a minute after a 429, and documents no Retry-After.
THROTTLE_WAIT_SECONDS = 60.0

LONGEST_WORDS = 1000
"""Characters. What is longer is cut before anything looks at it."""
_LARGEST_XML_BYTES = 64 * 1024
_MOST_FAULTS = 20

_THROTTLED = {"3001", "429"}
_SIGN_IN = {"100", "110", "120", "3200", "3201", "3202"}
_BUSY_COMPANY = {"130", "140", "150"}
_STOP = {"3100", "5020", "6190", "10200"}
_MAYBE_DONE = {"600", "10000"}
_MAYBE_LATER = {"4002", "10000"}
_VAGUE = {"", "2000", "6000"}


def is_vague(error: RecordRefused) -> bool:
    """Whether a refusal leaves open if the record was written all the same: a code that says nothing, or that nobody knows."""
    return error.code in _VAGUE or error.code not in ADVICE


class StaleObject(RecordRefused):
    """5010: somebody changed the object since its sync token was read."""


class DuplicateName(RecordRefused):
    """6240: a customer, vendor or employee has this name already."""


class ObjectNotFound(RecordRefused):
    """610: the object is deleted or inactive, or never was."""


class DuplicateNumber(RecordRefused):
    """6140: the document number is taken by `txn_id`, of the kind `txn_type` (a label in the company's language)."""

    def __init__(self, message: str, *, detail: str, element: str, advice: str, trace_id: str) -> None:
        super().__init__(message, element=element, advice=advice, code="6140", trace_id=trace_id)
        self.txn_id = _first_group(r"TxnId=(\d+)", detail)
        self.txn_type = _first_group(r"TxnType=(.+?) with TxnId", detail)


class Throttled(RetryLater):
    """429: too many calls, in this minute or in this month."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One error of a fault; `code` has no leading zeros."""

    code: str
    message: str
    detail: str
    element: str

    @property
    def words(self) -> str:
        """The service's own words without the data that it quotes back."""
        said = self.detail if self.message in self.detail else ": ".join(filter(None, (self.message, self.detail)))
        return _without_quoted_data(said)


def payload(answer: Answer, call: Call) -> dict[str, Any]:
    """The JSON object of an answer that succeeded; amounts are `Decimal`. Raises the error that any other answer means.

    For a write, whatever does not clearly say that it was refused raises OutcomeUnknown.
    """
    body = json_object(answer.body)
    faults = faults_in(body) if body is not None else _faults_in_xml(answer.body)
    if answer.status == 429:
        raise _throttled(call, answer.retry_after, answer.trace_id)
    if faults:
        raise_fault(faults, call, status=answer.status, trace_id=answer.trace_id)
    if 200 <= answer.status < 300 and body is not None:
        return body
    raise _wordless(answer, call)


def faults_in(body: Mapping[str, Any]) -> list[Fault]:
    """The errors of a `Fault` (or `fault`) in an object, one without words where it cannot be read; none if it holds no fault."""
    found = body.get("Fault") or body.get("fault")
    if not found:
        return []
    errors = (found.get("Error") or found.get("error")) if isinstance(found, Mapping) else []
    each = errors[:_MOST_FAULTS] if isinstance(errors, list) else [errors]
    return [_fault(error) for error in each if isinstance(error, Mapping)] or [_fault({})]


def raise_fault(faults: list[Fault], call: Call, *, status: int, trace_id: str) -> NoReturn:
    """Raises what a fault means; of several errors the most telling code decides, and the words of all are kept."""
    if not _THROTTLED.isdisjoint(fault.code for fault in faults):
        raise _throttled(call, None, trace_id)
    fault = max(faults, key=_weight)
    if status == 401 or fault.code in _SIGN_IN:
        # The words of a 401 have echoed a token.
        raise _refused_sign_in(call, fault.code, trace_id)
    text = f"{call} was refused: {'; '.join(_coded_words(found) for found in faults)}."
    advice = ADVICE.get(fault.code, "")
    if fault.code in _STOP or status == 403:
        raise Stop(text, advice=advice or ADVICE["3100"], code=fault.code, trace_id=trace_id)
    if fault.code in _BUSY_COMPANY:
        raise RetryLater(text, advice=advice, code=fault.code, trace_id=trace_id)
    if call.writes and (status >= 500 or fault.code in _MAYBE_DONE or not fault.code):
        raise OutcomeUnknown(text, advice=advice, code=fault.code, trace_id=trace_id)
    if not call.writes and (status >= 500 or fault.code in _MAYBE_LATER):
        raise RetryLater(text, advice=advice, code=fault.code, trace_id=trace_id)
    raise _refused_record(fault, text, trace_id)


def lasting_throttle(call: Call, trace_id: str, *, seconds: float) -> Stop:
    """The error for a throttle that outlasts the limits of a minute: the app's monthly budget is the likely cause."""
    return Stop(
        f"{call} and the calls before it were refused because of too many calls (429) for {seconds:.0f} s, which no "
        "limit of a minute explains: the app's monthly read budget is probably used up.",
        advice="Look at the usage of the app at developer.intuit.com: the free tier holds 500,000 reads a month and starts anew "
        "on the first. If there is budget left, another program uses up the company's 500 calls a minute.",
        code="3001",
        trace_id=trace_id,
    )


def _throttled(call: Call, retry_after: float | None, trace_id: str) -> Throttled:
    return Throttled(
        f"{call} was refused because of too many calls (429).",
        retry_after=THROTTLE_WAIT_SECONDS if retry_after is None else retry_after,
        code="3001",
        trace_id=trace_id,
    )


def _refused_record(fault: Fault, text: str, trace_id: str) -> RecordRefused:
    advice = ADVICE.get(fault.code, REPORT_DEFECT)
    if fault.code == "6140":
        return DuplicateNumber(text, detail=fault.detail, element=fault.element, advice=advice, trace_id=trace_id)
    kinds = {"5010": StaleObject, "6240": DuplicateName, "610": ObjectNotFound}
    kind = kinds.get(fault.code, RecordRefused)
    return kind(text, element=fault.element, advice=advice, code=fault.code, trace_id=trace_id)


def _refused_sign_in(call: Call, code: str, trace_id: str) -> SignInAgain:
    return SignInAgain(
        f"QuickBooks refuses the sign-in of connection {call.connection_id} ({call.words!r}).",
        advice=ADVICE.get(code, CONNECT_AGAIN),
        code=code,
        trace_id=trace_id,
    )


def _wordless(answer: Answer, call: Call) -> OrderSyncError:
    """The error for an answer without QuickBooks' words in it: HTML, nothing, or a cut body."""
    text = f"{call} was answered with status {answer.status} and no words of QuickBooks."
    if answer.status == 401:
        return _refused_sign_in(call, "", answer.trace_id)
    if answer.status == 403:
        return Stop(text, advice=ADVICE["3100"], code="403", trace_id=answer.trace_id)
    if call.writes:
        return OutcomeUnknown(text, code=str(answer.status), trace_id=answer.trace_id)
    if answer.status >= 500 or answer.status < 300:
        return RetryLater(text, retry_after=answer.retry_after, code=str(answer.status), trace_id=answer.trace_id)
    return Stop(
        text,
        advice="Check the host and the realm id of the connection.",
        code=str(answer.status),
        trace_id=answer.trace_id,
    )


def _weight(fault: Fault) -> int:
    """How much a code decides: what concerns everybody, then what may be executed, then a plain reason, then a vague one."""
    if fault.code in _SIGN_IN | _STOP | _BUSY_COMPANY:
        return 4
    if fault.code in _MAYBE_DONE:
        return 3
    if fault.code in {"5010", "6140", "6240", "610"}:
        return 2
    return 0 if fault.code in _VAGUE else 1


def _coded_words(fault: Fault) -> str:
    return " ".join(filter(None, (fault.code, fault.words.rstrip(". ")))) or "a fault without words"


def _fault(error: Mapping[str, Any]) -> Fault:
    message = _words(error.get("Message") or error.get("message"))
    code = _words(error.get("code")) or _first_group(r"errorCode=(\d+)", message)
    return Fault(
        code=code.lstrip("0")[:LONGEST_CODE],
        message=message,
        detail=_words(error.get("Detail") or error.get("detail")),
        element=_words(error.get("element"))[:LONGEST_CODE],
    )


def _words(value: object) -> str:
    return cut(str(value), LONGEST_WORDS) if isinstance(value, str | int) else ""


def _faults_in_xml(body: bytes) -> list[Fault]:
    if b"<IntuitResponse" not in body[:1000] or b"<!DOCTYPE" in body or len(body) > _LARGEST_XML_BYTES:
        return []
    try:
        root = ElementTree.fromstring(body)  # noqa: S314 — without a document type there are no entities
    except (ElementTree.ParseError, LookupError, ValueError):  # the last two of an encoding that nobody knows
        return []
    found = [
        {
            "code": error.get("code"),
            "element": error.get("element"),
            "Message": error.findtext("{*}Message"),
            "Detail": error.findtext("{*}Detail"),
        }
        for error in root.iterfind(".//{*}Fault/{*}Error")
    ]
    return [_fault(error) for error in found]


def _without_quoted_data(text: str) -> str:
    """The words without what is a person's: e-mail addresses, names of users, supplied text (supplied figures stay)."""
    text = re.sub(r"[^\s:<>,;]+@[^\s:<>,;]+", "…", text)
    text = re.sub(r"You and .+? were working", "You and another user were working", text, flags=re.DOTALL)
    text = re.sub(
        r"at the same time\. .+? finished before",
        "at the same time. The other user finished before",
        text,
        flags=re.DOTALL,
    )
    text = re.sub(r"((?:supplied )?value:\s*)(?![\d.,\s-]*$).+", r"\1…", text, flags=re.IGNORECASE | re.DOTALL)
    return " ".join(text.split())


def _first_group(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    return found.group(1) if found else ""
