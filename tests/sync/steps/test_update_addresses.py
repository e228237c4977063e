"""Addresses of customers: what counts as another address, and, through the sandbox, what is sent and what a refusal means."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from order_sync.database.cache import cached_customers, save_customers, save_entries
from order_sync.database.history import warned_orders
from order_sync.database.leases import Lease
from order_sync.database.runs import Run
from order_sync.errors import LeaseLost
from order_sync.infusionsoft.records import Address, Shipping
from order_sync.quickbooks.client import QuickBooks
from order_sync.sync.addresses.customers import address_changes, physical_address
from order_sync.sync.orders.snapshot import Snapshot
from order_sync.sync.steps.update_addresses import update_addresses
from tests.shop import records, runs, services, stores
from tests.shop.records import PHOENIX, TUCSON
from tests.shop.services import REALM_ID

BOTH = "Billing and Shipping with Billing and Shipping"
BILLING = {
    "Line1": "1 Main St",
    "City": "Phoenix",
    "CountrySubDivisionCode": "AZ",
    "PostalCode": "85001",
    "Country": "USA",
}
SHIPPING = {
    "Line1": "9 Oak Ave",
    "Line2": "Unit 4",
    "City": "Tucson",
    "CountrySubDivisionCode": "AZ",
    "PostalCode": "85701",
    "Country": "USA",
}


def test_an_address_as_quickbooks_holds_it():
    assert physical_address(PHOENIX) == BILLING
    assert physical_address(TUCSON) == SHIPPING
    assert physical_address(Address(country="Chad")) == {"Country": "Chad"}
    assert physical_address(Address()) == {}


def test_an_address_is_cut_to_what_quickbooks_takes():
    long = "é" * 600
    found = physical_address(Address(long, long, long, long, long, None, long))
    assert {name: len(text) for name, text in found.items()} == {
        "Line1": 500,
        "Line2": 500,
        "City": 255,
        "CountrySubDivisionCode": 255,
        "PostalCode": 30,
        "Country": 255,
    }


@pytest.mark.parametrize(
    ("customer", "changes"),
    [
        ({"BillAddr": BILLING, "ShipAddr": SHIPPING}, {}),
        ({"BillAddr": {"Id": "5", **BILLING}, "ShipAddr": {**SHIPPING, "Line1": " 9  OAK ave"}}, {}),
        ({"BillAddr": BILLING}, {"ShipAddr": SHIPPING}),
        ({}, {"BillAddr": BILLING, "ShipAddr": SHIPPING}),
        ({"BillAddr": None, "ShipAddr": SHIPPING}, {"BillAddr": BILLING}),
        (
            {"BillAddr": {"Id": "5", **BILLING, "Line1": "2 Main St"}, "ShipAddr": SHIPPING},
            {"BillAddr": {"Id": "5", **BILLING}},
        ),
        (
            {"BillAddr": {**BILLING, "Line2": "Suite 1", "Line4": "Gate B"}, "ShipAddr": SHIPPING},
            {"BillAddr": {**BILLING, "Line2": "", "Line4": ""}},
        ),
        ({"BillAddr": {**BILLING, "Lat": "33.4"}, "ShipAddr": SHIPPING}, {}),
        ({"BillAddr": {**BILLING, "Country": "US"}, "ShipAddr": {**SHIPPING, "Country": "United States"}}, {}),
        (
            {"BillAddr": {**BILLING, "Line1": "2 Main St", "Country": "United States"}, "ShipAddr": SHIPPING},
            {"BillAddr": {**BILLING, "Country": "United States"}},
        ),
        (
            {"BillAddr": {**BILLING, "Country": "Mexico"}, "ShipAddr": SHIPPING},
            {"BillAddr": BILLING},
        ),
        (
            {"BillAddr": {"Id": "5", **BILLING}, "ShipAddr": {"Id": "5", **BILLING}},
            {"ShipAddr": SHIPPING},
        ),
    ],
)
def test_what_is_sent_is_what_differs(customer, changes):
    assert address_changes(records.snapshot(), customer, BOTH) == changes


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        ("off", {}),
        ("Billing with Billing", {"BillAddr": BILLING}),
        ("Shipping with Shipping", {"ShipAddr": SHIPPING}),
        (BOTH, {"BillAddr": BILLING, "ShipAddr": SHIPPING}),
    ],
)
def test_the_rule_says_which_addresses_follow(rule, changes):
    assert address_changes(records.snapshot(), {}, rule) == changes


def test_an_address_that_was_cut_is_not_sent_again():
    long = replace(PHOENIX, line1="Line one " * 100)
    snapshot = records.snapshot(by=records.contact(billing=long, shipping=Address()))
    assert address_changes(snapshot, {"BillAddr": physical_address(long)}, BOTH) == {}


@pytest.mark.parametrize(
    "nothing",
    [Address(), Address(country_code="USA"), Address(region="AZ"), Address(locality="Mesa"), Address(postal_code="1")],
)
def test_an_empty_address_replaces_nothing(nothing):
    by = records.contact(billing=nothing, shipping=nothing)
    assert address_changes(records.snapshot(by=by), {"BillAddr": BILLING, "ShipAddr": SHIPPING}, BOTH) == {}


def test_an_order_whose_contact_is_gone_changes_no_billing_address():
    assert address_changes(Snapshot(records.order(), None, ()), {"BillAddr": BILLING}, BOTH) == {}
    own = records.order(shipping=Shipping(address=TUCSON))
    assert address_changes(Snapshot(own, None, ()), {"BillAddr": BILLING}, BOTH) == {"ShipAddr": SHIPPING}


def test_an_order_is_shipped_to_its_own_address():
    own = records.order(shipping=Shipping(address=Address(line1="5 Elm Rd")))
    assert address_changes(records.snapshot(own), {"BillAddr": BILLING}, BOTH) == {"ShipAddr": {"Line1": "5 Elm Rd"}}


# Through the sandbox.


@pytest.fixture
def client(sandbox, vault) -> Iterator[QuickBooks]:
    with services.quickbooks(sandbox, vault) as opened:
        yield opened


def customer(client, engine, name: str = "Ann Lee", **more: Any) -> dict[str, Any]:
    record = client.create("Customer", {"DisplayName": name, **more}, request_id=f"create {name}")
    save_customers(engine, REALM_ID, [record])
    return record


def matched(
    engine, run, customer_id: str | None, snapshot: Snapshot, status: str = "matched", outcome: str = "matched"
) -> None:
    runs.decided(engine, run, snapshot, outcome, customer_id, status)


@pytest.fixture
def update(engine, client, sandbox, vault) -> Iterator[Callable[..., dict[str, int]]]:
    """Runs the step; the rest as `stores.settings` takes it."""
    with services.infusionsoft(sandbox, vault) as store:

        def step(run: Run, **settings: Any) -> dict[str, int]:
            lease = Lease(f"company {REALM_ID}", 1, 600)
            return dict(
                update_addresses(runs.recording(engine, run, stores.settings(**settings), client, lease), store)
            )

        yield step


def in_quickbooks(sandbox, record: dict[str, Any]) -> tuple[Any, Any, str]:
    [found] = [one for one in sandbox.get("/_sandbox/quickbooks/Customer") if one["Id"] == record["Id"]]
    addresses = [
        {name: text for name, text in found.get(field, {}).items() if name != "Id"}
        for field in ("BillAddr", "ShipAddr")
    ]
    return (*addresses, found["SyncToken"])


def arrived(sandbox) -> int:
    return sum(sandbox.get("/_sandbox/calls").get("quickbooks update Customer", {}).values())


def test_both_addresses_are_brought_up_to_date(sandbox, client, engine, update):
    run, ann = runs.begun(engine), customer(client, engine, BillAddr={"Line1": "Old"}, Notes="regular")
    matched(engine, run, ann["Id"], records.snapshot())

    assert update(run) == {"updated": 1}

    assert in_quickbooks(sandbox, ann) == (BILLING, SHIPPING, "1")
    assert client.read("Customer", ann["Id"])["Notes"] == "regular"
    assert cached_customers(engine, REALM_ID, [ann["Id"]])[ann["Id"]]["SyncToken"] == "1"
    [event] = runs.addressed(engine, "1001")
    assert (event.event, event.level) == ("address", "info")
    assert event.message.startswith("Billing address and Shipping address of customer")

    assert update(run) == {"unchanged": 1}
    assert arrived(sandbox) == 1


def test_the_newest_order_of_a_customer_counts(sandbox, client, engine, update):
    run, ann = runs.begun(engine), customer(client, engine)
    for id, hours, line in (("1", 1, "first"), ("2", 5, "newest"), ("3", 3, "between")):
        order = records.order(id=id, ordered_at=records.NOON + timedelta(hours=hours))
        person = records.contact(billing=replace(PHOENIX, line1=line))
        matched(engine, run, ann["Id"], records.snapshot(order, person))

    assert update(run) == {"updated": 1}
    assert in_quickbooks(sandbox, ann)[0]["Line1"] == "newest"
    assert [len(runs.addressed(engine, id)) for id in ("1", "2", "3")] == [0, 1, 0]


def test_only_orders_that_will_be_recorded_count(sandbox, client, engine, update):
    run, ann = runs.begun(engine), customer(client, engine)
    for id, status in (("1", "held"), ("2", "waiting"), ("3", "posted")):
        matched(engine, run, ann["Id"], records.snapshot(records.order(id=id)), status)
    matched(engine, run, None, records.snapshot(records.order(id="4")))

    assert update(run) == {}
    assert arrived(sandbox) == 0


def test_it_can_be_switched_off(sandbox, client, engine, update):
    run, ann = runs.begun(engine), customer(client, engine)
    matched(engine, run, ann["Id"], records.snapshot())

    assert update(run, customers={"update_addresses": "off"}) == {}
    assert arrived(sandbox) == 0


@pytest.mark.parametrize(
    ("rule", "billing", "shipping"),
    [
        ("off", {"Line1": "Old"}, {}),
        ("Billing with Billing", BILLING, {}),
        ("Shipping with Shipping", {"Line1": "Old"}, SHIPPING),
        (BOTH, BILLING, SHIPPING),
    ],
)
def test_each_rule_in_the_books(sandbox, client, engine, update, rule, billing, shipping):
    run, ann = runs.begun(engine), customer(client, engine, BillAddr={"Line1": "Old"})
    matched(engine, run, ann["Id"], records.snapshot())

    update(run, customers={"update_addresses": rule})

    assert in_quickbooks(sandbox, ann)[:2] == (billing, shipping)


@pytest.mark.parametrize(
    ("outcome", "counts"),
    [
        ("matched", {"updated": 1}),
        ("reactivate", {"updated": 1}),
        ("create", {"updated": 1}),
        ("standard", {}),
        ("default", {}),
    ],
)
def test_the_standard_and_the_default_customer_follow_no_order(sandbox, client, engine, update, outcome, counts):
    run, ann = runs.begun(engine), customer(client, engine)
    matched(engine, run, ann["Id"], records.snapshot(), outcome=outcome)

    assert update(run) == counts
    assert arrived(sandbox) == sum(counts.values())


@pytest.mark.parametrize("setting", ["standard_customer", "default_customer"])
def test_they_follow_none_that_was_matched_with_them_either(sandbox, client, engine, update, setting):
    run, ann = runs.begun(engine), customer(client, engine)
    matched(engine, run, ann["Id"], records.snapshot())

    assert update(run, customers={setting: "Ann Lee"}) == {}
    assert arrived(sandbox) == 0


def test_nothing_of_the_former_address_remains(sandbox, client, engine, update):
    former = {"Line1": "Ann Lee", "Line2": "7 Elm Rd", "Line3": "Gate B", "PostalCode": "99999", "Country": "Canada"}
    run, ann = runs.begun(engine), customer(client, engine, BillAddr=former)
    by = records.contact(billing=Address(line1="1 Main St", locality="Phoenix"))
    matched(engine, run, ann["Id"], records.snapshot(by=by))

    assert update(run) == {"updated": 1}
    assert in_quickbooks(sandbox, ann)[0] == {"Line1": "1 Main St", "City": "Phoenix"}


def test_what_was_shortened_is_a_warning_once(sandbox, client, engine, update):
    run, ann = runs.begun(engine), customer(client, engine)
    by = records.contact(billing=replace(PHOENIX, line1="x" * 501, postal_code="1" * 31))
    matched(engine, run, ann["Id"], records.snapshot(by=by))

    assert update(run) == {"updated": 1}
    billing = in_quickbooks(sandbox, ann)[0]
    assert (len(billing["Line1"]), len(billing["PostalCode"])) == (500, 30)
    warned, told = runs.addressed(engine, "1001")
    assert (warned.level, warned.code, told.level) == ("warning", "ADDRESS_SHORTENED", "info")
    assert "first line, postal code shortened" in warned.message
    assert "xxx" not in warned.message
    assert warned_orders(engine, "demo", run.run_key, ["1001"]) == {"1001"}

    assert update(run) == {"unchanged": 1}
    assert len(runs.addressed(engine, "1001")) == 2


def test_a_customer_that_somebody_brought_up_to_date_meanwhile_is_left_as_it_is(sandbox, client, engine, update):
    run, ann = runs.begun(engine), customer(client, engine)
    matched(engine, run, ann["Id"], records.snapshot())
    body = {"Id": ann["Id"], "SyncToken": "0", "sparse": True, "BillAddr": BILLING, "ShipAddr": SHIPPING}
    client.update("Customer", body, request_id="somebody")

    assert update(run) == {"unchanged": 1}
    assert in_quickbooks(sandbox, ann) == (BILLING, SHIPPING, "1")
    assert runs.addressed(engine, "1001") == []


def test_a_customer_that_somebody_changed_meanwhile_is_read_again(sandbox, client, engine, update):
    run, ann = runs.begun(engine), customer(client, engine)
    matched(engine, run, ann["Id"], records.snapshot())
    body = {"Id": ann["Id"], "SyncToken": "0", "sparse": True, "Notes": "regular", "BillAddr": BILLING}
    client.update("Customer", body, request_id="somebody")

    assert update(run) == {"updated": 1}

    assert in_quickbooks(sandbox, ann) == (BILLING, SHIPPING, "2")
    assert client.read("Customer", ann["Id"])["Notes"] == "regular"


def test_a_refusal_is_a_warning_and_the_others_go_on(sandbox, client, engine, update):
    run = runs.begun(engine)
    ann, bob = customer(client, engine), customer(client, engine, "Bob Roy")
    matched(engine, run, ann["Id"], records.snapshot(records.order(id="1")))
    matched(engine, run, bob["Id"], records.snapshot(records.order(id="2")))
    refusal = (
        '{"Fault": {"type": "ValidationFault", "Error": [{"Message": "No", "Detail": "Not today", "code": "6000"}]}}'
    )
    fault = {"kind": "quickbooks update Customer", "next": 1, "what": "fault", "status": 400, "body": refusal}
    sandbox.post("/_sandbox/faults", fault)

    assert update(run) == {"failed": 1, "updated": 1}

    histories = {id: runs.addressed(engine, id)[0] for id in ("1", "2")}
    [warned] = [event for event in histories.values() if event.level == "warning"]
    assert (warned.event, warned.code) == ("address", "6000")
    assert "Not today" in warned.message


WITHOUT_COUNTRY = {name: text for name, text in BILLING.items() if name != "Country"}


@pytest.mark.parametrize(
    "there",
    [
        WITHOUT_COUNTRY,
        {**WITHOUT_COUNTRY, "CountrySubDivisionCode": "Arizona"},
        {**BILLING, "Line1": "1 Main Street", "Country": "U.S.A."},
    ],
)
def test_c23_an_address_that_is_only_written_otherwise_is_not_written_again(sandbox, client, engine, update, there):
    run, ann = runs.begun(engine), customer(client, engine, BillAddr=there)
    matched(engine, run, ann["Id"], records.snapshot())

    assert update(run, customers={"update_addresses": "Billing with Billing"}) == {"unchanged": 1}
    assert (in_quickbooks(sandbox, ann)[0], arrived(sandbox)) == (there, 0)


def test_c23_an_order_without_a_country_changes_none(sandbox, client, engine, update):
    run, ann = runs.begun(engine), customer(client, engine, BillAddr=BILLING)
    by = records.contact(billing=replace(PHOENIX, country=None, country_code=None))
    matched(engine, run, ann["Id"], records.snapshot(by=by))

    assert update(run, customers={"update_addresses": "Billing with Billing"}) == {"unchanged": 1}
    assert arrived(sandbox) == 0


def test_c23_outside_the_home_country_an_address_without_one_gets_it(sandbox, client, engine, update):
    save_entries(engine, REALM_ID, "CompanyInfo", [{"Id": "1", "Country": "CA"}])
    run, ann = runs.begun(engine), customer(client, engine, BillAddr=WITHOUT_COUNTRY)
    matched(engine, run, ann["Id"], records.snapshot())

    assert update(run, customers={"update_addresses": "Billing with Billing"}) == {"updated": 1}
    assert in_quickbooks(sandbox, ann)[0] == BILLING


ABOVE = {**BILLING, "Line1": "Attn: Accounts Payable", "Line2": "1 Main St"}
COMPANY = {**BILLING, "Line1": "Lee & Daughters", "Line2": "c/o Bob Roy", "Line3": "1 Main Street"}
LINES_ALONE = {"Line1": "Ann Lee", "Line2": "1 Main St", "Line3": "Phoenix, AZ 85001"}


@pytest.mark.parametrize("there", [ABOVE, COMPANY, LINES_ALONE, {**LINES_ALONE, "Line4": "USA", "Country": "USA"}])
@pytest.mark.parametrize("rule", ["Billing with Billing", "Shipping with Shipping", BOTH])
def test_c23_what_the_accountant_wrote_around_the_street_stays(sandbox, client, engine, update, there, rule):
    run, ann = runs.begun(engine), customer(client, engine, BillAddr=there, ShipAddr=there)
    same, moved = records.contact(billing=PHOENIX, shipping=PHOENIX), replace(PHOENIX, line1="2 Main St")
    matched(engine, run, ann["Id"], records.snapshot(by=same))

    assert update(run, customers={"update_addresses": rule}) == {"unchanged": 1}
    assert (*in_quickbooks(sandbox, ann), arrived(sandbox)) == (there, there, "0", 0)

    by = records.contact(billing=moved, shipping=moved)
    matched(engine, run, ann["Id"], records.snapshot(records.order(id="2", ordered_at=records.NOON + timedelta(1)), by))
    assert update(run, customers={"update_addresses": rule}) == {"updated": 1}
    now = {**BILLING, "Line1": "2 Main St"}
    billing, shipping = in_quickbooks(sandbox, ann)[:2]
    assert billing == (there if rule == "Shipping with Shipping" else now)
    assert shipping == (there if rule == "Billing with Billing" else now)


def test_c23_what_it_lacked_is_added_and_its_lines_stay(sandbox, client, engine, update):
    there = {name: text for name, text in COMPANY.items() if name != "PostalCode"}
    run, ann = runs.begun(engine), customer(client, engine, BillAddr=there)
    matched(engine, run, ann["Id"], records.snapshot())

    assert update(run, customers={"update_addresses": "Billing with Billing"}) == {"updated": 1}
    assert in_quickbooks(sandbox, ann)[0] == COMPANY


@pytest.mark.parametrize(
    ("code", "name", "there"),
    [("ESP", "Spain", "España"), ("DEU", "Germany", "DE"), ("CHE", "Switzerland", "Schweiz"), (None, "Spanien", "ESP")],
)
def test_c23_a_country_in_the_accountant_s_language_stays(sandbox, client, engine, update, code, name, there):
    run, ann = runs.begun(engine), customer(client, engine, BillAddr={**BILLING, "Country": there})
    home = replace(PHOENIX, country_code=code, country=name)
    matched(engine, run, ann["Id"], records.snapshot(by=records.contact(billing=home)))

    assert update(run, customers={"update_addresses": "Billing with Billing"}) == {"unchanged": 1}
    assert arrived(sandbox) == 0


@pytest.mark.parametrize("home", ["GB", "CA", "AU", "USA"])
def test_c23_an_address_without_a_country_is_in_the_company_s(sandbox, client, engine, update, home):
    save_entries(engine, REALM_ID, "CompanyInfo", [{"Id": "1", "Country": home}])
    there = {"Line1": "1 High St", "City": "Perth", "PostalCode": "6000"}
    run, ann = runs.begun(engine), customer(client, engine, BillAddr=there)
    place = Address("1 High Street", None, "Perth", None, "6000")
    matched(engine, run, ann["Id"], records.snapshot(by=records.contact(billing=replace(place, country_code="AUS"))))
    assert update(run, customers={"update_addresses": "Billing with Billing"}) == (
        {"unchanged": 1} if home == "AU" else {"updated": 1}
    )
    now = there if home == "AU" else {**there, "Country": "AUS"}
    assert in_quickbooks(sandbox, ann)[0] == now

    order = records.order(id="2", ordered_at=records.NOON + timedelta(1))
    matched(engine, run, ann["Id"], records.snapshot(order, records.contact(billing=place)))
    assert update(run, customers={"update_addresses": "Billing with Billing"}) == {"unchanged": 1}
    assert in_quickbooks(sandbox, ann)[0] == now


def test_c23_one_address_for_both_is_not_split_for_a_line_above_the_street():
    both = {"BillAddr": {**ABOVE, "Id": "5"}, "ShipAddr": {**ABOVE, "Id": "5"}}
    assert address_changes(records.snapshot(by=records.contact(shipping=PHOENIX)), both, BOTH, "US") == {}
    assert address_changes(records.snapshot(by=records.contact(shipping=TUCSON)), both, BOTH) == {"ShipAddr": SHIPPING}


def test_c23_a_new_street_leaves_region_and_country_as_they_are_written(sandbox, client, engine, update):
    there = {**BILLING, "Line1": "7 Elm Rd", "CountrySubDivisionCode": "Arizona", "Country": "United States"}
    run, ann = runs.begun(engine), customer(client, engine, BillAddr=there)
    matched(engine, run, ann["Id"], records.snapshot())

    assert update(run, customers={"update_addresses": "Billing with Billing"}) == {"updated": 1}
    assert in_quickbooks(sandbox, ann)[0] == {**there, "Line1": BILLING["Line1"]}


def test_without_the_lease_nothing_is_sent(sandbox, client, engine, vault):
    run, ann = runs.begun(engine), customer(client, engine)
    matched(engine, run, ann["Id"], records.snapshot())
    lost = Lease(f"company {REALM_ID}", 1, 600)
    lost.lost()

    with services.infusionsoft(sandbox, vault) as store, pytest.raises(LeaseLost):
        update_addresses(runs.recording(engine, run, stores.settings(), client, lost), store)
    assert arrived(sandbox) == 0
