"""The standard and the default customer: found by the name that QuickBooks shows, or refused with the nearest."""

from __future__ import annotations

from functools import partial

import pytest

from order_sync.database.cache import cached_customers, customer_names, customers_named, formerly_named, save_customers
from order_sync.database.merges import survivors
from order_sync.errors import ConfigurationError
from order_sync.sync.customers.decisions import StandIns
from order_sync.sync.customers.stand_ins import Names, find_stand_ins
from tests.shop import stores

REALM = "9341"


@pytest.fixture
def known(engine):
    rows = [("1", "Counter Sales", True), ("2", "Walk-in", True), ("3", "Old Counter", False), ("4", "Zed", True)]
    save_customers(engine, REALM, [{"Id": id, "DisplayName": name, "Active": active} for id, name, active in rows])
    return engine


def stand_ins_of(engine, store):
    names = (customers_named, formerly_named, survivors, cached_customers, customer_names)
    return find_stand_ins(store, Names(*(partial(one, engine, REALM) for one in names)))


def test_both_are_found(known):
    store = stores.settings(customers={"standard_customer": "Counter Sales", "default_customer": "Walk-in"})
    assert stand_ins_of(known, store) == StandIns("1", "2")
    assert stand_ins_of(known, stores.settings()) == StandIns(None, None)


@pytest.mark.parametrize(
    ("key", "name", "words", "advice"),
    [
        ("standard_customer", "Counter Sale", "which could not be found in the QuickBooks company", "Counter Sales"),
        ("default_customer", "walk-in", "customers.default_customer", "Walk-in"),
        ("standard_customer", "Old Counter", "is inactive", "make it active"),
    ],
)
def test_one_that_the_company_has_not_is_refused(known, key, name, words, advice):
    with pytest.raises(ConfigurationError) as raised:
        stand_ins_of(known, stores.settings(customers={key: name}))
    assert f"'{name}'" in raised.value.message
    assert words in raised.value.message
    assert advice in raised.value.advice


def test_a_company_without_customers(engine):
    with pytest.raises(ConfigurationError, match="could not be found") as raised:
        stand_ins_of(engine, stores.settings(customers={"default_customer": "Walk-in"}))
    assert "none" in raised.value.advice
