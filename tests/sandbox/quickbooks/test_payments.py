"""Payments and what they do to the balances of invoices and credit memos."""

from __future__ import annotations

import pytest


@pytest.fixture
def customer(qbo):
    return {"value": qbo.customer()["Id"]}


@pytest.fixture
def invoice(qbo, customer):
    return qbo.save("Invoice", {"CustomerRef": customer, "Line": [qbo.item_line(100)]})


def link(document, amount, kind="Invoice"):
    return {"Amount": amount, "LinkedTxn": [{"TxnId": document["Id"], "TxnType": kind}]}


def test_a_payment_lowers_the_balance_of_its_invoice_and_says_what_is_left_over(qbo, customer, invoice):
    saved = qbo.save("Payment", {"CustomerRef": customer, "TotalAmt": 60, "Line": [link(invoice, 55.5)]})

    assert saved["UnappliedAmt"] == 4.5
    paid = qbo.read("Invoice", invoice["Id"])
    assert paid["Balance"] == 44.5
    assert paid["LinkedTxn"] == [{"TxnId": saved["Id"], "TxnType": "Payment"}]
    assert paid["SyncToken"] == "1"


def test_changing_voiding_and_deleting_a_payment_brings_the_balance_back(qbo, customer, invoice):
    payment = qbo.save("Payment", {"CustomerRef": customer, "TotalAmt": 100, "Line": [link(invoice, 100)]})
    key = {"Id": payment["Id"], "sparse": True}

    qbo.save("Payment", {**key, "SyncToken": "0", "Line": [link(invoice, 70)]})
    assert qbo.read("Invoice", invoice["Id"])["Balance"] == 30
    voided = qbo.save("Payment", {**key, "SyncToken": "1"}, operation="update", include="void")
    assert (voided["TotalAmt"], voided["Line"], voided["PrivateNote"]) == (0, [], "Voided")
    assert qbo.read("Invoice", invoice["Id"])["Balance"] == 100

    other = qbo.save("Payment", {"CustomerRef": customer, "TotalAmt": 40, "Line": [link(invoice, 40)]})
    assert qbo.post("payment", {"Id": other["Id"], "SyncToken": "0"}, operation="delete").status_code == 200
    after = qbo.read("Invoice", invoice["Id"])
    assert (after["Balance"], after["LinkedTxn"]) == (100, [])


def test_deleting_an_invoice_leaves_its_payment_unapplied(qbo, customer, invoice):
    payment = qbo.save("Payment", {"CustomerRef": customer, "TotalAmt": 100, "Line": [link(invoice, 100)]})
    qbo.post("invoice", {"Id": invoice["Id"], "SyncToken": "1"}, operation="delete")
    after = qbo.read("Payment", payment["Id"])
    assert (after["Line"], after["UnappliedAmt"]) == ([], 100)


def test_a_credit_memo_is_used_by_a_payment_of_nothing(qbo, customer, invoice):
    credit = qbo.save("CreditMemo", {"CustomerRef": customer, "Line": [qbo.item_line(30)]})
    lines = [link(invoice, 30), link(credit, 30, "CreditMemo")]

    saved = qbo.save("Payment", {"CustomerRef": customer, "TotalAmt": 0, "Line": lines})

    assert saved["UnappliedAmt"] == 0
    assert qbo.read("Invoice", invoice["Id"])["Balance"] == 70
    assert qbo.read("CreditMemo", credit["Id"])["RemainingCredit"] == 0


def test_a_payment_cannot_be_linked_to_another_customers_invoice(qbo, invoice):
    other = {"value": qbo.customer("Bob")["Id"]}
    body = {"CustomerRef": other, "TotalAmt": 100, "Line": [link(invoice, 100)]}
    assert qbo.refusal(qbo.post("payment", body))["code"] == "620"
    assert qbo.read("Invoice", invoice["Id"]) == invoice


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"TotalAmt": None}, "2020"),
        ({"CustomerRef": None}, "2020"),
        ({"TotalAmt": -1, "Line": []}, "2290"),
        ({"TotalAmt": 10}, "6000"),
        ({"DocNumber": "1"}, "2010"),
    ],
)
def test_a_payment_that_breaks_a_rule_is_refused(qbo, customer, invoice, change, code):
    body = {"CustomerRef": customer, "TotalAmt": 50, "Line": [link(invoice, 50)], **change}
    assert qbo.refusal(qbo.post("payment", body))["code"] == code


def test_an_invoice_is_not_paid_beyond_its_balance(qbo, customer, invoice):
    lines = [link(invoice, 60), link(invoice, 60)]
    assert qbo.refusal(qbo.post("payment", {"CustomerRef": customer, "TotalAmt": 200, "Line": lines}))["code"] == "6000"


def test_a_voided_invoice_lets_go_of_its_payment(qbo, customer, invoice):
    payment = qbo.save("Payment", {"CustomerRef": customer, "TotalAmt": 100, "Line": [link(invoice, 100)]})
    key = {"Id": invoice["Id"], "sparse": True}
    assert qbo.refusal(qbo.post("invoice", {**key, "SyncToken": "0"}, operation="void"))["code"] == "5010"

    voided = qbo.save("Invoice", {**key, "SyncToken": "1"}, operation="void")

    assert (voided["TotalAmt"], voided["Balance"], voided["LinkedTxn"], voided["PrivateNote"]) == (0, 0, [], "Voided")
    after = qbo.read("Payment", payment["Id"])
    assert (after["Line"], after["UnappliedAmt"], after["TotalAmt"]) == ([], 100, 100)


def test_a_changed_invoice_is_open_for_the_rest_and_not_less_than_nothing(qbo, customer, invoice):
    qbo.save("Payment", {"CustomerRef": customer, "TotalAmt": 60, "Line": [link(invoice, 60)]})
    key = {"Id": invoice["Id"], "CustomerRef": customer}

    dearer = qbo.save("Invoice", {**key, "SyncToken": "1", "Line": [qbo.item_line(150)]})
    assert (dearer["TotalAmt"], dearer["Balance"]) == (150, 90)
    even = qbo.save("Invoice", {**key, "SyncToken": "2", "Line": [qbo.item_line(60)]})
    assert (even["Balance"], len(even["LinkedTxn"])) == (0, 1)
    below = {**key, "SyncToken": "3", "Line": [qbo.item_line(59.99)]}
    assert qbo.refusal(qbo.post("invoice", below))["code"] == "6000"
    assert qbo.read("Invoice", invoice["Id"]) == even


def test_a_used_credit_memo_is_not_lowered_below_what_is_used(qbo, customer, invoice):
    credit = qbo.save("CreditMemo", {"CustomerRef": customer, "Line": [qbo.item_line(30)]})
    lines = [link(invoice, 30), link(credit, 30, "CreditMemo")]
    qbo.save("Payment", {"CustomerRef": customer, "TotalAmt": 0, "Line": lines})
    body = {"Id": credit["Id"], "SyncToken": "1", "CustomerRef": customer, "Line": [qbo.item_line(29)]}
    assert qbo.refusal(qbo.post("creditmemo", body))["code"] == "6000"
