"""The stores that matching is measured on: filled in bulk, kept in a folder (or on PostgreSQL's server), and used again by the next run.

Rows are what the sync itself would have written, in the order that a database takes them fastest.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Engine, create_engine, delete, func, make_url, null, select, update
from sqlalchemy.exc import OperationalError

from benchmarks.records import NOON, bodies, snapshots
from order_sync.database import tables
from order_sync.database.customer_keys import LOOKALIKES, prepare_keys
from order_sync.database.database import MIGRATIONS, migrate, open_database
from order_sync.database.runs import begin_run
from order_sync.infusionsoft.records import Order
from order_sync.keys import KEY_VERSION, compared, key_maker
from order_sync.likeness import blocks_of_customer
from order_sync.settings import RevenueSettings, Store
from order_sync.sync.orders.snapshot import reading

REALM_ID = "9341450000000001"
FIELDS = (LOOKALIKES, "DisplayName", "PrimaryEmailAddr")
"""The sets of keys that the settings ask for."""

_PORTION = 20_000
_STAMP = f"{NOON:%Y-%m-%d %H:%M:%S.%f}"


def settings(orders: int) -> Store:
    """The settings of the store that holds so many orders: all about customers as it comes, two criteria."""
    revenue = RevenueSettings(standard_item="Sales", tax_item="Tax", tip_item="Tips", fee_item="Fees")
    return Store(name=f"orders_{orders}", time_zone="America/Phoenix", start_date=date(2026, 1, 1), revenue=revenue)


def run_key(orders: int) -> str:
    """The run that saw them."""
    return f"{settings(orders).name}/benchmark"


def server() -> URL:
    """PostgreSQL on 127.0.0.1 (`PGPORT`, else 5432); signs in with `PGUSER` (else `postgres`) and `PGPASSWORD`."""
    return URL.create(
        "postgresql+psycopg",
        username=os.environ.get("PGUSER", "postgres"),
        password=os.environ.get("PGPASSWORD"),
        host="127.0.0.1",
        port=int(os.environ.get("PGPORT", "5432")),
        database="postgres",
        query={"connect_timeout": "5"},
    )


def server_answers() -> bool:
    """Whether PostgreSQL is there and lets us in."""
    try:
        create_engine(server()).connect().close()
    except OperationalError:
        return False
    return True


def keys_file(folder: Path, field: str, customers: int) -> Path:
    """A Parquet file of the customers' keys in a field (key, customer_id), sorted by key; made with its sisters if it is not there."""
    path = _keys_path(folder, field, customers)
    if not path.exists():
        _write_keys(folder, customers)
    return path


def store_name(customers: int) -> str:
    """The name of its file or database: other tables or other rules for keys make another store."""
    head = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    return f"order_sync_benchmark_{customers}_{KEY_VERSION}_{head}".lower()


def prepare_store(folder: Path, database: str, customers: int) -> URL:
    """A store with so many cached customers and their keys, on `sqlite` (in the folder) or `postgresql`; made if it is not there."""
    name = store_name(customers)
    if database == "sqlite":
        path, part = folder / f"{name}.sqlite", folder / f"{name}.part"
        if not path.exists():
            part.unlink(missing_ok=True)
            _fill(make_url(f"sqlite:///{part}"), folder, customers)
            part.rename(path)
        return make_url(f"sqlite:///{path}")
    administration = create_engine(server(), isolation_level="AUTOCOMMIT")
    with administration.connect() as connection:
        if not connection.exec_driver_sql(f"SELECT 1 FROM pg_database WHERE datname = '{name}'").scalar():
            connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name}_part")
            connection.exec_driver_sql(f"CREATE DATABASE {name}_part")
            _fill(server().set(database=f"{name}_part"), folder, customers)
            connection.exec_driver_sql(f"ALTER DATABASE {name}_part RENAME TO {name}")
    administration.dispose()
    return server().set(database=name)


def prepare_orders(url: URL, orders: pd.DataFrame) -> None:
    """Puts the orders of a run into the store as they are when they were just read; leaves them where they are there already."""
    number, engine = len(orders), open_database(url)
    with engine.connect() as connection:
        present = connection.scalar(select(func.count()).where(tables.RunOrder.run_key == run_key(number)))
    if present == number:
        return
    store = settings(number).name
    with engine.begin() as connection:
        connection.execute(delete(tables.RunOrder).where(tables.RunOrder.run_key == run_key(number)))
        for table in (tables.Order, tables.OrderReading):
            connection.execute(delete(table).where(table.store == store))
    tell = _teller(url, number, "orders")
    for start in range(0, number, _PORTION):
        tell(start)
        _insert_orders(engine, store, orders[start : start + _PORTION])
    begin_run(engine, store=store, run_id="benchmark", interval_start=NOON, interval_end=NOON + timedelta(days=1))
    _tidy(engine)


def put_back(database: str, orders: int) -> None:
    """Makes the orders of a run as they were before anything was decided about them."""
    engine, store = open_database(make_url(database)), settings(orders).name
    undecided = {name: null() for name in ("customer_id", "decision_id", "code", "message", "advice")}
    with engine.begin() as connection:
        connection.execute(
            update(tables.Order)
            .where(tables.Order.store == store, tables.Order.status != "extracted")
            .values(status="extracted", **undecided)
        )
        connection.execute(delete(tables.OrderEvent).where(tables.OrderEvent.store == store))
    _tidy(engine)


def read_answers(database: str, orders: int) -> pd.DataFrame:
    """What the sync decided, in the words of `people.orders`: columns order_id, answer."""
    order = tables.Order
    statement = select(order.order_id, order.status, order.code, order.customer_id)
    with open_database(make_url(database)).connect() as connection:
        rows = connection.execute(statement.where(order.store == settings(orders).name)).all()
    return pd.DataFrame({"order_id": [row.order_id for row in rows], "answer": [_answer(row) for row in rows]})


def _answer(row: Any) -> str:
    match row.status, row.code, row.customer_id:
        case "matched", None, str(customer_id):
            return customer_id
        case "matched", None, None:
            return "unknown"
        case "held", "AMBIGUOUS", None:
            return "ambiguous"
        case _:
            return f"{row.status} {row.code}"


def _keys_path(folder: Path, field: str, customers: int) -> Path:
    return folder / f"keys_{field}_of_{customers}_v{KEY_VERSION}.parquet"


def _write_keys(folder: Path, customers: int) -> None:
    makers = {field: blocks_of_customer if field == LOOKALIKES else key_maker(field, _equality()) for field in FIELDS}  # type: ignore[arg-type]
    made: dict[str, list[pa.Table]] = {field: [] for field in FIELDS}
    for some in _portions(customers):
        for field, make in makers.items():
            pairs = [(key, body["Id"]) for body in some for key in make(body)]
            columns = dict(zip(("key", "customer_id"), zip(*pairs, strict=True), strict=True))
            made[field].append(
                pa.table({name: pa.array(values, pa.large_string()) for name, values in columns.items()})
            )
    for field, parts in made.items():
        path = _keys_path(folder, field, customers)
        whole = pa.concat_tables(parts).sort_by([("key", "ascending"), ("customer_id", "ascending")])
        pq.write_table(whole, path.with_suffix(".part"))
        path.with_suffix(".part").rename(path)


def _equality() -> Any:
    return settings(0).customers.equality


def _fill(url: URL, folder: Path, customers: int) -> None:
    engine = open_database(url)
    migrate(engine)
    prepare_keys(engine, REALM_ID, settings(0).customers)
    with engine.connect() as connection:
        sets = dict(connection.execute(select(tables.KeySet.field, tables.KeySet.id)).all())
    indexes = [index for table in (tables.Customer, tables.CustomerKey) for index in table.__table__.indexes]  # type: ignore[attr-defined]
    for index in indexes:
        index.drop(engine)
    for some in _portions(customers, _teller(url, customers, "customers")):
        _insert_all(engine, "customers", list(map(_customer_row, some)))
        whole = ((REALM_ID, body["Id"], json.dumps(body)) for body in some)
        _insert(engine, "customer_bodies", ("realm_id", "customer_id", "body"), whole)
    for field, set_id in sets.items():
        for batch in pq.ParquetFile(keys_file(folder, field, customers)).iter_batches(200_000):
            key, customer_id = (column.to_pylist() for column in batch.columns)
            rows = ((set_id, *pair) for pair in zip(key, customer_id, strict=True))
            _insert(engine, "customer_keys", ("key_set_id", "key", "customer_id"), rows)
    for index in indexes:
        index.create(engine)
    _tidy(engine)


def _customer_row(body: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "realm_id": REALM_ID,
        "customer_id": body["Id"],
        "display_name": body["DisplayName"],
        "active": body["Active"],
        **compared(body),
        "fetched_at": _STAMP,
    }


def _portions(customers: int, tell: Callable[[int], None] = lambda done: None) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, customers, _PORTION):
        tell(start)
        yield list(bodies(start, min(start + _PORTION, customers), customers))


def _insert_orders(engine: Engine, store: str, orders: pd.DataFrame) -> None:
    read = list(snapshots(orders))
    _insert_all(engine, "orders", [_order_row(one.order, store) for one in read])
    _insert_all(engine, "order_readings", [{"store": store, "order_id": one.order.id, **reading(one)} for one in read])
    _insert_all(engine, "run_orders", [{"run_key": f"{store}/benchmark", "order_id": one.order.id} for one in read])


def _order_row(order: Order, store: str) -> dict[str, Any]:
    return {
        "store": store,
        "order_id": order.id,
        "contact_id": order.contact_id,
        "ordered_at": _STAMP,
        "created_at": _STAMP,
        "currency": order.currency,
        "total_minor": int(order.total * 100),
        "content_hash": "0" * 64,  # matching does not read it
        "status": "extracted",
        "updated_at": _STAMP,
    }


def _insert_all(engine: Engine, table: str, rows: Sequence[dict[str, Any]]) -> None:
    _insert(engine, table, tuple(rows[0]), (tuple(row.values()) for row in rows))


def _insert(engine: Engine, table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    names = ", ".join(f'"{name}"' for name in columns)
    with closing(engine.raw_connection()) as connection, closing(connection.cursor()) as cursor:
        if engine.dialect.name == "postgresql":
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            cursor.execute("PRAGMA synchronous=OFF")
            cursor.execute("BEGIN")
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(columns))})", rows)
        connection.commit()


def _tidy(engine: Engine) -> None:
    # What both databases do by themselves in time is not to be paid by the run that is measured next.
    statement = "VACUUM ANALYZE" if engine.dialect.name == "postgresql" else "PRAGMA wal_checkpoint(TRUNCATE)"
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


def _teller(url: URL, number: int, what: str) -> Callable[[int], None]:
    def tell(done: int) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\033[K{url.get_backend_name()}: {done:,} of {number:,} {what}\r")
            sys.stderr.flush()

    return tell
