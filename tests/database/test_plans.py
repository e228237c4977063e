"""The plans: what would be sent, kept under a key."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from order_sync.database.plans import Planned, plan_of_run, save_plan
from tests.shop.records import NOON

MONDAY, TUESDAY = "demo/monday", "demo/tuesday"
DAY = (NOON, NOON + timedelta(1))


def test_a_plan_is_read_as_it_was_made(engine):
    body = '{"DocNumber":"IS-1","Line":[{"Amount":108.25}],"CustomerRef":{"value":"<new customer Zoë 🎁>"}}'
    difference = [["Line[0].Amount", "100", "108.25"], ["ShipDate", None, "2026-11-16"]]
    wanted = Planned(
        "1", "update", "It would follow.", "Invoice", body, difference, Decimal("108.25"), "USD", "CHANGED"
    )
    save_plan(engine, "demo", MONDAY, DAY, [wanted])

    [row] = plan_of_run(engine, MONDAY)
    assert (row.store, row.run_key, row.order_id, row.action, row.entity) == ("demo", MONDAY, "1", "update", "Invoice")
    assert (row.body, row.difference, row.total_minor, row.currency) == (body, difference, 10825, "USD")
    assert (row.code, row.message) == ("CHANGED", "It would follow.")


def test_nothing_that_would_be_sent_has_no_body(engine):
    save_plan(engine, "demo", MONDAY, DAY, [Planned("1", "none", "It is held.", code="ITEM_UNKNOWN")])
    [row] = plan_of_run(engine, MONDAY)
    assert (row.entity, row.body, row.difference, row.total_minor) == (None, None, None, None)


@pytest.mark.parametrize(("total", "currency", "minor"), [("500", "JPY", 500), ("1.005", "KWD", 1005)])
def test_totals_are_in_the_smallest_unit(engine, total, currency, minor):
    save_plan(engine, "demo", MONDAY, DAY, [Planned("1", "create", "", total=Decimal(total), currency=currency)])
    assert plan_of_run(engine, MONDAY)[0].total_minor == minor


def test_a_plan_stays_in_the_order_in_which_it_would_be_sent(engine):
    ids = [str(number) for number in (3, 1, 2, 10, 1)]
    save_plan(engine, "demo", MONDAY, DAY, [Planned(order_id, "create", "") for order_id in ids])
    assert [row.order_id for row in plan_of_run(engine, MONDAY)] == ids


def test_a_repetition_plans_in_the_place_of_the_first_plan(engine):
    save_plan(engine, "demo", MONDAY, DAY, [Planned("1", "create", ""), Planned("2", "create", "")])
    save_plan(engine, "demo", TUESDAY, DAY, [Planned("3", "create", "")])
    save_plan(engine, "demo", MONDAY, DAY, [Planned("2", "none", "")])
    assert [row.order_id for row in plan_of_run(engine, MONDAY)] == ["2"]
    assert [row.order_id for row in plan_of_run(engine, TUESDAY)] == ["3"]

    save_plan(engine, "demo", MONDAY, DAY, [])
    assert plan_of_run(engine, MONDAY) == []


def test_a_plan_that_cannot_be_kept_leaves_the_former_one(engine):
    save_plan(engine, "demo", MONDAY, DAY, [Planned("1", "create", "")])
    with pytest.raises(ValueError, match="smallest unit"):
        save_plan(engine, "demo", MONDAY, DAY, [Planned("2", "create", "", total=Decimal("0.005"), currency="USD")])
    assert [row.order_id for row in plan_of_run(engine, MONDAY)] == ["1"]
