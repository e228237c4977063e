"""What the company's preferences, its closed books and its country make of documents."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from include.sandbox.quickbooks import company, oauth
from tests.sandbox.quickbooks.conftest import Company


@pytest.fixture
def customer(qbo):
    return {"value": qbo.customer()["Id"]}


@pytest.fixture
def tracked(qbo, customer):
    """A document with a class, a line with a class, and a department."""
    online = qbo.named("Class", "Online")
    lines = [qbo.item_line(20, ClassRef=online)]
    department = qbo.named("Department", "Warehouse")
    return {"CustomerRef": customer, "ClassRef": online, "DepartmentRef": department, "Line": lines}


@pytest.mark.parametrize("entity", ["SalesReceipt", "Invoice", "CreditMemo"])
def test_classes_and_departments_are_kept_only_where_the_company_tracks_them(qbo, tracked, entity):
    off = {"ClassTrackingPerTxn": False, "ClassTrackingPerTxnLine": False, "TrackDepartments": False}
    for on in off:
        qbo.settle(preferences={"AccountingInfoPrefs": {**off, on: True}})
        saved = qbo.save(entity, tracked)
        kept = {
            "ClassTrackingPerTxn": "ClassRef" in saved,
            "ClassTrackingPerTxnLine": "ClassRef" in saved["Line"][0]["SalesItemLineDetail"],
            "TrackDepartments": "DepartmentRef" in saved,
        }
        assert kept == {**off, on: True}


def test_the_department_of_a_payment_is_kept_where_departments_are_tracked(qbo, tracked):
    body = {name: tracked[name] for name in ("CustomerRef", "DepartmentRef")}
    assert qbo.save("Payment", {**body, "TotalAmt": 1})["DepartmentRef"]["name"] == "Warehouse"
    qbo.settle(preferences={"AccountingInfoPrefs": {"TrackDepartments": None}})
    assert "DepartmentRef" not in qbo.save("Payment", {**body, "TotalAmt": 1})


@pytest.mark.parametrize("entity", ["SalesReceipt", "Payment", "RefundReceipt"])
@pytest.mark.parametrize("account", ["Sales of Product Income", "Accounts Receivable (A/R)", "Sales Tax Payable"])
def test_money_goes_into_banks_and_other_current_assets_only(qbo, customer, entity, account):
    amount = {"TotalAmt": 20} if entity == "Payment" else {"Line": [qbo.item_line(20)]}
    body = {"CustomerRef": customer, **amount}
    refused = qbo.post(entity.lower(), {**body, "DepositToAccountRef": qbo.named("Account", account)})
    assert (qbo.refusal(refused)["code"], qbo.refusal(refused)["element"]) == ("6430", "DepositToAccountRef")
    for taken in ("Checking", "Undeposited Funds"):
        assert qbo.save(entity, {**body, "DepositToAccountRef": qbo.named("Account", taken)})["Id"]


def test_closed_books_take_no_transaction_of_any_kind_and_give_none_back(qbo, customer):
    sale = {"CustomerRef": customer, "TxnDate": "2026-11-30", "Line": [qbo.item_line(20)]}
    bodies = {
        "SalesReceipt": sale,
        "Invoice": sale,
        "CreditMemo": sale,
        "RefundReceipt": {**sale, "DepositToAccountRef": qbo.named("Account", "Checking")},
        "Payment": {"CustomerRef": customer, "TxnDate": "2026-11-30", "TotalAmt": 20},
    }
    voids = {
        "SalesReceipt": {"operation": "update", "include": "void"},
        "Payment": {"operation": "update", "include": "void"},
        "Invoice": {"operation": "void"},
    }
    saved = {entity: qbo.save(entity, body) for entity, body in bodies.items()}
    qbo.settle(preferences={"AccountingInfoPrefs": {"BookCloseDate": "2026-11-30"}})

    for entity, body in bodies.items():
        key = {"Id": saved[entity]["Id"], "SyncToken": "0", "sparse": True}
        tries = [(body, {}), ({**key, "PrivateNote": "x"}, {}), (key, {"operation": "delete"})]
        tries += [({**key, "TxnDate": "2026-12-01"}, {}), *([(key, voids[entity])] if entity in voids else [])]
        for sent, params in tries:
            assert qbo.refusal(qbo.post(entity.lower(), sent, **params))["code"] == "6200", (entity, sent, params)
        assert qbo.read(entity, saved[entity]["Id"]) == saved[entity]

    qbo.settle(preferences={"AccountingInfoPrefs": {"BookCloseDate": None}})
    gone = qbo.post("salesreceipt", {"Id": saved["SalesReceipt"]["Id"], "SyncToken": "0"}, operation="delete")
    assert gone.status_code == 200


def test_a_payment_in_an_open_period_pays_an_invoice_of_a_closed_one(qbo, customer):
    sale = {"CustomerRef": customer, "TxnDate": "2026-11-30", "Line": [qbo.item_line(20)]}
    invoice = qbo.save("Invoice", sale)
    qbo.settle(preferences={"AccountingInfoPrefs": {"BookCloseDate": "2026-11-30"}})
    line = {"Amount": 20, "LinkedTxn": [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]}
    qbo.save("Payment", {"CustomerRef": customer, "TxnDate": "2026-12-01", "TotalAmt": 20, "Line": [line]})
    assert qbo.read("Invoice", invoice["Id"])["Balance"] == 0


def test_negative_lines_are_refused_unless_the_company_takes_them(qbo, customer):
    body = {"CustomerRef": customer, "Line": [qbo.item_line(20), qbo.item_line(-5, Qty=1, UnitPrice=-5)]}
    assert qbo.refusal(qbo.post("salesreceipt", body))["code"] == "2290"
    qbo.settle(negative_lines=True)
    assert qbo.save("SalesReceipt", body)["TotalAmt"] == 15
    below = {**body, "Line": [qbo.item_line(-5)]}
    assert qbo.refusal(qbo.post("salesreceipt", below))["code"] == "6000"


def test_preferences_are_objects_whoever_sets_them(qbo):
    body = {"Id": "1", "SyncToken": "0", "sparse": True, "SalesFormsPrefs": "none"}
    assert qbo.refusal(qbo.post("preferences", body))["code"] == "2010"


def test_a_tax_code_that_is_added_later_gets_an_id_of_its_own(qbo):
    with qbo.state.transaction() as connection:
        added = [company.add(connection, company.REALM_ID, "TaxCode", {"Name": f"Code {n}"})["Id"] for n in range(3)]
    ids = {code["Id"] for code in qbo.query("SELECT * FROM TaxCode")["TaxCode"]}
    assert len(ids) == 6
    assert ids >= {"TAX", "NON", *added}


@pytest.fixture
def british(state, app):
    """A company outside the United States, beside the other one."""
    realm = "9341450000000002"
    with state.transaction() as connection:
        company.found(connection, realm, name="Tea Ltd", country="GB", time_zone="Europe/London", currency="GBP")
        tokens = oauth.issue_tokens(connection, realm)
    return Company(state, TestClient(app), tokens["access_token"], realm)


def test_outside_the_united_states_lines_have_real_tax_codes_and_documents_say_how_tax_is_meant(british):
    standard, exempt = (british.named("TaxCode", name)["value"] for name in ("Standard", "Exempt"))
    sale = {"GlobalTaxCalculation": "TaxExcluded", "Line": [british.item_line(100, tax=standard)]}
    for code in ("TAX", "NON", "999"):
        wrong = {**sale, "Line": [british.item_line(100, tax=code)]}
        assert british.refusal(british.post("salesreceipt", wrong))["code"] == "2500"
    error = british.refusal(british.post("salesreceipt", {"Line": sale["Line"]}))
    assert (error["code"], error["element"]) == ("2020", "GlobalTaxCalculation")
    bare = british.item_line(100)
    del bare["SalesItemLineDetail"]["TaxCodeRef"]
    assert british.refusal(british.post("salesreceipt", {**sale, "Line": [bare]}))["code"] == "6000"
    none = british.save("SalesReceipt", {"GlobalTaxCalculation": "NotApplicable", "Line": [bare]})
    assert "TaxCodeRef" not in none["Line"][0]["SalesItemLineDetail"]

    british.settle(sales_tax_percent=20)
    both = {**sale, "Line": [british.item_line(100, tax=standard), british.item_line(50, tax=exempt)]}
    saved = british.save("SalesReceipt", both)
    assert (saved["TotalAmt"], saved["GlobalTaxCalculation"], saved["CurrencyRef"]) == (
        170,
        "TaxExcluded",
        {"value": "GBP"},
    )
