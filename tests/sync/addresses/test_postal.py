"""Postal addresses: what counts as another one, by example and by rule, and what is cut."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from order_sync.infusionsoft.records import Address
from order_sync.sync.addresses.customers import address_changes
from order_sync.sync.addresses.postal import PARTS, differs, parts_of, shortened, too_long
from tests.shop import records
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


WANTED = {**HAS, "Line2": "Unit 4"}
NAMES = {"Ann Lee", "3M Company"}


def lines(*texts: str, **parts: str) -> dict[str, str]:
    """An address of these lines, and these parts."""
    return {f"Line{at}": text for at, text in enumerate(texts, 1)} | parts


TOWN = {name: HAS[name] for name in ("City", "CountrySubDivisionCode", "PostalCode", "Country")}


@pytest.mark.parametrize(
    "there",
    [
        ("Attn: Accounts Payable", "9 Oak Ave", "Unit 4"),
        ("ATTN Bob", "9 Oak Avenue #4"),
        ("c/o Bob Roy", "9 Oak Ave Unit 4"),
        ("C/O Bob Roy, 2nd desk", "9 Oak Ave Unit 4"),
        ("Acme Inc", "9 Oak Ave", "Unit 4"),
        ("Acme Inc", "Attn: Bob", "9 Oak Ave", "Unit 4"),
        ("3M Company", "Ann Lee", "9 Oak Ave", "Unit 4"),
        ("9 Oak Ave", "Unit 4", "Attn: Bob"),
        ("9 Oak Ave", "c/o Bob", "Unit 4"),
        ("The Old Mill", "9 Oak Ave", "Apt 4"),
        ("z. Hd. Herrn Roy", "9 Oak Ave", "Unit 4"),
        ("z.Hd. Herrn Roy", "9 Oak Ave", "Unit 4"),
        ("À l'attention de Bob", "9 Oak Ave", "Unit 4"),
        ("T.a.v. Bob", "9 Oak Ave", "Unit 4"),
        ("Attn: Bob\n9 Oak Ave", "Unit 4"),
    ],
)
def test_c23_who_is_to_get_it_makes_no_other_address(there):
    assert not differs(WANTED, lines(*there, **TOWN), "US", NAMES)
    assert differs({**WANTED, "Line1": "19 Oak Ave"}, lines(*there, **TOWN), "US", NAMES)
    assert differs({**WANTED, "City": "Mesa"}, lines(*there, **TOWN), "US", NAMES)


@pytest.mark.parametrize(
    "there",
    [
        ("North Tower", "9 Oak Ave"),
        ("Unit B", "9 Oak Ave"),
        ("7 Elm Rd", "9 Oak Ave"),
        ("9 Oak Ave", "Acme Inc"),
        ("P.O. Box", "9 Oak Ave"),
        ("c/o Bob",),
    ],
)
def test_c23_what_says_which_door_or_another_street_does(there):
    assert differs(lines("9 Oak Ave", **TOWN), lines(*there, **TOWN), "US", NAMES)


def test_c23_houses_without_a_number_are_told_apart_by_their_names():
    assert differs(lines("Church Lane", **TOWN), lines("Mill House", "Church Lane", **TOWN))
    assert differs(lines("Broad House", "Church Lane", **TOWN), lines("Mill House", "Church Lane", **TOWN))
    assert differs(lines("Broad House", "5 Church Lane", **TOWN), lines("Mill House", "5 Church Lane", **TOWN))


def test_c23_a_street_behind_who_is_to_get_it_is_one():
    wanted = lines("c/o Bob Roy, 5 Main St", "Apt 4", **TOWN)
    assert differs(wanted, lines("c/o Bob Roy, 6 Main St", "Apt 4", **TOWN))
    assert differs(wanted, lines("c/o Bob Roy, 6 Main St", "2nd floor", **TOWN))
    assert not differs(wanted, lines("C/O Bob Roy, 5 Main Street", "#4", **TOWN))


@pytest.mark.parametrize("door", ["Apt 402", "Suite 402", "Floor 12, Unit 402", "#402", "# 402"])
def test_c23_a_door_is_no_town(door):
    assert differs(lines("5 Main St", City="Phoenix"), lines("5 Main St", door, City="Phoenix"))


def test_c23_who_is_to_get_it_is_written_where_nobody_is_said():
    wanted = lines("c/o Bob Roy", "9 Oak Ave", **TOWN)
    assert differs(wanted, lines("9 Oak Ave", **TOWN))
    assert not differs(wanted, lines("Attn: Sue Ray", "9 Oak Ave", **TOWN))
    assert not differs(wanted, lines("Acme Inc", "9 Oak Ave", **TOWN))


@pytest.mark.parametrize(
    "there",
    [
        ("9 Oak Ave", "Unit 4", "Tucson, AZ 85701"),
        ("Ann Lee", "9 Oak Ave Unit 4", "Tucson, Arizona 85701-1234", "USA"),
        ("9 Oak Ave, Unit 4, Tucson, AZ, 85701",),
        ("9 Oak Ave\nUnit 4\nTucson AZ 85701",),
        ("Acme Inc", "Attn: Bob", "9 Oak Ave", "Unit 4", "Tucson 85701"),
        ("9 Oak Avenue #4", "Tucson", "AZ", "85701", "United States"),
        ("9 Oak Ave Unit 4", "85701"),
    ],
)
def test_c23_a_town_may_stand_in_the_lines(there):
    assert not differs(WANTED, lines(*there), "US", NAMES)
    at_home = {name: text for name, text in WANTED.items() if name not in ("Country", "CountrySubDivisionCode")}
    assert not differs(at_home, lines(*there), "US", NAMES)
    assert not differs(WANTED, lines(*there, Country="United States"), "US", NAMES)
    for part, text in (("Line1", "8 Oak Ave"), ("PostalCode", "85702"), ("Line2", "Unit 5"), ("Line2", "")):
        assert differs({**WANTED, part: text}, lines(*there), "US", NAMES)
    if "Tucson" in " ".join(there):
        assert differs({**WANTED, "City": "Mesa"}, lines(*there), "US", NAMES)
    assert differs({**WANTED, "Country": "MEX"}, lines(*there, Country="USA"), "US", NAMES)


@pytest.mark.parametrize(
    ("wanted", "there"),
    [
        (("Hauptstraße 5a", "Berlin", "10115", "DEU"), ("Firma Roy", "Hauptstr. 5 a", "D-10115 Berlin", "Deutschland")),
        (("Bahnhofstr. 1", "Zürich", "8001", "CHE"), ("Bahnhofstrasse 1", "8001 Zuerich", "Schweiz")),
        (("10 Downing Street", "London", "SW1A 2AA", "GBR"), ("10 Downing St", "London SW1A 2AA", "England")),
        (("Calle Mayor 5", "Madrid", "28013", "ESP"), ("Calle Mayor, 5", "28013 Madrid", "España")),
    ],
)
def test_c23_it_may_be_any_country_s(wanted, there):
    parts = lines(wanted[0], City=wanted[1], PostalCode=wanted[2], Country=wanted[3])
    assert not differs(parts, lines(*there), "US")
    assert not differs(parts, lines(*there[:-1], Country=there[-1]), "US")
    assert differs({**parts, "Country": "FRA"}, lines(*there), "US")


def test_c23_an_order_without_a_town_takes_none_away():
    assert not differs(lines("9 Oak Ave"), lines("9 Oak Ave", "Tucson, AZ 85701"), "US")
    assert not differs(lines("9 Oak Ave", City="Tucson"), lines("9 Oak Ave", "Tucson, AZ 85701"), "US")
    assert differs(lines("9 Oak Ave"), lines("9 Oak Ave", "Unit 4"), "US")


@pytest.mark.parametrize(
    ("part", "one", "other"),
    [
        ("Country", "ESP", "España"),
        ("Country", "DEU", "Deutschland"),
        ("Country", "DEU", "DE"),
        ("Country", "CHE", "Schweiz"),
        ("City", "Saint Louis", "St. Louis"),
        ("City", "Fort Worth", "Ft Worth"),
        ("Line1", "PO Box 12", "P.O. Box 12"),
        ("Line1", "PO Box 12", "Post Office Box 12"),
        ("Line1", "9 Oak Ave Apt 4", "9 Oak Ave #4"),
        ("Line1", "5-B Oak Ave", "5B Oak Ave"),
    ],
)
def test_c23_two_writings_are_one(part, one, other):
    assert not differs({**HAS, part: one}, {**HAS, part: other})
    assert not differs({**HAS, part: other}, {**HAS, part: one})


def test_c23_regions_that_nobody_knows_all_writings_of():
    home = lines("Hauptstr. 5", City="München", PostalCode="80331", Country="DEU")
    assert not differs({**home, "CountrySubDivisionCode": "Bavaria"}, {**home, "CountrySubDivisionCode": "Bayern"})
    assert differs({**home, "CountrySubDivisionCode": "Bavaria"}, home)
    assert differs({**HAS, "CountrySubDivisionCode": "NM"}, HAS)


@pytest.mark.parametrize("lines", ["Line2", "Line3", "Line4", "Line5"])
def test_a_line_that_only_quickbooks_has_makes_it_another_address(lines):
    assert differs(HAS, {**HAS, lines: "Gate B"})


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


WORDS = (
    "9 Oak Ave",
    "Attn: Bob",
    "c/o Sue",
    "Acme Inc",
    "Unit 4",
    "#4",
    "Tucson, AZ 85701",
    "85701",
    "USA",
    "Church Lane",
)
SOME = st.sampled_from((*WORDS, "Tucson", "AZ", "Arizona", "Canada", "Québec"))
PLACE = st.builds(Address, *[st.none() | SOME] * 5, country=st.none() | SOME)


@given(PLACE, st.dictionaries(st.sampled_from(PARTS), SOME))
def test_c23_what_was_written_is_not_written_again(place, has):
    snapshot = records.snapshot(by=records.contact(billing=place, shipping=Address()))
    changes = address_changes(snapshot, {"BillAddr": has}, "Billing with Billing", "US")
    after = has | changes.get("BillAddr", {})
    assert address_changes(snapshot, {"BillAddr": after}, "Billing with Billing", "US") == {}
