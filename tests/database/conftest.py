"""Every test of the store runs on SQLite, and on PostgreSQL where one answers."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL, Engine, create_engine, make_url
from sqlalchemy.exc import OperationalError

from order_sync.database.database import migrate, open_database
from order_sync.database.tables import Base


@pytest.fixture(scope="session")
def postgresql() -> Iterator[URL]:
    """A database of the session's own on 127.0.0.1 (`PGPORT`, else 5432), dropped at its end; skips where none answers (CI=true: fails).

    Signs in with `PGUSER` (else `postgres`) and `PGPASSWORD` (else as a trusted user).
    """
    server = URL.create(
        "postgresql+psycopg",
        username=os.environ.get("PGUSER", "postgres"),
        password=os.environ.get("PGPASSWORD"),
        host="127.0.0.1",
        port=int(os.environ.get("PGPORT", "5432")),
        database="postgres",
        query={"connect_timeout": "5"},
    )
    name = f"order_sync_test_{uuid.uuid4().hex[:12]}"
    administration = create_engine(server, isolation_level="AUTOCOMMIT")
    try:
        with administration.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
    except OperationalError as error:
        reason = f"no PostgreSQL lets {server.username} in on 127.0.0.1:{server.port}: {error.orig}"
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(f"With CI=true the store is tested on PostgreSQL too, and {reason}")
        pytest.skip(reason)
    yield server.set(database=name)
    with administration.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    administration.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> URL:
    """Where a test's store is; on PostgreSQL the former test's tables may still be there."""
    if request.param == "sqlite":
        return make_url(f"sqlite:///{tmp_path / 'order_sync.sqlite'}")
    url: URL = request.getfixturevalue("postgresql")
    return url


@pytest.fixture
def empty_database(database: URL) -> URL:
    """A database without tables."""
    if database.get_backend_name() == "postgresql":
        administration = create_engine(database)
        with administration.begin() as connection:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE")
            connection.exec_driver_sql("CREATE SCHEMA public")
        administration.dispose()
    return database


@pytest.fixture
def engine(database: URL) -> Iterator[Engine]:
    """A migrated store without rows."""
    opened = open_database(database)
    migrate(opened)
    with opened.begin() as connection:
        for table in Base.metadata.sorted_tables:
            connection.execute(table.delete())
    yield opened
    opened.dispose()
