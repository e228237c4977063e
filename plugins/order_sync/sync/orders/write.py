"""What is wanted in QuickBooks (`Intent`), and the row of the ledger that stands for it (`Write`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from order_sync.money import with_currency
from order_sync.sync.orders.kinds import Entity, Kind


class WriteStatus(StrEnum):
    """How far a write is on its way. These transitions exist, each one guarded UPDATE of `database/ledger.py`, and no others:

        planned ──claim──▶ sending ──settle──▶ posted | rejected | unknown | planned
                           unknown ──settle──▶ posted | rejected | unknown | planned
                           posted  ──settle──▶ posted      corrected in QuickBooks, which had recorded it otherwise than it was sent
                           posted  ──reject──▶ rejected    QuickBooks no longer has its record, or it is voided or made inactive

    A row begins as `planned`. `rejected` is the end of a row: the next plan of its subject makes a new generation, a row of its own. A
    `posted` one stays as it is when its document is changed once more: that too is a new generation.
    """

    PLANNED = "planned"
    """Wanted, and certainly not executed: never sent, or throttled, or looked for and not found."""
    SENDING = "sending"
    """Claimed, with `sent_at`; of an owner that died, nobody knows whether it was executed."""
    POSTED = "posted"
    """Its record is in QuickBooks; with a code where that is otherwise than it was sent, or there twice."""
    REJECTED = "rejected"
    """Refused for what it says, or there no more."""
    UNKNOWN = "unknown"
    """Sent, and its outcome is open: it is looked for before it is sent again."""

    @property
    def is_uncertain(self) -> bool:
        """Whether it was sent, and nobody knows yet what became of it."""
        return self in UNCERTAIN


UNCERTAIN = (WriteStatus.SENDING, WriteStatus.UNKNOWN)
"""Sent, and nobody knows yet what became of it."""


def payment_subject(order_id: str, payment_id: str) -> str:
    """What the ledger calls a payment or refund of an order."""
    return f"{order_id}/{payment_id}"


def payment_id_of(subject: str) -> str:
    """The id of the payment or refund that the ledger calls so."""
    return subject.partition("/")[2]


@dataclass(frozen=True, slots=True)
class Intent:
    """What is to exist in QuickBooks: `payload` is the exact text to send, `total` what the document must come to."""

    kind: Kind
    subject: str
    entity: Entity
    payload: str
    total: Decimal | None = None
    currency: str | None = None
    content_hash: str | None = None
    """Of the order that it was made from."""
    tax: Decimal | None = None
    """The tax that the document must come to; None where nobody minds."""
    operation: str = "create"
    """`create`, `update` or `void`."""
    order_ids: tuple[str, ...] = ()
    """The orders that it is about."""
    remarks: tuple[tuple[str, str], ...] = ()
    """What a person should know of it: codes and words."""
    payments_shown: Mapping[str, Mapping[str, Decimal]] = field(default_factory=dict)
    """By order, the payments whose money it shows: the amount of each by its id."""

    @property
    def money(self) -> str:
        """What it must come to, as people read it."""
        return _money(self.total, self.currency)


@dataclass(frozen=True, slots=True)
class Write:
    """A row of the ledger."""

    id: int
    realm_id: str
    store: str
    kind: Kind
    subject: str
    generation: int
    request_id: str
    entity: Entity
    operation: str
    payload: str
    total: Decimal | None
    tax: Decimal | None
    currency: str | None
    content_hash: str | None
    status: WriteStatus
    """A `WriteStatus`."""
    owner_token: int
    attempts: int
    sent_at: datetime | None
    quickbooks_id: str | None
    recorded: Decimal | None
    """What QuickBooks says that the document comes to."""
    code: str | None
    message: str | None
    advice: str | None
    planned_at: datetime | None = None
    """When the intent was committed."""
    run_key: str | None = None
    """The run that made its record, while that is there; else the one that touched it last."""
    trace_id: str | None = None
    """QuickBooks' own id (`intuit_tid`) of the call that its outcome is known by, whatever that is; None where none was answered."""
    shows: Mapping[str, Decimal] | None = None
    """The payments of one order whose money it shows, where it is read for that order, and they were noted."""

    @property
    def money(self) -> str:
        """What it comes to, as people read it."""
        return _money(self.total, self.currency)


def former_version(versions: Sequence[Write], write: Write) -> Write:
    """The version of a document that a change followed, of all of them, oldest first; the change itself where none is known."""
    return max((one for one in versions if one.id < write.id), key=lambda one: one.id, default=write)


def _money(total: Decimal | None, currency: str | None) -> str:
    return with_currency(total or Decimal(0), currency or "")
