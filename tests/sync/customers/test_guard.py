"""What speaks against a match, and what does not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from order_sync.settings import CustomerField
from order_sync.sync.customers.guard import Identity, contradictions, in_words, of_customer, of_party

HOME, AWAY = "1 Elm St Mesa AZ 85201", "77 Massachusetts Blvd Apt 9 Cambridge MA 02139"
BY_NAME: CustomerField = "DisplayName"
EMAIL, ADDRESS, PHONE, SUFFIX = "e-mail address", "postal address", "telephone number", "suffix (Sr., Jr. or III)"


def party(name: str = "Ann Lee", **known: str) -> Identity:
    first, _, last = name.partition(" ")
    nothing = dict.fromkeys(("suffix", "company", "emails", "addresses", "phone"), "")
    return of_party({"first": first, "last": last} | nothing | known)


def customer(name: str = "Ann Lee", email: str = "", line: str = "", phone: str = "", **more: Any) -> Identity:
    known = {
        "PrimaryEmailAddr": {"Address": email},
        "BillAddr": {"Line1": line},
        "PrimaryPhone": {"FreeFormNumber": phone},
    }
    return of_customer({"DisplayName": name, **known, **more})


@pytest.mark.parametrize(
    ("one", "other", "differing"),
    [
        pytest.param(party(), customer(), [], id="nothing is known"),
        pytest.param(party(emails="a@x.com"), customer(line=AWAY), [], id="nothing is known of both"),
        pytest.param(party(emails="a@x.com"), customer(email="b@x.com"), [EMAIL], id="the e-mail alone"),
        pytest.param(party(addresses=HOME), customer(line=AWAY), [ADDRESS], id="the address alone"),
        pytest.param(party(phone="602 555 0100"), customer(phone="617 555 0199"), [PHONE], id="the telephone alone"),
        pytest.param(
            party(emails="a@x.com", addresses=HOME, phone="602 555 0100"),
            customer(email="b@x.com", line=AWAY, phone="617 555 0199"),
            [EMAIL, ADDRESS, PHONE],
            id="all",
        ),
        pytest.param(
            party(emails="a@x.com,b@x.com", addresses=HOME), customer(email="b@x.com", line=AWAY), [], id="moved"
        ),
        pytest.param(
            party(addresses=HOME, phone="(602) 555-0100 ext. 7"),
            customer(line=AWAY, phone="+1 602 555 0100"),
            [],
            id="moved with the telephone",
        ),
        pytest.param(
            party(addresses=HOME, phone="602 555 0100"),
            customer(line=AWAY, phone="1", Mobile={"FreeFormNumber": "6025550100"}),
            [],
            id="the mobile telephone",
        ),
        pytest.param(
            party(emails="a@x.com", addresses=HOME),
            customer(email="b@x.com", line=HOME),
            [],
            id="another e-mail address",
        ),
        pytest.param(
            party(emails="a@x.com", addresses=f"{AWAY}\n{HOME}"),
            customer(email="b@x.com", line=HOME),
            [],
            id="one of two",
        ),
    ],
)
def test_a_name_is_contradicted_by_all_else_and_confirmed_by_any(one, other, differing):
    assert contradictions(one, other, BY_NAME) == differing


@pytest.mark.parametrize(
    ("written", "there", "is_another"),
    [
        ("1 Elm Street, Mesa, AZ, 85201", HOME, False),
        ("1 Elm St. Apartment 4 Mesa AZ 85201", "1 Elm St #4 Mesa AZ 85201-1234", False),
        ("1200 North Central Avenue Phoenix AZ 85004", "1200 N Central Ave Phoenix AZ 85004", False),
        ("1200 N Central Ave Phoenix AZ 85004", "1220 N Central Ave Phoenix AZ 85004", False),
        ("P.O. Box 12 Mesa AZ 85201", HOME, False),
        ("1200 N Central Ave Phoenix AZ 85004", "4 Camelback Rd Phoenix AZ 85004", True),
        ("1 Elm St Mesa AZ 85201", "9 Oak Ave Mesa AZ 85201", True),
        ("1 Elm St Mesa AZ 85201", "1 Elm St Boston MA 02110", True),
    ],
)
def test_which_address_is_another(written, there, is_another):
    assert contradictions(party(addresses=written), customer(line=there), BY_NAME) == ([ADDRESS] if is_another else [])


def test_a_name_of_one_word_needs_the_telephone_or_the_e_mail():
    maria = party("Maria", emails="a@x.com", addresses=HOME)
    assert contradictions(maria, customer("Maria", email="b@x.com", line=HOME), BY_NAME) == [EMAIL]
    assert contradictions(maria, customer("Maria", email="a@x.com", line=AWAY), BY_NAME) == []
    assert contradictions(maria, customer("Maria"), BY_NAME) == []


@pytest.mark.parametrize(
    ("suffix", "there", "differing"),
    [
        ("Sr.", {"Suffix": "Jr."}, [SUFFIX]),
        ("Jr", {"DisplayName": "John Smith Sr."}, [SUFFIX]),
        ("II", {"Suffix": "Jr."}, []),
        ("MD", {"Suffix": "Jr."}, [SUFFIX, EMAIL]),
        ("", {"Suffix": "Jr."}, [SUFFIX, EMAIL]),
        ("Jr.", {}, [SUFFIX, EMAIL]),
        ("", {}, []),
    ],
)
def test_father_and_son_share_address_and_telephone(suffix, there, differing):
    one = party("John Smith", suffix=suffix, addresses=HOME, phone="602 555 0100", emails="a@x.com")
    known = {"name": there.pop("DisplayName", "John Smith"), "line": HOME, "phone": "602 555 0100"}
    assert contradictions(one, customer(email="b@x.com", **known, **there), BY_NAME) == differing
    same = contradictions(one, customer(email="a@x.com", **known, **there), BY_NAME)
    assert same == (differing if differing == [SUFFIX] else [])


def test_a_company_is_another_at_another_address_alone():
    acme = party("Ann Lee", company="Acme Inc.", emails="ann@acme.com", addresses=HOME)
    there = {"GivenName": "Bob", "FamilyName": "Ray", "email": "bob@acme.com"}
    assert contradictions(acme, customer("Acme", line=HOME, **there), BY_NAME) == []
    assert contradictions(acme, customer("ACME LLC", **there), BY_NAME) == []
    assert contradictions(acme, customer("Acme", line=AWAY, **there), BY_NAME) == [EMAIL, ADDRESS]


@pytest.mark.parametrize(
    ("one", "other", "differing"),
    [
        pytest.param(
            party("Robert Ray", addresses=HOME), customer(line=AWAY), ["name", ADDRESS], id="another name and address"
        ),
        pytest.param(party("Robert Ray", addresses=HOME), customer(line=HOME), [], id="another name at the address"),
        pytest.param(party("Robert Ray"), customer("Acme Widgets"), [], id="another name alone"),
        pytest.param(party("Robert Lee", addresses=HOME), customer(line=HOME), ["name"], id="of the family"),
        pytest.param(party("Robert Ray"), customer(GivenName="Ann", FamilyName="Lee"), [], id="nothing else is known"),
        pytest.param(
            party("Robert Ray", addresses=HOME),
            customer(GivenName="Ann", FamilyName="Lee", line=HOME),
            ["name"],
            id="surely two people in one house",
        ),
        pytest.param(party("Ann Ray", addresses=HOME), customer(line=AWAY), [], id="married and moved"),
        pytest.param(party("A. Lee", addresses=HOME), customer(line=AWAY), [], id="an initial"),
        pytest.param(party("Lee Ann", addresses=HOME), customer(line=AWAY), [], id="exchanged"),
        pytest.param(party("Bob Ray", addresses=HOME), customer("Ray, Robert", line=AWAY), [], id="a short name"),
        pytest.param(
            party("Robert Ray", company="Lee & Co", addresses=HOME),
            customer(line=AWAY, CompanyName="Lee and Co."),
            [],
            id="the same company",
        ),
    ],
)
def test_what_a_family_shares_is_guarded_by_name_and_address(one, other, differing):
    assert contradictions(one, other, "PrimaryEmailAddr") == differing
    assert contradictions(one, other, "PrimaryPhone") == differing


def test_what_is_somebody_s_own_takes_another_name_and_something_else():
    one, other = party("Robert Ray", addresses=HOME), {"GivenName": "Ann", "FamilyName": "Lee"}
    assert contradictions(one, customer(**other), "Notes marker") == []
    assert contradictions(one, customer(line=AWAY, **other), "Notes marker") == ["name", ADDRESS]


def test_words_name_what_differs():
    assert in_words([EMAIL]) == "its e-mail address is another: it may be another person."
    both = "its e-mail address and its postal address are others: it may be another person."
    assert in_words([EMAIL, ADDRESS]) == both


def test_a_party_and_a_customer_of_the_same_person_are_the_same():
    one = party(company="Acme", emails="A@x.com,b@x.com", phone="(602) 555-0100", addresses=HOME)
    body = {
        "GivenName": "Ann",
        "FamilyName": "Lee",
        "CompanyName": "ACME",
        "PrimaryEmailAddr": {"Address": "a@x.com, b@x.com"},
        "PrimaryPhone": {"FreeFormNumber": "+1 602 555 0100"},
        "BillAddr": {"Line1": "1 Elm St", "City": "Mesa", "CountrySubDivisionCode": "AZ", "PostalCode": "85201"},
    }
    there = of_customer(body)
    assert (one.names, one.emails, one.lines, one.phones) == (there.names, there.emails, there.lines, there.phones)
    assert (one.companies, one.generations) == (there.companies, there.generations)


KNOWN = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["Ann Lee", "Ann", "Robert Ray", "Bob Ray", "Zoë Ng"]),
        "email": st.sampled_from(["", "a@x.com", "b@x.com"]),
        "line": st.sampled_from(["", HOME, AWAY]),
        "phone": st.sampled_from(["", "602 555 0100", "617 555 0199"]),
        "Suffix": st.sampled_from(["", "Jr.", "Sr."]),
        "CompanyName": st.sampled_from(["", "Acme"]),
    }
)


@given(KNOWN, KNOWN, st.sampled_from(["DisplayName", "PrimaryEmailAddr", "PrimaryPhone", "Notes marker"]))
def test_it_is_the_same_from_both_sides_and_nobody_contradicts_himself(one, other, by):
    this, that = customer(**one), customer(**other)
    assert contradictions(this, that, by) == contradictions(that, this, by)
    assert contradictions(this, this, by) == []
