"""The sets of keys: made when a store's settings need them, kept in step, shared by stores, and dropped when nobody asks for them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from order_sync.database import customer_keys
from order_sync.database.cache import save_customers
from order_sync.database.customer_keys import look_alikes, look_up, prepare_keys
from order_sync.database.database import reading
from order_sync.database.tables import Customer, CustomerKey, KeySet
from order_sync.errors import ConfigurationError
from order_sync.likeness import Known
from order_sync.settings import CustomerSettings, Equality

REALM = "9341"
USUAL = CustomerSettings()
STRICT = CustomerSettings(equality=Equality(ignore_accents=False))
PHONES = CustomerSettings(criteria=({"source": "Phone", "destination": "PrimaryPhone"},))


def customer(id: str, name: str, **more: object) -> dict:
    return {"Id": id, "DisplayName": name, "Active": True, **more}


def found(engine, field: str, key: str, settings: CustomerSettings = USUAL) -> list[str]:
    return look_up(engine, REALM, field, settings.equality, [key])[1]


def rules(engine) -> list[str]:
    with reading(engine) as connection:
        return sorted(connection.scalars(select(KeySet.rule)))


def number_of_keys(engine) -> int:
    with reading(engine) as connection:
        return connection.scalar(select(func.count()).select_from(CustomerKey)) or 0


def test_a_set_is_made_from_the_customers_that_are_cached(engine):
    save_customers(engine, REALM, [customer("1", "José Lee"), customer("2", "Bob")])
    save_customers(engine, "other", [customer("3", "José Lee")])
    assert prepare_keys(engine, REALM, USUAL) == 2
    assert found(engine, "DisplayName", "jose lee") == ["1"]
    assert prepare_keys(engine, REALM, USUAL) == 0


def test_stores_with_other_rules_have_sets_of_their_own(engine):
    save_customers(engine, REALM, [customer("1", "José Lee")])
    prepare_keys(engine, REALM, USUAL)
    assert prepare_keys(engine, REALM, STRICT) == 1
    save_customers(engine, REALM, [customer("2", "José Ray")])
    assert found(engine, "DisplayName", "jose ray") == ["2"]
    assert found(engine, "DisplayName", "josé ray", STRICT) == ["2"]
    assert found(engine, "DisplayName", "jose ray", STRICT) == []


def test_stores_with_the_same_rule_share_a_set(engine):
    prepare_keys(engine, REALM, USUAL)
    before = rules(engine)
    german = CustomerSettings(equality=Equality(phone_country="DE"))
    prepare_keys(engine, REALM, german)
    assert rules(engine) == before  # names and e-mails know no country
    prepare_keys(engine, REALM, PHONES)
    assert len(rules(engine)) == len(before) + 1


def test_a_set_that_was_never_made_finds_nobody_and_says_so(engine):
    prepare_keys(engine, REALM, USUAL)
    with pytest.raises(ConfigurationError, match="no keys for the rule 'PrimaryPhone US'") as raised:
        found(engine, "PrimaryPhone", "+16025550100")
    assert "refresh_customers" in raised.value.advice


def test_a_new_version_of_the_rule_makes_all_keys_anew(engine, monkeypatch):
    save_customers(engine, REALM, [customer("1", "Ann", PrimaryEmailAddr={"Address": "Ann@x.com"})])
    prepare_keys(engine, REALM, USUAL)
    keys, before = number_of_keys(engine), rules(engine)
    with engine.begin() as connection:
        connection.execute(update(Customer).values(emails="by the old rule"))

    monkeypatch.setattr(customer_keys, "_VERSION", "99 ")
    assert prepare_keys(engine, REALM, USUAL) == 1
    assert found(engine, "DisplayName", "ann") == ["1"]
    assert number_of_keys(engine) == keys
    assert set(rules(engine)).isdisjoint(before)
    with reading(engine) as connection:
        assert connection.scalar(select(Customer.emails)) == "ann@x.com"


def test_a_set_whose_making_was_interrupted_is_made_again(engine, monkeypatch):
    monkeypatch.setattr(customer_keys, "_PORTION", 1)
    save_customers(engine, REALM, [customer("1", "Ann"), customer("2", "Bob")])
    insert = customer_keys._insert_keys

    def broken(connection, sets, bodies):
        if "2" in bodies:
            raise KeyboardInterrupt
        insert(connection, sets, bodies)

    monkeypatch.setattr(customer_keys, "_insert_keys", broken)
    with pytest.raises(KeyboardInterrupt):
        prepare_keys(engine, REALM, USUAL)
    monkeypatch.setattr(customer_keys, "_insert_keys", insert)
    with pytest.raises(ConfigurationError):
        found(engine, "DisplayName", "ann")
    assert prepare_keys(engine, REALM, USUAL) == 2
    assert found(engine, "DisplayName", "ann") + found(engine, "DisplayName", "bob") == ["1", "2"]


def test_a_set_that_no_store_asks_for_is_dropped(engine):
    save_customers(engine, REALM, [customer("1", "José")])
    prepare_keys(engine, REALM, USUAL)
    prepare_keys(engine, REALM, STRICT)
    with engine.begin() as connection:
        long_ago = datetime.now(UTC) - timedelta(days=31)
        connection.execute(update(KeySet).where(KeySet.rule.contains("DisplayName +++-")).values(used_at=long_ago))
    prepare_keys(engine, REALM, STRICT)
    with pytest.raises(ConfigurationError):
        found(engine, "DisplayName", "jose")
    assert found(engine, "DisplayName", "josé", STRICT) == ["1"]


def test_however_many_keys_are_looked_up_at_once(engine):
    save_customers(engine, REALM, [customer(str(number), f"Ann {number}") for number in range(0, 3000, 3)])
    prepare_keys(engine, REALM, USUAL)
    keys = [f"ann {number}" for number in range(3000)]
    rows = zip(*look_up(engine, REALM, "DisplayName", USUAL.equality, keys), strict=True)
    assert {(at, id) for at, id, *_rest in rows} == {(number, str(number)) for number in range(0, 3000, 3)}
    for nobody in ([], ["", "'; --", 'a"b\\', "🎁"]):
        assert look_up(engine, REALM, "DisplayName", USUAL.equality, nobody) == ([],) * 10


def test_look_alikes_share_a_block(engine):
    people = [
        customer("1", "Anna Leigh", BillAddr={"Line1": "1 Main St", "PostalCode": "85001"}),
        customer("2", "Somebody Else", BillAddr={"Line1": "9 Oak", "PostalCode": "85001"}, Active=False),
        customer("3", "Leeds, Anne"),
        customer("4", "Zoe Young", BillAddr={"PostalCode": "99999"}),
    ]
    save_customers(engine, REALM, people)
    prepare_keys(engine, REALM, USUAL)
    found = look_alikes(engine, REALM, ["n ann lee", "p 85001"], [], 10)
    assert sorted(found) == [
        Known("1", "Anna Leigh", True, "", "1 main st 85001", ""),
        Known("2", "Somebody Else", False, "", "9 oak 85001", ""),
        Known("3", "Leeds, Anne", True, "", "", ""),
    ]
    assert [one.id for one in look_alikes(engine, REALM, ["p 85001"], ["4"], 1)] == ["1", "4"]
    assert [one.id for one in look_alikes(engine, REALM, [], ["4"], 1)] == ["4"]
