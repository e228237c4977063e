"""Runs and plans: what one did, how far it is, what would be sent."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from order_sync.database.order_status import leave_orders
from order_sync.database.plans import Planned, save_plan
from order_sync.database.runs import add_calls, begin_run, fail_run, finish_run
from order_sync.errors import RetryLater
from order_sync.sync.orders.codes import Code
from order_sync.sync.orders.trouble import trouble
from tests.console.conftest import Browser, Doors
from tests.console.test_orders_page import fill
from tests.shop.records import NOON

pytestmark = pytest.mark.airflow

ID = "scheduled__2026-11-16T07:00:00+00:00"
QUOTED = "scheduled__2026-11-16T07%3A00%3A00%2B00%3A00"
DAY = (NOON, NOON + timedelta(1))


def run(engine: Engine, id: str = ID, store: str = "demo", **more: Any) -> str:
    return begin_run(engine, store=store, run_id=id, interval_start=DAY[0], interval_end=DAY[1], **more)


def test_money_has_the_places_of_its_currency_where_it_is_nothing(browser: Browser, engine: Engine) -> None:
    nothing = {"orders": "1", "in": "0", "out": "0"}
    totals = {of: {"documents": nothing} for of in ("USD", "JPY", "KWD")}
    finish_run(engine, run(engine), state="success", counts={}, totals=totals)
    for page in ("/demo/runs", f"/demo/runs/of/{QUOTED}"):
        text = browser.get(page).text
        for amount in ("0.00 USD", "0 JPY", "0.000 KWD"):
            assert f">{amount}<" in text, page
        assert "0 USD" not in text.replace("0.00 USD", "")


def test_a_run_that_works_at_one_order_says_order(browser: Browser, engine: Engine) -> None:
    fill(engine, "1", "extracted", run=run(engine))
    assert "0 of 1 order<" in browser.get("/demo/runs").text


def test_a_run_shows_its_money_by_kind_its_orders_and_its_calls(browser: Browser, engine: Engine) -> None:
    key = run(engine)
    for number, status in enumerate(("posted", "posted", "held")):
        fill(engine, str(number), status, run=key)
    add_calls(engine, key, "QuickBooks", {"batch": 3, "query Customer": 2})
    usd = {
        "documents": {"in": "100.00", "out": "98.00"},
        "payments": {"in": "7.00", "out": "7.00"},
        "waiting": {"orders": "1", "in": "55.55", "out": "0"},
    }
    totals = {"USD": usd, "EUR": {"refunds": {"in": "5.00", "out": "5.00"}}}
    finish_run(engine, key, state="success", counts={"posted": 2, "held": 1, "documents made": 2}, totals=totals)
    page = browser.get(f"/demo/runs/of/{QUOTED}").text
    for shown in (
        "Documents",
        "100.00 USD",
        "98.00 USD",
        "2.00 USD",
        "5.00 EUR",
        "query Customer",
    ):
        assert shown in page
    assert "55.55" not in page
    assert "Documents made" in page
    assert f"../../orders?tab=all&amp;run=demo%2F{QUOTED}&amp;status=held" in page
    assert f"dags/sync_orders__demo/runs/{QUOTED}" in page
    assert "<progress" not in page


def test_the_list_of_runs_leads_to_each_by_a_link_that_no_colon_breaks(browser: Browser, engine: Engine) -> None:
    run(engine)
    for path in ("/demo/runs", "/demo"):
        assert f'runs/of/{QUOTED}"' in browser.get(path).text
    assert browser.get(f"/demo/runs/of/{ID}").status_code == 200


def test_a_run_of_no_days_is_called_by_what_it_recorded_and_when(browser: Browser, engine: Engine) -> None:
    run(engine, "manual__1", only_orders=["7", "8"])
    run(engine, "manual__2", plan="demo/plan__1")
    for id, called in (("manual__1", "Run of 2 named orders"), ("manual__2", "Run that records a plan")):
        page = browser.get(f"/demo/runs/of/{id}").text
        assert f"{called}</h1>" in page
        assert "<dt>Interval</dt>" not in page
    assert ">16 Nov 2026</a>" not in browser.get("/demo/runs").text  # which they did not read


def test_a_failed_run_says_what_to_do(browser: Browser, engine: Engine) -> None:
    key = run(engine, only_orders=["7", "8"])
    fail_run(engine, key, "post_orders", RetryLater("QuickBooks did not answer.", advice="Nothing is lost."))
    page = browser.get(f"/demo/runs/of/{QUOTED}").text
    for shown in ("post_orders failed.", "QuickBooks did not answer.", "Nothing is lost.", "2 named orders"):
        assert shown in page
    assert 'href="../../orders/7"' in page


@pytest.mark.parametrize(("status", "is_linked"), [("failed", True), ("unsettled", True), ("posted", False)])
def test_a_run_of_which_orders_failed_leads_to_them(
    browser: Browser, engine: Engine, status: str, is_linked: bool
) -> None:
    key = run(engine)
    fill(engine, "1", status, run=key)
    fail_run(engine, key, "report", RetryLater("1 order of the run failed; the others are done.", advice="Look at it."))
    page = browser.get(f"/demo/runs/of/{QUOTED}").text
    assert ("Which orders failed</a>" in page) is is_linked
    assert (re.search(r'href="[^"]*orders\?tab=failed&amp;run=', page) is not None) is is_linked


@pytest.mark.parametrize("path", ["/demo/runs/of/none", "/demo/runs/plans/none", f"/demo/runs/plans/{QUOTED}"])
def test_a_run_or_plan_that_is_not_there_is_not_found(browser: Browser, engine: Engine, path: str) -> None:
    run(engine, store="shop", id="none")
    save_plan(engine, "shop", "shop/none", DAY, [Planned("1", "none", "")])
    assert browser.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/demo", "/demo/runs", f"/demo/runs/of/{QUOTED}"])
def test_a_bar_moves_while_a_run_works(browser: Browser, engine: Engine, path: str) -> None:
    key = run(engine)
    assert "it reads" in browser.get(path).text
    for number, status in enumerate(("extracted", "matched", "posted", "held", "waiting")):
        fill(engine, str(number), status, run=key)
    assert '<progress value="3" max="5"' in browser.get(path).text
    part = browser.get(f"{path}?part=runs").text
    assert '<progress value="3" max="5"' in part
    assert "<html" not in part
    assert f'{QUOTED}"' in part
    fill(engine, "1", "posted", run=key)
    assert '<progress value="4" max="5"' in browser.get(f"{path}?part=runs").text
    fill(engine, "5", "posted", run=key, is_open=True)  # recorded before, and a payment may be due
    assert '<progress value="4" max="6"' in browser.get(f"{path}?part=runs").text
    finish_run(engine, key, state="success", counts={}, totals={})
    assert "data-running" not in browser.get(f"{path}?part=runs").text


def test_a_plan_shows_exactly_what_would_be_sent(browser: Browser, engine: Engine) -> None:
    fill(engine, "1", "waiting")
    body = '{"DocNumber":"IS-1","Line":[{"Amount":108.25}],"CustomerRef":{"value":"<new customer Zoë>"}}'
    change = [["Line[0].Amount", "100", "108.25"], ["ShipDate", None, "2026-11-16"]]
    rows = [
        Planned("1", "create", "It would be recorded.", "SalesReceipt", body, None, Decimal("108.25"), "USD"),
        Planned("2", "update", "It would follow.", "Invoice", "{}", change, Decimal("5"), "EUR", "CHANGED"),
        Planned("3", "none", "It is held.", code="ITEM_UNKNOWN"),
        Planned("4", "differs", "Its item would be another one.", difference=[["Line[0].ItemRef.value", "1", "12"]]),
    ]
    save_plan(engine, "demo", f"demo/{ID}", DAY, rows, settings="stores/_candidate.yaml")
    page = browser.get(f"/demo/runs/plans/{QUOTED}").text
    for shown in (
        "Sales receipt", "108.25 USD", "&#34;value&#34;: &#34;&lt;new customer Zoë&gt;&#34;", "Invoice, changed", "Line[0].Amount",
        "2026-11-16", "Nothing to send", "ITEM_UNKNOWN", "Otherwise than under the settings in force", "stores/_candidate.yaml",
        "4 of 4", "not read yet",
    ):  # fmt: skip
        assert shown in page
    assert "<new customer" not in page
    only = browser.get(f"/demo/runs/plans/{QUOTED}?action=update").text
    assert "It would follow." in only
    assert "It is held." not in only
    assert browser.get(f"/demo/runs/plans/{QUOTED}?action=send").status_code == 400
    assert browser.get(f"/demo/runs/plans/{QUOTED}?after=x").status_code == 400


def test_a_long_plan_comes_page_by_page(browser: Browser, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("order_sync.console.plan.SIZE", 2)
    save_plan(engine, "demo", "demo/p", DAY, [Planned(str(number), "none", f"Number {number}.") for number in range(3)])
    first = browser.get("/demo/runs/plans/p").text
    assert "Number 2." not in first
    following = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    assert "Number 2." in browser.get(f"/demo/runs/plans/p{following}").text


def test_the_latest_plans_stand_below_the_runs(browser: Browser, engine: Engine) -> None:
    assert "No plan yet" in browser.get("/demo/runs").text
    save_plan(
        engine,
        "demo",
        "demo/first",
        DAY,
        [Planned("1", "create", "", "Invoice", "{}", total=Decimal(3), currency="USD")],
    )
    save_plan(engine, "demo", "demo/second", DAY, [Planned("1", "none", "")])
    page = browser.get("/demo/runs").text
    assert page.index("runs/plans/second") < page.index("runs/plans/first")
    assert "1 invoice" in page
    assert "3.00 USD" in page


@pytest.mark.parametrize(
    ("last", "planned"), [("2026-11-18", "2026-11-16 to 2026-11-18"), ("", "2026-11-16 to 2026-11-16")]
)
def test_days_are_planned_from_the_page_of_runs(browser: Browser, doors: Doors, last: str, planned: str) -> None:
    assert "Plan these days" in browser.get("/demo/runs").text
    answer = browser.post("/demo/runs/plan", {"first": "2026-11-16", "last": last})
    assert "Airflow run manual__1 plans these days" in browser.told(answer, "/demo/runs/plan")
    assert doors.plans == [("demo", planned)]


def test_no_days_are_planned_that_are_none_or_by_who_may_not(browser: Browser, doors: Doors) -> None:
    for first, last in (("", ""), ("2026-11-18", "2026-11-16"), ("yesterday", "")):
        answer = browser.post("/demo/runs/plan", {"first": first, "last": last})
        assert "Name the days to plan" in browser.told(answer, "/demo/runs/plan")
    doors.starts.clear()
    answer = browser.post("/demo/runs/plan", {"first": "2026-11-16", "last": ""})
    assert "allowed to start the Dag plan_orders__demo" in browser.told(answer, "/demo/runs/plan")
    doors.edits.clear()
    assert "Plan these days" not in browser.get("/demo/runs").text
    assert browser.post("/demo/runs/plan", {"first": "2026-11-16", "last": ""}).status_code == 403
    assert doors.plans == []


def test_what_a_plan_says_is_json_as_it_would_be_sent(airflow_log: Path) -> None:
    from order_sync.console.plan import _pretty

    body = '{"Amount":108.250,"Name":"Zoë"}'
    assert json.loads(_pretty(body)) == json.loads(body)
    assert "108.250" in _pretty(body)


PLAN = [Planned("1", "create", "It would be recorded.", "Invoice", "{}", total=Decimal("108.25"), currency="USD")]


def record(browser: Browser, path: str = f"/demo/runs/plans/{QUOTED}", made: str | None = None) -> Any:
    """The button is pressed on a plan as its page shows it, or on one that was made at another time."""
    page = browser.get(path).text
    shown = page.partition('name="made" value="')[2].partition('"')[0]
    return browser.post(f"{path}/record", {"made": shown if made is None else made})


def test_a_plan_is_recorded_by_a_run_for_that_very_plan(browser: Browser, engine: Engine, doors: Doors) -> None:
    save_plan(engine, "demo", f"demo/{ID}", DAY, PLAN)
    path = f"/demo/runs/plans/{QUOTED}"
    assert "Record this plan</button>" in browser.get(path).text
    told = browser.told(record(browser), f"{path}/record")
    assert "Airflow run manual__3 records this plan." in told
    assert "What would be sent" in told
    assert doors.recorded == [("demo", ID)]
    doors.off.add("sync_orders__demo")
    assert "once the Dag is switched on" in browser.told(record(browser), f"{path}/record")


@pytest.mark.parametrize(
    ("settings", "rows", "said"),
    [
        ("stores/_candidate.yaml", PLAN, "under settings that are not in force (stores/_candidate.yaml)"),
        (None, [Planned("1", "none", "It is held.")], "It has nothing that would be recorded."),
    ],
)
def test_a_plan_that_no_run_records_says_why(
    browser: Browser, engine: Engine, doors: Doors, settings: str | None, rows: list[Planned], said: str
) -> None:
    save_plan(engine, "demo", f"demo/{ID}", DAY, rows, settings=settings)
    path = f"/demo/runs/plans/{QUOTED}"
    page = browser.get(path).text
    assert said in page
    assert "Record this plan</button>" not in page
    assert said in browser.told(browser.post(f"{path}/record", {"made": ""}), f"{path}/record")
    assert doors.recorded == []


def test_a_plan_that_was_made_again_is_not_recorded_unseen(browser: Browser, engine: Engine, doors: Doors) -> None:
    save_plan(engine, "demo", f"demo/{ID}", DAY, PLAN)
    told = browser.told(record(browser, made="2026-11-16T00:00:00+00:00"), f"/demo/runs/plans/{QUOTED}/record")
    assert "was made again since you opened it" in told
    assert doors.recorded == []


def test_who_may_not_start_or_edit_the_dag_has_no_plan_recorded(browser: Browser, engine: Engine, doors: Doors) -> None:
    save_plan(engine, "demo", f"demo/{ID}", DAY, PLAN)
    doors.starts.clear()
    assert "allowed to start the Dag" in browser.told(record(browser), f"/demo/runs/plans/{QUOTED}/record")
    doors.edits.clear()
    assert "Record this plan</button>" not in browser.get(f"/demo/runs/plans/{QUOTED}").text
    assert browser.post(f"/demo/runs/plans/{QUOTED}/record", {"made": ""}).status_code == 403
    assert doors.recorded == []


def test_plan_and_run_lead_to_each_other_and_say_what_was_left_out(browser: Browser, engine: Engine) -> None:
    save_plan(engine, "demo", "demo/p", DAY, PLAN)
    assert "Not yet." in browser.get("/demo/runs/plans/p").text
    key = run(engine, only_orders=["1"], plan="demo/p")
    assert "which works on it" in browser.get("/demo/runs/plans/p").text
    fill(engine, "1", "matched", run=key)
    why = trouble(Code.PLAN_DIFFERS, "Left out.")
    leave_orders(engine, "demo", key, {"1": (why, [["Invoice.Line[0].Amount", "108.25", "90.00"]])}, [])
    finish_run(engine, key, state="success", counts={"waiting": 1, "orders left out": 1}, totals={})
    plan, recorded = browser.get("/demo/runs/plans/p").text, browser.get(f"/demo/runs/of/{QUOTED}").text
    for page in (plan, recorded):
        for shown in ("Left out, because it is otherwise than planned", "Invoice.Line[0].Amount", "108.25", "90.00"):
            assert shown in page
    assert f'runs/of/{QUOTED}"' in plan or f'of/{QUOTED}"' in plan
    assert "1 order left out" in plan
    assert 'plans/p"' in recorded
    assert "Orders left out" in recorded
    assert "records a plan" in browser.get("/demo/runs").text
    assert "PLAN_DIFFERS" in browser.get("/demo/orders/1").text
    save_plan(engine, "demo", "demo/q", DAY, PLAN)
    assert "left out" not in browser.get("/demo/runs/plans/q").text.replace("is left out as a whole", "")


def test_a_plan_says_how_many_of_its_orders_are_recorded_by_now(browser: Browser, engine: Engine) -> None:
    day = [
        Planned("1", "create", "It would be recorded.", "SalesReceipt", "{}", total=Decimal("9.00"), currency="USD"),
        Planned("2", "none", "It goes onto the sales receipt with order 1.", together_with="1"),
        Planned("3", "create", "It would be recorded.", "Payment", "{}", total=Decimal("1.00"), currency="USD"),
        Planned("4", "create", "It would be recorded.", "Invoice", "{}", total=Decimal("1.00"), currency="USD"),
        Planned("4", "create", "It would be recorded.", "Payment", "{}", total=Decimal("1.00"), currency="USD"),
    ]
    save_plan(engine, "demo", "demo/day", DAY, day)
    for order_id in "134":
        fill(engine, order_id, "posted", document_entity="Invoice", document_id=order_id)
    fill(engine, "2", "waiting")
    fill(engine, "1", "posted", store="shop", document_id="5")
    page = browser.get("/demo/runs/plans/day").text
    assert "2 of 3 orders are recorded by now, by whichever run" in page
    assert "No run was for this plan." in page
