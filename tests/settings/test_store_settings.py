"""A store's settings: what a file says, and how a wrong one is told."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from order_sync.errors import ConfigurationError
from order_sync.settings import (
    ROOT,
    Conditions,
    Criterion,
    ReportSettings,
    load_store,
    store_files,
    stores_folder,
)
from tests.shop.stores import SMALLEST, refusal, written

ANYTHING = Conditions().model_dump()
AS_REVENUE = {"class_": None, "location": None}


def test_every_value_of_the_demo():
    store = load_store(ROOT / "include" / "config" / "stores" / "demo.yaml")

    assert store.model_dump() == {
        "name": "demo",
        "time_zone": "America/Phoenix",
        "schedule": "0 0 * * *",
        "start_date": date(2026, 11, 16),
        "catchup": False,
        "settings": "console",
        "write_mode": "auto",
        "infusionsoft_time_zone": None,
        "customers": {
            "criteria": (
                {"source": "First Last", "destination": "DisplayName"},
                {"source": "Email", "destination": "PrimaryEmailAddr"},
            ),
            "equality": {
                "ignore_punctuation": True,
                "ignore_accents": True,
                "ampersand_is_and": True,
                "ignore_legal_forms": False,
                "phone_country": "US",
            },
            "placeholders": (),
            "ambiguous": "hold",
            "guard": "hold",
            "not_found": "create",
            "create": {
                "name": None,
                "suffix": " (Infusionsoft {contact_id})",
                "sales_term": None,
                "customer_type": None,
                "tax_exempt": False,
                "tax_exemption_reason": None,
                "preferred_delivery": None,
                "currency": "company",
                "notes": "",
            },
            "standard_customer": None,
            "always_standard": False,
            "standard_addresses": "order",
            "default_customer": None,
            "match_jobs": False,
            "reactivate_inactive": False,
            "update_addresses": "Billing and Shipping with Billing and Shipping",
            "update_details": "off",
            "update_online_store": False,
        },
        "orders": {
            "statuses": ("SENT", "VIEWED", "PAID"),
            "only_paid": False,
            "minimum_total": 0,
            "skip_zero_totals": True,
            "without_items": "standard item",
            "overpaid": "hold",
            "changed": "flag",
            "deleted": "flag",
        },
        "revenue": {
            "post_as": None,
            "rules": (
                {"when": {**ANYTHING, "paid": "in parts"}, "post_as": "Invoice and payment", **AS_REVENUE},
                {"when": ANYTHING, "post_as": "Sales receipt", **AS_REVENUE},
            ),
            "number_from": "store",
            "number_prefix": "IS-",
            "transaction_date": "payment date",
            "ship_date": "none",
            "sales_term": None,
            "memo": "",
            "message": "",
            "line_description": "item name",
            "reference": "none",
            "deposit_account": None,
            "deposit_accounts": {"PayPal": "Checking"},
            "payment_method": None,
            "payment_methods": {},
            "class_": None,
            "location": None,
            "standard_item": "Sales",
            "tax_item": "Sales Tax Collected",
            "tip_item": "Tips",
            "fee_item": "Fees",
            "finance_charge_item": None,
            "shipping_item": None,
            "discounts": "discount line",
            "discount_account": None,
            "discount_item": None,
            "consolidate": False,
            "daily_customer": None,
        },
        "products": {
            "map": None,
            "identify": (
                {"source": "SKU", "destination": "Sku"},
                {"source": "name", "destination": "Name"},
            ),
            "not_found": "standard",
            "create": {
                "type": "NonInventory",
                "income_account": None,
                "expense_account": None,
                "asset_account": None,
                "inventory_start": None,
                "taxable": "as on store",
                "description": True,
            },
            "reactivate_inactive": False,
        },
        "taxes": {
            "record_as": "line item",
            "prices": "without tax",
            "tax_code": None,
            "taxed_lines": None,
            "untaxed_lines": None,
            "rules": (),
            "shipping": "auto",
            "fees": "auto",
            "by_name": {},
            "if_differs": "flag",
        },
        "payments": {"reversals": "flag", "kinds": {}, "write_off_item": "Write-offs", "several_accounts": "invoice"},
        "refunds": {"record_as": "refund receipt", "account": None, "item": None},
        "report": {"fail_when_orders_failed": True},
    }
    assert (store.quickbooks_connection, store.infusionsoft_connection) == ("quickbooks_demo", "infusionsoft_demo")
    assert store.zone == ZoneInfo("America/Phoenix")


def test_what_a_short_file_means(tmp_path):
    store = load_store(written(tmp_path, SMALLEST))

    assert (store.name, store.schedule, store.catchup) == ("shop", "0 5 * * *", True)
    assert store.write_mode == "auto"
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


@pytest.mark.parametrize("mode", ["auto", "single", "batch"])
def test_every_write_mode(tmp_path, mode):
    assert load_store(written(tmp_path, f"{SMALLEST}write_mode: {mode}\n")).write_mode == mode


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("", None),
        ("infusionsoft_time_zone: null\n", None),
        ("infusionsoft_time_zone: America/New_York\n", "America/New_York"),
    ],
)
def test_the_time_zone_of_the_account_is_read_unless_it_is_set(tmp_path, text, zone):
    assert load_store(written(tmp_path, f"{SMALLEST}{text}")).infusionsoft_time_zone == zone


@pytest.mark.parametrize(
    ("addition", "said"),
    [
        ("infusionsoft_time_zone: Eastern\n", "infusionsoft_time_zone: 'Eastern' is not an IANA time zone"),
        ("infusionsoft_time_zone: 5\n", "infusionsoft_time_zone: 5 is not allowed; allowed is text"),
        ("time_zon: x\n", "time_zon: there is no such setting; did you mean time_zone?"),
        ("colour: red\n", "colour: there is no such setting; allowed are time_zone, schedule, start_date"),
        (
            "colour: red\n",
            "write_mode, infusionsoft_time_zone, customers, orders, revenue, payments, products, taxes, refunds, report, extends",
        ),
        ("extend: _shared\n", "extend: there is no such setting; did you mean extends?"),
        ("  number_prefixes: IS\n", "revenue.number_prefixes: there is no such setting; did you mean number_prefix?"),
        ("name: other\n", "name: there is no such setting"),
        (
            "  post_as: Bill\n",
            "revenue.post_as: 'Bill' is not allowed; allowed is 'Sales receipt', 'Invoice', 'Invoice",
        ),
        ("write_mode: fast\n", "write_mode: 'fast' is not allowed; allowed is 'auto', 'single' or 'batch'"),
        (
            "  number_prefix: INFUSIONSOFT\n",
            "revenue.number_prefix: 'INFUSIONSOFT' is not allowed; string should have at most 9",
        ),
        ("  discount_account: 7\n", "revenue.discount_account: 7 is not allowed; allowed is text; numbers"),
        (
            "report: {fail_when_orders_failed: perhaps}\n",
            "report.fail_when_orders_failed: 'perhaps' is not allowed; allowed is true or false",
        ),
        ("report: {fail: true}\n", "report.fail: there is no such setting"),
        ("catchup: perhaps\n", "catchup: 'perhaps' is not allowed; allowed is true or false"),
        ("customers: hold\n", "customers: 'hold' is not allowed; allowed is a section: its keys stand below it"),
        ("schedule: every night\n", "schedule: 'every night' is not a cron expression of five fields"),
        ("schedule: '0 0 * * * *'\n", "schedule: '0 0 * * * *' is not a cron expression of five fields"),
        ("schedule: '61 0 * * *'\n", "schedule: '61 0 * * *' is not a cron expression of five fields"),
        ("schedule: '@daily'\n", "schedule: '@daily' is not a cron expression of five fields"),
        ("schedule: '0 0 31 2 *'\n", "schedule: '0 0 31 2 *' names no day that exists"),
        ("schedule: 5\n", "schedule: 5 is not allowed; allowed is text"),
        ("1: one\n", "1: 1 is not allowed; keys should be strings"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path, addition, said):
    assert said in refusal(tmp_path, SMALLEST + addition)


@pytest.mark.parametrize(
    ("line", "instead", "said"),
    [
        (
            "start_date: 2026-11-16",
            "start_date: 2026-11-16 10:00:00",
            "is not allowed; allowed is a date, as 2026-11-16",
        ),
        ("time_zone: America/Phoenix", "", "time_zone: is required and missing"),
        ("time_zone: America/Phoenix", "time_zone: Phoenix", "time_zone: 'Phoenix' is not an IANA time zone"),
        ("time_zone: America/Phoenix", "time_zone: Europe", "time_zone: 'Europe' is not an IANA time zone"),
        ("time_zone: America/Phoenix", "time_zone: ''", "time_zone: '' is not an IANA time zone"),
        ("time_zone: America/Phoenix", "time_zone: ../etc/passwd", "is not an IANA time zone"),
        ("start_date: 2026-11-16", "", "start_date: is required and missing"),
        (
            "start_date: 2026-11-16",
            "start_date: yesterday",
            "start_date: 'yesterday' is not allowed; allowed is a date, as",
        ),
        (
            "start_date: 2026-11-16",
            "start_date: '2026-02-30'",
            "start_date: '2026-02-30' is not allowed; allowed is a date, as",
        ),
        ("  tax_item: Tax", "", "revenue.tax_item: is required and missing"),
        (
            "  standard_item: Sales",
            "  standard_item: ''",
            "revenue.standard_item: '' is blank",
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


@pytest.mark.parametrize("name", ["My-Store.yaml", "übersee.yaml", f"{'a' * 41}.yaml", "_x.yaml"])
def test_a_name_that_cannot_be_a_store(tmp_path, name):
    said = refusal(tmp_path, SMALLEST, name)
    assert "a-z" in said


def test_stores_are_the_files_of_the_folder(tmp_path, monkeypatch):
    for name in ("b.yaml", "a.yaml", "notes.txt", "c.yml", "_shared.yaml"):
        written(tmp_path, SMALLEST, name)
    monkeypatch.setenv("ORDER_SYNC_STORES", str(tmp_path))

    assert [file.name for file in store_files()] == ["a.yaml", "b.yaml", "c.yml"]
    monkeypatch.delenv("ORDER_SYNC_STORES")
    assert stores_folder() == ROOT / "include" / "config" / "stores"
    with pytest.raises(ConfigurationError, match=r"nowhere.* does not exist"):
        store_files(tmp_path / "nowhere")
