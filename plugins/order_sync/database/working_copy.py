"""A working copy of the database: the same code reads and writes in it as ever, and nothing of it lasts.

It is one connection, whose temporary tables stand in front of the real ones under the same names. The real ones are open for reading
only, which the database itself enforces: what runs over a copy cannot change an order, an event, a write or a cached list, whatever
its code does. A transaction that is rolled back would do that too; but it would hold SQLite's only write lock, and in PostgreSQL the
rows of orders and customers, for as long as both services are read: minutes, in which no run could go on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, MetaData, QueuePool, Table, create_engine, event, select, text

from order_sync.database.database import ALIKE
from order_sync.database.tables import (
    Base,
    Lease,
    Order,
    OrderEvent,
    OrderReading,
    Plan,
    RunOrder,
    Token,
    Write,
    WriteOrder,
)
from order_sync.errors import RetryLater

_NOT_COPIED = frozenset(table.__tablename__ for table in (Token, Lease, Plan))
"""Secrets, and what is there once for all: the copy has none of its own, and cannot write to the real ones."""

_OF_PARENT = {
    "run_orders": ("run_key", "runs", "run_key"),
    "write_orders": ("write_id", "writes", "id"),
    "customer_keys": ("key_set_id", "key_sets", "id"),
}
"""Tables that do not say whose a row is: its parent does."""

_OF_ORDERS = tuple(table.__tablename__ for table in (RunOrder, Order, OrderReading, OrderEvent, Write, WriteOrder))
"""What is known of orders, and what was written for them."""


@contextmanager
def working_copy(engine: Engine, *, store: str, realm_id: str) -> Iterator[Engine]:
    """The database as it is at this moment, as far as it is of a store and its company; gone when the block ends.

    Raises RetryLater where its connection breaks: what was worked out in it is lost then.
    """
    copy = _open(engine.url)
    try:
        with copy.connect() as connection:
            of_store = {"store": store, "realm_id": realm_id}
            # All of one moment, whatever other runs write meanwhile.
            if connection.dialect.name == "postgresql":
                connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                # Children after their parents, which say whose they are.
                for table in sorted(_stand_ins(connection), key=lambda table: table.name in _OF_PARENT):
                    _fill(connection, table, of_store)
            connection.execution_options(isolation_level=connection.default_isolation_level)
            if connection.dialect.name == "postgresql":
                with connection.begin():
                    connection.execute(text("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"))
        event.listen(copy, "do_connect", _refuse_another)
        yield copy
    finally:
        copy.dispose()


def forget_orders(copy: Engine) -> None:
    """Leaves a working copy as if no order had ever been read or recorded; what is cached of the company stays."""
    if not _is_copy(copy):
        raise ValueError("only a working copy may be emptied")
    with copy.begin() as connection:
        for name in _OF_ORDERS:
            connection.execute(text(f"DELETE FROM {_schema(connection)}.{name}"))


def _open(url: URL) -> Engine:
    # Temporary tables belong to their connection: there is one, and threads take turns.
    one: dict[str, Any] = {"poolclass": QueuePool, "pool_size": 1, "max_overflow": 0}
    if url.get_backend_name() != "sqlite":
        return create_engine(url, **one, **ALIKE)
    read_only = url.set(database=f"file:{quote(url.database or '')}", query={"mode": "ro", "uri": "true"})
    copy = create_engine(read_only, connect_args={"timeout": 60, "isolation_level": None}, **one, **ALIKE)
    event.listen(copy, "begin", _begin)
    return copy


def _begin(connection: Connection) -> None:
    if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
        connection.exec_driver_sql("BEGIN")


def _refuse_another(*_: object) -> NoReturn:
    raise RetryLater(
        "The connection to the database broke while a plan was made; nothing was sent, and nothing was written.",
        advice="Airflow tries it again. If it happens again, the database server's log says why.",
    )


def _is_copy(engine: Engine) -> bool:
    return bool(event.contains(engine, "do_connect", _refuse_another))


def _schema(connection: Connection) -> str:
    return "pg_temp" if connection.dialect.name == "postgresql" else "temp"


def _stand_ins(connection: Connection) -> Sequence[Table]:
    """Makes an empty temporary table in front of each that is copied."""
    temporary = MetaData()
    for table in Base.metadata.sorted_tables:
        if table.name not in _NOT_COPIED:
            table.to_metadata(temporary, schema=_schema(connection))
    temporary.create_all(connection, checkfirst=False)
    return temporary.sorted_tables


def _fill(connection: Connection, stand_in: Table, of_store: dict[str, str]) -> None:
    is_postgresql = connection.dialect.name == "postgresql"
    real = Base.metadata.tables[stand_in.name].to_metadata(
        MetaData(), schema=connection.scalar(text("SELECT current_schema()")) if is_postgresql else "main"
    )
    rows = select(*(real.c[column.name] for column in stand_in.c))
    if owner := next((name for name in ("store", "realm_id") if name in real.c), None):
        rows = rows.where(real.c[owner] == of_store[owner])
    elif parent := _OF_PARENT.get(real.name):
        column, name, key = parent
        # The parent stands in already: it has the rows of this store only.
        copied = stand_in.metadata.tables[f"{_schema(connection)}.{name}"]
        rows = rows.where(real.c[column].in_(select(copied.c[key])))
    connection.execute(stand_in.insert().from_select([column.name for column in stand_in.c], rows))
    if not is_postgresql:
        return
    connection.execute(text(f"ANALYZE {stand_in}"))  # nobody else does, of a temporary table
    if (numbered := stand_in.autoincrement_column) is not None:
        highest = f"(SELECT coalesce(max({numbered.name}), 0) + 1 FROM {stand_in})"
        connection.execute(
            text(f"SELECT setval(pg_get_serial_sequence('{stand_in}', '{numbered.name}'), {highest}, false)")
        )
