"""The accountant's model, by the cases whose entries are known."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from include.local.books import Line, Money, Sale, balances, sum_of

DAY, LATER = "2026-11-16", "2026-11-17"
UF, AR, SALES, STP = "Undeposited Funds", "Accounts Receivable (A/R)", "Sales", "Sales Tax Payable"


def amounts(**of: str) -> dict[str, Decimal]:
    names = {
        "uf": UF,
        "ar": AR,
        "sales": SALES,
        "tax": STP,
        "exchange": "Exchange Gain or Loss",
        "discounts": "Discounts",
    }
    return {names[name]: Decimal(amount) for name, amount in of.items()}


def sale(
    *money: tuple[str, str], way: str = "receipt", lines: tuple[str, ...] = ("100.00",), tax: str = "0", **more: Any
) -> Sale:
    """Of lines on Sales and a tax; money is what, and how much, a day each from the day after the sale on."""
    found = [
        Money(what, f"2026-11-{17 + at}", Decimal(amount), {"written off": "Discounts"}.get(what, UF))
        for at, (what, amount) in enumerate(money)
    ]  # type: ignore[arg-type]
    sold = [*(Line(SALES, Decimal(one)) for one in lines), Line(STP, Decimal(tax))]
    return Sale(day=DAY, lines=sold, money=found, way=way, returns=SALES, **more)  # type: ignore[arg-type]


EUROS = {DAY: Decimal("1.08"), LATER: Decimal("1.10"), "2026-11-18": Decimal("1.05")}


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        (sale(("paid", "40.00")), {}),
        (sale(("paid", "40.00"), ("paid", "60.00")), {"uf": "100.00", "sales": "-100.00"}),
        (sale(("paid", "110.00")), {"uf": "110.00", "sales": "-100.00", "ar": "-10.00"}),
        (sale(way="invoice"), {"ar": "100.00", "sales": "-100.00"}),
        (sale(("paid", "100.00"), way="invoice"), {"ar": "100.00", "sales": "-100.00"}),
        (sale(("paid", "40.00"), way="invoice and payments"), {"uf": "40.00", "ar": "60.00", "sales": "-100.00"}),
        (sale(("paid", "40.00"), way="invoice, payments once paid"), {"ar": "100.00", "sales": "-100.00"}),
        (sale(("paid", "110.00"), way="invoice and payments"), {"uf": "110.00", "ar": "-10.00", "sales": "-100.00"}),
    ],
)
def test_sales(of: Sale, expected: dict[str, str]) -> None:
    assert balances(of) == amounts(**expected)


@pytest.mark.parametrize("way", ["receipt", "invoice and payments", "invoice, payments once paid"])
@pytest.mark.parametrize(
    ("money", "tax", "expected"),
    [
        ([("paid", "80.00"), ("written off", "20.00")], "0", {"uf": "80.00", "discounts": "20.00", "sales": "-100.00"}),
        ([("paid", "100.00"), ("refunded", "100.00")], "0", {}),
        ([("paid", "108.60"), ("refunded", "54.30")], "8.60", {"uf": "54.30", "sales": "-50.00", "tax": "-4.30"}),
        ([("paid", "108.60"), ("refunded", "54.30"), ("refunded", "54.30")], "8.60", {}),
        ([("paid", "108.60"), ("refunded", "0.06"), ("refunded", "108.54")], "8.60", {}),
    ],
    ids=["m1 and m2", "whole", "a part", "m13", "a cent of tax"],
)
def test_write_offs_and_refunds(way: str, money: list[tuple[str, str]], tax: str, expected: dict[str, str]) -> None:
    assert balances(sale(*money, way=way, tax=tax)) == amounts(**expected)


def test_m3_what_nobody_pays_is_lost_without_its_tax() -> None:
    of = sale(("written off", "108.60"), way="invoice and payments", tax="8.60")
    assert balances(of) == amounts(discounts="100.00", sales="-100.00")


def test_m3_a_receipt_needs_money() -> None:
    assert balances(sale(("written off", "108.60"), tax="8.60")) == {}


def test_m11_what_goes_back_of_an_open_invoice_is_owed_again() -> None:
    of = sale(("paid", "40.00"), ("refunded", "40.00"), way="invoice and payments")
    assert balances(of) == amounts(ar="100.00", sales="-100.00")


@pytest.mark.parametrize("way", ["receipt", "invoice and payments"])
def test_m5_a_credit_beside_a_refund_forgives_nothing(way: str) -> None:
    of = sale(("paid", "15.00"), ("refunded", "5.00"), ("written off", "5.00"), way=way, lines=("15.00",))
    assert balances(of) == amounts(uf="10.00", sales="-10.00")


def test_m4_what_went_back_of_a_sale_that_is_given_up_is_not_owed_again() -> None:
    money = ("paid", "100.00"), ("refunded", "100.00"), ("written off", "200.00")
    of = sale(*money, way="invoice and payments", lines=("276.24",), tax="23.76")
    assert balances(of) == amounts(discounts="184.16", sales="-184.16")


def test_m12_what_was_given_back_may_be_known() -> None:
    paid, lines = Money("paid", LATER, Decimal("158.60"), UF), (Line("Services", Decimal("50.00")),)
    back = Money("refunded", LATER, Decimal("50.00"), UF, lines)
    of = replace(
        sale(tax="8.60"), lines=[Line(SALES, Decimal(100)), *lines, Line(STP, Decimal("8.60"))], money=[paid, back]
    )
    assert balances(of) == amounts(uf="108.60", sales="-100.00", tax="-8.60")


def test_m12_a_part_takes_its_tax_along() -> None:
    of = sale(("paid", "162.90"), ("refunded", "54.30"), lines=("100.00", "50.00"), tax="12.90")
    assert balances(of) == amounts(uf="108.60", sales="-100.00", tax="-8.60")


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        (sale(("paid", "1000.00"), lines=("1000.00",), rates=EUROS), {"uf": "1100.00", "sales": "-1100.00"}),
        (
            sale(("paid", "1000.00"), lines=("1000.00",), way="invoice and payments", rates=EUROS),
            {"uf": "1100.00", "sales": "-1080.00", "exchange": "-20.00"},
        ),
        (
            sale(("paid", "1000.00"), ("refunded", "300.00"), lines=("1000.00",), rates=EUROS),
            {"uf": "785.00", "sales": "-785.00"},
        ),
    ],
    ids=["m25", "m26", "refund"],
)
def test_other_currencies(of: Sale, expected: dict[str, str]) -> None:
    assert balances(of) == amounts(**expected)


def test_orders_together() -> None:
    paid, back = balances(sale(("paid", "100.00"))), balances(sale(way="invoice"))
    assert sum_of([paid, back]) == amounts(uf="100.00", ar="100.00", sales="-200.00")
    assert sum_of([paid, {UF: Decimal(-100), SALES: Decimal(100)}]) == {}
