"""A store: all that the accountant chose, read from `include/config/stores/<store>.yaml` with errors that a person can act on.

A store is one Infusionsoft account whose orders go to one QuickBooks company.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args
from zoneinfo import ZoneInfo

from croniter import CroniterBadDateError, croniter
from pydantic import AfterValidator, Field, ValidationError, model_validator

from order_sync.errors import ConfigurationError
from order_sync.settings.customers import CustomerSettings
from order_sync.settings.files import SettingsFile, file_of, merged, read_files
from order_sync.settings.orders import OrderSettings
from order_sync.settings.payments import PaymentSettings
from order_sync.settings.products import ProductSettings
from order_sync.settings.refunds import RefundSettings
from order_sync.settings.revenue import RevenueSettings
from order_sync.settings.taxes import TaxSettings
from order_sync.settings.values import Section, shown

ROOT = Path(__file__).resolve().parents[3]

_FIRST_DAY, _LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)


def _store_name(name: str) -> str:
    if not re.fullmatch("[a-z0-9][a-z0-9_]{0,39}", name):
        raise ValueError("is no store's name; name the file with at most 40 of a-z, 0-9 and _, the first none of _")
    return name


def _known_time_zone(name: str) -> str:
    try:
        if name in ("localtime", "posixrules"):  # whatever the machine is set to
            raise ValueError
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError("is not an IANA time zone; write it as in America/Phoenix or Europe/Berlin") from None
    return name


def _readable_cron(expression: str) -> str:
    # croniter's R is another moment each time the file is read.
    if len(expression.split()) != 5 or not croniter.is_valid(expression) or re.search(r"\b[rR]\b", expression):
        raise ValueError("is not a cron expression of five fields; every midnight is '0 0 * * *'")
    try:
        croniter(expression).get_next()
        croniter(expression).get_prev()
    except CroniterBadDateError:
        raise ValueError("names no day that exists; every midnight is '0 0 * * *'") from None
    return expression


def _day_of_this_age(day: date) -> date:
    if not _FIRST_DAY <= day <= _LAST_DAY:
        raise ValueError(
            f"is no day on which a store begins; write one from {_FIRST_DAY} to {_LAST_DAY}, as 2026-11-16"
        )
    return day


class ReportSettings(Section):
    """When a run counts as failed."""

    fail_when_orders_failed: bool = True


class Store(Section):
    """One store's settings; `name` is the file's name without its ending."""

    name: Annotated[str, AfterValidator(_store_name)]
    time_zone: Annotated[str, AfterValidator(_known_time_zone)]
    schedule: Annotated[str, AfterValidator(_readable_cron)] = "0 5 * * *"
    start_date: Annotated[date, AfterValidator(_day_of_this_age)]
    catchup: bool = True
    settings: Literal["console", "file"] = Field(
        default="console", description="whether versions that are saved in the console count, or this file alone"
    )
    write_mode: WriteMode = "auto"
    infusionsoft_time_zone: Annotated[str, AfterValidator(_known_time_zone)] | None = Field(
        default=None, description="of the Infusionsoft account; none: as its business profile says"
    )
    customers: CustomerSettings = CustomerSettings()
    orders: OrderSettings = OrderSettings()
    revenue: RevenueSettings
    payments: PaymentSettings = PaymentSettings()
    products: ProductSettings = ProductSettings()
    taxes: TaxSettings = TaxSettings()
    refunds: RefundSettings = RefundSettings()
    report: ReportSettings = ReportSettings()

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.revenue.consolidate and self.taxes.record_as == "automatic":
            raise ValueError(
                "revenue.consolidate cannot be combined with taxes.record_as: automatic, because tax depends on each order's address"
            )
        if self.revenue.consolidate and self.orders.overpaid == "unapplied":
            raise ValueError(
                "orders.overpaid: unapplied cannot be combined with revenue.consolidate, because all orders have one customer there"
            )
        return self

    @property
    def daily_customer(self) -> str | None:
        """The display name of the customer of consolidated documents; None where orders have documents of their own."""
        if not self.revenue.consolidate:
            return None
        return self.revenue.daily_customer or f"{self.name} daily sales"

    @property
    def matching(self) -> CustomerSettings:
        """How customers are found: as the settings say, or always the one of the consolidated documents."""
        if self.daily_customer is None:
            return self.customers
        off = {"update_addresses": "off", "update_details": "off"}
        changes = {"always_standard": True, "standard_customer": self.daily_customer, **off}
        return self.customers.model_copy(update=changes)

    @property
    def quickbooks_connection(self) -> str:
        """The Airflow connection of the QuickBooks company."""
        return f"quickbooks_{self.name}"

    @property
    def infusionsoft_connection(self) -> str:
        """The Airflow connection of the Infusionsoft account."""
        return f"infusionsoft_{self.name}"

    @property
    def zone(self) -> ZoneInfo:
        """The company's time zone: days of documents and of the schedule are days there."""
        return ZoneInfo(self.time_zone)


def stores_folder() -> Path:
    """The folder of the stores' files: `ORDER_SYNC_STORES`, else `include/config/stores` of this checkout."""
    return Path(os.environ.get("ORDER_SYNC_STORES") or ROOT / "include" / "config" / "stores")


def store_files(folder: Path | None = None) -> list[Path]:
    """The stores' settings files, sorted by name, without hidden ones and those of shared settings, whose names start with `_`.

    A file with another spelling of the ending is among them, to be refused in words: nobody is to wait for a store that nobody reads.
    A folder that is not there, or cannot be read, is a ConfigurationError.
    """
    folder = folder or stores_folder()
    advice = "Set ORDER_SYNC_STORES to the folder that holds one <store>.yaml for each store."
    try:
        if not folder.is_dir():
            raise ConfigurationError(f"The folder of store settings {folder} does not exist.", advice=advice)
        files = list(folder.iterdir())
    except OSError as error:
        raise ConfigurationError(
            f"The folder of store settings {folder} cannot be read: {error.strerror}.", advice=advice
        ) from None
    return sorted(file for file in files if file.suffix.lower() in (".yaml", ".yml") and file.name[0] not in "_.")


def load_store(path: Path, name: str | None = None) -> Store:
    """A store's settings from its file and those that it extends; a candidate's file is loaded under the `name` of the store in force.

    Raises ConfigurationError that names the file, each wrong key, its value, and what is allowed there.
    """
    if path.suffix != ".yaml":
        raise ConfigurationError(
            f"{path} is no settings file by its name; settings files end in .yaml.",
            advice=f"Rename it to {path.stem}.yaml, unless there is one; then take this one out of the folder.",
        )
    try:
        files = read_files(path)
        try:
            return Store.model_validate({"name": name or path.stem, **merged(files)})
        except ValidationError as error:
            problems = "\n".join(f"  {line}" for line in _problems(error, files))
            raise ConfigurationError(
                f"{path} has {error.error_count()} wrong setting(s):\n{problems}",
                advice="\nCorrect the file; nothing was sent.",
            ) from None
    except ConfigurationError:
        raise
    except Exception as error:  # the other stores go on, whatever it is
        raise ConfigurationError(
            f"{path} holds something that settings cannot be made of: {type(error).__name__}, {shown(str(error))}.",
            advice="Compare it with include/config/stores/demo.yaml, and report this message: it should name the key.",
        ) from error


_KINDS = {
    "bool": "true or false",
    "string": "text; numbers and dates are text in quotes, and so are yes, no, on and off",
    "int": "a whole number",
    "date": "a date, as 2026-11-16",
    "tuple": "a list",
    "decimal": "an amount, as 12.50",
    "dict": "a section: its keys stand below it, indented",
    "model": "a section: its keys stand below it, indented",
}
"""What is allowed, by the first word of pydantic's name for what is wrong."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one value: where it stands, part by part, and in words what is allowed there."""

    location: tuple[str | int, ...]
    wrong: str

    @property
    def place(self) -> str:
        """As `revenue.post_as`; empty for the settings as a whole."""
        return ".".join(str(part) for part in self.location if part != "[key]")

    def __str__(self) -> str:
        return f"{self.place}: {self.wrong}" if self.place else self.wrong


def problems_of(error: ValidationError) -> list[Problem]:
    """All that is wrong with settings."""
    return [Problem(problem["loc"], _wrong(problem)) for problem in error.errors(include_url=False)]


def _problems(error: ValidationError, files: list[SettingsFile]) -> Iterator[str]:
    for problem in problems_of(error):
        path = file_of(files, problem.location)
        shared = f" (in {path.name})" if path not in (None, files[0].path) else ""
        yield f"{problem}{shared}"


def _wrong(problem: Mapping[str, Any]) -> str:
    kind, value, message = problem["type"], problem["input"], problem["msg"]
    match kind:
        case "extra_forbidden":
            return f"there is no such setting{_allowed_keys(problem['loc'])}"
        case "missing":
            return "is required and missing"
        case "literal_error":
            allowed = str(problem["ctx"]["expected"]).replace("True", "true").replace("False", "false")
            return f"{shown(value)} is not allowed; allowed is {allowed}"
        case "value_error" if isinstance(value, dict | list):
            return str(problem["ctx"]["error"])
        case "value_error":
            return f"{shown(value)} {problem['ctx']['error']}"
        case _ if kind.endswith(("_type", "_parsing", "_from_float", "_inexact")):
            return f"{shown(value)} is not allowed; allowed is {_KINDS[kind.split('_')[0]]}"
    return f"{shown(value)} is not allowed; {message[0].lower()}{message[1:]}"


def _allowed_keys(location: tuple[Any, ...]) -> str:
    section: Any = Store
    for part in location[:-1]:
        if isinstance(part, str):
            kind = _keys(section)[part].annotation
            section = next((each for each in get_args(kind) if each is not Ellipsis), kind)
    keys = list(_keys(section))
    if section is Store:
        keys = [*(key for key in keys if key != "name"), "extends"]
    near = difflib.get_close_matches(str(location[-1]), keys, n=1)
    return f"; did you mean {near[0]}?" if near else f"; allowed are {', '.join(keys)}"


def _keys(section: type[Section]) -> dict[str, Any]:
    return {field.alias or name: field for name, field in section.model_fields.items()}


WriteMode = Literal["auto", "single", "batch"]
