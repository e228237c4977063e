"""A record of Infusionsoft that could not be read: what it is, and how the next runs come by it again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from order_sync.infusionsoft.records import Unreadable

Window = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Refused:
    """A record as a run met it; the next runs read `order_ids` again, or else what came in its `window`."""

    record: Unreadable
    order_ids: frozenset[str]
    window: Window | None

    @property
    def digest(self) -> str:
        """Tells it from others: a record without an id is known by what it says."""
        return hashlib.sha256(f"{self.record.kind}\n{self.record.raw}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class OpenRecord:
    """A record that nobody could read so far, as the database has it; `number` is what a person calls it by."""

    number: int
    kind: str
    record_id: str
    message: str
    advice: str
    digest: str
    order_ids: frozenset[str]
    window: Window | None
