"""Customers, items and accounts as QuickBooks last gave them: shown, searched, exported, and read anew."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, update

from order_sync.database.cache import Freshness, note_freshness, save_customers, save_entries
from order_sync.database.customer_keys import prepare_keys
from order_sync.database.stores import note_store
from order_sync.database.tables import Customer
from order_sync.settings import CustomerSettings
from order_sync.sync.orders.identity import Identity
from tests.console.conftest import Browser, Doors
from tests.shop.records import NOON
from tests.shop.stores import SMALLEST

pytestmark = pytest.mark.airflow

REALM = "9341"
LISTS = ("/demo/lists", "/demo/lists/items", "/demo/lists/accounts")


@pytest.fixture
def company(browser: Browser, engine: Engine, tmp_path: Path) -> Engine:
    """A company whose lists were read, of a store whose settings are right."""
    (tmp_path / "stores" / "demo.yaml").write_text(SMALLEST)
    note_store(engine, Identity("demo", "ab103", REALM, None, "production"))
    note_freshness(engine, REALM, Freshness(NOON + timedelta(1), NOON))
    customers: list[dict[str, Any]] = [
        {
            "Id": "1",
            "DisplayName": "<script>alert(1)</script>",
            "PrimaryEmailAddr": {"Address": "kim@example.com"},
            "PrimaryPhone": {"FreeFormNumber": "(555) 010-0000"},
            "CurrencyRef": {"value": "EUR"},
        },
        {"Id": "2", "DisplayName": "Kitchen", "Job": True, "FullyQualifiedName": "Adams:Kitchen"},
        {"Id": "3", "DisplayName": "Gone", "Active": False},
        {"Id": "4", "DisplayName": "=1+1", "Active": False},
    ]
    save_customers(engine, REALM, customers)
    with engine.begin() as connection:
        connection.execute(update(Customer).where(Customer.customer_id == "3").values(merged_into="1"))
    prepare_keys(engine, REALM, CustomerSettings())
    income = {"value": "7", "name": "Sales of goods"}
    items: list[dict[str, Any]] = [
        {"Id": "1", "Name": "Widget", "FullyQualifiedName": "Goods:Widget", "Sku": "W-1", "Type": "NonInventory",
         "UnitPrice": 12.5, "IncomeAccountRef": income},
        {"Id": "2", "Name": "Gone", "Type": "Group", "Active": False},
    ]  # fmt: skip
    save_entries(engine, REALM, "Item", items)
    save_entries(engine, REALM, "Preferences", [{"Id": "1", "CurrencyPrefs": {"HomeCurrency": {"value": "CHF"}}}])
    accounts: list[dict[str, Any]] = [
        {"Id": "7", "Name": "Sales", "AcctNum": "4000", "AccountType": "Income", "AccountSubType": "SalesOfProductIncome"},
        {"Id": "8", "Name": "Bank", "AccountType": "Bank", "CurrencyRef": {"value": "CHF"}},
    ]  # fmt: skip
    save_entries(engine, REALM, "Account", accounts)
    return engine


def test_a_company_whose_lists_nobody_has_read_says_so(browser: Browser) -> None:
    for path in LISTS:
        page = browser.get(path)
        assert page.status_code == 200
        assert "were read yet" in page.text
        assert browser.get(f"{path}/export?as=json").json() == []


def test_a_customer_is_shown_with_what_it_is_compared_by(browser: Browser, company: Engine) -> None:
    page = browser.get("/demo/lists").text
    assert "<script>alert" not in page
    for shown in ("kim@example.com", "(555) 010-0000", "EUR", "Job of Adams", "Merged into 1", "Compared by", "4 of 4"):
        assert shown in page
    assert "<code>kim@example.com</code>" in page
    assert "https://qbo.intuit.com/app/customerdetail?nameId=1" in page
    assert "Read in full 16 Nov 2026" in page
    assert page.index("Gone") < page.index("Kitchen")


def test_items_and_accounts_are_shown_with_what_matters_of_them(browser: Browser, company: Engine) -> None:
    items = browser.get("/demo/lists/items").text
    for shown in ("W-1", "Non-inventory", "Bundle", "Sales of goods", "12.50", "CHF", "In Goods", "app/item?itemId=1"):
        assert shown in items
    accounts = browser.get("/demo/lists/accounts").text
    for shown in ("4000", "Sales of product income", "CHF", "app/register?accountId=8"):
        assert shown in accounts
    assert "accountId=7" not in accounts  # income has no register


@pytest.mark.parametrize(
    ("path", "shown", "hidden"),
    [
        ("/demo/lists?q=kim", "1 of 1", "Kitchen"),
        ("/demo/lists?active=no", "2 of 2", "Kitchen"),
        ("/demo/lists?active=yes&q=gone", "None of the customers is so", "Kitchen"),
        ("/demo/lists/items?q=w-1", "1 of 1", "Bundle"),
        ("/demo/lists/items?active=no", "Bundle", "Widget"),
        ("/demo/lists/accounts?q=4000", "1 of 1", "Bank"),
    ],
)
def test_lists_are_searched_and_filtered(browser: Browser, company: Engine, path: str, shown: str, hidden: str) -> None:
    page = browser.get(path).text
    assert shown in page
    assert hidden not in page


def test_the_next_page_goes_on_where_this_one_ends(
    browser: Browser, company: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("order_sync.console.lists.SIZE", 3)
    first = browser.get("/demo/lists").text
    following = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    rest = browser.get(f"/demo/lists{following}").text
    assert "1 of 4" in rest
    assert "Kitchen" in rest
    assert "Kitchen" not in first
    assert browser.get("/demo/lists?after=nonsense").status_code == 200


def test_a_list_is_exported_as_it_is_narrowed(
    browser: Browser, company: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("order_sync.console.lists.PORTION", 2)
    answer = browser.get("/demo/lists/export?as=csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="customers-demo.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["id"] for row in rows] == ["1", "4", "3", "2"]
    assert rows[0]["name"] == "<script>alert(1)</script>"
    assert rows[1]["name"] == "'=1+1"
    assert rows[3]["full_name"] == "Adams:Kitchen"
    assert "E-mail: kim@example.com" in rows[0]["keys"]
    of_json = json.loads(browser.get("/demo/lists/items/export?as=json&active=yes").text)
    assert [(row["sku"], row["price"], row["currency"], row["state"]) for row in of_json] == [
        ("W-1", "12.50", "CHF", "Active")
    ]
    assert browser.get("/demo/lists/accounts/export").text.count("\n") == 3


def test_a_search_that_finds_too_many_says_so(
    browser: Browser, company: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("order_sync.console.customers.MOST_FOUND", 1)
    assert "say more" in browser.get("/demo/lists?q=k").text
    assert browser.get("/demo/lists/export?q=k").status_code == 400


def test_a_wrong_settings_file_hides_no_list(browser: Browser, company: Engine, tmp_path: Path) -> None:
    (tmp_path / "stores" / "demo.yaml").write_text("start_date: never\n")
    page = browser.get("/demo/lists").text
    assert "kim@example.com" in page
    assert "Compared by" not in page


@pytest.mark.parametrize("path", LISTS)
def test_lists_are_read_anew_by_their_own_dag(browser: Browser, doors: Doors, path: str) -> None:
    told = browser.told(browser.post(f"{path}/refresh", {}), f"{path}/refresh")
    assert "Airflow run manual__2 reads all lists" in told
    assert doors.refreshed == ["demo"]
    assert doors.started == []
    doors.off.add("refresh_quickbooks__demo")
    assert "is switched off" in browser.told(browser.post(f"{path}/refresh", {}), f"{path}/refresh")


def test_who_may_not_start_the_dag_of_the_lists_is_told(browser: Browser, doors: Doors) -> None:
    doors.starts.clear()
    told = browser.told(browser.post("/demo/lists/refresh", {}), "/demo/lists/refresh")
    assert "refresh_quickbooks__demo" in told
    assert doors.refreshed == []


def test_who_may_only_read_sees_no_button(browser: Browser, doors: Doors, company: Engine) -> None:
    doors.edits.clear()
    assert "Refresh now" not in browser.get("/demo/lists").text
