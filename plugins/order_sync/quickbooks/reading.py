"""What QuickBooks answers, from bytes to records that can be relied on.

Whoever works with a record need not ask again whether its total is a number, its customer an object or its id an id: what is otherwise is
found here, once, and refused as a matter of that record alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

from order_sync.errors import OutcomeUnknown, RecordRefused
from order_sync.texts import clean, cut

_LONGEST_NUMBER = 40
_LARGEST_AMOUNT = Decimal(10) ** 15  # QuickBooks' own limit
_ID = re.compile(r"[\w.:-]{1,40}", re.ASCII)
_UNFIT_ESCAPE = re.compile(rb"\\u(?:0000|00[01]|007f|00[89]|[dD][89a-fA-F]|[fF]{3}[eEfF])")

_LISTS = frozenset({"Line", "LinkedTxn", "TaxLine", "TaxRateDetail", "ItemGroupLine"})
_OBJECTS = ("Ref", "Addr", "Phone", "Detail", "Prefs")
"""How the names of members end that are objects."""
_MORE_OBJECTS = frozenset(
    {"MetaData", "Mobile", "Fax", "BillEmail", "CustomerMemo", "SalesTaxRateList", "HomeCurrency"}
)
_AMOUNTS = frozenset(
    {
        *("TotalAmt", "HomeTotalAmt", "Balance", "UnappliedAmt", "RemainingCredit", "ExchangeRate"),
        *("Amount", "TaxInclusiveAmt", "Qty", "UnitPrice", "TotalTax", "RateValue"),
    }
)
_TEXTS = frozenset(
    {
        *("SyncToken", "DisplayName", "Name", "FullyQualifiedName", "Sku", "PrivateNote", "DocNumber", "Type", "Description"),
        *("DetailType", "TxnId", "TxnType", "AccountType", "AccountSubType", "value", "Address", "FreeFormNumber"),
        *("GivenName", "MiddleName", "FamilyName", "CompanyName", "Title", "Suffix", "CreateTime", "LastUpdatedTime"),
        *("Line1", "Line2", "Line3", "Line4", "Line5", "City", "CountrySubDivisionCode", "PostalCode"),
    }
)  # fmt: skip
_FLAGS = frozenset({"Active", "Taxable"})
_DAYS = frozenset({"TxnDate", "BookCloseDate"})


class Unreadable(RecordRefused):
    """A record has something in it that is not what it must be; `member` is where, without what stands there."""

    def __init__(self, member: str) -> None:
        self.member = cut(member, 200)
        super().__init__(f"QuickBooks gave a record whose {self.member} cannot be read.")


class UnreadableAnswer(OutcomeUnknown):
    """A write was answered with something else than its record."""


def json_object(body: bytes) -> dict[str, Any] | None:
    """The JSON object of an answer, its texts clean; numbers with a fraction are `Decimal`, those of absurd length texts.

    None where it is no object, or no JSON.
    """
    try:
        found = json.loads(body, parse_float=_number, parse_int=_whole, parse_constant=_no_number)
        if _UNFIT_ESCAPE.search(body) or not body.isascii():
            found = _cleaned(found)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def readable(record: object) -> dict[str, Any]:
    """A record with an id, whose members are what their names say; Unreadable where it is none."""
    found = members(record)
    id = found.get("Id")
    if isinstance(id, bool) or not isinstance(id, str | int) or not _ID.fullmatch(str(id)):
        raise Unreadable("Id")
    return {**found, "Id": str(id)}


def members(record: object) -> dict[str, Any]:
    """An object, with an id or without one, whose members are what their names say; Unreadable where it is none."""
    if not isinstance(record, Mapping):
        raise Unreadable("whole")
    try:
        return _members(record, "")
    except RecursionError:
        raise Unreadable("depth") from None


def readable_part(record: object) -> tuple[dict[str, Any], list[str]]:
    """A record with an id, without those of its members that cannot be read, and their names; Unreadable where it is none."""
    if not isinstance(record, Mapping):
        raise Unreadable("whole")
    found, unread = dict(record), []
    for name, value in record.items():
        try:
            members({name: value})
        except Unreadable as error:
            unread.append(error.member)
            del found[name]
    return readable(found), unread


def _members(record: Mapping[str, Any], path: str) -> dict[str, Any]:
    found = {}
    for name, value in record.items():
        if value is None and (name in _READERS or name in _LISTS or _is_object(name)):
            continue  # as good as not there
        found[name] = _member(name, value, f"{path}{name}")
    return found


def _member(name: str, value: Any, path: str) -> Any:
    if read := _READERS.get(name):
        return read(value, path)
    if name in _LISTS:
        if not isinstance(value, list):
            raise Unreadable(path)
        return [_object(one, f"{path}[{place}]") for place, one in enumerate(value)]
    return _object(value, path) if _is_object(name) or isinstance(value, Mapping) else value


def _is_object(name: str) -> bool:
    return name in _MORE_OBJECTS or name.endswith(_OBJECTS)


def _object(value: Any, path: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise Unreadable(path)
    return _members(value, f"{path}.")


def _amount(value: Any, path: str) -> Decimal | int:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise Unreadable(path)
    try:
        amount = Decimal(value)
    except InvalidOperation:
        raise Unreadable(path) from None
    if not amount.is_finite() or abs(amount) >= _LARGEST_AMOUNT:
        raise Unreadable(path)
    return value if isinstance(value, int) else amount


def _text(value: Any, path: str) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise Unreadable(path)
    return str(value)


def _flag(value: Any, path: str) -> bool:
    flags = {"true": True, "false": False}
    if not isinstance(value, bool) and value not in ("true", "false"):
        raise Unreadable(path)
    return value if isinstance(value, bool) else flags[value]


def _day(value: Any, path: str) -> str:
    try:
        date.fromisoformat(str(value)[:10])
    except ValueError:
        raise Unreadable(path) from None
    return str(value)


_READERS: Mapping[str, Callable[[Any, str], Any]] = {
    **dict.fromkeys(_AMOUNTS, _amount),
    **dict.fromkeys(_TEXTS, _text),
    **dict.fromkeys(_FLAGS, _flag),
    **dict.fromkeys(_DAYS, _day),
}


def _number(text: str) -> Decimal | str:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    return number if len(text) <= _LONGEST_NUMBER and abs(number.adjusted()) <= _LONGEST_NUMBER else text


def _whole(text: str) -> int | str:
    return int(text) if len(text) <= _LONGEST_NUMBER else text


def _no_number(text: str) -> NoReturn:
    raise ValueError(text)


def _cleaned(value: Any) -> Any:
    match value:
        case str():
            return clean(value)
        case dict():
            return {clean(name): _cleaned(member) for name, member in value.items()}
        case list():
            return [_cleaned(member) for member in value]
    return value
