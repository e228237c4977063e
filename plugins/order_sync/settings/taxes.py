"""The tab "Taxes": how sales tax is recorded."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from order_sync.settings.revenue import TagId
from order_sync.settings.values import ListName, Section, Several

ABROAD = "abroad"
"""Of a rule's `country`: any but the company's own."""

ChargeTax = Literal["auto", "as goods", "taxed", "untaxed"]
"""Whether what is charged beside the goods is taxed."""


def _norway(value: object) -> object:
    """YAML reads a plain `NO` as false."""
    if isinstance(value, list):
        return [_norway(one) for one in value]
    return "NO" if value is False else value


def _known_country(text: str) -> str:
    from order_sync.countries import is_country  # not needed for the default, so that a Dag file is read quickly

    if text != ABROAD and not is_country(text):
        raise ValueError(f"is no country; write its code or its English name, as GB or United Kingdom, or {ABROAD}")
    return text


def _without_null(value: object) -> object:
    """With `extends`, `null` takes one tax, or all of them, away again."""
    if isinstance(value, dict):
        return {name: of for name, of in value.items() if of is not None}
    return {} if value is None else value


def _each_tax_once(names: dict[str, str]) -> dict[str, str]:
    if len({folded_tax(name) for name in names}) < len(names):
        raise ValueError("names a tax twice; upper and lower case make no difference")
    return names


def folded_tax(name: str | None) -> str:
    """What two writings of a tax line's name share."""
    return " ".join((name or "").split()).casefold()


Country = Annotated[ListName, AfterValidator(_known_country)]
Percent = Annotated[Decimal, Field(ge=0, le=100)]


class TaxConditions(Section):
    """What a rule fits: every condition that is named; of the values of one condition, any."""

    product: Several[ListName] = Field(default=(), description="of the line: SKU or name")
    tag: Several[TagId] = ()
    country: Annotated[Several[Country], BeforeValidator(_norway)] = Field(
        default=(), description="of the shipping address, else the billing address"
    )
    region: Several[ListName] = Field(default=(), description="of the same address")
    rate: Several[Percent] = Field(default=(), description="percent, that the order's tax comes to")
    exempt: bool | None = Field(default=None, description="whether the customer is exempt in QuickBooks")

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if self == TaxConditions.model_construct():
            raise ValueError(
                "names no condition; write one, as {country: abroad}; taxed_lines and untaxed_lines are for the rest"
            )
        return self


class TaxRule(Section):
    """The tax code of the products that fit; in the United States `TAX` or `NON`."""

    when: TaxConditions
    code: ListName


def _each_rule_is_reached(rules: tuple[TaxRule, ...]) -> tuple[TaxRule, ...]:
    conditions = [rule.when for rule in rules]
    if any(when in conditions[:place] for place, when in enumerate(conditions)):
        raise ValueError("two rules have the same conditions; no line would reach the second")
    return rules


class TaxSettings(Section):
    """How the sales tax of an order is recorded.

    The codes of lines are `TAX` and `NON` in a company of the United States; elsewhere they are tax codes of the company.
    """

    record_as: Literal["line item", "as charged", "automatic", "none"] = "line item"
    prices: Literal["without tax", "with tax"] = Field(
        default="without tax", description="whether the store's prices include the tax"
    )
    tax_code: ListName | None = Field(default=None, description="of the transaction, with `as charged`")
    taxed_lines: ListName | None = Field(default=None, description="code of taxed lines outside the United States")
    untaxed_lines: ListName | None = Field(default=None, description="code of other lines outside the United States")
    rules: Annotated[tuple[TaxRule, ...], AfterValidator(_each_rule_is_reached)] = Field(
        default=(), description="codes of products by what they are, and by where the order goes; the first that fits"
    )
    shipping: ChargeTax = "auto"
    fees: ChargeTax = "auto"
    by_name: Annotated[dict[ListName, ListName], BeforeValidator(_without_null), AfterValidator(_each_tax_once)] = (
        Field(
            default={},
            description="by the name of the store's tax: the item (`line item`) or the tax rate that takes it",
        )
    )
    if_differs: Literal["flag", "void and hold"] = "flag"

    @property
    def on_lines(self) -> bool:
        """Whether QuickBooks is told which lines are taxed."""
        return self.record_as in ("as charged", "automatic")

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.tax_code and self.record_as != "as charged":
            raise ValueError("tax_code is only for record_as: as charged; set that, or take the code out")
        if self.by_name and self.record_as not in ("line item", "as charged"):
            raise ValueError("by_name is only for record_as: line item or as charged; set one of them, or take it out")
        usual = TaxSettings.model_construct()
        for name in ("prices", "rules", "shipping", "fees"):
            if not self.on_lines and getattr(self, name) != getattr(usual, name):
                raise ValueError(
                    f"{name} is only for record_as: as charged or automatic; set one of them, or take it out"
                )
        if self.prices == "with tax" and any(rule.when.rate for rule in self.rules):
            raise ValueError("a rule has a rate, and with prices: with tax the store's rate is not known; take it out")
        return self
