"""The client against a service that answers as it is told: what it asks, what it makes of the answers."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from order_sync.errors import OutcomeUnknown, RecordRefused, RetryLater, SignInAgain, Stop
from order_sync.quickbooks.client import QuickBooks, QuickBooksConnection
from order_sync.quickbooks.wire import encode, quote


@pytest.fixture
def client(stand_in, vault) -> Iterator[QuickBooks]:
    connection = QuickBooksConnection(
        id="quickbooks_demo",
        base_url=stand_in.url,
        realm_id="12",
        client_id="client",
        client_secret="client-secret",
        refresh_token="seed-refresh",
        token_url=f"{stand_in.url}/token",
    )
    with QuickBooks(connection, vault, requests_per_minute=60000, requests_per_second=1000) as opened:
        yield opened


def rows(entity: str, *ids: int, created: str = "2026-01-01T00:00:00-08:00") -> dict:
    found = [{"Id": str(id), "MetaData": {"CreateTime": created}} for id in ids]
    return {"QueryResponse": {entity: found, "startPosition": 1, "maxResults": len(found)} if found else {}}


def statements(stand_in) -> list[str]:
    return [request.body.decode() for request in stand_in.requests]


def test_a_query_is_posted_so_that_no_url_holds_it(client, stand_in):
    stand_in.reply(rows("Customer", 1))

    assert [row["Id"] for row in client.query("SELECT * FROM Customer WHERE DisplayName = 'José'")] == ["1"]
    [request] = stand_in.requests
    assert (request.method, request.path, request.query) == ("POST", "/v3/company/12/query", {"minorversion": "75"})
    assert request.body.decode() == "SELECT * FROM Customer WHERE DisplayName = 'José'"
    assert request.headers["Content-Type"] == "application/text"
    assert request.headers["Authorization"] == "Bearer access-1"
    assert client.calls == {"token": 1, "query Customer": 1}


def test_a_query_without_rows_gives_none(client, stand_in):
    stand_in.reply({"QueryResponse": {}, "time": "now"})

    assert client.query("SELECT * FROM Customer") == []


def test_a_count(client, stand_in):
    stand_in.reply({"QueryResponse": {"totalCount": 42}})

    assert client.count("Customer", "Active IN (true, false)") == 42
    assert statements(stand_in) == ["SELECT COUNT(*) FROM Customer WHERE Active IN (true, false)"]


def test_an_answer_without_its_member_stops(client, stand_in):
    stand_in.reply({"time": "now"})

    with pytest.raises(Stop, match="QueryResponse"):
        client.query("SELECT * FROM Customer")


@pytest.fixture
def small_pages(monkeypatch):
    monkeypatch.setattr("order_sync.quickbooks.client.PAGE_SIZE", 3)


def page(*members: tuple[int, int]) -> dict:
    """A page of (id, day of creation)."""
    found = [{"Id": str(id), "MetaData": {"CreateTime": f"2026-01-{day:02}T00:00:00-08:00"}} for id, day in members]
    return {"QueryResponse": {"Customer": found}}


def ids_of(pages: Iterator[list[dict]]) -> list[list[str]]:
    return [[row["Id"] for row in page] for page in pages]


def test_pages_go_on_from_the_last_creation_time(client, stand_in, small_pages):
    stand_in.reply(page((1, 1), (2, 2), (3, 2)))
    stand_in.reply(page((2, 2), (3, 2), (4, 3)))
    stand_in.reply(page((4, 3)))

    assert ids_of(client.query_all("Customer", "Active IN (true, false)")) == [["1", "2", "3"], ["4"]]
    order = "ORDERBY MetaData.CreateTime STARTPOSITION 1 MAXRESULTS 3"
    condition = "WHERE Active IN (true, false)"
    assert statements(stand_in) == [
        f"SELECT * FROM Customer {condition} {order}",
        f"SELECT * FROM Customer {condition} AND MetaData.CreateTime >= '2026-01-02T00:00:00-08:00' {order}",
        f"SELECT * FROM Customer {condition} AND MetaData.CreateTime >= '2026-01-03T00:00:00-08:00' {order}",
    ]


def test_pages_go_on_by_position_among_rows_of_one_time(client, stand_in, small_pages):
    stand_in.reply(page((1, 1), (2, 1), (3, 1)))
    stand_in.reply(page((3, 1), (4, 1), (5, 1)))
    stand_in.reply(page((5, 1), (6, 1)))

    assert ids_of(client.query_all("Customer")) == [["1", "2", "3"], ["4", "5"], ["6"]]
    assert [statement.split("STARTPOSITION ")[1] for statement in statements(stand_in)] == [
        "1 MAXRESULTS 3",
        "4 MAXRESULTS 3",
        "7 MAXRESULTS 3",
    ]


def test_rows_without_a_creation_time_are_paged_by_position(client, stand_in, small_pages):
    stand_in.reply({"QueryResponse": {"TaxCode": [{"Id": "TAX"}, {"Id": "NON"}, {"Id": "3"}]}})
    stand_in.reply({"QueryResponse": {}})

    assert ids_of(client.query_all("TaxCode")) == [["TAX", "NON", "3"]]


def test_the_same_page_over_and_over_stops(client, stand_in, small_pages):
    for _ in range(3):
        stand_in.reply(page((1, 1), (2, 2), (3, 3)))

    with pytest.raises(Stop, match=r"same page of Customer.*quickbooks_demo"):
        list(client.query_all("Customer"))
    assert len(stand_in.requests) == 2


def test_changes_are_split_into_rows_and_deletions(client, stand_in):
    deleted = {"domain": "QBO", "status": "Deleted", "Id": "979", "MetaData": {"LastUpdatedTime": "now"}}
    answer = [{"Customer": [{"Id": "1"}, {"Id": "2"}]}, {"SalesReceipt": [deleted, {"Id": "7"}]}, {}]
    stand_in.reply({"CDCResponse": [{"QueryResponse": answer}]})
    since = datetime.now(UTC).replace(microsecond=5) - timedelta(days=1)

    found = client.changes(["Customer", "SalesReceipt", "Item"], since)

    assert found.rows == {"Customer": [{"Id": "1"}, {"Id": "2"}], "SalesReceipt": [{"Id": "7"}], "Item": []}
    assert found.deleted == {"Customer": [], "SalesReceipt": ["979"], "Item": []}
    assert found.complete
    [request] = stand_in.requests
    assert request.query["entities"] == "Customer,SalesReceipt,Item"
    assert datetime.fromisoformat(request.query["changedSince"]) == since.replace(microsecond=0)


def test_changes_at_the_ceiling_are_not_complete(client, stand_in):
    answer = [{"Customer": [{"Id": str(id)} for id in range(999)]}, {"Item": [{"Id": "1"}]}]
    stand_in.reply({"CDCResponse": [{"QueryResponse": answer}]})

    assert not client.changes(["Customer", "Item"], datetime.now(UTC)).complete


def test_changes_of_more_than_thirty_days_are_not_asked_for(client, stand_in):
    found = client.changes(["Customer"], datetime.now(UTC) - timedelta(days=30))

    assert (found.rows, found.deleted, found.complete) == ({"Customer": []}, {"Customer": []}, False)
    assert stand_in.requests == []


def test_a_fault_among_the_changes_is_raised(client, stand_in):
    fault = {"Fault": {"Error": [{"Message": "ended", "code": "6190"}]}}
    stand_in.reply({"CDCResponse": [{"QueryResponse": [{"Customer": []}, fault]}]})

    with pytest.raises(Stop, match="6190"):
        client.changes(["Customer"], datetime.now(UTC))


def test_reads(client, stand_in):
    stand_in.reply({"SalesReceipt": {"Id": "5", "TotalAmt": 10.10}})
    stand_in.reply({"Preferences": {"Id": "1"}})
    stand_in.reply({"CompanyInfo": {"CompanyName": "Co"}})

    assert client.read("SalesReceipt", "5")["TotalAmt"] == Decimal("10.1")
    assert client.preferences() == {"Id": "1"}
    assert client.company_info() == {"CompanyName": "Co"}
    assert [request.path.removeprefix("/v3/company/12/") for request in stand_in.requests] == [
        "salesreceipt/5",
        "preferences",
        "companyinfo/12",
    ]


def test_a_rate_is_asked_for_by_currency_and_day(client, stand_in):
    stand_in.reply({"ExchangeRate": {"SourceCurrencyCode": "EUR", "Rate": 1.080005, "AsOfDate": "2026-11-16"}})
    assert client.exchange_rate("EUR", date(2026, 11, 16)) == Decimal("1.080005")
    [request] = stand_in.requests
    assert (request.method, request.path) == ("GET", "/v3/company/12/exchangerate")
    assert request.query == {"sourcecurrencycode": "EUR", "asofdate": "2026-11-16", "minorversion": "75"}


@pytest.mark.parametrize("told", [{}, {"Rate": None}, {"Rate": 0}, {"Rate": -1.08}, {"Rate": "NaN"}, {"Rate": "much"}])
def test_what_is_no_rate_is_taken_for_none(client, stand_in, told):
    stand_in.reply({"time": "now"})
    with pytest.raises(RecordRefused, match="without the rate of EUR on 2026-11-16"):
        client.exchange_rate("EUR", date(2026, 11, 16))
    stand_in.reply({"ExchangeRate": {"SourceCurrencyCode": "EUR", **told}})
    with pytest.raises(RecordRefused, match="without the rate of EUR on 2026-11-16"):
        client.exchange_rate("EUR", date(2026, 11, 16))


def test_the_rate_of_another_currency_is_taken_for_none(client, stand_in):
    stand_in.reply({"ExchangeRate": {"SourceCurrencyCode": "GBP", "Rate": 1.27}})
    with pytest.raises(RecordRefused):
        client.exchange_rate("EUR", date(2026, 11, 16))


def test_a_create_sends_exact_amounts_once(client, stand_in):
    stand_in.reply('{"SalesReceipt": {"Id": "9", "TotalAmt": 0.30}}')
    body = {"Line": [{"Amount": Decimal("0.30"), "Qty": Decimal("3")}], "PrivateNote": 'Café "№1" 🎉'}

    found = client.create("SalesReceipt", body, request_id="r-1")

    assert found == {"Id": "9", "TotalAmt": Decimal("0.30")}
    [request] = stand_in.requests
    assert request.path == "/v3/company/12/salesreceipt"
    assert request.query == {"requestid": "r-1", "minorversion": "75"}
    assert b'"Amount":0.30' in request.body
    assert json.loads(request.body, parse_float=Decimal) == {**body, "Line": [{"Amount": Decimal("0.30"), "Qty": 3}]}
    assert client.calls["create SalesReceipt"] == 1


def test_updates_deletions_and_voids(client, stand_in):
    stand_in.reply({"Customer": {"Id": "1", "SyncToken": "1"}})
    stand_in.reply({"Invoice": {"domain": "QBO", "status": "Deleted", "Id": "2"}})
    stand_in.reply({"SalesReceipt": {"Id": "3"}})
    stand_in.reply({"Invoice": {"Id": "4"}})

    client.update("Customer", {"Id": "1", "SyncToken": "0", "sparse": True}, request_id="a")
    client.delete("Invoice", "2", "0", request_id="b")
    client.void("SalesReceipt", "3", "0", request_id="c")
    client.void("Invoice", "4", "0", request_id="d")

    base = {"minorversion": "75"}
    assert [(request.path.rpartition("/")[2], request.query) for request in stand_in.requests] == [
        ("customer", {"requestid": "a", **base}),
        ("invoice", {"operation": "delete", "requestid": "b", **base}),
        ("salesreceipt", {"operation": "update", "include": "void", "requestid": "c", **base}),
        ("invoice", {"operation": "void", "requestid": "d", **base}),
    ]
    assert json.loads(stand_in.requests[2].body) == {"Id": "3", "SyncToken": "0", "sparse": True}


@pytest.mark.parametrize(
    "body", [{"time": "now"}, {"SalesReceipt": {}}, {"SalesReceipt": []}, {"BatchItemResponse": [], "time": "now"}]
)
def test_a_write_without_its_entity_in_the_answer_is_unknown(client, stand_in, body):
    stand_in.reply(body, headers={"intuit_tid": "1-tid"})

    with pytest.raises(OutcomeUnknown) as caught:
        client.create("SalesReceipt", {}, request_id="r")
    assert caught.value.trace_id == "1-tid"


@pytest.mark.parametrize("how", ["dropped", "cut"])
def test_a_write_that_broke_is_sent_once(client, stand_in, how):
    stand_in.reply({"SalesReceipt": {"Id": "1"}}, how=how)

    with pytest.raises(OutcomeUnknown):
        client.create("SalesReceipt", {}, request_id="r")
    assert len(stand_in.requests) == 1


def test_a_throttled_write_is_sent_once(client, stand_in):
    stand_in.reply("<html/>", status=429)

    with pytest.raises(RetryLater) as caught:
        client.create("SalesReceipt", {}, request_id="r")
    assert caught.value.retry_after == 60.0
    assert len(stand_in.requests) == 1


def test_reads_are_tried_again(client, stand_in, short_waits):
    stand_in.reply("", status=503)
    stand_in.reply("", status=429, headers={"Retry-After": "0"})
    stand_in.reply(how="dropped")
    stand_in.reply({"QueryResponse": {"Customer": [']cut"']}}, how="cut")
    stand_in.reply(rows("Customer", 1))

    assert len(client.query("SELECT * FROM Customer")) == 1
    assert client.calls["query Customer"] == 5


def test_a_throttle_that_lasts_is_the_monthly_budget(client, stand_in, short_waits, monkeypatch):
    monkeypatch.setattr("order_sync.quickbooks.client.THROTTLE_LASTS_SECONDS", 0.002)
    for _ in range(10):
        stand_in.reply("", status=429, headers={"Retry-After": "0.002"})

    with pytest.raises(Stop, match="monthly read budget"):
        client.query("SELECT * FROM Customer")
    assert len(stand_in.requests) < 6


def test_a_throttle_is_forgotten_after_a_success(client, stand_in, short_waits, monkeypatch):
    monkeypatch.setattr("order_sync.quickbooks.client.THROTTLE_LASTS_SECONDS", 0.2)
    for _ in range(3):
        stand_in.reply("", status=429, headers={"Retry-After": "0.11"})
        stand_in.reply(rows("Customer", 1))

    for _ in range(3):
        assert len(client.query("SELECT * FROM Customer")) == 1


def test_an_expired_token_is_refreshed_once_and_the_write_sent_again(client, stand_in):
    stand_in.reply({"fault": {"error": [{"code": "3200"}]}}, status=401)
    stand_in.reply({"SalesReceipt": {"Id": "1"}})

    assert client.create("SalesReceipt", {}, request_id="r")["Id"] == "1"
    assert [request.headers["Authorization"] for request in stand_in.requests] == ["Bearer access-1", "Bearer access-2"]
    assert {request.query["requestid"] for request in stand_in.requests} == {"r"}


def test_a_token_that_stays_refused_asks_for_a_sign_in(client, stand_in):
    for _ in range(2):
        stand_in.reply({"fault": {"error": [{"code": "3200", "detail": "Token expired: access-1"}]}}, status=401)

    with pytest.raises(SignInAgain) as caught:
        client.query("SELECT * FROM Customer")
    assert "quickbooks_demo" in str(caught.value)
    assert "access-1" not in str(caught.value)
    assert len(stand_in.requests) == 2


def test_no_secret_and_no_person_reaches_a_log(client, stand_in, caplog, short_waits):
    caplog.set_level(logging.DEBUG)
    stand_in.reply("", status=503)
    stand_in.reply(rows("Customer", 1), headers={"intuit_tid": "1-tid"})
    client.query("SELECT * FROM Customer WHERE PrimaryEmailAddr = 'ann@example.com'")

    said = caplog.text + repr(client._connection)
    assert "intuit_tid=1-tid" in said
    for secret in ("ann@example.com", "access-1", "seed-refresh", "client-secret"):
        assert secret not in said


def unquoted(literal: str) -> str:
    """Reads a literal as the query language does: a backslash takes the next character as it is."""
    assert literal[0] == literal[-1] == "'"
    read, characters = [], iter(literal[1:-1])
    for character in characters:
        assert character != "'", "the literal ends before its end"
        read.append(next(characters) if character == "\\" else character)
    return "".join(read)


@given(st.text(alphabet=st.one_of(st.sampled_from("'\\\"% a"), st.characters())))
def test_any_value_can_be_quoted(value):
    assert unquoted(quote(value)) == value


def test_an_apostrophe_is_escaped_as_the_documentation_says():
    assert quote("Adam's Candy Shop") == r"'Adam\'s Candy Shop'"


@given(
    st.decimals(allow_nan=False, allow_infinity=False, places=7) | st.decimals(allow_nan=False, allow_infinity=False)
)
def test_an_amount_keeps_every_digit(amount):
    sent = encode({"Amount": amount})

    assert Decimal(sent.removeprefix('{"Amount":').removesuffix("}")) == amount
    assert json.loads(sent, parse_float=Decimal, parse_int=Decimal) == {"Amount": amount}


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_any_document_is_encoded_as_json(document):
    assert json.loads(encode(document)) == document


@pytest.mark.parametrize("value", [1.1, Decimal("NaN"), Decimal("Infinity"), object()])
def test_what_is_no_exact_number_is_not_sent(client, stand_in, value):
    with pytest.raises(TypeError):
        client.create("SalesReceipt", {"Amount": value}, request_id="r")
    assert stand_in.requests == []
