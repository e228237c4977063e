"""Contacts that were merged in Infusionsoft stay the customer that they were, and its notes marker follows."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from order_sync.database.contacts import merged_contacts
from order_sync.keys import marker_line, with_marker
from order_sync.sync.steps.plan_orders import Services, plan_orders
from tests.shop.counter import ShopCounter, moment, refusal

ANN = {"name": "Ann Lee", "email": "ann@example.com"}
NEW = {"name": "Annie Lee-Ray", "email": "annie@example.com"}
BY_ID = {"criteria": [{"source": "Contact id", "destination": "Notes marker"}]}
UPDATE, LIST, GET = "quickbooks update Customer", "infusionsoft list orders", "infusionsoft get contact"
FIRST, SECOND = "5001", "5002"
"""The contacts of the orders 1 and 2."""


def merge(counter: ShopCounter, *orders: int, former: str = FIRST, into: str = SECOND, day: int | None = None) -> None:
    """Somebody merges two contacts in Infusionsoft; whether its orders are modified by that (on a day) is not known."""
    give(counter, *orders, into=into, day=day)
    counter.sandbox.delete(f"/_sandbox/infusionsoft/contact/{former}")


def give(counter: ShopCounter, *orders: int, into: str, day: int | None = None) -> None:
    """These orders are another contact's."""
    for number in orders:
        order = counter.account.find(number)
        changed = {"modification_time": moment(day).isoformat()} if day is not None else {}
        counter.account.put("order", {**order, **changed, "contact": {**order["contact"], "id": into}})


def whose(counter: ShopCounter) -> dict[str, str]:
    """The customer of each document, by its number."""
    return {one["DocNumber"]: one["CustomerRef"]["value"] for one in counter.records("SalesReceipt")}


def customer(counter: ShopCounter) -> dict[str, Any]:
    """The one customer in the books beside Ada Lovelace."""
    [found] = [one for one in counter.records("Customer") if one["Id"] != counter.ada]
    return dict(found)


def first_order(counter: ShopCounter, **customers: Any) -> str:
    """Ann Lee's order, recorded; gives her customer."""
    counter.set(customers={**BY_ID, **customers})
    counter.sell(1, **ANN)
    counter.pay(1)
    counter.run(0)
    return whose(counter)["IS-1"]


def second_order(counter: ShopCounter, day: int = 3) -> None:
    """An order of the second contact."""
    counter.sell(2, day=day, **NEW)
    counter.pay(2, day=day)


@pytest.mark.parametrize("write_mode", ["single", "batch"])
@pytest.mark.parametrize("touched", [None, 1, 3])
def test_c8_the_customer_is_the_same_and_its_marker_says_so(
    counter: ShopCounter, write_mode: str, touched: int | None
) -> None:
    ann = first_order(counter, create={"notes": "Came with order {order_id}.\nLikes tea"})
    counter.set(customers=BY_ID, write_mode=write_mode)
    second_order(counter)
    merge(counter, 1, day=touched)
    if touched == 1:
        counter.run(1)
    counter.run(3)
    assert whose(counter) == {"IS-1": ann, "IS-2": ann}
    assert counter.state(2) == "posted"
    assert customer(counter)["Notes"] == f"Came with order 1.\nLikes tea\nInfusionsoft customer: {SECOND}"
    [matched] = [words for words in counter.history(2) if "one customer has this key" in words]
    assert f"Contact {FIRST} was merged into contact {SECOND} in Infusionsoft." in matched
    assert any("notes marker" in words for words in counter.history(2))
    counter.sell(4, day=4, **NEW)
    give(counter, 4, into=SECOND)
    counter.pay(4, day=4)
    calls = counter.calls(LIST).total(), counter.calls(UPDATE)
    counter.run(4)
    assert whose(counter)["IS-4"] == ann
    assert counter.calls(UPDATE) == calls[1], "once"


@pytest.mark.parametrize("customers", [BY_ID, {}], ids=["by contact id", "by name"])
def test_c8_a_recorded_order_is_not_told_as_changed_by_the_merge(
    counter: ShopCounter, customers: dict[str, Any]
) -> None:
    first_order(counter)
    counter.set(customers=customers)
    second_order(counter)
    merge(counter, 1, day=3)
    order = counter.account.find(1)
    counter.account.put("order", {**order, "contact": {**order["contact"], "email": NEW["email"]}})
    counter.run(3)
    assert counter.state(1) == "posted"
    counter.run(3)
    assert counter.state(1) == "posted"
    counter.change(1, day=4, total="90.00")
    counter.run(4)
    assert counter.state(1) == "posted with warnings CHANGED"


def test_c8_an_order_that_somebody_gave_to_another_contact_is_told_as_changed(counter: ShopCounter) -> None:
    first_order(counter)
    second_order(counter)
    give(counter, 1, into=SECOND, day=3)
    counter.run(3)
    assert counter.state(1) == "posted with warnings CHANGED"


def test_c8_a_contact_that_is_still_there_is_nobody_else(counter: ShopCounter) -> None:
    ann = first_order(counter)
    second_order(counter)
    give(counter, 1, into=SECOND, day=3)
    counter.run(3)
    assert whose(counter)["IS-2"] != ann
    assert len(counter.records("Customer")) == 3


def test_c8_an_id_that_leads_to_the_survivor_tells_it_too(counter: ShopCounter) -> None:
    ann = first_order(counter)
    second_order(counter)
    give(counter, 1, into=SECOND)
    [survivor] = [one for one in counter.account.all("contact") if one["id"] == SECOND]
    counter.fail(GET, "fault", status=200, body=json.dumps(survivor))
    counter.run(3)
    assert whose(counter) == {"IS-1": ann, "IS-2": ann}


def test_c8_a_plan_finds_the_same_customer_and_keeps_nothing(counter: ShopCounter) -> None:
    ann = first_order(counter)
    second_order(counter)
    merge(counter, 1)
    services = Services(quickbooks=counter.quickbooks, infusionsoft=counter.infusionsoft)
    interval = moment(3) - timedelta(hours=12), moment(3) + timedelta(hours=12)
    plan = plan_orders(counter.engine, counter.store, "plan", interval, services, is_backfill=True)
    [receipt] = [one for one in plan.rows if one.entity == "SalesReceipt"]
    assert json.loads(receipt.body or "")["CustomerRef"]["value"] == ann
    assert merged_contacts(counter.engine, counter.store.name) == {}
    assert counter.calls(UPDATE) == {}


def test_c8_merged_once_more(counter: ShopCounter) -> None:
    ann = first_order(counter)
    second_order(counter)
    merge(counter, 1)
    counter.run(3)
    counter.sell(3, day=5, **NEW)
    counter.pay(3, day=5)
    merge(counter, 1, 2, former=SECOND, into="5003")
    counter.run(5)
    assert whose(counter) == dict.fromkeys(("IS-1", "IS-2", "IS-3"), ann)
    assert customer(counter)["Notes"] == "Infusionsoft customer: 5003"


def test_c8_merged_there_and_back(counter: ShopCounter) -> None:
    ann = first_order(counter)
    second_order(counter)
    merge(counter, 1)
    counter.run(3)
    [survivor] = [one for one in counter.account.all("contact") if one["id"] == SECOND]
    counter.account.put("contact", {**survivor, "id": FIRST})
    counter.sell(3, day=5, **NEW)
    counter.pay(3, day=5)
    merge(counter, 1, 2, 3, former=SECOND, into=FIRST, day=5)
    counter.run(5)
    assert whose(counter) == dict.fromkeys(("IS-1", "IS-2", "IS-3"), ann)
    assert customer(counter)["Notes"] == f"Infusionsoft customer: {FIRST}"
    assert set(counter.states().values()) == {"posted"}, "nobody is told that an order was changed"


def test_c8_a_name_with_the_contacts_id_is_found_by_the_former_one(counter: ShopCounter) -> None:
    names = {"criteria": [{"source": "{last}, {first} - {contact_id}", "destination": "DisplayName"}]}
    counter.set(customers=names)
    counter.sell(1, **ANN)
    counter.pay(1)
    counter.run(0)
    counter.sell(2, day=3, **ANN)
    counter.pay(2, day=3)
    merge(counter, 1)
    counter.run(3)
    assert len(set(whose(counter).values())) == 1


def test_c8_a_namesake_does_not_come_before_the_customer_that_it_is(counter: ShopCounter) -> None:
    counter.add("Customer", DisplayName=NEW["name"])
    ann = first_order(counter, criteria=[*BY_ID["criteria"], {"source": "First Last", "destination": "DisplayName"}])
    second_order(counter)
    merge(counter, 1)
    counter.run(3)
    assert whose(counter)["IS-2"] == ann


@pytest.mark.parametrize("fault", ["refused", "lost", "not now"])
def test_c8_a_marker_that_cannot_be_changed_is_a_warning_and_made_up(counter: ShopCounter, fault: str) -> None:
    ann = first_order(counter)
    second_order(counter)
    merge(counter, 1)
    what = {"refused": refusal("2010", "Odd"), "lost": {"what": "drop_after"}, "not now": {"what": "503"}}[fault]
    counter.fail(UPDATE, **what)
    counter.run(3)
    assert (whose(counter)["IS-2"], counter.state(2)) == (ann, "posted with warnings")
    assert any("was not brought up to date" in words for words in counter.history(2))
    counter.sell(3, day=4, **NEW)
    give(counter, 3, into=SECOND)
    counter.pay(3, day=4)
    counter.run(4)
    assert (whose(counter)["IS-3"], counter.state(3)) == (ann, "posted")
    assert customer(counter)["Notes"] == f"Infusionsoft customer: {SECOND}"


def test_c8_somebody_who_changed_the_notes_meanwhile_keeps_them(counter: ShopCounter) -> None:
    ann = first_order(counter)
    second_order(counter)
    merge(counter, 1)
    run = counter.match(3)
    known = counter.quickbooks.read("Customer", ann)
    counter.quickbooks.change("Customer", known, {"Notes": f"{known['Notes']}\nCall first"})
    counter.create_customers(run)
    assert customer(counter)["Notes"] == f"Infusionsoft customer: {SECOND}\nCall first"


def test_c8_a_new_contact_costs_one_question_and_a_known_one_none(counter: ShopCounter) -> None:
    first_order(counter)
    second_order(counter)
    merge(counter, 1)
    counter.run(3)
    asked, gone = counter.calls(LIST).total(), counter.calls(GET).total()
    counter.run(4)
    quiet = counter.calls(LIST).total() - asked
    counter.sell(3, day=5, **NEW)
    give(counter, 3, into=SECOND)
    counter.pay(3, day=5)
    counter.run(5)
    assert counter.calls(LIST).total() - asked == 2 * quiet
    assert counter.calls(GET).total() == gone


def test_where_no_criterion_compares_contacts_nobody_is_asked(counter: ShopCounter) -> None:
    asked = []
    for day in range(3):
        if day != 1:
            counter.sell(day + 1, day=day, **ANN)
            counter.pay(day + 1, day=day)
        before = counter.calls(LIST).total()
        counter.run(day)
        asked.append(counter.calls(LIST).total() - before)
    assert len(set(asked)) == 1, "as many on a day with a new contact as on a quiet one"


@given(st.lists(st.sampled_from(["Likes tea", "", "Infusionsoft customer: 8", "Infusionsoft customer: 77 "])))
def test_a_marker_is_exchanged_and_all_else_stays(lines: list[str]) -> None:
    notes = "\n".join(lines)
    changed = with_marker(notes, "77", "88")
    others = [one for one in lines if one.strip() != marker_line("77")]
    assert [one for one in changed.split("\n") if one and one != marker_line("88")] == [one for one in others if one]
    assert changed == notes or len(others) < len(lines)
    assert marker_line("77") not in [one.strip() for one in changed.split("\n")]
    assert changed.count(marker_line("88")) == (1 if len(others) < len(lines) else 0)
    assert with_marker(changed, "77", "88") == changed
