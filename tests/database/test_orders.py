"""The orders in the store, their history, and which run saw them."""

from __future__ import annotations

from datetime import UTC, timedelta

import pytest

from order_sync.database.history import Event, order_history, tell_orders, warned_orders
from order_sync.database.order_status import assign_customer, fail_orders, skip_order
from order_sync.database.orders import Known, known_orders, orders_of_run, unfinished_orders
from order_sync.database.orders_read import save_orders
from order_sync.sync.orders.codes import Code
from order_sync.sync.orders.status import UNFINISHED, Status
from order_sync.sync.orders.trouble import Trouble
from tests.shop.records import NOON
from tests.shop.runs import put

MONDAY, TUESDAY = "demo/monday", "demo/tuesday"


def row(order_id: str = "1", status: str = "extracted", **more: object) -> dict:
    return {"order_id": order_id, "status": status, "created_at": NOON, "content_hash": "a", **more}


def test_reading_again_replaces_what_was_read_and_nothing_else(engine):
    save_orders(engine, "demo", MONDAY, [row(total_minor=100)], [])
    put(engine, "1", customer_id="7", status="posted", posted_hash="a")

    save_orders(engine, "demo", TUESDAY, [row(status="posted", content_hash="b")], [])

    [found] = orders_of_run(engine, "demo", TUESDAY)
    assert (found.status, found.content_hash, found.posted_hash, found.customer_id, found.total_minor) == (
        "posted",
        "b",
        "a",
        "7",
        100,
    )
    assert known_orders(engine, "demo", ["1", "2"]) == {"1": Known("posted", None, "b", "a", created_at=NOON)}


def test_rows_of_one_reading_may_have_different_columns(engine):
    save_orders(engine, "demo", MONDAY, [row("1", total_minor=5), {"order_id": "2", "status": "failed"}], [])
    assert [
        (one.order_id, one.total_minor)
        for one in sorted(orders_of_run(engine, "demo", MONDAY), key=lambda one: one.order_id)
    ] == [
        ("1", 5),
        ("2", None),
    ]


def test_a_run_sees_its_own_orders_oldest_first(engine):
    save_orders(engine, "demo", MONDAY, [row("3"), row("2"), row("1", created_at=NOON + timedelta(1))], [])
    save_orders(engine, "demo", MONDAY, [row("3", "waiting")], [])
    save_orders(engine, "demo", TUESDAY, [row("9")], [])
    save_orders(engine, "other", "other/monday", [row("3")], [])

    assert [one.order_id for one in orders_of_run(engine, "demo", MONDAY)] == ["2", "3", "1"]
    assert [one.order_id for one in orders_of_run(engine, "demo", MONDAY, ("waiting", "held"))] == ["3"]
    assert [one.order_id for one in orders_of_run(engine, "demo", TUESDAY)] == ["9"]
    assert orders_of_run(engine, "demo", "demo/sunday") == []


def test_stores_have_orders_of_their_own(engine):
    save_orders(engine, "demo", MONDAY, [row()], [Event("1", "read", "Read.")])
    save_orders(engine, "other", "other/monday", [row(status="held")], [])
    put(engine, "1", "other", status="posted")

    assert known_orders(engine, "demo", ["1"])["1"].status == "extracted"
    assert order_history(engine, "other", "1") == []


@pytest.mark.parametrize("status", Status)
def test_what_is_unfinished_joins_the_next_run(engine, status):
    save_orders(engine, "demo", MONDAY, [row(status=status)], [])

    found = unfinished_orders(engine, "demo", created_from=NOON, created_before=NOON + timedelta(seconds=1))

    assert found == (["1"] if status in UNFINISHED else [])


def test_the_window_of_unfinished_orders_is_half_open(engine):
    moments = {"1": NOON - timedelta(seconds=1), "2": NOON, "3": NOON + timedelta(1)}
    save_orders(engine, "demo", MONDAY, [row(id, created_at=at) for id, at in moments.items()], [])
    window = {"created_from": NOON, "created_before": NOON + timedelta(1)}

    assert unfinished_orders(engine, "demo", **window) == ["2"]
    assert unfinished_orders(engine, "other", **window) == []


@pytest.mark.parametrize("status", UNFINISHED)
def test_an_order_that_has_its_document_is_never_too_old(engine, status):
    rows = [row("1", status, document_id="9"), row("2", status), row("3", "posted", document_id="9")]
    save_orders(engine, "demo", MONDAY, [{**one, "created_at": NOON - timedelta(400)} for one in rows], [])
    window = {"created_from": NOON - timedelta(90), "created_before": NOON}

    assert unfinished_orders(engine, "demo", **window) == ["1"]
    assert unfinished_orders(engine, "demo", **{**window, "created_before": NOON - timedelta(401)}) == []


@pytest.mark.parametrize("status", ["held", "failed", "waiting", "extracted", "matched", "skipped"])
@pytest.mark.parametrize(("document_id", "becomes"), [(None, "skipped"), ("9", "posted with warnings")])
def test_an_order_that_a_person_ends_keeps_its_document(engine, status, document_id, becomes):
    save_orders(engine, "demo", MONDAY, [row("1", status, code="6070", advice="Look.", document_id=document_id)], [])

    skip_order(engine, "demo", "1", "The refund was entered by hand.")

    [found] = orders_of_run(engine, "demo", MONDAY)
    assert (found.status, found.code, found.message, found.advice, found.document_id) == (
        becomes,
        Code.BY_PERSON,
        "The refund was entered by hand.",
        None,
        document_id,
    )
    [event] = order_history(engine, "demo", "1")
    assert (event.event, event.code, event.message, event.run_key) == ("skipped", Code.BY_PERSON, found.message, None)
    assert unfinished_orders(engine, "demo", created_from=NOON, created_before=NOON + timedelta(1)) == []


@pytest.mark.parametrize("status", ["posted", "posted with warnings", "unsettled"])
@pytest.mark.parametrize("document_id", [None, "9"])
def test_an_order_that_is_finished_or_not_settled_cannot_be_skipped(engine, status, document_id):
    save_orders(engine, "demo", MONDAY, [row("1", status, document_id=document_id)], [])
    for store, order_id in (("demo", "1"), ("demo", "2"), ("other", "1")):
        with pytest.raises(LookupError):
            skip_order(engine, store, order_id, "By hand.")
    assert known_orders(engine, "demo", ["1"])["1"] == Known(status, None, "a", None, created_at=NOON)
    assert order_history(engine, "demo", "1") == []


def test_the_history_tells_everything_newest_first(engine):
    save_orders(engine, "demo", MONDAY, [row()], [Event("1", "read", "Read."), Event("2", "read", "Read.")])
    fail_orders(engine, "demo", TUESDAY, ["1"], Trouble("6070", "Refused.", "Look.", "1-abc"))

    newest, oldest = order_history(engine, "demo", "1")
    assert (newest.event, newest.level, newest.code, newest.advice, newest.trace_id, newest.run_key) == (
        "failed",
        "error",
        "6070",
        "Look.",
        "1-abc",
        TUESDAY,
    )
    assert (oldest.event, oldest.level, oldest.run_key, oldest.at.tzinfo) == ("read", "info", MONDAY, UTC)


def test_a_change_and_its_history_are_one(engine):
    save_orders(engine, "demo", MONDAY, [row(status="matched")], [])
    with pytest.raises(Exception, match="message"):
        assign_customer(engine, "demo", MONDAY, ["1"], "7", [Event("1", "customer", None)])
    [found] = orders_of_run(engine, "demo", MONDAY)
    assert (found.status, found.customer_id) == ("matched", None)


def test_warnings_of_a_run(engine):
    warning = Event("1", "address", "Not updated.", "warning")
    save_orders(engine, "demo", MONDAY, [row("1"), row("2")], [warning, Event("2", "read", "Read.")])
    tell_orders(engine, "demo", TUESDAY, [Event("2", "address", "Not updated.", "warning")])

    assert warned_orders(engine, "demo", MONDAY, ["1", "2", "3"]) == {"1"}
    assert warned_orders(engine, "demo", TUESDAY, ["1", "2"]) == {"2"}
    assert warned_orders(engine, "demo", TUESDAY, ["1"]) == set()


def test_many_orders(engine):
    save_orders(engine, "demo", MONDAY, [row(str(number)) for number in range(1101)], [])
    ids = [str(number) for number in range(1101)]
    assert len(known_orders(engine, "demo", ids)) == 1101
    assert warned_orders(engine, "demo", MONDAY, ids) == set()
