"""What an order is to become: the first rule that fits it, each condition at its borders."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from order_sync.settings import Conditions
from order_sync.sync.orders.treatment import Treatment, fits, payment_method, payment_status, treatment
from tests.shop import records, stores

ANYTHING = {"when": "anything else", "post_as": "Sales receipt"}
WIDGET = records.item(price="100.00", name="Widget of the order", product_name=" Widget ", sku=" W-1 ")
GIFT = records.item(price="0.00", id="2", name="Gift")


def order(total: str = "100.00", paid: str = "100.00", **changes):
    return records.order(WIDGET, GIFT, total=total, total_paid=paid, **changes)


def paid_by(*methods: str | None):
    """An order of 100.00 that was paid in as many parts, a day apart."""
    amount = Decimal("100.00") / len(methods)
    return records.snapshot(
        order(),
        None,
        *(
            records.payment(str(amount), str(9 - day), method=method, paid_at=records.NOON.replace(day=16 + day))
            for day, method in enumerate(methods)
        ),
    )


FAILED_FIRST = records.snapshot(
    order(), None, records.payment("100.00", "1", status="FAILED"), records.payment("100.00", "2")
)
GIVEN_BACK = records.snapshot(
    order(refund_total="30.00"), None, records.payment("100.00", "1"), records.payment("-30.00", "2")
)


@pytest.mark.parametrize(
    ("when", "snapshot", "expected"),
    [
        ({"order_status": "SENT"}, records.snapshot(order(status="SENT")), True),
        ({"order_status": "SENT"}, records.snapshot(order(status="PAID")), False),
        ({"order_status": ["SENT", "PAID"]}, records.snapshot(order(status="PAID")), True),
        ({"payment_status": "unpaid"}, records.snapshot(order(paid="0")), True),
        ({"payment_status": "unpaid"}, records.snapshot(order(paid="0.01")), False),
        ({"payment_status": "partly paid"}, records.snapshot(order(paid="0.01")), True),
        ({"payment_status": "partly paid"}, records.snapshot(order(paid="99.99")), True),
        ({"payment_status": "partly paid"}, records.snapshot(order(paid="100.00")), False),
        ({"payment_status": "paid"}, records.snapshot(order(paid="100.00", status="SENT")), True),
        ({"payment_status": "paid"}, records.snapshot(order(paid="99.99", status="PAID")), False),
        ({"payment_status": "paid"}, records.snapshot(order(paid="100.01")), True),
        ({"payment_status": ["unpaid", "partly paid"]}, records.snapshot(order(paid="5")), True),
        ({"paid": "in parts"}, paid_by("Cash", "Cash"), True),
        ({"paid": "in parts"}, paid_by("Cash"), False),
        ({"paid": "in parts"}, records.snapshot(order(paid="40.00"), None, records.payment("40.00")), True),
        ({"paid": "in parts"}, records.snapshot(order(paid="0")), False),
        ({"paid": "in parts"}, records.snapshot(order(paid="0", payment_plan=True)), True),
        ({"paid": "in parts"}, records.snapshot(order(payment_plan=True), None, records.payment("100.00")), True),
        ({"paid": "in parts"}, FAILED_FIRST, False),
        ({"paid": "in parts"}, GIVEN_BACK, False),
        ({"paid": "at once"}, paid_by("Cash"), True),
        ({"paid": "at once"}, records.snapshot(order(paid="0")), True),  # not in parts yet
        ({"paid": "at once"}, paid_by("Cash", "Check"), False),
        ({"paid": "at once"}, records.snapshot(order(paid="0", payment_plan=True)), False),
        ({"payment_plan": True}, records.snapshot(order(payment_plan=True)), True),
        ({"payment_plan": True}, paid_by("Cash", "Cash"), False),
        ({"payment_plan": False}, paid_by("Cash", "Cash"), True),
        ({"payment_plan": False}, records.snapshot(order(payment_plan=True)), False),
        ({"payment_method": "Credit Card"}, paid_by("Credit Card"), True),
        ({"payment_method": "CREDIT card"}, paid_by(" credit CARD "), True),
        ({"payment_method": "STRASSE"}, paid_by("Straße"), True),
        ({"payment_method": "Check"}, paid_by("Credit Card"), False),
        ({"payment_method": ["Check", "Cash"]}, paid_by("Cash"), True),
        ({"payment_method": "Check"}, paid_by("Cash", "Check"), False),  # the first payment counts
        ({"payment_method": "Cash"}, paid_by("Cash", "Check"), True),
        ({"payment_method": "Cash"}, paid_by(None), False),
        ({"payment_method": "Cash"}, records.snapshot(order(paid="0")), False),
        ({"order_type": "ONLINE"}, records.snapshot(order(order_type="ONLINE")), True),
        ({"order_type": "ONLINE"}, records.snapshot(order(order_type="OFFLINE")), False),
        ({"order_type": ["ONLINE", "OFFLINE"]}, records.snapshot(order(order_type="OFFLINE")), True),
        ({"order_type": ["ONLINE", "OFFLINE"]}, records.snapshot(order(order_type=None)), False),
        ({"currency": "EUR"}, records.snapshot(order(currency="EUR")), True),
        ({"currency": ["EUR", "GBP"]}, records.snapshot(order(currency="USD")), False),
        ({"product": "W-1"}, records.snapshot(order()), True),
        ({"product": "Widget"}, records.snapshot(order()), True),
        ({"product": "Widget of the order"}, records.snapshot(order()), True),
        ({"product": "Gift"}, records.snapshot(order()), True),
        ({"product": ["Mug", "Gift"]}, records.snapshot(order()), True),
        ({"product": "w-1"}, records.snapshot(order()), False),
        ({"product": "Widge"}, records.snapshot(order()), False),
        ({"product": "Widget"}, records.snapshot(replace(order(), items=())), False),
        ({"tag": 91}, records.snapshot(order(), records.contact(tag_ids=("107", "91"))), True),
        ({"tag": [91, 92]}, records.snapshot(order(), records.contact(tag_ids=("92",))), True),
        ({"tag": 91}, records.snapshot(order(), records.contact(tag_ids=("910", "9"))), False),
        ({"tag": 91}, records.snapshot(order(), records.contact()), False),
        ({"tag": 91}, replace(records.snapshot(order()), contact=None), False),
        ({"total_at_least": 100}, records.snapshot(order("100.00")), True),
        ({"total_at_least": 100}, records.snapshot(order("99.99")), False),
        ({"total_below": 100}, records.snapshot(order("100.00")), False),
        ({"total_below": 100}, records.snapshot(order("99.99")), True),
        ({"total_at_least": 0}, records.snapshot(order("0")), True),
        ({"total_below": 0}, records.snapshot(order("0")), False),
        ({"total_at_least": 50, "total_below": 100}, records.snapshot(order("50.00")), True),
        ({"total_at_least": 50, "total_below": 100}, records.snapshot(order("100.00")), False),
        ({"total_at_least": "1.005"}, records.snapshot(order("1.00")), False),
    ],
)
def test_a_condition_alone(when, snapshot, expected):
    assert fits(Conditions.model_validate(when), snapshot) is expected


EVERY_CONDITION = {
    "order_status": "SENT",
    "payment_status": "partly paid",
    "paid": "in parts",
    "payment_plan": True,
    "payment_method": "Check",
    "order_type": "OFFLINE",
    "currency": "USD",
    "product": "W-1",
    "tag": 91,
    "total_at_least": 100,
    "total_below": 100.01,
}
FITS_ALL = records.snapshot(
    order(paid="40.00", status="SENT", order_type="OFFLINE", payment_plan=True),
    records.contact(tag_ids=("91",)),
    records.payment("40.00", method="Check"),
)


def test_all_conditions_of_a_rule_must_fit():
    assert fits(Conditions.model_validate(EVERY_CONDITION), FITS_ALL)


@pytest.mark.parametrize(
    "other",
    [
        {"order_status": "DRAFT"},
        {"payment_status": "paid"},
        {"paid": "at once"},
        {"payment_plan": False},
        {"payment_method": "Cash"},
        {"order_type": "ONLINE"},
        {"currency": "EUR"},
        {"product": "W-2"},
        {"tag": 92},
        {"total_at_least": "100.005"},
        {"total_at_least": 10, "total_below": 100},
    ],
    ids=str,
)
def test_one_condition_that_does_not_fit_is_enough(other):
    assert not fits(Conditions.model_validate({**EVERY_CONDITION, **other}), FITS_ALL)


def test_without_rules_all_orders_are_alike():
    some, none = {"post_as": "Invoice and payment", "class": "Web", "location": "Shop"}, {}

    assert treatment(FITS_ALL, stores.settings(revenue=some)) == Treatment("Invoice and payment", "Web", "Shop")
    assert treatment(FITS_ALL, stores.settings(revenue=none)) == Treatment("Sales receipt")


def test_the_first_rule_that_fits_decides():
    rules = [
        {"when": {"tag": 4711}, "post_as": "Sales receipt", "class": "Nobody"},
        {"when": {"payment_status": "partly paid"}, "post_as": "Invoice", "class": "First"},
        {"when": {"order_type": "OFFLINE"}, "post_as": "Invoice and payment", "class": "Second"},
        ANYTHING,
    ]
    assert treatment(FITS_ALL, stores.settings(revenue={"rules": rules})) == Treatment("Invoice", "First")


def test_anything_else_is_for_what_no_rule_fits():
    rules = [{"when": {"tag": 4711}, "post_as": "Invoice", "class": "Web"}, ANYTHING]
    assert treatment(FITS_ALL, stores.settings(revenue={"rules": rules})) == Treatment("Sales receipt")


def test_where_a_rule_names_no_class_or_location_those_of_the_settings_count():
    rules = [
        {"when": {"tag": 91}, "post_as": "Invoice", "class": "Wholesale"},
        {"when": {"tag": 92}, "post_as": "Invoice", "location": "Shop"},
        ANYTHING,
    ]
    store = stores.settings(revenue={"rules": rules, "class": "Web", "location": "Warehouse"})

    found = [
        treatment(records.snapshot(order(), records.contact(tag_ids=(tag,))), store)
        for tag in ("91", "92", "something")
    ]
    assert [(one.class_name, one.location) for one in found] == [
        ("Wholesale", "Warehouse"),
        ("Web", "Shop"),
        ("Web", "Warehouse"),
    ]


@pytest.mark.parametrize(
    ("post_as", "entity"),
    [
        ("Sales receipt", "SalesReceipt"),
        ("Invoice", "Invoice"),
        ("Invoice and payment", "Invoice"),
        ("Invoice, payment if paid", "Invoice"),
    ],
)
def test_what_becomes_which_document(post_as, entity):
    assert Treatment(post_as).entity == entity


def test_the_method_and_the_status_go_by_money_that_came():
    failed = records.payment("100.00", "1", method="Cash", status="FAILED")
    refund = records.payment("-40.00", "2", method="Refund", paid_at=records.NOON.replace(day=1))
    snapshot = records.snapshot(order(paid="0"), None, failed, refund)

    assert (payment_method(snapshot), payment_status(snapshot)) == (None, "unpaid")


def test_a_refund_does_not_make_a_paid_order_unpaid():
    refunded = records.snapshot(
        order(paid="0", refund_total="100.00"),
        None,
        records.payment("100.00", "1"),
        records.payment("-100", "2"),
    )
    assert payment_status(refunded) == "paid"


VALUES = {
    "order_status": st.sampled_from(["DRAFT", "SENT", "VIEWED", "PAID"]),
    "payment_status": st.sampled_from(["unpaid", "partly paid", "paid"]),
    "payment_method": st.sampled_from(["Cash", "Check", "credit card"]),
    "order_type": st.sampled_from(["ONLINE", "OFFLINE"]),
    "currency": st.sampled_from(["USD", "EUR"]),
    "product": st.sampled_from(["W-1", "Widget", "Gift", "Mug"]),
    "tag": st.sampled_from([91, 92]),
}
CONDITIONS = st.fixed_dictionaries(
    {}, optional={name: st.lists(value, min_size=1, max_size=3) for name, value in VALUES.items()}
) | st.builds(lambda total: {"total_at_least": total}, st.integers(0, 200))
RULE_LISTS = st.lists(CONDITIONS.filter(bool), max_size=5, unique_by=str)


@st.composite
def any_orders(draw):
    total, paid = draw(st.integers(0, 200)), draw(st.integers(0, 200))
    payments = [records.payment(str(paid), method=draw(st.sampled_from(["Cash", "CHECK", "Credit Card"])))] * (paid > 0)
    return records.snapshot(
        order(
            str(total),
            str(paid),
            status=draw(VALUES["order_status"]),
            order_type=draw(st.sampled_from(["ONLINE", "OFFLINE", None])),
            currency=draw(VALUES["currency"]),
        ),
        draw(
            st.none()
            | st.builds(lambda tags: records.contact(tag_ids=tuple(tags)), st.sets(st.sampled_from(["91", "92"])))
        ),
        *payments,
    )


@given(any_orders(), RULE_LISTS)
def test_exactly_one_rule_decides_and_always_the_same(snapshot, conditions):
    rules = [{"when": when, "post_as": "Invoice", "class": f"rule {at}"} for at, when in enumerate(conditions)]
    store = stores.settings(revenue={"rules": [*rules, {**ANYTHING, "class": "anything else"}]} if rules else {})

    decided = treatment(snapshot, store)

    fitting = [rule.class_ for rule in store.revenue.rules if fits(rule.when, snapshot)]
    assert decided.class_name == (fitting[0] if rules else None)
    assert treatment(snapshot, store.model_copy()) == decided
