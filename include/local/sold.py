"""An order of the seeded Infusionsoft account as the accountant's model takes it, by what the demo's store is set to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from include.local.books import Line, Money, Sale

Json = Mapping[str, Any]
ZONE = ZoneInfo("America/Phoenix")
INCOME, DISCOUNTS = "Sales of Product Income", "Discounts given"
CASH = {"PayPal": "Checking"}
"""Where money of a type goes; all other goes to Undeposited Funds."""
FORGIVING = {"Adjustment": "Bad Debt", "Credit": DISCOUNTS}
"""The types of payments by which a customer need not pay, and the account that bears the loss."""
ACCOUNTS = {
    "SHIPPING": "Shipping Income",
    "TAX": "Sales Tax Payable",
    "TIP": "Tips Payable",
    "FEE": "Fee Income",
    "FINANCE_CHARGE": "Fee Income",
}


def sale_from(order: Json, payments: Sequence[Json]) -> Sale:
    """An order with its payments, as the service's v2 has both."""
    lines = [_line(item) for item in order["order_items"]] or [Line(INCOME, _amount(order["total"]))]
    by_age = sorted(payments, key=lambda one: (one["payment_time"], int(one["id"])))
    moved = [_money(one, _given_back(one, by_age)) for one in by_age]
    came, off = ([one for one in moved if one.what == what] for what in ("paid", "written off"))
    paid, total = sum(one.amount for one in came), _amount(order["total"])
    is_open = Decimal(0) < paid and paid + sum(one.amount for one in off) < total
    # A sales receipt has one line for what is taken off.
    taken_off = {one.account for one in off if paid < total} | {one.account for one in lines if one.amount < 0}
    if len(came) > 1 or order["payment_plan"] or is_open or len(taken_off) > 1:
        # A credit memo has no discount line: it takes off the sales themselves.
        moved = [one._replace(account=INCOME) if one.account == DISCOUNTS else one for one in moved]
        return Sale(day_of(order["order_time"]), lines, moved, "invoice and payments", returns=INCOME)
    return Sale(day_of(order["order_time"]), lines, moved, "receipt", returns=INCOME)


def day_of(moment: str) -> str:
    """The day of a moment in the company's zone."""
    return datetime.fromisoformat(moment).astimezone(ZONE).date().isoformat()


def _line(item: Json) -> Line:
    amount, kind = _amount(item["price_per_unit"]) * item["quantity"], item["item_type"]
    if kind.startswith("DISCOUNT"):
        return Line(DISCOUNTS, -abs(amount))
    return Line(ACCOUNTS.get(kind, INCOME), amount)


def is_money(payment: Json) -> bool:
    """Whether a payment moved money."""
    return payment["type"] not in FORGIVING


def _given_back(refund: Json, payments: Sequence[Json]) -> Json:
    """The payment that a refund gives back: the one that says so, else the first; of a payment itself, that."""
    if refund["amount"] > 0:
        return refund
    came = [one for one in payments if one["amount"] > 0 and is_money(one)]
    return next((one for one in came if one["refund_payment_id"] == refund["id"]), came[0])


def _money(payment: Json, of: Json) -> Money:
    amount, day = Decimal(str(payment["amount"])), day_of(payment["payment_time"])
    if not is_money(payment):
        return Money("written off", day, amount, FORGIVING[payment["type"]])
    return Money("paid" if amount > 0 else "refunded", day, abs(amount), CASH.get(of["type"], "Undeposited Funds"))


def _amount(of: Json) -> Decimal:
    return Decimal(of["amount"]) / 100
