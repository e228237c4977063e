"""Whether the demo's plan came true: letter for letter, but for customers who were still to be made."""

from __future__ import annotations

import io
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from rich.console import Console

from include.local.plan import Plan, Row, show_plan


def body(number: str, customer: str = "7", amount: int = 10) -> str:
    return json.dumps({"DocNumber": number, "CustomerRef": {"value": customer}, "Line": [{"Amount": amount}]})


PLAN = Plan(
    [
        Row("2", "create", "Customer", '{"DisplayName": "Nora"}', None, None),
        Row("1", "create", "SalesReceipt", body("IS-1"), 1000, "USD"),
        Row("2", "create", "SalesReceipt", body("IS-2", "<new customer Nora>"), 1000, "USD"),
        Row("1", "create", "RefundReceipt", body("IS-1-R1"), 1000, "USD"),
        Row("3", "none", None, None, None, None),
    ]
)


def store_with(store: Path, *sent: str) -> Path:
    """A store of which these documents were sent, and one more was refused."""
    with closing(sqlite3.connect(store)) as connection:
        connection.execute("CREATE TABLE writes (store, kind, status, payload)")
        connection.executemany("INSERT INTO writes VALUES ('demo', 'document', 'posted', ?)", [(one,) for one in sent])
        connection.execute("INSERT INTO writes VALUES ('demo', 'document', 'rejected', ?)", (body("IS-1-R1"),))
        connection.commit()
    return store


@pytest.mark.parametrize(
    ("sent", "came"),
    [
        ([body("IS-1"), body("IS-2", "8"), body("IS-1-R1")], 3),
        ([body("IS-1"), body("IS-2", "8")], 2),
        ([body("IS-1", "8"), body("IS-2", "8"), body("IS-1-R1", amount=9)], 1),
        ([], 0),
    ],
    ids=["as planned", "one missing", "another customer, another amount", "nothing sent"],
)
def test_what_came_is_held_against_the_plan(tmp_path: Path, sent: list[str], came: int) -> None:
    assert PLAN.compared(store_with(tmp_path / "store.sqlite", *sent)) == (came, 3)


def test_the_plan_is_shown_by_entity_with_one_document_in_full() -> None:
    console = Console(file=io.StringIO(), record=True, width=200)
    show_plan(console, PLAN)
    text = console.export_text()
    rows = [line.replace("│", " ").split() for line in text.splitlines()]
    assert ["create", "SalesReceipt", "2", "20.00"] in rows
    assert ["create", "Customer", "1"] in rows
    assert ["nothing", "1"] in rows
    assert body("IS-1") in text


def test_an_expense_names_its_customer_otherwise_and_in_its_line(tmp_path: Path) -> None:
    def expense(customer: str, line: str) -> str:
        return json.dumps({"DocNumber": "IS-1-R1", "EntityRef": {"value": customer}, "Line": [{"CustomerRef": line}]})

    planned = Row("1", "create", "Purchase", expense("<new customer Ann>", "<new customer Ann>"), 1000, "USD")
    assert Plan([planned]).compared(store_with(tmp_path / "one.sqlite", expense("8", "8"))) == (1, 1)
    assert Plan([planned]).compared(store_with(tmp_path / "other.sqlite", expense("8", "9"))) == (0, 1)
