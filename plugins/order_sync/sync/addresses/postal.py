"""A postal address between the two services: its parts under QuickBooks' names, what is another address, what is too long."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from order_sync.countries import country_key, is_alpha3
from order_sync.infusionsoft.records import Address
from order_sync.regions import has_known_regions, region_key
from order_sync.sync.addresses.lines import LINES, is_zip_of, place_key, postal_key, street_in
from order_sync.sync.orders.snapshot import Snapshot

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


def differs(
    wanted: Mapping[str, str], has: Mapping[str, str | None], home: str = "", names: Collection[str] = ()
) -> bool:
    """Whether an address, in parts, is another one than what is there, and may take its place: whether they have `differences`."""
    return bool(differences(wanted, has, home, names))


def differences(
    wanted: Mapping[str, str], has: Mapping[str, str | None], home: str = "", names: Collection[str] = ()
) -> frozenset[str]:
    """The parts by which an address is another one than what is there, and may take its place; all lines, where the street is another.

    Parts are compared without regard to case, accents, spaces, full stops, commas and the usual short forms of street words, the
    street as a whole, however it is broken into lines and whoever stands above it (`lines`), countries as countries and their regions as
    regions. What an address leaves out beside the street does not make it another one; one without a street never replaces one that has
    it. One that names no country is in that of the company, `home`, where that is known. `names` are what customer and contact are called.
    """
    wanted = {name: text for name, text in wanted.items() if text.strip()}
    street = street_in(wanted, has, home, names)
    if street in ("none", "other"):
        return frozenset(LINES if street == "other" else ())
    there = {**has, "Country": has.get("Country") or home}
    country = country_key(wanted.get("Country") or there["Country"] or "")
    found = {
        name
        for name in wanted.keys() - LINES
        if _comparable(name, wanted[name], country) != _comparable(name, there.get(name) or "", country)
        and not (name == "PostalCode" and is_zip_of(wanted[name], there.get(name) or ""))
        and not (street == "with town" and not has.get(name))
    }
    if found == {_REGION} and has.get(_REGION) and wanted.get("PostalCode") and not has_known_regions(country):
        return frozenset()
    return frozenset(found)


_REGION = "CountrySubDivisionCode"
"""Where nobody knows what a country's regions are called, one written otherwise makes no other address of street, town and postal code."""


def called(snapshot: Snapshot, customer: Mapping[str, Any] | None = None) -> frozenset[str]:
    """What a customer and an order's contact are called, as it may stand above a street."""
    shipping, contact, record = snapshot.order.shipping, snapshot.contact, customer or {}
    people = (
        (snapshot.given_name, snapshot.family_name),
        (shipping.given_name, shipping.family_name),
        (record.get("GivenName"), record.get("FamilyName")),
    )
    names = [record.get(name) for name in ("DisplayName", "CompanyName", "PrintOnCheckName")]
    names += [shipping.company, contact.company if contact else None]
    return frozenset(filter(None, (*names, *(" ".join(filter(None, name)) for name in people))))


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


def _comparable(name: str, text: str, country: str) -> str:
    match name:
        case "Country":
            return country_key(text)
        case "CountrySubDivisionCode":
            return region_key(text, country)
        case "PostalCode":
            return postal_key(text)
        case _:
            return place_key(text, country)
