"""Customers' keys by rule, and what was read of an order in a table of its own."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TEXTS = (
    "first",
    "middle",
    "last",
    "company",
    "email",
    "phone",
    "contact_id",
    "shipping_first",
    "shipping_last",
    "shipping_company",
    "emails",
    "addresses",
    "postal_code",
    "snapshot",
)


def upgrade() -> None:
    op.create_table(
        "order_readings",
        sa.Column("store", sa.String(length=40), nullable=False),
        sa.Column("order_id", sa.String(length=40), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in TEXTS),
        sa.PrimaryKeyConstraint("store", "order_id"),
    )
    _move_snapshots()
    with op.batch_alter_table("orders") as batch_op:
        batch_op.drop_column("snapshot")
        batch_op.create_index("orders_by_contact", ["store", "contact_id"])

    op.create_table(
        "key_sets",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("realm_id", sa.String(length=40), nullable=False),
        sa.Column("rule", sa.String(length=80), nullable=False),
        sa.Column("field", sa.String(length=40), nullable=False),
        sa.Column("equality", sa.JSON(), nullable=False),
        sa.Column("ready", sa.Boolean(), nullable=False),
        sa.Column("used_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("realm_id", "rule"),
    )
    # Keys are made anew from the cached customers by the next run.
    op.drop_table("customer_keys")
    op.create_table(
        "customer_keys",
        sa.Column("key_set_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("key_set_id", "key", "customer_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("customer_keys_by_customer", "customer_keys", ["key_set_id", "customer_id"])
    with op.batch_alter_table("customers") as batch_op:
        for name in ("emails", "addresses"):
            batch_op.add_column(sa.Column(name, sa.Text(), nullable=False, server_default=""))
        batch_op.create_index("customers_by_name", ["realm_id", "display_name"])
    with op.batch_alter_table("customers") as batch_op:
        for name in ("emails", "addresses"):
            batch_op.alter_column(name, server_default=None)
    with op.batch_alter_table("cache_states") as batch_op:
        batch_op.drop_column("key_version")


def _move_snapshots() -> None:
    orders = sa.table("orders", *(sa.column(name) for name in ("store", "order_id", "snapshot")))
    readings = sa.table("order_readings", *(sa.column(name) for name in ("store", "order_id", *TEXTS)))
    connection = op.get_bind()
    query = sa.select(orders).where(orders.c.snapshot.is_not(None))
    for rows in connection.execute(query.execution_options(yield_per=1000)).partitions():
        connection.execute(
            sa.insert(readings),
            [
                {
                    "store": row.store,
                    "order_id": row.order_id,
                    "snapshot": row.snapshot,
                    **_party(json.loads(row.snapshot)),
                }
                for row in rows
            ],
        )


def _party(snapshot: dict[str, Any]) -> dict[str, str]:
    order, contact = snapshot["order"], snapshot["contact"] or {}
    shipping = order["shipping"]
    emails = contact.get("emails") or [order["contact_email"]]
    billing_address, own = contact.get("billing") or {}, shipping["address"]
    lines = ("line1", "line2", "locality", "postal_code")
    shipping_address = own if any(own[name] for name in lines) else contact.get("shipping") or {}
    addresses = [one for one in (billing_address, shipping_address) if any(one.get(name) for name in lines)]
    found = {
        "first": contact["given_name"] if contact else order["contact_given_name"],
        "middle": contact.get("middle_name"),
        "last": contact["family_name"] if contact else order["contact_family_name"],
        "company": contact.get("company"),
        "email": emails[0],
        "phone": next(iter(contact.get("phones") or []), None),
        "contact_id": order["contact_id"],
        "shipping_first": shipping["given_name"],
        "shipping_last": shipping["family_name"],
        "shipping_company": shipping["company"],
        "emails": ",".join(filter(None, emails)),
        "addresses": "\n".join(dict.fromkeys(map(_line, addresses))),
        "postal_code": next((one["postal_code"] for one in addresses if one.get("postal_code")), None),
    }
    return {name: value or "" for name, value in found.items()}


def _line(address: dict[str, Any]) -> str:
    parts = (address.get(name) for name in ("line1", "line2", "locality", "region", "postal_code"))
    return " ".join(" ".join(part.split()) for part in parts if part)


def downgrade() -> None:
    raise NotImplementedError("Restore the backup made before the update.")
