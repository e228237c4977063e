"""The cached QuickBooks lists: customers by their keys, and what happens to keys when customers change or go."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from order_sync.database import customer_keys, database
from order_sync.database.cache import (
    Freshness,
    cached_customers,
    customer_names,
    customers_named,
    drop_customers,
    drop_entries,
    drop_rows,
    entries,
    freshness,
    note_freshness,
    save_customers,
    save_entries,
)
from order_sync.database.customer_keys import LOOKALIKES, look_up, prepare_keys
from order_sync.database.database import reading
from order_sync.database.tables import CustomerKey, KeySet
from order_sync.settings import CustomerSettings

REALM = "9341"


def customer(id: str, name: str, email: str | None = None, **more: object) -> dict:
    contact = {"PrimaryEmailAddr": {"Address": email}} if email else {}
    return {"Id": id, "SyncToken": "0", "DisplayName": name, "Active": True, **contact, **more}


SETTINGS = CustomerSettings()


@pytest.fixture(autouse=True)
def keyed(engine) -> None:
    """Each company has the keys of the usual settings."""
    for realm in (REALM, "other"):
        prepare_keys(engine, realm, SETTINGS)


def found(engine, field: str, *keys: str, realm: str = REALM) -> set[tuple[str, str]]:
    rows = zip(*look_up(engine, realm, field, SETTINGS.equality, keys), strict=True)
    return {(keys[at], id) for at, id, *_rest in rows}


def all_keys(engine) -> set[tuple[str, str, str]]:
    with reading(engine) as connection:
        rows = connection.execute(
            select(KeySet.field, CustomerKey.key, CustomerKey.customer_id)
            .join(KeySet, KeySet.id == CustomerKey.key_set_id)
            .where(KeySet.field != LOOKALIKES)
        )
        return {tuple(row) for row in rows}


def test_a_customer_is_found_by_its_keys(engine):
    save_customers(engine, REALM, [customer("7", "  Zoë  O'Neil ", "Zoe@Example.com", Active=False)])

    columns = look_up(engine, REALM, "DisplayName", SETTINGS.equality, ["nobody", "zoe oneil"])
    assert columns[:5] == ([1], ["7"], ["  Zoë  O'Neil "], [False], ["zoe@example.com"])
    assert found(engine, "PrimaryEmailAddr", "zoe@example.com") == {("zoe@example.com", "7")}
    assert found(engine, "DisplayName", "zoe@example.com") == set()
    assert found(engine, "DisplayName", "zoe oneil", realm="other") == set()


def test_each_of_several_addresses_is_a_key(engine):
    save_customers(engine, REALM, [customer("7", "Ann", "a@x.com, B@x.com ;c@x.com,,a@X.com")])

    assert found(engine, "PrimaryEmailAddr", "a@x.com", "b@x.com", "c@x.com", "", "a@x.com, b@x.com") == {
        ("a@x.com", "7"),
        ("b@x.com", "7"),
        ("c@x.com", "7"),
    }


def test_customers_with_one_address_are_all_found(engine):
    save_customers(engine, REALM, [customer("1", "Ann", "a@x.com"), customer("2", "Bob", "a@x.com")])
    assert found(engine, "PrimaryEmailAddr", "a@x.com") == {("a@x.com", "1"), ("a@x.com", "2")}


def test_a_customer_that_changed_is_found_by_its_new_keys_only(engine):
    save_customers(engine, REALM, [customer("1", "Ann", "a@x.com,b@x.com"), customer("2", "Bob", "a@x.com")])

    save_customers(engine, REALM, [customer("1", "Anna", "b@x.com,c@x.com", SyncToken="1")])

    assert all_keys(engine) == {
        ("DisplayName", "anna", "1"),
        ("PrimaryEmailAddr", "b@x.com", "1"),
        ("PrimaryEmailAddr", "c@x.com", "1"),
        ("DisplayName", "bob", "2"),
        ("PrimaryEmailAddr", "a@x.com", "2"),
    }
    assert cached_customers(engine, REALM, ["1", "3"]) == {"1": customer("1", "Anna", "b@x.com,c@x.com", SyncToken="1")}


def test_of_a_customer_that_comes_twice_the_last_counts(engine):
    save_customers(engine, REALM, [customer("1", "Ann"), customer("1", "Anna")])
    assert all_keys(engine) == {("DisplayName", "anna", "1")}


@pytest.mark.parametrize("nothing", [{}, {"DisplayName": None}, {"DisplayName": "  "}, {"PrimaryEmailAddr": {}}])
def test_nothing_is_no_key(engine, nothing):
    save_customers(engine, REALM, [{"Id": "1", **nothing}])

    assert all_keys(engine) == set()
    assert found(engine, "DisplayName", "") == set()
    assert list(cached_customers(engine, REALM, ["1"])) == ["1"]


def test_customers_that_are_gone_leave_nothing(engine):
    save_customers(engine, REALM, [customer("1", "Ann", "a@x.com")])
    save_customers(engine, "other", [customer("1", "Ann")])
    began = datetime.now(UTC)
    save_customers(engine, REALM, [customer("2", "Bob", "b@x.com")])

    drop_customers(engine, REALM, fetched_before=began)

    assert list(cached_customers(engine, REALM, ["1", "2"])) == ["2"]
    assert found(engine, "DisplayName", "ann", "bob") == {("bob", "2")}
    assert found(engine, "PrimaryEmailAddr", "a@x.com", "b@x.com") == {("b@x.com", "2")}
    assert found(engine, "DisplayName", "ann", realm="other") == {("ann", "1")}


def test_rows_that_were_deleted_are_forgotten(engine):
    save_customers(engine, REALM, [customer("1", "Ann", "a@x.com"), customer("2", "Bob", "a@x.com")])
    save_entries(engine, REALM, "Item", [{"Id": "1", "Name": "Widget"}, {"Id": "2", "Name": "Gadget"}])
    save_entries(engine, REALM, "Account", [{"Id": "1", "Name": "Checking"}])

    drop_rows(engine, REALM, "Customer", ["1", "9"])
    drop_rows(engine, REALM, "Item", ["2"])
    drop_rows(engine, "other", "Item", ["1"])
    drop_rows(engine, REALM, "Item", [])

    assert list(cached_customers(engine, REALM, ["1", "2"])) == ["2"]
    assert all_keys(engine) == {("DisplayName", "bob", "2"), ("PrimaryEmailAddr", "a@x.com", "2")}
    assert [one["Name"] for one in entries(engine, REALM, "Item")] == ["Widget"]
    assert [one["Name"] for one in entries(engine, REALM, "Account")] == ["Checking"]


def test_more_keys_and_customers_than_one_statement_takes(engine, monkeypatch):
    monkeypatch.setattr(database, "_CHUNK", 7)
    monkeypatch.setattr(customer_keys, "_PORTION", 7)
    many = [customer(str(number), f"Ann {number}", f"{number}@x.com") for number in range(50)]
    save_customers(engine, REALM, many)
    save_customers(engine, REALM, [{**one, "DisplayName": f"New {one['DisplayName']}"} for one in many])

    assert len(found(engine, "DisplayName", *(f"new ann {number}" for number in range(60)))) == 50
    assert found(engine, "DisplayName", *(f"ann {number}" for number in range(60))) == set()
    assert len(cached_customers(engine, REALM, [str(number) for number in range(60)])) == 50
    drop_customers(engine, REALM, fetched_before=datetime.now(UTC) + timedelta(seconds=1))
    assert all_keys(engine) == set()


def test_amounts_in_a_customer_stay_exact(engine):
    save_customers(engine, REALM, [customer("1", "Ann", Balance=Decimal("0.10"), Lines=[{"Amount": Decimal("1e2")}])])
    body = cached_customers(engine, REALM, ["1"])["1"]
    assert Decimal(body["Balance"]) == Decimal("0.10")
    assert Decimal(body["Lines"][0]["Amount"]) == 100


def test_other_lists_are_kept_by_name(engine):
    items = [
        {"Id": "1", "Name": "Widget", "FullyQualifiedName": "Goods:Widget", "Sku": "W-1", "UnitPrice": Decimal("9.99")},
        {"Id": "2", "Name": "Old", "Active": False},
    ]
    assert save_entries(engine, REALM, "Item", items) == 2
    assert save_entries(engine, REALM, "Item", iter([])) == 0
    save_entries(engine, REALM, "Account", [{"Id": "1", "Name": "Checking"}])
    began = datetime.now(UTC)
    save_entries(engine, REALM, "Item", [{**items[0], "Name": "Gadget"}])

    assert {(one["Id"], one["Name"]) for one in entries(engine, REALM, "Item")} == {("1", "Gadget"), ("2", "Old")}
    drop_entries(engine, REALM, "Item", fetched_before=began)
    assert [one["Id"] for one in entries(engine, REALM, "Item")] == ["1"]
    assert [one["Name"] for one in entries(engine, REALM, "Account")] == ["Checking"]
    assert entries(engine, "other", "Item") == []


def test_freshness_is_kept_by_company(engine):
    state = Freshness(datetime(2026, 11, 16, 12, tzinfo=UTC), datetime(2026, 11, 15, tzinfo=UTC))
    assert freshness(engine, REALM) is None
    note_freshness(engine, REALM, state)
    note_freshness(engine, REALM, state)
    assert freshness(engine, REALM) == state
    assert freshness(engine, "other") is None


def test_customers_by_their_name(engine):
    save_customers(engine, REALM, [customer("1", "Ann"), customer("2", "Bob", Active=False), customer("3", "ann")])
    assert customers_named(engine, REALM, "Ann") == [("1", True)]
    assert customers_named(engine, REALM, "Bob") == [("2", False)]
    assert customers_named(engine, "other", "Ann") == []
    assert sorted(customer_names(engine, REALM)) == ["Ann", "ann"]
