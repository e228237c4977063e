"""`plan_orders__demo` through Airflow: what it shows is what the next run sends, and it changes nothing on its way."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import yaml
from sqlalchemy import Engine, select

from order_sync.database.plans import plan_of_run
from order_sync.database.tables import Base, Write
from order_sync.infusionsoft.client import InfusionsoftReader
from order_sync.quickbooks.client import QuickBooksReader
from tests.shop import records
from tests.shop.till import SYNC, Till

pytestmark = pytest.mark.airflow

PLAN = "plan_orders__demo"
FIRST_DAY = date(2026, 11, 16)
AFTER_THE_FIRST_DAY = records.NOON + timedelta(hours=12)
"""A run made by hand takes the newest interval that has ended at its logical date."""


def test_r18_a_plan_sends_nothing_and_is_what_the_next_run_sends(till: Till, run_dag: Any) -> None:
    till.configure(orders={"changed": "update"}, customers={"update_online_store": True})
    till.enter("Ann Lee", "ann@example.com")
    till.owe(1, "15.00")
    till.pay(1, "15.00")
    till.pay(1, "-5.00")
    till.sell(2, "Nora New", "nora@example.com", bill="new", ship="new", own="dock")
    till.owe(3, "30.00")
    planned = _plan(till, run_dag, 0)
    assert [_short(row) for row in planned] == [
        "2 create Customer",
        "1 create SalesReceipt 1500",
        "1 create RefundReceipt 500",
        "2 create SalesReceipt 1002",
        "3 none UNPAID",
    ]
    assert till.states() == {}
    assert till.books() == []
    assert len(till.customers()) == 1

    assert run_dag(SYNC).state == "success"
    nora = till.named("Nora New")["Id"]
    bodies = [row.body.replace("<new customer Nora New>", nora) for row in planned if row.body]
    assert _sent(till) == sorted(bodies)
    assert till.states() == {1: "posted", 2: "posted", 3: "waiting UNPAID"}

    till.change(2, _at(1), total="9.00", total_paid="9.00")
    [changed] = [row for row in _plan(till, run_dag, 1) if row.order_id == "2"]
    assert _short(changed) == "2 update SalesReceipt 900"
    assert ["Line[0].Amount", "10.02", "9.00"] in changed.difference
    assert run_dag(SYNC, logical_date=AFTER_THE_FIRST_DAY + timedelta(days=1)).state == "success"
    assert changed.body.replace("<its version>", "0") in _sent(till)
    assert till.receipts()["IS-2"]["TotalAmt"] == 9


def test_a_plan_of_an_order_in_euros_has_the_rate_that_is_sent(till: Till, run_dag: Any) -> None:
    till.sandbox.put("/_sandbox/company", {"preferences": {"CurrencyPrefs": {"MultiCurrencyEnabled": True}}})
    till.sandbox.put("/_sandbox/rates", {"EUR": {"2026-11-16": 1.08, "every day": 1.5}})
    till.enter("Ann Lee", "ann@example.com", CurrencyRef={"value": "EUR"})
    till.sell(1, "Ann Lee", "ann@example.com", currency="EUR")
    [planned] = _plan(till, run_dag, 0)
    assert '"ExchangeRate":1.08' in planned.body
    assert run_dag(SYNC).state == "success"
    assert _sent(till) == [planned.body]
    assert till.receipts()["IS-1"]["HomeTotalAmt"] == 10.81


def test_r18_the_recording_dag_knows_no_plan_and_the_planning_dag_no_schedule(read_dags: Any) -> None:
    dags = read_dags().dags
    sync, plan = dags[SYNC], dags[PLAN]
    assert list(sync.params) == ["only_orders", "plan"]
    assert list(plan.params) == ["from", "to", "settings"]
    # Airflow offers a backfill only of Dags with a schedule of periods.
    assert plan.schedule is None
    for dag in (sync, plan):
        params = [dag.params.get_param(name) for name in dag.params]
        assert all(param.schema["title"] and param.description for param in params)
    assert [plan.params.get_param(name).schema.get("format") for name in plan.params] == ["date", "date", None]


def test_r18_the_plans_clients_have_no_method_that_writes() -> None:
    writes = {"create", "update", "change", "delete", "void", "batch", "update_shipping_address"}
    for client in (QuickBooksReader, InfusionsoftReader):
        assert writes.isdisjoint(dir(client))


def test_r19_a_plan_leaves_every_table_but_plans_as_it_was_under_any_settings(till: Till, run_dag: Any) -> None:
    for name in ("Ann Leo", "Ann Loe"):
        till.enter(name, "ann@example.com")
    till.enter("Bob Old", "bob@example.com", Active=False)
    till.sell(1, "Ann Lee", "ann@example.com")
    till.sell(2, "Bob Old", "bob@example.com")
    till.sell(3, "Cay New", "cay@example.com")
    till.owe(4, "30.00")
    till.configure(customers={"ambiguous": "hold", "reactivate_inactive": False})
    assert run_dag(SYNC).state == "success"
    states = till.states()
    assert states == {1: "held AMBIGUOUS", 2: "held INACTIVE", 3: "posted", 4: "waiting UNPAID"}
    before = _rows(till.engine)

    till.configure(customers={"ambiguous": "oldest", "reactivate_inactive": True})
    planned = _plan(till, run_dag, 0)
    assert "2 update Customer" in [_short(row) for row in planned]
    assert _rows(till.engine) == before
    assert till.states() == states


def test_a_plan_without_days_is_of_the_interval_that_the_next_run_has(till: Till, run_dag: Any) -> None:
    till.write("demo", {**yaml.safe_load((till.folder / "demo.yaml").read_text()), "catchup": True})
    till.enter("Ann Lee", "ann@example.com")
    till.sell(1, "Ann Lee", "ann@example.com")
    till.sell(2, "Ann Lee", "ann@example.com", at=_at(1))
    [planned] = _planned(till, run_dag)
    assert (planned.order_id, planned.interval_start) == ("1", datetime.fromisoformat("2026-11-16T07:00:00+00:00"))
    assert run_dag(SYNC).state == "success"
    rows = _planned(till, run_dag)
    assert [_short(row) for row in rows] == ["2 create SalesReceipt 1002", "1 none"]
    assert rows[0].interval_start == datetime.fromisoformat("2026-11-17T07:00:00+00:00")


def test_a_month_is_planned_at_once(till: Till, run_dag: Any) -> None:
    till.enter("Ann Lee", "ann@example.com")
    for number in range(1, 31):
        till.sell(number, "Ann Lee", "ann@example.com", at=_at(number - 16))
    rows = _planned(till, run_dag, **{"from": "2026-11-01", "to": "2026-11-30"})
    assert len(rows) == 30


CANDIDATE = {"revenue": {"rules": [{"when": "anything else", "post_as": "Invoice and payment"}]}}


def test_r19_other_settings_show_what_they_would_record_otherwise_recorded_orders_included(
    till: Till, run_dag: Any
) -> None:
    till.enter("Ann Lee", "ann@example.com")
    for number, amount in ((1, "10.01"), (2, "30.00")):
        till.owe(number, amount)
    till.pay(1, "10.01")
    assert run_dag(SYNC).state == "success"
    till.pay(2, "30.00")
    before = _rows(till.engine)
    _candidate(till, CANDIDATE)

    run, rows = _run(till, run_dag, **{"from": "2026-11-16", "settings": "stores/_candidate.yaml"})
    assert run.state == "success"
    assert _rows(till.engine) == before
    assert [_short(row) for row in rows if row.action != "differs"] == [
        "2 create Invoice 3000",
        "2 create Payment 3000",
        "1 none",
    ]
    one, two = sorted((row for row in rows if row.action == "differs"), key=lambda row: row.order_id)
    assert one.difference == [
        ["SalesReceipt", "10.01 USD", None],
        ["Invoice", None, "10.01 USD"],
        ["Payment", None, "10.01 USD"],
    ]
    assert one.message == (
        "Under the settings in force: create sales receipt over 10.01 USD. Under these: create invoice over 10.01 USD, create "
        "payment over 10.01 USD. It is recorded already, and stays as it is."
    )
    assert two.message.endswith("create payment over 30.00 USD.")
    assert {row.settings.rpartition("/")[2] for row in rows} == {"_candidate.yaml"}
    assert "order 1:   SalesReceipt: taken out, 10.01 USD" in run.text
    assert "Ann" not in run.text

    # It is what the next run sends once these settings are in force.
    (till.folder / "_candidate.yaml").rename(till.folder / "demo.yaml")
    sent = _sent(till)
    assert run_dag(SYNC).state == "success"
    [invoice] = [one["Id"] for one in till.sandbox.get("/_sandbox/quickbooks/Invoice") if one["DocNumber"] == "IS-2"]
    bodies = [row.body.replace("<the Invoice of order 2>", invoice) for row in rows if row.body]
    assert sorted([*sent, *bodies]) == _sent(till)


def test_only_named_orders_are_read_and_recorded(till: Till, run_dag: Any) -> None:
    till.enter("Ann Lee", "ann@example.com")
    for number in (1, 2, 3):
        till.sell(number, "Ann Lee", "ann@example.com", at=_at(number - 1))
    run = run_dag(SYNC, conf={"only_orders": ["2", "99"]})
    assert run.state == "success"
    assert till.states() == {2: "posted"}
    assert "Infusionsoft has no order 99; check the ids that the run was started with." in run.text
    [row] = _table(till.engine, "runs")
    assert (row["only_orders"], row["watermark"]) == (["2", "99"], None)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"to": "2026-11-16"}, "needs its first day too"),
        ({"from": "2026-11-17", "to": "2026-11-16"}, "cannot go from 2026-11-17 to 2026-11-16"),
        ({"settings": "../secret.yaml"}, "no YAML file below"),
        ({"settings": "/etc/passwd"}, "no YAML file below"),
        ({"settings": "stores/_nowhere.yaml"}, "could not be found"),
    ],
)
def test_what_cannot_be_planned_is_said_and_nothing_is_read(
    till: Till, run_dag: Any, asked: Mapping[str, str], said: str
) -> None:
    run, rows = _run(till, run_dag, **asked)
    assert run.state == "failed"
    assert rows == []
    [words] = run.said
    assert said in words
    assert till.calls("infusionsoft list orders") == {}


def _candidate(till: Till, changes: Mapping[str, Mapping[str, object]]) -> None:
    demo = yaml.safe_load((till.folder / "demo.yaml").read_text())
    till.write("_candidate", demo | {name: {**demo.get(name, {}), **keys} for name, keys in changes.items()})


def _at(day: int) -> datetime:
    return records.NOON + timedelta(days=day)


def _plan(till: Till, run_dag: Any, day: int) -> list[Any]:
    return _planned(till, run_dag, **{"from": (FIRST_DAY + timedelta(days=day)).isoformat()})


def _planned(till: Till, run_dag: Any, **asked: str) -> list[Any]:
    run, rows = _run(till, run_dag, **asked)
    assert run.state == "success"
    assert rows
    return rows


def _run(till: Till, run_dag: Any, **asked: str) -> tuple[Any, list[Any]]:
    till.sandbox.delete("/_sandbox/calls")
    run = run_dag(PLAN, logical_date=None, conf=asked)
    assert till.written() == {}
    return run, plan_of_run(till.engine, f"demo/{run.run_id}")


def _short(row: Any) -> str:
    return " ".join(str(part) for part in (row.order_id, row.action, row.entity, row.total_minor, row.code) if part)


def _sent(till: Till) -> list[str]:
    with till.engine.connect() as connection:
        return sorted(row.payload for row in connection.execute(Write.__table__.select()))


def _table(engine: Engine, name: str) -> list[dict[str, Any]]:
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(select(Base.metadata.tables[name])).mappings()]


def _rows(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    """All that the database holds, but for plans, and the tokens, which are renewed when their time has come."""
    kept = {"plans", "tokens", "leases"}
    return {name: sorted(_table(engine, name), key=repr) for name in Base.metadata.tables if name not in kept}
