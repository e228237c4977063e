"""Money that is recorded and goes away again: told, voided, or given back out of its account; recorded anew once it comes after all."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from order_sync.database.order_status import skip_order
from order_sync.sync.recording.planned import plan_run
from order_sync.sync.steps.refresh_customers import refresh_lists
from order_sync.sync.steps.report import report
from tests.shop import runs
from tests.shop.counter import ShopCounter, line, moment
from tests.shop.entries import entries

UF, AR, SALES, STP = "Undeposited Funds", "Accounts Receivable (A/R)", "Sales of Product Income", "Sales Tax Payable"
OWED, PAID = {AR: "Dr 100.00", SALES: "Cr 100.00"}, {UF: "Dr 100.00", SALES: "Cr 100.00"}
INVOICES = ("Invoice and payment", "Invoice, payment if paid")

both_ways = pytest.mark.parametrize("write_mode", ["single", "batch"])
each_way_to_go = pytest.mark.parametrize("how", ["VOIDED", "FAILED", "ERROR", "DECLINED", "deleted"])
taking_back = pytest.mark.parametrize("reversals", ["void", "refund receipt"])


def choose(
    counter: ShopCounter,
    post_as: str = "Sales receipt",
    reversals: str = "flag",
    write_mode: str = "single",
    **revenue: object,
) -> None:
    counter.set(write_mode=write_mode, payments={"reversals": reversals}, revenue={"post_as": post_as} | revenue)


def go(
    counter: ShopCounter, payment: str, how: str = "VOIDED", *, number: int = 1, left: str = "0.00", day: int = 1
) -> None:
    """A payment goes away on a day, and the order says how much is paid then."""
    if how == "deleted":
        counter.take_back(payment)
    else:
        [known] = [one for one in counter.account.all("payment") if one["id"] == payment]
        counter.account.put("payment", {**known, "status": how, "update_time": moment(day).isoformat()})
    counter.change(number, total_paid=left, status="SENT", day=day)


@both_ways
@each_way_to_go
def test_m8_a_sales_receipt_whose_payment_is_gone_is_told(counter: ShopCounter, write_mode: str, how: str) -> None:
    choose(counter, write_mode=write_mode)
    counter.sell(1)
    payment = counter.pay(1)
    counter.run(0)
    go(counter, payment, how)
    counter.run(1)

    assert (counter.state(), entries(counter)) == ("held PAYMENT_GONE", PAID)
    was = {"VOIDED": "was voided", "deleted": "was deleted"}.get(how, "failed")
    told = f"The sales receipt IS-1 shows 100.00 USD that Infusionsoft has no more: payment 101 over 100.00 USD {was}."
    assert counter.history()[0] == told
    counter.expect_quiet()
    assert counter.history().count(told) == 1
    skip_order(counter.engine, "demo", "1", "voided by hand")
    counter.expect_quiet()


@both_ways
@pytest.mark.parametrize("post_as", INVOICES)
def test_m8_a_payment_of_an_invoice_that_is_gone_is_told(counter: ShopCounter, write_mode: str, post_as: str) -> None:
    choose(counter, post_as, write_mode=write_mode)
    counter.sell(1)
    payment = counter.pay(1)
    counter.run(0)
    go(counter, payment)
    counter.run(1)

    assert (counter.state(), entries(counter)) == ("held PAYMENT_GONE", PAID)
    assert counter.history()[0] == (
        "QuickBooks holds 100.00 USD as paid on the invoice IS-1, and Infusionsoft has it no more: payment 101 over 100.00 USD was voided."
    )
    counter.expect_quiet()


@both_ways
@taking_back
@each_way_to_go
def test_m8_a_sales_receipt_is_taken_back(counter: ShopCounter, write_mode: str, reversals: str, how: str) -> None:
    choose(counter, "Sales receipt", reversals, write_mode)
    counter.sell(1)
    payment = counter.pay(1)
    counter.run(0)
    go(counter, payment, how)
    counter.run(1)

    assert (counter.state(), entries(counter)) == ("waiting UNPAID", {})
    counter.expect_quiet()
    assert any("is recorded anew then" in one for one in counter.history())


@both_ways
@taking_back
@pytest.mark.parametrize("number_from", ["store", "QuickBooks"])
def test_m8_and_is_recorded_anew_once_it_is_paid_after_all(
    counter: ShopCounter, write_mode: str, reversals: str, number_from: str
) -> None:
    choose(counter, "Sales receipt", reversals, write_mode, number_from=number_from)
    counter.sell(1)
    first = counter.pay(1)
    counter.run(0)
    for day in (1, 3):
        go(counter, first, day=day)
        counter.run(day)
        assert (counter.state(), entries(counter)) == ("waiting UNPAID", {})
        [known] = [one for one in counter.account.all("payment") if one["id"] == first]
        counter.account.put("payment", {**known, "status": "APPROVED"})
        counter.change(1, total_paid="100.00", status="PAID", day=day + 1)
        counter.run(day + 1)
        assert (counter.state(), entries(counter)) == ("posted", PAID)
        counter.expect_quiet()


@taking_back
def test_m8_the_lost_answer_of_the_document_that_is_recorded_anew(counter: ShopCounter, reversals: str) -> None:
    choose(counter, "Sales receipt", reversals, number_from="QuickBooks", transaction_date="order date")
    counter.sell(1)
    first = counter.pay(1)
    counter.run(0)
    go(counter, first)
    counter.run(1)
    for what in ("drop_before", "drop_after"):
        counter.fail("quickbooks create SalesReceipt", what)
    counter.pay(1, day=2)
    counter.run(2)

    assert (counter.state(), entries(counter)) == ("posted", PAID)
    counter.expect_quiet()


@both_ways
@taking_back
def test_m8_a_payment_that_another_one_replaced(counter: ShopCounter, write_mode: str, reversals: str) -> None:
    choose(counter, "Sales receipt", reversals, write_mode)
    counter.sell(1)
    payment = counter.pay(1)
    counter.run(0)
    go(counter, payment, "deleted")
    counter.pay(1, day=1, method="Check")
    counter.run(1)
    counter.run(2)

    assert (counter.state(), entries(counter)) == ("posted", PAID)
    assert counter.document("SalesReceipt", "IS-1-2")["TotalAmt"] == 100
    counter.expect_quiet()


def test_m8_a_replaced_payment_is_told_by_default(counter: ShopCounter) -> None:
    counter.sell(1)
    payment = counter.pay(1)
    counter.run(0)
    go(counter, payment, "deleted")
    counter.pay(1, day=1)
    counter.run(1)
    assert (counter.state(), entries(counter)) == ("held PAYMENT_GONE", PAID)
    assert "Another payment came in its place" in counter.history()[0]


@both_ways
def test_m8_a_part_is_given_back_with_its_tax(counter: ShopCounter, write_mode: str) -> None:
    counter.set(write_mode=write_mode, payments={"reversals": "refund receipt"}, taxes={"record_as": "as charged"})
    counter.sell(1, line("100.00", taxable=True), line("8.60", kind="TAX"))
    first, second = counter.pay(1, "54.31"), counter.pay(1, "54.29")
    counter.run(0)
    go(counter, second, left="54.31")
    counter.run(1)

    assert (counter.state(), entries(counter)) == ("posted", {UF: "Dr 54.31", SALES: "Cr 50.01", STP: "Cr 4.30"})
    counter.expect_quiet()
    go(counter, first, "deleted", day=4)
    counter.run(4)
    assert (counter.state(), entries(counter)) == ("waiting UNPAID", {})
    counter.expect_quiet()
    counter.pay(1, "108.60", day=8)
    counter.run(8)
    assert (counter.state(), entries(counter)) == ("posted", {UF: "Dr 108.60", SALES: "Cr 100.00", STP: "Cr 8.60"})


@taking_back
def test_m8_a_part_that_comes_again_is_left_to_a_person(counter: ShopCounter, reversals: str) -> None:
    choose(counter, "Sales receipt", reversals)
    counter.sell(1)
    counter.pay(1, "60.00")
    second = counter.pay(1, "40.00")
    counter.run(0)
    go(counter, second, left="60.00")
    counter.run(1)
    if reversals == "void":
        assert (counter.state(), entries(counter)) == ("held PAYMENT_GONE", PAID)
        assert "A sales receipt can only be voided as a whole" in counter.history()[0]
        return
    assert (counter.state(), entries(counter)) == ("posted", {UF: "Dr 60.00", SALES: "Cr 60.00"})
    counter.pay(1, "40.00", day=2)
    counter.run(2)
    assert (counter.state(), entries(counter)) == ("held PAYMENT_GONE", {UF: "Dr 60.00", SALES: "Cr 60.00"})
    assert "40.00 USD of the sales receipt IS-1 were given back in QuickBooks" in counter.history()[0]


def test_m8_out_of_the_account_that_took_it_on_the_day_it_went(counter: ShopCounter) -> None:
    checking = counter.add("Account", Name="Shop Checking", AccountType="Bank")["Id"]
    choose(counter, "Sales receipt", "refund receipt", deposit_account="Shop Checking")
    counter.sell(1)
    payment = counter.pay(1)
    counter.run(0)
    assert entries(counter) == {"Shop Checking": "Dr 100.00", SALES: "Cr 100.00"}
    go(counter, payment, day=2)
    counter.run(3)

    [receipt] = counter.records("RefundReceipt")
    assert (receipt["DepositToAccountRef"]["value"], receipt["TxnDate"]) == (checking, "2026-11-18")
    assert receipt["PrivateNote"].startswith("Infusionsoft order 1 (store demo), reversal 1")
    assert entries(counter) == {}


@both_ways
@pytest.mark.parametrize("post_as", INVOICES)
@each_way_to_go
def test_m8_a_payment_of_an_invoice_is_voided(counter: ShopCounter, write_mode: str, post_as: str, how: str) -> None:
    choose(counter, post_as, "void", write_mode)
    counter.sell(1)
    payment = counter.pay(1)
    counter.run(0)
    go(counter, payment, how)
    counter.run(1)

    assert (counter.state(), entries(counter)) == ("posted", OWED)
    assert counter.document("Invoice", "IS-1")["Balance"] == 100
    assert counter.history()[0] == "Payment 101 over 100.00 USD is gone in Infusionsoft: it was voided in QuickBooks."
    counter.expect_quiet()
    counter.pay(1, day=8)
    counter.run(8)
    assert (counter.state(), entries(counter)) == ("posted", PAID)
    counter.expect_quiet()


@both_ways
def test_m8_one_of_two_payments_is_voided_and_another_comes_at_once(counter: ShopCounter, write_mode: str) -> None:
    choose(counter, "Invoice and payment", "void", write_mode)
    counter.sell(1)
    counter.pay(1, "60.00")
    second = counter.pay(1, "40.00")
    counter.run(0)
    go(counter, second, left="60.00")
    counter.pay(1, "40.00", day=1)
    counter.run(1)

    assert (counter.state(), entries(counter)) == ("posted", PAID)
    assert sorted(one["TotalAmt"] for one in counter.payments()) == [0, 40, 60]
    counter.expect_quiet()


@both_ways
@pytest.mark.parametrize("reversals", ["flag", "void", "refund receipt"])
def test_m8_of_a_day_with_several_orders(counter: ShopCounter, write_mode: str, reversals: str) -> None:
    choose(counter, "Sales receipt", reversals, write_mode, consolidate=True)
    counter.add("Customer", DisplayName="demo daily sales")
    payments = {}
    for number in (1, 2):
        counter.sell(number)
        payments[number] = counter.pay(number)
    counter.run(0)
    go(counter, payments[1])
    counter.run(1)

    if reversals == "refund receipt":
        assert (counter.states(), entries(counter)) == ({1: "posted", 2: "posted"}, PAID)
        counter.expect_quiet()
        counter.pay(1, day=3)
        counter.run(3)
        assert counter.states() == {1: "held PAYMENT_GONE", 2: "posted"}
        return
    assert counter.states() == {1: "held PAYMENT_GONE", 2: "posted"}
    assert entries(counter) == {UF: "Dr 200.00", SALES: "Cr 200.00"}
    assert "void the" not in counter.order(1).advice
    counter.expect_quiet()


@taking_back
def test_m8_the_lost_answer_of_taking_back(counter: ShopCounter, reversals: str) -> None:
    choose(counter, "Sales receipt", reversals)
    counter.sell(1)
    payment = counter.pay(1)
    counter.run(0)
    go(counter, payment)
    call = "quickbooks void SalesReceipt" if reversals == "void" else "quickbooks create RefundReceipt"
    for what in ("drop_before", "drop_after"):
        counter.fail(call, what)
    counter.run(1)

    assert (counter.state(), entries(counter)) == ("waiting UNPAID", {})
    counter.expect_quiet()


def test_m8_the_lost_answer_of_the_void_of_a_payment(counter: ShopCounter) -> None:
    choose(counter, "Invoice and payment", "void")
    counter.sell(1)
    payment = counter.pay(1)
    counter.run(0)
    go(counter, payment)
    counter.fail("quickbooks void Payment", "drop_after")
    counter.run(1)

    assert (counter.state(), entries(counter)) == ("posted", OWED)
    counter.expect_quiet()


@taking_back
def test_m8_a_receipt_of_before_nobody_noted_its_payments(counter: ShopCounter, reversals: str) -> None:
    choose(counter, "Sales receipt", reversals)
    counter.sell(1)
    payment = counter.pay(1)
    counter.run(0)
    with counter.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE write_orders SET shows = NULL")
    counter.expect_quiet()
    go(counter, payment, "deleted", day=4)
    counter.run(4)
    assert (counter.state(), entries(counter)) == ("waiting UNPAID", {})


@taking_back
def test_m8_money_whose_order_still_says_paid_is_only_told(counter: ShopCounter, reversals: str) -> None:
    choose(counter, "Sales receipt", reversals)
    counter.sell(1)
    payment = counter.pay(1)
    counter.run(0)
    counter.take_back(payment)
    counter.change(1, day=1)
    counter.run(1)
    assert (counter.state(), entries(counter)) == ("held PAYMENT_GONE", PAID)
    counter.account.put("payment", {"id": payment})
    counter.expect_quiet()


def test_m8_money_that_was_gone_before_anything_was_recorded_waits(counter: ShopCounter) -> None:
    choose(counter, "Sales receipt", "void")
    counter.sell(1)
    payment = counter.pay(1)
    go(counter, payment, day=0)
    counter.run(0)
    assert (counter.state(), entries(counter)) == ("waiting UNPAID", {})


@taking_back
def test_m8_a_plan_says_what_posting_does(counter: ShopCounter, reversals: str) -> None:
    choose(counter, "Sales receipt", reversals)
    counter.sell(1)
    payment = counter.pay(1)
    counter.run(0)
    go(counter, payment)
    run = counter.match(1)
    [planned] = plan_run(runs.context(counter.engine, run, counter.store), lambda *_: None)
    words = {
        "void": "Sales receipt would be voided.",
        "refund receipt": "Refund receipt over 100.00 USD would take back what is gone.",
    }
    assert planned.message == words[reversals]
    assert json.loads(planned.body)
    assert entries(counter) == PAID


@taking_back
@pytest.mark.parametrize("post_as", ["Sales receipt", "Invoice and payment"])
def test_m8_the_report_counts_what_was_taken_back(counter: ShopCounter, reversals: str, post_as: str) -> None:
    choose(counter, post_as, reversals)
    counter.sell(1)
    payment = counter.pay(1)
    counter.run(0)
    go(counter, payment)
    run = counter.prepare(1)
    counter.post(run)
    found = report(runs.context(counter.engine, run, counter.store))
    assert found.money == {"USD": {"reversals": (Decimal("100.00"), Decimal("100.00"))}}


@both_ways
@pytest.mark.parametrize("post_as", INVOICES)
@each_way_to_go
def test_m8_a_payment_of_an_invoice_is_owed_again(
    counter: ShopCounter, write_mode: str, post_as: str, how: str
) -> None:
    counter.add("Account", Name="Shop Checking", AccountType="Bank")
    choose(counter, post_as, "refund receipt", write_mode, deposit_account="Shop Checking")
    counter.sell(1)
    payment = counter.pay(1)
    counter.run(0)
    go(counter, payment, how)
    counter.run(1)

    # The invoice stays paid in its month; the money left the account on the day of the reversal, and is owed again.
    assert (counter.state(), entries(counter)) == ("posted", OWED)
    assert entries(counter, "Purchase") == {AR: "Dr 100.00", "Shop Checking": "Cr 100.00"}
    assert counter.document("Invoice", "IS-1")["Balance"] == 0
    [expense] = counter.records("Purchase")
    assert expense["DocNumber"] == "IS-1-V1"
    assert how == "deleted" or expense["TxnDate"] == "2026-11-17"  # nobody says when a payment was deleted
    assert "reversal 1\npayment 101 over 100.00 USD" in expense["PrivateNote"]
    counter.expect_quiet()

    counter.pay(1, day=8)
    counter.run(8)
    assert (counter.state(), entries(counter)) == ("posted", {"Shop Checking": "Dr 100.00", SALES: "Cr 100.00"})
    assert all(one.get("UnappliedAmt", 0) == 0 for one in counter.payments())
    counter.expect_quiet()


@both_ways
def test_m8_two_payments_are_owed_again_and_one_comes_at_once(counter: ShopCounter, write_mode: str) -> None:
    choose(counter, "Invoice and payment", "refund receipt", write_mode)
    counter.sell(1)
    first, second = counter.pay(1, "60.00"), counter.pay(1, "40.00")
    counter.run(0)
    go(counter, first, left="0.00")
    go(counter, second, left="0.00")
    counter.pay(1, "70.00", day=1)
    counter.run(1)

    assert (counter.state(), entries(counter)) == ("posted", {UF: "Dr 70.00", AR: "Dr 30.00", SALES: "Cr 100.00"})
    assert sorted(one["DocNumber"] for one in counter.records("Purchase")) == ["IS-1-V1", "IS-1-V2"]
    counter.expect_quiet()
    counter.pay(1, "30.00", method="Adjustment", day=3)
    counter.run(3)
    assert (counter.state(), entries(counter)) == ("posted", {UF: "Dr 70.00", SALES: "Cr 70.00"})
    counter.expect_quiet()


def test_m8_a_payment_that_is_owed_again_and_there_after_all_is_left_to_a_person(counter: ShopCounter) -> None:
    choose(counter, "Invoice and payment", "refund receipt")
    counter.sell(1)
    payment = counter.pay(1)
    counter.run(0)
    go(counter, payment)
    counter.run(1)
    [known] = [one for one in counter.account.all("payment") if one["id"] == payment]
    counter.account.put("payment", {**known, "status": "APPROVED"})
    counter.change(1, total_paid="100.00", status="PAID", day=2)
    counter.run(2)

    assert (counter.state(), entries(counter)) == ("held PAYMENT_GONE", OWED)
    assert "Payment 101 was taken back in QuickBooks by an expense" in counter.history()[0]
    counter.expect_quiet()


def test_m8_a_payment_is_not_owed_again_where_money_went_back_too(counter: ShopCounter) -> None:
    choose(counter, "Invoice and payment", "refund receipt")
    counter.sell(1)
    counter.pay(1, "60.00")
    second = counter.pay(1, "40.00")
    counter.run(0)
    counter.give_back(1, "10.00", day=1)
    counter.run(1)
    before = entries(counter)
    go(counter, second, left="50.00", day=2)
    counter.run(2)

    assert (counter.state(), entries(counter)) == ("held PAYMENT_GONE", before)
    assert "nobody says how the two belong together" in counter.history()[0]


def test_m8_the_lost_answer_of_what_is_owed_again(counter: ShopCounter) -> None:
    choose(counter, "Invoice and payment", "refund receipt")
    counter.sell(1)
    payment = counter.pay(1)
    counter.run(0)
    go(counter, payment)
    for what in ("drop_before", "drop_after"):
        counter.fail("quickbooks create Purchase", what)
    counter.run(1)

    assert (counter.state(), entries(counter)) == ("posted", OWED)
    counter.expect_quiet()


def test_m8_an_order_that_is_deleted_tells_what_is_owed_again(counter: ShopCounter) -> None:
    choose(counter, "Invoice and payment", "refund receipt")
    counter.sell(1)
    payment = counter.pay(1)
    counter.run(0)
    go(counter, payment)
    counter.run(1)
    counter.sandbox.delete("/_sandbox/infusionsoft/order/1")
    counter.run(2)

    assert (counter.state(), entries(counter)) == ("posted with warnings DELETED", OWED)
    assert "100.00 USD given back are recorded beside it" in counter.history()[0]


def test_m8_a_foreign_payment_is_owed_again_at_the_rate_of_its_day(counter: ShopCounter) -> None:
    counter.company(preferences={"CurrencyPrefs": {"MultiCurrencyEnabled": True}})
    counter.sandbox.put("/_sandbox/rates", {"EUR": {"2026-11-16": 1.08, "every day": 1.10}})
    buyer = {"DisplayName": "Eva Eur", "PrimaryEmailAddr": {"Address": "eva@example.com"}}
    counter.add("Customer", **buyer, CurrencyRef={"value": "EUR"})
    name = "Accounts Receivable (A/R) - EUR"
    counter.add("Account", Name=name, AccountType="Accounts Receivable", CurrencyRef={"value": "EUR"})
    refresh_lists(counter.engine, counter.quickbooks)
    choose(counter, "Invoice and payment", "refund receipt")
    counter.sell(1, currency="EUR", email="eva@example.com", name="Eva Eur")
    payment = counter.pay(1)
    counter.run(0)
    go(counter, payment)
    counter.run(1)

    [expense] = counter.records("Purchase")
    assert (counter.state(), expense["ExchangeRate"]) == ("posted", 1.10)
    assert entries(counter, "Purchase") == {name: "Dr 110.00", UF: "Cr 110.00"}


@both_ways
@taking_back
def test_m8_a_document_that_was_changed_is_taken_back_as_it_is_now(
    counter: ShopCounter, write_mode: str, reversals: str
) -> None:
    counter.set(write_mode=write_mode, payments={"reversals": reversals}, orders={"changed": "update"})
    counter.sell(1)
    first = counter.pay(1)
    counter.run(0)
    counter.change(1, line("60.00"), line("50.00"), day=1)
    second = counter.pay(1, "10.00", day=1)
    counter.run(1)
    assert counter.books() == ["SalesReceipt IS-1 11-16 110.00"]
    go(counter, first, "deleted", day=2)
    go(counter, second, "deleted", day=2)
    counter.change(1, day=2, status="SENT", total_paid="0.00")
    counter.run(2)
    assert (counter.state(), entries(counter)) == ("waiting UNPAID", {})

    # Recorded anew, it is another document, which the former one's change says nothing of.
    counter.change(1, line("80.00"), day=3)
    third = counter.pay(1, "80.00", day=3)
    counter.run(3)
    assert (counter.state(), counter.order(1).document_number) == ("posted", "IS-1-2")
    counter.expect_quiet()
    go(counter, third, "deleted", day=5)
    counter.run(5)
    assert (counter.state(), entries(counter)) == ("waiting UNPAID", {})
