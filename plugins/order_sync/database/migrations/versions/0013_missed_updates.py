"""Updates of addresses and details that failed for a passing reason, kept for the next run; recorded orders by their customer."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "missed_updates",
        sa.Column("store", sa.String(40), primary_key=True),
        sa.Column("kind", sa.String(20), primary_key=True),
        sa.Column("subject", sa.String(40), primary_key=True),
        sa.Column("order_id", sa.String(40), nullable=False),
        sa.Column("ordered_at", sa.DateTime(), nullable=False),
        sa.Column("missed_at", sa.DateTime(), nullable=False),
    )
    recorded = sa.text("document_id IS NOT NULL")
    columns = ["store", "customer_id"]
    op.create_index("orders_by_customer", "orders", columns, sqlite_where=recorded, postgresql_where=recorded)


def downgrade() -> None:
    raise NotImplementedError("Restore the backup made before the update.")
