"""Orders, lines, contacts and payments as the sync has read them: the usual ones of `account`, changed as a test says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from order_sync.infusionsoft.reading import contact_from, order_from, payments_from
from order_sync.infusionsoft.records import Address, Contact, Order, OrderItem, Payment
from order_sync.settings.payments import USUAL_KINDS, folded
from order_sync.sync.orders.snapshot import Snapshot
from tests.shop import account

NOON = datetime(2026, 11, 16, 19, tzinfo=UTC)
"""Monday noon in Phoenix, where the sandbox's company is."""
PHOENIX = Address("1 Main St", None, "Phoenix", "AZ", "85001", "USA", "United States")
TUCSON = Address("9 Oak Ave", "Unit 4", "Tucson", "AZ", "85701", "USA", "United States")
ORDER = order_from(account.order(source_type="API", invoice_id="5001"))
CONTACT = replace(contact_from(account.contact(update_time=account.MOMENT)), billing=PHOENIX, shipping=TUCSON)
PAYMENT = replace(payments_from(account.payment("100.00"))[0], paid_at=NOON, updated_at=NOON)
AMOUNTS = ("price", "discount", "total", "total_paid", "refund_total", "amount")


def item(item_type: str = "PRODUCT", price: str = "108.25", **changes: Any) -> OrderItem:
    """A line of an order, of no product that is known."""
    name = "Widget" if item_type == "PRODUCT" else item_type.capitalize()
    usual = {"item_type": item_type, "name": name, "price": price, "product_id": None, "sku": None}
    return replace(ORDER.items[0], **_exact(usual | changes))


def order(*items: OrderItem, **changes: Any) -> Order:
    """A paid order; its total is that of its items unless another is given."""
    lines = items or (item(),)
    total = changes.get("total", sum((line.price * line.quantity for line in lines), Decimal(0)))
    return replace(ORDER, **_exact({"items": lines, "total": total, "total_paid": total} | changes))


def contact(**changes: Any) -> Contact:
    """Ann Lee of Phoenix, who lets ship to Tucson."""
    return replace(CONTACT, **changes)


def payment(amount: str, id: str = "1", **changes: Any) -> Payment:
    """A payment by card of the order's day; below zero, a refund."""
    method = "Credit Card" if Decimal(amount) > 0 else "Refund"
    usual = {"id": id, "amount": amount, "method": method, "external_id": f"ch_{id}"}
    made = replace(PAYMENT, **_exact(usual | changes))
    return made if "kind" in changes else replace(made, kind=USUAL_KINDS.get(folded(made.method or ""), "money"))


def snapshot(of: Order | None = None, by: Contact | None = None, *payments: Payment) -> Snapshot:
    """An order with its contact and payments."""
    return Snapshot(of or order(), by or contact(), payments)


def sale(
    number: int,
    *,
    name: str = "Ada Lovelace",
    email: str | None = "ada@example.com",
    contact_id: str = "7",
    sku: str = "Widget",
    currency: str = "USD",
    address: Address | None = None,
    total: str | None = None,
) -> Snapshot:
    """A paid order of one product; its total is its own, 10.01 for number 1, unless another is given."""
    given, _, family = name.partition(" ")
    of = order(
        item(price=total or str(10 + Decimal(number) / 100), sku=sku, name=sku),
        id=str(number),
        contact_id=contact_id,
        contact_email=email,
        currency=currency,
        created_at=NOON + timedelta(seconds=number),
    )
    by = contact(
        id=contact_id,
        given_name=given or None,
        family_name=family or None,
        emails=(email,) if email else (),
        billing=address or Address(),
        shipping=address or Address(),
    )
    return snapshot(of, by)


def sales(number: int) -> list[Snapshot]:
    """So many orders of the one customer whom the books know."""
    return [sale(one) for one in range(1, number + 1)]


def paid(of: Snapshot, *amounts: str) -> Snapshot:
    """The order with these payments and no others; amounts below zero are refunds."""
    came = sum((Decimal(amount) for amount in amounts if Decimal(amount) > 0), Decimal(0))
    went = sum((-Decimal(amount) for amount in amounts if Decimal(amount) < 0), Decimal(0))
    status = "PAID" if came == of.order.total else "SENT"
    payments = tuple(payment(amount, f"{of.order.id}0{at}", order_id=of.order.id) for at, amount in enumerate(amounts))
    return replace(of, order=replace(of.order, status=status, total_paid=came, refund_total=went), payments=payments)


def people(number: int) -> list[Snapshot]:
    """An order each of so many people whom the books do not know."""
    return [
        sale(one, name=f"Person No{one}", email=f"person{one}@example.com", contact_id=str(one))
        for one in range(1, number + 1)
    ]


def _exact(changes: dict[str, Any]) -> dict[str, Any]:
    """The amounts among these fields, given as text, as `Decimal`."""
    return {name: Decimal(value) if name in AMOUNTS and value is not None else value for name, value in changes.items()}
