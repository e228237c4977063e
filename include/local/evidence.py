"""What the demo shows for it: the sync's own account of the orders, held against what both sandboxes really hold."""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import requests
from rich.console import Console
from rich.table import Table

PREFIX = "IS-"
ZONE = ZoneInfo("America/Phoenix")


@dataclass(frozen=True)
class Document:
    """A sales receipt that is in the QuickBooks sandbox for an Infusionsoft order."""

    order_id: str
    day: str
    total: Decimal


@dataclass(frozen=True)
class Evidence:
    """`orders` are totals and days from Infusionsoft, `documents` from QuickBooks, `statuses`, `reasons` and `warnings` from the store."""

    orders: dict[str, tuple[str, Decimal]]
    documents: list[Document]
    statuses: dict[str, str]
    reasons: Counter[tuple[str, str]]
    warnings: dict[str, int]
    calls: dict[str, int]

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
            day, total = self.orders[document.order_id]
            if document.total != total:
                found.append(f"order {document.order_id} comes to {total}, its document to {document.total}")
            if document.day != day:
                found.append(f"order {document.order_id} is of {day}, its document of {document.day}")
        found += [f"order {order_id} was never seen" for order_id in self.orders.keys() - self.statuses.keys()]
        for order_id, status in self.statuses.items():
            if status in ("extracted", "matched"):
                found.append(f"order {order_id} stopped half-way, as {status}")
        said = {order_id for order_id, status in self.statuses.items() if status.startswith("posted")}
        found += [f"order {order_id} is called posted, and has no document" for order_id in said - number.keys()]
        found += [f"order {order_id} has a document, and is not called posted" for order_id in number.keys() - said]
        return found


def collect(environment: Mapping[str, str]) -> Evidence:
    """Reads both sandboxes over HTTP and the store's file."""
    url = f"http://127.0.0.1:{environment['SANDBOX_PORT']}/_sandbox"
    orders = {
        order["id"]: (_day(order["order_time"]), Decimal(order["total"]["amount"]) / 100)
        for order in _get(f"{url}/infusionsoft/order")
    }
    documents = [
        Document(receipt["DocNumber"].removeprefix(PREFIX), receipt["TxnDate"], Decimal(str(receipt["TotalAmt"])))
        for receipt in _get(f"{url}/quickbooks/SalesReceipt")
        if str(receipt.get("DocNumber") or "").startswith(PREFIX)
    ]
    calls = {
        kind.removeprefix("quickbooks "): sum(outcomes.values())
        for kind, outcomes in _get(f"{url}/calls").items()
        if kind.startswith("quickbooks ")
    }
    store = Path(environment["ORDER_SYNC_DATABASE_URL"].removeprefix("sqlite:///"))
    with closing(sqlite3.connect(store, timeout=30)) as connection:
        rows = connection.execute("SELECT order_id, status, code FROM orders WHERE store = 'demo'").fetchall()
        warnings = connection.execute(_WARNINGS).fetchall()
    return Evidence(
        orders=orders,
        documents=documents,
        statuses={order_id: status for order_id, status, _code in rows},
        reasons=Counter((status, code or "") for _order_id, status, code in rows),
        warnings=dict(warnings),
        calls=calls,
    )


def show(console: Console, evidence: Evidence, posted_again: int) -> list[str]:
    """Prints the tables and gives the problems; a repetition that posted something is one."""
    console.print(_orders_table(evidence))
    console.print(_money_table(evidence))
    calls = ", ".join(f"{number} {kind}" for kind, number in sorted(evidence.calls.items(), key=lambda item: -item[1]))
    console.print(f"\nQuickBooks calls: {sum(evidence.calls.values())} ({calls})", soft_wrap=True)
    console.print(f"One day was run again: it posted {posted_again or 'nothing'}.")
    problems = evidence.problems
    if posted_again:
        problems.append(f"running a day again posted {posted_again} documents")
    if not evidence.documents:
        problems.append("no order was posted")
    for problem in problems[:20]:
        console.print(f"[red]Wrong:[/red] {problem}")
    if not problems:
        console.print(
            f"[green]Right:[/green] {len(evidence.documents)} documents, each total equal to its order's, no order twice, "
            f"none lost from sight."
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
        amounts[status] += evidence.orders[order_id][1] if order_id in evidence.orders else 0
    table.add_row("seen", str(len(evidence.statuses)), f"{sum(amounts.values()):,.2f}", "")
    for status in ("posted", "posted with warnings", "held", "waiting", "failed", "unsettled", "skipped"):
        reasons = {code: number for (known, code), number in evidence.reasons.items() if known == status}
        words = ", ".join(f"{number} {_WORDS.get(code, code)}" for code, number in sorted(reasons.items()) if code)
        if status == "posted with warnings":
            words = ", ".join(f"{number} {_WORDS.get(code, code)}" for code, number in evidence.warnings.items())
        table.add_row(status, str(sum(reasons.values())), f"{amounts[status]:,.2f}", words)
    return table


def _money_table(evidence: Evidence) -> Table:
    came, went, number = defaultdict[str, Decimal](Decimal), defaultdict[str, Decimal](Decimal), Counter[str]()
    for document in evidence.documents:
        went[document.day] += document.total
        number[document.day] += 1
        if order := evidence.orders.get(document.order_id):
            came[order[0]] += order[1]
    table = Table(title="\nMoney", title_justify="left")
    for column in ("day", "documents", "in: their orders", "out: documents", "difference"):
        table.add_column(column, justify="left" if column == "day" else "right")
    for day in sorted(came.keys() | went.keys()):
        table.add_row(day, str(number[day]), f"{came[day]:,.2f}", f"{went[day]:,.2f}", f"{came[day] - went[day]:,.2f}")
    total_in, total_out = sum(came.values(), Decimal()), sum(went.values(), Decimal())
    table.add_section()
    table.add_row("", str(number.total()), f"{total_in:,.2f}", f"{total_out:,.2f}", f"{total_in - total_out:,.2f}")
    return table


_WARNINGS = """
    SELECT coalesce(code, 'address not updated'), count(DISTINCT order_id) FROM order_events
    WHERE level = 'warning' AND order_id IN (SELECT order_id FROM orders WHERE status = 'posted with warnings')
    GROUP BY 1 ORDER BY 2 DESC
"""

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
    "REFUNDED": "refunded, to be entered by hand",
    "UNPAID": "not (wholly) paid",
    "ZERO_TOTAL": "of zero",
    "FROM_QUICKBOOKS": "that came from QuickBooks",
    "CHANGED": "changed since they were posted",
    "TOTAL_DIFFERS": "whose lines do not make their total",
}


def _day(moment: str) -> str:
    return datetime.fromisoformat(moment).astimezone(ZONE).date().isoformat()


def _get(url: str) -> Any:
    with requests.Session() as session:
        session.trust_env = False
        answer = session.get(url, timeout=60)
    answer.raise_for_status()
    return answer.json()
