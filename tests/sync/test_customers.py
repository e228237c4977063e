"""Missing customers are made once, whatever name QuickBooks has already."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from order_sync.sync.refresh import refresh_lists
from order_sync.tokens import TokenVault
from tests.faults.shop import CREATE_CUSTOMER, Controls, Shop, open_shop, people, sale

NAME_TAKEN = json.dumps(
    {"Fault": {"Error": [{"Message": "Duplicate Name Exists Error", "code": "6240"}], "type": "ValidationFault"}}
)
REFUSED = json.dumps(
    {"Fault": {"Error": [{"Message": "Invalid Email Address", "code": "2210"}], "type": "ValidationFault"}}
)
GRACE = {"name": "Grace Hopper", "email": "grace@example.com", "contact_id": "42"}


@pytest.fixture
def shop(sandbox: Controls, engine: Engine, vault: TokenVault, short_waits: None) -> Iterator[Shop]:
    with open_shop(sandbox, engine, vault) as opened:
        yield opened


def test_all_orders_of_a_person_get_the_one_customer(shop: Shop) -> None:
    orders = [*people(5), *(sale(number, **GRACE) for number in (6, 7, 8))]
    run = shop.read(orders)
    assert shop.create_customers(run) == {"created": 6}
    shop.expect_each_person_once(orders)
    assert shop.post(run) == {"posted": 8}
    shop.expect_each_posted_once(orders)


def test_a_customer_of_that_name_and_e_mail_who_was_made_meanwhile_is_adopted(shop: Shop) -> None:
    run = shop.read([sale(1, **GRACE)])
    known = shop.add("Customer", DisplayName="Grace Hopper", PrimaryEmailAddr={"Address": "GRACE@example.com"})
    assert shop.create_customers(run) == {"found again": 1}
    assert shop.orders()["1"].customer_id == known["Id"]
    assert len(shop.customers()) == 1


@pytest.mark.parametrize("email", [{"PrimaryEmailAddr": {"Address": "other@example.com"}}, {}], ids=["other", "none"])
def test_beside_a_customer_of_that_name_with_another_e_mail_a_suffix_tells_them_apart(
    shop: Shop, email: dict[str, object]
) -> None:
    run = shop.read([sale(1, **GRACE)])
    other = shop.add("Customer", DisplayName="Grace Hopper", **email)
    assert shop.create_customers(run) == {"created": 1}
    _expect_suffixed(shop, shop.orders()["1"].customer_id, other["Id"])


@pytest.mark.parametrize("entity", ["Vendor", "Employee"])
def test_beside_a_vendor_or_an_employee_of_that_name_a_suffix_tells_them_apart(shop: Shop, entity: str) -> None:
    run = shop.read([sale(1, **GRACE)])
    shop.add(entity, DisplayName="Grace Hopper", GivenName="Grace", FamilyName="Hopper")
    assert shop.create_customers(run) == {"created": 1}
    _expect_suffixed(shop, shop.orders()["1"].customer_id)


def test_a_name_that_is_taken_by_nobody_who_can_be_found_gets_a_suffix(shop: Shop) -> None:
    run = shop.read([sale(1, **GRACE)])
    inactive = shop.add("Customer", DisplayName="Grace Hopper", PrimaryEmailAddr={"Address": "grace@example.com"})
    shop.change("Customer", inactive["Id"], DisplayName="Grace Hopper", Active=False)
    shop.fail(CREATE_CUSTOMER, "fault", status=400, body=NAME_TAKEN)
    assert shop.create_customers(run) == {"created": 1}
    _expect_suffixed(shop, shop.orders()["1"].customer_id, inactive["Id"])


def test_a_name_whose_suffix_is_taken_too_fails_its_orders_with_words(shop: Shop) -> None:
    run = shop.read([sale(1, **GRACE), sale(2, **GRACE)])
    shop.add("Vendor", DisplayName="Grace Hopper")
    shop.add("Vendor", DisplayName="Grace Hopper (Infusionsoft 42)")
    assert shop.create_customers(run) == {"failed": 1}
    assert [(row.status, row.code) for row in shop.orders().values()] == [("failed", "6240")] * 2
    assert shop.post(run) == {}


def test_a_suffixed_customer_whose_answer_is_lost_is_found_again(shop: Shop) -> None:
    run = shop.read([sale(1, **GRACE)])
    shop.add("Vendor", DisplayName="Grace Hopper")
    shop.fail(CREATE_CUSTOMER, "late")
    shop.fail(CREATE_CUSTOMER, "drop_after")
    assert shop.create_customers(run) == {"found again": 1}
    _expect_suffixed(shop, shop.orders()["1"].customer_id)


def test_a_refused_customer_fails_its_orders_and_no_others(shop: Shop) -> None:
    run = shop.read(people(4))
    shop.fail(CREATE_CUSTOMER, "fault", status=400, body=REFUSED)
    assert shop.create_customers(run) == {"created": 3, "failed": 1}
    (failed,) = [row for row in shop.orders().values() if row.status == "failed"]
    assert (failed.code, failed.customer_id) == ("2210", None)
    assert failed.message.startswith("QuickBooks refused the new customer")
    assert shop.post(run) == {"posted": 3}


def test_a_customer_whose_outcome_stays_open_is_found_by_the_next_run(shop: Shop) -> None:
    first = shop.read([sale(1, **GRACE)])
    shop.fail(CREATE_CUSTOMER, "drop_after")
    shop.fail("quickbooks query Customer", "503", next=1000)
    assert shop.create_customers(first) == {"unsettled": 1}
    assert shop.post(first) == {}
    shop.sandbox.delete("/_sandbox/faults")
    second = shop.read([sale(1, **GRACE)], "tuesday")
    assert sum(shop.create_customers(second).values()) == 1
    shop.expect_each_person_once([sale(1, **GRACE)])
    assert shop.post(second) == {"posted": 1}


def test_a_customer_who_was_made_inactive_since_is_made_anew(shop: Shop) -> None:
    grace = {**GRACE, "email": None}
    first = shop.read([sale(1, **grace)])
    shop.create_customers(first)
    (old,) = shop.customers()
    shop.change("Customer", old["Id"], DisplayName="Grace Hopper", Active=False)
    refresh_lists(shop.engine, shop.quickbooks)
    second = shop.read([sale(2, **grace)], "tuesday")
    assert shop.create_customers(second) == {"created": 1}
    assert {customer["Id"] for customer in shop.customers() if customer["Active"]} == {shop.orders()["2"].customer_id}


def test_where_only_the_e_mail_tells_who_it_is_a_namesake_is_somebody_else(
    sandbox: Controls, engine: Engine, vault: TokenVault
) -> None:
    by_email = {"criteria": [{"source": "Email", "destination": "PrimaryEmailAddr"}]}
    with open_shop(sandbox, engine, vault, customers=by_email) as shop:
        namesake = shop.add("Customer", DisplayName="Grace Hopper", PrimaryEmailAddr={"Address": "other@example.com"})
        refresh_lists(shop.engine, shop.quickbooks)
        run = shop.read([sale(1, **GRACE)])
        shop.create_customers(run)
        _expect_suffixed(shop, shop.orders()["1"].customer_id, namesake["Id"])


def test_two_people_of_one_name_without_e_mail_in_two_runs_share_the_customer_that_the_name_finds(shop: Shop) -> None:
    runs = [shop.read([sale(number, name="Grace Hopper", email=None)], f"{number}") for number in (1, 2)]
    for run in runs:
        shop.create_customers(run)
    (customer,) = shop.customers()
    assert [row.customer_id for row in shop.orders().values()] == [customer["Id"]] * 2


def _expect_suffixed(shop: Shop, customer_id: str, *others: str) -> None:
    made = {customer["Id"]: customer for customer in shop.customers()}
    assert made.keys() == {customer_id, *others}
    assert made[customer_id]["DisplayName"] == "Grace Hopper (Infusionsoft 42)"
    assert made[customer_id]["PrimaryEmailAddr"] == {"Address": "grace@example.com"}
