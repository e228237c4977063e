"""The lines of a sale: pure functions from the lines of an order; its tax is in `tax`.

Amounts are rounded as QuickBooks rounds them, halves away from zero. QuickBooks refuses a line whose amount is not unit price times
quantity (6070); here it always is, because the amount is made from the two. Of a currency without cents, where QuickBooks would see
a fraction, quantity and price are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from order_sync.infusionsoft.records import Order, OrderItem
from order_sync.money import exponent
from order_sync.settings import Store
from order_sync.settings.taxes import folded_tax
from order_sync.sync.company.company import SHIPPING_ITEM, Company
from order_sync.sync.company.products import identify, is_discount, is_product, product_of, without_item
from order_sync.sync.documents.bundle import components, item_lines
from order_sync.sync.documents.tax import (
    amount_of,
    charged_tax,
    check_rates,
    check_taxes,
    named_rates,
    net_of_tax,
    tax_fields,
    tax_lines_of,
    without_gross,
)
from order_sync.sync.documents.tax_codes import Shares, line_codes, untold_codes
from order_sync.sync.orders.codes import Code, refusal
from order_sync.sync.orders.snapshot import Snapshot
from order_sync.sync.orders.tracked import Customer

DESCRIPTION_LENGTH = 4000

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines as QuickBooks takes them, what they come to with the tax, and that tax: None where nobody minds it."""

    lines: tuple[dict[str, Any], ...]
    total: Decimal
    tax: Decimal | None = None
    tax_fields: dict[str, Any] = field(default_factory=dict)
    warnings: tuple[tuple[str, str], ...] = ()

    @property
    def number(self) -> int:
        """How many lines a document has of these, those inside bundles too."""
        return len(self.lines) + sum(len(line.get("GroupLineDetail", {}).get("Line", ())) for line in self.lines)


def sale_lines(
    snapshot: Snapshot, customer: Customer, company: Company, store: Store, *, class_id: str | None = None
) -> Lines:
    """The lines of an order; raises RecordRefused (code and advice) for what the company or the settings do not take."""
    order = snapshot.order
    tax = charged_tax(order)
    check_taxes(order, company, store)
    lines: list[dict[str, Any]] = []
    warnings: list[tuple[str, str]] = []
    discounts: list[tuple[OrderItem, Shares]] = []
    netted = _netted_taxes(order, company)
    for item, shares in zip(order.items, line_codes(snapshot, customer, company, store), strict=True):
        code = shares[0][0] if shares else company.untaxed_lines
        if is_discount(item):
            discounts.append((item, shares))
        elif item.item_type == "TAX":
            tax_item = _tax_item(item, company)
            amount = netted.pop(tax_item, None) if netted is not None else amount_of(item, order.currency)
            if store.taxes.record_as == "line item" and amount is not None:
                lines.append(_line(amount, tax_item, code, _text(item)))
        elif is_product(item):
            item_id, found = _product(item, company, store)
            warnings += found
            lines.append(_product_line(item, item_id, code, order.currency, company, store))
        else:
            lines.append(_line(amount_of(item, order.currency), _other_item(item, company), code, _text(item)))
    if not order.items:
        lines.append(_line(order.total, company.lines.standard, company.untaxed_lines, order.title))
        warnings.append((Code.NO_ITEMS, "The order has no items; its total is booked to the standard item."))
    if not lines:
        raise refusal(
            Code.NO_ITEMS, "The order has no line that sells something, and QuickBooks takes no document without one."
        )
    lines += _discount_lines(discounts, company, store)
    if class_id:
        lines = [_with_class(line, class_id) for line in lines]
    if store.taxes.prices == "with tax" and not company.in_united_states:
        lines, tax = net_of_tax(lines, company, order.currency)
        if exponent(order.currency) < 2:
            lines = without_gross(lines)  # whose gross amounts QuickBooks would see another net of, with cents
    elif store.taxes.on_lines and not company.in_united_states:
        check_rates(order, tax, lines, company)
    warnings += untold_codes(snapshot, customer, company, store)
    by_rate = named_rates(order, company)
    expected, fields = tax_fields(tax, lines, company, store, order.currency, by_rate)
    total = lines_total(lines) + (tax if store.taxes.on_lines else _ZERO)
    return Lines(tuple(lines), total, expected, fields, tuple(warnings))


def single_line(
    amount: Decimal, item_id: str, company: Company, text: str, class_id: str | None = None
) -> dict[str, Any]:
    """A line of its own that is not taxed."""
    line = _line(amount, item_id, company.untaxed_lines, text)
    return _with_class(line, class_id) if class_id else line


def discount_line(amount: Decimal, company: Company, code: str | None = None) -> dict[str, Any]:
    """The one discount line that a document may have; RecordRefused where the company has none.

    `code` is its tax code, which outside the United States it must have.
    """
    if not company.allows_discount:
        raise refusal(
            Code.DISCOUNT_OFF,
            "The order has a discount or a write-off, and the QuickBooks company does not allow discount lines.",
        )
    detail: dict[str, Any] = {"PercentBased": False}
    if company.discount_account:
        detail["DiscountAccountRef"] = {"value": company.discount_account}
    if not company.in_united_states:
        detail["TaxCodeRef"] = {"value": code or company.untaxed_lines}
    return {"DetailType": "DiscountLineDetail", "Amount": amount, "DiscountLineDetail": detail}


def lines_total(lines: Sequence[dict[str, Any]]) -> Decimal:
    """What lines come to, discount lines taken off."""
    off = (line["Amount"] for line in lines if line["DetailType"] == "DiscountLineDetail")
    return sum((line["Amount"] for line in item_lines(lines)), _ZERO) - sum(off, _ZERO)


def _product_line(
    item: OrderItem, item_id: str, code: str, currency: str, company: Company, store: Store
) -> dict[str, Any]:
    amount, text = amount_of(item, currency), _description(item, item_id, company, store)
    bundle = company.items.bundles.get(item_id)
    if bundle is None:
        return _line(amount, item_id, code, text, **_count(item.quantity, item.price, amount, currency))
    inside = [
        _line(one.amount, one.item_id, code, None, **_count(one.quantity, one.price, one.amount, currency))
        for one in components(item, amount, bundle, currency)
    ]
    detail = {"GroupItemRef": {"value": item_id}, "Quantity": item.quantity, "Line": inside}
    line: dict[str, Any] = {"DetailType": "GroupLineDetail", "GroupLineDetail": detail}
    return _described(line, text)


def _count(quantity: Decimal, price: Decimal, amount: Decimal, currency: str) -> dict[str, Decimal]:
    is_exact = exponent(currency) or price * quantity == amount
    return {"quantity": quantity, "price": price} if is_exact else {}


def _product(item: OrderItem, company: Company, store: Store) -> tuple[str, list[tuple[str, str]]]:
    product = product_of(item)
    found = identify(product, store.products, company.items)
    if found is not None:
        return found, []
    words = without_item(product, company.items)
    if store.products.not_found == "standard" or not (product.sku or product.name):
        return company.lines.standard, [(Code.ITEM_UNKNOWN, f"{words}; the standard item took it.")]
    raise refusal(Code.ITEM_UNKNOWN, f"{words}.")


def _other_item(item: OrderItem, company: Company) -> str:
    match item.item_type:
        case "SHIPPING":
            if company.lines.shipping == SHIPPING_ITEM and not company.allows_shipping:
                words = "The order has a shipping charge, and the QuickBooks company does not allow shipping lines."
                raise refusal(Code.SHIPPING_OFF, words)
            return company.lines.shipping
        case "TIP":
            return company.lines.tip
        case "FINANCE_CHARGE":
            return company.lines.finance_charge
        case _:
            return company.lines.fee


def _tax_item(item: OrderItem, company: Company) -> str:
    return company.taxes.items.get(folded_tax(item.name), company.lines.tax)


def _netted_taxes(order: Order, company: Company) -> dict[str, Decimal] | None:
    """What the taxes of each item come to, where one takes off what another charged: QuickBooks takes no line below zero; else None."""
    taxes = [(_tax_item(item, company), amount_of(item, order.currency)) for item in tax_lines_of(order)]
    if all(amount >= 0 for _item, amount in taxes):
        return None
    found: dict[str, Decimal] = {}
    for item_id, amount in taxes:
        found[item_id] = found.get(item_id, _ZERO) + amount
    return found


def _discount_lines(
    discounts: Sequence[tuple[OrderItem, Shares]], company: Company, store: Store
) -> list[dict[str, Any]]:
    if store.revenue.discounts == "negative lines":
        item_id = str(company.lines.discount)
        return [
            _line(-amount, item_id, code, _text(item))
            for item, shares in discounts
            for code, amount in shares
            if amount
        ]
    shares = [share for _item, some in discounts for share in some]
    together = sum((amount for _code, amount in shares), _ZERO)
    return [discount_line(together, company, shares[0][0])] if together else []


def _description(item: OrderItem, item_id: str, company: Company, store: Store) -> str | None:
    match store.revenue.line_description:
        case "order's own":
            return item.description or item.name
        case "QuickBooks' description":
            return company.items.descriptions.get(item_id) or _text(item)
        case _:
            return _text(item)


def _text(item: OrderItem) -> str | None:
    return item.name or item.description


def _line(
    amount: Decimal,
    item_id: str,
    tax_code: str,
    text: str | None,
    *,
    quantity: Decimal | None = None,
    price: Decimal | None = None,
) -> dict[str, Any]:
    detail: dict[str, Any] = {"ItemRef": {"value": item_id}, "TaxCodeRef": {"value": tax_code}}
    if quantity is not None and price is not None:
        detail |= {"Qty": quantity, "UnitPrice": price}
    line: dict[str, Any] = {"DetailType": "SalesItemLineDetail", "Amount": amount, "SalesItemLineDetail": detail}
    return _described(line, text)


def _described(line: dict[str, Any], text: str | None) -> dict[str, Any]:
    return {**line, "Description": text[:DESCRIPTION_LENGTH]} if text else line


def _with_class(line: dict[str, Any], class_id: str) -> dict[str, Any]:
    kind = line["DetailType"]
    if kind == "GroupLineDetail":
        inside = [_with_class(one, class_id) for one in line[kind]["Line"]]
        return {**line, kind: {**line[kind], "Line": inside}}
    return {**line, kind: {**line[kind], "ClassRef": {"value": class_id}}}
