"""How a sale is recorded: the tabs "Orders", "Revenue", "Products", "Taxes" and "Refunds".

Items, accounts, terms, methods, classes and locations are named as QuickBooks shows them; amounts are in major units.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from order_sync.settings.orders import OrderStatus
from order_sync.settings.payments import PaymentType, folded
from order_sync.settings.values import Amount, ListName, Section, Several, or_none, readable_template

PostAs = Literal["Sales receipt", "Invoice", "Invoice and payment", "Invoice, payment if paid"]
"""What an order becomes ("Post as")."""

PaymentStatus = Literal["unpaid", "partly paid", "paid"]

TEMPLATE_FIELDS = ("order_id", "order_title")
"""What the templates of a document may hold beside the fields of a name."""

ANYTHING_ELSE = "anything else"
AS_ON_STORE = "as on store"


def _document_template(text: str) -> str:
    return readable_template(text, TEMPLATE_FIELDS)


def _id_as_text(value: object) -> object:
    return str(value) if type(value) is int else value  # YAML reads an id as a number


def _tag_id(text: str) -> str:
    if not re.fullmatch("[1-9][0-9]{0,17}", text):
        raise ValueError("is not the id of a tag; write its number, as 91")
    return text


def _currency(text: str) -> str:
    if not re.fullmatch("[A-Z]{3}", text):
        raise ValueError("is not a currency's code; write three capital letters, as USD")
    return text


def _number_prefix(text: str) -> str:
    if text != text.lstrip() or not text.isprintable():
        raise ValueError("cannot begin with a space, or hold tabs or line ends")
    return text


def _without_null(value: object) -> object:
    """With `extends`, `null` takes one payment method, or all of them, away again."""
    if isinstance(value, dict):
        return {method: name for method, name in value.items() if name is not None}
    return {} if value is None else value


def _each_method_once(methods: dict[str, str]) -> dict[str, str]:
    # Several spellings of one method are no fault: files name them that were written when each had to be.
    if len({(folded(method), name) for method, name in methods.items()}) > len(set(map(folded, methods))):
        raise ValueError(
            "names a payment method twice, unlike; upper and lower case, blanks and hyphens make no difference"
        )
    return methods


def _conditions(value: object) -> object:
    if value == ANYTHING_ELSE:
        return {}
    if not value or isinstance(value, str):
        raise ValueError(f"names no condition; write one, as {{payment_status: paid}}, or `when: {ANYTHING_ELSE}`")
    return value


def _each_rule_is_reached(rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    conditions = [rule.when for rule in rules]
    open_ended = [place for place, when in enumerate(conditions) if when == Conditions()]
    if rules and open_ended != [len(rules) - 1]:
        raise ValueError(f"the last rule, and no other, must be for `when: {ANYTHING_ELSE}`")
    if any(when in conditions[:place] for place, when in enumerate(conditions)):
        raise ValueError("two rules have the same conditions; no order would reach the second")
    return rules


Currency = Annotated[str, AfterValidator(_currency)]
TagId = Annotated[ListName, BeforeValidator(_id_as_text), AfterValidator(_tag_id)]
Template = Annotated[str, AfterValidator(_document_template)]
ByMethod = Annotated[dict[PaymentType, ListName], BeforeValidator(_without_null), AfterValidator(_each_method_once)]
"""Names of QuickBooks by the payment method as the store names it."""


class Conditions(Section):
    """What a rule fits: every condition that is named; of the values of one condition, any."""

    order_status: Several[OrderStatus] = ()
    payment_status: Several[PaymentStatus] = ()
    paid: Literal["at once", "in parts"] | None = None
    payment_plan: bool | None = None
    payment_method: Several[ListName] = ()
    order_type: Several[Literal["ONLINE", "OFFLINE"]] = ()
    currency: Several[Currency] = ()
    product: Several[ListName] = ()
    tag: Several[TagId] = ()
    total_at_least: Amount | None = None
    total_below: Amount | None = None

    @model_validator(mode="after")
    def _some_total_fits(self) -> Self:
        if self.total_at_least is not None and self.total_below is not None and self.total_below <= self.total_at_least:
            raise ValueError("total_below must be more than total_at_least; no order's total fits both")
        return self


class Rule(Section):
    """How the orders that fit are recorded; class and location, where it names none, are those of the revenue settings."""

    when: Annotated[Conditions, BeforeValidator(_conditions)]
    post_as: PostAs
    class_: ListName | None = Field(default=None, alias="class")
    location: ListName | None = None


class RevenueSettings(Section):
    """What an order becomes, its number and dates, and where each kind of line is booked."""

    post_as: PostAs | None = Field(default=None, description="none: `Sales receipt`, or as the rules say")
    rules: Annotated[tuple[Rule, ...], AfterValidator(_each_rule_is_reached)] = Field(
        default=(), description="the first that fits; the last is for anything else, and names no condition"
    )
    number_from: Literal["store", "QuickBooks"] = "store"
    number_prefix: Annotated[str, Field(max_length=9), AfterValidator(_number_prefix)] = "IS-"
    transaction_date: Literal["order date", "payment date", "date of posting"] = "payment date"
    ship_date: Annotated[Literal["none", "order date"], BeforeValidator(or_none)] = "none"
    sales_term: ListName | None = None
    memo: Template = ""
    message: Template = ""
    line_description: Literal["item name", "order's own", "QuickBooks' description"] = "item name"
    reference: Annotated[Literal["none", "order id", "payment's transaction id"], BeforeValidator(or_none)] = "none"
    deposit_account: ListName | None = Field(default=None, description="none: QuickBooks takes Undeposited Funds")
    deposit_accounts: ByMethod = Field(default={}, description="by the payment method as the store names it")
    payment_method: ListName | None = Field(default=None, description=f"a method of QuickBooks, or `{AS_ON_STORE}`")
    payment_methods: ByMethod = Field(default={}, description=f"for `{AS_ON_STORE}`, by the store's name")
    class_: ListName | None = Field(default=None, alias="class")
    location: ListName | None = None
    standard_item: ListName = Field(description="books what has no item of its own")
    tax_item: ListName = Field(description="books the sales tax that the store collected")
    tip_item: ListName = Field(description="books tips")
    fee_item: ListName = Field(description="books fees")
    finance_charge_item: ListName | None = Field(default=None, description="none: the fee item")
    shipping_item: ListName | None = Field(default=None, description="none: QuickBooks' own shipping line")
    discounts: Literal["discount line", "negative lines"] = "discount line"
    discount_account: ListName | None = Field(default=None, description="of discount lines; none: the company's own")
    discount_item: ListName | None = Field(default=None, description="of negative lines")
    consolidate: bool = Field(default=False, description="one document a day and payment method")
    daily_customer: ListName | None = Field(default=None, description="none: `<store> daily sales`")

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.rules and self.post_as:
            raise ValueError("has both post_as and rules; leave one of them out")
        if self.consolidate and self.rules:
            raise ValueError("consolidate cannot be combined with rules; leave one of them out")
        if self.consolidate and self.post_as not in (None, "Sales receipt"):
            raise ValueError("consolidate makes sales receipts; leave post_as out")
        if self.daily_customer and not self.consolidate:
            raise ValueError("daily_customer is only for consolidate: true; set that, or take the customer out")
        if self.discounts == "negative lines" and not self.discount_item:
            raise ValueError("discount_item is required where discounts is negative lines")
        if self.discount_item and self.discounts != "negative lines":
            raise ValueError("discount_item is only for discounts: negative lines; set that, or take the item out")
        if self.discount_account and self.discounts != "discount line":
            raise ValueError("discount_account is only for discounts: discount line; set that, or take the account out")
        if self.payment_methods and self.payment_method != AS_ON_STORE:
            raise ValueError(f"payment_methods is only for payment_method: {AS_ON_STORE}; set that, or take them out")
        return self
