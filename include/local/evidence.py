"""What the demo shows for it: the sync's own account of the orders, held against what both sandboxes really hold."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import requests
from rich.console import Console
from rich.table import Table

from include.local.books import Balances, Sale, balances, sum_of
from include.local.sold import day_of, is_money, sale_from

PREFIX = "IS-"


class Sold(NamedTuple):
    """An order in Infusionsoft: its day and total; what was given back of it, what came in for it and what it was forgiven beside that,
    each with its days."""

    day: str
    total: Decimal
    back: Decimal = Decimal(0)
    days_back: tuple[str, ...] = ()
    paid: Decimal = Decimal(0)
    days_paid: tuple[str, ...] = ()
    forgiven: Decimal = Decimal(0)
    days_forgiven: tuple[str, ...] = ()


@dataclass(frozen=True)
class Document:
    """A document or payment that is in the QuickBooks sandbox for an Infusionsoft order; of a credit memo also what is not applied."""

    order_id: str
    day: str
    total: Decimal
    entity: str = "SalesReceipt"
    unapplied: Decimal = Decimal(0)


@dataclass(frozen=True)
class Evidence:
    """`orders` and `sales` are from Infusionsoft, `statuses`, `reasons` and `warnings` from the store, all other from QuickBooks.

    `documents` are sales receipts and invoices; `refunds` are refund receipts, and expenses where the money is owed again; `write_offs` are
    credit memos, `applications` the payments of nothing that apply them. `accounts` are those of the general ledger, in the order of the
    `chart`, and `accounts_before` as they were before the first order.
    """

    orders: dict[str, Sold]
    documents: list[Document]
    refunds: list[Document]
    statuses: dict[str, str]
    reasons: Counter[tuple[str, str]]
    warnings: dict[str, int]
    calls: dict[str, int]
    payments: list[Document] = field(default_factory=list)
    write_offs: list[Document] = field(default_factory=list)
    applications: list[Document] = field(default_factory=list)
    sales: dict[str, Sale] = field(default_factory=dict)
    accounts: Balances = field(default_factory=dict)
    accounts_before: Balances = field(default_factory=dict)
    chart: list[str] = field(default_factory=list)

    @property
    def due(self) -> Balances:
        """What an accountant makes of the orders that are in QuickBooks, by account."""
        recorded = {one.order_id for one in self.documents}
        return sum_of(balances(sale) for order_id, sale in self.sales.items() if order_id in recorded)

    @property
    def number(self) -> int:
        """How much was made in QuickBooks."""
        made = (self.documents, self.payments, self.refunds, self.write_offs, self.applications)
        return sum(map(len, made))

    def comes_to(self, document: Document) -> Decimal:
        """What a document must come to: its order's total, of which a sales receipt shows no more than is paid."""
        sold = self.orders[document.order_id]
        return sold.total - (sold.forgiven if document.entity == "SalesReceipt" else 0)

    @property
    def problems(self) -> list[str]:
        """Whatever must never be: an order with two documents, a document off by a cent or a day, an order lost from sight."""
        found = []
        number = Counter(document.order_id for document in self.documents)
        found += [f"order {order_id} has {times} documents" for order_id, times in number.items() if times > 1]
        for document in self.documents:
            if document.order_id not in self.orders:
                found.append(f"order {document.order_id} has a document, and Infusionsoft does not have it")
                continue
            sold = self.orders[document.order_id]
            if document.total != (right := self.comes_to(document)):
                found.append(f"order {document.order_id} comes to {right}, its document to {document.total}")
            if document.entity == "Invoice" and document.day != sold.day:
                found.append(f"order {document.order_id} is of {sold.day}, its invoice of {document.day}")
            if document.entity == "SalesReceipt" and document.day != (day := max(sold.days_paid, default=sold.day)):
                found.append(f"order {document.order_id} was paid on {day}, its sales receipt is of {document.day}")
        found += [f"order {order_id} was never seen" for order_id in self.orders.keys() - self.statuses.keys()]
        for order_id, status in self.statuses.items():
            if status in ("extracted", "matched"):
                found.append(f"order {order_id} stopped half-way, as {status}")
        said = {order_id for order_id, status in self.statuses.items() if status.startswith("posted")}
        found += [f"order {order_id} is called posted, and has no document" for order_id in said - number.keys()]
        found += [f"order {order_id} has a document, and is not called posted" for order_id in number.keys() - said]
        found += [*self._payment_problems(), *self._write_off_problems(), *self._refund_problems(number.keys())]
        return found + [
            f"the account {account} stands at {right + off:.2f}, and should at {right:.2f}"
            for account, right, off in self._differences()
        ]

    def _differences(self) -> Iterator[tuple[str, Decimal, Decimal]]:
        """The accounts that are wrong: what would be right, and by how much they are off."""
        right = sum_of([self.accounts_before, self.due])
        for account in sorted(right.keys() | self.accounts.keys()):
            if off := self.accounts.get(account, Decimal(0)) - right.get(account, Decimal(0)):
                yield account, right.get(account, Decimal(0)), off

    def _payment_problems(self) -> Iterator[str]:
        """An invoice has each payment of its order, on its day; a sales receipt is its own payment."""
        of_orders = _by_order(self.payments)
        invoices = {one.order_id for one in self.documents if one.entity == "Invoice"}
        yield from (f"order {one} has a payment and no invoice" for one in of_orders.keys() - invoices)
        for order_id in sorted(self.orders.keys() & invoices):
            sold, payments = self.orders[order_id], of_orders[order_id]
            came_to = _sum(payments)
            if came_to != sold.paid:
                yield f"{sold.paid} came in for order {order_id}, its {len(payments)} payments come to {came_to}"
            elif sorted(one.day for one in payments) != sorted(sold.days_paid):
                days = " and ".join(one.day for one in payments)
                yield f"order {order_id} was paid on {' and '.join(sold.days_paid)}, its payments are of {days}"

    def _write_off_problems(self) -> Iterator[str]:
        """An invoice has credit memos for what its order was forgiven, all of them applied; a sales receipt shows it itself."""
        of_orders = _by_order(self.write_offs)
        invoices = {one.order_id for one in self.documents if one.entity == "Invoice"}
        yield from (f"order {one} has a credit memo and no invoice" for one in of_orders.keys() - invoices)
        for order_id in sorted(self.orders.keys() & invoices):
            sold, memos = self.orders[order_id], of_orders[order_id]
            came_to, left = _sum(memos), sum(one.unapplied for one in memos)
            if came_to != sold.forgiven:
                yield f"order {order_id} was forgiven {sold.forgiven}, its {len(memos)} credit memos come to {came_to}"
            elif sorted(one.day for one in memos) != sorted(sold.days_forgiven):
                days = " and ".join(one.day for one in memos)
                yield f"order {order_id} was forgiven on {' and '.join(sold.days_forgiven)}, its credit memos are of {days}"
            if left:
                yield f"{left} of the credit memos of order {order_id} are applied to nothing"

    def _refund_problems(self, recorded: Collection[str]) -> Iterator[str]:
        of_orders = _by_order(self.refunds)
        yield from (f"order {one} has a refund receipt and no document" for one in of_orders.keys() - set(recorded))
        for order_id in sorted(self.orders.keys() & set(recorded)):
            sold, refunds = self.orders[order_id], of_orders[order_id]
            came_to = _sum(refunds)
            if came_to != sold.back:
                yield f"order {order_id} was given {sold.back} back, its {len(refunds)} refund receipts come to {came_to}"
            elif sorted(one.day for one in refunds) != sorted(sold.days_back):
                days = " and ".join(one.day for one in refunds)
                yield f"order {order_id} was given money back on {' and '.join(sold.days_back)}, its receipts are of {days}"


def read_accounts(environment: Mapping[str, str]) -> Balances:
    """The balances of the company's general ledger, above zero for a debit."""
    found = _get(f"http://127.0.0.1:{environment['SANDBOX_PORT']}/_sandbox/balances")
    return {account: Decimal(str(amount)) for account, amount in found.items()}


def collect(environment: Mapping[str, str], accounts_before: Balances) -> Evidence:
    """Reads both sandboxes over HTTP and the store's file."""
    url = f"http://127.0.0.1:{environment['SANDBOX_PORT']}/_sandbox"
    of_orders = defaultdict[str, list[Any]](list)
    for payment in _get(f"{url}/infusionsoft/payment"):
        of_orders[payment["order_ids"][0]].append(payment)
    raw = _get(f"{url}/infusionsoft/order")
    calls = {
        kind.removeprefix("quickbooks "): sum(outcomes.values())
        for kind, outcomes in _get(f"{url}/calls").items()
        if kind.startswith("quickbooks ")
    }
    store = Path(environment["ORDER_SYNC_DATABASE_URL"].removeprefix("sqlite:///"))
    with closing(sqlite3.connect(store, timeout=30)) as connection:
        rows = connection.execute("SELECT order_id, status, code FROM orders WHERE store = 'demo'").fetchall()
        warnings = connection.execute(_WARNINGS).fetchall()
    payments = _payments(url)
    return Evidence(
        orders={order["id"]: _sold(order, of_orders[order["id"]]) for order in raw},
        documents=_documents(url, "SalesReceipt") + _documents(url, "Invoice"),
        payments=[one for one in payments if one.total],
        refunds=_documents(url, "RefundReceipt") + _documents(url, "Purchase"),
        write_offs=_documents(url, "CreditMemo"),
        applications=[one for one in payments if not one.total],
        statuses={order_id: status for order_id, status, _code in rows},
        reasons=Counter((status, code or "") for _order_id, status, code in rows),
        warnings=dict(warnings),
        calls=calls,
        sales={order["id"]: sale_from(order, of_orders[order["id"]]) for order in raw},
        accounts=read_accounts(environment),
        accounts_before=accounts_before,
        chart=[one["Name"] for one in sorted(_get(f"{url}/quickbooks/Account"), key=lambda one: int(one["Id"]))],
    )


def _sold(order: Mapping[str, Any], payments: Iterable[Mapping[str, Any]]) -> Sold:
    moved = [(day_of(one["payment_time"]), Decimal(str(one["amount"])), is_money(one)) for one in payments]
    total = Decimal(order["total"]["amount"]) / 100
    paid = sum((amount for _day, amount, money in moved if money and amount > 0), Decimal())
    off = [(day, amount) for day, amount, money in moved if not money]
    forgiven = min(sum((amount for _day, amount in off), Decimal()), max(total - paid, Decimal()))
    return Sold(
        day_of(order["order_time"]),
        total,
        Decimal(order["refund_total"]["amount"]) / 100,
        tuple(day for day, amount, _money in moved if amount < 0),
        paid,
        tuple(day for day, amount, money in moved if money and amount > 0),
        forgiven,
        tuple(day for day, _amount in off) if forgiven else (),
    )


def show(console: Console, evidence: Evidence, posted_again: int, as_planned: tuple[int, int]) -> list[str]:
    """Prints the tables and gives the problems; a repetition that posted something is one, and a plan that did not come true.

    `as_planned` is how many documents came as the plan had them, and how many it had.
    """
    console.print(_orders_table(evidence))
    console.print(_money_table(evidence))
    console.print(_accounts_table(evidence))
    calls = ", ".join(f"{number} {kind}" for kind, number in sorted(evidence.calls.items(), key=lambda item: -item[1]))
    console.print(f"\nQuickBooks calls: {sum(evidence.calls.values())} ({calls})", soft_wrap=True)
    console.print(f"One day was run again: it posted {posted_again or 'nothing'}.")
    came, planned = as_planned
    console.print(f"The first day came as planned: {came} of {planned} documents and refunds, each to the letter.")
    problems = evidence.problems
    if came < planned:
        problems.append(f"{planned - came} documents were posted otherwise than planned, or not")
    if posted_again:
        problems.append(f"running a day again posted {posted_again} documents")
    if not evidence.documents:
        problems.append("no order was posted")
    for problem in problems[:20]:
        console.print(f"[red]Wrong:[/red] {problem}")
    if not problems:
        console.print(
            f"[green]Right:[/green] {len(evidence.documents)} documents, each total equal to its order's; "
            f"{len(evidence.payments)} payments and {len(evidence.write_offs)} write-offs of invoices, {len(evidence.refunds)} refunds, "
            "each order's equal to what came in, was forgiven and was given back; none twice, none lost from sight; each account as an "
            "accountant makes it of the orders."
        )
    return problems


def _orders_table(evidence: Evidence) -> Table:
    table = Table(title="\nOrders", title_justify="left")
    table.add_column("")
    table.add_column("orders", justify="right")
    table.add_column("amount", justify="right")
    table.add_column("why")
    amounts = defaultdict[str, Decimal](Decimal)
    for order_id, status in evidence.statuses.items():
        amounts[status] += evidence.orders[order_id].total if order_id in evidence.orders else 0
    table.add_row("seen", str(len(evidence.statuses)), f"{sum(amounts.values()):,.2f}", "")
    for status in ("posted", "posted with warnings", "held", "waiting", "failed", "unsettled", "skipped"):
        reasons = {code: number for (known, code), number in evidence.reasons.items() if known == status}
        words = ", ".join(f"{number} {_WORDS.get(code, code)}" for code, number in sorted(reasons.items()) if code)
        if status == "posted with warnings":
            words = ", ".join(f"{number} {_WORDS.get(code, code)}" for code, number in evidence.warnings.items())
        table.add_row(status, str(sum(reasons.values())), f"{amounts[status]:,.2f}", words)
    return table


def _money_table(evidence: Evidence) -> Table:
    """Sales by day, payments and write-offs of invoices, refunds: what their orders come to, and what is recorded."""
    table = Table(title="\nMoney", title_justify="left")
    for column in ("", "number", "in: Infusionsoft", "out: QuickBooks", "difference"):
        table.add_column(column, justify="right" if column else "left")
    orders, by_day = evidence.orders, defaultdict[str, list[Document]](list)
    for one in evidence.documents:
        by_day[one.day].append(one)
    recorded = {one.order_id for one in evidence.documents} & orders.keys()
    rows = [
        (day, len(of_day), sum(evidence.comes_to(one) for one in of_day if one.order_id in orders), _sum(of_day))
        for day, of_day in sorted(by_day.items())
    ]
    invoices = {one.order_id for one in evidence.documents if one.entity == "Invoice"} & orders.keys()
    paid = sum((orders[order_id].paid for order_id in invoices), Decimal())
    rows.append(("payments", len(evidence.payments), paid, _sum(evidence.payments)))
    forgiven = sum((orders[order_id].forgiven for order_id in invoices), Decimal())
    rows.append(("write-offs", len(evidence.write_offs), forgiven, _sum(evidence.write_offs)))
    rows.append(
        ("refunds", len(evidence.refunds), sum(orders[order_id].back for order_id in recorded), _sum(evidence.refunds))
    )
    for what, number, came, went in rows:
        table.add_row(what, str(number), f"{came:,.2f}", f"{went:,.2f}", f"{came - went:,.2f}")
    return table


def _accounts_table(evidence: Evidence) -> Table:
    """The trial balance, by the chart of accounts, beside what the orders must make of it; credits are below zero."""
    table = Table(title="\nTrial balance: debits above zero, credits below", title_justify="left")
    for column in ("", "before", "orders, by an accountant", "QuickBooks", "difference"):
        table.add_column(column, justify="right" if column else "left")
    before, due, found = evidence.accounts_before, evidence.due, evidence.accounts
    place = {account: at for at, account in enumerate(evidence.chart)}
    for account in sorted(before.keys() | due.keys() | found.keys(), key=lambda one: (place.get(one, len(place)), one)):
        was, made, stands = (of.get(account, Decimal(0)) for of in (before, due, found))
        table.add_row(account, f"{was:,.2f}", f"{made:,.2f}", f"{stands:,.2f}", f"{was + made - stands:,.2f}")
    was, made, stands = (sum(of.values(), Decimal(0)) for of in (before, due, found))
    table.add_section()
    table.add_row("Together", f"{was:,.2f}", f"{made:,.2f}", f"{stands:,.2f}", f"{was + made - stands:,.2f}")
    return table


def _by_order(documents: Iterable[Document]) -> defaultdict[str, list[Document]]:
    found = defaultdict[str, list[Document]](list)
    for document in documents:
        found[document.order_id].append(document)
    return found


def _sum(documents: Iterable[Document]) -> Decimal:
    return sum((one.total for one in documents), Decimal())


_WARNINGS = """
    SELECT coalesce(code, 'address not updated'), count(DISTINCT order_id) FROM order_events
    WHERE level = 'warning' AND order_id IN (SELECT order_id FROM orders WHERE status = 'posted with warnings')
    GROUP BY 1 ORDER BY 2 DESC
"""

_OF_ORDER = re.compile(r"Infusionsoft order (\d+) ")

_WORDS = {
    "ITEM_UNKNOWN": "with a product that QuickBooks has no item for",
    "NO_ITEMS": "without items",
    "NAME_CHANGED": "with a name that QuickBooks does not take whole",
    "FIELD_SHORTENED": "with a text that QuickBooks does not take whole",
    "ADDRESS_SHORTENED": "with an address that QuickBooks does not take whole",
    "AMBIGUOUS": "with several customers to choose from",
    "CONTRADICTED": "whose customer may be another person",
    "NO_DETAILS": "without name and e-mail",
    "INACTIVE": "whose customer is inactive",
    "REFUND_DISAGREES": "whose refunds do not fit",
    "PAYMENT_KIND": "with a payment of a type that nobody knows",
    "WRITTEN_OFF": "wholly written off",
    "PAYMENTS_DISAGREE": "whose payments do not fit",
    "UNPAID": "not (wholly) paid",
    "STATUS": "still a draft",
    "ZERO_TOTAL": "of zero",
    "FROM_QUICKBOOKS": "that came from QuickBooks",
    "CHANGED": "changed since they were posted",
    "TOTAL_DIFFERS": "whose lines do not make their total",
}


def _documents(url: str, entity: str) -> list[Document]:
    """Those of the sync; a refund's number is that of its order and more."""
    return [
        _document(number.removeprefix(PREFIX).partition("-")[0], document, entity)
        for document in _get(f"{url}/quickbooks/{entity}")
        if (number := str(document.get("DocNumber") or "")).startswith(PREFIX)
    ]


def _payments(url: str) -> list[Document]:
    """Those of the sync: they have no number, and say in their note of which order they are."""
    found = ((one, _OF_ORDER.match(one.get("PrivateNote") or "")) for one in _get(f"{url}/quickbooks/Payment"))
    return [_document(order[1], one, "Payment") for one, order in found if order]


def _document(order_id: str, record: Mapping[str, Any], entity: str) -> Document:
    unapplied = Decimal(str(record["Balance"])) if entity == "CreditMemo" else Decimal(0)
    return Document(order_id, record["TxnDate"], Decimal(str(record["TotalAmt"])), entity, unapplied)


def _get(url: str) -> Any:
    with requests.Session() as session:
        session.trust_env = False
        answer = session.get(url, timeout=60)
    answer.raise_for_status()
    return answer.json()
