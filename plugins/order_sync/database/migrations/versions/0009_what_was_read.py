"""What each run has read, so that the next one reads on from there; and the task and the words that a failed run ended with."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("runs") as batch_op:
        batch_op.add_column(sa.Column("is_backfill", sa.Boolean(), nullable=False, server_default=sa.false()))
        for name in ("read_at", "read_from", "unread_from"):
            batch_op.add_column(sa.Column(name, sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column("failed_task", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("message", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("advice", sa.Text(), nullable=True))
    op.execute("UPDATE runs SET is_backfill = true WHERE run_key LIKE '%/backfill\\_\\_%' ESCAPE '\\'")
    # A run that came to its report has read its orders; so has one that noted the newest of them.
    op.execute(
        "UPDATE runs SET read_from = interval_start, read_at = COALESCE(finished_at, started_at)"
        " WHERE mode = 'record' AND (finished_at IS NOT NULL OR watermark IS NOT NULL)"
    )


def downgrade() -> None:
    raise NotImplementedError("Restore the backup made before the update.")
