"""The books of foreign orders in the home currency: QuickBooks' own rate of each document's day, read once, and never 1."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, update

from order_sync.database.tables import Write
from order_sync.sync.recording.planned import plan_run
from order_sync.sync.steps.refresh_customers import refresh_lists
from tests.shop import runs
from tests.shop.counter import Json, ShopCounter, line

THOUSAND = line("1000.00")
INVOICES = {"post_as": "Invoice and payment"}
MODES = pytest.mark.parametrize("write_mode", ["single", "batch"])
READ_RATE = "quickbooks read ExchangeRate"

Entries = dict[str, tuple[str, str]]
"""Debit and credit, by account."""


def foreign(counter: ShopCounter, rates: Json | None = None, **settings: Any) -> None:
    """A company of several currencies, and a store whose new customers have that of their order."""
    counter.company(preferences={"CurrencyPrefs": {"MultiCurrencyEnabled": True}})
    counter.sandbox.put("/_sandbox/rates", {"EUR": rates or {"every day": 1.08}})
    customers = {"create": {"currency": "order"}}
    counter.set(customers=customers, **settings)


def sell_to_bert(counter: ShopCounter, number: int = 1, *lines: Json, day: int = 0, currency: str = "EUR") -> None:
    """An order in euros of 1,000.00, or of other lines."""
    who = {"name": "Bert Brecht", "email": "bert@example.com"}
    counter.sell(number, *(lines or (THOUSAND,)), day=day, currency=currency, **who)


def entries(counter: ShopCounter, entity: str) -> list[Entries]:
    """The entries of each document of a kind, in the order in which they were made."""
    told = [one for one in counter.sandbox.get("/_sandbox/ledger") if one["entity"] == entity]
    return [{row["account"]: (f"{row['debit']:.2f}", f"{row['credit']:.2f}") for row in one["entries"]} for one in told]


def rates_asked(counter: ShopCounter) -> int:
    """How often QuickBooks was asked for a rate."""
    return sum(counter.calls(READ_RATE).values())


@MODES
def test_m25_an_order_in_euros_is_in_the_books_at_the_rate_of_its_day(counter: ShopCounter, write_mode: str) -> None:
    foreign(counter, {"2026-11-16": 1.08, "every day": 1.5}, write_mode=write_mode)
    sell_to_bert(counter)
    counter.pay(1, "1000.00")
    counter.run(0)
    assert counter.state() == "posted"
    assert counter.document("SalesReceipt", "IS-1")["ExchangeRate"] == 1.08
    assert entries(counter, "SalesReceipt") == [
        {"Undeposited Funds": ("1080.00", "0.00"), "Sales of Product Income": ("0.00", "1080.00")}
    ]
    counter.expect_quiet()


@MODES
def test_m26_an_invoice_at_one_rate_that_is_paid_at_another_leaves_a_gain(
    counter: ShopCounter, write_mode: str
) -> None:
    foreign(counter, {"2026-11-16": 1.08, "2026-11-18": 1.10}, write_mode=write_mode, revenue=INVOICES)
    sell_to_bert(counter)
    counter.run(0)
    counter.pay(1, "1000.00", day=2)
    counter.run(2)
    assert counter.state() == "posted"
    receivable, gain = "Accounts Receivable (A/R)", "Exchange Gain or Loss"
    assert entries(counter, "Invoice") == [
        {receivable: ("1080.00", "0.00"), "Sales of Product Income": ("0.00", "1080.00")}
    ]
    assert entries(counter, "Payment") == [
        {"Undeposited Funds": ("1100.00", "0.00"), receivable: ("0.00", "1080.00"), gain: ("0.00", "20.00")}
    ]
    counter.expect_quiet()


@MODES
def test_m27_an_order_of_a_day_without_a_rate_is_held_until_there_is_one(counter: ShopCounter, write_mode: str) -> None:
    foreign(counter, {"2026-11-16": None}, write_mode=write_mode)
    sell_to_bert(counter)
    counter.pay(1, "1000.00")
    counter.run(0)
    assert counter.state() == "held NO_RATE"
    assert counter.history()[0] == (
        "It would be dated 2026-11-16, and QuickBooks has no exchange rate of EUR to USD on that day."
    )
    assert "Currencies" in counter.order(1).advice
    assert counter.books() == []
    counter.expect_quiet()

    counter.sandbox.put("/_sandbox/rates", {"EUR": {"2026-11-16": 1.08}})
    counter.run(1)
    assert counter.state() == "posted"
    assert entries(counter, "SalesReceipt") == [
        {"Undeposited Funds": ("1080.00", "0.00"), "Sales of Product Income": ("0.00", "1080.00")}
    ]


@MODES
def test_m27_a_payment_and_a_refund_of_days_without_a_rate_wait_for_theirs(
    counter: ShopCounter, write_mode: str
) -> None:
    foreign(counter, {"2026-11-17": None, "2026-11-18": None}, write_mode=write_mode, revenue=INVOICES)
    sell_to_bert(counter)
    paid = counter.pay(1, "1000.00", day=1)
    counter.run(0)
    assert (counter.state(), counter.books()) == ("held NO_RATE", ["Invoice IS-1 11-16 1000.00 open 1000.00"])
    counter.sandbox.put("/_sandbox/rates", {"EUR": {"2026-11-17": 1.10}})
    counter.run(1)
    assert counter.state() == "posted"
    counter.give_back(1, "1000.00", day=2, of=paid)
    counter.run(2)
    assert counter.state() == "held NO_RATE"
    assert [one.split()[0] for one in counter.books()] == ["Invoice", "Payment"]
    counter.sandbox.put("/_sandbox/rates", {"EUR": {"2026-11-18": 1.12}})
    counter.run(3)
    assert counter.state() == "posted"
    assert entries(counter, "RefundReceipt") == [
        {"Sales of Product Income": ("1120.00", "0.00"), "Undeposited Funds": ("0.00", "1120.00")}
    ]


def test_a_refund_leaves_at_the_rate_of_its_own_day(counter: ShopCounter) -> None:
    foreign(counter, {"2026-11-16": 1.08, "2026-11-19": 1.05})
    sell_to_bert(counter)
    paid = counter.pay(1, "1000.00")
    counter.run(0)
    counter.give_back(1, "300.00", day=3, of=paid)
    counter.run(3)
    assert counter.state() == "posted"
    assert entries(counter, "RefundReceipt") == [
        {"Sales of Product Income": ("315.00", "0.00"), "Undeposited Funds": ("0.00", "315.00")}
    ]


def test_m11_what_is_owed_again_is_owed_at_the_rate_of_its_own_day(counter: ShopCounter) -> None:
    foreign(counter, {"2026-11-16": 1.08, "2026-11-19": 1.05, "2026-11-20": 1.1}, revenue=INVOICES)
    sell_to_bert(counter)
    paid = counter.pay(1, "400.00")
    counter.run(0)
    counter.give_back(1, "400.00", day=3, of=paid)
    counter.run(3)
    assert counter.state() == "held NO_RECEIVABLE"
    name, kind = "Accounts Receivable (A/R) - EUR", "Accounts Receivable"
    counter.add("Account", Name=name, AccountType=kind, CurrencyRef={"value": "EUR"})
    refresh_lists(counter.engine, counter.quickbooks)
    counter.run(3)
    assert counter.state() == "posted"
    assert entries(counter, "Purchase") == [{name: ("420.00", "0.00"), "Undeposited Funds": ("0.00", "420.00")}]
    counter.pay(1, "1000.00", day=4)
    counter.run(4)
    assert counter.state() == "posted"
    assert entries(counter, "Payment")[1:] == [
        {
            "Undeposited Funds": ("1100.00", "0.00"),
            name: ("0.00", "1068.00"),
            "Exchange Gain or Loss": ("0.00", "32.00"),
        }
    ]
    counter.expect_quiet()


def test_a_consolidated_document_has_the_rate_of_its_day_and_leaves_out_nobody_elses(counter: ShopCounter) -> None:
    revenue = {"consolidate": True, "daily_customer": "Web in euros", "transaction_date": "order date"}
    foreign(counter, {"2026-11-16": 1.08, "2026-11-15": None}, revenue=revenue)
    counter.add("Customer", DisplayName="Web in euros", CurrencyRef={"value": "EUR"})
    for number, day in ((1, 0), (2, 0), (3, -1)):
        sell_to_bert(counter, number, day=day)
        counter.pay(number, "1000.00")
    counter.run(-1)
    counter.run(0)
    assert counter.states() == {1: "posted", 2: "posted", 3: "held NO_RATE"}
    assert entries(counter, "SalesReceipt") == [
        {"Undeposited Funds": ("2160.00", "0.00"), "Sales of Product Income": ("0.00", "2160.00")}
    ]


def test_m25_an_order_in_another_currency_than_the_customer_of_the_day_is_entered_by_hand(counter: ShopCounter) -> None:
    foreign(counter, revenue={"consolidate": True})
    counter.add("Customer", DisplayName="demo daily sales")
    sell_to_bert(counter)
    counter.sell(2)
    counter.pay(1, "1000.00")
    counter.pay(2)
    counter.run(0)
    assert counter.states() == {1: "held CUSTOMER_CURRENCY", 2: "posted"}
    assert "for a customer of its currency" in counter.order(1).advice
    assert [one["Undeposited Funds"] for one in entries(counter, "SalesReceipt")] == [("100.00", "0.00")]
    counter.expect_quiet()


def test_a_changed_document_keeps_its_rate_whoever_set_it(counter: ShopCounter) -> None:
    foreign(counter, orders={"changed": "update"}, revenue=INVOICES)
    sell_to_bert(counter)
    sell_to_bert(counter, 2)
    counter.run(0)
    counter.edit("Invoice", "IS-2", ExchangeRate=Decimal("1.2"))
    for number in (1, 2):
        counter.change(number, line("500.00"), day=1)
    counter.run(1)
    assert counter.states() == {1: "posted", 2: "posted"}
    sold = sorted(one["Sales of Product Income"] for one in entries(counter, "Invoice"))  # two go out side by side
    assert sold == [("0.00", "540.00"), ("0.00", "600.00")]


def test_a_changed_document_that_was_recorded_without_a_rate_gets_that_of_its_day(counter: ShopCounter) -> None:
    foreign(counter, orders={"changed": "update"}, revenue=INVOICES)
    sell_to_bert(counter)
    counter.run(0)
    counter.edit("Invoice", "IS-1", ExchangeRate=1)
    with counter.engine.begin() as connection:
        connection.execute(update(Write).values(payload=func.replace(Write.payload, ',"ExchangeRate":1.08', "")))
    counter.change(1, line("500.00"), day=1)
    counter.run(1)
    assert counter.state() == "posted"
    assert [one["Sales of Product Income"] for one in entries(counter, "Invoice")] == [("0.00", "540.00")]
    counter.expect_quiet()


def test_a_document_that_is_worth_something_else_in_the_home_currency_fails_until_it_is_corrected(
    counter: ShopCounter,
) -> None:
    foreign(counter)
    sell_to_bert(counter)
    counter.pay(1, "1000.00")
    counter.fail("quickbooks create SalesReceipt", "drop_after")
    counter.fail("quickbooks query SalesReceipt", "503", next=50)
    counter.run(0)
    assert counter.state() == "unsettled UNSETTLED"
    counter.mend()
    counter.edit("SalesReceipt", "IS-1", ExchangeRate=1)
    counter.run(1)
    assert counter.state() == "failed RECORDED_OTHERWISE"
    assert "1000.00 EUR are 1000.0 in the home currency there, and 1080.00 at the rate 1.08" in counter.history()[0]
    counter.edit("SalesReceipt", "IS-1", ExchangeRate=Decimal("1.08"))
    counter.run(2)
    assert counter.state() == "posted"


def test_a_home_currency_document_has_no_rate_and_none_is_asked_for(counter: ShopCounter) -> None:
    foreign(counter)
    counter.sell(1)
    counter.pay(1)
    counter.run(0)
    assert counter.state() == "posted"
    assert "ExchangeRate" not in counter.writes("document")[0].payload
    assert rates_asked(counter) == 0


def test_a_rate_is_asked_for_once_a_currency_and_day(counter: ShopCounter) -> None:
    foreign(counter, revenue=INVOICES)
    for number in range(1, 6):
        sell_to_bert(counter, number, day=number % 2)
        counter.pay(number, "1000.00", day=1)
    counter.run(0)
    counter.run(1)
    assert set(counter.states().values()) == {"posted"}
    assert len(counter.books()) == 10
    assert rates_asked(counter) == 2
    counter.expect_quiet()
    assert rates_asked(counter) == 2


def test_a_missing_rate_is_asked_for_once_a_run(counter: ShopCounter) -> None:
    foreign(counter, {"every day": None}, revenue=INVOICES)
    for number in (1, 2, 3):
        sell_to_bert(counter, number)
        counter.pay(number, "1000.00")
    counter.run(0)
    assert rates_asked(counter) == 1
    counter.run(1)
    assert rates_asked(counter) == 2


def test_a_plan_says_what_posting_sends_rates_and_all(counter: ShopCounter) -> None:
    foreign(counter, {"2026-11-16": 1.08, "2026-11-17": 1.10, "2026-11-18": None}, revenue=INVOICES)
    sell_to_bert(counter)
    sell_to_bert(counter, 2)
    counter.pay(1, "1000.00", day=1)
    counter.pay(2, "1000.00", day=2)
    run = counter.match(0)
    rows = plan_run(runs.context(counter.engine, run, counter.store), counter.quickbooks.exchange_rate)
    planned = [row for row in rows if row.entity not in (None, "Customer")]
    assert [(row.order_id, row.entity) for row in planned] == [("1", "Invoice"), ("1", "Payment"), ("2", "Invoice")]
    assert [row.code for row in rows if row.action == "none"] == ["NO_RATE"]
    assert counter.sent() == {}

    counter.run(0)
    assert counter.states() == {1: "posted", 2: "held NO_RATE"}
    sent = [write.payload for kind in ("document", "payment") for write in counter.writes(kind)]
    assert [_rate(text) for text in sent] == ["1.08", "1.08", "1.1"]
    assert [_rate(row.body) for row in planned] == ["1.08", "1.1", "1.08"]
    assert rates_asked(counter) == 3 + 1


def _rate(payload: str) -> str:
    return payload.partition('"ExchangeRate":')[2].rstrip("}")


def test_a_rate_that_somebody_corrects_is_found_after_a_reading_in_full(counter: ShopCounter) -> None:
    foreign(counter)
    sell_to_bert(counter)
    counter.pay(1, "1000.00")
    counter.run(0)
    counter.sandbox.put("/_sandbox/rates", {"EUR": {"2026-11-16": 1.09}})
    refresh_lists(counter.engine, counter.quickbooks)
    sell_to_bert(counter, 2)
    counter.pay(2, "1000.00")
    counter.run(0)
    assert [one["Undeposited Funds"][0] for one in entries(counter, "SalesReceipt")] == ["1080.00", "1090.00"]


@MODES
def test_m26_an_invoice_that_is_paid_in_parts_at_three_rates_leaves_nothing_open(
    counter: ShopCounter, write_mode: str
) -> None:
    rates = {"2026-11-16": 1.0837, "2026-11-17": 1.0911, "2026-11-18": 1.0749, "2026-11-19": 1.1003}
    foreign(counter, rates, write_mode=write_mode, revenue=INVOICES)
    sell_to_bert(counter, 1, line("100.01"))
    counter.run(0)
    for day, part in ((1, "33.33"), (2, "33.34"), (3, "33.34")):
        counter.pay(1, part, day=day)
        counter.run(day)
    receivable, gain = "Accounts Receivable (A/R)", "Exchange Gain or Loss"
    assert entries(counter, "Invoice") == [
        {receivable: ("108.38", "0.00"), "Sales of Product Income": ("0.00", "108.38")}
    ]
    assert entries(counter, "Payment") == [
        {"Undeposited Funds": ("36.37", "0.00"), receivable: ("0.00", "36.12"), gain: ("0.00", "0.25")},
        {"Undeposited Funds": ("35.84", "0.00"), receivable: ("0.00", "36.13"), gain: ("0.29", "0.00")},
        {"Undeposited Funds": ("36.68", "0.00"), receivable: ("0.00", "36.13"), gain: ("0.00", "0.55")},
    ]
    counter.expect_quiet()


@MODES
def test_m26_what_is_overpaid_stays_on_the_customer_at_the_rate_of_the_payment(
    counter: ShopCounter, write_mode: str
) -> None:
    rates, orders = {"2026-11-16": 1.08, "2026-11-18": 1.12}, {"overpaid": "unapplied"}
    foreign(counter, rates, write_mode=write_mode, revenue=INVOICES, orders=orders)
    sell_to_bert(counter)
    counter.pay(1, "1100.00", day=2)
    counter.run(2)
    assert entries(counter, "Payment") == [
        {
            "Undeposited Funds": ("1232.00", "0.00"),
            "Accounts Receivable (A/R)": ("0.00", "1192.00"),
            "Exchange Gain or Loss": ("0.00", "40.00"),
        }
    ]
    counter.expect_quiet()


@MODES
def test_m25_yen_have_no_cents_and_the_home_currency_has(counter: ShopCounter, write_mode: str) -> None:
    foreign(counter, write_mode=write_mode, revenue=INVOICES)
    counter.sandbox.put("/_sandbox/rates", {"JPY": {"2026-11-16": 0.0066123, "2026-11-18": 0.006723}})
    sell_to_bert(counter, 1, line("333", quantity=3), currency="JPY")
    counter.pay(1, "500")
    counter.pay(1, "499", day=2)
    counter.run(2)
    receivable, gain = "Accounts Receivable (A/R)", "Exchange Gain or Loss"
    assert entries(counter, "Invoice") == [{receivable: ("6.61", "0.00"), "Sales of Product Income": ("0.00", "6.61")}]
    assert entries(counter, "Payment") == [
        {"Undeposited Funds": ("3.31", "0.00"), receivable: ("0.00", "3.31")},
        {"Undeposited Funds": ("3.35", "0.00"), receivable: ("0.00", "3.30"), gain: ("0.00", "0.05")},
    ]
    counter.expect_quiet()


@MODES
@pytest.mark.parametrize(
    ("prices", "parts", "given_back", "there"),
    [
        (["100.005"], ["100.005"], None, []),
        (["50.005", "49.995"], ["100.000"], None, []),
        (["100.000"], ["33.335", "66.665"], None, ["Invoice"]),
        (["100.000"], ["100.000"], "33.335", ["Invoice", "Payment"]),
        (["100.050"], ["100.050"], None, ["Invoice", "Payment"]),
    ],
)
def test_m25_a_dinar_has_a_thousandth_that_quickbooks_does_not_keep(
    counter: ShopCounter, write_mode: str, prices: list[str], parts: list[str], given_back: str | None, there: list[str]
) -> None:
    foreign(counter, write_mode=write_mode, revenue=INVOICES)
    counter.sandbox.put("/_sandbox/rates", {"KWD": {"every day": 3.25}})
    sell_to_bert(counter, 1, *map(line, prices), currency="KWD")
    for part in parts:
        counter.pay(1, part)
    if given_back:
        counter.give_back(1, given_back)
    counter.run(0)
    assert counter.state() == ("posted" if prices == ["100.050"] else "held FRACTION")
    assert [one.split()[0] for one in counter.books()] == there
    counter.expect_quiet()
