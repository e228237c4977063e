"""The addresses of a QuickBooks customer, and what of them an order changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from order_sync.infusionsoft.records import Address
from order_sync.settings import AddressRule
from order_sync.sync.addresses.lines import LINES
from order_sync.sync.addresses.postal import PARTS, called, differences, is_same_part, parts_of, shortened
from order_sync.sync.orders.snapshot import Snapshot

LONGEST = {"line1": 500, "line2": 500, "locality": 255, "region": 255, "postal_code": 30, "country": 255}
"""What QuickBooks takes of an address, in characters."""


FIELDS: dict[AddressRule, tuple[str, ...]] = {
    "off": (),
    "Billing with Billing": ("BillAddr",),
    "Shipping with Shipping": ("ShipAddr",),
    "Billing and Shipping with Billing and Shipping": ("BillAddr", "ShipAddr"),
}


_AS_WRITTEN = ("Country", "CountrySubDivisionCode")
"""Parts that stay as the accountant writes them, where the new address is in the same country or region."""


NAMES = {"BillAddr": "Billing address", "ShipAddr": "Shipping address"}


def physical_address(address: Address) -> dict[str, str]:
    """An address as QuickBooks holds it, shortened to its limits, empty fields left out."""
    return parts_of(shortened(address, LONGEST))


def address_changes(
    snapshot: Snapshot, customer: Mapping[str, Any], rule: AddressRule, home: str = ""
) -> dict[str, Any]:
    """The sparse update that brings a customer's addresses to those of an order; empty where they agree (`postal.differs`).

    Billing comes from the contact, shipping from the order (the contact's where it has none). An empty address never replaces a
    filled one, nor does one that is only remembered; another address replaces the former whole, and one that only lacked something
    keeps its lines.
    """
    changes, names = dict[str, Any](), called(snapshot, customer)
    for field in FIELDS[rule]:
        address, has = address_of(snapshot, field), customer.get(field) or {}
        wanted = physical_address(address)
        if not address.is_empty and (found := differences(wanted, has, home, names)):
            if not any(name in LINES or has.get(name) for name in found):
                parts = {name: text for name, text in wanted.items() if name not in LINES}
                wanted = {line: has[line] for line in LINES if has.get(line)} | parts
            changes[field] = _replacement(wanted, has, home, own_id=_own_id(field, customer))
    return changes


def address_of(snapshot: Snapshot, field: str) -> Address:
    """An order's address for a field of its customer; a contact that was not given with the order says nothing new."""
    if snapshot.remembered_from:
        snapshot = replace(snapshot, contact=None)
    return snapshot.billing if field == "BillAddr" else snapshot.shipping


def _replacement(wanted: Mapping[str, str], has: Mapping[str, Any], home: str, own_id: str | None) -> dict[str, str]:
    # Whether a sparse update keeps or empties the parts that an address does not name is not documented: all are named.
    left_over = dict.fromkeys((name for name in PARTS if has.get(name) and name not in wanted), "")
    same = {name: has[name] for name in _AS_WRITTEN if is_same_part(name, wanted, has, home)}
    return {**({"Id": own_id} if own_id else {}), **wanted, **same, **left_over}


def _own_id(field: str, customer: Mapping[str, Any]) -> str | None:
    # QuickBooks may keep one address for both: changed under its id, it would change the other one too.
    ids = {one: (customer.get(one) or {}).get("Id") for one in NAMES}
    return ids[field] if ids["BillAddr"] != ids["ShipAddr"] else None
