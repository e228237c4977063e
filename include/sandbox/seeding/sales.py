"""The sales of the seed: orders, what was paid for them and what was given back."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from typing import Any
from zoneinfo import ZoneInfo

from faker import Faker

from include.sandbox.seeding.baskets import SPECIALS, Line, basket, line_body, total
from include.sandbox.seeding.catalogue import money
from include.sandbox.seeding.people import ODD, Person, address_body, place

# How an order is paid: of forty orders fifteen have one of these each, the others are paid by card at once. "partly", "unpaid",
# "failed" and "plan" leave something open: seven of forty.
OUTCOMES = (
    "manual",
    "partly",
    "unpaid",
    "failed",
    "refunded",
    "partly_refunded",
    "card_and_cash",
    "entered_late",
    "failed_then_paid",
    "paypal",
    "partly",
    "unpaid",
    "failed",
    "paid_later",
    "plan",
)
# What is met now and then, twice or three times in five hundred orders: payments that are no money, money that goes back beside them, and
# money in two accounts. One of a type that nobody knows is there once. All of taxed goods: the tax has its share in each.
OCCASIONS = (
    "written_off",
    "plan_written_off",
    "discounted_and_written_off",
    "wholly_written_off",
    "credited",
    "plan_credited",
    "refunded_with_credit",
    "refunded_twice",
    "plan_refunded",
    "plan_given_up",
    "card_and_paypal",
)
OCCASIONS_IN_TURN = (*OCCASIONS, *OCCASIONS, "bartered")
# Where they are among forty orders.
OCCASIONS_AT = (20, 30)
NO_MONEY = ("Adjustment", "Credit")
"""The types of payments by which a customer need not pay."""
# The first orders are those of the oddest people; nothing else should be odd about them.
PLAIN_AT_FIRST = len(ODD)
CARDS = ("STRIPE", "AUTHORIZE", "KEAP_PAY")


@dataclass(frozen=True)
class Sale:
    """An order with its payments and transactions, each as REST v2 gives it."""

    order: dict[str, Any]
    payments: list[dict[str, Any]]
    transactions: list[dict[str, Any]]


@dataclass(frozen=True)
class Movement:
    """Money that moved, or should have: `amount` in cents, negative when it went back; `merchant` is None when by hand.

    One of NO_MONEY as its label moves none, and is a payment like any other to the service.
    """

    amount: int
    at: datetime
    entered: datetime
    merchant: str | None
    label: str
    succeeded: bool = True

    @property
    def is_money(self) -> bool:
        return self.label not in NO_MONEY


def sales(
    fake: Faker, choose: random.Random, persons: Sequence[Person], orders: int, days: int, start: date, zone: ZoneInfo
) -> Iterator[Sale]:
    """So many orders over so many days from `start`, in the account's time zone; ids rise with the time of creation.

    The first orders go to one person each, so that as many kinds of person as fit have one; then anybody comes back.
    """
    midnight = datetime.combine(start, clock(), zone)
    # The first and the last second of a day are where a time zone goes wrong.
    moments = [midnight + timedelta(days=day, seconds=second) for day in range(days) for second in (0, 86_399)][:orders]
    moments += [midnight + timedelta(seconds=choose.randrange(days * 86_400)) for _ in range(orders - len(moments))]
    plans = [(persons[index] if index < len(persons) else choose.choice(persons), index) for index in range(orders)]
    choose.shuffle(plans)
    ids = itertools.count(1)
    for number, (moment, (person, index)) in enumerate(zip(sorted(moments), plans, strict=True)):
        yield _sale(fake, choose, ids, 1001 + number, moment, person, index)


def special_of(index: int) -> str:
    """What is special in the basket of the order at this place."""
    position = (index - PLAIN_AT_FIRST) % 37
    return SPECIALS[position] if position < len(SPECIALS) else "plain"


def outcome_of(index: int) -> str:
    """How the order at this place is paid."""
    turn, position = divmod(index - PLAIN_AT_FIRST - 4, 40)
    if position in OCCASIONS_AT:
        place = turn * len(OCCASIONS_AT) + OCCASIONS_AT.index(position)
        return OCCASIONS_IN_TURN[place % len(OCCASIONS_IN_TURN)] if turn >= 0 else "card"
    return OUTCOMES[position] if position < len(OUTCOMES) else "card"


def instant(moment: datetime) -> str:
    """UTC, with milliseconds and Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _sale(
    fake: Faker, choose: random.Random, ids: Iterator[int], id: int, moment: datetime, person: Person, index: int
) -> Sale:
    special, outcome = special_of(index), outcome_of(index)
    if is_occasion := outcome in OCCASIONS_IN_TURN:
        special = "order_discount" if outcome == "discounted_and_written_off" else "plain"
    lines = basket(choose, special, taxed=is_occasion)
    due = total(lines)
    if due < 3 or special == "from_quickbooks":
        outcome = "card"
    movements = _movements(choose, outcome, due, moment) if due else []
    paid = sum(one.amount for one in movements if one.succeeded and one.amount > 0)
    refunded = -sum(one.amount for one in movements if one.amount < 0)
    order = _order(fake, choose, person, lines, id=id, moment=moment, special=special, outcome=outcome)
    order |= {
        "status": "PAID" if paid >= due else choose.choice(("SENT", "VIEWED", "DRAFT")),
        "total": money(due, "USD"),
        "total_due": money(due, "USD"),
        "total_paid": money(paid, "USD"),
        "refund_total": money(refunded, "USD"),
        "refund_status": "NONE" if not refunded else "FULL" if refunded == due else "PARTIAL",
        "order_items": [line_body(next(ids), line, "USD") for line in lines],
        "modification_time": _modified(choose, moment, movements),
    }
    payments = _payments(ids, order, movements)
    return Sale(order, payments, _transactions(ids, order, movements, payments))


def _order(
    fake: Faker,
    choose: random.Random,
    person: Person,
    lines: Sequence[Line],
    *,
    id: int,
    moment: datetime,
    special: str,
    outcome: str,
) -> dict[str, Any]:
    """What an order says apart from its money."""
    by_hand = outcome in ("manual", "entered_late")
    source = "QUICKBOOKS" if special == "from_quickbooks" else "MANUAL_PAYMENT" if by_hand else None
    address = place(fake, choose) if choose.random() < 0.1 else person.shipping
    shipping = {
        "id": str(id + 60_000),
        "given_name": person.given,
        "family_name": person.family,
        "company": person.company,
        "phone_number": person.phone,
        "invoice_to_company": False,
        "address": address_body(person, "SHIPPING", address) if address else None,
    }
    return {
        "id": str(id),
        "title": f"{'Grüße & Thanks 🎉' if special == 'emoji' else 'Online Order'} #{id}",
        "contact": {
            "id": str(person.id),
            "email": person.email,
            "given_name": person.given,
            "family_name": person.family,
        },
        "notes": None,
        "terms": None,
        "order_type": "OFFLINE" if by_hand else "ONLINE",
        "source_type": source or choose.choice(("CHECKOUT_FORM", "CHECKOUT_FORM", "API", "INVOICE", "UNKNOWN")),
        "creation_time": instant(moment),
        # An order that was entered by hand has the midnight of its day.
        "order_time": instant(_midnight(moment) if outcome == "manual" else moment),
        "lead_affiliate_id": "0",
        "sales_affiliate_id": "0",
        "shipping_information": shipping if lines else None,
        "allow_payment": None,
        "allow_paypal": None,
        "payment_plan": _plan(moment) if outcome.startswith("plan") else None,
        "invoice_id": str(id + 4000),
        "invoice_number": None,
        "credit_status": "NONE",
        "promo_code": "",
        "synced": False,
        "files": [],
        "custom_fields": [],
    }


def _plan(moment: datetime) -> dict[str, Any]:
    """Three payments, one a day."""
    return {
        "auto_charge": True,
        "plan_start_date": moment.date().isoformat(),
        "number_of_payments": 3,
        "days_between_payments": 1,
    }


def _movements(choose: random.Random, outcome: str, due: int, moment: datetime) -> list[Movement]:
    merchant, day = choose.choice(CARDS), timedelta(days=1)
    part = max(due * choose.choice((25, 40, 50)) // 100, 1)
    label = choose.choice(("Cash", "Check"))

    def card(amount: int, after: timedelta = timedelta(seconds=4), *, succeeded: bool = True) -> Movement:
        return Movement(amount, moment + after, moment + after, merchant, "Credit Card", succeeded)

    def by_hand(amount: int, entered: timedelta = timedelta(minutes=5)) -> Movement:
        return Movement(amount, _midnight(moment), moment + entered, None, label)

    def paypal(amount: int) -> Movement:
        return Movement(amount, moment, moment + timedelta(seconds=9), "PAYPAL", "PayPal")

    def no_money(amount: int, label: str, after: timedelta = day) -> Movement:
        return Movement(amount, _midnight(moment + after), moment + after, None, label)

    third = due // 3
    match outcome:
        case "manual":
            return [by_hand(due)]
        case "entered_late":
            return [by_hand(due, day)]
        case "partly":
            return [by_hand(part)] if due > 1 else []
        case "unpaid":
            return []
        case "failed":
            return [card(due, succeeded=False)]
        case "failed_then_paid":
            return [card(due, succeeded=False), card(due, timedelta(hours=3))]
        case "refunded":
            return [card(due), card(-due, day)]
        case "partly_refunded":
            return [card(due), card(-part, day)]
        case "card_and_cash":
            return [card(part), by_hand(due - part)] if due > 1 else [card(due)]
        case "paypal":
            return [paypal(due)]
        case "paid_later":
            return [card(due, day)]
        case "plan":
            return [card(third), card(third, day)]
        case "written_off" | "discounted_and_written_off":
            return [card(due - part), no_money(part, "Adjustment")]
        case "plan_written_off":
            return [card(third), card(third, day), no_money(due - 2 * third, "Adjustment", 2 * day)]
        case "wholly_written_off":
            return [no_money(due, "Adjustment")]
        case "credited":
            return [card(due - part), no_money(part, "Credit")]
        case "plan_credited":
            return [card(third), no_money(due - third, "Credit")]
        case "refunded_with_credit":
            return [card(due), card(-part, day), no_money(part, "Credit")]
        case "refunded_twice":
            return [card(due), card(-part, day), card(-(part // 2), 2 * day)]
        case "plan_refunded":
            return [card(third), card(-third, day)]
        case "plan_given_up":
            return [card(third), card(-third, day), no_money(due - third, "Credit", 2 * day)]
        case "card_and_paypal":
            return [card(part), paypal(due - part)]
        case "bartered":
            return [Movement(due, _midnight(moment), moment, None, "Barter")]
        case _:
            return [card(due)]


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _modified(choose: random.Random, moment: datetime, movements: Sequence[Movement]) -> str | None:
    """A fresh order has no time of modification. Whether a payment sets it is not documented: sometimes.

    A payment that was entered late is stamped with the midnight before the order: it does, or nobody could find it.
    """
    last = max((one.entered for one in movements), default=moment)
    late = any(one.entered - one.at > timedelta(hours=24) for one in movements)
    if late or choose.random() < 0.5:
        return instant(last)
    return None if choose.random() < 0.5 else instant(moment + timedelta(seconds=2))


def _payments(ids: Iterator[int], order: dict[str, Any], movements: Sequence[Movement]) -> list[dict[str, Any]]:
    """The payments that succeeded; a failed charge leaves a transaction and no payment. A refund is a payment below zero."""
    payments: list[dict[str, Any]] = []
    for one in movements:
        if not one.succeeded:
            continue
        id = str(next(ids))
        if one.amount < 0:  # The first payment has room for one link; what of later ones, the service does not say.
            payments[0]["refund_payment_id"] = payments[0]["refund_payment_id"] or id
        payments.append(
            {
                "id": id,
                "type": one.label if one.amount > 0 else "Refund",
                "amount": one.amount / 100,
                "note": None
                if one.merchant
                else f"{one.label}, thank you"
                if one.is_money
                else "Not collected any more",
                "status": "APPROVED" if one.merchant else "COMPLETED",
                "commissioned": False,
                "synced": False,
                "payment_time": instant(one.at),
                "refund_payment_id": None,
                "contact_id": order["contact"]["id"],
                "order_ids": [order["id"]],
                "update_time": instant(one.entered),
                **_merchant(one, id, order["contact"]["id"]),
            }
        )
    return payments


def _transactions(
    ids: Iterator[int], order: dict[str, Any], movements: Sequence[Movement], payments: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """What the merchant account answered, the charges that failed among it."""
    payment_ids = iter([payment["id"] for payment in payments])
    transactions = []
    for one in movements:
        payment_id = next(payment_ids) if one.succeeded else None
        if not one.is_money:
            continue
        id = str(next(ids))
        transactions.append(
            {
                "id": id,
                "amount": abs(one.amount) / 100,
                "status": "APPROVED" if one.succeeded else "FAILED",
                "description": order["title"],
                "contact": order["contact"],
                "contact_id": order["contact"]["id"],
                "order_ids": [order["id"]],
                "transaction_method": "REFUND" if one.amount < 0 else "CAPTURE" if one.merchant else "MANUAL",
                "transaction_time": instant(one.at),
                "external_reference_id": f"txn_{id}" if one.merchant else None,
                "external_response_code": None if one.succeeded else "card_declined",
                "error_details": None if one.succeeded else "Your card was declined.",
                "payment_id": payment_id,
                "is_successful": one.succeeded,
                "merchant_account_id": _merchant(one, id, "")["merchant_account_id"],
                "merchant_account_type": one.merchant,
            }
        )
    return transactions


def _merchant(one: Movement, id: str, contact_id: str) -> dict[str, Any]:
    """Who took the money, and how; nobody, for cash and checks."""
    if not one.merchant:
        return dict.fromkeys(
            ("external_transaction_id", "merchant_account_id", "merchant_account_type", "payment_method")
        )
    account_id = str(1 + (*CARDS, "PAYPAL").index(one.merchant))
    method = {
        "contact_id": contact_id,
        "payment_method_id": f"pm_{contact_id}",
        "merchant_account_id": account_id,
        "merchant_account_type": one.merchant,
        "payment_method_type": "CARD",
    }
    return {
        "external_transaction_id": f"ch_{id}",
        "merchant_account_id": account_id,
        "merchant_account_type": one.merchant,
        "payment_method": method if one.merchant != "PAYPAL" else None,
    }
