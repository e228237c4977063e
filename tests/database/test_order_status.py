"""How orders move: each way leaves certain statuses, says why, and gives back whom it moved; what a person ended stays."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from order_sync.database.history import Event, order_history
from order_sync.database.order_status import (
    Posted,
    assign_customer,
    close_orders,
    fail_orders,
    follow_order,
    hold_orders,
    mark_posted,
    mark_warned,
    mend_order,
    save_decisions,
    unpost_orders,
    unsettle_orders,
)
from order_sync.database.orders import known_orders, orders_by_id
from order_sync.database.orders_read import save_orders
from order_sync.database.tables import Order
from order_sync.sync.orders.codes import Code
from order_sync.sync.orders.decision import Decided, Decision
from order_sync.sync.orders.status import Move, Status
from order_sync.sync.orders.trouble import Trouble, trouble
from tests.shop import runs
from tests.shop.records import NOON

MONDAY = "demo/monday"
WHY = Trouble("6000", "A rule of the company.", "Look.", "1-abc")
TOLD = [Event("1", "customer", "Created.")]
DOCUMENT = Posted("1", "SalesReceipt", "9", "IS-1", "Sales receipt", "a")


def decision(engine: Any) -> set[str]:
    decided = Decided("1", Decision("matched", customer_id="7"), "One customer.", None, True)
    return save_decisions(engine, "demo", MONDAY, [decided])


WAYS: dict[str, tuple[Move, Callable[[Any], set[str]], Status]] = {
    "match": (Move.MATCH, decision, Status.MATCHED),
    "assign": (Move.ASSIGN, lambda engine: assign_customer(engine, "demo", MONDAY, ["1"], "7", TOLD), Status.MATCHED),
    "hold": (Move.HOLD, lambda engine: hold_orders(engine, "demo", MONDAY, ["1"], WHY), Status.HELD),
    "fail": (Move.FAIL, lambda engine: fail_orders(engine, "demo", MONDAY, ["1"], WHY), Status.FAILED),
    "unsettle": (Move.UNSETTLE, lambda engine: unsettle_orders(engine, "demo", MONDAY, ["1"], WHY), Status.UNSETTLED),
    "unpost": (Move.HOLD, lambda engine: unpost_orders(engine, "demo", MONDAY, ["1"], WHY), Status.HELD),
    "post": (Move.POST, lambda engine: mark_posted(engine, "demo", MONDAY, [DOCUMENT], TOLD), Status.POSTED),
    "warn": (Move.WARN, lambda engine: mark_warned(engine, "demo", MONDAY, ["1"]), Status.POSTED_WITH_WARNINGS),
    "mend": (Move.MEND, lambda engine: mend_order(engine, "demo", MONDAY, "1", None, warned=False), Status.POSTED),
    "follow": (
        Move.FOLLOW,
        lambda engine: follow_order(engine, "demo", MONDAY, "1", "b", warned=True, events=TOLD),
        Status.POSTED_WITH_WARNINGS,
    ),
}


def put(engine: Any, status: str, **columns: Any) -> None:
    row = {"order_id": "1", "status": status, "created_at": NOON, "content_hash": "a"}
    save_orders(engine, "demo", MONDAY, [row | columns], [])


def row_of(engine: Any) -> Any:
    [found] = orders_by_id(engine, "demo", ["1"])
    return found


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("status", Status)
def test_an_order_is_moved_from_where_it_may_be_and_from_nowhere_else(engine, way, status):
    move, go, becomes = WAYS[way]
    put(engine, status)
    moved = go(engine)
    assert (moved, row_of(engine).status) == (({"1"}, becomes) if status in move.leaves else (set(), status))
    assert move.becomes.count(becomes) == 1


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("status", ["skipped", "posted with warnings"])
def test_what_a_person_ended_is_moved_by_nothing(engine, way, status):
    put(engine, status, code=Code.BY_PERSON, message="By hand.")
    before = row_of(engine)
    assert WAYS[way][1](engine) == set()
    found = row_of(engine)
    assert (found.status, found.code, found.message, found.customer_id, found.document_id) == (
        before.status,
        Code.BY_PERSON,
        "By hand.",
        None,
        None,
    )


@pytest.mark.parametrize("way", ["match", "assign", "hold", "fail", "unsettle", "post", "follow"])
def test_what_happened_is_told_even_of_an_order_that_stays(engine, way):
    put(engine, "skipped", code=Code.BY_PERSON)
    WAYS[way][1](engine)
    assert len(order_history(engine, "demo", "1")) == 1


@pytest.mark.parametrize(("way", "level"), [("hold", "warning"), ("fail", "error"), ("unsettle", "error")])
def test_a_trouble_stands_on_the_order_and_in_its_history(engine, way, level):
    put(engine, "matched")
    WAYS[way][1](engine)
    found = row_of(engine)
    [event] = order_history(engine, "demo", "1")
    assert (found.code, found.message, found.advice) == (WHY.code, WHY.message, WHY.advice)
    assert (event.event, event.level, event.code, event.message, event.advice, event.trace_id, event.run_key) == (
        found.status,
        level,
        WHY.code,
        WHY.message,
        WHY.advice,
        WHY.trace_id,
        MONDAY,
    )


def test_what_is_no_news_is_not_told_again(engine):
    put(engine, "matched")
    hold_orders(engine, "demo", MONDAY, ["1"], WHY, is_news=False)
    assert (row_of(engine).status, order_history(engine, "demo", "1")) == ("held", [])


def test_a_document_is_noted_with_its_order_and_taken_off(engine):
    put(engine, "failed", code="6000", message="Refused.", advice="Look.")
    flag = trouble(Code.CHANGED, "It was changed.")
    posted = Posted("1", "Invoice", "9", "IS-1", "Invoice", "b", flag)
    mark_posted(engine, "demo", MONDAY, [posted], [])
    found = row_of(engine)
    assert (found.status, found.code, found.advice) == ("posted with warnings", "CHANGED", Code.CHANGED.advice)
    assert (found.document_entity, found.document_id, found.document_number) == ("Invoice", "9", "IS-1")
    assert (found.posted_as, found.posted_hash, found.is_open) == ("Invoice", "b", True)
    close_orders(engine, "demo", ["1"])
    assert not row_of(engine).is_open
    unpost_orders(engine, "demo", MONDAY, ["1"], WHY)
    found = row_of(engine)
    assert (found.status, found.code, found.document_id, found.posted_hash) == ("held", "6000", None, None)


def test_a_failed_order_keeps_the_document_that_is_there(engine):
    put(engine, "matched")
    fail_orders(engine, "demo", MONDAY, ["1"], WHY, document=("SalesReceipt", "9"))
    assert (row_of(engine).status, row_of(engine).document_entity, row_of(engine).document_id) == (
        "failed",
        "SalesReceipt",
        "9",
    )


@pytest.mark.parametrize(
    ("code", "warned", "becomes"),
    [
        ("CHANGED", False, ("posted", None)),
        ("CHANGED", True, ("posted with warnings", None)),
        (None, False, ("posted with warnings", None)),
    ],
)
def test_a_document_that_follows_its_order_is_not_said_to_be_changed(engine, code, warned, becomes):
    put(engine, "posted with warnings", code=code, posted_hash="a")
    follow_order(engine, "demo", MONDAY, "1", "b", warned=warned, events=[])
    assert (row_of(engine).status, row_of(engine).code, row_of(engine).posted_hash) == (*becomes, "b")


def test_a_held_decision_without_a_code_or_advice_is_refused(engine):
    put(engine, "extracted")
    for code, advice in (("", "Look."), ("AMBIGUOUS", None)):
        with pytest.raises(ValueError, match="without a code or advice"):
            save_decisions(engine, "demo", MONDAY, [Decided("1", Decision("held", code), "Who?", advice, True)])
    assert row_of(engine).status == "extracted"


@pytest.mark.parametrize("status", Status)
def test_reading_starts_anew_what_has_no_document_and_is_not_ended(engine, status):
    put(engine, status)
    moved = save_orders(engine, "demo", MONDAY, [{"order_id": "1", "status": "extracted", "content_hash": "b"}], [])
    stays = status in ("posted", "posted with warnings")
    assert (moved, row_of(engine).status) == ((set(), status) if stays else ({"1"}, "extracted"))
    assert row_of(engine).content_hash == "b"


@pytest.mark.parametrize("status", ["posted", "held", "skipped"])
def test_reading_keeps_what_another_run_made_of_an_order_since_it_was_looked_at(engine, status):
    put(engine, "matched")
    seen = known_orders(engine, "demo", ["1"])
    runs.put(engine, "1", status=status, code="X", document_id="9")
    read = {
        "order_id": "1",
        "status": "extracted",
        "code": None,
        "content_hash": "b",
        "document_id": None,
        "total_minor": 5,
    }

    assert save_orders(engine, "demo", "demo/tuesday", [read], [Event("1", "read", "Read.")], seen) == set()

    found = row_of(engine)
    assert (found.status, found.code, found.document_id) == (status, "X", "9")
    assert (found.content_hash, found.total_minor) == ("b", 5)
    assert [event.event for event in order_history(engine, "demo", "1")] == ["read"]


def test_an_order_that_two_runs_read_first_is_there_once(engine):
    put(engine, "matched")
    assert save_orders(engine, "demo", "demo/tuesday", [{"order_id": "1", "status": "extracted"}], [], {}) == set()
    assert row_of(engine).status == "matched"


def test_runs_that_move_the_same_orders_at_once_wait_for_each_other(engine):
    ids = [str(number) for number in range(30)]
    save_orders(engine, "demo", MONDAY, [{"order_id": id, "status": "matched"} for id in ids], [])
    errors: list[BaseException] = []

    def move(some: list[str]) -> None:
        try:
            for _round in range(10):
                hold_orders(engine, "demo", MONDAY, some, WHY, is_news=False)
        except Exception as error:  # noqa: BLE001
            errors.append(error)

    threads = [threading.Thread(target=move, args=(some,)) for some in (ids, ids[::-1], ids[10:], ids[20::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with engine.connect() as connection:
        assert set(connection.scalars(select(Order.status))) == {"held"}
