"""A person chooses the item of a product, and says what payments of a type are."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "chosen_items",
        sa.Column("store", sa.String(40), primary_key=True),
        sa.Column("product_key", sa.Text(), primary_key=True),
        sa.Column("item_id", sa.String(40), nullable=False),
        sa.Column("who", sa.String(80), nullable=False),
        sa.Column("chosen_at", sa.DateTime(), nullable=False),
        sa.Column("order_id", sa.String(40), nullable=False),
    )
    op.create_table(
        "chosen_payment_kinds",
        sa.Column("store", sa.String(40), primary_key=True),
        sa.Column("folded_type", sa.Text(), primary_key=True),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("who", sa.String(80), nullable=False),
        sa.Column("chosen_at", sa.DateTime(), nullable=False),
        sa.Column("order_id", sa.String(40), nullable=False),
    )


def downgrade() -> None:
    raise NotImplementedError("Restore the backup made before the update.")
