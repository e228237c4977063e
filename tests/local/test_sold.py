"""What an order of the seed is to an accountant, by how the demo's store is set."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from include.local.books import balances
from include.local.sold import sale_from

UF, AR, SALES, STP, BAD_DEBT = (
    "Undeposited Funds",
    "Accounts Receivable (A/R)",
    "Sales of Product Income",
    "Sales Tax Payable",
    "Bad Debt",
)
DISCOUNTS = "Discounts given"
PLAN = {"number_of_payments": 3}


def order(*, off: int = 0, plan: dict[str, int] | None = None) -> dict[str, Any]:
    """Goods of 100.00 with 8.60 of tax, less a discount."""
    items = {"PRODUCT": 10_000, "TAX": 860, "DISCOUNT": off}
    return {
        "order_time": "2026-11-16T19:00:00.000Z",
        "total": {"amount": 10_860 - off},
        "payment_plan": plan,
        "order_items": [
            {"item_type": kind, "price_per_unit": {"amount": amount}, "quantity": 1}
            for kind, amount in items.items()
            if amount
        ],
    }


def payments(*of: tuple[str, str], refunds: str | None = None) -> list[dict[str, Any]]:
    """One a day; of those that are linked, the last is the refund."""
    return [
        {
            "id": str(place),
            "type": kind,
            "amount": float(amount),
            "payment_time": f"2026-11-{16 + place}T20:00:00Z",
            "refund_payment_id": str(len(of)) if kind == refunds else None,
        }
        for place, (kind, amount) in enumerate(of, 1)
    ]


CARD, PAYPAL = "Credit Card", "PayPal"


@pytest.mark.parametrize(
    ("of", "moved", "expected"),
    [
        (
            order(),
            payments((CARD, "88.60"), ("Adjustment", "20.00")),
            {UF: "88.60", BAD_DEBT: "18.42", SALES: "-100.00", STP: "-7.02"},
        ),
        (
            order(),
            payments((CARD, "88.60"), ("Credit", "20.00")),
            {UF: "88.60", DISCOUNTS: "18.42", SALES: "-100.00", STP: "-7.02"},
        ),
        (
            order(plan=PLAN),
            payments((CARD, "88.60"), ("Credit", "20.00")),
            {UF: "88.60", SALES: "-81.58", STP: "-7.02"},
        ),
        (
            order(off=1000),
            payments((CARD, "78.60"), ("Adjustment", "20.00")),
            {UF: "78.60", DISCOUNTS: "10.00", BAD_DEBT: "18.26", SALES: "-100.00", STP: "-6.86"},
        ),
        (order(), payments(("Adjustment", "108.60")), {}),
        (order(), payments((CARD, "40.00")), {UF: "40.00", AR: "68.60", SALES: "-100.00", STP: "-8.60"}),
        (
            order(plan=PLAN),
            payments((CARD, "40.00"), ("Refund", "-40.00")),
            {AR: "108.60", SALES: "-100.00", STP: "-8.60"},
        ),
        (
            order(),
            payments((CARD, "108.60"), ("Refund", "-10.86"), ("Credit", "10.86")),
            {UF: "97.74", SALES: "-90.00", STP: "-7.74"},
        ),
        (
            order(),
            payments((CARD, "48.60"), (PAYPAL, "60.00")),
            {UF: "48.60", "Checking": "60.00", SALES: "-100.00", STP: "-8.60"},
        ),
        (
            order(),
            payments((CARD, "48.60"), (PAYPAL, "60.00"), ("Refund", "-10.86"), refunds=PAYPAL),
            {UF: "48.60", "Checking": "49.14", SALES: "-90.00", STP: "-7.74"},
        ),
    ],
    ids=[
        "written off of a receipt",
        "credited on a receipt",
        "credited of a plan",
        "written off beside a discount",
        "wholly written off",
        "a part has come",
        "given back of a plan",
        "given back with a credit",
        "into two accounts",
        "given back out of the account that it is in",
    ],
)
def test_what_the_accounts_must_show(of: dict[str, Any], moved: list[dict[str, Any]], expected: dict[str, str]) -> None:
    assert balances(sale_from(of, moved)) == {account: Decimal(amount) for account, amount in expected.items()}
