"""Countries as the two services write them: a code of ISO 3166, of three letters or of two, or an English name."""

from __future__ import annotations

import unicodedata
from functools import cache

from babel import Locale
from babel.core import get_global

_ALSO_CALLED = {
    "america": "US",
    "united states of america": "US",
    "u s": "US",
    "u s a": "US",
    "great britain": "GB",
    "czech republic": "CZ",
    "turkey": "TR",
    "the netherlands": "NL",
    "hong kong": "HK",
    "macau": "MO",
    "republic of ireland": "IE",
    "russian federation": "RU",
    "viet nam": "VN",
    "republic of korea": "KR",
    "myanmar": "MM",
    "burma": "MM",
}
"""Names that are in use beside those of the Unicode locale data, which has one for each country."""


def country_key(text: str) -> str:
    """What two writings of the same country share: its ISO 3166 alpha-2 code; for what is no country's, the plain text."""
    plain = _plain(text)
    return _codes().get(plain, plain)


def is_country(text: str) -> bool:
    """Whether this is a country's name, or its code."""
    return _plain(text) in _codes()


def is_alpha3(code: str) -> bool:
    """Whether this is a country's ISO 3166 alpha-3 code, in capitals."""
    return len(code) == 3 and code.isupper() and _plain(code) in _codes()


@cache
def _codes() -> dict[str, str]:
    """Plain code or name → alpha-2 code. A name or code that several countries share or inherited is left out."""
    names = {
        code: name for code, name in Locale("en").territories.items() if len(code) == 2 and code not in _NO_COUNTRIES
    }
    found = {_plain(name): code for code, name in names.items()}
    found |= {code.casefold(): code for code in names}
    for alias, codes in get_global("territory_aliases").items():
        if alias.isalpha() and len(codes) == 1 and codes[0] in names:
            found.setdefault(alias.casefold(), codes[0])
    return found | _ALSO_CALLED


_NO_COUNTRIES = frozenset({"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"})


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.replace("&", " and ")).casefold()
    kept = "".join(mark for mark in letters if not unicodedata.combining(mark))
    return " ".join("".join(mark if mark.isalnum() else " " for mark in kept).split())
