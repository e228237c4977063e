"""The products of the seed, and how QuickBooks knows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Product:
    """A product; `price` in cents, `books` says by what its QuickBooks item can be found, if there is one."""

    id: int
    name: str
    sku: str | None
    price: int
    taxable: bool
    shippable: bool
    books: Literal["sku", "name"] | None


PRODUCTS = tuple(
    Product(11 + place, *columns)  # type: ignore[arg-type]
    for place, columns in enumerate(
        (
            ("Field Notebook", "NB-001", 1250, True, True, "sku"),
            ("Field Notebook, dotted", "NB-002", 1350, True, True, "sku"),
            ("Fountain Pen", "PEN-010", 4800, True, True, "sku"),
            ("Ink, Café Brown", "INK-020", 1695, True, True, "sku"),
            ("Ink, Midnight", "INK-021", 1695, True, True, "sku"),
            ("Desk Mat", "MAT-003", 3999, True, True, "sku"),
            ("Leather Sleeve", "SLV-007", 7450, True, True, "sku"),
            ("Pencil Set & Sharpener", "PCL-012", 2205, True, True, "sku"),
            ("Wall Calendar", "CAL-2027", 1899, True, True, "sku"),
            ("Gift Wrap", "WRAP-1", 350, False, False, "sku"),
            ("Handwriting Course", "CRS-100", 19900, False, False, "sku"),
            ("Calligraphy Workshop", "CRS-200", 24950, False, False, "sku"),
            ("Paper Sampler", "SMP-005", 999, True, True, "sku"),
            ("Sticker Sheet", "STK-001", 425, True, True, "sku"),
            # The item in the books has no SKU, or the product has none.
            ("Studio Membership", "MEM-001", 2900, False, False, "name"),
            ("Brush Pen Trio", "BRP-003", 1875, True, True, "name"),
            ("Consulting Hour", None, 12500, False, False, "name"),
            ("Custom Embossing", None, 2333, False, False, "name"),
            # Not in the books at all, with and without SKU.
            ("Limited Print 🌵", "PRT-777", 6500, True, True, None),
            ("Birthday Box", "BOX-009", 5499, True, True, None),
            ("Donation", None, 1000, False, False, None),
        )
    )
)


def product_body(product: Product, currency: str) -> dict[str, Any]:
    """The product as REST v2 gives it."""
    return {
        "id": str(product.id),
        "name": product.name,
        "sku": product.sku,
        "price": money(product.price, currency),
        "active": True,
        "description": f"{product.name} from our own workshop",
        "short_description": product.name,
        "taxable": product.taxable,
        "shippable": product.shippable,
        "categories": [],
        "options": [],
        "subscription_only": False,
        "subscription_plans": [],
        "create_time": "2025-01-07T16:00:00.000Z",
        "update_time": "2026-03-02T16:00:00.000Z",
    }


def money(cents: int, currency: str) -> dict[str, Any]:
    """A `CurrencyValue`: the amount is an integer in the smallest unit of the currency."""
    sign, whole, rest = "-" if cents < 0 else "", *divmod(abs(cents), 100)
    return {"amount": cents, "currency_code": currency, "formatted_amount": f"{sign}${whole:,}.{rest:02}"}
