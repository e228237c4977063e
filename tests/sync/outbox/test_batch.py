"""Batches: the same books as single writes leave, whatever breaks, and nothing twice."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, make_url

from include.sandbox.app import create_app
from include.sandbox.quickbooks.batch import run_item
from order_sync.database.database import open_database
from order_sync.database.leases import Lease, acquire_lease
from order_sync.errors import LeaseLost, Stop
from order_sync.quickbooks.client import QuickBooks
from order_sync.sync.outbox import batch
from order_sync.sync.outbox.channel import Timing
from order_sync.sync.steps.post_orders import post_orders
from order_sync.tokens import TokenVault
from tests.conftest import FileVault, Sandbox
from tests.shop import runs
from tests.shop.fault_shop import BATCH, CREATE_DOCUMENT, Shop, open_shop
from tests.shop.office import QUICK
from tests.shop.records import paid, sale, sales
from tests.shop.services import Controls

OpenShop = Callable[..., Shop]
LOCKED = json.dumps({"Fault": {"Error": [{"Message": "Company locked", "code": "6190"}]}})


@pytest.fixture
def open_one(
    sandbox: Controls, engine: Engine, vault: TokenVault, short_waits: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[OpenShop]:
    monkeypatch.setattr("order_sync.quickbooks.faults.THROTTLE_WAIT_SECONDS", 0.05)
    with ExitStack() as stack:
        yield lambda **settings: stack.enter_context(open_shop(sandbox, engine, vault, **settings))


@pytest.fixture
def shop(open_one: OpenShop) -> Shop:
    return open_one(write_mode="batch")


def of_item(code: str) -> dict[str, Any]:
    return {"Fault": {"Error": [{"Message": "Refused", "Detail": "Refused", "code": code}], "type": "ValidationFault"}}


def refusing(monkeypatch: pytest.MonkeyPatch, faults: dict[str, str]) -> None:
    """The item of each of these document numbers gets a fault of this code once, and is not executed."""
    left = dict.fromkeys(faults, 1)

    def answer(books: Any, item: dict[str, Any], request_id: str | None) -> dict[str, Any]:
        number = item.get("SalesReceipt", {}).get("DocNumber")
        if not left.get(number):
            return run_item(books, item, request_id)
        left[number] -= 1
        return {**of_item(faults[number]), "bId": item["bId"]}

    monkeypatch.setattr("include.sandbox.quickbooks.batch.run_item", answer)


def batches_sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[str]]]:
    """Fills with request id and `bId`s of each batch that is sent from now on."""
    sent: list[tuple[str, list[str]]] = []
    send = QuickBooks.batch

    def noting(self: QuickBooks, items: Any, *, request_id: str) -> Any:
        sent.append((request_id, [item.id for item in items]))
        return send(self, items, request_id=request_id)

    monkeypatch.setattr(QuickBooks, "batch", noting)
    return sent


def test_thirty_go_out_in_a_request(shop: Shop) -> None:
    assert shop.post(shop.read(sales(61))) == {"posted": 61}
    shop.expect_each_posted_once(sales(61))
    assert shop.calls(BATCH) == {"200": 3}
    assert shop.calls(CREATE_DOCUMENT) == {}


@pytest.mark.parametrize(
    ("mode", "orders", "in_batches"),
    [("auto", 100, True), ("auto", 99, False), ("batch", 1, True), ("single", 100, False)],
)
def test_how_many_writes_are_worth_batches(open_one: OpenShop, mode: str, orders: int, in_batches: bool) -> None:
    assert batch.WORTH_BATCHES == 100
    shop = open_one(write_mode=mode)
    assert shop.post(shop.read(sales(orders))) == {"posted": orders}
    assert bool(shop.calls(BATCH)) is in_batches
    assert bool(shop.calls(CREATE_DOCUMENT)) is not in_batches


def mixed() -> list[Any]:
    """Invoices paid in one, in two, not, and given back in part or whole."""
    some = [
        paid(sale(1), "10.01"),
        paid(sale(2), "4.00", "6.02"),
        paid(sale(3)),
        paid(sale(4), "10.04", "-3.00"),
        paid(sale(5), "10.05", "-10.05"),
        paid(sale(6), "5.00"),
    ]
    return [*some, *(paid(sale(number), f"{10 + number / 100:.2f}") for number in range(7, 36))]


def books_of(shop: Shop) -> dict[str, Any]:
    """All that the books hold, without what differs between two runs of the same."""
    names = {
        str(record["Id"]): f"{entity} {record.get('PrivateNote') or record.get('DisplayName')}"
        for entity in ("Customer", "Invoice", "Payment", "RefundReceipt", "SalesReceipt")
        for record in shop.records(entity)
    }

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            kept = {name: plain(one) for name, one in value.items() if name not in ("Id", "MetaData", "SyncToken")}
            return {**kept, "TxnId": names[kept["TxnId"]]} if "TxnId" in kept else kept
        return sorted(map(plain, value), key=json.dumps) if isinstance(value, list) else value

    found = {}
    for entity in ("Invoice", "Payment", "RefundReceipt", "SalesReceipt"):
        found[entity] = {record["PrivateNote"]: plain(record) for record in shop.records(entity)}
        assert len(found[entity]) == len(shop.records(entity))
    return found


def test_batches_and_single_writes_leave_the_same_books(
    serve: Callable[..., str],
    tmp_path: Path,
    make_engine: Callable[[str], Engine],
    make_vault: Callable[[str], TokenVault],
) -> None:
    left = {}
    for mode in ("single", "batch"):
        sandbox = Sandbox(serve(create_app(tmp_path / f"{mode}.sqlite", limits=False)))
        how = {"write_mode": mode, "revenue": {"post_as": "Invoice and payment"}}
        with open_shop(sandbox, make_engine(mode), make_vault(mode), **how) as shop:
            # Number 9 is taken by somebody else, so that one order is refused.
            shop.add("Invoice", **_foreign(shop, "IS-9"))
            counts = shop.post(shop.read(mixed()))
            orders = {id: (row.status, row.code, row.document_number) for id, row in shop.orders().items()}
            left[mode] = counts, orders, books_of(shop)
            assert bool(shop.calls(BATCH)) is (mode == "batch")
    assert left["single"] == left["batch"]
    counts, orders, books = left["batch"]
    assert counts == {"posted": 34, "failed": 1, "payments": 34, "refunds": 2}
    assert orders["9"][:2] == ("failed", "6140")
    assert len(books["Invoice"]) == 35


def _foreign(shop: Shop, number: str) -> dict[str, Any]:
    [item] = [one for one in shop.records("Item") if one["Name"] == "Widget"]
    detail = {"ItemRef": {"value": item["Id"]}, "TaxCodeRef": {"value": "NON"}}
    line = {"DetailType": "SalesItemLineDetail", "Amount": 1, "SalesItemLineDetail": detail}
    return {"CustomerRef": {"value": shop.ada}, "DocNumber": number, "Line": [line], "PrivateNote": "By hand."}


@pytest.fixture
def make_engine(tmp_path: Path, migrated_store: Path) -> Iterator[Callable[[str], Engine]]:
    made: list[Engine] = []

    def make(name: str) -> Engine:
        file = tmp_path / f"store {name}.sqlite"
        shutil.copy(migrated_store, file)
        made.append(open_database(make_url(f"sqlite:///{file}")))
        return made[-1]

    yield make
    for engine in made:
        engine.dispose()


@pytest.fixture
def make_vault(tmp_path: Path) -> Callable[[str], TokenVault]:
    def make(name: str) -> TokenVault:
        (tmp_path / f"vault {name}").mkdir()
        return FileVault(tmp_path / f"vault {name}")

    return make


def test_a_document_of_ours_under_the_number_is_adopted(shop: Shop) -> None:
    shop.post(shop.read(sales(5)))
    with shop.engine.begin() as connection:
        for table in ("writes", "write_orders", "orders"):
            connection.exec_driver_sql(f"DELETE FROM {table}")

    assert shop.post(shop.read(sales(6), "again")) == {"posted": 6}
    shop.expect_each_posted_once(sales(6))
    assert "was found in QuickBooks" in shop.history("1")[0]


def test_an_item_that_is_refused_fails_its_order_and_no_other(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    refusing(monkeypatch, {"IS-2": "2500"})
    assert shop.post(shop.read(sales(5))) == {"posted": 4, "failed": 1}
    order = shop.orders()["2"]
    assert (order.status, order.code) == ("failed", "2500")
    assert len(shop.documents()) == 4

    assert shop.post(shop.read([sale(2)], "tuesday")) == {"posted": 1}
    shop.expect_each_posted_once(sales(5))
    assert [write.generation for write in shop.writes("document") if write.subject == "2"] == [1, 2]


def test_each_write_of_a_batch_keeps_the_id_that_intuit_gave_its_call(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    refusing(monkeypatch, {"IS-2": "2500"})
    caplog.set_level("INFO", "order_sync.transport")
    assert shop.post(shop.read(sales(5))) == {"posted": 4, "failed": 1}
    [told] = [one.rpartition("intuit_tid=")[2] for one in caplog.messages if " batch " in one]
    assert told.startswith("1-")
    assert {write.trace_id for write in shop.writes("document")} == {told}


@pytest.mark.parametrize("code", ["3001", "150", "3200"])
def test_an_item_that_was_not_executed_is_sent_by_itself(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    refusing(monkeypatch, {"IS-2": code, "IS-4": code})
    assert shop.post(shop.read(sales(5))) == {"posted": 5}
    shop.expect_each_posted_once(sales(5))
    assert shop.calls(BATCH) == {"200": 1}
    assert shop.calls(CREATE_DOCUMENT) == {"200": 2}
    assert {write.generation for write in shop.writes("document")} == {1}


def test_an_item_that_stops_the_company_leaves_no_answered_write_open(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = shop.read(sales(5))
    refusing(monkeypatch, {"IS-2": "6190"})
    shop.fail(CREATE_DOCUMENT, "fault", status=403, body=LOCKED)
    with pytest.raises(Stop):
        shop.post(run)
    assert sorted(write.status for write in shop.writes("document")) == ["planned", *["posted"] * 4]
    shop.post(run)
    shop.expect_each_posted_once(sales(5))


@pytest.mark.parametrize("code", ["10000", "600"])
def test_an_item_of_unknown_outcome_is_looked_for(shop: Shop, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    refusing(monkeypatch, {"IS-2": code})
    assert shop.post(shop.read(sales(5))) == {"posted": 5}
    shop.expect_each_posted_once(sales(5))
    assert shop.calls("quickbooks query SalesReceipt")["200"] >= 1
    assert shop.calls(CREATE_DOCUMENT) == {"200": 1}


LOST = {
    "answer lost": {"what": "drop_after"},
    "half a body": {"what": "half_body"},
    "500, executed": {"what": "500", "executed": True},
    "HTML, executed": {"what": "html", "executed": True},
    "200 without items": {"what": "fault", "status": 200, "body": "{}", "executed": True},
    "executed late": {"what": "execute_late", "seconds": 0.2},
    "request lost": {"what": "drop_before"},
    "500": {"what": "500"},
    "HTML": {"what": "html"},
}


@pytest.mark.parametrize("how", LOST.values(), ids=LOST.keys())
def test_of_a_batch_whose_answer_is_lost_each_write_is_looked_for(shop: Shop, how: dict[str, Any]) -> None:
    run = shop.read(sales(35))
    shop.fail(BATCH, **how)
    assert shop.post(run) == {"posted": 35}
    shop.expect_each_posted_once(sales(35))
    executed = how.get("executed") or how["what"] in ("drop_after", "half_body", "execute_late")
    assert shop.calls(CREATE_DOCUMENT) == ({} if executed else {"200": 30})
    assert sum(shop.calls(BATCH).values()) in (2, 3)


def test_a_throttled_batch_goes_out_again_as_it_was(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = batches_sent(monkeypatch)
    shop.fail(BATCH, "429", next=2)
    assert shop.post(shop.read(sales(35))) == {"posted": 35}
    shop.expect_each_posted_once(sales(35))
    first, second, third, fourth = sent
    assert first == second == third
    assert fourth[0] != first[0]
    assert (len(first[1]), len(fourth[1])) == (30, 5)
    assert all(len(request_id) <= 36 and all(len(id) <= 10 for id in ids) for request_id, ids in sent)
    assert shop.calls(CREATE_DOCUMENT) == {}


def test_a_throttle_that_outlasts_the_patience_leaves_the_rest_planned(shop: Shop) -> None:
    run = shop.read(sales(65))
    shop.fail(BATCH, "late")
    shop.fail(BATCH, "429", next=1000)
    with pytest.raises(Exception, match="too many calls"):
        shop.post(run, Timing(settle_after=0.5, throttle_patience=0.3, throttle_wait=0.1, batch_every=0.0))
    assert sorted(write.status for write in shop.writes("document")) == ["planned"] * 35 + ["posted"] * 30
    shop.sandbox.delete("/_sandbox/faults")
    shop.post(run)
    shop.expect_each_posted_once(sales(65))


def test_a_stopped_company_leaves_the_batch_planned(shop: Shop) -> None:
    run = shop.read(sales(35))
    shop.fail(BATCH, "late")
    shop.fail(BATCH, "fault", status=403, body=LOCKED)
    with pytest.raises(Stop):
        shop.post(run)
    assert sorted(write.status for write in shop.writes("document")) == ["planned"] * 5 + ["posted"] * 30
    assert shop.post(run) == {"posted": 5}
    shop.expect_each_posted_once(sales(35))


def test_a_lease_that_is_lost_in_between_ends_it(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    run, claim = shop.read(sales(35)), batch.claim_writes
    claims: list[int] = []

    def losing(engine: Engine, lease: Lease, writes: Any, run_key: str) -> Any:
        claims.append(len(writes))
        if len(claims) == 2:
            with engine.begin() as connection:
                connection.exec_driver_sql(f"UPDATE writes SET owner_token = 99 WHERE id = {writes[-1].id}")
        return claim(engine, lease, writes, run_key)

    monkeypatch.setattr(batch, "claim_writes", losing)
    with pytest.raises(LeaseLost):
        shop.post(run)
    assert sorted(write.status for write in shop.writes("document")) == ["planned"] * 5 + ["posted"] * 30
    assert shop.calls(BATCH) == {"200": 1}


def test_nothing_is_sent_under_a_lease_that_somebody_else_took(shop: Shop) -> None:
    run = shop.read(sales(3))
    ours = acquire_lease(shop.engine, "company", seconds=60)
    assert ours
    ours.lost()
    with pytest.raises(LeaseLost):
        post_orders(runs.recording(shop.engine, run, shop.store, shop.quickbooks, ours, QUICK))
    assert shop.calls(BATCH) == {}


def test_a_second_run_sends_nothing(shop: Shop) -> None:
    shop.post(shop.read(sales(5)))
    before = {kind: number for kind, number in shop.quickbooks.calls.items() if not re.match("query|token", kind)}
    assert shop.post(shop.read(sales(5), "tuesday")) == {}
    after = {kind: number for kind, number in shop.quickbooks.calls.items() if not re.match("query|token", kind)}
    assert before == after
    shop.expect_each_posted_once(sales(5))


def test_batches_keep_apart(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(batch, "time", clock)
    run = shop.read(sales(95))
    shop.post(run, Timing(settle_after=0.5, batch_every=1.6))
    shop.expect_each_posted_once(sales(95))
    assert clock.slept == [pytest.approx(1.6)] * 3


class Clock:
    """Stands still but for those who sleep."""

    def __init__(self) -> None:
        self.now, self.slept = 1000.0, list[float]()

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
