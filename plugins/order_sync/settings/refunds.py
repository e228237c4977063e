"""The tab "Refunds": how money that went back is recorded."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from order_sync.settings.values import ListName, Section


def _moves_money(value: object) -> object:
    """A credit memo was a choice once: it left the bank too high, and the customer with a credit for money that he has."""
    if value == "credit memo":
        raise ValueError(
            "is not possible: a credit memo moves no money, so the money would stay in the bank and the customer keep a credit for it; "
            "write refund receipt"
        )
    return value


class RefundSettings(Section):
    """How money that went back is recorded."""

    record_as: Annotated[Literal["refund receipt", "ignore"], BeforeValidator(_moves_money)] = "refund receipt"
    account: ListName | None = Field(default=None, description="that the money leaves; none: the one that it came into")
    item: ListName | None = Field(default=None, description="books parts that are no line; none: the standard item")

    @model_validator(mode="after")
    def _account_is_used(self) -> Self:
        if self.account and self.record_as != "refund receipt":
            raise ValueError("account is only for record_as: refund receipt; set that, or take the account out")
        return self
