"""Payments that are to be sent again: looked for at their invoice too, and not sent where that has not so much open any more."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from order_sync.errors import RecordRefused
from order_sync.quickbooks.client import QuickBooks
from order_sync.quickbooks.faults import ObjectNotFound
from order_sync.sync.documents.fields import bears
from order_sync.sync.orders.codes import Code, refusal
from order_sync.sync.orders.kinds import Entity
from order_sync.sync.orders.write import Write


def linked_payments(quickbooks: QuickBooks, write: Write) -> list[dict[str, Any]]:
    """The payments that the write's invoices are linked to and that bear its private note."""
    note = str(json.loads(write.payload)["PrivateNote"]).partition("\n")[0]
    found: dict[str, dict[str, Any]] = {}
    for invoice, _amount in _invoices(quickbooks, write):
        for link in invoice.get("LinkedTxn", []):
            if link.get("TxnType") == Entity.PAYMENT and link.get("TxnId") not in found:
                record = quickbooks.read(Entity.PAYMENT, str(link.get("TxnId")))
                if bears(record, note):
                    found[record["Id"]] = record
    return list(found.values())


def already_settled(quickbooks: QuickBooks, write: Write) -> RecordRefused | None:
    """Why a payment is not sent again: an invoice has less open than it would pay; None where it may be."""
    for invoice, amount in _invoices(quickbooks, write):
        if (left := invoice.get("Balance")) is not None and Decimal(left) < amount:
            return refusal(
                Code.INVOICE_SETTLED,
                f"The {write.kind} was sent before and could not be found, and its invoice {invoice['Id']} has {left} {write.currency} "
                f"open in QuickBooks, less than the {amount} that it would pay.",
            )
    return None


def _invoices(quickbooks: QuickBooks, write: Write) -> Iterator[tuple[dict[str, Any], Decimal]]:
    """The invoices that a payment pays, as they are now, and how much it pays of each."""
    pays = Counter[str]()
    for line in json.loads(write.payload, parse_float=Decimal).get("Line", []):
        for link in line["LinkedTxn"]:
            if link["TxnType"] == Entity.INVOICE:
                pays[str(link["TxnId"])] += line["Amount"]
    for id, amount in pays.items():
        try:
            yield quickbooks.read(Entity.INVOICE, id), Decimal(amount)
        except ObjectNotFound:
            continue  # QuickBooks says then what is wrong
