"""The tax of a sale, or of a part of one: what the store charged, which lines bear it, and what QuickBooks is told of it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from order_sync.infusionsoft.records import Order, OrderItem
from order_sync.money import rounded
from order_sync.settings import Store
from order_sync.sync.company.company import SHIPPING_ITEM, Company
from order_sync.sync.company.products import is_product
from order_sync.sync.documents.bundle import item_lines
from order_sync.sync.orders.codes import Code, refusal

TAX_FIELDS = ("GlobalTaxCalculation", "ApplyTaxAfterDiscount", "TxnTaxDetail", "ShippingTaxIncludedInTotalTax")
"""The fields of a document that say how it is taxed; its lines have their codes beside."""

_ZERO = Decimal(0)


def amount_of(item: OrderItem, currency: str) -> Decimal:
    """What a line of an order comes to; the total check answers for the sum."""
    return rounded(item.price * item.quantity, currency)


def charged_tax(order: Order) -> Decimal:
    """The sales tax that the store charged."""
    return sum((amount_of(item, order.currency) for item in order.items if item.item_type == "TAX"), _ZERO)


def taxed_lines(order: Order, store: Store) -> frozenset[str]:
    """The ids of the lines that bear an order's tax: the taxable products, or all lines that sell where none is."""
    if store.taxes.record_as not in ("as charged", "automatic"):
        return frozenset()
    sold = [item for item in order.items if is_product(item)]
    taxable = [item for item in sold if item.taxable is not False]
    return frozenset(item.id for item in taxable or sold)


def tax_fields(
    tax: Decimal, lines: Sequence[dict[str, Any]], company: Company, store: Store
) -> tuple[Decimal | None, dict[str, Any]]:
    """The tax that a document of these lines must come to, and what is said of it (`TAX_FIELDS`).

    `tax` is that of the store: of an order, or of the part of it that is given back. RecordRefused where the settings record none.
    """
    how = store.taxes.record_as
    if how == "none" and tax:
        raise refusal(
            Code.TAX_CHARGED, f"The store charged {tax} of sales tax, and the settings record none (taxes.record_as)."
        )
    fields: dict[str, Any] = {} if company.in_united_states else {"GlobalTaxCalculation": "TaxExcluded"}
    if how == "as charged":
        detail: dict[str, Any] = {"TotalTax": tax}
        if company.tax_code and tax:
            detail = {"TxnTaxCodeRef": {"value": company.tax_code}, **detail}
        fields["TxnTaxDetail"] = detail
        if any(_item_id(line) == SHIPPING_ITEM for line in item_lines(lines)):
            fields["ShippingTaxIncludedInTotalTax"] = True  # else QuickBooks adds the tax of shipping
    return (tax if how in ("as charged", "automatic") else _ZERO), fields


def _item_id(line: dict[str, Any]) -> str | None:
    found: str | None = line.get("SalesItemLineDetail", {}).get("ItemRef", {}).get("value")
    return found
