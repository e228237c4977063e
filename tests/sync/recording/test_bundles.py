"""Bundles and categories of QuickBooks that have a product's name: never taken for its item; a bundle is sold as what is in it."""

from __future__ import annotations

from typing import Any

import pytest

from order_sync.errors import ConfigurationError
from tests.shop.account import Json, amount
from tests.shop.counter import ShopCounter
from tests.shop.entries import entries

CREATE = {"not_found": "create", "create": {"income_account": "Services"}}
SOLD = {"Undeposited Funds": "Dr 57.00", "Services": "Cr 57.00"}

both_ways = pytest.mark.parametrize("write_mode", ["single", "batch"])


def product(name: str, price: str = "19.00", *, sku: str | None = None, quantity: int = 3, id: str = "4711") -> Json:
    """A line of a product that has no SKU unless one is given; three for 57.00."""
    return {"name": name, "price": price, "quantity": quantity, "product": {"id": id, "name": name, "sku": sku}}


def add_item(counter: ShopCounter, name: str, price: float, account: str, **fields: Any) -> str:
    income = {"value": counter.listed("Account", account)}
    return str(counter.add("Item", Name=name, UnitPrice=price, Type="Service", IncomeAccountRef=income, **fields)["Id"])


def add_tea_set(counter: ShopCounter, cup: float = 4, **fields: Any) -> None:
    """A bundle of two cups and a pot for 11.00."""
    ids = add_item(counter, "Cup", cup, "Services"), add_item(counter, "Pot", 11, "Sales of Product Income")
    inside = [{"ItemRef": {"value": id}, "Qty": number} for id, number in zip(ids, (2, 1), strict=True)]
    counter.add("Item", **{"Name": "Tea set", "Type": "Group", "ItemGroupDetail": {"ItemGroupLine": inside}} | fields)


def sell(counter: ShopCounter, *lines: Json) -> str:
    """What becomes of a paid order of these lines."""
    counter.sell(1, *lines)
    counter.pay(1, str(amount(counter.account.find(1)["total"])))
    counter.run(0)
    return counter.state()


def bundle_on(document: Json) -> tuple[Any, list[tuple[str, Any]]]:
    """The quantity of the bundle on a document, and its items with their amounts."""
    [group] = [one["GroupLineDetail"] for one in document["Line"] if one["DetailType"] == "GroupLineDetail"]
    return group["Quantity"], [(one["SalesItemLineDetail"]["ItemRef"]["name"], one["Amount"]) for one in group["Line"]]


# Never taken for the item.


@both_ways
@pytest.mark.parametrize("kind", ["Category", "Group"])
@pytest.mark.parametrize(("sku", "made"), [("M-1", "Mug (M-1)"), ("Mug", "Mug (Mug)")])
def test_m33_an_item_of_another_name_is_created(
    counter: ShopCounter, write_mode: str, kind: str, sku: str, made: str
) -> None:
    counter.set(write_mode=write_mode, products=CREATE)
    counter.add("Item", Name="Mug", Type=kind)

    assert sell(counter, product("Mug", sku=sku)) == "posted"
    assert counter.sold("SalesReceipt", "IS-1") == [f"{made} 57.00 NON"]
    assert entries(counter) == SOLD
    counter.expect_quiet()


@both_ways
def test_m33_the_product_id_tells_an_item_from_a_category(counter: ShopCounter, write_mode: str) -> None:
    counter.set(write_mode=write_mode, products=CREATE)
    counter.add("Item", Name="Mug", Type="Category")

    assert sell(counter, product("Mug")) == "posted"
    assert counter.sold("SalesReceipt", "IS-1") == ["Mug (4711) 57.00 NON"]
    assert entries(counter) == SOLD
    counter.expect_quiet()


def test_m33_where_that_name_is_taken_too_nothing_is_sent(counter: ShopCounter) -> None:
    counter.set(products=CREATE)
    for name in ("Mug", "Mug (4711)"):
        counter.add("Item", Name=name, Type="Category")

    assert sell(counter, product("Mug")) == "failed ITEM_REFUSED"
    assert "QuickBooks has no item for 'Mug', only a category of its name, and took no new one" in counter.history()[0]
    assert entries(counter) == {}


@both_ways
@pytest.mark.parametrize("not_found", ["standard", "create", "hold"])
def test_m33_an_item_in_a_category_is_known_by_its_full_name(
    counter: ShopCounter, write_mode: str, not_found: str
) -> None:
    counter.set(write_mode=write_mode, products=(CREATE if not_found == "create" else {}) | {"not_found": not_found})
    for category, account in (("Kitchen", "Services"), ("Office", "Sales of Product Income")):
        above = {"value": counter.add("Item", Name=category, Type="Category")["Id"]}
        add_item(counter, "Mug", 19, account, SubItem=True, ParentRef=above)

    assert sell(counter, product("Kitchen:Mug")) == "posted"
    assert entries(counter) == SOLD
    counter.sell(2, product("Mug"))
    counter.pay(2, "57.00")
    counter.run(0)
    assert counter.state(2) == "held ITEM_AMBIGUOUS"
    assert entries(counter) == SOLD


def test_m33_a_bundle_in_a_category_is_known_by_its_full_name(counter: ShopCounter) -> None:
    above = {"value": counter.add("Item", Name="Kitchen", Type="Category")["Id"]}
    add_tea_set(counter, SubItem=True, ParentRef=above)

    assert sell(counter, product("Kitchen:Tea set")) == "posted"
    assert bundle_on(counter.document("SalesReceipt", "IS-1")) == (3, [("Cup", 24), ("Pot", 33)])


@pytest.mark.parametrize(("kind", "word"), [("Category", "category"), ("Group", "bundle")])
def test_m33_the_standard_item_takes_it_and_the_warning_says_why(counter: ShopCounter, kind: str, word: str) -> None:
    counter.add("Item", Name="Mug", Type=kind)

    assert sell(counter, product("Mug", sku="M-1")) == "posted with warnings"
    assert f"QuickBooks has no item for 'M-1', only a {word} of its name; the standard item" in "\n".join(
        counter.history()
    )
    assert counter.sold("SalesReceipt", "IS-1") == ["Sales 57.00 NON"]


def test_m33_it_is_held_with_the_reason(counter: ShopCounter) -> None:
    counter.set(products={"not_found": "hold"})
    counter.add("Item", Name="Mug", Type="Category")

    assert sell(counter, product("Mug")) == "held ITEM_UNKNOWN"
    assert counter.history()[0] == "QuickBooks has no item for 'Mug', only a category of its name."
    assert entries(counter) == {}


@pytest.mark.parametrize(("kind", "word"), [("Category", "category"), ("Group", "bundle")])
def test_m33_the_map_cannot_name_one(
    counter: ShopCounter, kind: str, word: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "products.csv").write_text("product,item\nM-1,Mug\n")
    monkeypatch.setenv("ORDER_SYNC_STORES", str(tmp_path))
    counter.set(products={"map": "products.csv"})
    counter.add("Item", Name="Mug", Type=kind)

    with pytest.raises(ConfigurationError, match=f"'Mug' .products.csv., which is a {word} of the QuickBooks company"):
        sell(counter, product("Mug", sku="M-1"))
    assert entries(counter) == {}


# A product that is a bundle.


@both_ways
@pytest.mark.parametrize("fields", [{}, {"Name": "Set 7", "Sku": "T-1"}])
def test_m33_a_bundle_is_sold_as_its_items(counter: ShopCounter, write_mode: str, fields: Json) -> None:
    counter.set(write_mode=write_mode, products=CREATE)
    add_tea_set(counter, **fields)

    assert sell(counter, product("Tea set", sku=fields.get("Sku"))) == "posted"
    assert bundle_on(counter.document("SalesReceipt", "IS-1")) == (3, [("Cup", 24), ("Pot", 33)])
    assert entries(counter) == {
        "Undeposited Funds": "Dr 57.00",
        "Services": "Cr 24.00",
        "Sales of Product Income": "Cr 33.00",
    }
    counter.expect_quiet()


@both_ways
def test_m33_what_is_given_back_of_a_bundle_takes_all_of_it_back(counter: ShopCounter, write_mode: str) -> None:
    counter.set(write_mode=write_mode)
    add_tea_set(counter)
    sell(counter, product("Tea set"))
    counter.give_back(1, "57.00", day=1)
    counter.run(1)

    assert counter.state() == "posted"
    assert bundle_on(counter.document("RefundReceipt", "IS-1-R1")) == (3, [("Cup", 24), ("Pot", 33)])
    assert entries(counter) == {}
    counter.expect_quiet()


@pytest.mark.parametrize("not_found", ["standard", "create", "hold"])
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"cup": 4.01}, "comes to 57.06 USD for 3 by the prices of its items, and the order's line to 57.00 USD."),
        ({"ItemGroupDetail": {"ItemGroupLine": []}}, "has no items in it."),
    ],
)
def test_m33_a_bundle_that_comes_to_another_amount_is_held(
    counter: ShopCounter, not_found: str, change: Json, words: str
) -> None:
    counter.set(products={**CREATE, "not_found": not_found} if not_found == "create" else {"not_found": not_found})
    add_tea_set(counter, **change)

    assert sell(counter, product("Tea set")) == "held BUNDLE_DIFFERS"
    assert counter.history()[0] == f"The product 'Tea set' is a bundle in QuickBooks, which {words}"
    assert counter.order(1).advice
    assert entries(counter) == {}


def test_m33_a_bundle_with_an_inactive_item_is_held(counter: ShopCounter) -> None:
    add_tea_set(counter)
    [cup] = [one for one in counter.records("Item") if one["Name"] == "Cup"]
    counter.quickbooks.change("Item", cup, {"Active": False})

    assert sell(counter, product("Tea set")) == "held BUNDLE_DIFFERS"
    assert "inactive" in counter.history()[0]


def test_m33_a_bundle_that_is_corrected_is_recorded(counter: ShopCounter) -> None:
    add_tea_set(counter, cup=5)
    assert sell(counter, product("Tea set")) == "held BUNDLE_DIFFERS"
    [cup] = [one for one in counter.records("Item") if one["Name"] == "Cup"]
    counter.quickbooks.change("Item", cup, {"UnitPrice": 4})
    counter.run(1)

    assert counter.state() == "posted"
    assert entries(counter, "SalesReceipt")["Undeposited Funds"] == "Dr 57.00"


def test_m33_two_bundles_alike_are_told(counter: ShopCounter) -> None:
    add_tea_set(counter, Sku="T-1")
    counter.add("Item", Name="Old set", Sku="T-1", Type="Group")

    assert sell(counter, product("Tea set", sku="T-1")) == "held ITEM_AMBIGUOUS"


@both_ways
def test_m33_a_document_with_a_bundle_follows_its_order(counter: ShopCounter, write_mode: str) -> None:
    counter.set(write_mode=write_mode, orders={"changed": "update"}, revenue={"post_as": "Invoice and payment"})
    add_tea_set(counter)
    counter.sell(1, product("Tea set"))
    counter.run(0)
    counter.change(1, product("Tea set", quantity=2), day=1)
    counter.fail("quickbooks update Invoice", "drop_after")
    counter.run(1)

    assert counter.state() == "posted"
    assert bundle_on(counter.document("Invoice", "IS-1")) == (2, [("Cup", 16), ("Pot", 22)])
    assert entries(counter)["Accounts Receivable (A/R)"] == "Dr 38.00"
    counter.expect_quiet()


def test_m33_a_bundle_that_somebody_edited_is_not_overwritten(counter: ShopCounter) -> None:
    counter.set(orders={"changed": "update"}, revenue={"post_as": "Invoice and payment"})
    add_tea_set(counter)
    counter.sell(1, product("Tea set"))
    counter.run(0)
    [line] = [one for one in counter.document("Invoice", "IS-1")["Line"] if "GroupLineDetail" in one]
    group = line["GroupLineDetail"]
    refs = [one["SalesItemLineDetail"]["ItemRef"] for one in group["Line"]]
    inside = [
        {"DetailType": "SalesItemLineDetail", "Amount": worth, "SalesItemLineDetail": {"ItemRef": ref}}
        for ref, worth in zip(refs, (33, 24), strict=True)
    ]
    detail = {"GroupItemRef": group["GroupItemRef"], "Quantity": 3, "Line": inside}
    counter.edit("Invoice", "IS-1", Line=[{"DetailType": "GroupLineDetail", "GroupLineDetail": detail}])
    counter.change(1, product("Tea set", quantity=2), day=1)
    counter.run(1)

    assert counter.state() == "held EDITED"


def test_m33_a_bundle_goes_onto_the_document_of_a_day(counter: ShopCounter) -> None:
    counter.set(revenue={"consolidate": True})
    counter.add("Customer", DisplayName="demo daily sales")
    add_tea_set(counter)

    assert sell(counter, product("Tea set")) == "posted"
    [document] = counter.records("SalesReceipt")
    assert bundle_on(document) == (3, [("Cup", 24), ("Pot", 33)])
    assert document["Line"][0]["Description"] == "1: Tea set"
