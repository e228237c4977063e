"""The connection to the sync's own database: SQLite (WAL) by default, PostgreSQL in deployment, by `ORDER_SYNC_DATABASE_URL`."""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import datetime, timedelta
from functools import wraps
from itertools import chain, islice, repeat
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import msgspec
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import (
    ARRAY,
    URL,
    ColumnElement,
    Connection,
    Engine,
    Select,
    Text,
    any_,
    cast,
    create_engine,
    event,
    func,
    inspect,
    make_url,
    select,
    text,
    type_coerce,
)
from sqlalchemy.exc import ArgumentError
from sqlalchemy.sql.dml import Insert

from order_sync.database.faults import Collision, worded
from order_sync.database.tables import Base, Instant
from order_sync.errors import ConfigurationError
from order_sync.settings import ROOT

Value = TypeVar("Value")
Arguments = ParamSpec("Arguments")

_MOST_BOUND = 999  # values in a statement of an older SQLite
_CHUNK = 500  # of them; the rest of a statement binds some too

_TRIES = 4  # of a transaction that meets others; each waits a moment longer than the last
_FIRST_WAIT_SECONDS = 0.05

SUSPENDED_SECONDS = 10
"""A machine that is suspended in the middle of a transaction keeps the rows that it locked: after so long PostgreSQL ends it, and the
others go on."""

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

    A SQLite file is its owner's alone. Raises ConfigurationError where it cannot be made.
    """
    url = url or database_url()
    if url.get_backend_name() != "sqlite":
        waits = f"-c idle_in_transaction_session_timeout={SUSPENDED_SECONDS}s -c lock_timeout=60s"
        return create_engine(url, pool_pre_ping=True, connect_args={"options": waits}, **ALIKE)
    if url.database:
        _make_private(Path(url.database))
    engine = create_engine(url, connect_args={"timeout": 60, "isolation_level": None}, **ALIKE)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA cache_size=-16384")  # 16 MB: the usual two are too few for a million customers' keys
        connection.execute("PRAGMA synchronous=FULL")  # an intent that a power cut can lose protects nothing

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A reader that turns writer half-way meets "database is locked" at once; taking the lock first waits its turn.
        if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _make_private(file: Path) -> None:
    """Makes a SQLite file and its folder where they are missing; only its owner may read it, nor what SQLite keeps beside it.

    SQLite gives -wal and -shm the mode of the file, but leaves those alone that are there from before.
    """
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.touch(mode=0o600)
    except OSError as error:
        raise ConfigurationError(
            f"The database {file} cannot be made or written: {error.strerror}.",
            advice="Check ORDER_SYNC_DATABASE_URL and who may write there.",
        ) from None
    for part in ("", "-wal", "-shm"):
        # Another process may have closed the store meanwhile; and of another user's file, the mode is theirs.
        with suppress(FileNotFoundError, PermissionError):
            file.with_name(file.name + part).chmod(0o600)


ALIKE: dict[str, Any] = {
    "hide_parameters": True,  # they are people's names and addresses
    # Six times as fast as the standard library's, for a decision with each order.
    "json_serializer": lambda value: msgspec.json.encode(value).decode(),
    "json_deserializer": msgspec.json.decode,
}


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection for reading: takes no lock."""
    with worded(engine), engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        yield connection


def transaction(
    work: Callable[Concatenate[Connection, Arguments], Value],
) -> Callable[Concatenate[Engine, Arguments], Value]:
    """Makes a function on a connection one on the engine, which does its work in one transaction: all of it, or nothing.

    Where the database ends the transaction in favour of another one, all of it is done again: so what the work is given must be there
    to be read twice, and it may change nothing but the database. Under a lease (`leases.Lease.engine`) nothing is written by
    whoever has lost it. Raises LeaseLost, and what `faults` says.
    """

    @wraps(work)
    def run(engine: Engine, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Value:
        fence: Callable[[Connection], None] | None = engine.get_execution_options().get("fence")
        for tries in range(1, _TRIES + 1):
            try:
                with worded(engine), engine.begin() as connection:
                    if fence:
                        fence(connection)
                    return work(connection, *args, **kwargs)
            except Collision:
                if tries == _TRIES:
                    raise
            time.sleep(_FIRST_WAIT_SECONDS * 2**tries * random.uniform(0.5, 1))  # noqa: S311
        raise AssertionError("every try ends above")

    return run


def clock(connection: Connection, seconds: float = 0.0) -> ColumnElement[datetime]:
    """The database's own clock, so many seconds on: the only one that all machines share."""
    if connection.dialect.name == "postgresql":
        now = func.timezone("UTC", func.clock_timestamp()) + timedelta(seconds=seconds)
    else:
        # Written as SQLAlchemy writes a moment, for SQLite compares them as texts.
        now = func.strftime("%Y-%m-%d %H:%M:%f000", "now", f"{seconds:+.3f} seconds")
    return type_coerce(now, Instant)


def clock_now(engine: Engine) -> datetime:
    """The moment by the database's clock."""
    with reading(engine) as connection:
        now: datetime = connection.execute(select(clock(connection))).scalar_one()
    return now


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


def insert_many(connection: Connection, table: type[Base], columns: Mapping[str, Iterable[Any]], number: int) -> None:
    """Inserts so many rows, given as columns (a text, a number or a moment stands for all rows), as fast as the database takes them.

    SQLAlchemy makes each value of each row ready by itself, which takes longer than the database does; here a column is one pass.
    """
    if not number:
        return
    dialect, of = connection.dialect, table.__table__.c
    ready: list[Iterable[Any]] = []
    for name, values in columns.items():
        process = of[name].type.dialect_impl(dialect).bind_processor(dialect)
        if isinstance(values, str | int | datetime):
            ready.append(repeat(process(values) if process else values, number))
        else:
            ready.append(map(process, values) if process else values)
    rows = zip(*ready, strict=True)
    names = ", ".join(f'"{name}"' for name in columns)
    with closing(connection.connection.cursor()) as cursor:
        if dialect.name == "postgresql":
            with cursor.copy(f"COPY {table.__tablename__} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            return
        # Many rows a statement, because after each statement this thread waits for the interpreter if another one works.
        places = f"({', '.join('?' * len(columns))})"
        while some := list(islice(rows, _MOST_BOUND // len(columns))):
            statement = f"INSERT INTO {table.__tablename__} ({names}) VALUES {', '.join([places] * len(some))}"
            cursor.execute(statement, list(chain.from_iterable(some)))


def read_columns(connection: Connection, statement: Select[Any]) -> list[list[Any]]:
    """The rows of a statement as columns of texts, numbers and None, in its order.

    Each column comes as one JSON array: a million cells that way take a fifth of the time that they take as rows.
    """
    rows = statement.subquery()
    together = func.json_agg if connection.dialect.name == "postgresql" else func.json_group_array
    answer = connection.execute(select(*(cast(together(column), Text) for column in rows.c))).one()
    return [msgspec.json.decode(column or "[]") for column in answer]


def is_one_of(connection: Connection, column: Any, texts: Sequence[str]) -> ColumnElement[bool]:
    """Whether a column is one of these texts; however many, they are one bound value."""
    if connection.dialect.name == "postgresql":
        return column == any_(cast(list(texts), ARRAY(Text)))  # type: ignore[no-any-return]
    listed = func.json_each(json.dumps(list(texts))).table_valued("value")
    return column.in_(select(listed.c.value))  # type: ignore[no-any-return]


def chunks(values: Sequence[Value]) -> Iterator[Sequence[Value]]:
    """The values in portions that one statement can bind."""
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]


def migrate(engine: Engine, version: str = "head") -> None:
    """Brings the tables to this (or a named) version; safe to run twice, and by two processes at once."""
    with worded(engine), engine.connect() as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7310294061)")
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, version)


def require_migrated(engine: Engine) -> None:
    """Raises ConfigurationError where the database has not this version's tables, and what `faults` says where it cannot be read."""
    with reading(engine) as connection:
        known = inspect(connection).has_table("alembic_version")
        current = connection.scalar(text("SELECT version_num FROM alembic_version")) if known else None
    head = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    if current != head:
        raise ConfigurationError(
            f"The database {engine.url.render_as_string(hide_password=True)} has tables of version {current}, not {head}.",
            advice="Run `python -m order_sync migrate` (make setup does).",
        )
