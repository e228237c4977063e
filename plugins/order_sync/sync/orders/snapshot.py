"""An order as it was read, with its contact and payments: the one thing that all later steps work from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal

from pydantic import TypeAdapter

from order_sync.emails import addresses, passes_over
from order_sync.infusionsoft.records import Address, Contact, Order, Payment
from order_sync.keys import sort_key


def order_day(order: Order, zone: tzinfo) -> date:
    """The day of an order in the company's zone."""
    return order.ordered_at.astimezone(zone).date()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`contact` is None where Infusionsoft did not give it (deleted, say) and no order knows it from before; the order still carries
    names and an e-mail address."""

    order: Order
    contact: Contact | None
    payments: tuple[Payment, ...]
    is_deleted: bool = False
    """Whether Infusionsoft has the order no more; it is as it was last read, its payments as they are now."""
    remembered_from: str | None = None
    """The order with which the contact was last read, where Infusionsoft did not give it with this one."""

    @property
    def lacks_contact(self) -> bool:
        """Whether the order names a contact that Infusionsoft did not give, remembered or not."""
        return self.order.contact_id is not None and (self.contact is None or self.remembered_from is not None)

    @property
    def given_name(self) -> str | None:
        """The customer's given name, from the contact, else from the order."""
        return self.contact.given_name if self.contact else self.order.contact_given_name

    @property
    def family_name(self) -> str | None:
        """The customer's family name, from the contact, else from the order."""
        return self.contact.family_name if self.contact else self.order.contact_family_name

    @property
    def emails(self) -> list[str]:
        """The customer's e-mail addresses: those of the contact's fields, in their order; where these are blank, the order's."""
        return addresses(*self._email_fields)

    @property
    def email(self) -> str | None:
        """The customer's first e-mail address."""
        return next(iter(self.emails), None)

    @property
    def passes_over_email(self) -> bool:
        """Whether something that is no e-mail address stands where the first one is looked for."""
        return passes_over(*self._email_fields)

    @property
    def _email_fields(self) -> tuple[str | None, ...]:
        return self.contact.emails if self.contact and self.contact.emails else (self.order.contact_email,)

    @property
    def name(self) -> str:
        """`First Last`; empty where the contact has neither."""
        return " ".join(part for part in (self.given_name, self.family_name) if part)

    @property
    def billing(self) -> Address:
        """The contact's billing address; where it has none, its other one."""
        if self.contact is None:
            return Address()
        return self.contact.other if self.bills_elsewhere else self.contact.billing

    @property
    def bills_elsewhere(self) -> bool:
        """Whether the contact's other address stands in for a billing address that it has not."""
        return self.contact is not None and self.contact.billing.is_empty and not self.contact.other.is_empty

    @property
    def shipping(self) -> Address:
        """The order's shipping address, else the contact's."""
        own = self.order.shipping.address
        return own if not own.is_empty or self.contact is None else self.contact.shipping


def party(snapshot: Snapshot) -> dict[str, str]:
    """Who an order is for, as matching reads it: the fields of a name template (`settings.NAME_FIELDS`), each text, empty for none;
    `emails`, all addresses of the contact with commas between them; `addresses`, billing and shipping, each a line; `postal_code`."""
    contact, shipping = snapshot.contact, snapshot.order.shipping
    own = [address for address in (snapshot.billing, snapshot.shipping) if not address.is_empty]
    emails = snapshot.emails
    found: dict[str, str | None] = {
        "prefix": contact.prefix if contact else None,
        "first": snapshot.given_name,
        "middle": contact.middle_name if contact else None,
        "last": snapshot.family_name,
        "suffix": contact.suffix if contact else None,
        "company": contact.company if contact else None,
        "email": emails[0] if emails else None,
        "phone": contact.phones[0] if contact and contact.phones else None,
        "contact_id": snapshot.order.contact_id,
        "shipping_first": shipping.given_name,
        "shipping_last": shipping.family_name,
        "shipping_company": shipping.company,
        "emails": ",".join(emails),
        "addresses": "\n".join(dict.fromkeys(_line(address) for address in own)),
        "postal_code": next((address.postal_code for address in own if address.postal_code), None),
    }
    return {name: value or "" for name, value in found.items()}


LONGEST_CALLED = 60
"""So much of a name decides where it stands in a list."""


def called(party: Mapping[str, str]) -> str:
    """What lists sort an order's customer by: the contact's company, else its name, else its e-mail address, as `sort_key` has it."""
    name = party["company"] or f"{party['first']} {party['last']}".strip() or party["email"]
    return sort_key(name)[:LONGEST_CALLED]


def newest(orders: Iterable[tuple[str, Snapshot]]) -> dict[str, Snapshot]:
    """The newest order of each key (of a customer, of a contact); of two of the same moment, the later one in the list."""
    found: dict[str, Snapshot] = {}
    for key, snapshot in orders:
        if key not in found or snapshot.order.ordered_at >= found[key].order.ordered_at:
            found[key] = snapshot
    return found


def reading(read: Snapshot, meant: Snapshot | None = None) -> dict[str, str]:
    """The snapshot's row in the store (`order_readings`): what was read, and who it is for as it was `meant`, where that is another."""
    return {**party(meant or read), "snapshot": to_text(read)}


def _line(address: Address) -> str:
    parts = (address.line1, address.line2, address.locality, address.region, address.postal_code)
    return " ".join(" ".join(part.split()) for part in parts if part)


_SNAPSHOT = TypeAdapter(Snapshot)


def to_text(snapshot: Snapshot) -> str:
    """A snapshot as JSON text; amounts are exact."""
    return _SNAPSHOT.dump_json(snapshot).decode()


def from_text(text: str) -> Snapshot:
    """The snapshot that `to_text` wrote."""
    return _SNAPSHOT.validate_json(text)


def content_hash(order: Order) -> str:
    """SHA-256 of what a document is made from: the same while an edit changes nothing that the document would show.

    What is paid and given back is not part of it: payments and refunds are records of their own.
    """
    nothing = Decimal(0)
    plain = replace(order, modified_at=None, title=None, status="", total_paid=nothing, refund_total=nothing)
    shown = asdict(plain)
    address = shown["shipping"]["address"]
    if code := address.pop("region_code"):
        # The region is what its code says, however that is written by now: it is the same in the hashes of recorded orders.
        address["region"] = code.rpartition("-")[2]
    del shown["payment_plan"]  # it says when the money comes
    content = json.dumps(shown, default=_canonical)
    return hashlib.sha256(content.encode()).hexdigest()


def _canonical(value: object) -> str:
    # Equal amounts and equal moments are written alike, however the service wrote them.
    match value:
        case Decimal():
            return str(value.normalize())
        case datetime():
            return value.astimezone(UTC).isoformat()
    raise TypeError(f"an order holds no {type(value).__name__}")
