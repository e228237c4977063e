"""A postal address between the two services: its parts under QuickBooks' names, what is another address, what is too long."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace

from order_sync.countries import country_key, is_alpha3
from order_sync.infusionsoft.records import Address
from order_sync.regions import region_key

LINES = ("Line1", "Line2", "Line3", "Line4", "Line5")
PARTS = (*LINES, "City", "CountrySubDivisionCode", "PostalCode", "Country")


def parts_of(address: Address) -> dict[str, str]:
    """An address of Infusionsoft under QuickBooks' names, empty parts left out; the country as its alpha-3 code, else its name."""
    code = address.country_code or ""
    parts = {
        "Line1": address.line1,
        "Line2": address.line2,
        "City": address.locality,
        "CountrySubDivisionCode": address.region,
        "PostalCode": address.postal_code,
        "Country": code.upper() if is_alpha3(code.upper()) else address.country or code,
    }
    return {name: text for name, text in parts.items() if text}


def differs(wanted: Mapping[str, str], has: Mapping[str, str | None], home: str = "") -> bool:
    """Whether an address, in parts, is another one than what is there, and may take its place.

    Parts are compared without regard to case, accents, spaces, full stops, commas and the usual short forms of street words, the
    street as a whole, however it is broken into lines, countries as countries and their regions as regions. What an address leaves
    out beside the street does not make it another one; one without a street never replaces one that has it. One that names no
    country is in that of the company, `home`, where that is known.
    """
    street = _street(wanted)
    if street != _street(has):
        return bool(street)
    country = country_key(wanted.get("Country") or has.get("Country") or home)
    there = {**has, "Country": has.get("Country") or home}
    return any(
        _comparable(name, wanted[name], country) != _comparable(name, there.get(name) or "", country)
        for name in wanted.keys() - LINES
        if not (name == "PostalCode" and _is_part_of_zip(wanted[name], there.get(name) or ""))
    )


def _is_part_of_zip(code: str, whole: str) -> bool:
    """Whether this is the ZIP code of a ZIP+4 that is there."""
    return bool(re.fullmatch(r"\s*(\d{5})-\d{4}\s*", whole)) and whole.strip()[:5] == code.strip()


def is_same_part(name: str, wanted: Mapping[str, str], has: Mapping[str, str | None], home: str = "") -> bool:
    """Whether a part of an address is only written otherwise there; false where one of the two has none."""
    one, other = wanted.get(name), has.get(name)
    country = country_key(wanted.get("Country") or has.get("Country") or home)
    return bool(one and other) and _comparable(name, one or "", country) == _comparable(name, other or "", country)


def shortened(address: Address, limits: Mapping[str, int]) -> Address:
    """The address with no part longer than its limit; `limits` in characters, by field of `Address`."""
    return replace(address, **{field: text[: limits[field]] for field, text in _too_long(address, limits)})


def too_long(address: Address, limits: Mapping[str, int]) -> list[str]:
    """The fields of an address that `shortened` cuts, in words: `postal code`."""
    return [_IN_WORDS[field] for field, _ in _too_long(address, limits)]


def _too_long(address: Address, limits: Mapping[str, int]) -> list[tuple[str, str]]:
    texts = [(field, getattr(address, field) or "") for field in limits]
    return [(field, text) for field, text in texts if len(text) > limits[field]]


_IN_WORDS = {
    "line1": "first line",
    "line2": "second line",
    "locality": "town",
    "region": "region",
    "postal_code": "postal code",
    "country": "country",
}


_SHORT_FORMS = {
    "st": ("street", "saint"),
    "ave": ("avenue", "av"),
    "rd": ("road",),
    "blvd": ("boulevard",),
    "dr": ("drive",),
    "ln": ("lane",),
    "ct": ("court",),
    "pl": ("place",),
    "sq": ("square",),
    "hwy": ("highway",),
    "pkwy": ("parkway",),
    "ter": ("terrace",),
    "cir": ("circle",),
    "trl": ("trail",),
    "ste": ("suite",),
    "apt": ("apartment",),
    "bldg": ("building",),
    "fl": ("floor",),
    "rm": ("room",),
    "mt": ("mount",),
    "ft": ("fort",),
    "n": ("north",),
    "s": ("south",),
    "e": ("east",),
    "w": ("west",),
    "ne": ("northeast",),
    "nw": ("northwest",),
    "se": ("southeast",),
    "sw": ("southwest",),
}
"""Words of streets that half of the people shorten: none of them makes another street."""

_SHORT = {word: short for short, words in _SHORT_FORMS.items() for word in words}


def _street(parts: Mapping[str, str | None]) -> str:
    words = _plain(" ".join(parts.get(line) or "" for line in LINES)).replace("#", " ").split()
    return " ".join(re.sub("strasse$", "str", _SHORT.get(word, word)) for word in words)


def _comparable(name: str, text: str, country: str) -> str:
    match name:
        case "Country":
            return country_key(text)
        case "CountrySubDivisionCode":
            return region_key(text, country)
        case "PostalCode":
            return "".join(mark for mark in _plain(text) if mark.isalnum())
        case _:
            return _plain(text)


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    # The marks of other scripts tell words apart.
    kept = "".join(mark for mark in folded if not "\u0300" <= mark <= "\u036f" and mark not in ".'’")
    return " ".join(kept.replace(",", " ").split())
