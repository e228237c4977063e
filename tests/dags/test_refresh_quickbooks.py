"""`refresh_quickbooks__demo`, run by Airflow against the sandbox: every list is in the store afterwards."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from order_sync.database.tables import Customer, ListEntry

pytestmark = pytest.mark.airflow

REFRESH = "refresh_quickbooks__demo"
LISTS = ("Item", "Account", "Term", "PaymentMethod", "Class", "Department", "TaxCode")


def _cached(day: Any) -> dict[str, int]:
    with day.engine.connect() as connection:
        lists = select(ListEntry.entity, func.count()).group_by(ListEntry.entity)
        counts = dict(connection.execute(lists).tuples().all())
        return counts | {"Customer": connection.scalar(select(func.count()).select_from(Customer))}


def test_every_list_is_in_the_store_inactive_rows_too(day: Any, run_dag: Any) -> None:
    run = run_dag(REFRESH)
    assert run.state == "success"
    books = day.sandbox.get("/_sandbox/summary")["quickbooks"]
    cached = _cached(day)
    assert {name: cached[name] for name in (*LISTS, "Customer")} == {name: books[name] for name in (*LISTS, "Customer")}
    assert (cached["Preferences"], cached["CompanyInfo"]) == (1, 1)
    customers = day.sandbox.get("/_sandbox/quickbooks/Customer")
    assert any(not customer["Active"] for customer in customers)


def test_it_writes_nothing_to_the_books_and_may_be_run_again(day: Any, run_dag: Any) -> None:
    assert [run_dag(REFRESH).state for _ in range(2)] == ["success", "success"]
    kinds = day.sandbox.get("/_sandbox/calls")
    assert [kind for kind in kinds if kind.startswith(("quickbooks create", "quickbooks update"))] == []
