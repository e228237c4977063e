"""What a discount takes off, from Infusionsoft to the general ledger."""

from __future__ import annotations

import pytest

from tests.shop.account import Json
from tests.shop.counter import ShopCounter, line
from tests.shop.entries import entries


def off(discount: str | None, **fields: object) -> Json:
    """A discount that has no price of its own."""
    return {
        "kind": "DISCOUNT",
        "name": "Voucher",
        "price": "0.00",
        "price_per_unit": None,
        "discount": discount,
    } | fields


@pytest.mark.parametrize("write_mode", ["single", "batch"])
@pytest.mark.parametrize("kind", ["DISCOUNT", "DISCOUNT_ORDER_TOTAL"])
@pytest.mark.parametrize(("quantity", "discount"), [({}, "5.00"), ({"quantity": 2}, "-5.00")])
def test_m35_a_discount_without_a_price_is_what_its_discount_says(
    counter: ShopCounter, write_mode: str, kind: str, quantity: Json, discount: str
) -> None:
    counter.set(write_mode=write_mode)
    counter.sell(1, line("100.00"), off(discount, kind=kind) | quantity, total="95.00")
    counter.pay(1, "95.00")
    counter.run(0)

    assert counter.state() == "posted"
    assert entries(counter) == {
        "Undeposited Funds": "Dr 95.00",
        "Discounts given": "Dr 5.00",
        "Sales of Product Income": "Cr 100.00",
    }


def test_m35_a_discount_that_says_nothing_cannot_be_read(counter: ShopCounter) -> None:
    counter.sell(1, line("100.00"), off(None), total="95.00")
    counter.pay(1, "95.00")
    counter.run(0)

    assert counter.state() == "failed UNREADABLE"
    assert entries(counter) == {}
