"""Multicurrency: customers have one currency for good, and their transactions are in it."""

from __future__ import annotations

import pytest

EUR = {"value": "EUR"}


@pytest.fixture
def customer(qbo):
    qbo.settle(preferences={"CurrencyPrefs": {"MultiCurrencyEnabled": True}})
    return {"value": qbo.customer(CurrencyRef=EUR)["Id"]}


def sale(qbo, customer, **more):
    return {"CustomerRef": customer, "Line": [qbo.item_line(100)], **more}


def test_a_customer_is_in_the_home_currency_unless_it_says_another(qbo, customer):
    assert qbo.read("Customer", customer["value"])["CurrencyRef"] == EUR
    assert qbo.customer("Bob")["CurrencyRef"] == {"value": "USD"}
    body = {"DisplayName": "Cy", "CurrencyRef": {"value": "euro"}}
    assert qbo.refusal(qbo.post("customer", body))["code"] == "2500"


def test_a_customer_keeps_its_currency(qbo, customer):
    key = {"Id": customer["value"], "sparse": True}
    change = {**key, "SyncToken": "0", "CurrencyRef": {"value": "GBP"}}
    assert qbo.refusal(qbo.post("customer", change))["code"] == "6000"
    assert qbo.save("Customer", {**key, "SyncToken": "0", "Notes": "x"})["CurrencyRef"] == EUR
    full = {"Id": customer["value"], "SyncToken": "1", "DisplayName": "Ann Lee"}
    assert qbo.save("Customer", full)["CurrencyRef"] == EUR


@pytest.mark.parametrize("entity", ["SalesReceipt", "Invoice", "CreditMemo", "RefundReceipt"])
def test_a_sale_is_in_the_currency_of_its_customer(qbo, customer, entity):
    account = {"DepositToAccountRef": qbo.named("Account", "Checking")} if entity == "RefundReceipt" else {}
    for wrong in ({}, {"CurrencyRef": {"value": "USD"}}, {"CurrencyRef": {"value": "GBP"}}):
        error = qbo.refusal(qbo.post(entity.lower(), sale(qbo, customer, **account, **wrong)))
        assert (error["code"], "Currency of the transaction is invalid" in error["Detail"]) == ("6000", True)

    saved = qbo.save(entity, sale(qbo, customer, **account, CurrencyRef=EUR, ExchangeRate=1.1))
    assert (saved["CurrencyRef"], saved["TotalAmt"], saved["HomeTotalAmt"]) == (EUR, 100, 110)
    assert qbo.save(entity, sale(qbo, customer, **account, CurrencyRef=EUR))["ExchangeRate"] == 1


def test_a_home_customer_is_sold_to_as_ever(qbo, customer):
    home = {"value": qbo.customer("Bob")["Id"]}
    saved = qbo.save("SalesReceipt", sale(qbo, home))
    assert (saved["CurrencyRef"], "HomeTotalAmt" in saved) == ({"value": "USD"}, False)
    assert qbo.refusal(qbo.post("salesreceipt", sale(qbo, home, CurrencyRef=EUR)))["code"] == "6000"


def test_a_payment_is_in_the_currency_of_its_invoice(qbo, customer):
    invoice = qbo.save("Invoice", sale(qbo, customer, CurrencyRef=EUR))
    line = {"Amount": 100, "LinkedTxn": [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]}
    body = {"CustomerRef": customer, "TotalAmt": 100, "Line": [line]}
    assert qbo.refusal(qbo.post("payment", body))["code"] == "6000"
    assert qbo.refusal(qbo.post("payment", {**body, "CurrencyRef": {"value": "USD"}}))["code"] == "6000"

    paid = qbo.save("Payment", {**body, "CurrencyRef": EUR, "ExchangeRate": 2})
    assert (paid["HomeTotalAmt"], qbo.read("Invoice", invoice["Id"])["Balance"]) == (200, 0)
    key = {"Id": paid["Id"], "SyncToken": "0", "sparse": True}
    assert qbo.save("Payment", key, operation="update", include="void")["HomeTotalAmt"] == 0
