"""What the demo takes for wrong, on made-up evidence: its exit code must be worth trusting."""

from __future__ import annotations

import io
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from rich.console import Console

from include.local.evidence import Document, Evidence, Sold, show
from include.local.sold import sale_from

DAY, NEXT_DAY = "2026-11-16", "2026-11-17"


@pytest.fixture
def right() -> Evidence:
    """Two orders recorded, of one of which half was given back; one waiting."""
    return Evidence(
        orders={
            "1": Sold(DAY, Decimal("10.00"), Decimal("5.00"), (NEXT_DAY,)),
            "2": Sold(DAY, Decimal("0.10")),
            "3": Sold(DAY, Decimal("7.50"), Decimal("7.50"), (DAY,)),
        },
        documents=[Document("1", DAY, Decimal("10.0")), Document("2", DAY, Decimal("0.1"))],
        refunds=[Document("1", NEXT_DAY, Decimal("5.0"))],
        statuses={"1": "posted", "2": "posted with warnings", "3": "waiting"},
        reasons=Counter({("posted", ""): 1, ("posted with warnings", "CHANGED"): 1, ("waiting", "UNPAID"): 1}),
        warnings={"CHANGED": 1},
        calls={"create SalesReceipt": 2},
    )


def _shown(evidence: Evidence, posted_again: int = 0, as_planned: tuple[int, int] = (3, 3)) -> tuple[list[str], str]:
    console = Console(file=io.StringIO(), record=True, width=200)
    return show(console, evidence, posted_again, as_planned), console.export_text()


def test_what_is_right_has_no_problems(right: Evidence) -> None:
    assert right.problems == []
    problems, text = _shown(right)
    assert problems == []
    assert "Right: 2 documents" in text
    assert "1 refunds" in text
    assert "came as planned: 3 of 3" in text
    assert "posted nothing" in text


def test_an_order_with_two_documents(right: Evidence) -> None:
    twice = replace(right, documents=[*right.documents, right.documents[0]])
    assert twice.problems == ["order 1 has 2 documents"]


@pytest.mark.parametrize("total", ["10.01", "9.99", "0", "-10.00"])
def test_a_document_that_is_off(right: Evidence, total: str) -> None:
    off = replace(right, documents=[Document("1", DAY, Decimal(total)), right.documents[1]])
    assert off.problems == [f"order 1 comes to 10.00, its document to {total}"]


def test_a_document_of_another_day(right: Evidence) -> None:
    late = replace(right, documents=[replace(right.documents[0], day="2026-11-17"), right.documents[1]])
    assert late.problems == ["order 1 was paid on 2026-11-16, its sales receipt is of 2026-11-17"]


def test_an_order_that_was_never_seen(right: Evidence) -> None:
    lost = replace(right, orders=right.orders | {"4": Sold(DAY, Decimal(5))})
    assert lost.problems == ["order 4 was never seen"]


def test_an_order_that_is_called_posted_and_is_not(right: Evidence) -> None:
    missing = replace(right, documents=right.documents[:1])
    assert missing.problems == ["order 2 is called posted, and has no document"]


def test_a_document_whose_order_is_not_called_posted(right: Evidence) -> None:
    unknown = replace(right, statuses=right.statuses | {"1": "failed"})
    assert unknown.problems == ["order 1 has a document, and is not called posted"]


@pytest.mark.parametrize(
    ("refunds", "problem"),
    [
        ([], "order 1 was given 5.00 back, its 0 refund receipts come to 0"),
        ([Document("1", NEXT_DAY, Decimal("5"))] * 2, "order 1 was given 5.00 back, its 2 refund receipts come to 10"),
        ([Document("1", NEXT_DAY, Decimal("4.99"))], "order 1 was given 5.00 back, its 1 refund receipts come to 4.99"),
        ([Document("1", DAY, Decimal("5"))], f"order 1 was given money back on {NEXT_DAY}, its receipts are of {DAY}"),
    ],
    ids=["missing", "double", "off", "of another day"],
)
def test_a_refund_that_is_not_right(right: Evidence, refunds: list[Document], problem: str) -> None:
    assert replace(right, refunds=refunds).problems == [problem]


def test_a_refund_of_an_order_that_has_no_document(right: Evidence) -> None:
    early = replace(right, refunds=[*right.refunds, Document("3", DAY, Decimal("7.5"))])
    assert early.problems == ["order 3 has a refund receipt and no document"]


@pytest.mark.parametrize("status", ["extracted", "matched"])
def test_an_order_that_stopped_half_way(right: Evidence, status: str) -> None:
    stuck = replace(right, statuses=right.statuses | {"3": status})
    assert stuck.problems == [f"order 3 stopped half-way, as {status}"]


def test_a_document_of_an_order_that_infusionsoft_does_not_have(right: Evidence) -> None:
    foreign = replace(right, documents=[*right.documents, Document("99", DAY, Decimal(1))])
    problems, text = _shown(foreign)
    assert problems[0] == "order 99 has a document, and Infusionsoft does not have it"
    assert "Wrong:" in text
    assert "Right:" not in text


def test_a_repetition_that_posted_something_is_wrong(right: Evidence) -> None:
    problems, text = _shown(right, posted_again=2)
    assert problems == ["running a day again posted 2 documents"]
    assert "Wrong: running a day again posted 2 documents" in text


def test_a_plan_that_did_not_come_true_is_wrong(right: Evidence) -> None:
    problems, text = _shown(right, as_planned=(2, 3))
    assert problems == ["1 documents were posted otherwise than planned, or not"]
    assert "Right:" not in text


def test_a_demo_that_posted_nothing_is_wrong(right: Evidence) -> None:
    nothing = replace(right, documents=[], refunds=[], statuses=dict.fromkeys(right.orders, "waiting"))
    assert _shown(nothing)[0] == ["no order was posted"]


def test_the_money_is_shown_by_day(right: Evidence) -> None:
    _problems, text = _shown(right)
    rows = [line.replace("│", " ").split() for line in text.splitlines()]
    assert [DAY, "2", "10.10", "10.10", "0.00"] in rows
    assert ["refunds", "1", "5.00", "5.00", "0.00"] in rows


@pytest.fixture
def in_parts() -> Evidence:
    """An order of which half came in two payments, as an invoice; and one that was paid the day after, as a sales receipt."""
    return Evidence(
        orders={
            "1": Sold(DAY, Decimal("10.00"), paid=Decimal("5.00"), days_paid=(DAY, NEXT_DAY)),
            "2": Sold(DAY, Decimal("7.50"), paid=Decimal("7.50"), days_paid=(NEXT_DAY,)),
        },
        documents=[Document("1", DAY, Decimal("10.0"), "Invoice"), Document("2", NEXT_DAY, Decimal("7.5"))],
        payments=[Document("1", DAY, Decimal("2"), "Payment"), Document("1", NEXT_DAY, Decimal("3"), "Payment")],
        refunds=[],
        statuses={"1": "posted", "2": "posted"},
        reasons=Counter({("posted", ""): 2}),
        warnings={},
        calls={},
    )


def test_an_invoice_with_its_payments_and_a_receipt_of_the_day_of_its_payment_are_right(in_parts: Evidence) -> None:
    problems, text = _shown(in_parts)
    assert problems == []
    assert "Right: 2 documents" in text
    assert "2 payments and 0 write-offs of invoices" in text


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"payments": []}, "5.00 came in for order 1, its 0 payments come to 0"),
        (
            {"payments": [Document("1", DAY, Decimal("5"), "Payment")]},
            f"order 1 was paid on {DAY} and {NEXT_DAY}, its payments are of {DAY}",
        ),
        (
            {"documents": [Document("1", NEXT_DAY, Decimal("10"), "Invoice"), Document("2", NEXT_DAY, Decimal("7.5"))]},
            f"order 1 is of {DAY}, its invoice of {NEXT_DAY}",
        ),
        (
            {"documents": [Document("1", DAY, Decimal("10"), "Invoice"), Document("2", DAY, Decimal("7.5"))]},
            f"order 2 was paid on {NEXT_DAY}, its sales receipt is of {DAY}",
        ),
        (
            {"documents": [Document("1", DAY, Decimal("10")), Document("2", NEXT_DAY, Decimal("7.5"))]},
            "order 1 has a payment and no invoice",
        ),
    ],
    ids=["no payment", "one of two days", "invoice of another day", "receipt of another day", "no invoice"],
)
def test_a_payment_or_a_day_that_is_not_right(in_parts: Evidence, changes: dict[str, Any], problem: str) -> None:
    assert problem in replace(in_parts, **changes).problems


@pytest.fixture
def forgiven() -> Evidence:
    """An invoice, of which half was written off, and a sales receipt of what is left of one."""
    paid = Decimal("5.00")
    return Evidence(
        orders={
            "1": Sold(DAY, Decimal("10.00"), Decimal(0), (), paid, (DAY,), paid, (NEXT_DAY,)),
            "2": Sold(DAY, Decimal("7.50"), Decimal(0), (), paid, (DAY,), Decimal("2.50"), (NEXT_DAY,)),
        },
        documents=[Document("1", DAY, Decimal("10"), "Invoice"), Document("2", DAY, Decimal("5"))],
        payments=[Document("1", DAY, Decimal("5"), "Payment")],
        write_offs=[Document("1", NEXT_DAY, Decimal("5"), "CreditMemo")],
        applications=[Document("1", NEXT_DAY, Decimal(0), "Payment")],
        refunds=[],
        statuses={"1": "posted", "2": "posted"},
        reasons=Counter({("posted", ""): 2}),
        warnings={},
        calls={},
    )


def test_what_was_written_off_is_a_credit_memo_of_an_invoice_and_is_not_on_a_receipt(forgiven: Evidence) -> None:
    problems, text = _shown(forgiven)
    assert problems == []
    assert forgiven.number == 5
    rows = [line.replace("│", " ").split() for line in text.splitlines()]
    assert [DAY, "2", "15.00", "15.00", "0.00"] in rows
    assert ["write-offs", "1", "5.00", "5.00", "0.00"] in rows


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"write_offs": []}, "order 1 was forgiven 5.00, its 0 credit memos come to 0"),
        (
            {"write_offs": [Document("1", DAY, Decimal("5"), "CreditMemo")]},
            f"order 1 was forgiven on {NEXT_DAY}, its credit memos are of {DAY}",
        ),
        (
            {"write_offs": [Document("1", NEXT_DAY, Decimal("5"), "CreditMemo", Decimal("5.00"))]},
            "5.00 of the credit memos of order 1 are applied to nothing",
        ),
        (
            {"write_offs": [Document(one, NEXT_DAY, Decimal("5"), "CreditMemo") for one in "12"]},
            "order 2 has a credit memo and no invoice",
        ),
        (
            {"documents": [Document("1", DAY, Decimal("10"), "Invoice"), Document("2", DAY, Decimal("7.5"))]},
            "order 2 comes to 5.00, its document to 7.5",
        ),
    ],
    ids=["missing", "of another day", "not applied", "of a receipt", "a receipt of all"],
)
def test_a_write_off_that_is_not_right(forgiven: Evidence, changes: dict[str, Any], problem: str) -> None:
    assert replace(forgiven, **changes).problems == [problem]


def test_an_account_that_is_not_as_an_accountant_makes_it_is_wrong(right: Evidence) -> None:
    order = {
        "order_time": "2026-11-16T19:00:00.000Z",
        "total": {"amount": 1086},
        "payment_plan": None,
        "order_items": [
            {"item_type": "PRODUCT", "price_per_unit": {"amount": 550}, "quantity": 2},
            {"item_type": "DISCOUNT", "price_per_unit": {"amount": -100}, "quantity": 1},
            {"item_type": "TAX", "price_per_unit": {"amount": 86}, "quantity": 1},
        ],
    }
    moved = [
        ("9", "Credit Card", 10.86, "2026-11-16T20:00:00Z", "10"),
        ("10", "Refund", -5.43, "2026-11-17T20:00:00Z", None),
    ]
    named = ("id", "type", "amount", "payment_time", "refund_payment_id")
    payments = [dict(zip(named, one, strict=True)) for one in moved]
    sales = {"1": sale_from(order, payments), "3": sale_from(order, [])}
    cash, tax = Decimal("105.43"), Decimal("-0.43")
    shown = {
        "Undeposited Funds": cash,
        "Sales of Product Income": Decimal("-6.00"),
        "Discounts given": Decimal("1.00"),
        "Sales Tax Payable": tax,
        "Capital": Decimal("-100.00"),
    }
    before = {"Undeposited Funds": Decimal("100.00"), "Capital": Decimal("-100.00")}
    booked = replace(right, sales=sales, accounts=shown, accounts_before=before)
    assert booked.problems == []
    _problems, text = _shown(booked)
    rows = [line.replace("│", " ").split() for line in text.splitlines()]
    assert ["Undeposited", "Funds", "100.00", "5.43", "105.43", "0.00"] in rows
    assert ["Sales", "Tax", "Payable", "0.00", "-0.43", "-0.43", "0.00"] in rows

    off = replace(booked, accounts={**shown, "Undeposited Funds": cash + 1, "Sales Tax Payable": tax - 1})
    assert off.problems == [
        "the account Sales Tax Payable stands at -1.43, and should at -0.43",
        "the account Undeposited Funds stands at 106.43, and should at 105.43",
    ]
