"""`kill -9` of the process that posts, at every step and at any moment: run again, nothing is there twice and nothing is missing."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from collections.abc import Callable

import pytest
from sqlalchemy import select

from order_sync.database.database import reading
from order_sync.database.runs import Run
from order_sync.database.tables import Lease
from tests.faults import moments
from tests.faults.worker import DONE, Worker
from tests.shop.fault_shop import CREATE_CUSTOMER, CREATE_DOCUMENT, Shop
from tests.shop.records import people, sale, sales
from tests.shop.services import COMPANY

POSTING = {
    "intents committed": moments.PLANNED,
    "before the send": moments.CLAIMED,
    "executed, not committed": moments.answered("create"),
    "between the commits": moments.SETTLED,
    "order committed": moments.DOCUMENTS_TOLD,
}
CREATING = {
    "intents committed": moments.CUSTOMERS_PLANNED,
    "before the send": moments.CLAIMED,
    "executed, not committed": moments.answered("create"),
    "settled, not cached": moments.SETTLED,
    "cached, orders not told": moments.CUSTOMERS_CACHED,
    "orders told": moments.CUSTOMERS_TOLD,
}
KILLED = -signal.SIGKILL


def run_to_the_end(worker: Worker, shop: Shop, run: Run, step: str = "post_orders") -> None:
    """Once more, with nobody to kill it."""
    worker.start(shop.job(run, step, lease_seconds=30.0))
    assert worker.wait() == DONE


def wait_until(so: Callable[[], object]) -> None:
    """At most half a minute."""
    give_up = time.monotonic() + 30
    while not so():
        assert time.monotonic() < give_up
        time.sleep(0.01)


@pytest.mark.parametrize("after", POSTING.values(), ids=POSTING.keys())
def test_killed_at_a_step_of_posting(shop: Shop, worker: Worker, after: str) -> None:
    run = shop.read(sales(8))
    nth = 1 if "plan_writes" in after else 3
    worker.start(shop.job(run, after=after, nth=nth))
    assert worker.wait() == KILLED
    assert {row.status for row in shop.orders().values()} != {"posted"}
    run_to_the_end(worker, shop, run)
    shop.expect_each_posted_once(sales(8))


@pytest.mark.parametrize("after", CREATING.values(), ids=CREATING.keys())
def test_killed_at_a_step_of_creating_customers(shop: Shop, worker: Worker, after: str) -> None:
    run = shop.read(people(6))
    nth = 1 if "plan_writes" in after else 2
    worker.start(shop.job(run, "create_customers", after=after, nth=nth))
    assert worker.wait() == KILLED
    assert None in {row.customer_id for row in shop.orders().values()}
    run_to_the_end(worker, shop, run, "create_customers")
    shop.expect_each_person_once(people(6))
    assert Counter(write.status for write in shop.writes("customer")) == {"posted": 6}


def test_what_a_killed_run_left_open_is_settled_by_the_next_run_of_other_orders(shop: Shop, worker: Worker) -> None:
    worker.start(shop.job(shop.read(sales(1)), after=moments.answered("create")))
    assert worker.wait() == KILLED
    run_to_the_end(worker, shop, shop.read([sale(2)], "tuesday"))
    shop.expect_each_posted_once(sales(2))


def test_killed_while_the_answer_is_on_its_way(shop: Shop, worker: Worker) -> None:
    run = shop.read(sales(4))
    shop.fail(CREATE_DOCUMENT, "late", next=4, seconds=20)
    worker.start(shop.job(run))
    wait_until(lambda: len(shop.documents()) == 4)
    worker.send(signal.SIGKILL)
    assert worker.wait() == KILLED
    assert {write.status for write in shop.writes("document")} == {"sending"}
    run_to_the_end(worker, shop, run)
    shop.expect_each_posted_once(sales(4))


def test_killed_before_quickbooks_executes_what_was_sent(shop: Shop, worker: Worker) -> None:
    run = shop.read(sales(4))
    shop.sandbox.put("/_sandbox/latency", {"seconds": 0.4})
    worker.start(shop.job(run))
    wait_until(lambda: {write.status for write in shop.writes("document")} == {"sending"})
    time.sleep(0.1)
    worker.send(signal.SIGKILL)
    assert worker.wait() == KILLED
    assert shop.documents() == []
    shop.sandbox.put("/_sandbox/latency", {"seconds": 0})
    run_to_the_end(worker, shop, run)
    shop.expect_each_posted_once(sales(4))


def test_killed_at_random_moments_over_and_over(shop: Shop, worker: Worker) -> None:
    choose, run = random.Random(1), shop.read(sales(150))
    shop.sandbox.put("/_sandbox/latency", {"seconds": 0.02})
    shop.fail(CREATE_DOCUMENT, "drop_after", every=11)
    shop.fail(CREATE_DOCUMENT, "execute_late", every=13, seconds=0.2)
    codes = [killed_after(worker, shop, run, "post_orders", choose.uniform(0.05, 0.6)) for _round in range(7)]
    assert codes.count(KILLED) > 3
    shop.sandbox.delete("/_sandbox/faults")
    run_to_the_end(worker, shop, run)
    shop.expect_each_posted_once(sales(150))


def test_killed_at_random_moments_while_customers_are_made(shop: Shop, worker: Worker) -> None:
    choose, run = random.Random(3), shop.read(people(50))
    shop.sandbox.put("/_sandbox/latency", {"seconds": 0.02})
    shop.fail(CREATE_CUSTOMER, "drop_after", every=9)
    codes = [killed_after(worker, shop, run, "create_customers", choose.uniform(0.05, 0.4)) for _round in range(4)]
    assert KILLED in codes
    shop.sandbox.delete("/_sandbox/faults")
    run_to_the_end(worker, shop, run, "create_customers")
    shop.expect_each_person_once(people(50))


def killed_after(worker: Worker, shop: Shop, run: Run, step: str, seconds: float) -> int:
    """Kills the step so long after it took the lease; gives its exit code."""
    before = _lease_token(shop)
    worker.start(shop.job(run, step))
    wait_until(lambda: _lease_token(shop) > before)
    time.sleep(seconds)
    worker.send(signal.SIGKILL)
    return worker.wait()


def _lease_token(shop: Shop) -> int:
    with reading(shop.engine) as connection:
        return connection.scalar(select(Lease.token).where(Lease.name == COMPANY)) or 0
