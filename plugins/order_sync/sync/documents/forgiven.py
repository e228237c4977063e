"""What a sales receipt shows of an order that was forgiven in part: the sale, a discount line for that part, and its tax less."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from order_sync.errors import RecordRefused
from order_sync.infusionsoft.records import Order
from order_sync.settings import Store
from order_sync.sync.company.company import Company
from order_sync.sync.documents.checks import check_total
from order_sync.sync.documents.lines import Lines, amount_of, charged_tax, discount_line, sale_lines
from order_sync.sync.documents.part import Sum, tax_of_part
from order_sync.sync.documents.sold import portions
from order_sync.sync.orders.codes import Code, refusal
from order_sync.sync.orders.payments import forgiven, total_of
from order_sync.sync.orders.snapshot import Snapshot


def receipt_lines(snapshot: Snapshot, company: Company, store: Store, *, class_id: str | None = None) -> Lines:
    """The lines of an order that come to what was paid for it.

    What was forgiven is taken off in one line: net, as its share of the tax is not charged. RecordRefused where the order's lines do not
    come to its total, and as `sale_lines` says.
    """
    order, off = snapshot.order, total_of(forgiven(snapshot))
    made = sale_lines(order, company, store, class_id=class_id)
    check_total(order, made)
    if not off:
        return made
    kept = charged_order(snapshot)
    made = sale_lines(kept, company, store, class_id=class_id)
    check_total(kept, made)
    lines = _less(made.lines, off - (order.total - kept.total), _account(snapshot, company), company)
    fields = made.tax_fields
    if store.taxes.record_as == "automatic" and company.in_united_states:
        fields = {**fields, "ApplyTaxAfterDiscount": True}
    return replace(made, lines=lines, total=order.total - off, tax_fields=fields)


def charged_order(snapshot: Snapshot) -> Order:
    """The order with the tax that it bears once its write-offs and credits took their share of it."""
    order, off = snapshot.order, total_of(forgiven(snapshot))
    tax = charged_tax(order)
    taxes = [item for item in order.items if item.item_type == "TAX"]
    if not off or not tax:
        return order
    share = tax_of_part(off, Sum(order.total, tax), Sum(order.total, tax), order.currency)
    shares = portions(share, [amount_of(item, order.currency) for item in taxes], order.currency)
    less = {item.id: amount_of(item, order.currency) - part for item, part in zip(taxes, shares, strict=True)}
    items = (
        replace(item, quantity=Decimal(1), price=less[item.id]) if item.item_type == "TAX" else item
        for item in order.items
    )
    return replace(
        order,
        total=order.total - share,
        items=tuple(item for item in items if item.item_type != "TAX" or item.price),
    )


def _less(
    lines: tuple[dict[str, Any], ...], amount: Decimal, account: str | None, company: Company
) -> tuple[dict[str, Any], ...]:
    """The lines with so much taken off in the one discount line that a document may have."""
    if not amount:
        return lines
    line = discount_line(amount, company, "a write-off or credit", account)
    known = [one for one in lines if one["DetailType"] == "DiscountLineDetail"]
    if not known:
        return (*lines, line)
    if known[0]["DiscountLineDetail"] != line["DiscountLineDetail"]:
        raise _several()
    rest = (one for one in lines if one["DetailType"] != "DiscountLineDetail")
    return (*rest, {**known[0], "Amount": known[0]["Amount"] + amount})


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
    )
