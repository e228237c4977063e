"""The filter language of REST v2: clauses joined by `;`, each a field, an operator and a value, turned into SQL conditions.

Which fields and operators a resource knows is in `resources.py`; whatever is not there is refused, as the service does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from include.sandbox.infusionsoft import refusals

EQUALITY = frozenset({"=="})
ORDERING = frozenset({"==", "<", "<=", ">", ">="})
COMPARISON = ORDERING | {"!="}

_CLAUSE = re.compile(r"(?P<field>\w+)(?P<operator>==|!=|<=|>=|<|>)(?P<value>.+)", re.DOTALL)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(Z|[+-]\d\d:?\d\d)")


@dataclass(frozen=True)
class Field:
    """What a clause about this field does: `sql` with `{test}` where the operator and its value go.

    `read` turns the clause's text into the value to bind; it raises ValueError, whose words are shown to the caller.
    """

    sql: str
    read: Callable[[str], str | int | float] = str
    operators: frozenset[str] = EQUALITY
    wildcard: int | None = None  # the least number of characters before a trailing `*`; None: `*` has no meaning
    companion: str | None = None  # a field that must come with this one, and whose value goes where `{companion}` is


@dataclass(frozen=True)
class Clause:
    """One condition of a filter, as it was written."""

    field: str
    operator: str
    value: str


def _clauses(text: str) -> list[Clause]:
    """Takes a filter apart; refuses what is not `field operator value`. Field names are not case-sensitive."""
    found = []
    for part in text.split(";"):
        match = _CLAUSE.fullmatch(part.strip())
        if not match:
            raise refusals.bad_request(f"Invalid filter clause '{part}'", "filter")
        found.append(Clause(match["field"].lower(), match["operator"], match["value"].strip()))
    return found


def conditions(text: str, fields: Mapping[str, Field]) -> list[tuple[str, str | int | float]]:
    """The SQL conditions of a filter and their bound values; refuses unknown fields, operators and values."""
    found = _clauses(text) if text else []
    return [_condition(clause, found, fields) for clause in found]


def _condition(clause: Clause, others: list[Clause], fields: Mapping[str, Field]) -> tuple[str, str | int | float]:
    field = fields.get(clause.field)
    if field is None:
        raise refusals.bad_request(f"Unknown filter field '{clause.field}'", "filter")
    if clause.operator not in field.operators:
        raise refusals.bad_request(f"Operator '{clause.operator}' is not allowed for '{clause.field}'", "filter")
    companion = next((_value(other, fields[other.field]) for other in others if other.field == field.companion), None)
    if field.companion and companion is None:
        raise refusals.bad_request(f"'{clause.field}' needs '{field.companion}'", "filter")
    if field.wildcard is not None and clause.value.endswith("*"):
        beginning = clause.value[:-1]
        if len(beginning) < field.wildcard:
            raise refusals.bad_request(
                f"'{clause.field}' takes '*' after {field.wildcard} characters or more", "filter"
            )
        escaped = re.sub(r"([\\%_])", r"\\\1", beginning)
        return field.sql.format(test="LIKE ? ESCAPE '\\'", companion=companion), f"{escaped}%"
    test = "IN (SELECT value FROM json_each(?))" if field.read in LISTS else f"{clause.operator.replace('==', '=')} ?"
    return field.sql.format(test=test, companion=companion), _value(clause, field)


def _value(clause: Clause, field: Field) -> str | int | float:
    try:
        return field.read(clause.value)
    except ValueError as error:
        raise refusals.bad_request(f"Invalid value for '{clause.field}': {error}", "filter") from None


def number(text: str) -> int:
    """An id: eighteen digits at most, which is what fits the database."""
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise ValueError(f"'{text}' is not a number")
    return int(text)


def id_text(text: str) -> str:
    """An id that is kept as text, leading zeros taken off."""
    return str(number(text))


def numbers(text: str) -> str:
    """Ids with commas between them, as a JSON list."""
    return json.dumps([number(part.strip()) for part in text.split(",")])


def id_texts(text: str) -> str:
    """Ids with commas between them that are kept as text, as a JSON list."""
    return json.dumps([id_text(part.strip()) for part in text.split(",")])


def amount(text: str) -> float:
    """A decimal amount in major units."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"'{text}' is not an amount") from None
    if not value.is_finite():
        raise ValueError(f"'{text}' is not an amount")
    return float(value)


def boolean(text: str) -> int:
    """`true` or `false`."""
    if text.lower() not in ("true", "false"):
        raise ValueError(f"'{text}' is neither true nor false")
    return int(text.lower() == "true")


def instant(text: str) -> str:
    """A date-time with milliseconds and an offset, as UTC text; the service refuses a date alone."""
    if not _INSTANT.fullmatch(text):
        raise ValueError(f"'{text}' is not an ISO-8601 date-time with milliseconds and offset")
    try:
        found = datetime.fromisoformat(text).astimezone(UTC)
    except OverflowError:
        raise ValueError(f"'{text}' is out of range") from None
    return found.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def choice(*allowed: str) -> Callable[[str], str]:
    """One of the given words, whatever its case."""

    def read(text: str) -> str:
        if text.upper() not in allowed:
            raise ValueError(f"'{text}' is not one of {', '.join(allowed)}")
        return text.upper()

    return read


def words(*allowed: str) -> Callable[[str], str]:
    """Some of the given words with commas between them, as a JSON list."""
    one = choice(*allowed)
    return lambda text: json.dumps([one(part.strip()) for part in text.split(",")])


LISTS = frozenset({numbers, id_texts})
