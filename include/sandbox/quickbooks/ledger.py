"""What a document does to the general ledger: its entries by account, in the home currency, to the cent.

Amounts below are signed as ledgers add them up: a debit is above zero, a credit below.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from include.sandbox.quickbooks.books import Body
from include.sandbox.quickbooks.fields import half_up
from include.sandbox.quickbooks.lines import item_lines

ZERO, ONE = Decimal(0), Decimal(1)
# A sale brings money and income; a credit and a refund take both away.
SIGNS = {"SalesReceipt": 1, "Invoice": 1, "CreditMemo": -1, "RefundReceipt": -1}
RECEIVABLE = ("Invoice", "CreditMemo")


@dataclass(frozen=True)
class Entry:
    """One account's part of a document; either `debit` or `credit` is zero."""

    account_id: str
    account: str
    debit: Decimal
    credit: Decimal

    @property
    def amount(self) -> Decimal:
        """Above zero for a debit."""
        return self.debit - self.credit


@dataclass(frozen=True)
class Chart:
    """Which account everything goes to, by id; `names` are those of all accounts."""

    names: Mapping[str, str]
    income_of_items: Mapping[str, str]
    tax_of_rates: Mapping[str, str]
    income: str
    shipping: str
    gratuity: str
    discounts: str
    sales_tax: str
    receivable: str
    undeposited: str
    exchange: str
    receivable_abroad: Mapping[str, str] = field(default_factory=dict)
    """By currency, the accounts of what customers owe in another."""

    def receivable_of(self, document: Body) -> str:
        """What customers owe in the document's currency: an account of its own, where the company has one."""
        return self.receivable_abroad.get(document.get("CurrencyRef", {}).get("value", ""), self.receivable)


@dataclass(frozen=True)
class Applied:
    """What a line of a payment is linked to: that document's rate, and how much of it was settled before."""

    rate: Decimal = ONE
    before: Decimal = ZERO


def entries(entity: str, document: Body, chart: Chart, applied: Sequence[Applied] = ()) -> list[Entry]:
    """The entries of a document as it stands, debits first; `applied` goes with the lines of a payment.

    A voided document has none, as its amounts are zero.
    """
    if entity == "Payment":
        amounts = _of_payment(document, chart, applied)
    elif entity == "Purchase":
        amounts = _of_expense(document)
    else:
        amounts = _of_sale(entity, document, chart)
    found = [
        Entry(account, chart.names.get(account, account), max(amount, ZERO), max(-amount, ZERO))
        for account, amount in amounts.items()
        if amount
    ]
    return sorted(found, key=lambda entry: entry.debit == 0)


def rate_of(document: Body) -> Decimal:
    """Home currency per unit of the document's; 1 where none was sent."""
    return Decimal(document.get("ExchangeRate", 1))


def _of_sale(entity: str, document: Body, chart: Chart) -> Mapping[str, Decimal]:
    sign, rate = SIGNS[entity], rate_of(document)
    total = half_up(Decimal(document["TotalAmt"]) * rate)
    sold = {account: -half_up(amount * rate) for account, amount in _sold(document, chart).items()}
    if sold:
        # Every account is converted by itself: the largest takes the cents that this leaves.
        largest = max(sold, key=lambda account: abs(sold[account]))
        sold[largest] -= total + sum(sold.values(), ZERO)
    amounts: defaultdict[str, Decimal] = defaultdict(Decimal)
    for account, amount in (*_money(entity, document, chart, total, rate), *sold.items()):
        amounts[account] += sign * amount
    return amounts


def _money(entity: str, document: Body, chart: Chart, total: Decimal, rate: Decimal) -> list[tuple[str, Decimal]]:
    """Where the total of a sale is: in the bank, on the customer's account, of an invoice with a deposit in both."""
    bank = _reference(document, "DepositToAccountRef") or chart.undeposited
    if entity not in RECEIVABLE:
        return [(bank, total)]
    deposit = half_up(Decimal(document.get("Deposit", 0)) * rate) if entity == "Invoice" else ZERO
    return [(bank, deposit), (chart.receivable_of(document), total - deposit)]


def _sold(document: Body, chart: Chart) -> Mapping[str, Decimal]:
    """What is sold and taxed, by account, in the document's currency; a discount is below zero."""
    sold: defaultdict[str, Decimal] = defaultdict(Decimal)
    for line in item_lines(document["Line"]):
        sold[_income_account(line, chart)] += Decimal(line["Amount"])
    for line in document["Line"]:
        if line["DetailType"] == "DiscountLineDetail":
            account = _reference(line["DiscountLineDetail"], "DiscountAccountRef") or chart.discounts
            sold[account] -= Decimal(line["Amount"])
    detail = document.get("TxnTaxDetail", {})
    left = Decimal(detail.get("TotalTax", 0))
    for line in detail.get("TaxLine", []):
        rate_id = _reference(line.get("TaxLineDetail", {}), "TaxRateRef") or ""
        sold[chart.tax_of_rates.get(rate_id, chart.sales_tax)] += Decimal(line["Amount"])
        left -= Decimal(line["Amount"])
    sold[chart.sales_tax] += left
    return sold


def _income_account(line: Body, chart: Chart) -> str:
    item = line["SalesItemLineDetail"]["ItemRef"]["value"]
    special = {"SHIPPING_ITEM_ID": chart.shipping, "GRATUITY_ITEM_ID": chart.gratuity}
    return special.get(item) or chart.income_of_items.get(item, chart.income)


def _of_payment(document: Body, chart: Chart, applied: Sequence[Applied]) -> Mapping[str, Decimal]:
    """Money in at the payment's rate, documents settled at theirs; what is between them is gained or lost by exchange."""
    rate = rate_of(document)
    receivable = _reference(document, "ARAccountRef") or chart.receivable_of(document)
    amounts: defaultdict[str, Decimal] = defaultdict(Decimal)
    amounts[_reference(document, "DepositToAccountRef") or chart.undeposited] += half_up(
        Decimal(document["TotalAmt"]) * rate
    )
    for line, link in zip(document.get("Line", []), applied, strict=True):
        # Parts are differences of what is settled in all, so that the last one leaves nothing.
        settled = half_up((link.before + line["Amount"]) * link.rate) - half_up(link.before * link.rate)
        amounts[receivable] -= -settled if line["LinkedTxn"][0]["TxnType"] == "CreditMemo" else settled
    amounts[receivable] -= half_up(Decimal(document.get("UnappliedAmt", 0)) * rate)
    amounts[chart.exchange] -= sum(amounts.values(), ZERO)
    return amounts


def _of_expense(document: Body) -> Mapping[str, Decimal]:
    """What it is for, and the account that the money leaves."""
    rate = rate_of(document)
    amounts: defaultdict[str, Decimal] = defaultdict(Decimal)
    for line in document["Line"]:
        amounts[line["AccountBasedExpenseLineDetail"]["AccountRef"]["value"]] += half_up(Decimal(line["Amount"]) * rate)
    amounts[document["AccountRef"]["value"]] -= sum(amounts.values(), ZERO)
    sign = -1 if document.get("Credit") else 1
    return {account: sign * amount for account, amount in amounts.items()}


def _reference(body: Body, name: str) -> str | None:
    value: str | None = body.get(name, {}).get("value")
    return value
