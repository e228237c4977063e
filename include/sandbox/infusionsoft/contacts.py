"""Contacts: which properties are shown, and what a PATCH may change."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from include.sandbox.infusionsoft import refusals

# What a list shows when nobody asks; the service does not say, so a client that needs more must name it in `fields`.
SHOWN = (
    "id",
    "given_name",
    "middle_name",
    "family_name",
    "preferred_name",
    "company",
    "email_addresses",
    "phone_numbers",
    "addresses",
    "owner_id",
    "tag_ids",
    "create_time",
    "update_time",
)
WRITABLE = frozenset(
    {
        "addresses",
        "anniversary_date",
        "assistant_name",
        "assistant_phone",
        "billing_information",
        "birth_date",
        "company",
        "contact_type",
        "custom_fields",
        "email_addresses",
        "family_name",
        "fax_numbers",
        "given_name",
        "job_title",
        "leadsource_id",
        "middle_name",
        "origin",
        "owner_id",
        "phone_numbers",
        "preferred_locale",
        "preferred_name",
        "prefix",
        "referral_code",
        "social_accounts",
        "source_type",
        "spouse_name",
        "suffix",
        "time_zone",
        "utm_parameters",
        "website",
    }
)
FIELDS = WRITABLE | frozenset(
    {
        "id",
        "create_time",
        "update_time",
        "links",
        "notes",
        "score_value",
        "tag_ids",
        "account_id",
        "created_by",
        "groups",
        "last_updated_by",
    }
)

_LONGEST = {
    "given_name": 40,
    "family_name": 40,
    "middle_name": 100,
    "preferred_name": 100,
    "spouse_name": 100,
    "website": 100,
    "billing_information": 100,
    "job_title": 255,
    "assistant_name": 20,
    "assistant_phone": 15,
}
_LONGEST_EMAIL = {"EMAIL1": 75, "EMAIL2": 100, "EMAIL3": 100}
_LISTS = frozenset({"addresses", "email_addresses", "phone_numbers", "fax_numbers", "custom_fields", "social_accounts"})
_LONGEST_ADDRESS = {
    "BILLING": {"line1": 75, "line2": 75, "locality": 50, "postal_code": 15, "zip_code": 15},
    "SHIPPING": {"line1": 100, "line2": 100, "locality": 100, "postal_code": 20, "zip_code": 20},
    "OTHER": {"line1": 100, "line2": 100, "locality": 100, "postal_code": 15, "zip_code": 15},
}
_LONGEST_ANYWHERE = {"region": 50, "zip_four": 10, "country": 100}


def shown(contact: dict[str, Any], fields: str) -> dict[str, Any]:
    """The contact with the properties that `fields` names (commas between them); refuses a name that is none."""
    names = _split([fields]) or SHOWN
    if unknown := [name for name in names if name not in FIELDS]:
        raise refusals.bad_request(f"Unknown field '{unknown[0]}'", "fields")
    return {name: contact.get(name) for name in names}


def changed(contact: dict[str, Any], body: Any, mask: Iterable[str]) -> dict[str, Any]:
    """The contact after a PATCH: only what the mask names is taken from the body, all of it when there is no mask.

    A list (addresses, e-mail addresses …) is replaced as a whole. Refuses unknown properties and values that are too long.
    """
    if not isinstance(body, dict):
        raise refusals.bad_request("The body must be a JSON object", "body")
    names = _split(mask) or list(body)
    for name in (*body, *names):
        if name not in WRITABLE:
            raise refusals.bad_request(f"Unrecognized property: {name}", name)
    for name in names:
        _check(name, body.get(name))
    return {**contact, **{name: body.get(name) for name in names}}


def _split(lists: Iterable[str]) -> list[str]:
    """Names out of texts with commas between them."""
    return [name.strip() for text in lists for name in text.split(",") if name.strip()]


def _check(name: str, value: Any) -> None:
    if value is None:
        return
    if name in _LONGEST:
        _check_text(name, value, _LONGEST[name])
    if name in _LISTS and not (isinstance(value, list) and all(isinstance(entry, dict) for entry in value)):
        raise refusals.bad_request(f"{name} must be a list of objects", name)
    if name == "addresses":
        for address in value:
            _check_address(address)
    if name == "email_addresses":
        for entry in value:
            slot = _slot(entry, _LONGEST_EMAIL, name)
            _check_text(slot, entry.get("email") or "", _LONGEST_EMAIL[slot])


def _check_address(address: dict[str, Any]) -> None:
    kind = _slot(address, _LONGEST_ADDRESS, "addresses")
    for part, longest in {**_LONGEST_ADDRESS[kind], **_LONGEST_ANYWHERE}.items():
        _check_text(f"{kind} {part}", address.get(part) or "", longest)
    country_code = address.get("country_code") or "USA"
    if not re.fullmatch("[A-Z]{3}", str(country_code)):
        raise refusals.bad_request("country_code is an ISO 3166-1 code of three letters", "addresses")
    if not re.fullmatch("[A-Z]{2}-[A-Z0-9]{1,3}", str(address.get("region_code") or "US-AZ")):
        raise refusals.bad_request("region_code is an ISO 3166-2 code such as US-AZ", "addresses")


def _slot(entry: dict[str, Any], slots: Iterable[str], name: str) -> str:
    for slot in slots:
        if entry.get("field") == slot:
            return slot
    raise refusals.bad_request(f"{name}: field must be one of {', '.join(slots)}", name)


def _check_text(name: str, value: Any, longest: int) -> None:
    if not isinstance(value, str) or len(value) > longest:
        raise refusals.bad_request(f"{name} must be a text of at most {longest} characters", name)
