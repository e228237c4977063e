"""Cached customers are listed by name and searched by e-mail address, merged ones are found; plans say when they were made, and are found
without their texts."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    bytewise = ' COLLATE "C"' if op.get_bind().dialect.name == "postgresql" else ""
    op.execute(
        f"CREATE INDEX customers_listed ON customers (realm_id, active, (lower(display_name){bytewise}), customer_id)"
    )
    op.execute(f"CREATE INDEX customers_by_email ON customers (realm_id, (emails{bytewise})) WHERE emails <> ''")
    merged = sa.text("merged_into <> ''")
    columns = ["realm_id", "active", "merged_into"]
    op.create_index("customers_merged", "customers", columns, sqlite_where=merged, postgresql_where=merged)
    op.add_column("plans", sa.Column("made_at", sa.DateTime()))
    op.create_index("plans_of_store", "plans", ["store", "run_key", "id"])


def downgrade() -> None:
    raise NotImplementedError("Restore the backup made before the update.")
