"""Lists of orders are read by day, and searched by number, name, company and e-mail address; events say who did them; and a person chooses
the customer of a contact."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_SEARCHED = {"orders": ["document_number"], "order_readings": ["email", "last", "first", "company"]}


def upgrade() -> None:
    op.add_column("order_events", sa.Column("who", sa.String(80)))
    op.create_table(
        "chosen_customers",
        sa.Column("store", sa.String(40), primary_key=True),
        sa.Column("contact_id", sa.String(40), primary_key=True),
        sa.Column("customer_id", sa.String(40), nullable=False),
        sa.Column("who", sa.String(80), nullable=False),
        sa.Column("chosen_at", sa.DateTime(), nullable=False),
    )
    bytewise = ' COLLATE "C"' if op.get_bind().dialect.name == "postgresql" else ""
    op.execute(
        "CREATE INDEX orders_by_day ON orders (store, status, coalesce(ordered_at, created_at, updated_at), order_id)"
    )
    op.drop_index("orders_by_status", "orders")  # the new one begins like it
    for table, columns in _SEARCHED.items():
        for column in columns:
            name = "orders_by_number" if column == "document_number" else f"{table}_by_{column}"
            op.execute(f"CREATE INDEX {name} ON {table} (store, (lower({column}){bytewise}))")


def downgrade() -> None:
    raise NotImplementedError("Restore the backup made before the update.")
