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
INCOME, DISCOUNTS, CASH = "Sales of Product Income", "Discounts given", "Undeposited Funds"
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
    moved = [_money(one) for one in sorted(payments, key=lambda one: (one["payment_time"], int(one["id"])))]
    came = [one.amount for one in moved if one.what == "paid"]
    in_parts = len(came) > 1 or bool(order["payment_plan"]) or Decimal(0) < sum(came) < _amount(order["total"])
    way = "invoice and payments" if in_parts else "receipt"
    return Sale(day_of(order["order_time"]), lines, moved, way, returns=INCOME)  # type: ignore[arg-type]


def day_of(moment: str) -> str:
    """The day of a moment in the company's zone."""
    return datetime.fromisoformat(moment).astimezone(ZONE).date().isoformat()


def _line(item: Json) -> Line:
    amount, kind = _amount(item["price_per_unit"]) * item["quantity"], item["item_type"]
    if kind.startswith("DISCOUNT"):
        return Line(DISCOUNTS, -abs(amount))
    return Line(ACCOUNTS.get(kind, INCOME), amount)


def _money(payment: Json) -> Money:
    amount, day = Decimal(str(payment["amount"])), day_of(payment["payment_time"])
    if payment["type"] in ("Adjustment", "Credit"):
        return Money("written off", day, amount, DISCOUNTS)
    return Money("paid" if amount > 0 else "refunded", day, abs(amount), CASH)


def _amount(of: Json) -> Decimal:
    return Decimal(of["amount"]) / 100
