"""The tab "Orders": which orders are recorded, and what becomes of one that changes afterwards."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import Field

from order_sync.settings.values import Amount, Section, Several

OrderStatus = Literal["DRAFT", "SENT", "VIEWED", "PAID"]


class OrderSettings(Section):
    """Which orders are recorded, and what becomes of one that changes afterwards."""

    statuses: Several[OrderStatus] = ("SENT", "VIEWED", "PAID")
    only_paid: bool = False
    minimum_total: Amount = Decimal(0)
    skip_zero_totals: bool = True
    without_items: Literal["standard item", "hold"] = "standard item"
    overpaid: Literal["hold", "unapplied"] = Field(
        default="hold", description="what more came in than the total: held, or left to the customer"
    )
    changed: Literal["flag", "update", "ignore"] = "flag"
    deleted: Literal["flag", "void"] = Field(
        default="flag",
        description="an order that is deleted after it was recorded: only told, or its unpaid invoice voided too",
    )
