"""Missing customers are made once, whatever name QuickBooks has already."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from sqlalchemy import Engine

from order_sync.errors import ConfigurationError
from order_sync.sync.orders.codes import Code
from order_sync.sync.steps.refresh_customers import refresh_lists
from order_sync.tokens import TokenVault
from tests.shop.fault_shop import CREATE_CUSTOMER, UPDATE_CUSTOMER, Shop, open_shop
from tests.shop.records import people, sale
from tests.shop.services import Controls

NAME_TAKEN = json.dumps(
    {"Fault": {"Error": [{"Message": "Duplicate Name Exists Error", "code": "6240"}], "type": "ValidationFault"}}
)
REFUSED = json.dumps(
    {"Fault": {"Error": [{"Message": "Invalid Enumeration", "code": "2170"}], "type": "ValidationFault"}}
)
BY_DEFAULT = [
    {"source": "First Last", "destination": "DisplayName"},
    {"source": "Email", "destination": "PrimaryEmailAddr"},
]
GRACE = {"name": "Grace Hopper", "email": "grace@example.com", "contact_id": "42"}


OpenShop = Callable[..., Shop]


@pytest.fixture
def open_with(sandbox: Controls, engine: Engine, vault: TokenVault, short_waits: None) -> Iterator[OpenShop]:
    """Opens the shop with settings of the Customers tab."""
    with ExitStack() as stack:

        def open_it(**customers: Any) -> Shop:
            return stack.enter_context(open_shop(sandbox, engine, vault, customers=customers))

        yield open_it


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
    assert (failed.code, failed.customer_id) == ("2170", None)
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
    assert shop.create_customers(second) == {}
    shop.expect_each_person_once([sale(1, **GRACE)])
    assert shop.post(second) == {"posted": 1}


def test_another_order_of_a_person_whose_customer_is_not_known_yet_says_so(shop: Shop) -> None:
    shop.fail(CREATE_CUSTOMER, "drop_after")
    shop.fail("quickbooks query Customer", "503", next=1000)
    shop.create_customers(shop.read([sale(1, **GRACE)]))
    shop.create_customers(shop.read([sale(2, **GRACE)], "tuesday"))
    for order in shop.orders().values():
        assert (order.status, order.code, order.advice) == ("unsettled", Code.UNSETTLED, Code.UNSETTLED.advice)
        assert "the order's customer" in order.message
        assert order.message in shop.history(order.order_id)
    assert len(shop.customers()) == 1


@pytest.mark.parametrize(("reactivates", "done"), [(False, "created"), (True, "reactivated")])
def test_an_earlier_customer_who_was_made_inactive_since_is_made_anew_or_active_again(
    open_with: OpenShop, reactivates: bool, done: str
) -> None:
    shop = open_with(reactivate_inactive=reactivates)
    shop.create_customers(shop.read([sale(1, **GRACE)]))
    (old,) = shop.customers()
    # Under another name and e-mail no criterion finds it: only the ledger knows that it was hers.
    elsewhere = {"Address": "elsewhere@example.com"}
    shop.change("Customer", old["Id"], DisplayName="G. Murray", PrimaryEmailAddr=elsewhere, Active=False)
    refresh_lists(shop.engine, shop.quickbooks)
    second = shop.read([sale(2, **GRACE)], "tuesday")
    assert shop.create_customers(second) == {done: 1}
    active = {customer["Id"]: customer["DisplayName"] for customer in shop.customers() if customer["Active"]}
    assert active == {shop.orders()["2"].customer_id: "G. Murray" if reactivates else "Grace Hopper"}
    assert (old["Id"] in active) is reactivates
    assert shop.post(second) == {"posted": 1}


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


def test_two_contacts_who_are_one_person_by_the_criteria_get_one_customer_with_the_newest_details(shop: Shop) -> None:
    orders = [
        sale(1, **GRACE),
        sale(2, name="Grace B. Hopper", email="GRACE@example.com", contact_id="43"),
        sale(3, name="Grace Murray", email="murray@example.com", contact_id="44"),
    ]
    run = shop.read(orders)
    assert shop.create_customers(run) == {"created": 2}
    made = {customer["DisplayName"]: customer["Id"] for customer in shop.customers()}
    assert made.keys() == {"Grace B. Hopper", "Grace Murray"}
    assert [row.customer_id for row in shop.orders().values()] == [made["Grace B. Hopper"]] * 2 + [made["Grace Murray"]]
    assert shop.calls(CREATE_CUSTOMER) == {"200": 2}
    assert shop.create_customers(run) == {}


def test_a_new_customer_has_what_the_settings_give(open_with: OpenShop) -> None:
    create = {
        "name": "Last, First",
        "sales_term": "Net 30",
        "customer_type": "Retail",
        "tax_exempt": True,
        "tax_exemption_reason": 9,
        "preferred_delivery": "Email",
        "notes": "First order {order_id}",
    }
    criteria = [*BY_DEFAULT, {"source": "Contact id", "destination": "Notes marker"}]
    shop = open_with(create=create, criteria=criteria)
    shop.create_customers(shop.read([sale(1, **GRACE)]))
    (made,) = shop.customers()
    assert (made["SalesTermRef"]["name"], made["CustomerTypeRef"]["name"]) == ("Net 30", "Retail")
    assert {field: made[field] for field in ("DisplayName", "Taxable", "PreferredDeliveryMethod", "Notes")} == {
        "DisplayName": "Hopper, Grace",
        "Taxable": False,
        "PreferredDeliveryMethod": "Email",
        "Notes": "First order 1\nInfusionsoft customer: 42",
    }
    again = shop.read([sale(2, name="Grace Murray", email="murray@example.com", contact_id="42")], "tuesday")
    assert shop.create_customers(again) == {}
    assert shop.orders()["2"].customer_id == made["Id"]


@pytest.mark.parametrize("reason", [1, 15, 99])
def test_c27_an_exempt_customer_is_made_with_the_reason(open_with: OpenShop, reason: int) -> None:
    shop = open_with(create={"tax_exempt": True, "tax_exemption_reason": reason})
    assert shop.create_customers(shop.read([sale(1, **GRACE)])) == {"created": 1}
    (made,) = shop.customers()
    assert (made["Taxable"], made["TaxExemptionReasonId"]) == (False, str(reason))


@pytest.mark.parametrize("create", [{"sales_term": "Net 3"}, {"customer_type": "Retial"}, {"currency": "order"}])
def test_what_the_company_has_not_stops_the_run_before_anything_is_sent(
    open_with: OpenShop, create: dict[str, str]
) -> None:
    shop = open_with(create=create)
    with pytest.raises(ConfigurationError):
        shop.create_customers(shop.read([sale(1, **GRACE)]))
    assert shop.customers() == []


def test_a_text_that_quickbooks_finds_too_long_is_shortened_to_what_it_says(shop: Shop) -> None:
    run = shop.read([sale(1, name=f"{'G' * 40} Hopper", email="grace@example.com")])
    shop.fail(CREATE_CUSTOMER, "fault", status=400, body=too_long("GivenName", 25))
    assert shop.create_customers(run) == {"created": 1}
    [made] = shop.customers()
    assert made["GivenName"] == "G" * 25
    assert made["DisplayName"] == f"{'G' * 40} Hopper"
    assert sorted(write.generation for write in shop.writes("customer")) == [1, 2]
    assert shop.history("1")[0] == "GivenName was shortened to QuickBooks' 25 characters."
    assert shop.post(run) == {"posted with warnings": 1}


def test_a_field_is_shortened_once_and_then_its_orders_fail(shop: Shop) -> None:
    run = shop.read([sale(1, **GRACE)])
    shop.fail(CREATE_CUSTOMER, "fault", status=400, body=too_long("GivenName", 4), next=2)
    assert shop.create_customers(run) == {"failed": 1}
    assert (shop.orders()["1"].status, shop.orders()["1"].code) == ("failed", "2050")
    assert len(shop.writes("customer")) == 2


@pytest.mark.parametrize(
    ("reactivates", "email", "done"),
    [
        (True, "grace@example.com", "reactivated"),
        (True, "other@example.com", "created"),
        (False, "grace@example.com", "created"),
    ],
)
def test_a_name_that_an_inactive_customer_keeps(open_with: OpenShop, reactivates: bool, email: str, done: str) -> None:
    shop = open_with(reactivate_inactive=reactivates)
    shop.sandbox.put("/_sandbox/company", {"keep_inactive_names": True})
    run = shop.read([sale(1, **GRACE), sale(2, **GRACE)])
    other = shop.add("Customer", DisplayName="Grace Hopper", PrimaryEmailAddr={"Address": email})["Id"]
    shop.change("Customer", other, Active=False)
    assert shop.create_customers(run) == {done: 1}
    if done == "created":
        _expect_suffixed(shop, shop.orders()["1"].customer_id, other)
    else:
        (customer,) = shop.customers()
        assert (customer["Id"], customer["Active"]) == (other, True)
        assert [row.customer_id for row in shop.orders().values()] == [other] * 2
    assert shop.post(run) == {"posted": 2}


@pytest.mark.parametrize(
    "email", [{"PrimaryEmailAddr": {"Address": "grace@example.com"}}, {}], ids=["ours", "somebody's"]
)
def test_a_suffix_that_is_taken_too_is_adopted_where_it_is_ours(shop: Shop, email: dict[str, object]) -> None:
    run = shop.read([sale(1, **GRACE)])
    shop.add("Vendor", DisplayName="Grace Hopper")
    taken = shop.add("Customer", DisplayName="Grace Hopper (Infusionsoft 42)", **email)["Id"]
    assert shop.create_customers(run) == ({"found again": 1} if email else {"failed": 1})
    order = shop.orders()["1"]
    assert (order.customer_id, order.code) == ((taken, None) if email else (None, "6240"))
    assert email or "rename one of the two" in order.advice


class TestReactivation:
    """Matching found an inactive customer, and the settings make it active."""

    @pytest.fixture
    def shop(self, open_with: OpenShop) -> Shop:
        """Its books know Grace Hopper, who is inactive and therefore called "Grace Hopper (deleted)"."""
        shop = open_with(reactivate_inactive=True)
        shop.add("Customer", DisplayName="Grace Hopper", PrimaryEmailAddr={"Address": "grace@example.com"})
        shop.change("Customer", self.grace(shop)["Id"], Active=False)
        refresh_lists(shop.engine, shop.quickbooks)
        assert self.grace(shop)["DisplayName"] == "Grace Hopper (deleted)"
        return shop

    def grace(self, shop: Shop) -> dict[str, Any]:
        """The customer as QuickBooks has it."""
        (found,) = [one for one in shop.customers() if one["PrimaryEmailAddr"]["Address"] == "grace@example.com"]
        return found

    def test_it_is_made_active_once_under_its_own_name(self, shop: Shop) -> None:
        run = shop.read([sale(1, **GRACE), sale(2, **GRACE)])
        assert shop.create_customers(run) == {"reactivated": 1}
        assert (self.grace(shop)["Active"], self.grace(shop)["DisplayName"]) == (True, "Grace Hopper")
        assert [row.customer_id for row in shop.orders().values()] == [self.grace(shop)["Id"]] * 2
        assert all("is active again" in shop.history(order_id)[0] for order_id in ("1", "2"))
        updates = shop.calls(UPDATE_CUSTOMER)
        assert shop.create_customers(run) == {}
        assert shop.calls(UPDATE_CUSTOMER) == updates
        assert shop.post(run) == {"posted": 2}

    def test_a_name_that_has_gone_to_somebody_else_gets_the_suffix(self, shop: Shop) -> None:
        run = shop.read([sale(1, **GRACE)])
        shop.add("Vendor", DisplayName="Grace Hopper")
        assert shop.create_customers(run) == {"reactivated": 1}
        assert (self.grace(shop)["Active"], self.grace(shop)["DisplayName"]) == (True, "Grace Hopper (Infusionsoft 42)")

    def test_one_that_was_changed_meanwhile_is_read_again(self, shop: Shop) -> None:
        run = shop.read([sale(1, **GRACE)])
        shop.change("Customer", self.grace(shop)["Id"], Active=True, DisplayName="Grace H.")
        shop.change("Customer", self.grace(shop)["Id"], Active=False)
        assert shop.create_customers(run) == {"reactivated": 1}
        assert (self.grace(shop)["Active"], self.grace(shop)["DisplayName"]) == (True, "Grace H.")

    def test_one_that_somebody_made_active_meanwhile_is_just_used(self, shop: Shop) -> None:
        run = shop.read([sale(1, **GRACE)])
        shop.change("Customer", self.grace(shop)["Id"], Active=True, DisplayName="Grace H.")
        shop.create_customers(run)
        assert self.grace(shop)["DisplayName"] == "Grace H."
        assert shop.post(run) == {"posted": 1}

    def test_a_lost_answer_is_looked_up(self, shop: Shop) -> None:
        run = shop.read([sale(1, **GRACE)])
        shop.fail(UPDATE_CUSTOMER, "drop_after")
        assert shop.create_customers(run) == {"reactivated": 1}
        assert self.grace(shop)["Active"]
        assert shop.post(run) == {"posted": 1}

    def test_a_lost_request_fails_its_orders_and_the_next_run_tries_again(self, shop: Shop) -> None:
        run = shop.read([sale(1, **GRACE), *people(3)[1:]])
        shop.fail(UPDATE_CUSTOMER, "drop_before")
        assert shop.create_customers(run) == {"failed": 1, "created": 2}
        assert (shop.orders()["1"].status, self.grace(shop)["Active"]) == ("failed", False)
        again = shop.read([sale(1, **GRACE)], "tuesday")
        assert shop.create_customers(again) == {"reactivated": 1}
        assert shop.post(again) == {"posted": 1}

    def test_what_quickbooks_refuses_fails_its_orders_with_words(self, shop: Shop) -> None:
        run = shop.read([sale(1, **GRACE), sale(2, **GRACE)])
        shop.fail(UPDATE_CUSTOMER, "fault", status=400, body=REFUSED)
        assert shop.create_customers(run) == {"failed": 1}
        for order in shop.orders().values():
            assert (order.status, order.code) == ("failed", "2170")
            assert "was not made active again" in order.message
            assert order.advice
        assert shop.post(run) == {}


def too_long(field: str, longest: int) -> str:
    """QuickBooks' refusal of a text."""
    detail = f"String length specified does not match the supported length. Min:0 Max:{longest} supported."
    error = {"Message": "Invalid String Length", "Detail": detail, "code": "2050", "element": field}
    return json.dumps({"Fault": {"Error": [error], "type": "ValidationFault"}})


def _expect_suffixed(shop: Shop, customer_id: str, *others: str) -> None:
    made = {customer["Id"]: customer for customer in shop.customers()}
    assert made.keys() == {customer_id, *others}
    assert made[customer_id]["DisplayName"] == "Grace Hopper (Infusionsoft 42)"
    assert made[customer_id]["PrimaryEmailAddr"] == {"Address": "grace@example.com"}
