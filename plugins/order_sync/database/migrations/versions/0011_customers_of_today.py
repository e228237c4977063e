"""Cached customers know their telephone numbers, their currency, whether they are jobs, with whom those are billed, their version, and
into whom they were merged; and contacts into whom.

All but the last two are filled at the next run, which makes all keys anew because their rules have changed.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("customers", sa.Column("phones", sa.Text(), nullable=False, server_default=""))
    op.add_column("customers", sa.Column("currency", sa.String(3), nullable=False, server_default=""))
    op.add_column("customers", sa.Column("is_job", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("customers", sa.Column("billed_with", sa.String(40), nullable=False, server_default=""))
    op.add_column("customers", sa.Column("merged_into", sa.String(40), nullable=False, server_default=""))
    op.add_column("customers", sa.Column("version", sa.String(20), nullable=False, server_default=""))
    op.add_column("customers", sa.Column("asked_version", sa.String(20)))
    op.create_table(
        "merged_contacts",
        sa.Column("store", sa.String(40), primary_key=True),
        sa.Column("contact_id", sa.String(40), primary_key=True),
        sa.Column("merged_into", sa.String(40), nullable=False),
        sa.Column("noted_at", sa.DateTime(), nullable=False),
    )


def downgrade() -> None:
    raise NotImplementedError("Restore the backup made before the update.")
