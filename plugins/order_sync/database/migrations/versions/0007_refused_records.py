"""Records of Infusionsoft that could not be read, as they came. Orders that were kept without an id become such records."""

import hashlib
from datetime import timedelta

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    instant = sa.DateTime()
    refused = op.create_table(
        "refused_records",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("store", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("record_id", sa.String(length=40), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("advice", sa.Text(), nullable=False),
        sa.Column("order_ids", sa.JSON(), nullable=False),
        sa.Column("window_start", instant, nullable=True),
        sa.Column("window_end", instant, nullable=True),
        sa.Column("interval_end", instant, nullable=False),
        sa.Column("run_key", sa.String(length=320), nullable=False),
        sa.Column("first_at", instant, nullable=False),
        sa.Column("last_at", instant, nullable=False),
        sa.Column("settled_at", instant, nullable=True),
        sa.Column("settled", sa.Text(), nullable=True),
        sa.Column("dismissed", sa.Boolean(), nullable=False),
        sa.UniqueConstraint("store", "digest"),
    )
    _move_orders_without_an_id(refused)


def _move_orders_without_an_id(refused: sa.Table) -> None:
    """An order '' is a record that came without an id: what was said of it is kept, and its time is read again."""
    connection = op.get_bind()
    orders = sa.table(
        "orders",
        *(sa.column(name) for name in ("store", "order_id", "message", "advice")),
        sa.column("created_at", sa.DateTime()),
        sa.column("updated_at", sa.DateTime()),
    )
    for row in connection.execute(sa.select(orders).where(orders.c.order_id == "")).all():
        begin = row.created_at or row.updated_at
        seen = {"first_at": row.updated_at, "last_at": row.updated_at, "run_key": f"{row.store}/before 0007"}
        window = {"window_start": begin, "window_end": begin + timedelta(days=1), "interval_end": begin}
        connection.execute(
            refused.insert().values(
                store=row.store,
                digest=hashlib.sha256(b"an order without an id").hexdigest(),
                kind="order",
                record_id="",
                raw="It was not kept.",
                code="UNREADABLE",
                message=row.message or "Infusionsoft's order without an id cannot be read.",
                advice=row.advice or "Look at the order in Infusionsoft; if it is as it should be, report the message.",
                order_ids=[],
                dismissed=False,
                **seen,
                **window,
            )
        )
    for table in ("orders", "order_readings", "order_events", "run_orders"):
        rows = sa.table(table, sa.column("order_id"))
        connection.execute(rows.delete().where(rows.c.order_id == ""))


def downgrade() -> None:
    raise NotImplementedError("Restore the backup made before the update.")
