"""The ledger: what may become of a write, who may change it, and what stays as it was."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from order_sync.database.ledger import claim_write, plan_writes, reject_posted, request_id, settle_write
from order_sync.database.writes import latest_writes, made_by_run, uncertain_writes
from order_sync.errors import LeaseLost, RecordRefused
from order_sync.sync.orders.write import Intent
from tests.database.ledgers import REALM, RUN, STORE, lease, plan, receipt

REFUSED = RecordRefused("Amount is not equal to UnitPrice * Qty.", code="6070", advice="Look.", trace_id="1-abc")


def planned(engine, order_id="1001", payload="{}", token=1):
    return plan(engine, receipt(order_id, payload), token=token)[order_id]


def now(engine, order_id="1001"):
    return latest_writes(engine, realm_id=REALM, store=STORE, kind="document", subjects=[order_id])[order_id]


def brought_to(engine, status):
    """A write in this status, under token 1."""
    write = planned(engine)
    if status != "planned":
        claim_write(engine, lease(), write, RUN)
    if status not in ("planned", "sending"):
        settle_write(engine, lease(), write, status, run_key=RUN, quickbooks_id="9" if status == "posted" else None)
    assert now(engine).status == status
    return write


def test_an_intent_is_kept_as_it_is_sent(engine):
    payload = '{"DocNumber":"IS-1001","Line":[{"Amount":108.25}],"Note":"Zo\\u00eb 🎁"}'

    write = planned(engine, payload=payload)

    assert write == now(engine)
    assert (write.payload, write.total, write.status, write.generation) == (payload, Decimal("108.25"), "planned", 1)
    assert (write.attempts, write.sent_at, write.quickbooks_id) == (0, None, None)


def test_a_customer_has_no_total(engine):
    intent = Intent("customer", "a1b2", "Customer", "{}")
    write = plan(engine, intent)["a1b2"]
    assert write.total is None


@pytest.mark.parametrize(
    ("total", "currency"), [("0.01", "USD"), ("99999999999.99", "USD"), ("500", "JPY"), ("1.005", "KWD")]
)
def test_totals_are_exact(engine, total, currency):
    intent = Intent("document", "1", "SalesReceipt", "{}", Decimal(total), currency)
    assert plan(engine, intent)["1"].total == Decimal(total)


def test_a_total_with_a_fraction_of_a_cent_is_refused(engine):
    with pytest.raises(ValueError, match="smallest unit"):
        plan(engine, receipt("1", total="0.005"))
    assert latest_writes(engine, realm_id=REALM, store=STORE, kind="document", subjects=["1"]) == {}


def test_request_ids_are_the_same_for_ever():
    # A change of this value would send every open write again under another id.
    assert request_id("9341", "demo", "document", "1001", 1) == "d72ef3be-b769-568c-a4cb-61248c9c0c31"


def test_request_ids_differ_wherever_writes_do():
    ids = {
        request_id(realm, store, kind, subject, generation)
        for realm in ("1", "11")
        for store in ("a", "aa")
        for kind in ("document", "customer")
        for subject in ("1", "11", "x" * 200)
        for generation in (1, 2, 11)
    }
    assert len(ids) == 72
    assert {len(id) for id in ids} == {36}


def test_planning_again_keeps_the_row(engine):
    first = planned(engine)
    assert planned(engine) == first


def test_a_corrected_order_replaces_a_payload_that_was_never_sent(engine):
    first = planned(engine, payload='{"old":1}')

    second = plan(engine, receipt("1001", '{"new":1}', "5.00"))["1001"]

    assert (second.id, second.request_id, second.generation) == (first.id, first.request_id, 1)
    assert (second.payload, second.total) == ('{"new":1}', Decimal("5.00"))


@pytest.mark.parametrize("status", ["sending", "unknown", "posted"])
def test_a_payload_that_was_sent_stays(engine, status):
    write = brought_to(engine, status)

    again = plan(engine, receipt("1001", '{"new":1}', "5.00"))["1001"]

    assert (again.id, again.payload, again.total) == (write.id, write.payload, write.total)
    assert again.status == status


def test_a_payload_that_was_sent_and_not_executed_stays(engine):
    write = planned(engine)
    claim_write(engine, lease(), write, RUN)
    settle_write(engine, lease(), write, "planned", run_key=RUN)

    again = plan(engine, receipt("1001", '{"new":1}'))["1001"]

    assert (again.payload, again.attempts, again.status) == (write.payload, 1, "planned")


def test_a_rejected_write_gets_a_successor(engine):
    first = brought_to(engine, "rejected")

    second = planned(engine, payload='{"new":1}')

    assert (second.generation, second.status, second.payload) == (2, "planned", '{"new":1}')
    assert second.request_id not in ("", first.request_id)
    assert now(engine) == second


def test_the_way_of_a_write(engine):
    before = datetime.now(UTC)
    write = planned(engine)
    claim_write(engine, lease(), write, RUN)
    sending = now(engine)
    assert (sending.status, sending.attempts, sending.quickbooks_id) == ("sending", 1, None)
    assert before <= sending.sent_at <= datetime.now(UTC)

    settle_write(engine, lease(), write, "posted", run_key=RUN, quickbooks_id="145")

    posted = now(engine)
    assert (posted.status, posted.quickbooks_id, posted.code, posted.message) == ("posted", "145", None, None)


def test_a_refusal_keeps_its_words(engine):
    write = planned(engine)
    claim_write(engine, lease(), write, RUN)
    settle_write(engine, lease(), write, "rejected", run_key=RUN, error=REFUSED)

    found = now(engine)
    assert (found.code, found.message, found.advice) == ("6070", REFUSED.message, "Look.")


@pytest.mark.parametrize("status", ["sending", "unknown", "posted", "rejected"])
def test_only_a_planned_write_is_claimed(engine, status):
    write = brought_to(engine, status)
    held, before = lease(), now(engine)

    with pytest.raises(LeaseLost):
        claim_write(engine, held, write, RUN)

    assert now(engine) == before
    assert not held.held


@pytest.mark.parametrize("status", ["planned", "posted", "rejected"])
@pytest.mark.parametrize("outcome", ["posted", "rejected", "unknown", "planned"])
def test_only_a_write_that_was_sent_is_settled(engine, status, outcome):
    write = brought_to(engine, status)
    before = now(engine)

    with pytest.raises(LeaseLost):
        settle_write(engine, lease(), write, outcome, run_key=RUN, quickbooks_id="other")

    assert now(engine) == before


def test_a_write_has_no_other_states(engine):
    write = brought_to(engine, "sending")
    with pytest.raises(ValueError, match="sent"):
        settle_write(engine, lease(), write, "sent", run_key=RUN)
    assert now(engine).status == "sending"


@pytest.mark.parametrize("outcome", ["posted", "rejected", "unknown", "planned"])
def test_an_older_owner_changes_nothing(engine, outcome):
    write = planned(engine, token=1)
    claim_write(engine, lease(2), write, RUN)
    before = now(engine)

    for change in (
        lambda: claim_write(engine, lease(1), write, RUN),
        lambda: settle_write(engine, lease(1), write, outcome, run_key=RUN, quickbooks_id="9"),
    ):
        with pytest.raises(LeaseLost):
            change()
    assert now(engine) == before


def test_an_older_owner_does_not_replace_a_payload(engine):
    planned(engine, payload='{"old":1}', token=1)
    newest = planned(engine, payload='{"new":1}', token=3)

    planned(engine, payload='{"old":1}', token=2)

    assert now(engine) == newest


def test_a_newer_owner_goes_on_where_the_former_stopped(engine):
    write = brought_to(engine, "sending")
    settle_write(engine, lease(5), write, "posted", run_key=RUN, quickbooks_id="9")
    assert (now(engine).status, now(engine).owner_token) == ("posted", 5)


def test_a_record_that_is_gone_makes_room(engine):
    write = brought_to(engine, "posted")
    reject_posted(engine, lease(), write, RecordRefused("It was made inactive.", code="INACTIVE"))

    assert now(engine).status == "rejected"
    assert planned(engine).generation == 2


@pytest.mark.parametrize("status", ["planned", "sending", "unknown", "rejected"])
def test_only_a_posted_record_can_be_gone(engine, status):
    write = brought_to(engine, status)
    with pytest.raises(LeaseLost):
        reject_posted(engine, lease(), write, REFUSED)
    assert now(engine).status == status


def test_what_is_uncertain(engine):
    for number, status in enumerate(("planned", "sending", "unknown", "posted", "rejected")):
        write = planned(engine, str(number))
        if status != "planned":
            claim_write(engine, lease(), write, RUN)
        if status not in ("planned", "sending"):
            settle_write(engine, lease(), write, status, run_key=RUN)

    found = uncertain_writes(engine, realm_id=REALM, store=STORE, kind="document")
    assert [(write.subject, write.status) for write in found] == [("1", "sending"), ("2", "unknown")]
    for elsewhere in ({"realm_id": "1"}, {"store": "other"}, {"kind": "customer"}):
        assert uncertain_writes(engine, **({"realm_id": REALM, "store": STORE, "kind": "document"} | elsewhere)) == []


def test_stores_and_companies_do_not_meet(engine):
    for realm, store in ((REALM, STORE), (REALM, "other"), ("1", STORE)):
        writes = plan_writes(
            engine, lease(), realm_id=realm, store=store, run_key=RUN, intents=[receipt("1001", f'"{realm}{store}"')]
        )
        assert writes["1001"].payload == f'"{realm}{store}"'


def test_what_a_run_made(engine):
    for number, status in enumerate(("posted", "posted", "rejected", "unknown")):
        write = planned(engine, str(number))
        claim_write(engine, lease(), write, RUN)
        settle_write(engine, lease(), write, status, run_key=RUN)

    assert {write.subject for write in made_by_run(engine, RUN)} == {"0", "1"}
    assert made_by_run(engine, "demo/tuesday") == []


def test_a_thousand_orders_are_planned_at_once(engine):
    found = plan(engine, *(receipt(str(number)) for number in range(1001)))
    assert len(found) == 1001
    assert len({write.request_id for write in found.values()}) == 1001


def test_many_threads_claim_each_write_once(engine):
    writes = list(plan(engine, *(receipt(str(number)) for number in range(5))).values())
    start = threading.Barrier(4)

    def claim_all(_: int) -> list[str]:
        start.wait()
        won = []
        for write in writes:
            try:
                claim_write(engine, lease(), write, RUN)
            except LeaseLost:
                continue
            won.append(write.subject)
        return won

    with ThreadPoolExecutor(4) as pool:
        won = [subject for found in pool.map(claim_all, range(4)) for subject in found]

    assert sorted(won) == ["0", "1", "2", "3", "4"]
    assert {now(engine, subject).attempts for subject in won} == {1}


def test_many_threads_plan_each_order_once(engine):
    start = threading.Barrier(4)

    def plan_all(number: int) -> set[int]:
        start.wait()
        return {
            write.id for write in plan(engine, *(receipt(str(each)) for each in range(20)), token=number + 1).values()
        }

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(plan_all, range(4)))

    assert len(found[0]) == 20
    assert all(ids == found[0] for ids in found)


def test_what_quickbooks_recorded_is_kept_even_where_no_order_could_come_to_it(engine):
    write = planned(engine, "1")
    claim_write(engine, lease(), write, RUN)
    settle_write(engine, lease(), write, "posted", run_key=RUN, quickbooks_id="9", recorded=Decimal("108.255"))
    assert made_by_run(engine, RUN)[0].recorded == Decimal("108.26")
