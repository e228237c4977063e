"""The reports: their shape, and that they say what the ledger says."""

from __future__ import annotations

from typing import Any

import pytest

UF, AR, SALES = "Undeposited Funds", "Accounts Receivable (A/R)", "Sales of Product Income"


@pytest.fixture
def ann(qbo):
    return {"value": qbo.customer()["Id"]}


def sell(company: Any, amount: float, day: str, entity: str = "SalesReceipt", **fields: Any) -> dict[str, Any]:
    return company.save(entity, {"Line": [company.item_line(amount)], "TxnDate": day, **fields})


def report(company: Any, name: str, **asked: str) -> dict[str, Any]:
    response = company.get(f"reports/{name}", **asked)
    assert response.status_code == 200, response.text
    return response.json()


def values(row: dict[str, Any]) -> list[str]:
    return [cell["value"] for cell in row["ColData"]]


def test_the_trial_balance_has_the_shape_of_the_service(qbo, ann):
    sell(qbo, 30, "2026-11-16", CustomerRef=ann)
    sell(qbo, 12.5, "2026-11-17", "Invoice", CustomerRef=ann)
    found = report(qbo, "TrialBalance", start_date="2026-11-01", end_date="2026-11-30")

    header = found["Header"]
    assert header.pop("Time")
    assert header == {
        "ReportName": "TrialBalance",
        "ReportBasis": "Accrual",
        "StartPeriod": "2026-11-01",
        "EndPeriod": "2026-11-30",
        "Currency": "USD",
        "Option": [{"Name": "NoReportData", "Value": "false"}],
    }
    assert [(column["ColTitle"], column["ColType"]) for column in found["Columns"]["Column"]] == [
        ("", "Account"),
        ("Debit", "Money"),
        ("Credit", "Money"),
    ]
    *rows, total = found["Rows"]["Row"]
    assert list(map(values, rows)) == [[AR, "12.50", ""], [UF, "30.00", ""], [SALES, "", "42.50"]]
    assert rows[0]["ColData"][0]["id"] == qbo.named("Account", AR)["value"]
    assert total == {
        "Summary": {"ColData": [{"value": "TOTAL"}, {"value": "42.50"}, {"value": "42.50"}]},
        "type": "Section",
        "group": "GrandTotal",
    }


def test_a_report_without_data_says_so(qbo):
    found = report(qbo, "TrialBalance")
    assert (found["Rows"], found["Header"]["Option"][0]["Value"]) == ({}, "true")


def test_the_trial_balance_is_that_of_its_last_day_and_years_begin_anew(qbo, ann):
    sell(qbo, 10, "2025-06-01", CustomerRef=ann)
    sell(qbo, 20, "2026-03-01", CustomerRef=ann)
    sell(qbo, 40, "2026-12-01", CustomerRef=ann)
    *rows, _total = report(qbo, "TrialBalance", start_date="2026-11-01", end_date="2026-11-30")["Rows"]["Row"]
    assert list(map(values, rows)) == [[UF, "30.00", ""], ["Retained Earnings", "", "10.00"], [SALES, "", "20.00"]]


def test_the_general_ledger_has_a_section_for_each_account(qbo, ann):
    sell(qbo, 10, "2026-10-31", CustomerRef=ann)
    receipt = sell(qbo, 20, "2026-11-16", CustomerRef=ann, DocNumber="IS-1", PrivateNote="order 1")
    checking = qbo.named("Account", "Checking")
    sell(qbo, 5, "2026-11-17", "RefundReceipt", CustomerRef=ann, DepositToAccountRef=checking)
    found = report(qbo, "GeneralLedger", start_date="2026-11-01", end_date="2026-11-30")

    keys = [column["MetaData"][0]["Value"] for column in found["Columns"]["Column"]]
    assert keys == ["tx_date", "txn_type", "doc_num", "name", "memo", "split_acc", "subt_nat_amount", "rbal_nat_amount"]
    bank, funds, income = found["Rows"]["Row"]
    assert funds["Header"]["ColData"][0] == {"value": UF, "id": qbo.named("Account", UF)["value"]}
    beginning, sold = funds["Rows"]["Row"]
    assert values(beginning) == ["Beginning Balance", "", "", "", "", "", "", "10.00"]
    assert values(sold) == ["2026-11-16", "Sales Receipt", "IS-1", "Ann Lee", "order 1", SALES, "20.00", "30.00"]
    assert (sold["ColData"][1]["id"], sold["ColData"][3]["id"], sold["type"]) == (receipt["Id"], ann["value"], "Data")
    assert values(funds["Summary"]) == [f"Total for {UF}", "", "", "", "", "", "20.00", ""]
    assert [values(row)[1:2] + values(row)[-2:] for row in income["Rows"]["Row"]] == [
        ["Sales Receipt", "20.00", "20.00"],
        ["Refund", "-5.00", "15.00"],
    ]
    assert values(bank["Rows"]["Row"][0])[-1] == "-5.00"


def test_columns_and_accounts_can_be_chosen(qbo, ann):
    sell(qbo, 20, "2026-11-16", CustomerRef=ann)
    funds = qbo.named("Account", UF)["value"]
    chosen = {"columns": "account_name,debt_amt,credit_amt", "account": funds}
    (section,) = report(qbo, "GeneralLedger", end_date="2026-11-30", **chosen)["Rows"]["Row"]
    assert [values(row) for row in section["Rows"]["Row"]] == [[UF, "20.00", ""]]


def test_with_several_currencies_amounts_are_in_the_columns_of_the_home_currency(qbo, ann):
    qbo.settle(preferences={"CurrencyPrefs": {"MultiCurrencyEnabled": True}})
    sell(qbo, 20, "2026-11-16", CustomerRef=ann)
    chosen = {"columns": "tx_date,subt_nat_amount,subt_nat_home_amount", "end_date": "2026-11-30"}
    first, _second = report(qbo, "GeneralLedger", **chosen)["Rows"]["Row"]
    assert values(first["Rows"]["Row"][0]) == ["2026-11-16", "", "20.00"]
    usual = report(qbo, "GeneralLedger", end_date="2026-11-30")["Columns"]["Column"]
    assert usual[-1]["MetaData"][0]["Value"] == "rbal_nat_home_amount"


def test_a_return_has_the_net_and_the_tax_of_an_agency(company_in):
    uk = company_in("GB", "GBP")
    agency = uk.query("SELECT * FROM TaxAgency")["TaxAgency"][0]["Id"]
    standard, none = uk.named("TaxCode", "20.0% S")["value"], uk.named("TaxCode", "No VAT")["value"]
    goods, shipping = uk.item_line(100, tax=standard), uk.item_line(10, item="SHIPPING_ITEM_ID", tax=standard)
    how = {"GlobalTaxCalculation": "TaxExcluded", "TxnDate": "2026-11-16"}
    uk.save("SalesReceipt", {**how, "Line": [goods, shipping, uk.item_line(7, tax=none)]})
    back = {**how, "DepositToAccountRef": uk.named("Account", "Checking")}
    uk.save("RefundReceipt", {**back, "Line": [uk.item_line(10, tax=standard)]})
    uk.save("SalesReceipt", {**how, "Line": [goods], "TxnDate": "2026-12-01"})

    november = {"start_date": "2026-11-01", "end_date": "2026-11-30"}
    rows = report(uk, "TaxSummary", agency_id=agency, **november)["Rows"]["Row"]
    found = {row["group"]: values(row.get("Summary", row)) for row in rows}
    assert found["Box 1"] == ["Box 1 VAT due on sales and other outputs", "20.00"]
    assert (found["Box 5"][1], found["Box 6"][1]) == ("20.00", "100.00")
    assert [row.get("type") for row in rows] == [None, "Section", "Section", None]
    assert uk.refusal(uk.get("reports/TaxSummary", **november))["code"] == "2020"
    assert uk.refusal(uk.get("reports/TaxSummary", agency_id="99", **november))["code"] == "2500"


def test_each_agency_has_its_own_return(company_in):
    canada = company_in("CA", "CAD")
    both = canada.named("TaxCode", "GST/QST QC")["value"]
    line = canada.item_line(100, tax=both)
    canada.save("SalesReceipt", {"Line": [line], "GlobalTaxCalculation": "TaxExcluded", "TxnDate": "2026-11-16"})
    taxes = {}
    for agency in canada.query("SELECT * FROM TaxAgency")["TaxAgency"]:
        rows = report(canada, "TaxSummary", agency_id=agency["Id"], end_date="2026-11-30")["Rows"]["Row"]
        taxes[agency["DisplayName"]] = [values(row.get("Summary", row))[1] for row in rows]
    assert taxes == {"Canada Revenue Agency": ["100.00", "5.00", "5.00", "5.00"], "Revenu Québec": ["100.00", "9.98"]}


@pytest.mark.parametrize(
    ("path", "asked", "code"),
    [
        ("reports/TaxSummary", {"agency_id": "1"}, "5030"),
        ("reports/BalanceSheet", {}, "500"),
        ("reports/TrialBalance", {"end_date": "soon"}, "2060"),
        ("reports/TrialBalance", {"start_date": "2026-12-01", "end_date": "2026-11-30"}, "2060"),
        ("reports/TrialBalance", {"accounting_method": "Cash"}, "5030"),
    ],
)
def test_what_a_report_cannot_say_is_refused(qbo, path, asked, code):
    assert qbo.refusal(qbo.get(path, **asked))["code"] == code


def test_a_report_needs_a_sign_in(qbo):
    assert qbo.client.get(f"{qbo.base}/reports/TrialBalance").status_code == 401
