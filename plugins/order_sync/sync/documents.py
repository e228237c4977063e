"""An order as a QuickBooks document: pure functions from the order, its customer and the company's lists to the exact JSON.

The document must come to the order's total to the cent ("Total" in docs/settings.md): where its lines do not, the order is held; a
balancing line is never added. Taxes are booked as the store charged them, on an item of their own, so that QuickBooks computes none.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from order_sync.errors import RecordRefused
from order_sync.infusionsoft.records import Order, OrderItem
from order_sync.money import exponent
from order_sync.quickbooks.client import encode
from order_sync.settings import Store
from order_sync.store.ledger import Intent
from order_sync.sync.addresses import physical_address
from order_sync.sync.books import Books
from order_sync.sync.snapshot import Snapshot

NUMBER_LENGTH = 21  # DocNumber
SHIPPING_ITEM = "SHIPPING_ITEM_ID"  # QuickBooks' own item for the shipping line

_DISCOUNTS = frozenset(
    {
        "DISCOUNT",
        "DISCOUNT_FREE_TRIAL",
        "DISCOUNT_ORDER_TOTAL",
        "DISCOUNT_PRODUCT",
        "DISCOUNT_PRODUCT_CATEGORY",
        "DISCOUNT_SHIPPING",
    }
)


@dataclass(frozen=True, slots=True)
class Document:
    """A document to post: what it is in QuickBooks, its exact JSON, its total, and what a person should know: (code, words)."""

    entity: str
    body: dict[str, Any]
    total: Decimal
    warnings: tuple[tuple[str, str], ...]


def sales_receipt(
    snapshot: Snapshot, customer_id: str, books: Books, store: Store, *, own_addresses: bool = True
) -> Document:
    """The sales receipt of a paid order; raises RecordRefused (code and advice) where the order cannot be recorded as it is.

    Without `own_addresses` it names none, and QuickBooks takes its customer's.
    """
    order = snapshot.order
    if order.currency != books.home_currency:
        raise RecordRefused(
            f"The order is in {order.currency}, the QuickBooks company keeps its books in {books.home_currency}.",
            advice="Enter it in QuickBooks by hand.",
            code="CURRENCY",
        )
    lines, warnings = _lines(order, books)
    body: dict[str, Any] = {
        "DocNumber": document_number(order, store),
        "TxnDate": order.ordered_at.astimezone(store.zone).date().isoformat(),
        "CustomerRef": {"value": customer_id},
        "Line": lines,
        "PrivateNote": marker(order.id, store.name),
    }
    if snapshot.email and len(snapshot.email) <= 100:
        body["BillEmail"] = {"Address": snapshot.email}
    for field, address in (("BillAddr", snapshot.billing), ("ShipAddr", snapshot.shipping)):
        if own_addresses and not address.is_empty:
            body[field] = physical_address(address)
    _check_total(order, _total_of(lines))
    return Document("SalesReceipt", body, order.total, tuple(warnings))


def document_number(order: Order, store: Store) -> str:
    """Prefix and order id; RecordRefused where they make more than QuickBooks' 21 characters."""
    number = f"{store.revenue.number_prefix}{order.id}"
    if len(number) > NUMBER_LENGTH:
        raise RecordRefused(
            f"The document number {number} is longer than QuickBooks' {NUMBER_LENGTH} characters.",
            advice="Set a shorter revenue.number_prefix.",
            code="NUMBER_LENGTH",
        )
    return number


def marker(order_id: str, store: str) -> str:
    """The private note by which a document is known to be ours; two stores of one company may have orders of the same id."""
    return f"Infusionsoft order {order_id} (store {store})"


def intent(document: Document, order: Order, content_hash: str) -> Intent:
    """The ledger's intent for a document: its payload is frozen as the exact text that is sent."""
    return Intent(
        "document", order.id, document.entity, encode(document.body), document.total, order.currency, content_hash
    )


def _lines(order: Order, books: Books) -> tuple[list[dict[str, Any]], list[tuple[str, str]]]:
    lines: list[dict[str, Any]] = []
    warnings: list[tuple[str, str]] = []
    discount = Decimal(0)
    for item in order.items:
        match item.item_type:
            case kind if kind in _DISCOUNTS:
                discount += _discount(item, order.currency)
            case "SHIPPING":
                if not books.allows_shipping:
                    raise RecordRefused(
                        "The order has a shipping charge, and the QuickBooks company does not allow shipping lines.",
                        advice="In QuickBooks, switch on Account and settings → Sales → Shipping.",
                        code="SHIPPING_OFF",
                    )
                lines.append(_line(_amount(item, order.currency), SHIPPING_ITEM, item))
            case "TAX":
                lines.append(_line(_amount(item, order.currency), books.tax_item, item))
            case "TIP":
                lines.append(_line(_amount(item, order.currency), books.tip_item, item))
            case "FEE" | "FINANCE_CHARGE":
                lines.append(_line(_amount(item, order.currency), books.fee_item, item))
            case _:
                item_id, warning = _product(item, books)
                warnings.extend([warning] if warning else [])
                lines.append(
                    _line(_amount(item, order.currency), item_id, item, quantity=item.quantity, price=item.price)
                )
    if not order.items:
        lines.append(_line(order.total, books.standard_item, None, description=order.title))
        warnings.append(("NO_ITEMS", "The order has no items; its total is booked to the standard item."))
    if discount:
        lines.append(_discount_line(discount, books))
    return lines, warnings


def _product(item: OrderItem, books: Books) -> tuple[str, tuple[str, str] | None]:
    sku, name = (item.sku or "").strip(), (item.product_name or item.name or "").strip()
    for criterion, key, known in (("SKU", sku, books.items_by_sku), ("name", name, books.items_by_name)):
        found = known.get(key, ()) if key else ()
        if len(found) == 1:
            return found[0], None
        if found:
            raise RecordRefused(
                f"QuickBooks has {len(found)} active items with the {criterion} '{key}'.",
                advice="Give each its own, or make all but one inactive; the next run records the order.",
                code="ITEM_AMBIGUOUS",
            )
    words = f"QuickBooks has no item for '{sku or name or 'a nameless product'}'; the standard item took it."
    return books.standard_item, ("ITEM_UNKNOWN", words)


def _line(
    amount: Decimal,
    item_id: str,
    item: OrderItem | None,
    *,
    quantity: Decimal | None = None,
    price: Decimal | None = None,
    description: str | None = None,
) -> dict[str, Any]:
    detail: dict[str, Any] = {"ItemRef": {"value": item_id}, "TaxCodeRef": {"value": "NON"}}
    if quantity is not None and price is not None:
        detail |= {"Qty": quantity, "UnitPrice": price}
    line: dict[str, Any] = {"DetailType": "SalesItemLineDetail", "Amount": amount, "SalesItemLineDetail": detail}
    if text := description or (item and (item.name or item.description)):
        line["Description"] = text[:4000]
    return line


def _discount_line(amount: Decimal, books: Books) -> dict[str, Any]:
    if not books.allows_discount:
        raise RecordRefused(
            "The order has a discount, and the QuickBooks company does not allow discount lines.",
            advice="In QuickBooks, switch on Account and settings → Sales → Discount.",
            code="DISCOUNT_OFF",
        )
    detail: dict[str, Any] = {"PercentBased": False}
    if books.discount_account:
        detail["DiscountAccountRef"] = {"value": books.discount_account}
    return {"DetailType": "DiscountLineDetail", "Amount": amount, "DiscountLineDetail": detail}


def _amount(item: OrderItem, currency: str) -> Decimal:
    # QuickBooks rounds a line to the smallest unit, halves away from zero; the total check answers for the sum.
    return (item.price * item.quantity).quantize(Decimal(1).scaleb(-exponent(currency)), ROUND_HALF_UP)


def _discount(item: OrderItem, currency: str) -> Decimal:
    # Whether a discount's amount stands in its price or in `discount`, and with which sign, is not documented.
    return abs(_amount(item, currency)) or abs(item.discount or Decimal(0))


def _total_of(lines: list[dict[str, Any]]) -> Decimal:
    return sum(
        (-line["Amount"] if line["DetailType"] == "DiscountLineDetail" else line["Amount"] for line in lines),
        Decimal(0),
    )


def _check_total(order: Order, total: Decimal) -> None:
    if total != order.total:
        raise RecordRefused(
            f"The order's lines come to {total} {order.currency}, its total is {order.total}: a difference of {order.total - total}.",
            advice="Correct the order in Infusionsoft, or enter it in QuickBooks by hand; no balancing line is ever added.",
            code="TOTAL_DIFFERS",
        )
