"""What was decided about the customer of an order."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from order_sync.settings.payments import PaymentKind
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


NEW_CUSTOMER = "create"
"""In the place of the id of a chosen customer: one is made for the contact, and stands here as soon as it is there."""

OF_CONTACT = "contact"
"""In the keys of a decision, in the place of a criterion: the contact for which a person wants a customer of its own."""


class Choice(NamedTuple):
    """Whose a contact's orders are because a person said so: a customer's id, `NEW_CUSTOMER`, or, empty, the standard customer's."""

    customer_id: str
    who: str
    at: datetime


class ItemChoice(NamedTuple):
    """Which item a product is because a person said so, looking at an order."""

    item_id: str
    who: str
    at: datetime
    order_id: str


class KindChoice(NamedTuple):
    """What payments of a type are because a person said so, looking at an order; `type` as Infusionsoft has it."""

    type: str
    kind: PaymentKind
    who: str
    at: datetime
    order_id: str


class OrderChoice(NamedTuple):
    """That an order is recorded because a person said so, and how it stood before: that it is left out, and why."""

    status: Status
    code: str
    message: str
    advice: str | None
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
