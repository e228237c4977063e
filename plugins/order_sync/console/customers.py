"""The customers of the company, as QuickBooks last gave them, with the keys by which matching compares them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from order_sync.console.lists import Line, ListPage, active_of, text_of
from order_sync.console.page import Shop, database
from order_sync.console.services import in_quickbooks
from order_sync.database.cached_lists import (
    CachedRecord,
    Page,
    Place,
    Wanted,
    count_customers,
    find_customers,
    list_customers,
)
from order_sync.database.customer_keys import keys_of_customers
from order_sync.database.order_lists import MOST_FOUND
from order_sync.keys import PHONES, UNSEEN

FIELDS = {
    "DisplayName": "Display name",
    "CompanyName": "Company",
    "GivenName + FamilyName": "First and last name",
    "PrintOnCheckName": "Name on checks",
    "PrimaryEmailAddr": "E-mail",
    "PrimaryPhone": "Telephone",
    "ResaleNum": "Resale number",
    "Notes marker": "Contact in the notes",
}
"""What matching compares, in words."""


class CustomersPage(ListPage):
    path = "/{store}/lists"
    route_name = "customers"
    entity = "Customer"
    which = ""
    columns: ClassVar[Mapping[str, str]] = {"email": "E-mail", "telephone": "Telephone", "currency": "Currency"}
    unbroken = frozenset({"telephone"})
    searched = "Name, id or e-mail"

    def wanted(self, asked: Mapping[str, str], realm_id: str) -> tuple[Wanted, str]:
        """What an address asks for, and what of it is too much."""
        search = asked.get("q", "")
        if not search:
            return Wanted(active_of(asked)), ""
        found = tuple(find_customers(database(), realm_id, search))
        wrong = (
            f"More customers than {MOST_FOUND:,} are called {search!r} or begin so: say more, to see all of them."
            if len(found) >= MOST_FOUND
            else ""
        )
        return Wanted(active_of(asked), ids=found), wrong

    def part(self, realm_id: str, wanted: Wanted, size: int, after: Place | None) -> Page:
        """A page of the list."""
        return list_customers(database(), realm_id, wanted, size, after)

    def count(self, realm_id: str, wanted: Wanted) -> int:
        """How many are wanted."""
        return count_customers(database(), realm_id, wanted)

    def lines(self, here: Shop, records: Sequence[CachedRecord]) -> Sequence[Line]:
        """The lines of some customers."""
        settings = here.settings
        ids = [one.id for one in records]
        keys = keys_of_customers(database(), here.realm_id, settings.customers, ids) if settings else {}
        return [_line(one, keys.get(one.id, {}), here.environment) for one in records]


def _line(customer: CachedRecord, keys: Mapping[str, Sequence[str]], environment: str) -> Line:
    body = customer.body
    above, _, _ = text_of(body, "FullyQualifiedName").rpartition(":")
    phones = [text_of(body, name, "FreeFormNumber") for name in PHONES]
    return Line(
        id=customer.id,
        name=customer.name,
        active=customer.active,
        state=_state(customer),
        cells={
            "email": text_of(body, "PrimaryEmailAddr", "Address"),
            "telephone": next(filter(None, phones), ""),
            "currency": text_of(body, "CurrencyRef", "value"),
        },
        note=f"Job of {above}" if above else "Job" if customer.is_job else "",
        link=in_quickbooks(environment, "Customer", customer.id),
        keys={FIELDS[field]: found for field, found in keys.items()},
    )


def _state(customer: CachedRecord) -> str:
    if customer.active:
        return "Active"
    if customer.merged_into and customer.merged_into != UNSEEN:
        return f"Merged into {customer.merged_into}"
    return "Inactive"
