"""A person lets a run record a plan: the run knows which, and of its orders those that it leaves out because they are otherwise by then."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("runs", sa.Column("plan", sa.String(320)))
    op.add_column("run_orders", sa.Column("differs", sa.JSON()))
    op.add_column("plans", sa.Column("together_with", sa.String(40)))


def downgrade() -> None:
    raise NotImplementedError("Restore the backup made before the update.")
