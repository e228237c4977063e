"""The contact's shipping address in Infusionsoft, through the sandbox: what is sent, what stays, and what a refusal means."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from order_sync.database.history import warned_orders
from order_sync.database.leases import Lease
from order_sync.database.runs import Run
from order_sync.errors import LeaseLost
from order_sync.infusionsoft.records import Address, Contact, Order, Shipping
from order_sync.sync.orders.snapshot import Snapshot
from order_sync.sync.steps.update_addresses import update_addresses
from tests.shop import records, runs, services, stores
from tests.shop.records import PHOENIX, TUCSON
from tests.shop.services import REALM_ID

ON = {"update_addresses": "off", "update_online_store": True}
ELM = Address("5 Elm Rd", None, "Mesa", "AZ", "85201", "USA", "United States", "US-AZ")
KEPT = [
    {"field": "BILLING", "line1": "1 Main St", "region_code": "US-AZ", "zip_code": "85001", "zip_four": "1234"},
    {"field": "OTHER", "line1": "3 Side St", "region": "Bavaria", "country": "Germany", "country_code": "DEU"},
]
THERE = {
    "field": "SHIPPING",
    "line1": "9 Oak Ave",
    "line2": "Unit 4",
    "locality": "Tucson",
    "region_code": "US-AZ",
    "postal_code": "85701",
    "country_code": "USA",
}
SENT = {**THERE, "line1": "5 Elm Rd", "line2": None, "locality": "Mesa", "postal_code": "85201"}


@pytest.fixture
def run(engine) -> Run:
    return runs.begun(engine)


@pytest.fixture
def update(engine, sandbox, vault, run) -> Iterator[Callable[..., dict[str, int]]]:
    """Runs the step under the settings of the Customers tab."""
    with services.quickbooks(sandbox, vault) as quickbooks, services.infusionsoft(sandbox, vault) as infusionsoft:

        def step(lease: Lease | None = None, **customers: Any) -> dict[str, int]:
            held = lease or Lease(f"company {REALM_ID}", 1, 600)
            settings = stores.settings(customers=customers or ON)
            return dict(update_addresses(runs.recording(engine, run, settings, quickbooks, held), infusionsoft))

        yield step


def put_contact(sandbox, id: str = "77") -> None:
    record = {"id": id, "given_name": "Ann", "addresses": [*KEPT, THERE]}
    sandbox.put("/_sandbox/infusionsoft/contact", record)


def addresses_of(sandbox, id: str = "77") -> Any:
    return next(one for one in sandbox.get("/_sandbox/infusionsoft/contact") if one["id"] == id)["addresses"]


def shipped_to(address: Address, **changes: Any) -> Order:
    return records.order(**{"shipping": Shipping(address=address), **changes})


def sold(engine, run, order: Order, by: Contact | None, outcome: str = "matched", status: str = "matched") -> None:
    runs.decided(engine, run, Snapshot(order, by, ()), outcome, "1", status)


def calls(sandbox) -> dict[str, int]:
    kinds = sandbox.get("/_sandbox/calls")
    return {kind: sum(kinds[kind].values()) for kind in kinds if kind.startswith("infusionsoft ")}


def test_the_contact_gets_the_order_s_address_and_keeps_its_others(sandbox, engine, run, update):
    put_contact(sandbox)
    sold(engine, run, shipped_to(ELM), records.contact())

    assert update() == {"contacts updated": 1}

    assert addresses_of(sandbox) == [*KEPT, SENT]
    [event] = runs.addressed(engine, "1001")
    assert (event.event, event.level) == ("address", "info")
    assert calls(sandbox) == {"infusionsoft get contact": 1, "infusionsoft patch contact": 1}

    assert update() == {"contacts unchanged": 1}
    assert len(runs.addressed(engine, "1001")) == 1


@pytest.mark.parametrize(
    ("order", "by", "status"),
    [
        (shipped_to(Address()), records.contact(), "matched"),
        (shipped_to(Address(country_code="USA")), records.contact(), "matched"),
        (shipped_to(TUCSON), records.contact(), "matched"),
        (shipped_to(replace(TUCSON, line1="9 OAK  Ave.", country_code=None)), records.contact(), "matched"),
        (
            shipped_to(TUCSON),
            records.contact(shipping=replace(TUCSON, line1="Attn: Bob", line2="9 Oak Ave Unit 4")),
            "matched",
        ),
        (shipped_to(ELM), None, "matched"),
        (shipped_to(ELM), records.contact(), "held"),
        (shipped_to(ELM), records.contact(), "waiting"),
    ],
    ids=[
        "no address",
        "a country alone",
        "the same",
        "the same in other words",
        "below a name",
        "contact gone",
        "held",
        "waiting",
    ],
)
def test_nothing_to_do_is_no_call(sandbox, engine, run, update, order, by, status):
    put_contact(sandbox)
    sold(engine, run, order, by, status=status)

    assert update() == {}
    assert calls(sandbox) == {}


@pytest.mark.parametrize("rule", ["off", "Billing and Shipping with Billing and Shipping"])
def test_it_is_off_unless_it_is_switched_on(sandbox, engine, run, update, rule):
    put_contact(sandbox)
    sold(engine, run, shipped_to(ELM), records.contact())

    update(update_addresses=rule)

    assert calls(sandbox) == {}
    assert addresses_of(sandbox) == [*KEPT, THERE]


@pytest.mark.parametrize("outcome", ["matched", "create", "reactivate", "standard"])
def test_a_contact_is_its_own_whoever_the_order_is_booked_to(sandbox, engine, run, update, outcome):
    put_contact(sandbox)
    sold(engine, run, shipped_to(ELM), records.contact(), outcome)

    assert update() == {"contacts updated": 1}


def test_the_newest_order_of_a_contact_counts(sandbox, engine, run, update):
    put_contact(sandbox)
    for id, hours, address in (("1", 1, PHOENIX), ("2", 5, ELM), ("3", 3, PHOENIX), ("4", 9, Address())):
        order = shipped_to(address, id=id, ordered_at=records.NOON + timedelta(hours=hours))
        sold(engine, run, order, records.contact())

    assert update() == {"contacts updated": 1}
    assert addresses_of(sandbox)[-1] == SENT
    assert [len(runs.addressed(engine, id)) for id in "1234"] == [0, 1, 0, 0]


def test_what_is_too_long_is_shortened_with_a_warning(sandbox, engine, run, update):
    put_contact(sandbox)
    long = Address("a" * 101, "b" * 101, "c" * 101, "d" * 51, "1" * 21, "USA")
    sold(engine, run, shipped_to(long), records.contact())

    assert update() == {"contacts updated": 1}

    found = addresses_of(sandbox)[-1]
    lengths = {name: len(found[name]) for name in ("line1", "line2", "locality", "region", "postal_code")}
    assert lengths == {"line1": 100, "line2": 100, "locality": 100, "region": 50, "postal_code": 20}
    warned = runs.addressed(engine, "1001")[0]
    assert (warned.level, warned.code) == ("warning", "ADDRESS_SHORTENED")
    assert "first line, second line, town, region, postal code shortened" in warned.message


@pytest.mark.parametrize(
    ("kind", "how", "words"),
    [
        ("patch", {"what": "fault", "status": 400, "body": '{"code": 400, "status": "BAD_REQUEST"}'}, "400"),
        ("patch", {"what": "500"}, "500"),
        ("patch", {"what": "drop_before"}, "its answer is lost"),
        ("patch", {"what": "429"}, "429"),
        ("patch", {"what": "fault", "status": 403, "body": '{"code": 403, "status": "FORBIDDEN"}'}, "403"),
        ("get", {"what": "fault", "status": 401, "body": "{}"}, "refuses the key"),
        ("get", {"what": "fault", "status": 404, "body": '{"code": 404, "status": "NOT_FOUND"}'}, "404"),
    ],
    ids=["refused", "500", "answer lost", "throttled", "forbidden", "key refused", "contact gone"],
)
def test_whatever_goes_wrong_is_a_warning(sandbox, engine, run, update, kind, how, words):
    put_contact(sandbox)
    sold(engine, run, shipped_to(ELM), records.contact())
    sandbox.post("/_sandbox/faults", {"kind": f"infusionsoft {kind} contact", "next": 1, **how})

    assert update() == {"contacts failed": 1}

    [warned] = runs.addressed(engine, "1001")
    assert (warned.event, warned.level) == ("address", "warning")
    assert words in warned.message
    assert warned_orders(engine, "demo", run.run_key, ["1001"]) == {"1001"}


def test_a_contact_that_infusionsoft_no_longer_has_is_a_warning(sandbox, engine, run, update):
    sold(engine, run, shipped_to(ELM), records.contact())

    assert update() == {"contacts failed": 1}
    [warned] = runs.addressed(engine, "1001")
    assert (warned.level, warned.code) == ("warning", "NOT_FOUND")
    assert calls(sandbox) == {"infusionsoft get contact": 1}


def several(sandbox, engine, run, number: int) -> list[str]:
    ids = [str(70 + one) for one in range(number)]
    for id in ids:
        put_contact(sandbox, id)
        sold(engine, run, shipped_to(ELM, id=id, contact_id=id), records.contact(id=id))
    return ids


def test_a_refused_contact_does_not_stop_the_others(sandbox, engine, run, update):
    several(sandbox, engine, run, 3)
    refused = {"what": "fault", "status": 400, "body": '{"code": 400, "status": "BAD_REQUEST"}'}
    sandbox.post("/_sandbox/faults", {"kind": "infusionsoft patch contact", "next": 1, **refused})

    assert update() == {"contacts failed": 1, "contacts updated": 2}


@pytest.mark.parametrize(
    ("how", "tried"),
    [
        ({"what": "fault", "status": 403, "body": '{"code": 403, "status": "FORBIDDEN"}'}, 1),
        ({"what": "429"}, 3),
    ],
    ids=["forbidden", "throttled"],
)
def test_what_no_contact_would_get_past_is_not_tried_with_each(sandbox, engine, run, update, how, tried):
    ids = several(sandbox, engine, run, 5)
    sandbox.post("/_sandbox/faults", {"kind": "infusionsoft patch contact", "every": 1, **how})

    assert update() == {"contacts failed": 5}
    assert calls(sandbox)["infusionsoft patch contact"] == tried
    assert warned_orders(engine, "demo", run.run_key, ids) == set(ids)


def test_without_the_lease_nothing_is_sent(sandbox, engine, run, update):
    put_contact(sandbox)
    sold(engine, run, shipped_to(ELM), records.contact())
    lost = Lease(f"company {REALM_ID}", 1, 600)
    lost.lost()

    with pytest.raises(LeaseLost):
        update(lost)
    assert calls(sandbox) == {}
