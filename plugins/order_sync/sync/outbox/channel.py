"""What a delivery goes by: the way to one company, the kind of its writes, and the seconds of the protocol."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Engine

from order_sync.database.leases import Lease
from order_sync.errors import RecordRefused
from order_sync.quickbooks.client import QuickBooks
from order_sync.sync.orders.codes import Code
from order_sync.sync.orders.write import Write


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds of the protocol; only tests, which need not wait for a real service, use others."""

    send_within: float = 5.0
    settle_after: float = 180.0
    throttle_patience: float = 900.0
    throttle_wait: float = 60.0
    batch_every: float = 1.6
    """Between two batches: QuickBooks takes 40 of them a minute from one app."""


class Comparable(Protocol):
    """What the protocol needs to know about a kind of write."""

    @property
    def find(self) -> Callable[[QuickBooks, Write], list[dict[str, Any]]]:
        """Gives the records in QuickBooks that are the write's own, also one that was recorded otherwise than it was sent; of an
        update, the record only where it was done."""

    @property
    def difference(self) -> Callable[[Write, Mapping[str, Any]], tuple[Code, str] | None]:
        """Says in what a record is other than the write wanted, as a code and words; None where it is as wanted."""

    @property
    def stranger(self) -> Callable[[Write, Mapping[str, Any]], str]:
        """Says by what a record that answered a write is seen to be another one; empty where it is the write's own."""

    @property
    def obstacle(self) -> Callable[[QuickBooks, Write], RecordRefused | None]:
        """Says why a write that was sent, and is not there, must not be sent again."""


@dataclass(frozen=True, slots=True)
class Channel:
    """The way of writes of one kind to one company, under its lease: what every part of the outbox works with."""

    engine: Engine
    client: QuickBooks
    lease: Lease
    run_key: str
    kind: Comparable
    timing: Timing
