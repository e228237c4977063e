"""Sales receipts, invoices, credit memos and refund receipts: totals to the cent, numbers, refusals, void and delete."""

from __future__ import annotations

from decimal import Decimal

import pytest


@pytest.fixture
def customer(qbo):
    return {"value": qbo.customer(BillAddr={"Line1": "1 Main St"})["Id"]}


@pytest.fixture
def receipt(qbo, customer):
    return {"CustomerRef": customer, "DocNumber": "IS-1", "TxnDate": "2026-11-02", "Line": [qbo.item_line(20)]}


def lines_of(document, detail_type):
    return [line for line in document["Line"] if line["DetailType"] == detail_type]


def test_a_receipt_totals_items_shipping_discount_and_the_tax_that_was_sent(qbo, receipt):
    discount = {"DetailType": "DiscountLineDetail", "Amount": 5.5, "DiscountLineDetail": {"PercentBased": False}}
    shipping = qbo.item_line(7.95, item="SHIPPING_ITEM_ID")
    items = [qbo.item_line(1861.08, tax="TAX", Qty=14.5, UnitPrice=128.35), shipping, discount]

    saved = qbo.save("SalesReceipt", {**receipt, "Line": items, "TxnTaxDetail": {"TotalTax": 1.23}})

    assert saved["TotalAmt"] == 1864.76
    assert saved["TxnTaxDetail"]["TotalTax"] == 1.23
    assert lines_of(saved, "SubTotalLineDetail")[0]["Amount"] == 1869.03
    assert lines_of(saved, "DiscountLineDetail")[0]["DiscountLineDetail"]["DiscountAccountRef"]["value"]
    assert saved["BillAddr"]["Line1"] == "1 Main St"
    assert saved["DepositToAccountRef"]["name"] == "Undeposited Funds"
    assert saved["CustomerRef"]["name"] == "Ann Lee"
    assert saved["Balance"] == 0
    assert qbo.read("SalesReceipt", saved["Id"]) == saved


def test_a_discount_by_percent_is_rounded_half_up(qbo, receipt):
    discount = {"DetailType": "DiscountLineDetail", "DiscountLineDetail": {"PercentBased": True, "DiscountPercent": 10}}
    saved = qbo.save("SalesReceipt", {**receipt, "Line": [qbo.item_line(1.25), discount]})
    assert lines_of(saved, "DiscountLineDetail")[0]["Amount"] == 0.13
    assert saved["TotalAmt"] == 1.12


def test_many_small_amounts_add_up_to_the_cent(qbo, receipt):
    saved = qbo.save("SalesReceipt", {**receipt, "Line": [qbo.item_line(0.1) for _ in range(300)]})
    assert saved["TotalAmt"] == 30


def test_tax_is_computed_only_where_the_company_has_a_percentage_and_none_was_sent(qbo, receipt):
    lines = [qbo.item_line(10.1, tax="TAX"), qbo.item_line(5)]
    assert qbo.save("SalesReceipt", {**receipt, "Line": lines})["TotalAmt"] == 15.1

    qbo.settle(sales_tax_percent=Decimal("7.5"))
    taxed = qbo.save("SalesReceipt", {**receipt, "DocNumber": "IS-2", "Line": lines})
    assert (taxed["TxnTaxDetail"]["TotalTax"], taxed["TotalAmt"]) == (0.76, 15.86)
    sent = {**receipt, "DocNumber": "IS-3", "Line": lines, "TxnTaxDetail": {"TotalTax": 0}}
    assert qbo.save("SalesReceipt", sent)["TotalAmt"] == 15.1


def test_a_us_line_without_a_tax_code_is_taxable(qbo, receipt):
    line = qbo.item_line(10)
    del line["SalesItemLineDetail"]["TaxCodeRef"]
    saved = qbo.save("SalesReceipt", {**receipt, "Line": [line]})
    assert saved["Line"][0]["SalesItemLineDetail"]["TaxCodeRef"] == {"value": "TAX"}


def test_a_line_without_an_item_becomes_a_description_and_loses_its_amount(qbo, receipt):
    note = {"DetailType": "SalesItemLineDetail", "Amount": 9, "Description": "Thanks", "SalesItemLineDetail": {}}
    saved = qbo.save("SalesReceipt", {**receipt, "Line": [qbo.item_line(20), note]})
    assert saved["TotalAmt"] == 20
    assert lines_of(saved, "DescriptionOnly")[0]["Description"] == "Thanks"


def test_a_wrong_amount_is_refused_with_the_amount(qbo, receipt):
    body = {**receipt, "Line": [qbo.item_line(1861.07, Qty=14.5, UnitPrice=128.35)]}
    error = qbo.refusal(qbo.post("salesreceipt", body))
    assert error["code"] == "6070"
    assert error["Detail"] == "Amount is not equal to UnitPrice * Qty. Supplied value: 1,861.07"


DISCOUNT = {"DetailType": "DiscountLineDetail", "DiscountLineDetail": {}}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"Line": []}, "2020"),
        ({"DocNumber": "x" * 22}, "2050"),
        ({"PrivateNote": "x" * 4001}, "2050"),
        ({"TxnDate": "yesterday"}, "2060"),
        ({"CustomerRef": {"value": "999"}}, "2500"),
        ({"DepartmentRef": {"value": "999"}}, "2500"),
        ({"Colour": "blue"}, "2010"),
        ({"EmailStatus": "NeedToSend"}, "6420"),
        ({"EmailStatus": "Sometimes"}, "2170"),
        ({"CurrencyRef": {"value": "EUR"}}, "6000"),
        ({"TxnTaxDetail": {"TotalTax": -1}}, "2290"),
    ],
)
def test_a_receipt_that_breaks_a_rule_is_refused(qbo, receipt, change, code):
    assert qbo.refusal(qbo.post("salesreceipt", {**receipt, **change}))["code"] == code
    assert qbo.query("SELECT * FROM SalesReceipt") == {}


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ({"SalesItemLineDetail": {"ItemRef": {"value": "999"}}}, "2500"),
        ({"SalesItemLineDetail": {"ItemRef": {"value": "1"}, "TaxCodeRef": {"value": "2"}}}, "6100"),
        ({"Amount": -1}, "2290"),
        ({"Amount": None}, "2020"),
        ({"Amount": "ten"}, "2070"),
        ({"Description": "x" * 4001}, "2050"),
        ({"DetailType": "GroupLineDetail"}, "2020"),
        ({"Color": "blue"}, "2010"),
    ],
)
def test_a_line_that_breaks_a_rule_is_refused(qbo, receipt, line, code):
    body = {**receipt, "Line": [{**qbo.item_line(10), **line}]}
    assert qbo.refusal(qbo.post("salesreceipt", body))["code"] == code


def test_a_discount_needs_an_amount_and_cannot_exceed_the_items(qbo, receipt):
    assert qbo.refusal(qbo.post("salesreceipt", {**receipt, "Line": [qbo.item_line(1), DISCOUNT]}))["code"] == "6090"
    body = {**receipt, "Line": [qbo.item_line(1), {**DISCOUNT, "Amount": 2}]}
    assert qbo.refusal(qbo.post("salesreceipt", body))["code"] == "6000"


def test_a_refused_tax_code_says_what_is_valid(qbo, receipt):
    error = qbo.refusal(qbo.post("salesreceipt", {**receipt, "Line": [qbo.item_line(1, tax="10")]}))
    assert error["Detail"] == "Valid line TaxCodes for US should be TAX or NON. Supplied value: 10"


def test_an_inactive_item_cannot_be_sold(qbo, receipt):
    item = qbo.save("Item", {"Name": "Old Mug", "IncomeAccountRef": qbo.named("Account", "Services")})
    qbo.save("Item", {"Id": item["Id"], "SyncToken": "0", "sparse": True, "Active": False})
    error = qbo.refusal(qbo.post("salesreceipt", {**receipt, "Line": [qbo.item_line(1, item=item["Id"])]}))
    assert error["code"] == "2500"
    assert "has been made inactive" in error["Detail"]


def test_a_vendor_cannot_be_sold_to(qbo, receipt):
    vendor = qbo.save("Vendor", {"DisplayName": "Supplies Inc"})
    assert qbo.refusal(qbo.post("salesreceipt", {**receipt, "CustomerRef": {"value": vendor["Id"]}}))["code"] == "6250"


@pytest.mark.parametrize("preference", ["AllowShipping", "AllowDiscount"])
def test_shipping_and_discounts_need_their_preference(qbo, receipt, preference):
    qbo.prefer(SalesFormsPrefs={preference: False})
    lines = [qbo.item_line(9, item="SHIPPING_ITEM_ID")] if preference == "AllowShipping" else []
    discount = [{**DISCOUNT, "Amount": 1}] if preference == "AllowDiscount" else []
    body = {**receipt, "Line": [qbo.item_line(20), *lines, *discount]}
    assert qbo.refusal(qbo.post("salesreceipt", body))["code"] == "5030"


@pytest.mark.parametrize(("entity", "label"), [("SalesReceipt", "Sales Receipt"), ("Invoice", "Invoice")])
def test_a_number_is_used_once_whatever_the_document(qbo, receipt, entity, label):
    first = qbo.save(entity, receipt)

    error = qbo.refusal(qbo.post("creditmemo", receipt))

    assert error == {
        "Message": "Duplicate Document Number Error",
        "Detail": "Duplicate Document Number Error : You must specify a different number. This number has already been "
        f"used. DocNumber=IS-1 is assigned to TxnType={label} with TxnId={first['Id']}",
        "code": "6140",
        "element": "",
    }
    assert qbo.save("CreditMemo", receipt, include="allowduplicatedocnum")["DocNumber"] == "IS-1"


def test_a_document_keeps_its_number_when_it_is_updated_or_voided_and_frees_it_when_deleted(qbo, receipt):
    saved = qbo.save("SalesReceipt", receipt)
    key = {"Id": saved["Id"], "sparse": True}
    qbo.save("SalesReceipt", {**key, "SyncToken": "0", "DocNumber": "IS-1", "PrivateNote": "hello"})
    qbo.save("SalesReceipt", {**key, "SyncToken": "1"}, operation="update", include="void")
    assert qbo.refusal(qbo.post("salesreceipt", receipt))["code"] == "6140"
    qbo.post("salesreceipt", {**key, "SyncToken": "2"}, operation="delete")
    assert qbo.save("SalesReceipt", receipt)["DocNumber"] == "IS-1"


def test_without_a_number_the_preference_decides(qbo, receipt):
    del receipt["DocNumber"]
    assert "DocNumber" not in qbo.save("SalesReceipt", receipt)
    qbo.prefer(SalesFormsPrefs={"CustomTxnNumbers": False})
    assert [qbo.save("SalesReceipt", receipt)["DocNumber"] for _ in range(2)] == ["1001", "1002"]


def test_a_sparse_update_with_lines_replaces_all_of_them(qbo, receipt):
    lines = [qbo.item_line(20), qbo.item_line(30)]
    saved = qbo.save("SalesReceipt", {**receipt, "Line": lines, "PrivateNote": "kept"})
    key = {"Id": saved["Id"], "SyncToken": "0", "sparse": True}

    updated = qbo.save("SalesReceipt", {**key, "Line": [qbo.item_line(5)]})

    assert len(lines_of(updated, "SalesItemLineDetail")) == 1
    assert (updated["TotalAmt"], updated["PrivateNote"], updated["DocNumber"]) == (5, "kept", "IS-1")


def test_lines_that_were_read_can_be_sent_back(qbo, receipt):
    body = {**receipt, "Line": [qbo.item_line(20), {**DISCOUNT, "Amount": 1}]}
    saved = qbo.save("SalesReceipt", body)
    updated = qbo.save("SalesReceipt", saved)
    assert updated["Line"] == saved["Line"]
    assert updated["TotalAmt"] == 19


@pytest.mark.parametrize(
    ("entity", "params"),
    [
        ("SalesReceipt", {"operation": "update", "include": "void"}),
        ("Invoice", {"operation": "void"}),
    ],
)
def test_a_voided_document_stays_with_all_amounts_zero(qbo, receipt, entity, params):
    saved = qbo.save(entity, {**receipt, "TxnTaxDetail": {"TotalTax": 2}})

    voided = qbo.save(entity, {"Id": saved["Id"], "SyncToken": "0", "sparse": True}, **params)

    assert (voided["TotalAmt"], voided["Balance"], voided["TxnTaxDetail"]["TotalTax"]) == (0, 0, 0)
    assert voided["PrivateNote"] == "Voided"
    assert {line["Amount"] for line in voided["Line"]} == {0}
    assert qbo.read(entity, saved["Id"]) == voided


def test_a_deleted_document_is_gone_and_says_so(qbo, receipt):
    saved = qbo.save("SalesReceipt", receipt)

    gone = qbo.post("salesreceipt", {"Id": saved["Id"], "SyncToken": "0"}, operation="delete").json()["SalesReceipt"]

    assert gone == {"domain": "QBO", "status": "Deleted", "Id": saved["Id"]}
    error = qbo.refusal(qbo.get(f"salesreceipt/{saved['Id']}"))
    assert (error["code"], error["Detail"]) == ("610", "Object Not Found : Another user has deleted this transaction.")
    assert qbo.query("SELECT * FROM SalesReceipt") == {}


def test_a_closed_period_takes_no_document_and_gives_none_back(qbo, receipt):
    early = qbo.save("SalesReceipt", {**receipt, "TxnDate": "2026-10-31"})
    qbo.prefer(AccountingInfoPrefs={"BookCloseDate": "2026-10-31"})

    assert (
        qbo.refusal(qbo.post("salesreceipt", {**receipt, "DocNumber": "2", "TxnDate": "2026-10-31"}))["code"] == "6200"
    )
    key = {"Id": early["Id"], "SyncToken": "0", "sparse": True}
    assert qbo.refusal(qbo.post("salesreceipt", {**key, "TxnDate": "2026-11-01"}))["code"] == "6200"
    assert qbo.refusal(qbo.post("salesreceipt", key, operation="delete"))["code"] == "6200"
    assert qbo.save("SalesReceipt", {**receipt, "DocNumber": "2", "TxnDate": "2026-11-01"})["TotalAmt"] == 20


def test_a_refund_receipt_needs_the_account_that_the_money_leaves(qbo, receipt):
    assert qbo.refusal(qbo.post("refundreceipt", receipt))["element"] == "DepositToAccountRef"
    saved = qbo.save("RefundReceipt", {**receipt, "DepositToAccountRef": qbo.named("Account", "Checking")})
    assert (saved["TotalAmt"], saved["DepositToAccountRef"]["name"]) == (20, "Checking")


def test_an_invoice_is_due_by_its_term_and_open_until_paid(qbo, receipt):
    saved = qbo.save("Invoice", {**receipt, "SalesTermRef": qbo.named("Term", "Net 30"), "Deposit": 5})
    assert saved["DueDate"] == "2026-12-02"
    assert (saved["TotalAmt"], saved["Balance"]) == (20, 15)


def test_an_order_of_nothing_makes_a_receipt_of_nothing(qbo, receipt):
    discount = {**DISCOUNT, "Amount": 20}
    assert qbo.save("SalesReceipt", {**receipt, "Line": [qbo.item_line(20), discount]})["TotalAmt"] == 0
    free = {**receipt, "DocNumber": "IS-2", "Line": [qbo.item_line(0, Qty=1, UnitPrice=0)]}
    assert qbo.save("SalesReceipt", free)["TotalAmt"] == 0


@pytest.mark.parametrize("entity", ["CreditMemo", "RefundReceipt"])
def test_credits_and_refunds_have_numbers_of_their_own_and_cannot_be_voided(qbo, receipt, entity):
    body = (
        {**receipt, "DepositToAccountRef": qbo.named("Account", "Checking")} if entity == "RefundReceipt" else receipt
    )
    saved = qbo.save(entity, body)
    for other in ("SalesReceipt", "Invoice"):
        error = qbo.refusal(qbo.post(other.lower(), receipt))
        assert (error["code"], f"with TxnId={saved['Id']}" in error["Detail"]) == ("6140", True)
    assert qbo.refusal(qbo.post(entity.lower(), body))["code"] == "6140"
    negative = {**body, "DocNumber": "IS-2", "Line": [qbo.item_line(-20)]}
    assert qbo.refusal(qbo.post(entity.lower(), negative))["code"] == "2290"

    key = {"Id": saved["Id"], "SyncToken": "0", "sparse": True}
    assert qbo.refusal(qbo.post(entity.lower(), key, operation="void"))["code"] == "500"
    assert qbo.post(entity.lower(), key, operation="delete").status_code == 200


@pytest.mark.parametrize("entity", ["SalesReceipt", "Invoice"])
def test_a_full_update_replaces_the_lines_and_counts_anew_by_the_newest_version(qbo, receipt, entity):
    sent = {**receipt, "Line": [qbo.item_line(20), qbo.item_line(30)], "TxnTaxDetail": {"TotalTax": 4}}
    saved = qbo.save(entity, {**sent, "PrivateNote": "old"})
    full = {**receipt, "Id": saved["Id"], "SyncToken": "0", "Line": [qbo.item_line(7)]}

    updated = qbo.save(entity, full)

    assert (updated["TotalAmt"], updated["TxnTaxDetail"], updated["SyncToken"]) == (7, {"TotalTax": 0}, "1")
    assert updated["Balance"] == (7 if entity == "Invoice" else 0)
    assert len(lines_of(updated, "SalesItemLineDetail")) == 1
    assert "PrivateNote" not in updated
    assert qbo.refusal(qbo.post(entity.lower(), full))["code"] == "5010"
    without = {name: value for name, value in full.items() if name != "Line"}
    assert qbo.refusal(qbo.post(entity.lower(), {**without, "SyncToken": "1"}))["code"] == "2020"
    assert qbo.read(entity, saved["Id"]) == updated
