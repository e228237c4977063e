"""Expenses: what leaves an account for a customer who owes it again, and what QuickBooks refuses of them."""

from __future__ import annotations

import pytest

AR, CHECKING, UF = "Accounts Receivable (A/R)", "Checking", "Undeposited Funds"


@pytest.fixture
def customer(qbo):
    return {"value": qbo.customer()["Id"], "type": "Customer"}


@pytest.fixture
def expense(qbo, customer):
    """An expense of 40.00 on what a customer owes; fields that are None are left out."""

    def one(account=AR, amount=40, **fields):
        detail = {"AccountRef": qbo.named("Account", account), "CustomerRef": {"value": customer["value"]}}
        line = {
            "DetailType": "AccountBasedExpenseLineDetail",
            "Amount": amount,
            "AccountBasedExpenseLineDetail": detail,
        }
        usual = {
            "PaymentType": "Cash",
            "AccountRef": qbo.named("Account", UF),
            "EntityRef": customer,
            "Line": [line],
            "TxnDate": "2026-11-18",
        }
        return {name: value for name, value in (usual | fields).items() if value is not None}

    return one


def link(record, amount, kind):
    return {"Amount": amount, "LinkedTxn": [{"TxnId": record["Id"], "TxnType": kind}]}


def test_an_expense_is_kept_found_and_in_the_ledger(qbo, expense, customer):
    saved = qbo.save("Purchase", expense(PrivateNote="refund 1", DocNumber="IS-1-R1"))
    assert (saved["TotalAmt"], saved["EntityRef"]["type"]) == (40, "Customer")
    assert qbo.read("Purchase", saved["Id"]) == saved
    found = qbo.query("SELECT * FROM Purchase WHERE TxnDate = '2026-11-18'")["Purchase"]
    assert [one["PrivateNote"] for one in found] == ["refund 1"]
    assert qbo.entries("Purchase", saved["Id"]) == {AR: "Dr 40.00", UF: "Cr 40.00"}
    key = {"Id": saved["Id"], "SyncToken": "0"}
    changed = qbo.save("Purchase", {**key, "sparse": True, "Line": expense(amount=30)["Line"]})
    assert changed["TotalAmt"] == 30
    assert qbo.post("purchase", {**key, "SyncToken": "1"}, operation="delete").status_code == 200
    assert qbo.balances() == {}


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"AccountRef": None}, "2020"),
        ({"PaymentType": None}, "2020"),
        ({"Line": None}, "2020"),
        ({"PaymentType": "Card"}, "2170"),
        ({"EntityRef": None}, "6000"),
        ({"PaymentType": "Check"}, "6000"),
        ({"PaymentType": "CreditCard"}, "6000"),
    ],
)
def test_what_quickbooks_refuses_of_an_expense(qbo, expense, fields, code):
    assert qbo.refusal(qbo.post("purchase", expense(**fields)))["code"] == code
    assert qbo.balances() == {}


def test_an_account_of_a_wrong_type_pays_nothing(qbo, expense):
    wrong = qbo.named("Account", "Sales of Product Income")
    assert qbo.refusal(qbo.post("purchase", expense(AccountRef=wrong)))["code"] == "6000"


def test_what_is_owed_by_a_vendor_is_no_account_receivable(qbo, expense):
    vendor = {"value": qbo.save("Vendor", {"DisplayName": "A vendor"})["Id"], "type": "Vendor"}
    assert qbo.refusal(qbo.post("purchase", expense(EntityRef=vendor)))["code"] == "6000"
    assert qbo.save("Purchase", expense("Bank Charges", EntityRef=vendor))["TotalAmt"] == 40


def test_its_other_properties_are_not_known_to_be_queryable(qbo):
    response = qbo.get("query", query="SELECT * FROM Purchase WHERE PrivateNote = 'refund 1'")
    assert qbo.refusal(response)["code"] == "4001"


def test_a_payment_pays_what_is_owed_again_once(qbo, expense, customer):
    invoice = qbo.save("Invoice", {"CustomerRef": {"value": customer["value"]}, "Line": [qbo.item_line(100)]})
    owed = qbo.save("Purchase", expense())
    body = {"CustomerRef": {"value": customer["value"]}, "TotalAmt": 140}
    links = [link(invoice, 100, "Invoice"), link(owed, 40, "Expense")]
    too_much = {**body, "Line": [links[0], link(owed, 40.01, "Expense")], "TotalAmt": 150}
    assert qbo.refusal(qbo.post("payment", too_much))["code"] == "6000"

    paid = qbo.save("Payment", {**body, "Line": links})
    assert paid["UnappliedAmt"] == 0
    assert qbo.read("Purchase", owed["Id"])["LinkedTxn"] == [{"TxnId": paid["Id"], "TxnType": "Payment"}]
    assert qbo.entries("Payment", paid["Id"]) == {UF: "Dr 140.00", AR: "Cr 140.00"}
    again = {**body, "TotalAmt": 1, "Line": [link(owed, 1, "Expense")]}
    assert qbo.refusal(qbo.post("payment", again))["code"] == "6000"

    fresh = qbo.read("Purchase", owed["Id"])
    assert (
        qbo.post("purchase", {"Id": owed["Id"], "SyncToken": fresh["SyncToken"]}, operation="delete").status_code == 200
    )
    assert qbo.read("Payment", paid["Id"])["UnappliedAmt"] == 40


def test_the_account_receivable_has_the_currency_of_the_expense(qbo, expense):
    qbo.prefer(CurrencyPrefs={"MultiCurrencyEnabled": True})
    bert = {"value": qbo.customer("Bert", CurrencyRef={"value": "EUR"})["Id"], "type": "Customer"}
    euros = {"CurrencyRef": {"value": "EUR"}, "ExchangeRate": 1.05, "EntityRef": bert}
    assert qbo.refusal(qbo.post("purchase", expense(**euros)))["code"] == "6000"
    name = "Accounts Receivable (A-R) - EUR"
    qbo.save("Account", {"Name": name, "AccountType": "Accounts Receivable", "CurrencyRef": {"value": "EUR"}})
    saved = qbo.save("Purchase", expense(name, **euros))
    assert saved["HomeTotalAmt"] == 42
    assert qbo.entries("Purchase", saved["Id"]) == {name: "Dr 42.00", UF: "Cr 42.00"}
