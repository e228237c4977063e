"""The connection to the sync's own database: SQLite (WAL) by default, PostgreSQL in deployment, by `ORDER_SYNC_DATABASE_URL`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from itertools import repeat
from pathlib import Path
from typing import Any

import msgspec
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.sql.dml import Insert

from order_sync.errors import ConfigurationError
from order_sync.settings import ROOT

MIGRATIONS = Path(__file__).with_name("migrations")


def database_url() -> URL:
    """Where the store is: `ORDER_SYNC_DATABASE_URL`, else a SQLite file under `.airflow/`; raises ConfigurationError if unreadable."""
    url = os.environ.get("ORDER_SYNC_DATABASE_URL") or f"sqlite:///{ROOT / '.airflow' / 'order_sync.sqlite'}"
    try:
        found = make_url(url)
    except ArgumentError:
        found = None
    if found is None or found.get_backend_name() not in ("sqlite", "postgresql"):
        raise ConfigurationError(
            "ORDER_SYNC_DATABASE_URL is not the URL of a SQLite or PostgreSQL database.",
            advice="Write it as sqlite:////folder/order_sync.sqlite or postgresql+psycopg://user:password@host/database.",
        )
    return found


def open_database(url: URL | None = None) -> Engine:
    """An engine on the store; SQLite is opened in WAL mode and takes its write lock when a transaction begins.

    Raises ConfigurationError where its folder cannot be made.
    """
    url = url or database_url()
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True, **_JSON)
    folder = Path(url.database or "").parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"The store's folder {folder} cannot be made: {error.strerror}.",
            advice="Check ORDER_SYNC_DATABASE_URL and who may write there.",
        ) from None
    engine = create_engine(url, connect_args={"timeout": 60, "isolation_level": None}, **_JSON)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(
            "PRAGMA cache_size=-65536"
        )  # 64 MB: keys of a million customers do not fit into the usual two
        connection.execute("PRAGMA synchronous=FULL")  # an intent that a power cut can lose protects nothing

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A reader that turns writer half-way meets "database is locked" at once; taking the lock first waits its turn.
        if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


# Six times as fast as the standard library's, for a decision with each order.
_JSON: dict[str, Any] = {
    "json_serializer": lambda value: msgspec.json.encode(value).decode(),
    "json_deserializer": msgspec.json.decode,
}


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection for reading: takes no lock."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        yield connection


def insert_into(connection: Connection, table: Any) -> Any:
    """An INSERT of the connection's own dialect, which knows `on_conflict_do_update` (SQLite and PostgreSQL spell it alike)."""
    statement: Insert
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert as postgresql_insert

        statement = postgresql_insert(table)
    else:
        from sqlalchemy.dialects.sqlite import insert as sqlite_insert

        statement = sqlite_insert(table)
    return statement


def write_many(connection: Connection, statement: Any, columns: Mapping[str, Iterable[Any]], number: int) -> None:
    """Executes a statement for so many rows, given as columns by the names of its bound values (a text or number stands for all rows).

    SQLAlchemy makes each value of each row ready by itself, which takes longer than the database does; here a column is one pass.
    """
    dialect = connection.dialect
    compiled = statement.compile(dialect=dialect, column_keys=list(columns))
    ready: dict[str, Iterable[Any]] = {}
    for name, bind in compiled.binds.items():
        process = bind.type.dialect_impl(dialect).bind_processor(dialect)
        values = columns.get(name, bind.value)
        if isinstance(values, str | int | datetime | None):
            ready[name] = repeat(process(values) if process else values, number)
        else:
            ready[name] = map(process, values) if process else values
    names = compiled.positiontup or list(ready)
    rows = list(zip(*(ready[name] for name in names), strict=True))
    if rows:
        positional = rows if compiled.positiontup else [dict(zip(names, row, strict=True)) for row in rows]
        connection.exec_driver_sql(str(compiled), positional)


def migrate(engine: Engine) -> None:
    """Brings the tables to this version; safe to run twice, and by two processes at once."""
    with _reachable(engine), engine.connect() as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7310294061)")
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def require_migrated(engine: Engine) -> None:
    """Raises ConfigurationError where the database cannot be reached or has not this version's tables."""
    with _reachable(engine), reading(engine) as connection:
        known = inspect(connection).has_table("alembic_version")
        current = connection.scalar(text("SELECT version_num FROM alembic_version")) if known else None
    head = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    if current != head:
        raise ConfigurationError(
            f"The store {engine.url.render_as_string(hide_password=True)} has tables of version {current}, not {head}.",
            advice="Run `python -m order_sync.store migrate` (make setup does).",
        )


@contextmanager
def _reachable(engine: Engine) -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        raise ConfigurationError(
            f"The store {engine.url.render_as_string(hide_password=True)} cannot be reached: {error.orig}.",
            advice="Check ORDER_SYNC_DATABASE_URL and that the database server runs.",
        ) from None
