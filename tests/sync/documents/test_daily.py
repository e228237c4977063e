"""Consolidated documents: one a day, payment method and currency, and the orders that each of them holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from order_sync.database.database import reading
from order_sync.database.tables import WriteOrder
from order_sync.errors import ConfigurationError
from order_sync.sync.company.company import ChargeItems, Company
from order_sync.sync.company.products import Items
from order_sync.sync.documents import daily
from order_sync.sync.orders.snapshot import Snapshot
from order_sync.sync.orders.tracked import Customer, TrackedOrder
from order_sync.sync.steps.refresh_customers import refresh_lists
from order_sync.tokens import TokenVault
from tests.shop import records, stores
from tests.shop.fault_shop import CREATE_DOCUMENT, Shop, open_shop
from tests.shop.records import sale
from tests.shop.services import Controls

Opened = Callable[..., Shop]


@pytest.fixture
def opened(sandbox: Controls, engine: Engine, vault: TokenVault, short_waits: None) -> Iterator[Opened]:
    """Opens a shop that consolidates, with any other settings."""
    with ExitStack() as stack:

        def open_one(*, customer: str = "demo daily sales", **settings: Any) -> Shop:
            revenue = {"consolidate": True, **settings.pop("revenue", {})}
            shop = stack.enter_context(open_shop(sandbox, engine, vault, revenue=revenue, **settings))
            shop.add("Customer", DisplayName=customer)
            refresh_lists(shop.engine, shop.quickbooks)
            return shop

        yield open_one


def paid(number: int, method: str = "Credit Card", *more_items: Any, **changes: Any) -> Snapshot:
    """A paid order; number 1 comes to 10.01 where no more items are given."""
    plain = sale(number)
    items = (*plain.order.items, *(replace(item, id=str(at)) for at, item in enumerate(more_items, 2)))
    total = Decimal(changes.pop("total", 0)) or sum((item.price * item.quantity for item in items), Decimal(0))
    order = replace(plain.order, items=items, total=total, total_paid=total, **changes)
    at = changes.get("ordered_at", records.NOON)
    payment = records.payment(str(total), id=str(number), order_id=str(number), method=method, paid_at=at)
    return replace(plain, order=order, payments=(payment,))


def in_books(shop: Shop) -> dict[str, Decimal]:
    """The documents' totals, by number."""
    return {one["DocNumber"]: Decimal(str(one["TotalAmt"])).quantize(Decimal("0.01")) for one in shop.documents()}


def held_by_ledger(shop: Shop) -> dict[str, set[str]]:
    """The orders that each document of the ledger holds, by subject."""
    subjects = {write.id: write.subject for write in shop.writes("document")}
    found: dict[str, set[str]] = {}
    with reading(shop.engine) as connection:
        for row in connection.execute(WriteOrder.__table__.select()):
            found.setdefault(subjects[row.write_id], set()).add(row.order_id)
    return found


def numbers(shop: Shop) -> dict[str, str | None]:
    return {order_id: row.document_number for order_id, row in shop.orders().items()}


def test_a_day_becomes_one_document_a_payment_method_and_a_repetition_sends_nothing(opened: Opened) -> None:
    shop = opened()
    orders = [paid(1), paid(2), paid(3, "PayPal"), paid(4, ordered_at=records.NOON + timedelta(days=1))]
    assert shop.post(shop.read(orders)) == {"posted": 4}

    assert in_books(shop) == {
        "IS-20261116-1": Decimal("20.03"),
        "IS-20261116-2": Decimal("10.03"),
        "IS-20261117-1": Decimal("10.04"),
    }
    assert held_by_ledger(shop) == {"2026-11-16 1": {"1", "2"}, "2026-11-16 2": {"3"}, "2026-11-17 1": {"4"}}
    assert numbers(shop) == {
        "1": "IS-20261116-1",
        "2": "IS-20261116-1",
        "3": "IS-20261116-2",
        "4": "IS-20261117-1",
    }
    assert {one["CustomerRef"]["name"] for one in shop.documents()} == {"demo daily sales"}

    assert shop.post(shop.read(orders, "again")) == {}
    assert shop.calls(CREATE_DOCUMENT) == {"200": 3}


def test_an_order_that_is_paid_later_goes_onto_a_further_document(opened: Opened) -> None:
    shop = opened()
    shop.post(shop.read([paid(1), paid(2)]))
    assert shop.post(shop.read([paid(3)], "wednesday")) == {"posted": 1}
    assert in_books(shop) == {"IS-20261116-1": Decimal("20.03"), "IS-20261116-2": Decimal("10.03")}


def test_lines_are_numbered_by_order_and_discounts_come_as_one_line(opened: Opened) -> None:
    shop = opened()
    off = records.item("DISCOUNT", "-1.00")
    shop.post(shop.read([paid(1, "Cash", off), paid(2, "Cash", off, records.item("TIP", "0.50"))]))
    (document,) = shop.documents()
    lines = [line for line in document["Line"] if line["DetailType"] != "SubTotalLineDetail"]
    assert [line["Description"] for line in lines[:-1]] == ["1: Widget", "2: Widget", "2: Tip"]
    assert (lines[-1]["DetailType"], lines[-1]["Amount"]) == ("DiscountLineDetail", 2)
    assert in_books(shop) == {"IS-20261116-1": Decimal("18.53")}


def test_tax_as_charged_is_the_sum_of_the_orders_taxes(opened: Opened) -> None:
    shop = opened(taxes={"record_as": "as charged"})
    shop.post(shop.read([paid(1, "Cash", records.item("TAX", "0.83")), paid(2, "Cash", records.item("TAX", "0.10"))]))
    (document,) = shop.documents()
    assert Decimal(str(document["TxnTaxDetail"]["TotalTax"])) == Decimal("0.93")
    assert in_books(shop) == {"IS-20261116-1": Decimal("20.96")}


def test_an_order_that_cannot_be_recorded_is_held_and_the_others_go_on(opened: Opened) -> None:
    shop = opened()
    assert shop.post(shop.read([paid(1), paid(2, total="99.00"), paid(3)])) == {"posted": 2, "held": 1}
    assert shop.orders()["2"].code == "TOTAL_DIFFERS"
    assert held_by_ledger(shop) == {"2026-11-16 1": {"1", "3"}}


def test_a_day_of_many_lines_is_split(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daily, "MOST_LINES", 2)
    shop = opened()
    shop.post(shop.read([paid(number) for number in range(1, 6)]))
    assert in_books(shop) == {
        "IS-20261116-1": Decimal("20.03"),
        "IS-20261116-2": Decimal("20.07"),
        "IS-20261116-3": Decimal("10.05"),
    }
    assert set().union(*held_by_ledger(shop).values()) == {"1", "2", "3", "4", "5"}


@pytest.mark.parametrize("what", ["drop_after", "drop_before", "half_body"])
def test_a_lost_answer_leaves_one_document_and_no_order_behind(opened: Opened, what: str) -> None:
    shop = opened()
    shop.fail(CREATE_DOCUMENT, what)
    assert shop.post(shop.read([paid(1), paid(2)])) == {"posted": 2}
    assert in_books(shop) == {"IS-20261116-1": Decimal("20.03")}
    assert set(numbers(shop).values()) == {"IS-20261116-1"}


def test_a_refused_document_fails_its_orders_and_is_sent_under_the_same_number_next_time(opened: Opened) -> None:
    shop = opened()
    shop.fail(CREATE_DOCUMENT, "fault", status=400, body='{"Fault":{"Error":[{"code":"6070","Message":"No"}]}}')
    assert shop.post(shop.read([paid(1), paid(2)])) == {"failed": 2}
    assert {row.code for row in shop.orders().values()} == {"6070"}
    assert shop.post(shop.read([paid(1), paid(2), paid(3)], "tuesday")) == {"posted": 3}
    assert in_books(shop) == {"IS-20261116-1": Decimal("30.06")}


def test_a_document_that_quickbooks_taxes_is_voided_and_its_orders_held_and_not_sent_again(opened: Opened) -> None:
    shop = opened(taxes={"record_as": "as charged", "if_differs": "void and hold"})
    shop.sandbox.put("/_sandbox/company", {"sales_tax_percent": 10, "compute_tax_always": True})
    taxed = [paid(1, "Cash", records.item("TAX", "0.83")), paid(2, "Cash", records.item("TAX", "0.10"))]
    assert shop.post(shop.read(taxed)) == {"held": 2}
    assert {row.code for row in shop.orders().values()} == {"TAX_DIFFERS"}
    assert in_books(shop) == {"IS-20261116-1": Decimal("0.00")}
    assert shop.post(shop.read(taxed, "tuesday")) == {"held": 2}
    assert shop.calls(CREATE_DOCUMENT) == {"200": 1}

    shop.sandbox.put("/_sandbox/company", {"compute_tax_always": False})
    assert shop.post(shop.read([*taxed, paid(3, "Cash")], "wednesday")) == {"posted": 3}
    assert in_books(shop) == {"IS-20261116-1": Decimal("0.00"), "IS-20261116-2": Decimal("30.99")}


def test_without_the_customer_nothing_is_sent(opened: Opened) -> None:
    shop = opened(customer="demo daily sale")
    with pytest.raises(ConfigurationError, match=r"'demo daily sales' \(revenue.daily_customer\)") as refused:
        shop.read([paid(1)])
    assert "demo daily sale" in refused.value.advice


@given(st.lists(st.tuples(st.integers(1, 10**6), st.integers(0, 10**4)), min_size=1, max_size=8))
def test_the_day_comes_to_the_sum_of_its_orders(amounts: list[tuple[int, int]]) -> None:
    store = stores.settings(revenue={"consolidate": True})
    books = Company(Items(), ChargeItems("standard", "tax", "tip", "fee", "charge", "shipping", "refund"))
    shares, total = [], Decimal(0)
    for number, (price, off) in enumerate(amounts, 1):
        items = (
            records.item(price=str(Decimal(price + off) / 100)),
            records.item("DISCOUNT", str(-Decimal(off) / 100)),
        )
        order = records.order(*items, id=str(number))
        total += order.total
        row = SimpleNamespace(order_id=order.id, customer_id="7", content_hash="")
        case = TrackedOrder(row, records.snapshot(order), ())
        day, share = daily.share_of(case, Customer("7"), books, store, order.ordered_at.date())
        shares.append(share)
    document = daily.daily_document(day, 1, shares, books, store)
    assert document.total == total
