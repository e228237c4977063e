"""Orders that are paid in parts and refunded in parts over some days, while every kind of write may fail in any way: in the end the
books hold each document, payment and refund once, and every sum agrees."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine

from order_sync.errors import OrderSyncError
from order_sync.tokens import TokenVault
from tests.faults.test_random_mix import MIX
from tests.shop.counter import ShopCounter, line, open_counter
from tests.shop.services import Controls

WRITES = ("create Invoice", "create SalesReceipt", "create Payment", "create RefundReceipt", "create Item", "batch")
DAYS = 3


@pytest.fixture
def counter(
    sandbox: Controls, engine: Engine, vault: TokenVault, short_waits: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ShopCounter]:
    monkeypatch.setattr("order_sync.quickbooks.faults.THROTTLE_WAIT_SECONDS", 0.05)
    with open_counter(sandbox, engine, vault) as opened:
        yield opened


@pytest.mark.parametrize("write_mode", ["single", "batch"])
@pytest.mark.parametrize("post_as", ["Sales receipt", "Invoice and payment", "Invoice, payment if paid"])
def test_each_document_payment_and_refund_is_there_once(counter: ShopCounter, post_as: str, write_mode: str) -> None:
    counter.set(
        write_mode=write_mode,
        revenue={"post_as": post_as},
        products={"not_found": "create", "create": {"income_account": "Services"}},
    )
    choose = random.Random(f"{post_as} {write_mode}")
    numbers = range(1, 13)
    totals = {number: Decimal(choose.randrange(2000, 30_000)) / 100 for number in numbers}
    for number in numbers:
        counter.sell(number, line(str(totals[number]), name=choose.choice(("Widget", "Gadget", "Gizmo"))))
    paid, back = dict.fromkeys(numbers, Decimal(0)), dict.fromkeys(numbers, Decimal(0))
    for day in range(DAYS):
        for number in numbers:
            _move(counter, choose, number, day, totals, paid, back)
        _upset(counter, choose)
        with suppress(OrderSyncError):
            counter.run(day)
        counter.mend()
        counter.run(day)
    for _ in range(3):
        counter.run(DAYS)
    counter.expect_quiet()
    _expect(counter, post_as, totals, paid, back)


def _move(
    counter: ShopCounter,
    choose: random.Random,
    number: int,
    day: int,
    totals: dict[int, Decimal],
    paid: dict[int, Decimal],
    back: dict[int, Decimal],
) -> None:
    """A payment or a refund of an order, or neither; on the last day the rest is paid."""
    left = totals[number] - paid[number]
    if left and (day == DAYS - 1 or choose.random() < 0.6):
        amount = left if day == DAYS - 1 or choose.random() < 0.3 else (left / 3).quantize(Decimal("0.01"))
        counter.pay(number, str(amount), day=day)
        paid[number] += amount
    elif paid[number] - back[number] > 2 and choose.random() < 0.7:
        amount = choose.choice((Decimal("1.01"), paid[number] - back[number]))
        counter.give_back(number, str(amount), day=day)
        back[number] += amount


def _upset(counter: ShopCounter, choose: random.Random) -> None:
    weights = [weight for weight, _how in MIX]
    for kind in WRITES:
        for _ in range(6):
            how: dict[str, Any] = dict(choose.choices([how for _weight, how in MIX], weights)[0])
            counter.fail(f"quickbooks {kind}", how.pop("what"), **how)


def _expect(
    counter: ShopCounter,
    post_as: str,
    totals: dict[int, Decimal],
    paid: dict[int, Decimal],
    back: dict[int, Decimal],
) -> None:
    entity = "SalesReceipt" if post_as == "Sales receipt" else "Invoice"
    documents = {one["DocNumber"]: one for one in counter.sandbox.get(f"/_sandbox/quickbooks/{entity}")}
    assert set(documents) == {f"IS-{number}" for number in totals}
    assert set(counter.states().values()) == {"posted"}
    sums: dict[str, Counter[int]] = {kind: Counter() for kind in ("Payment", "RefundReceipt")}
    for kind, of_order in sums.items():
        rows = counter.sandbox.get(f"/_sandbox/quickbooks/{kind}")
        notes = Counter(row["PrivateNote"] for row in rows)
        assert max(notes.values(), default=1) == 1
        for row in rows:
            number = int(row["PrivateNote"].split()[2])
            of_order[number] += Decimal(str(row["TotalAmt"]))  # type: ignore[assignment]
    for number, total in totals.items():
        assert Decimal(str(documents[f"IS-{number}"]["TotalAmt"])) == total
        assert sums["RefundReceipt"][number] == back[number]
        if entity == "Invoice":
            assert sums["Payment"][number] == paid[number]
            assert Decimal(str(documents[f"IS-{number}"]["Balance"])) == total - paid[number]
    items = Counter(one["Name"] for one in counter.sandbox.get("/_sandbox/quickbooks/Item"))
    assert max(items.values()) == 1
