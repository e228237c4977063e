"""The plan of the demo's first day: what would be sent, and whether it then was."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table


class Row(NamedTuple):
    """A row of the table `plans`."""

    order_id: str
    action: str
    entity: str | None
    body: str | None
    total_minor: int | None
    currency: str | None


@dataclass(frozen=True)
class Plan:
    """What would be sent."""

    rows: list[Row]

    @property
    def documents(self) -> list[Row]:
        """What would become of orders, their refunds and their write-offs; payments have no number to find them by."""
        return [row for row in self.rows if row.body and row.total_minor is not None and row.entity != "Payment"]

    def compared(self, store: Path) -> tuple[int, int]:
        """How many of the documents were sent since, letter for letter, and how many there are."""
        with closing(sqlite3.connect(store, timeout=30)) as connection:
            sent = [payload for (payload,) in connection.execute(_SENT)]
        by_number = {body["DocNumber"]: body for body in map(json.loads, sent) if "DocNumber" in body}
        wanted = [json.loads(row.body or "") for row in self.documents]
        return sum(_is_same(body, by_number.get(body["DocNumber"])) for body in wanted), len(wanted)


def read_plan(store: Path, run_key: str) -> Plan:
    """A plan by its key."""
    with closing(sqlite3.connect(store, timeout=30)) as connection:
        return Plan([Row(*row) for row in connection.execute(_PLANNED, (run_key,))])


def show_plan(console: Console, plan: Plan) -> None:
    """Prints what would be sent, by entity, and one document in full."""
    table = Table(title="\nPlan of the first day", title_justify="left")
    for column in ("", "number", "total"):
        table.add_column(column, justify="right" if column else "left")
    for action, entity in dict.fromkeys((row.action, row.entity) for row in plan.rows):
        some = [row for row in plan.rows if (row.action, row.entity) == (action, entity)]
        total = Decimal(sum(row.total_minor or 0 for row in some)) / 100
        table.add_row(f"{action} {entity}" if entity else "nothing", str(len(some)), f"{total:,.2f}" if total else "")
    console.print(table)
    if plan.documents:
        shortest = min(plan.documents, key=lambda row: (row.entity != "SalesReceipt", len(row.body or "")))
        console.print(f"\nOne of them, exactly as it would be sent (order {shortest.order_id}):", style="dim")
        console.print(shortest.body, markup=False, soft_wrap=True, style="dim")


def _is_same(wanted: dict[str, Any], sent: dict[str, Any] | None) -> bool:
    """Whether a document went out as planned; a customer who was still to be made has no number in the plan."""
    if sent is None:
        return False
    if (customer := _customer(wanted)).startswith("<"):
        wanted = json.loads(json.dumps(wanted).replace(json.dumps(customer), json.dumps(_customer(sent))))
    return wanted == sent


def _customer(body: Mapping[str, Any]) -> str:
    """Whose it is; an expense calls the customer otherwise than other documents."""
    found: str = (body.get("CustomerRef") or body["EntityRef"])["value"]
    return found


_PLANNED = """
    SELECT order_id, action, entity, body, total_minor, currency FROM plans WHERE run_key = ? ORDER BY id
"""

_SENT = "SELECT payload FROM writes WHERE store = 'demo' AND kind IN ('document', 'refund', 'write-off') AND status = 'posted'"
