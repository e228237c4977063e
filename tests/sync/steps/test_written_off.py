"""Payments of Infusionsoft that are no money: write-offs, credits, and types that nobody knows."""

from __future__ import annotations

from typing import Any

import pytest

from order_sync.sync.recording.planned import plan_run
from order_sync.sync.steps.refresh_customers import refresh_lists
from tests.shop import runs
from tests.shop.counter import ShopCounter, line, refusal
from tests.shop.entries import entries

UF, AR, SALES = "Undeposited Funds", "Accounts Receivable (A/R)", "Sales of Product Income"
DISCOUNTS, STP, BAD_DEBT = "Discounts given", "Sales Tax Payable", "Bad Debt"
WITH_ITEM = {"write_off_item": "Write-offs"}
PAYING = ("Invoice and payment", "Invoice, payment if paid")
TAXED = (line("100.00", taxable=True), line("8.60", kind="TAX"))

both_ways = pytest.mark.parametrize("write_mode", ["single", "batch"])
each_way = pytest.mark.parametrize("post_as", ["Sales receipt", *PAYING])
paying = pytest.mark.parametrize("post_as", PAYING)
each_tax = pytest.mark.parametrize("record_as", ["line item", "as charged", "automatic"])


def choose(counter: ShopCounter, post_as: str = "Sales receipt", **settings: Any) -> None:
    revenue = {"post_as": post_as, **settings.pop("revenue", {})}
    counter.set(revenue=revenue, **settings)


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
    choose(counter, write_mode=write_mode, payments=WITH_ITEM)
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
    choose(counter, revenue={"consolidate": True}, payments=WITH_ITEM)
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
@paying
def test_m2_an_invoice_has_a_credit_memo_for_the_rest(counter: ShopCounter, write_mode: str, post_as: str) -> None:
    choose(counter, post_as, write_mode=write_mode)
    counter.sell(1)
    counter.pay(1, "80.00", method="Check")
    counter.pay(1, "20.00", method="Adjustment")
    assert counter.run(0) == {"posted": 1, "payments": 1, "write-offs": 1, "applications": 1}

    assert counter.state() == "posted"
    assert entries(counter) == {UF: "Dr 80.00", SALES: "Cr 80.00"}
    assert [one["Balance"] for one in (*counter.records("Invoice"), *counter.records("CreditMemo"))] == [0, 0]
    assert (counter.ledger("write-off"), counter.ledger("application")) == (
        ["1/102 generation 1 posted"],
        ["1/102 generation 1 posted"],
    )
    counter.expect_quiet()


@both_ways
@paying
@each_tax
def test_m3_wholly_written_off(counter: ShopCounter, write_mode: str, post_as: str, record_as: str) -> None:
    counter.company(sales_tax_percent=8.6)
    choose(counter, post_as, write_mode=write_mode, taxes={"record_as": record_as}, payments=WITH_ITEM)
    counter.sell(1, *TAXED)
    counter.pay(1, "108.60", method="Adjustment")
    counter.run(0)

    assert (counter.state(), entries(counter)) == ("posted", {BAD_DEBT: "Dr 100.00", SALES: "Cr 100.00"})
    counter.expect_quiet()


@both_ways
def test_m3_a_receipt_of_what_was_never_paid_is_none(counter: ShopCounter, write_mode: str) -> None:
    choose(counter, write_mode=write_mode)
    counter.sell(1, *TAXED)
    counter.pay(1, "108.60", method="Adjustment")
    counter.run(0)
    assert (counter.state(), entries(counter)) == ("skipped WRITTEN_OFF", {})
    assert "108.60 USD are written off" in counter.history()[0]
    counter.expect_quiet()

    counter.pay(1, "108.60", day=2)
    counter.run(2)
    right = {UF: "Dr 108.60", SALES: "Cr 100.00", STP: "Cr 8.60"}
    assert (counter.state(), entries(counter)) == ("posted with warnings", right)
    assert any("108.60 USD more than was open" in one for one in counter.history())
    counter.expect_quiet()


@both_ways
@each_way
def test_m4_a_plan_that_was_given_back_and_credited(counter: ShopCounter, write_mode: str, post_as: str) -> None:
    choose(counter, post_as, write_mode=write_mode)
    counter.sell(1, line("300.00"))
    counter.pay(1, "100.00")
    counter.give_back(1, "100.00")
    counter.pay(1, "200.00", method="Credit")
    counter.run(0)

    assert (counter.state(), entries(counter)) == ("posted", {})
    counter.expect_quiet()


@both_ways
@each_way
def test_m4_day_by_day(counter: ShopCounter, write_mode: str, post_as: str) -> None:
    choose(counter, post_as, write_mode=write_mode)
    counter.sell(1, line("300.00"))
    counter.pay(1, "100.00")
    counter.run(0)
    counter.give_back(1, "100.00", day=1)
    counter.run(1)
    counter.pay(1, "200.00", method="Credit", day=2)
    counter.run(2)

    assert (counter.state(), entries(counter)) == ("posted", {})
    counter.expect_quiet()


@both_ways
@each_way
def test_m5_day_by_day(counter: ShopCounter, write_mode: str, post_as: str) -> None:
    choose(counter, post_as, write_mode=write_mode)
    counter.sell(1, line("15.00"))
    counter.pay(1, "15.00")
    counter.run(0)
    counter.give_back(1, "5.00", day=1)
    counter.run(1)
    counter.pay(1, "5.00", method="Credit", day=2)
    counter.run(2)

    assert (counter.state(), entries(counter)) == ("posted", {UF: "Dr 10.00", SALES: "Cr 10.00"})
    counter.expect_quiet()


def test_an_invoice_that_follows_its_order_below_what_is_settled_is_held(counter: ShopCounter) -> None:
    choose(counter, "Invoice and payment", orders={"changed": "update"})
    counter.sell(1)
    counter.pay(1, "80.00")
    counter.pay(1, "20.00", method="Adjustment")
    counter.run(0)
    counter.change(1, line("90.00"), day=1)
    counter.run(1)

    assert (counter.state(), entries(counter)) == ("held OVERPAID", {UF: "Dr 80.00", SALES: "Cr 80.00"})


def test_an_invoice_alone_has_no_credit_memo(counter: ShopCounter) -> None:
    choose(counter, "Invoice")
    counter.sell(1)
    counter.pay(1, "80.00")
    counter.pay(1, "20.00", method="Adjustment")
    counter.run(0)

    assert (counter.state(), entries(counter)) == ("posted", {AR: "Dr 100.00", SALES: "Cr 100.00"})


@both_ways
def test_a_write_off_that_comes_later_and_another(counter: ShopCounter, write_mode: str) -> None:
    choose(counter, "Invoice and payment", write_mode=write_mode, payments=WITH_ITEM)
    counter.sell(1, *TAXED)
    counter.pay(1, "60.00")
    counter.run(0)
    counter.pay(1, "0.01", method="Adjustment", day=1)
    counter.run(1)
    counter.pay(1, "48.59", method="Bad debt", day=2)
    counter.run(2)

    # 108.60 × 8.6 / 108.6 of tax in all; of the 48.60 that are written off 3.85.
    right = {UF: "Dr 60.00", BAD_DEBT: "Dr 44.75", SALES: "Cr 100.00", STP: "Cr 4.75"}
    assert (counter.state(), entries(counter)) == ("posted", right)
    assert [one["DocNumber"] for one in counter.records("CreditMemo")] == ["IS-1-W1", "IS-1-W2"]
    counter.expect_quiet()


def test_money_that_comes_for_what_was_written_off_on_a_days_document(counter: ShopCounter) -> None:
    choose(counter, revenue={"consolidate": True})
    counter.add("Customer", DisplayName="demo daily sales")
    counter.sell(1)
    counter.pay(1, "80.00")
    counter.pay(1, "20.00", method="Adjustment")
    counter.run(0)
    before = entries(counter)
    counter.pay(1, "20.00", day=1)
    counter.run(1)

    assert (counter.state(), entries(counter)) == ("held WRITE_OFF_DISAGREES", before)


def test_a_taxed_order_of_a_days_document_is_given_back(counter: ShopCounter) -> None:
    choose(counter, revenue={"consolidate": True}, taxes={"record_as": "as charged"})
    counter.add("Customer", DisplayName="demo daily sales")
    counter.sell(1, *TAXED)
    counter.pay(1, "88.60")
    counter.pay(1, "20.00", method="Adjustment")
    counter.run(0)

    right = {UF: "Dr 88.60", DISCOUNTS: "Dr 18.42", SALES: "Cr 100.00", STP: "Cr 7.02"}
    assert (counter.state(), entries(counter)) == ("posted", right)
    counter.give_back(1, "88.60", day=1)
    counter.run(1)
    assert (counter.state(), UF in entries(counter), STP in entries(counter)) == ("posted", False, False)


@both_ways
def test_a_write_off_in_a_foreign_currency(counter: ShopCounter, write_mode: str) -> None:
    foreign(counter, "EUR", 1.08, 1.10, write_mode)
    counter.sell(1, currency="EUR", email="eva@example.com", name="Eva Eur")
    counter.pay(1, "80.00")
    counter.run(0)
    counter.pay(1, "20.00", method="Adjustment", day=1)
    counter.run(1)

    [memo] = counter.records("CreditMemo")
    assert (counter.state(), memo["ExchangeRate"], memo["Balance"]) == ("posted", 1.10, 0)
    gain = "Exchange Gain or Loss"
    assert entries(counter) == {UF: "Dr 86.40", SALES: "Cr 86.00", gain: "Cr 0.40"}
    counter.expect_quiet()


@each_way
def test_a_write_off_in_a_currency_without_cents(counter: ShopCounter, post_as: str) -> None:
    foreign(counter, "JPY", 0.01, 0.01, "single", post_as)
    tax = line("86", kind="TAX")
    counter.sell(1, line("1000", taxable=True), tax, currency="JPY", email="eva@example.com", name="Eva Jpy")
    counter.pay(1, "886")
    counter.pay(1, "200", method="Adjustment")
    counter.run(0)

    # 200 x 86 / 1086 of tax.
    sales = DISCOUNTS if post_as == "Sales receipt" else SALES
    right = {UF: "Dr 8.86", STP: "Cr 0.70", SALES: "Cr 8.16"} | (
        {sales: "Dr 1.84", SALES: "Cr 10.00"} if sales != SALES else {}
    )
    assert (counter.state(), entries(counter)) == ("posted", right)
    counter.expect_quiet()


def foreign(
    counter: ShopCounter,
    currency: str,
    first: float,
    then: float,
    write_mode: str,
    post_as: str = "Invoice and payment",
) -> None:
    """A company of several currencies, with the rates of two days."""
    counter.company(preferences={"CurrencyPrefs": {"MultiCurrencyEnabled": True}})
    counter.sandbox.put("/_sandbox/rates", {currency: {"2026-11-16": first, "every day": then}})
    choose(counter, post_as, write_mode=write_mode, customers={"create": {"currency": "order"}})


def test_the_plan_says_what_posting_does(counter: ShopCounter) -> None:
    choose(counter, "Invoice and payment")
    counter.sell(1)
    counter.pay(1, "80.00")
    counter.pay(1, "20.00", method="Adjustment")
    run = counter.match(0)
    planned = plan_run(runs.context(counter.engine, run, counter.store), counter.quickbooks.exchange_rate)

    assert [(one.entity, one.total) for one in planned] == [
        ("Invoice", 100),
        ("Payment", 80),
        ("CreditMemo", 20),
        ("Payment", 0),
    ]
    assert [one.message for one in planned][-1] == "Payment over 0.00 USD would apply the credit memo to the invoice."
    counter.run(0)
    assert len(counter.writes("write-off")) == len(counter.writes("application")) == 1


def test_what_was_recorded_as_money_stays(counter: ShopCounter) -> None:
    choose(counter, "Invoice and payment", payments={"kinds": {"Adjustment": "money"}})
    counter.sell(1)
    counter.pay(1, "80.00")
    counter.pay(1, "20.00", method="Adjustment")
    counter.run(0)
    before = entries(counter)
    choose(counter, "Invoice and payment")
    counter.run(1)

    assert (counter.state(), entries(counter)) == ("posted", before)
    counter.expect_quiet()


@both_ways
@each_way
def test_money_that_comes_for_what_was_written_off(counter: ShopCounter, write_mode: str, post_as: str) -> None:
    choose(counter, post_as, write_mode=write_mode)
    counter.sell(1)
    counter.pay(1, "80.00")
    counter.pay(1, "20.00", method="Adjustment")
    counter.run(0)
    before = entries(counter)
    counter.pay(1, "20.00", day=1)
    counter.run(1)

    assert (counter.state(), entries(counter)) == ("held WRITE_OFF_DISAGREES", before)


@each_way
def test_a_write_off_that_is_gone_again(counter: ShopCounter, post_as: str) -> None:
    choose(counter, post_as)
    counter.sell(1)
    counter.pay(1, "80.00")
    taken = counter.pay(1, "20.00", method="Adjustment")
    counter.run(0)
    counter.take_back(taken)
    counter.change(1, total_paid="80.00", status="SENT", day=1)
    counter.run(1)

    assert counter.state() == "held WRITE_OFF_GONE"


@each_way
def test_a_write_off_whose_type_is_money_now_is_not_said_to_be_gone(counter: ShopCounter, post_as: str) -> None:
    for day, kind in enumerate(("write-off", "money", "write-off")):
        counter.set(revenue={"post_as": post_as}, payments={"kinds": {"Barter": kind}})
        if not day:
            counter.sell(1)
            counter.pay(1, "80.00")
            counter.pay(1, "20.00", method="Barter")
        counter.change(1, day=day, title=f"Order 1, of day {day}")
        counter.run(day)
        assert counter.state() == ("held WRITE_OFF_GONE" if kind == "money" else "posted")
        if kind == "money":
            assert "Infusionsoft no longer has" not in counter.history()[0]
            said = (
                "counts as another kind now: type 'Barter' is a payment."
                if "Invoice" in post_as
                else "no longer all of that as such."
            )
            assert said in counter.history()[0]


@each_way
def test_what_is_left_is_given_back(counter: ShopCounter, post_as: str) -> None:
    choose(counter, post_as)
    counter.sell(1, *TAXED)
    counter.pay(1, "88.60")
    counter.pay(1, "20.00", method="Adjustment")
    counter.run(0)
    counter.give_back(1, "88.60", day=1)
    counter.run(1)

    assert (counter.state(), entries(counter)) == ("posted", {})
    counter.expect_quiet()


@pytest.mark.parametrize("record", ["CreditMemo", "Payment"])
def test_the_lost_answer_of_a_write_off(counter: ShopCounter, record: str) -> None:
    choose(counter, "Invoice and payment")
    counter.sell(1)
    counter.pay(1, "20.00", method="Adjustment")
    counter.fail(f"quickbooks create {record}", "drop_after")
    counter.run(0)

    assert (counter.state(), entries(counter)) == ("posted", {AR: "Dr 80.00", SALES: "Cr 80.00"})
    counter.expect_quiet()


def test_a_credit_memo_that_is_applied_already(counter: ShopCounter) -> None:
    """By QuickBooks itself, as a company may have it set, or by hand."""
    choose(counter, "Invoice and payment")
    counter.fail("quickbooks create Payment", **refusal("6070", "A business validation error has occurred"))
    counter.sell(1)
    counter.pay(1, "20.00", method="Adjustment")
    counter.run(0)
    assert counter.state() == "failed 6070"
    links = [
        {"TxnId": one["Id"], "TxnType": kind} for kind in ("Invoice", "CreditMemo") for one in counter.records(kind)
    ]
    lines = [{"Amount": 20, "LinkedTxn": [link]} for link in links]
    counter.add("Payment", CustomerRef={"value": counter.ada}, TotalAmt=0, Line=lines, PrivateNote="by hand")
    counter.run(1)

    assert (counter.state(), entries(counter)) == ("posted", {AR: "Dr 80.00", SALES: "Cr 80.00"})
    counter.expect_quiet()


@both_ways
def test_a_discount_and_a_write_off_of_other_accounts_are_an_invoice(counter: ShopCounter, write_mode: str) -> None:
    choose(counter, write_mode=write_mode, payments=WITH_ITEM)
    counter.sell(1, line("100.00"), line("10.00", kind="DISCOUNT"))
    counter.pay(1, "70.00")
    counter.pay(1, "20.00", method="Adjustment")
    counter.run(0)

    right = {UF: "Dr 70.00", BAD_DEBT: "Dr 20.00", DISCOUNTS: "Dr 10.00", SALES: "Cr 100.00"}
    assert (counter.state(), entries(counter)) == ("posted", right)
    counter.expect_quiet()


def test_write_offs_with_several_signs_are_held(counter: ShopCounter) -> None:
    choose(counter, "Invoice and payment")
    counter.sell(1)
    counter.pay(1, "20.00", method="Adjustment")
    counter.pay(1, "-5.00", method="Adjustment")
    counter.change(1, total_paid="15.00", refund_total="0.00")
    counter.run(0)

    assert (counter.state(), entries(counter)) == ("held PAYMENTS_DISAGREE", {})


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
    why = "The order becomes an invoice, because its money, or what is taken off it, goes to more than one account"
    assert sum(why in one for one in counter.history()) == 1
    counter.expect_quiet()


@pytest.mark.parametrize(
    ("when", "plan", "why"),
    [
        (
            {"paid": "in parts"},
            False,
            "The order becomes an invoice, because it is paid in parts, for which revenue.rules has a rule.",
        ),
        (
            {"payment_plan": True},
            True,
            "The order becomes an invoice, because it has a payment plan, for which revenue.rules has a rule.",
        ),
        ({"total_below": 1000}, True, None),
    ],
)
def test_m28_a_rule_for_payments_in_parts_is_told(
    counter: ShopCounter, when: dict[str, Any], plan: bool, why: str | None
) -> None:
    rules = [
        {"when": when, "post_as": "Invoice and payment"},
        {"when": "anything else", "post_as": "Sales receipt"},
    ]
    counter.set(revenue={"rules": rules})
    counter.sell(1)
    if plan:
        counter.change(1, day=0, payment_plan={"number_of_payments": 10, "initial_payment_amount": None})
    counter.pay(1, "40.00")
    counter.run(0)

    assert (counter.state(), entries(counter)) == ("posted", {UF: "Dr 40.00", AR: "Dr 60.00", SALES: "Cr 100.00"})
    assert [one for one in counter.history() if "becomes an invoice" in one] == ([why] if why else [])
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


@pytest.mark.parametrize("spelled", ["APPLE_PAY", "apple-pay", "ApplePay", "Apple  Pay"])
def test_m7_a_method_that_is_spelled_otherwise_goes_to_its_account(counter: ShopCounter, spelled: str) -> None:
    counter.add("PaymentMethod", Name="Wallet")
    own = {"deposit_accounts": {"Apple Pay": "Checking"}, "payment_method": "as on store"}
    choose(counter, revenue={**own, "payment_methods": {"Apple Pay": "Wallet"}})
    counter.sell(1)
    counter.pay(1, method=spelled)
    counter.run(0)

    assert (counter.state(), entries(counter)) == ("posted", {"Checking": "Dr 100.00", SALES: "Cr 100.00"})


@pytest.mark.parametrize("spelled", ["APPLE_PAY", "apple-pay"])
def test_m7_money_of_several_accounts_whose_method_is_spelled_otherwise(counter: ShopCounter, spelled: str) -> None:
    rule = {"when": {"payment_method": "Apple Pay"}, "post_as": "Sales receipt"}
    rules = [rule, {"when": "anything else", "post_as": "Invoice"}]
    counter.set(revenue={"rules": rules, "deposit_accounts": {"Apple Pay": "Checking"}})
    counter.sell(1)
    counter.pay(1, "40.00", method=spelled)
    counter.pay(1, "60.00", method="Cash")
    counter.run(0)

    assert entries(counter) == {"Checking": "Dr 40.00", UF: "Dr 60.00", SALES: "Cr 100.00"}


def test_m7_methods_of_one_account_stay_one_receipt(counter: ShopCounter) -> None:
    choose(counter, revenue={"deposit_accounts": {"Cash": "Undeposited Funds"}})
    counter.sell(1)
    counter.pay(1, "40.00")
    counter.pay(1, "60.00", method="Cash")
    counter.run(0)

    assert counter.books() == ["SalesReceipt IS-1 11-16 100.00"]


RENAMED = "Payments to deposit"


@both_ways
@pytest.mark.parametrize("named", [RENAMED, UF])
@pytest.mark.parametrize("several", ["invoice", "hold"])
def test_m7_an_account_of_undeposited_funds_that_was_renamed_is_one_account(
    counter: ShopCounter, write_mode: str, named: str, several: str
) -> None:
    rename(counter, UF, RENAMED)
    choose(
        counter,
        write_mode=write_mode,
        revenue={"deposit_accounts": {"Cash": named}},
        payments={"several_accounts": several},
    )
    counter.sell(1)
    counter.pay(1, "40.00")
    counter.pay(1, "60.00", method="Cash")
    counter.run(0)

    assert (counter.state(), entries(counter)) == ("posted", {RENAMED: "Dr 100.00", SALES: "Cr 100.00"})
    assert counter.books() == ["SalesReceipt IS-1 11-16 100.00"]
    counter.expect_quiet()


def test_m7_an_account_under_two_names_is_one_account(counter: ShopCounter) -> None:
    above = counter.add("Account", Name="Banks", AccountType="Bank")["Id"]
    counter.add("Account", Name="Till", AccountType="Bank", SubAccount=True, ParentRef={"value": above})
    choose(counter, revenue={"deposit_account": "Banks:Till", "deposit_accounts": {"Cash": "Till"}})
    counter.sell(1)
    counter.pay(1, "40.00")
    counter.pay(1, "60.00", method="Cash")
    counter.run(0)

    assert counter.books() == ["SalesReceipt IS-1 11-16 100.00"]


def rename(counter: ShopCounter, account: str, name: str) -> None:
    """Somebody gives an account another name in QuickBooks, and the lists are read again."""
    [known] = [one for one in counter.records("Account") if one["Name"] == account]
    body = {"Id": known["Id"], "SyncToken": known["SyncToken"], "sparse": True, "Name": name}
    counter.quickbooks.update("Account", body, request_id=f"rename {name}")
    refresh_lists(counter.engine, counter.quickbooks)


BEYOND = (
    "20.00 USD of the order were written off or credited, 10.00 USD more than was open beside the money that came in"
)


@both_ways
@each_way
def test_m1_what_is_written_off_beyond_what_is_open_is_told(
    counter: ShopCounter, write_mode: str, post_as: str
) -> None:
    choose(counter, post_as, write_mode=write_mode, payments=WITH_ITEM)
    counter.sell(1)
    counter.pay(1, "90.00")
    counter.pay(1, "20.00", method="Adjustment")
    counter.run(0)

    assert counter.state() == "posted with warnings"
    assert entries(counter) == {UF: "Dr 90.00", BAD_DEBT: "Dr 10.00", SALES: "Cr 100.00"}
    assert sum(BEYOND in one for one in counter.history()) == 1
    counter.expect_quiet()
    assert sum(BEYOND in one for one in counter.history()) == 1


@each_way
def test_m1_what_is_written_off_later_of_what_is_paid_is_told(counter: ShopCounter, post_as: str) -> None:
    choose(counter, post_as)
    counter.sell(1)
    counter.pay(1)
    counter.run(0)
    counter.pay(1, "10.00", method="Credit", day=1)
    counter.run(1)

    assert (counter.state(), entries(counter)) == ("posted with warnings", {UF: "Dr 100.00", SALES: "Cr 100.00"})
    assert "10.00 USD more than was open" in counter.history()[0]
    # A refund of it follows: the order is recorded as ever.
    counter.give_back(1, "10.00", day=2)
    counter.run(2)
    assert entries(counter) == {UF: "Dr 90.00", SALES: "Cr 90.00"}


def test_m1_a_plan_tells_what_is_written_off_beyond_what_is_open(counter: ShopCounter) -> None:
    choose(counter)
    counter.sell(1)
    counter.pay(1, "90.00")
    counter.pay(1, "20.00", method="Adjustment")
    run = counter.match(0)
    planned = plan_run(runs.context(counter.engine, run, counter.store), counter.quickbooks.exchange_rate)

    assert [(one.action, one.code) for one in planned] == [("create", None), ("none", "WRITE_OFF_BEYOND")]


def test_m2_an_invoice_alone_says_once_that_its_write_offs_are_not_recorded(counter: ShopCounter) -> None:
    choose(counter, "Invoice")
    counter.sell(1)
    counter.pay(1, "80.00")
    counter.pay(1, "20.00", method="Adjustment")
    counter.run(0)

    assert (counter.state(), entries(counter)) == ("posted", {AR: "Dr 100.00", SALES: "Cr 100.00"})
    told = "20.00 USD were written off or credited, and that is not recorded"
    assert sum(told in one for one in counter.history()) == 1
    counter.expect_quiet()
    assert sum(told in one for one in counter.history()) == 1


def test_m7_a_receipt_that_cannot_show_a_second_account_says_what_to_do(counter: ShopCounter) -> None:
    choose(counter, payments=WITH_ITEM, orders={"changed": "update"})
    counter.sell(1)
    counter.pay(1, "80.00")
    counter.pay(1, "20.00", method="Adjustment")
    counter.run(0)
    before = entries(counter)
    counter.change(1, line("110.00"), line("10.00", kind="DISCOUNT"), day=1)
    counter.run(1)

    assert (counter.state(), entries(counter)) == ("held SEVERAL_ACCOUNTS", before)
    # The setting is `invoice` already, and what is recorded stays a receipt.
    assert "payments.several_accounts" not in counter.order(1).advice
    assert "Correct the sales receipt in QuickBooks by hand" in counter.order(1).advice
