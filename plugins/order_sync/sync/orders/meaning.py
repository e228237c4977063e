"""An order as it was meant: texts without what a web form made of them, placeholders blank, telephone numbers alone, payments by kind.

What was read is kept as it came, and compared as it came (`content_hash`): another release, or another word in the settings, makes no
order a changed one.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable
from dataclasses import is_dataclass, replace
from functools import lru_cache
from typing import Any, TypeVar

from order_sync.emails import addresses
from order_sync.infusionsoft.records import Address, Contact, Order
from order_sync.phones import telephone
from order_sync.regions import region_text
from order_sync.settings import Store
from order_sync.settings.placeholders import (
    MAY_BE_NAMES,
    NOBODYS_DOMAINS,
    NOBODYS_MAILBOXES,
    PLACEHOLDERS,
    folded,
)
from order_sync.sync.orders.payment_kinds import with_kinds
from order_sync.sync.orders.row import OrderRow
from order_sync.sync.orders.snapshot import Snapshot, from_text, to_text
from order_sync.texts import decoded

R = TypeVar("R")
_LONGEST = 40
"""Characters; no placeholder is longer."""


def snapshot_of(row: OrderRow, store: Store) -> Snapshot:
    """What was read of an order, as it was meant; ValueError where it was never read."""
    if row.snapshot is None:
        raise ValueError(f"order {row.order_id} was never read")
    return _meant(from_text(row.snapshot), row.snapshot, store)


def as_meant(read: Snapshot, store: Store) -> Snapshot:
    """What was read of an order, as the store's settings take it today."""
    return _meant(read, to_text(read), store)


def _meant(read: Snapshot, as_text: str, store: Store) -> Snapshot:
    if "&" in as_text:  # there are hundreds of texts in an order, and nearly all orders have nothing to decode
        read = _with_texts(read)
    country, own = store.customers.equality.phone_country, store.customers.own_placeholders
    return _with(
        read,
        order=_order(read.order, own, country),
        contact=read.contact and _contact(read.contact, own, country),
        payments=tuple(with_kinds(read.payments, store)),
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
            return value if "&" not in value or (found := decoded(value)) == value else found.strip() or None
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


def _contact(contact: Contact, own: frozenset[str], country: str) -> Contact:
    given, family = _names(contact.given_name, contact.family_name, own)
    return _with(
        contact,
        given_name=given,
        middle_name=_said(contact.middle_name, own, may_be_name=True),
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


def _each(texts: tuple[str, ...], meant: Iterable[str | None]) -> tuple[str, ...]:
    found = tuple(filter(None, meant))
    return texts if found == texts else found


def _address(address: Address, own: frozenset[str]) -> Address:
    return _with(
        address,
        line1=_said(address.line1, own),
        line2=_said(address.line2, own),
        locality=_said(address.locality, own, may_be_name=True),
        region=_region(address, own),
        postal_code=_said(address.postal_code, own),
        country=_said(address.country, own, may_be_name=True),
    )


def _region(address: Address, own: frozenset[str]) -> str | None:
    region = _said(address.region, own, may_be_name=True)
    found = region_text(address.region_code, region, address.country_code or address.country) if region else None
    return region if found == region else found


def _names(given: str | None, family: str | None, own: frozenset[str]) -> tuple[str | None, str | None]:
    """Given and family name; a word that may be somebody's name is one where another name stands beside it."""
    if not _said(given, own) and not _said(family, own):
        return None, None
    return _said(given, own, may_be_name=True), _said(family, own, may_be_name=True)


def _said(text: str | None, own: frozenset[str], *, may_be_name: bool = False) -> str | None:
    """A text that says something; None of a placeholder."""
    if not text or len(text) > _LONGEST:
        return text
    bare = _bare(text)
    if not bare.strip("0") or bare in _PLACEHOLDERS or folded(text) in own:
        return None
    if bare in _MAY_BE_NAMES and not (may_be_name and text.isalpha()):
        return None
    return text


def _phone(text: str | None, own: frozenset[str], country: str) -> str | None:
    if not (text := _said(text, own)):
        return None
    number = telephone(text, country)
    digits = "".join(filter(str.isdecimal, number))
    return None if digits in _NOBODYS_NUMBERS or len(set(digits)) == 1 else number


def _email(field: str | None, own: frozenset[str]) -> str | None:
    """The field without addresses that are nobody's; whatever else is no address stays, so that somebody hears of it."""
    found = addresses(field)
    kept = [address for address in found if not _is_nobodys(address.lower(), own)]
    return field if len(kept) == len(found) else ", ".join(kept) or None


def _is_nobodys(address: str, own: frozenset[str]) -> bool:
    mailbox, _, domain = address.partition("@")
    if address in own or f"{mailbox}@*" in own:
        return True
    mailbox, host = _bare(mailbox), _bare(domain.partition(".")[0])
    of_nobody = _PLACEHOLDERS | _MAY_BE_NAMES
    return mailbox in _NOBODYS_MAILBOXES or (mailbox in of_nobody and host in of_nobody | _NOBODYS_DOMAINS)


@lru_cache(10_000)
def _bare(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


_PLACEHOLDERS, _MAY_BE_NAMES, _NOBODYS_MAILBOXES, _NOBODYS_DOMAINS = (
    frozenset(map(_bare, words)) for words in (PLACEHOLDERS, MAY_BE_NAMES, NOBODYS_MAILBOXES, NOBODYS_DOMAINS)
)
_NOBODYS_NUMBERS = frozenset({"1234567890", "0123456789"})
