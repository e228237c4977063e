"""A person has an order recorded although the settings, or a person, had left it out."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "chosen_orders",
        sa.Column("store", sa.String(40), primary_key=True),
        sa.Column("order_id", sa.String(40), primary_key=True),
        sa.Column("status", sa.String(24), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("advice", sa.Text(), nullable=True),
        sa.Column("who", sa.String(80), nullable=False),
        sa.Column("chosen_at", sa.DateTime(), nullable=False),
    )


def downgrade() -> None:
    raise NotImplementedError("Restore the backup made before the update.")
