"""An order as posting and planning see it: its row, what was read of it, and all that the ledger has written for it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from order_sync.infusionsoft.records import Payment
from order_sync.money import with_currency
from order_sync.settings import Store
from order_sync.sync.orders.codes import SKIP_THE_ORDER, Code, refusal
from order_sync.sync.orders.decision import Decision
from order_sync.sync.orders.kinds import Kind
from order_sync.sync.orders.payments import charges, forgiven, forgiving, refunds, total_of
from order_sync.sync.orders.row import OrderRow
from order_sync.sync.orders.snapshot import Snapshot
from order_sync.sync.orders.treatment import USUAL, Treatment, treatment
from order_sync.sync.orders.write import Write, WriteStatus, payment_id_of


@dataclass(frozen=True, slots=True)
class Customer:
    """Whose document it is: the id in QuickBooks, and the currency where QuickBooks names one."""

    id: str
    currency: str | None = None
    own_addresses: bool = True
    """Whether the document bears the order's addresses; else QuickBooks takes the customer's."""
    exempt: bool = False
    """Whether QuickBooks has the customer as exempt from sales tax."""
    stands_in: bool = False
    """Whether it is the standard or the default customer, who is nobody's own."""


@dataclass(frozen=True, slots=True)
class TrackedOrder:
    """An order with all that is known of it, from which it follows what is due (`documents/due.py`)."""

    row: OrderRow
    snapshot: Snapshot
    writes: tuple[Write, ...]
    """All that was ever written for the order, oldest first."""
    customer: Customer | None = None
    """None where nobody was found yet, or where no document is to be made of the order."""
    current: Mapping[str, Any] | None = None
    """The document as it is in QuickBooks now, where it was read again."""
    owner: str | None = None
    """The customer whom the document names now, for customers are merged and documents given to others; empty where nobody can tell, None
    where nobody has looked."""

    @property
    def order_id(self) -> str:
        """The order's id."""
        return self.row.order_id

    @property
    def decision(self) -> Decision | None:
        """What was decided about its customer."""
        return self.row.decision

    @property
    def outcome(self) -> str:
        """How its customer was decided; empty where nothing was."""
        return self.decision.outcome if self.decision else ""

    def recorded(self, kind: Kind) -> dict[str, Write]:
        """What QuickBooks holds as it was sent, by subject; what it recorded otherwise is left out, and looked at again."""
        return {
            one.subject: one
            for one in self.writes
            if one.kind == kind and one.status is WriteStatus.POSTED and not one.code
        }

    @property
    def original(self) -> Write | None:
        """The document as it was made; None where there is none, or not as it was sent."""
        return next(iter(self.recorded(Kind.DOCUMENT).values()), None)

    @property
    def document(self) -> Write | None:
        """The document as it is now: as it was made, or last changed."""
        made = self.original
        if made is None:
            return None
        # Not those of a document before it, which was taken out of the books.
        changes = [one for one in self._changes if not one.code and one.quickbooks_id == made.quickbooks_id]
        return changes[-1] if changes else made

    @property
    def doubtful_change(self) -> Write | None:
        """The document's last change, where QuickBooks recorded it otherwise than it was sent."""
        changes = self._changes
        return changes[-1] if changes and changes[-1].code else None

    @property
    def _changes(self) -> list[Write]:
        return [one for one in self.writes if one.kind is Kind.CHANGE and one.status is WriteStatus.POSTED]

    @property
    def is_unanswered(self) -> bool:
        """Whether its document was sent, and nobody knows yet what became of it."""
        return any(one.kind is Kind.DOCUMENT and one.status.is_uncertain for one in self.writes)

    @property
    def stands_alone(self) -> bool:
        """Whether the document is this order's only."""
        return self.original is not None and self.original.subject == self.order_id

    @property
    def total(self) -> Decimal:
        """What of the document is this order's."""
        document = self.document
        if self.stands_alone and document and document.total:
            return document.total
        off = total_of(forgiven(self.snapshot)) if self.original and not self.stands_alone else Decimal(0)
        return self.snapshot.order.total - off

    def as_recorded(self) -> dict[str, Any]:
        """The document as QuickBooks holds it, as if nobody had edited it there: its version is not known."""
        known = self.doubtful_change or self.document
        return {
            **self.body(),
            **({"Line": json.loads(known.payload, parse_float=Decimal)["Line"]} if known else {}),
            "Id": self.original.quickbooks_id if self.original else None,
            "SyncToken": "<its version>",
            "DocNumber": self.row.document_number,
            "TotalAmt": known.recorded if known else None,
        }

    def body(self) -> dict[str, Any]:
        """The JSON of the document as it was sent, with what its last change made of it, and the customer whom it names now."""
        if self.original is None or self.document is None:
            raise ValueError(f"order {self.order_id} has no document")
        sent = (json.loads(write.payload, parse_float=Decimal) for write in (self.original, self.document))
        made, changed = sent
        body = {**made, **{name: value for name, value in changed.items() if name not in ("Id", "SyncToken", "sparse")}}
        return body | ({"CustomerRef": {"value": self.owner}} if self.owner else {})


def recorded_treatment(tracked: TrackedOrder, store: Store) -> Treatment:
    """How an order was recorded: it stays that when the settings change; class and location are those of today."""
    today = treatment(tracked.snapshot, store)
    entity = tracked.original.entity if tracked.original else today.entity
    post_as = tracked.row.posted_as or (today.post_as if today.entity is entity else USUAL[entity])
    return Treatment(post_as, today.class_name, today.location)


def reversed_payments(tracked: TrackedOrder) -> dict[str, Write]:
    """The recorded payments that were taken back by a document of their own, because their money is gone, by their id."""
    taken = {subject.partition("/")[0] for subject in tracked.recorded(Kind.REVERSAL)}
    recorded = tracked.recorded(Kind.PAYMENT).items()
    return {payment_id_of(subject): write for subject, write in recorded if str(write.id) in taken}


def require_all_there(tracked: TrackedOrder, kind: Kind, now: Iterable[Payment]) -> None:
    """RecordRefused where something is recorded that Infusionsoft no longer has, or has with another amount; what was taken back since
    need not be there."""
    amounts, (gone, disagrees) = {one.id: one.amount for one in now}, _NOT_AS_RECORDED[kind]
    recorded = {payment_id_of(subject): write for subject, write in tracked.recorded(kind).items()}
    if kind is Kind.PAYMENT:
        recorded = {id: write for id, write in recorded.items() if id not in reversed_payments(tracked)}
    if missing := [id for id in recorded if id not in amounts]:
        held = f"QuickBooks holds the {kind} {', '.join(missing)} of the order"
        if another := _now_another(tracked, kind, missing):
            raise refusal(gone, f"{held}, which counts as another kind now: {another}.", _COUNT_AS_BEFORE)
        raise refusal(gone, f"{held}, which Infusionsoft no longer has.")
    for id, write in recorded.items():
        if write.total != amounts[id]:
            in_books = f"QuickBooks holds the {kind} {id} of the order over {write.money}"
            raise refusal(
                disagrees,
                f"{in_books}, and Infusionsoft has it over {with_currency(amounts[id], write.currency or '')} now.",
                f"Correct the {kind} in Infusionsoft; or in QuickBooks, and {SKIP_THE_ORDER}.",
            )


def _now_another(tracked: TrackedOrder, kind: Kind, missing: Collection[str]) -> str:
    """As what those count by now that Infusionsoft still has, because of their types; empty where it has none."""
    read = {Kind.PAYMENT: charges, Kind.REFUND: refunds, Kind.WRITE_OFF: forgiving}
    found = {
        f"type '{one.method or ''}' is a {other}": None
        for other, entered in read.items()
        for one in entered(tracked.snapshot)
        if other is not kind and one.id in missing
    }
    return ", ".join(found)


_COUNT_AS_BEFORE = (
    "If it is right as it is recorded, set the type back (payments.kinds); the next run goes on. Else correct it in QuickBooks by hand, "
    f"and {SKIP_THE_ORDER}."
)

_NOT_AS_RECORDED: Mapping[Kind, tuple[Code, Code]] = {
    Kind.PAYMENT: (Code.PAYMENT_GONE, Code.PAYMENTS_DISAGREE),
    Kind.WRITE_OFF: (Code.WRITE_OFF_GONE, Code.WRITE_OFF_DISAGREES),
    Kind.REFUND: (Code.REFUND_GONE, Code.REFUND_DISAGREES),
}
"""The codes where one is gone, and where its amount is another."""
