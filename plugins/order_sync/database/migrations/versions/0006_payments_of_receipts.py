"""Which payments a sales receipt shows, by order: what is gone later is known by it. Of receipts made before, nobody noted them."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("write_orders", sa.Column("shows", sa.JSON(), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("Restore the backup made before the update.")
