"""Payments of Infusionsoft that are no money: write-offs, credits, and types that nobody knows."""

from __future__ import annotations

from typing import Any

import pytest

from tests.shop.counter import ShopCounter, line
from tests.shop.entries import entries

UF, AR, SALES = "Undeposited Funds", "Accounts Receivable (A/R)", "Sales of Product Income"
DISCOUNTS, STP, BAD_DEBT = "Discounts given", "Sales Tax Payable", "Bad Debt"
PAYING = ("Invoice and payment", "Invoice, payment if paid")
TAXED = (line("100.00", taxable=True), line("8.60", kind="TAX"))

both_ways = pytest.mark.parametrize("write_mode", ["single", "batch"])
each_way = pytest.mark.parametrize("post_as", ["Sales receipt", *PAYING])
paying = pytest.mark.parametrize("post_as", PAYING)
each_tax = pytest.mark.parametrize("record_as", ["line item", "as charged", "automatic"])


def choose(counter: ShopCounter, post_as: str = "Sales receipt", **settings: Any) -> None:
    revenue = {"post_as": post_as, **settings.pop("revenue", {})}
    counter.set(revenue=revenue, **settings)


def with_item(counter: ShopCounter) -> dict[str, str]:
    """The item of write-offs in the books, and the setting that names it."""
    account = {"value": counter.listed("Account", BAD_DEBT)}
    counter.add("Item", Name="Write-offs", Type="Service", IncomeAccountRef=account)
    return {"write_off_item": "Write-offs"}


@both_ways
def test_m1_a_receipt_shows_what_was_paid_and_a_discount_for_the_rest(counter: ShopCounter, write_mode: str) -> None:
    choose(counter, write_mode=write_mode)
    counter.sell(1)
    counter.pay(1, "80.00", method="Check")
    counter.pay(1, "20.00", method="Adjustment")
    counter.run(0)

    assert counter.state() == "posted"
    assert entries(counter) == {UF: "Dr 80.00", DISCOUNTS: "Dr 20.00", SALES: "Cr 100.00"}
    assert counter.books() == ["SalesReceipt IS-1 11-16 80.00"]
    counter.expect_quiet()


@both_ways
@pytest.mark.parametrize(
    ("method", "account"), [("Adjustment", BAD_DEBT), ("WRITE_OFF", BAD_DEBT), ("Credit", DISCOUNTS)]
)
def test_m1_write_offs_have_an_account_of_their_own(
    counter: ShopCounter, write_mode: str, method: str, account: str
) -> None:
    choose(counter, write_mode=write_mode, payments=with_item(counter))
    counter.sell(1)
    counter.pay(1, "80.00")
    counter.pay(1, "20.00", method=method)
    counter.run(0)

    assert (counter.state(), entries(counter)) == ("posted", {UF: "Dr 80.00", account: "Dr 20.00", SALES: "Cr 100.00"})
    counter.expect_quiet()


@each_tax
def test_m1_the_tax_of_what_was_written_off_is_not_owed(counter: ShopCounter, record_as: str) -> None:
    counter.company(sales_tax_percent=8.6)
    choose(counter, taxes={"record_as": record_as})
    counter.sell(1, *TAXED)
    counter.pay(1, "88.60")
    counter.pay(1, "20.00", method="Adjustment")
    counter.run(0)

    assert counter.state() == "posted"
    assert entries(counter) == {UF: "Dr 88.60", DISCOUNTS: "Dr 18.42", SALES: "Cr 100.00", STP: "Cr 7.02"}
    counter.expect_quiet()


def test_m1_discounts_and_write_offs_of_one_account_are_one_line(counter: ShopCounter) -> None:
    choose(counter)
    counter.sell(1, line("100.00"), line("10.00", kind="DISCOUNT"))
    counter.pay(1, "70.00")
    counter.pay(1, "15.00", method="Adjustment")
    counter.pay(1, "5.00", method="Credit")
    counter.run(0)

    assert (counter.state(), counter.sold("SalesReceipt", "IS-1")) == (
        "posted",
        ["Widget 100.00 NON", "discount 30.00"],
    )
    assert entries(counter) == {UF: "Dr 70.00", DISCOUNTS: "Dr 30.00", SALES: "Cr 100.00"}


def test_m1_a_consolidated_day(counter: ShopCounter) -> None:
    choose(counter, revenue={"consolidate": True}, payments=with_item(counter))
    counter.add("Customer", DisplayName="demo daily sales")
    for number, method in ((1, "Adjustment"), (2, "Credit"), (3, None)):
        counter.sell(number)
        counter.pay(number, "80.00" if method else "100.00")
        if method:
            counter.pay(number, "20.00", method=method)
    counter.run(0)

    assert set(counter.states().values()) == {"posted"}
    assert entries(counter) == {UF: "Dr 260.00", BAD_DEBT: "Dr 20.00", DISCOUNTS: "Dr 20.00", SALES: "Cr 300.00"}
    counter.expect_quiet()


@both_ways
@each_way
@pytest.mark.parametrize("sign", ["", "-"])
def test_m5_a_refund_with_the_credit_that_settles_it(
    counter: ShopCounter, write_mode: str, post_as: str, sign: str
) -> None:
    choose(counter, post_as, write_mode=write_mode)
    counter.sell(1, line("15.00"))
    counter.pay(1, "15.00")
    counter.give_back(1, "5.00")
    counter.pay(1, f"{sign}5.00", method="Credit")
    counter.change(1, refund_total="5.00", total_paid="20.00")
    counter.run(0)

    assert (counter.state(), entries(counter)) == ("posted", {UF: "Dr 10.00", SALES: "Cr 10.00"})
    counter.expect_quiet()


@both_ways
@each_way
def test_m6_a_type_that_is_on_no_list(counter: ShopCounter, write_mode: str, post_as: str) -> None:
    choose(counter, post_as, write_mode=write_mode)
    counter.sell(1)
    counter.pay(1, method="Barter")
    counter.run(0)

    assert (counter.state(), entries(counter)) == ("held PAYMENT_KIND", {})
    assert "'Barter'" in counter.history()[0]
    assert "payments.kinds in the settings of store demo" in counter.order(1).advice

    choose(counter, post_as, write_mode=write_mode, payments={"kinds": {"barter": "money"}})
    counter.run(1)
    assert (counter.state(), entries(counter)) == ("posted", {UF: "Dr 100.00", SALES: "Cr 100.00"})


@each_way
def test_m6_a_type_that_comes_after_the_order_was_recorded(counter: ShopCounter, post_as: str) -> None:
    choose(counter, post_as)
    counter.sell(1)
    counter.pay(1)
    counter.run(0)
    before = entries(counter)
    counter.pay(1, "-10.00", method="Barter", day=1)
    counter.change(1, day=1, refund_total="10.00")
    counter.run(1)

    assert (counter.state(), entries(counter)) == ("held PAYMENT_KIND", before)


def test_m6_a_type_that_has_an_account_is_money(counter: ShopCounter) -> None:
    choose(counter, revenue={"deposit_accounts": {"Barter": "Checking"}})
    counter.sell(1)
    counter.pay(1, method="barter")
    counter.run(0)

    assert (counter.state(), entries(counter)) == ("posted", {"Checking": "Dr 100.00", SALES: "Cr 100.00"})


@both_ways
@pytest.mark.parametrize("default", [None, "Checking"])
def test_m7_money_of_several_accounts(counter: ShopCounter, write_mode: str, default: str | None) -> None:
    accounts = {"deposit_accounts": {"Apple Pay": "Savings"}, "deposit_account": default}
    counter.add("Account", Name="Savings", AccountType="Bank")
    choose(counter, write_mode=write_mode, revenue=accounts)
    counter.sell(1)
    counter.pay(1, "40.00", method="apple pay")
    counter.run(0)
    assert counter.state() == "waiting UNPAID"
    counter.pay(1, "60.00", method="Cash", day=1)
    counter.run(1)

    assert counter.state() == "posted"
    assert entries(counter) == {"Savings": "Dr 40.00", default or UF: "Dr 60.00", SALES: "Cr 100.00"}
    assert counter.books() == [
        "Invoice IS-1 11-16 100.00 open 0.00",
        "Payment IS-1 11-16 40.00",
        "Payment IS-1 11-17 60.00",
    ]
    counter.expect_quiet()


@pytest.mark.parametrize(
    "settings",
    [{"payments": {"several_accounts": "hold"}}, {"revenue": {"consolidate": True}}],
    ids=["hold", "consolidate"],
)
def test_m7_held(counter: ShopCounter, settings: dict[str, Any]) -> None:
    revenue = {"deposit_accounts": {"Cash": "Checking"}, **settings.pop("revenue", {})}
    counter.add("Customer", DisplayName="demo daily sales")
    choose(counter, revenue=revenue, **settings)
    counter.sell(1)
    counter.pay(1, "40.00")
    counter.pay(1, "60.00", method="Cash")
    counter.run(0)

    assert (counter.state(), entries(counter)) == ("held SEVERAL_ACCOUNTS", {})


def test_m7_methods_of_one_account_stay_one_receipt(counter: ShopCounter) -> None:
    choose(counter, revenue={"deposit_accounts": {"Cash": "Undeposited Funds"}})
    counter.sell(1)
    counter.pay(1, "40.00")
    counter.pay(1, "60.00", method="Cash")
    counter.run(0)

    assert counter.books() == ["SalesReceipt IS-1 11-16 100.00"]
