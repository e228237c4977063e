"""The cached lists as people read them: by name, searched, a page at a time."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine

from order_sync.database import cached_lists
from order_sync.database.cache import save_customers, save_entries
from order_sync.database.cached_lists import (
    Page,
    Place,
    Wanted,
    count_customers,
    count_records,
    find_customers,
    list_customers,
    list_records,
)
from order_sync.database.customer_keys import keys_of_customers, prepare_keys
from order_sync.settings import CustomerSettings

REALM = "9341"


def customer(id: str, name: str, email: str | None = None, **more: Any) -> dict[str, Any]:
    return {"Id": id, "DisplayName": name, "PrimaryEmailAddr": {"Address": email} if email else None, **more}


def ids(page: Page) -> list[str]:
    return [row.id for row in page.rows]


@pytest.fixture
def company(engine: Engine) -> Engine:
    """Seven customers, two of them inactive, and one of another company."""
    bodies = [
        customer("1", "kim Carter", "Kim@Example.com"),
        customer("2", "Kim's shop", "sales@kims.example, kim@example.com"),
        customer("3", "Łukasz Nowak", "l.nowak@example.com"),
        customer("4", "Adams", Active=False),
        customer("5", "Kitchen", ParentRef={"value": "4"}, Job=True, FullyQualifiedName="Adams:Kitchen"),
        customer("6", "Zed (deleted)", Active=False),
        customer("7", "100% Kim_", "k%m@example.com"),
    ]
    save_customers(engine, REALM, bodies)
    save_customers(engine, "other", [customer("8", "Kim Elsewhere", "kim@example.com")])
    return engine


@pytest.mark.parametrize("size", [1, 2, 3, 50])
@pytest.mark.parametrize(
    ("active", "wanted"),
    [(None, ["7", "4", "1", "2", "5", "6", "3"]), (True, ["7", "1", "2", "5", "3"]), (False, ["4", "6"])],
)
def test_customers_come_by_name_whatever_its_case_and_each_once(
    company: Engine, size: int, active: bool | None, wanted: list[str]
) -> None:
    found: list[str] = []
    after: Place | None = None
    while True:
        page = list_customers(company, REALM, Wanted(active), size, after)
        found += ids(page)
        after = page.following
        if after is None:
            break
    assert found == wanted
    assert count_customers(company, REALM, Wanted(active)) == len(wanted)


def test_customers_of_one_name_are_each_on_one_page(engine: Engine) -> None:
    save_customers(engine, REALM, [customer(str(number), "The same") for number in range(5)])
    first = list_customers(engine, REALM, Wanted(), 3)
    rest = list_customers(engine, REALM, Wanted(), 3, first.following)
    assert [*ids(first), *ids(rest)] == ["0", "1", "2", "3", "4"]
    assert rest.following is None


@pytest.mark.parametrize(
    ("search", "wanted"),
    [
        ("kim", ["1", "2"]),
        ("KIM  c", ["1"]),
        ("kim@exa", ["1"]),
        ("Łuk", ["3"]),
        ("5", ["5"]),
        ("l.NOWAK@example.com", ["3"]),
        ("100%", ["7"]),
        ("100_", []),
        ("zed", ["6"]),
        ("k%m", ["7"]),
        ("nobody", []),
    ],
)
def test_customers_are_found_by_what_they_are_called(company: Engine, search: str, wanted: list[str]) -> None:
    assert find_customers(company, REALM, search) == wanted


def test_a_second_address_is_found_whole(company: Engine) -> None:
    assert find_customers(company, REALM, "kim@example.com") == ["1"]
    prepare_keys(company, REALM, CustomerSettings())
    assert find_customers(company, REALM, "KIM@example.com") == ["1", "2"]


def test_a_search_gives_no_more_than_it_says(company: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    everybody = find_customers(company, REALM, "k")
    monkeypatch.setattr(cached_lists, "MOST_FOUND", 1)
    some = find_customers(company, REALM, "k")
    assert 1 <= len(some) <= 2 < len(everybody)  # one by name, one by address, who may be the same
    assert set(some) < set(everybody)
    found = list_customers(company, REALM, Wanted(ids=("2", "6", "none")), 50)
    assert ids(found) == ["2", "6"]
    assert count_customers(company, REALM, Wanted(active=False, ids=("2", "6"))) == 1


def test_a_job_is_told_from_whom_it_stands_below(company: Engine) -> None:
    [job] = list_customers(company, REALM, Wanted(ids=("5",)), 1).rows
    assert (job.name, job.is_job, job.body["FullyQualifiedName"]) == ("Kitchen", True, "Adams:Kitchen")


def test_keys_are_those_of_the_criteria(company: Engine) -> None:
    settings = CustomerSettings()
    assert keys_of_customers(company, REALM, settings, ["1"]) == {}
    prepare_keys(company, REALM, settings)
    found = keys_of_customers(company, REALM, settings, ["1", "2", "4"])
    assert found["1"]["PrimaryEmailAddr"] == ["kim@example.com"]
    assert found["2"]["PrimaryEmailAddr"] == ["kim@example.com", "sales@kims.example"]
    assert set(found["4"]) == {"DisplayName"}


@pytest.fixture
def items(engine: Engine) -> Engine:
    bodies = [
        {"Id": "1", "Name": "Widget", "FullyQualifiedName": "Goods:Widget", "Sku": "W-1", "Type": "NonInventory"},
        {"Id": "2", "Name": "apron", "Sku": "AP-2", "Type": "Service"},
        {"Id": "3", "Name": "Zebra", "Type": "Service", "Active": False},
    ]
    save_entries(engine, REALM, "Item", bodies)
    save_entries(engine, REALM, "Account", [{"Id": "9", "Name": "Sales", "AcctNum": "4000"}])
    return engine


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(), ["2", "1", "3"]),
        (Wanted(active=False), ["3"]),
        (Wanted(search="goods"), ["1"]),
        (Wanted(search="WID"), ["1"]),
        (Wanted(search="w-"), ["1"]),
        (Wanted(search="2"), ["2"]),
        (Wanted(search="e"), []),
        (Wanted(search="%"), []),
    ],
)
def test_items_come_by_name_and_are_found_by_id_name_or_sku(items: Engine, wanted: Wanted, found: list[str]) -> None:
    assert ids(list_records(items, REALM, "Item", wanted, 50)) == found
    assert count_records(items, REALM, "Item", wanted) == len(found)


def test_items_come_page_by_page(items: Engine) -> None:
    first = list_records(items, REALM, "Item", Wanted(), 2)
    assert ids(list_records(items, REALM, "Item", Wanted(), 2, first.following)) == ["3"]


def test_accounts_are_found_by_number(items: Engine) -> None:
    assert ids(list_records(items, REALM, "Account", Wanted(search="40"), 50)) == ["9"]


@pytest.mark.parametrize("search", ["łUK", "ŁUKASZ nowak", "Łukasz"])
def test_capitals_beyond_ascii_are_found_however_they_are_written(company: Engine, search: str) -> None:
    save_customers(company, REALM, [customer("9", "ŁUKASZ NOWAK & SYN")])
    save_entries(company, REALM, "Item", [{"Id": "1", "Name": "Łukasz Nowak's mug", "Type": "Service"}])
    assert find_customers(company, REALM, search) == ["3", "9"]
    assert ids(list_records(company, REALM, "Item", Wanted(search=search), 50)) == ["1"]
