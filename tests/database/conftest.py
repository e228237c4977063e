"""Every test of the store runs on SQLite, and on PostgreSQL where one answers."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL, Engine, create_engine, make_url

from order_sync.database.database import migrate, open_database
from order_sync.database.tables import Base


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
def engine(database: URL, migrated_store: Path) -> Iterator[Engine]:
    """A migrated store without rows."""
    if database.get_backend_name() == "sqlite":
        shutil.copy(migrated_store, str(database.database))
    opened = open_database(database)
    if database.get_backend_name() == "postgresql":
        migrate(opened)
    with opened.begin() as connection:
        for table in Base.metadata.sorted_tables:
            connection.execute(table.delete())
    yield opened
    opened.dispose()
