"""The back office of a shop: the steps that write to QuickBooks, and what the store and its ledger say afterwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, select

from order_sync.database.database import reading
from order_sync.database.history import order_history
from order_sync.database.leases import Lease, hold_lease
from order_sync.database.runs import Run
from order_sync.database.tables import Write
from order_sync.quickbooks.client import QuickBooks
from order_sync.settings import Store
from order_sync.sync.outbox.channel import Timing
from order_sync.sync.steps.create_customers import create_customers
from order_sync.sync.steps.post_orders import post_orders
from tests.shop import runs
from tests.shop.books import Books
from tests.shop.services import COMPANY

QUICK = Timing(send_within=5.0, settle_after=0.5, throttle_patience=20.0, throttle_wait=0.1, batch_every=0.0)


class Office(Books):
    """One store and its company."""

    engine: Engine
    quickbooks: QuickBooks
    store: Store

    @contextmanager
    def lease(self) -> Iterator[Lease]:
        """The company's lease, as the tasks take it."""
        with hold_lease(self.engine, COMPANY, poll=0.02) as lease:
            yield lease

    def create_customers(self, run: Run, timing: Timing = QUICK) -> Counter[str]:
        """The step under the company's lease; gives what it counted."""
        with self.lease() as lease:
            return create_customers(
                runs.recording(lease.guard(self.engine), run, self.store, self.quickbooks, lease, timing)
            )

    def post(self, run: Run, timing: Timing = QUICK) -> Counter[str]:
        """The step under the company's lease; gives what it counted."""
        with self.lease() as lease:
            return post_orders(
                runs.recording(lease.guard(self.engine), run, self.store, self.quickbooks, lease, timing)
            )

    def history(self, order_id: str | int = 1) -> list[str]:
        """What happened to an order, newest first, in words."""
        return [event.message for event in order_history(self.engine, self.store.name, str(order_id))]

    def writes(self, kind: str) -> list[Any]:
        """The rows of a kind in the ledger, oldest first."""
        with reading(self.engine) as connection:
            return list(connection.execute(select(Write.__table__).where(Write.kind == kind).order_by(Write.id)))
