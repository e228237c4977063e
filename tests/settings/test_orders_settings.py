"""The tab Orders: every value that is accepted, and how a wrong one is told."""

from __future__ import annotations

from decimal import Decimal

import pytest

from order_sync.settings import load_store
from tests.shop.stores import EMPTY, SECTION, SMALLEST, assert_the_only_fault, loaded, refusal, value_of, whole, written


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        ("statuses: PAID", "statuses", ("PAID",)),
        ("statuses: [DRAFT, SENT]", "statuses", ("DRAFT", "SENT")),
        ("statuses: [DRAFT, SENT, VIEWED, PAID]", "statuses", ("DRAFT", "SENT", "VIEWED", "PAID")),
        ("statuses: [VIEWED, PAID]", "statuses", ("VIEWED", "PAID")),
        ("only_paid: true", "only_paid", True),
        ("only_paid: no", "only_paid", False),
        ("minimum_total: 0", "minimum_total", Decimal(0)),
        ("minimum_total: 12.50", "minimum_total", Decimal("12.5")),
        ("minimum_total: 0.1", "minimum_total", Decimal("0.1")),
        ("minimum_total: '0.125'", "minimum_total", Decimal("0.125")),
        ("skip_zero_totals: false", "skip_zero_totals", False),
        ("skip_zero_totals: true", "skip_zero_totals", True),
        ("without_items: standard item", "without_items", "standard item"),
        ("without_items: hold", "without_items", "hold"),
        ("overpaid: hold", "overpaid", "hold"),
        ("overpaid: unapplied", "overpaid", "unapplied"),
        ("changed: flag", "changed", "flag"),
        ("changed: update", "changed", "update"),
        ("changed: ignore", "changed", "ignore"),
        ("deleted: flag", "deleted", "flag"),
        ("deleted: void", "deleted", "void"),
    ],
)
def test_every_value(tmp_path, text, key, value):
    assert value_of(loaded(tmp_path, "orders", text), "orders", key) == value


def test_what_a_file_without_the_section_means(tmp_path):
    assert load_store(written(tmp_path, SMALLEST)).orders.model_dump() == {
        "statuses": ("SENT", "VIEWED", "PAID"),
        "only_paid": False,
        "minimum_total": 0,
        "skip_zero_totals": True,
        "without_items": "standard item",
        "overpaid": "hold",
        "changed": "flag",
        "deleted": "flag",
    }


def test_what_is_unapplied_has_a_customer_of_its_own(tmp_path):
    text = whole("revenue", "consolidate: true") + "orders: {overpaid: unapplied}\n"
    said = (
        "orders.overpaid: unapplied cannot be combined with revenue.consolidate, because all orders have one customer"
    )
    assert_the_only_fault(refusal(tmp_path, text), said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("status: PAID", "orders.status: there is no such setting; did you mean statuses?"),
        ("x: 1", "orders.x: there is no such setting; allowed are statuses, only_paid, minimum_total, skip_"),
        ("overpaid: credit", "orders.overpaid: 'credit' is not allowed; allowed is 'hold' or 'unapplied'"),
        ("statuses: []", f"orders.statuses: {EMPTY}"),
        ("statuses: null", "orders.statuses: None is not allowed; allowed is a list"),
        (
            "statuses: paid",
            "orders.statuses.0: 'paid' is not allowed; allowed is 'DRAFT', 'SENT', 'VIEWED' or 'PAID'",
        ),
        ("statuses: [PAID, OPEN]", "orders.statuses.1: 'OPEN' is not allowed; allowed is 'DRAFT', 'SENT',"),
        ("statuses: {PAID: 1}", "orders.statuses.0: {'PAID': 1} is not allowed; allowed is 'DRAFT', 'SENT',"),
        ("only_paid: mostly", "orders.only_paid: 'mostly' is not allowed; allowed is true or false"),
        ("only_paid:", "orders.only_paid: None is not allowed; allowed is true or false"),
        ("minimum_total: ten", "orders.minimum_total: 'ten' is not allowed; allowed is an amount, as 12.50"),
        ("minimum_total: 12,50", "orders.minimum_total: '12,50' is not allowed; allowed is an amount, as"),
        ("minimum_total: $5", "orders.minimum_total: '$5' is not allowed; allowed is an amount, as 12.50"),
        ("minimum_total: true", "orders.minimum_total: True is not allowed; allowed is an amount, as 12.50"),
        ("minimum_total: [5]", "orders.minimum_total: [5] is not allowed; allowed is an amount, as 12.50"),
        ("minimum_total:", "orders.minimum_total: None is not allowed; allowed is an amount, as 12.50"),
        ("minimum_total: -1", "orders.minimum_total: -1 is not allowed; input should be greater than or equ"),
        ("minimum_total: 0.0001", "orders.minimum_total: 0.0001 is not allowed; decimal input should have n"),
        ("minimum_total: .inf", "orders.minimum_total: inf is not allowed; input should be a finite number"),
        ("minimum_total: .nan", "orders.minimum_total: nan is not allowed; input should be a finite number"),
        (f"minimum_total: {'9' * 16}", "no more than 15 digits in total"),
        ("skip_zero_totals: 2", "orders.skip_zero_totals: 2 is not allowed; allowed is true or false"),
        ("without_items: skip", "orders.without_items: 'skip' is not allowed; allowed is 'standard item' or"),
        (
            "changed: off",
            "orders.changed: False is not allowed; allowed is 'flag', 'update' or 'ignore'",
        ),
    ],
)
def test_a_wrong_value(tmp_path, text, said):
    assert_the_only_fault(refusal(tmp_path, whole("orders", text)), said)


def test_a_section_that_is_none(tmp_path):
    assert f"orders: None {SECTION}" in refusal(tmp_path, f"{SMALLEST}orders:\n")
    assert f"orders: 'ignore' {SECTION}" in refusal(tmp_path, f"{SMALLEST}orders: ignore\n")
