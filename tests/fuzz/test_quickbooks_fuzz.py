"""Whatever QuickBooks answers, only the typed errors come of it: over its records, lists, changes, batches, faults and tokens."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict

from order_sync.errors import OrderSyncError
from order_sync.oauth import AccessTokens, Grant
from order_sync.quickbooks.client import BatchItem, QuickBooks, QuickBooksConnection
from order_sync.quickbooks.faults import payload
from order_sync.quickbooks.reading import readable
from order_sync.sync.documents.change import sold
from order_sync.sync.documents.voided import is_voided
from order_sync.sync.orders.kinds import Entity, Kind
from order_sync.sync.orders.write import Write, WriteStatus
from order_sync.sync.recording.kinds import KINDS
from order_sync.transport import Answer, Call
from tests.fuzz.mutated import as_read, mutated, mutated_bytes

FUZZED = settings(max_examples=600, deadline=None, suppress_health_check=list(HealthCheck), database=None)
RECEIPT = {
    "Id": "145",
    "SyncToken": "0",
    "MetaData": {"CreateTime": "2026-11-16T12:00:00-07:00", "LastUpdatedTime": "2026-11-16T12:00:00-07:00"},
    "DocNumber": "IS-1",
    "TxnDate": "2026-11-16",
    "CurrencyRef": {"value": "USD", "name": "United States Dollar"},
    "ExchangeRate": 1.1,
    "PrivateNote": "Infusionsoft order 1 (store demo)",
    "Line": [
        {
            "Id": "1",
            "LineNum": 1,
            "Amount": 10.01,
            "DetailType": "SalesItemLineDetail",
            "SalesItemLineDetail": {
                "ItemRef": {"value": "7"},
                "Qty": 1,
                "UnitPrice": 10.01,
                "TaxCodeRef": {"value": "NON"},
            },
            "LinkedTxn": [{"TxnId": "9", "TxnType": "Invoice"}],
        },
        {"Amount": 10.01, "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}},
    ],
    "TxnTaxDetail": {"TotalTax": 0.7},
    "CustomerRef": {"value": "3", "name": "Ada"},
    "BillAddr": {"Id": "2", "Line1": "1 Main St", "City": "Phoenix", "PostalCode": "85001"},
    "TotalAmt": 10.71,
    "HomeTotalAmt": 11.78,
    "Balance": 0,
    "UnappliedAmt": 0,
}
CUSTOMER = {
    "Id": "3",
    "SyncToken": "1",
    "DisplayName": "Ada Lovelace",
    "PrimaryEmailAddr": {"Address": "ada@example.com"},
    "BillAddr": {"Line1": "1 Main St"},
    "Active": True,
    "Taxable": True,
    "CurrencyRef": {"value": "USD"},
    "MetaData": {"CreateTime": "2026-01-01T00:00:00-07:00"},
}
PREFERENCES = {
    "SalesFormsPrefs": {"AllowShipping": True, "CustomTxnNumbers": True},
    "AccountingInfoPrefs": {"BookCloseDate": "2025-12-31"},
    "CurrencyPrefs": {"HomeCurrency": {"value": "USD"}, "MultiCurrencyEnabled": False},
}
FAULT = {
    "Fault": {
        "Error": [
            {
                "Message": "Duplicate",
                "Detail": "DocNumber=1 is assigned to TxnType=X with TxnId=6",
                "code": "6140",
                "element": "",
            }
        ],
        "type": "ValidationFault",
    },
    "time": "2026-11-16T12:00:00-07:00",
}
GATEWAY = {
    "fault": {"error": [{"message": "message=X; errorCode=003200; statusCode=401", "detail": None, "code": "3200"}]}
}
DELETED = {"status": "Deleted", "Id": "979", "domain": "QBO"}
CHANGES = {"CDCResponse": [{"QueryResponse": [{"Customer": [CUSTOMER, DELETED], "maxResults": 2}, {}]}], "time": "now"}
BATCH = {"BatchItemResponse": [{"bId": "1", "SalesReceipt": RECEIPT}, {"bId": "2", **FAULT}]}
PAIR = {
    "token_type": "bearer",
    "access_token": "access",
    "refresh_token": "refresh",
    "expires_in": 3600,
    "x_refresh_token_expires_in": 8726400,
}
XML = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?><IntuitResponse xmlns="http://schema.intuit.com/finance/v3">'
    '<Fault type="SERVICE"><Error code="3001" element="X"><Message>message=ThrottleExceeded; errorCode=003001</Message>'
    "<Detail>Try again later</Detail></Error></Fault></IntuitResponse>"
)
READ = Call("QuickBooks", "quickbooks_demo", "query Customer")
WRITE = Call("QuickBooks", "quickbooks_demo", "create SalesReceipt", writes=True)
STATUSES = st.sampled_from([200, 200, 200, 400, 401, 403, 404, 429, 500, 503])


class Canned:
    """A transport that has one answer, whatever it is asked."""

    def __init__(self) -> None:
        self.answer = Answer(200, CaseInsensitiveDict(), b"")

    def send(self, *_: object, **__: object) -> Answer:
        return self.answer

    send_form = send

    def read(self, attempt: Callable[[], Any]) -> Any:
        return attempt()

    def close(self) -> None:
        return


class NoVault:
    def load(self, _connection_id: str) -> None:
        return

    def save(self, *_: object) -> None:
        return

    @contextmanager
    def refreshing(self, _connection_id: str) -> Any:
        yield


TRANSPORT = Canned()
CONNECTION = QuickBooksConnection(
    "quickbooks_demo", "https://quickbooks.example", "12", "c", "s", "r", "https://t.example"
)
CLIENT = QuickBooks(CONNECTION, NoVault())
CLIENT._transport = TRANSPORT  # type: ignore[assignment]


def answered(body: bytes, status: int, ask: Callable[[], Any]) -> Any:
    """What comes of a question with this answer; None where it is a typed error, or nothing."""
    TRANSPORT.answer = Answer(status, CaseInsensitiveDict({"intuit_tid": "1-tid"}), body)
    with suppress(OrderSyncError):
        return ask()
    return None


@FUZZED
@given(mutated_bytes({"SalesReceipt": RECEIPT}), STATUSES)
def test_r5_a_record(body: bytes, status: int) -> None:
    for ask in (
        lambda: CLIENT.read("SalesReceipt", "145"),
        lambda: CLIENT.create("SalesReceipt", {}, request_id="r"),
        lambda: CLIENT.void("SalesReceipt", "145", "0", request_id="r"),
    ):
        found = answered(body, status, ask)
        assert found is None or 1 <= len(found["Id"]) <= 40


@FUZZED
@given(
    mutated_bytes({"QueryResponse": {"Customer": [CUSTOMER, CUSTOMER], "startPosition": 1, "maxResults": 2}}), STATUSES
)
def test_r5_a_page(body: bytes, status: int) -> None:
    answered(body, status, lambda: CLIENT.query("SELECT * FROM Customer"))
    for whole in (True, False):
        pages = answered(body, status, partial(_pages, whole))
        assert all(isinstance(row["Id"], str) for page in pages or [] for row in page)


def _pages(whole: bool) -> list[list[dict[str, Any]]]:
    return list(CLIENT.query_all("Customer", whole=whole))


@FUZZED
@given(mutated_bytes({"QueryResponse": {"totalCount": 42}}), STATUSES)
def test_r5_a_count(body: bytes, status: int) -> None:
    found = answered(body, status, lambda: CLIENT.count("Customer"))
    assert found is None or isinstance(found, int)


@FUZZED
@given(mutated_bytes(CHANGES), STATUSES)
def test_r5_changes(body: bytes, status: int) -> None:
    answered(body, status, lambda: CLIENT.changes(["Customer", "Item"], datetime.now(UTC)))


@FUZZED
@given(mutated_bytes({"Preferences": PREFERENCES, "CompanyInfo": {"Country": "US", "CompanyName": "Co"}}), STATUSES)
def test_r5_preferences_and_company(body: bytes, status: int) -> None:
    answered(body, status, CLIENT.preferences)
    answered(body, status, CLIENT.company_info)


@FUZZED
@given(mutated_bytes({"ExchangeRate": {"SourceCurrencyCode": "EUR", "Rate": 1.08, "AsOfDate": "2026-11-16"}}), STATUSES)
def test_r5_a_rate(body: bytes, status: int) -> None:
    found = answered(body, status, lambda: CLIENT.exchange_rate("EUR", date(2026, 11, 16)))
    assert found is None or 0 < found < 10**9


@FUZZED
@given(mutated_bytes(BATCH), STATUSES)
def test_r5_a_batch(body: bytes, status: int) -> None:
    items = [BatchItem(id, "create", "SalesReceipt", {}) for id in ("1", "2", "3")]
    found = answered(body, status, lambda: CLIENT.batch(items, request_id="r"))
    assert found is None or list(found) == ["1", "2", "3"]


@FUZZED
@given(st.sampled_from([FAULT, GATEWAY]).flatmap(mutated_bytes), STATUSES, st.sampled_from([READ, WRITE]))
def test_r5_faults(body: bytes, status: int, call: Call) -> None:
    with suppress(OrderSyncError):
        payload(Answer(status, CaseInsensitiveDict(), body), call)


ENCODINGS = ["UTF-8", "nonsense", "utf-7", "cp037", "utf-16", "idna", "hex", "", "x" * 300]
PARTS = [
    "</Error>",
    "<",
    "&x;",
    "&#0;",
    "&#xD800;",
    "<![CDATA[",
    "<!-- ",
    "<!DOCTYPE a [<!ENTITY x 'y'>]>",
    "\0",
    "<a>" * 9000,
]


@FUZZED
@given(st.sampled_from(ENCODINGS), st.sampled_from(["", *PARTS]), st.integers(0, 400), st.integers(0, 5), STATUSES)
def test_r5_faults_in_xml(encoding: str, part: str, at: int, less: int, status: int) -> None:
    text = XML.replace("UTF-8", encoding)
    body = (text[:at] + part + text[at + less :]).encode(errors="surrogatepass")
    for call in (READ, WRITE):
        with pytest.raises(OrderSyncError) as caught:
            payload(Answer(status, CaseInsensitiveDict(), body), call)
        assert len(caught.value.code) <= 40


@FUZZED
@given(
    st.one_of(mutated_bytes(PAIR), mutated_bytes({"error": "invalid_grant", "error_description": "words"})), STATUSES
)
def test_r5_token_answers(body: bytes, status: int) -> None:
    grant = Grant("QuickBooks", "quickbooks_demo", "client", "secret", "refresh", "https://t.example", "Connect again.")
    tokens = AccessTokens(grant, NoVault(), TRANSPORT)  # type: ignore[arg-type]
    found = answered(body, status, tokens.current)
    assert found is None or (found.isascii() and found.isprintable())


def write_of(kind: Kind, payload: dict[str, Any]) -> Write:
    text = json.dumps({**payload, "SyncToken": "0"})
    return replace(_WRITE, kind=kind, payload=text, total=Decimal("10.71"), tax=Decimal("0.7"))


_WRITE = Write(
    *(1, "12", "demo", Kind.DOCUMENT, "1", 1, "r", Entity.SALES_RECEIPT, "create", "{}", None, None, "USD", None),
    *(WriteStatus.SENDING, 1, 1, None, None, None, None, None, None),
)  # fmt: skip


@settings(FUZZED, max_examples=1500)
@given(mutated(RECEIPT), st.sampled_from(list(Kind)))
def test_r5_what_can_be_read_can_be_compared(record: Any, kind: Kind) -> None:
    with suppress(OrderSyncError):
        found = readable(as_read(record))
        sent = {**RECEIPT, "Line": RECEIPT["Line"][:1], "DisplayName": "Ada", "Name": "Mug"}  # type: ignore[index]
        KINDS[kind].difference(write_of(kind, sent), found)
        KINDS[kind].stranger(write_of(kind, sent), found)
        is_voided(found)
        sold(found)
