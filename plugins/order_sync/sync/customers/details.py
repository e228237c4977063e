"""The details of a customer that was found (names, company, e-mail address, telephone number), and what of them an order changes.

Two writings of the same are no change, by the rules by which customers are matched; and none is made after which the customer would not
be found any more as it was found for this order.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rapidfuzz import fuzz

from order_sync.emails import email_keys
from order_sync.keys import customer_keys, each_key, name_key, phone_key
from order_sync.likeness import person_name
from order_sync.settings import CustomerField, CustomerSettings
from order_sync.sync.company.company import NewCustomerDefaults
from order_sync.sync.customers.names import name_of
from order_sync.sync.customers.new_customer import LIMITS, Change, customer_body, distinct_name
from order_sync.sync.orders.decision import Decision
from order_sync.sync.orders.snapshot import Snapshot, party

ALIKE = 60
"""From this likeness of two names on (0 to 100), one may be the other's."""

WORDS = {
    "DisplayName": "Display name",
    "PrintOnCheckName": "Name on checks",
    "Title": "Title",
    "GivenName": "Given name",
    "MiddleName": "Middle name",
    "FamilyName": "Family name",
    "Suffix": "Suffix",
    "CompanyName": "Company",
    "PrimaryEmailAddr": "E-mail address",
    "PrimaryPhone": "Telephone number",
}
"""Each field in words."""

NAMES_OF_RECORD = ("DisplayName", "PrintOnCheckName")
"""What a customer is listed under."""

_FULL_NAME = ("GivenName", "FamilyName")
_OF_PERSON = ("Title", "GivenName", "MiddleName", "FamilyName", "Suffix")
_DETAILS = (*_OF_PERSON, "CompanyName", "PrimaryEmailAddr", "PrimaryPhone")
_INNER = {"PrimaryEmailAddr": "Address", "PrimaryPhone": "FreeFormNumber"}


def detail_changes(
    snapshot: Snapshot, customer: Mapping[str, Any], decision: Decision, settings: CustomerSettings
) -> tuple[dict[str, Any], list[Change]]:
    """The sparse update that brings a customer's details to those of an order's contact, and warnings for what had to be shortened.

    `fill blanks` writes where there is nothing, and of a name only where the rest of it is the contact's; `follow` replaces what is
    there, never by nothing, and a person's name by none that is quite another. The display name follows where it is what the settings
    make of the details as they were. Whoever was found by what another has that was merged into it stays who it is: there, `follow` fills
    blanks.
    """
    if settings.update_details == "off" or snapshot.contact is None or snapshot.lacks_contact:
        return {}, []
    wanted, warnings = customer_body(snapshot, settings, NewCustomerDefaults())
    fills = settings.update_details == "fill blanks" or not _is_found_itself(customer, decision, settings)
    changes = {
        field: wanted[field]
        for field in _DETAILS
        if text_of(wanted, field)
        and not (fills and text_of(customer, field))
        and not _is_same(field, wanted, customer, settings)
    }
    if not (_completes if fills else _renames)(wanted, customer, settings):
        changes = {field: value for field, value in changes.items() if field not in _OF_PERSON}
    elif _says_less(wanted, customer, settings):
        changes = {field: value for field, value in changes.items() if field not in _FULL_NAME}
    changes = _still_found(changes, customer, decision, settings)
    if changes and not fills:
        changes = _still_found(
            {**_listed_under(changes, customer, snapshot, settings), **changes}, customer, decision, settings
        )
    return changes, [one for one in warnings if any(one[1].startswith(field) for field in changes if field in _DETAILS)]


def _is_found_itself(customer: Mapping[str, Any], decision: Decision, settings: CustomerSettings) -> bool:
    """Whether a customer has itself what it was found by, and not only one that was merged into it, or as it was when it was made."""
    if decision.outcome == "create":
        return any(
            not set(customer_keys(customer, one.destination, settings.equality)).isdisjoint(
                each_key(one.destination, decision.keys.get(str(one), ""))
            )
            for one in settings.criteria
        )
    id = str(customer.get("Id"))
    merged = any(one["id"] == id and one.get("by") == "merge" for one in decision.candidates)
    return not merged and decision.customer_id in ("", id)


def text_of(record: Mapping[str, Any], field: str) -> str:
    """What a customer has in a field, as text; empty for nothing."""
    value = record.get(field) or ""
    return str((value.get(_INNER[field]) or "") if isinstance(value, Mapping) else value)


def _is_same(field: str, wanted: Mapping[str, Any], customer: Mapping[str, Any], settings: CustomerSettings) -> bool:
    now, has = text_of(wanted, field), text_of(customer, field)
    match field:
        case "PrimaryEmailAddr":
            # Several addresses in one field were written there by somebody, who wants them all to get the documents.
            return len(email_keys(has)) > 1 or email_keys(now) == email_keys(has)
        case "PrimaryPhone":
            country = settings.equality.phone_country
            return now == has or phone_key(now, country) == phone_key(has, country) != ""
        case _:
            own, its = name_key(now, settings.equality), name_key(has, settings.equality)
            is_initial = field in ("GivenName", "MiddleName") and len(own) == 1 and its.startswith(own)
            return now == has or own == its != "" or is_initial


def _completes(wanted: Mapping[str, Any], customer: Mapping[str, Any], settings: CustomerSettings) -> bool:
    """Whether the contact's name completes the customer's: what both have of it is the same, or the customer is known by it."""
    both = [field for field in _OF_PERSON if text_of(wanted, field) and text_of(customer, field)]
    if both:
        return all(_is_same(field, wanted, customer, settings) for field in both)
    own, listed = (set(name.split()) for name in (_full_name(wanted, settings), _listed(customer, settings)))
    return own <= listed or _is_business(wanted, customer, settings)


def _renames(wanted: Mapping[str, Any], customer: Mapping[str, Any], settings: CustomerSettings) -> bool:
    """Whether the contact's name may be the customer's by now: one of a person who is called quite otherwise is another person's, and so
    may one be of whom alone it says Jr. or Sr."""
    if _generation(wanted) != _generation(customer):
        return False
    now, before = _full_name(wanted, settings), _full_name(customer, settings) or _listed(customer, settings)
    if _is_business(wanted, customer, settings) or not before:
        return True
    return not set(now.split()).isdisjoint(before.split()) or fuzz.ratio(now, before) >= ALIKE


def _says_less(wanted: Mapping[str, Any], customer: Mapping[str, Any], settings: CustomerSettings) -> bool:
    """Whether the contact's given and family name are the customer's in other places, or one of them where the customer has both."""
    if all(text_of(customer, field) for field in _FULL_NAME) and not all(
        text_of(wanted, field) for field in _FULL_NAME
    ):
        return True
    now, before = _full_name(wanted, settings), _full_name(customer, settings)
    return sorted(now.split()) == sorted(before.split())


def _generation(record: Mapping[str, Any]) -> str:
    return person_name(*(text_of(record, field) for field in (*_FULL_NAME, "Suffix"))).generation


def _is_business(wanted: Mapping[str, Any], customer: Mapping[str, Any], settings: CustomerSettings) -> bool:
    """Whether a customer is listed under a company, and not under the person who orders for it."""
    companies = {name_key(text_of(record, "CompanyName"), settings.equality) for record in (wanted, customer)}
    return _listed(customer, settings) in companies - {""}


def _listed(customer: Mapping[str, Any], settings: CustomerSettings) -> str:
    return name_key(text_of(customer, "DisplayName"), settings.equality)


def _full_name(record: Mapping[str, Any], settings: CustomerSettings) -> str:
    return name_key(f"{text_of(record, 'GivenName')} {text_of(record, 'FamilyName')}", settings.equality)


_FEEDS: dict[CustomerField, tuple[str, ...]] = {
    "DisplayName": ("DisplayName",),
    "CompanyName": ("CompanyName",),
    "GivenName + FamilyName": ("GivenName", "FamilyName"),
    "PrintOnCheckName": ("PrintOnCheckName",),
    "PrimaryEmailAddr": ("PrimaryEmailAddr",),
    "PrimaryPhone": ("PrimaryPhone",),
}


def _still_found(
    changes: dict[str, Any], customer: Mapping[str, Any], decision: Decision, settings: CustomerSettings
) -> dict[str, Any]:
    """The changes without those after which the criterion that found the customer would find it no more."""
    for one in settings.criteria:
        if str(one) == decision.criterion and (feeding := _FEEDS.get(one.destination)):
            keys = customer_keys({**customer, **changes}, one.destination, settings.equality)
            if decision.key not in keys:
                return {field: value for field, value in changes.items() if field not in feeding}
    return changes


def _listed_under(
    changes: Mapping[str, Any], customer: Mapping[str, Any], snapshot: Snapshot, settings: CustomerSettings
) -> dict[str, Any]:
    """The display name, and the name on checks that is only its copy, where the settings made it of the details as they were.

    One that somebody chose stays, and so does that of a customer who was entered by the display name alone.
    """
    has, longest = text_of(customer, "DisplayName"), LIMITS["DisplayName"]
    before, after = (_named(record, snapshot, settings) for record in (customer, {**customer, **changes}))
    if not before or not after or before == after:
        return {}
    equality = settings.equality
    if name_key(has, equality) == name_key(before, equality):
        name = after[:longest].rstrip()
    elif has == distinct_name(before, snapshot, settings):
        name = distinct_name(after, snapshot, settings)
    else:
        return {}
    copied = text_of(customer, "PrintOnCheckName") == has[: LIMITS["PrintOnCheckName"]]
    return {"DisplayName": name} | ({"PrintOnCheckName": name[: LIMITS["PrintOnCheckName"]].rstrip()} if copied else {})


def _named(record: Mapping[str, Any], snapshot: Snapshot, settings: CustomerSettings) -> str:
    """The display name that the settings make of a customer's details."""
    fields = {"first": "GivenName", "middle": "MiddleName", "last": "FamilyName", "company": "CompanyName"}
    fields |= {"email": "PrimaryEmailAddr", "phone": "PrimaryPhone", "prefix": "Title", "suffix": "Suffix"}
    known = {name: text_of(record, field) for name, field in fields.items()}
    return name_of({**party(snapshot), **known}, settings.new_name).replace(":", " ")
