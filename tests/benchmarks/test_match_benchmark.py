"""The benchmark of matching, tiny: all its ways give the answers that are right, and a wrong answer ends it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import create_engine, make_url, select

from benchmarks import match, people, records, stores
from order_sync.database import tables
from order_sync.database.cache import save_customers
from order_sync.database.customer_keys import prepare_keys
from order_sync.database.database import migrate, open_database

ORDERS, CUSTOMERS = 300, 613
"""A number of customers that no measurement takes: its database on PostgreSQL is the test's own."""


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param == "postgresql" and not stores.server_answers():
        pytest.skip("no PostgreSQL answers on 127.0.0.1")
    yield request.param
    if request.param == "postgresql":
        administration = create_engine(stores.server(), isolation_level="AUTOCOMMIT")
        with administration.connect() as connection:
            name = stores.store_name(CUSTOMERS)
            connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        administration.dispose()


def measure(folder: Path, database: str, *more: str) -> None:
    sizes = ["--orders", str(ORDERS), "--customers", str(CUSTOMERS), "--repeat", "1"]
    assert match.main([*sizes, "--databases", database, "--folder", str(folder), *more]) == 0


def test_all_ways_agree_and_are_reported(database, tmp_path, capsys):
    measure(tmp_path, database, "--json")
    results = json.loads(capsys.readouterr().out)["results"]
    name = match.DATABASES[database]
    assert [result["way"] for result in results] == [
        f"engine, {name}",
        *match.OTHERS.values(),
        f"look-alikes, {name}",
    ]
    assert all(len(result["seconds"]) == 1 and result["seconds"][0] > 0 for result in results)


@pytest.mark.parametrize(
    ("field", "way"), [("DisplayName", "pandas, Parquet"), ("PrimaryEmailAddr", "polars, Parquet")]
)
def test_a_wrong_answer_ends_it(tmp_path, field, way):
    file = stores.keys_file(tmp_path, field, CUSTOMERS)
    url = make_url("sqlite://")  # these ways read files alone
    keys = pd.read_parquet(file)
    keys[::2].to_parquet(file, index=False)
    orders = people.orders_file(tmp_path, ORDERS, CUSTOMERS)
    key = next(key for key, title in match.OTHERS.items() if title == way)
    with pytest.raises(SystemExit, match=f"{way} decides .* otherwise"):
        match.measure(
            way, key, match.task_of(tmp_path, CUSTOMERS, ORDERS, orders, url), pd.read_parquet(orders), CUSTOMERS, 1
        )


def test_the_engine_s_orders_are_put_back(tmp_path):
    url = stores.prepare_store(tmp_path, "sqlite", CUSTOMERS)
    orders = people.orders(ORDERS, CUSTOMERS)
    stores.prepare_orders(url, orders)
    before = rows_of(url, tables.Order)
    database = url.render_as_string(hide_password=False)
    with open_database(url).begin() as connection:
        connection.execute(
            tables.Order.__table__.update().values(
                status="held", code="AMBIGUOUS", customer_id="1", decision_id=1, message="m", advice="a"
            )
        )
    stores.put_back(database, ORDERS)
    assert rows_of(url, tables.Order) == before
    assert set(stores.read_answers(database, ORDERS)["answer"]) == {"extracted None"}


def test_the_store_is_what_the_sync_itself_would_have_filled(tmp_path):
    filled = stores.prepare_store(tmp_path, "sqlite", CUSTOMERS)
    own = make_url(f"sqlite:///{tmp_path / 'own.sqlite'}")
    engine = open_database(own)
    migrate(engine)
    save_customers(engine, stores.REALM_ID, list(records.bodies(0, CUSTOMERS, CUSTOMERS)))
    prepare_keys(engine, stores.REALM_ID, stores.settings(0).customers)
    for table in (tables.Customer, tables.CustomerBody, keys_by_field()):
        assert rows_of(filled, table) == rows_of(own, table)


def test_the_same_sizes_are_the_same_orders_in_their_shares():
    orders = people.orders(1_000, CUSTOMERS)
    assert orders.equals(people.orders(1_000, CUSTOMERS))
    assert orders["answer"].value_counts()[["unknown", "ambiguous"]].to_dict() == {"unknown": 130, "ambiguous": 20}
    assert set(orders["answer"]) - {"unknown", "ambiguous"} <= set(
        people.customers(0, CUSTOMERS, CUSTOMERS)["customer_id"]
    )


def test_markdown_says_how_many_times_the_engine_another_way_takes():
    results = [
        match.Result(1_000, 10_000, "engine, SQLite", [0.02], 0.02, 5_000_000),
        match.Result(1_000, 10_000, "pandas, Parquet", [1.5], 1.5, None),
        match.Result(1_000, 10_000, "look-alikes, SQLite", [2.0], 2.0, None),
    ]
    lines = match.markdown("two cores", results).splitlines()
    assert "| 1,000 | 10,000 | 20 | 1,500 (75.0×) |" in lines
    assert "| 1,000 | 10,000 | 5 |  |" in lines
    assert "| 10,000 | 2.00 |" in lines


@pytest.mark.parametrize("wrong", [["--customers", "10"], ["--repeat", "0"], ["--orders", "0"]])
def test_sizes_that_measure_nothing_are_refused(wrong, capsys):
    with pytest.raises(SystemExit) as refused:
        match.main(wrong)
    assert refused.value.code == 2
    assert "at least" in capsys.readouterr().err


def keys_by_field() -> Any:
    of_field = tables.KeySet.__table__.join(
        tables.CustomerKey.__table__, tables.KeySet.id == tables.CustomerKey.key_set_id
    )
    return select(tables.KeySet.field, tables.CustomerKey.key, tables.CustomerKey.customer_id).select_from(of_field)


def rows_of(url: Any, what: Any) -> list[Any]:
    engine = open_database(url)
    statement = what if not hasattr(what, "__table__") else select(what.__table__)
    with engine.connect() as connection:
        rows = [
            {key: value for key, value in row._mapping.items() if key not in ("fetched_at", "updated_at")}
            for row in connection.execute(statement)
        ]
    engine.dispose()
    return sorted(rows, key=str)
