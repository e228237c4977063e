"""Texts that every database, log and XML can keep.

SQLite takes what PostgreSQL refuses: the character zero, half an emoji, a text longer than its column. So a text is made fit once, where
it comes in, and nobody behind that has to think of it.
"""

from __future__ import annotations

import re

_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")


def clean(text: str) -> str:
    """The text without control characters, but for tabs and line ends; half a surrogate pair becomes a replacement character."""
    if not _UNFIT.search(text):
        return text
    # A text that was cut by its UTF-16 units ends in half an emoji, which is no Unicode; two halves that meet are an emoji again.
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return _CONTROLS.sub("", whole)


def cut(text: str, longest: int) -> str:
    """The cleaned text, of `longest` characters at most: so many as its column takes."""
    # What is far too long is not looked at to its end.
    return clean(text[: 2 * longest])[:longest]
