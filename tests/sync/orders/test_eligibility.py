"""Which orders are ready to be recorded, by what the settings ask for and what an order becomes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from order_sync.sync.orders.eligibility import READY, judge
from tests.shop import records, stores

INVOICES = ("Invoice", "Invoice and payment", "Invoice, payment if paid")
WITH_PAYMENTS = INVOICES[1:]
EVERY_WAY = ("Sales receipt", *INVOICES)


def verdict(snapshot, post_as: str = "Sales receipt", **settings) -> str:
    found = judge(snapshot, stores.settings(revenue={"post_as": post_as}, **settings))
    return " ".join(filter(None, (found.status, found.code)))


def paid(amount: str, **changes):
    """An order of 108.25 of which so much was paid by card, and what the order says of itself."""
    payments = [records.payment(amount)] if Decimal(amount) else []
    status = "PAID" if Decimal(amount) == Decimal("108.25") else "SENT"
    return records.snapshot(records.order(**{"status": status, "total_paid": amount, **changes}), None, *payments)


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({}, "extracted", None),
        ({"status": "SENT"}, "extracted", None),
        ({"source_type": "QUICKBOOKS"}, "skipped", "FROM_QUICKBOOKS"),
        ({"source_type": "QBO_SYNC", "total_paid": Decimal(0)}, "skipped", "FROM_QUICKBOOKS"),
        ({"source_type": None}, "extracted", None),
        ({"total": Decimal(0)}, "skipped", "ZERO_TOTAL"),
        ({"total_paid": Decimal(0), "status": "SENT"}, "waiting", "UNPAID"),
        ({"total_paid": Decimal("108.24"), "status": "SENT"}, "waiting", "UNPAID"),
        ({"total_paid": Decimal("108.24")}, "held", "PAID_DISAGREES"),
        ({"total_paid": Decimal("108.26")}, "held", "OVERPAID"),
        ({"total": Decimal("-5.00"), "total_paid": Decimal(0)}, "held", "OVERPAID"),
        ({"refund_total": Decimal("0.01")}, "extracted", None),
        ({"refund_total": Decimal("108.25"), "total_paid": Decimal(0)}, "extracted", None),
        ({"ordered_at": datetime(2026, 1, 1, 6, 59, 59, tzinfo=UTC)}, "skipped", "BEFORE_START"),
        ({"ordered_at": datetime(2026, 1, 1, 7, tzinfo=UTC)}, "extracted", None),
        ({"ordered_at": datetime(2025, 12, 31, tzinfo=UTC), "total_paid": Decimal(0)}, "skipped", "BEFORE_START"),
    ],
)
def test_an_order_is_judged(changes, status, code):
    verdict = judge(records.snapshot(records.order(**changes)), stores.settings(start_date=date(2026, 1, 1)))

    assert (verdict.status, verdict.code) == (status, code)
    assert bool(verdict.message) == (status != "extracted")
    assert bool(verdict.advice) == (status == "held" or code == "BEFORE_START")


def test_a_verdict_names_the_amounts():
    verdict = judge(records.snapshot(records.order(total_paid="8.25", status="SENT")), stores.settings())
    assert verdict.message == "8.25 USD of 108.25 USD are paid; it waits for the rest."


@pytest.mark.parametrize(
    ("amount", "receipt", "invoice", "with_payments"),
    [
        ("0", "waiting UNPAID", "extracted", "extracted"),
        ("40.00", "waiting UNPAID", "extracted", "extracted"),
        ("108.25", "extracted", "extracted", "extracted"),
        ("108.26", "held OVERPAID", "extracted", "held OVERPAID"),
    ],
)
def test_what_is_paid_decides_by_what_the_order_becomes(amount, receipt, invoice, with_payments):
    found = {post_as: verdict(paid(amount), post_as) for post_as in EVERY_WAY}

    assert found == {
        "Sales receipt": receipt,
        "Invoice": invoice,
        "Invoice and payment": with_payments,
        "Invoice, payment if paid": with_payments,
    }


@pytest.mark.parametrize("amount", ["0", "108.24"])
def test_an_order_that_is_called_paid_and_is_not(amount):
    called_paid = paid(amount, status="PAID")

    assert [verdict(called_paid, post_as) for post_as in EVERY_WAY] == [
        "held PAID_DISAGREES",
        "extracted",
        "held PAID_DISAGREES",
        "held PAID_DISAGREES",
    ]


@pytest.mark.parametrize("post_as", EVERY_WAY)
@pytest.mark.parametrize(
    ("amount", "expected"), [("0", "waiting UNPAID"), ("108.24", "waiting UNPAID"), ("108.25", "extracted")]
)
def test_only_paid_orders(post_as, amount, expected):
    assert verdict(paid(amount), post_as, orders={"only_paid": True}) == expected


def test_a_rule_decides_what_an_order_must_be_paid_for():
    rules = [
        {"when": {"order_type": "OFFLINE"}, "post_as": "Invoice"},
        {"when": "anything else", "post_as": "Sales receipt"},
    ]
    store = stores.settings(revenue={"rules": rules})

    assert judge(paid("0", order_type="OFFLINE"), store) == READY
    assert judge(paid("0", order_type="ONLINE"), store).code == "UNPAID"


@pytest.mark.parametrize("post_as", EVERY_WAY)
@pytest.mark.parametrize("total_paid", ["108.25", "68.25"], ids=["gross", "net"])
def test_an_order_that_was_given_back_in_part_before_it_is_recorded(post_as, total_paid):
    order = records.order(total_paid=total_paid, refund_total="40.00")
    snapshot = records.snapshot(order, None, records.payment("108.25", "1"), records.payment("-40.00", "2"))
    assert verdict(snapshot, post_as, orders={"only_paid": True}) == "extracted"


@pytest.mark.parametrize("post_as", EVERY_WAY)
@pytest.mark.parametrize("total_paid", ["108.25", "0"], ids=["gross", "net"])
def test_an_order_that_was_given_back_whole_before_it_is_recorded(post_as, total_paid):
    order = records.order(total_paid=total_paid, refund_total="108.25")
    snapshot = records.snapshot(order, None, records.payment("108.25", "1"), records.payment("-108.25", "2"))
    assert verdict(snapshot, post_as, orders={"only_paid": True}) == "extracted"


@pytest.mark.parametrize(
    "payments",
    [
        (),
        (records.payment("100.00"),),
        (records.payment("108.25", status="FAILED"),),
        (records.payment("54.125", "1"), records.payment("54.125", "2")),
    ],
    ids=["none", "another amount", "failed", "half a cent"],
)
def test_payments_that_are_recorded_must_agree_with_the_order(payments):
    snapshot = records.snapshot(records.order(), None, *payments)

    assert {verdict(snapshot, post_as) for post_as in WITH_PAYMENTS} == {"held PAYMENTS_DISAGREE"}
    assert {verdict(snapshot, post_as) for post_as in ("Sales receipt", "Invoice")} == {"extracted"}


@pytest.mark.parametrize("status", ["DRAFT", "SENT", "VIEWED", "PAID"])
def test_statuses(status):
    snapshot = paid("108.25", status=status)

    assert verdict(snapshot) == ("waiting STATUS" if status == "DRAFT" else "extracted")
    assert verdict(snapshot, orders={"statuses": [status]}) == "extracted"
    others = [one for one in ("DRAFT", "SENT", "VIEWED", "PAID") if one != status]
    found = judge(snapshot, stores.settings(orders={"statuses": others}))
    assert (found.status, found.code) == ("waiting", "STATUS")
    assert found.message == f"The order is {status} in Infusionsoft; it waits to be {' or '.join(others)}."


def test_a_status_that_nobody_knows_waits():
    assert verdict(paid("108.25", status="REFUNDED")) == "waiting STATUS"


@pytest.mark.parametrize(
    ("minimum", "expected"),
    [
        (0, "extracted"),
        ("108.24", "extracted"),
        ("108.25", "extracted"),
        ("108.251", "skipped BELOW_MINIMUM"),
        (500, "skipped BELOW_MINIMUM"),
    ],
)
def test_the_smallest_total(minimum, expected):
    assert verdict(paid("108.25"), orders={"minimum_total": minimum}) == expected


@pytest.mark.parametrize(
    ("orders", "expected"),
    [
        ({}, "skipped ZERO_TOTAL"),
        ({"skip_zero_totals": False}, "extracted"),
        ({"skip_zero_totals": False, "minimum_total": 1}, "skipped BELOW_MINIMUM"),
        ({"skip_zero_totals": False, "only_paid": True}, "extracted"),
    ],
)
@pytest.mark.parametrize("post_as", EVERY_WAY)
def test_totals_of_zero(post_as, orders, expected):
    free = records.snapshot(records.order(total="0.00", total_paid="0.00"))
    assert verdict(free, post_as, orders=orders) == expected


@pytest.mark.parametrize("post_as", EVERY_WAY)
def test_orders_without_items(post_as):
    empty = replace(paid("108.25"), order=replace(records.order(), items=()))

    assert verdict(empty, post_as) == "extracted"
    assert verdict(empty, post_as, orders={"without_items": "hold"}) == "held NO_ITEMS"


@pytest.mark.parametrize(
    ("zone", "ordered_at", "expected"),
    [
        ("America/Phoenix", datetime(2026, 11, 16, 6, 59, 59, tzinfo=UTC), "skipped BEFORE_START"),
        ("America/Phoenix", datetime(2026, 11, 16, 7, tzinfo=UTC), "extracted"),
        ("Asia/Tokyo", datetime(2026, 11, 15, 14, 59, 59, tzinfo=UTC), "skipped BEFORE_START"),
        ("Asia/Tokyo", datetime(2026, 11, 15, 15, tzinfo=UTC), "extracted"),
        ("America/New_York", datetime(2026, 11, 16, 4, 59, 59, tzinfo=UTC), "skipped BEFORE_START"),
        ("America/New_York", datetime(2026, 11, 16, 5, tzinfo=UTC), "extracted"),
    ],
)
def test_the_start_date_is_a_day_in_the_time_zone_of_the_company(zone, ordered_at, expected):
    snapshot = paid("108.25", ordered_at=ordered_at, created_at=records.NOON)
    assert verdict(snapshot, start_date=date(2026, 11, 16), time_zone=zone) == expected


def test_the_first_reason_is_told():
    """As the table in docs/settings/orders.md has them, from the last to the first."""
    orders = {"statuses": ["SENT", "PAID"], "minimum_total": 1, "without_items": "hold"}
    wrong = {"total_paid": Decimal("0.10"), "status": "PAID"}
    found = []
    for more in (
        {},
        {"items": ()},
        {"status": "DRAFT"},
        {"total": Decimal("0.40")},
        {"total": Decimal(0), "total_paid": Decimal(0)},
        {"ordered_at": datetime(2020, 1, 1, tzinfo=UTC)},
        {"source_type": "QUICKBOOKS"},
    ):
        wrong |= more
        found.append(verdict(records.snapshot(replace(records.order(), **wrong)), orders=orders))

    assert found == [
        "held PAID_DISAGREES",
        "held NO_ITEMS",
        "waiting STATUS",
        "skipped BELOW_MINIMUM",
        "skipped ZERO_TOTAL",
        "skipped BEFORE_START",
        "skipped FROM_QUICKBOOKS",
    ]


@pytest.mark.parametrize(
    ("settings", "says_unapplied"),
    [
        ({}, True),
        ({"orders": {"overpaid": "unapplied"}}, False),  # not where money went back too
        ({"revenue": {"consolidate": True}}, False),  # which takes no other setting
    ],
)
def test_what_is_overpaid_advises_a_setting_only_where_it_may_be_set(settings, says_unapplied):
    order = records.order(total_paid="120.00", refund_total="5.00", total="100.00")
    snapshot = records.snapshot(order, None, records.payment("120.00"), records.payment("-5.00", "2"))
    verdict = judge(snapshot, stores.settings(**settings))

    assert verdict.code == "OVERPAID"
    assert ("orders.overpaid" in verdict.advice) == says_unapplied
