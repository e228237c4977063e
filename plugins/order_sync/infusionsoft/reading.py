"""From Infusionsoft's REST v2 JSON to records.

Each function raises RecordRefused that names the record, its id and the field, never what the field holds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import wraps
from typing import Any, TypeVar

from order_sync.errors import RecordRefused
from order_sync.infusionsoft.records import Address, Contact, Order, OrderItem, Payment, Shipping
from order_sync.money import from_minor, rounded

Json = Mapping[str, Any]
_NO_GOODS = frozenset({"SHIPPING", "TAX", "TIP", "FEE", "FINANCE_CHARGE"})
_MOST_DIGITS = 15  # before the point; what is longer is no amount of money
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class _Wrong(Exception):
    field: str
    what: str


def _names_the_record(kind: str) -> Callable[[Callable[..., R]], Callable[..., R]]:
    """Turns a `_Wrong` field into the error that names the record too."""

    def decorate(reader: Callable[..., R]) -> Callable[..., R]:
        @wraps(reader)
        def read(raw: Json, *args: str) -> R:
            try:
                return reader(raw, *args)
            except _Wrong as wrong:
                raise RecordRefused(
                    f"Infusionsoft's {kind} {id_of(raw) or 'without an id'} cannot be read: {wrong.field} {wrong.what}.",
                    element=wrong.field,
                    advice=f"Look at the {kind} in Infusionsoft; if it is as it should be, report this message.",
                ) from None

        return read

    return decorate


def id_of(raw: object) -> str:
    """A raw record's id, empty when it has none."""
    return _text(raw, "id") or "" if isinstance(raw, Mapping) else ""


@_names_the_record("order")
def order_from(raw: Json) -> Order:
    """An order from `GET /v2/orders`; amounts there are whole numbers of the currency's smallest unit."""
    contact, total = _part(raw, "contact"), _part(raw, "total")
    currency = _needed(total, "currency_code", "total.currency_code")
    return Order(
        id=_needed(raw, "id"),
        title=_text(raw, "title"),
        status=_needed(raw, "status"),
        order_type=_text(raw, "order_type"),
        source_type=_text(raw, "source_type"),
        currency=currency,
        total=_amount(raw, "total", currency),
        total_paid=_amount_or_zero(raw, "total_paid", currency),
        refund_total=_amount_or_zero(raw, "refund_total", currency),
        contact_id=_reference(contact, "id"),
        contact_email=_text(contact, "email"),
        contact_given_name=_text(contact, "given_name"),
        contact_family_name=_text(contact, "family_name"),
        created_at=_needed_time(raw, "creation_time"),
        modified_at=_time(raw, "modification_time"),
        # The order time is the user's to set, and may be left out.
        ordered_at=_time(raw, "order_time") or _needed_time(raw, "creation_time"),
        invoice_id=_reference(raw, "invoice_id"),
        shipping=_shipping(_part(raw, "shipping_information")),
        items=_items(_list(raw, "order_items"), currency),
        payment_plan=_has_plan(raw),
    )


@_names_the_record("contact")
def contact_from(raw: Json) -> Contact:
    """A contact from `GET /v2/contacts`."""
    addresses = {_text(address, "field"): _address(address) for address in _list(raw, "addresses")}
    return Contact(
        id=_needed(raw, "id"),
        given_name=_text(raw, "given_name"),
        middle_name=_text(raw, "middle_name"),
        family_name=_text(raw, "family_name"),
        company=_text(_part(raw, "company"), "company_name"),
        emails=_in_field_order(_list(raw, "email_addresses"), "email"),
        phones=_in_field_order(_list(raw, "phone_numbers"), "number"),
        billing=addresses.get("BILLING", Address()),
        shipping=addresses.get("SHIPPING", Address()),
        updated_at=_time(raw, "update_time"),
        tag_ids=tuple(str(tag_id) for tag_id in _values(raw, "tag_ids")),
    )


def other_addresses_of(contact: Json) -> list[dict[str, Any]]:
    """A raw contact's addresses but the shipping address, as they can be sent back; what says nothing is left out."""
    return [
        {name: value for name, value in address.items() if _text(address, name) is not None}
        for address in _list(contact, "addresses")
        if _text(address, "field") != "SHIPPING"
    ]


@_names_the_record("payment")
def payments_from(raw: Json) -> list[Payment]:
    """A payment from `GET /v2/sales/payments`, once for each order that it names, each time with its full amount."""
    payment = Payment(
        id=_needed(raw, "id"),
        order_id="",
        amount=_decimal(raw.get("amount"), "amount"),
        status=_text(raw, "status") or "NONE",
        paid_at=_time(raw, "payment_time"),
        updated_at=_time(raw, "update_time"),
        note=_text(raw, "note"),
        method=_text(raw, "type"),
        external_id=_text(raw, "external_transaction_id"),
        refund_of=None,
        refunded_by=_reference(raw, "refund_payment_id"),
    )
    order_ids = dict.fromkeys(str(order_id) for order_id in _values(raw, "order_ids"))
    return [replace(payment, order_id=order_id, shared=len(order_ids) > 1) for order_id in order_ids]


@_names_the_record("payment")
def order_payment_from(raw: Json, order_id: str) -> Payment:
    """A payment from `GET /v2/orders/{id}/payments`; `id` and `refund_of` are ids within that list.

    The service does not document the unit of its amount (its example looks like cents, its other payments are in major units):
    taken as major units, to be compared with the order's `total_paid`.
    """
    return Payment(
        id=_needed(raw, "id"),
        order_id=order_id,
        amount=_decimal(raw.get("amount"), "amount"),
        status=_needed(raw, "pay_status"),
        paid_at=_time(raw, "pay_time"),
        updated_at=_time(raw, "last_updated_time"),
        note=_text(raw, "note"),
        method=None,
        external_id=None,
        refund_of=_reference(raw, "refund_invoice_payment_id"),
        payment_id=_reference(raw, "payment_id"),
    )


def _items(lines: list[Json], currency: str) -> tuple[OrderItem, ...]:
    return tuple(_discount(line, lines, currency) if _is_discount(line) else _item(line, currency) for line in lines)


def _item(raw: Json, currency: str) -> OrderItem:
    product = _part(raw, "product")
    taxable = product.get("taxable")
    return OrderItem(
        id=_needed(raw, "id", "order_items.id"),
        item_type=_kind(raw),
        name=_text(raw, "name"),
        description=_text(raw, "description"),
        quantity=_decimal(raw.get("quantity"), "order_items.quantity"),
        price=_amount(raw, "price_per_unit", currency),
        discount=_amount(raw, "discount", currency) if _has_amount(raw, "discount") else None,
        product_id=_reference(product, "id"),
        product_name=_text(product, "name"),
        sku=_text(product, "sku"),
        taxable=taxable if isinstance(taxable, bool) else None,
    )


def _discount(raw: Json, lines: list[Json], currency: str) -> OrderItem:
    """A line that takes something off, which may stand in its price, in its discount, or in its special alone.

    One that says nothing takes nothing off: the order's total says whether that is so.
    """
    has_price, has_discount = _has_amount(raw, "price_per_unit"), _has_amount(raw, "discount")
    is_priced = has_price and _amount(raw, "price_per_unit", currency) != 0
    given: dict[str, Any] = {}
    if not has_price:
        given["price_per_unit"] = {"amount": 0}
    if not has_price or raw.get("quantity") is None:
        given["quantity"] = 1
    item = _item({**raw, **given}, currency)
    return item if has_discount or is_priced else replace(item, discount=_special(raw, lines, currency))


def _special(raw: Json, lines: list[Json], currency: str) -> Decimal | None:
    """What a discount's special takes off: an amount, or a percentage of the goods, or of the shipping; None where it does not say."""
    special, kind = _part(raw, "special"), _kind(raw)
    method, amount = _text(special, "discount_method"), special.get("amount")
    if amount is None or method not in ("AMOUNT", "PERCENT") or kind == "DISCOUNT_FREE_TRIAL":  # days are no money
        return None
    off = abs(_decimal(amount, "order_items.special.amount"))
    if method == "PERCENT":
        items = [_item(line, currency) for line in lines if _is_on(kind, line)]
        off *= sum((rounded(one.price * one.quantity, currency) for one in items), Decimal(0)) / 100
    return rounded(off, currency)


def _is_on(discount: str, line: Json) -> bool:
    """Whether a kind of discount is on a line: that on shipping on shipping, the others on goods."""
    if discount == "DISCOUNT_SHIPPING":
        return _kind(line) == "SHIPPING"
    return _kind(line) not in _NO_GOODS and not _is_discount(line)


def _kind(line: Json) -> str:
    return _text(line, "item_type") or "UNKNOWN"


def _is_discount(line: Json) -> bool:
    return _kind(line).startswith("DISCOUNT")


def _has_plan(raw: Json) -> bool:
    """Whether a plan makes several payments of an order, by its number of payments, a first one beside them, or its rows.

    A plan of one payment is none. Nothing of it is certain to be there: what cannot be read counts for nothing, and refuses no order.
    """
    plan = raw.get("payment_plan")
    if not isinstance(plan, Mapping):
        return False
    initial, rows = plan.get("initial_payment_amount"), plan.get("payment_plan_items")
    first = initial.get("amount") if isinstance(initial, Mapping) else plan.get("initial_payment_percent")
    by_number = _count(plan.get("number_of_payments")) + (_count(first) > 0)
    return by_number > 1 or (isinstance(rows, list) and len(rows) > 1)


def _count(value: object) -> Decimal:
    try:
        return max(_decimal(value, ""), Decimal(0))
    except _Wrong:
        return Decimal(0)


def _shipping(raw: Json) -> Shipping:
    return Shipping(
        given_name=_text(raw, "given_name"),
        family_name=_text(raw, "family_name"),
        company=_text(raw, "company"),
        phone=_text(raw, "phone_number"),
        address=_address(_part(raw, "address")),
    )


def _address(raw: Json) -> Address:
    code = _text(raw, "region_code")
    return Address(
        line1=_text(raw, "line1"),
        line2=_text(raw, "line2"),
        locality=_text(raw, "locality"),
        region=code.rpartition("-")[2] if code else _text(raw, "region"),
        postal_code=_postal_code(raw),
        country_code=_text(raw, "country_code"),
        country=_text(raw, "country"),
        region_code=code,
    )


def _postal_code(raw: Json) -> str | None:
    code, four = _text(raw, "postal_code") or _text(raw, "zip_code"), _text(raw, "zip_four")
    return f"{code}-{four}" if code and four and not code.endswith(four) else code


def _in_field_order(entries: list[Json], name: str) -> tuple[str, ...]:
    ordered = sorted(entries, key=lambda entry: _text(entry, "field") or "~")
    return tuple(value for entry in ordered if (value := _text(entry, name)))


def _text(raw: Json, name: str) -> str | None:
    """The service's text without the blanks around it; null, `""` and the literal `"null"` are no text."""
    value = raw.get(name)
    if value is None or isinstance(value, bool | list | Mapping):
        return None
    # Half an emoji (a text cut by its UTF-16 units) is no Unicode, and PostgreSQL keeps no character zero.
    whole = str(value).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    text = whole.replace("\0", "").strip()
    return None if text in ("", "null") else text


def _reference(raw: Json, name: str) -> str | None:
    """The id of another record; `0` stands for none."""
    value = _text(raw, name)
    return None if value == "0" else value


def _needed(raw: Json, name: str, field: str = "") -> str:
    value = _text(raw, name)
    if value is None:
        raise _Wrong(field or name, "is missing")
    return value


def _time(raw: Json, name: str) -> datetime | None:
    text = _text(raw, name)
    if text is None:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise _Wrong(name, "is no ISO 8601 time") from None
    if time.tzinfo is None:
        raise _Wrong(name, "has no time zone")
    return time


def _needed_time(raw: Json, name: str) -> datetime:
    time = _time(raw, name)
    if time is None:
        raise _Wrong(name, "is missing")
    return time


def _amount(raw: Json, name: str, currency: str) -> Decimal:
    """An amount in major units from the service's whole number of smallest units."""
    value = _part(raw, name)
    if (_text(value, "currency_code") or currency) != currency:
        raise _Wrong(name, "has another currency than the order's total")
    smallest = _decimal(value.get("amount"), f"{name}.amount")
    if smallest != smallest.to_integral_value():
        raise _Wrong(f"{name}.amount", "is not a whole number of the currency's smallest unit")
    return from_minor(int(smallest), currency)


def _has_amount(raw: Json, name: str) -> bool:
    return _part(raw, name).get("amount") is not None


def _amount_or_zero(raw: Json, name: str, currency: str) -> Decimal:
    return _amount(raw, name, currency) if _part(raw, name) else Decimal(0)


def _decimal(value: object, field: str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise _Wrong(field, "is missing" if value is None else "is not a number")
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise _Wrong(field, "is not a number") from None
    if not number.is_finite():
        raise _Wrong(field, "is not a number")
    if number.adjusted() >= _MOST_DIGITS:
        raise _Wrong(field, "is too large")
    return number


def _part(raw: Json, name: str) -> Json:
    """An object inside the record; absent and null are an empty one."""
    value = raw.get(name)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise _Wrong(name, "is not an object")
    return value


def _values(raw: Json, name: str) -> list[Any]:
    value = raw.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise _Wrong(name, "is not a list")
    return value


def _list(raw: Json, name: str) -> list[Json]:
    values = _values(raw, name)
    if not all(isinstance(value, Mapping) for value in values):
        raise _Wrong(name, "is not a list of objects")
    return values
