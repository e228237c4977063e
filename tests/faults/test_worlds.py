"""What the documentation of QuickBooks leaves open must not matter: forgotten request ids, unchecked numbers, computed totals."""

from __future__ import annotations

import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from order_sync.database.writes import made_by_run
from order_sync.sync.documents.fields import marker
from tests.faults import worlds
from tests.shop.fault_shop import CREATE_CUSTOMER, CREATE_DOCUMENT, Shop
from tests.shop.records import people, sales

OpenShop = Callable[..., Shop]


def with_tax(document: dict[str, Any]) -> dict[str, Any]:
    """Tax that QuickBooks adds by itself to a new document."""
    return document if "Id" in document else {**document, "TxnTaxDetail": {"TotalTax": 0.7}}


def without_number(document: dict[str, Any]) -> dict[str, Any]:
    """The company gives numbers by itself."""
    return {field: value for field, value in document.items() if field != "DocNumber"}


@pytest.mark.parametrize("what", ["drop_after", "half_body", "drop_before", "execute_late"])
def test_without_request_ids_and_number_checks_no_document_is_made_twice(
    shop_in: OpenShop, tmp_path: Path, what: str
) -> None:
    shop = shop_in(worlds.ignoring_request_ids)
    worlds.leave_numbers_unchecked(tmp_path)
    run = shop.read(sales(6))
    shop.fail(CREATE_DOCUMENT, what, next=3, seconds=0.2)
    assert shop.post(run) == {"posted": 6}
    shop.expect_each_posted_once(sales(6))


def test_without_request_ids_no_customer_is_made_twice(shop_in: OpenShop) -> None:
    shop = shop_in(worlds.ignoring_request_ids)
    run = shop.read(people(6))
    for what in ("drop_after", "half_body", "execute_late"):
        shop.fail(CREATE_CUSTOMER, what, seconds=0.2)
    shop.create_customers(run)
    shop.expect_each_person_once(people(6))


def test_our_own_earlier_document_is_adopted_by_its_number(shop_in: OpenShop) -> None:
    shop = shop_in(worlds.ignoring_request_ids)
    run = shop.read(sales(3))
    shop.post(run)
    _forget_ledger(shop)
    again = shop.read(sales(3), "again")
    assert shop.post(again) == {"posted": 3}
    shop.expect_each_posted_once(sales(3))
    assert shop.calls(CREATE_DOCUMENT) == {"200": 3, "400": 3}
    assert "was found in QuickBooks" in shop.history("1")[0]


@pytest.mark.parametrize("what", ["late", "drop_after"])
def test_a_total_that_quickbooks_computes_otherwise_fails_the_order_and_names_the_document(
    shop_in: OpenShop, tmp_path: Path, what: str
) -> None:
    shop = shop_in(worlds.changing_documents, with_tax)
    run = shop.read(sales(2))
    shop.fail(CREATE_DOCUMENT, what, next=2)
    assert shop.post(run) == {"failed": 2}
    assert sorted(document["TotalAmt"] for document in shop.documents()) == [10.71, 10.72]
    order = shop.orders()["1"]
    assert (order.status, order.code) == ("failed", "TAX_DIFFERS")
    assert "its total 10.71 USD instead of 10.01 USD" in order.message
    assert order.document_id in {document["Id"] for document in shop.documents()}


def test_a_total_computed_otherwise_is_not_posted_anew_where_nothing_else_would_stop_it(
    shop_in: OpenShop, tmp_path: Path
) -> None:
    shop = shop_in(lambda app: worlds.ignoring_request_ids(worlds.changing_documents(app, with_tax)))
    worlds.leave_numbers_unchecked(tmp_path)
    run = shop.read(sales(2))
    shop.fail(CREATE_DOCUMENT, "drop_after", next=2)
    assert shop.post(run) == {"failed": 2}
    assert shop.post(shop.read(sales(2), "again")) == {"failed": 2}
    assert sorted(document["PrivateNote"] for document in shop.documents()) == [
        marker("1", "demo"),
        marker("2", "demo"),
    ]


def test_a_total_that_somebody_corrected_in_quickbooks_ends_the_order_well(shop_in: OpenShop) -> None:
    shop = shop_in(worlds.changing_documents, with_tax)
    assert shop.post(shop.read(sales(1))) == {"failed": 1}
    shop.change("SalesReceipt", shop.documents()[0]["Id"], TxnTaxDetail={"TotalTax": 0})
    assert shop.post(shop.read(sales(1), "tuesday")) == {"posted": 1}
    shop.expect_each_posted_once(sales(1))
    assert shop.orders()["1"].code is None


def test_two_documents_of_one_order_are_reported_and_no_third_is_made(shop: Shop, tmp_path: Path) -> None:
    worlds.leave_numbers_unchecked(tmp_path)
    run = shop.read(sales(1))
    shop.fail(CREATE_DOCUMENT, "drop_after")
    shop.fail("quickbooks query SalesReceipt", "503", next=1000)
    assert shop.post(run) == {"unsettled": 1}
    shop.sandbox.delete("/_sandbox/faults")
    (document,) = shop.documents()
    copied = {field: document[field] for field in ("DocNumber", "TxnDate", "CustomerRef", "PrivateNote")}
    line = next(line for line in document["Line"] if line["DetailType"] == "SalesItemLineDetail")
    shop.add("SalesReceipt", Line=[line], **copied)
    assert shop.post(run) == {"failed": 1}
    assert (shop.orders()["1"].status, shop.orders()["1"].code) == ("failed", "FOUND_TWICE")
    assert len(shop.documents()) == 2
    [made] = made_by_run(shop.engine, run.run_key)
    assert made.recorded == sum(Decimal(str(one["TotalAmt"])) for one in shop.documents())


def test_a_request_that_is_executed_after_all_patience_makes_no_second_document(shop: Shop, tmp_path: Path) -> None:
    """The second sending bears the id of the first: whichever QuickBooks executes later, it answers with the earlier one."""
    worlds.leave_numbers_unchecked(tmp_path)
    run = shop.read(sales(1))
    shop.fail(CREATE_DOCUMENT, "execute_late", seconds=1.0)
    assert shop.post(run) == {"posted": 1}
    time.sleep(1.0)
    assert shop.calls(CREATE_DOCUMENT)["200 late"] == 1
    shop.expect_each_posted_once(sales(1))


def test_a_document_under_another_number_is_found_by_its_day_and_customer(shop_in: OpenShop) -> None:
    shop = shop_in(lambda app: worlds.ignoring_request_ids(worlds.changing_documents(app, without_number)))
    run = shop.read(sales(4))
    shop.fail(CREATE_DOCUMENT, "drop_after", next=4)
    assert shop.post(run) == {"posted": 4}
    shop.expect_each_posted_once(sales(4))


@pytest.mark.parametrize("retry_after", ["0", "1"])
def test_a_throttle_that_says_how_long_is_waited_for(shop_in: OpenShop, retry_after: str) -> None:
    shop = shop_in(worlds.throttling_once, retry_after)
    run = shop.read(sales(3))
    assert shop.post(run) == {"posted": 3}
    shop.expect_each_posted_once(sales(3))


def _forget_ledger(shop: Shop) -> None:
    with shop.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM writes")
        connection.exec_driver_sql("DELETE FROM orders")
