"""Batches of the client against a service that answers as it is told: what is sent, and what each answer means."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from order_sync.errors import OutcomeUnknown, RecordRefused, RetryLater, SignInAgain, Stop
from order_sync.quickbooks.client import BatchItem, QuickBooks
from order_sync.quickbooks.faults import DuplicateName, DuplicateNumber, ObjectNotFound, StaleObject, Throttled
from tests.shop import services

NUMBER_TAKEN = (
    "Duplicate Document Number Error : You must specify a different number. This number has already been used. "
    "DocNumber=IS-1 is assigned to TxnType=Sales Receipt with TxnId=6575"
)
XML_THROTTLE = (
    b'<?xml version="1.0"?><IntuitResponse xmlns="http://schema.intuit.com/finance/v3"><Fault type="SERVICE">'
    b'<Error code="3001"><Message>message=ThrottleExceeded; errorCode=003001; statusCode=429</Message></Error>'
    b"</Fault></IntuitResponse>"
)
ITEMS = [
    BatchItem("1", "create", "SalesReceipt", {"DocNumber": "IS-1", "TotalAmt": Decimal("10.10")}),
    BatchItem("2", "update", "Invoice", {"Id": "9", "SyncToken": "0"}),
    BatchItem("3", "void", "SalesReceipt", {"Id": "8", "SyncToken": "3", "sparse": True}),
]
ANSWERS = [
    {"SalesReceipt": {"Id": "145", "TotalAmt": 10.1}, "bId": "1"},
    {"Invoice": {"Id": "9", "SyncToken": "1"}, "bId": "2"},
    {"SalesReceipt": {"Id": "8", "TotalAmt": 0}, "bId": "3"},
]


@pytest.fixture
def client(stand_in, vault) -> Iterator[QuickBooks]:
    with services.quickbooks_at(stand_in.url, f"{stand_in.url}/token", vault, "12") as opened:
        yield opened


def fault(code: str, detail: str = "", message: str = "Refused") -> dict[str, Any]:
    return {"Fault": {"Error": [{"Message": message, "Detail": detail, "code": code, "element": ""}], "type": "X"}}


def outcomes(client: QuickBooks, stand_in, *rows: object) -> dict[str, Any]:
    """What becomes of the three items with these rows in the answer."""
    stand_in.reply({"BatchItemResponse": list(rows), "time": "now"})
    return client.batch(ITEMS, request_id="r")


def test_each_operation_is_sent_in_its_own_way(client, stand_in):
    found = outcomes(client, stand_in, *ANSWERS)

    [request] = stand_in.requests
    assert (request.method, request.path) == ("POST", "/v3/company/12/batch")
    assert request.query == {"requestid": "r", "minorversion": "75"}
    assert '"TotalAmt":10.10' in request.body.decode()
    assert json.loads(request.body) == {
        "BatchItemRequest": [
            {"bId": "1", "operation": "create", "SalesReceipt": {"DocNumber": "IS-1", "TotalAmt": 10.1}},
            {"bId": "2", "operation": "update", "Invoice": {"Id": "9", "SyncToken": "0"}},
            {
                "bId": "3",
                "operation": "update",
                "optionsData": "void",
                "SalesReceipt": {"Id": "8", "SyncToken": "3", "sparse": True},
            },
        ]
    }
    assert {id: row["Id"] for id, row in found.items()} == {"1": "145", "2": "9", "3": "8"}
    assert found["1"]["TotalAmt"] == Decimal("10.1")
    assert client.calls == {"token": 1, "batch": 1}


def test_answers_belong_to_their_items_in_whatever_order_they_come(client, stand_in):
    found = outcomes(client, stand_in, *reversed(ANSWERS))
    assert [found[id]["Id"] for id in ("1", "2", "3")] == ["145", "9", "8"]


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("2500", RecordRefused),
        ("5010", StaleObject),
        ("6240", DuplicateName),
        ("610", ObjectNotFound),
        ("3001", Throttled),
        ("003001", Throttled),
        ("150", RetryLater),
        ("10000", OutcomeUnknown),
        ("600", OutcomeUnknown),
        ("", OutcomeUnknown),
        ("6190", Stop),
        ("3200", SignInAgain),
    ],
)
def test_an_item_that_fails_leaves_the_others_alone(client, stand_in, code, error):
    found = outcomes(client, stand_in, ANSWERS[0], {**fault(code), "bId": "2"}, ANSWERS[2])
    assert type(found["2"]) is error
    assert (found["1"]["Id"], found["3"]["Id"]) == ("145", "8")


def test_what_is_said_of_an_item_names_the_item(client, stand_in):
    found = outcomes(client, stand_in, ANSWERS[0], {**fault("2500", "Invalid Reference Id"), "bId": "2"}, ANSWERS[2])
    assert "update invoice" in found["2"].message
    assert "2500" in found["2"].message
    assert found["2"].advice


def test_a_number_that_is_taken_names_the_document_that_has_it(client, stand_in):
    found = outcomes(client, stand_in, {**fault("6140", NUMBER_TAKEN), "bId": "1"}, *ANSWERS[1:])
    assert isinstance(found["1"], DuplicateNumber)
    assert (found["1"].txn_id, found["1"].txn_type) == ("6575", "Sales Receipt")


@pytest.mark.parametrize(
    "row",
    [
        None,
        {"bId": "1"},
        {"bId": "1", "SalesReceipt": {}},
        {"bId": "1", "Invoice": {"Id": "145"}},
        {"SalesReceipt": {"Id": "145"}},
        "no object",
    ],
)
def test_an_item_without_an_answer_is_of_unknown_outcome(client, stand_in, row):
    found = outcomes(client, stand_in, *([row] if row else []), *ANSWERS[1:])
    assert isinstance(found["1"], OutcomeUnknown)
    assert "create sales receipt" in found["1"].message
    assert (found["2"]["Id"], found["3"]["Id"]) == ("9", "8")


def test_an_answer_without_items_leaves_all_of_unknown_outcome(client, stand_in):
    assert all(isinstance(found, OutcomeUnknown) for found in outcomes(client, stand_in).values())


@pytest.mark.parametrize(
    ("body", "how", "status", "error"),
    [
        (XML_THROTTLE, "whole", 429, Throttled),
        (fault("429", message="Too Many Requests"), "whole", 429, Throttled),
        (fault("6190"), "whole", 403, Stop),
        (fault("3200"), "whole", 400, SignInAgain),
        (fault("1040"), "whole", 400, RecordRefused),
        (fault("10000"), "whole", 500, OutcomeUnknown),
        (fault("10000"), "whole", 200, OutcomeUnknown),
        (b"<html>Bad gateway</html>", "whole", 502, OutcomeUnknown),
        (b"<html>Sign in</html>", "whole", 200, OutcomeUnknown),
        ({"time": "now"}, "whole", 200, OutcomeUnknown),
        ({"BatchItemResponse": {}}, "whole", 200, OutcomeUnknown),
        ({"BatchItemResponse": None}, "whole", 200, OutcomeUnknown),
        (b"", "whole", 200, OutcomeUnknown),
        ({"BatchItemResponse": ANSWERS}, "cut", 200, OutcomeUnknown),
        (b"", "dropped", 200, OutcomeUnknown),
    ],
)
def test_what_concerns_the_whole_batch_is_raised(client, stand_in, body, how, status, error):
    stand_in.reply(body, status=status, how=how)
    with pytest.raises(error):
        client.batch(ITEMS, request_id="r")
    assert len(stand_in.requests) == 1
