"""Alembic's entry: runs the migrations on the connection that `store.database.migrate` hands over."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context

from order_sync.database.tables import Base, Instant


def _render(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    # A migration must not change its meaning when our own type changes.
    return "sa.DateTime()" if kind == "type" and isinstance(item, Instant) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite changes a table by copying it
    render_item=_render,
)
with context.begin_transaction():
    context.run_migrations()
