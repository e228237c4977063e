"""Batches of the client against the sandbox: made once, however often they are sent."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from order_sync.errors import OutcomeUnknown, RecordRefused
from order_sync.quickbooks.client import BatchItem, QuickBooks
from order_sync.quickbooks.faults import DuplicateNumber, Throttled
from tests.shop import services


@pytest.fixture
def client(sandbox, vault) -> Iterator[QuickBooks]:
    with services.quickbooks(sandbox, vault) as opened:
        yield opened


@pytest.fixture
def buyer(client) -> str:
    return client.create("Customer", {"DisplayName": "Ann Lee"}, request_id="Ann Lee")["Id"]


def receipt(client: QuickBooks, buyer: str, number: str, amount: str = "10.00") -> dict[str, Any]:
    [item] = client.query("SELECT * FROM Item WHERE Name = 'Sales'")
    detail = {"ItemRef": {"value": item["Id"]}, "TaxCodeRef": {"value": "NON"}}
    line = {"DetailType": "SalesItemLineDetail", "Amount": Decimal(amount), "SalesItemLineDetail": detail}
    return {"CustomerRef": {"value": buyer}, "DocNumber": number, "Line": [line]}


def receipts(client: QuickBooks, buyer: str, number: int) -> list[BatchItem]:
    bodies = [receipt(client, buyer, f"IS-{one}", f"{one}.01") for one in range(1, number + 1)]
    return [BatchItem(str(at), "create", "SalesReceipt", body) for at, body in enumerate(bodies, 100)]


def in_books(sandbox) -> list[dict[str, Any]]:
    return sandbox.get("/_sandbox/quickbooks/SalesReceipt")


def test_thirty_writes_go_out_in_one_request_and_once(client, sandbox, buyer):
    items, request_id = receipts(client, buyer, 30), str(uuid.uuid4())

    first = client.batch(items, request_id=request_id)
    again = client.batch(items, request_id=request_id)

    assert first == again
    assert [row["TotalAmt"] for row in first.values()] == [Decimal(f"{one}.01") for one in range(1, 31)]
    assert sorted(row["Id"] for row in first.values()) == sorted(row["Id"] for row in in_books(sandbox))
    assert client.calls["batch"] == 2


def test_an_update_and_a_void_are_done_beside_a_create(client, sandbox, buyer):
    made = [
        client.create("SalesReceipt", receipt(client, buyer, f"IS-{one}"), request_id=f"make {one}") for one in (1, 2)
    ]
    changed, voided = ({"Id": one["Id"], "SyncToken": one["SyncToken"], "sparse": True} for one in made)

    found = client.batch(
        [
            BatchItem("1", "create", "SalesReceipt", receipt(client, buyer, "IS-3")),
            BatchItem("2", "update", "SalesReceipt", {**changed, "PrivateNote": "Changed."}),
            BatchItem("3", "void", "SalesReceipt", voided),
        ],
        request_id="r",
    )

    assert found["2"]["PrivateNote"] == "Changed."
    assert [row["TotalAmt"] for row in found.values()] == [10, 10, 0]
    assert sorted(row["TotalAmt"] for row in in_books(sandbox)) == [0, 10, 10]


def test_an_item_that_is_refused_leaves_the_others_made(client, sandbox, buyer):
    taken = client.create("SalesReceipt", receipt(client, buyer, "IS-2"), request_id="taken")
    items = receipts(client, buyer, 3)
    items[2] = BatchItem("102", "create", "SalesReceipt", {**items[2].body, "CustomerRef": {"value": "99999"}})

    found = client.batch(items, request_id="r")

    assert found["100"]["DocNumber"] == "IS-1"
    assert isinstance(found["101"], DuplicateNumber)
    assert found["101"].txn_id == taken["Id"]
    assert type(found["102"]) is RecordRefused
    assert [row["DocNumber"] for row in in_books(sandbox)] == ["IS-2", "IS-1"]


@pytest.mark.parametrize(
    ("what", "error", "made"),
    [
        ("drop_after", OutcomeUnknown, 3),
        ("half_body", OutcomeUnknown, 3),
        ("drop_before", OutcomeUnknown, 0),
        ("500", OutcomeUnknown, 0),
        ("html", OutcomeUnknown, 0),
        ("429", Throttled, 0),
    ],
)
def test_a_batch_whose_answer_is_lost_is_made_once(client, sandbox, buyer, what, error, made):
    items = receipts(client, buyer, 3)
    sandbox.post("/_sandbox/faults", {"kind": "quickbooks batch", "next": 1, "what": what})

    with pytest.raises(error):
        client.batch(items, request_id="r")
    assert len(in_books(sandbox)) == made

    client.batch(items, request_id="r")
    assert sorted(row["DocNumber"] for row in in_books(sandbox)) == ["IS-1", "IS-2", "IS-3"]


def test_more_than_thirty_are_refused_and_nothing_is_made(client, sandbox, buyer):
    with pytest.raises(RecordRefused, match="1040"):
        client.batch(receipts(client, buyer, 31), request_id="r")
    assert in_books(sandbox) == []
