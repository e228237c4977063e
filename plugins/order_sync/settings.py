"""What the accountant chose: the pydantic models of `include/config/stores/<store>.yaml`, read with errors that a person can act on.

A store is one Infusionsoft account whose orders go to one QuickBooks company. Labels in quotes are the ones accountants know from
the "Sync Settings" of hosted tools.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args
from zoneinfo import ZoneInfo

from croniter import CroniterBadDateError, croniter
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from order_sync.errors import ConfigurationError
from order_sync.settings_files import SettingsFile, file_of, merged, read_files

ROOT = Path(__file__).resolve().parents[2]

NAME_FORMATS: dict[str, str] = {
    "First Last": "{first} {last}",
    "Last, First": "{last}, {first}",
    "First, Last": "{first}, {last}",
    "Last First": "{last} {first}",
    "Company": "{company}",
    "Company, else First Last": "{company}|{first} {last}",
    "Company, else Last, First": "{company}|{last}, {first}",
    "First Last (Email)": "{first} {last} ({email})",
    "Last, First, Email": "{last}, {first}, {email}",
    "Email": "{email}",
    "Phone": "{phone}",
    "Contact id": "{contact_id}",
    "Shipping First Last": "{shipping_first} {shipping_last}",
    "Shipping Last, First": "{shipping_last}, {shipping_first}",
    "Shipping company": "{shipping_company}",
}
"""How a customer's name is taken from Infusionsoft ("How do you want to download customer name?"), as the template that it stands for;
behind `|` stands what is used where the template before it comes out blank."""

NAME_FIELDS = (
    "first",
    "middle",
    "last",
    "company",
    "email",
    "phone",
    "contact_id",
    "shipping_first",
    "shipping_last",
    "shipping_company",
)
"""What a template of one's own may hold, as in `{last}, {first} - {contact_id}`."""

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

AddressRule = Literal[
    "off", "Billing with Billing", "Shipping with Shipping", "Billing and Shipping with Billing and Shipping"
]
"""Which addresses of a customer follow its newest order ("Update customer addresses from new orders")."""


def _readable_template(text: str, more: tuple[str, ...] = ()) -> str:
    fields = re.findall(r"\{([^{}]*)\}", text)
    rest = re.sub(r"\{[^{}]*\}", "", text)
    allowed = (*NAME_FIELDS, *more)
    wrong = [field for field in fields if field not in allowed]
    if wrong or "{" in rest or "}" in rest:
        raise ValueError(f"is not a readable template; it may hold {', '.join('{' + name + '}' for name in allowed)}")
    return text


def _readable_source(text: str) -> str:
    if text in NAME_FORMATS:
        return text
    if "{" not in text:
        near = difflib.get_close_matches(text, NAME_FORMATS, n=1)
        hint = f"did you mean {near[0]!r}? Allowed" if near else "allowed"
        raise ValueError(
            f"is no name format; {hint} are {', '.join(map(repr, NAME_FORMATS))}, or a template as {{last}}, {{first}}"
        )
    if not all("{" in template for template in text.split("|")):
        raise ValueError("is not a readable template; on each side of | stands a field, as {company}|{first} {last}")
    return _readable_template(text)


def _suffix(text: str) -> str:
    if "{contact_id}" not in text:
        raise ValueError("must hold {contact_id}, so that each contact's is its own")
    return _readable_template(text)


def _notes(text: str) -> str:
    return _readable_template(text, ("order_id",))


def _trimmed(text: str) -> str:
    if not text.strip():
        raise ValueError("is blank")
    return text.strip()


NameSource = Annotated[str, AfterValidator(_readable_source)]
ListName = Annotated[str, AfterValidator(_trimmed)]
"""The name of a row of a QuickBooks list, as QuickBooks shows it."""


def _store_name(name: str) -> str:
    if not re.fullmatch("[a-z0-9][a-z0-9_]{0,39}", name):
        raise ValueError("is no store's name; name the file with at most 40 of a-z, 0-9 and _, the first none of _")
    return name


def _known_time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError("is not an IANA time zone; write it as in America/Phoenix or Europe/Berlin") from None
    return name


def _readable_cron(expression: str) -> str:
    if len(expression.split()) != 5 or not croniter.is_valid(expression):
        raise ValueError("is not a cron expression of five fields; every midnight is '0 0 * * *'")
    try:
        croniter(expression).get_next()
    except CroniterBadDateError:
        raise ValueError("names no day that exists; every midnight is '0 0 * * *'") from None
    return expression


def _off(value: object) -> object:
    return "off" if value is False else value  # YAML reads a plain `off` as false


def _norway(value: object) -> object:
    return "NO" if value is False else value  # and a plain `NO`


def _known_country(code: str) -> str:
    from phonenumbers import SUPPORTED_REGIONS  # not needed for the default, so that a Dag file is read quickly

    if code not in SUPPORTED_REGIONS:
        raise ValueError("is not a country's code; write two capital letters, as US, CA or GB")
    return code


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Criterion(_Section):
    """One way to find an order's customer: a source compared with a destination."""

    source: NameSource
    destination: CustomerField

    def __str__(self) -> str:
        return f"{self.source} → {self.destination}"


def _each_once(criteria: tuple[Criterion, ...]) -> tuple[Criterion, ...]:
    if not criteria:
        raise ValueError("needs one criterion at least, as {source: Email, destination: PrimaryEmailAddr}")
    twice = next((one for place, one in enumerate(criteria) if one in criteria[:place]), None)
    if twice:
        raise ValueError(f"{twice} stands twice; the second can find nobody that the first did not")
    return criteria


class Equality(_Section):
    """What counts as the same name, beyond upper and lower case, spaces, and Unicode's ways to write a letter."""

    ignore_punctuation: bool = True
    ignore_accents: bool = True
    ampersand_is_and: bool = True
    ignore_legal_forms: bool = False
    phone_country: Annotated[str, BeforeValidator(_norway), AfterValidator(_known_country)] = "US"


class NewCustomer(_Section):
    """What a customer that the sync creates is given beside the contact's own details; names of lists as QuickBooks shows them."""

    name: NameSource | None = Field(default=None, description="none: the source that is matched with DisplayName")
    suffix: Annotated[str, AfterValidator(_suffix)] = " (Infusionsoft {contact_id})"
    sales_term: ListName | None = None
    customer_type: ListName | None = None
    tax_exempt: bool = False
    tax_exemption_reason: Annotated[int, Field(ge=1, le=15)] | None = None
    preferred_delivery: Literal["Print", "Email", "None"] | None = None
    currency: Literal["company", "order"] = "company"
    notes: Annotated[str, AfterValidator(_notes)] = ""

    @model_validator(mode="after")
    def _exempt_for_a_reason(self) -> Self:
        if self.tax_exemption_reason is not None and not self.tax_exempt:
            raise ValueError("tax_exemption_reason is only for tax_exempt: true; set that, or take the reason out")
        return self


class CustomerSettings(_Section):
    """The "Customers" tab."""

    criteria: Annotated[tuple[Criterion, ...], AfterValidator(_each_once)] = (
        Criterion(source="First Last", destination="DisplayName"),
        Criterion(source="Email", destination="PrimaryEmailAddr"),
    )
    equality: Equality = Equality()
    ambiguous: Literal["hold", "oldest", "most recently updated", "next criterion"] = "hold"
    guard: Annotated[Literal["hold", "warn", "off"], BeforeValidator(_off)] = "hold"
    not_found: Literal["create", "standard", "hold"] = "create"
    create: NewCustomer = NewCustomer()
    standard_customer: ListName | None = None
    always_standard: bool = False
    standard_addresses: Literal["order", "customer"] = "order"
    default_customer: ListName | None = None
    reactivate_inactive: bool = False
    update_addresses: Annotated[AddressRule, BeforeValidator(_off)] = "Billing and Shipping with Billing and Shipping"
    update_online_store: bool = False

    @model_validator(mode="after")
    def _standard_is_named(self) -> Self:
        if self.standard_customer is None and (self.always_standard or self.not_found == "standard"):
            raise ValueError("standard_customer is required where always_standard is true or not_found is standard")
        return self

    @property
    def new_name(self) -> str:
        """The source of a new customer's name: the one chosen, else the one that is matched with the display name, else `First Last`."""
        matched = (one.source for one in self.criteria if one.destination == "DisplayName")
        return self.create.name or next(matched, "First Last")


class RevenueSettings(_Section):
    """How an order is recorded: what it becomes, its number, and where each kind of line is booked.

    Items and accounts are named as QuickBooks shows them; `number_prefix` and the order id make a number of at most 21 characters.
    """

    post_as: Literal["Sales receipt"] = "Sales receipt"
    number_prefix: str = Field(default="IS-", max_length=9)
    standard_item: str = Field(min_length=1, description="books a product that QuickBooks does not have")
    tax_item: str = Field(min_length=1, description="books the sales tax that the store collected")
    tip_item: str = Field(min_length=1, description="books tips")
    fee_item: str = Field(min_length=1, description="books fees and finance charges")
    discount_account: str | None = Field(default=None, description="account of discount lines; none: the company's own")


class ReportSettings(_Section):
    """When a run counts as failed."""

    fail_when_orders_failed: bool = True


class Store(_Section):
    """One store's settings; `name` is the file's name without its ending."""

    name: Annotated[str, AfterValidator(_store_name)]
    time_zone: Annotated[str, AfterValidator(_known_time_zone)]
    schedule: Annotated[str, AfterValidator(_readable_cron)] = "0 5 * * *"
    start_date: date
    catchup: bool = True
    customers: CustomerSettings = CustomerSettings()
    revenue: RevenueSettings
    report: ReportSettings = ReportSettings()

    @property
    def quickbooks_connection(self) -> str:
        """The Airflow connection of the QuickBooks company."""
        return f"quickbooks_{self.name}"

    @property
    def infusionsoft_connection(self) -> str:
        """The Airflow connection of the Infusionsoft account."""
        return f"infusionsoft_{self.name}"

    @property
    def pool(self) -> str:
        """The Airflow pool of one slot that all tasks calling this company share."""
        return f"quickbooks_{self.name}"

    @property
    def zone(self) -> ZoneInfo:
        """The company's time zone: days of documents and of the schedule are days there."""
        return ZoneInfo(self.time_zone)


def stores_folder() -> Path:
    """The folder of the stores' files: `ORDER_SYNC_STORES`, else `include/config/stores` of this checkout."""
    return Path(os.environ.get("ORDER_SYNC_STORES") or ROOT / "include" / "config" / "stores")


def store_files(folder: Path | None = None) -> list[Path]:
    """The stores' settings files, sorted by name, without those of shared settings, whose names start with `_`.

    A folder that is not there is a ConfigurationError.
    """
    folder = folder or stores_folder()
    if not folder.is_dir():
        raise ConfigurationError(
            f"The folder of store settings {folder} does not exist.",
            advice="Set ORDER_SYNC_STORES to the folder that holds one <store>.yaml for each store.",
        )
    return sorted(folder.glob("[!_]*.yaml"))


def load_store(path: Path) -> Store:
    """A store's settings from its file and those that it extends.

    Raises ConfigurationError that names the file, each wrong key, its value, and what is allowed there.
    """
    files = read_files(path)
    try:
        return Store.model_validate({"name": path.stem, **merged(files)})
    except ValidationError as error:
        problems = "\n".join(f"  {line}" for line in _problems(error, files))
        raise ConfigurationError(
            f"{path} has {error.error_count()} wrong setting(s):\n{problems}",
            advice="\nCorrect the file; nothing was sent.",
        ) from None


_KINDS = {
    "bool": "true or false",
    "string": "text; numbers and dates are text in quotes",
    "int": "a whole number",
    "date": "a date, as 2026-11-16",
    "tuple": "a list",
    "model": "a section: its keys stand below it, indented",
}
"""What is allowed, by the first word of pydantic's name for what is wrong."""


def _problems(error: ValidationError, files: list[SettingsFile]) -> Iterator[str]:
    for problem in error.errors(include_url=False):
        path, place = file_of(files, problem["loc"]), ".".join(str(part) for part in problem["loc"])
        shared = f" (in {path.name})" if path not in (None, files[0].path) else ""
        yield f"{place}: {_wrong(problem)}{shared}"


def _wrong(problem: Mapping[str, Any]) -> str:
    kind, value, message = problem["type"], problem["input"], problem["msg"]
    match kind:
        case "extra_forbidden":
            return f"there is no such setting{_allowed_keys(problem['loc'])}"
        case "missing":
            return "is required and missing"
        case "literal_error":
            return f"{value!r} is not allowed; allowed is {problem['ctx']['expected']}"
        case "value_error" if isinstance(value, dict | list):
            return str(problem["ctx"]["error"])
        case "value_error":
            return f"{value!r} {problem['ctx']['error']}"
        case _ if kind.endswith(("_type", "_parsing", "_from_float", "_inexact")):
            return f"{value!r} is not allowed; allowed is {_KINDS[kind.split('_')[0]]}"
    return f"{value!r} is not allowed; {message[0].lower()}{message[1:]}"


def _allowed_keys(location: tuple[Any, ...]) -> str:
    section: Any = Store
    for part in location[:-1]:
        if isinstance(part, str):
            kind = section.model_fields[part].annotation
            section = next((each for each in get_args(kind) if each is not Ellipsis), kind)
    keys = list(section.model_fields)
    if section is Store:
        keys = [*(key for key in keys if key != "name"), "extends"]
    near = difflib.get_close_matches(str(location[-1]), keys, n=1)
    return f"; did you mean {near[0]}?" if near else f"; allowed are {', '.join(keys)}"
