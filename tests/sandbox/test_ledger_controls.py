"""What the controls say of the general ledger, and the exchange rates that they set."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from include.sandbox.quickbooks.company import REALM_ID
from include.sandbox.quickbooks.oauth import CLIENT_ID, CLIENT_SECRET, FIRST_REFRESH_TOKEN


def _line(amount: float, tax: str = "TAX") -> dict[str, Any]:
    detail = {"ItemRef": {"value": "1"}, "TaxCodeRef": {"value": tax}}
    return {"DetailType": "SalesItemLineDetail", "Amount": amount, "SalesItemLineDetail": detail}


def _receipt(sandbox: Any, *lines: dict[str, Any], **fields: Any) -> dict[str, Any]:
    body = {"Line": list(lines), "TxnDate": "2026-11-16", **fields}
    made: dict[str, Any] = sandbox.post("/_sandbox/quickbooks/SalesReceipt", body)
    return made


def _token(sandbox: Any) -> str:
    form = {"grant_type": "refresh_token", "refresh_token": FIRST_REFRESH_TOKEN}
    url = sandbox.url + "/quickbooks/oauth2/v1/tokens/bearer"
    return str(requests.post(url, data=form, auth=(CLIENT_ID, CLIENT_SECRET), timeout=5).json()["access_token"])


def _ask(sandbox: Any, token: str, path: str, **asked: str) -> requests.Response:
    url = f"{sandbox.url}/quickbooks/v3/company/{REALM_ID}/{path}"
    return requests.get(url, params=asked, headers={"Authorization": f"Bearer {token}"}, timeout=5)


def test_the_ledger_and_the_balances_are_told(sandbox: Any) -> None:
    made = _receipt(sandbox, _line(100), DocNumber="IS-1", TxnTaxDetail={"TotalTax": 8.6})
    _receipt(sandbox, _line(50, "NON"), TxnDate="2026-11-17")

    first, _second = sandbox.get("/_sandbox/ledger")
    assert first == {
        "entity": "SalesReceipt",
        "id": made["Id"],
        "number": "IS-1",
        "date": "2026-11-16",
        "entries": [
            {"account": "Undeposited Funds", "debit": 108.6, "credit": 0},
            {"account": "Sales of Product Income", "debit": 0, "credit": 100},
            {"account": "Sales Tax Payable", "debit": 0, "credit": 8.6},
        ],
    }
    assert sandbox.get("/_sandbox/balances?end_date=2026-11-16") == {
        "Undeposited Funds": 108.6,
        "Sales of Product Income": -100,
        "Sales Tax Payable": -8.6,
    }
    assert sandbox.get("/_sandbox/balances")["Undeposited Funds"] == 158.6


def test_m19_a_negative_line_on_taxed_goods_lowers_the_taxable_sales(sandbox: Any) -> None:
    sandbox.put("/_sandbox/company", {"negative_lines": True})
    _receipt(sandbox, _line(100), _line(-10), _line(5, "NON"), TxnTaxDetail={"TotalTax": 7.74})
    asked = "/_sandbox/sales_tax?start_date=2026-11-01&end_date=2026-11-30"
    assert sandbox.get(asked) == {"sales": 95, "taxable": 90, "tax": 7.74}
    assert sandbox.get("/_sandbox/sales_tax?end_date=2026-11-01") == {"sales": 0, "taxable": 0, "tax": 0}


@pytest.mark.parametrize(("after", "taxable"), [(True, 90), (False, 100)])
def test_a_discount_lowers_the_taxable_sales_where_tax_comes_after_it(sandbox: Any, after: bool, taxable: int) -> None:
    off = {"DetailType": "DiscountLineDetail", "Amount": 10, "DiscountLineDetail": {}}
    _receipt(sandbox, _line(100), off, TxnTaxDetail={"TotalTax": 7.74}, ApplyTaxAfterDiscount=after)
    assert sandbox.get("/_sandbox/sales_tax") == {"sales": 90, "taxable": taxable, "tax": 7.74}


def test_rates_are_set_by_currency_and_day(sandbox: Any) -> None:
    sandbox.put("/_sandbox/company", {"preferences": {"CurrencyPrefs": {"MultiCurrencyEnabled": True}}})
    wanted = {"EUR": {"2026-11-16": 1.2, "2026-11-17": None}, "GBP": {"every day": None}}
    assert sandbox.put("/_sandbox/rates", wanted) == wanted
    more = sandbox.put("/_sandbox/rates", {"EUR": {"2026-11-17": 1.3}})
    assert more == {"EUR": {"2026-11-16": 1.2, "2026-11-17": 1.3}, "GBP": {"every day": None}}

    token = _token(sandbox)
    found = _ask(sandbox, token, "exchangerate", sourcecurrencycode="EUR", asofdate="2026-11-16").json()
    assert found["ExchangeRate"]["Rate"] == 1.2
    assert _ask(sandbox, token, "exchangerate", sourcecurrencycode="GBP").status_code == 400
    sandbox.post("/_sandbox/reset")
    assert sandbox.put("/_sandbox/rates", {}) == {}


@pytest.mark.parametrize(
    "wanted",
    [{"EUR": {"2026-11-16": 0}}, {"EUR": {"soon": 1}}, {"euro": {"every day": 1}}, {"EUR": 1.1}, {"EUR": None}],
)
def test_rates_that_make_no_sense_are_refused(sandbox: Any, wanted: dict[str, Any]) -> None:
    assert requests.put(sandbox.url + "/_sandbox/rates", json=wanted, timeout=5).status_code == 422
    assert sandbox.put("/_sandbox/rates", {}) == {}


def test_reports_and_rates_are_counted_and_metered_as_reads(sandbox: Any) -> None:
    token = _token(sandbox)
    sandbox.delete("/_sandbox/calls")
    sandbox.put("/_sandbox/limits", {"quickbooks_reads_per_month": 2})
    asked = {"sourcecurrencycode": "USD", "asofdate": "2026-11-16"}
    sandbox.put("/_sandbox/company", {"preferences": {"CurrencyPrefs": {"MultiCurrencyEnabled": True}}})
    statuses = [
        _ask(sandbox, token, "reports/TrialBalance").status_code,
        _ask(sandbox, token, "exchangerate", **asked).status_code,
        _ask(sandbox, token, "reports/GeneralLedger").status_code,
    ]
    assert statuses == [200, 200, 429]
    assert sandbox.get("/_sandbox/calls") == {
        "quickbooks read ExchangeRate": {"200": 1},
        "quickbooks report GeneralLedger": {"429": 1},
        "quickbooks report TrialBalance": {"200": 1},
    }
