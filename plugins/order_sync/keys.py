"""When two names, e-mail addresses or telephone numbers count as equal: each becomes a key, and equal keys are equal.

The rules are ours (docs/settings/customers.md, "What counts as equal"). An empty key never matches anything.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NamedTuple

import phonenumbers

from order_sync.emails import email_keys
from order_sync.legal_forms import drop_legal_forms
from order_sync.phones import telephone
from order_sync.settings import CustomerField, Equality
from order_sync.settings.placeholders import is_nobodys_email, is_nobodys_number, says_nothing
from order_sync.texts import decoded, may_be_encoded

KEY_VERSION = 4
"""The version of these rules: keys that the cache keeps from another version are made again. Raise it with every change of a key."""

_MARKER = "Infusionsoft customer:"
_APOSTROPHES = dict.fromkeys(
    map(ord, "'`‘’‛′ʹʻʼʽ՚׳")
)  # four are letters to Unicode, yet people type them for an apostrophe
_WITHOUT_ACCENTS: dict[int, int | str | None] = {
    # Marks of other scripts tell names apart, as in मीना and मोना.
    **dict.fromkeys(range(0x300, 0x370)),
    # Letters that have no decomposition.
    **str.maketrans("łøđðıħŧ", "loddiht"),
    **{ord("þ"): "th", ord("æ"): "ae", ord("œ"): "oe"},
}
_MADE_INACTIVE = re.compile(r"(?:\s*\(\s*deleted(?:[\s-]*\d+)?\s*\))+\s*$", re.IGNORECASE)


def plain_key(text: str | None) -> str:
    """The key of a text with no rules of its own: NFKC, case folded, nothing invisible, white space collapsed and trimmed."""
    return " ".join(_folded(decoded(text)).split()) if text else ""


def sort_key(text: str) -> str:
    """What a list that people read is sorted by: `plain_key` without accents, so that Émile stands beside Emil."""
    return unicodedata.normalize("NFD", plain_key(text)).translate(_WITHOUT_ACCENTS)


def name_key(text: str | None, equality: Equality) -> str:
    """The key of a person's or a company's name; empty where it has no letter and no digit."""
    return _name_rule(equality)(text or "")


def email_key(field: str | None) -> str:
    """The keys of the e-mail addresses in a field with commas between them, as a rule one; empty where it holds none."""
    return ",".join(email_keys(field))


def each_key(field: CustomerField, key: str) -> list[str]:
    """The keys that an order has in a field: of e-mail addresses there may be several in the one text (`email_key`)."""
    return key.split(",") if field == "PrimaryEmailAddr" else [key]


def phone_key(text: str | None, country: str) -> str:
    """The key of a telephone number written in a country (ISO code): E.164 without the extension; the digits alone where it is no
    possible number; empty for fewer than five digits."""
    if not text:
        return ""
    text = telephone(text, country)
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        pass
    else:
        if phonenumbers.is_possible_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    digits = phonenumbers.normalize_digits_only(text)
    return digits if len(digits) >= 5 else ""


def former_name(customer: Mapping[str, Any]) -> str:
    """A customer's display name before QuickBooks renamed it, to free the name: one made active again may have kept the ending."""
    return without_ending(customer.get("DisplayName") or "")


def without_ending(name: str) -> str:
    """The name of a record without what QuickBooks puts behind it once it is inactive: ` (deleted)`, ` (deleted 1)`, ` (deleted-1)`,
    and once more where it was made active, kept that, and was made inactive again."""
    return _MADE_INACTIVE.sub("", name) or name if ")" in name else name


def marker_line(text: str) -> str:
    """The line in a customer's notes by which the destination `Notes marker` finds them."""
    return f"{_MARKER} {' '.join(text.split())}"


def with_marker(notes: str, former: str, now: str) -> str:
    """A customer's notes with one marker in the place of another; all else stays, and they stay as they are without the former."""
    lines, line = notes.splitlines(keepends=True), marker_line(now)
    keys = [plain_key(text) for text in lines]
    at = [number for number, key in enumerate(keys) if key == plain_key(marker_line(former))]
    is_there = plain_key(line) in keys
    for number in at:
        ending = lines[number][len(lines[number].rstrip("\r\n")) :]
        lines[number] = "" if is_there else line + ending
        is_there = True
    return "".join(lines)


def key_function(field: CustomerField, equality: Equality) -> Callable[[str], str]:
    """How an order's text, taken from a criterion's source, becomes the key that customers have in this field."""
    match field:
        case "PrimaryEmailAddr":
            return email_key
        case "PrimaryPhone":
            country = equality.phone_country
            return lambda text: phone_key(text, country)
        case "ResaleNum" | "Notes marker":
            return plain_key
        case _:
            return _name_rule(equality)


def key_maker(field: CustomerField, equality: Equality) -> Callable[[Mapping[str, Any]], list[str]]:
    """How a QuickBooks customer becomes the keys it has in this field; empty keys are left out, so that nobody has them."""
    if field == "PrimaryEmailAddr":
        return lambda customer: email_keys((customer.get(field) or {}).get("Address"))
    texts, key = _TEXTS[field], key_function(field, equality)

    return lambda customer: [found for found in dict.fromkeys(map(key, texts(customer))) if found]


def customer_keys(customer: Mapping[str, Any], field: CustomerField, equality: Equality) -> list[str]:
    """The keys of one customer; for many, `key_maker` reads the rule once."""
    return key_maker(field, equality)(customer)


def _both_names(customer: Mapping[str, Any]) -> list[str]:
    return [f"{customer.get('GivenName') or ''} {customer.get('FamilyName') or ''}"]


def _marked(customer: Mapping[str, Any]) -> list[str]:
    lines = (customer.get("Notes") or "").splitlines()
    return [line.removeprefix(_MARKER) for line in lines if line.startswith(_MARKER)]


def _display_names(customer: Mapping[str, Any]) -> list[str]:
    """The display name; and where it ends in the customer's own currency, as `Ann Lee (EUR)`, also the name before that."""
    name, currency = former_name(customer), str((customer.get("CurrencyRef") or {}).get("value") or "")
    if not currency or currency not in name[-len(currency) - 2 :].upper():
        return [name]
    code = re.escape(currency)
    return [name, re.sub(rf"(?<=\S)[\s,–-]*(?:[\s,–-]{code}|[(\[]\s*(?i:{code})\s*[)\]]) *$", "", name)]


_TEXTS: dict[CustomerField, Callable[[Mapping[str, Any]], list[str]]] = {
    "DisplayName": _display_names,
    "CompanyName": lambda customer: [customer.get("CompanyName") or ""],
    "GivenName + FamilyName": _both_names,
    "PrintOnCheckName": lambda customer: [customer.get("PrintOnCheckName") or ""],
    "PrimaryPhone": lambda customer: [(customer.get("PrimaryPhone") or {}).get("FreeFormNumber") or ""],
    "ResaleNum": lambda customer: [customer.get("ResaleNum") or ""],
    "Notes marker": _marked,
}


@cache
def _name_rule(equality: Equality) -> Callable[[str], str]:
    # The settings are read once for each rule: to ask pydantic for each name takes longer than the key.
    punctuation, ampersand = equality.ignore_punctuation, equality.ampersand_is_and
    legal_forms, general = equality.ignore_legal_forms, _general_rule(equality)
    shown = _letter_or_space if punctuation else _visible
    table = "".join(shown(chr(code)).lower() for code in range(128)).encode().ljust(256)
    vanishing = b"'`" if punctuation else b""

    def key(text: str) -> str:
        if may_be_encoded(text):
            text = decoded(text)  # customers that were made before texts were decoded are found by them still
        if not text.isascii():
            return general(text)
        if ampersand and "&" in text and _says_something(text):
            text = text.replace("&", " and ")
        # Most names are plain ASCII, and a table of bytes is twice as fast as one of characters.
        name = " ".join(text.encode().translate(table, vanishing).decode().split())
        if not punctuation and not _says_something(name):
            return ""
        return drop_legal_forms(name) if legal_forms else name

    return key


def _general_rule(equality: Equality) -> Callable[[str], str]:
    punctuation, accents = equality.ignore_punctuation, equality.ignore_accents
    ampersand, legal_forms = equality.ampersand_is_and, equality.ignore_legal_forms

    def key(text: str) -> str:
        # An acute accent alone is typed for an apostrophe; NFKC would make a space and a mark of it.
        name = _folded(text.replace("´", "'"))
        if punctuation:
            name = name.translate(_APOSTROPHES)
        if not _says_something(name):
            return ""
        if ampersand:
            name = name.replace("&", " and ")
        if accents:
            name = unicodedata.normalize("NFD", name).translate(_WITHOUT_ACCENTS)
        if punctuation:
            name = "".join(map(_letter_or_space, name))
        # Letters and marks that have become neighbours may compose.
        name = " ".join(_folded(name).split())
        return drop_legal_forms(name) if legal_forms else name

    return key


def _says_something(name: str) -> bool:
    return any(map(str.isalnum, name))


def _folded(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text.lower()
    seen = "".join(map(_visible, text))
    # Case folding can undo NFKC (and the other way round): once more makes the rule idempotent.
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", seen).casefold()).casefold()


@cache
def _visible(character: str) -> str:
    # No database takes every control character or half a surrogate pair: as white space they do no harm.
    return {"Cf": "", "Cc": " ", "Cs": " "}.get(unicodedata.category(character), character)


@cache
def _letter_or_space(character: str) -> str:
    return " " if unicodedata.category(character)[0] in "PSZC" else character


UNSEEN = "?"
"""Stands for the customer that an inactive one was merged into, or not, as long as its documents could not be read."""


class Candidates(NamedTuple):
    """Customers that have one of the keys that were asked for, a column for each part."""

    positions: list[int]
    """Of the key that it has, among those that were asked for."""
    ids: list[str]
    names: list[str]
    active: list[bool]
    emails: list[str]
    """The keys of its e-mail addresses, with commas between them."""
    currencies: list[str]
    """ISO 4217; empty where the company has one currency."""
    jobs: list[bool]
    """Whether it is a sub-customer: a job, a project, or a branch that is billed itself."""
    merged_into: list[str]
    """The customer that it was merged into; empty for most, `UNSEEN` where that could not be seen."""
    notes: list[str]
    """What is to be told of it, as that another was merged into it; empty as it is looked up."""
    sealed: list[bool]
    """Whether it must never be made active, because it was merged, or may have been; not as it is looked up."""


def compared(body: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a cached customer that a match is checked against."""
    lines = dict.fromkeys(address_line(body.get(field) or {}) for field in ("BillAddr", "ShipAddr"))
    parent_id = parent_of(body)
    numbers = [(body.get(field) or {}).get("FreeFormNumber") or "" for field in PHONES]
    phones = dict.fromkeys(phone_digits(number) for number in numbers if number and not is_nobodys_number(number))
    emails = email_keys((body.get("PrimaryEmailAddr") or {}).get("Address"))
    return {
        # A placeholder, as other programs write it, is nobody's: it contradicts nothing.
        "emails": ",".join(email for email in emails if not is_nobodys_email(email)),
        "addresses": "\n".join(line for line in lines if line),
        "phones": ",".join(filter(None, phones)),
        "currency": str((body.get("CurrencyRef") or {}).get("value") or "")[:3],
        "is_job": bool(body.get("Job") or body.get("IsProject") or parent_id),
        "billed_with": parent_id if body.get("IsProject") or body.get("BillWithParent") else "",
        "version": str(body.get("SyncToken") or "")[:20],
    }


def parent_of(body: Mapping[str, Any]) -> str:
    """The id of the customer that a sub-customer stands below; empty for all others."""
    return str((body.get("ParentRef") or {}).get("value") or "")


PHONES = ("PrimaryPhone", "Mobile", "AlternatePhone")
"""The telephone numbers of a customer."""

_EXTENSION = re.compile(r"[a-z#].*", re.IGNORECASE | re.DOTALL)


def phone_digits(text: str | None) -> str:
    """The last seven digits of a telephone number without its extension, however its country is written; empty for fewer."""
    digits = "".join(filter(str.isdecimal, _EXTENSION.sub("", text))) if text else ""
    return digits[-7:] if len(digits) > 6 else ""


_LINE = ("Line1", "Line2", "Line3", "Line4", "Line5", "City", "CountrySubDivisionCode", "PostalCode")


def written_line(address: Mapping[str, Any]) -> str:
    """A QuickBooks address in one line, as it is written there; the country is left out, for most do not write their own."""
    parts = [" ".join(str(address[name]).split()) for name in _LINE if address.get(name)]
    return " ".join(part for part in parts if not says_nothing(part))


def address_line(address: Mapping[str, Any]) -> str:
    """The same, folded."""
    return plain_key(written_line(address))
