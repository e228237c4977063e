"""A working copy: the tables as they are, to be written in, and nothing of it reaches the real ones."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError

from order_sync.database.cache import cached_customers, save_customers
from order_sync.database.customer_keys import look_up, prepare_keys
from order_sync.database.database import reading
from order_sync.database.history import Event, order_history, tell_orders
from order_sync.database.leases import acquire_lease
from order_sync.database.orders import orders_of_run
from order_sync.database.orders_read import save_orders
from order_sync.database.tables import Base
from order_sync.database.working_copy import forget_orders, working_copy
from order_sync.database.writes import writes_of_orders
from order_sync.errors import RetryLater
from order_sync.settings import CustomerSettings
from tests.database.ledgers import plan, receipt
from tests.shop.records import NOON

MONDAY = "demo/monday"
OF_DEMO = {"store": "demo", "realm_id": "9341"}


@pytest.fixture
def filled(engine: Engine) -> Engine:
    """A database with an order, its document, its history, and a company's customers under their keys; and another store's order."""
    for store in ("demo", "other"):
        row = {"order_id": "1001", "status": "matched", "created_at": NOON}
        save_orders(engine, store, f"{store}/monday", [row], [Event("1001", "read", "Read.")])
    with engine.begin() as connection:
        moments = {"interval_start": NOON, "interval_end": NOON + timedelta(1), "started_at": NOON}
        empty: dict[str, Any] = {name: {} for name in ("counts", "totals", "calls")}
        run = {"run_key": MONDAY, "store": "demo", "state": "success"}
        connection.execute(Base.metadata.tables["runs"].insert().values(**run, **moments, **empty))
    plan(engine, receipt("1001", order_ids=("1001",)))
    for realm_id in ("9341", "9342"):
        save_customers(
            engine, realm_id, [{"Id": "7", "DisplayName": "Ann Lee", "PrimaryEmailAddr": {"Address": "a@b.c"}}]
        )
        prepare_keys(engine, realm_id, CustomerSettings())
    return engine


def test_it_holds_what_is_of_the_store_and_its_company_and_finds_it_by_the_same_code(filled: Engine) -> None:
    settings = CustomerSettings()
    field = settings.criteria[0].destination
    with working_copy(filled, **OF_DEMO) as copy:
        assert [row.order_id for row in orders_of_run(copy, "demo", MONDAY)] == ["1001"]
        found = writes_of_orders(copy, realm_id="9341", store="demo", order_ids=["1001"])
        assert found == writes_of_orders(filled, realm_id="9341", store="demo", order_ids=["1001"])
        assert found.keys() == {"1001"}
        keys = ["a@b.c", "ann lee"]
        assert look_up(copy, "9341", field, settings.equality, keys) == look_up(
            filled, "9341", field, settings.equality, keys
        )
        assert order_history(copy, "other", "1001") == []
        assert cached_customers(copy, "9342", ["7"]) == {}


def test_r19_what_is_written_in_it_never_reaches_the_real_tables(filled: Engine) -> None:
    before = _rows(filled)
    with working_copy(filled, **OF_DEMO) as copy:
        tell_orders(copy, "demo", MONDAY, [Event("1001", "posted", "It never was.")])
        save_customers(copy, "9341", [{"Id": "8", "DisplayName": "Nobody"}])
        assert [event.event for event in order_history(copy, "demo", "1001")] == ["posted", "read"]
        forget_orders(copy)
        assert order_history(copy, "demo", "1001") == []
        assert writes_of_orders(copy, realm_id="9341", store="demo", order_ids=["1001"]) == {}
        assert cached_customers(copy, "9341", ["8"]).keys() == {"8"}
    assert _rows(filled) == before


@pytest.mark.parametrize("table", ["orders", "order_events", "writes", "customers", "plans", "leases", "tokens"])
def test_r19_the_database_itself_refuses_a_write_to_a_real_table(filled: Engine, table: str) -> None:
    before = _rows(filled)
    with working_copy(filled, **OF_DEMO) as copy:
        schema = "public" if copy.dialect.name == "postgresql" else "main"
        with pytest.raises(DBAPIError, match=r"read-?only"), copy.begin() as connection:
            connection.execute(text(f"DELETE FROM {schema}.{table}"))
    assert _rows(filled) == before


def test_other_runs_write_meanwhile_and_it_stays_as_it_was(filled: Engine) -> None:
    with working_copy(filled, **OF_DEMO) as copy:
        with copy.begin() as connection:  # in the middle of a transaction, too
            connection.execute(text("DELETE FROM order_events"))
            assert acquire_lease(filled, "company 9341", seconds=60)
            tell_orders(filled, "demo", MONDAY, [Event("1001", "held", "Meanwhile.")])
        assert order_history(copy, "demo", "1001") == []
    assert [event.event for event in order_history(filled, "demo", "1001")] == ["held", "read"]


def test_a_connection_that_breaks_ends_the_work_and_does_not_begin_anew_half_way(filled: Engine) -> None:
    with working_copy(filled, **OF_DEMO) as copy:
        copy.pool.dispose()  # as SQLAlchemy does with a connection that the server has ended
        with pytest.raises(RetryLater, match="broke while a plan was made"):
            order_history(copy, "demo", "1001")


def test_only_a_copy_can_be_emptied(filled: Engine) -> None:
    with pytest.raises(ValueError, match="only a working copy"):
        forget_orders(filled)
    assert order_history(filled, "demo", "1001")


def _rows(engine: Engine) -> dict[str, list[Any]]:
    with reading(engine) as connection:
        tables = Base.metadata.tables.items()
        return {name: sorted(map(repr, connection.execute(select(table)))) for name, table in tables}
