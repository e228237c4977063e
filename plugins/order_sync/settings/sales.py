"""How a sale is recorded: the tabs "Orders", "Revenue", "Products", "Taxes" and "Refunds".

Items, accounts, terms, methods, classes and locations are named as QuickBooks shows them; amounts are in major units.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, Self, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from order_sync.settings.values import ListName, Section, or_list, or_none, readable_template

PostAs = Literal["Sales receipt", "Invoice", "Invoice and payment", "Invoice, payment if paid"]
"""What an order becomes ("Post as")."""

OrderStatus = Literal["DRAFT", "SENT", "VIEWED", "PAID"]
PaymentStatus = Literal["unpaid", "partly paid", "paid"]
WriteMode = Literal["auto", "single", "batch"]

TEMPLATE_FIELDS = ("order_id", "order_title")
"""What the templates of a document may hold beside the fields of a name."""

ANYTHING_ELSE = "anything else"
AS_ON_STORE = "as on store"

T = TypeVar("T")


def _document_template(text: str) -> str:
    return readable_template(text, TEMPLATE_FIELDS)


def _one_at_least(values: tuple[T, ...]) -> tuple[T, ...]:
    if not values:
        raise ValueError("is empty; write one value at least, or leave the key out")
    return values


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


def _csv_file(name: str) -> str:
    if not re.fullmatch(r"\w[\w .-]*\.csv", name):
        raise ValueError("is not the name of a CSV file that stands beside the settings; write it as products.csv")
    return name


def _without_null(value: object) -> object:
    """With `extends`, `null` takes one payment method, or all of them, away again."""
    if isinstance(value, dict):
        return {method: name for method, name in value.items() if name is not None}
    return {} if value is None else value


def _each_method_once(methods: dict[str, str]) -> dict[str, str]:
    if len({method.casefold() for method in methods}) < len(methods):
        raise ValueError("names a payment method twice; upper and lower case make no difference")
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


def _at_most_two(ways: tuple[Identification, ...]) -> tuple[Identification, ...]:
    if not 1 <= len(ways) <= 2 or len(set(ways)) < len(ways):
        raise ValueError("holds one way to identify a product, or two different ones")
    return ways


Several = Annotated[tuple[T, ...], BeforeValidator(or_list), AfterValidator(_one_at_least)]
"""One value, or a list of them."""

Amount = Annotated[Decimal, Field(ge=0, max_digits=15, decimal_places=3)]
Currency = Annotated[str, AfterValidator(_currency)]
TagId = Annotated[ListName, BeforeValidator(_id_as_text), AfterValidator(_tag_id)]
Template = Annotated[str, AfterValidator(_document_template)]
ByMethod = Annotated[dict[ListName, ListName], BeforeValidator(_without_null), AfterValidator(_each_method_once)]
"""Names of QuickBooks by the payment method as the store names it."""


class OrderSettings(Section):
    """Which orders are recorded, and what becomes of one that changes afterwards."""

    statuses: Several[OrderStatus] = ("DRAFT", "SENT", "VIEWED", "PAID")
    only_paid: bool = False
    minimum_total: Amount = Decimal(0)
    skip_zero_totals: bool = True
    without_items: Literal["standard item", "hold"] = "standard item"
    changed: Literal["flag", "update", "ignore"] = "flag"


class Conditions(Section):
    """What a rule fits: every condition that is named; of the values of one condition, any."""

    order_status: Several[OrderStatus] = ()
    payment_status: Several[PaymentStatus] = ()
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
    rules: Annotated[tuple[Rule, ...], AfterValidator(_each_rule_is_reached)] = ()
    number_from: Literal["store", "QuickBooks"] = "store"
    number_prefix: Annotated[str, Field(max_length=9), AfterValidator(_number_prefix)] = "IS-"
    transaction_date: Literal["order date", "payment date", "date of posting"] = "order date"
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


class Identification(Section):
    """One way to find the item of a product: what the store says of it, and the field of the item that must be the same."""

    source: Literal["SKU", "name"]
    destination: Literal["Sku", "Name"]

    @model_validator(mode="after")
    def _alike(self) -> Self:
        if (self.source, self.destination) == ("name", "Sku"):
            raise ValueError("a name is no SKU; use name with Name")
        return self

    def __str__(self) -> str:
        return f"{self.source} → {self.destination}"


class NewItem(Section):
    """What an item that the sync creates is given."""

    type: Literal["NonInventory", "Service", "Inventory"] = "NonInventory"
    income_account: ListName | None = None
    expense_account: ListName | None = Field(default=None, description="cost of goods; an inventory item needs it")
    asset_account: ListName | None = Field(default=None, description="of an inventory item")
    inventory_start: date | None = Field(default=None, description="of an inventory item")
    taxable: Literal["as on store", True, False] = "as on store"
    description: bool = Field(default=True, description="whether it is given the product's description")

    @model_validator(mode="after")
    def _stock_is_inventory(self) -> Self:
        if self.type != "Inventory" and (self.asset_account or self.inventory_start):
            raise ValueError(
                "asset_account and inventory_start are only for type: Inventory; set that, or take them out"
            )
        return self


class ProductSettings(Section):
    """How the item of a product is found, and what happens where there is none."""

    map: Annotated[str, AfterValidator(_csv_file)] | None = Field(
        default=None, description="a CSV file beside the settings"
    )
    identify: Annotated[tuple[Identification, ...], AfterValidator(_at_most_two)] = (
        Identification(source="SKU", destination="Sku"),
        Identification(source="name", destination="Name"),
    )
    not_found: Literal["standard", "create", "hold"] = "standard"
    create: NewItem = NewItem()
    reactivate_inactive: bool = False

    @model_validator(mode="after")
    def _can_be_created(self) -> Self:
        if self.not_found != "create":
            return self
        wanted = ["income_account"]
        if self.create.type == "Inventory":
            wanted += ["expense_account", "asset_account", "inventory_start"]
        if missing := [f"create.{key}" for key in wanted if getattr(self.create, key) is None]:
            raise ValueError(f"not_found: create needs {', '.join(missing)}")
        return self


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
