"""How values are written for QuickBooks: JSON with exact decimals, and quoted texts of queries."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal


def quote(value: str) -> str:
    r"""A value as a query statement holds it: in single quotes, with `\'` and `\\` inside (data queries page)."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def encode(value: object) -> str:
    """JSON with each `Decimal` as a number of exactly its digits; a `float` is refused, because money is none.

    Pure ASCII: Intuit's pages disagree about the encoding that US companies read.
    """
    match value:
        case None | bool() | int() | str():
            return json.dumps(value)
        case Decimal() if value.is_finite():
            return format(value, "f")
        case Mapping():
            return "{" + ",".join(f"{json.dumps(str(key))}:{encode(member)}" for key, member in value.items()) + "}"
        case list() | tuple():
            return "[" + ",".join(map(encode, value)) + "]"
    raise TypeError(f"A {type(value).__name__} cannot be sent to QuickBooks.")
