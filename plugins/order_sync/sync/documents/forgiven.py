"""What a sales receipt shows of an order that was forgiven in part: the sale, a discount line for that part, and its tax less."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from order_sync.errors import RecordRefused
from order_sync.infusionsoft.records import OrderItem
from order_sync.settings import Store
from order_sync.sync.company.company import Company
from order_sync.sync.documents.checks import check_total
from order_sync.sync.documents.lines import Lines, sale_lines
from order_sync.sync.documents.sold import charged_order
from order_sync.sync.documents.tax import computed_detail, given_tax
from order_sync.sync.orders.codes import SKIP_THE_ORDER, Code, refusal
from order_sync.sync.orders.payments import forgiven, total_of
from order_sync.sync.orders.snapshot import Snapshot
from order_sync.sync.orders.tracked import Customer
from order_sync.sync.orders.treatment import takes_off

_NAME = "Write-off"
_SALE, _OFF = "SalesItemLineDetail", "DiscountLineDetail"


def receipt_lines(
    snapshot: Snapshot, customer: Customer, company: Company, store: Store, *, class_id: str | None = None
) -> Lines:
    """The lines of an order that come to what was paid for it.

    What was forgiven is taken off like a discount: net, as its share of the tax is not charged. RecordRefused where the order's lines do
    not come to its total, and as `sale_lines` says.
    """
    order, off = snapshot.order, total_of(forgiven(snapshot))
    if not off:
        made = sale_lines(snapshot, customer, company, store, class_id=class_id)
        check_total(order, made)
        return made
    kept = charged_order(snapshot)
    net = off - (order.total - kept.total)
    left = replace(kept, total=order.total - off, items=(*kept.items, _as_discount(net)) if net else kept.items)
    made = sale_lines(replace(snapshot, order=left), customer, company, store, class_id=class_id)
    check_total(left, made)
    fields = made.tax_fields | _given_tax(made, order.currency, company, store)
    return replace(made, lines=_booked(made.lines, snapshot, company, store), tax_fields=fields)


def _given_tax(made: Lines, currency: str, company: Company, store: Store) -> dict[str, Any]:
    """What is said of a tax that QuickBooks would compute: of what was written off it knows only what a discount line says, to the cent or
    not."""
    if not made.tax or store.taxes.record_as != "automatic":
        return {}
    if company.in_united_states:
        return given_tax(made.tax, made.lines)
    detail = computed_detail(made.tax, made.lines, company, currency)
    return {"TxnTaxDetail": detail} if detail else {}


def _as_discount(amount: Decimal) -> OrderItem:
    """What was forgiven, as a discount on the order."""
    return OrderItem(
        id="forgiven",
        item_type="DISCOUNT_ORDER_TOTAL",
        name=_NAME,
        description=None,
        quantity=Decimal(1),
        price=amount,
        discount=None,
        product_id=None,
        product_name=None,
        sku=None,
        taxable=None,
    )


def _booked(
    lines: tuple[dict[str, Any], ...], snapshot: Snapshot, company: Company, store: Store
) -> tuple[dict[str, Any], ...]:
    """The lines with what was forgiven on the account of write-offs, where it has one of its own."""
    account = _account(snapshot, company)
    if account == company.discount_account:
        return lines
    if store.revenue.discounts == "negative lines":
        item = {"value": company.lines.write_off}
        return tuple(
            {**line, _SALE: {**line[_SALE], "ItemRef": item}}
            if _SALE in line and line.get("Description") == _NAME
            else line
            for line in lines
        )
    if any(map(takes_off, snapshot.order.items)):
        raise _several()
    return tuple(
        {**line, _OFF: {**line[_OFF], "DiscountAccountRef": {"value": account}}} if _OFF in line else line
        for line in lines
    )


def _account(snapshot: Snapshot, company: Company) -> str | None:
    """The account of what was forgiven: of write-offs their own, where the settings name one; else that of discounts."""
    accounts = {
        (one.kind == "write-off" and company.write_off_account) or company.discount_account
        for one in forgiven(snapshot)
    }
    if len(accounts) > 1:
        raise _several()
    return next(iter(accounts), None)


def _several() -> RecordRefused:
    return refusal(
        Code.SEVERAL_ACCOUNTS,
        "The order has a write-off beside a discount or credit, and they go to different accounts; a sales receipt has one discount line.",
        # Orders without a document became an invoice, or are held, before it is asked for their lines.
        f"Correct the sales receipt in QuickBooks by hand, or enter it there if it is not recorded yet; then {SKIP_THE_ORDER}.",
    )
