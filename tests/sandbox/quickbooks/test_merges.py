"""Two customers that somebody merged: what is left of the duplicate, and whose its transactions are."""

from __future__ import annotations

import pytest

from include.sandbox.quickbooks import company
from include.sandbox.quickbooks.entities import CUSTOMER
from include.sandbox.quickbooks.merges import merge_customers
from include.sandbox.quickbooks.refusals import Refusal
from include.sandbox.quickbooks.versions import rewrite

AR, UF = "Accounts Receivable (A/R)", "Undeposited Funds"


@pytest.fixture
def robert(qbo):
    return qbo.customer("Robert Smith", Notes="Infusionsoft customer: 77")["Id"]


@pytest.fixture
def bob(qbo):
    return qbo.customer("Bob Smith")["Id"]


@pytest.fixture
def merge(qbo):
    def one(duplicate, survivor, **how):
        with qbo.state.transaction() as connection:
            return merge_customers(company.books_of(connection, qbo.realm_id), duplicate, survivor, **how)

    return one


def sold(qbo, customer):
    """An invoice with its payment, a receipt, and an expense by which the customer owes money again."""
    whom = {"CustomerRef": {"value": customer}}
    invoice = qbo.save("Invoice", {**whom, "Line": [qbo.item_line(100)]})
    link = {"Amount": 40, "LinkedTxn": [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]}
    detail = {"AccountRef": qbo.named("Account", AR), **whom}
    line = {
        "DetailType": "AccountBasedExpenseLineDetail",
        "Amount": 10,
        "AccountBasedExpenseLineDetail": detail,
    }
    expense = {
        "PaymentType": "Cash",
        "AccountRef": qbo.named("Account", UF),
        "EntityRef": {"value": customer, "type": "Customer"},
        "Line": [line],
    }
    return {
        "Invoice": invoice,
        "Payment": qbo.save("Payment", {**whom, "TotalAmt": 40, "Line": [link]}),
        "SalesReceipt": qbo.save("SalesReceipt", {**whom, "Line": [qbo.item_line(7)]}),
        "Purchase": qbo.save("Purchase", expense),
    }


def test_the_transactions_name_the_survivor_and_the_duplicate_is_inactive(qbo, merge, robert, bob):
    made, before = sold(qbo, robert), qbo.balances()
    left = merge(robert, bob)
    assert (left["Active"], left["DisplayName"], left["SyncToken"]) == (False, "Robert Smith (deleted)", "1")
    assert left["Notes"] == "Infusionsoft customer: 77"
    assert not [name for name in left if "erge" in name], "nothing in the API names the survivor"
    for entity, old in made.items():
        new = qbo.read(entity, old["Id"])
        whom = new.get("CustomerRef") or new["EntityRef"]
        assert (whom["value"], whom["name"]) == (bob, "Bob Smith")
        assert int(new["SyncToken"]) > int(old["SyncToken"])
    detail = qbo.read("Purchase", made["Purchase"]["Id"])["Line"][0]["AccountBasedExpenseLineDetail"]
    assert detail["CustomerRef"]["value"] == bob
    assert qbo.balances() == before
    assert qbo.query(f"SELECT * FROM Invoice WHERE CustomerRef = '{robert}'") == {}
    again = qbo.save("Customer", {"Id": robert, "SyncToken": "1", "sparse": True, "Active": True})
    assert again["DisplayName"] == "Robert Smith (deleted)"
    assert qbo.query(f"SELECT * FROM Invoice WHERE CustomerRef = '{robert}'") == {}, "its history stays empty"


def test_change_data_show_both_customers_and_the_transactions(qbo, merge, robert, bob):
    made = sold(qbo, robert)
    merge(robert, bob)
    found = qbo.get("cdc", entities="Customer,Invoice", changedSince="2026-11-20T00:00:00Z").json()
    [response] = found["CDCResponse"]
    customers, invoices = (
        one[name] for one, name in zip(response["QueryResponse"], ("Customer", "Invoice"), strict=True)
    )
    assert {one["Id"]: one["Active"] for one in customers} == {robert: False, bob: True}
    assert [(one["Id"], one["CustomerRef"]["value"]) for one in invoices] == [(made["Invoice"]["Id"], bob)]


def test_transactions_may_keep_their_version(qbo, merge, robert, bob):
    made = sold(qbo, robert)
    known = qbo.read("Invoice", made["Invoice"]["Id"])
    merge(robert, bob, new_versions=False)
    now = qbo.read("Invoice", made["Invoice"]["Id"])
    assert now["CustomerRef"]["value"] == bob
    assert (now["SyncToken"], now["MetaData"]) == (known["SyncToken"], known["MetaData"])
    assert qbo.query(f"SELECT * FROM Invoice WHERE CustomerRef = '{bob}'")["Invoice"]


def test_a_payment_for_the_duplicate_is_refused_and_for_the_survivor_taken(qbo, merge, robert, bob):
    invoice = sold(qbo, robert)["Invoice"]
    merge(robert, bob)
    link = {"Amount": 60, "LinkedTxn": [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]}
    other = qbo.customer("Somebody Else")["Id"]
    codes = {}
    for customer in (robert, other):
        body = {"CustomerRef": {"value": customer}, "TotalAmt": 60, "Line": [link]}
        codes[customer] = qbo.refusal(qbo.post("payment", body))["code"]
    assert codes == {robert: "2500", other: "620"}
    qbo.save("Payment", {"CustomerRef": {"value": bob}, "TotalAmt": 60, "Line": [link]})
    assert qbo.read("Invoice", invoice["Id"])["Balance"] == 0


def test_sub_customers_go_along(qbo, merge, robert, bob):
    job = qbo.customer("Kitchen", ParentRef={"value": robert}, Job=True)
    merge(robert, bob)
    assert qbo.read("Customer", job["Id"])["FullyQualifiedName"] == "Bob Smith:Kitchen"


def test_what_cannot_be_merged_is_refused(qbo, merge, robert, bob):
    project = qbo.customer("Garden", ParentRef={"value": bob}, Job=True)["Id"]
    inactive = qbo.customer("Old", Active=False)["Id"]
    with qbo.state.transaction() as connection:
        books = company.books_of(connection, qbo.realm_id)
        record = books.find(CUSTOMER.name, project)
        assert record
        rewrite(books, record, {"IsProject": True})
    for pair in (
        (project, robert),
        (robert, project),
        (robert, robert),
        (inactive, bob),
        (robert, inactive),
        (bob, project),
    ):
        with pytest.raises(Refusal):
            merge(*pair)
    with pytest.raises(Refusal):
        merge(robert, "4711")
    assert qbo.read("Customer", robert)["Active"]
