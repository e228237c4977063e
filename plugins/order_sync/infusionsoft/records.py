"""What Infusionsoft says, as frozen records: amounts are `Decimal` in major units, times are aware, empty means `None`.

The service mixes `null`, `""` and the literal string `"null"` for "no value" (seen on the wire), gives order amounts in the smallest
unit of the currency but payment amounts in major units, and stamps manual payments with midnight. All of that ends here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from order_sync.errors import RecordRefused
from order_sync.settings.payments import PaymentKind


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address; `region` is written as on letters (`AZ`, `Tokyo`), `region_code` the service's own (`US-AZ`), `country_code` ISO
    3166 alpha-3."""

    line1: str | None = None
    line2: str | None = None
    locality: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country_code: str | None = None
    country: str | None = None
    region_code: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing that a letter needs is there (a country alone is not an address)."""
        return not (self.line1 or self.line2 or self.locality or self.postal_code)


@dataclass(frozen=True, slots=True)
class Shipping:
    """Where an order goes, and to whom."""

    given_name: str | None = None
    family_name: str | None = None
    company: str | None = None
    phone: str | None = None
    address: Address = Address()


@dataclass(frozen=True, slots=True)
class OrderItem:
    """A line of an order; `price` is per unit, `discount` is given on lines of a discount type only (sign not documented).

    A discount that has no price has one of zero: what it takes off is its `discount`, or what its special says.
    """

    id: str
    item_type: str
    name: str | None
    description: str | None
    quantity: Decimal
    price: Decimal
    discount: Decimal | None
    product_id: str | None
    product_name: str | None
    sku: str | None
    taxable: bool | None


@dataclass(frozen=True, slots=True)
class Order:
    """An order as `GET /v2/orders` gives it; the open balance is `total - total_paid` (`total_due` is not it)."""

    id: str
    title: str | None
    status: str
    order_type: str | None
    source_type: str | None
    currency: str
    total: Decimal
    total_paid: Decimal
    refund_total: Decimal
    contact_id: str | None
    contact_email: str | None
    contact_given_name: str | None
    contact_family_name: str | None
    created_at: datetime
    modified_at: datetime | None
    ordered_at: datetime
    invoice_id: str | None
    shipping: Shipping
    items: tuple[OrderItem, ...]
    payment_plan: bool = False
    """Whether a plan makes several payments of it."""


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact; `emails` in the order EMAIL1, EMAIL2, EMAIL3, blanks left out."""

    id: str
    given_name: str | None
    middle_name: str | None
    family_name: str | None
    company: str | None
    emails: tuple[str, ...]
    phones: tuple[str, ...]
    billing: Address
    shipping: Address
    updated_at: datetime | None
    tag_ids: tuple[str, ...] = ()
    prefix: str | None = None
    """`Mrs.`, `Dr.`"""
    suffix: str | None = None
    """`Sr.`, `Jr.`, `III`"""
    other: Address = Address()
    """The one that is neither for bills nor for goods."""


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that came or went for an order, in major units; `paid_at` of a manual payment is midnight of its day.

    Of a payment that several orders share (`shared`), `amount` is all of it until the order's share is known.
    """

    id: str
    order_id: str
    amount: Decimal
    status: str
    paid_at: datetime | None
    updated_at: datetime | None
    note: str | None
    method: str | None
    external_id: str | None
    refund_of: str | None
    """In the list of an order's payments: the row there that this one gives back."""
    refunded_by: str | None = None
    """In the list of all payments: the payment that gives this one back."""
    payment_id: str | None = None
    """In the list of an order's payments: this one's id in the list of all."""
    shared: bool = False
    day: date | None = None
    """The calendar day that was entered, of a payment by hand: known once the account's time zone is; None where the moment counts."""
    kind: PaymentKind = "money"
    """What it is by its `method`, which need not be money: known once the settings are."""


RecordKind = Literal["order", "payment", "contact"]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A record that the service gave and that means nothing: its id where it has one, what is wrong, and the record itself as text."""

    kind: RecordKind
    id: str
    error: RecordRefused
    raw: str = field(repr=False)
    order_ids: frozenset[str] = frozenset()
    """The orders that a payment names, as far as they can be read."""
    asked: frozenset[str] = frozenset()
    """The ids that were asked for, where some were: what has no id may be any of them."""
