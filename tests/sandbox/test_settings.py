"""How the company and the account are set over HTTP, and what each setting does to the services."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from include.sandbox.infusionsoft.account import TENANT
from include.sandbox.infusionsoft.oauth import SERVICE_ACCOUNT_KEY
from include.sandbox.quickbooks.company import REALM_ID
from include.sandbox.quickbooks.oauth import CLIENT_ID, CLIENT_SECRET, FIRST_REFRESH_TOKEN

USUAL = {
    "keep_inactive_names": False,
    "compute_tax_always": False,
    "negative_lines": False,
    "sales_tax_percent": None,
    "text_limits": {},
    "text_spelling": "path",
}


def _put(sandbox: Any, path: str, body: object) -> requests.Response:
    return requests.put(sandbox.url + path, json=body, timeout=5)


def _switches(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: answer[name] for name in USUAL}


def _receipt(amount: float, **fields: Any) -> dict[str, Any]:
    detail = {"ItemRef": {"value": "1"}, "TaxCodeRef": {"value": "TAX"}}
    line = {"DetailType": "SalesItemLineDetail", "Amount": amount, "SalesItemLineDetail": detail}
    return {"Line": [line], **fields}


def _add(sandbox: Any, entity: str, body: dict[str, Any]) -> dict[str, Any]:
    """The record, or the error that refuses it."""
    answer = requests.post(f"{sandbox.url}/_sandbox/quickbooks/{entity}", json=body, timeout=5).json()
    return answer["Fault"]["Error"][0] if "Fault" in answer else answer


def test_only_what_is_named_is_changed_and_the_whole_is_answered(sandbox: Any) -> None:
    before = sandbox.put("/_sandbox/company", {})
    assert _switches(before) == USUAL
    assert before["preferences"]["CurrencyPrefs"]["HomeCurrency"] == {"value": "USD"}

    assert _switches(sandbox.put("/_sandbox/company", {"sales_tax_percent": 8.25})) == {
        **USUAL,
        "sales_tax_percent": 8.25,
    }
    both = sandbox.put("/_sandbox/company", {"negative_lines": True, "keep_inactive_names": True})
    assert _switches(both) == {
        **USUAL,
        "sales_tax_percent": 8.25,
        "negative_lines": True,
        "keep_inactive_names": True,
    }
    assert sandbox.put("/_sandbox/company", {"sales_tax_percent": None})["sales_tax_percent"] is None

    sandbox.put("/_sandbox/company", {"compute_tax_always": True, "preferences": {"TaxPrefs": {"UsingSalesTax": None}}})
    sandbox.post("/_sandbox/reset")
    assert sandbox.put("/_sandbox/company", {}) == before


def test_preferences_are_merged_key_by_key_and_null_takes_one_away(sandbox: Any) -> None:
    closed = {"BookCloseDate": "2026-11-30", "ClassTrackingPerTxn": True}
    sandbox.put("/_sandbox/company", {"preferences": {"AccountingInfoPrefs": closed}})

    (kept,) = sandbox.get("/_sandbox/quickbooks/Preferences")
    assert kept["AccountingInfoPrefs"].items() >= {**closed, "TrackDepartments": True}.items()
    assert kept["SalesFormsPrefs"]["AllowShipping"] is True
    assert kept["SyncToken"] == "1"

    opened = sandbox.put("/_sandbox/company", {"preferences": {"AccountingInfoPrefs": {"BookCloseDate": None}}})
    assert "BookCloseDate" not in opened["preferences"]["AccountingInfoPrefs"]
    assert opened["preferences"]["AccountingInfoPrefs"]["ClassTrackingPerTxn"] is True


@pytest.mark.parametrize(
    "wanted",
    [
        {"sales_tax_percent": -1},
        {"sales_tax_percent": 101},
        {"sales_tax_percent": "much"},
        {"negative_lines": None},
        {"text_limits": {"GivenName": 0}},
        {"text_spelling": "aloud"},
        {"negative_line": True},
        {"preferences": {"SalePrefs": {"AllowShipping": True}}},
        {"preferences": {"SalesFormsPrefs": True}},
    ],
)
def test_a_setting_that_makes_no_sense_is_refused_whole(sandbox: Any, wanted: dict[str, Any]) -> None:
    before = sandbox.put("/_sandbox/company", {})
    assert _put(sandbox, "/_sandbox/company", {"keep_inactive_names": True, **wanted}).status_code == 422
    assert sandbox.put("/_sandbox/company", {}) == before


def test_tax_is_computed_and_where_told_overwrites_what_was_sent(sandbox: Any) -> None:
    sent = {"TxnTaxDetail": {"TotalTax": 5, "TaxLine": [{"Amount": 5}]}}
    sandbox.put("/_sandbox/company", {"sales_tax_percent": 8})
    assert _add(sandbox, "SalesReceipt", _receipt(100))["TxnTaxDetail"] == {"TotalTax": 8}
    assert _add(sandbox, "SalesReceipt", _receipt(100, **sent))["TotalAmt"] == 105

    sandbox.put("/_sandbox/company", {"compute_tax_always": True})
    overwritten = _add(sandbox, "Invoice", _receipt(100, **sent, CustomerRef=_customer(sandbox)))
    assert (overwritten["TxnTaxDetail"], overwritten["TotalAmt"]) == ({"TotalTax": 8}, 108)
    sandbox.put("/_sandbox/company", {"sales_tax_percent": None})
    assert _add(sandbox, "SalesReceipt", _receipt(100, **sent))["TotalAmt"] == 100


def _customer(sandbox: Any) -> dict[str, str]:
    return {"value": _add(sandbox, "Customer", {"DisplayName": "Ana Lee"})["Id"]}


def test_preferences_that_are_set_rule_the_documents(sandbox: Any) -> None:
    forms = {"SalesFormsPrefs": {"CustomTxnNumbers": False, "AllowShipping": False}}
    sandbox.put("/_sandbox/company", {"preferences": forms})
    assert _add(sandbox, "SalesReceipt", _receipt(1))["DocNumber"] == "1001"
    shipping = _receipt(1)
    shipping["Line"][0]["SalesItemLineDetail"]["ItemRef"] = {"value": "SHIPPING_ITEM_ID"}
    assert _add(sandbox, "SalesReceipt", shipping)["code"] == "5030"

    books = {"AccountingInfoPrefs": {"BookCloseDate": "2026-11-30"}, "CurrencyPrefs": {"MultiCurrencyEnabled": True}}
    sandbox.put("/_sandbox/company", {"preferences": books})
    assert _add(sandbox, "SalesReceipt", _receipt(1, TxnDate="2026-11-30"))["code"] == "6200"
    assert _add(sandbox, "Customer", {"DisplayName": "Bea", "CurrencyRef": {"value": "EUR"}})["Id"]


def test_a_batch_is_counted_and_struck_as_one_call(sandbox: Any) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": FIRST_REFRESH_TOKEN}
    url = sandbox.url + "/quickbooks/oauth2/v1/tokens/bearer"
    signed = requests.post(url, data=form, auth=(CLIENT_ID, CLIENT_SECRET), timeout=5).json()
    sandbox.delete("/_sandbox/calls")
    sandbox.post("/_sandbox/faults", {"kind": "quickbooks batch", "next": 1, "what": "drop_after"})
    item = {"bId": "a", "operation": "create", "Customer": {"DisplayName": "Ana Lee"}}

    def send() -> requests.Response:
        return requests.post(
            f"{sandbox.url}/quickbooks/v3/company/{REALM_ID}/batch?requestid=r-1",
            json={"BatchItemRequest": [item]},
            headers={"Authorization": f"Bearer {signed['access_token']}"},
            timeout=5,
        )

    with pytest.raises(requests.ConnectionError):
        send()
    assert send().json()["BatchItemResponse"][0]["Customer"]["SyncToken"] == "0"
    assert [one["DisplayName"] for one in sandbox.get("/_sandbox/quickbooks/Customer")] == ["Ana Lee"]
    assert sandbox.get("/_sandbox/calls") == {"quickbooks batch": {"200": 1, "200 lost": 1}}


@pytest.fixture
def refunded(sandbox: Any) -> Any:
    """An order of 10.00 and one of 5.50 that one payment paid, and of which 2.25 was given back."""
    for id, cents in (("1", 1000), ("2", 550)):
        sandbox.put("/_sandbox/infusionsoft/order", {"id": id, "total": {"amount": cents}})
    paid = {"id": "7", "amount": 15.5, "order_ids": ["1", "2"], "refund_payment_id": "8", "merchant_account_id": "1"}
    sandbox.put("/_sandbox/infusionsoft/payment", paid)
    sandbox.put("/_sandbox/infusionsoft/payment", {"id": "8", "amount": -2.25, "order_ids": ["2"]})
    return sandbox


def _ask(sandbox: Any, path: str) -> list[dict[str, Any]]:
    key = {"X-Keap-API-Key": SERVICE_ACCOUNT_KEY}
    answer = requests.get(f"{sandbox.url}/infusionsoft/rest/v2/{path}", headers=key, timeout=5).json()
    return answer["payments" if path == "sales/payments" else "invoice_order_payments"]


def test_shares_of_payments_come_in_cents_when_told(refunded: Any) -> None:
    assert [one["amount"] for one in _ask(refunded, "orders/2/payments")] == [5.5, -2.25]
    answer = refunded.put("/_sandbox/infusionsoft", {"shares_in_cents": True})
    assert answer == {"tenant": TENANT, "shares_in_cents": True, "refunds_positive": False}

    assert [one["amount"] for one in _ask(refunded, "orders/1/payments")] == [1000]
    assert [one["amount"] for one in _ask(refunded, "orders/2/payments")] == [550, -225]
    assert [one["amount"] for one in _ask(refunded, "sales/payments")] == [15.5, -2.25]


def test_refunds_are_positive_when_told_and_still_linked(refunded: Any) -> None:
    refunded.put("/_sandbox/infusionsoft", {"shares_in_cents": True})
    answer = refunded.put("/_sandbox/infusionsoft", {"refunds_positive": True})
    assert answer == {"tenant": TENANT, "shares_in_cents": True, "refunds_positive": True}

    paid, refund = _ask(refunded, "sales/payments")
    assert (paid["amount"], refund["amount"], paid["refund_payment_id"]) == (15.5, 2.25, refund["id"])
    share, back = _ask(refunded, "orders/2/payments")
    assert (share["amount"], back["amount"]) == (550, 225)
    assert (share["pay_status"], back["pay_status"]) == ("APPROVED", "REFUNDED")
    assert (share["payment_id"], back["payment_id"]) == ("7", "8")
    assert back["refund_invoice_payment_id"] == share["id"]

    refunded.post("/_sandbox/reset")
    usual = {"tenant": TENANT, "shares_in_cents": False, "refunds_positive": False}
    assert refunded.put("/_sandbox/infusionsoft", {}) == usual
    assert _put(refunded, "/_sandbox/infusionsoft", {"refunds": True}).status_code == 422


def test_the_key_opens_another_account_when_told(sandbox: Any) -> None:
    def told() -> tuple[str, str | None]:
        key = {"X-Keap-API-Key": SERVICE_ACCOUNT_KEY}
        answer = requests.get(f"{sandbox.url}/infusionsoft/rest/v2/oauth/connect/userinfo", headers=key, timeout=5)
        return answer.headers["x-keap-tenant-id"], answer.json()["tenant_id"]

    assert told() == (TENANT, TENANT)
    sandbox.put("/_sandbox/infusionsoft", {"tenant": "cd200.infusionsoft.com"})
    assert told() == ("cd200.infusionsoft.com", "cd200.infusionsoft.com")
    sandbox.put("/_sandbox/infusionsoft", {"tenant": ""})
    assert told() == ("", None)
    assert _put(sandbox, "/_sandbox/infusionsoft", {"tenant": "a\r\nb"}).status_code == 422
    sandbox.post("/_sandbox/reset")
    assert told() == (TENANT, TENANT)


@pytest.mark.parametrize(
    ("spelling", "element"),
    [
        ("path", "BillAddr.Line1"),
        ("field", "Line1"),
        ("label", "Line 1"),
        ("entity", "Customer.BillAddr.Line1"),
        ("name", "Name"),
        ("none", ""),
    ],
)
def test_a_length_fault_in_each_spelling(sandbox: Any, spelling: str, element: str) -> None:
    sandbox.put("/_sandbox/company", {"text_limits": {"Line1": 1000}, "text_spelling": spelling})
    error = _add(sandbox, "Customer", {"DisplayName": "Ann", "BillAddr": {"Line1": "x" * 1300}})
    assert (error["code"], error["element"]) == ("2050", element)
    assert "Max:1,000 supported. Supplied length:1,300" in error["Detail"]


@pytest.mark.parametrize(
    "address",
    ["n/a", "Kim Carter", "ann@example", "ann@example.com; bob@example.com", "ann@ex..com", "josé@example.com"],
)
@pytest.mark.parametrize("entity", ["Customer", "SalesReceipt", "Invoice"])
def test_no_record_takes_what_is_no_e_mail_address(sandbox: Any, entity: str, address: str) -> None:
    person = {"DisplayName": "Ann", "PrimaryEmailAddr": {"Address": address}}
    body = person if entity == "Customer" else {**_receipt(100, BillEmail={"Address": address})}
    assert _add(sandbox, entity, body)["code"] == "2210"
