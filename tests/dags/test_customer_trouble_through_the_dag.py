"""Customers where something goes wrong or changes between two runs, through the Dag and the sandbox."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
import yaml

from order_sync.settings import load_store
from tests.shop import records
from tests.shop.till import SYNC, Till, streets

pytestmark = pytest.mark.airflow

CREATE = "quickbooks create Customer"
REFUSED = json.dumps(
    {"Fault": {"Error": [{"Message": "Invalid String", "code": "2040", "element": "Line1"}], "type": "ValidationFault"}}
)
WRONG_NAMES = [
    (
        {"not_found": "standard", "standard_customer": "Web sale"},
        "customer 'Web sale' (customers.standard_customer)",
        "Web sales",
    ),
    ({"default_customer": "Unknown bayer"}, "customer 'Unknown bayer' (customers.default_customer)", "Unknown buyer"),
    ({"create": {"sales_term": "Net 20"}}, "term 'Net 20' (customers.create.sales_term)", "Net 15"),
    ({"create": {"customer_type": "Onlin"}}, "customer type 'Onlin' (customers.create.customer_type)", "Online"),
]


def test_an_address_that_nobody_takes_is_a_warning_and_the_order_is_posted(till: Till, run_dag: Any) -> None:
    till.set(update_online_store=True)
    mo = till.enter("Mo Moved", "mo@example.com", bill="old", ship="old")
    till.sell(1, "Mo Moved", "mo@example.com", bill="new", ship="old", own="dock")
    till.fail("quickbooks update Customer", "fault", status=400, body=REFUSED)
    till.fail("infusionsoft patch contact", "fault", status=400, body=json.dumps({"message": "no such region"}))
    run = run_dag(SYNC)
    assert run.state == "success"
    assert till.states() == {1: "posted with warnings"}
    assert f"The address of customer {mo} was not updated: " in till.history(1)
    assert "2040 Invalid String" in till.history(1)
    assert "The shipping address of contact 5001 in Infusionsoft was not updated: " in till.history(1)
    assert streets(till.receipts()["IS-1"]) == ("new", "dock")
    assert streets(till.customers()[mo]) == ("old", "old")
    assert till.contact(1) == {"BILLING": "9 Ox Way", "SHIPPING": "417 Quarry Bluff Terrace"}
    warned = [line["event"] for line in run.lines if line["level"] == "warning" and "was not updated" in line["event"]]
    assert len(warned) == 2


def test_what_the_company_has_not_stops_the_run_before_anything_is_posted(till: Till, run_dag: Any) -> None:
    till.enter("Web sales")
    till.enter("Unknown buyer")
    till.enter("Ann Lee", "ann@example.com")
    till.sell(1, "Ann Lee", "ann@example.com", bill="new")
    till.sell(2, "Nora New", "nora@example.com")
    for customers, what, nearest in WRONG_NAMES:
        till.set(**customers)
        run = run_dag(SYNC)
        assert run.state == "failed"
        assert (run.tasks["match_customers"], run.tries["match_customers"]) == ("failed", 1)
        assert run.tasks["create_customers"] == run.tasks["post_orders"] == "upstream_failed"
        [said] = run.said
        assert f"The settings of store demo name the {what}" in said
        assert nearest in said.partition("The nearest that it has: ")[2]
        assert till.receipts() == {}
        assert {*till.states().values()} == {"extracted"}
        assert len(till.customers()) == 3
        assert till.calls("quickbooks update Customer") == till.calls(CREATE) == {}


def test_another_equality_finds_at_the_next_run_whom_the_first_did_not(till: Till, run_dag: Any) -> None:
    jose = till.enter("José Núñez")
    till.sell(1, "Jose Nunez", "jose@example.com")
    till.set(not_found="hold", equality={"ignore_accents": False})
    assert run_dag(SYNC).state == "success"
    assert till.states() == {1: "held NOT_FOUND"}
    till.set(not_found="hold")
    assert run_dag(SYNC).state == "success"
    assert till.states() == {1: "posted"}
    assert till.receipts()["IS-1"]["CustomerRef"]["value"] == jose
    till.sell(2, "Jose Nunez", "jose@example.com")
    till.set(not_found="hold", equality={"ignore_accents": False})
    assert run_dag(SYNC).state == "success"
    assert till.states() == {1: "posted", 2: "held NOT_FOUND"}


def test_two_stores_share_a_file_and_each_keeps_its_own(
    till: Till, run_dag: Any, connections: dict[str, Any], connect: Callable[[str, dict[str, Any]], None]
) -> None:
    demo = yaml.safe_load((till.folder / "demo.yaml").read_text())
    shared = {**demo, "customers": {"not_found": "standard", "standard_customer": "Web sales"}}
    till.write("_shared", shared)
    till.write("demo", {"extends": "_shared"})
    own = {"customers": {"standard_customer": "Second shop"}, "revenue": {"number_prefix": "SE-"}}
    till.write("second", {"extends": "_shared", **own})
    for service in ("infusionsoft", "quickbooks"):
        connect(f"{service}_second", connections[f"{service}_demo"])
    till.enter("Web sales")
    till.enter("Second shop")
    till.sell(1, "Nora New", "nora@example.com")
    assert run_dag(SYNC).state == "success"
    till.sandbox.put("/_sandbox/infusionsoft", {"tenant": "cd200.infusionsoft.com"})  # two accounts into one company
    assert run_dag("sync_orders__second").state == "success"
    assert till.buyers() == {"IS-1": "Web sales", "SE-1": "Second shop"}
    assert (till.order(1).status, till.order(1, "second").status) == ("posted", "posted")


@pytest.mark.parametrize("name", ["Nora New", "Nora Newlywed"], ids=["one name", "two names of one e-mail address"])
def test_two_runs_that_create_one_customer_at_once_end_with_one(
    till: Till, run_dag: Any, bridge: Any, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The next day's run, which sees the first day's order too, reaches its creation when the first day's run does."""
    till.sell(1, "Nora New", "nora@example.com", bill="new")
    till.sell(2, name, "nora@example.com", bill="new", at=records.NOON + timedelta(days=1))
    store, create = load_store(till.folder / "demo.yaml"), bridge.create_customers
    interval = (records.NOON + timedelta(hours=12), records.NOON + timedelta(hours=36))
    found: list[dict[int, str]] = []

    def create_at_once(of: Any, run_key: str) -> str:
        other = bridge.refresh_customers(store, "next day", interval)
        bridge.match_customers(store, bridge.extract_orders(store, other))
        found.append({number: till.order(number).decision.outcome for number in (1, 2)})
        till.sandbox.put("/_sandbox/latency", {"seconds": 1})
        with ThreadPoolExecutor() as threads:
            first = threads.submit(create, of, run_key)
            Event().wait(0.5)  # so that this run has the lease, and its customer is on the way
            second = threads.submit(create, store, other)
        for one in (first, second):
            one.result()
        till.sandbox.put("/_sandbox/latency", {"seconds": 0})
        bridge.post_orders(store, other)
        return run_key

    monkeypatch.setattr(bridge, "create_customers", create_at_once)
    assert run_dag(SYNC).state == "success"
    assert found == [{1: "create", 2: "create"}]
    assert till.states() == {1: "posted", 2: "posted"}
    [nora] = till.customers().values()
    assert {one["CustomerRef"]["value"] for one in till.receipts().values()} == {nora["Id"]}
    assert set(till.receipts()) == {"IS-1", "IS-2"}
    assert till.calls(CREATE) == {"200": 1}
