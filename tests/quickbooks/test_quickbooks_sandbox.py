"""The client against the sandbox, over HTTP: writes, questions, changes, faults and limits as the service has them."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from order_sync.errors import OutcomeUnknown, RetryLater, SignInAgain, Stop
from order_sync.quickbooks.client import QuickBooks, QuickBooksConnection
from order_sync.quickbooks.faults import DuplicateName, DuplicateNumber, ObjectNotFound, StaleObject
from order_sync.quickbooks.wire import quote

REALM_ID = "9341450000000001"


def connection(sandbox, **changes: str) -> QuickBooksConnection:
    values = {
        "id": "quickbooks_demo",
        "base_url": f"{sandbox.url}/quickbooks",
        "realm_id": REALM_ID,
        "client_id": "sandbox-client",
        "client_secret": "sandbox-client-secret",
        "refresh_token": "sandbox-first-refresh-token",
        "token_url": f"{sandbox.url}/quickbooks/oauth2/v1/tokens/bearer",
        **changes,
    }
    return QuickBooksConnection(**values)


@pytest.fixture
def client(sandbox, vault) -> Iterator[QuickBooks]:
    with QuickBooks(connection(sandbox), vault, requests_per_minute=60000, requests_per_second=1000) as opened:
        yield opened


def request_id() -> str:
    return str(uuid.uuid4())


def customer(client, name: str, **more: object) -> dict:
    return client.create("Customer", {"DisplayName": name, **more}, request_id=request_id())


def receipt(client, number: str | None = None, amount: str = "108.25") -> dict:
    buyer = client.query("SELECT * FROM Customer MAXRESULTS 1") or [customer(client, "Ann Lee")]
    [item] = client.query("SELECT * FROM Item WHERE Name = 'Sales'")
    detail = {"ItemRef": {"value": item["Id"]}, "Qty": 1, "UnitPrice": Decimal(amount), "TaxCodeRef": {"value": "NON"}}
    return {
        "CustomerRef": {"value": buyer[0]["Id"]},
        "Line": [{"DetailType": "SalesItemLineDetail", "Amount": Decimal(amount), "SalesItemLineDetail": detail}],
        **({"DocNumber": number} if number else {}),
    }


def calls_that_arrived(sandbox, kind: str) -> dict[str, int]:
    return sandbox.get("/_sandbox/calls").get(f"quickbooks {kind}", {})


def test_a_customer_is_made_read_changed_and_found(client):
    made = customer(client, "Zoë O'Neil \\ Söhne & Co", PrimaryEmailAddr={"Address": "zoe@example.com"})

    assert client.read("Customer", made["Id"])["DisplayName"] == "Zoë O'Neil \\ Söhne & Co"
    changed = client.update(
        "Customer",
        {"Id": made["Id"], "SyncToken": made["SyncToken"], "sparse": True, "Notes": "regular"},
        request_id=request_id(),
    )
    assert (changed["Notes"], changed["PrimaryEmailAddr"]["Address"]) == ("regular", "zoe@example.com")
    name = quote("Zoë O'Neil \\ Söhne & Co")
    assert [row["Id"] for row in client.query(f"SELECT * FROM Customer WHERE DisplayName = {name}")] == [made["Id"]]
    assert client.count("Customer", f"DisplayName = {name}") == 1


def test_a_receipt_keeps_its_cents(client):
    made = client.create("SalesReceipt", receipt(client, amount="0.29"), request_id=request_id())

    assert made["TotalAmt"] == Decimal("0.29")
    assert client.read("SalesReceipt", made["Id"])["TotalAmt"] == Decimal("0.29")


def test_the_same_request_id_gives_the_same_receipt(client, sandbox):
    same, body = request_id(), receipt(client)

    first, second = (client.create("SalesReceipt", body, request_id=same) for _ in range(2))

    assert first["Id"] == second["Id"]
    assert len(sandbox.get("/_sandbox/quickbooks/SalesReceipt")) == 1


def test_a_receipt_is_voided_and_deleted(client):
    made = client.create("SalesReceipt", receipt(client), request_id=request_id())

    voided = client.void("SalesReceipt", made["Id"], made["SyncToken"], request_id=request_id())
    assert voided["TotalAmt"] == 0
    client.delete("SalesReceipt", made["Id"], voided["SyncToken"], request_id=request_id())

    with pytest.raises(ObjectNotFound):
        client.read("SalesReceipt", made["Id"])


def test_faults_have_their_types(client):
    made = customer(client, "Ann Lee")
    with pytest.raises(DuplicateName):
        customer(client, "ann lee")
    client.create("SalesReceipt", receipt(client, "IS-1"), request_id=request_id())
    with pytest.raises(DuplicateNumber) as caught:
        client.create("SalesReceipt", receipt(client, "IS-1"), request_id=request_id())
    assert client.read("SalesReceipt", caught.value.txn_id)["DocNumber"] == "IS-1"
    body = {"Id": made["Id"], "SyncToken": "7", "sparse": True, "Notes": "x"}
    with pytest.raises(StaleObject):
        client.update("Customer", body, request_id=request_id())
    assert caught.value.trace_id


def test_every_row_comes_once(client, monkeypatch):
    monkeypatch.setattr("order_sync.quickbooks.client.PAGE_SIZE", 4)
    made = {customer(client, f"Customer {number}")["Id"] for number in range(11)}

    found = [row["Id"] for page in client.query_all("Customer", "Active IN (true, false)") for row in page]

    assert len(found) == len(set(found))
    assert set(found) == made


@pytest.mark.parametrize(
    "entity", ["Item", "Account", "Term", "PaymentMethod", "Class", "Department", "TaxCode", "SalesReceipt"]
)
def test_every_list_can_be_read_in_full(client, entity):
    assert sum(map(len, client.query_all(entity))) == client.count(entity)


def test_changes_and_deletions(client):
    since = datetime.now(UTC) - timedelta(minutes=1)
    made = client.create("SalesReceipt", receipt(client), request_id=request_id())
    client.delete("SalesReceipt", made["Id"], made["SyncToken"], request_id=request_id())
    buyer = client.query("SELECT * FROM Customer")[0]

    found = client.changes(["Customer", "SalesReceipt"], since)

    assert [row["Id"] for row in found.rows["Customer"]] == [buyer["Id"]]
    assert found.rows["SalesReceipt"] == []
    assert found.deleted == {"Customer": [], "SalesReceipt": [made["Id"]]}
    assert found.complete


def test_the_company(client):
    assert client.company_info()["CompanyName"]
    assert client.preferences()["SalesFormsPrefs"]["AllowShipping"] is True
    assert client.realm_id == REALM_ID


@pytest.mark.parametrize(
    ("what", "made"), [("drop_after", 1), ("drop_before", 0), ("half_body", 1), ("500", 0), ("html", 0)]
)
def test_a_write_whose_answer_is_lost_arrives_once(client, sandbox, what, made):
    body = receipt(client)
    sandbox.post("/_sandbox/faults", {"kind": "quickbooks create SalesReceipt", "next": 1, "what": what})

    with pytest.raises(OutcomeUnknown):
        client.create("SalesReceipt", body, request_id=request_id())

    assert sum(calls_that_arrived(sandbox, "create SalesReceipt").values()) == 1
    assert len(sandbox.get("/_sandbox/quickbooks/SalesReceipt")) == made


def test_a_throttled_write_is_not_made(client, sandbox):
    body = receipt(client)
    sandbox.post("/_sandbox/faults", {"kind": "quickbooks create *", "next": 1, "what": "429"})

    with pytest.raises(RetryLater) as caught:
        client.create("SalesReceipt", body, request_id=request_id())

    assert caught.value.retry_after
    assert sandbox.get("/_sandbox/quickbooks/SalesReceipt") == []


@pytest.mark.parametrize("what", ["drop_before", "drop_after", "half_body", "500", "503", "html"])
def test_a_read_that_breaks_is_made_again(client, sandbox, what, short_waits):
    sandbox.post("/_sandbox/faults", {"kind": "quickbooks query Item", "next": 2, "what": what})

    assert client.query("SELECT * FROM Item WHERE Name = 'Sales'")
    assert sum(calls_that_arrived(sandbox, "query Item").values()) == 3


def test_an_expired_token_is_replaced(client, sandbox):
    client.preferences()
    sandbox.post("/_sandbox/tokens/expire")

    assert client.preferences()
    assert client.calls["token"] == 2


def test_two_clients_refresh_once(sandbox, vault):
    clients = [QuickBooks(connection(sandbox), vault) for _ in range(2)]
    threads = [threading.Thread(target=client.company_info) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(client.calls["read CompanyInfo"] for client in clients) == 2
    assert sum(calls_that_arrived(sandbox, "token").values()) == 1
    for client in clients:
        client.close()


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"refresh_token": "spent"}, SignInAgain, "quickbooks_demo"),
        ({"client_secret": "wrong"}, SignInAgain, "client id or client secret"),
        ({"realm_id": "1"}, Stop, "realm id"),
    ],
)
def test_a_wrong_connection_says_what_is_wrong(sandbox, vault, changes, error, words):
    with QuickBooks(connection(sandbox, **changes), vault) as client, pytest.raises(error, match=words):
        client.company_info()


def test_the_pace_stays_under_the_limits(sandbox, vault):
    sandbox.put("/_sandbox/limits", {})
    with QuickBooks(connection(sandbox), vault) as client:
        threads = [threading.Thread(target=client.preferences) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert calls_that_arrived(sandbox, "read Preferences") == {"200": 20}


def test_quickbooks_own_rate_of_a_currency_and_a_day(sandbox, client):
    sandbox.put("/_sandbox/company", {"preferences": {"CurrencyPrefs": {"MultiCurrencyEnabled": True}}})
    sandbox.put("/_sandbox/rates", {"EUR": {"2026-11-16": 1.080005, "2026-11-17": None}})
    assert client.exchange_rate("EUR", date(2026, 11, 16)) == Decimal("1.080005")
    with pytest.raises(ObjectNotFound):
        client.exchange_rate("EUR", date(2026, 11, 17))
