"""Matching: each outcome, the order of the criteria, and the vectorised engine against plain loops."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from order_sync.keys import email_key, email_keys, name_key
from order_sync.settings import Criterion
from order_sync.store.cache import save_customers
from order_sync.store.orders import order_history, orders_of_run, save_orders
from order_sync.sync.match import decide, match_customers, order_frame
from order_sync.sync.snapshot import to_text
from tests import stores

BY_NAME = Criterion(source="First Last", destination="DisplayName")
BY_EMAIL = Criterion(source="Email", destination="PrimaryEmailAddr")
NAME_AS_EMAIL = Criterion(source="Email", destination="DisplayName")
USUAL = (BY_NAME, BY_EMAIL)


def customer(id: str, name: str, email: str = "", active: bool = True) -> dict:
    return {"Id": id, "DisplayName": name, "Active": active, "PrimaryEmailAddr": {"Address": email}}


def buyer(given: str | None, family: str | None, email: str | None, order_id: str = "1001"):
    emails = (email,) if email is not None else ()
    person = stores.contact(given_name=given, family_name=family, emails=emails)
    return stores.snapshot(stores.order(id=order_id, contact_email=None), person)


def decided(snapshots, customers, criteria=USUAL) -> list[dict]:
    """Decides over a list of customers instead of the store's cache."""

    def look_up(field: str, keys: Sequence[str]) -> list[tuple[str, str, str, bool]]:
        return [
            (key, one["Id"], one["DisplayName"], one["Active"])
            for one in customers
            for key in _keys_of(one, field)
            if key in keys
        ]

    return decide(order_frame(snapshots), criteria, look_up).to_dict("records")


def _keys_of(one: dict, field: str) -> list[str]:
    keys = [name_key(one["DisplayName"])] if field == "DisplayName" else email_keys(one["PrimaryEmailAddr"]["Address"])
    return [key for key in keys if key]


ANN, ANN_TWIN = customer("1", "Ann Lee", "ann@x.com"), customer("2", "ANN  LEE", "other@x.com")
BOB, GONE = customer("3", "Bob Roy", "ann@x.com"), customer("4", "Ann Lee", "", active=False)


@pytest.mark.parametrize(
    ("order", "customers", "criteria", "outcome", "code", "id", "criterion", "candidates"),
    [
        pytest.param(
            buyer("Ann", "Lee", None), [ANN, BOB], USUAL, "matched", "", "1", "First Last → DisplayName", "1", id="name"
        ),
        pytest.param(
            buyer(" ann", "LEE ", ""), [ANN], USUAL, "matched", "", "1", "First Last → DisplayName", "1", id="spelling"
        ),
        pytest.param(
            buyer("Annie", "Lee", "ANN@X.com"),
            [ANN],
            USUAL,
            "matched",
            "",
            "1",
            "Email → PrimaryEmailAddr",
            "1",
            id="e-mail",
        ),
        pytest.param(
            buyer("Cy", "Orr", "b@x.com"),
            [customer("5", "Team", "a@x.com, b@x.com")],
            USUAL,
            "matched",
            "",
            "5",
            "Email → PrimaryEmailAddr",
            "5",
            id="one of several e-mails",
        ),
        pytest.param(
            buyer("Ann", "Lee", "x@x.com"),
            [ANN_TWIN, ANN],
            USUAL,
            "held",
            "AMBIGUOUS",
            "",
            "First Last → DisplayName",
            "12",
            id="two names",
        ),
        pytest.param(
            buyer("Cy", "Orr", "ann@x.com"),
            [BOB, ANN],
            USUAL,
            "held",
            "AMBIGUOUS",
            "",
            "Email → PrimaryEmailAddr",
            "13",
            id="two e-mails",
        ),
        pytest.param(
            buyer("Ann", "Lee", None),
            [GONE],
            USUAL,
            "held",
            "INACTIVE",
            "",
            "First Last → DisplayName",
            "4",
            id="inactive",
        ),
        pytest.param(buyer("Cy", "Orr", "cy@x.com"), [ANN, BOB], USUAL, "create", "", "", "", "", id="nobody"),
        pytest.param(buyer("Cy", None, None), [], USUAL, "create", "", "", "", "", id="half a name"),
        pytest.param(buyer(None, None, "cy@x.com"), [ANN], USUAL, "create", "", "", "", "", id="e-mail only"),
        pytest.param(
            buyer(None, "", " "),
            [ANN, customer("6", " ", " , ")],
            USUAL,
            "held",
            "NO_DETAILS",
            "",
            "",
            "",
            id="nothing",
        ),
        pytest.param(
            buyer("Ann", "Lee", None), [ANN], (BY_EMAIL,), "held", "NO_DETAILS", "", "", "", id="no e-mail to go by"
        ),
        pytest.param(
            buyer("Bob", "Roy", "ann@x.com"),
            [ANN, BOB],
            USUAL,
            "matched",
            "",
            "3",
            "First Last → DisplayName",
            "3",
            id="name goes first",
        ),
        pytest.param(
            buyer("Bob", "Roy", "ann@x.com"),
            [ANN, customer("3", "Bob Roy", "b@x.com")],
            (BY_EMAIL, BY_NAME),
            "matched",
            "",
            "1",
            "Email → PrimaryEmailAddr",
            "1",
            id="e-mail goes first",
        ),
        pytest.param(
            buyer("Ann", "Lee", "other@x.com"),
            [ANN, ANN_TWIN],
            USUAL,
            "held",
            "AMBIGUOUS",
            "",
            "First Last → DisplayName",
            "12",
            id="an ambiguous name is not saved by an e-mail",
        ),
        pytest.param(
            buyer("Ann", "Lee", "b@x.com"),
            [GONE, customer("7", "Bee", "b@x.com")],
            USUAL,
            "held",
            "INACTIVE",
            "",
            "First Last → DisplayName",
            "4",
            id="an inactive name is not passed over",
        ),
        pytest.param(
            buyer(None, None, "cy@x.com"),
            [customer("8", "CY@x.com")],
            (BY_NAME, NAME_AS_EMAIL),
            "matched",
            "",
            "8",
            "Email → DisplayName",
            "8",
            id="customers named by e-mail",
        ),
    ],
)
def test_an_order_is_decided(order, customers, criteria, outcome, code, id, criterion, candidates):
    [found] = decided([order], customers, criteria)

    assert (found["outcome"], found["code"], found["customer_id"], found["criterion"]) == (outcome, code, id, criterion)
    assert [one["id"] for one in found["candidates"]] == list(candidates)
    assert found["explanation"]


def test_explanations_name_what_was_found():
    explained = [
        decided([buyer("Ann", "Lee", None)], customers)[0]["explanation"]
        for customers in ([ANN], [ANN, ANN_TWIN], [GONE])
    ]
    assert explained == [
        "First Last → DisplayName: one customer has this key, Ann Lee (1).",
        "First Last → DisplayName: 2 customers have this key, Ann Lee (1) and ANN  LEE (2); a person must choose.",
        "First Last → DisplayName: only the inactive customer Ann Lee has this key.",
    ]


def test_orders_of_one_person_share_a_person():
    orders = [buyer("Ann", "Lee", "a@x.com", "1"), buyer("ANN", "lee", None, "2"), buyer(None, None, "A@x.com", "3")]
    assert [one["person"] for one in decided(orders, [])] == [
        "First Last:ann lee",
        "First Last:ann lee",
        "Email:a@x.com",
    ]


def test_no_orders():
    assert decided([], [ANN]) == []


def test_the_decision_is_kept_with_the_order(engine):
    run = stores.begun(engine)
    for snapshot in (buyer("Ann", "Lee", None, "1"), buyer("Cy", "Orr", "cy@x.com", "2"), buyer(None, None, None, "3")):
        row = {"order_id": snapshot.order.id, "status": "extracted", "snapshot": to_text(snapshot)}
        save_orders(engine, "demo", run.run_key, [row], [])
    save_orders(engine, "demo", run.run_key, [{"order_id": "4", "status": "waiting"}], [])
    save_customers(engine, stores.REALM_ID, [ANN, BOB])

    # Twice, as after a kill: the same decisions, and nothing new in the history.
    for counted in ({"matched": 1, "create": 1, "held": 1}, {"matched": 1, "create": 1}):
        counts = match_customers(engine, stores.settings(), stores.REALM_ID, run)
        rows = {row.order_id: row for row in orders_of_run(engine, "demo", run.run_key)}
        assert counts == counted
        assert {id: (row.status, row.customer_id, row.code) for id, row in rows.items()} == {
            "1": ("matched", "1", None),
            "2": ("matched", None, None),
            "3": ("held", None, "NO_DETAILS"),
            "4": ("waiting", None, None),
        }
        assert rows["1"].decision == {
            "outcome": "matched",
            "criterion": "First Last → DisplayName",
            "key": "ann lee",
            "person": "First Last:ann lee",
            "candidates": [{"id": "1", "name": "Ann Lee"}],
            "explanation": "First Last → DisplayName: one customer has this key, Ann Lee (1).",
        }
        assert [event.event for event in order_history(engine, "demo", "1")] == ["matched"]
    assert "Give the contact a name" in rows["3"].advice


# What the engine does, in the plainest words.


def decided_plainly(snapshots, customers, criteria) -> list[dict]:
    return [_decided_plainly(snapshot, customers, criteria) for snapshot in snapshots]


def _decided_plainly(snapshot, customers, criteria) -> dict:
    person = ""
    for criterion in criteria:
        key = name_key(snapshot.name) if criterion.source == "First Last" else email_key(snapshot.email)
        person = person or (f"{criterion.source}:{key}" if key else "")
    for criterion in criteria:
        key = name_key(snapshot.name) if criterion.source == "First Last" else email_key(snapshot.email)
        having = {one["Id"]: one for one in customers if key and key in _keys_of(one, criterion.destination)}
        if having:
            several, inactive = len(having) > 1, not all(one["Active"] for one in having.values())
            return {
                "order_id": snapshot.order.id,
                "outcome": "held" if several or inactive else "matched",
                "code": "AMBIGUOUS" if several else "INACTIVE" if inactive else "",
                "criterion": f"{criterion.source} → {criterion.destination}",
                "key": key,
                "person": person,
                "customer_id": "" if several or inactive else next(iter(having)),
                "candidates": sorted(having),
            }
    return {
        "order_id": snapshot.order.id,
        "outcome": "create" if person else "held",
        "code": "" if person else "NO_DETAILS",
        "criterion": "",
        "key": "",
        "person": person,
        "customer_id": "",
        "candidates": [],
    }


WORDS = st.sampled_from([None, "", " ", "Ann", "ANN", "ann ", "Lee", "Straße", "STRASSE", "é", "e\u0301", "🎁", "null"])
ADDRESSES = st.sampled_from([None, "", "a@x.com", "A@X.com ", "b@x.com", "c@x.com", "é@x.com", "Ann Lee"])
SNAPSHOTS = st.lists(st.tuples(WORDS, WORDS, ADDRESSES), max_size=25).map(
    lambda people: [buyer(*person, order_id=str(number)) for number, person in enumerate(people)]
)
NAMES = st.sampled_from(
    ["Ann Lee", "ann  lee", "Ann", "Lee", "Straße", "é Lee", "Ann 🎁", "a@x.com", " ", "Ann STRASSE"]
)
FIELDS = st.sampled_from(["", "a@x.com", "A@x.com,b@x.com", "c@x.com;a@x.com", "c@x.com", ",", "ann lee"])
CUSTOMERS = st.lists(st.tuples(NAMES, FIELDS, st.booleans()), max_size=8).map(
    lambda rows: [customer(str(100 - number), *row) for number, row in enumerate(rows)]
)
CRITERIA = st.lists(st.sampled_from([BY_NAME, BY_EMAIL, NAME_AS_EMAIL]), min_size=1, max_size=3)


@given(SNAPSHOTS, CUSTOMERS, CRITERIA)
def test_the_engine_does_what_plain_loops_do(snapshots, customers, criteria):
    found = [
        {name: value for name, value in one.items() if name != "explanation"}
        | {"candidates": [candidate["id"] for candidate in one["candidates"]]}
        for one in decided(snapshots, customers, criteria)
    ]
    assert found == decided_plainly(snapshots, customers, criteria)


@given(SNAPSHOTS, CUSTOMERS)
def test_every_order_is_decided_once_and_in_order(snapshots, customers):
    found = decided(snapshots, customers)

    assert [one["order_id"] for one in found] == [snapshot.order.id for snapshot in snapshots]
    for one in found:
        assert one["outcome"] in ("matched", "create", "held")
        assert bool(one["customer_id"]) == (one["outcome"] == "matched")
        assert bool(one["code"]) == (one["outcome"] == "held")
        assert one["explanation"]
        assert (one["key"] == "") == (one["candidates"] == [])
