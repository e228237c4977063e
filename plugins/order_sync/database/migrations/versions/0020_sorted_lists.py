"""Lists of orders are sorted by id, total, customer and change of status too; and a store says where the pages of its company are."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

# Without regard to accents, and beyond ASCII to capitals on SQLite, once an order is read again.
_CALLED = """
    SELECT substr(lower(coalesce(nullif(company, ''), nullif(trim(first || ' ' || last), ''), email)), 1, 60)
    FROM order_readings AS read WHERE read.store = orders.store AND read.order_id = orders.order_id
"""
_SORTED_BY = {
    "orders_by_id": "length(order_id)",
    "orders_by_total": "coalesce(total_minor, 0)",
    "orders_by_called": "called",
    "orders_by_status_at": "coalesce(status_at, updated_at)",
}


def upgrade() -> None:
    bytewise = "C" if op.get_bind().dialect.name == "postgresql" else None
    op.add_column("stores", sa.Column("environment", sa.String(10)))
    op.add_column("orders", sa.Column("status_at", sa.DateTime()))
    op.add_column("orders", sa.Column("called", sa.String(60, collation=bytewise), nullable=False, server_default=""))
    op.execute(f"UPDATE orders SET status_at = updated_at, called = coalesce(({_CALLED}), '')")
    op.drop_index("orders_by_total", "orders")  # the new one serves the filter by amount as well
    for name, key in _SORTED_BY.items():
        op.execute(f"CREATE INDEX {name} ON orders (store, status, {key}, order_id)")


def downgrade() -> None:
    raise NotImplementedError("Restore the backup made before the update.")
