"""A store's settings: what a file says, and how a wrong one is told."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from order_sync.errors import ConfigurationError
from order_sync.settings import ROOT, Criterion, ReportSettings, load_store, store_files, stores_folder

SMALLEST = """
time_zone: America/Phoenix
start_date: 2026-11-16
revenue:
  standard_item: Sales
  tax_item: Tax
  tip_item: Tips
  fee_item: Fees
"""


def written(folder: Path, text: str, name: str = "shop.yaml") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def refusal(folder: Path, text: str, name: str = "shop.yaml") -> str:
    """What is said about a file; always which file it is, and what to do."""
    file = written(folder, text, name)
    with pytest.raises(ConfigurationError) as caught:
        load_store(file)
    assert str(file) in caught.value.message
    assert caught.value.advice
    return caught.value.message


def test_every_value_of_the_demo():
    store = load_store(ROOT / "include" / "config" / "stores" / "demo.yaml")

    assert store.model_dump() == {
        "name": "demo",
        "time_zone": "America/Phoenix",
        "schedule": "0 0 * * *",
        "start_date": date(2026, 11, 16),
        "catchup": False,
        "customers": {
            "criteria": (
                {"source": "First Last", "destination": "DisplayName"},
                {"source": "Email", "destination": "PrimaryEmailAddr"},
            ),
            "ambiguous": "hold",
            "not_found": "create",
            "update_addresses": "Billing and Shipping with Billing and Shipping",
        },
        "revenue": {
            "post_as": "Sales receipt",
            "number_prefix": "IS-",
            "standard_item": "Sales",
            "tax_item": "Sales Tax Collected",
            "tip_item": "Tips",
            "fee_item": "Fees",
            "discount_account": None,
        },
        "report": {"fail_when_orders_failed": True},
    }
    assert (store.quickbooks_connection, store.infusionsoft_connection, store.pool) == (
        "quickbooks_demo",
        "infusionsoft_demo",
        "quickbooks_demo",
    )
    assert store.zone == ZoneInfo("America/Phoenix")


def test_what_a_short_file_means(tmp_path):
    store = load_store(written(tmp_path, SMALLEST))

    assert (store.name, store.schedule, store.catchup) == ("shop", "0 5 * * *", True)
    assert [(one.source, one.destination) for one in store.customers.criteria] == [
        ("First Last", "DisplayName"),
        ("Email", "PrimaryEmailAddr"),
    ]
    assert store.revenue.number_prefix == "IS-"
    assert store.report == ReportSettings(fail_when_orders_failed=True)


def test_values_that_are_set(tmp_path):
    text = f"{SMALLEST}  number_prefix: ''\n  discount_account: Discounts given\ncustomers:\n  update_addresses: off\n"
    text += "  criteria: [{source: Email, destination: PrimaryEmailAddr}]\nreport: {fail_when_orders_failed: false}\n"
    store = load_store(written(tmp_path, text))

    assert (store.revenue.number_prefix, store.revenue.discount_account) == ("", "Discounts given")
    assert store.customers.criteria == (Criterion(source="Email", destination="PrimaryEmailAddr"),)
    assert (store.customers.update_addresses, store.report.fail_when_orders_failed) == ("off", False)


@pytest.mark.parametrize(
    ("addition", "said"),
    [
        ("time_zon: x\n", "time_zon: there is no such setting; did you mean time_zone?"),
        ("colour: red\n", "colour: there is no such setting; allowed are time_zone, schedule, start_date"),
        ("customers: {criterias: []}\n", "customers.criterias: there is no such setting; did you mean criteria?"),
        ("customers: {x: 1}\n", "customers.x: there is no such setting; allowed are criteria, ambiguous, not_found"),
        (
            "customers: {criteria: [{sorce: Email, destination: PrimaryEmailAddr}]}\n",
            "customers.criteria.0.sorce: there is no such setting; did you mean source?",
        ),
        ("  number_prefixes: IS\n", "revenue.number_prefixes: there is no such setting; did you mean number_prefix?"),
        ("name: other\n", "name: there is no such setting"),
        (
            "customers: {criteria: [{source: Phone, destination: DisplayName}]}\n",
            "customers.criteria.0.source: 'Phone' is not allowed; allowed is 'First Last' or 'Email'",
        ),
        (
            "customers: {criteria: [{source: Email, destination: Fax}]}\n",
            "customers.criteria.0.destination: 'Fax' is not allowed; allowed is 'DisplayName' or 'PrimaryEmailAddr'",
        ),
        ("customers: {criteria: [{source: Email}]}\n", "customers.criteria.0.destination: is required and missing"),
        ("customers: {criteria: []}\n", "customers.criteria: tuple should have at least 1 item"),
        ("customers: {ambiguous: guess}\n", "customers.ambiguous: 'guess' is not allowed; allowed is 'hold'"),
        ("customers: {not_found: skip}\n", "customers.not_found: 'skip' is not allowed; allowed is 'create'"),
        (
            "customers: {update_addresses: yes}\n",
            "customers.update_addresses: True is not allowed; allowed is 'off' or",
        ),
        ("  post_as: Invoice\n", "revenue.post_as: 'Invoice' is not allowed; allowed is 'Sales receipt'"),
        ("  number_prefix: INFUSIONSOFT\n", "revenue.number_prefix: string should have at most 9 characters"),
        ("  discount_account: 7\n", "revenue.discount_account: input should be a valid string"),
        (
            "report: {fail_when_orders_failed: perhaps}\n",
            "report.fail_when_orders_failed: input should be a valid boolean",
        ),
        ("report: {fail: true}\n", "report.fail: there is no such setting"),
        ("catchup: perhaps\n", "catchup: input should be a valid boolean"),
        ("customers: hold\n", "customers: input should be a valid dictionary"),
        ("schedule: every night\n", "schedule: 'every night' is not a cron expression of five fields"),
        ("schedule: '0 0 * * * *'\n", "schedule: '0 0 * * * *' is not a cron expression of five fields"),
        ("schedule: '61 0 * * *'\n", "schedule: '61 0 * * *' is not a cron expression of five fields"),
        ("schedule: '@daily'\n", "schedule: '@daily' is not a cron expression of five fields"),
        ("schedule: '0 0 31 2 *'\n", "schedule: '0 0 31 2 *' names no day that exists"),
        ("schedule: 5\n", "schedule: input should be a valid string"),
        ("1: one\n", "1"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path, addition, said):
    assert said in refusal(tmp_path, SMALLEST + addition)


@pytest.mark.parametrize(
    ("line", "instead", "said"),
    [
        ("time_zone: America/Phoenix", "", "time_zone: is required and missing"),
        ("time_zone: America/Phoenix", "time_zone: Phoenix", "time_zone: 'Phoenix' is not an IANA time zone"),
        ("time_zone: America/Phoenix", "time_zone: Europe", "time_zone: 'Europe' is not an IANA time zone"),
        ("time_zone: America/Phoenix", "time_zone: ''", "time_zone: '' is not an IANA time zone"),
        ("time_zone: America/Phoenix", "time_zone: ../etc/passwd", "is not an IANA time zone"),
        ("start_date: 2026-11-16", "", "start_date: is required and missing"),
        ("start_date: 2026-11-16", "start_date: yesterday", "start_date: input should be a valid date"),
        ("start_date: 2026-11-16", "start_date: '2026-02-30'", "start_date: input should be a valid date"),
        ("  tax_item: Tax", "", "revenue.tax_item: is required and missing"),
        (
            "  standard_item: Sales",
            "  standard_item: ''",
            "revenue.standard_item: string should have at least 1 character",
        ),
    ],
)
def test_a_setting_that_is_missing_or_wrong_is_named(tmp_path, line, instead, said):
    assert line in SMALLEST
    assert said in refusal(tmp_path, SMALLEST.replace(line, instead))


def test_every_wrong_setting_is_named_at_once(tmp_path):
    said = refusal(tmp_path, SMALLEST.replace("America/Phoenix", "Mars") + "colour: red\nschedule: never\n")

    assert "3 wrong setting(s)" in said
    assert all(key in said for key in ("time_zone:", "colour:", "schedule:"))


def test_yaml_that_is_none(tmp_path):
    assert "at line 4, column 1" in refusal(tmp_path, "time_zone: America/Phoenix\ncustomers:\n  - [unclosed\n")
    assert "not readable as YAML" in refusal(tmp_path, "a: b: c\n")
    assert "not readable as YAML" in refusal(tmp_path, "[a, b]: c\n")
    assert "not readable as YAML" in refusal(tmp_path, "time_zone: \x07\n")


@pytest.mark.parametrize("text", ["", "# only a comment\n", "just words\n", "- a\n- b\n", "42\n", "~\n"])
def test_a_file_without_settings(tmp_path, text):
    assert "holds no settings" in refusal(tmp_path, text)


def test_a_file_that_is_not_text(tmp_path):
    file = tmp_path / "shop.yaml"
    file.write_bytes(SMALLEST.encode() + b"# caf\xe9\n")
    with pytest.raises(ConfigurationError, match=r"shop\.yaml is not UTF-8"):
        load_store(file)


def test_a_key_that_stands_twice(tmp_path):
    assert "line 9, column 1: schedule stands twice" in refusal(
        tmp_path, f"{SMALLEST}schedule: '0 1 * * *'\nschedule: '0 2 * * *'\n".replace("\ntime", "time", 1)
    )


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(ConfigurationError, match=r"no settings file .*gone\.yaml"):
        load_store(tmp_path / "gone.yaml")


@pytest.mark.parametrize("name", ["My-Store.yaml", "übersee.yaml", f"{'a' * 41}.yaml", "_x.yaml"])
def test_a_name_that_cannot_be_a_store(tmp_path, name):
    said = refusal(tmp_path, SMALLEST, name)
    assert "a-z" in said


def test_stores_are_the_files_of_the_folder(tmp_path, monkeypatch):
    for name in ("b.yaml", "a.yaml", "notes.txt", "c.yml"):
        written(tmp_path, SMALLEST, name)
    monkeypatch.setenv("ORDER_SYNC_STORES", str(tmp_path))

    assert [file.name for file in store_files()] == ["a.yaml", "b.yaml"]
    monkeypatch.delenv("ORDER_SYNC_STORES")
    assert stores_folder() == ROOT / "include" / "config" / "stores"
    with pytest.raises(ConfigurationError, match=r"nowhere.* does not exist"):
        store_files(tmp_path / "nowhere")
