"""The sandbox's state: one SQLite file that both services, the seed and the control pages share.

Each service brings its own tables as SQL text (`CREATE TABLE IF NOT EXISTS …`) and registers them here. A change is made inside
`State.transaction()`, which takes SQLite's write lock at its start, so what a service decides and what it writes are one step.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class State:
    """A SQLite file, opened once a thread, in WAL mode."""

    def __init__(self, path: Path) -> None:
        self.turn_to(path)

    def turn_to(self, path: Path) -> None:
        """Goes on with the tables of another file; nothing may be under way."""
        self.path = path
        self._local = threading.local()
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)

    def connection(self) -> sqlite3.Connection:
        """This thread's connection; rows are `sqlite3.Row`, autocommit outside `transaction()`."""
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is None:
            found = sqlite3.connect(self.path, timeout=30, isolation_level=None, check_same_thread=False)
            found.row_factory = sqlite3.Row
            found.execute("PRAGMA journal_mode=WAL")
            found.execute("PRAGMA synchronous=OFF")
            self._local.connection = found
        return found

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing: commits at the end, rolls back when an error leaves the block. Nested blocks join the outer one."""
        connection = self.connection()
        if connection.in_transaction:
            yield connection
            return
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")

    def create(self, *schemas: str) -> None:
        """Makes the tables that the services brought, where they are not there yet."""
        for schema in schemas:
            self.connection().executescript(schema)
