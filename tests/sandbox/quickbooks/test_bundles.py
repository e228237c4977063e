"""Bundles and categories: what can stand on a line, and what cannot."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def income(qbo):
    return {"IncomeAccountRef": qbo.named("Account", "Services")}


@pytest.fixture
def parts(qbo, income):
    return [qbo.save("Item", {"Name": name, "UnitPrice": price, **income}) for name, price in (("Cup", 4), ("Pot", 11))]


@pytest.fixture
def bundle(qbo, parts):
    inside = [{"ItemRef": {"value": part["Id"]}, "Qty": number} for part, number in zip(parts, (2, 1), strict=True)]
    return qbo.save("Item", {"Name": "Tea set", "Type": "Group", "ItemGroupDetail": {"ItemGroupLine": inside}})


def line_of(bundle: dict[str, Any], **detail: Any) -> dict[str, Any]:
    group = {"GroupItemRef": {"value": bundle["Id"]}, **detail}
    return {"DetailType": "GroupLineDetail", "GroupLineDetail": group}


def refused(qbo: Any, line: dict[str, Any]) -> tuple[str, str]:
    error = qbo.refusal(qbo.post("salesreceipt", {"Line": [line]}))
    return error["code"], error["Detail"]


def test_a_category_cannot_be_sold(qbo):
    category = qbo.save("Item", {"Name": "Kitchen", "Type": "Category"})
    expected = ("2500", "Invalid Reference Id : Categories cannot be used in transactions.")
    assert refused(qbo, qbo.item_line(1, item=category["Id"])) == expected
    assert refused(qbo, line_of(category)) == expected


def test_a_bundle_is_no_item_of_a_line_and_an_item_is_no_bundle(qbo, bundle, parts):
    element = "Line.SalesItemLineDetail.ItemRef"
    assert refused(qbo, qbo.item_line(15, item=bundle["Id"])) == ("2500", f"Invalid Reference Id : {element}")
    assert refused(qbo, line_of(parts[0]))[0] == "2500"
    assert refused(qbo, line_of({"Id": "999"}))[0] == "2500"
    assert refused(qbo, line_of({"Id": "SHIPPING_ITEM_ID"}))[0] == "2500"


def test_a_bundle_comes_to_what_its_components_come_to(qbo, bundle, parts):
    inside = [qbo.item_line(7, item=parts[0]["Id"], tax="TAX", Qty=2, UnitPrice=3.5), qbo.item_line(10, parts[1]["Id"])]
    body = {"Line": [qbo.item_line(1), line_of(bundle, Quantity=1, Line=inside)], "TxnTaxDetail": {"TotalTax": 1}}
    saved = qbo.save("SalesReceipt", body)

    group = saved["Line"][1]
    assert (saved["TotalAmt"], saved["Line"][2]["Amount"], "Amount" in group) == (19, 18, False)
    assert [(line["Id"], line["Amount"]) for line in group["GroupLineDetail"]["Line"]] == [("3", 7), ("4", 10)]
    assert group["GroupLineDetail"]["GroupItemRef"]["name"] == "Tea set"
    assert qbo.entries("SalesReceipt", saved["Id"])["Services"] == "Cr 17.00"
    assert qbo.save("SalesReceipt", saved)["Line"] == saved["Line"]


def test_a_bundle_without_lines_is_sold_as_it_is_put_together(qbo, bundle):
    saved = qbo.save("SalesReceipt", {"Line": [line_of(bundle, Quantity=3)]})
    assert [line["Amount"] for line in saved["Line"][0]["GroupLineDetail"]["Line"]] == [24, 33]
    assert saved["TotalAmt"] == 57
    voided = qbo.save(
        "SalesReceipt", {"Id": saved["Id"], "SyncToken": "0", "sparse": True}, operation="update", include="void"
    )
    assert voided["TotalAmt"] == 0
    assert {line["Amount"] for line in voided["Line"][0]["GroupLineDetail"]["Line"]} == {0}
    assert qbo.entries("SalesReceipt", saved["Id"]) == {}


@pytest.mark.parametrize("inside", [[{"DetailType": "DescriptionOnly", "Description": "x"}], [{}], "lines", [1]])
def test_a_bundle_holds_items_only(qbo, bundle, inside):
    assert refused(qbo, line_of(bundle, Line=inside))[0] in ("2020", "2010")


def test_a_bundle_of_nothing_and_a_group_line_without_bundle_are_refused(qbo):
    empty = qbo.save("Item", {"Name": "Empty", "Type": "Group"})
    assert refused(qbo, line_of(empty))[0] == "2020"
    assert refused(qbo, {"DetailType": "GroupLineDetail", "GroupLineDetail": {"Quantity": 1}})[0] == "2020"


def test_tax_of_a_bundle_is_that_of_its_components(company_in):
    uk = company_in("GB", "GBP")
    income = {"IncomeAccountRef": uk.named("Account", "Services")}
    part = uk.save("Item", {"Name": "Cup", "UnitPrice": 10, **income})
    bundle = uk.save("Item", {"Name": "Set", "Type": "Group"})
    inside = [uk.item_line(10, part["Id"], tax=uk.named("TaxCode", "20.0% S")["value"]) for _ in range(2)]
    body = {"Line": [line_of(bundle, Line=inside)], "GlobalTaxCalculation": "TaxInclusive"}
    saved = uk.save("SalesReceipt", body)
    assert (saved["TotalAmt"], saved["TxnTaxDetail"]["TotalTax"]) == (20, 3.33)
    assert sum(line["Amount"] for line in saved["Line"][0]["GroupLineDetail"]["Line"]) == 16.67
