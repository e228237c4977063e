"""The values that settings are made of: names, templates, name formats, and what is said where one is wrong."""

from __future__ import annotations

import difflib
import re
from decimal import Decimal
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

ANY_EMAIL = "Any email"

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
    ANY_EMAIL: "{emails}",
    "Phone": "{phone}",
    "Contact id": "{contact_id}",
    "Shipping First Last": "{shipping_first} {shipping_last}",
    "Shipping Last, First": "{shipping_last}, {shipping_first}",
    "Shipping company": "{shipping_company}",
}
"""How a customer's name is taken from Infusionsoft ("How do you want to download customer name?"), as the template that it stands for;
behind `|` stands what is used where the template before it comes out blank."""

_MOST_SHOWN = 200

NAME_FIELDS = (
    "prefix",
    "first",
    "middle",
    "last",
    "suffix",
    "company",
    "email",
    "phone",
    "contact_id",
    "shipping_first",
    "shipping_last",
    "shipping_company",
)
"""What a template of one's own may hold, as in `{last}, {first} - {contact_id}`."""


def readable_template(text: str, more: tuple[str, ...] = ()) -> str:
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
    return readable_template(text)


def _trimmed(text: str) -> str:
    if not text.strip():
        raise ValueError("is blank")
    return text.strip()


def shown(value: object) -> str:
    """A value as it is shown in a message: as Python writes it, and cut where it is long."""
    try:
        text = repr(value)
    except ValueError:  # a number of more digits than Python writes
        return "a number of thousands of digits"
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"


NameSource = Annotated[str, AfterValidator(_readable_source)]
ListName = Annotated[str, AfterValidator(_trimmed)]
"""The name of a row of a QuickBooks list, as QuickBooks shows it."""


def or_off(value: object) -> object:
    """YAML reads a plain `off` as false."""
    return "off" if value is False else value


def or_none(value: object) -> object:
    """YAML reads a plain `null`, and an empty value, as none."""
    return "none" if value is None else value


def or_list(value: object) -> object:
    """One value where several may stand."""
    return value if value is None or isinstance(value, list | tuple) else [value]


class Section(BaseModel):
    """A part of the settings: nothing else may stand in it, and nothing changes it."""

    model_config = ConfigDict(extra="forbid", frozen=True)


T = TypeVar("T")


def _one_at_least(values: tuple[T, ...]) -> tuple[T, ...]:
    if not values:
        raise ValueError("is empty; write one value at least, or leave the key out")
    return values


Several = Annotated[tuple[T, ...], BeforeValidator(or_list), AfterValidator(_one_at_least)]
"""One value, or a list of them."""


Amount = Annotated[Decimal, Field(ge=0, max_digits=15, decimal_places=3)]
