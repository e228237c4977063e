"""The history of an order: what of it was the newest trouble."""

from __future__ import annotations

from order_sync.database.history import Event, error_event, newest_troubles, order_history, tell_orders
from order_sync.errors import RecordRefused

MONDAY, TUESDAY = "demo/monday", "demo/tuesday"


def tell(engine, *events: Event, run_key: str = MONDAY, store: str = "demo") -> None:
    tell_orders(engine, store, run_key, events)


def test_the_newest_trouble_is_the_last_warning_or_error(engine):
    tell(engine, Event("1", "held", "Unpaid.", "warning"), Event("1", "failed", "Refused.", "error"))
    tell(engine, Event("1", "posted", "Recorded.", "info"), Event("2", "read", "Read."), run_key=TUESDAY)
    tell(engine, Event("3", "failed", "Refused.", "error"), Event("3", "held", "Unpaid.", "warning"))

    assert newest_troubles(engine, "demo", ["1", "2", "3", "4"]) == {"1": "Refused.", "3": "Unpaid."}
    assert newest_troubles(engine, "demo", ["1"]) == {"1": "Refused."}
    assert newest_troubles(engine, "demo", []) == {}


def test_stores_have_troubles_of_their_own(engine):
    tell(engine, Event("1", "held", "Unpaid.", "warning"), store="other")
    assert newest_troubles(engine, "demo", ["1"]) == {}
    assert newest_troubles(engine, "other", ["1"]) == {"1": "Unpaid."}


def test_troubles_of_more_orders_than_one_statement_holds(engine):
    ids = [str(number) for number in range(1101)]
    tell(engine, *(Event(order_id, "failed", f"Refused {order_id}.", "error") for order_id in ids))
    assert newest_troubles(engine, "demo", ids) == {order_id: f"Refused {order_id}." for order_id in ids}


def test_an_error_is_told_with_its_code_advice_and_trace(engine):
    refused = RecordRefused("No such item.", code="2500", advice="Run refresh.", trace_id="1-abc")
    bare = RecordRefused("Nothing is known.")
    tell(engine, error_event("1", "failed", "error", refused), error_event("1", "held", "warning", bare, "More words."))

    newest, oldest = order_history(engine, "demo", "1")
    assert (oldest.message, oldest.code, oldest.advice, oldest.trace_id) == (
        "No such item.",
        "2500",
        "Run refresh.",
        "1-abc",
    )
    assert (newest.message, newest.code, newest.advice, newest.trace_id) == ("More words.", None, None, None)
