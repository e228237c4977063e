"""The telephone number in a text: the number, whole, and nothing else.

A number in letters is one (`1-800-FLOWERS`): it stays as people know it, and is compared by its digits.
"""

from __future__ import annotations

import re
import unicodedata

import phonenumbers
from phonenumbers import Leniency, PhoneNumberMatcher, ValidationResult

_NUMBER = r"\+?[\d(][\d\s()./-]*\d"
_EXTENSION = r"(?:[\s,;]*(?:\b(?:extension|extn?|x)\b|(?<=\d)(?:extension|extn?|x)|(?:ext|x)(?=\d)|#)[.:=]?\s*\d+)"
_ALONE = re.compile(rf"{_NUMBER}{_EXTENSION}?", re.IGNORECASE)
_AT_THE_END = re.compile(rf"{_EXTENSION}$", re.IGNORECASE)
_IN_LETTERS = re.compile(
    r"(?:\+?1[ .-]?)?\(?\b[2-9]\d\d\)?[ .-]?(?=(?:-?[A-Z0-9]){7})(?=[0-9-]*[A-Z])[A-Z0-9]+(?:-[A-Z0-9]+)*\b"
)
_BETWEEN_TWO = re.compile(r"\s*/\s*|\s+(?:-\s+)?")
_BY_SPREADSHEETS = re.compile(r"(\d{7,})\.0")
_DATE = re.compile(r"\d{4}([-./])\d\d?\1\d\d?|\d\d?([-./])\d\d?\2\d{4}")
_ROUNDED = re.compile(r"\d(?:[.,]\d+)?E\+?\d+", re.IGNORECASE)
_FEWEST_DIGITS = 5
_MOST_DIGITS = 19  # fifteen of a number (E.164), and an extension; what has more holds several
_MOST_OF_AN_EXTENSION = 6  # what has more is another number
_FEWEST_OF_A_LOCAL_ONE = 7
_FEWEST_BEFORE_ANOTHER = 9  # where all of it may be one number too: a slash stands behind its area code


def with_extension(number: str, extension: str | None) -> str:
    """A number with the extension that a field of its own holds: `602 555 0100 x7`; one of noughts is none."""
    found = re.search(r"\d+", extension or "")
    digits = found[0] if found else ""
    own = _AT_THE_END.search(number)
    if not digits.strip("0") or _digits(extension or "") > _MOST_OF_AN_EXTENSION or _digits(number) < _FEWEST_DIGITS:
        return number
    if own and "".join(filter(str.isdecimal, own[0])) == digits:
        return number
    return f"{number[: own.start()] if own else number} x{digits}"


def telephone(text: str, country: str) -> str:
    """The first number in a text that may say more (`+1 (602) 555-0100 (office)`), with its extension; empty where it holds none.

    `country` is that of numbers without one (ISO 3166, two letters).
    """
    if not text.isascii():  # what nobody sees comes along where a number is copied
        text = "".join(mark for mark in text if unicodedata.category(mark) != "Cf")
    text = _BY_SPREADSHEETS.sub(r"\1", text.strip()) if ".0" in text else text.strip()
    ending = _AT_THE_END.search(text)
    before = text[: ending.start()] if ending else text
    found = _alone(before, country) if _ALONE.fullmatch(text) else _found(before, country)
    return found + ending[0] if found and ending and not _AT_THE_END.search(found) else found


def _alone(text: str, country: str) -> str:
    first = _first_of_two(text, country)
    return first if _digits(first) <= _MOST_DIGITS else _half(text, country)


def _found(text: str, country: str) -> str:
    if _ROUNDED.fullmatch(text):
        return ""
    if in_letters := _IN_LETTERS.search(text):
        return in_letters[0]
    for match in PhoneNumberMatcher(text, country, leniency=Leniency.POSSIBLE):
        if not text[: match.start].rstrip(" ()/.-")[-1:].isdecimal():
            return _first_of_two(str(match.raw_string), country)
        break  # the front of it does not fit the country: half a number is somebody else's
    found = (run[0] for run in re.finditer(_NUMBER, text))
    runs = (run for run in found if _digits(run) >= _FEWEST_OF_A_LOCAL_ONE and not _DATE.fullmatch(run))
    return next((telephone(run, country) for run in runs), "")


def _first_of_two(text: str, country: str) -> str:
    """The first of two numbers that only a slash or a blank parts (`602-555-0100/0199`); the text where it is one number."""
    is_one = _reason(text, country) == ValidationResult.IS_POSSIBLE
    fewest = _FEWEST_BEFORE_ANOTHER if is_one else _FEWEST_OF_A_LOCAL_ONE
    whole: list[str] = []
    for between in _BETWEEN_TWO.finditer(text):
        first, second = text[: between.start()], text[between.end() :]
        is_slash = "/" in between[0]
        if is_one and not is_slash:
            continue
        if _shape(first) == _shape(second) and _digits(first) >= _FEWEST_OF_A_LOCAL_ONE:
            return first
        if _is_valid(first, country, fewest) or (is_slash and not is_one and _is_local(first, country)):
            if is_slash:
                return first
            whole.append(first)
    return whole[-1] if whole else text


def _shape(text: str) -> str:
    return re.sub(r"\d", "9", text)


def _is_local(text: str, country: str) -> bool:
    is_one = _reason(text, country) in (ValidationResult.IS_POSSIBLE, ValidationResult.IS_POSSIBLE_LOCAL_ONLY)
    return is_one and _digits(text) >= _FEWEST_OF_A_LOCAL_ONE


def _reason(text: str, country: str) -> int | None:
    try:
        return phonenumbers.is_possible_number_with_reason(phonenumbers.parse(text, country))
    except phonenumbers.NumberParseException:
        return None


def _half(text: str, country: str) -> str:
    """The first of two numbers of one form that nothing, or one sign, parts; empty where it is no such two."""
    middle = len(text) // 2
    first, second = text[:middle], text[middle + len(text) % 2 :]
    is_two = _shape(first) == _shape(second) and all(_is_valid(one, country) for one in (first, second))
    return first if is_two else ""


def _is_valid(text: str, country: str, fewest: int = _FEWEST_OF_A_LOCAL_ONE) -> bool:
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_valid_number(number) and len(str(number.national_number)) >= fewest


def _digits(text: str) -> int:
    return sum(map(str.isdecimal, text))
