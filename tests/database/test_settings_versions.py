"""Versions of settings are kept one after the other, for each store by itself."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from order_sync.__main__ import main
from order_sync.database.runs import begin_run, note_settings, read_run
from order_sync.database.settings_versions import (
    Version,
    newest_version,
    save_version,
    settings_in_force,
    settings_of_run,
    version,
    versions,
)
from order_sync.errors import ConfigurationError
from tests.shop.records import NOON
from tests.shop.stores import SMALLEST, settings, written

CONTENT = "revenue: {standard_item: Sales, tax_item: Tax, tip_item: Tips, fee_item: Fees, post_as: %s}"


def save(engine: Engine, number: int, post_as: str = "Invoice", store: str = "demo") -> None:
    changed = [["revenue.post_as", "none", post_as]]
    save_version(engine, store, Version(number, CONTENT % post_as, changed, "dana", datetime.now(UTC), ""))


def test_the_newest_is_in_force(engine: Engine) -> None:
    demo = settings()
    assert settings_in_force(engine, demo) == (demo, 0)
    assert newest_version(engine, demo) is None
    save(engine, 1)
    save(engine, 2, "Invoice and payment")
    save(engine, 1, "Invoice", store="other")
    in_force, number = settings_in_force(engine, demo)
    assert (number, in_force.revenue.post_as, in_force.start_date) == (2, "Invoice and payment", demo.start_date)
    assert [one.number for one in versions(engine, "demo")] == [2, 1]
    assert version(engine, "demo", 1).changed == [["revenue.post_as", "none", "Invoice"]]
    with pytest.raises(LookupError, match="no version 3"):
        version(engine, "demo", 3)


def test_a_number_is_given_once(engine: Engine) -> None:
    save(engine, 1)
    for number in (1, 3):
        with pytest.raises(LookupError, match="Version 1 of the settings was saved meanwhile"):
            save(engine, number)
    assert [one.number for one in versions(engine, "demo")] == [1]


def test_a_run_has_the_version_that_it_noted(engine: Engine) -> None:
    key = begin_run(engine, store="demo", run_id="monday", interval_start=NOON, interval_end=NOON)
    demo = settings()
    save(engine, 1)
    assert read_run(engine, key).settings_version is None
    assert settings_of_run(engine, demo, read_run(engine, key)) == demo
    note_settings(engine, key, 1)
    save(engine, 2, "Sales receipt")
    assert settings_of_run(engine, demo, read_run(engine, key)).revenue.post_as == "Invoice"
    note_settings(engine, key, 9)
    with pytest.raises(ConfigurationError, match="There is no version 9"):
        settings_of_run(engine, demo, read_run(engine, key))


def test_a_store_of_the_file_minds_none(engine: Engine) -> None:
    save(engine, 1)
    demo = settings(settings="file")
    assert settings_in_force(engine, demo) == (demo, 0)


def test_the_command_lists_versions_and_restores_one(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path, SMALLEST, "demo.yaml")
    monkeypatch.setenv("ORDER_SYNC_STORES", str(tmp_path))
    monkeypatch.setenv("ORDER_SYNC_DATABASE_URL", engine.url.render_as_string(hide_password=False))

    def ask(*words: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["order_sync", "settings", "demo", *words])
        status, said = main(), capsys.readouterr()
        return status, said.out + said.err

    assert ask() == (0, f"In force: the file {file}.\n")
    assert ask("--restore", "0") == (2, "Nothing would change: these are the settings in force.\n")
    save(engine, 1)
    status, said = ask()
    assert status == 0
    assert "1\t" in said
    assert "dana" in said
    assert "In force: version 1." in said
    assert ask("--restore", "0") == (0, "Version 0 is in force again, as version 2.\n")
    assert settings_in_force(engine, settings())[0].revenue.post_as is None
    assert versions(engine, "demo")[0].who == "command line"
    assert ask("--restore", "7") == (2, "There is no version 7 of the settings of store demo.\n")
