"""What QuickBooks says when it refuses: one exception, and the bodies in which it reaches the client."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import Any

MESSAGES: Mapping[str, str] = {
    "500": "Unsupported Operation",
    "610": "Object Not Found",
    "620": "Transaction ID cannot be linked",
    "1040": "Batch size exceeded",
    "2000": "Invalid object name",
    "2010": "Request has invalid or unsupported property",
    "2020": "Required param missing, need to supply the required value for the API",
    "2030": "Invalid ID",
    "2040": "Invalid String. The string has invalid characters",
    "2050": "String length is either shorter or longer than supported by specification",
    "2060": "Invalid Date",
    "2070": "Invalid Number",
    "2130": "Invalid Request Id Format",
    "2170": "Invalid Enumeration",
    "2210": "Invalid Email Address",
    "2290": "Negative amounts aren't supported on transaction lines",
    "2410": "Currency, ExchangeRate is missing.",
    "2500": "Invalid Reference Id",
    "4000": "Error parsing query",
    "4001": "Invalid query",
    "5010": "Stale Object Error",
    "5030": "Feature Not Supported Error",
    "6000": "A business validation error has occurred while processing your request",
    "6010": "Account Type or Account Subtype is required",
    "6070": "Amount calculation incorrect in the request",
    "6080": "Name is missing",
    "6090": "Discount line information is missing",
    "6100": "Invalid Line TaxCode in the request",
    "6140": "Duplicate Document Number Error",
    "6170": "TxnTaxDetail is not allowed",
    "6180": "More than 5 sub levels",
    "6200": "Account Period Closed",
    "6240": "Duplicate Name Exists Error",
    "6250": "Invalid Sales Customer",
    "6420": "Email address is required",
    "6430": "Invalid account type used",
}


class Refusal(Exception):
    """A request that QuickBooks does not carry out: HTTP status and the body that goes with it."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(str(body))
        self.status = status
        self.body = body


def invalid(code: str, detail: str, element: str = "") -> Refusal:
    """A refusal of what was sent, HTTP 400; the code is one of `MESSAGES`."""
    error = {"Message": MESSAGES[code], "Detail": detail, "code": code, "element": element}
    return Refusal(400, {"Fault": {"Error": [error], "type": "ValidationFault"}})


def too_long(element: str, longest: int, supplied: int, spelling: str = "path") -> Refusal:
    """A text that is too long (2050), thousands with a comma; the field is spelled `BillAddr.Line1`, `Line1`, `Line 1`,
    `Customer.BillAddr.Line1`, `Name`, or not at all."""
    field = element.rpartition(".")[2]
    label = re.sub(r"(?<=[a-z])(?=[A-Z0-9])", " ", field)
    named = {"field": field, "label": label, "entity": f"Customer.{element}", "name": "Name", "none": ""}
    return invalid(
        "2050",
        "String length specified does not match the supported length. "
        f"Min:0 Max:{longest:,} supported. Supplied length:{supplied:,}",
        named.get(spelling, element),
    )


def missing(parameter: str) -> Refusal:
    """A required parameter or field is not there (2020)."""
    return invalid("2020", f"Required parameter {parameter} is missing in the request", parameter)


def unsupported_property() -> Refusal:
    """What was sent is no JSON object, or has a field that the service does not know (2010)."""
    return invalid(
        "2010",
        "Property Name:failed to parse json object; a property specified is unsupported or invalid",
    )


def unsupported_operation(operation: str) -> Refusal:
    """There is no such address, or this record cannot have that done to it (500, with HTTP 400)."""
    return invalid("500", f"Operation {operation} is not supported.")


def business(detail: str) -> Refusal:
    """The fields are well formed, and together against a rule of bookkeeping (6000)."""
    return invalid("6000", f"Business Validation Error: {detail}")


def not_found() -> Refusal:
    """There is no active record of this id (610)."""
    return invalid(
        "610",
        "Object Not Found : Something you're trying to use has been made inactive. "
        "Check the fields with accounts, customers, items, vendors or employees.",
    )


def deleted() -> Refusal:
    """The record was deleted (610)."""
    return invalid("610", "Object Not Found : Another user has deleted this transaction.")


def not_signed_in(detail: str) -> Refusal:
    """The gateway's 401: lower-case keys and a time in milliseconds, unlike every other refusal."""
    error = {
        "message": "message=AuthenticationFailed; errorCode=003200; statusCode=401",
        "detail": detail,
        "code": "3200",
        "element": None,
    }
    return Refusal(
        401,
        {
            "warnings": None,
            "intuitObject": None,
            "fault": {"error": [error], "type": "AUTHENTICATION"},
            "report": None,
            "queryResponse": None,
            "batchItemResponse": [],
            "attachableResponse": [],
            "syncErrorResponse": None,
            "requestId": None,
            "time": int(time.time() * 1000),
            "status": None,
            "cdcresponse": [],
        },
    )


def not_authorized() -> Refusal:
    """The gateway's 403, for a company that the token is not for."""
    error = {
        "message": "message=ApplicationAuthorizationFailed; errorCode=003100; statusCode=403",
        "detail": None,
        "code": "3100",
        "element": None,
    }
    return Refusal(403, {"fault": {"error": [error], "type": "SERVICE"}})


def oauth_refused(error: str, words: str | None = None, status: int = 400) -> Refusal:
    """A refusal to sign in, as OAuth 2 shapes it."""
    return Refusal(status, {"error": error} | ({"error_description": words} if words else {}))
