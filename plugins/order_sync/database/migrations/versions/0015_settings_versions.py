"""Settings that are saved in the console are versions; runs and writes say under which they were made."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "settings_versions",
        sa.Column("store", sa.String(40), primary_key=True),
        sa.Column("version", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("changed", sa.JSON(), nullable=False),
        sa.Column("who", sa.String(80), nullable=False),
        sa.Column("saved_at", sa.DateTime(), nullable=False),
        sa.Column("note", sa.Text()),
    )
    op.create_table(
        "settings_drafts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("store", sa.String(40), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("run_key", sa.String(320)),
        sa.Column("made_at", sa.DateTime(), nullable=False),
    )
    op.add_column("runs", sa.Column("settings_version", sa.Integer()))
    op.add_column("writes", sa.Column("settings_version", sa.Integer()))


def downgrade() -> None:
    raise NotImplementedError("Restore the backup made before the update.")
