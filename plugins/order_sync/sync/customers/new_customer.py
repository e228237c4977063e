"""A new customer's JSON from an order and its contact: what the settings name, inside what QuickBooks takes.

Lengths and characters are those of QuickBooks' page on the customer entity. Its schema tells smaller ones, so a limit that QuickBooks
itself names in a refusal (2050) goes before these. What becomes of a name that is taken (6240) is tried in `recording/customers`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from order_sync.emails import addresses
from order_sync.errors import RecordRefused
from order_sync.infusionsoft.records import Address
from order_sync.keys import marker_line, name_key
from order_sync.quickbooks.lengths import NO_EMAIL_ADDRESS, is_length_fault, shorter, smallest, texts_of
from order_sync.settings import CustomerSettings, Equality
from order_sync.sync.addresses.customers import LONGEST, physical_address
from order_sync.sync.addresses.postal import too_long
from order_sync.sync.company.company import NewCustomerDefaults
from order_sync.sync.customers.names import name_of
from order_sync.sync.orders.codes import Code
from order_sync.sync.orders.snapshot import Snapshot, party

Change = tuple[str, str]
"""(code, words) of something about the customer that is not as the contact has it."""

LIMITS: Mapping[str, int] = {
    "DisplayName": 500,
    "Title": 16,
    "GivenName": 100,
    "MiddleName": 100,
    "FamilyName": 100,
    "Suffix": 16,
    "CompanyName": 100,
    "PrintOnCheckName": 110,
    "PrimaryEmailAddr.Address": 100,
    "PrimaryPhone.FreeFormNumber": 30,
    "AlternatePhone.FreeFormNumber": 30,
    "ResaleNum": 16,
    "Notes": 2000,
}
"""The longest text of each field, in characters."""

_NAMES = ("DisplayName", "Title", "GivenName", "MiddleName", "FamilyName", "Suffix", "PrintOnCheckName")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_NOT_IN_NAMES = re.compile("[:\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_CHOSEN = ("SalesTermRef", "CustomerTypeRef", "TaxExemptionReasonId", "PreferredDeliveryMethod", "CurrencyRef")
"""Fields that hold no text of the contact."""

_NEVER_CUT = ("PrimaryEmailAddr.Address", "PrimaryPhone.FreeFormNumber", "AlternatePhone.FreeFormNumber")
"""Part of them is somebody else's."""

_FIELD = {
    "PrimaryEmailAddr": "PrimaryEmailAddr.Address",
    "PrimaryPhone": "PrimaryPhone.FreeFormNumber",
}


def customer_body(
    snapshot: Snapshot,
    settings: CustomerSettings,
    defaults: NewCustomerDefaults,
    *,
    in_currency: bool = False,
    suffix: bool = False,
    limits: Mapping[str, int] = LIMITS,
) -> tuple[dict[str, Any], list[Change]]:
    """A new customer's JSON, and warnings for what had to be changed or left out.

    The name is made by "Create: name of the new customer", else `First Last`, company or e-mail, whichever comes first; `in_currency`
    puts the order's currency behind it, and `suffix` the settings' suffix, which makes it the contact's own. Each criterion's
    destination is filled with its source, so that matching finds the customer again; such a text is left out where it does not fit,
    because part of it would match nobody, or somebody else.
    """
    who = party(snapshot)
    ending = name_ending(snapshot, settings, in_currency=in_currency, suffix=suffix)
    name, warnings = _display_name(who, settings, ending, limits["DisplayName"])
    body: dict[str, Any] = {"DisplayName": name} if name else {}
    filled = _filled(who, settings)
    whole = {_FIELD.get(destination, destination) for destination in filled}
    # QuickBooks prints the display name where it has nothing else to print, and refuses one that is too long for a check.
    check = name if len(name) > limits["PrintOnCheckName"] else ""
    texts = _texts(snapshot, who, {"PrintOnCheckName": check, **filled}, settings.equality)
    for path, text in texts.items():
        fitting, found = _fit(path, text, limits.get(path), whole=path in whole)
        warnings += found
        if fitting:
            field, _, member = path.partition(".")
            if member:
                body.setdefault(field, {})[member] = fitting
            else:
                body[field] = fitting
    notes, found = _notes(snapshot.order.id, who, settings, limits["Notes"])
    return {**body, **notes, **_choices(snapshot, settings, defaults)}, [*warnings, *found, *_cut_addresses(snapshot)]


def can_be_named(snapshot: Snapshot, settings: CustomerSettings) -> bool:
    """Whether something is known that a new customer can be called by."""
    return bool(_display_name(party(snapshot), settings, "", LIMITS["DisplayName"])[0])


def distinct_name(
    name: str, snapshot: Snapshot, settings: CustomerSettings, longest: int = LIMITS["DisplayName"]
) -> str:
    """A taken name with the settings' suffix, which holds the contact's id; the name is shortened where both are too long."""
    return _ended(name, name_ending(snapshot, settings, suffix=True), longest)


def name_ending(
    snapshot: Snapshot, settings: CustomerSettings, *, in_currency: bool = False, suffix: bool = False
) -> str:
    """What stands behind a name that is taken: the order's currency, the settings' suffix, or both."""
    currency = f" ({snapshot.order.currency})" if in_currency else ""
    own = _NOT_IN_NAMES.sub(" ", settings.create.suffix.format_map(party(snapshot))).rstrip() if suffix else ""
    return currency + own


def _ended(name: str, ending: str, longest: int) -> str:
    return (name[: max(0, longest - len(ending))].rstrip() + ending)[:longest]


def narrowed(limits: Mapping[str, int], body: Mapping[str, Any], error: RecordRefused) -> dict[str, int] | None:
    """The limits with those that QuickBooks meant in refusing a text as too long (2050), or the e-mail address (2210), which is left out;
    None where there is nothing left to shorten.

    A text that was shortened as QuickBooks said and is too long still has the smallest limit that is known of its field.
    """
    if error.code == NO_EMAIL_ADDRESS and "PrimaryEmailAddr" in body:
        return {**limits, "PrimaryEmailAddr.Address": 0}
    if not is_length_fault(error):
        return None
    texts = {path: text for path, text in texts_of(body) if not path.startswith(_CHOSEN)}
    texts = {
        "PrintOnCheckName": texts.get("DisplayName", ""),
        **texts,
    }  # QuickBooks prints the one where it has no other
    found = shorter(texts, error)
    again = {path: smallest(path) or 0 for path in found if limits.get(path) != LIMITS.get(path)}
    found = {path: limit for path, limit in (found | again).items() if 0 < limit < len(texts[path])}
    return {**limits, **found} if found else None


def _texts(snapshot: Snapshot, who: Mapping[str, str], filled: Mapping[str, str], equality: Equality) -> dict[str, str]:
    """The customer's texts by the path of their field: as the criteria fill them, else as the contact has them."""
    title, given, middle, family, suffix = (who[part] for part in ("prefix", "first", "middle", "last", "suffix"))
    full_name = filled.get("GivenName + FamilyName", "")
    if full_name and name_key(full_name, equality) != name_key(f"{given} {family}", equality):
        title, given, middle, family, suffix = "", "", "", full_name, ""
    phones = snapshot.contact.phones if snapshot.contact else ()
    phone = filled.get("PrimaryPhone", who["phone"])
    return {
        "Title": title,
        "GivenName": given,
        "MiddleName": middle,
        "FamilyName": family,
        "Suffix": suffix,
        "CompanyName": filled.get("CompanyName", who["company"]),
        "PrintOnCheckName": filled["PrintOnCheckName"],
        "PrimaryEmailAddr.Address": next(iter(addresses(filled.get("PrimaryEmailAddr"))), who["email"]),
        "PrimaryPhone.FreeFormNumber": phone,
        "AlternatePhone.FreeFormNumber": next((other for other in phones if other != phone), ""),
        "ResaleNum": filled.get("ResaleNum", ""),
        **_address("BillAddr", snapshot.billing),
        **_address("ShipAddr", snapshot.shipping),
    }


def _filled(who: Mapping[str, str], settings: CustomerSettings) -> dict[str, str]:
    """By destination, the text of the first criterion whose source is not blank."""
    found: dict[str, str] = {}
    for one in settings.criteria:
        if text := name_of(who, one.source):
            found.setdefault(one.destination, text)
    return found


def _address(field: str, address: Address) -> dict[str, str]:
    if address.is_empty:
        return {}
    return {f"{field}.{member}": text for member, text in physical_address(address).items()}


def _cut_addresses(snapshot: Snapshot) -> Iterator[Change]:
    for what, address in (("Billing address", snapshot.billing), ("Shipping address", snapshot.shipping)):
        if cut := too_long(address, LONGEST):
            yield Code.ADDRESS_SHORTENED, f"{what}: {', '.join(cut)} shortened to what QuickBooks takes."


def _fit(path: str, text: str, longest: int | None, *, whole: bool) -> tuple[str, list[Change]]:
    """A text as QuickBooks takes it: cleaned, and shortened, or left out where only the `whole` of it means something."""
    clean = _clean(path, text)
    warnings = [_changed(path)] if path in _NAMES and clean != _plain(text) else []
    if longest is None or len(clean) <= longest:
        return clean, warnings
    if not longest:
        return "", [(Code.FIELD_SHORTENED, f"{path} was left out: QuickBooks refused it.")]
    if whole or path in _NEVER_CUT:
        return "", [(Code.FIELD_SHORTENED, f"{path} was left out: it is longer than QuickBooks' {longest} characters.")]
    return clean[:longest].rstrip(), [*warnings, _shortened(path, longest)]


def _display_name(
    who: Mapping[str, str], settings: CustomerSettings, ending: str, longest: int
) -> tuple[str, list[Change]]:
    sources = (settings.new_name, "First Last", "Company", "Email")
    wanted = next((text for source in sources if _clean("DisplayName", text := name_of(who, source))), "")
    clean = _clean("DisplayName", wanted)
    name = _ended(clean, ending, longest)
    warnings = [_changed("DisplayName")] if clean != wanted else []
    if not name.startswith(clean):
        warnings.append((Code.NAME_CHANGED, _shortened("DisplayName", longest)[1]))
    return name, warnings


def _notes(
    order_id: str, who: Mapping[str, str], settings: CustomerSettings, longest: int
) -> tuple[dict[str, str], list[Change]]:
    """The notes of the settings, then a line for each criterion that finds the customer by one; those lines are never cut."""
    values = {name: _clean("Notes", text) for name, text in who.items()} | {"order_id": order_id}
    sources = (name_of(who, one.source) for one in settings.criteria if one.destination == "Notes marker")
    lines = [marker_line(_clean("Notes", text)) for text in dict.fromkeys(sources) if text]
    marks = "\n".join(lines)
    if len(marks) > longest:
        return {}, [
            (Code.FIELD_SHORTENED, f"Notes were left out: they are longer than QuickBooks' {longest} characters.")
        ]
    text = settings.create.notes.format_map(values).strip()
    room = longest - len(marks) - (1 if marks else 0)
    warnings = [_shortened("Notes", longest)] if len(text) > room else []
    notes = "\n".join(part for part in (text[: max(0, room)].rstrip(), marks) if part)
    return {"Notes": notes} if notes else {}, warnings


def _choices(snapshot: Snapshot, settings: CustomerSettings, defaults: NewCustomerDefaults) -> dict[str, Any]:
    """What the accountant chose for all new customers."""
    create = settings.create
    reason = create.tax_exemption_reason
    found = {
        "SalesTermRef": {"value": defaults.sales_term} if defaults.sales_term else None,
        "CustomerTypeRef": {"value": defaults.customer_type} if defaults.customer_type else None,
        "Taxable": False if create.tax_exempt else None,
        "TaxExemptionReasonId": str(reason) if reason else None,
        "PreferredDeliveryMethod": create.preferred_delivery,
        "CurrencyRef": {"value": snapshot.order.currency} if create.currency == "order" else None,
    }
    return {field: value for field, value in found.items() if value is not None}


def _clean(path: str, text: str) -> str:
    """Without the characters that QuickBooks refuses in the field, single spaces, trimmed."""
    return _plain((_NOT_IN_NAMES if path in _NAMES else _CONTROL).sub(" ", text))


def _plain(text: str) -> str:
    return re.sub(" +", " ", text).strip()


def _changed(path: str) -> Change:
    return (
        Code.NAME_CHANGED,
        f"{path} holds characters that QuickBooks does not take (colon, tab, line end): they were taken out.",
    )


def _shortened(path: str, longest: int) -> Change:
    return Code.FIELD_SHORTENED, f"{path} was shortened to QuickBooks' {longest} characters."
