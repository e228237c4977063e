"""The next page of a list is read from where the one before it ended, not from the beginning: an export of all would take hours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, event

from order_sync.database import cached_lists, order_lists
from order_sync.database.merges import known_merges
from tests.shop.records import NOON


def next_orders(engine: Engine, *, oldest_first: bool) -> object:
    wanted = order_lists.Wanted(oldest_first=oldest_first)
    return order_lists.list_orders(engine, "demo", wanted, 50, order_lists.Place(NOON, "7"))


def next_customers(engine: Engine) -> object:
    return cached_lists.list_customers(engine, "9341", cached_lists.Wanted(), 50, cached_lists.Place("kim", "7"))


@pytest.mark.parametrize(
    ("ask", "entered"),
    [
        (lambda engine: next_orders(engine, oldest_first=False), "(store=? AND status=? AND <expr><?)"),
        (lambda engine: next_orders(engine, oldest_first=True), "(store=? AND status=? AND <expr>>?)"),
        (next_customers, "(realm_id=? AND active=? AND <expr>>?)"),
    ],
    ids=["newest orders", "oldest orders", "customers"],
)
def test_a_page_begins_where_the_one_before_it_ended(
    engine: Engine, ask: Callable[[Engine], object], entered: str
) -> None:
    if engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL enters an index by a pair as well")
    searched = [step for step in steps_of(engine, lambda: ask(engine)) if step.startswith("SEARCH")]
    assert searched
    assert all(entered in step for step in searched), searched


def test_merged_customers_are_found_without_reading_all(engine: Engine) -> None:
    if engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL chooses by the number of rows, and here are none")
    [step] = steps_of(engine, lambda: known_merges(engine, "9341"))
    assert "customers_merged" in step


def steps_of(engine: Engine, ask: Callable[[], object]) -> list[str]:
    """How SQLite goes about the first statement that is asked."""
    asked: list[tuple[str, Any]] = []
    event.listen(
        engine, "before_cursor_execute", lambda _c, _cu, statement, values, *_: asked.append((statement, values))
    )
    ask()
    statement, values = asked[0]
    with engine.connect() as connection:
        return [row[-1] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
