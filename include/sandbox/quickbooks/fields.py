"""The kinds of values that QuickBooks' records are made of, each with the check that the service makes of it.

`clean` turns a value from a request into the value that is kept, or None where it says nothing (`""`, `{}`); it raises
`refusals.Refusal`. `element` is the path of the field, as refusals name it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, Protocol

from include.sandbox.quickbooks import refusals
from include.sandbox.quickbooks.books import Body, Books

NOT_IN_NAMES = ":\t\n\r"
CENT = Decimal("0.01")
LARGEST = Decimal(10**11)
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
EMAIL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+[A-Za-z]{_LABEL}")
"""RFC 822, with a domain of two parts at least."""
ELEMENTS = {"Customer": "Names", "Account": "Accounts", "Class": "Klasses"}
MADE_INACTIVE = (
    "Something you're trying to use has been made inactive. "
    "Check the fields with accounts, customers, items, vendors or employees."
)
ITEM_OF_A_FEATURE = {"SHIPPING_ITEM_ID": "AllowShipping", "GRATUITY_ITEM_ID": "AllowGratuity"}


class Kind(Protocol):
    """A kind of value; see above for what `clean` does."""

    def clean(self, value: Any, element: str, books: Books) -> Any: ...


def half_up(amount: Decimal) -> Decimal:
    """Rounded to cents as QuickBooks rounds: halves away from zero."""
    return amount.quantize(CENT, ROUND_HALF_UP)


@dataclass(frozen=True)
class Text:
    """Text of a length, without certain characters."""

    longest: int
    forbidden: str = ""

    def clean(self, value: Any, element: str, books: Books) -> str | None:
        if isinstance(value, dict | list | bool):
            raise refusals.unsupported_property()
        text = str(value).strip() if self.forbidden else str(value)
        limits, spelling = books.length_faults
        longest = limits.get(element, limits.get(element.rpartition(".")[2], self.longest))
        if len(text) > longest:
            raise refusals.too_long(element, longest, len(text), spelling)
        if any(mark in text for mark in self.forbidden) or any("\ud800" <= mark <= "\udfff" for mark in text):
            raise refusals.invalid("2040", f"{element} contains characters that are not supported", element)
        return text or None


@dataclass(frozen=True)
class Email:
    """One address, or several with commas between them."""

    longest: int = 100

    def clean(self, value: Any, element: str, books: Books) -> str | None:
        text = Text(self.longest).clean(value, element, books)
        if text and not all(EMAIL.fullmatch(address.strip()) for address in text.split(",")):
            raise refusals.invalid("2210", "Email Address does not conform to the syntax rules of RFC 822.", element)
        return text


@dataclass(frozen=True)
class Number:
    """A decimal number, as a JSON number or as text."""

    smallest: Decimal | None = None

    def clean(self, value: Any, element: str, books: Books) -> Decimal | None:
        if isinstance(value, dict | list | bool):
            raise refusals.unsupported_property()
        if value == "":
            return None
        try:
            number = Decimal(str(value))
        except InvalidOperation as error:
            raise refusals.invalid("2070", f"{element} is not a number", element) from error
        if not number.is_finite() or abs(number) >= LARGEST:
            raise refusals.invalid("2070", f"{element} is out of range", element)
        if self.smallest is not None and number < self.smallest:
            raise refusals.invalid("2070", f"{element} must be {self.smallest} or more", element)
        return number


@dataclass(frozen=True)
class Flag:
    """true or false, also as text."""

    def clean(self, value: Any, element: str, books: Books) -> bool | None:
        if value == "":
            return None
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        if not isinstance(value, bool):
            raise refusals.unsupported_property()
        return value


@dataclass(frozen=True)
class Day:
    """A date; of a time, its date."""

    def clean(self, value: Any, element: str, books: Books) -> str | None:
        if value == "":
            return None
        try:
            return date.fromisoformat(str(value)[:10]).isoformat()
        except ValueError as error:
            raise refusals.invalid("2060", f"{element} is not a date: write it as YYYY-MM-DD", element) from error


@dataclass(frozen=True)
class Choice:
    """One of the given words, in their spelling."""

    values: tuple[str, ...]

    def clean(self, value: Any, element: str, books: Books) -> str | None:
        if value == "":
            return None
        if value not in self.values:
            raise refusals.invalid("2170", f"{element} is none of {', '.join(self.values)}", element)
        return str(value)


@dataclass(frozen=True)
class Anything:
    """Kept as it came: what the sandbox has no rule for."""

    def clean(self, value: Any, element: str, books: Books) -> Any:
        return None if value in ("", {}, []) else value


@dataclass(frozen=True)
class ListOf:
    """A list of values of one kind, without those that say nothing."""

    kind: Kind

    def clean(self, value: Any, element: str, books: Books) -> list[Any] | None:
        if not isinstance(value, list):
            raise refusals.unsupported_property()
        cleaned = [self.kind.clean(entry, element, books) for entry in value]
        return [entry for entry in cleaned if entry is not None] or None


@dataclass(frozen=True)
class Parts:
    """An object of named fields; other names are refused, read-only ones ignored."""

    fields: Mapping[str, Kind]
    read_only: tuple[str, ...] = ()

    def clean(self, value: Any, element: str, books: Books) -> Body | None:
        if value == "":
            return None
        if not isinstance(value, dict):
            raise refusals.unsupported_property()
        return clean_fields(value, self.fields, self.read_only, books, f"{element}.") or None


@dataclass(frozen=True)
class Address:
    """A physical address; it keeps the id that it is sent with, else it gets its own."""

    def clean(self, value: Any, element: str, books: Books) -> Body | None:
        address = ADDRESS.clean(value, element, books)
        if address is None or address.keys() == {"Id"}:
            return None
        combined = sum(len(address.get(f"Line{number}", "")) for number in range(1, 6))
        if combined > 2000:
            raise refusals.too_long(element, 2000, combined)
        return {"Id": str(books.next_number("addresses")), **address}


@dataclass(frozen=True)
class Reference:
    """`{"value": id}` of an active record of the company; the record's name is filled in."""

    entity: str

    def clean(self, value: Any, element: str, books: Books) -> Body | None:
        record_id = reference_value(value)
        if record_id is None:
            return None
        if self.entity == "Item" and record_id in ITEM_OF_A_FEATURE:
            return self.special_item(record_id, books)
        record = books.find(self.entity, record_id)
        if (
            record is None
            and self.entity == "Customer"
            and any(books.find(e, record_id) for e in ("Vendor", "Employee"))
        ):
            raise refusals.invalid("6250", "Invalid Sales Customer : The name is not one of a customer.", element)
        if record is None:
            kind = ELEMENTS.get(self.entity, f"{self.entity}s")
            raise refusals.invalid("2500", f"Invalid Reference Id : {kind} element id {record_id} not found", element)
        if not record.active:
            raise refusals.invalid("2500", f"Invalid Reference Id : {MADE_INACTIVE}", element)
        name = record.body.get("FullyQualifiedName") or record.body.get("DisplayName") or record.body.get("Name")
        return {"value": record_id, "name": name}

    @staticmethod
    def special_item(record_id: str, books: Books) -> Body:
        preference = ITEM_OF_A_FEATURE[record_id]
        if not books.preferences()["SalesFormsPrefs"].get(preference):
            raise refusals.invalid("5030", f"{record_id} needs the preference SalesFormsPrefs.{preference}", "ItemRef")
        return {"value": record_id}


@dataclass(frozen=True)
class MoneyAccount:
    """An account that money is put into: of a bank, or of another current asset."""

    def clean(self, value: Any, element: str, books: Books) -> Body | None:
        found = Reference("Account").clean(value, element, books)
        record = books.find("Account", found["value"]) if found else None
        if record and record.body.get("AccountType") not in ("Bank", "Other Current Asset"):
            detail = "Invalid account type : You need to select a different type of account for this transaction."
            raise refusals.invalid("6430", detail, element)
        return found


@dataclass(frozen=True)
class Payee:
    """`{"value": id, "type": "Customer"}` of somebody whom money goes to; a vendor where no type is named."""

    def clean(self, value: Any, element: str, books: Books) -> Body | None:
        if reference_value(value) is None:
            return None
        kind = value.get("type", "Vendor")
        if kind not in ("Customer", "Vendor", "Employee"):
            raise refusals.invalid("2170", f"{element}.type is none of Customer, Vendor, Employee", element)
        found = Reference(kind).clean(value, element, books)
        return found and {**found, "type": kind}


@dataclass(frozen=True)
class TrackedReference:
    """A reference that the service ignores while the company's preference to track it is off."""

    entity: str
    preference: str

    def clean(self, value: Any, element: str, books: Books) -> Body | None:
        if reference_value(value) is None:
            return None
        tracks = books.preferences().get("AccountingInfoPrefs", {}).get(self.preference)
        return Reference(self.entity).clean(value, element, books) if tracks else None


@dataclass(frozen=True)
class FreeReference:
    """`{"value": text}` with no list behind it, such as a ship method or a memo."""

    longest: int

    def clean(self, value: Any, element: str, books: Books) -> Body | None:
        text = reference_value(value)
        text = text and Text(self.longest).clean(text, element, books)
        return {"value": text} if text else None


ADDRESS = Parts(
    {
        "Id": Text(20),
        **{f"Line{number}": Text(500) for number in range(1, 6)},
        "City": Text(255),
        "CountrySubDivisionCode": Text(255),
        "PostalCode": Text(30),
        "Country": Text(255),
    },
    read_only=("Lat", "Long", "Note", "CountryCode", "PostalCodeSuffix", "Tag"),
)


def reference_value(value: Any) -> str | None:
    """The id in a reference (`{"value": id}`), None where it says nothing."""
    if value in ("", {}):
        return None
    if not isinstance(value, dict) or not value.keys() <= {"value", "name", "type"}:
        raise refusals.unsupported_property()
    found = value.get("value")
    if isinstance(found, dict | list):
        raise refusals.unsupported_property()
    return None if found in (None, "") else str(found)


def clean_fields(
    body: Body, fields: Mapping[str, Kind], read_only: tuple[str, ...], books: Books, prefix: str = ""
) -> Body:
    """The fields of a request that say something, checked; refuses a name that is not one of theirs (2010)."""
    cleaned = {}
    for name, value in body.items():
        kind = fields.get(name)
        if kind is None:
            if name in read_only:
                continue
            raise refusals.unsupported_property()
        if value is not None and (found := kind.clean(value, prefix + name, books)) is not None:
            cleaned[name] = found
    return cleaned
