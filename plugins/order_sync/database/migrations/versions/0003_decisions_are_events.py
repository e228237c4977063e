"""An order's decision is the event that told it, and cached customers are narrow rows beside what QuickBooks gave."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ORDERS = sa.table(
    "orders",
    *(sa.column(name) for name in ("store", "order_id", "customer_id", "decision_id", "updated_at")),
    sa.column("decision", sa.JSON),
)
EVENTS = sa.table(
    "order_events",
    sa.column("id", sa.BigInteger),
    *(sa.column(name) for name in ("store", "order_id", "at", "event", "level", "message")),
    sa.column("decision", sa.JSON),
)


def upgrade() -> None:
    with op.batch_alter_table("order_events") as batch_op:
        batch_op.add_column(sa.Column("decision", sa.JSON(), nullable=True))
    with op.batch_alter_table("orders") as batch_op:
        batch_op.add_column(sa.Column("decision_id", sa.BigInteger(), nullable=True))
    _move_decisions()
    with op.batch_alter_table("orders") as batch_op:
        batch_op.drop_column("decision")

    op.create_table(
        "customer_bodies",
        sa.Column("realm_id", sa.String(length=40), nullable=False),
        sa.Column("customer_id", sa.String(length=40), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("realm_id", "customer_id"),
    )
    op.execute("INSERT INTO customer_bodies SELECT realm_id, customer_id, body FROM customers")
    with op.batch_alter_table("customers", table_kwargs={"sqlite_with_rowid": False}) as batch_op:
        batch_op.drop_column("body")
        batch_op.drop_column("sync_token")


def _move_decisions() -> None:
    connection = op.get_bind()
    for order in connection.execute(sa.select(ORDERS).where(ORDERS.c.decision.is_not(None))).all():
        if not order.decision:  # JSON's null
            continue
        decision = dict(order.decision)
        words = decision.pop("explanation", "")
        decision["customer_id"] = "" if decision["outcome"] in ("create", "held") else order.customer_id or ""
        of_order = (EVENTS.c.store == order.store, EVENTS.c.order_id == order.order_id)
        told = connection.scalar(
            sa.select(sa.func.max(EVENTS.c.id)).where(*of_order, EVENTS.c.message.startswith(words, autoescape=True))
        )
        if told is None:
            event = {"store": order.store, "order_id": order.order_id, "at": order.updated_at}
            connection.execute(sa.insert(EVENTS).values(**event, event="matched", level="info", message=words))
            told = connection.scalar(sa.select(sa.func.max(EVENTS.c.id)).where(*of_order))
        connection.execute(sa.update(EVENTS).where(EVENTS.c.id == told).values(decision=decision))
        of_row = (ORDERS.c.store == order.store, ORDERS.c.order_id == order.order_id)
        connection.execute(sa.update(ORDERS).where(*of_row).values(decision_id=told))


def downgrade() -> None:
    raise NotImplementedError("Restore the backup made before the update.")
