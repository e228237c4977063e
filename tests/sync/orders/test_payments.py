"""What came in and what went back, under every reading that the service's pages leave open."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from order_sync.money import from_minor
from order_sync.sync.orders.payments import (
    charges,
    disagreement,
    needs_shares,
    received,
    refund_disagreement,
    refunded_charge,
    refunded_charges,
    refunds,
    total_of,
    with_shares,
)
from tests.shop import records


def order(total: str, paid: str, refunded: str = "0", **changes):
    amounts = {"total": total, "total_paid": paid, "refund_total": refunded}
    return records.order(**{"status": "PAID", **amounts, **changes})


def of(an_order, *payments):
    return records.snapshot(an_order, None, *payments)


def told(payments) -> list[tuple[str, str]]:
    return [(one.id, str(one.amount)) for one in payments]


def row(amount: str, id: str, payment_id: str, **changes):
    """A row of an order's own list of payments."""
    return records.payment(amount, id, payment_id=payment_id, method=None, external_id=None, **changes)


CARD = records.payment("100.00", "1")


@pytest.mark.parametrize("paid", ["100.00", "60.00"], ids=["gross", "net"])
@pytest.mark.parametrize(
    "payments",
    [
        (CARD, records.payment("-40.00", "2")),
        (CARD, records.payment("-40.00", "2", method="Credit Card")),
        (CARD, records.payment("40.00", "2", method="Refund")),
        (CARD, records.payment("40.00", "2", method="REFUND")),
        (replace(CARD, refunded_by="2"), records.payment("40.00", "2", method="Credit Card")),
        (replace(CARD, refunded_by="2"), records.payment("-40.00", "2", method="Credit Card")),
        (CARD, records.payment("40.00", "2", method="Credit Card", refund_of="1")),
    ],
    ids=["negative", "by its sign", "by its method", "by its METHOD", "linked", "linked, negative", "of the own list"],
)
def test_every_reading_of_a_refund_is_the_same_money(paid, payments):
    snapshot = of(order("100.00", paid, "40.00"), *payments)

    assert told(charges(snapshot)) == [("1", "100.00")]
    assert told(refunds(snapshot)) == [("2", "40.00")]
    assert received(snapshot) == 100
    assert (disagreement(snapshot), refund_disagreement(snapshot)) == (None, None)


@pytest.mark.parametrize("status", ["PENDING", "FAILED", "ERROR", "VOIDED", "DECLINED"])
def test_money_that_did_not_come_does_not_count(status):
    failed = records.payment("100.00", "2", status=status)
    lost = records.payment("-100.00", "3", status=status)
    snapshot = of(order("100.00", "100.00"), failed, CARD, lost)

    assert (told(charges(snapshot)), told(refunds(snapshot))) == ([("1", "100.00")], [])
    assert (received(snapshot), disagreement(snapshot)) == (100, None)


@pytest.mark.parametrize("status", ["APPROVED", "COMPLETED", "NONE", "MANUAL_PAID", "PAYPAL_PAID", "REFUNDED"])
def test_money_that_came_counts(status):
    assert told(charges(of(order("100.00", "100.00"), replace(CARD, status=status)))) == [("1", "100.00")]


def test_a_payment_of_nothing_is_none():
    assert charges(of(order("0", "0"), records.payment("0", "1", method="Credit Card"))) == ()


def test_payments_are_told_oldest_first():
    """Whatever time zone each is written in: one of them is told in Eastern time."""
    eastern = timezone(timedelta(hours=-4))
    payments = [
        records.payment("1.00", "12", paid_at=datetime(2026, 11, 16, 20, tzinfo=UTC)),
        records.payment("2.00", "9", paid_at=datetime(2026, 11, 16, 17, tzinfo=eastern)),
        records.payment("3.00", "10", paid_at=datetime(2026, 11, 16, 20, tzinfo=UTC)),
        records.payment("4.00", "11", paid_at=None),
        records.payment("5.00", "8", paid_at=datetime(2026, 11, 16, 20, 0, 0, 1, tzinfo=UTC)),
        records.payment("6.00", "7", paid_at=datetime(2026, 11, 16, 20, tzinfo=UTC)),
    ]
    snapshot = of(order("21.00", "21.00"), *payments)

    assert [one.id for one in charges(snapshot)] == ["11", "7", "10", "12", "8", "9"]


@pytest.mark.parametrize(
    ("paid", "refunded", "payments", "came"),
    [
        ("100.00", "0", ["60.00", "40.00"], "100.00"),
        ("60.00", "0", ["60.00"], "60.00"),
        ("60.00", "40.00", ["100.00", "-40.00"], "100.00"),
        ("100.00", "40.00", ["100.00", "-40.00"], "100.00"),
        ("100.00", "0", [], "100.00"),  # nothing is listed: the order's word counts
        ("60.00", "40.00", [], "100.00"),
        ("0", "100.00", [], "100.00"),
        ("100.00", "100.00", [], "100.00"),
        ("100.00", "0", ["30.00"], "100.00"),
        ("60.00", "40.00", ["30.00"], "60.00"),
        ("0", "0", ["30.00"], "0"),
        ("60.00", "0", ["33.335", "26.665"], "60.00"),
    ],
)
def test_what_was_received(paid, refunded, payments, came):
    rows = [records.payment(amount, str(at)) for at, amount in enumerate(payments, 1)]
    assert received(of(order("100.00", paid, refunded), *rows)) == Decimal(came)


def test_what_an_order_that_is_not_paid_gave_back_did_not_pay_it():
    assert received(of(order("100.00", "60.00", "40.00", status="SENT"))) == 60


@pytest.mark.parametrize(
    ("paid", "payments", "words"),
    [
        ("100.00", [], "The order says that 100.00 USD were paid; its payments come to 0.00 USD (0 of them)."),
        (
            "100.00",
            ["60.00", "30.00"],
            "The order says that 100.00 USD were paid; its payments come to 90.00 USD (2 of them).",
        ),
        ("0", ["60.00"], "The order says that 0.00 USD were paid; its payments come to 60.00 USD (1 of them)."),
        ("100.00", ["50.005", "49.995"], "Payment 1, 2 holds a fraction of the smallest unit of USD."),
    ],
)
def test_payments_that_disagree_with_the_order(paid, payments, words):
    rows = [records.payment(amount, str(at)) for at, amount in enumerate(payments, 1)]
    assert disagreement(of(order("100.00", paid), *rows)) == words


@pytest.mark.parametrize(
    ("refunded", "payments", "words"),
    [
        (
            "40.00",
            ["-30.00"],
            "The order says that 40.00 USD were given back; its refunds come to 30.00 USD (1 of them).",
        ),
        ("40.00", [], "The order says that 40.00 USD were given back; its refunds come to 0.00 USD (0 of them)."),
        ("0", ["-30.00"], "The order says that 0.00 USD were given back; its refunds come to 30.00 USD (1 of them)."),
        ("40.00", ["-20.005", "-19.995"], "Refund 2, 3 holds a fraction of the smallest unit of USD."),
    ],
)
def test_refunds_that_disagree_with_the_order(refunded, payments, words):
    rows = [records.payment(amount, str(at)) for at, amount in enumerate(payments, 2)]
    assert refund_disagreement(of(order("100.00", "100.00", refunded), CARD, *rows)) == words


@pytest.mark.parametrize(
    ("currency", "amount", "is_whole"),
    [
        ("JPY", "500", True),
        ("JPY", "500.5", False),
        ("KWD", "1.005", True),
        ("USD", "1.005", False),
        ("USD", "1", True),
    ],
)
def test_the_smallest_unit_is_that_of_the_currency(currency, amount, is_whole):
    snapshot = of(order(amount, amount, currency=currency), records.payment(amount))
    assert (disagreement(snapshot) is None) == is_whole


def test_which_payment_a_refund_gives_back():
    first, second = records.payment("60.00", "1"), records.payment("40.00", "2", refunded_by="3")
    refund = records.payment("-40.00", "3")
    named = replace(refund, id="4", refund_of="2")

    assert refunded_charge(of(order("100.00", "100.00"), first, second, refund), refund) == second
    assert (
        refunded_charge(of(order("100.00", "100.00"), first, replace(second, refunded_by=None), named), named).id == "2"
    )
    assert refunded_charge(of(order("100.00", "100.00"), first, refund), refund) == first
    assert refunded_charge(of(order("100.00", "100.00"), refund), refund) is None


def test_a_refund_that_is_linked_to_nothing_gives_back_what_is_left():
    card, cash = records.payment("40.00", "1"), records.payment("60.00", "2", method="Cash")
    back = [records.payment(f"-{amount}", id) for amount, id in (("60.00", "3"), ("30.00", "4"), ("5.00", "5"))]
    snapshot = of(order("100.00", "100.00", "95.00"), card, cash, *back)
    assert [[one.id for one in refunded_charges(snapshot, each)] for each in refunds(snapshot)] == [["2"], ["1"], ["1"]]

    more = of(order("100.00", "100.00", "70.00"), replace(card, refunded_by="3"), cash, records.payment("-70.00", "3"))
    assert [one.id for one in refunded_charges(more, refunds(more)[0])] == ["1", "2"]


@pytest.mark.parametrize(
    ("paid", "refunded", "payments", "needed"),
    [
        ("100.00", "0", [CARD], False),
        ("0", "0", [], False),
        ("100.00", "0", [], False),  # no list can say more than that there is none
        ("100.00", "0", [replace(CARD, shared=True)], True),
        ("60.00", "0", [CARD], True),
        ("0", "0", [replace(CARD, status="FAILED")], False),
        ("60.00", "40.00", [CARD, records.payment("-40.00", "2")], False),
        ("100.00", "40.00", [CARD, records.payment("40.00", "2")], True),  # 140.00 net, or 100.00 gross and a refund
    ],
)
def test_when_the_orders_own_list_must_be_asked(paid, refunded, payments, needed):
    assert needs_shares(order("100.00", paid, refunded), payments) is needed


BOTH = records.payment("300.00", "1", shared=True)


@pytest.mark.parametrize("amount", ["100.00", "10000"], ids=["major units", "cents"])
def test_the_share_of_a_payment_of_two_orders(amount):
    mine = order("100.00", "100.00")
    shared = with_shares(mine, [BOTH], [row(amount, "71", "1")])

    assert told(shared) == [("1", "100.00")]
    assert shared[0].method == "Credit Card"
    assert disagreement(of(mine, *shared)) is None


@pytest.mark.parametrize("paid", ["100.00", "60.00"], ids=["gross", "net"])
@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("unit", [1, 100], ids=["major units", "cents"])
@pytest.mark.parametrize("linked", ["in the list of all", "in the own list", "by its method"])
def test_shares_of_a_payment_and_of_its_refund(paid, sign, unit, linked):
    """The ids of the own list are its own: its row 2 is not the payment 2."""
    payment, refund = BOTH, records.payment(str(sign * 120), "2", shared=True, method="Credit Card")
    rows = [row(str(100 * unit), "2", "1"), row(str(sign * 40 * unit), "1", "2")]
    match linked:
        case "in the list of all":
            payment = replace(payment, refunded_by="2")
        case "in the own list":
            rows[1] = replace(rows[1], refund_of="2")
        case _:
            refund = replace(refund, method="Refund", kind="refund")
    mine = order("100.00", paid, "40.00")

    snapshot = of(mine, *with_shares(mine, [payment, refund], rows))

    assert [one.amount for one in charges(snapshot)] == [100]
    assert [one.amount for one in refunds(snapshot)] == [40]
    assert refunded_charge(snapshot, refunds(snapshot)[0]) == charges(snapshot)[0]
    assert (disagreement(snapshot), refund_disagreement(snapshot)) == (None, None)


def test_yen_have_no_smaller_unit():
    mine = order("500", "500", currency="JPY")
    assert told(with_shares(mine, [BOTH], [row("500", "71", "1")])) == [("1", "500")]


def test_thousandths():
    mine = order("1.005", "1.005", currency="KWD")
    assert told(with_shares(mine, [BOTH], [row("1005", "71", "1")])) == [("1", "1.005")]


def test_a_payment_that_only_the_own_list_calls_void_brought_nothing():
    mine = order("100.00", "100.00")
    payments = [CARD, records.payment("100.00", "2")]
    rows = [row("100.00", "71", "1"), row("100.00", "72", "2", status="VOIDED")]

    assert needs_shares(mine, payments)
    assert told(charges(of(mine, *with_shares(mine, payments, rows)))) == [("1", "100.00")]


def test_a_payment_with_several_rows_is_their_sum():
    mine = order("100.00", "100.00")
    rows = [row("70.00", "71", "1"), row("30.00", "72", "1")]
    assert told(with_shares(mine, [BOTH], rows)) == [("1", "100.00")]


@pytest.mark.parametrize(
    "rows",
    [[], [row("100.00", "71", "9")], [replace(row("100.00", "71", "1"), payment_id=None)]],
    ids=["none", "of another payment", "of none"],
)
def test_where_the_own_list_does_not_tell_of_every_payment_nothing_is_made_of_it(rows):
    mine = order("100.00", "100.00")

    assert with_shares(mine, [BOTH], rows) == [BOTH]
    assert disagreement(of(mine, BOTH)) is not None


def test_shares_that_fit_neither_reading_stay_a_disagreement():
    mine = order("100.00", "100.00")
    found = with_shares(mine, [BOTH], [row("99.00", "71", "1")])
    assert disagreement(of(mine, *found)) is not None


CENTS = st.integers(1, 10**9)


@given(
    st.lists(CENTS, min_size=1, max_size=5),
    st.lists(CENTS, max_size=5),
    st.sampled_from(["gross", "net"]),
    st.sampled_from([1, -1]),
    st.sampled_from(["USD", "JPY", "KWD"]),
)
@example([1000], [1000], "net", 1, "USD")
def test_whatever_the_reading_the_same_money_came_and_went(came, went, reading, sign, currency):
    went = went if sum(went) <= sum(came) else []
    came_in, back = from_minor(sum(came), currency), from_minor(sum(went), currency)
    total_paid = came_in - back if reading == "net" else came_in
    payments = [records.payment(str(from_minor(one, currency)), f"1{at}") for at, one in enumerate(came)]
    payments += [
        records.payment(str(sign * from_minor(one, currency)), f"2{at}", method="Refund") for at, one in enumerate(went)
    ]
    snapshot = of(order(str(came_in), str(total_paid), str(back), currency=currency), *payments)

    assert (total_of(charges(snapshot)), total_of(refunds(snapshot))) == (came_in, back)
    assert received(snapshot) == came_in
    assert (disagreement(snapshot), refund_disagreement(snapshot)) == (None, None)
    assert not needs_shares(snapshot.order, payments)


@given(st.lists(CENTS, min_size=1, max_size=5), CENTS, st.booleans())
def test_shares_make_what_the_order_says_in_either_unit(shares, others, in_cents):
    paid = str(from_minor(sum(shares), "USD"))
    mine = order(paid, paid)
    payments = [
        records.payment(str(from_minor(share + others, "USD")), f"1{at}", shared=True)
        for at, share in enumerate(shares)
    ]
    rows = [
        row(str(share if in_cents else from_minor(share, "USD")), f"7{at}", f"1{at}") for at, share in enumerate(shares)
    ]

    found = with_shares(mine, payments, rows)

    assert [one.amount for one in found] == [from_minor(share, "USD") for share in shares]
    assert [(one.id, one.method) for one in found] == [(one.id, one.method) for one in payments]
