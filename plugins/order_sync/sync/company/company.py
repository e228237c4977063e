"""The company as documents need it: what its lists and preferences have for each name in the settings, by id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from order_sync.sync.company.products import Items

SHIPPING_ITEM = "SHIPPING_ITEM_ID"  # QuickBooks' own item for the shipping line


def is_united_states(country: str) -> bool:
    """Whether a company's country, as QuickBooks writes it, is the United States."""
    return country in ("US", "USA")


@dataclass(frozen=True, slots=True)
class ChargeItems:
    """The ids of the items that take what is no product."""

    standard: str
    tax: str
    tip: str
    fee: str
    finance_charge: str
    shipping: str
    refund: str
    discount: str | None = None
    write_off: str | None = None


@dataclass(frozen=True, slots=True)
class NewItemAccounts:
    """The ids of the accounts of an item that the sync creates."""

    income: str | None = None
    expense: str | None = None
    asset: str | None = None


@dataclass(frozen=True, slots=True)
class TaxRate:
    """A rate of the company's tax lists; `percent` of the net amount."""

    id: str
    name: str
    percent: Decimal


@dataclass(frozen=True, slots=True)
class TaxLists:
    """What the settings name of the company's taxes, by id.

    `rates` are those of each code, by the code's id: of the codes that the settings name, in the United States of all. `codes` are by
    the name in the rules. By the folded name of a tax of the store: `items` take its amount as a line, `by_name` are the rates that it
    is of.
    """

    rates: Mapping[str, tuple[TaxRate, ...]] = field(default_factory=dict)
    codes: Mapping[str, str] = field(default_factory=dict)
    items: Mapping[str, str] = field(default_factory=dict)
    by_name: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Company:
    """What a document of this company may refer to, by id, and what the company allows.

    `deposit_accounts` and `payment_methods` are by the payment method as the store names it, folded; classes and locations by
    the name in the settings.
    """

    items: Items
    lines: ChargeItems
    home_currency: str = "USD"
    country: str = "US"
    multicurrency: bool = False
    allows_shipping: bool = True
    allows_discount: bool = True
    class_on_lines: bool = False
    closed_until: date | None = None
    discount_account: str | None = None
    write_off_account: str | None = None
    """That the item of write-offs posts to, where the settings name one."""
    deposit_account: str | None = None
    deposit_accounts: Mapping[str, str] = field(default_factory=dict)
    refund_account: str | None = None
    """That all refunds leave, where the settings name one."""
    undeposited_funds: str | None = None
    """Where QuickBooks puts money for which no account is named."""
    receivable_accounts: Mapping[str, str] = field(default_factory=dict)
    """What customers owe, by currency."""
    payment_method: str | None = None
    payment_methods: Mapping[str, str] = field(default_factory=dict)
    sales_term: str | None = None
    classes: Mapping[str, str] = field(default_factory=dict)
    locations: Mapping[str, str] = field(default_factory=dict)
    tax_code: str | None = None
    taxed_lines: str = "TAX"
    untaxed_lines: str = "NON"
    taxes: TaxLists = TaxLists()
    new_item: NewItemAccounts = NewItemAccounts()
    rates: Mapping[tuple[str, date], Decimal] = field(default_factory=dict)
    """QuickBooks' own exchange rates, by currency and day: home currency for a unit. What is due of foreign orders needs them."""

    @property
    def in_united_states(self) -> bool:
        """Whether QuickBooks keeps its sales tax by the rules of the United States."""
        return is_united_states(self.country)


@dataclass(frozen=True, slots=True)
class NewCustomerDefaults:
    """The ids of the lists' rows that the settings name for new customers; None where they name none."""

    home_currency: str = "USD"
    sales_term: str | None = None
    customer_type: str | None = None
