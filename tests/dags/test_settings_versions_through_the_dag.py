"""Settings that are saved in the console, through the Dag to the books: one version for the whole of a run."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select, text

from order_sync.database.runs import read_run
from order_sync.database.settings_drafts import keep_draft, trial
from order_sync.database.settings_versions import newest_version
from order_sync.database.tables import Plan, Write
from order_sync.settings import load_store
from order_sync.settings.versions import as_text, tabs_of_file
from order_sync.sync.review.settings import restore_settings, save_settings
from tests.shop import records
from tests.shop.till import SYNC, Till

pytestmark = pytest.mark.airflow

NEXT_DAY = records.NOON + timedelta(hours=12, days=1)


def save(till: Till, **sections: dict[str, object]) -> int:
    """Somebody saves a version with other keys in these sections."""
    path = till.folder / "demo.yaml"
    store, tabs = load_store(path), tabs_of_file(path)
    newest = newest_version(till.engine, store)
    for name, changed in sections.items():
        tabs[name] = {**tabs.get(name, {}), **changed}
    base = newest.number if newest else 0
    return save_settings(till.engine, store, tabs, base=base, who="dana").number


def restore(till: Till, number: int, base: int) -> int:
    path = till.folder / "demo.yaml"
    return restore_settings(till.engine, load_store(path), tabs_of_file(path), number, base=base, who="dana").number


def version_of(engine: Engine, run_id: str) -> int | None:
    return read_run(engine, f"demo/{run_id}").settings_version


def written_under(engine: Engine) -> set[int | None]:
    with engine.connect() as connection:
        return set(connection.scalars(select(Write.settings_version)))


def test_a_saved_version_changes_what_a_run_records_and_a_restored_one_changes_it_back(
    till: Till, run_dag: Any
) -> None:
    till.enter("Ann Lee", "ann@example.com")
    till.sell(1, "Ann Lee", "ann@example.com")
    assert save(till, revenue={"rules": [], "post_as": "Invoice"}) == 1
    first = run_dag(SYNC)
    assert first.state == "success"
    assert "settings: version 1" in first.text
    assert set(till.receipts()) == set()
    assert [one["DocNumber"] for one in till.records("Invoice")] == ["IS-1"]
    assert version_of(till.engine, first.run_id) == 1
    assert written_under(till.engine) == {1}

    assert restore(till, 0, 1) == 2
    till.sell(2, "Ann Lee", "ann@example.com", at=records.NOON + timedelta(days=1))
    second = run_dag(SYNC, logical_date=NEXT_DAY)
    assert second.state == "success"
    assert set(till.receipts()) == {"IS-2"}
    assert version_of(till.engine, second.run_id) == 2
    assert written_under(till.engine) == {1, 2}


def test_without_versions_a_run_works_with_the_file(till: Till, run_dag: Any) -> None:
    till.sell(1, "Ann Lee", "ann@example.com")
    run = run_dag(SYNC)
    assert run.state == "success"
    assert version_of(till.engine, run.run_id) == 0
    assert written_under(till.engine) == {0}
    assert set(till.receipts()) == {"IS-1"}


def test_a_run_keeps_its_version_when_another_is_saved_on_its_way(
    till: Till, run_dag: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from order_sync.sync.steps import extract_orders

    till.enter("Ann Lee", "ann@example.com")
    till.sell(1, "Ann Lee", "ann@example.com")
    save(till, revenue={"number_prefix": "ONE-"})
    read, saved = extract_orders.extract_orders, list[int]()

    def saving_meanwhile(*args: Any) -> Any:
        if not saved:
            saved.append(save(till, revenue={"rules": [], "post_as": "Invoice", "number_prefix": "TWO-"}))
        return read(*args)

    monkeypatch.setattr(extract_orders, "extract_orders", saving_meanwhile)
    run = run_dag(SYNC)
    assert run.state == "success"
    assert saved == [2]
    assert set(till.receipts()) == {"ONE-1"}
    assert till.records("Invoice") == []
    assert version_of(till.engine, run.run_id) == 1
    assert written_under(till.engine) == {1}


def test_a_store_whose_file_says_so_minds_no_version(till: Till, run_dag: Any) -> None:
    till.sell(1, "Ann Lee", "ann@example.com")
    save(till, revenue={"rules": [], "post_as": "Invoice"})
    path = till.folder / "demo.yaml"
    path.write_text(f"settings: file\n{path.read_text()}")
    run = run_dag(SYNC)
    assert run.state == "success"
    assert set(till.receipts()) == {"IS-1"}
    assert version_of(till.engine, run.run_id) == 0


def test_a_version_that_cannot_be_read_any_more_stops_the_run_and_the_file_never_takes_its_place(
    till: Till, run_dag: Any
) -> None:
    till.sell(1, "Ann Lee", "ann@example.com")
    save(till, revenue={"rules": [], "post_as": "Invoice"})
    with till.engine.begin() as connection:
        connection.execute(text("UPDATE settings_versions SET content = 'revenue: {post_ass: Invoice}'"))
    run = run_dag(SYNC)
    assert run.state == "failed"
    [said] = run.said
    for told in ("Version 1 of the settings of store demo", "revenue.post_ass", "did you mean post_as?", "--restore 0"):
        assert told in said
    assert till.books() == []
    assert till.states() == {}

    assert restore(till, 0, 1) == 2
    assert run_dag(SYNC, logical_date=NEXT_DAY).state == "success"
    assert set(till.receipts()) == {"IS-1"}


def test_a_plan_is_made_under_the_version_in_force(till: Till, run_dag: Any) -> None:
    till.sell(1, "Ann Lee", "ann@example.com")
    save(till, revenue={"rules": [], "post_as": "Invoice"})
    assert run_dag("plan_orders__demo", conf={"from": "2026-11-16"}).state == "success"
    with till.engine.connect() as connection:
        entities = connection.scalars(select(Plan.entity)).all()
    assert "Invoice" in entities
    assert "SalesReceipt" not in entities


def test_a_draft_is_planned_against_the_version_in_force_recorded_orders_too(till: Till, run_dag: Any) -> None:
    till.enter("Ann Lee", "ann@example.com")
    till.sell(1, "Ann Lee", "ann@example.com")
    save(till, revenue={"number_prefix": "ONE-"})
    assert run_dag(SYNC).state == "success"
    tabs = tabs_of_file(till.folder / "demo.yaml")
    tabs["revenue"] |= {"rules": [], "post_as": "Invoice", "number_prefix": "ONE-"}
    days = (records.NOON.date(), records.NOON.date())
    number = keep_draft(till.engine, "demo", as_text(tabs), *days, base=0, over="")
    run = run_dag("plan_orders__demo", conf={"from": str(days[0]), "settings": f"draft {number}"})
    assert run.state == "success"
    found = trial(till.engine, f"demo/{run.run_id}", 10)
    assert (found.number, found.sums) == (1, {"USD": 1001})
    [row] = found.rows
    assert "create sales receipt over 10.01 USD. Under these: create invoice over 10.01 USD" in row.message
    assert row.settings == f"draft {number}"
    assert version_of(till.engine, run_dag(SYNC, logical_date=NEXT_DAY).run_id) == 1

    gone = run_dag("plan_orders__demo", conf={"from": str(days[0]), "settings": "draft 99"})
    assert gone.state == "failed"
    assert "There is no draft 99" in gone.said[0]
