"""The lists of REST v2: how each can be filtered and ordered, as the service's own description has it.

The service does not say whether the bounds of a time window are inclusive: here both are, and nobody may rely on it. The account
has no custom fields and no lead sources, so a filter by a custom field is an unknown field, and one by lead source finds nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from include.sandbox.infusionsoft.filters import (
    COMPARISON,
    ORDERING,
    Field,
    amount,
    boolean,
    choice,
    id_text,
    id_texts,
    instant,
    number,
    numbers,
    words,
)

PHONE_FIELDS = ("PHONE1", "PHONE2", "PHONE3", "PHONE4", "PHONE5")


@dataclass(frozen=True)
class Resource:
    """A list: its name in the answer, its table, its filters, and the columns behind the names it can be ordered by."""

    name: str
    table: str
    filters: Mapping[str, Field]
    orders: Mapping[str, str]


def _prefix(column: str) -> Field:
    return Field(f"{column} {{test}}", wildcard=1)


def _same(column: str, read: Callable[[str], str | int | float] = str) -> Field:
    return Field(f"{column} {{test}}", read)


def _since(column: str) -> Field:
    return Field(f"{column} >= ?", instant)


def _until(column: str) -> Field:
    return Field(f"{column} BETWEEN '0' AND ?", instant)


def _listed(kind: str, name: str, read: Callable[[str], str], wildcard: int | None = None) -> Field:
    return Field(
        f"id IN (SELECT id FROM infusionsoft_value WHERE kind = '{kind}' AND name = '{name}' AND value {{test}})",
        read,
        wildcard=wildcard,
    )


def _address(kind: str, part: str, wildcard: int | None = None) -> Field:
    return Field(
        "EXISTS (SELECT 1 FROM json_each(body, '$.addresses') AS address "
        f"WHERE json_extract(address.value, '$.field') = '{kind}' "
        f"AND json_extract(address.value, '$.{part}') COLLATE NOCASE {{test}})",
        wildcard=wildcard,
    )


ORDERS = Resource(
    name="orders",
    table="infusionsoft_order",
    filters={
        "id": Field("id {test}", number, COMPARISON),
        "ids": _same("id", numbers),
        "product_id": _listed("order", "product_id", id_text),
        "contact_id": _same("contact_id", number),
        "invoice_id": _same("invoice_id", number),
        "invoice_xid": _same("invoice_xid", str.lower),
        "paid": _same("paid", boolean),
        "created_since_time": _since("created"),
        "created_until_time": _until("created"),
        "modified_since_time": _since("modified"),
        "modified_until_time": _until("modified"),
        "title": _prefix("title"),
        "order_type": _same("order_type", choice("ONLINE", "OFFLINE")),
        "shipping_locality": _same("locality"),
        "shipping_region_code": _same("region_code"),
        "shipping_postal_code": _same("postal_code"),
        "shipping_country_code": _same("country_code"),
    },
    orders={"id": "id", "order_time": "ordered", "modification_time": "modified"},
)

ORDER_PAYMENTS = Resource(
    name="invoice_order_payments",
    table="infusionsoft_order_payment",
    filters={
        "invoice_id": _same("invoice_id", number),
        "payment_id": _same("payment_id", number),
        "amount": _same("amount", amount),
        "pay_status": _same("pay_status", str.upper),
        "skip_commission": _same("skip_commission", boolean),
    },
    orders={
        "id": "id",
        "invoice_id": "invoice_id",
        "payment_id": "payment_id",
        "amount": "amount",
        "pay_time": "paid_at",
        "pay_status": "pay_status",
        "skip_commission": "skip_commission",
        "last_updated_time": "updated",
    },
)

PAYMENTS = Resource(
    name="payments",
    table="infusionsoft_payment",
    filters={
        "id": Field("id {test}", number, ORDERING),
        "ids": _same("id", numbers),
        "amount": Field("amount {test}", amount, COMPARISON),
        "order_id": _listed("payment", "order_id", id_text),
        "order_ids": _listed("payment", "order_id", id_texts),
        "contact_id": _same("contact_id", number),
        # Which time is meant is not said; the time of the payment is the likely one, so a late entry can be missed by it.
        "since_time": _since("paid_at"),
        "until_time": _until("paid_at"),
        "merchant_account_id": _same("merchant_account_id"),
        "merchant_account_type": _same("merchant_account_type"),
    },
    orders={"id": "id", "amount": "amount", "payment_time": "paid_at", "contact_id": "contact_id"},
)

TRANSACTIONS = Resource(
    name="transactions",
    table="infusionsoft_transaction",
    filters={
        "amount": Field("amount {test}", amount, COMPARISON),
        "order_id": _listed("transaction", "order_id", id_text),
        "contact_id": _same("contact_id", number),
        "since_time": _since("transacted"),
        "until_time": _until("transacted"),
        "merchant_account_id": _same("merchant_account_id"),
        "merchant_account_type": _same("merchant_account_type"),
        "status": _same("status"),
        "transaction_method": _same("transaction_method"),
        "is_successful": _same("is_successful", boolean),
    },
    orders={"transaction_time": "transacted", "amount": "amount", "contact_id": "contact_id"},
)

CONTACTS = Resource(
    name="contacts",
    table="infusionsoft_contact",
    filters={
        "email": _listed("contact", "email", str, wildcard=1),
        "given_name": _prefix("given_name"),
        "family_name": _prefix("family_name"),
        "middle_name": _prefix("middle_name"),
        "website": _prefix("website"),
        "lead_source_name": _prefix("NULL"),
        "company_id": _same("company_id", number),
        "ids": _same("id", numbers),
        "contact_ids": _same("id", numbers),
        "contact_id": Field("id {test}", number, ORDERING),
        "start_update_time": _since("updated"),
        "end_update_time": _until("updated"),
        "phone_number": Field(
            "EXISTS (SELECT 1 FROM json_each(body, '$.phone_numbers') AS phone "
            "WHERE json_extract(phone.value, '$.field') IN (SELECT value FROM json_each('{companion}')) "
            "AND json_extract(phone.value, '$.number') {test})",
            wildcard=3,
            companion="phone_fields",
        ),
        "phone_fields": Field("? IS NOT NULL", words(*PHONE_FIELDS)),
        "city": _address("BILLING", "locality", wildcard=1),
        "state": _address("BILLING", "region", wildcard=1),
        **{
            f"{kind.lower()}_address_{part}": _address(kind, part)
            for kind in ("BILLING", "SHIPPING", "OTHER")
            for part in ("line1", "locality", "region", "postal_code", "country_code")
        },
    },
    orders={"id": "id", "create_time": "created", "email": "email", "update_time": "updated"},
)

PRODUCTS = Resource(
    name="products",
    table="infusionsoft_product",
    filters={
        "name": _prefix("name"),
        "sku": _prefix("sku"),
        "description": _prefix("description"),
        "short_description": _prefix("short_description"),
        "product_id": Field("id {test}", number, ORDERING),
        "product_ids": _same("id", numbers),
    },
    orders={"id": "id", "name": "name", "sku": "sku", "last_updated_time": "updated"},
)
