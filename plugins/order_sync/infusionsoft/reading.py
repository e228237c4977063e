"""From Infusionsoft's REST v2 JSON to records.

Each function raises RecordRefused that names the record, its id and the field, never what the field holds.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from functools import wraps
from typing import Any, TypeVar

from order_sync.errors import RecordRefused
from order_sync.infusionsoft.records import (
    Address,
    Contact,
    Order,
    OrderItem,
    Payment,
    RecordKind,
    Shipping,
    Unreadable,
)
from order_sync.infusionsoft.values import (
    Json,
    Wrong,
    amount,
    amount_or_zero,
    currency_of,
    decimal,
    has_amount,
    id_of,
    identity,
    ids_in,
    needed,
    needed_time,
    part,
    parts,
    reference,
    references,
    text,
    time,
)
from order_sync.money import rounded
from order_sync.phones import with_extension
from order_sync.regions import region_text
from order_sync.settings.placeholders import says_nothing
from order_sync.texts import cut

LONGEST_RAW = 20_000
_NO_GOODS = frozenset({"SHIPPING", "TAX", "TIP", "FEE", "FINANCE_CHARGE"})
_MOST_DIGITS_OF_A_QUANTITY = 9
_MOST_DIGITS_OF_A_PERCENTAGE = 4
"""So that what they are multiplied with comes to a number that `Decimal` keeps exactly."""
R = TypeVar("R")


def _names_the_record(kind: str) -> Callable[[Callable[..., R]], Callable[..., R]]:
    """Turns a `Wrong` field into the error that names the record too; so it does with what nobody has thought of."""

    def decorate(reader: Callable[..., R]) -> Callable[..., R]:
        @wraps(reader)
        def read(raw: Any, *args: str) -> R:
            try:
                if not isinstance(raw, Mapping):
                    raise Wrong("the record", "is not an object")
                return reader(raw, *args)
            except Wrong as wrong:
                field, why = wrong.field, f"{wrong.field} {wrong.what}"
            except Exception as error:  # noqa: BLE001  (one record must not end the reading of the others)
                field, why = "", f"it raises {type(error).__name__}, which nobody has thought of"
            raise RecordRefused(
                f"Infusionsoft's {kind} {id_of(raw) or 'without an id'} cannot be read: {why}.",
                element=field,
                advice=f"Look at the {kind} in Infusionsoft; if it is as it should be, report this message.",
            )

        return read

    return decorate


def unreadable(kind: RecordKind, raw: Any, error: RecordRefused, asked: Iterable[str] = ()) -> Unreadable:
    """A record that was refused, with what can be said of it all the same."""
    try:
        whole = raw if isinstance(raw, str) else json.dumps(raw, default=str)
    except (ValueError, RecursionError):
        whole = "It cannot be shown."
    order_ids = frozenset(ids_in(raw, "order_ids"))
    return Unreadable(kind, id_of(raw), error, cut(whole, LONGEST_RAW), order_ids, frozenset(asked))


@_names_the_record("order")
def order_from(raw: Json) -> Order:
    """An order from `GET /v2/orders`; amounts there are whole numbers of the currency's smallest unit."""
    contact, total = part(raw, "contact"), part(raw, "total")
    currency = currency_of(total, "total.currency_code")
    return Order(
        id=identity(raw, "id"),
        title=text(raw, "title"),
        status=needed(raw, "status"),
        order_type=text(raw, "order_type"),
        source_type=text(raw, "source_type"),
        currency=currency,
        total=amount(raw, "total", currency),
        total_paid=amount_or_zero(raw, "total_paid", currency),
        refund_total=amount_or_zero(raw, "refund_total", currency),
        contact_id=reference(contact, "id", "contact.id"),
        contact_email=text(contact, "email"),
        contact_given_name=text(contact, "given_name"),
        contact_family_name=text(contact, "family_name"),
        created_at=needed_time(raw, "creation_time"),
        modified_at=time(raw, "modification_time"),
        # The order time is the user's to set, and may be left out.
        ordered_at=time(raw, "order_time") or needed_time(raw, "creation_time"),
        invoice_id=reference(raw, "invoice_id"),
        shipping=_shipping(part(raw, "shipping_information")),
        items=_items(parts(raw, "order_items"), currency),
        payment_plan=_has_plan(raw),
    )


@_names_the_record("contact")
def contact_from(raw: Json) -> Contact:
    """A contact from `GET /v2/contacts`."""
    addresses = _addresses(parts(raw, "addresses"))
    return Contact(
        id=identity(raw, "id"),
        given_name=text(raw, "given_name"),
        middle_name=text(raw, "middle_name"),
        family_name=text(raw, "family_name"),
        company=text(part(raw, "company"), "company_name"),
        emails=_in_field_order(parts(raw, "email_addresses"), "email"),
        phones=_in_field_order(_with_extensions(parts(raw, "phone_numbers")), "number"),
        billing=addresses.get("BILLING", Address()),
        shipping=addresses.get("SHIPPING", Address()),
        updated_at=time(raw, "update_time"),
        tag_ids=references(raw, "tag_ids"),
        prefix=text(raw, "prefix"),
        suffix=text(raw, "suffix"),
        other=addresses.get("OTHER", Address()),
    )


def other_addresses_of(contact: Json) -> list[dict[str, Any]]:
    """A raw contact's addresses but the shipping address, as they can be sent back; what says nothing is left out."""
    return [
        {name: value for name, value in address.items() if text(address, name) is not None}
        for address in parts(contact, "addresses")
        if text(address, "field") != "SHIPPING"
    ]


@_names_the_record("payment")
def payments_from(raw: Json) -> list[Payment]:
    """A payment from `GET /v2/sales/payments`, once for each order that it names, each time with its full amount."""
    payment = Payment(
        id=identity(raw, "id"),
        order_id="",
        amount=decimal(raw.get("amount"), "amount"),
        status=text(raw, "status") or "NONE",
        paid_at=time(raw, "payment_time"),
        updated_at=time(raw, "update_time"),
        note=text(raw, "note"),
        method=text(raw, "type"),
        external_id=text(raw, "external_transaction_id"),
        refund_of=None,
        refunded_by=reference(raw, "refund_payment_id"),
    )
    order_ids = references(raw, "order_ids")
    return [replace(payment, order_id=order_id, shared=len(order_ids) > 1) for order_id in order_ids]


@_names_the_record("payment")
def order_payment_from(raw: Json, order_id: str) -> Payment:
    """A payment from `GET /v2/orders/{id}/payments`; `id` and `refund_of` are ids within that list.

    The service does not document the unit of its amount (its example looks like cents, its other payments are in major units):
    taken as major units, to be compared with the order's `total_paid`.
    """
    return Payment(
        id=identity(raw, "id"),
        order_id=order_id,
        amount=decimal(raw.get("amount"), "amount"),
        status=needed(raw, "pay_status"),
        paid_at=time(raw, "pay_time"),
        updated_at=time(raw, "last_updated_time"),
        note=text(raw, "note"),
        method=None,
        external_id=None,
        refund_of=reference(raw, "refund_invoice_payment_id"),
        payment_id=reference(raw, "payment_id"),
    )


def _items(lines: list[Json], currency: str) -> tuple[OrderItem, ...]:
    return tuple(_discount(line, lines, currency) if _is_discount(line) else _item(line, currency) for line in lines)


def _item(raw: Json, currency: str) -> OrderItem:
    product = part(raw, "product")
    taxable = product.get("taxable")
    return OrderItem(
        id=needed(raw, "id", "order_items.id"),
        item_type=_kind(raw),
        name=text(raw, "name"),
        description=text(raw, "description"),
        quantity=_quantity(raw),
        price=amount(raw, "price_per_unit", currency),
        discount=amount(raw, "discount", currency) if has_amount(raw, "discount") else None,
        product_id=reference(product, "id", "order_items.product.id"),
        product_name=text(product, "name"),
        sku=text(product, "sku"),
        taxable=taxable if isinstance(taxable, bool) else None,
    )


def _quantity(raw: Json) -> Decimal:
    """How many a line is of; one where it does not say: the order's total says whether that is so."""
    given = raw.get("quantity")
    return decimal(1 if given is None else given, "order_items.quantity", digits=_MOST_DIGITS_OF_A_QUANTITY)


def _discount(raw: Json, lines: list[Json], currency: str) -> OrderItem:
    """A line that takes something off, which may stand in its price, in its discount, or in its special alone.

    One that says nothing takes nothing off: the order's total says whether that is so.
    """
    has_price, has_discount = has_amount(raw, "price_per_unit"), has_amount(raw, "discount")
    is_priced = has_price and amount(raw, "price_per_unit", currency) != 0
    item = _item(raw if has_price else {**raw, "price_per_unit": {"amount": 0}, "quantity": 1}, currency)
    return item if has_discount or is_priced else replace(item, discount=_special(raw, lines, currency))


def _special(raw: Json, lines: list[Json], currency: str) -> Decimal | None:
    """What a discount's special takes off: an amount, or a percentage of the goods, or of the shipping; None where it does not say."""
    special, kind = part(raw, "special"), _kind(raw)
    method, given = text(special, "discount_method"), special.get("amount")
    if given is None or method not in ("AMOUNT", "PERCENT") or kind == "DISCOUNT_FREE_TRIAL":  # days are no money
        return None
    if method == "AMOUNT":
        return rounded(abs(decimal(given, "order_items.special.amount")), currency)
    percent = abs(decimal(given, "order_items.special.amount", digits=_MOST_DIGITS_OF_A_PERCENTAGE))
    items = [_item(line, currency) for line in lines if _is_on(kind, line)]
    goods = sum((rounded(one.price * one.quantity, currency) for one in items), Decimal(0))
    return rounded(percent * goods / 100, currency)


def _is_on(discount: str, line: Json) -> bool:
    """Whether a kind of discount is on a line: that on shipping on shipping, the others on goods."""
    if discount == "DISCOUNT_SHIPPING":
        return _kind(line) == "SHIPPING"
    return _kind(line) not in _NO_GOODS and not _is_discount(line)


def _kind(line: Json) -> str:
    return text(line, "item_type") or "UNKNOWN"


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
        return max(decimal(value, ""), Decimal(0))
    except Wrong:
        return Decimal(0)


def _shipping(raw: Json) -> Shipping:
    return Shipping(
        given_name=text(raw, "given_name"),
        family_name=text(raw, "family_name"),
        company=text(raw, "company"),
        phone=text(raw, "phone_number"),
        address=_address(part(raw, "address")),
    )


def _address(raw: Json) -> Address:
    code, region = text(raw, "region_code"), text(raw, "region")
    country_code, country = text(raw, "country_code"), text(raw, "country")
    return Address(
        line1=text(raw, "line1"),
        line2=text(raw, "line2"),
        locality=text(raw, "locality"),
        region=_region(code, region, country_code or country),
        postal_code=_postal_code(raw),
        country_code=country_code,
        country=country,
        region_code=code,
    )


def _region(code: str | None, name: str | None, country: str | None) -> str | None:
    """A region by its code and its name; where one of the two is a placeholder, by the other."""
    if not code or (name and says_nothing(code)):
        return name
    return region_text(code, None if name and says_nothing(name) else name, country)


def _addresses(entries: list[Json]) -> dict[str | None, Address]:
    """The address of each field; of several of one, the first that says something."""
    found: dict[str | None, Address] = {}
    for entry in entries:
        field, address = text(entry, "field"), _address(entry)
        if field not in found or found[field].is_empty:
            found[field] = address
    return found


def _postal_code(raw: Json) -> str | None:
    code, four = text(raw, "postal_code") or text(raw, "zip_code"), text(raw, "zip_four")
    return f"{code}-{four}" if code and four and not code.endswith(four) else code


def _with_extensions(phones: list[Json]) -> list[Json]:
    """Telephone numbers, each with the extension that stands in a field of its own."""
    numbered = [(phone, text(phone, "number")) for phone in phones]
    return [
        {**phone, "number": number and with_extension(number, text(phone, "extension"))} for phone, number in numbered
    ]


def _in_field_order(entries: list[Json], name: str) -> tuple[str, ...]:
    ordered = sorted(entries, key=lambda entry: text(entry, "field") or "~")
    return tuple(value for entry in ordered if (value := text(entry, name)))
