"""The ways to find a run's customers that are measured side by side.

Each takes a `Task` and leaves a decision for every order. `engine` is the sync's own step on its own store. The others are what one would
write without it: they read the orders' names and e-mails from Parquet, normalise the distinct ones with the sync's own rule, decide by
the same two criteria, and write order id and answer to Parquet; no guard, no explanation, no history.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any
from unittest.mock import patch

import duckdb
import pandas as pd
import polars as pl
from sqlalchemy import make_url, select

from benchmarks import stores
from order_sync.database.customer_keys import look_alikes
from order_sync.database.database import open_database
from order_sync.database.runs import read_run
from order_sync.database.tables import CustomerKey, KeySet
from order_sync.keys import key_function
from order_sync.settings import CustomerField
from order_sync.sync.customers import lookalikes
from order_sync.sync.recording.context import Context
from order_sync.sync.steps import match_customers as match

_NAME: CustomerField = "DisplayName"
_EMAIL: CustomerField = "PrimaryEmailAddr"


@dataclass(frozen=True, slots=True)
class Task:
    """What to match, and where: how many orders, their file, the store, the customers' keys, and the file to write the answers to."""

    orders: int
    orders_file: str
    database: str
    names_file: str
    emails_file: str
    answers_file: str


def with_engine(task: Task) -> None:
    """The sync's own step, without the look-alikes that it suggests to a person (`suggestions_alone` measures those)."""
    store = open_database(make_url(task.database))
    run = read_run(store, stores.run_key(task.orders))
    with patch.object(match, "suggestions", new=lambda *_: {}):
        match.match_customers(Context(store, stores.REALM_ID, stores.settings(task.orders), run))


def suggestions_alone(task: Task) -> None:
    """The look-alikes for each of these orders: what the step does besides for an order that is held or that nobody was found for."""
    store = open_database(make_url(task.database))
    orders = pd.read_parquet(task.orders_file)
    orders[["company", "suffix", "phone"]], orders["emails"] = "", orders["email"]
    orders["addresses"] = orders["line1"] + " " + orders["city"] + " AZ " + orders["postal_code"]
    neighbours = partial(look_alikes, store, stores.REALM_ID)
    for party in orders.to_dict("records"):
        lookalikes.suggest(neighbours, party)


def with_pandas(task: Task) -> None:
    """All keys of the company read from the store into two frames, and merged."""
    frames = {}
    with open_database(make_url(task.database)).connect() as connection:
        for field in (_NAME, _EMAIL):
            of_field = select(CustomerKey.key, CustomerKey.customer_id).join(
                KeySet, KeySet.id == CustomerKey.key_set_id
            )
            statement = of_field.where(KeySet.realm_id == stores.REALM_ID, KeySet.field == field)
            frames[field] = pd.read_sql(statement, connection)
    _pandas(task, frames[_NAME], frames[_EMAIL])


def with_pandas_parquet(task: Task) -> None:
    """The same over Parquet."""
    _pandas(task, pd.read_parquet(task.names_file), pd.read_parquet(task.emails_file))


def with_polars(task: Task) -> None:
    """A lazy join over Parquet, streamed."""
    orders = pl.read_parquet(task.orders_file, columns=["order_id", "first", "last", "email"])
    orders = orders.select("order_id", "email", name=pl.col("first") + " " + pl.col("last"))
    for column, field in (("name", _NAME), ("email", _EMAIL)):
        distinct = orders[column].unique()
        keys = pl.DataFrame({column: distinct, f"{column}_key": _keys(distinct, field)})
        orders = orders.join(keys, on=column, how="left", maintain_order="left")
    lazy = orders.lazy()

    def found(file: str, column: str) -> Any:
        wanted = lazy.select(key=pl.col(column)).filter(pl.col("key") != "").unique()
        hits = pl.scan_parquet(file).join(wanted, on="key", how="semi").group_by("key")
        counted = hits.agg(pl.col("customer_id").n_unique().alias("number"), pl.col("customer_id").min())
        one = pl.when(pl.col("number") == 1).then("customer_id").otherwise(pl.lit("ambiguous"))
        return counted.select(pl.col("key").alias(column), one.alias(f"of_{column}"))

    decided = lazy.join(found(task.names_file, "name_key"), on="name_key", how="left")
    decided = decided.join(found(task.emails_file, "email_key"), on="email_key", how="left")
    answer = pl.coalesce("of_name_key", "of_email_key", pl.lit("unknown")).alias("answer")
    decided.select("order_id", answer).collect(engine="streaming").write_parquet(task.answers_file)


def with_duckdb(task: Task) -> None:
    """SQL over Parquet."""
    database = duckdb.connect()
    database.execute(
        "CREATE TABLE orders AS SELECT order_id, first || ' ' || last AS name, email FROM read_parquet(?)",
        [task.orders_file],
    )
    for column, field in (("name", _NAME), ("email", _EMAIL)):
        distinct = database.execute(f"SELECT DISTINCT {column} FROM orders").to_arrow_table()[column].to_pylist()
        database.register(f"{column}s", pd.DataFrame({column: distinct, "key": _keys(distinct, field)}))
    database.execute(
        """
        CREATE TABLE keyed AS
        SELECT order_id, names.key AS name_key, emails.key AS email_key FROM orders JOIN names USING (name) JOIN emails USING (email)
        """
    )
    found = """
        SELECT key, CASE WHEN count(DISTINCT customer_id) = 1 THEN min(customer_id) ELSE 'ambiguous' END AS answer
        FROM read_parquet(?) SEMI JOIN (SELECT DISTINCT {0} AS key FROM keyed WHERE {0} <> '') USING (key) GROUP BY key
    """
    database.execute(
        f"""
        COPY (
            SELECT order_id, coalesce(by_name.answer, by_email.answer, 'unknown') AS answer FROM keyed
            LEFT JOIN ({found.format("name_key")}) AS by_name ON by_name.key = name_key
            LEFT JOIN ({found.format("email_key")}) AS by_email ON by_email.key = email_key
        ) TO '{task.answers_file}' (FORMAT parquet)
        """,
        [task.names_file, task.emails_file],
    )


WAYS: dict[str, Callable[[Task], None]] = {
    "engine": with_engine,
    "pandas": with_pandas,
    "pandas_parquet": with_pandas_parquet,
    "polars": with_polars,
    "duckdb": with_duckdb,
    "suggestions": suggestions_alone,
}


def _pandas(task: Task, names: pd.DataFrame, emails: pd.DataFrame) -> None:
    orders = pd.read_parquet(task.orders_file, columns=["order_id", "first", "last", "email"])
    orders["name"] = orders["first"] + " " + orders["last"]
    orders["answer"] = None
    for column, field, customers in (("name", _NAME, names), ("email", _EMAIL, emails)):
        distinct = orders[column].unique()
        keys = orders[["order_id", column]].merge(pd.DataFrame({column: distinct, "key": _keys(distinct, field)}))
        hits = keys.merge(customers, on="key").drop_duplicates(["order_id", "customer_id"])
        answer = hits["customer_id"].mask(hits.duplicated("order_id", keep=False), "ambiguous")
        by_order = pd.Series(answer.to_numpy(), index=hits["order_id"])
        by_order = by_order[~by_order.index.duplicated()]
        orders["answer"] = orders["answer"].fillna(orders["order_id"].map(by_order))
    orders["answer"] = orders["answer"].fillna("unknown")
    orders[["order_id", "answer"]].to_parquet(task.answers_file, index=False)


def _keys(distinct: Iterable[str], field: CustomerField) -> list[str]:
    return list(map(key_function(field, stores.settings(0).customers.equality), distinct))
