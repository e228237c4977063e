"""Answers of QuickBooks as they were captured, and the error that each of them means."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from requests.structures import CaseInsensitiveDict

from order_sync.errors import OrderSyncError, OutcomeUnknown, RecordRefused, RetryLater, SignInAgain, Stop
from order_sync.quickbooks.advice import ADVICE
from order_sync.quickbooks.faults import (
    DuplicateName,
    DuplicateNumber,
    ObjectNotFound,
    StaleObject,
    Throttled,
    payload,
)
from order_sync.transport import Answer, Call

READ = Call("QuickBooks", "quickbooks_demo", "query Customer")
WRITE = Call("QuickBooks", "quickbooks_demo", "create SalesReceipt", writes=True)


def test_a_call_is_named_as_people_name_the_record() -> None:
    assert str(WRITE) == "QuickBooks 'create sales receipt' (connection quickbooks_demo)"


@pytest.mark.parametrize("advice", ADVICE.values())
def test_an_advice_to_send_something_again_says_how(advice: str) -> None:
    assert "then send" not in advice


THROTTLE_XML = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<IntuitResponse time="2016-03-28T07:57:38.553-07:00" xmlns="http://schema.intuit.com/finance/v3">
<Fault type="SERVICE"><Error code="3001">
<Message>message=ThrottleExceeded; errorCode=003001; statusCode=429</Message>
<Detail>The request limit was reached.  Try again later</Detail>
</Error></Fault></IntuitResponse>"""

EXPIRED = {
    "warnings": None,
    "fault": {
        "error": [
            {
                "message": "message=AuthenticationFailed; errorCode=003200; statusCode=401",
                "detail": "Token expired: AB0-secret-token",
                "code": "3200",
                "element": None,
            }
        ],
        "type": "AUTHENTICATION",
    },
    "time": 1730024394085,
}

DUPLICATE_NUMBER = (
    "Duplicate Document Number Error : You must specify a different number. This number has already been used. "
    "DocNumber=18696 is assigned to TxnType=Sales Receipt with TxnId=6575"
)


def fault(*errors: tuple[str, str, str], type: str = "ValidationFault") -> dict:
    found = [{"Message": message, "Detail": detail, "code": code, "element": ""} for code, message, detail in errors]
    return {"Fault": {"Error": found, "type": type}, "time": "2026-09-01T00:00:00-07:00"}


def answer(body: object, status: int = 400, **headers: str) -> Answer:
    text = body if isinstance(body, str | bytes) else json.dumps(body)
    raw = text.encode() if isinstance(text, str) else text
    return Answer(status, CaseInsensitiveDict({"intuit_tid": "1-tid", **headers}), raw)


def error_of(body: object, status: int = 400, call: Call = WRITE, **headers: str) -> Exception:
    with pytest.raises(OrderSyncError) as caught:
        payload(answer(body, status, **headers), call)
    return caught.value


def test_success_gives_the_object_with_exact_amounts():
    found = payload(
        answer('{"SalesReceipt": {"Id": "1", "TotalAmt": 108.25, "Big": 0.1000000000000000055}}', 200), WRITE
    )

    assert found["SalesReceipt"]["TotalAmt"] == Decimal("108.25")
    assert str(found["SalesReceipt"]["Big"]) == "0.1000000000000000055"


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("5010", StaleObject),
        ("6240", DuplicateName),
        ("610", ObjectNotFound),
        ("6000", RecordRefused),
        ("7777", RecordRefused),
    ],
)
def test_a_validation_fault_concerns_this_record(code, kind):
    error = error_of(fault((code, "Some words", "Some words : and their detail")))

    assert type(error) is kind
    assert (error.code, error.trace_id) == (code, "1-tid")
    assert f"{code} Some words : and their detail" in error.message
    assert error.advice
    assert "quickbooks_demo" in error.message


def test_a_duplicate_number_says_whose_it_is():
    error = error_of(fault(("6140", "Duplicate Document Number Error", DUPLICATE_NUMBER)))

    assert isinstance(error, DuplicateNumber)
    assert (error.txn_id, error.txn_type) == ("6575", "Sales Receipt")


def test_a_duplicate_number_without_its_owner_is_still_one():
    error = error_of(fault(("6140", "Duplicate Document Number Error", "words")))

    assert isinstance(error, DuplicateNumber)
    assert (error.txn_id, error.txn_type) == ("", "")


def test_the_element_at_fault_is_kept():
    body = {"Fault": {"Error": [{"Message": "Required param missing", "code": "2020", "element": "Line"}]}}

    assert error_of(body).element == "Line"


@pytest.mark.parametrize("status", [429, 403, 400])
def test_the_throttle_is_known_by_its_xml(status):
    error = error_of(THROTTLE_XML, status)

    assert isinstance(error, Throttled)
    assert error.retry_after == 60.0


@pytest.mark.parametrize(
    "body", ["", "<html>Too many</html>", {"Fault": {"Error": [{"Message": "Too Many Requests", "code": "429"}]}}]
)
def test_the_throttle_is_known_by_its_status(body):
    assert isinstance(error_of(body, 429), Throttled)


def test_retry_after_is_honoured():
    assert error_of("", 429, **{"Retry-After": "7"}).retry_after == 7.0


@pytest.mark.parametrize("call", [READ, WRITE])
@pytest.mark.parametrize("body", [EXPIRED, "", "<html/>"])
def test_a_401_asks_for_a_sign_in_and_echoes_no_token(call, body):
    error = error_of(body, 401, call)

    assert isinstance(error, SignInAgain)
    assert "quickbooks_demo" in str(error)
    assert "secret-token" not in str(error)
    assert error.__cause__ is None


@pytest.mark.parametrize("code", ["100", "110", "120", "003200"])
def test_authentication_codes_ask_for_a_sign_in_whatever_the_status(code):
    assert isinstance(error_of(fault((code, "words", "detail")), 400), SignInAgain)


def test_a_company_that_is_not_ours_stops():
    body = {
        "fault": {
            "error": [
                {
                    "message": "message=ApplicationAuthorizationFailed; errorCode=003100; statusCode=403",
                    "detail": None,
                    "code": "3100",
                }
            ],
            "type": "SERVICE",
        }
    }
    error = error_of(body, 403)

    assert isinstance(error, Stop)
    assert "realm id" in error.advice


@pytest.mark.parametrize("code", ["6190", "10200", "5020"])
def test_a_company_that_cannot_be_used_stops(code):
    error = error_of(fault((code, "words", "detail")))

    assert isinstance(error, Stop)
    assert error.advice == ADVICE[code]


@pytest.mark.parametrize("code", ["130", "140", "150"])
@pytest.mark.parametrize("call", [READ, WRITE])
def test_a_company_that_is_busy_is_tried_later(code, call):
    assert isinstance(error_of(fault((code, "words", "detail")), 400, call), RetryLater)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (fault(("10000", "An application error", "system failure")), 500),
        (fault(("10000", "An application error", "system failure")), 200),
        (fault(("600", "Duplicate Request ID", "exists")), 400),
        (fault(("6000", "Business validation", "words")), 503),
        ({"Fault": {}}, 200),
        ("<html>Bad gateway</html>", 502),
        ("", 500),
        ('{"SalesReceipt": {"Id": "1"', 200),
        ("[]", 200),
        ("", 200),
        (b"\xff\xfe", 200),
        ("<html>what?</html>", 400),
        ('{"SalesReceipt": {"Id": "1", "TotalAmt": NaN}}', 200),
    ],
)
def test_a_write_that_may_have_been_done_is_unknown(body, status):
    if body == {"Fault": {}}:
        body = {"Fault": {"type": "SystemFault", "Error": []}}
    assert isinstance(error_of(body, status), OutcomeUnknown)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (fault(("10000", "An application error", "system failure")), 500),
        (fault(("4002", "could not be processed", "later")), 400),
        ("<html>Bad gateway</html>", 502),
        ("", 503),
        ('{"QueryResponse": {"Customer": [', 200),
    ],
)
def test_a_read_that_broke_is_tried_later(body, status):
    assert isinstance(error_of(body, status, READ), RetryLater)


def test_a_page_from_elsewhere_stops_a_read():
    error = error_of("<html>Not found</html>", 404, READ)

    assert isinstance(error, Stop)
    assert "host" in error.advice


def test_a_fault_inside_a_200_is_a_refusal():
    assert isinstance(error_of(fault(("6240", "Duplicate Name Exists Error", "taken")), 200), DuplicateName)


def test_of_several_errors_the_most_telling_decides_and_all_words_stay():
    body = fault(
        ("6000", "A business validation error", "general words"),
        ("6240", "Duplicate Name Exists Error", "the name is taken"),
        ("2050", "Invalid String Length", "too long"),
    )
    error = error_of(body)

    assert isinstance(error, DuplicateName)
    for words in ("general words", "the name is taken", "too long"):
        assert words in error.message


def test_what_concerns_everybody_outweighs_what_concerns_one():
    body = fault(("6240", "Duplicate Name", "taken"), ("6190", "Invalid Company Status", "subscription ended"))

    assert isinstance(error_of(body), Stop)


def test_xml_faults_other_than_the_throttle_are_read():
    xml = THROTTLE_XML.replace("3001", "6240").replace("ThrottleExceeded", "Taken")

    assert isinstance(error_of(xml, 400), DuplicateName)


def test_a_code_is_found_in_the_message_where_it_stands_nowhere_else():
    body = {"fault": {"error": [{"message": "message=ThrottleExceeded; errorCode=003001; statusCode=429"}]}}

    assert isinstance(error_of(body, 400), Throttled)


@pytest.mark.parametrize(
    ("code", "detail", "secret", "kept"),
    [
        (
            "2210",
            "Email Address does not conform to the RFC 822 format. Supplied value:ann@example.com",
            "ann@",
            "RFC 822",
        ),
        ("2040", "Invalid String. Supplied value:Ann: Lee", "Ann", "Invalid String"),
        (
            "5010",
            "Stale Object Error : You and Ann Lee were working on this at the same time. Ann Lee finished before you did, "
            "so your work was not saved.",
            "Ann",
            "another user",
        ),
        ("6070", "Amount is not equal to UnitPrice * Qty. Supplied value: 1,861.07", "nothing secret", "1,861.07"),
        (
            "2050",
            "String length does not match. Min:0 Max:21 supported. Supplied length:33",
            "nothing secret",
            "Max:21",
        ),
    ],
)
def test_what_is_a_persons_is_left_out(code, detail, secret, kept):
    message = error_of(fault((code, "Words", detail))).message

    assert secret not in message
    assert kept in message


def test_a_deeply_nested_body_is_no_answer():
    assert isinstance(error_of("[" * 200_000, 200), OutcomeUnknown)
