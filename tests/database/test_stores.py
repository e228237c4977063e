"""What each store is bound to, and the orders by which its account is known."""

from __future__ import annotations

from datetime import timedelta

import pytest

from order_sync.database.orders_read import save_orders
from order_sync.database.stores import forget_account, known_stores, newest_orders, note_store
from order_sync.sync.orders.codes import Code
from order_sync.sync.orders.identity import Identity
from tests.shop.records import NOON

DEMO = Identity("demo", "ab103", "9341", "IS-")


def test_r11_a_store_keeps_what_it_is_bound_to(engine):
    note_store(engine, Identity("shop", "", "77", None))
    note_store(engine, DEMO)
    assert known_stores(engine) == {"demo": DEMO, "shop": Identity("shop", "", "77", None)}

    note_store(engine, Identity("demo", "", "9342", "D-", "sandbox"))
    assert known_stores(engine)["demo"] == Identity("demo", "ab103", "9342", "D-", "sandbox")
    assert forget_account(engine, "demo") == "ab103"
    assert known_stores(engine)["demo"].account == ""
    with pytest.raises(LookupError, match="no store lost"):
        forget_account(engine, "lost")


def test_r11_an_account_is_known_by_the_newest_orders_that_were_read_and_are_there(engine):
    days = {str(number): NOON - number * timedelta(days=1) for number in range(1, 7)}
    rows = [{"order_id": id, "status": "posted", "created_at": made, "content_hash": "h"} for id, made in days.items()]
    rows[1] |= {"status": "skipped", "code": Code.GONE}
    rows[2] |= {"status": "posted with warnings", "code": Code.DELETED}
    rows[3] |= {"status": "failed", "code": Code.UNREADABLE, "content_hash": None}
    rows[4] |= {"status": "held", "code": Code.AMBIGUOUS}
    save_orders(engine, "demo", "demo/monday", rows, [])
    save_orders(engine, "other", "other/monday", rows, [])
    assert newest_orders(engine, "demo", 20) == {id: days[id] for id in ("1", "5", "6")}
    assert list(newest_orders(engine, "demo", 2)) == ["1", "5"]
