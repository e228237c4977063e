"""Several processes on one company: one of them writes, whatever the others believe."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from pathlib import Path

from tests.faults import moments, worlds
from tests.faults.worker import DONE, INTERRUPTED, LEASE_LOST, REFUSED, Worker
from tests.shop.fault_shop import CREATE_CUSTOMER, CREATE_DOCUMENT, Shop
from tests.shop.records import sale, sales


def test_two_processes_post_the_same_orders_at_once(shop: Shop, worker: Worker, second_worker: Worker) -> None:
    run = shop.read(sales(40))
    for one in (worker, second_worker):
        one.start(shop.job(run, lease_seconds=30.0))
    assert [worker.wait(), second_worker.wait()] == [DONE, DONE]
    shop.expect_each_posted_once(sales(40))
    assert shop.calls(CREATE_DOCUMENT) == {"200": 40}


def test_two_runs_that_miss_the_same_person_make_one_customer(
    shop: Shop, worker: Worker, second_worker: Worker
) -> None:
    runs = [shop.read([sale(number, name="Grace Hopper", email="grace@example.com")], f"{number}") for number in (1, 2)]
    for one, run in zip((worker, second_worker), runs, strict=True):
        one.start(shop.job(run, "create_customers", lease_seconds=30.0))
    assert [worker.wait(), second_worker.wait()] == [DONE, DONE]
    (customer,) = shop.customers()
    assert [row.customer_id for row in shop.orders().values()] == [customer["Id"]] * 2
    assert shop.calls(CREATE_CUSTOMER) == {"200": 1}


def test_a_holder_that_was_paused_in_the_middle_stops_when_it_wakes(
    shop: Shop, worker: Worker, second_worker: Worker
) -> None:
    run = shop.read(sales(30))
    shop.sandbox.put("/_sandbox/latency", {"seconds": 0.1})
    worker.start(shop.job(run, lease_seconds=2.0))
    while len(shop.documents()) < 8:
        time.sleep(0.01)
    pause(worker, shop)
    assert len(shop.documents()) < 30
    second_worker.start(shop.job(run, lease_seconds=30.0))
    assert second_worker.wait() == DONE
    shop.expect_each_posted_once(sales(30))
    worker.send(signal.SIGCONT)
    # Paused in a transaction on PostgreSQL, its session is ended by then: it cannot even ask for its lease.
    assert worker.wait() in (LEASE_LOST, REFUSED)
    shop.expect_each_posted_once(sales(30))


def test_a_holder_that_was_paused_before_its_send_sends_nothing_when_it_wakes(
    shop_in: Callable[..., Shop], tmp_path: Path, worker: Worker, second_worker: Worker
) -> None:
    """Neither request ids nor the check of numbers would keep its document from being the second one."""
    shop = shop_in(worlds.ignoring_request_ids)
    worlds.leave_numbers_unchecked(tmp_path)
    run = shop.read(sales(6))
    worker.start(shop.job(run, after=moments.CLAIMED, nth=3, pause=1.0))
    while len(shop.documents()) < 5:
        time.sleep(0.01)
    pause(worker, shop)
    second_worker.start(shop.job(run, lease_seconds=30.0))
    assert second_worker.wait() == DONE
    worker.send(signal.SIGCONT)
    assert worker.wait() in (LEASE_LOST, REFUSED)
    shop.expect_each_posted_once(sales(6))


def test_an_interrupt_ends_the_step_after_the_writes_in_flight(shop: Shop, worker: Worker) -> None:
    run = shop.read(sales(60))
    shop.sandbox.put("/_sandbox/latency", {"seconds": 0.1})
    worker.start(shop.job(run, lease_seconds=30.0))
    while len(shop.documents()) < 4:
        time.sleep(0.01)
    worker.send(signal.SIGTERM)
    assert worker.wait() == INTERRUPTED
    assert len(shop.documents()) < 30
    assert {write.status for write in shop.writes("document")} == {"posted", "planned"}
    worker.start(shop.job(run, lease_seconds=30.0))
    assert worker.wait() == DONE
    shop.expect_each_posted_once(sales(60))


def pause(worker: Worker, shop: Shop) -> None:
    """Stops the child for longer than its lease lasts; not while it holds SQLite's lock, which would stop everybody."""
    with shop.engine.begin():
        worker.send(signal.SIGSTOP)
        while not worker.is_stopped():
            time.sleep(0.02)
    time.sleep(1.0)
