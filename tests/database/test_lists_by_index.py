"""The next page of a list is read from where the one before it ended, not from the beginning: an export of all would take hours."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import Engine, event, text

from order_sync.database import cached_lists, order_lists
from order_sync.database.merges import known_merges
from order_sync.database.order_lists import Sort
from order_sync.database.tables import TOTAL
from tests.shop.records import NOON

PLACES: dict[Sort, Any] = {
    Sort.DATE: NOON,
    Sort.NUMBER: 4,
    Sort.TOTAL: 108250,
    Sort.CUSTOMER: "ann lee",
    Sort.STATUS: NOON,
}


@pytest.mark.parametrize("ascending", [False, True])
@pytest.mark.parametrize("sort", Sort, ids=[sort.key for sort in Sort])
def test_a_page_of_orders_begins_where_the_one_before_it_ended(engine: Engine, sort: Sort, ascending: bool) -> None:
    if engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL chooses by the number of rows, and here are none")
    wanted = order_lists.Wanted(sort=sort, ascending=ascending)
    place = order_lists.Place(PLACES[sort], "7")
    steps = steps_of(engine, lambda: order_lists.list_orders(engine, "demo", wanted, 50, place))
    key = "called" if sort is Sort.CUSTOMER else "<expr>"
    way = ">" if ascending else "<"
    entered = {step.partition("(store")[2] for step in steps if step.startswith("SEARCH orders")}
    assert not [step for before, step in pairwise(steps) if "SEARCH orders" in before and "TEMP B-TREE" in step]
    assert entered == {f"=? AND status=? AND {key}=? AND order_id{way}?)", f"=? AND status=? AND {key}{way}?)"}


def test_the_index_of_totals_has_the_figure_that_lists_are_sorted_by(engine: Engine) -> None:
    if engine.dialect.name != "postgresql":
        pytest.skip("SQLite says above whether it enters the index")
    with engine.begin() as connection:
        connection.execute(text(f"CREATE INDEX anew ON orders (store, status, {TOTAL}, order_id)"))
        one, other = (
            connection.scalar(text(f"SELECT pg_get_indexdef('{name}'::regclass)")).replace(name, "")
            for name in ("orders_by_total", "anew")
        )
    assert one == other


def next_customers(engine: Engine) -> object:
    return cached_lists.list_customers(engine, "9341", cached_lists.Wanted(), 50, cached_lists.Place("kim", "7"))


def test_a_page_of_customers_begins_where_the_one_before_it_ended(engine: Engine) -> None:
    if engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL enters an index by a pair as well")
    searched = [step for step in steps_of(engine, lambda: next_customers(engine)) if step.startswith("SEARCH")]
    assert searched
    assert all("(realm_id=? AND active=? AND <expr>>?)" in step for step in searched), searched


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
