"""Regions of a country as addresses write them: states and provinces, by their name, their abbreviation or their code of ISO 3166-2."""

from __future__ import annotations

import re

from order_sync.countries import country_key, is_country, plain_name

_WRITTEN_AS_CODES = frozenset({"AU", "BR", "CA", "IT", "US"})
"""Countries on whose letters the code of the region stands; on those of the others its name, or nothing."""

_ISO = re.compile(r"(?:([A-Z]{2,3})-)?([A-Z0-9]{1,3})", re.IGNORECASE | re.ASCII)


def region_text(code: str | None, name: str | None, country: str | None = None) -> str | None:
    """A region as its country writes it on letters, by its code of ISO 3166-2 (`US-AZ`, `JP-13`) and its name; None for no region.

    Either may stand in the other's place. A code says itself which country's it is; one without is the `country`'s of the address,
    whatever it is called there. Where letters bear names, a code means nothing to anybody, with or without its country's before it.
    """
    code, name = code or "", name or ""
    where, part = _apart(code if _is_code(code) else name)
    if not where and not _is_code(code):
        return next((text for text in (name, code) if _has_letter(text)), None)
    where = where or country_key(country or "")
    if part.isalpha() and (not where or where in _WRITTEN_AS_CODES):
        return part.upper()
    is_name = _has_letter(name) and not _apart(name)[0] and name.strip().casefold() != part.casefold()
    return name if is_name else None


def _apart(code: str) -> tuple[str, str]:
    """The country's key and the region's part of a code of ISO 3166-2; no country where there is none before it."""
    found = _ISO.fullmatch(code.strip())
    return (country_key(found[1]), found[2]) if found and found[1] and is_country(found[1]) else ("", code.strip())


def _is_code(text: str) -> bool:
    return bool(_ISO.fullmatch(text.strip()))


def region_key(text: str, country: str) -> str:
    """What two writings of the same region share; `country` is the key of its country (`countries.country_key`), where one is known."""
    known = _CODES.get(country, {})
    where, part = _apart(text)
    plain = _plain(part if where == country else text)
    return known.get(plain, plain)


def has_known_regions(country: str) -> bool:
    """Whether all writings of a country's regions are known."""
    return country in _CODES


def _plain(text: str) -> str:
    return plain_name(text.replace(".", ""))


def _has_letter(text: str) -> bool:
    return any(map(str.isalpha, text))


_NAMES = {
    "US": "AL Alabama|AK Alaska|AZ Arizona|AR Arkansas|CA California|CO Colorado|CT Connecticut|DE Delaware|DC District of Columbia"
    "|DC Washington DC|DC DC|FL Florida|GA Georgia|HI Hawaii|ID Idaho|IL Illinois|IN Indiana|IA Iowa|KS Kansas|KY Kentucky|LA Louisiana"
    "|ME Maine|MD Maryland|MA Massachusetts|MI Michigan|MN Minnesota|MS Mississippi|MO Missouri|MT Montana|NE Nebraska|NV Nevada"
    "|NH New Hampshire|NJ New Jersey|NM New Mexico|NY New York|NC North Carolina|ND North Dakota|OH Ohio|OK Oklahoma|OR Oregon"
    "|PA Pennsylvania|RI Rhode Island|SC South Carolina|SD South Dakota|TN Tennessee|TX Texas|UT Utah|VT Vermont|VA Virginia"
    "|WA Washington|WA Washington State|WV West Virginia|WI Wisconsin|WY Wyoming|AS American Samoa|GU Guam|MP Northern Mariana Islands"
    "|PR Puerto Rico|VI Virgin Islands|VI U.S. Virgin Islands|AA Armed Forces Americas|AE Armed Forces Europe|AP Armed Forces Pacific",
    "CA": "AB Alberta|BC British Columbia|MB Manitoba|NB New Brunswick|NL Newfoundland and Labrador|NL Newfoundland|NS Nova Scotia"
    "|NT Northwest Territories|NU Nunavut|ON Ontario|PE Prince Edward Island|QC Quebec|QC PQ|SK Saskatchewan|YT Yukon|YT Yukon Territory",
    "AU": "ACT Australian Capital Territory|NSW New South Wales|NT Northern Territory|QLD Queensland|SA South Australia|TAS Tasmania"
    "|VIC Victoria|WA Western Australia",
}
"""Where accountants have whole lists of them, half abbreviated: code and name. No library that is installed knows them."""

_CODES = {
    country: {_plain(name): code.casefold() for code, _, name in (one.partition(" ") for one in names.split("|"))}
    for country, names in _NAMES.items()
}
