"""What settings that are tried would record otherwise, as the page reads it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine

from order_sync.console.words import on, reason
from order_sync.database.cache import cached_customers, entry_name

MOST_LINES = 6

_LISTS = {
    "ItemRef": "Item",
    "ItemAccountRef": "Account",
    "DiscountAccountRef": "Account",
    "DepositToAccountRef": "Account",
    "AccountRef": "Account",
    "ClassRef": "Class",
    "DepartmentRef": "Department",
    "SalesTermRef": "Term",
    "PaymentMethodRef": "PaymentMethod",
}
"""The list of the company whose row a field of a document names."""


@dataclass(frozen=True, slots=True)
class Sides:
    """An order as it is recorded under the settings in force, and under those that are tried."""

    now: str
    then: str
    is_recorded: bool
    lines: tuple[tuple[str, str | None, str | None], ...]
    """What differs: the place in the document, before and after."""
    more: int
    """So many places more."""


def sides(row: Any, named: Callable[[str, str | None], str | None]) -> Sides:
    """Of a row of `plans` that differs."""
    now, _, then = row.message.removeprefix("Under the settings in force: ").partition(". Under these: ")
    recorded = " It is recorded already, and stays as it is."
    lines = [
        (place(path), _said(path, before, named), _said(path, after, named))
        for path, before, after in row.difference or []
        if not _is_told(path, before, after, row.message)
    ]
    return Sides(
        _with_reasons(now),
        _with_reasons(then.removesuffix(recorded).removesuffix(".")),
        then.endswith(recorded),
        tuple(lines[:MOST_LINES]),
        max(len(lines) - MOST_LINES, 0),
    )


def _is_told(path: str, before: str | None, after: str | None, words: str) -> bool:
    """Whether the words before it tell a difference already: what is there as a whole, and why there is nothing."""
    codes = [code for code in (before, after) if code]
    return all(f"nothing ({code})" in words for code in codes) if path == "code" else "." not in path


def _with_reasons(words: str) -> str:
    """What is done, with its codes in words."""
    return re.sub(r"(?<=nothing \()\w+(?=\))", lambda code: reason(code[0]), words)


def _said(path: str, value: str | None, named: Callable[[str, str | None], str | None]) -> str | None:
    """A value as the pages say it: codes in words, days, names in the place of ids."""
    if value and path == "code":
        return reason(value)
    return on(value) if value and re.fullmatch(r"\d{4}-\d\d-\d\d", value) else named(path, value)


def place(path: str) -> str:
    """A place in a document, as a person says it: `Deposit to account`, `Line 1, Amount`."""
    if path == "code":
        return "Reason"
    parts = path.split(".")
    if parts[-1] == "value":
        parts.pop()
    if len(parts) > 1:
        del parts[0]  # the document, which the words before it name
    numbered = (re.sub(r"\[(\d+)\]$", lambda at: f" {int(at[1]) + 1}", part) for part in parts)
    apart = (re.sub(r"(?<=[a-z])(?=[A-Z])", " ", part.removesuffix("Ref")) for part in numbered)
    return ", ".join(part[:1].upper() + part[1:].lower() for part in apart)


def named(engine: Engine, realm_id: str, path: str, value: str | None) -> str | None:
    """A value of a document; an id as the name that it stands for, as far as the lists were read."""
    found = re.search(r"(\w+Ref)(\.value)?$", path)
    if value is None or found is None or not realm_id:
        return value
    whole = re.search(r'"value":\s*"([^"]*)"', value)  # a reference that is new is there as a whole
    id = whole[1] if whole else value
    if found[1] in ("CustomerRef", "EntityRef"):
        return str(cached_customers(engine, realm_id, [id]).get(id, {}).get("DisplayName") or id)
    return (entry_name(engine, realm_id, _LISTS[found[1]], id) or id) if found[1] in _LISTS else id
