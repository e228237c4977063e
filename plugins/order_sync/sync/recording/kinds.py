"""The kinds of writes, each once: what people call it, how it is found again in QuickBooks, how it is compared with what was sent.

A new kind is a member of `orders/kinds.Kind` and a row of `KINDS`; nothing takes a kind that it does not know for another.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from order_sync.errors import RecordRefused
from order_sync.keys import compared
from order_sync.money import with_currency
from order_sync.quickbooks.client import QuickBooks
from order_sync.quickbooks.faults import ObjectNotFound
from order_sync.quickbooks.wire import quote
from order_sync.sync.company.lists import NO_LINE_TAKES
from order_sync.sync.customers.guard import contradictions, of_customer
from order_sync.sync.documents.change import sold
from order_sync.sync.documents.fields import bears
from order_sync.sync.documents.receivable import applied
from order_sync.sync.documents.voided import is_voided
from order_sync.sync.orders.codes import Code
from order_sync.sync.orders.kinds import Entity, Kind
from order_sync.sync.orders.write import Write
from order_sync.sync.recording.identity import (
    other_customer,
    other_document,
    other_item,
    other_version,
    other_voided,
)
from order_sync.sync.recording.resent import already_settled, linked_payments

Records = list[dict[str, Any]]
Difference = tuple[Code, str] | None
"""A code, and in words what is other than wanted; None where all is as wanted."""


@dataclass(frozen=True, slots=True)
class KindOfRecord:
    """A row of the table."""

    noun: str
    """What was sent, as a history tells it: "The payment was sent and QuickBooks' answer was lost"."""
    progress: str
    """As it is told while they go out."""
    find: Callable[[QuickBooks, Write], Records]
    """The records that are the write's own, also those recorded otherwise than sent; of an update, the record only where it was done."""
    difference: Callable[[Write, Mapping[str, Any]], Difference]
    stranger: Callable[[Write, Mapping[str, Any]], str] = other_document
    """By what a record that answered it is seen to be another one."""
    obstacle: Callable[[QuickBooks, Write], RecordRefused | None] = lambda _quickbooks, _write: None
    """Why one that was sent, and is not there, must not be sent again."""
    planned: str = ""
    """What a plan says of one that is due; empty where plans tell it otherwise, or not at all."""
    adds_money: bool = False
    """Whether it adds to the books, and the report counts its money; of a change, by how much the document is another."""
    follows: bool = False
    """Whether it is recorded beside a document, once that is there."""


def find_by_note(quickbooks: QuickBooks, write: Write) -> Records:
    """The records that bear the write's private note: by number; else, where QuickBooks gave it another, by date and customer; else, where
    it may be another customer's by now, by date and total, or by date alone."""
    body = json.loads(write.payload, parse_float=Decimal)
    note = str(body["PrivateNote"]).partition("\n")[0]
    for where in _places(quickbooks, write, body):
        found = [row for page in quickbooks.query_all(write.entity, where) for row in page]
        if ours := [row for row in found if bears(row, note)]:
            return ours
    return []


def _places(quickbooks: QuickBooks, write: Write, body: Mapping[str, Any]) -> Iterator[str]:
    """Where a record may be, the likeliest place first."""
    day = f"TxnDate = {quote(body['TxnDate'])}"
    if write.entity is Entity.EXPENSE:  # of one, nothing but its date is sure to be queryable
        yield day
        return
    if number := body.get("DocNumber"):
        yield f"DocNumber = {quote(number)}"
    customer = str(body["CustomerRef"]["value"])
    yield f"{day} AND CustomerRef = {quote(customer)}"
    yield f"{day} AND TotalAmt = {quote(str(write.total or Decimal(0)))}"
    # Merged perhaps, and QuickBooks may have recorded another total than was sent.
    if not _is_active(quickbooks, customer):
        yield day


def _is_active(quickbooks: QuickBooks, customer_id: str) -> bool:
    try:
        return bool(quickbooks.read("Customer", customer_id).get("Active", True))
    except ObjectNotFound:
        return False


def find_payment(quickbooks: QuickBooks, write: Write) -> Records:
    """The payments that bear the write's private note: by date and customer, else by what its invoice is linked to."""
    return find_by_note(quickbooks, write) or linked_payments(quickbooks, write)


def amounts_differ(write: Write, record: Mapping[str, Any]) -> Difference:
    """A record is as wanted when its tax and its total are what was sent, a foreign one's in the home currency too."""
    total, tax = record.get("TotalAmt"), (record.get("TxnTaxDetail") or {}).get("TotalTax") or 0
    if write.tax is not None and Decimal(str(tax)) != write.tax:
        wanted = f"{_there(write.tax, write)}, its total {_there(total, write)} instead of {write.money}"
        return Code.TAX_DIFFERS, f"its tax is {_there(tax, write)} instead of {wanted}"
    if total is None or Decimal(str(total)) != write.total:
        return Code.RECORDED_OTHERWISE, f"its total is {_there(total, write)} instead of {write.money}"
    return _home_total_differs(write, record)


def _there(amount: Any, write: Write) -> str:
    """An amount of a record as people read it, in the currency of the write."""
    return "none" if amount is None else with_currency(Decimal(str(amount)), write.currency or "")


def _home_total_differs(write: Write, record: Mapping[str, Any]) -> Difference:
    """A foreign record is worth in the home currency what its total makes at the rate that was sent, half up to the cent."""
    rate = json.loads(write.payload, parse_float=Decimal).get("ExchangeRate")
    if rate is None or write.total is None:
        return None
    has = record.get("HomeTotalAmt")
    there = _cents(write.total * Decimal(str(record.get("ExchangeRate", 1)))) if has is None else Decimal(str(has))
    wanted = _cents(write.total * rate)
    if there == wanted:
        return None
    words = f"{write.money} are {there} in the home currency there, and {wanted} at the rate {rate} that was sent"
    return Code.RECORDED_OTHERWISE, words


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def _not_applied(write: Write, record: Mapping[str, Any]) -> Difference:
    meant = (write.total or Decimal(0)) - applied(write)
    if Decimal(str(record.get("UnappliedAmt") or 0)) > meant:
        return Code.RECORDED_OTHERWISE, f"{_there(record['UnappliedAmt'], write)} of it is not applied to the invoice"
    return amounts_differ(write, record)


def _find_change(quickbooks: QuickBooks, write: Write) -> Records:
    """The document, where it is as the change wanted it."""
    body = json.loads(write.payload, parse_float=Decimal)
    try:
        record = quickbooks.read(write.entity, body["Id"])
    except ObjectNotFound:
        return []
    is_done = sold(body) == sold(record) and str(record.get("SyncToken")) != body["SyncToken"]
    return [record] if is_done else []


def _find_voided(quickbooks: QuickBooks, write: Write) -> Records:
    """The document, where it is voided."""
    try:
        record = quickbooks.read(write.entity, json.loads(write.payload)["Id"])
    except ObjectNotFound:
        return []
    return [record] if is_voided(record) else []


def _not_voided(write: Write, record: Mapping[str, Any]) -> Difference:
    total = record.get("TotalAmt")
    return None if is_voided(record) else (Code.NOT_VOIDED, f"it still comes to {_there(total, write)}")


def _find_item(quickbooks: QuickBooks, write: Write) -> Records:
    """The items of that name which are the product's: without another SKU. A bundle or a category is none."""
    body = json.loads(write.payload, parse_float=Decimal)
    found = [row for page in quickbooks.query_all("Item", f"Name = {quote(body['Name'])}") for row in page]
    items = [row for row in found if row.get("Type") not in NO_LINE_TAKES]
    return [row for row in items if str(row.get("Sku") or "") == str(body.get("Sku") or "")]


def _find_customer(quickbooks: QuickBooks, write: Write) -> Records:
    return [row for row in namesakes(quickbooks, json.loads(write.payload)) if row.get("Active", True)]


def namesakes(quickbooks: QuickBooks, wanted: Mapping[str, Any]) -> Records:
    """Customers of the wanted name, inactive ones too, whom nothing contradicts; where one side has an e-mail address, it agrees. A job is
    none, nor is one whose currency is another than the wanted one."""
    own, currency = of_customer(wanted), compared(wanted)["currency"]

    def is_ours(row: Mapping[str, Any]) -> bool:
        there, other = compared(row), of_customer(row)
        if there["billed_with"] or (currency and there["currency"] not in ("", currency)):
            return False
        emails_agree = own.emails == other.emails or not own.emails.isdisjoint(other.emails)
        return emails_agree and not contradictions(own, other, "DisplayName")

    return [row for row in customers_named(quickbooks, str(wanted.get("DisplayName", ""))) if is_ours(row)]


def customers_named(quickbooks: QuickBooks, name: str) -> Records:
    """The customers of that display name, inactive ones too."""
    where = f"DisplayName = {quote(name)} AND Active IN (true, false)"
    return quickbooks.query(f"SELECT * FROM Customer WHERE {where}")


def _anyhow(_write: Write, _record: Mapping[str, Any]) -> Difference:
    """None: anybody may correct a customer or an item at any time."""


KINDS: Mapping[Kind, KindOfRecord] = {
    Kind.DOCUMENT: KindOfRecord(
        "order", "orders posted", find_by_note, amounts_differ, planned="would be posted", adds_money=True
    ),
    Kind.CHANGE: KindOfRecord(
        "change",
        "documents changed",
        _find_change,
        amounts_differ,
        other_version,
        planned="would follow the changed order",
        adds_money=True,
    ),
    Kind.VOID: KindOfRecord(
        "void", "documents voided", _find_voided, _not_voided, other_voided, planned="would be voided"
    ),
    Kind.PAYMENT: KindOfRecord(
        "payment",
        "payments recorded",
        find_payment,
        _not_applied,
        obstacle=already_settled,
        planned="would be recorded",
        adds_money=True,
        follows=True,
    ),
    Kind.WRITE_OFF: KindOfRecord(
        "write-off",
        "write-offs recorded",
        find_by_note,
        amounts_differ,
        planned="would be recorded",
        follows=True,
    ),
    Kind.APPLICATION: KindOfRecord(
        "application of a write-off",
        "write-offs applied",
        find_payment,
        amounts_differ,
        obstacle=already_settled,
        planned="would apply the credit memo to the invoice",
        follows=True,
    ),
    Kind.REFUND: KindOfRecord(
        "refund",
        "refunds recorded",
        find_by_note,
        amounts_differ,
        planned="would be recorded",
        adds_money=True,
        follows=True,
    ),
    Kind.REVERSAL: KindOfRecord(
        "reversal",
        "reversals recorded",
        find_by_note,
        amounts_differ,
        planned="would take back what is gone",
        adds_money=True,
    ),
    Kind.ITEM: KindOfRecord("item", "items created", _find_item, _anyhow, other_item),
    Kind.CUSTOMER: KindOfRecord("customer", "customers created", _find_customer, _anyhow, other_customer),
}
"""In the order in which they go out."""

MONEY = tuple(kind for kind, record in KINDS.items() if record.follows)
"""What is recorded beside a document, in the order in which it goes out."""
