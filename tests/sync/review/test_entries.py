"""What an order's records did to the books, beside what the general ledger of the sandbox shows of the same documents: of each golden
file as it was sent, and of orders that are changed, taken back, forgiven and voided, as the steps left them."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

from order_sync.database.database import migrate, open_database
from order_sync.database.writes import writes_of_orders
from order_sync.sync.orders.kinds import Entity, Kind
from order_sync.sync.orders.write import Write, WriteStatus
from order_sync.sync.review.entries import Booked, Chart, booked
from order_sync.sync.steps.refresh_customers import refresh_lists
from tests.shop.companies import SampleCompany, cache
from tests.shop.counter import ShopCounter, line
from tests.shop.entries import chart_in, in_words
from tests.sync.documents.golden_file import FILES, golden
from tests.sync.steps.test_currencies import ANN

KINDS = {
    "SalesReceipt": Kind.DOCUMENT,
    "Invoice": Kind.DOCUMENT,
    "Payment": Kind.PAYMENT,
    "CreditMemo": Kind.WRITE_OFF,
    "RefundReceipt": Kind.REFUND,
    "Purchase": Kind.REFUND,
}


def write(number: int, entity: str, body: dict[str, Any], total: Any = None, **more: Any) -> Write:
    """A row of the ledger whose record QuickBooks holds as it was sent, unless `more` says otherwise."""
    usual: dict[str, Any] = {
        "id": number,
        "realm_id": "1",
        "store": "demo",
        "kind": KINDS[entity],
        "subject": "1001",
        "generation": 1,
        "request_id": f"r{number}",
        "entity": Entity(entity),
        "operation": "create",
        "payload": json.dumps(body, default=float),
        "total": None if total is None else Decimal(str(total)),
        "tax": None,
        "currency": (body.get("CurrencyRef") or {}).get("value", "USD"),
        "content_hash": None,
        "status": WriteStatus.POSTED,
        "owner_token": 1,
        "attempts": 1,
        "sent_at": None,
        "quickbooks_id": f"the {entity}",
        "recorded": None if total is None else Decimal(str(total)),
        "code": None,
        "message": None,
        "advice": None,
    }
    return Write(**usual | more)


@pytest.fixture(scope="module")
def charts(tmp_path_factory):
    """The chart of a company as the cache holds it, by company."""
    engine = open_database(make_url(f"sqlite:///{tmp_path_factory.mktemp('charts') / 'cache.sqlite'}"))
    migrate(engine)
    known: list[SampleCompany] = []

    def chart(company: SampleCompany) -> Chart:
        if company not in known:
            known.append(company)
            cache(engine, f"company {known.index(company)}", company)
        return chart_in(engine, f"company {known.index(company)}")

    yield chart
    engine.dispose()


def said(one: Booked) -> str:
    return f"{one.write.entity}: {in_words([asdict(entry) for entry in one.entries]) or 'nothing'}"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_entries_are_those_of_the_general_ledger(file: Path, charts: Any) -> None:
    content = golden(file)
    company = SampleCompany(**content.get("company", {}))
    sent = enumerate(content["documents"], 1)
    writes = [write(number, one["entity"], one["body"], one["total"]) for number, one in sent]

    found = booked(writes, charts(company))

    assert [said(one) for one in found] == content["entries"]
    assert {one.told for one in found if not one.entries} <= {"It moves nothing."}


def agree(counter: ShopCounter, *numbers: int) -> list[Booked]:
    """What the records of these orders did, as it is shown; each is in the sandbox's general ledger the same."""
    wanted = {(one["entity"], one["id"]): in_words(one["entries"]) for one in counter.sandbox.get("/_sandbox/ledger")}
    chart = chart_in(counter.engine, counter.quickbooks.realm_id)
    ids = [str(number) for number in numbers]
    of = writes_of_orders(counter.engine, realm_id=None, store=counter.store.name, order_ids=ids)
    shown = [one for id in ids for one in booked(of[id], chart)]
    assert shown
    for one in shown:
        assert said(one) == f"{one.write.entity}: {wanted[one.write.entity, one.write.quickbooks_id] or 'nothing'}"
    return shown


INVOICES = {"post_as": "Invoice and payment"}


def test_a_changed_document_is_in_the_books_as_it_is_now(counter: ShopCounter) -> None:
    counter.set(orders={"changed": "update"}, revenue=INVOICES, taxes={"record_as": "as charged"})
    counter.sell(1, line("100.00"), line("8.60", kind="TAX"))
    counter.run(0)
    counter.change(1, line("60.00"), line("30.00", kind="SHIPPING"), day=1)
    counter.run(1)

    [one] = agree(counter, 1)
    assert (one.write.kind, [entry.account for entry in one.entries]) == (
        "change",
        ["Accounts Receivable (A/R)", "Sales of Product Income", "Shipping Income"],
    )


@pytest.mark.parametrize("post_as", ["Sales receipt", "Invoice and payment"])
@pytest.mark.parametrize("reversals", ["void", "refund receipt"])
def test_money_that_is_gone_leaves_the_books_as_it_left_those_of_quickbooks(
    counter: ShopCounter, post_as: str, reversals: str
) -> None:
    counter.set(revenue={"post_as": post_as}, payments={"reversals": reversals})
    counter.sell(1)
    payment = counter.pay(1)
    counter.run(0)
    counter.take_back(payment)
    counter.change(1, total_paid="0.00", status="SENT", day=1)
    counter.run(1)

    shown = agree(counter, 1)
    if reversals == "void":
        assert [one.told for one in shown if not one.entries] == [
            "It was voided: nothing of it is in the books any more."
        ]
    else:
        assert all(one.entries for one in shown)


def test_a_write_off_and_its_application(counter: ShopCounter) -> None:
    counter.set(revenue=INVOICES)
    counter.sell(1)
    counter.pay(1, "60.00")
    counter.pay(1, "40.00", method="Write Off")
    counter.run(0)

    shown = agree(counter, 1)
    assert [(str(one.write.kind), one.told) for one in shown if not one.entries] == [
        ("application", "It applies a credit memo, which moves nothing.")
    ]


def test_what_somebody_deleted_is_in_the_books_no_more(counter: ShopCounter) -> None:
    counter.set(revenue=INVOICES)
    counter.sell(1)
    counter.run(0)
    [invoice] = latest(counter)
    gone = replace(invoice, status=WriteStatus.REJECTED, message="It is gone.")
    [one] = booked([gone], chart_in(counter.engine, counter.quickbooks.realm_id))
    assert not one.entries
    assert "no more" in one.told


def latest(counter: ShopCounter) -> list[Write]:
    found = writes_of_orders(counter.engine, realm_id=None, store="demo", order_ids=["1"])
    return [one for one in found["1"] if one.kind is Kind.DOCUMENT]


def test_a_day_of_several_orders_is_one_record_for_each_of_them(counter: ShopCounter) -> None:
    counter.set(revenue={"consolidate": True, "daily_customer": "Ada Lovelace"})
    for number, price in ((1, "100.00"), (2, "50.00")):
        counter.sell(number, line(price))
        counter.pay(number, price)
    counter.run(0)

    first, second = agree(counter, 1, 2)
    assert first == second or replace(first, write=second.write) == second
    assert [entry.debit for entry in first.entries] == [Decimal("150.00"), 0]


WIDGET = {
    "DetailType": "SalesItemLineDetail",
    "Amount": 100.0,
    "SalesItemLineDetail": {"ItemRef": {"value": "item Widget"}, "TaxCodeRef": {"value": "TAX"}},
}
RECEIPT = {"TxnDate": "2026-11-16", "Line": [WIDGET]}
PAYMENT = {
    "TxnDate": "2026-11-17",
    "TotalAmt": 50,
    "Line": [{"Amount": 50, "LinkedTxn": [{"TxnId": "9", "TxnType": "Invoice"}]}],
}


def only(writes: list[Write], chart: Chart) -> Booked:
    [found] = booked(writes, chart)
    return found


@pytest.mark.parametrize("status", [WriteStatus.SENDING, WriteStatus.UNKNOWN])
def test_of_what_was_sent_and_not_answered_nothing_is_claimed(charts: Any, status: WriteStatus) -> None:
    one = only([write(1, "SalesReceipt", RECEIPT, 100, status=status, quickbooks_id=None)], charts(SampleCompany()))
    assert (one.entries, one.told) == (
        (),
        "It was sent, and nobody knows yet whether it is in the books: the next run finds out.",
    )


def test_what_was_never_sent_or_was_refused_is_no_record(charts: Any) -> None:
    for status in (WriteStatus.PLANNED, WriteStatus.REJECTED):
        assert (
            booked([write(1, "SalesReceipt", RECEIPT, 100, status=status, quickbooks_id=None)], charts(SampleCompany()))
            == []
        )


def test_another_tax_than_was_sent_is_what_the_total_leaves_for_it(charts: Any) -> None:
    sent = {**RECEIPT, "TxnTaxDetail": {"TotalTax": 8.6}}
    differs = write(
        1, "SalesReceipt", sent, "108.60", recorded=Decimal("107.25"), code="TAX_DIFFERS", message="Its tax is 7.25."
    )
    one = only([differs], charts(SampleCompany()))
    assert said(one) == (
        "SalesReceipt: Dr Undeposited Funds 107.25, Cr Sales of Product Income 100.00, Cr Sales Tax Payable 7.25"
    )


@pytest.mark.parametrize("more", [{}, {"code": "RECORDED_OTHERWISE", "message": "It is another."}])
def test_of_what_was_recorded_otherwise_there_are_no_figures(charts: Any, more: dict[str, str]) -> None:
    one = only([write(1, "SalesReceipt", RECEIPT, 100, recorded=Decimal(99), **more)], charts(SampleCompany()))
    assert not one.entries
    assert "not known here" in one.told


def test_prices_that_bear_their_tax_are_not_guessed_where_the_tax_is_another(charts: Any) -> None:
    abroad = SampleCompany(country="GB", currency="GBP")
    sent = {**RECEIPT, "GlobalTaxCalculation": "TaxInclusive", "TxnTaxDetail": {"TotalTax": 20}}
    one = only([write(1, "SalesReceipt", sent, 120, code="TAX_DIFFERS", message="Its tax is 19.00.")], charts(abroad))
    assert not one.entries
    assert "Its tax is 19.00." in one.told


def test_accounts_that_no_record_names_are_said_to_be_assumed(charts: Any) -> None:
    sent = {**RECEIPT, "TxnTaxDetail": {"TotalTax": 8.6}}
    one = only([write(1, "SalesReceipt", sent, "108.60")], charts(SampleCompany()))
    assert one.assumed.keys() == {"Undeposited Funds", "Sales Tax Payable"}
    named = {**RECEIPT, "DepositToAccountRef": {"value": "account Till"}}
    assert only([write(1, "SalesReceipt", named, 100)], charts(SampleCompany())).assumed == {}


def test_of_several_accounts_of_sales_tax_none_is_taken_for_the_one(charts: Any) -> None:
    chart = charts(SampleCompany())
    second = {"Id": "77", "Name": "Board of Equalization Payable", "AccountSubType": "SalesTaxPayable"}
    several = replace(chart, accounts={**chart.accounts, "77": second})
    one = only([write(1, "SalesReceipt", {**RECEIPT, "TxnTaxDetail": {"TotalTax": 8.6}}, "108.60")], several)
    assert [entry.account for entry in one.entries] == [
        "Undeposited Funds",
        "Sales of Product Income",
        "Sales tax payable",
    ]
    assert "not known here" in one.assumed["Sales tax payable"]


def test_a_tax_that_quickbooks_split_by_itself_is_not_guessed(charts: Any) -> None:
    canada = charts(SampleCompany(country="CA", currency="CAD"))
    both = {
        **WIDGET,
        "SalesItemLineDetail": {"ItemRef": {"value": "item Widget"}, "TaxCodeRef": {"value": "tax code GST/QST QC"}},
    }
    sent = {"TxnDate": "2026-11-16", "Line": [both], "GlobalTaxCalculation": "TaxExcluded"}
    usual = only([write(1, "SalesReceipt", sent, "114.98")], canada)
    assert said(usual).endswith("Cr Sales of Product Income 100.00, Cr GST/HST Payable 5.00, Cr QST Payable 9.98")
    other = only([write(1, "SalesReceipt", sent, "114.97")], canada)
    assert (other.entries, "split its tax" in other.told) == ((), True)


def test_what_the_lists_do_not_have_is_named_by_its_id(charts: Any) -> None:
    line_of = {**WIDGET, "SalesItemLineDetail": {"ItemRef": {"value": "404"}}}
    sent = {"TxnDate": "2026-11-16", "DepositToAccountRef": {"value": "405"}, "Line": [line_of]}
    one = only([write(1, "SalesReceipt", sent, 100)], charts(SampleCompany()))
    assert [entry.account for entry in one.entries] == ["Account 405", "Income of item 404"]
    assert len(one.assumed) == 2


def test_the_cost_of_goods_is_said_to_be_booked_too(charts: Any) -> None:
    chart = charts(SampleCompany())
    stock = {**chart.items["item Widget"], "Type": "Inventory"}
    one = only([write(1, "SalesReceipt", RECEIPT, 100)], replace(chart, items={"item Widget": stock}))
    assert one.entries
    assert "cost of the goods" in one.not_known


def test_customers_owe_in_the_account_of_their_currency(charts: Any) -> None:
    chart = charts(SampleCompany())
    abroad = {"Id": "9", "Name": "A/R - EUR", "AccountType": "Accounts Receivable", "CurrencyRef": {"value": "EUR"}}
    sent = {**RECEIPT, "CurrencyRef": {"value": "EUR"}, "ExchangeRate": 1.08}
    invoice = write(1, "Invoice", sent, 100)
    one = only([invoice], replace(chart, accounts={**chart.accounts, "9": abroad}))
    assert said(one) == "Invoice: Dr A/R - EUR 108.00, Cr Sales of Product Income 108.00"
    assert not one.assumed
    assert "no account of what customers owe in EUR" in str(only([invoice], chart).assumed)


def test_a_payment_in_another_currency_of_an_invoice_that_is_not_known_has_no_figures(charts: Any) -> None:
    chart = charts(SampleCompany())
    abroad = only([write(1, "Payment", {**PAYMENT, "CurrencyRef": {"value": "EUR"}, "ExchangeRate": 1.1}, 50)], chart)
    assert (abroad.entries, "the rate at which" in abroad.told) == ((), True)
    at_home = only([write(1, "Payment", PAYMENT, 50)], chart)
    assert said(at_home) == "Payment: Dr Undeposited Funds 50.00, Cr Accounts Receivable (A/R) 50.00"


@pytest.mark.parametrize("lost", [False, True])
def test_the_cent_that_is_left_is_on_the_payment_that_quickbooks_recorded_last(
    counter: ShopCounter, monkeypatch: pytest.MonkeyPatch, lost: bool
) -> None:
    monkeypatch.setattr("order_sync.sync.outbox.courier.THREADS", 1)
    counter.company(preferences={"CurrencyPrefs": {"MultiCurrencyEnabled": True}})
    counter.sandbox.put("/_sandbox/rates", {"JPY": {"every day": 0.006731}})
    counter.set(customers={"create": {"currency": "order"}}, revenue=INVOICES, write_mode="single")
    refresh_lists(counter.engine, counter.quickbooks)
    widget = {**line("5001"), "currency": "JPY"}
    counter.sell(1, widget, currency="JPY", **ANN)
    counter.pay(1, "3000")
    counter.pay(1, "1501", day=1)
    if lost:
        counter.fail("quickbooks create Payment", "drop_before")  # the first is sent again, after the second
    counter.run(1)
    _invoice, first, second = agree(counter, 1)
    assert (int(first.write.quickbooks_id or 0) > int(second.write.quickbooks_id or 0)) == lost
    assert [len(one.entries) for one in (first, second)] == ([3, 2] if lost else [2, 3])
