"""What the customer of an order still owes by the books: its invoice, then what was given back and is owed again; and what pays it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from order_sync.sync.orders.kinds import Entity, Kind
from order_sync.sync.orders.tracked import TrackedOrder
from order_sync.sync.orders.write import Write

LINKED = {Entity.INVOICE: "Invoice", Entity.EXPENSE: "Expense"}
"""What a payment calls that which it pays."""

Receivable = dict[tuple[str, str], Decimal]
"""What is still open, by what a payment calls it and its id; who pays of it takes it off."""

_ZERO = Decimal(0)


def still_open(tracked: TrackedOrder) -> Receivable:
    """What is open of an order's invoice, and of its expenses, after all payments and credit memos that are recorded."""
    invoice_id = (tracked.original.quickbooks_id if tracked.original else None) or ""
    owed = {(LINKED[Entity.INVOICE], invoice_id): tracked.total}
    for write in (*tracked.recorded(Kind.REFUND).values(), *tracked.recorded(Kind.REVERSAL).values()):
        if write.entity is Entity.EXPENSE:
            owed[LINKED[Entity.EXPENSE], write.quickbooks_id or ""] = write.total or _ZERO
    for kind in (Kind.PAYMENT, Kind.APPLICATION):
        for write in tracked.recorded(kind).values():
            for link, amount in links_of(write):
                owed[link] = owed.get(link, _ZERO) - amount
    return owed


def pay(amount: Decimal, owed: Receivable) -> tuple[list[dict[str, Any]], Decimal]:
    """The lines by which so much pays what is open, taken off it; and what is left that pays nothing."""
    lines, left = list[dict[str, Any]](), amount
    for (kind, id), open_amount in owed.items():
        if (pays := min(left, max(open_amount, _ZERO))) > 0:
            lines.append(line_of(pays, kind, id))
            owed[kind, id] -= pays
            left -= pays
    return lines, left


def line_of(amount: Decimal, kind: str, id: str) -> dict[str, Any]:
    """A line of a payment: how much it has to do with one record."""
    return {"Amount": amount, "LinkedTxn": [{"TxnId": id, "TxnType": kind}]}


def links_of(write: Write) -> Iterator[tuple[tuple[str, str], Decimal]]:
    """What a recorded payment pays, and how much of it; what pays, as a credit memo, is left out."""
    for line in json.loads(write.payload, parse_float=Decimal).get("Line", ()):
        [linked] = line["LinkedTxn"]
        if linked["TxnType"] in LINKED.values():
            yield (linked["TxnType"], linked["TxnId"]), Decimal(line["Amount"])


def applied(write: Write, to: Entity | None = None) -> Decimal:
    """What of a recorded payment pays something; or only what pays records of one kind."""
    wanted = LINKED.values() if to is None else (LINKED[to],)
    return sum((amount for (kind, _id), amount in links_of(write) if kind in wanted), _ZERO)
