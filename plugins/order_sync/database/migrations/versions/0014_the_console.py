"""Lists of orders are read by day, and searched by number, name, company and e-mail address; events say who did them; and a person chooses
the customer of a contact."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_SEARCHED = {
    "orders_by_number": ("orders", "document_number"),
    "order_readings_by_email": ("order_readings", "email"),
    "order_readings_by_name": ("order_readings", "first || ' ' || last"),
    "order_readings_by_last": ("order_readings", "last"),
    "order_readings_by_company": ("order_readings", "company"),
}


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
    day = "coalesce(ordered_at, created_at, updated_at), order_id"
    op.execute(f"CREATE INDEX orders_by_day ON orders (store, status, {day})")
    op.drop_index("orders_by_status", "orders")  # the new one begins like it
    op.execute(f"CREATE INDEX orders_by_code ON orders (store, code, status, {day}) WHERE code IS NOT NULL")
    op.create_index("orders_by_total", "orders", ["store", "total_minor"])
    for name, (table, searched) in _SEARCHED.items():
        op.execute(f"CREATE INDEX {name} ON {table} (store, (lower({searched}){bytewise}))")


def downgrade() -> None:
    raise NotImplementedError("Restore the backup made before the update.")
