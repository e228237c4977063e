"""Every way of recording an order: payments, refunds, changes and voids in the ledger, consolidated documents, and plans."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("runs") as batch_op:
        batch_op.add_column(sa.Column("mode", sa.String(length=10), nullable=False, server_default="record"))
    with op.batch_alter_table("orders") as batch_op:
        batch_op.add_column(sa.Column("posted_as", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("is_open", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute("UPDATE orders SET posted_as = 'Sales receipt' WHERE document_id IS NOT NULL")
    # The hash no longer holds what was paid; an order that had not changed takes the new one when it is read next.
    op.execute("UPDATE orders SET posted_hash = NULL WHERE posted_hash = content_hash")
    with op.batch_alter_table("writes") as batch_op:
        batch_op.add_column(sa.Column("operation", sa.String(length=10), nullable=False, server_default="create"))
        batch_op.add_column(sa.Column("tax_minor", sa.BigInteger(), nullable=True))
    op.create_table(
        "write_orders",
        sa.Column("write_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("write_id", "order_id"),
    )
    op.create_index("write_orders_by_order", "write_orders", ["order_id"])
    op.execute("INSERT INTO write_orders SELECT id, subject FROM writes WHERE kind = 'document'")
    op.create_table(
        "plans",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), autoincrement=True, nullable=False),
        sa.Column("run_key", sa.String(length=320), nullable=False),
        sa.Column("store", sa.String(length=40), nullable=False),
        sa.Column("order_id", sa.String(length=40), nullable=False),
        sa.Column("action", sa.String(length=10), nullable=False),
        sa.Column("entity", sa.String(length=40), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("difference", sa.JSON(), nullable=True),
        sa.Column("total_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("code", sa.String(length=40), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("plans_by_run", "plans", ["run_key", "order_id"])


def downgrade() -> None:
    raise NotImplementedError("Restore the backup made before the update.")
