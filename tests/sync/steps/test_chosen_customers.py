"""Whose a contact's orders are because a person said so: it goes before the criteria, for this order and all to come."""

from __future__ import annotations

from datetime import timedelta

import pytest

from order_sync.database.choices import choices
from order_sync.database.history import order_history
from order_sync.errors import RecordRefused
from order_sync.sync.review.actions import choose_customer, choose_new_customer, let_criteria_decide
from order_sync.sync.steps.plan_orders import Services, plan_orders
from tests.shop import account
from tests.shop.counter import ShopCounter, line, moment

both_ways = pytest.mark.parametrize("write_mode", ["single", "batch"])


def two_of_a_kind(counter: ShopCounter) -> tuple[str, str]:
    """Two customers with the e-mail address of whoever orders."""
    shared = {"PrimaryEmailAddr": {"Address": "kim@example.com"}}
    return tuple(counter.add("Customer", DisplayName=name, **shared)["Id"] for name in ("Kim's shop", "Kim Carter"))


def sell(counter: ShopCounter, number: int, **contact: object) -> None:
    """A paid order of contact 77."""
    counter.sell(number, name="Kim C", email="kim@example.com")
    known = {"email": "kim@example.com", "given_name": "Kim", "family_name": "C", "bill": None, **contact}
    counter.account.put("contact", account.contact(id="77", **known))
    counter.change(number, contact={"id": "77", "email": "kim@example.com", "given_name": "Kim", "family_name": "C"})
    counter.pay(number)


def customers_of_documents(counter: ShopCounter) -> list[str]:
    return [one["CustomerRef"]["value"] for one in counter.records("SalesReceipt")]


@both_ways
def test_the_customer_that_was_chosen_gets_this_order_and_those_to_come(counter: ShopCounter, write_mode: str) -> None:
    counter.set(write_mode=write_mode)
    _shop, kim = two_of_a_kind(counter)
    sell(counter, 1)
    counter.run(0)
    assert counter.state() == "held AMBIGUOUS"

    choose_customer(counter.engine, "demo", "1", (kim, "Kim Carter"), "ann")
    counter.run(0)
    assert counter.state() == "posted"
    sell(counter, 2)
    counter.run(0)
    assert customers_of_documents(counter) == [kim, kim]
    told = [(event.message, event.who) for event in order_history(counter.engine, "demo", "1")]
    assert (f"Kim Carter ({kim}) was chosen for contact 77; the next run follows it.", "ann") in told
    assert (f"ann chose Kim Carter ({kim}) for contact 77.", None) in told
    counter.expect_quiet()


def test_other_contacts_are_decided_about_as_before(counter: ShopCounter) -> None:
    _shop, kim = two_of_a_kind(counter)
    sell(counter, 1)
    counter.run(0)
    choose_customer(counter.engine, "demo", "1", (kim, "Kim Carter"), "ann")
    counter.sell(2, name="Kim C", email="kim@example.com")
    counter.pay(2)
    counter.run(0)
    assert counter.state(2) == "held AMBIGUOUS"


def test_nothing_is_weighed_against_what_a_person_chose(counter: ShopCounter) -> None:
    other = counter.add("Customer", DisplayName="Ann Lee", PrimaryEmailAddr={"Address": "ann@example.com"})["Id"]
    two_of_a_kind(counter)
    sell(counter, 1)
    counter.run(0)
    choose_customer(counter.engine, "demo", "1", (other, "Ann Lee"), "ann")
    counter.run(0)
    assert counter.state() == "posted"
    assert customers_of_documents(counter) == [other]


def test_the_standard_customer_can_be_chosen(counter: ShopCounter) -> None:
    web = counter.add("Customer", DisplayName="Web sales")["Id"]
    counter.set(customers={"standard_customer": "Web sales", "not_found": "standard"})
    two_of_a_kind(counter)
    sell(counter, 1)
    counter.run(0)
    choose_customer(counter.engine, "demo", "1", ("", ""), "ann")
    counter.run(0)
    assert customers_of_documents(counter) == [web]


def test_a_choice_that_was_taken_back_counts_no_more(counter: ShopCounter) -> None:
    _shop, kim = two_of_a_kind(counter)
    sell(counter, 1)
    counter.run(0)
    choose_customer(counter.engine, "demo", "1", (kim, "Kim Carter"), "ann")
    let_criteria_decide(counter.engine, "demo", "77", "ann")
    counter.run(0)
    assert counter.state() == "held AMBIGUOUS"


def test_a_choice_follows_its_customer_into_a_merge(counter: ShopCounter) -> None:
    shop, kim = two_of_a_kind(counter)
    sell(counter, 1)
    counter.run(0)
    choose_customer(counter.engine, "demo", "1", (kim, "Kim Carter"), "ann")
    counter.run(0)
    counter.merge(kim, into=shop)
    sell(counter, 2)
    counter.run(1)
    counter.run(1)
    assert customers_of_documents(counter) == [shop, shop]


def test_a_chosen_customer_that_is_inactive_holds_the_order_and_says_so(counter: ShopCounter) -> None:
    _shop, kim = two_of_a_kind(counter)
    sell(counter, 1)
    counter.run(0)
    choose_customer(counter.engine, "demo", "1", (kim, "Kim Carter"), "ann")
    known = next(one for one in counter.records("Customer") if one["Id"] == kim)
    counter.quickbooks.update(
        "Customer", {"Id": kim, "SyncToken": known["SyncToken"], "sparse": True, "Active": False}, request_id="by-hand"
    )
    counter.run(0)
    assert counter.state() == "held INACTIVE"
    assert "ann chose Kim Carter" in counter.order(1).message
    assert "inactive" in counter.order(1).message


def test_a_recorded_order_keeps_the_customer_of_its_document(counter: ShopCounter) -> None:
    counter.sell(1)
    counter.pay(1)
    counter.run(0)
    with pytest.raises(LookupError, match="is posted"):
        choose_customer(counter.engine, "demo", "1", ("1", "Somebody"), "ann")
    with pytest.raises(LookupError, match="could not be found"):
        choose_customer(counter.engine, "demo", "404", ("1", "Somebody"), "ann")


def test_an_order_without_a_contact_has_nothing_to_remember_by(counter: ShopCounter) -> None:
    two_of_a_kind(counter)
    counter.sell(1, name="Kim C", email="kim@example.com")
    counter.pay(1)
    counter.change(1, contact=None)
    counter.run(0)
    with pytest.raises(RecordRefused, match="names no contact"):
        choose_customer(counter.engine, "demo", "1", ("1", "Somebody"), "ann")


def kims(counter: ShopCounter) -> list[tuple[str, str]]:
    """Id and name of the customers that bear the address, in the order in which they were made."""
    found = [one for one in counter.records("Customer") if one.get("PrimaryEmailAddr", {}).get("Address")]
    return [(one["Id"], one["DisplayName"]) for one in found if "kim@" in one["PrimaryEmailAddr"]["Address"]]


@both_ways
def test_a_new_customer_is_made_once_for_all_orders_of_the_contact(counter: ShopCounter, write_mode: str) -> None:
    counter.set(write_mode=write_mode)
    before = two_of_a_kind(counter)
    sell(counter, 1)
    sell(counter, 2)
    counter.run(0)
    assert counter.states() == {1: "held AMBIGUOUS", 2: "held AMBIGUOUS"}

    choose_new_customer(counter.engine, counter.store, "1", "ann")
    counter.run(0)
    [made] = [one for one in kims(counter) if one[0] not in before]
    assert made[1] == "Kim C"
    assert counter.states() == {1: "posted", 2: "posted"}
    assert customers_of_documents(counter) == [made[0]] * 2
    assert choices(counter.engine, "demo")["77"].customer_id == made[0]
    told = [(event.message, event.who) for event in order_history(counter.engine, "demo", "1")]
    assert ("A new customer was chosen for contact 77; the next run follows it.", "ann") in told
    assert ("ann chose a new customer for contact 77; it is made.", None) in told

    sell(counter, 3)
    counter.run(0)
    assert customers_of_documents(counter) == [made[0]] * 3
    assert len(kims(counter)) == 3
    counter.expect_quiet()


@both_ways
def test_a_new_customer_is_none_of_those_that_have_the_name_and_the_address_already(
    counter: ShopCounter, write_mode: str
) -> None:
    by_address = [{"source": "Email", "destination": "PrimaryEmailAddr"}]
    counter.set(write_mode=write_mode, customers={"criteria": by_address})
    same = {"PrimaryEmailAddr": {"Address": "kim@example.com"}}
    # QuickBooks takes no name twice, whatever its case.
    before = [counter.add("Customer", DisplayName=name, **same)["Id"] for name in ("KIM C", "Kim's shop")]
    sell(counter, 1)
    counter.run(0)
    choose_new_customer(counter.engine, counter.store, "1", "ann")
    counter.run(0)
    [made] = [one for one in kims(counter) if one[0] not in before]
    assert made[1] == "Kim C (Infusionsoft 77)"
    assert customers_of_documents(counter) == [made[0]]
    counter.expect_quiet()


def test_two_contacts_that_share_an_address_get_a_customer_each(counter: ShopCounter) -> None:
    two_of_a_kind(counter)
    sell(counter, 1)
    counter.sell(2, name="Kim C", email="kim@example.com")
    counter.pay(2)
    counter.run(0)
    for number in (1, 2):
        choose_new_customer(counter.engine, counter.store, str(number), "ann")
    counter.run(0)
    assert len(kims(counter)) == 4
    assert len(set(customers_of_documents(counter))) == 2
    counter.expect_quiet()


@both_ways
def test_a_new_customer_whose_answer_was_lost_is_found_again(counter: ShopCounter, write_mode: str) -> None:
    counter.set(write_mode=write_mode)
    before = two_of_a_kind(counter)
    sell(counter, 1)
    counter.run(0)
    choose_new_customer(counter.engine, counter.store, "1", "ann")
    counter.fail("quickbooks batch" if write_mode == "batch" else "quickbooks create Customer", "drop_after")
    counter.fail("quickbooks query Customer", "503", next=1000)
    counter.run(0)
    assert counter.state() == "unsettled UNSETTLED"
    assert choices(counter.engine, "demo")["77"].customer_id == "create"
    counter.mend()
    counter.run(0)
    [made] = [one for one in kims(counter) if one[0] not in before]
    assert counter.state() == "posted"
    assert customers_of_documents(counter) == [made[0]]
    assert choices(counter.engine, "demo")["77"].customer_id == made[0]
    counter.expect_quiet()


def test_a_new_customer_is_made_in_the_place_of_an_inactive_one(counter: ShopCounter) -> None:
    counter.set(customers={"reactivate_inactive": True, "not_found": "hold"})
    kim = counter.add("Customer", DisplayName="Kim C", PrimaryEmailAddr={"Address": "kim@example.com"})
    counter.quickbooks.update(
        "Customer", {"Id": kim["Id"], "SyncToken": kim["SyncToken"], "sparse": True, "Active": False}, request_id="hand"
    )
    counter.set(customers={"reactivate_inactive": False, "not_found": "hold"})
    sell(counter, 1)
    counter.run(0)
    assert counter.state() == "held INACTIVE"
    choose_new_customer(counter.engine, counter.store, "1", "ann")
    counter.set(customers={"reactivate_inactive": True, "not_found": "hold"})
    counter.run(0)
    assert customers_of_documents(counter) not in ([], [kim["Id"]])


def test_a_new_customer_that_was_taken_back_is_not_made(counter: ShopCounter) -> None:
    two_of_a_kind(counter)
    sell(counter, 1)
    counter.run(0)
    choose_new_customer(counter.engine, counter.store, "1", "ann")
    let_criteria_decide(counter.engine, "demo", "77", "bob")
    counter.run(0)
    assert counter.state() == "held AMBIGUOUS"
    assert len(kims(counter)) == 2


def test_no_new_customer_is_made_for_an_order_that_is_held_for_another_reason(counter: ShopCounter) -> None:
    two_of_a_kind(counter)
    counter.set(products={"not_found": "hold"})
    sell(counter, 1)
    counter.run(0)
    choose_new_customer(counter.engine, counter.store, "1", "ann")
    counter.change(1, line("100.00", "Unheard of"))
    counter.run(0)
    assert counter.state() == "held ITEM_UNKNOWN"
    assert len(kims(counter)) == 2
    assert choices(counter.engine, "demo")["77"].customer_id == "create"


def test_what_has_no_name_gets_no_new_customer(counter: ShopCounter) -> None:
    counter.set(customers={"not_found": "hold"})
    sell(counter, 1, email=None, given_name=None, family_name=None)
    counter.change(1, contact={"id": "77"})
    counter.run(0)
    assert counter.state() == "held NO_DETAILS"
    with pytest.raises(RecordRefused, match="could be called by"):
        choose_new_customer(counter.engine, counter.store, "1", "ann")


def test_a_plan_says_which_new_customer_would_be_made(counter: ShopCounter) -> None:
    counter.set(customers={"criteria": [{"source": "Email", "destination": "PrimaryEmailAddr"}]})
    for name in ("Kim C", "Kim's shop"):
        counter.add("Customer", DisplayName=name, PrimaryEmailAddr={"Address": "kim@example.com"})
    sell(counter, 1)
    counter.run(0)
    choose_new_customer(counter.engine, counter.store, "1", "ann")
    start = moment(0) - timedelta(hours=12)
    services = Services(counter.quickbooks, counter.infusionsoft)
    day = (start, start + timedelta(1))
    plan = plan_orders(counter.engine, counter.store, "plan", day, services, is_backfill=True)
    assert "The customer Kim C (Infusionsoft 77) would be created." in [row.message for row in plan.rows]
    assert [row.entity for row in plan.rows] == ["Customer", "SalesReceipt"]


def test_what_is_chosen_while_the_customer_is_made_stays_chosen(counter: ShopCounter) -> None:
    _shop, kim = two_of_a_kind(counter)
    sell(counter, 1)
    counter.run(0)
    choose_new_customer(counter.engine, counter.store, "1", "ann")
    run = counter.match(0)
    choose_customer(counter.engine, "demo", "1", (kim, "Kim Carter"), "bob")
    counter.create_customers(run)
    counter.post(run)
    assert customers_of_documents(counter) == [kim]
    assert len(kims(counter)) == 2
    assert choices(counter.engine, "demo")["77"].customer_id == kim
