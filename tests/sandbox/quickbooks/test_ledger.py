"""The entries of every kind of document: those that an accountant expects, and always in balance."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.sandbox.quickbooks.ledger import Applied, Chart, entries

UF, AR, SALES = "Undeposited Funds", "Accounts Receivable (A/R)", "Sales of Product Income"
DISCOUNTS, STP, EXCHANGE = "Discounts given", "Sales Tax Payable", "Exchange Gain or Loss"
EUR = {"value": "EUR"}


def discount(amount: float) -> dict[str, Any]:
    return {"DetailType": "DiscountLineDetail", "Amount": amount, "DiscountLineDetail": {"PercentBased": False}}


def link(document: dict[str, Any], amount: float, kind: str = "Invoice") -> dict[str, Any]:
    return {"Amount": amount, "LinkedTxn": [{"TxnId": document["Id"], "TxnType": kind}]}


@pytest.fixture
def ann(qbo):
    return {"value": qbo.customer()["Id"]}


@pytest.fixture
def sell(qbo, ann):
    """Makes a document of some lines."""

    def sell(entity: str, *lines: dict[str, Any], **fields: Any) -> dict[str, Any]:
        return qbo.save(entity, {"CustomerRef": ann, "Line": list(lines), **fields})

    return sell


def test_m1_what_was_adjusted_is_a_discount_and_not_money(qbo, sell):
    receipt = sell("SalesReceipt", qbo.item_line(100), discount(20))
    assert qbo.entries("SalesReceipt", receipt["Id"]) == {UF: "Dr 80.00", DISCOUNTS: "Dr 20.00", SALES: "Cr 100.00"}


def test_m2_an_invoice_is_settled_by_money_and_by_a_credit(qbo, ann, sell):
    invoice = sell("Invoice", qbo.item_line(100))
    off = {"Name": "Write-off", "IncomeAccountRef": qbo.named("Account", DISCOUNTS)}
    credit = sell("CreditMemo", qbo.item_line(20, item=qbo.save("Item", off)["Id"]))
    paid = qbo.save("Payment", {"CustomerRef": ann, "TotalAmt": 80, "Line": [link(invoice, 80)]})
    lines = [link(invoice, 20), link(credit, 20, "CreditMemo")]
    applied = qbo.save("Payment", {"CustomerRef": ann, "TotalAmt": 0, "Line": lines})

    assert qbo.entries("Invoice", invoice["Id"]) == {AR: "Dr 100.00", SALES: "Cr 100.00"}
    assert qbo.entries("CreditMemo", credit["Id"]) == {DISCOUNTS: "Dr 20.00", AR: "Cr 20.00"}
    assert qbo.entries("Payment", paid["Id"]) == {UF: "Dr 80.00", AR: "Cr 80.00"}
    assert qbo.entries("Payment", applied["Id"]) == {}
    assert qbo.balances() == {UF: "Dr 80.00", DISCOUNTS: "Dr 20.00", SALES: "Cr 100.00"}


def test_m12_a_refund_of_a_part_takes_income_and_tax_back(qbo, sell):
    lines = [qbo.item_line(100, tax="TAX"), qbo.item_line(50, tax="TAX")]
    receipt = sell("SalesReceipt", *lines, TxnTaxDetail={"TotalTax": 12.90})
    back = {"TxnTaxDetail": {"TotalTax": 4.30}, "DepositToAccountRef": qbo.named("Account", UF)}
    refund = sell("RefundReceipt", qbo.item_line(50, tax="TAX"), **back)

    assert qbo.entries("SalesReceipt", receipt["Id"]) == {UF: "Dr 162.90", SALES: "Cr 150.00", STP: "Cr 12.90"}
    assert qbo.entries("RefundReceipt", refund["Id"]) == {SALES: "Dr 50.00", STP: "Dr 4.30", UF: "Cr 54.30"}


def test_m16_a_credit_memo_alone_moves_no_money_and_a_refund_receipt_does(qbo, sell):
    checking = {"DepositToAccountRef": qbo.named("Account", "Checking")}
    sell("SalesReceipt", qbo.item_line(100), **checking)
    credit = sell("CreditMemo", qbo.item_line(100))
    assert qbo.balances() == {"Checking": "Dr 100.00", AR: "Cr 100.00"}

    key = {"Id": credit["Id"], "SyncToken": "0"}
    assert qbo.post("creditmemo", key, operation="delete").status_code == 200
    sell("RefundReceipt", qbo.item_line(100), **checking)
    assert qbo.balances() == {}


def test_m18_tax_is_of_what_a_voucher_leaves(qbo, sell):
    qbo.settle(sales_tax_percent=Decimal("8.6"))
    lines = [qbo.item_line(100, tax="TAX"), discount(10)]
    receipt = sell("SalesReceipt", *lines, ApplyTaxAfterDiscount=True)
    assert (receipt["TxnTaxDetail"]["TotalTax"], receipt["TotalAmt"]) == (7.74, 97.74)
    assert qbo.entries("SalesReceipt", receipt["Id"]) == {
        UF: "Dr 97.74",
        DISCOUNTS: "Dr 10.00",
        SALES: "Cr 100.00",
        STP: "Cr 7.74",
    }


@pytest.fixture
def abroad(qbo):
    """A customer who is billed in euros."""
    qbo.settle(preferences={"CurrencyPrefs": {"MultiCurrencyEnabled": True}})
    return {"value": qbo.customer("Zoë", CurrencyRef=EUR)["Id"]}


def test_m25_a_foreign_sale_is_in_the_ledger_at_its_rate_and_at_1_without(qbo, sell, abroad):
    foreign = {"CustomerRef": abroad, "CurrencyRef": EUR}
    receipt = sell("SalesReceipt", qbo.item_line(1000), **foreign, ExchangeRate=1.08)
    assert qbo.entries("SalesReceipt", receipt["Id"]) == {UF: "Dr 1080.00", SALES: "Cr 1080.00"}
    without = sell("SalesReceipt", qbo.item_line(1000), **foreign)
    assert qbo.entries("SalesReceipt", without["Id"]) == {UF: "Dr 1000.00", SALES: "Cr 1000.00"}


def test_m26_another_rate_at_the_payment_is_a_gain(qbo, sell, abroad):
    foreign = {"CustomerRef": abroad, "CurrencyRef": EUR}
    invoice = sell("Invoice", qbo.item_line(1000), **foreign, ExchangeRate=1.08)
    body = {**foreign, "TotalAmt": 1000, "ExchangeRate": 1.10, "Line": [link(invoice, 1000)]}
    paid = qbo.save("Payment", body)
    assert qbo.entries("Payment", paid["Id"]) == {UF: "Dr 1100.00", AR: "Cr 1080.00", EXCHANGE: "Cr 20.00"}
    assert AR not in qbo.balances()


def test_parts_of_a_foreign_invoice_leave_nothing_open_by_rounding(qbo, sell, abroad):
    foreign = {"CustomerRef": abroad, "CurrencyRef": EUR, "ExchangeRate": 1.111}
    invoice = sell("Invoice", qbo.item_line(10), **foreign)
    for amount in (3.33, 3.33, 3.34):
        qbo.save("Payment", {**foreign, "TotalAmt": amount, "Line": [link(invoice, amount)]})
    assert AR not in qbo.balances()


def test_money_that_settles_nothing_yet_is_on_the_customers_account(qbo, ann):
    paid = qbo.save("Payment", {"CustomerRef": ann, "TotalAmt": 10})
    assert qbo.entries("Payment", paid["Id"]) == {UF: "Dr 10.00", AR: "Cr 10.00"}


def test_shipping_and_discount_go_to_the_accounts_of_the_preferences(qbo, sell):
    receipt = sell("SalesReceipt", qbo.item_line(10), qbo.item_line(5, item="SHIPPING_ITEM_ID"))
    assert qbo.entries("SalesReceipt", receipt["Id"])["Shipping Income"] == "Cr 5.00"
    services = qbo.named("Account", "Services")["value"]
    qbo.prefer(SalesFormsPrefs={"DefaultShippingAccount": services})
    assert qbo.entries("SalesReceipt", receipt["Id"])["Services"] == "Cr 5.00"


def test_a_deposit_on_an_invoice_is_in_the_bank(qbo, sell):
    checking = {"DepositToAccountRef": qbo.named("Account", "Checking")}
    invoice = sell("Invoice", qbo.item_line(100), Deposit=30, **checking)
    expected = {"Checking": "Dr 30.00", AR: "Dr 70.00", SALES: "Cr 100.00"}
    assert qbo.entries("Invoice", invoice["Id"]) == expected


def test_several_tax_lines_add_up_in_the_united_states(qbo, sell):
    lines = [{"DetailType": "TaxLineDetail", "Amount": amount} for amount in (5, 9.98)]
    receipt = sell("SalesReceipt", qbo.item_line(100, tax="TAX"), TxnTaxDetail={"TaxLine": lines})
    assert (receipt["TxnTaxDetail"]["TotalTax"], receipt["TotalAmt"]) == (14.98, 114.98)
    assert qbo.entries("SalesReceipt", receipt["Id"])[STP] == "Cr 14.98"


@pytest.mark.parametrize("entity", ["SalesReceipt", "Invoice"])
def test_a_voided_or_deleted_document_leaves_nothing(qbo, sell, entity):
    lines = [qbo.item_line(10, tax="TAX"), discount(1)]
    made = sell(entity, *lines, TxnTaxDetail={"TotalTax": 2})
    key = {"Id": made["Id"], "SyncToken": "0", "sparse": True}
    voided = qbo.save(entity, key, operation="update", include="void")
    assert qbo.entries(entity, made["Id"]) == {}
    qbo.post(entity.lower(), {**key, "SyncToken": voided["SyncToken"]}, operation="delete")
    assert qbo.balances() == {}


def test_a_voided_invoice_leaves_its_payment_as_a_credit_and_a_voided_payment_nothing(qbo, ann, sell):
    invoice = sell("Invoice", qbo.item_line(100))
    paid = qbo.save("Payment", {"CustomerRef": ann, "TotalAmt": 100, "Line": [link(invoice, 100)]})
    qbo.save("Invoice", {"Id": invoice["Id"], "SyncToken": "1", "sparse": True}, operation="void")
    assert qbo.balances() == {UF: "Dr 100.00", AR: "Cr 100.00"}
    qbo.save("Payment", {"Id": paid["Id"], "SyncToken": "1", "sparse": True}, operation="update", include="void")
    assert qbo.balances() == {}


CHART = Chart(
    names={},
    income_of_items={"1": "income", "2": "other income"},
    tax_of_rates={"1": "tax", "2": "other tax"},
    income="income",
    shipping="shipping",
    gratuity="tips",
    discounts="discounts",
    sales_tax="sales tax",
    receivable="receivable",
    undeposited="undeposited",
    exchange="exchange",
)
CENTS = st.decimals(0, 100_000, places=2, allow_nan=False, allow_infinity=False)
RATES = st.decimals("0.0001", 200, places=6, allow_nan=False, allow_infinity=False)
ITEMS = st.sampled_from(["1", "2", "9", "SHIPPING_ITEM_ID", "GRATUITY_ITEM_ID"])


@st.composite
def sales(draw: st.DrawFn) -> dict[str, Any]:
    """A document as it is recorded: lines, perhaps a discount, tax with rates or without, in any currency."""
    sold = draw(st.lists(st.tuples(ITEMS, CENTS), min_size=1, max_size=5))
    lines = [
        {"DetailType": "SalesItemLineDetail", "Amount": amount, "SalesItemLineDetail": {"ItemRef": {"value": item}}}
        for item, amount in sold
    ]
    subtotal = sum((amount for _item, amount in sold), Decimal(0))
    off = draw(st.decimals(0, subtotal, places=2)) if draw(st.booleans()) else Decimal(0)
    taxes = draw(st.lists(st.tuples(st.sampled_from(["1", "2", "9"]), CENTS), max_size=2))
    tax_lines = [{"Amount": tax, "TaxLineDetail": {"TaxRateRef": {"value": rate}}} for rate, tax in taxes]
    tax = sum((amount for _rate, amount in taxes), draw(CENTS))
    total = subtotal - off + tax
    return {
        "Line": [*lines, {"DetailType": "DiscountLineDetail", "Amount": off, "DiscountLineDetail": {}}],
        "TxnTaxDetail": {"TotalTax": tax, "TaxLine": tax_lines},
        "TotalAmt": total,
        "Deposit": draw(st.decimals(0, total, places=2)),
        "ExchangeRate": draw(st.just(Decimal(1)) | RATES),
    }


def assert_balanced(found: list[Any]) -> None:
    assert sum(entry.debit for entry in found) == sum(entry.credit for entry in found)
    assert all(entry.amount == round(entry.amount, 2) for entry in found)
    assert all(not entry.debit or not entry.credit for entry in found)
    assert len({entry.account_id for entry in found}) == len(found)


@given(st.sampled_from(["SalesReceipt", "Invoice", "CreditMemo", "RefundReceipt"]), sales())
def test_every_sale_is_in_balance(entity, document):
    found = entries(entity, document, CHART)
    assert_balanced(found)
    home = round(document["TotalAmt"] * document["ExchangeRate"], 2)
    money = sum(entry.amount for entry in found if entry.account_id in ("undeposited", "receivable"))
    assert abs(abs(money) - home) <= Decimal("0.01")


@given(st.lists(st.tuples(CENTS, CENTS, RATES, st.booleans()), max_size=4), CENTS, RATES)
def test_every_payment_is_in_balance(parts, unapplied, rate):
    lines = [
        {"Amount": amount, "LinkedTxn": [{"TxnType": "Invoice" if is_invoice else "CreditMemo", "TxnId": "1"}]}
        for amount, _before, _rate, is_invoice in parts
    ]
    total = unapplied + sum((amount if is_invoice else -amount for amount, _, _, is_invoice in parts), Decimal(0))
    document = {"TotalAmt": max(total, Decimal(0)), "UnappliedAmt": unapplied, "ExchangeRate": rate, "Line": lines}
    assert_balanced(entries("Payment", document, CHART, [Applied(rate, before) for _, before, rate, _ in parts]))


@given(st.lists(CENTS, min_size=1, max_size=8), RATES)
def test_an_invoice_that_is_paid_in_parts_at_one_rate_leaves_nothing_open(parts, rate):
    total = sum(parts, Decimal(0))
    line = {"DetailType": "SalesItemLineDetail", "Amount": total, "SalesItemLineDetail": {"ItemRef": {"value": "1"}}}
    found = entries("Invoice", {"Line": [line], "TotalAmt": total, "ExchangeRate": rate}, CHART)
    before = Decimal(0)
    for amount in parts:
        applied = {"Amount": amount, "LinkedTxn": [{"TxnType": "Invoice", "TxnId": "1"}]}
        payment = {"TotalAmt": amount, "ExchangeRate": rate, "Line": [applied]}
        found += entries("Payment", payment, CHART, [Applied(rate, before)])
        before += amount
    assert sum(entry.amount for entry in found if entry.account_id == "receivable") == 0
