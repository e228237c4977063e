"""Writes as the tests of the ledger plan them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import Engine

from order_sync.database.leases import Lease
from order_sync.database.ledger import claim_write, plan_writes, settle_write
from order_sync.database.writes import latest_writes
from order_sync.sync.orders.write import Intent, Write

REALM, STORE, RUN = "9341", "demo", "demo/monday"


def lease(token: int = 1) -> Lease:
    return Lease(f"company {REALM}", token, 60)


def receipt(order_id: str, payload: str = "{}", total: str = "108.25", **more: Any) -> Intent:
    """The document of an order."""
    return Intent("document", order_id, "SalesReceipt", payload, Decimal(total), "USD", **more)


def change(order_id: str, content_hash: str, payload: str = "{}", **more: Any) -> Intent:
    """The update of an order's document, made from the order as the hash says."""
    more = {"operation": "update", "order_ids": (order_id,), **more}
    return Intent("change", order_id, "SalesReceipt", payload, Decimal("108.25"), "USD", content_hash, **more)


def plan(engine: Engine, *intents: Intent, token: int = 1, realm: str = REALM, store: str = STORE) -> dict[str, Write]:
    return plan_writes(engine, lease(token), realm_id=realm, store=store, run_key=RUN, intents=intents)


def settled(engine: Engine, write: Write, status: str = "posted", **more: Any) -> Write:
    """A planned write as it is once it was sent and ended so."""
    claim_write(engine, lease(write.owner_token), write, RUN)
    settle_write(engine, lease(write.owner_token), write, status, run_key=RUN, **more)
    return now(engine, write)


def now(engine: Engine, write: Write) -> Write:
    """A write as the ledger has it now, in its newest generation."""
    found = latest_writes(engine, realm_id=write.realm_id, store=write.store, kind=write.kind, subjects=[write.subject])
    return found[write.subject]
