"""An order as posting sees it: its row, what was read of it, and all that the ledger has written for it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from order_sync.infusionsoft.records import Payment
from order_sync.settings import PostAs, Store
from order_sync.sync.orders.codes import SKIP_THE_ORDER, Code, refusal
from order_sync.sync.orders.row import OrderRow
from order_sync.sync.orders.snapshot import Snapshot
from order_sync.sync.orders.treatment import Treatment, treatment
from order_sync.sync.orders.write import Write


@dataclass(frozen=True, slots=True)
class TrackedOrder:
    """`writes` are all that was ever written for the order, oldest first."""

    row: OrderRow
    snapshot: Snapshot
    writes: tuple[Write, ...]

    @property
    def order_id(self) -> str:
        """The order's id."""
        return self.row.order_id

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


def recorded_treatment(tracked: TrackedOrder, store: Store) -> Treatment:
    """How an order was recorded: it stays that when the settings change; class and location are those of today."""
    today = treatment(tracked.snapshot, store)
    entity = tracked.original.entity if tracked.original else today.entity
    usual: PostAs = "Sales receipt" if entity == "SalesReceipt" else "Invoice"
    post_as = tracked.row.posted_as or (today.post_as if today.entity == entity else usual)
    return Treatment(post_as, today.class_name, today.location)


def require_all_there(tracked: TrackedOrder, kind: str, now: Iterable[Payment]) -> None:
    """RecordRefused where something is recorded that Infusionsoft no longer has, or has with another amount."""
    amounts = {one.id: one.amount for one in now}
    recorded = {subject.partition("/")[2]: write for subject, write in tracked.recorded(kind).items()}
    if gone := [id for id in recorded if id not in amounts]:
        raise refusal(
            Code.PAYMENT_GONE if kind == "payment" else Code.REFUND_GONE,
            f"QuickBooks holds the {kind} {', '.join(gone)} of the order, which Infusionsoft no longer has.",
        )
    for id, write in recorded.items():
        if write.total != amounts[id]:
            raise refusal(
                Code.PAYMENTS_DISAGREE if kind == "payment" else Code.REFUND_DISAGREES,
                f"QuickBooks holds the {kind} {id} of the order over {write.total}, and Infusionsoft has it over {amounts[id]} now.",
                f"Correct the {kind} in Infusionsoft; or in QuickBooks, and {SKIP_THE_ORDER}.",
            )
