"""Which item a product is because a person said so: it goes before the map and the ways of the settings, for this order and all to come."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from order_sync.database.history import order_history
from order_sync.database.orders import orders_by_id
from order_sync.sync.company.products import Product, product_of
from order_sync.sync.orders.meaning import snapshot_of
from order_sync.sync.review.actions import choose_item, let_settings_find_item
from order_sync.sync.steps.plan_orders import Services, plan_orders
from tests.shop.counter import ShopCounter, line, moment

both_ways = pytest.mark.parametrize("write_mode", ["single", "batch"])


def product(counter: ShopCounter, number: int = 1) -> Product:
    """The one product of an order."""
    [row] = orders_by_id(counter.engine, "demo", [str(number)])
    [item] = snapshot_of(row, counter.store).order.items
    return product_of(item)


def change_item(counter: ShopCounter, item_id: str, **fields: object) -> None:
    """Somebody edits an item in QuickBooks."""
    known = counter.quickbooks.read("Item", item_id)
    body = {"Id": item_id, "SyncToken": known["SyncToken"], "sparse": True, **fields}
    counter.quickbooks.update("Item", body, request_id=f"by-hand-{known['SyncToken']}")


def held(counter: ShopCounter, **more: object) -> str:
    """Order 1 is held for its product; gives the id of another item."""
    counter.set(products={"not_found": "hold"}, **more)
    mug = str(counter.add_item("Mug")["Id"])
    counter.sell(1, line("100.00", "Cup"))
    counter.pay(1)
    counter.run(0)
    assert counter.state() == "held ITEM_UNKNOWN"
    return mug


@both_ways
def test_the_item_that_was_chosen_takes_the_product_of_this_order_and_those_to_come(
    counter: ShopCounter, write_mode: str
) -> None:
    mug = held(counter, write_mode=write_mode)
    choose_item(counter.engine, "demo", "1", product(counter), (mug, "Mug"), "ann")
    counter.run(0)
    assert counter.sold("SalesReceipt", "IS-1") == ["Mug 100.00 NON"]
    counter.sell(2, line("50.00", "Cup"))
    counter.pay(2, "50.00")
    counter.run(0)
    assert counter.sold("SalesReceipt", "IS-2") == ["Mug 50.00 NON"]
    told = [(event.message, event.who) for event in order_history(counter.engine, "demo", "1")]
    assert (
        f"The item Mug ({mug}) was chosen for the product with the SKU Cup; the next run follows it.",
        "ann",
    ) in told
    counter.expect_quiet()


def test_a_chosen_item_is_known_after_it_was_called_otherwise(counter: ShopCounter) -> None:
    mug = held(counter)
    choose_item(counter.engine, "demo", "1", product(counter), (mug, "Mug"), "ann")
    change_item(counter, mug, Name="Big mug")
    counter.run(0)
    assert counter.sold("SalesReceipt", "IS-1") == ["Big mug 100.00 NON"]


def test_a_chosen_item_goes_before_one_of_the_products_own_sku(counter: ShopCounter) -> None:
    mug = held(counter)
    choose_item(counter.engine, "demo", "1", product(counter), (mug, "Mug"), "ann")
    counter.add_item("Cup")
    counter.run(0)
    assert counter.sold("SalesReceipt", "IS-1") == ["Mug 100.00 NON"]


@pytest.mark.parametrize("reactivates", [False, True])
def test_a_chosen_item_that_is_inactive_holds_the_order_and_says_so(counter: ShopCounter, reactivates: bool) -> None:
    mug = held(counter)
    counter.set(products={"not_found": "hold", "reactivate_inactive": reactivates})
    choose_item(counter.engine, "demo", "1", product(counter), (mug, "Mug"), "ann")
    change_item(counter, mug, Active=False)
    counter.run(0)
    assert counter.state() == "held ITEM_INACTIVE"
    assert "ann chose the item Mug" in counter.order(1).message
    assert "inactive in QuickBooks" in counter.order(1).message
    assert counter.books() == []
    change_item(counter, mug, Active=True)
    counter.run(0)
    assert counter.state() == "posted"


def test_a_choice_that_was_taken_back_counts_no_more(counter: ShopCounter) -> None:
    mug = held(counter)
    known = product(counter)
    choose_item(counter.engine, "demo", "1", known, (mug, "Mug"), "ann")
    let_settings_find_item(counter.engine, "demo", known.key, "bob")
    counter.run(0)
    assert counter.state() == "held ITEM_UNKNOWN"
    assert "bob" in [event.who for event in order_history(counter.engine, "demo", "1")]
    with pytest.raises(LookupError, match="No item is chosen"):
        let_settings_find_item(counter.engine, "demo", known.key, "bob")


def test_another_product_of_the_same_name_is_found_as_before(counter: ShopCounter) -> None:
    mug = held(counter)
    choose_item(counter.engine, "demo", "1", product(counter), (mug, "Mug"), "ann")
    counter.sell(2, {**line("100.00", "Cup"), "product": {"id": "2", "name": "Cup", "sku": "C-2"}})
    counter.pay(2)
    counter.run(0)
    assert counter.state(2) == "held ITEM_UNKNOWN"


def test_a_plan_follows_what_was_chosen(counter: ShopCounter) -> None:
    mug = held(counter)
    choose_item(counter.engine, "demo", "1", product(counter), (mug, "Mug"), "ann")
    start = moment(0) - timedelta(hours=12)
    services = Services(counter.quickbooks, counter.infusionsoft)
    day = (start, start + timedelta(1))
    plan = plan_orders(counter.engine, counter.store, "plan", day, services, is_backfill=True)
    [document] = [row for row in plan.rows if row.entity == "SalesReceipt"]
    assert json.loads(document.body or "")["Line"][0]["SalesItemLineDetail"]["ItemRef"] == {"value": mug}
