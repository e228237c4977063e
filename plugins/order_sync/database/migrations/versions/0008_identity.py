"""Which account and company each store is bound to: the company is the one that its newest write went to, the account is noted by
the next run, once it has found the store's orders there."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stores",
        sa.Column("store", sa.String(40), nullable=False),
        sa.Column("account", sa.String(40), nullable=True),
        sa.Column("realm_id", sa.String(40), nullable=False),
        sa.Column("number_prefix", sa.String(9), nullable=True),
        sa.Column("noted_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("store"),
    )
    op.execute(
        sa.text(
            "INSERT INTO stores (store, realm_id, noted_at) SELECT store, realm_id, planned_at FROM writes WHERE id IN "
            "(SELECT max(id) FROM writes WHERE status IN ('posted', 'sending', 'unknown') GROUP BY store)"
        )
    )


def downgrade() -> None:
    raise NotImplementedError("Restore the backup made before the update.")
