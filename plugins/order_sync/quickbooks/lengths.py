"""Which text QuickBooks means when it refuses a record for a text that is too long (2050), and how long it may be.

Seen: `Max:1,024 … Supplied length:1,300`, thousands with a comma; as the element a path, a label with blanks, `Name`, or nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from order_sync.errors import OrderSyncError, RecordRefused

SMALLEST: Mapping[str, int] = {
    "DisplayName": 100,
    "Name": 31,
    "GivenName": 25,
    "MiddleName": 15,
    "FamilyName": 15,
    "Title": 15,
    "Suffix": 10,
    "CompanyName": 50,
    "PrintOnCheckName": 100,
    "FreeFormNumber": 20,
    "Notes": 1024,
    "PrivateNote": 1000,
    "Description": 1000,
    "CustomerMemo.value": 255,
    **{f"Line{number}": 41 for number in range(1, 6)},
    "City": 31,
    "CountrySubDivisionCode": 21,
    "PostalCode": 13,
    "Country": 31,
}
"""The smallest limit that is known of each field, of all schemas of QuickBooks: what is tried where it does not say what it means."""

_LENGTHS: tuple[Callable[[str], int], ...] = (
    len,
    lambda text: len(text.encode("utf-16-le", "surrogatepass")) // 2,
    lambda text: len(text.encode(errors="surrogatepass")),
)
"""In characters, in units of UTF-16, in bytes: how a service may count."""


NO_EMAIL_ADDRESS = "2210"
LENGTH_FAULT = "2050"


def is_length_fault(error: OrderSyncError) -> bool:
    """Whether a record was refused for the length of a text."""
    return error.code == LENGTH_FAULT


def shorter(texts: Mapping[str, str], error: RecordRefused) -> dict[str, int]:
    """How many characters texts of a refused record may have, by path, of those that are to be shortened; `texts` are as they were sent.

    An answer may hold several such faults: each means a text of its own. Empty where nothing is left to shorten.
    """
    clauses = [words for words in re.split(r";\s+(?=\d{3,5}\s)", error.message) if LENGTH_FAULT in words] or [
        error.message
    ]
    found: dict[str, int] = {}
    for place, words in enumerate(clauses):
        limits = _meant(texts, words, "" if place else error.element)
        found |= {path: min(limit, found.get(path, limit)) for path, limit in limits.items()}
    return found


def _meant(texts: Mapping[str, str], words: str, element: str) -> dict[str, int]:
    """How many characters the texts may have that one fault means.

    The field that the refusal names, else what has its supplied length, else what it might name, else the longest that is above the limit.
    If none is, whatever is above the smallest limit that is known of its field, of what it names or of all. Empty where nothing is left
    to shorten.
    """
    longest, supplied = _number(_LONGEST, words), _number(_SUPPLIED, words)
    above = {path: text for path, text in texts.items() if longest and _LENGTHS[1](text) > longest}
    above |= {
        path: text for path, text in texts.items() if longest and supplied in _lengths(text) and supplied > longest
    }
    named = [path for path in texts if _is_named(path, element)]
    alike = [path for path in above if _may_be_named(path, element)]
    as_long = [path for path, text in above.items() if supplied in _lengths(text)]
    any_one = [] if named else sorted(above, key=lambda path: len(above[path]))[-1:]
    for meant in ([path for path in named if path in above], as_long, alike, any_one):
        if meant and longest:
            both = [path for path in meant if path in as_long]
            return {path: _fitting(above[path], longest, supplied) for path in both or meant}
    return {path: limit for path in named or texts if (limit := smallest(path)) and len(texts[path]) > limit}


def smallest(path: str) -> int | None:
    """The smallest limit that is known of a text's field."""
    return SMALLEST.get(path) or SMALLEST.get(path.rpartition(".")[2])


def texts_of(body: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Each text in a record with its path: `BillAddr.Line1`, `Line.0.Description`."""
    match body:
        case str():
            yield path, body
        case Mapping():
            for name, value in body.items():
                yield from texts_of(value, f"{path}.{name}" if path else name)
        case list() | tuple():
            for place, value in enumerate(body):
                yield from texts_of(value, f"{path}.{place}")


def shortened(body: Any, limits: Mapping[str, int], path: str = "") -> Any:
    """The record with no text longer than its limit, by path."""
    match body:
        case str():
            return body[: limits[path]].rstrip() if path in limits else body
        case Mapping():
            return {name: shortened(value, limits, f"{path}.{name}" if path else name) for name, value in body.items()}
        case list() | tuple():
            return [shortened(value, limits, f"{path}.{place}") for place, value in enumerate(body)]
    return body


_FIGURE = r"(\d{1,3}(?:[,.'’\u00a0\u202f ]\d{3})+(?!\d)|\d+)"
_LONGEST = (
    rf"\bmax(?:imum)?\b[^\d;.]{{0,40}}?{_FIGURE}",
    rf"\b(?:exceeds?|exceeded|than|up to|at most|limit(?:ed)?(?: of| to| is)?)\b[^\d;.]{{0,20}}?{_FIGURE}",
    rf"{_FIGURE}\s*char(?:acter)?s?\s+(?:or (?:less|fewer)|max)",
)
_SUPPLIED = (rf"\b(?:supplied|actual|provided|current|given)\b[^\d;.]{{0,30}}?{_FIGURE}",)
"""How a fault may say how long a text may be, and how long it was; the first that is found."""


def _number(ways: Iterable[str], words: str) -> int | None:
    found = next(filter(None, (re.search(way, words, re.IGNORECASE) for way in ways)), None)
    return int("".join(filter(str.isdecimal, found[1]))) if found else None


def _is_named(path: str, element: str) -> bool:
    return _bare(element) in {_bare(path), _bare(path.partition(".")[0]), _bare(path.rpartition(".")[2])}


def _may_be_named(path: str, element: str) -> bool:
    wanted, whole, last = _bare(element), _bare(path), _bare(path.rpartition(".")[2])
    return bool(wanted) and (whole.endswith(wanted) or wanted.endswith((whole, last)))


def _bare(name: str) -> str:
    bare = "".join(filter(str.isalnum, name)).lower()
    return _ALSO_CALLED.get(bare, bare)


_ALSO_CALLED = {
    "firstname": "givenname",
    "lastname": "familyname",
    "company": "companyname",
    "state": "countrysubdivisioncode",
    "province": "countrysubdivisioncode",
    "zip": "postalcode",
    "zipcode": "postalcode",
    "memo": "privatenote",
    "documentnumber": "docnumber",
    "invoicenumber": "docnumber",
    "phone": "primaryphone",
    "phonenumber": "primaryphone",
}
"""Labels of QuickBooks' pages."""


def _lengths(text: str) -> set[int]:
    return {length(text) for length in _LENGTHS}


def _fitting(text: str, longest: int, supplied: int | None) -> int:
    ways = _LENGTHS if supplied and supplied > longest else ()
    length = next((one for one in ways if one(text) == supplied), _LENGTHS[1])
    return next(end for end in range(min(len(text), longest), -1, -1) if length(text[:end]) <= longest)
