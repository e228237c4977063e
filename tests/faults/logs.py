"""What no log may show: keys, tokens, passwords, and the people of the shop."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from tests.shop.services import Controls

SECRETS = ("KeapAK-sandbox-service-account-key", "sandbox-client-secret", "sandbox-first-refresh-token")
# An access token and a refresh token of the sandbox's QuickBooks, whenever they were made.
TOKENS = re.compile(r"\beyJ[\w-]{20,}|\bAB11[\w-]{20,}")
# Those whom the tests give to the sync without telling the sandbox.
PEOPLE = ("Ada Lovelace", "Lovelace", "1 Main St", "9 Oak Ave", "85001", "85701")
PERSONAL = (
    "GivenName",
    "MiddleName",
    "FamilyName",
    "CompanyName",
    "DisplayName",
    "Line1",
    "PostalCode",
    "FreeFormNumber",
)
PERSONAL += ("given_name", "family_name", "company_name", "line1", "postal_code", "zip_code", "number")
ADDRESS = re.compile(
    r"(?<!://)\b[\w.+-]+@[\w-]+\.[\w.-]+|\bPerson No\d+"
)  # of an e-mail, and the invented by the dozen


def people_of(sandbox: Controls) -> set[str]:
    """What the records of both services say of people; e-mail addresses are found by their form."""
    records = [*sandbox.get("/_sandbox/infusionsoft/contact"), *sandbox.get("/_sandbox/quickbooks/Customer")]
    return {text for record in records for text in _personal(record) if len(text) > 3}


def leaks(log: str, people: Iterable[str], secrets: Iterable[str]) -> list[str]:
    """Every line that holds a secret or something of a person, with what it is."""
    words = [re.compile(rf"(?<!\w){re.escape(word)}(?!\w)") for word in {*people, *PEOPLE}]
    known = [re.compile(re.escape(secret)) for secret in {*secrets, *SECRETS}]
    return [
        f"{found[0]!r} in: {line}"
        for line in log.splitlines()
        for pattern in (*known, TOKENS, ADDRESS, *words)
        if (found := pattern.search(line))
    ]


def _personal(value: Any) -> Iterable[str]:
    if isinstance(value, Mapping):
        for key, inside in value.items():
            if key in PERSONAL and isinstance(inside, str):
                yield inside
            yield from _personal(inside)
    elif isinstance(value, list):
        for inside in value:
            yield from _personal(inside)
