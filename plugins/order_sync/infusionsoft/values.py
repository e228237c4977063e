"""One value of Infusionsoft's JSON at a time: texts, ids, times, amounts, parts; what cannot be one raises `Wrong`.

A name in the messages is the field's, never what it holds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from order_sync.money import from_minor
from order_sync.texts import LONGEST_ID, clean

Json = Mapping[str, Any]
YEARS = range(1900, 2200)
"""Of a time that somebody meant: beyond them lie the ends of what a computer counts, where no time zone can be applied any more."""
_MOST_DIGITS = 15  # before the point; what is longer is no amount of money
_MOST_PLACES = 30  # after it
_ID = re.compile(rf"[0-9A-Za-z_-]{{1,{LONGEST_ID}}}")


@dataclass(frozen=True, slots=True)
class Wrong(Exception):
    """A field, and what is wrong with it."""

    field: str
    what: str


def text(raw: Json, name: str) -> str | None:
    """The service's text, cleaned, without the blanks around it; null, `""` and the literal `"null"` are no text."""
    value = raw.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return None
    if isinstance(value, Decimal) and not value.is_finite():
        return None
    found = clean(str(value)).strip()
    return None if found in ("", "null") else found


def needed(raw: Json, name: str, field: str = "") -> str:
    """A text that must be there."""
    value = text(raw, name)
    if value is None:
        raise Wrong(field or name, "is missing")
    return value


def identity(raw: Json, name: str, field: str = "") -> str:
    """An id that must be there."""
    value = needed(raw, name, field)
    if not _is_id(value):
        raise Wrong(field or name, "is no id")
    return value


def reference(raw: Json, name: str, field: str = "") -> str | None:
    """The id of another record; `0` stands for none."""
    return None if text(raw, name) in (None, "0") else identity(raw, name, field)


def references(raw: Json, name: str) -> tuple[str, ...]:
    """A list of ids, each once."""
    listed = values(raw, name)
    if not all(map(_may_be_id, listed)):
        raise Wrong(name, "is not a list of ids")
    return tuple(dict.fromkeys(id for value in listed if (id := reference({name: value}, name))))


def ids_in(raw: object, name: str) -> tuple[str, ...]:
    """What can be an id in a list of ids; of anything else, none."""
    value = raw.get(name) if isinstance(raw, Mapping) else None
    listed = value if isinstance(value, list) else []
    return tuple(dict.fromkeys(str(one) for one in listed if _may_be_id(one) and _is_id(str(one)) and str(one) != "0"))


def id_of(raw: object) -> str:
    """A raw record's id, empty when it has none, or one that can be none."""
    found = text(raw, "id") if isinstance(raw, Mapping) else None
    return found if found and _is_id(found) else ""


def time(raw: Json, name: str) -> datetime | None:
    """An aware time, None where there is none."""
    written = text(raw, name)
    if written is None:
        return None
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        raise Wrong(name, "is no ISO 8601 time") from None
    if found.tzinfo is None:
        raise Wrong(name, "has no time zone")
    if found.year not in YEARS:
        raise Wrong(name, f"is not between {YEARS[0]} and {YEARS[-1]}")
    return found


def needed_time(raw: Json, name: str) -> datetime:
    """An aware time that must be there."""
    found = time(raw, name)
    if found is None:
        raise Wrong(name, "is missing")
    return found


def currency_of(raw: Json, field: str) -> str:
    """The currency of an amount."""
    code = needed(raw, "currency_code", field)
    if not re.fullmatch("[A-Z]{3}", code):
        raise Wrong(field, "is no currency")
    return code


def amount(raw: Json, name: str, currency: str) -> Decimal:
    """An amount in major units from the service's whole number of smallest units."""
    value = part(raw, name)
    if (text(value, "currency_code") or currency) != currency:
        raise Wrong(name, "has another currency than the order's total")
    smallest = decimal(value.get("amount"), f"{name}.amount")
    if smallest != smallest.to_integral_value():
        raise Wrong(f"{name}.amount", "is not a whole number of the currency's smallest unit")
    return from_minor(int(smallest), currency)


def has_amount(raw: Json, name: str) -> bool:
    """Whether an amount says anything."""
    return part(raw, name).get("amount") is not None


def amount_or_zero(raw: Json, name: str, currency: str) -> Decimal:
    """An amount that may be left out."""
    return amount(raw, name, currency) if part(raw, name) else Decimal(0)


def decimal(value: object, field: str, *, digits: int = _MOST_DIGITS) -> Decimal:
    """A number with so many digits before its point at most."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise Wrong(field, "is missing" if value is None else "is not a number")
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise Wrong(field, "is not a number") from None
    if not number.is_finite():
        raise Wrong(field, "is not a number")
    if number.adjusted() >= digits:
        raise Wrong(field, "is too large")
    if number.as_tuple().exponent < -_MOST_PLACES:  # type: ignore[operator]  # of a finite number it is one
        raise Wrong(field, "has too many decimal places")
    return number


def part(raw: Json, name: str) -> Json:
    """An object inside the record; absent and null are an empty one."""
    value = raw.get(name)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise Wrong(name, "is not an object")
    return value


def values(raw: Json, name: str) -> list[Any]:
    """A list inside the record; absent and null are an empty one."""
    value = raw.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise Wrong(name, "is not a list")
    return value


def parts(raw: Json, name: str) -> list[Json]:
    """A list of objects inside the record."""
    found = values(raw, name)
    if not all(isinstance(value, Mapping) for value in found):
        raise Wrong(name, "is not a list of objects")
    return found


def _may_be_id(value: object) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)


def _is_id(value: str) -> bool:
    # It goes into URLs and filters as it is, and into columns of the database.
    return _ID.fullmatch(value) is not None
