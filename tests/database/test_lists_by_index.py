"""The next page of a list is read from where the one before it ended, not from the beginning: an export of all would take hours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, event

from order_sync.database import cached_lists, order_lists
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
    asked: list[tuple[str, Any]] = []
    event.listen(
        engine, "before_cursor_execute", lambda _c, _cu, statement, values, *_: asked.append((statement, values))
    )
    ask(engine)
    statement, values = asked[0]
    with engine.connect() as connection:
        steps = [row[-1] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
    searched = [step for step in steps if step.startswith("SEARCH")]
    assert searched
    assert all(entered in step for step in searched), searched
