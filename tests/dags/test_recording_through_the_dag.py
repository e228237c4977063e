"""How orders are recorded, each way through the Dag and the sandbox: what the books hold after each day, and after each day once more."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import Any

import pytest

from order_sync.database.runs import read_run
from order_sync.settings import load_store
from order_sync.sync.review.actions import choose_new_customer, choose_payment_kind
from tests.shop import records
from tests.shop.till import SYNC, Till

pytestmark = pytest.mark.airflow

AFTER_THE_FIRST_DAY = records.NOON + timedelta(hours=12)
"""A run made by hand takes the newest interval that has ended at its logical date."""

RunDay = Callable[..., Any]


@pytest.fixture
def run_day(till: Till, run_dag: Any, bridge: Any) -> RunDay:
    """Runs a day, the first one is 0, and then all tasks of that run once more: the books stay as they are, and nothing is created or
    changed."""

    def again(run_id: str) -> None:
        store, known = load_store(till.folder / "demo.yaml"), read_run(till.engine, f"demo/{run_id}")
        key = bridge.refresh_customers(store, run_id, (known.interval_start, known.interval_end))
        for body in (
            "extract_orders",
            "match_customers",
            "create_customers",
            "update_addresses",
            "post_orders",
            "report",
        ):
            getattr(bridge, body)(store, key)

    def run(day: int, state: str = "success") -> Any:
        logical_date = AFTER_THE_FIRST_DAY + timedelta(days=day)
        moment = logical_date + timedelta(hours=1)
        first = run_dag(SYNC, logical_date=logical_date, run_after=moment)
        assert first.state == state
        books = till.books()
        till.sandbox.delete("/_sandbox/calls")
        with pytest.raises(SystemExit) if state == "failed" else nullcontext():
            again(first.run_id)
        assert till.books() == books
        assert till.written() == {}
        return first

    return run


def _at(day: int) -> datetime:
    return records.NOON + timedelta(days=day)


AS = {1: "Sales receipt", 2: "Invoice", 3: "Invoice and payment", 4: "Invoice, payment if paid"}
RULES = [{"when": {"total_at_least": 100 * number}, "post_as": AS[number]} for number in (4, 3, 2)]
INVOICES = ["2 Invoice 200.00 11-16", "3 Invoice 300.00 11-16", "4 Invoice 400.00 11-16"]


def test_unpaid_half_paid_then_paid_and_half_given_back_each_way_it_can_be_recorded(
    till: Till, run_day: RunDay
) -> None:
    """Order 1 comes to 100.00 and becomes a sales receipt, 2 comes to 200.00 and becomes an invoice, and so on."""
    till.configure(revenue={"rules": [*RULES, {"when": "anything else", "post_as": AS[1]}]})
    till.enter("Ann Lee", "ann@example.com")
    for number in AS:
        till.owe(number, f"{100 * number}.00")
    run_day(0)
    assert till.books() == INVOICES
    assert till.states() == {1: "waiting UNPAID", 2: "posted", 3: "posted", 4: "posted"}

    for number in AS:
        till.pay(number, f"{50 * number}.00", _at(1))
    run_day(1)
    assert till.books() == sorted([*INVOICES, "3 Payment 150.00 11-17"])
    assert till.states() == {1: "waiting UNPAID", 2: "posted", 3: "posted", 4: "posted"}

    for number in AS:
        till.pay(number, f"{50 * number}.00", _at(7))
        till.pay(number, f"-{50 * number}.00", _at(7))
    run_day(7)
    payments = ["3 Payment 150.00 11-17", "3 Payment 150.00 11-23", "4 Payment 200.00 11-17", "4 Payment 200.00 11-23"]
    refunds = [f"{number} RefundReceipt {50 * number}.00 11-23" for number in AS if number != 2]
    assert till.books() == sorted(["1 SalesReceipt 100.00 11-23", *INVOICES, *payments, *refunds])
    assert set(till.states().values()) == {"posted"}
    balances = {one["DocNumber"]: one["Balance"] for one in till.sandbox.get("/_sandbox/quickbooks/Invoice")}
    assert balances == {"IS-2": 200, "IS-3": 0, "IS-4": 0}
    assert {one["DocNumber"] for one in till.sandbox.get("/_sandbox/quickbooks/RefundReceipt")} == {
        f"IS-{number}-R1" for number in AS if number != 2
    }


@pytest.mark.parametrize(
    ("policy", "total", "state"),
    [("flag", "10.01", "posted with warnings CHANGED"), ("update", "9.00", "posted"), ("ignore", "10.01", "posted")],
)
def test_a_changed_order(till: Till, run_day: RunDay, policy: str, total: str, state: str) -> None:
    till.configure(orders={"changed": policy})
    till.sell(1, "Ann Lee", "ann@example.com")
    run_day(0)
    till.change(1, _at(1), total="9.00", total_paid="9.00")
    run_day(1)
    assert till.books() == [f"1 SalesReceipt {total} 11-16"]
    assert till.states() == {1: state}


def test_a_consolidated_day_and_an_order_of_it_that_is_paid_later(till: Till, run_day: RunDay) -> None:
    till.configure(revenue={"consolidate": True, "rules": []})
    till.enter("demo daily sales")
    for number in (1, 2, 3):
        till.owe(number, f"{10 * number}.00")
    till.pay(1, "10.00")
    till.pay(2, "20.00")
    run_day(0)
    assert till.books() == ["2026-11-16 USD Credit Card, 1 SalesReceipt 30.00 11-16"]
    assert till.states() == {1: "posted", 2: "posted", 3: "waiting UNPAID"}

    till.pay(3, "30.00", _at(1))
    till.pay(2, "-5.00", _at(1))
    run_day(1)
    run_day(0)
    assert till.books() == [
        "2 RefundReceipt 5.00 11-17",
        "2026-11-16 USD Credit Card, 1 SalesReceipt 30.00 11-16",
        "2026-11-17 USD Credit Card, 1 SalesReceipt 30.00 11-17",
    ]
    assert set(till.receipts()) == {"IS-20261116-1", "IS-20261117-1"}
    assert set(till.states().values()) == {"posted"}
    assert len(till.customers()) == 1


def test_more_than_the_total_is_held_and_by_setting_unapplied_on_the_customer(till: Till, run_day: RunDay) -> None:
    till.enter("Ann Lee", "ann@example.com")
    till.owe(1, "100.00")
    till.pay(1, "110.00")
    run_day(0)
    assert till.books() == []
    assert till.states() == {1: "held OVERPAID"}

    till.configure(orders={"overpaid": "unapplied"})
    run_day(1)
    assert till.books() == ["1 Payment 10.00 11-16", "1 SalesReceipt 100.00 11-16"]
    assert [one["UnappliedAmt"] for one in till.sandbox.get("/_sandbox/quickbooks/Payment")] == [10]
    assert till.states() == {1: "posted"}


def test_a_closed_period_holds_the_order_until_it_is_open_again(till: Till, run_day: RunDay) -> None:
    till.enter("Ann Lee", "ann@example.com")
    till.sell(1, "Ann Lee", "ann@example.com")
    _close(till, "2026-11-30")
    run_day(0)
    assert till.books() == []
    assert till.states() == {1: "held PERIOD_CLOSED"}
    assert till.calls("quickbooks create SalesReceipt") == {}
    assert "closed up to 2026-11-30" in till.history(1)
    _close(till, "2026-11-15")
    run_day(1)
    assert till.books() == ["1 SalesReceipt 10.01 11-16"]
    assert till.states() == {1: "posted"}


def test_names_of_the_settings_that_the_company_has_not_are_one_error_before_anything_is_sent(
    till: Till, run_dag: Any
) -> None:
    preferences = {"AccountingInfoPrefs": {"ClassTrackingPerTxn": True}}
    till.sandbox.put("/_sandbox/company", {"preferences": preferences})
    till.sandbox.post("/_sandbox/quickbooks/Class", {"Name": "Web"})
    till.configure(revenue={"deposit_account": "Chekcing", "tip_item": "Tip", "class": "Webb"})
    till.sell(1, "Nora New", "nora@example.com")
    till.sandbox.delete("/_sandbox/calls")
    run = run_dag(SYNC)
    assert (run.state, run.tasks["match_customers"], run.tries["match_customers"]) == ("failed", "failed", 1)
    [said] = run.said
    for key, name, nearest in (
        ("revenue.deposit_account", "Chekcing", "Checking"),
        ("revenue.tip_item", "Tip", "Tips"),
        ("revenue.class", "Webb", "Web"),
    ):
        assert f"'{name}' ({key})" in said
        assert nearest in said.partition("The nearest that it has: ")[2]
    assert till.written() == till.customers() == {}


@pytest.mark.parametrize(
    ("if_differs", "run_state", "document", "state"),
    [
        ("flag", "failed", "1 SalesReceipt 108.25 11-16", "failed TAX_DIFFERS"),
        ("void and hold", "success", "voided SalesReceipt 0.00 11-16", "held TAX_DIFFERS"),
    ],
)
def test_a_tax_that_quickbooks_computes_differently(
    till: Till, run_day: RunDay, if_differs: str, run_state: str, document: str, state: str
) -> None:
    till.sandbox.put("/_sandbox/company", {"sales_tax_percent": 8.25, "compute_tax_always": True})
    till.configure(taxes={"record_as": "as charged", "if_differs": if_differs})
    till.owe(1, "100.00")
    till.tax(1, "5.00")
    till.pay(1, "105.00")
    run_day(0, run_state)
    assert till.books() == [document]
    assert till.states() == {1: state}
    assert "its tax is 8.25 USD instead of 5.00 USD" in till.history(1)


def _close(till: Till, day: str) -> None:
    till.sandbox.put("/_sandbox/company", {"preferences": {"AccountingInfoPrefs": {"BookCloseDate": day}}})


def test_what_people_chose_is_followed_by_the_next_runs(till: Till, run_day: RunDay) -> None:
    by_address = [{"source": "Email", "destination": "PrimaryEmailAddr"}]
    till.configure(customers={"criteria": by_address}, products={"not_found": "hold"})
    till.enter("Ann Lee", "ann@example.com")
    till.enter("Ann's shop", "ann@example.com")
    till.owe(1, "100.00")
    till.account.move(1, "100.00", records.NOON, "101", method="Barter")
    run_day(0)
    assert till.states() == {1: "held PAYMENT_KIND"}

    choose_payment_kind(till.engine, "demo", "1", "Barter", "money", "ann")
    run_day(1)
    assert till.states() == {1: "held AMBIGUOUS"}

    choose_new_customer(till.engine, load_store(till.folder / "demo.yaml"), "1", "ann")
    run_day(2)
    assert till.states() == {1: "posted"}
    [receipt] = till.records("SalesReceipt")
    [made] = [one for one in till.records("Customer") if one["Id"] == receipt["CustomerRef"]["value"]]
    assert made["DisplayName"].startswith("Ann Lee (")
    assert len([one for one in till.records("Customer") if one["DisplayName"].startswith("Ann")]) == 3
