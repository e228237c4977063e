"""Suggestions: who is like an order's customer, how much and in what; they never decide."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from order_sync.database.cache import save_customers
from order_sync.database.customer_keys import look_alikes, prepare_keys
from order_sync.settings import CustomerSettings
from order_sync.sync.customers.lookalikes import in_words, suggest

REALM = "9341"


def customer(
    id: str, name: str, line: str = "", code: str = "85001", active: bool = True, **more: Any
) -> dict[str, Any]:
    address = {"BillAddr": {"Line1": line, "City": "Phoenix", "PostalCode": code}} if line else {}
    return {"Id": id, "DisplayName": name, "Active": active, **address, **more}


def party(first: str, last: str, line: str = "1 Main St Phoenix 85001", company: str = "", code: str = "85001"):
    nothing = dict.fromkeys(("suffix", "emails", "phone"), "")
    return nothing | {"first": first, "last": last, "company": company, "addresses": line, "postal_code": code}


@pytest.fixture
def known(engine):
    prepare_keys(engine, REALM, CustomerSettings())
    save_customers(
        engine,
        REALM,
        [
            customer("1", "Anne Lee", "1 Main Street"),
            customer("2", "Ann Leigh", "1 Main St."),
            customer("3", "Bob Roy", "77 Elm Rd"),
            customer("4", "Lee, Ann"),
            customer("5", "Ann Lees", "1 Main St", active=False),
            customer("6", "Ann Lee", "9 Faraway Boulevard", "02110"),
            customer("7", "Acme Widgets Inc"),
        ],
    )
    return engine


def test_the_most_alike_come_first_with_their_reasons(known):
    found = suggest(partial(look_alikes, known, REALM), party("Ann", "Lee"))
    assert [one["id"] for one in found] == ["1", "5", "4"]
    assert [one["score"] for one in found] == sorted((one["score"] for one in found), reverse=True)
    assert found[0]["reason"].startswith("name 93 %, address ")
    assert found[1]["reason"].endswith("% alike; inactive")
    assert found[2]["reason"] == "name 100 % alike"


@pytest.mark.parametrize(
    ("who", "reason"),
    [
        (party("Bob", "Royston", line="") | {"phone": "(602) 555-0177"}, "same telephone number"),
        (party("Roberto", "Roysten", line="") | {"emails": "RROY@x.com"}, "same e-mail address"),
        (party("Bob", "Roystan", line=""), "name "),
        (party("Royston", "Robert", line=""), "name 100 %"),
        (party("Zoe", "Young", line="77 Elm Road Phoenix 85001"), "address "),
        (party("Bob", "Roystn", line="77 Elm Rd Phoenix 8500", code="8500"), "address "),
    ],
    ids=["telephone", "e-mail", "a short name and an error", "exchanged", "the address alone", "errors in both"],
)
def test_whatever_agrees_finds_somebody(known, who, reason):
    robert = customer("8", "Robert Royston", "77 Elm Rd", PrimaryPhone={"FreeFormNumber": "602 555 0177"})
    save_customers(known, REALM, [robert | {"PrimaryEmailAddr": {"Address": "rroy@x.com"}}])
    found = suggest(partial(look_alikes, known, REALM), who)
    assert "8" in [one["id"] for one in found[:2]]
    assert any(reason in one["reason"] for one in found if one["id"] == "8")


def test_whom_a_criterion_found_is_weighed_with_them(known):
    assert suggest(partial(look_alikes, known, REALM), party("Zoe", "Young", line=""), ["7"])[0]["id"] == "7"


def test_companies_are_found_by_their_name(known):
    [found] = suggest(partial(look_alikes, known, REALM), party("", "", line="", company="ACME Widgets"))
    assert (found["id"], found["name"]) == ("7", "Acme Widgets Inc")


@pytest.mark.parametrize(
    "who", [party("Zoe", "Young", line=""), party("", "", line=""), party("Bo", "Ryan", line="5 Ox Road Tucson 85701")]
)
def test_nobody_is_suggested_who_is_not_alike(known, who):
    assert suggest(partial(look_alikes, known, REALM), who) == []


def test_suggestions_in_words():
    one = {"id": "1", "name": "Anne Lee", "score": 91, "reason": "name 93 %, address 90 % alike"}
    assert in_words([one]) == " Look-alikes: Anne Lee (1, name 93 %, address 90 % alike)."
    assert in_words([]) == ""
