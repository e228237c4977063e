"""An order as it was meant: texts without what a web form made of them, placeholders blank, telephone numbers alone, payments by kind.

What was read is kept as it came, and compared as it came (`content_hash`): another release, or another word in the settings, makes no
order a changed one.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping
from dataclasses import is_dataclass, replace
from typing import Any, TypeVar

from order_sync.countries import country_key
from order_sync.emails import addresses
from order_sync.infusionsoft.records import Address, Contact, Order, OrderItem, Payment
from order_sync.phones import telephone
from order_sync.regions import region_text
from order_sync.settings import Store
from order_sync.settings.placeholders import (
    LONGEST,
    REGIONS,
    TOWNS,
    folded,
    is_nobodys_email,
    is_nobodys_number,
    may_be_name,
    says_nothing,
)
from order_sync.sync.orders.payment_kinds import with_kinds
from order_sync.sync.orders.row import OrderRow
from order_sync.sync.orders.snapshot import Snapshot, from_text, to_text
from order_sync.texts import decoded, may_be_encoded

R = TypeVar("R")
_NO_WORDS: frozenset[str] = frozenset()
_NORWAY = "NO"


def snapshot_of(row: OrderRow, store: Store) -> Snapshot:
    """What was read of an order, as it was meant; ValueError where it was never read."""
    if row.snapshot is None:
        raise ValueError(f"order {row.order_id} was never read")
    return _meant(from_text(row.snapshot), row.snapshot, store)


def as_meant(read: Snapshot, store: Store) -> Snapshot:
    """What was read of an order, as the store's settings take it today."""
    return _meant(read, to_text(read), store)


def _meant(read: Snapshot, as_text: str, store: Store) -> Snapshot:
    if may_be_encoded(as_text):  # there are hundreds of texts in an order, and nearly all orders have nothing to decode
        read = _with_texts(read)
    country, own = store.customers.equality.phone_country, store.customers.own_placeholders
    return _with(
        read,
        order=_order(read.order, own, country),
        contact=read.contact and _contact(read.contact, own, country),
        payments=tuple(map(_payment, with_kinds(read.payments, store))),
    )


def _with(record: R, **changes: Any) -> R:
    """A record with these values; the same one where it has them."""
    new = {name: value for name, value in changes.items() if getattr(record, name) is not value}
    return replace(record, **new) if new else record  # type: ignore[type-var]


def _with_texts(record: R) -> R:
    """A record with every text in it decoded; the same one where there is nothing to decode."""
    names: Iterable[str] = type(record).__slots__  # type: ignore[attr-defined]
    old = {name: getattr(record, name) for name in names}
    changes = {name: new for name, value in old.items() if (new := _decoded(value)) is not value}
    return replace(record, **changes) if changes else record  # type: ignore[type-var]


def _decoded(value: Any) -> Any:
    match value:
        case str():
            return value if not may_be_encoded(value) or (found := decoded(value)) == value else found.strip() or None
        case tuple():
            each = tuple(filter(None, map(_decoded, value)))
            return value if all(map(operator.is_, each, value)) and len(each) == len(value) else each
    return _with_texts(value) if is_dataclass(value) else value


def _order(order: Order, own: frozenset[str], country: str) -> Order:
    given, family = _names(order.contact_given_name, order.contact_family_name, own)
    shipping = order.shipping
    to_given, to_family = _names(shipping.given_name, shipping.family_name, own)
    return _with(
        order,
        title=_of_goods(order.title),
        items=_all_same(order.items, tuple(map(_item, order.items))),
        contact_given_name=given,
        contact_family_name=family,
        contact_email=_email(order.contact_email, own),
        shipping=_with(
            shipping,
            given_name=to_given,
            family_name=to_family,
            company=_said(shipping.company, own),
            phone=_phone(shipping.phone, own, country),
            address=_address(shipping.address, own),
        ),
    )


def _item(item: OrderItem) -> OrderItem:
    return _with(
        item,
        name=_of_goods(item.name),
        description=_of_goods(item.description),
        product_name=_of_goods(item.product_name),
        sku=_of_goods(item.sku),
    )


def _payment(payment: Payment) -> Payment:
    # A reference of other signs than these is one, whatever it says: it is compared with the gateway's.
    reference = payment.external_id
    return _with(payment, external_id=_of_goods(reference) if reference and reference.isascii() else reference)


def _of_goods(text: str | None) -> str | None:
    """A text that is not about the customer: a store's own placeholders are for customers, and may be what a product is called."""
    return _said(text, _NO_WORDS)


def _contact(contact: Contact, own: frozenset[str], country: str) -> Contact:
    given, family = _names(contact.given_name, contact.family_name, own)
    return _with(
        contact,
        given_name=given,
        middle_name=_name(contact.middle_name, own),
        family_name=family,
        company=_said(contact.company, own),
        emails=_each(contact.emails, (_email(field, own) for field in contact.emails)),
        phones=_each(contact.phones, (_phone(text, own, country) for text in contact.phones)),
        billing=_address(contact.billing, own),
        shipping=_address(contact.shipping, own),
        other=_address(contact.other, own),
        prefix=_said(contact.prefix, own),
        suffix=_said(contact.suffix, own),
    )


def _all_same(old: tuple[R, ...], new: tuple[R, ...]) -> tuple[R, ...]:
    return old if all(map(operator.is_, old, new)) else new


def _each(texts: tuple[str, ...], meant: Iterable[str | None]) -> tuple[str, ...]:
    found = tuple(filter(None, meant))
    return texts if found == texts else found


def _address(address: Address, own: frozenset[str]) -> Address:
    code, country = _said(address.country_code, own), _said(address.country, own)
    # A country is rarely called by two letters; where it is, Norway's must not be taken for a word.
    code = code or (_NORWAY if address.country_code == _NORWAY else None)
    country = country or (_NORWAY if address.country == _NORWAY else None)
    return _with(
        address,
        line1=_said(address.line1, own),
        line2=_said(address.line2, own),
        locality=_place(address.locality, own, TOWNS, code or country),
        region=_region(address, own, code or country),
        postal_code=_said(address.postal_code, own),
        country_code=code,
        country=country,
        region_code=_said(address.region_code, own),
    )


def _region(address: Address, own: frozenset[str], country: str | None) -> str | None:
    if not (region := _place(address.region, own, REGIONS, country)):
        return None
    found = region_text(_said(address.region_code, own), region, country)
    return region if found == region else found


def _names(given: str | None, family: str | None, own: frozenset[str]) -> tuple[str | None, str | None]:
    """Given and family name; a word that may be somebody's name is one where another name stands beside it."""
    if not _said(given, own) and not _said(family, own):
        return None, None
    return _name(given, own), _name(family, own)


def _name(text: str | None, own: frozenset[str]) -> str | None:
    """A name beside another one, where `Na` is one and `N/A` is none."""
    is_one = text and text.isalpha() and may_be_name(text) and folded(text) not in own
    return text if is_one else _said(text, own)


def _place(text: str | None, own: frozenset[str], places: Mapping[str, str], country: str | None) -> str | None:
    """A town or a region, where `None` and `NA` are one in Italy; in small letters they are none anywhere."""
    if not text or not country or folded(text) not in places or text.islower() or folded(text) in own:
        return _said(text, own)
    return text if places[folded(text)] == country_key(country) else None


def _said(text: str | None, own: frozenset[str]) -> str | None:
    """A text that says something; None of a placeholder."""
    if not text or len(text) > LONGEST:
        return text
    return None if says_nothing(text) or (own and folded(text) in own) else text


def _phone(text: str | None, own: frozenset[str], country: str) -> str | None:
    if not (text := _said(text, own)):
        return None
    number = telephone(text, country)
    return None if is_nobodys_number(number) else number


def _email(field: str | None, own: frozenset[str]) -> str | None:
    """The field without addresses that are nobody's; whatever else is no address stays, so that somebody hears of it."""
    found = addresses(field)
    kept = [address for address in found if not _is_nobodys(address.lower(), own)]
    return field if len(kept) == len(found) else ", ".join(kept) or None


def _is_nobodys(address: str, own: frozenset[str]) -> bool:
    return address in own or f"{address.partition('@')[0]}@*" in own or is_nobodys_email(address)
