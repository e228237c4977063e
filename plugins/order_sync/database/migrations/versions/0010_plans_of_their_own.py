"""Plans are made by a Dag of their own, and are no runs; a run may be for named orders only.

A run that only planned stays as a row of `runs`, in the state `planned`: it is none that recorded. Its plan now says itself for which
interval it is. Its orders were `matched` before it made them `planned`, and are again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("plans", sa.Column("interval_start", sa.DateTime(), nullable=True))
    op.add_column("plans", sa.Column("interval_end", sa.DateTime(), nullable=True))
    op.add_column("plans", sa.Column("settings", sa.Text(), nullable=True))
    for name in ("interval_start", "interval_end"):
        of_run = f"(SELECT runs.{name} FROM runs WHERE runs.run_key = plans.run_key)"
        op.execute(f"UPDATE plans SET {name} = {of_run}")
    op.execute("UPDATE orders SET status = 'matched' WHERE status = 'planned'")
    op.execute("UPDATE runs SET state = 'planned' WHERE mode = 'plan'")
    with op.batch_alter_table("runs") as batch_op:
        batch_op.drop_column("mode")
        batch_op.add_column(sa.Column("only_orders", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("Restore the backup made before the update.")
