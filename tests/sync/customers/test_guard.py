"""What speaks against a match, and what does not."""

from __future__ import annotations

import pytest

from order_sync.sync.customers.guard import Identity, contradicts, lives_elsewhere, of_customer, of_party

HOME, AWAY = "1 elm st mesa az 85201", "77 massachusetts blvd apt 9 cambridge ma 02139"


def identity(name="ann lee", emails=("a@x.com",), addresses=(HOME,), phone="") -> Identity:
    return Identity((name,), frozenset(emails), tuple(addresses), phone)


@pytest.mark.parametrize(
    ("other", "doubted"),
    [
        (identity(emails=("b@x.com",), addresses=(AWAY,)), True),
        (identity(emails=("b@x.com", "a@x.com"), addresses=(AWAY,)), False),
        (identity(emails=(), addresses=(AWAY,)), False),
        (identity(emails=("b@x.com",), addresses=()), False),
        (identity(emails=("b@x.com",), addresses=(AWAY, HOME)), False),
        (identity("international brotherhood of carpenters local 1912", ("b@x.com",)), False),
    ],
)
def test_it_takes_another_email_and_another_address(other, doubted):
    assert contradicts(identity(), other) is contradicts(other, identity()) is doubted


def test_the_same_telephone_number_is_the_same_place():
    assert lives_elsewhere(identity(phone="+1"), identity(addresses=(AWAY,), phone="+2"))
    assert not lives_elsewhere(identity(phone="+1"), identity(addresses=(AWAY,), phone="+1"))


def test_a_party_and_a_customer_of_the_same_person_are_the_same():
    party = {"first": "Ann", "last": "Lee", "company": "Acme", "emails": "A@x.com,b@x.com", "phone": "(602) 555-0100"}
    party["addresses"] = "1 Elm St Mesa AZ 85201"
    body = {
        "DisplayName": "Ann Lee",
        "CompanyName": "ACME",
        "PrimaryEmailAddr": {"Address": "a@x.com, b@x.com"},
        "PrimaryPhone": {"FreeFormNumber": "+1 602 555 0100"},
        "BillAddr": {"Line1": "1 Elm St", "City": "Mesa", "CountrySubDivisionCode": "AZ", "PostalCode": "85201"},
    }
    assert of_party(party, "US") == of_customer(body, "US")
