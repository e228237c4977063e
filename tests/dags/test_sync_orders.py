"""`sync_orders__demo`, run by Airflow against both services in the sandbox: what is in the books, the store and the log afterwards."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from include.local.evidence import collect, read_accounts
from order_sync.database.leases import acquire_lease, release_lease
from order_sync.database.tables import Order, Run
from tests.shop.services import COMPANY

pytestmark = pytest.mark.airflow

SYNC = "sync_orders__demo"
STEPS = [
    "refresh_customers",
    "extract_orders",
    "match_customers",
    "create_customers",
    "update_addresses",
    "post_orders",
]
CREATE = "quickbooks create SalesReceipt"
ONE_MOMENT = datetime(2026, 11, 20, 12, tzinfo=UTC)
CLOSED_BOOKS = {
    "Fault": {
        "Error": [{"Message": "The account period has closed", "Detail": "Closed until 2026-12-31", "code": "6210"}],
        "type": "ValidationFault",
    }
}


def _environment(day: Any) -> dict[str, str]:
    return {
        "SANDBOX_PORT": str(urlsplit(day.sandbox.url).port),
        "ORDER_SYNC_DATABASE_URL": str(day.engine.url),
    }


def _orders(day: Any) -> list[Any]:
    with day.engine.connect() as connection:
        return list(connection.execute(select(Order.__table__)))


def _run_row(day: Any, run_id: str) -> Any:
    with day.engine.connect() as connection:
        return connection.execute(select(Run.__table__).where(Run.run_key == f"demo/{run_id}")).one()


def _receipts(day: Any) -> dict[str, str]:
    """Numbers of the documents that the sync made, and their totals."""
    made = [one for kind in ("SalesReceipt", "Invoice") for one in day.sandbox.get(f"/_sandbox/quickbooks/{kind}")]
    return {one["DocNumber"]: f"{one['TotalAmt']:.2f}" for one in made if one["DocNumber"].startswith("IS-")}


def _ready(order: dict[str, Any]) -> bool:
    """Whether an order is to be recorded, by what Infusionsoft says of it alone: paid in full, or in part and no draft any more."""
    due, paid = (order[name]["amount"] for name in ("total", "total_paid"))
    is_ours = due > 0 and order["source_type"] not in ("QUICKBOOKS", "QBO_SYNC")
    return is_ours and (paid == due or (paid > 0 and order["status"] != "DRAFT"))


def _waiting(day: Any) -> dict[str, str]:
    """What the run's totals say of the money of orders that wait."""
    ids = {row.order_id for row in _orders(day) if row.status == "waiting"}
    orders = [one for one in day.sandbox.get("/_sandbox/infusionsoft/order") if one["id"] in ids]
    kept = [one["total_paid"]["amount"] - one["refund_total"]["amount"] for one in orders]
    money = [amount for amount in kept if amount]
    return {"orders": str(len(money)), "in": f"{Decimal(sum(money)) / 100:.2f}", "out": "0"}


def test_a_day_of_paid_orders_is_in_the_books_to_the_cent(day: Any, run_dag: Any) -> None:
    before = read_accounts(_environment(day))
    run = run_dag(SYNC)
    assert run.state == "success"
    assert set(run.tasks.values()) == {"success"}
    evidence = collect(_environment(day), before)
    assert evidence.problems == []

    ready = {order["id"] for order in day.sandbox.get("/_sandbox/infusionsoft/order") if _ready(order)}
    posted = {document.order_id for document in evidence.documents}
    # A person decides about the others: whose customer is unclear, contradicted, inactive or without a name.
    unclear = ("AMBIGUOUS", "CONTRADICTED", "INACTIVE", "NO_DETAILS")
    undecided = {row.order_id for row in _orders(day) if row.code in unclear}
    assert posted | undecided == ready
    assert posted.isdisjoint(undecided)
    assert len(posted) > 30
    assert len(undecided) < 10


def test_the_run_s_row_tells_orders_money_and_calls(day: Any, run_dag: Any) -> None:
    run = run_dag(SYNC)
    row = _run_row(day, run.run_id)
    assert row.state == "success"
    assert row.interval_start == datetime(2026, 11, 16, 7, tzinfo=UTC)
    assert row.interval_end == datetime(2026, 11, 17, 7, tzinfo=UTC)
    receipts = _receipts(day)
    statuses = Counter(order.status for order in _orders(day))
    assert statuses.total() == 60
    assert {name: number for name, number in row.counts.items() if name in statuses} == statuses
    assert row.counts["documents made"] == len(receipts)
    back = ("RefundReceipt", "Purchase")
    refunds = [one for entity in back for one in day.sandbox.get(f"/_sandbox/quickbooks/{entity}")]
    # One of nothing applies a credit memo.
    payments = [one for one in day.sandbox.get("/_sandbox/quickbooks/Payment") if one["TotalAmt"]]
    assert (row.counts["refunds made"], row.counts["payments made"]) == (len(refunds), len(payments))
    assert payments
    sums = {
        "documents": str(sum(Decimal(total) for total in receipts.values())),
        "payments": str(sum(Decimal(f"{one['TotalAmt']:.2f}") for one in payments)),
        "refunds": str(sum(Decimal(f"{one['TotalAmt']:.2f}") for one in refunds)),
    }
    totals = dict(row.totals["USD"])
    waiting = _waiting(day)
    assert totals.pop("waiting", {"orders": "0", "in": "0.00", "out": "0"}) == waiting
    assert {what: (Decimal(one["in"]), Decimal(one["out"])) for what, one in totals.items()} == {
        what: (Decimal(sum_), Decimal(sum_)) for what, sum_ in sums.items()
    }
    calls = row.calls["QuickBooks"]
    assert calls["create SalesReceipt"] + calls["create Invoice"] == len(receipts)
    assert row.calls["Infusionsoft"]["list orders"] >= 1


def test_the_same_interval_again_posts_nothing(day: Any, run_dag: Any) -> None:
    first = run_dag(SYNC, run_after=ONE_MOMENT)
    receipts, customers = _receipts(day), day.sandbox.get("/_sandbox/summary")["quickbooks"]["Customer"]
    assert len(receipts) > 30
    day.sandbox.delete("/_sandbox/calls")

    cleared, another = run_dag(SYNC, run_after=ONE_MOMENT), run_dag(SYNC)
    assert cleared.run_id == first.run_id != another.run_id
    assert (cleared.state, another.state) == ("success", "success")
    assert _receipts(day) == receipts
    assert day.sandbox.get("/_sandbox/summary")["quickbooks"]["Customer"] == customers
    sent = day.sandbox.get("/_sandbox/calls")
    assert [kind for kind in sent if kind.startswith(("quickbooks create", "quickbooks update"))] == []
    assert _run_row(day, another.run_id).counts["documents made"] == 0


def test_a_refused_order_fails_the_run_in_its_report_when_all_else_is_done(day: Any, run_dag: Any) -> None:
    before = read_accounts(_environment(day))
    refusal = {"what": "fault", "status": 400, "body": json.dumps(CLOSED_BOOKS)}
    day.sandbox.post("/_sandbox/faults", {"kind": CREATE, "next": 1, **refusal})
    run = run_dag(SYNC, run_after=ONE_MOMENT)
    assert run.state == "failed"
    assert run.tasks == dict.fromkeys(STEPS, "success") | {"report": "failed"}
    assert run.tries["report"] == 1
    [failed] = [order for order in _orders(day) if order.status == "failed"]
    assert failed.code == "6210"
    assert "period has closed" in failed.message
    assert "reopen the period" in failed.advice
    assert f"IS-{failed.order_id}" not in _receipts(day)
    assert len(_receipts(day)) > 30
    [of_the_order, of_the_run] = run.said
    assert f"order {failed.order_id} failed (6210)" in of_the_order
    assert failed.advice in of_the_order
    assert of_the_run.startswith("1 order of the run failed; the others are done.")
    assert set(run.raised) == {"RunFailed"}
    assert _run_row(day, run.run_id).state == "failed"

    cleared = run_dag(SYNC, run_after=ONE_MOMENT)
    assert cleared.state == "success"
    assert f"IS-{failed.order_id}" in _receipts(day)
    assert collect(_environment(day), before).problems == []
    assert _run_row(day, cleared.run_id).counts["documents made"] == len(_receipts(day))


def test_a_refused_order_lets_the_run_pass_where_the_settings_say_so(day: Any, stores: Any, run_dag: Any) -> None:
    with (stores / "demo.yaml").open("a") as settings:
        settings.write("\nreport:\n  fail_when_orders_failed: false\n")
    refusal = {"what": "fault", "status": 400, "body": json.dumps(CLOSED_BOOKS)}
    day.sandbox.post("/_sandbox/faults", {"kind": CREATE, "next": 1, **refusal})
    run = run_dag(SYNC)
    assert run.state == "success"
    assert [order.code for order in _orders(day) if order.status == "failed"] == ["6210"]
    assert any("(6210)" in said for said in run.said)


def test_the_tasks_pass_each_other_the_run_s_key_and_nothing_else(day: Any, run_dag: Any) -> None:
    run = run_dag(SYNC)
    passed = {task_id: value for task_id, key, value in _xcoms(run.run_id) if key == "return_value"}
    counts = passed.pop("report")
    assert passed == dict.fromkeys(STEPS, f"demo/{run.run_id}")
    assert {type(number) for number in counts.values()} == {int}


def test_only_these_tasks_call_quickbooks(day: Any, run_dag: Any) -> None:
    run = run_dag(SYNC)
    task_id, callers = "", set()
    for line in run.lines:
        if begun := re.match(r"\[DAG TEST\] starting task_id=(\w+)", line["event"]):
            task_id = begun[1]
        if re.search(r"intuit_tid=\w", line["event"]):
            callers.add(task_id)
    assert callers == {"refresh_customers", "create_customers", "update_addresses", "post_orders"}


def test_r21_a_task_waits_for_the_company_without_a_worker_and_without_using_up_a_try(
    day: Any, run_dag: Any, bridge: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    other_run = acquire_lease(day.engine, COMPANY, seconds=600)
    put_off, times = bridge.AirflowRescheduleException, []

    def until_the_second_time(again: datetime) -> Exception:
        times.append(again)
        if len(times) == 2:
            release_lease(day.engine, other_run)
        return put_off(again)

    monkeypatch.setattr(bridge, "AirflowRescheduleException", until_the_second_time)
    monkeypatch.setattr(bridge, "LEASE_WAIT", timedelta(seconds=0.1))
    monkeypatch.setattr(bridge, "LEASE_PAUSE", timedelta(seconds=0.1))
    run = run_dag(SYNC)
    assert run.state == "success"
    assert run.tries["refresh_customers"] == 1
    waited = [line["event"] for line in run.lines if "uses up no try" in line["event"]]
    assert len(waited) == len(times) == 2
    assert f"The lease '{COMPANY}' is held by" in waited[0]
    assert len(_receipts(day)) > 30


def test_no_person_and_no_secret_is_in_the_log_and_each_call_of_quickbooks_is(day: Any, run_dag: Any) -> None:
    run = run_dag(SYNC)
    for personal in _personal_data(day):
        assert personal not in run.text
        assert personal not in run.unmasked
    for secret in day.secrets:
        assert secret not in run.text
        assert secret not in run.unmasked
    assert "create SalesReceipt" in run.unmasked
    traced = re.findall(r"POST create (?:SalesReceipt|Invoice) 200 \d+ ms intuit_tid=[\w-]{8,}", run.text)
    assert len(traced) == len(_receipts(day))


def test_each_task_ends_with_a_line_of_counts(day: Any, run_dag: Any) -> None:
    run = run_dag(SYNC)
    lines = [line["event"] for line in run.lines if line.get("logger") == "order_sync.bridge.tasks"]
    assert [line.partition(":")[0] for line in lines] == [
        "settings",
        "read again from QuickBooks",
        "keys made",
        "orders read",
        "customers matched",
        "customers",
        "addresses",
        "orders posted",
        "money USD, documents",
        "money USD, payments",
        "money USD, refunds",
        "run",
    ]
    assert all(re.search(r"\d", line) for line in lines)


def _xcoms(run_id: str) -> list[tuple[str, str, Any]]:
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session

    with create_session() as session:
        rows = session.scalars(select(XComModel).where(XComModel.run_id == run_id, XComModel.dag_id == SYNC))
        return [(row.task_id, row.key, XComModel.deserialize_value(row)) for row in rows]


def _personal_data(day: Any) -> Iterator[str]:
    """E-mail addresses, names, streets and telephone numbers of both services' people."""
    for contact in day.sandbox.get("/_sandbox/infusionsoft/contact"):
        yield from (one["email"] for one in contact["email_addresses"])
        yield from (one["number"] for one in contact["phone_numbers"])
        yield from (one["line1"] for one in contact["addresses"] if one["line1"] not in (None, "", "null"))
        if contact["family_name"]:
            yield f"{contact['given_name']} {contact['family_name']}"
    for customer in day.sandbox.get("/_sandbox/quickbooks/Customer"):
        yield customer["DisplayName"]
        if "PrimaryEmailAddr" in customer:
            yield customer["PrimaryEmailAddr"]["Address"]
