"""Consolidated documents: one sales receipt a day, payment method and currency, for the customer "<store> daily sales".

The ledger knows which orders each of them holds. A document that was sent is never added to: orders of its day that come later, because
they were paid later, go onto a further one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from order_sync.errors import RecordRefused
from order_sync.infusionsoft.records import Order
from order_sync.quickbooks.wire import encode
from order_sync.settings import Store
from order_sync.sync.company.company import Company
from order_sync.sync.documents.bundle import item_lines
from order_sync.sync.documents.checks import check_currency, check_period
from order_sync.sync.documents.fields import (
    Document,
    currency_fields,
    dimensions,
    fitting_number,
    line_class,
    money_fields,
    transaction_day,
)
from order_sync.sync.documents.forgiven import receipt_lines
from order_sync.sync.documents.lines import Lines, lines_total
from order_sync.sync.documents.tax import tax_fields_together, without_gross
from order_sync.sync.documents.voided import refuse_again
from order_sync.sync.orders.kinds import Entity, Kind
from order_sync.sync.orders.payments import charges, shown_by_receipt
from order_sync.sync.orders.snapshot import Snapshot
from order_sync.sync.orders.tracked import Customer, TrackedOrder
from order_sync.sync.orders.treatment import payment_method, treatment
from order_sync.sync.orders.write import Intent, Write, WriteStatus

MOST_LINES = 700
"""Of a document; QuickBooks takes 750 of a taxable one."""


@dataclass(frozen=True, slots=True)
class Share:
    """An order's part of its day's document."""

    tracked: TrackedOrder
    made: Lines


@dataclass(frozen=True, slots=True)
class Day:
    """What orders have in common that go onto one document; `method` as the store names it, empty where nobody knows."""

    date: date
    method: str
    currency: str

    @property
    def label(self) -> str:
        """The day as the ledger knows it."""
        return f"{self.date} {self.currency} {self.method or 'unknown'}"[:100]


def share_of(
    tracked: TrackedOrder, customer: Customer, company: Company, store: Store, today: date
) -> tuple[Day, Share]:
    """An order's day and its part of that day's document; RecordRefused where it cannot be recorded as it is."""
    snapshot, how = tracked.snapshot, treatment(tracked.snapshot, store)
    order = snapshot.order
    check_currency(order.currency, customer, company)
    made = receipt_lines(snapshot, customer, company, store, class_id=line_class(company, how))
    day = transaction_day(snapshot, store, how, today)
    check_period(Entity.SALES_RECEIPT, day, company)
    _money_of(snapshot, company, store)
    currency_fields(order.currency, day, company)  # a day without a rate is refused order by order
    return Day(day, (payment_method(snapshot) or "").strip(), order.currency), Share(tracked, made)


def days_of(orders: Sequence[TrackedOrder], store: Store, today: date) -> set[date]:
    """The days on whose documents these orders go; none where each order has a document of its own."""
    if not store.revenue.consolidate:
        return set()
    return {transaction_day(one.snapshot, store, treatment(one.snapshot, store), today) for one in orders}


def daily_intents(
    shares: Mapping[Day, Sequence[Share]], company: Company, store: Store, known: Mapping[date, Sequence[Write]]
) -> tuple[list[Intent], list[tuple[Share, RecordRefused]]]:
    """The documents of the days; and the shares of documents that were voided and are not sent again.

    `known` are the documents that the ledger has of each day, by that day.
    """
    intents, refused = [], []
    numbers = {day: _taken(day, writes) for day, writes in known.items()}
    for day, of_day in shares.items():
        writes = known.get(day.date, ())
        for some in _portions(of_day, store):
            number = numbers.get(day.date, 0) + 1
            try:
                intents.append(_intent(day, number, some, company, store, writes))
                numbers[day.date] = number
            except RecordRefused as error:
                refused += [(share, error) for share in some]
    return intents, refused


def daily_document(day: Day, number: int, shares: Sequence[Share], company: Company, store: Store) -> Document:
    """The sales receipt of a day: the orders' lines one after the other, each with its order's number, and one discount line."""
    first = shares[0].tracked
    lines = [
        _numbered(line, share.tracked.snapshot.order)
        for share in shares
        for line in without_gross(share.made.lines)
        if line["DetailType"] != "DiscountLineDetail"
    ]
    if discounts := [line for share in shares for line in _discounts(share)]:
        lines.append(_together(discounts))
    tax = sum((share.made.tax or Decimal(0) for share in shares), Decimal(0))
    fields = tax_fields_together([share.made.tax_fields for share in shares])
    charged = tax if "TxnTaxDetail" in fields else Decimal(0)
    body: dict[str, Any] = {}
    if store.revenue.number_from == "store":
        body["DocNumber"] = fitting_number(f"{store.revenue.number_prefix}{day.date:%Y%m%d}-{number}")
    how = treatment(first.snapshot, store)
    body |= {
        "TxnDate": day.date.isoformat(),
        "CustomerRef": {"value": first.row.customer_id},
        "Line": lines,
        "PrivateNote": f"Infusionsoft daily sales of {day.label}, {number} (store {store.name})",
        **_money_of(first.snapshot, company, store),
        **dimensions(company, how),
        **fields,
        **currency_fields(day.currency, day.date, company),
    }
    return Document(Entity.SALES_RECEIPT, body, lines_total(lines) + charged, tax)


def combined_hash(hashes: Sequence[str]) -> str:
    """Of the orders that a document holds, as they were read."""
    return hashlib.sha256("\n".join(sorted(hashes)).encode()).hexdigest()


def _intent(
    day: Day, number: int, shares: tuple[Share, ...], company: Company, store: Store, known: Sequence[Write]
) -> Intent:
    document = daily_document(day, number, shares, company, store)
    if refused := refuse_again(known, document.body, store, "PrivateNote"):
        raise refused
    return Intent(
        Kind.DOCUMENT,
        f"{day.date} {number}",
        document.entity,
        encode(document.body),
        document.total,
        day.currency,
        combined_hash([share.tracked.row.content_hash or "" for share in shares]),
        document.tax,
        order_ids=tuple(share.tracked.order_id for share in shares),
        payments_shown={
            share.tracked.order_id: shown_by_receipt(share.tracked.snapshot, share.made.total) for share in shares
        },
    )


def _portions(shares: Sequence[Share], store: Store) -> list[tuple[Share, ...]]:
    """The shares of a day in documents that QuickBooks takes: so many lines, and one discount line.

    An order with a line below zero, which many companies refuse, has a document of its own, so that the others go without it.
    """
    apart = store.revenue.discounts == "discount line"  # else the company is known to take them
    others, alone = list[Share](), list[Share]()
    for share in shares:
        is_below_zero = any(line["Amount"] < 0 for line in item_lines(share.made.lines))
        (alone if apart and is_below_zero else others).append(share)
    return [*(some for alike in _by_discount(others) for some in _by_number(alike)), *((share,) for share in alone)]


def _by_discount(shares: Sequence[Share]) -> list[list[Share]]:
    """The shares by what their discount lines say; those without a discount are with the first that has one."""
    details = [_discount_detail(share) for share in shares]
    usual = next(filter(None, details), "")
    found: dict[str, list[Share]] = {}
    for share, detail in zip(shares, details, strict=True):
        found.setdefault(detail or usual, []).append(share)
    return list(found.values())


def _by_number(shares: Sequence[Share]) -> list[tuple[Share, ...]]:
    portions: list[list[Share]] = [[]]
    for share in shares:
        if portions[-1] and sum(one.made.number for one in (*portions[-1], share)) > MOST_LINES:
            portions.append([])
        portions[-1].append(share)
    return [tuple(some) for some in portions if some]


def _discounts(share: Share) -> list[dict[str, Any]]:
    return [line for line in without_gross(share.made.lines) if line["DetailType"] == "DiscountLineDetail"]


def _discount_detail(share: Share) -> str:
    """What the discount line of a share says beside its amount: account and tax code; empty where it has none."""
    return next((repr(line["DiscountLineDetail"]) for line in _discounts(share)), "")


def _together(discounts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """One discount line of several that say the same."""
    return {**discounts[0], "Amount": sum((line["Amount"] for line in discounts), Decimal(0))}


def _taken(day: date, writes: Sequence[Write]) -> int:
    """The highest number of a day that is, or was, on a document of QuickBooks."""
    there = [write for write in writes if write.status is not WriteStatus.REJECTED or write.quickbooks_id]
    return max((int(write.subject.rpartition(" ")[2]) for write in there), default=0)


def _money_of(snapshot: Snapshot, company: Company, store: Store) -> dict[str, Any]:
    """Account and method; a reference would be that of one order among many."""
    paid = charges(snapshot)
    found = money_fields(paid[0] if paid else None, snapshot.order, company, store)
    found.pop("PaymentRefNum", None)
    return found


def _numbered(line: dict[str, Any], order: Order) -> dict[str, Any]:
    return {**line, "Description": f"{order.id}: {line.get('Description', '')}"[:4000].rstrip(": ")}
