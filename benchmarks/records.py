"""The generated people as the two services would show them: QuickBooks' customers, Infusionsoft's orders."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pandas as pd

from benchmarks import people
from order_sync.infusionsoft.records import Address, Contact, Order, OrderItem, Shipping
from order_sync.sync.orders.snapshot import Snapshot

NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)


def bodies(start: int, stop: int, number: int) -> Iterator[dict[str, Any]]:
    """Customers as QuickBooks gives them, about a kilobyte of JSON each."""
    for one in people.customers(start, stop, number).itertuples():
        address = {
            "Line1": one.line1,
            "City": one.city,
            "CountrySubDivisionCode": "AZ",
            "PostalCode": one.postal_code,
            "Country": "USA",
            "Lat": "33.4483771",
            "Long": "-112.0740373",
        }
        yield {
            "domain": "QBO",
            "sparse": False,
            "Id": one.customer_id,
            "SyncToken": "0",
            "MetaData": {"CreateTime": "2026-01-05T09:00:00-07:00", "LastUpdatedTime": "2026-06-05T09:00:00-07:00"},
            "GivenName": one.first,
            "FamilyName": one.last,
            "FullyQualifiedName": one.display_name,
            "DisplayName": one.display_name,
            "PrintOnCheckName": one.display_name,
            "Active": True,
            "Taxable": True,
            "Job": False,
            "BillWithParent": False,
            "IsProject": False,
            "Balance": 0,
            "BalanceWithJobs": 0,
            "CurrencyRef": {"value": "USD", "name": "United States Dollar"},
            "PreferredDeliveryMethod": "Print",
            "ClientEntityId": "0",
            "DefaultTaxCodeRef": {"value": "2"},
            "SalesTermRef": {"value": "3", "name": "Net 30"},
            "PrimaryPhone": {"FreeFormNumber": f"(602) 55{one.customer_id[-5]}-{one.customer_id[-4:]}"},
            "PrimaryEmailAddr": {"Address": one.email},
            "BillAddr": {"Id": f"{one.customer_id}1", **address},
            "ShipAddr": {"Id": f"{one.customer_id}2", **address},
        }


def snapshots(orders: pd.DataFrame) -> Iterator[Snapshot]:
    """Orders of one line, with their contacts, from rows of `people.orders`."""
    for one in orders.itertuples():
        yield _snapshot(one)


def _snapshot(one: Any) -> Snapshot:
    address = Address(one.line1, None, one.city, "AZ", one.postal_code, "USA", "United States")
    contact = Contact(
        id=one.customer_id,
        given_name=one.first,
        middle_name=None,
        family_name=one.last,
        company=None,
        emails=(one.email,),
        phones=(),
        billing=address,
        shipping=address,
        updated_at=NOON,
    )
    return Snapshot(sale(one.order_id, contact, address), contact, ())


def sale(order_id: str, contact: Contact, address: Address) -> Order:
    """An order of one line, by a contact, sent to an address."""
    item = OrderItem(
        id="1",
        item_type="PRODUCT",
        name="Widget",
        description=None,
        quantity=Decimal(1),
        price=Decimal("108.25"),
        discount=None,
        product_id="7",
        product_name="Widget",
        sku="W-1",
        taxable=True,
    )
    return Order(
        id=order_id,
        title="Online Order",
        status="PAID",
        order_type="ONLINE",
        source_type="API",
        currency="USD",
        total=item.price,
        total_paid=item.price,
        refund_total=Decimal(0),
        contact_id=contact.id,
        contact_email=next(iter(contact.emails), None),
        contact_given_name=contact.given_name,
        contact_family_name=contact.family_name,
        created_at=NOON,
        modified_at=NOON,
        ordered_at=NOON,
        invoice_id=None,
        shipping=Shipping(contact.given_name, contact.family_name, None, None, address),
        items=(item,),
    )
