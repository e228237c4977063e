"""Items as a sync makes them: names, limits, what an inventory item needs, and inactive ones."""

from __future__ import annotations

import pytest


@pytest.fixture
def item(qbo):
    return {"Name": "Blue Mug", "Sku": "MUG-1", "IncomeAccountRef": qbo.named("Account", "Services")}


@pytest.fixture
def inventory(qbo, item):
    return {
        **item,
        "Type": "Inventory",
        "TrackQtyOnHand": True,
        "QtyOnHand": 0,
        "InvStartDate": "2026-01-01",
        "AssetAccountRef": qbo.named("Account", "Inventory Asset"),
        "ExpenseAccountRef": qbo.named("Account", "Cost of Goods Sold"),
    }


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"Name": "BLUE MUG"}, "6240"),
        ({"Name": None}, "2020"),
        ({"Name": "x" * 101}, "2050"),
        ({"Sku": "x" * 101}, "2050"),
        ({"Description": "x" * 4001}, "2050"),
        ({"Name": "Mugs:blue"}, "2040"),
        ({"Name": "Mug\tblue"}, "2040"),
        ({"Name": "Mug\nblue"}, "2040"),
        ({"Type": "Bundle"}, "2170"),
        ({"IncomeAccountRef": {"value": "999"}}, "2500"),
        ({"IncomeAccountRef": None}, "2020"),
    ],
)
def test_an_item_that_breaks_a_rule_is_refused(qbo, item, change, code):
    qbo.save("Item", item)
    assert qbo.refusal(qbo.post("item", {**item, "Name": "Red Mug", **change}))["code"] == code
    assert qbo.query("SELECT * FROM Item WHERE Name LIKE 'Red%'") == {}


def test_names_and_skus_of_a_hundred_characters_are_taken(qbo, item):
    saved = qbo.save("Item", {**item, "Name": "é" * 100, "Sku": "x" * 100})
    assert (saved["Name"], saved["Sku"], saved["Type"]) == ("é" * 100, "x" * 100, "Service")


@pytest.mark.parametrize(
    ("missing", "value"),
    [
        ("AssetAccountRef", None),
        ("ExpenseAccountRef", None),
        ("QtyOnHand", None),
        ("InvStartDate", None),
        ("TrackQtyOnHand", None),
        ("TrackQtyOnHand", False),
    ],
)
def test_an_inventory_item_needs_its_accounts_its_quantity_and_its_start(qbo, inventory, missing, value):
    error = qbo.refusal(qbo.post("item", {**inventory, missing: value}))
    assert (error["code"], error["element"]) == ("2020", missing)
    assert qbo.save("Item", inventory)["QtyOnHand"] == 0


def test_an_inactive_item_is_renamed_and_cannot_be_sold_until_it_is_active_again(qbo, item):
    saved = qbo.save("Item", item)
    key = {"Id": saved["Id"], "sparse": True}
    gone = qbo.save("Item", {**key, "SyncToken": "0", "Active": False})
    assert (gone["Name"], gone["Active"], gone["Sku"]) == ("Blue Mug (deleted)", False, "MUG-1")
    assert qbo.query("SELECT * FROM Item WHERE Sku = 'MUG-1'") == {}
    assert qbo.query("SELECT * FROM Item WHERE Sku = 'MUG-1' AND Active IN (true, false)")["Item"] == [gone]
    sale = {"Line": [qbo.item_line(1, item=saved["Id"])]}
    assert qbo.refusal(qbo.post("salesreceipt", sale))["code"] == "2500"

    again = qbo.save("Item", item)
    assert again["Id"] != saved["Id"]
    back = qbo.save("Item", {**key, "SyncToken": "1", "Active": True})
    assert (back["Name"], back["Active"]) == ("Blue Mug (deleted)", True)
    assert qbo.save("SalesReceipt", sale)["TotalAmt"] == 1


def test_a_company_may_keep_the_names_of_inactive_items(qbo, item):
    qbo.settle(keep_inactive_names=True)
    saved = qbo.save("Item", item)
    key = {"Id": saved["Id"], "sparse": True}
    assert qbo.save("Item", {**key, "SyncToken": "0", "Active": False})["Name"] == "Blue Mug"
    assert qbo.refusal(qbo.post("item", item))["code"] == "6240"
    assert qbo.save("Item", {**key, "SyncToken": "1", "Active": True})["Active"] is True
