"""Details of customers that were found: what follows an order and what never does, and updates that the next run makes up."""

from __future__ import annotations

import logging
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import select

from order_sync.database.cache import drop_rows
from order_sync.database.contacts import note_merged_contacts
from order_sync.database.database import reading
from order_sync.database.history import order_history
from order_sync.database.stores import note_store
from order_sync.database.tables import MissedUpdate
from order_sync.sync.orders.identity import Identity
from tests.shop import account
from tests.shop.account import PLACES
from tests.shop.counter import ShopCounter, refusal

UPDATE, PATCH = "quickbooks update Customer", "infusionsoft patch contact"
BY_EMAIL = {"source": "Email", "destination": "PrimaryEmailAddr"}
BY_NAME = {"source": "First Last", "destination": "DisplayName"}
BY_COMPANY = {"source": "Company", "destination": "CompanyName"}
BY_ID = {"source": "Contact id", "destination": "Notes marker"}
PHONE = [{"field": "PHONE1", "number": "602 555 0100"}]
ACME = {"company_name": "Acme Inc"}
ANN = {"given_name": "Ann", "family_name": "Lee", "email": "ann@new.example"}


@pytest.fixture
def counter(counter: ShopCounter, monkeypatch: pytest.MonkeyPatch) -> ShopCounter:
    """A shop that takes whoever has the name, unless a test says otherwise: the details differ in nearly all of them."""
    change = counter.set

    def without_guard(**settings: Any) -> None:
        change(**{**settings, "customers": {"guard": "off", **settings.get("customers", {})}})

    monkeypatch.setattr(counter, "set", without_guard)
    counter.set()
    return counter


def enter(counter: ShopCounter, **fields: Any) -> str:
    """What somebody enters in QuickBooks; Ann Lee of an old e-mail address unless told otherwise."""
    usual = {"DisplayName": "Ann Lee", "GivenName": "Ann", "FamilyName": "Lee"}
    usual["PrimaryEmailAddr"] = {"Address": "ann@old.example"}  # type: ignore[assignment]
    given = {name: value for name, value in {**usual, **fields}.items() if value is not None}
    return str(counter.add("Customer", **given)["Id"])


def sell(counter: ShopCounter, number: int = 1, day: int = 0, contact: int | None = None, **fields: Any) -> None:
    """A paid order; of Ann with a new e-mail address, unless these fields of the contact say otherwise."""
    who = {**ANN, **fields}
    name = " ".join(filter(None, (who["given_name"], who["family_name"])))
    counter.sell(number, day=day, name=name, email=who["email"] or "")
    id = str(contact or 5000 + number)
    if contact:
        counter.change(number, day=day, contact={**counter.account.find(number)["contact"], "id": id})
    counter.account.put("contact", account.contact(id=id, **{"bill": None, **who}))
    counter.pay(number, day=day)


def run(counter: ShopCounter, day: int = 0) -> Counter[str]:
    """All steps of a day; gives what the updates counted."""
    begun = counter.prepare(day)
    counted = counter.update_addresses(begun)
    counter.post(begun)
    return counted


def now(counter: ShopCounter, id: str) -> dict[str, Any]:
    [found] = [one for one in counter.records("Customer") if one["Id"] == id]
    return found


def email(counter: ShopCounter, id: str) -> str | None:
    found: str | None = (now(counter, id).get("PrimaryEmailAddr") or {}).get("Address")
    return found


def updates(counter: ShopCounter) -> int:
    return sum(counter.calls(UPDATE).values())


def told(counter: ShopCounter, number: int, words: str) -> int:
    return sum(words in text for text in counter.history(number))


def missed(counter: ShopCounter) -> list[tuple[str, str, str]]:
    with reading(counter.engine) as connection:
        rows = connection.execute(select(MissedUpdate.__table__).order_by(MissedUpdate.subject))
        return [(row.kind, row.subject, row.order_id) for row in rows]


# What follows.


def test_c18_nothing_follows_unless_the_settings_say_so(counter: ShopCounter) -> None:
    ann = enter(counter)
    sell(counter, phone_numbers=PHONE, company=ACME)
    assert run(counter) == {"unchanged": 1}
    assert (email(counter, ann), updates(counter), counter.state()) == ("ann@old.example", 0, "posted")


def test_c18_blanks_are_filled_and_nothing_is_replaced(counter: ShopCounter) -> None:
    counter.set(customers={"update_details": "fill blanks"})
    ann = enter(counter)
    sell(counter, phone_numbers=PHONE, company=ACME, middle_name="Marie")
    assert run(counter) == {"updated": 1}
    found = now(counter, ann)
    assert (found["CompanyName"], found["PrimaryPhone"]["FreeFormNumber"]) == ("Acme Inc", "602 555 0100")
    assert (email(counter, ann), found["DisplayName"], found["MiddleName"]) == ("ann@old.example", "Ann Lee", "Marie")
    assert (updates(counter), counter.state()) == (1, "posted")
    assert told(counter, 1, f"Telephone number of customer {ann}: blank became 602 555 0100.") == 1
    counter.expect_quiet()


def test_c18_the_blank_of_another_name_stays(counter: ShopCounter) -> None:
    counter.set(customers={"criteria": [BY_EMAIL], "update_details": "fill blanks"})
    bob = enter(counter, DisplayName="Bob Lee", GivenName="Bob", PrimaryEmailAddr={"Address": "lee@example.com"})
    sell(counter, email="lee@example.com", middle_name="Marie", phone_numbers=PHONE)
    run(counter)
    found = now(counter, bob)
    assert ("MiddleName" in found, found["PrimaryPhone"]["FreeFormNumber"]) == (False, "602 555 0100")


def test_c18_details_follow_in_one_update_with_the_addresses(
    counter: ShopCounter, caplog: pytest.LogCaptureFixture
) -> None:
    counter.set(customers={"update_details": "follow"})
    ann = enter(counter, CompanyName="Old Ltd", PrimaryPhone={"FreeFormNumber": "480 555 0199"}, Notes="regular")
    sell(counter, phone_numbers=PHONE, company=ACME, bill="Phoenix")
    with caplog.at_level(logging.DEBUG, "order_sync"):
        assert run(counter) == {"updated": 1}
    found = now(counter, ann)
    assert (found["CompanyName"], found["PrimaryPhone"]["FreeFormNumber"]) == ("Acme Inc", "602 555 0100")
    assert (email(counter, ann), found["BillAddr"]["City"], found["Notes"]) == ("ann@new.example", "Phoenix", "regular")
    assert updates(counter) == 1
    events = [event for event in order_history(counter.engine, "demo", "1") if event.event in ("customer", "address")]
    assert {event.level for event in events} == {"info"}
    assert f"E-mail address of customer {ann}: ann@old.example became ann@new.example." in counter.history(1)
    assert "example" not in caplog.text
    counter.expect_quiet()
    assert run(counter) == {}


def test_c18_following_blanks_nothing(counter: ShopCounter) -> None:
    counter.set(customers={"criteria": [BY_NAME], "update_details": "follow"})
    ann = enter(counter, CompanyName="Old Ltd", PrimaryPhone={"FreeFormNumber": "480 555 0199"}, MiddleName="Marie")
    before = now(counter, ann)
    sell(counter, email=None)
    assert run(counter) == {"unchanged": 1}
    assert now(counter, ann) == before


@pytest.mark.parametrize(
    "same",
    [
        {"PrimaryEmailAddr": {"Address": "Ann@New.example"}, "PrimaryPhone": {"FreeFormNumber": "+1 (602) 555-0100"}},
        {"PrimaryEmailAddr": {"Address": "ann@old.example, boss@old.example"}, "GivenName": "ANN"},
        {"PrimaryEmailAddr": {"Address": "ann@new.example"}, "CompanyName": "ACME, Inc."},
    ],
)
def test_c18_another_writing_is_no_change(counter: ShopCounter, same: dict[str, Any]) -> None:
    counter.set(customers={"update_details": "follow"})
    enter(counter, **{"PrimaryPhone": {"FreeFormNumber": "602.555.0100"}, "CompanyName": "Acme Inc", **same})
    sell(counter, phone_numbers=PHONE, company=ACME)
    assert run(counter) == {"unchanged": 1}
    assert updates(counter) == 0


# The display name.


def married(counter: ShopCounter, **fields: Any) -> str:
    counter.set(customers={"criteria": [BY_NAME, BY_EMAIL], "update_details": "follow"})
    ann = enter(counter, PrimaryEmailAddr={"Address": "ann@new.example"}, **fields)
    sell(counter, family_name="Smith")
    run(counter)
    return ann


def test_c18_the_display_name_follows_where_the_settings_made_it(counter: ShopCounter) -> None:
    found = now(counter, married(counter))
    assert [found[part] for part in ("FamilyName", "DisplayName", "PrintOnCheckName")] == ["Smith", *["Ann Smith"] * 2]
    assert told(counter, 1, "Display name of customer") == 1
    sell(counter, 2, day=1, family_name="Smith", email="ann@third.example")
    run(counter, 1)
    assert counter.order(1).customer_id == counter.order(2).customer_id


@pytest.mark.parametrize("chosen", ["Lee, Ann (VIP)", "Ann Lee-Brown"])
def test_c18_a_display_name_that_somebody_chose_stays(counter: ShopCounter, chosen: str) -> None:
    found = now(counter, married(counter, DisplayName=chosen))
    assert (found["FamilyName"], found["DisplayName"]) == ("Smith", chosen)


def test_c18_a_display_name_that_is_taken_is_a_warning_and_the_rest_follows(counter: ShopCounter) -> None:
    counter.add("Vendor", DisplayName="Ann Smith")
    found = now(counter, married(counter))
    assert (found["FamilyName"], found["DisplayName"]) == ("Smith", "Ann Lee")
    assert counter.state() == "posted with warnings"
    [event] = [one for one in order_history(counter.engine, "demo", "1") if one.level == "warning"]
    assert (event.code, "display name" in event.message, "by hand" in str(event.advice)) == ("6240", True, True)
    assert missed(counter) == []


def test_c18_a_field_changes_only_such_that_the_customer_is_still_found(counter: ShopCounter) -> None:
    counter.set(
        customers={"criteria": [{**BY_NAME, "destination": "CompanyName"}, BY_COMPANY], "update_details": "follow"}
    )
    ann = enter(counter, DisplayName="Acme", CompanyName="ACME Inc")
    sell(counter, company=ACME)
    run(counter)
    assert (now(counter, ann)["CompanyName"], email(counter, ann)) == ("ACME Inc", "ann@new.example")
    assert counter.order(1).customer_id == ann
    counter.expect_quiet()


# Never.


@pytest.mark.parametrize(
    ("given", "family", "suffix"),
    [
        ("Ann Lee", "", None),
        ("Lee", "Ann", None),
        ("Annie", "", None),
        ("A", "Lee", None),
        ("Ann", "Lee Jr.", None),
        ("Ann", "Lee", "Jr."),
    ],
    ids=["both in one field", "exchanged", "a part", "an initial", "Jr.", "Jr. as suffix"],
)
def test_c18_never_a_whole_name_by_less_of_it_and_nobody_becomes_the_son(
    counter: ShopCounter, given: str, family: str, suffix: str | None
) -> None:
    counter.set(customers={"criteria": [BY_EMAIL], "update_details": "follow", "guard": "hold"})
    ann = enter(counter, PrimaryEmailAddr={"Address": ANN["email"]})
    sell(counter, given_name=given, family_name=family, suffix=suffix, phone_numbers=PHONE)
    run(counter)
    found = now(counter, ann)
    names = [found.get(part) for part in ("GivenName", "FamilyName", "Suffix", "DisplayName", "PrintOnCheckName")]
    assert names == ["Ann", "Lee", None, "Ann Lee", "Ann Lee"]
    assert (found["PrimaryPhone"]["FreeFormNumber"], counter.state()) == ("602 555 0100", "posted")


def test_c18_never_a_person_s_name_by_quite_another(counter: ShopCounter) -> None:
    counter.set(customers={"criteria": [BY_EMAIL], "update_details": "follow"})
    ann = enter(counter, PrimaryEmailAddr={"Address": "family@example.com"})
    sell(counter, given_name="Robert", family_name="Ray", email="family@example.com", phone_numbers=PHONE)
    run(counter)
    found = now(counter, ann)
    assert [found[part] for part in ("GivenName", "FamilyName", "DisplayName")] == ["Ann", "Lee", "Ann Lee"]
    assert found["PrimaryPhone"]["FreeFormNumber"] == "602 555 0100"


@pytest.mark.parametrize("how", ["fill blanks", "follow"])
def test_c18_who_orders_for_a_company_may_be_another_by_now(counter: ShopCounter, how: str) -> None:
    counter.set(customers={"criteria": [BY_COMPANY], "update_details": how})
    acme = enter(counter, DisplayName="Acme Inc", CompanyName="Acme Inc", PrimaryEmailAddr=None)
    sell(counter, given_name="Robert", family_name="Ray", company=ACME)
    run(counter)
    expected = {"fill blanks": "Ann Lee", "follow": "Robert Ray"}[how]
    found = now(counter, acme)
    assert (f"{found['GivenName']} {found['FamilyName']}", found["DisplayName"]) == (expected, "Acme Inc")
    assert email(counter, acme) == "ann@new.example"


def test_c18_a_customer_of_a_display_name_alone_gets_no_other_person_s_name(counter: ShopCounter) -> None:
    counter.set(customers={"criteria": [BY_EMAIL], "update_details": "fill blanks"})
    family = {"Address": "family@example.com"}
    alone = enter(counter, GivenName=None, FamilyName=None, PrimaryEmailAddr=family)
    sell(counter, given_name="Robert", family_name="Ray", email="family@example.com")
    run(counter)
    assert "GivenName" not in now(counter, alone)
    sell(counter, 2, day=1, email="family@example.com")
    run(counter, 1)
    assert (now(counter, alone)["GivenName"], now(counter, alone)["FamilyName"]) == ("Ann", "Lee")


@pytest.mark.parametrize("setting", ["standard_customer", "default_customer"])
def test_c18_never_the_standard_and_the_default_customer(counter: ShopCounter, setting: str) -> None:
    counter.set(customers={setting: "Ann Lee", "update_details": "follow", "update_addresses": "off"})
    ann = enter(counter)
    sell(counter)
    assert run(counter) == {}
    assert email(counter, ann) == "ann@old.example"


def test_c18_never_the_customer_of_the_days(counter: ShopCounter) -> None:
    counter.set(revenue={"consolidate": True}, customers={"update_details": "follow"})
    daily = enter(counter, DisplayName="demo daily sales", GivenName=None, FamilyName=None, PrimaryEmailAddr=None)
    sell(counter)
    run(counter)
    assert (email(counter, daily), updates(counter), counter.state()) == (None, 0, "posted")


def test_c18_never_one_who_may_be_another_person(counter: ShopCounter) -> None:
    counter.set(customers={"guard": "warn", "update_details": "follow"})
    elsewhere = {"Line1": "417 Quarry Bluff Terrace", "City": "Boston", "CountrySubDivisionCode": "MA"}
    ann = enter(counter, BillAddr=elsewhere)
    sell(counter, bill="Phoenix")
    run(counter)
    assert (counter.order(1).customer_id, email(counter, ann), updates(counter)) == (ann, "ann@old.example", 0)


def test_c18_never_from_an_order_that_is_older_than_a_recorded_one(counter: ShopCounter) -> None:
    counter.set(customers={"criteria": [BY_NAME], "update_details": "follow"})
    ann = enter(counter)
    sell(counter, 2, day=3, email="ann@newest.example")
    run(counter, 3)
    sell(counter, 1, day=1, email="ann@older.example")
    assert run(counter, 1) == {}
    assert (email(counter, ann), counter.state(1)) == ("ann@newest.example", "posted")


def test_c18_the_newest_order_of_a_run_counts(counter: ShopCounter) -> None:
    counter.set(customers={"criteria": [BY_NAME], "update_details": "follow"})
    ann = enter(counter)
    for number, hour in ((1, 17), (2, 20), (3, 18)):
        sell(counter, number, email=f"ann@{number}.example")
        counter.change(number, order_time=f"2026-11-16T{hour}:00:00.000Z")
    assert run(counter) == {"updated": 1}
    assert (email(counter, ann), updates(counter)) == ("ann@2.example", 1)


# What goes wrong.


def test_c18_a_customer_that_was_changed_meanwhile_is_compared_again(counter: ShopCounter) -> None:
    counter.set(customers={"update_details": "follow"})
    ann = enter(counter)
    sell(counter, company=ACME)
    begun = counter.prepare(0)
    body = {"Id": ann, "SyncToken": "0", "sparse": True, "Notes": "regular", "CompanyName": "Acme Inc"}
    counter.quickbooks.update("Customer", body, request_id="somebody")
    assert counter.update_addresses(begun) == {"updated": 1}
    assert (email(counter, ann), now(counter, ann)["Notes"]) == ("ann@new.example", "regular")
    assert told(counter, 1, "Company of customer") == 0


def test_c18_a_refused_detail_does_not_cost_the_address(counter: ShopCounter) -> None:
    counter.set(customers={"update_details": "follow"})
    ann = enter(counter)
    sell(counter, bill="Phoenix")
    begun = counter.prepare(0)
    counter.fail(UPDATE, **refusal("2040", "Invalid String"), next=1)
    assert counter.update_addresses(begun) == {"updated": 1}
    assert (now(counter, ann)["BillAddr"]["City"], email(counter, ann)) == ("Phoenix", "ann@new.example")


@pytest.mark.parametrize(("bill", "what"), [("Phoenix", "address and details"), (None, "details")])
def test_c18_a_refusal_says_what_was_not_updated(counter: ShopCounter, bill: str | None, what: str) -> None:
    counter.set(customers={"update_details": "follow"})
    ann = enter(counter)
    sell(counter, bill=bill)
    counter.fail(UPDATE, "429", every=1)
    assert run(counter) == {"failed": 1}
    assert told(counter, 1, f"The {what} of customer {ann} were not updated: ") == 1


# Made up by the next run.


PASSING: list[dict[str, Any]] = [
    {"what": "429", "every": 1},
    {"what": "500", "every": 1},
    {"what": "drop_before", "every": 1},
    {"what": "fault", "status": 400, "every": 1, "body": refusal("5010", "Stale Object Error")["body"]},
]


@pytest.mark.parametrize("how", PASSING, ids=["throttled", "500", "lost", "stale"])
def test_c26_a_passing_failure_is_made_up_by_the_next_run(counter: ShopCounter, how: dict[str, Any]) -> None:
    counter.set(customers={"update_details": "follow"})
    ann = enter(counter)
    sell(counter, bill="Phoenix")
    counter.fail(UPDATE, **how)
    assert run(counter)["failed"] == 1
    assert (missed(counter), counter.state()) == ([("customer", ann, "1")], "posted with warnings")

    assert run(counter, 5) == {"failed": 1}  # a run without an order, and it is still so
    warned = [one for one in order_history(counter.engine, "demo", "1") if one.level == "warning"]
    assert len(warned) == 1

    counter.mend()
    assert run(counter, 6) == {"updated": 1}
    assert (now(counter, ann)["BillAddr"]["City"], email(counter, ann)) == ("Phoenix", "ann@new.example")
    assert (missed(counter), told(counter, 1, f"Billing address of customer {ann} brought up to date.")) == ([], 1)
    sent = updates(counter)
    assert (run(counter, 7), updates(counter)) == ({}, sent)


def test_c26_an_update_whose_answer_was_lost_is_seen_as_done(counter: ShopCounter) -> None:
    ann = enter(counter)
    sell(counter, bill="Phoenix")
    begun = counter.prepare(0)
    counter.fail(UPDATE, "drop_after")
    assert counter.update_addresses(begun) == {"failed": 1}
    counter.post(begun)
    sent = updates(counter)
    assert run(counter, 5) == {"unchanged": 1}
    assert (missed(counter), updates(counter), now(counter, ann)["BillAddr"]["City"]) == ([], sent, "Phoenix")


def test_c26_a_newer_order_wins_and_ends_it(counter: ShopCounter) -> None:
    ann = enter(counter)
    sell(counter, bill="old")
    counter.fail(UPDATE, "500", every=1)
    run(counter)
    counter.mend()
    sell(counter, 2, day=1, bill="Phoenix")
    assert run(counter, 1) == {"updated": 1}
    assert (missed(counter), now(counter, ann)["BillAddr"]["City"]) == ([], "Phoenix")


def test_c26_of_two_that_failed_the_newer_one_is_kept(counter: ShopCounter) -> None:
    ann = enter(counter)
    counter.fail(UPDATE, "500", every=1)
    sell(counter, 2, day=1, bill="Phoenix")
    run(counter, 1)
    sell(counter, 1, bill="old")
    run(counter)
    assert missed(counter) == [("customer", ann, "2")]
    counter.mend()
    run(counter, 5)
    assert now(counter, ann)["BillAddr"]["City"] == "Phoenix"


@pytest.mark.parametrize("code", ["2040", "6000"])
def test_c26_a_definite_refusal_is_not_repeated(counter: ShopCounter, code: str) -> None:
    enter(counter)
    sell(counter, bill="Phoenix")
    counter.fail(UPDATE, **refusal(code, "No"), every=1)
    assert run(counter) == {"failed": 1}
    sent = updates(counter)
    assert (missed(counter), run(counter, 5), updates(counter)) == ([], {}, sent)


def test_c26_whoever_was_not_tried_is_made_up_too(counter: ShopCounter) -> None:
    for number in range(1, 6):
        enter(counter, DisplayName=f"No{number} Lee", GivenName=f"No{number}", PrimaryEmailAddr=None)
        sell(counter, number, given_name=f"No{number}", bill="Phoenix")
    counter.fail(UPDATE, "500", every=1)
    assert run(counter) == {"failed": 5}
    assert len(missed(counter)) == 5
    counter.mend()
    assert run(counter, 5) == {"updated": 5}
    assert missed(counter) == []


def fail_once(counter: ShopCounter, **fields: Any) -> str:
    """Ann's first order, whose address could not be written; gives her customer."""
    ann = enter(counter, **fields)
    sell(counter, bill="Phoenix")
    counter.fail(UPDATE, "500", every=1)
    run(counter)
    counter.mend()
    assert missed(counter) == [("customer", ann, "1")]
    return ann


def make_inactive(counter: ShopCounter, id: str) -> None:
    body = {"Id": id, "SyncToken": now(counter, id)["SyncToken"], "sparse": True, "Active": False}
    counter.quickbooks.update("Customer", body, request_id=f"inactive {id}")


def test_c26_one_that_was_made_inactive_meanwhile_is_left_alone_and_told(counter: ShopCounter) -> None:
    ann = fail_once(counter)
    make_inactive(counter, ann)
    assert run(counter, 5) == {"unchanged": 1}
    assert (missed(counter), "BillAddr" in now(counter, ann)) == ([], False)
    words = f"The address of customer {ann} will not be brought up to date: it is inactive in QuickBooks by now."
    [told_now] = [one for one in order_history(counter.engine, "demo", "1") if one.code == "CUSTOMER_GONE"]
    assert (told_now.message, told_now.level) == (words, "warning")
    run(counter, 6)
    assert told(counter, 1, words) == 1


def test_c26_one_that_is_gone_is_told(counter: ShopCounter) -> None:
    ann = fail_once(counter)
    drop_rows(counter.engine, counter.quickbooks.realm_id, "Customer", [ann])
    begun = counter.prepare(5)
    drop_rows(counter.engine, counter.quickbooks.realm_id, "Customer", [ann])
    assert counter.update_addresses(begun) == {"unchanged": 1}
    assert (missed(counter), told(counter, 1, f"of customer {ann} will not be brought up to date")) == ([], 1)


def test_c26_an_update_follows_the_merge_to_the_survivor(counter: ShopCounter) -> None:
    ann = fail_once(counter)
    anna = enter(counter, DisplayName="Anna Lee", PrimaryEmailAddr={"Address": "anna@example.com"})
    counter.merge(ann, anna)
    assert run(counter, 5) == {"updated": 1}
    assert (now(counter, anna)["BillAddr"]["City"], now(counter, ann).get("BillAddr"), missed(counter)) == (
        "Phoenix",
        None,
        [],
    )
    assert told(counter, 1, f"Billing address of customer {anna} brought up to date.") == 1
    sent = updates(counter)
    assert (run(counter, 6), updates(counter)) == ({}, sent)


def test_c26_also_where_it_fails_again_and_the_survivor_is_merged_too(counter: ShopCounter) -> None:
    ann = fail_once(counter)
    anna = enter(counter, DisplayName="Anna Lee")
    counter.merge(ann, anna)
    counter.fail(UPDATE, "500", every=1)
    assert run(counter, 5) == {"failed": 1}
    assert missed(counter) == [("customer", ann, "1")]
    counter.mend()
    annie = enter(counter, DisplayName="Annie Lee")
    counter.merge(anna, annie)
    assert run(counter, 6) == {"updated": 1}
    assert (now(counter, annie)["BillAddr"]["City"], missed(counter)) == ("Phoenix", [])


def test_c26_a_survivor_that_follows_a_newer_order_stays(counter: ShopCounter) -> None:
    ann = fail_once(counter)
    anna = enter(counter, DisplayName="Anna Lee", GivenName="Anna", PrimaryEmailAddr={"Address": "anna@new.example"})
    sell(counter, 2, day=1, given_name="Anna", email="anna@new.example", bill="Tucson")
    run(counter, 1)
    counter.merge(ann, anna)
    run(counter, 5)
    assert (now(counter, anna)["BillAddr"]["City"], missed(counter)) == ("Tucson", [])


@pytest.mark.parametrize("is_merged", [True, False])
def test_c26_what_another_store_of_the_company_recorded_since_stays(counter: ShopCounter, is_merged: bool) -> None:
    for store in ("demo", "other"):
        note_store(counter.engine, Identity(store, "", counter.quickbooks.realm_id, None))
    ann = fail_once(counter)
    anna = enter(counter, DisplayName="Anna Lee", GivenName="Anna", PrimaryEmailAddr={"Address": "anna@new.example"})
    if is_merged:
        counter.merge(ann, anna)
    counter.set(name="other")
    who = {"given_name": "Anna", "email": "anna@new.example"} if is_merged else {}
    sell(counter, 2, day=2, bill="Tucson", **who)
    run(counter, 2)
    counter.set(name="demo")
    run(counter, 5)
    assert (now(counter, anna if is_merged else ann)["BillAddr"]["City"], missed(counter)) == ("Tucson", [])


def test_c26_of_two_missed_that_are_one_now_the_newer_counts(counter: ShopCounter) -> None:
    ann = enter(counter)
    anna = enter(counter, DisplayName="Anna Lee", GivenName="Anna", PrimaryEmailAddr={"Address": "anna@new.example"})
    counter.fail(UPDATE, "500", every=1)
    sell(counter, bill="Phoenix")
    run(counter)
    sell(counter, 2, day=1, given_name="Anna", email="anna@new.example", bill="Tucson")
    run(counter, 1)
    counter.mend()
    counter.merge(anna, ann)
    run(counter, 5)
    assert (now(counter, ann)["BillAddr"]["City"], missed(counter)) == ("Tucson", [])


def test_c26_an_older_order_of_a_merged_customer_moves_nobody(counter: ShopCounter) -> None:
    ann = enter(counter)
    anna = enter(counter, DisplayName="Anna Lee", GivenName="Anna", PrimaryEmailAddr={"Address": "anna@new.example"})
    sell(counter, 2, day=1, given_name="Anna", email="anna@new.example", bill="Tucson")
    run(counter, 1)
    counter.merge(anna, ann)
    sell(counter, bill="Phoenix")
    assert run(counter) == {}
    assert "BillAddr" not in now(counter, ann)


def test_c26_a_merge_into_a_customer_for_many_is_told(counter: ShopCounter) -> None:
    ann = fail_once(counter)
    web = enter(counter, DisplayName="Web sales", GivenName=None, FamilyName=None, PrimaryEmailAddr=None)
    counter.set(customers={"default_customer": "Web sales"})
    counter.merge(ann, web)
    run(counter, 5)
    assert ("BillAddr" in now(counter, web), missed(counter)) == (False, [])
    assert told(counter, 1, f"it was merged into customer {web}, which stands for many people") == 1


def test_c26_a_merge_that_could_not_be_seen_waits(counter: ShopCounter) -> None:
    ann = fail_once(counter)
    anna = enter(counter, DisplayName="Anna Lee")
    counter.merge(ann, anna)
    counter.fail("quickbooks query SalesReceipt", "500", every=1)
    assert run(counter, 5) == {"unchanged": 1}
    assert missed(counter) == [("customer", ann, "1")]
    counter.mend()
    assert run(counter, 6) == {"updated": 1}
    assert (now(counter, anna)["BillAddr"]["City"], missed(counter)) == ("Phoenix", [])


def test_c26_a_merge_in_the_middle_of_a_run_is_followed_by_the_next(counter: ShopCounter) -> None:
    ann = enter(counter)
    sell(counter, bill="Phoenix")
    begun = counter.prepare(0)
    anna = enter(counter, DisplayName="Anna Lee")
    counter.merge(ann, anna)
    assert counter.update_addresses(begun) == {"failed": 1}
    assert "BillAddr" not in now(counter, ann)


def test_c26_what_is_no_difference_any_more_is_forgotten(counter: ShopCounter) -> None:
    ann = fail_once(counter)
    given = {name: text for name, text in PLACES["Phoenix"].items() if name in ("line1", "locality", "postal_code")}
    place = dict(zip(("Line1", "City", "PostalCode"), given.values(), strict=True)) | {"CountrySubDivisionCode": "AZ"}
    body = {"Id": ann, "SyncToken": "0", "sparse": True, "BillAddr": {**place, "Line2": "Attn: Bob"}}
    counter.quickbooks.update("Customer", body, request_id="by hand")
    sent = updates(counter)
    assert run(counter, 5) == {"unchanged": 1}
    assert (missed(counter), updates(counter), told(counter, 1, "will not be brought")) == ([], sent, 0)


def test_c26_it_waits_for_a_contact_that_is_not_given_meanwhile(counter: ShopCounter) -> None:
    ann = fail_once(counter)
    kept = next(one for one in counter.account.all("contact") if one["id"] == "5001")
    counter.sandbox.delete("/_sandbox/infusionsoft/contact/5001")
    counter.change(1, day=1, title="Renamed")
    run(counter, 1)
    assert missed(counter) == [("customer", ann, "1")]
    counter.account.put("contact", kept)
    counter.change(1, day=2, title="Renamed again")
    assert run(counter, 2) == {"updated": 1}
    assert (now(counter, ann)["BillAddr"]["City"], missed(counter)) == ("Phoenix", [])


def test_c26_with_the_setting_off_nothing_is_made_up(counter: ShopCounter) -> None:
    ann = enter(counter)
    sell(counter, bill="Phoenix")
    counter.fail(UPDATE, "500", every=1)
    run(counter)
    counter.mend()
    counter.set(customers={"update_addresses": "off"})
    assert run(counter, 5) == {}
    assert "BillAddr" not in now(counter, ann)


@pytest.mark.parametrize("how", [{"what": "429"}, {"what": "500"}, {"what": "drop_before"}], ids=["429", "500", "lost"])
def test_c26_a_contact_in_infusionsoft_is_made_up_likewise(counter: ShopCounter, how: dict[str, Any]) -> None:
    counter.set(customers={"update_addresses": "off", "update_online_store": True})
    sell(counter, bill="Phoenix")
    counter.change(1, shipping_information={"address": account.address("Tucson", "SHIPPING")})
    counter.fail(PATCH, **how, every=1)
    assert run(counter)["contacts failed"] == 1
    assert missed(counter) == [("contact", "5001", "1")]
    counter.mend()
    assert run(counter, 5) == {"contacts updated": 1}
    [contact] = [one for one in counter.account.all("contact") if one["id"] == "5001"]
    assert [one["line1"] for one in contact["addresses"] if one["field"] == "SHIPPING"] == ["9 Oak Ave"]
    assert missed(counter) == []
    assert run(counter, 6) == {}


def test_c26_a_contact_that_was_merged_meanwhile_is_followed(counter: ShopCounter) -> None:
    counter.set(customers={"update_addresses": "off", "update_online_store": True})
    sell(counter, bill="Phoenix")
    counter.change(1, shipping_information={"address": account.address("Tucson", "SHIPPING")})
    counter.fail(PATCH, "500", every=1)
    run(counter)
    counter.mend()
    note_merged_contacts(counter.engine, "demo", {"5001": "5002"})
    counter.account.put("contact", account.contact(id="5002", **ANN))
    counter.sandbox.delete("/_sandbox/infusionsoft/contact/5001")
    assert run(counter, 5) == {"contacts updated": 1}
    [contact] = counter.account.all("contact")
    assert [one["line1"] for one in contact["addresses"] if one["field"] == "SHIPPING"] == ["9 Oak Ave"]
    assert missed(counter) == []


def test_c26_a_contact_that_is_gone_is_told_once(counter: ShopCounter) -> None:
    counter.set(customers={"update_addresses": "off", "update_online_store": True})
    sell(counter, bill="Phoenix")
    counter.change(1, shipping_information={"address": account.address("Tucson", "SHIPPING")})
    counter.fail(PATCH, "500", every=1)
    run(counter)
    counter.mend()
    counter.sandbox.delete("/_sandbox/infusionsoft/contact/5001")
    assert run(counter, 5) == {"contacts failed": 1}
    assert (missed(counter), run(counter, 6)) == ([], {})
    assert told(counter, 1, "The shipping address of contact 5001 in Infusionsoft was not updated") == 2


def test_c26_a_contact_that_infusionsoft_refuses_is_not_repeated(counter: ShopCounter) -> None:
    counter.set(customers={"update_addresses": "off", "update_online_store": True})
    sell(counter, bill="Phoenix")
    counter.change(1, shipping_information={"address": account.address("Tucson", "SHIPPING")})
    counter.fail(PATCH, "fault", status=400, body='{"message": "no such region"}', every=1)
    assert run(counter) == {"contacts failed": 1}
    assert (missed(counter), run(counter, 5)) == ([], {})
