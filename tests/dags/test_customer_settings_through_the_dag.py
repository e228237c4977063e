"""The settings of the Customers tab, each through the Dag and the sandbox: what the books, the contacts and the orders have afterwards."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import Any

import pytest

from tests.shop.till import SYNC, Till, streets

pytestmark = pytest.mark.airflow

CREATE = "quickbooks create Customer"
UPDATE = "quickbooks update Customer"
BILLING, SHIPPING = "Billing with Billing", "Shipping with Shipping"

Before = Callable[[str, Callable[[], object]], None]


@pytest.fixture
def before(bridge: Any, monkeypatch: pytest.MonkeyPatch) -> Before:
    """Lets something happen right before a task of the next runs does its work."""

    def arrange(task_id: str, happens: Callable[[], object]) -> None:
        work = getattr(bridge, task_id)

        def task(*args: Any) -> Any:
            happens()
            return work(*args)

        monkeypatch.setattr(bridge, task_id, task)

    return arrange


def enter_twins(till: Till) -> tuple[str, str]:
    """Two customers of one e-mail address; the older one was changed last. The books' times are whole seconds."""
    older = till.enter("Toni Twin", "twins@example.com")
    younger = till.enter("Toni Younger", "twins@example.com")
    Event().wait(1.1)  # `time.sleep` is cut short where Airflow runs
    till.correct(older, PrimaryPhone={"FreeFormNumber": "555-0100"})
    return older, younger


def enter_maria_and_mo(till: Till) -> tuple[str, str]:
    """A customer whose namesake orders, and one who moved: the orders 3 and 5."""
    maria = till.enter("Al Ng", "al@example.com", bill="old", ship="old")
    mo = till.enter("Mo Moved", "mo@example.com", bill="old", ship="old")
    till.sell(3, "Al Ng", "another@example.com", bill="new", ship="new")
    till.sell(5, "Mo Moved", "mo@example.com", bill="new", ship="old", own="dock")
    return maria, mo


def test_create_makes_each_person_once_with_what_the_settings_give_and_holds_what_is_unclear(
    till: Till, run_dag: Any
) -> None:
    till.set(
        default_customer="Unknown buyer",
        create={"sales_term": "Net 15", "customer_type": "Online", "notes": "Came with order {order_id}"},
    )
    till.enter("Unknown buyer", bill="office")
    till.enter("Ida Asleep", "ida@example.com", Active=False)
    enter_twins(till)
    _, mo = enter_maria_and_mo(till)
    till.sell(1, "Nora New", "nora@example.com", bill="new", ship="dock")
    till.sell(2, "Nora  NEW", "nora@example.com", bill="new", ship="dock")
    till.sell(4, "Ida Asleep", "ida@example.com")
    till.sell(6, bill="new")
    till.sell(7, "Some Body", "twins@example.com")
    run = run_dag(SYNC)
    assert run.state == "success"
    assert till.states() == {
        1: "posted",
        2: "posted",
        3: "held CONTRADICTED",
        4: "held INACTIVE",
        5: "posted",
        6: "posted",
        7: "held AMBIGUOUS",
    }
    assert {number: name.upper() for number, name in till.buyers().items()} == {
        "IS-1": "NORA NEW",
        "IS-2": "NORA NEW",
        "IS-5": "MO MOVED",
        "IS-6": "UNKNOWN BUYER",
    }
    nora = till.customers()[till.order(1).customer_id]
    assert nora["SalesTermRef"]["name"] == "Net 15"
    assert nora["CustomerTypeRef"]["name"] == "Online"
    assert nora["Notes"] == "Came with order 2"
    assert nora["PrimaryEmailAddr"]["Address"] == "nora@example.com"
    assert streets(nora) == ("new", "dock")
    assert streets(till.customers()[mo]) == ("new", "dock")
    assert till.calls(UPDATE) == {"200": 2}, "one change by hand, and of Mo Moved alone"
    assert streets(till.named("Unknown buyer")) == ("office", None)
    assert streets(till.receipts()["IS-6"])[0] == "new"
    assert not till.named("Ida Asleep (deleted)")["Active"]
    decision = till.order(7).decision
    assert [one["name"] for one in decision.candidates] == ["Toni Twin", "Toni Younger"]
    assert "a person must choose" in till.history(7)
    assert "it may be another person" in till.history(3)


def test_standard_stands_in_and_the_softer_policies_take_somebody(till: Till, run_dag: Any) -> None:
    till.set(
        not_found="standard",
        standard_customer="Web sales",
        ambiguous="oldest",
        guard="warn",
        reactivate_inactive=True,
        update_addresses=BILLING,
        update_online_store=True,
    )
    web = till.enter("Web sales", bill="office", ship="office")
    ida = till.enter("Ida Asleep", "ida@example.com", Active=False)
    older, _ = enter_twins(till)
    al, mo = enter_maria_and_mo(till)
    till.sell(1, "Nora New", "nora@example.com", bill="new", ship="dock")
    till.sell(4, "Ida Asleep", "ida@example.com")
    till.sell(7, "Some Body", "twins@example.com")
    assert run_dag(SYNC).state == "success"
    assert till.states() == {1: "posted", 3: "posted with warnings", 4: "posted", 5: "posted", 7: "posted"}
    customers, receipts = till.customers(), till.receipts()
    assert {number: one["CustomerRef"]["value"] for number, one in receipts.items()} == {
        "IS-1": web,
        "IS-3": al,
        "IS-4": ida,
        "IS-5": mo,
        "IS-7": older,
    }
    assert (customers[ida]["Active"], customers[ida]["DisplayName"]) == (True, "Ida Asleep")
    assert "is active again" in till.history(4)
    assert streets(receipts["IS-1"]) == ("new", "dock")
    assert streets(customers[web]) == ("office", "office")
    assert streets(customers[al]) == ("old", "old")
    assert streets(customers[mo]) == ("new", "old")
    assert till.contact(5) == {"BILLING": "9 Ox Way", "SHIPPING": "62 Harbour Dock"}
    assert till.contact(3) == {"BILLING": "9 Ox Way", "SHIPPING": "9 Ox Way"}
    assert till.calls(CREATE) == {}


def test_hold_leaves_who_is_not_found_to_a_person(till: Till, run_dag: Any) -> None:
    till.set(not_found="hold", ambiguous="most recently updated", guard="off", update_addresses=SHIPPING)
    older, _ = enter_twins(till)
    al, mo = enter_maria_and_mo(till)
    till.enter("Nora Newman", "newman@example.com")
    till.sell(1, "Nora Newmann", "nora@example.com")
    till.sell(6, bill="new")
    till.sell(7, "Some Body", "twins@example.com")
    assert run_dag(SYNC).state == "success"
    assert till.states() == {1: "held NOT_FOUND", 3: "posted", 5: "posted", 6: "held NO_DETAILS", 7: "posted"}
    assert {number: one["CustomerRef"]["value"] for number, one in till.receipts().items()} == {
        "IS-3": al,
        "IS-5": mo,
        "IS-7": older,
    }
    assert [one["name"] for one in till.order(1).decision.suggestions] == ["Nora Newman"]
    assert "Nora Newman" in till.history(1)
    customers = till.customers()
    assert streets(customers[mo]) == ("old", "dock")
    assert streets(customers[al]) == ("old", "new")
    assert till.contact(5) == {"BILLING": "9 Ox Way", "SHIPPING": "417 Quarry Bluff Terrace"}
    assert till.calls(CREATE) == {}


def test_always_standard_takes_one_customer_and_its_addresses_for_all_orders(till: Till, run_dag: Any) -> None:
    till.set(always_standard=True, standard_customer="Web sales", standard_addresses="customer")
    till.enter("Web sales", bill="office", ship="dock")
    al, mo = enter_maria_and_mo(till)
    till.sell(6, bill="new")
    assert run_dag(SYNC).state == "success"
    assert till.states() == {3: "posted", 5: "posted", 6: "posted"}
    assert till.buyers() == dict.fromkeys(("IS-3", "IS-5", "IS-6"), "Web sales")
    assert {streets(receipt) for receipt in till.receipts().values()} == {("office", "dock")}
    assert streets(till.named("Web sales")) == ("office", "dock")
    assert [streets(till.customers()[id]) for id in (al, mo)] == [("old", "old")] * 2


def test_the_next_criterion_chooses_and_no_address_moves_where_that_is_off(till: Till, run_dag: Any) -> None:
    till.set(
        criteria=[
            {"source": "Email", "destination": "PrimaryEmailAddr"},
            {"source": "First Last", "destination": "DisplayName"},
        ],
        ambiguous="next criterion",
        update_addresses="off",
    )
    _, younger = enter_twins(till)
    _, mo = enter_maria_and_mo(till)
    till.sell(7, "Some Body", "twins@example.com")
    till.sell(8, "Toni Younger", "twins@example.com")
    assert run_dag(SYNC).state == "success"
    assert till.states() == {3: "held CONTRADICTED", 5: "posted", 7: "held AMBIGUOUS", 8: "posted"}
    assert till.order(8).customer_id == till.receipts()["IS-8"]["CustomerRef"]["value"] == younger
    assert streets(till.receipts()["IS-5"]) == ("new", "dock")
    assert streets(till.customers()[mo]) == ("old", "old")
    assert till.contact(5) == {"BILLING": "9 Ox Way", "SHIPPING": "417 Quarry Bluff Terrace"}


def test_a_taken_name_is_adopted_or_gets_the_suffix(till: Till, run_dag: Any, before: Before) -> None:
    till.set()
    till.sandbox.put("/_sandbox/company", {"keep_inactive_names": True})
    for number, name in enumerate(("Tom Taken", "Olga Other", "Vera Vendor", "Emil Clerk", "Iris Gone"), start=1):
        till.sell(number, name, f"{name.split()[0].lower()}@example.com")
    till.enter("Vera Vendor", entity="Vendor")
    till.enter("Emil Clerk", entity="Employee")
    before("create_customers", lambda: till.enter("Tom Taken", "TOM@example.com"))
    before("create_customers", lambda: till.enter("Olga Other", "somebody@example.com"))
    before("create_customers", lambda: till.enter("Iris Gone", "iris@example.com", Active=False))
    assert run_dag(SYNC).state == "success"
    assert set(till.states().values()) == {"posted"}
    assert till.buyers() == {
        "IS-1": "Tom Taken",
        "IS-2": "Olga Other (Infusionsoft 5002)",
        "IS-3": "Vera Vendor (Infusionsoft 5003)",
        "IS-4": "Emil Clerk (Infusionsoft 5004)",
        "IS-5": "Iris Gone (Infusionsoft 5005)",
    }
    assert "was found again" in till.history(1)
    assert till.named("Tom Taken")["PrimaryEmailAddr"] == {"Address": "TOM@example.com"}
    assert till.named("Olga Other")["PrimaryEmailAddr"] == {"Address": "somebody@example.com"}
    assert not till.named("Iris Gone")["Active"]
    assert len(till.customers()) == 7


def test_a_name_that_an_inactive_customer_has_is_made_active_if_it_is_the_person(
    till: Till, run_dag: Any, before: Before
) -> None:
    till.set(reactivate_inactive=True)
    till.sandbox.put("/_sandbox/company", {"keep_inactive_names": True})
    till.sell(1, "Iris Gone", "iris@example.com")
    till.sell(2, "Irma Gone", "irma@example.com")
    before("create_customers", lambda: till.enter("Iris Gone", "iris@example.com", Active=False))
    before("create_customers", lambda: till.enter("Irma Gone", "somebody@example.com", Active=False))
    assert run_dag(SYNC).state == "success"
    assert till.states() == {1: "posted", 2: "posted"}
    assert till.buyers() == {"IS-1": "Iris Gone", "IS-2": "Irma Gone (Infusionsoft 5002)"}
    assert till.named("Iris Gone")["Active"]
    assert not till.named("Irma Gone")["Active"]
    assert "is active again" in till.history(1)
    assert len(till.customers()) == 3
