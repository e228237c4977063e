"""Regions of a country as addresses write them: states and provinces, by their name, their abbreviation or their code of ISO 3166-2."""

from __future__ import annotations

import re

from order_sync.countries import plain_name

_WRITTEN_AS_CODES = frozenset({"AU", "BR", "CA", "IT", "US"})
"""Countries on whose letters the code of the region stands; on those of the others its name, or nothing."""

_ISO = re.compile(r"(?:([A-Z]{2})-)?([A-Z0-9]{1,3})", re.IGNORECASE)


def region_text(code: str | None, name: str | None) -> str | None:
    """A region as its country writes it on letters, by its code of ISO 3166-2 (`US-AZ`, `JP-13`) and its name; None for no region.

    A code without a letter means nothing to anybody, with or without its country's before it.
    """
    if not code:
        return name
    country, _, part = code.rpartition("-")
    name = name if name and name != code and _has_letter(name) else None
    if part.isalpha() and (not name or not country or country.upper() in _WRITTEN_AS_CODES):
        return part
    return name or (part if _has_letter(part) else None)


def region_key(text: str, country: str) -> str:
    """What two writings of the same region share; `country` is the key of its country (`countries.country_key`), where one is known."""
    known = _CODES.get(country, {})
    found = _ISO.fullmatch(text.strip())
    if found and found[1] and found[1].upper() == country:
        text = found[2]
    plain = _plain(text)
    return known.get(plain, plain)


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
