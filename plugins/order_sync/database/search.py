"""How what people search for is compared: by the beginning of a text, in capitals or not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, literal


def spellings(search: str) -> Sequence[str]:
    """A search in the ways that people write names: as it is, in small letters, in capitals, and with an initial capital.

    SQLite folds no letter beyond ASCII, and its indexes hold Émile and ÉMILE apart; one that has none of these is one way.
    """
    if search.isascii():
        return [search]
    return list(dict.fromkeys((search, search.lower(), search.upper(), search.title())))


def begins(connection: Connection, column: Any, beginning: str, *, folds: bool = True) -> ColumnElement[bool]:
    """Whether a text begins so, compared by its bytes, as the indexes have it; `folds` where the column is in small letters, as the
    database makes them."""
    ends: list[ColumnElement[str]] = [literal(text) for text in (beginning, beginning + "\U0010ffff")]
    first, behind = [func.lower(end) for end in ends] if folds else ends
    column = bytewise(connection, column)
    return and_(column >= first, column < behind)


def bytewise(connection: Connection, column: Any) -> Any:
    """As the indexes have it; SQLite compares so anyway."""
    return column.collate("C") if connection.dialect.name == "postgresql" else column
