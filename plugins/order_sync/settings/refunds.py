"""The tab "Refunds": how money that went back is recorded."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from order_sync.settings.values import ListName, Section


class RefundSettings(Section):
    """How money that went back is recorded."""

    record_as: Literal["refund receipt", "credit memo", "ignore"] = "refund receipt"
    account: ListName | None = Field(default=None, description="that the money leaves; none: Undeposited Funds")
    item: ListName | None = Field(default=None, description="books partial refunds; none: the standard item")

    @model_validator(mode="after")
    def _account_is_used(self) -> Self:
        if self.account and self.record_as != "refund receipt":
            raise ValueError("account is only for record_as: refund receipt; set that, or take the account out")
        return self
