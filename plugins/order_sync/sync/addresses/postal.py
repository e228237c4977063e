"""A postal address between the two services: its parts under QuickBooks' names, what is another address, what is too long."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import replace

from order_sync.countries import country_key, is_alpha3
from order_sync.infusionsoft.records import Address

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


def differs(wanted: Mapping[str, str], has: Mapping[str, str | None]) -> bool:
    """Whether an address, in parts, is another one than what is there, and may take its place.

    Parts are compared without regard to case, spaces, full stops and commas, the street as a whole, however it is broken into
    lines, and countries as countries. What an address leaves out beside the street does not make it another one; one without
    a street never replaces one that has it.
    """
    street = _street(wanted)
    if street != _street(has):
        return bool(street)
    return any(
        _comparable(name, wanted[name]) != _comparable(name, has.get(name) or "") for name in wanted.keys() - LINES
    )


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


def _street(parts: Mapping[str, str | None]) -> str:
    return _plain(" ".join(parts.get(line) or "" for line in LINES))


def _comparable(name: str, text: str) -> str:
    match name:
        case "Country":
            return country_key(text)
        case "PostalCode":
            return "".join(mark for mark in _plain(text) if mark.isalnum())
        case _:
            return _plain(text)


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(folded.replace(".", "").replace(",", " ").split())
