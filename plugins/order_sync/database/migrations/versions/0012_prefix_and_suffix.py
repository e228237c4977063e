"""Who an order is for, with the prefix and the suffix of the name; orders that were read before have them when they are read again."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("prefix", "suffix"):
        op.add_column("order_readings", sa.Column(name, sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    raise NotImplementedError("Restore the backup made before the update.")
