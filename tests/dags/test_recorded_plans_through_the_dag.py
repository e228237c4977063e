"""`sync_orders__demo` with the Param *Record this plan*: it records what the plan has, or says why it does not begin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from order_sync.database.plans import Planned, left_out, plan_head, save_plan
from order_sync.database.runs import newest_interval, read_run
from order_sync.errors import ConfigurationError
from order_sync.settings import load_store
from tests.shop import records
from tests.shop.till import SYNC, Till

pytestmark = pytest.mark.airflow

DAY = (records.NOON, records.NOON)
BODY = '{"DocNumber":"IS-1"}'


def plan(till: Till, run_dag: Any) -> str:
    """A plan of the first day; gives its run id."""
    run = run_dag("plan_orders__demo", logical_date=None, conf={"from": "2026-11-16"})
    assert run.state == "success"
    return str(run.run_id)


def test_a_run_records_a_plan_and_leaves_out_what_is_otherwise(till: Till, run_dag: Any) -> None:
    till.enter("Ann Lee", "ann@example.com")
    for number in (1, 2):
        till.sell(number, "Ann Lee", "ann@example.com")
    till.sell(3, "Nora New", "nora@example.com", bill="new")
    planned = plan(till, run_dag)
    till.pay(2, "3.00")
    till.sell(4, "Ann Lee", "ann@example.com")
    run = run_dag(SYNC, conf={"plan": planned})
    assert run.state == "success"
    assert set(till.receipts()) == {"IS-1", "IS-3"}
    assert 4 not in till.states()
    row = read_run(till.engine, f"demo/{run.run_id}")
    assert (row.plan, sorted(row.only_orders)) == (f"demo/{planned}", ["1", "2", "3"])
    assert list(left_out(till.engine, row.run_key)) == ["2"]
    assert "1 orders left out" in run.text
    assert newest_interval(till.engine, "demo") is None
    before = till.books()
    again = run_dag(SYNC, logical_date=None, conf={"plan": planned})
    assert again.state == "success"
    assert till.books() == before


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"plan": "nowhere"}, "Store demo has no plan nowhere."),
        ({"plan": "of-the-shop"}, "Store demo has no plan of-the-shop."),
        ({"plan": "kept", "only_orders": ["1"]}, "for orders 1 and for plan kept at once"),
        ({"plan": "tried"}, "under settings that are not in force (stores/_try.yaml)"),
        ({"plan": "nothing"}, "It has nothing that would be recorded."),
    ],
)
def test_a_plan_that_cannot_be_recorded_is_said_and_nothing_is_read(
    till: Till, run_dag: Any, asked: Mapping[str, Any], said: str
) -> None:
    wanted = [Planned("1", "create", "", "SalesReceipt", BODY)]
    save_plan(till.engine, "demo", "demo/kept", DAY, wanted)
    save_plan(till.engine, "demo", "demo/tried", DAY, wanted, settings="stores/_try.yaml")
    save_plan(till.engine, "demo", "demo/nothing", DAY, [Planned("1", "none", "It is held.")])
    save_plan(till.engine, "shop", "shop/of-the-shop", DAY, wanted)
    run = run_dag(SYNC, conf=dict(asked))
    assert run.state == "failed"
    [words] = run.said
    assert said in words
    assert till.calls("infusionsoft list orders") == {}
    assert till.books() == []
    assert newest_interval(till.engine, "demo") is None


def test_a_plan_that_was_made_again_after_somebody_asked_for_it_is_not_recorded(till: Till, run_dag: Any) -> None:
    save_plan(till.engine, "demo", "demo/kept", DAY, [Planned("1", "create", "", "SalesReceipt", BODY)])
    head = plan_head(till.engine, "demo", "demo/kept")
    assert head
    assert head.made_at
    run = run_dag(SYNC, conf={"plan": "kept"}, run_after=records.NOON)
    assert run.state == "failed"
    [words] = run.said
    assert "was made again at" in words


def test_a_backfill_records_no_plan(till: Till, bridge: Any) -> None:
    """Each of its runs would record the same one, and its days would stay unread though Airflow says that they are done."""
    save_plan(till.engine, "demo", "demo/kept", DAY, [Planned("1", "create", "", "SalesReceipt", BODY)])
    store, wanted = load_store(till.folder / "demo.yaml"), bridge.Wanted(plan="kept", asked_at=records.NOON)
    with pytest.raises(ConfigurationError, match="a backfill records its days"):
        bridge.refresh_customers.__wrapped__(store, "backfill__2026-11-16", DAY, wanted)
    assert till.books() == []


def test_without_the_param_a_run_records_whatever_is_due(till: Till, run_dag: Any) -> None:
    till.sell(1, "Ann Lee", "ann@example.com")
    for asked in ({}, {"plan": None}, {"plan": ""}):
        assert run_dag(SYNC, conf=asked).state == "success"
    assert set(till.receipts()) == {"IS-1"}
