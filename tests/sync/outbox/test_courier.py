"""Whatever breaks on the way: the books hold each thing once, and the ledger knows it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine

from order_sync.database.leases import acquire_lease
from order_sync.errors import LeaseLost, SignInAgain, Stop
from order_sync.sync.outbox.channel import Timing
from order_sync.sync.steps.post_orders import post_orders
from order_sync.tokens import TokenVault
from tests.shop import runs
from tests.shop.fault_shop import CREATE_CUSTOMER, CREATE_DOCUMENT, Shop, open_shop
from tests.shop.records import people, sales
from tests.shop.services import Controls

SYSTEM_FAULT = json.dumps({"Fault": {"Error": [{"Message": "An application error", "code": "10000"}]}})
LOCKED_COMPANY = json.dumps({"Fault": {"Error": [{"Message": "Company locked", "code": "6190"}]}})

EXECUTED = {
    "answer lost": {"what": "drop_after"},
    "half a body": {"what": "half_body"},
    "HTML with 500": {"what": "html", "status": 500, "executed": True},
    "500": {"what": "500", "executed": True},
    "503": {"what": "503", "executed": True},
    "200 with a system fault": {"what": "fault", "status": 200, "body": SYSTEM_FAULT, "executed": True},
    "200 without the record": {"what": "fault", "status": 200, "body": "{}", "executed": True},
    "200 with cut JSON": {"what": "fault", "status": 200, "body": '{"SalesReceipt": {', "executed": True},
    "executed late": {"what": "execute_late", "seconds": 0.2},
}
NOT_EXECUTED = {
    "request lost": {"what": "drop_before"},
    "HTML with 500": {"what": "html", "status": 500},
    "500": {"what": "500"},
    "503": {"what": "503"},
    "200 with a system fault": {"what": "fault", "status": 200, "body": SYSTEM_FAULT},
    "429": {"what": "429"},
}


@pytest.fixture
def shop(
    sandbox: Controls, engine: Engine, vault: TokenVault, short_waits: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Shop]:
    monkeypatch.setattr("order_sync.quickbooks.faults.THROTTLE_WAIT_SECONDS", 0.2)
    with open_shop(sandbox, engine, vault) as opened:
        yield opened


@pytest.mark.parametrize("how", EXECUTED.values(), ids=EXECUTED.keys())
def test_a_document_that_was_made_is_adopted_and_not_sent_again(shop: Shop, how: dict[str, Any]) -> None:
    run = shop.read(sales(5))
    shop.fail(CREATE_DOCUMENT, **how)
    assert shop.post(run) == {"posted": 5}
    shop.expect_each_posted_once(sales(5))
    assert shop.quickbooks.calls["create SalesReceipt"] == 5


@pytest.mark.parametrize("how", NOT_EXECUTED.values(), ids=NOT_EXECUTED.keys())
def test_a_document_that_was_not_made_is_sent_again_in_the_same_generation(shop: Shop, how: dict[str, Any]) -> None:
    run = shop.read(sales(5))
    shop.fail(CREATE_DOCUMENT, **how)
    assert shop.post(run) == {"posted": 5}
    shop.expect_each_posted_once(sales(5))
    assert shop.quickbooks.calls["create SalesReceipt"] == 6
    assert [(write.generation, write.attempts) for write in shop.writes("document") if write.attempts > 1] == [(1, 2)]


def test_a_customer_is_made_once_whatever_becomes_of_its_first_answer(shop: Shop) -> None:
    faults = [*EXECUTED.values(), *NOT_EXECUTED.values()]
    run = shop.read(people(len(faults)))
    for how in faults:
        shop.fail(CREATE_CUSTOMER, **how)
    assert sum(shop.create_customers(run).values()) == len(faults)
    shop.expect_each_person_once(people(len(faults)))


def test_throttled_again_and_again_in_the_middle_everything_is_posted(shop: Shop) -> None:
    run = shop.read(sales(24))
    shop.fail(CREATE_DOCUMENT, "429", every=6)
    assert shop.post(run) == {"posted": 24}
    shop.expect_each_posted_once(sales(24))
    assert shop.calls(CREATE_DOCUMENT)["429"] >= 4


def test_a_throttle_that_outlasts_the_patience_leaves_the_rest_planned_for_the_next_attempt(shop: Shop) -> None:
    run = shop.read(sales(12))
    shop.fail(CREATE_DOCUMENT, "late", next=5)
    shop.fail(CREATE_DOCUMENT, "429", next=1000)
    with pytest.raises(Exception, match="too many calls"):
        shop.post(run, Timing(settle_after=0.5, throttle_patience=0.5, throttle_wait=0.1))
    assert {write.status for write in shop.writes("document")} == {"posted", "planned"}
    assert len(shop.documents()) == 5
    shop.sandbox.delete("/_sandbox/faults")
    assert shop.post(run) == {"posted": 12 - 5}
    shop.expect_each_posted_once(sales(12))


def test_a_stopped_delivery_does_not_go_on_through_its_throttled_threads(shop: Shop) -> None:
    run = shop.read(sales(12))
    shop.fail(CREATE_DOCUMENT, "429", next=3)
    shop.fail(CREATE_DOCUMENT, "fault", status=403, body=LOCKED_COMPANY)
    shop.fail(CREATE_DOCUMENT, "429", next=10_000)
    with pytest.raises(Stop):
        shop.post(run, Timing(throttle_patience=1.0, throttle_wait=0.1))
    assert shop.calls(CREATE_DOCUMENT)["429"] < 10
    assert {write.status for write in shop.writes("document")} == {"planned"}


def test_access_tokens_that_end_in_the_middle_are_renewed(shop: Shop) -> None:
    run = shop.read(sales(30))
    shop.sandbox.put("/_sandbox/latency", {"seconds": 0.03})
    expiring = threading.Thread(target=_expire_tokens_after, args=(shop, 8))
    expiring.start()
    assert shop.post(run) == {"posted": 30}
    expiring.join()
    assert shop.calls(CREATE_DOCUMENT)["401"] >= 1
    shop.expect_each_posted_once(sales(30))


def test_a_sign_in_that_is_refused_for_good_stops_and_leaves_everything_planned(shop: Shop) -> None:
    run = shop.read(sales(6))
    shop.sandbox.post("/_sandbox/tokens/expire")
    shop.fail("quickbooks token", "fault", next=1000, status=400, body='{"error": "invalid_grant"}')
    with pytest.raises(SignInAgain):
        shop.post(run)
    assert shop.documents() == []
    assert {write.status for write in shop.writes("document")} == {"planned"}
    shop.sandbox.delete("/_sandbox/faults")
    assert shop.post(run) == {"posted": 6}
    shop.expect_each_posted_once(sales(6))


def test_an_outage_that_ends_in_the_third_round_costs_no_order(shop: Shop) -> None:
    run = shop.read(sales(9))
    shop.fail(CREATE_DOCUMENT, "503", next=2 * 9)
    assert shop.post(run) == {"posted": 9}
    shop.expect_each_posted_once(sales(9))


def test_an_outage_that_does_not_end_leaves_the_orders_unsettled_for_the_next_run(shop: Shop) -> None:
    run = shop.read(sales(5))
    shop.fail(CREATE_DOCUMENT, "500", next=1000, executed=True)
    shop.fail("quickbooks query SalesReceipt", "503", next=1000)
    assert shop.post(run) == {"unsettled": 5}
    assert {row.status for row in shop.orders().values()} == {"unsettled"}
    shop.sandbox.delete("/_sandbox/faults")
    assert shop.post(run) == {"posted": 5}
    shop.expect_each_posted_once(sales(5))


def test_a_look_up_that_quickbooks_refuses_parks_its_order_and_not_the_others(shop: Shop) -> None:
    run = shop.read(sales(5))
    refused = {"Fault": {"Error": [{"Message": "Error parsing query", "code": "4000"}], "type": "ValidationFault"}}
    shop.fail(CREATE_DOCUMENT, "drop_after")
    shop.fail("quickbooks query SalesReceipt", "fault", next=3, status=400, body=json.dumps(refused))
    assert shop.post(run) == {"posted": 4, "unsettled": 1}
    assert shop.post(run) == {"posted": 1}
    shop.expect_each_posted_once(sales(5))


def test_a_write_of_another_run_that_is_still_under_way_is_not_sent_beside_it(shop: Shop) -> None:
    run = shop.read(sales(1))
    shop.fail(CREATE_DOCUMENT, "late", seconds=1.0)
    first = threading.Thread(target=shop.post, args=(run,))
    first.start()
    while not shop.documents():
        time.sleep(0.02)
    assert shop.post(run) == {}
    first.join()
    shop.expect_each_posted_once(sales(1))
    assert shop.quickbooks.calls["create SalesReceipt"] == 1


def test_nothing_is_sent_under_a_lease_that_somebody_else_took(shop: Shop) -> None:
    run = shop.read(sales(3))
    ours = acquire_lease(shop.engine, "company", seconds=0.05)
    assert ours
    time.sleep(0.1)
    assert acquire_lease(shop.engine, "company", seconds=60)
    with pytest.raises(LeaseLost):
        post_orders(runs.recording(shop.engine, run, shop.store, shop.quickbooks, ours, Timing(send_within=0.0)))
    assert shop.calls(CREATE_DOCUMENT) == {}


def test_each_write_keeps_the_id_that_intuit_gave_its_call(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "order_sync.transport")
    shop.fail(CREATE_DOCUMENT, "500", executed=True)
    shop.fail(CREATE_DOCUMENT, "drop_after")
    assert shop.post(shop.read(sales(5))) == {"posted": 5}
    told = [one.rpartition("intuit_tid=")[2] for one in caplog.messages if "create SalesReceipt" in one]
    answered = [one for one in told if one.startswith("1-")]
    assert len(answered) == 4
    kept = [write.trace_id for write in shop.writes("document")]
    assert kept.count(None) == 1  # its answer was lost
    assert sorted(one for one in kept if one) == sorted(answered)


def test_a_write_that_is_refused_and_then_adopted_keeps_the_id_of_the_refusal(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    shop.post(shop.read(sales(1)))
    with shop.engine.begin() as connection:
        for table in ("writes", "write_orders", "orders"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    caplog.set_level("INFO", "order_sync.transport")
    caplog.clear()
    assert shop.post(shop.read(sales(1), "again")) == {"posted": 1}
    [told] = [one.rpartition("intuit_tid=")[2] for one in caplog.messages if "create SalesReceipt" in one]
    [write] = shop.writes("document")
    assert (write.status, write.trace_id) == ("posted", told)


def _expire_tokens_after(shop: Shop, documents: int) -> None:
    while len(shop.documents()) < documents:
        time.sleep(0.01)
    shop.sandbox.post("/_sandbox/tokens/expire")
