"""What the services' gateways answer in the services' place: throttled, broken down, unavailable, or what a rule gives."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus

from include.sandbox.calls import Call

JSON = "application/json;charset=UTF-8"
XML = "application/xml;charset=UTF-8"
APIGEE = {
    "second": (
        "Spike arrest violation. Allowed rate : MessageRate{capacity=10, period=Seconds}",
        "policies.ratelimit.SpikeArrestViolation",
    ),
    "minute": (
        "Rate limit quota violation. Quota limit  exceeded. Identifier : throttle",
        "policies.ratelimit.QuotaViolation",
    ),
    "day": (
        "Rate limit quota violation. Quota limit  exceeded. Identifier : quota",
        "policies.ratelimit.QuotaViolation",
    ),
}


@dataclass
class Answer:
    """An HTTP answer, of a service or of the gateway before it."""

    status: int
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""


def throttled(call: Call, ceiling: str = "minute") -> Answer:
    """The 429 of the service; QuickBooks answers XML even where JSON was asked for."""
    if call.service == "infusionsoft":
        words, code = APIGEE[ceiling]
        return _answer(call, 429, JSON, json.dumps({"fault": {"faultstring": words, "detail": {"errorcode": code}}}))
    body = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        f'<IntuitResponse time="{_now()}" xmlns="http://schema.intuit.com/finance/v3">'
        '<Fault type="SERVICE"><Error code="3001">'
        "<Message>message=ThrottleExceeded; errorCode=003001; statusCode=429</Message>"
        "<Detail>The request limit was reached.  Try again later</Detail></Error></Fault></IntuitResponse>"
    )
    return _answer(call, 429, XML, body)


def broken(call: Call) -> Answer:
    """The 500 of the service: QuickBooks' application error 10000, Infusionsoft's v2 envelope."""
    if call.service == "infusionsoft":
        body = {"code": 500, "message": "Internal error", "status": "INTERNAL", "details": []}
        return _answer(call, 500, JSON, json.dumps(body))
    error = {
        "Message": "An application error has occurred while processing your request",
        "Detail": "System Failure Error: Unable to process the request",
        "code": "10000",
    }
    fault = {"Fault": {"Error": [error], "type": "SystemFault"}, "time": _now()}
    return _answer(call, 500, JSON, json.dumps(fault))


def unavailable(call: Call) -> Answer:
    """The 503 of the gateway: a web page, or at Infusionsoft an empty body."""
    return web_page(call, 503) if call.service == "quickbooks" else _answer(call, 503, "text/plain", "")


def web_page(call: Call, status: int) -> Answer:
    """A gateway's web page where JSON was expected."""
    title = f"{status} {HTTPStatus(status).phrase}"
    text = f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
    return _answer(call, status, "text/html", text)


def given(call: Call, status: int, body: str) -> Answer:
    """A status and a body that a rule gave; a body that begins with `<` is called XML, any other JSON."""
    return _answer(call, status, XML if body.lstrip().startswith("<") else JSON, body)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _answer(call: Call, status: int, content_type: str, text: str) -> Answer:
    body = text.encode()
    headers = [(b"content-type", content_type.encode()), (b"content-length", str(len(body)).encode())]
    if call.service == "quickbooks":
        headers.append((b"intuit_tid", f"1-{uuid.uuid4()}".encode()))
    return Answer(status, headers, body)
