"""The files that settings stand in: what YAML cannot read, and files that extend others."""

from __future__ import annotations

import pytest

from order_sync.errors import ConfigurationError
from order_sync.settings import Criterion, load_store, store_files
from tests.shop.stores import SMALLEST, refusal, written


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
    with pytest.raises(ConfigurationError, match=r"The settings file .*gone\.yaml could not be found"):
        load_store(tmp_path / "gone.yaml")


SHARED = """
time_zone: America/Phoenix
start_date: 2026-11-16
customers:
  guard: warn
  criteria: [{source: Email, destination: PrimaryEmailAddr}, {source: Phone, destination: PrimaryPhone}]
  create: {sales_term: Net 30, customer_type: Online}
  default_customer: Unknown
revenue: {standard_item: Sales, tax_item: Tax, tip_item: Tips, fee_item: Fees, number_prefix: A-}
"""


def test_two_stores_share_a_file(tmp_path):
    written(tmp_path, SHARED, "_shared.yaml")
    written(tmp_path, "extends: _shared\n", "east.yaml")
    own = """
extends: _shared
customers:
  criteria: [{source: Company, destination: CompanyName}]
  create: {sales_term: Due on receipt}
  default_customer: null
revenue: {number_prefix: W-}
"""
    written(tmp_path, own, "west.yaml")

    east, west = (load_store(file) for file in store_files(tmp_path))
    assert (east.name, east.revenue.number_prefix, len(east.customers.criteria)) == ("east", "A-", 2)
    assert (west.name, west.revenue.number_prefix, west.revenue.fee_item) == ("west", "W-", "Fees")
    assert west.customers.criteria == (Criterion(source="Company", destination="CompanyName"),)
    assert (west.customers.create.sales_term, west.customers.create.customer_type) == ("Due on receipt", "Online")
    assert (west.customers.guard, west.customers.default_customer) == ("warn", None)
    assert east.customers.default_customer == "Unknown"


def test_a_chain_of_files(tmp_path):
    written(tmp_path, SHARED, "_company.yaml")
    written(tmp_path, "extends: _company\ncatchup: false\nschedule: '0 1 * * *'\n", "east.yaml")
    store = load_store(written(tmp_path, "extends: east\nschedule: '0 2 * * *'\n", "west.yaml"))

    assert (store.name, store.catchup, store.schedule) == ("west", False, "0 2 * * *")
    assert store.customers.guard == "warn"


@pytest.mark.parametrize(
    ("shared", "own", "said"),
    [
        (
            "customers: {guard: always}",
            "",
            "customers.guard: 'always' is not allowed; allowed is 'hold', 'warn' or 'off' (in _s",
        ),
        (
            "customers: {gard: hold}",
            "",
            "customers.gard: there is no such setting; did you mean guard? (in _shared.yaml)",
        ),
        (
            "customers: {criteria: [{source: Email}]}",
            "",
            "customers.criteria.0.destination: is required and missing (in _shared",
        ),
        ("customers: {not_found: standard}", "", "not_found is standard (in _shared.yaml)"),
        ("customers: {guard: hold}", "customers: {guard: always}", "allowed is 'hold', 'warn' or 'off'"),
        (
            "customers: {guard: always}",
            "customers: {gard: hold}",
            "customers.gard: there is no such setting; did you mean guard?",
        ),
        ("colour: red", "colour: blue", "colour: there is no such setting; allowed are"),
        ("catchup: true", "", "start_date: is required and missing"),
    ],
)
def test_what_a_shared_file_has_wrong(tmp_path, shared, own, said):
    base = SMALLEST.replace("start_date: 2026-11-16\n", "") if shared == "catchup: true" else SMALLEST
    written(tmp_path, f"{base}{shared}\n", "_shared.yaml")
    lines = refusal(tmp_path, f"extends: _shared\n{own}\n").splitlines()

    line = next(line for line in lines if said in line)
    assert ("(in _shared.yaml)" in line) == ("(in _s" in said)


def test_a_circle_of_files(tmp_path):
    written(tmp_path, "extends: shop\n", "_b.yaml")
    written(tmp_path, "extends: _b\n", "_a.yaml")

    assert "extends goes round in a circle: shop.yaml → _a.yaml → _b.yaml → shop.yaml" in refusal(
        tmp_path, "extends: _a\n"
    )
    assert "in a circle: self.yaml → self.yaml" in refusal(tmp_path, "extends: self\n", "self.yaml")


@pytest.mark.parametrize(
    ("extends", "said", "advice"),
    [
        ("_shard", "extends: there is no file ", "Did you mean _shared?"),
        ("elsewhere", "elsewhere.yaml", "Beside it are: _shared."),
        ("_shared.yaml", "extends: '_shared.yaml' is not the name of a settings file", "without its ending"),
        ("../shop", "extends: '../shop' is not the name of a settings file", "of the same folder"),
        ("[_shared]", "extends: ['_shared'] is not the name", "of the same folder"),
        ("", "extends: None is not the name", "of the same folder"),
    ],
)
def test_a_file_to_extend_that_is_not_there(tmp_path, extends, said, advice):
    written(tmp_path, SHARED, "_shared.yaml")
    file = written(tmp_path, f"extends: {extends}\n")
    with pytest.raises(ConfigurationError) as caught:
        load_store(file)

    assert str(file) in caught.value.message
    assert said in caught.value.message
    assert advice in caught.value.advice


@pytest.mark.parametrize(
    ("text", "said"),
    [("a: [", "is not readable as YAML"), ("", "holds no settings"), ("name: x", "name: there is no such setting")],
)
def test_a_file_to_extend_that_is_not_readable(tmp_path, text, said):
    shared = written(tmp_path, text, "_shared.yaml")
    with pytest.raises(ConfigurationError, match=said) as caught:
        load_store(written(tmp_path, "extends: _shared\n"))

    assert str(shared) in caught.value.message
