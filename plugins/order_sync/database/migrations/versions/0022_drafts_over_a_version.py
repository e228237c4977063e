"""A draft of settings remembers over which it was entered: whoever saves it does not take back what somebody else saved meanwhile."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("settings_drafts", sa.Column("base", sa.Integer(), nullable=False, server_default="-1"))
    op.add_column("settings_drafts", sa.Column("over", sa.String(64), nullable=False, server_default=""))


def downgrade() -> None:
    raise NotImplementedError("Restore the backup made before the update.")
