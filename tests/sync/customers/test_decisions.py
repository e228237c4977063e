"""Whose customer an order is: every value of every setting, the order of precedence, and the engine against plain loops."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from order_sync.keys import Candidates, customer_keys, key_function
from order_sync.likeness import Known, blocks_of_customer
from order_sync.settings import NAME_FORMATS, Criterion, CustomerSettings
from order_sync.sync.customers.decisions import StandIns, columns_needed, decide
from order_sync.sync.customers.found import Directory
from order_sync.sync.customers.names import name_of

STAND_INS = StandIns(standard="900", default="901")
FIELDS = (
    "prefix",
    "first",
    "middle",
    "last",
    "suffix",
    "company",
    "email",
    "phone",
    "contact_id",
    "shipping_first",
    "shipping_last",
)
EMPTY = dict.fromkeys((*FIELDS, "shipping_company", "emails", "addresses", "postal_code"), "")


def buyer(first: str = "", last: str = "", email: str = "", **more: str) -> dict[str, str]:
    return EMPTY | {"first": first, "last": last, "email": email, "emails": email} | more


def customer(id: str, name: str, email: str = "", active: bool = True, **more: Any) -> dict[str, Any]:
    return {"Id": id, "DisplayName": name, "Active": active, "PrimaryEmailAddr": {"Address": email}, **more}


def settings(*criteria: tuple[str, str], **changes: Any) -> CustomerSettings:
    pairs = [{"source": source, "destination": destination} for source, destination in criteria]
    return CustomerSettings(**({"criteria": pairs} if pairs else {}), **changes)


def directory(customers: Sequence[dict[str, Any]], parties: Sequence[dict[str, str]]) -> Directory:
    """A list of customers instead of the store's cache."""

    def look_up(field, equality, keys):
        found = [
            (
                at,
                one["Id"],
                one["DisplayName"],
                one["Active"],
                ",".join(customer_keys(one, "PrimaryEmailAddr", equality)),
                *("", False, "", "", False),
            )
            for at, key in enumerate(keys)
            for one in customers
            if key in customer_keys(one, field, equality)
        ]
        return Candidates(*(map(list, zip(*found, strict=True)) if found else ([] for _ in Candidates._fields)))

    return Directory(
        look_up,
        lambda ids: {one["Id"]: one for one in customers if one["Id"] in ids},
        lambda rows: [parties[row] for row in rows],
        lambda keys: [
            Known(one["Id"], one["DisplayName"], one["Active"], "", "", "")
            for one in customers
            if not set(keys).isdisjoint(blocks_of_customer(one))
        ],
    )


def decided(parties, customers, chosen: CustomerSettings | None = None, stand_ins=STAND_INS) -> list[dict[str, Any]]:
    chosen = chosen or settings()
    frame = pd.DataFrame(parties, columns=columns_needed(chosen), dtype="object")
    return decide(frame, chosen, directory(customers, parties), stand_ins).to_dict("records")


def one_decided(party, customers, **changes: Any) -> dict[str, Any]:
    [found] = decided([party], customers, settings(**changes))
    return found


ANN, ANN_TWIN = customer("1", "Ann Lee", "ann@x.com"), customer("2", "ANN  LEE", "other@x.com")
BOB, GONE = customer("3", "Bob Roy", "ann@x.com"), customer("4", "Ann Lee", "", active=False)
BEE = customer("7", "Bee", "b@x.com")

NAME, EMAIL = ("First Last", "DisplayName"), ("Email", "PrimaryEmailAddr")
BY_NAME, BY_EMAIL = "First Last → DisplayName", "Email → PrimaryEmailAddr"


@pytest.mark.parametrize(
    ("party", "customers", "outcome", "code", "id", "criterion", "candidates"),
    [
        pytest.param(buyer("Ann", "Lee"), [ANN, BOB], "matched", "", "1", BY_NAME, "1", id="name"),
        pytest.param(buyer(" ann", "LEE "), [ANN], "matched", "", "1", BY_NAME, "1", id="spelling"),
        pytest.param(buyer("Annie", "Lee", "ANN@X.com"), [ANN], "matched", "", "1", BY_EMAIL, "1", id="e-mail"),
        pytest.param(
            buyer("Cy", "Orr", "b@x.com"),
            [customer("5", "Team", "a@x.com, b@x.com")],
            "matched",
            "",
            "5",
            BY_EMAIL,
            "5",
            id="one of several e-mails",
        ),
        pytest.param(
            buyer("Ann", "Lee", "x@x.com"), [ANN_TWIN, ANN], "held", "AMBIGUOUS", "", BY_NAME, "12", id="two names"
        ),
        pytest.param(
            buyer("Ann", "Lee", "other@x.com"),
            [ANN, ANN_TWIN],
            "held",
            "AMBIGUOUS",
            "",
            BY_NAME,
            "12",
            id="an ambiguous name is not saved by an e-mail",
        ),
        pytest.param(buyer("Ann", "Lee"), [GONE], "held", "INACTIVE", "", BY_NAME, "4", id="inactive"),
        pytest.param(
            buyer("Ann", "Lee", "b@x.com"),
            [GONE, BEE],
            "held",
            "INACTIVE",
            "",
            BY_NAME,
            "4",
            id="an inactive name is not passed over",
        ),
        pytest.param(buyer("Ann", "Lee"), [GONE, ANN], "matched", "", "1", BY_NAME, "1", id="the active one counts"),
        pytest.param(buyer("Cy", "Orr", "cy@x.com"), [ANN], "create", "", "", "", "", id="nobody"),
        pytest.param(buyer(), [ANN], "default", "", "901", "", "", id="no details"),
        pytest.param(buyer(company="Acme"), [ANN], "default", "", "901", "", "", id="nothing that a criterion uses"),
        pytest.param(buyer(phone="555 0100"), [ANN], "default", "", "901", "", "", id="a telephone number is nobody"),
    ],
)
def test_an_order_is_decided(party, customers, outcome, code, id, criterion, candidates):
    found = one_decided(party, customers, default_customer="Walk-in")
    assert (found["outcome"], found["code"], found["customer_id"], found["criterion"]) == (outcome, code, id, criterion)
    assert [one["id"] for one in found["candidates"] or []] == list(candidates)
    assert found["explanation"]


FULL = EMPTY | {
    "first": "Ann",
    "middle": "B.",
    "last": "Lee",
    "company": "Acme",
    "email": "ann@x.com",
    "phone": "(602) 555-0100",
    "contact_id": "77",
    "shipping_first": "Sam",
    "shipping_last": "Ray",
    "shipping_company": "Dock",
    "emails": "ann@x.com",
}


@pytest.mark.parametrize("source", [*sorted(NAME_FORMATS.keys() - {"Any email"}), "{last}, {first} - {contact_id}"])
def test_each_source_finds_its_customer(source):
    text = name_of(FULL, source)
    customers = [customer("1", text), customer("2", f"{text}x")]
    [found] = decided([FULL], customers, settings((source, "DisplayName")))
    assert (found["outcome"], found["customer_id"]) == ("matched", "1")
    assert found["criterion"] == f"{source} → DisplayName"


@pytest.mark.parametrize(
    ("source", "destination", "field", "value"),
    [
        ("First Last", "DisplayName", "DisplayName", "Ann Lee"),
        ("Company", "CompanyName", "CompanyName", "ACME"),
        ("First Last", "GivenName + FamilyName", "FamilyName", "Ann Lee"),
        ("Last, First", "PrintOnCheckName", "PrintOnCheckName", "Lee, Ann"),
        ("Email", "PrimaryEmailAddr", "PrimaryEmailAddr", {"Address": "x@x.com,ANN@x.com"}),
        ("Phone", "PrimaryPhone", "PrimaryPhone", {"FreeFormNumber": "+1 602 555 0100"}),
        ("Contact id", "ResaleNum", "ResaleNum", "77"),
        ("Contact id", "Notes marker", "Notes", "VIP\nInfusionsoft customer: 77\nPays late"),
    ],
)
def test_each_destination_is_compared(source, destination, field, value):
    other = customer("2", "Somebody")
    chosen = settings((source, destination))
    [found] = decided([FULL], [customer("1", "Any") | {field: value}, other], chosen)
    assert (found["outcome"], found["customer_id"]) == ("matched", "1")
    [nobody] = decided([FULL], [other], chosen)
    assert nobody["outcome"] == "create"
    assert list(nobody["keys"]) == [f"{source} → {destination}"]


OLD = {"MetaData": {"CreateTime": "2020-01-01T00:00:00-07:00", "LastUpdatedTime": "2026-01-01T00:00:00Z"}}
NEW = {"MetaData": {"CreateTime": "2025-01-01T00:00:00-07:00", "LastUpdatedTime": "2025-06-01T00:00:00Z"}}


@pytest.mark.parametrize(
    ("policy", "email", "outcome", "id"),
    [
        ("hold", "a2@x.com", "held", ""),
        ("oldest", "a2@x.com", "matched", "11"),
        ("most recently updated", "", "matched", "11"),
        ("next criterion", "a2@x.com", "matched", "12"),
        ("next criterion", "", "held", ""),
        ("next criterion", "nobody@x.com", "held", ""),
    ],
)
def test_of_several_customers_the_policy_takes_one(policy, email, outcome, id):
    customers = [customer("12", "Ann Lee", "a2@x.com", **NEW), customer("11", "Ann. Lee", "a1@x.com", **OLD)]
    found = one_decided(buyer("Ann", "Lee", email), customers, ambiguous=policy, guard="off")
    assert (found["outcome"], found["customer_id"]) == (outcome, id)
    assert found["code"] == ("AMBIGUOUS" if outcome == "held" else "")
    assert {one["id"] for one in found["candidates"]} == {"11", "12"}
    assert "2 customers have this key, Ann. Lee (11) and Ann Lee (12)" in found["explanation"]


def test_of_equal_age_the_lower_id_is_the_older():
    customers = [customer("12", "Ann Lee", **OLD), customer("9", "Ann. Lee", **OLD)]
    assert one_decided(buyer("Ann", "Lee"), customers, ambiguous="oldest")["customer_id"] == "9"


HOME, AWAY = "1 Main St Phoenix AZ 85001", "77 Elmwood Crescent Boston MA 02110"


def living(line: str, **more: Any) -> dict[str, Any]:
    return {"BillAddr": {"Line1": line}, **more}


@pytest.mark.parametrize(
    ("party", "body", "contradicted"),
    [
        pytest.param({"addresses": HOME}, living(AWAY), True, id="another e-mail and another address"),
        pytest.param({"addresses": HOME}, living(HOME), False, id="the address agrees"),
        pytest.param({"addresses": HOME}, living("1 Main Street, Phoenix, AZ, 85001"), False, id="nearly the address"),
        pytest.param({"addresses": f"{AWAY}\n{HOME}"}, living(HOME), False, id="one of two addresses agrees"),
        pytest.param({"addresses": HOME}, {}, True, id="no address there"),
        pytest.param({}, living(AWAY), True, id="no address here"),
        pytest.param(
            {"addresses": HOME, "phone": "602 555 0100"},
            living(AWAY, PrimaryPhone={"FreeFormNumber": "+1 (602) 555-0100"}),
            False,
            id="the telephone number agrees",
        ),
        pytest.param({"addresses": HOME, "emails": ""}, living(AWAY), True, id="no e-mail here"),
        pytest.param({"addresses": HOME, "emails": ""}, {}, False, id="nothing is known of both"),
        pytest.param({"addresses": HOME, "emails": "x@x.com,ANN@x.com"}, living(AWAY), False, id="the second e-mail"),
    ],
)
def test_the_guard_asks_whether_all_that_is_known_differs(party, body, contradicted):
    order = buyer("Ann", "Lee", "new@x.com") | party
    known = customer("1", "Ann Lee", "ann@x.com", **body)
    held = one_decided(order, [known])
    assert (held["outcome"], held["code"]) == (("held", "CONTRADICTED") if contradicted else ("matched", ""))
    warned = one_decided(order, [known], guard="warn")
    assert (warned["outcome"], warned["customer_id"]) == ("matched", "1")
    assert warned["code"] == ("CONTRADICTED" if contradicted else "")
    off = one_decided(order, [known], guard="off")
    assert (off["outcome"], off["code"]) == ("matched", "")


@pytest.mark.parametrize(
    ("guard", "reactivate", "outcome", "code"),
    [
        ("hold", True, "held", "CONTRADICTED"),
        ("hold", False, "held", "INACTIVE"),
        ("warn", True, "reactivate", "CONTRADICTED"),
        ("warn", False, "held", "INACTIVE"),
        ("off", True, "reactivate", ""),
    ],
)
def test_an_inactive_customer_that_all_else_contradicts(guard, reactivate, outcome, code):
    known = customer("1", "Ann Lee", "ann@x.com", active=False, **living(AWAY))
    order = buyer("Ann", "Lee", "new@x.com", addresses=HOME)
    found = one_decided(order, [known], guard=guard, reactivate_inactive=reactivate)
    assert (found["outcome"], found["code"]) == (outcome, code)
    assert ("it is made active" in found["explanation"]) == (outcome == "reactivate")


def test_the_guard_also_looks_at_the_one_that_a_policy_took():
    several = [customer("1", "Ann Lee", "a@x.com", **living(AWAY), **OLD), customer("2", "Ann. Lee", **NEW)]
    found = one_decided(buyer("Ann", "Lee", "n@x.com", addresses=HOME), several, ambiguous="oldest")
    assert (found["outcome"], found["code"]) == ("held", "CONTRADICTED")


@pytest.mark.parametrize(
    ("policy", "outcome", "code", "id"),
    [("create", "create", "", ""), ("standard", "standard", "", "900"), ("hold", "held", "NOT_FOUND", "")],
)
def test_where_nobody_is_found(policy, outcome, code, id):
    found = one_decided(buyer("Cy", "Orr", "cy@x.com"), [ANN], not_found=policy, standard_customer="Counter")
    assert (found["outcome"], found["code"], found["customer_id"]) == (outcome, code, id)


@pytest.mark.parametrize(("reactivate", "outcome", "id"), [(True, "reactivate", "4"), (False, "held", "")])
def test_an_inactive_customer(reactivate, outcome, id):
    found = one_decided(buyer("Ann", "Lee"), [GONE], reactivate_inactive=reactivate)
    assert (found["outcome"], found["customer_id"]) == (outcome, id)
    assert "inactive" in found["explanation"]


@pytest.mark.parametrize(("default", "outcome", "id"), [("901", "default", "901"), (None, "held", "")])
def test_the_default_customer_stands_in_for_missing_details(default, outcome, id):
    [found] = decided([buyer()], [ANN], settings(default_customer="Walk-in"), StandIns(default=default))
    assert (found["outcome"], found["customer_id"]) == (outcome, id)
    assert found["code"] == ("" if default else "NO_DETAILS")


def test_shipping_names_are_details_where_a_source_uses_them():
    party = buyer(shipping_first="Sam", shipping_last="Ray")
    assert one_decided(party, [])["outcome"] == "default"
    [found] = decided([party], [], settings(("Shipping First Last", "DisplayName")))
    assert found["outcome"] == "create"


def test_the_order_of_precedence():
    """Each stage hides those behind it: always standard, no details, first criterion, second criterion, not found."""
    customers = [customer("1", "Ann Lee"), BEE]
    parties = [buyer(), buyer("Ann", "Lee", "b@x.com"), buyer("An", "Le", "b@x.com"), buyer("Cy", "Orr", "c@x.com")]
    stages = {"standard_customer": "Counter", "default_customer": "Walk-in", "not_found": "standard"}
    usual = [one["customer_id"] for one in decided(parties, customers, settings(**stages))]
    assert usual == ["901", "1", "7", "900"]
    turned = [one["customer_id"] for one in decided(parties, customers, settings(EMAIL, NAME, **stages))]
    assert turned == ["901", "7", "7", "900"]
    always = decided(parties, customers, settings(**stages, always_standard=True))
    assert [(one["outcome"], one["customer_id"]) for one in always] == [("standard", "900")] * 4


@pytest.mark.parametrize(
    ("switch", "name", "on", "off"),
    [
        ("ignore_punctuation", "O’Brien-Lee", "OBrien Lee", None),
        ("ignore_accents", "José Lee", "Jose Lee", None),
        ("ampersand_is_and", "Salt & Lee", "Salt and Lee", None),
        ("ignore_legal_forms", "Lee Ltd.", "Lee", None),
    ],
)
def test_each_switch_of_equality(switch, name, on, off):
    party = buyer(on)
    for value, outcome in ((True, "matched"), (False, "create")):
        found = one_decided(party, [customer("1", name)], equality={"ignore_legal_forms": False} | {switch: value})
        assert found["outcome"] == outcome


def test_the_country_of_telephone_numbers():
    party = buyer("Ann", phone="030 901820")
    chosen = settings(("Phone", "PrimaryPhone"), equality={"phone_country": "DE"})
    [found] = decided([party], [customer("1", "A", PrimaryPhone={"FreeFormNumber": "+49 30 901820"})], chosen)
    assert found["outcome"] == "matched"


def test_explanations_name_what_was_found():
    many = [customer(str(number), "Ann Lee") for number in range(30)]
    explained = [
        one_decided(buyer("Ann", "Lee"), customers)["explanation"]
        for customers in ([ANN], [ANN, ANN_TWIN], many, [GONE], [])
    ]
    assert explained == [
        "First Last → DisplayName: one customer has this key, Ann Lee (1).",
        "First Last → DisplayName: 2 customers have this key, Ann Lee (1) and ANN  LEE (2); a person must choose.",
        "First Last → DisplayName: 30 customers have this key, Ann Lee (0), Ann Lee (1), Ann Lee (2) and others; a person must choose.",
        "First Last → DisplayName: one customer has this key, Ann Lee (4). It is inactive; the settings do not make it active.",
        "No criterion found a customer; a new one is made.",
    ]
    assert len(one_decided(buyer("Ann", "Lee"), many)["candidates"]) == 20


def test_no_orders():
    assert decided([], [ANN]) == []


# What the engine does, in the plainest words.


def decided_plainly(
    party: dict[str, str], customers, chosen: CustomerSettings, stand_ins: StandIns
) -> tuple[str, str, str]:
    """(outcome, code, customer id)"""
    if chosen.always_standard:
        return "standard", "", stand_ins.standard
    keys = [key_function(one.destination, chosen.equality)(name_of(party, one.source)) for one in chosen.criteria]
    if not any(party[name] for name in ("first", "last", "company", "email")) or not any(keys):
        return ("default", "", stand_ins.default) if stand_ins.default else ("held", "NO_DETAILS", "")
    for rank, (criterion, key) in enumerate(zip(chosen.criteria, keys, strict=True)):
        having = _having(customers, criterion, key, chosen)
        if not having:
            continue
        if len(having) > 1:
            having = _chosen_plainly(having, customers, rank, keys, chosen)
        if len(having) > 1:
            return "held", "AMBIGUOUS", ""
        [one] = having
        if not one["Active"]:
            return ("reactivate", "", one["Id"]) if chosen.reactivate_inactive else ("held", "INACTIVE", "")
        return "matched", "", one["Id"]
    match chosen.not_found:
        case "hold":
            return "held", "NOT_FOUND", ""
        case "standard":
            return "standard", "", stand_ins.standard
        case _:
            return "create", "", ""


def _having(customers, criterion: Criterion, key: str, chosen: CustomerSettings) -> list[dict[str, Any]]:
    having = [one for one in customers if key and key in customer_keys(one, criterion.destination, chosen.equality)]
    return [one for one in having if one["Active"]] or having


def _chosen_plainly(having, customers, rank, keys, chosen) -> list[dict[str, Any]]:
    stamps = {"oldest": "CreateTime", "most recently updated": "LastUpdatedTime"}
    if chosen.ambiguous in stamps:
        name, choose = stamps[chosen.ambiguous], min if chosen.ambiguous == "oldest" else max
        return [choose(having, key=lambda one: (one["MetaData"][name], int(one["Id"])))]
    if chosen.ambiguous == "next criterion":
        for criterion, key in list(zip(chosen.criteria, keys, strict=True))[rank + 1 :]:
            also = [
                one["Id"]
                for one in customers
                if key and key in customer_keys(one, criterion.destination, chosen.equality)
            ]
            having = [one for one in having if one["Id"] in also] or having
    return having


WORDS = st.sampled_from(
    ["", " ", "Ann", "ANN", "ann ", "Lee", "Straße", "STRASSE", "é", "e\u0301", "🎁", "O'Neil & Co"]
)
EMAILS = st.sampled_from(["", "a@x.com", "A@X.com ", "b@x.com", "c@x.com", "é@x.com", "Ann Lee"])
PARTIES = st.lists(
    st.builds(buyer, WORDS, WORDS, EMAILS, company=st.sampled_from(["", "Acme", "Ann Lee"])), max_size=25
)
NAMES = st.sampled_from(
    ["Ann Lee", "ann  lee", "Ann", "Lee", "Straße", "é Lee", "Ann 🎁", "a@x.com", " ", "Oneil and Co"]
)
FIELD = st.sampled_from(["", "a@x.com", "A@x.com,b@x.com", "c@x.com;a@x.com", "c@x.com", ",", "ann lee"])
STAMPS = st.sampled_from(["2026-01-01T00:00:00+00:00", "2026-01-02T00:00:00+00:00"])
CUSTOMERS = st.lists(st.tuples(NAMES, FIELD, st.booleans(), STAMPS, STAMPS), max_size=8).map(
    lambda rows: [
        customer(str(100 - at), *row[:3], MetaData={"CreateTime": row[3], "LastUpdatedTime": row[4]})
        for at, row in enumerate(rows)
    ]
)
CRITERIA = st.lists(
    st.sampled_from([NAME, EMAIL, ("Email", "DisplayName"), ("Company", "DisplayName"), ("Last First", "DisplayName")]),
    min_size=1,
    max_size=3,
    unique=True,
)
CHOSEN = st.builds(
    lambda criteria, **changes: settings(*criteria, standard_customer="Counter", guard="off", **changes),
    CRITERIA,
    ambiguous=st.sampled_from(["hold", "oldest", "most recently updated", "next criterion"]),
    not_found=st.sampled_from(["create", "standard", "hold"]),
    reactivate_inactive=st.booleans(),
    always_standard=st.booleans(),
    equality=st.fixed_dictionaries({"ignore_punctuation": st.booleans(), "ignore_accents": st.booleans()}),
)
SOME_STAND_INS = st.sampled_from([STAND_INS, StandIns(standard="900")])


@given(PARTIES, CUSTOMERS, CHOSEN, SOME_STAND_INS)
def test_the_engine_does_what_plain_loops_do(parties, customers, chosen, stand_ins):
    found = decided(parties, customers, chosen, stand_ins)
    plain = [decided_plainly(party, customers, chosen, stand_ins) for party in parties]
    assert [(one["outcome"], one["code"], one["customer_id"]) for one in found] == plain


@given(PARTIES, CUSTOMERS, CHOSEN)
def test_every_order_is_decided_once_and_says_why(parties, customers, chosen):
    found = decided(parties, customers, chosen)
    assert len(found) == len(parties)
    for one in found:
        assert one["outcome"] in ("matched", "reactivate", "create", "standard", "default", "held")
        assert bool(one["customer_id"]) == (one["outcome"] not in ("held", "create"))
        assert bool(one["code"]) == (one["outcome"] == "held")
        assert bool(one["keys"]) == (one["outcome"] == "create")
        assert bool(one["key"]) == bool(one["candidates"])
        assert one["explanation"]


@given(PARTIES, CUSTOMERS, CHOSEN)
def test_a_decision_does_not_depend_on_the_other_orders(parties, customers, chosen):
    together = decided(parties, customers, chosen)
    alone = [decided([party], customers, chosen)[0] for party in parties]
    assert together == alone


@pytest.mark.parametrize(
    ("party", "other", "held"),
    [
        ({}, customer("2", "Ann H. Lee"), True),
        ({}, customer("2", "Lee, Ann (Infusionsoft 78)"), True),
        ({}, customer("2", "Ann Lee-Ray"), False),
        ({}, customer("2", "Ann H. Lee", active=False), False),
        ({"addresses": "1 Main St Phoenix AZ 85001"}, customer("2", "Ann H. Lee"), False),
    ],
    ids=["an initial", "a suffix of the sync", "another name", "inactive", "the address is known"],
)
def test_a_name_alone_decides_nothing_where_another_customer_has_it_too(party, other, held):
    known = customer("1", "Ann Lee", BillAddr={"Line1": "1 Main St Phoenix AZ 85001"})
    found = one_decided(buyer("Ann", "Lee") | party, [known, other])
    assert (found["outcome"], found["code"]) == (("held", "CONTRADICTED") if held else ("matched", ""))
    assert (f"But {other['DisplayName']} (2) has the name too" in found["explanation"]) == held
