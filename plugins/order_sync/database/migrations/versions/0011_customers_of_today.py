"""Cached customers know their telephone numbers, their currency, whether they are jobs, and into whom they were merged.

All but the last are filled at the next run, which makes all keys anew because their rules have changed.
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
    op.add_column("customers", sa.Column("merged_into", sa.String(40), nullable=False, server_default=""))


def downgrade() -> None:
    raise NotImplementedError("Restore the backup made before the update.")
