"""What of an order a person is asked: which items are offered for a product, and which payments are of no known type."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from order_sync.settings import ProductSettings
from order_sync.sync.company.products import Items
from order_sync.sync.review.unknown import as_map, item_named, names_of_items, unknown_products, unknown_types
from tests.shop.records import item, order, payment, snapshot


def row(id: str, name: str, full: str = "", **more: Any) -> dict[str, Any]:
    return {"Id": id, "Name": name, "FullyQualifiedName": full or name, "Active": True, "Type": "Service", **more}


ROWS = [
    row("1", "Mug", "Kitchen:Mug"),
    row("2", "Mug", "Garden:Mug"),
    row("3", "Red mug"),
    row("4", "Blue mug", Active=False),
    row("5", "Mugs", Type="Category"),
    row("6", "Box of mugs", Type="Group"),
]


def test_only_what_can_stand_on_a_line_is_offered() -> None:
    assert list(names_of_items(ROWS).items()) == [("2", "Garden:Mug"), ("1", "Kitchen:Mug"), ("3", "Red mug")]


def test_an_item_is_named_in_full_or_by_a_name_that_no_other_has() -> None:
    assert item_named("kitchen:mug", ROWS) == ("1", "Kitchen:Mug")
    assert item_named("Red mug", ROWS) == ("3", "Red mug")
    with pytest.raises(LookupError, match="Garden:Mug, Kitchen:Mug"):
        item_named("Mug", ROWS)
    with pytest.raises(LookupError, match="no active item"):
        item_named("Blue mug", ROWS)


def test_of_each_unknown_product_what_it_comes_to_and_which_items_may_be_meant() -> None:
    lines = (
        item(name="Red mugg", product_name="Red mugg", price="10.00", quantity=2),
        item(name="Red mugg", product_name="Red mugg", price="5.00"),
        item(name="Mug", product_name="Mug", price="7.00"),
        item(name="Red mug", product_name="Red mug", price="9.00"),
    )
    items = Items(by_name={"Mug": ("1", "2"), "Red mug": ("3",)})
    one, other = unknown_products(snapshot(order(*lines)), ProductSettings(), items, ROWS)
    assert (one.product.key, one.amount, one.alike) == ("name Red mugg", Decimal("25.00"), (("3", "Red mug"),))
    assert "no item for 'Red mugg'" in one.why
    assert (other.product.key, other.amount) == ("name Mug", Decimal("7.00"))
    assert other.alike == (("1", "Kitchen:Mug"), ("2", "Garden:Mug"))
    assert "2 active items" in other.why


def test_payments_of_unknown_types_are_summed_by_type() -> None:
    barter = (payment("40.00", "1", method="Barter", kind="hold"), payment("20.00", "2", method="Barter", kind="hold"))
    [one] = unknown_types(snapshot(None, None, *barter, payment("10.00", "3")))
    assert (one.type, one.amount) == ("Barter", Decimal("60.00"))


def test_what_was_chosen_is_the_map_by_sku_or_name() -> None:
    assert as_map({"SKU A-1": "Widget", "name Mug": "Gadget"}) == {"A-1": "Widget", "Mug": "Gadget"}


def test_two_products_that_the_map_cannot_tell_apart_are_told() -> None:
    assert as_map({"SKU ABC": "Widget", "name ABC": "Widget"}) == {"ABC": "Widget"}
    with pytest.raises(
        LookupError, match="SKU ABC and name ABC are two products, and the map of products cannot tell them apart"
    ):
        as_map({"SKU ABC": "Widget", "name ABC": "Gadget"})
