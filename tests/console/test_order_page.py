"""One order's page: what was ordered beside what was recorded, whose it is, what happened, what was sent."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Engine

from order_sync.console.lines import recorded_lines
from order_sync.database.history import Event, tell_orders
from order_sync.sync.orders.write import WriteStatus
from tests.console.conftest import Browser, Doors
from tests.console.test_orders_page import fill
from tests.database.ledgers import plan, receipt, settled

pytestmark = pytest.mark.airflow


@pytest.mark.parametrize("order_id", ["404", "x", "' OR 1=1", "9" * 60])
def test_an_order_that_is_not_there_is_a_page_that_says_so(browser: Browser, order_id: str) -> None:
    answer = browser.get(f"/demo/orders/{order_id}")
    assert answer.status_code == 404
    assert "There is no such page" in answer.text


def test_orders_of_another_store_are_not_shown(browser: Browser, doors: Doors, engine: Engine) -> None:
    fill(engine, "1", store="shop", run="shop/monday")
    assert browser.get("/demo/orders/1").status_code == 404
    assert browser.get("/shop/orders/1").status_code == 403


def test_an_order_that_could_never_be_read_has_a_page(browser: Browser, engine: Engine) -> None:
    fill(
        engine, "1", "failed", ordered_at=None, total_minor=None, currency=None, code="UNREADABLE", message="No total."
    )
    page = browser.get("/demo/orders/1")
    assert page.status_code == 200
    assert "No total." in page.text


def test_the_history_stands_newest_first_with_what_to_do_and_a_link_to_the_run(
    browser: Browser, engine: Engine
) -> None:
    fill(engine, "1")
    tell_orders(
        engine,
        "demo",
        "demo/manual__a+b",
        [Event("1", "read", "Read."), Event("1", "held", "Held.", "warning", "X", "Do this.")],
    )
    page = browser.get("/demo/orders/1").text
    assert page.index("Held.") < page.index(">Read.<")
    assert "Do this." in page
    assert "dags/sync_orders__demo/runs/manual__a%2Bb" in page


def test_lines_name_the_item_and_the_tax_code_that_they_went_to() -> None:
    payload = (
        '{"Line":[{"DetailType":"SalesItemLineDetail","Amount":100.00,"Description":"Widget","SalesItemLineDetail":'
        '{"ItemRef":{"value":"5"},"TaxCodeRef":{"value":"TAX"}}},{"DetailType":"DiscountLineDetail","Amount":10.00,'
        '"DiscountLineDetail":{}}],"TxnTaxDetail":{"TotalTax":7.74}}'
    )
    write: Any = SimpleNamespace(payload=payload)
    lines = [(line.name, line.tax, line.amount) for line in recorded_lines(write, {"5": "Goods:Widget"})]
    assert lines == [
        ("Goods:Widget", "TAX", Decimal("100.00")),
        ("Discount", "", Decimal("10.00")),
        ("Tax of the transaction", "", Decimal("7.74")),
    ]
    assert recorded_lines(None, {}) == []


def test_everything_that_was_sent_stands_there_exactly(browser: Browser, engine: Engine) -> None:
    fill(engine, "1", "posted")
    intent = receipt("1", order_ids=("1",))
    write = settled(engine, plan(engine, intent)["1"], WriteStatus.POSTED, quickbooks_id="145")
    page = browser.get("/demo/orders/1").text
    assert write.request_id in page
    assert "QuickBooks 145" in page
    assert "txnId=145" in page
