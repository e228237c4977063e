"""An order as posting sees it: its row, what was read of it, and all that the ledger has written for it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Engine

from order_sync.errors import RecordRefused
from order_sync.infusionsoft.records import Payment
from order_sync.settings import PostAs, Store
from order_sync.store.orders import BY_PERSON, orders_of_run
from order_sync.store.runs import Run
from order_sync.store.writes import Write, writes_of_orders
from order_sync.sync.rules import Treatment, treatment
from order_sync.sync.snapshot import Snapshot, from_text

WITH_DOCUMENT = ("posted", "posted with warnings", "held", "failed", "unsettled")


@dataclass(frozen=True, slots=True)
class Case:
    """`writes` are all that was ever written for the order, oldest first."""

    row: Any
    snapshot: Snapshot
    writes: tuple[Write, ...]

    @property
    def order_id(self) -> str:
        """The order's id."""
        return str(self.row.order_id)

    def recorded(self, kind: str) -> dict[str, Write]:
        """What QuickBooks holds as it was sent, by subject; what it recorded otherwise is left out, and looked at again."""
        return {one.subject: one for one in self.writes if one.kind == kind and one.status == "posted" and not one.code}

    @property
    def original(self) -> Write | None:
        """The document as it was made; None where there is none, or not as it was sent."""
        return next(iter(self.recorded("document").values()), None)

    @property
    def document(self) -> Write | None:
        """The document as it is now: as it was made, or last changed."""
        changes = [one for one in self.writes if one.kind == "change" and one.status == "posted" and not one.code]
        return changes[-1] if changes and self.original else self.original

    @property
    def doubtful_change(self) -> Write | None:
        """The document's last change, where QuickBooks recorded it otherwise than it was sent."""
        changes = [one for one in self.writes if one.kind == "change" and one.status == "posted"]
        return changes[-1] if changes and changes[-1].code else None

    @property
    def stands_alone(self) -> bool:
        """Whether the document is this order's only."""
        return self.original is not None and self.original.subject == self.order_id

    @property
    def total(self) -> Decimal:
        """What of the document is this order's."""
        document = self.document
        return document.total if self.stands_alone and document and document.total else self.snapshot.order.total

    def body(self) -> dict[str, Any]:
        """The JSON of the document as it was sent, with what its last change made of it."""
        if self.original is None or self.document is None:
            raise ValueError(f"order {self.order_id} has no document")
        sent = (json.loads(write.payload, parse_float=Decimal) for write in (self.original, self.document))
        made, changed = sent
        return {**made, **{name: value for name, value in changed.items() if name not in ("Id", "SyncToken", "sparse")}}


def recorded_treatment(case: Case, store: Store) -> Treatment:
    """How an order was recorded: it stays that when the settings change; class and location are those of today."""
    today = treatment(case.snapshot, store)
    entity = case.original.entity if case.original else today.entity
    usual: PostAs = "Sales receipt" if entity == "SalesReceipt" else "Invoice"
    post_as = case.row.posted_as or (today.post_as if today.entity == entity else usual)
    return Treatment(post_as, today.class_name, today.location)


def cases_of_run(engine: Engine, realm_id: str, store: Store, run: Run, statuses: Sequence[str]) -> list[Case]:
    """The run's orders in these statuses that nobody took out by hand, by age."""
    rows = [row for row in orders_of_run(engine, store.name, run.run_key, statuses) if row.code != BY_PERSON]
    written = writes_of_orders(engine, realm_id=realm_id, store=store.name, order_ids=[row.order_id for row in rows])
    return [Case(row, from_text(row.snapshot), tuple(written.get(row.order_id, ()))) for row in rows if row.snapshot]


def recorded_cases(engine: Engine, realm_id: str, store: Store, run: Run) -> list[Case]:
    """The run's orders that have their document, as it was sent."""
    found = cases_of_run(engine, realm_id, store, run, WITH_DOCUMENT)
    return [case for case in found if case.original]


def require_all_there(case: Case, kind: str, now: Iterable[Payment]) -> None:
    """RecordRefused where something is recorded that Infusionsoft no longer has, or has with another amount."""
    amounts = {one.id: one.amount for one in now}
    recorded = {subject.partition("/")[2]: write for subject, write in case.recorded(kind).items()}
    if gone := [id for id in recorded if id not in amounts]:
        raise RecordRefused(
            f"QuickBooks holds the {kind} {', '.join(gone)} of the order, which Infusionsoft no longer has.",
            advice=f"If it was taken back, take the {kind} out of QuickBooks, and skip the order's rest by hand.",
            code=f"{kind.upper()}_GONE",
        )
    for id, write in recorded.items():
        if write.total != amounts[id]:
            raise RecordRefused(
                f"QuickBooks holds the {kind} {id} of the order over {write.total}, and Infusionsoft has it over {amounts[id]} now.",
                advice=f"Correct the {kind} in Infusionsoft; or in QuickBooks, and skip the order's rest by hand.",
                code={"payment": "PAYMENTS_DISAGREE", "refund": "REFUND_DISAGREES"}[kind],
            )
