"""Money that goes back (cases M11 to M17): through the steps, as entries of the general ledger."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from order_sync.database.tables import Write
from order_sync.sync.recording.planned import plan_run
from order_sync.sync.steps.refresh_customers import refresh_lists
from tests.shop import runs
from tests.shop.counter import ShopCounter, line
from tests.shop.entries import entries

UF, AR, SALES, STP = "Undeposited Funds", "Accounts Receivable (A/R)", "Sales of Product Income", "Sales Tax Payable"
INVOICES = {"post_as": "Invoice and payment"}
WAYS = ("Sales receipt", "Invoice and payment", "Invoice, payment if paid")
each_way = pytest.mark.parametrize("post_as", WAYS)
each_tax = pytest.mark.parametrize("record_as", ["line item", "as charged", "automatic"])


@pytest.fixture(params=["single", "batch"])
def shop(counter: ShopCounter, request: pytest.FixtureRequest) -> ShopCounter:
    """The counter, whose writes are sent one by one or in batches, in a company that computes 8.6 % where it is asked to."""
    counter.company(sales_tax_percent=8.6)
    counter.add_item("Gadget")
    refresh_lists(counter.engine, counter.quickbooks)
    counter.set(write_mode=request.param)
    return counter


def choose(shop: ShopCounter, **settings: Any) -> None:
    """The settings from now on, in the same write mode."""
    shop.set(write_mode=shop.store.write_mode, **settings)


def back(shop: ShopCounter) -> dict[str, str]:
    """What the refund receipts did."""
    return entries(shop, "RefundReceipt")


TAXED = (line("100.00", taxable=True), line("8.60", kind="TAX"))
TWO = (line("100.00", taxable=True), line("50.00", "Gadget", taxable=True), line("12.90", kind="TAX"))


@each_way
@each_tax
def test_m12_a_refund_that_is_one_line_and_its_tax(shop: ShopCounter, post_as: str, record_as: str) -> None:
    choose(shop, revenue={"post_as": post_as}, taxes={"record_as": record_as})
    shop.sell(1, *TWO)
    paid = shop.pay(1, "162.90")
    shop.run(0)
    shop.give_back(1, "54.30", day=1, of=paid)
    shop.run(1)

    assert shop.state() == "posted"
    assert back(shop) == {SALES: "Dr 50.00", STP: "Dr 4.30", UF: "Cr 54.30"}
    assert shop.sold("RefundReceipt", "IS-1-R1")[0].startswith("Gadget 50.00")
    shop.expect_quiet()


@each_way
@each_tax
@pytest.mark.parametrize(
    "amounts", [("54.30", "54.30"), ("36.20", "36.20", "36.20"), ("0.01", "100.00", "8.59"), ("108.60",)]
)
@pytest.mark.parametrize("at_once", [True, False])
def test_m13_parts_that_make_the_whole_leave_nothing(
    counter: ShopCounter, post_as: str, record_as: str, amounts: tuple[str, ...], at_once: bool
) -> None:
    counter.company(sales_tax_percent=8.6)
    counter.set(revenue={"post_as": post_as}, taxes={"record_as": record_as})
    counter.sell(1, *TAXED)
    paid = counter.pay(1, "108.60")
    counter.run(0)
    for day, amount in enumerate(amounts, 1):
        counter.give_back(1, amount, day=day, of=paid)
        if not at_once:
            counter.run(day)
    counter.run(len(amounts))

    assert counter.state() == "posted"
    assert entries(counter) == {}
    counter.expect_quiet()


def test_m13_tax_is_given_back_half_by_half(shop: ShopCounter) -> None:
    shop.sell(1, *TAXED)
    paid = shop.pay(1, "108.60")
    shop.run(0)
    shop.give_back(1, "54.30", day=1, of=paid)
    shop.run(1)
    assert back(shop) == {SALES: "Dr 50.00", STP: "Dr 4.30", UF: "Cr 54.30"}
    shop.give_back(1, "54.30", day=2, of=paid)
    shop.run(2)
    assert entries(shop) == {}


@each_tax
def test_m13_discount_shipping_and_tip_come_back_too(shop: ShopCounter, record_as: str) -> None:
    choose(shop, taxes={"record_as": record_as})
    lines = (line("12.50", kind="SHIPPING"), line("5.00", kind="TIP"), line("15.00", kind="DISCOUNT"))
    # QuickBooks takes the discount off what it taxes.
    tax, total, rest = ("11.74", "164.24", "91.74") if record_as == "automatic" else ("12.90", "165.40", "92.90")
    shop.sell(1, *TWO[:-1], *lines, line(tax, kind="TAX"))
    paid = shop.pay(1, total)
    shop.run(0)
    for day, amount in enumerate(("60.00", "12.50", rest), 1):
        shop.give_back(1, amount, day=day, of=paid)
        shop.run(day)
        assert shop.state() == "posted"
    left = entries(shop)
    assert not {UF, STP, "Shipping Income", "Tips Payable"} & left.keys()
    shop.expect_quiet()


@each_tax
@pytest.mark.parametrize("parts", [("60.00", "60.00"), ("11.40", "108.60")], ids=["halves", "the tip and the rest"])
def test_m13_a_tip_goes_back_with_its_share(shop: ShopCounter, record_as: str, parts: tuple[str, str]) -> None:
    choose(shop, taxes={"record_as": record_as})
    shop.sell(1, *TAXED, line("11.40", kind="TIP"))
    paid = shop.pay(1, "120.00")
    shop.run(0)
    for day, amount in enumerate(parts, 1):
        shop.give_back(1, amount, day=day, of=paid)
        shop.run(day)
    assert (shop.state(), entries(shop)) == ("posted", {})
    shop.expect_quiet()


@each_tax
def test_m13_a_plan_says_what_posting_does(shop: ShopCounter, record_as: str) -> None:
    choose(shop, taxes={"record_as": record_as})
    shop.sell(1, *TAXED)
    paid = shop.pay(1, "108.60")
    shop.run(0)
    shop.give_back(1, "54.30", day=1, of=paid)
    run = shop.match(1)
    planned = plan_run(runs.context(shop.engine, run, shop.store), shop.quickbooks.exchange_rate)
    shop.run(1)
    sent = [one.payload for one in shop.writes("refund")]
    assert [one.body for one in planned if one.entity == "RefundReceipt"] == sent
    assert len(sent) == 1


@pytest.mark.parametrize("record_as", ["line item", "as charged"])
def test_m14_a_consolidated_day_gives_back_the_tax(shop: ShopCounter, record_as: str) -> None:
    choose(shop, revenue={"consolidate": True}, taxes={"record_as": record_as})
    shop.add("Customer", DisplayName="demo daily sales")
    paid = {}
    for number, lines, total in ((1, TAXED, "108.60"), (2, (*TWO, line("15.00", kind="DISCOUNT")), "147.90")):
        shop.sell(number, *lines)
        paid[number] = shop.pay(number, total)
    shop.run(0)
    shop.give_back(1, "108.60", day=1, of=paid[1])
    shop.give_back(2, "73.95", day=1, of=paid[2])
    shop.run(1)
    assert [shop.state(number) for number in paid] == ["posted", "posted"]
    assert back(shop) == {SALES: "Dr 167.50", STP: "Dr 15.05", UF: "Cr 182.55"}

    shop.give_back(2, "73.95", day=2, of=paid[2])
    shop.run(2)
    left = entries(shop)
    assert not {UF, STP} & left.keys()
    shop.expect_quiet()


def test_m14_an_order_of_a_day_that_was_changed_since_is_held(shop: ShopCounter) -> None:
    choose(shop, revenue={"consolidate": True})
    shop.add("Customer", DisplayName="demo daily sales")
    shop.sell(1, *TAXED)
    paid = shop.pay(1, "108.60")
    shop.run(0)
    shop.change(1, line("200.00", taxable=True), line("8.60", kind="TAX"), day=1)
    shop.give_back(1, "54.30", day=1, of=paid)
    shop.run(1)
    assert shop.state() == "held REFUND_DISAGREES"
    assert back(shop) == {}


@each_way
@pytest.mark.parametrize(
    ("refunds", "account"), [({}, "Checking"), ({"account": UF}, UF)], ids=["where it came in", "by setting"]
)
def test_m15_a_refund_leaves_the_account_that_the_money_is_in(
    shop: ShopCounter, post_as: str, refunds: dict[str, str], account: str
) -> None:
    choose(shop, revenue={"post_as": post_as, "deposit_account": "Checking"}, refunds=refunds)
    shop.sell(1)
    paid = shop.pay(1)
    shop.run(0)
    choose(shop, revenue={"post_as": post_as}, refunds=refunds)
    shop.give_back(1, day=1, of=paid)
    shop.run(1)
    assert back(shop) == {SALES: "Dr 100.00", account: "Cr 100.00"}
    shop.expect_quiet()


def test_m15_with_accounts_by_method_it_is_that_of_its_payment(shop: ShopCounter) -> None:
    shop.add("Account", Name="Till", AccountType="Bank")
    refresh_lists(shop.engine, shop.quickbooks)
    choose(shop, revenue={**INVOICES, "deposit_account": "Checking", "deposit_accounts": {"Cash": "Till"}})
    shop.sell(1)
    shop.pay(1, "40.00")
    cash = shop.pay(1, "60.00", method="Cash")
    shop.run(0)
    shop.give_back(1, "60.00", day=1, of=cash)
    shop.run(1)
    assert back(shop) == {SALES: "Dr 60.00", "Till": "Cr 60.00"}


def open_till(shop: ShopCounter, **settings: Any) -> None:
    """40.00 by card and 60.00 in cash, which goes to an account of its own, came in for an order."""
    shop.add("Account", Name="Till", AccountType="Bank")
    refresh_lists(shop.engine, shop.quickbooks)
    choose(shop, revenue={"deposit_accounts": {"Cash": "Till"}}, **settings)
    shop.sell(1)
    shop.pay(1, "40.00")
    shop.pay(1, "60.00", method="Cash")
    shop.run(0)


@pytest.mark.parametrize(
    ("parts", "left"),
    [
        ([("60.00", {})], {UF: "Dr 40.00", SALES: "Cr 40.00"}),
        ([("40.00", {}), ("60.00", {})], {}),
        ([("60.00", {}), ("30.00", {}), ("10.00", {})], {}),
        ([("30.00", {"method": "CASH"})], {UF: "Dr 40.00", "Till": "Dr 30.00", SALES: "Cr 70.00"}),
        ([("50.00", {})], {UF: "Dr 40.00", "Till": "Dr 10.00", SALES: "Cr 50.00"}),
    ],
    ids=["its amount", "all", "what is left", "its method", "only one has so much"],
)
@pytest.mark.parametrize("at_once", [True, False])
def test_m15_a_refund_that_names_no_payment_leaves_the_account_that_has_it(
    shop: ShopCounter, parts: list[tuple[str, dict[str, str]]], left: dict[str, str], at_once: bool
) -> None:
    open_till(shop)
    for amount, how in parts:
        shop.give_back(1, amount, day=1, **how)
        if not at_once:
            shop.run(1)
    shop.run(1)
    assert (shop.state(), entries(shop)) == ("posted", left)
    shop.expect_quiet()


@pytest.mark.parametrize("amount", ["100.00", "30.00"])
def test_m15_a_refund_out_of_nobody_knows_which_account_is_held(shop: ShopCounter, amount: str) -> None:
    open_till(shop)
    before = entries(shop)
    shop.give_back(1, amount, day=1)
    shop.run(1)
    assert (shop.state(), entries(shop)) == ("held SEVERAL_ACCOUNTS", before)
    assert f"{amount} USD were given back of payment 101 over 40.00 USD, 102 over 60.00 USD" in shop.order(1).message
    # The advice leads somewhere.
    choose(shop, revenue={"deposit_accounts": {"Cash": "Till"}}, refunds={"account": "Checking"})
    shop.run(1)
    assert shop.state() == "posted"
    assert back(shop) == {SALES: f"Dr {amount}", "Checking": f"Cr {amount}"}
    shop.expect_quiet()


def test_m15_what_goes_back_of_an_open_invoice_leaves_the_account_that_has_it(shop: ShopCounter) -> None:
    shop.add("Account", Name="Till", AccountType="Bank")
    refresh_lists(shop.engine, shop.quickbooks)
    choose(shop, revenue={**INVOICES, "deposit_accounts": {"Cash": "Till"}})
    shop.sell(1)
    shop.pay(1, "20.00")
    shop.pay(1, "50.00", method="Cash")
    shop.run(0)
    shop.give_back(1, "50.00", day=1)
    shop.run(1)
    assert entries(shop, "Purchase") == {AR: "Dr 50.00", "Till": "Cr 50.00"}
    shop.expect_quiet()


def test_m15_what_was_sent_without_an_account_is_in_undeposited_funds(shop: ShopCounter) -> None:
    shop.sell(1)
    paid = shop.pay(1)
    shop.run(0)
    choose(shop, revenue={"deposit_account": "Checking"})
    shop.give_back(1, day=1, of=paid)
    shop.run(1)
    assert entries(shop) == {}


def test_m16_a_credit_memo_of_a_former_version_is_recorded_for_good(shop: ShopCounter) -> None:
    shop.sell(1, *TAXED)
    paid = shop.pay(1, "108.60")
    shop.run(0)
    first = shop.give_back(1, "54.30", day=1, of=paid)
    shop.run(1)
    [receipt] = shop.records("RefundReceipt")
    shop.delete("RefundReceipt", "IS-1-R1")
    memo = shop.add(
        "CreditMemo",
        DocNumber="IS-1-R1",
        TxnDate=receipt["TxnDate"],
        CustomerRef={"value": shop.ada},
        PrivateNote=receipt["PrivateNote"],
        Line=[one for one in receipt["Line"] if one["DetailType"] == "SalesItemLineDetail"],
    )
    with shop.engine.begin() as connection:
        known = update(Write).where(Write.kind == "refund", Write.subject == f"1/{first}")
        connection.execute(known.values(entity="CreditMemo", quickbooks_id=memo["Id"]))
    shop.expect_quiet()

    shop.give_back(1, "54.30", day=5, of=paid)
    shop.run(5)
    assert shop.state() == "posted"
    assert back(shop) == {SALES: "Dr 50.00", STP: "Dr 4.30", UF: "Cr 54.30"}
    shop.expect_quiet()
    shop.take_back(first)
    shop.change(1, refund_total="54.30", day=8)
    shop.run(8)
    assert shop.state() == "held REFUND_GONE"


def test_m17_money_that_never_came_in_does_not_go_out(shop: ShopCounter) -> None:
    choose(shop, revenue={"post_as": "Invoice"})
    shop.sell(1)
    paid = shop.pay(1)
    shop.run(0)
    shop.give_back(1, "30.00", day=1, of=paid)
    shop.run(1)
    assert shop.state() == "posted"
    assert entries(shop) == {AR: "Dr 100.00", SALES: "Cr 100.00"}
    words = "30.00 USD were given back, and that is not recorded"
    assert len([one for one in shop.history() if words in one]) == 1
    shop.expect_quiet()
    shop.run(2)
    assert len([one for one in shop.history() if words in one]) == 1


def test_m17_a_plan_says_that_it_is_not_recorded(shop: ShopCounter) -> None:
    choose(shop, revenue={"post_as": "Invoice"})
    shop.sell(1)
    shop.pay(1)
    shop.run(0)
    shop.give_back(1, day=1)
    run = shop.match(1)
    [planned] = plan_run(runs.context(shop.engine, run, shop.store), shop.quickbooks.exchange_rate)
    assert (planned.action, planned.code) == ("none", "REFUND_NOT_RECORDED")


def test_m17_refunds_of_orders_that_another_rule_records_are_recorded(shop: ShopCounter) -> None:
    rules = [
        {"when": {"total_at_least": 200}, "post_as": "Invoice"},
        {"when": "anything else", "post_as": "Sales receipt"},
    ]
    choose(shop, revenue={"rules": rules})
    shop.sell(1, line("300.00"))
    shop.sell(2)
    for number, amount in ((1, "300.00"), (2, "100.00")):
        paid = shop.pay(number, amount)
        shop.give_back(number, "50.00", of=paid)
    shop.run(0)
    assert entries(shop, "RefundReceipt") == {SALES: "Dr 50.00", UF: "Cr 50.00"}
    assert [shop.state(number) for number in (1, 2)] == ["posted", "posted"]


@pytest.mark.parametrize("at_once", [True, False])
def test_m11_what_goes_back_of_an_open_invoice_is_owed_again(shop: ShopCounter, at_once: bool) -> None:
    choose(shop, revenue=INVOICES)
    shop.sell(1)
    paid = shop.pay(1, "40.00")
    if not at_once:
        shop.run(0)
    shop.give_back(1, "40.00", day=1, of=paid)
    shop.run(1)
    assert shop.state() == "posted"
    assert entries(shop) == {AR: "Dr 100.00", SALES: "Cr 100.00"}
    assert entries(shop, "Purchase") == {AR: "Dr 40.00", UF: "Cr 40.00"}
    shop.expect_quiet()


@each_way
@pytest.mark.parametrize("at_once", [True, False])
def test_m13_more_than_came_in_does_not_go_out(shop: ShopCounter, post_as: str, at_once: bool) -> None:
    choose(shop, revenue={"post_as": post_as})
    shop.sell(1)
    paid = shop.pay(1, "80.00")
    shop.pay(1, "20.00", method="Adjustment")
    shop.run(0)
    before = entries(shop)
    shop.give_back(1, "50.00", day=1, of=paid)
    if not at_once:
        shop.run(1)
    shop.give_back(1, "40.00", day=1)
    shop.run(1)
    assert shop.state() == "held REFUND_DISAGREES"
    assert "90.00 USD were given back of an order for which 80.00 USD came in" in shop.order(1).message
    assert entries(shop)[UF] == (before[UF] if at_once else "Dr 30.00")


@pytest.mark.parametrize("paid", ["40.00", ""])
def test_m11_more_than_came_in_for_an_open_invoice_does_not_go_out(shop: ShopCounter, paid: str) -> None:
    choose(shop, revenue=INVOICES)
    shop.sell(1)
    if paid:
        shop.pay(1, paid)
    shop.run(0)
    shop.give_back(1, "60.00", day=1)
    shop.run(1)
    assert shop.state() == "held REFUND_DISAGREES"
    assert shop.records("Purchase") == []


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize(
    ("later", "books"),
    [
        ("100.00", {UF: "Dr 100.00", SALES: "Cr 100.00"}),
        ("60.00", {UF: "Dr 60.00", AR: "Dr 40.00", SALES: "Cr 100.00"}),
        ("90.00", {UF: "Dr 90.00", AR: "Dr 10.00", SALES: "Cr 100.00"}),
    ],
)
def test_m11_what_is_paid_after_all(shop: ShopCounter, at_once: bool, later: str, books: dict[str, str]) -> None:
    choose(shop, revenue=INVOICES)
    shop.sell(1)
    paid = shop.pay(1, "40.00")
    shop.give_back(1, "40.00", day=1, of=paid)
    if not at_once:
        shop.run(1)
    shop.pay(1, later, day=2)
    shop.run(2)
    assert (shop.state(), entries(shop)) == ("posted", books)
    assert [one["UnappliedAmt"] for one in shop.payments()] == [0, 0]
    [invoice] = shop.records("Invoice")
    assert invoice["Balance"] == 0
    shop.expect_quiet()


def test_m11_what_goes_back_once_all_is_paid_takes_back_the_sale(shop: ShopCounter) -> None:
    choose(shop, revenue=INVOICES)
    shop.sell(1)
    first = shop.pay(1, "40.00")
    shop.give_back(1, "10.00", day=1, of=first)
    shop.run(1)
    rest = shop.pay(1, "70.00", day=2)
    shop.give_back(1, "20.00", day=3, of=rest)
    shop.run(3)
    assert entries(shop, "Purchase") == {AR: "Dr 10.00", UF: "Cr 10.00"}
    assert back(shop) == {SALES: "Dr 20.00", UF: "Cr 20.00"}
    assert entries(shop) == {SALES: "Cr 80.00", UF: "Dr 80.00"}
    shop.expect_quiet()


def test_m11_more_than_is_owed_again_is_too_much(shop: ShopCounter) -> None:
    choose(shop, revenue=INVOICES)
    shop.sell(1)
    shop.pay(1, "40.00")
    shop.give_back(1, "40.00", day=1)
    shop.run(1)
    shop.pay(1, "100.01", day=2)
    shop.run(2)
    assert shop.state() == "held OVERPAID"
    assert entries(shop) == {AR: "Dr 100.00", SALES: "Cr 100.00"}


def test_m11_a_refund_by_hand_of_the_day_of_its_payment_is_not_before_it(shop: ShopCounter) -> None:
    choose(shop, revenue=INVOICES)
    shop.sell(1)
    paid = shop.pay(1)
    midnight = "2026-11-16T00:00:00.000-07:00"
    shop.give_back(1, of=paid, payment_time=midnight)
    shop.run(0)
    assert (shop.state(), entries(shop)) == ("posted", {})
    assert shop.records("Purchase") == []


@pytest.mark.parametrize("what", ["drop_after", "half_body", "drop_before"])
def test_m11_an_expense_whose_answer_is_lost_is_recorded_once(shop: ShopCounter, what: str) -> None:
    choose(shop, revenue=INVOICES)
    shop.sell(1)
    shop.pay(1, "40.00")
    shop.run(0)
    shop.give_back(1, "40.00", day=1)
    kind = "quickbooks batch" if shop.store.write_mode == "batch" else "quickbooks create Purchase"
    shop.fail(kind, what)
    shop.run(1)
    assert (shop.state(), len(shop.records("Purchase"))) == ("posted", 1)
    assert entries(shop) == {AR: "Dr 100.00", SALES: "Cr 100.00"}
    shop.expect_quiet()


def test_m11_a_refused_expense_is_sent_again_under_its_number(shop: ShopCounter) -> None:
    choose(shop, revenue=INVOICES)
    shop.sell(1)
    shop.pay(1, "40.00")
    shop.give_back(1, "40.00")
    shop.company(preferences={"AccountingInfoPrefs": {"BookCloseDate": "2026-11-16"}})
    shop.run(0)
    assert shop.state() == "held PERIOD_CLOSED"
    shop.company(preferences={"AccountingInfoPrefs": {"BookCloseDate": None}})
    shop.run(1)
    assert shop.state() == "posted"
    assert [one["DocNumber"] for one in shop.records("Purchase")] == ["IS-1-R1"]


def test_m11_without_an_account_of_what_customers_owe_it_is_held(shop: ShopCounter) -> None:
    choose(shop, revenue=INVOICES)
    shop.sell(1)
    shop.pay(1, "40.00")
    shop.run(0)
    owed = next(one for one in shop.records("Account") if one["Name"] == AR)
    body = {"Id": owed["Id"], "SyncToken": owed["SyncToken"], "sparse": True, "AccountType": "Other Current Asset"}
    shop.quickbooks.update("Account", body, request_id="no receivable")
    refresh_lists(shop.engine, shop.quickbooks)
    shop.give_back(1, "40.00", day=1)
    shop.run(1)
    assert shop.state() == "held NO_RECEIVABLE"


@pytest.mark.parametrize("days", [(0, 0, 0), (0, 1, 1), (0, 1, 2)])
def test_m4_what_goes_back_of_a_plan_whose_rest_is_forgiven(shop: ShopCounter, days: tuple[int, int, int]) -> None:
    choose(shop, revenue=INVOICES)
    shop.sell(1, line("300.00"))
    paid = shop.pay(1, "100.00", day=days[0])
    shop.give_back(1, "100.00", day=days[1], of=paid)
    shop.pay(1, "200.00", day=days[2], method="Credit")
    shop.run(days[2])
    assert (shop.state(), entries(shop)) == ("posted", {})
    shop.expect_quiet()


def test_m4_a_rest_that_is_forgiven_after_money_went_back_takes_back_the_sale(shop: ShopCounter) -> None:
    choose(shop, revenue=INVOICES)
    shop.sell(1, line("300.00"))
    paid = shop.pay(1, "100.00")
    shop.give_back(1, "100.00", day=1, of=paid)
    shop.run(1)
    assert entries(shop) == {AR: "Dr 300.00", SALES: "Cr 300.00"}
    shop.pay(1, "200.00", day=2, method="Credit")
    shop.run(2)
    assert (shop.state(), entries(shop)) == ("posted", {})
    shop.expect_quiet()


def test_m4_a_foreign_plan_whose_rest_is_forgiven_after_money_went_back(shop: ShopCounter) -> None:
    """The credit memo of what went back bears the day of that refund, and its rate, which was read before."""
    shop.company(preferences={"CurrencyPrefs": {"MultiCurrencyEnabled": True}})
    shop.sandbox.put("/_sandbox/rates", {"EUR": {f"2026-11-{day}": 1.1 for day in range(14, 25)}})
    buyer = {"DisplayName": "Emma Euro", "PrimaryEmailAddr": {"Address": "emma@example.com"}}
    shop.add("Customer", **buyer, CurrencyRef={"value": "EUR"})
    choose(shop, revenue=INVOICES)
    shop.sell(1, line("300.00"), name="Emma Euro", email="emma@example.com", currency="EUR")
    paid = shop.pay(1, "100.00")
    shop.give_back(1, "100.00", day=1, of=paid)
    shop.run(1)
    shop.pay(1, "200.00", day=2, method="Credit")
    shop.run(2)
    assert (shop.state(), entries(shop)) == ("posted", {})
    shop.expect_quiet()
