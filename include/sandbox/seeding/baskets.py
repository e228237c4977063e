"""What is in an order: its lines, whose sum is the order's total, to the cent."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from include.sandbox.seeding.catalogue import PRODUCTS, Product, money

DISCOUNTS = frozenset({"DISCOUNT", "DISCOUNT_ORDER_TOTAL", "DISCOUNT_PRODUCT"})
TAX_PER_MILLE = 86


@dataclass(frozen=True)
class Line:
    """A line; `price` is what one unit costs, in cents, or what a discount takes off."""

    item_type: str
    name: str
    price: int
    quantity: int = 1
    product: Product | None = None
    percent: int | None = None
    description: str | None = None

    @property
    def amount(self) -> int:
        """What the line adds to the total, in cents: discounts take away, whatever their sign on the wire."""
        return -self.price * self.quantity if self.item_type in DISCOUNTS else self.price * self.quantity


def total(lines: Sequence[Line]) -> int:
    """The total of an order, in cents."""
    return sum(line.amount for line in lines)


def line_body(id: int, line: Line, currency: str) -> dict[str, Any]:
    """The line as REST v2 gives it."""
    discount = line.item_type in DISCOUNTS
    # The service does not say which sign a discount's price has, and both were seen.
    price = -line.price if line.item_type == "DISCOUNT_ORDER_TOTAL" else line.price
    body: dict[str, Any] = {
        "id": str(id),
        "item_type": line.item_type,
        "name": line.name,
        "description": line.description,
        "notes": None,
        "quantity": line.quantity,
        "price_per_unit": money(price, currency),
        "cost_per_unit": money(0, currency),
        "discount": money(line.price, currency) if discount else None,
        "special": None,
        "product": None,
    }
    if discount:
        method = ("PERCENT", line.percent) if line.percent else ("AMOUNT", line.price / 100)
        body["special"] = {"amount": method[1], "special_item_id": "3", "discount_method": method[0]}
    if line.item_type == "SUBSCRIPTION":
        body["subscription_id"] = str(id + 40_000)
        body["subscription_plan"] = {"id": "2", "frequency": 1, "active": True, "plan_price": money(price, currency)}
    if line.product:
        body["product"] = {
            "id": str(line.product.id),
            "name": line.product.name,
            "sku": line.product.sku,
            "description": None,
            "shippable": line.product.shippable,
            "taxable": line.product.taxable,
        }
    return body


def basket(choose: random.Random, special: str, *, taxed: bool = False) -> list[Line]:
    """The lines of an order; `special` is one of SPECIALS, or "plain". `taxed` sees that tax is charged of what is sold."""
    if special in WHOLE:
        return WHOLE[special](choose)
    lines = [
        sold(product, choose.choice((1, 1, 1, 2, 3)))
        for product in choose.sample(_sold_by_sku(taxed=taxed), choose.randint(1, 3))
    ]
    if special in MORE:
        lines.append(MORE[special](choose, lines))
    if any(line.product and line.product.shippable for line in lines) and choose.random() < 0.5:
        lines.append(_shipping(choose))
    if special != "tax" and (choose.random() < 0.4 or taxed):
        lines.append(_tax(lines))
    return [line for line in lines if line.price]


def sold(product: Product, quantity: int = 1) -> Line:
    """A line for a product at its price."""
    return Line("PRODUCT", product.name, product.price, quantity, product)


def _sold_by_sku(*, taxed: bool) -> list[Product]:
    return [one for one in PRODUCTS if one.books == "sku" and (one.taxable or not taxed)]


def _of(books: str | None, choose: random.Random, sku: bool = True) -> Product:
    return choose.choice([one for one in PRODUCTS if one.books == books and (one.sku is not None) == sku])


def _shipping(choose: random.Random) -> Line:
    return Line("SHIPPING", "Shipping", choose.choice((495, 795, 1250)))


def _tax(lines: Sequence[Line]) -> Line:
    taxed = sum(line.amount for line in lines if line.product is None or line.product.taxable)
    return Line("TAX", "Sales Tax", (max(taxed, 0) * TAX_PER_MILLE + 500) // 1000)


def _percent_off(lines: Sequence[Line], percent: int) -> Line:
    off = (total(lines) * percent + 50) // 100
    return Line("DISCOUNT_ORDER_TOTAL", f"{percent} % off", off, percent=percent)


def _free_by_discount(choose: random.Random) -> list[Line]:
    line = sold(choose.choice(PRODUCTS))
    return [line, Line("DISCOUNT_ORDER_TOTAL", "On the house", line.price, percent=100)]


def _uneven(choose: random.Random) -> list[Line]:
    """Three for ten dollars: no price per unit gives that, so the service's own rounding line does."""
    product = PRODUCTS[13]
    return [replace(sold(product, 3), price=333), Line("OTHER", "Rounding", 1)]


# Lines that are added to a few products.
MORE: dict[str, Callable[[random.Random, Sequence[Line]], Line]] = {
    "discount": lambda choose, lines: Line("DISCOUNT", "Loyalty", 200),
    "order_discount": lambda choose, lines: _percent_off(lines, choose.choice((10, 15, 33))),
    "product_discount": lambda choose, lines: Line("DISCOUNT_PRODUCT", f"Sale: {lines[0].name}", lines[0].price // 4),
    "shipping": lambda choose, lines: _shipping(choose),
    "tax": lambda choose, lines: Line("TAX", "Sales Tax", 825),
    "tip": lambda choose, lines: Line("TIP", "Tip", choose.choice((100, 250, 500))),
    "fee": lambda choose, lines: Line("FEE", "Handling fee", 199),
    "finance_charge": lambda choose, lines: Line("FINANCE_CHARGE", "Finance charge", 312),
    "service": lambda choose, lines: Line("SERVICE", "Engraving", 1500),
    "upsell": lambda choose, lines: replace(sold(PRODUCTS[9]), item_type="UPSELL"),
    "deleted_product": lambda choose, lines: Line("PRODUCT", "Discontinued Planner", 2150),
    "emoji": lambda choose, lines: replace(sold(PRODUCTS[12]), description="Danke schön! 🎁✨"),
}
# Orders that are all their own.
WHOLE: dict[str, Callable[[random.Random], list[Line]]] = {
    "no_items": lambda choose: [],
    "free_product": lambda choose: [replace(sold(choose.choice(PRODUCTS)), price=0)],
    "free_by_discount": _free_by_discount,
    "uneven": _uneven,
    "no_sku": lambda choose: [sold(_of("name", choose, sku=False), 2)],
    "by_name_only": lambda choose: [sold(_of("name", choose))],
    "not_in_books": lambda choose: [sold(_of(None, choose))],
    "neither_sku_nor_item": lambda choose: [sold(_of(None, choose, sku=False))],
    "many_lines": lambda choose: [sold(product, choose.randint(1, 12)) for product in choose.sample(PRODUCTS, 9)],
    "subscription": lambda choose: [replace(sold(PRODUCTS[14]), item_type="SUBSCRIPTION")],
    "from_quickbooks": lambda choose: [sold(PRODUCTS[0], 2)],
}
SPECIALS = (*MORE, *WHOLE)
