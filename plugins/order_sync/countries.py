"""Countries as the two services write them: a code of ISO 3166, of three letters or of two, or a name, English or of another language."""

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
    "britain": "GB",
    "u k": "GB",
    "united kingdom of great britain and northern ireland": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "northern ireland": "GB",
    "holland": "NL",
    "czech republic": "CZ",
    "turkey": "TR",
    "grossbritannien": "GB",
    "grande bretagne": "GB",
    "gran bretagna": "GB",
    "gran bretana": "GB",
    "gra bretanha": "GB",
    "angleterre": "GB",
    "inglaterra": "GB",
    "vereinigte staaten von amerika": "US",
    "etats unis d amerique": "US",
    "estados unidos de america": "US",
    "stati uniti d america": "US",
    "ee uu": "US",
    "eeuu": "US",
    "bundesrepublik deutschland": "DE",
    "tschechische republik": "CZ",
    "slovak republic": "SK",
    "ivory coast": "CI",
    "uae": "AE",
    "u a e": "AE",
    "people s republic of china": "CN",
    "hong kong": "HK",
    "macau": "MO",
    "republic of ireland": "IE",
    "eire": "IE",
    "russian federation": "RU",
    "viet nam": "VN",
    "republic of korea": "KR",
    "korea republic of": "KR",
    "taiwan province of china": "TW",
    "iran islamic republic of": "IR",
    "moldova republic of": "MD",
    "tanzania united republic of": "TZ",
    "bolivia plurinational state of": "BO",
    "venezuela bolivarian republic of": "VE",
    "syrian arab republic": "SY",
    "lao people s democratic republic": "LA",
    "brunei darussalam": "BN",
    "myanmar": "MM",
    "burma": "MM",
    "swaziland": "SZ",
    "macedonia": "MK",
    "cape verde": "CV",
}
"""Names that are in use beside those of the Unicode locale data, which has one for each country."""


def country_key(text: str) -> str:
    """What two writings of the same country share: its ISO 3166 alpha-2 code; for what is no country's, the plain text."""
    plain = plain_name(text)
    found = _codes().get(plain) or _codes().get(plain.removeprefix("the "))
    return found or (_names_elsewhere().get(plain, plain) if plain else plain)


def is_country(text: str) -> bool:
    """Whether this is a country's name, or its code."""
    return country_key(text) != plain_name(text)


def is_alpha3(code: str) -> bool:
    """Whether this is a country's ISO 3166 alpha-3 code, in capitals."""
    return len(code) == 3 and code.isupper() and plain_name(code) in _codes()


@cache
def _codes() -> dict[str, str]:
    """Plain code or name → alpha-2 code. A name or code that several countries share or inherited is left out."""
    names = {
        code: name for code, name in Locale("en").territories.items() if len(code) == 2 and code not in _NO_COUNTRIES
    }
    found = {plain_name(name): code for code, name in names.items()}
    found |= {code.casefold(): code for code in names}
    for alias, codes in get_global("territory_aliases").items():
        if alias.isalpha() and len(codes) == 1 and codes[0] in names:
            found.setdefault(alias.casefold(), codes[0])
    return found | _ALSO_CALLED


_LANGUAGES = (
    "ar bg ca cs da de el es et fi fr ga he hr hu id is it ja ko lt lv mt nb nl pl pt ro ru sk sl sq sr sv th tr uk vi"
    " zh zh_Hant"
)
"""In which people write countries, their own at least: `España`, `Schweiz`. All of the locale data would take ten times as long to read."""


@cache
def _names_elsewhere() -> dict[str, str]:
    """Plain name → alpha-2 code, of those in which all these languages agree; short ones would be taken for codes."""
    found: dict[str, set[str]] = {}
    for language in _LANGUAGES.split():
        for code, name in Locale.parse(language).territories.items():
            if len(code) == 2 and code not in _NO_COUNTRIES:
                found.setdefault(plain_name(name), set()).add(code)
    return {
        plain: code
        for plain, (code, *others) in found.items()
        if not others and not (plain.isascii() and len(plain) < 4)
    }


_NO_COUNTRIES = frozenset({"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"})


def plain_name(text: str) -> str:
    """The words of a name, without case, accents and punctuation; `&` is `and`."""
    letters = unicodedata.normalize("NFKD", text.replace("&", " and ")).casefold()
    kept = "".join(mark for mark in letters if not unicodedata.combining(mark))
    return " ".join("".join(mark if mark.isalnum() else " " for mark in kept).split())
