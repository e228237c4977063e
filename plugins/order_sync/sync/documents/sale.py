"""An order as a sales receipt or invoice: a pure function from the order, its customer, the settings and the company to the exact JSON."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from order_sync.infusionsoft.records import Order
from order_sync.quickbooks.wire import encode
from order_sync.settings import Store
from order_sync.sync.addresses.customers import LONGEST, NAMES, physical_address
from order_sync.sync.addresses.postal import too_long
from order_sync.sync.company.company import Company
from order_sync.sync.documents.checks import check_currency, check_period, check_total
from order_sync.sync.documents.fields import (
    MESSAGE_LENGTH,
    Document,
    currency_fields,
    dimensions,
    document_number,
    email_remarks,
    filled,
    line_class,
    money_fields,
    private_note,
    transaction_day,
)
from order_sync.sync.documents.forgiven import receipt_lines
from order_sync.sync.documents.lines import sale_lines
from order_sync.sync.documents.reference import reference_of, reference_remarks
from order_sync.sync.orders.codes import Code
from order_sync.sync.orders.kinds import Kind
from order_sync.sync.orders.payments import completing
from order_sync.sync.orders.snapshot import Snapshot, order_day
from order_sync.sync.orders.tracked import Customer
from order_sync.sync.orders.treatment import Treatment
from order_sync.sync.orders.write import Intent


def sale(
    snapshot: Snapshot,
    customer: Customer,
    company: Company,
    store: Store,
    treatment: Treatment,
    *,
    today: date,
    number: str | None = None,
    day: date | None = None,
    rate: Decimal | None = None,
    again: int = 0,
) -> Document:
    """The sales receipt or invoice of an order; `today` is the day in the company's time zone.

    `number`, `day` and `rate` are others than the settings and the company give: of a document that is there already, or was voided;
    `again` says how often the order was recorded before and taken back.
    Raises RecordRefused (code and advice) where the order cannot be recorded as it is.
    """
    order, revenue = snapshot.order, store.revenue
    check_currency(order.currency, customer, company)
    shows_money = treatment.manner.paid_as_whole
    class_id = line_class(company, treatment)
    if shows_money:
        made = receipt_lines(snapshot, customer, company, store, class_id=class_id)
    else:
        made = sale_lines(snapshot, customer, company, store, class_id=class_id)
        check_total(order, made)
    day = day or transaction_day(snapshot, store, treatment, today)
    check_period(treatment.entity, day, company)
    payment = completing(snapshot)
    reference = reference_of(payment, order, store) if shows_money else ""
    body: dict[str, Any] = {}
    if revenue.number_from == "store":
        body["DocNumber"] = number or document_number(order, store)
    body["TxnDate"] = day.isoformat()
    if revenue.ship_date == "order date":
        body["ShipDate"] = order_day(order, store.zone).isoformat()
    body |= {
        "CustomerRef": {"value": customer.id},
        "Line": list(made.lines),
        "PrivateNote": private_note(snapshot, store, reference, again),
    }
    if message := filled(revenue.message, snapshot):
        body["CustomerMemo"] = {"value": message[:MESSAGE_LENGTH]}
    if email := snapshot.email:
        body["BillEmail"] = {"Address": email}
    addresses = {"BillAddr": snapshot.billing, "ShipAddr": snapshot.shipping} if customer.own_addresses else {}
    addresses = {field: address for field, address in addresses.items() if not address.is_empty}
    body |= {field: physical_address(address) for field, address in addresses.items()}
    if shows_money:
        body |= money_fields(payment, order, company, store)
    elif company.sales_term:
        body["SalesTermRef"] = {"value": company.sales_term}
    body |= {**dimensions(company, treatment), **made.tax_fields}
    body |= currency_fields(order.currency, day, company, rate)
    cut = ((NAMES[field], too_long(address, LONGEST)) for field, address in addresses.items())
    words = [
        f"{what} of the document: {', '.join(parts)} shortened to what QuickBooks takes."
        for what, parts in cut
        if parts
    ]
    shortened = ((Code.ADDRESS_SHORTENED, one) for one in words)
    warnings = (*made.warnings, *reference_remarks(reference), *email_remarks(snapshot), *shortened)
    return Document(treatment.entity, body, made.total, made.tax, warnings)


def intent(document: Document, order: Order, content_hash: str | None) -> Intent:
    """The ledger's intent for an order's document: its payload is frozen as the exact text that is sent."""
    return Intent(
        Kind.DOCUMENT,
        order.id,
        document.entity,
        encode(document.body),
        document.total,
        order.currency,
        content_hash,
        document.tax,
        order_ids=(order.id,),
    )
