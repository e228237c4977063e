"""The ledger of what is more than a document: updates and voids, their tax, the orders they are about, and writes sent together."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from order_sync.database.ledger import claim_write, claim_writes, reject_posted, settle_write
from order_sync.database.writes import orders_of_writes
from order_sync.errors import LeaseLost, RecordRefused
from order_sync.sync.orders.write import Intent
from tests.database.ledgers import RUN, change, lease, now, plan, receipt, settled


def orders_of(engine, write) -> list[str]:
    return orders_of_writes(engine, [write.id])[write.id]


def test_a_write_is_a_create_unless_it_says_otherwise(engine):
    [made] = plan(engine, receipt("1001")).values()
    [changed] = plan(engine, change("1001", "b")).values()
    [voided] = plan(engine, Intent("void", str(made.id), "SalesReceipt", "{}", operation="void")).values()
    assert [now(engine, write).operation for write in (made, changed, voided)] == ["create", "update", "void"]


@pytest.mark.parametrize(("tax", "currency"), [("0", "USD"), ("8.25", "USD"), ("50", "JPY"), ("0.125", "KWD")])
def test_tax_is_exact(engine, tax, currency):
    intent = Intent("document", "1", "SalesReceipt", "{}", Decimal(1000), currency, tax=Decimal(tax))
    assert now(engine, plan(engine, intent)["1"]).tax == Decimal(tax)


def test_tax_that_nobody_minds_is_none(engine):
    assert plan(engine, receipt("1001"))["1001"].tax is None


def test_tax_with_a_fraction_of_a_cent_is_refused(engine):
    with pytest.raises(ValueError, match="smallest unit"):
        plan(engine, receipt("1", tax=Decimal("0.005")))


def test_a_write_knows_the_orders_that_it_is_about(engine):
    planned = plan(engine, receipt("1001", order_ids=("1001",)), receipt("2026-11-16 Visa", order_ids=("7", "10", "9")))
    assert orders_of(engine, planned["1001"]) == ["1001"]
    assert orders_of(engine, planned["2026-11-16 Visa"]) == ["10", "7", "9"]


def test_planning_the_same_again_changes_nothing_about_its_orders(engine):
    for _again in range(2):
        [write] = plan(engine, receipt("day", order_ids=("1", "2"))).values()
    assert (write.generation, orders_of(engine, write)) == (1, ["1", "2"])


def test_a_payload_that_was_never_sent_is_replaced_with_its_orders(engine):
    [first] = plan(engine, receipt("day", '{"a":1}', order_ids=("1", "2"))).values()
    wanted = receipt("day", '{"b":2}', "5.00", tax=Decimal("0.40"), order_ids=("2", "3"))
    [second] = plan(engine, wanted, token=2).values()

    assert (second.id, second.payload, second.tax, second.total) == (
        first.id,
        '{"b":2}',
        Decimal("0.40"),
        Decimal("5.00"),
    )
    assert orders_of(engine, second) == ["2", "3"]


def test_an_older_owner_does_not_replace_the_orders(engine):
    [newest] = plan(engine, receipt("day", '{"new":1}', order_ids=("1", "2")), token=3).values()
    plan(engine, receipt("day", '{"old":1}', order_ids=("1",)), token=2)
    assert now(engine, newest) == newest
    assert orders_of(engine, newest) == ["1", "2"]


@pytest.mark.parametrize("status", ["unknown", "posted", "planned"])
def test_a_payload_that_was_sent_keeps_its_orders(engine, status):
    [write] = plan(engine, receipt("day", '{"a":1}', order_ids=("1", "2"))).values()
    settled(engine, write, status)
    [again] = plan(engine, receipt("day", '{"b":2}', order_ids=("3",))).values()
    assert (again.id, again.payload) == (write.id, '{"a":1}')
    assert orders_of(engine, write) == ["1", "2"]


def test_a_new_generation_is_about_its_own_orders(engine):
    [first] = plan(engine, receipt("day", '{"a":1}', order_ids=("1", "2"))).values()
    settled(engine, first, "rejected")
    [second] = plan(engine, receipt("day", '{"b":2}', order_ids=("2",))).values()
    assert second.generation == 2
    assert orders_of_writes(engine, [first.id, second.id]) == {first.id: ["1", "2"], second.id: ["2"]}


def test_a_document_is_changed_as_often_as_its_order_is(engine):
    generations = []
    for content_hash in ("b", "c", "c", "b"):
        [write] = plan(engine, change("1001", content_hash, f'"{content_hash}"')).values()
        generations.append(write.generation)
        if write.status == "planned":
            settled(engine, write)
    assert generations == [1, 2, 2, 3]


@pytest.mark.parametrize("status", ["sending", "unknown"])
def test_a_change_whose_outcome_is_not_known_has_no_successor(engine, status):
    [write] = plan(engine, change("1001", "b", '"b"')).values()
    claim_write(engine, lease(), write, RUN)
    if status == "unknown":
        settle_write(engine, lease(), write, status, run_key=RUN)
    [again] = plan(engine, change("1001", "c", '"c"')).values()
    assert (again.id, again.payload, again.status) == (write.id, '"b"', status)


def test_a_document_of_another_hash_is_no_other_document(engine):
    [write] = plan(engine, receipt("1001", content_hash="a")).values()
    settled(engine, write)
    [again] = plan(engine, receipt("1001", '{"new":1}', content_hash="b")).values()
    assert (again.id, again.generation, again.status) == (write.id, 1, "posted")


def test_writes_that_go_out_together_are_claimed_together(engine):
    writes = list(plan(engine, *(receipt(str(number)) for number in range(30))).values())
    claim_writes(engine, lease(), writes, "demo/tuesday")
    found = [now(engine, write) for write in writes]
    assert {(write.status, write.attempts) for write in found} == {("sending", 1)}
    assert all(write.sent_at for write in found)


@pytest.mark.parametrize("status", ["sending", "posted", "rejected", "unknown"])
def test_of_writes_of_which_one_cannot_be_claimed_none_is(engine, status):
    writes = list(plan(engine, *(receipt(str(number)) for number in range(3))).values())
    claim_write(engine, lease(), writes[1], RUN)
    if status != "sending":
        settle_write(engine, lease(), writes[1], status, run_key=RUN)
    held = lease()
    with pytest.raises(LeaseLost):
        claim_writes(engine, held, writes, RUN)
    assert [now(engine, write).status for write in writes] == ["planned", status, "planned"]
    assert [now(engine, write).attempts for write in writes] == [0, 1, 0]
    assert not held.held


def test_of_writes_of_which_a_newer_owner_touched_one_none_is_claimed(engine):
    writes = [plan(engine, receipt(order_id))[order_id] for order_id in ("1", "2")]
    plan(engine, receipt("2", '{"new":1}'), token=5)
    with pytest.raises(LeaseLost):
        claim_writes(engine, lease(4), writes, RUN)
    assert {now(engine, write).status for write in writes} == {"planned"}


def test_no_writes_are_claimed_at_once(engine):
    claim_writes(engine, lease(), [], RUN)


def test_many_threads_claim_a_batch_once(engine):
    writes = list(plan(engine, *(receipt(str(number)) for number in range(8))).values())
    start = threading.Barrier(4)

    def claim(_: int) -> bool:
        start.wait()
        try:
            claim_writes(engine, lease(), writes, RUN)
        except LeaseLost:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(claim, range(4))) == [False, False, False, True]
    assert {now(engine, write).attempts for write in writes} == {1}


def test_what_was_rejected_after_it_was_posted_says_why(engine):
    [write] = plan(engine, receipt("1001")).values()
    settled(engine, write, quickbooks_id="9")
    reject_posted(engine, lease(), write, RecordRefused("It was voided.", code="TAX_DIFFERS", advice="Look."))
    found = now(engine, write)
    assert (found.status, found.code, found.message, found.advice) == (
        "rejected",
        "TAX_DIFFERS",
        "It was voided.",
        "Look.",
    )
    assert found.quickbooks_id == "9"


def test_an_older_owner_rejects_nothing_that_was_posted(engine):
    [write] = plan(engine, receipt("1001"), token=2).values()
    posted = settled(engine, write)
    with pytest.raises(LeaseLost):
        reject_posted(engine, lease(1), posted, RecordRefused("It was voided."))
    assert now(engine, write) == posted
