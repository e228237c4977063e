"""What stands beside a contact: the customers that may be meant, and what of each is the same."""

from __future__ import annotations

import pytest

from order_sync.sync.orders.decision import Decision
from order_sync.sync.review.candidates import candidates, named_in

PARTY = {
    "prefix": "",
    "first": "Ann",
    "middle": "",
    "last": "Lee",
    "suffix": "",
    "company": "",
    "email": "ann@example.com",
    "phone": "(602) 555-0100",
    "contact_id": "77",
    "shipping_first": "",
    "shipping_last": "",
    "shipping_company": "",
    "emails": "ann@example.com",
    "addresses": "113 Main St Phoenix AZ 85001",
    "postal_code": "85001",
}
ANN = {
    "Id": "1",
    "DisplayName": "Ann Lee",
    "GivenName": "Ann",
    "FamilyName": "Lee",
    "PrimaryEmailAddr": {"Address": "ann@example.com"},
    "PrimaryPhone": {"FreeFormNumber": "602.555.0100"},
    "BillAddr": {"Line1": "113 Main Street", "City": "Phoenix", "CountrySubDivisionCode": "AZ", "PostalCode": "85001"},
}
BOB = {"Id": "2", "DisplayName": "Bob Ray", "PrimaryEmailAddr": {"Address": "bob@example.com"}}


def test_what_agrees_and_what_differs_is_said_of_each() -> None:
    ann, bob = candidates(PARTY, {"2": "", "1": ""}, {"1": ANN, "2": BOB})
    assert (ann.id, ann.name_agrees) == ("1", True)
    assert {fact.label: fact.agrees for fact in ann.facts if fact.text} == {
        "E-mail": True,
        "Telephone": True,
        "Address": True,
    }
    assert (bob.id, bob.name_agrees) == ("2", False)
    assert {fact.label: fact.agrees for fact in bob.facts} == {
        "E-mail": False,
        "Telephone": None,
        "Address": None,
        "Company": None,
    }


def test_an_inactive_customer_comes_last_however_alike() -> None:
    found = candidates(PARTY, {"1": "", "2": ""}, {"1": {**ANN, "Active": False}, "2": BOB})
    assert [(one.id, one.is_active) for one in found] == [("2", True), ("1", False)]


def test_customers_that_the_cache_has_no_more_are_left_out() -> None:
    assert candidates(PARTY, {"9": ""}, {}) == []


def test_look_alikes_follow_those_that_a_criterion_found() -> None:
    decision = Decision(
        "held",
        candidates=[{"id": "2", "name": "Bob Ray"}],
        suggestions=[
            {"id": "1", "name": "Ann Lee", "reason": "name 100 %"},
            {"id": "2", "name": "Bob Ray", "reason": "x"},
        ],
    )
    assert named_in(decision) == {"2": "", "1": "name 100 %"}
    assert named_in(None) == {}


HER_HOUSE = {"Line1": "113 Main Street", "City": "Phoenix", "CountrySubDivisionCode": "AZ", "PostalCode": "85001"}
HER_OFFICE = {"Line1": "8468 Jackson Plain", "Line2": "Suite 232", "City": "Montréal", "CountrySubDivisionCode": "QC"}
OFFICE, HOUSE = "8468 Jackson Plain Suite 232 Montréal QC", "113 Main Street Phoenix AZ 85001"


@pytest.mark.parametrize(
    ("bill", "ship", "shown", "agrees"),
    [
        (HER_OFFICE, HER_HOUSE, f"{HOUSE} (shipping)", True),
        (HER_HOUSE, HER_OFFICE, HOUSE, True),
        (HER_HOUSE, HER_HOUSE, HOUSE, True),
        (None, HER_HOUSE, f"{HOUSE} (shipping)", True),
        (HER_OFFICE, {**HER_OFFICE, "Line1": "1 Elm"}, OFFICE, False),
        (HER_OFFICE, {**HER_HOUSE, "Line1": "PO Box 5"}, OFFICE, None),
        (None, None, "", None),
    ],
)
def test_the_address_that_is_the_same_is_the_one_that_is_shown_as_quickbooks_writes_it(
    bill: dict[str, str] | None, ship: dict[str, str] | None, shown: str, agrees: bool | None
) -> None:
    [ann] = candidates(PARTY, {"1": ""}, {"1": {**ANN, "BillAddr": bill, "ShipAddr": ship}})
    [address] = [fact for fact in ann.facts if fact.label == "Address"]
    assert (address.text, address.agrees) == (shown, agrees)
