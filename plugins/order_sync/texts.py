"""Texts that every database, log and XML can keep.

SQLite takes what PostgreSQL refuses: the character zero, half an emoji, a text longer than its column. So a text is made fit once, where
it comes in, and nobody behind that has to think of it.
"""

from __future__ import annotations

import html
import re
from html.entities import html5

LONGEST_ID = 40
LONGEST_CODE = 40
LONGEST_TRACE_ID = 80
"""So many characters the columns of ids, codes and trace ids have (`database.tables`)."""

_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_NAMED = {name.removesuffix(";") for name in html5}
_BY_PROGRAMS = ("amp", "quot", "apos", "lt", "gt", "nbsp")
"""What every program encodes, also those that write it in capitals afterwards (`SMITH &AMP; SONS`)."""
_NO_LETTERS = {"ETH", "eth", "THORN", "thorn", "micro", "ordf", "ordm"}  # words, or the beginning of some
_LETTERS = [name for name, letter in html5.items() if name[-1] != ";" and letter.isalpha() and name not in _NO_LETTERS]
_ENTITY = re.compile(
    r"&(?:"
    r"(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]\w{1,31});"
    # Cut off or written without its end, where it can be nothing else: no `&copy 2026`, no `?a=1&lt=2`.
    r"|#(?:3[2-9]|[4-9]\d|\d{3,5})(?![\d;])|#[xX][0-9a-fA-F]{2,4}(?![0-9a-zA-Z;])"
    rf"|(?:{'|'.join(_BY_PROGRAMS)})(?![\w=;])|(?:{'|'.join(_LETTERS)})(?![=;])"
    r")",
    re.ASCII,
)
_QUOTE = re.compile(r"\\+(['\"])")
_MOST_ROUNDS = 5
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


def may_be_encoded(text: str) -> bool:
    """Whether `decoded` may give another text."""
    return "&" in text or "\\" in text


def decoded(text: str) -> str:
    """The text without what a web form made of it: HTML entities (`Smith &amp; Sons`) are what they stand for, also where that was done
    twice, and a quotation mark has no stroke before it (`O\\'Brien`).

    What is no entity stays: `AT&T`, `R&D; x`, `&copy 2026`, `?a=1&lt=2`.
    """
    for _ in range(_MOST_ROUNDS):
        if not may_be_encoded(text) or (found := _QUOTE.sub(r"\1", _ENTITY.sub(_character, text))) == text:
            break
        text = clean(found)
    return text


def _character(entity: re.Match[str]) -> str:
    name = entity[0][1:].removesuffix(";")
    if name[0] == "#":
        code = int(name[2:], 16) if name[1] in "xX" else int(name[1:])
        # Older programs encode an emoji in two halves; where they meet, `clean` makes it whole.
        return chr(code) if 0xD800 <= code < 0xE000 else html.unescape(f"&{name};")
    if name not in _NAMED:
        name = name.lower()
        if name not in _BY_PROGRAMS:
            return entity[0]
    return html.unescape(f"&{name};")
