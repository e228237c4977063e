"""What stops a document before it is made: another currency, lines that do not make the total or are no cents, a closed period."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from order_sync.infusionsoft.records import Order
from order_sync.money import is_kept, with_currency
from order_sync.sync.company.company import Company
from order_sync.sync.documents.bundle import item_lines
from order_sync.sync.documents.lines import Lines
from order_sync.sync.orders.codes import SKIP_THE_ORDER, Code, refusal
from order_sync.sync.orders.kinds import Entity
from order_sync.sync.orders.tracked import Customer

_BY_HAND = f"Enter the order in QuickBooks by hand, for a customer of its currency, and {SKIP_THE_ORDER}."


def check_currency(currency: str, customer: Customer, company: Company) -> None:
    """RecordRefused where the company, or the customer, has another currency than the order."""
    if not company.multicurrency:
        if currency != company.home_currency:
            raise refusal(
                Code.CURRENCY,
                f"The order is in {currency}, the QuickBooks company keeps its books in {company.home_currency}.",
            )
        return
    of_customer = customer.currency or company.home_currency
    if currency != of_customer:
        raise refusal(
            Code.CUSTOMER_CURRENCY,
            f"The order is in {currency}, and its customer in QuickBooks is in {of_customer}, or would be made so; a customer has one "
            "currency for good.",
            _BY_HAND if customer.stands_in else None,
        )


def check_total(order: Order, made: Lines) -> None:
    """RecordRefused where lines and tax do not come to the order's total, or to the same in QuickBooks, which rounds each to cents."""
    if made.total != order.total:
        raise refusal(
            Code.TOTAL_DIFFERS,
            f"The order's lines come to {with_currency(made.total, order.currency)}, its total is "
            f"{with_currency(order.total, order.currency)}: a difference of {with_currency(order.total - made.total, order.currency)}.",
        )
    for line in (*item_lines(made.lines), *made.lines):
        check_kept(line.get("Amount", order.total), order.currency)


def check_kept(amount: Decimal, currency: str) -> None:
    """RecordRefused where QuickBooks would keep another amount."""
    if not is_kept(amount):
        raise refusal(
            Code.FRACTION,
            f"The amount of {with_currency(amount, currency)} has more than the two decimal places that QuickBooks keeps "
            "in every currency.",
        )


def check_period(entity: Entity, day: date, company: Company) -> None:
    """RecordRefused where the books are closed for a day."""
    if company.closed_until and day <= company.closed_until:
        raise refusal(
            Code.PERIOD_CLOSED,
            f"The {entity.words} would be dated {day}; the books of the QuickBooks company are closed up to {company.closed_until}.",
        )
