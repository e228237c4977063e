"""`kill -9` at each step of each kind of write, singly and in batches: run again, each thing is there once, to the cent."""

from __future__ import annotations

import random
import signal
from collections.abc import Callable
from typing import Any

import pytest

from tests.faults import moments
from tests.faults.scenes import PAID_INVOICES, SCENES, Scene
from tests.faults.test_kills import KILLED, killed_after, run_to_the_end, wait_until
from tests.faults.test_leases import pause
from tests.faults.worker import DONE, LEASE_LOST, REFUSED, Worker
from tests.shop.fault_shop import BATCH, Shop
from tests.shop.records import paid, sale

IN_BATCHES = ("documents", "payments")
"""Batches are the same code for every kind: that one kind follows another is enough."""

CASES = [
    pytest.param(scene, mode, *strike, id=f"{name}, {mode}: {step}")
    for name, scene in SCENES.items()
    for mode in ("single", "batch")[: 1 + (name in IN_BATCHES)]
    for step, strike in scene.steps(in_batches=mode == "batch").items()
]
CASES += [
    pytest.param(SCENES["voids"], "single", moment, 1, id=f"voids, single: {moment.rpartition('.')[2]}")
    for moment in (moments.VOIDS_TOLD, moments.VOIDS_REJECTED)
]


@pytest.mark.parametrize(("scene", "mode", "after", "nth"), CASES)
def test_killed_at_a_step(
    shop_with: Callable[..., Shop], worker: Worker, scene: Scene, mode: str, after: str, nth: int
) -> None:
    shop = shop_with(write_mode=mode, **scene.settings)
    run = scene.prepare(shop)
    worker.start(shop.job(run, after=after, nth=nth))
    assert worker.wait() == KILLED
    run_to_the_end(worker, shop, run)
    scene.check(shop)
    sent = shop.quickbooks.calls.copy()
    run_to_the_end(worker, shop, run)
    scene.check(shop)
    assert set(shop.quickbooks.calls - sent) <= {"query SalesReceipt", "query Invoice"}


@pytest.mark.parametrize(
    ("scene", "mode"),
    [pytest.param(scene, "single", id=name) for name, scene in SCENES.items()]
    + [pytest.param(SCENES[name], "batch", id=f"{name}, batch") for name in IN_BATCHES],
)
def test_a_holder_that_was_paused_between_claim_and_send_sends_nothing_when_it_wakes(
    shop_with: Callable[..., Shop], worker: Worker, second_worker: Worker, scene: Scene, mode: str
) -> None:
    shop = shop_with(write_mode=mode, **scene.settings)
    run = scene.prepare(shop)
    after, nth = scene.steps(in_batches=mode == "batch")["claimed"]
    worker.start(shop.job(run, after=after, nth=nth, pause=1.0))
    wait_until(lambda: any(write.attempts for write in shop.writes(scene.kind)))
    pause(worker, shop)
    second_worker.start(shop.job(run, lease_seconds=30.0))
    assert second_worker.wait() == DONE
    worker.send(signal.SIGCONT)
    # It may have been suspended in a transaction: PostgreSQL ended that, and the worker meets this first.
    assert worker.wait() in (LEASE_LOST, REFUSED)
    scene.check(shop)


def mixed(number: int) -> Any:
    """An invoice with two payments, every third with a refund, every fourth without any payment."""
    total = sale(number).order.total
    if number % 4 == 0:
        return paid(sale(number))
    return paid(sale(number), "4.00", str(total - 4), *(["-2.50"] if number % 3 == 0 else []))


@pytest.mark.parametrize("mode", ["single", "batch"])
def test_killed_at_random_moments_over_and_over(shop_with: Callable[..., Shop], worker: Worker, mode: str) -> None:
    shop = shop_with(write_mode=mode, **PAID_INVOICES)
    choose, snapshots = random.Random(5), [mixed(number) for number in range(1, 121)]
    run = shop.read(snapshots)
    shop.sandbox.put("/_sandbox/latency", {"seconds": 0.01})
    for kind in (BATCH, "quickbooks create *"):
        shop.fail(kind, "drop_after", every=5)
        shop.fail(kind, "execute_late", every=7, seconds=0.2)
        shop.fail(kind, "503", every=6)
    codes = [killed_after(worker, shop, run, "post_orders", choose.uniform(0.05, 0.5)) for _round in range(8)]
    assert codes.count(KILLED) > 3
    shop.sandbox.delete("/_sandbox/faults")
    for run_id in ("tuesday", "wednesday"):
        run_to_the_end(worker, shop, run)
        run = shop.read(snapshots, run_id)
    run_to_the_end(worker, shop, run)
    shop.expect_each_posted_once(snapshots)
    shop.expect_money_once(snapshots)
