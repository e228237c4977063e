"""Postal addresses: what counts as another one, by example and by rule, and what is cut."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from order_sync.infusionsoft.records import Address
from order_sync.sync.addresses.postal import PARTS, differs, parts_of, shortened, too_long
from tests.shop.records import TUCSON

HAS = {
    "Line1": "9 Oak Ave",
    "Line2": "Unit 4",
    "City": "Tucson",
    "CountrySubDivisionCode": "AZ",
    "PostalCode": "85701",
    "Country": "USA",
}
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
addresses = st.dictionaries(st.sampled_from(PARTS), texts)


def test_the_parts_of_an_address():
    assert parts_of(TUCSON) == HAS
    assert parts_of(Address()) == {}


@pytest.mark.parametrize(
    ("code", "name", "country"),
    [
        ("USA", "United States", "USA"),
        ("usa", None, "USA"),
        ("XKX", "Kosovo", "Kosovo"),
        ("XKX", None, "XKX"),
        (None, "Chad", "Chad"),
        (None, None, None),
    ],
)
def test_a_country_is_written_by_its_code_or_its_name(code, name, country):
    assert parts_of(Address(country_code=code, country=name)).get("Country") == country


@pytest.mark.parametrize(
    "same",
    [
        {"Line1": "9  OAK ave."},
        {"Line1": "9 Oak Ave, Unit 4", "Line2": ""},
        {"Line2": "", "Line3": "Unit 4"},
        {"Country": "United States"},
        {"Country": ""},
        {"City": "TUCSON"},
        {"CountrySubDivisionCode": ""},
        {"PostalCode": " 857-01"},
        {"PostalCode": ""},
    ],
)
def test_what_is_no_other_address(same):
    wanted = {name: text for name, text in {**HAS, **same}.items() if text}
    assert not differs(wanted, HAS)


@pytest.mark.parametrize(
    "other",
    [
        {"Line1": "19 Oak Ave"},
        {"Line2": ""},
        {"Line2": "Unit 5"},
        {"Line3": "Gate B"},
        {"Line5": "Gate B"},
        {"City": "Phoenix"},
        {"CountrySubDivisionCode": "NM"},
        {"PostalCode": "85702"},
        {"PostalCode": "85701-1234"},
        {"Country": "MEX"},
    ],
)
def test_what_is_another_address(other):
    wanted = {name: text for name, text in {**HAS, **other}.items() if text}
    assert differs(wanted, HAS)


@pytest.mark.parametrize(
    "same",
    [
        {"CountrySubDivisionCode": "Arizona"},
        {"CountrySubDivisionCode": "US-AZ"},
        {"Country": "The United States of America"},
        {"Line1": "9 Oak Avenue"},
        {"Line2": "Unit #4"},
        {"City": "Túcson"},
    ],
)
def test_c23_what_is_only_written_otherwise_is_no_other_address(same):
    assert not differs({**HAS, **same}, HAS)
    assert not differs(HAS, {**HAS, **same})


def test_c23_a_zip_code_does_not_replace_the_zip_plus_4_that_begins_with_it():
    assert not differs(HAS, {**HAS, "PostalCode": "85701-1234"})
    assert differs({**HAS, "PostalCode": "85701-1234"}, HAS)
    assert differs(HAS, {**HAS, "PostalCode": "85702-1234"})


def test_c23_an_address_without_a_country_is_at_home():
    at_home = {name: text for name, text in HAS.items() if name != "Country"}
    assert not differs(HAS, at_home, "US")
    assert not differs(at_home, HAS, "US")
    assert not differs(at_home, {**at_home, "CountrySubDivisionCode": "Arizona"}, "US")
    assert differs(HAS, at_home, "CA")
    assert differs({**HAS, "Country": "CAN"}, at_home, "US")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hauptstraße 5", "Hauptstr. 5"),
        ("Lange Straße 5", "Lange Str. 5"),
        ("100 North Central Avenue, Suite 4", "100 N. Central Ave Ste 4"),
        ("1 O’Hara Blvd.", "1 O'Hara Boulevard"),
    ],
)
def test_c23_streets_that_are_one(one, other):
    assert not differs({"Line1": one}, {"Line1": other})


@pytest.mark.parametrize(
    ("one", "other"), [("9 Oak Ave", "9 Oak St"), ("9 N Oak", "9 S Oak"), ("9 Oak Ave 4", "9 Oak Ave 5")]
)
def test_c23_streets_that_are_not(one, other):
    assert differs({"Line1": one}, {"Line1": other})


@pytest.mark.parametrize("lines", ["Line2", "Line3", "Line4", "Line5"])
def test_a_line_that_only_quickbooks_has_makes_it_another_address(lines):
    assert differs(HAS, {**HAS, lines: "c/o Bob"})


def test_what_quickbooks_lacks_is_a_difference():
    for name in HAS:
        assert differs(HAS, {part: text for part, text in HAS.items() if part != name})
        assert differs(HAS, {**HAS, name: None})


def test_an_address_without_a_street_replaces_only_one_without():
    town = {"City": "Phoenix", "PostalCode": "85001"}
    assert not differs(town, HAS)
    assert differs(town, {"City": "Tucson"})


@given(addresses)
def test_no_address_is_another_one_than_itself(address):
    assert not differs(address, address)


@given(addresses)
def test_nothing_replaces_nothing(address):
    assert not differs({}, address)


@given(addresses, addresses)
def test_case_and_spaces_never_matter(one, other):
    loud = {name: f" {text.upper().lower()}  " for name, text in one.items()}
    quiet = {name: text.upper().lower() for name, text in one.items()}
    assert differs(loud, other) == differs(quiet, other)


@given(st.builds(Address, *[st.none() | st.text(max_size=8)] * 7), st.integers(1, 8))
def test_a_shortened_address_is_within_its_limits_and_only_then_said_to_be_cut(address, limit):
    limits = {"line1": limit, "postal_code": limit}
    cut = shortened(address, limits)
    assert all(len(getattr(cut, field) or "") <= limit for field in limits)
    assert too_long(cut, limits) == []
    assert (cut == address) == (too_long(address, limits) == [])
    assert replace(cut, line1=None, postal_code=None) == replace(address, line1=None, postal_code=None)


def test_what_is_cut_is_named():
    address = replace(TUCSON, line1="x" * 11, postal_code="1" * 11)
    limits = {"line1": 10, "line2": 10, "postal_code": 10}
    assert too_long(address, limits) == ["first line", "postal code"]
    assert shortened(replace(TUCSON, line1="1234567890 1"), limits).line1 == "1234567890"
