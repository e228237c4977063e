"""Somebody connects a service on the console's page, and tests it; when a refresh token ends."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tokens", sa.Column("refresh_expires_at", sa.DateTime()))
    op.create_table(
        "connections",
        sa.Column("connection_id", sa.String(80), primary_key=True),
        sa.Column("realm_id", sa.String(40)),
        sa.Column("connected_by", sa.String(80)),
        sa.Column("connected_at", sa.DateTime()),
        sa.Column("tested_by", sa.String(80)),
        sa.Column("tested_at", sa.DateTime()),
        sa.Column("name", sa.Text()),
        sa.Column("number", sa.String(80)),
        sa.Column("wrong", sa.Text()),
        sa.Column("advice", sa.Text()),
    )


def downgrade() -> None:
    raise NotImplementedError("Restore the backup made before the update.")
