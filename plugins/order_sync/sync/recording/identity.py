"""Whether a record that QuickBooks answered with is the one that was sent: compared by what identifies it, not by what it comes to.

Each says by what it is seen to be another one, without a person's data; an empty text where it is the one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from order_sync.emails import email_keys
from order_sync.sync.documents.fields import bears
from order_sync.sync.orders.kinds import Entity
from order_sync.sync.orders.write import Write

Record = Mapping[str, Any]


def other_document(write: Write, record: Record) -> str:
    """Of a document, payment or refund: its private note, customer, day, number, currency, and the invoices that it is linked to."""
    sent = _sent(write)
    if not bears(record, str(sent["PrivateNote"]).partition("\n")[0]):
        return "its private note is not the one that was sent"
    for what, name in (("day", "TxnDate"), ("number", "DocNumber")):
        if name in sent and str(record.get(name)) != str(sent[name]):
            return f"its {what} is {record.get(name)} instead of {sent[name]}"
    for what, name in (("customer", "CustomerRef"), ("customer", "EntityRef"), ("currency", "CurrencyRef")):
        there, wanted = (record.get(name) or {}).get("value"), (sent.get(name) or {}).get("value")
        if wanted is not None and str(there) != str(wanted):
            return f"its {what} is {there} instead of {wanted}"
    there, wanted = _invoices(record), _invoices(sent)
    if wanted and not there <= wanted:
        return f"it is linked to invoice {', '.join(sorted(there - wanted))}"
    return ""


def other_version(write: Write, record: Record) -> str:
    """Of a change: the document, and that it is a newer version of it."""
    sent = _sent(write)
    if str(record.get("Id")) != str(sent["Id"]):
        return f"it is {record.get('Id')} instead of {sent['Id']}"
    return "it is the version before the change" if str(record.get("SyncToken")) == str(sent["SyncToken"]) else ""


def other_voided(write: Write, record: Record) -> str:
    """Of a void: the document."""
    sent = _sent(write)
    return "" if str(record.get("Id")) == str(sent["Id"]) else f"it is {record.get('Id')} instead of {sent['Id']}"


def other_customer(write: Write, record: Record) -> str:
    """Of a customer: the name, as far as no encoding changes its letters, and the e-mail address where both have one."""
    sent = _sent(write)
    email, there = (email_keys((of.get("PrimaryEmailAddr") or {}).get("Address")) for of in (sent, record))
    if _letters(sent.get("DisplayName")) != _letters(record.get("DisplayName")):
        return "its name is another one"
    return "its e-mail address is another one" if email and there and set(email).isdisjoint(there) else ""


def other_item(write: Write, record: Record) -> str:
    """Of an item: name and SKU."""
    sent = _sent(write)
    for what, name in (("name", "Name"), ("SKU", "Sku")):
        if _letters(sent.get(name)) != _letters(record.get(name)):
            return f"its {what} is another one"
    return ""


def _sent(write: Write) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(write.payload, parse_float=Decimal)
    return found


def _invoices(body: Record) -> set[str]:
    links = [link for line in body.get("Line") or [] for link in line.get("LinkedTxn") or []]
    return {str(link.get("TxnId")) for link in links if link.get("TxnType") == Entity.INVOICE}


def _letters(text: object) -> str:
    return "".join(one for one in str(text or "").casefold() if one.isascii() and one.isalnum())
