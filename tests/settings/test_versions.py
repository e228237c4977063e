"""What a version of the settings holds, what goes together with the file, and what changed."""

from __future__ import annotations

import pytest
import yaml

from order_sync.errors import ConfigurationError
from order_sync.settings import load_store
from order_sync.settings.versions import (
    TABS,
    WrongSettings,
    as_text,
    changes,
    read_version,
    tabs_of_file,
    whole_file,
    with_tabs,
)
from tests.shop.stores import SMALLEST, refusal, written

TABS_OF = yaml.safe_load(SMALLEST)


def test_a_version_has_the_tabs_and_the_file_all_else(tmp_path):
    file = written(tmp_path, f"{SMALLEST}schedule: '0 4 * * *'\nreport: {{fail_when_orders_failed: false}}\n")
    store, tabs = load_store(file), tabs_of_file(file)
    assert list(tabs) == ["revenue"]
    under = with_tabs(store, {**tabs, "orders": {"changed": "update"}})
    assert (under.schedule, under.report.fail_when_orders_failed) == ("0 4 * * *", False)
    assert under.orders.changed == "update"
    assert store.orders.changed == "flag"


def test_a_version_of_a_file_that_extends_another_is_both(tmp_path):
    written(tmp_path, f"{SMALLEST}customers: {{guard: warn, ambiguous: oldest}}\n", "_shared.yaml")
    file = written(tmp_path, "extends: _shared\ncustomers: {guard: off}\n")
    assert tabs_of_file(file)["customers"] == {"guard": False, "ambiguous": "oldest"}
    assert changes(load_store(file), with_tabs(load_store(file), tabs_of_file(file))) == []


def test_changes_are_told_key_by_key(tmp_path):
    store = load_store(written(tmp_path, f"{SMALLEST}  deposit_accounts: {{PayPal: Checking, Cash: Till}}\n"))
    revenue = {**TABS_OF["revenue"], "class": "Web", "deposit_accounts": {"PayPal": "Savings", "Check": "Till"}}
    rules = [{"when": {"paid": "in parts"}, "post_as": "Invoice"}, {"when": "anything else", "post_as": "Invoice"}]
    after = with_tabs(store, {"revenue": {**revenue, "rules": rules}, "customers": {"create": {"tax_exempt": False}}})
    assert changes(store, after) == [
        ["revenue.class", "none", "Web"],
        ["revenue.deposit_accounts.Cash", "Till", None],
        ["revenue.deposit_accounts.Check", None, "Till"],
        ["revenue.deposit_accounts.PayPal", "Checking", "Savings"],
        [
            "revenue.rules",
            "none",
            "{when: {paid: in parts}, post_as: Invoice}; {when: anything else, post_as: Invoice}",
        ],
    ]
    assert changes(after, after) == []


def test_a_whole_file_is_a_settings_file(tmp_path):
    file = written(tmp_path, f"{SMALLEST}catchup: false\nschedule: '0 4 * * *'\n")
    store = load_store(file)
    tabs = {"revenue": TABS_OF["revenue"], "orders": {"changed": "ignore", "minimum_total": 5.0}}
    again = load_store(written(tmp_path, whole_file(file, tabs), "again.yaml"))
    assert again.model_copy(update={"name": "shop"}) == with_tabs(store, tabs)


def test_a_whole_file_takes_the_place_of_a_wrong_one(tmp_path):
    store = load_store(written(tmp_path, f"{SMALLEST}schedule: '0 4 * * *'\n"))
    wrong = written(
        tmp_path, f"{SMALLEST}  post_as: Invoce\nschedule: '0 4 * * *'\ntaxes: {{record: none}}\n", "wrong.yaml"
    )
    tabs = {"revenue": TABS_OF["revenue"]}
    again = load_store(written(tmp_path, whole_file(wrong, tabs), "again.yaml"))
    assert again.model_copy(update={"name": "shop"}) == with_tabs(store, tabs)
    assert yaml.safe_load(whole_file(written(tmp_path, "- [", "broken.yaml"), tabs)) == tabs


def test_what_is_wrong_is_told_with_its_place(tmp_path):
    store = load_store(written(tmp_path, SMALLEST))
    with pytest.raises(WrongSettings) as caught:
        with_tabs(store, {"revenue": {**TABS_OF["revenue"], "post_as": "Invoce"}, "customers": {"guardd": "off"}})
    assert [one.place for one in caught.value.problems] == ["customers.guardd", "revenue.post_as"]
    assert "did you mean guard?" in caught.value.message


@pytest.mark.parametrize("text", ["revenue: {post_ass: Invoice}", "revenue: [", "just text", "[]", "", "a: &a [*a]"])
def test_a_version_that_cannot_be_read_names_itself_and_the_way_out(tmp_path, text):
    store = load_store(written(tmp_path, SMALLEST))
    with pytest.raises(ConfigurationError) as caught:
        read_version(store, 7, text)
    assert "Version 7 of the settings of store shop" in caught.value.message
    assert "--restore 0" in caught.value.advice


def test_a_file_says_whether_the_console_may_change_it(tmp_path):
    assert load_store(written(tmp_path, SMALLEST)).settings == "console"
    assert load_store(written(tmp_path, f"{SMALLEST}settings: file\n")).settings == "file"
    assert "settings: 'git' is not allowed; allowed is 'console' or 'file'" in refusal(
        tmp_path, f"{SMALLEST}settings: git\n"
    )


def test_every_key_is_the_versions_or_the_files(tmp_path):
    store = load_store(written(tmp_path, SMALLEST))
    of_version = {name: store.model_dump(mode="json", by_alias=True)[name] for name in ("revenue",)}
    assert set(TABS) < set(type(store).model_fields)
    assert as_text(of_version).startswith("revenue:")
