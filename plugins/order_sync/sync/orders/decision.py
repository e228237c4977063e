"""What was decided about the customer of an order."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from order_sync.sync.orders.status import Status


class Decision(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was decided about an order's customer, as it is kept with the event that tells it; parts that say nothing are left out."""

    outcome: str
    code: str = ""
    criterion: str = ""
    key: str = ""
    customer_id: str = ""
    candidates: list[dict[str, str]] = []
    keys: dict[str, str] = {}
    suggestions: list[dict[str, Any]] = []


class Choice(NamedTuple):
    """Whose a contact's orders are because a person said so; without an id, the standard customer's."""

    customer_id: str
    who: str
    at: datetime


class Decided(NamedTuple):
    """A decision about an order and the words for it; `is_news` where it was not decided so before."""

    order_id: str
    decision: Decision
    words: str
    advice: str | None
    is_news: bool

    @property
    def event(self) -> Status:
        """What becomes of the order."""
        return Status.HELD if self.decision.outcome == "held" else Status.MATCHED
