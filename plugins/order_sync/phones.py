"""The telephone number in a text: the number, whole, and nothing else."""

from __future__ import annotations

import re

from phonenumbers import Leniency, PhoneNumberMatcher

_NUMBER = r"\+?[\d(][\d\s()./-]*\d"
_EXTENSION = r"(?:\s*(?:x|ext\.?|#)\s*\d+)"
_ALONE = re.compile(rf"{_NUMBER}{_EXTENSION}?", re.IGNORECASE)
_AT_THE_END = re.compile(rf"{_EXTENSION}$", re.IGNORECASE)
_FEWEST_DIGITS = 5
_MOST_DIGITS = 19  # fifteen of a number (E.164), and an extension; what has more holds several


def with_extension(number: str, extension: str | None) -> str:
    """A number with the extension that a field of its own holds: `602 555 0100 x7`."""
    digits = "".join(filter(str.isdecimal, extension or ""))
    if not digits or any(found[0].endswith(digits) for found in [_AT_THE_END.search(number)] if found):
        return number
    return f"{number} x{digits}"


def telephone(text: str, country: str) -> str:
    """The first number in a text that may say more (`+1 (602) 555-0100 (office)`), with its extension; the text where it holds none.

    `country` is that of numbers without one (ISO 3166, two letters).
    """
    text = text.strip()
    if _ALONE.fullmatch(text) and sum(map(str.isdecimal, text)) <= _MOST_DIGITS:
        return text
    ending = _AT_THE_END.search(text)
    found = _found(text[: ending.start()] if ending else text, country)
    if not found:
        return text
    return found + ending[0] if ending and not _AT_THE_END.search(found) else found


def _found(text: str, country: str) -> str:
    for match in PhoneNumberMatcher(text, country, leniency=Leniency.POSSIBLE):
        if not text[: match.start].rstrip(" ()/.-")[-1:].isdecimal():
            return str(match.raw_string)
        break  # the front of it does not fit the country: half a number is somebody else's
    runs = (run[0] for run in re.finditer(_NUMBER, text))
    return next((run for run in runs if sum(map(str.isdecimal, run)) >= _FEWEST_DIGITS), "")
