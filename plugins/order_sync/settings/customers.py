"""The "Customers" tab: how an order finds its customer in QuickBooks, and what a new customer is given."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from order_sync.settings.placeholders import folded
from order_sync.settings.values import (
    ANY_EMAIL,
    ListName,
    NameSource,
    Section,
    or_list,
    or_off,
    readable_template,
)

CustomerField = Literal[
    "DisplayName",
    "CompanyName",
    "GivenName + FamilyName",
    "PrintOnCheckName",
    "PrimaryEmailAddr",
    "PrimaryPhone",
    "ResaleNum",
    "Notes marker",
]
"""The QuickBooks field it is compared with ("What field do you want to send Customer names to?")."""

EXEMPTION_REASONS = (*range(1, 16), 99)
"""QuickBooks' numbers of the reasons for which a customer pays no sales tax."""

_REASONS = "1 to 15, as 9 for resale, or 99 for another one"

AddressRule = Literal[
    "off", "Billing with Billing", "Shipping with Shipping", "Billing and Shipping with Billing and Shipping"
]
"""Which addresses of a customer follow its newest order ("Update customer addresses from new orders")."""


def _suffix(text: str) -> str:
    if "{contact_id}" not in text:
        raise ValueError("must hold {contact_id}, so that each contact's is its own")
    return readable_template(text)


def _notes(text: str) -> str:
    return readable_template(text, ("order_id",))


def _norway(value: object) -> object:
    return "NO" if value is False else value  # and a plain `NO`


def _known_country(code: str) -> str:
    from phonenumbers import SUPPORTED_REGIONS  # not needed for the default, so that a Dag file is read quickly

    if code not in SUPPORTED_REGIONS:
        raise ValueError("is not a country's code; write two capital letters, as US, CA or GB")
    return code


def _exemption_reason(number: object) -> object:
    if isinstance(number, bool) or (isinstance(number, int) and number not in EXEMPTION_REASONS):
        raise ValueError(f"is not one of QuickBooks' reasons: {_REASONS}")
    return number


class Criterion(Section):
    """One way to find an order's customer: a source compared with a destination."""

    source: NameSource
    destination: CustomerField

    @model_validator(mode="after")
    def _any_email_finds_emails(self) -> Self:
        if self.source == ANY_EMAIL and self.destination != "PrimaryEmailAddr":
            raise ValueError(f"{ANY_EMAIL} is only for destination: PrimaryEmailAddr; for others, write Email")
        return self

    def __str__(self) -> str:
        return f"{self.source} → {self.destination}"


def _each_once(criteria: tuple[Criterion, ...]) -> tuple[Criterion, ...]:
    if not criteria:
        raise ValueError("needs one criterion at least, as {source: Email, destination: PrimaryEmailAddr}")
    twice = next((one for place, one in enumerate(criteria) if one in criteria[:place]), None)
    if twice:
        raise ValueError(f"{twice} stands twice; the second can find nobody that the first did not")
    return criteria


class Equality(Section):
    """What counts as the same name, beyond upper and lower case, spaces, and Unicode's ways to write a letter."""

    ignore_punctuation: bool = True
    ignore_accents: bool = True
    ampersand_is_and: bool = True
    ignore_legal_forms: bool = False
    phone_country: Annotated[str, BeforeValidator(_norway), AfterValidator(_known_country)] = "US"


def _one_name(source: str | None) -> str | None:
    if source == ANY_EMAIL:
        raise ValueError(f"{ANY_EMAIL} is only for criteria; for a name, write Email")
    return source


class NewCustomer(Section):
    """What a customer that the sync creates is given beside the contact's own details; names of lists as QuickBooks shows them."""

    name: Annotated[NameSource | None, AfterValidator(_one_name)] = Field(
        default=None, description="none: the source that is matched with DisplayName"
    )
    suffix: Annotated[str, AfterValidator(_suffix)] = " (Infusionsoft {contact_id})"
    sales_term: ListName | None = None
    customer_type: ListName | None = None
    tax_exempt: bool = False
    tax_exemption_reason: (
        Annotated[int, BeforeValidator(_exemption_reason), AfterValidator(_exemption_reason)] | None
    ) = None
    preferred_delivery: Literal["Print", "Email", "None"] | None = None
    currency: Literal["company", "order"] = "company"
    notes: Annotated[str, AfterValidator(_notes)] = ""

    @model_validator(mode="after")
    def _exempt_for_a_reason(self) -> Self:
        if self.tax_exempt and self.tax_exemption_reason is None:
            raise ValueError(f"tax_exempt: true needs a tax_exemption_reason; write {_REASONS}")
        if self.tax_exemption_reason is not None and not self.tax_exempt:
            raise ValueError("tax_exemption_reason is only for tax_exempt: true; set that, or take the reason out")
        return self


class CustomerSettings(Section):
    """The "Customers" tab."""

    criteria: Annotated[tuple[Criterion, ...], AfterValidator(_each_once)] = (
        Criterion(source="First Last", destination="DisplayName"),
        Criterion(source="Email", destination="PrimaryEmailAddr"),
    )
    equality: Equality = Equality()
    placeholders: Annotated[tuple[ListName, ...], BeforeValidator(or_list)] = Field(
        default=(), description="beside the usual ones, one a line; of e-mail addresses also `noemail@*`"
    )
    ambiguous: Literal["hold", "oldest", "most recently updated", "next criterion"] = "hold"
    guard: Annotated[Literal["hold", "warn", "off"], BeforeValidator(or_off)] = "hold"
    not_found: Literal["create", "standard", "hold"] = "create"
    create: NewCustomer = NewCustomer()
    standard_customer: ListName | None = None
    always_standard: bool = False
    standard_addresses: Literal["order", "customer"] = "order"
    default_customer: ListName | None = None
    match_jobs: bool = Field(
        default=False,
        description="whether jobs and projects, which are billed with their parent, are found like customers",
    )
    reactivate_inactive: bool = False
    update_addresses: Annotated[AddressRule, BeforeValidator(or_off)] = "Billing and Shipping with Billing and Shipping"
    update_details: Annotated[Literal["off", "fill blanks", "follow"], BeforeValidator(or_off)] = Field(
        default="off", description="e-mail, telephone, name and company of a found customer, from its newest order"
    )
    update_online_store: bool = False

    @model_validator(mode="after")
    def _standard_is_named(self) -> Self:
        if self.standard_customer is None and (self.always_standard or self.not_found == "standard"):
            raise ValueError("standard_customer is required where always_standard is true or not_found is standard")
        return self

    @property
    def own_placeholders(self) -> frozenset[str]:
        """The placeholders of these settings as they are compared."""
        return frozenset(map(folded, self.placeholders))

    @property
    def makes_currencies(self) -> bool:
        """Whether a person who orders in a further currency gets a further customer."""
        return self.not_found == "create" and self.create.currency == "order"

    @property
    def new_name(self) -> str:
        """The source of a new customer's name: the one chosen, else the one that is matched with the display name, else `First Last`."""
        matched = (one.source for one in self.criteria if one.destination == "DisplayName")
        return self.create.name or next(matched, "First Last")
