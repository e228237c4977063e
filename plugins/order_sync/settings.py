"""What the accountant chose: the pydantic models of `include/config/stores/<store>.yaml`, read with errors that a person can act on.

A store is one Infusionsoft account whose orders go to one QuickBooks company. Labels in quotes are the ones accountants know from
the "Sync Settings" of hosted tools.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import yaml
from croniter import CroniterBadDateError, croniter
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from order_sync.errors import ConfigurationError

ROOT = Path(__file__).resolve().parents[2]

NameFormat = Literal["First Last", "Email"]
"""How a customer is read from Infusionsoft ("How do you want to download customer name?")."""

CustomerField = Literal["DisplayName", "PrimaryEmailAddr"]
"""The QuickBooks field it is compared with ("What field do you want to send Customer names to?")."""


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


class _Yaml(yaml.SafeLoader):
    """Refuses a key that stands twice, where YAML would let the last one win in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set[str]()
        for key, _value in node.value:
            if str(key.value) in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{key.value} stands twice", key.start_mark)
            seen.add(str(key.value))
        return super().construct_mapping(node, deep=deep)


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Criterion(_Section):
    """One way to find an order's customer: a source compared with a destination."""

    source: NameFormat
    destination: CustomerField


class CustomerSettings(_Section):
    """The "Customers" tab."""

    criteria: tuple[Criterion, ...] = Field(
        default=(
            Criterion(source="First Last", destination="DisplayName"),
            Criterion(source="Email", destination="PrimaryEmailAddr"),
        ),
        min_length=1,
    )
    ambiguous: Literal["hold"] = "hold"
    not_found: Literal["create"] = "create"
    update_addresses: Annotated[
        Literal["off", "Billing and Shipping with Billing and Shipping"], BeforeValidator(_off)
    ] = "Billing and Shipping with Billing and Shipping"


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

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_]{0,39}$")]
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
    """The stores' settings files, sorted by name; a folder that is not there is a ConfigurationError."""
    folder = folder or stores_folder()
    if not folder.is_dir():
        raise ConfigurationError(
            f"The folder of store settings {folder} does not exist.",
            advice="Set ORDER_SYNC_STORES to the folder that holds one <store>.yaml for each store.",
        )
    return sorted(folder.glob("*.yaml"))


def load_store(path: Path) -> Store:
    """A store's settings from its file; raises ConfigurationError that names the file, each wrong key and what is allowed there."""
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), _Yaml)  # noqa: S506 (a SafeLoader)
    except FileNotFoundError:
        raise ConfigurationError(
            f"There is no settings file {path}.", advice="Make it from include/config/stores/demo.yaml."
        ) from None
    except UnicodeDecodeError:
        raise ConfigurationError(
            f"{path} is not UTF-8 text.", advice="Save it as UTF-8; any editor can do that."
        ) from None
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be read: {error.strerror}.", advice="Check that it is a file, and its permissions."
        ) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise ConfigurationError(
            f"{path} is not readable as YAML{where}: {getattr(error, 'problem', error)}.",
            advice="Check the indentation and the quotes there.",
        ) from None
    if not isinstance(content, dict):
        raise ConfigurationError(
            f"{path} holds no settings.", advice="See include/config/stores/demo.yaml for the form."
        )
    if "name" in content:
        raise ConfigurationError(
            f"{path}: name: there is no such setting; a store has its file's name.", advice="Take the line out."
        )
    try:
        return Store.model_validate({"name": path.stem, **content})
    except ValidationError as error:
        problems = "\n".join(f"  {line}" for line in _problems(error))
        raise ConfigurationError(
            f"{path} has {error.error_count()} wrong setting(s):\n{problems}",
            advice="\nCorrect the file; nothing was sent.",
        ) from None


def _problems(error: ValidationError) -> Iterator[str]:
    for problem in error.errors(include_url=False):
        place = ".".join(str(part) for part in problem["loc"])
        match problem["type"]:
            case "extra_forbidden":
                yield f"{place}: there is no such setting{_allowed_keys(problem['loc'])}"
            case "missing":
                yield f"{place}: is required and missing"
            case "literal_error":
                yield f"{place}: {problem['input']!r} is not allowed; allowed is {problem['ctx']['expected']}"
            case "value_error":
                yield f"{place}: {problem['input']!r} {problem['ctx']['error']}"
            case _:
                yield f"{place}: {problem['msg'][0].lower()}{problem['msg'][1:]}"


def _allowed_keys(location: tuple[Any, ...]) -> str:
    model: Any = Store
    for part in location[:-1]:
        if isinstance(part, str) and part in model.model_fields:
            model = model.model_fields[part].annotation
        elif not isinstance(part, int):
            return ""
        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            model = Criterion
    keys = [key for key in model.model_fields if key != "name"]
    near = difflib.get_close_matches(str(location[-1]), keys, n=1)
    return f"; did you mean {near[0]}?" if near else f"; allowed are {', '.join(keys)}"
