"""Two people of one name stay two customers, and one person never becomes two, whatever happens between the runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import Engine

from order_sync.database.customer_keys import prepare_keys
from order_sync.infusionsoft.records import Address
from order_sync.sync.steps.refresh_customers import refresh_lists
from order_sync.tokens import TokenVault
from tests.shop.fault_shop import CREATE_CUSTOMER, Shop, open_shop
from tests.shop.records import sale
from tests.shop.services import Controls

PHOENIX = Address("1200 North Central Avenue", None, "Phoenix", "AZ", "85004", "USA", "United States")
CAMBRIDGE = Address("77 Massachusetts Blvd Apt 9", None, "Cambridge", "MA", "02139", "USA", "United States")
FIRST = sale(1, name="Maria Garcia", email="maria.g@phoenix.example", contact_id="11", address=PHOENIX)
OTHER = sale(2, name="Maria Garcia", email="mgarcia77@boston.example", contact_id="22", address=CAMBRIDGE)


@pytest.fixture
def shop(sandbox: Controls, engine: Engine, vault: TokenVault, short_waits: None) -> Iterator[Shop]:
    with open_shop(sandbox, engine, vault) as opened:
        yield opened


def named(shop: Shop, name: str) -> list[str]:
    return [one["Id"] for one in shop.customers() if one["DisplayName"].startswith(name)]


def refresh(shop: Shop) -> None:
    refresh_lists(shop.engine, shop.quickbooks)
    prepare_keys(shop.engine, shop.quickbooks.realm_id, shop.store.customers)


def test_of_two_namesakes_in_one_run_the_guard_holds_one(shop: Shop) -> None:
    run = shop.read([FIRST, OTHER])
    assert shop.create_customers(run) == {"created": 1}
    assert len(named(shop, "Maria Garcia")) == 1
    orders = shop.orders()
    assert sorted((order.status, order.code) for order in orders.values()) == [
        ("held", "CONTRADICTED"),
        ("matched", None),
    ]
    [held] = [order for order in orders.values() if order.status == "held"]
    assert (held.customer_id, "another person" in held.message) == (None, True)


@pytest.mark.parametrize(("guard", "statuses"), [("warn", {"posted", "posted with warnings"}), ("off", {"posted"})])
def test_the_guard_can_warn_or_be_off_there_too(
    sandbox: Controls, engine: Engine, vault: TokenVault, short_waits: None, guard: str, statuses: set[str]
) -> None:
    with open_shop(sandbox, engine, vault, customers={"guard": guard}) as shop:
        run = shop.read([FIRST, OTHER])
        shop.create_customers(run)
        shop.post(run)
        assert {order.status for order in shop.orders().values()} == statuses
        assert len({order.customer_id for order in shop.orders().values()}) == 1


def test_who_was_held_is_made_when_the_namesake_was_renamed(shop: Shop) -> None:
    run = shop.read([FIRST])
    shop.create_customers(run)
    shop.post(run)
    run = shop.read([OTHER], "tuesday")
    shop.create_customers(run)
    assert shop.orders()["2"].code == "CONTRADICTED"

    first = shop.orders()["1"].customer_id
    shop.change("Customer", first, DisplayName="Maria Garcia Phoenix")
    refresh(shop)
    run = shop.read([OTHER], "wednesday")
    assert shop.create_customers(run) == {"created": 1}
    assert shop.orders()["2"].customer_id not in (None, first)
    assert len(named(shop, "Maria Garcia")) == 2


def test_a_name_that_somebody_elsewhere_has_is_not_adopted_without_an_email(
    sandbox: Controls, engine: Engine, vault: TokenVault, short_waits: None
) -> None:
    by_phone = {"criteria": [{"source": "Phone", "destination": "PrimaryPhone"}]}
    with open_shop(sandbox, engine, vault, customers=by_phone) as shop:
        address = {"Line1": "5 Palm Rd", "City": "Tucson", "CountrySubDivisionCode": "AZ", "PostalCode": "85701"}
        known = shop.add(
            "Customer", DisplayName="John Smith", PrimaryPhone={"FreeFormNumber": "602 555 0199"}, BillAddr=address
        )
        refresh(shop)
        order = sale(3, name="John Smith", email=None, contact_id="33", address=CAMBRIDGE)
        assert order.contact
        order = replace(order, contact=replace(order.contact, phones=("617 555 0123",)))
        assert shop.create_customers(shop.read([order])) == {"created": 1}
        assert shop.orders()["3"].customer_id != known["Id"]
        assert len(named(shop, "John Smith")) == 2


def test_while_a_customer_is_on_its_way_nobody_makes_a_second(shop: Shop) -> None:
    first = sale(4, name="Anne Leigh", email="anne@example.com", contact_id="44", address=PHOENIX)
    newer = sale(5, name="Ann Leigh", email="anne@example.com", contact_id="44", address=PHOENIX)
    run = shop.read([first])
    shop.fail(CREATE_CUSTOMER, "drop_after")
    shop.fail("quickbooks query Customer", "drop_before", every=1)
    assert shop.create_customers(run) == {"unsettled": 1}

    run = shop.read([first, newer], "tuesday")
    assert shop.create_customers(run) == {}
    assert {order.status for order in shop.orders().values()} == {"unsettled"}
    assert len(named(shop, "Ann")) == 1
