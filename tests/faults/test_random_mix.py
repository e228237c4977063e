"""Each call may fail in any way, over several runs: in the end each order has its one document, and the sums agree."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from order_sync.database.runs import Run
from order_sync.errors import OrderSyncError
from order_sync.sync.outbox.channel import Timing
from tests.faults import worlds
from tests.shop.fault_shop import CREATE_CUSTOMER, CREATE_DOCUMENT, Shop
from tests.shop.records import people, sales

LOCKED = json.dumps({"Fault": {"Error": [{"Message": "Company locked", "code": "6190"}]}})
EXPIRED = json.dumps({"fault": {"error": [{"message": "errorCode=003200; statusCode=401", "code": "3200"}]}})
REFUSED = json.dumps({"Fault": {"Error": [{"Message": "Business validation", "code": "6000"}]}})
MIX: list[tuple[int, dict[str, Any]]] = [
    (50, {"what": "late"}),
    (8, {"what": "drop_after"}),
    (8, {"what": "drop_before"}),
    (6, {"what": "execute_late", "seconds": 0.2}),
    (6, {"what": "half_body"}),
    (4, {"what": "html", "status": 500}),
    (4, {"what": "html", "status": 500, "executed": True}),
    (4, {"what": "503"}),
    (4, {"what": "503", "executed": True}),
    (4, {"what": "429"}),
    (2, {"what": "fault", "status": 401, "body": EXPIRED}),
    (2, {"what": "fault", "status": 200, "body": REFUSED}),
    (2, {"what": "fault", "status": 200, "body": "{}", "executed": True}),
    (1, {"what": "fault", "status": 403, "body": LOCKED}),
]
TIMING = Timing(send_within=5.0, settle_after=1.0, throttle_patience=20.0, throttle_wait=0.05)


def honest(app: Any) -> Any:
    return app


@pytest.fixture(autouse=True)
def short_throttle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("order_sync.quickbooks.faults.THROTTLE_WAIT_SECONDS", 0.05)


@pytest.mark.parametrize(
    ("world", "checks_numbers"),
    [(honest, True), (worlds.ignoring_request_ids, False)],
    ids=["as documented", "request ids ignored, numbers unchecked"],
)
def test_of_two_hundred_orders_none_is_posted_twice_or_missing(
    shop_in: Callable[..., Shop], tmp_path: Path, world: Callable[[Any], Any], checks_numbers: bool
) -> None:
    shop = shop_in(world)
    if not checks_numbers:
        worlds.leave_numbers_unchecked(tmp_path)
    prepare_faults(shop, CREATE_DOCUMENT, 220, seed=7)
    run_until_settled(shop, sales(200), shop.post)
    shop.expect_each_posted_once(sales(200))
    assert sum(Decimal(str(document["TotalAmt"])) for document in shop.documents()) == sum(
        snapshot.order.total for snapshot in sales(200)
    )


def test_of_sixty_people_none_becomes_two_customers_or_none(shop_in: Callable[..., Shop]) -> None:
    shop = shop_in(worlds.ignoring_request_ids)
    prepare_faults(shop, CREATE_CUSTOMER, 70, seed=11)

    def create_and_post(run: Run, timing: Timing) -> None:
        shop.create_customers(run, timing)
        shop.post(run, timing)

    run_until_settled(shop, people(60), create_and_post)
    shop.expect_each_person_once(people(60))
    shop.expect_each_posted_once(people(60))


def prepare_faults(shop: Shop, kind: str, number: int, *, seed: int) -> None:
    """What becomes of each of the next calls of a kind; those after them succeed."""
    weights, faults = zip(*MIX, strict=True)
    for how in random.Random(seed).choices(faults, weights, k=number):
        shop.fail(kind, **how)


def run_until_settled(shop: Shop, snapshots: list[Any], step: Callable[[Run, Timing], object]) -> None:
    """Runs as Airflow starts them: again when one was stopped, the next one for what the last one left."""
    for number in range(30):
        unfinished = shop.unfinished(snapshots)
        if not unfinished:
            return
        with suppress(OrderSyncError):
            step(shop.read(unfinished, f"run {number}"), TIMING)
    raise AssertionError("thirty runs did not settle the orders")
