"""The tab "Taxes": how sales tax is recorded."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from order_sync.settings.values import ListName, Section


class TaxSettings(Section):
    """How the sales tax of an order is recorded.

    The codes of lines are `TAX` and `NON` in a company of the United States; elsewhere they are tax codes of the company.
    """

    record_as: Literal["line item", "as charged", "automatic", "none"] = "line item"
    tax_code: ListName | None = Field(default=None, description="of the transaction, with `as charged`")
    taxed_lines: ListName | None = Field(default=None, description="code of taxed lines outside the United States")
    untaxed_lines: ListName | None = Field(default=None, description="code of other lines outside the United States")
    if_differs: Literal["flag", "void and hold"] = "flag"

    @model_validator(mode="after")
    def _code_is_used(self) -> Self:
        if self.tax_code and self.record_as != "as charged":
            raise ValueError("tax_code is only for record_as: as charged; set that, or take the code out")
        return self
