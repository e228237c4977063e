"""The tables of a database beside those of the code, as alembic compares them."""

from __future__ import annotations

from typing import Any

from alembic.migration import MigrationContext


def compared(connection: Any) -> MigrationContext:
    """Indexes on an expression are compared by their names alone: PostgreSQL writes the expression otherwise, SQLite does not tell it."""

    def is_compared(one: Any, _name: str, kind: str, _reflected: bool, _other: Any) -> bool:
        return kind != "index" or len(one.columns) == len(one.expressions)

    return MigrationContext.configure(connection, opts={"include_object": is_compared})
