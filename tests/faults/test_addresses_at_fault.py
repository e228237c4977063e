"""An address that cannot be updated is a warning on its order; the order is posted all the same."""

from __future__ import annotations

import json
from typing import Any

import pytest

from order_sync.sync.steps.refresh_customers import refresh_lists
from tests.shop import records
from tests.shop.fault_shop import UPDATE_CUSTOMER, Shop
from tests.shop.records import sale

REFUSED = json.dumps(
    {"Fault": {"Error": [{"Message": "Invalid String", "code": "2040", "element": "Line1"}], "type": "ValidationFault"}}
)
STALE = json.dumps({"Fault": {"Error": [{"Message": "Stale Object Error", "code": "5010"}], "type": "ValidationFault"}})
MOVED = sale(1, address=records.PHOENIX)


def city_of_ada(shop: Shop) -> str | None:
    return shop.quickbooks.read("Customer", shop.ada).get("BillAddr", {}).get("City")


def test_a_customer_who_was_changed_meanwhile_is_read_again_and_keeps_that_change(shop: Shop) -> None:
    run = shop.read([MOVED])
    shop.change("Customer", shop.ada, PrimaryPhone={"FreeFormNumber": "555-0100"})
    assert shop.update_addresses(run) == {"updated": 1}
    assert city_of_ada(shop) == "Phoenix"
    assert shop.quickbooks.read("Customer", shop.ada)["PrimaryPhone"] == {"FreeFormNumber": "555-0100"}
    assert shop.calls(UPDATE_CUSTOMER)["400"] == 1
    assert shop.post(run) == {"posted": 1}


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"what": "fault", "status": 400, "body": REFUSED}, "2040 Invalid String"),
        ({"what": "fault", "status": 400, "body": STALE, "next": 2}, "5010 Stale Object Error"),
        ({"what": "500"}, "10000"),
        ({"what": "drop_before"}, "its answer is lost"),
    ],
    ids=["refused", "stale twice", "500", "request lost"],
)
def test_an_address_that_is_not_updated_warns_and_the_order_is_posted(
    shop: Shop, how: dict[str, Any], words: str
) -> None:
    run = shop.read([MOVED])
    shop.fail(UPDATE_CUSTOMER, **how)
    assert shop.update_addresses(run) == {"failed": 1}
    assert city_of_ada(shop) is None
    assert any(words in text for text in shop.history("1"))
    assert shop.post(run) == {"posted with warnings": 1}
    shop.expect_each_posted_once([MOVED], "posted with warnings")


def test_an_update_whose_answer_was_lost_is_seen_by_the_next_run_as_done(shop: Shop) -> None:
    run = shop.read([MOVED])
    shop.fail(UPDATE_CUSTOMER, "drop_after")
    assert shop.update_addresses(run) == {"failed": 1}
    assert city_of_ada(shop) == "Phoenix"
    refresh_lists(shop.engine, shop.quickbooks)
    assert shop.update_addresses(shop.read([MOVED], "tuesday")) == {"unchanged": 1}
