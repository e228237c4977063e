"""Regions: what stands on letters, and which writings of one are the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from order_sync.regions import region_key, region_text

TEXTS = st.text(max_size=12)


@pytest.mark.parametrize(
    ("code", "name", "text"),
    [
        ("US-AZ", "Arizona", "AZ"),
        ("CA-QC", "Québec", "QC"),
        ("AU-NSW", None, "NSW"),
        ("JP-13", "Tokyo", "Tokyo"),
        ("JP-13", None, None),
        ("JP-13", "13", None),
        ("JP-13", "JP-13", None),
        ("FR-75", "Paris", "Paris"),
        ("FR-75C", "Paris", "Paris"),
        ("FR-2A", None, None),
        ("CN-11", "Beijing", "Beijing"),
        ("GB-ENG", "England", "England"),
        ("GB-ENG", None, None),
        ("ES-M", "Madrid", "Madrid"),
        ("DE-BY", None, None),
        ("AZ", "Arizona", "AZ"),
        (None, "Arizona", "Arizona"),
        (None, None, None),
    ],
)
def test_c22_a_region_is_written_as_its_country_writes_it(code, name, text):
    assert region_text(code, name) == text


@pytest.mark.parametrize(
    ("code", "name", "country", "text"),
    [
        (None, "JP-13", None, None),
        (None, "13", "JPN", None),
        ("13", "Tokyo", "JPN", "Tokyo"),
        ("Tokyo", "13", "JPN", "Tokyo"),
        ("us-az", None, None, "AZ"),
        (None, "us-az", "USA", "AZ"),
        ("US-AZ", "us-az", "USA", "AZ"),
        ("az", "Arizona", None, "AZ"),
        ("AZ", None, "United States", "AZ"),
        ("DE-BY", "de-by", "DEU", None),
        ("DE-BY", "BY", "DEU", None),
        ("DE-BY", "Bayern", "DEU", "Bayern"),
        (None, "DE-BY", "DEU", None),
        ("BY", None, "DEU", None),
        ("BY", "Bavaria", "Deutschland", "Bavaria"),
        ("UK-ENG", None, "GBR", None),
        ("NL-NH", "Noord-Holland", "NLD", "Noord-Holland"),
        ("IE-D", None, "IRL", None),
        ("IN-MH", "Maharashtra", "IND", "Maharashtra"),
        ("MX-JAL", "Jalisco", "MEX", "Jalisco"),
        ("IT-MI", "Milano", "ITA", "MI"),
        ("IT-25", "Lombardia", "ITA", "Lombardia"),
        ("br-sp", "São Paulo", "BRA", "SP"),
        ("US-AZ", None, "JPN", "AZ"),
        ("DE-BY", None, "USA", None),
        ("US-PR", None, "PRI", "PR"),
        ("Québec", None, "CAN", "Québec"),
        (None, "Baden-Württemberg", "DEU", "Baden-Württemberg"),
        (None, "NSW", "AUS", "NSW"),
        ("", " ", "USA", None),
    ],
)
def test_c22_a_code_in_any_place_is_no_name(code, name, country, text):
    found = region_text(code, name, country)
    assert found == text
    assert region_text(code, found, country) == found


@given(st.from_regex(r"[A-Z]{2}-[0-9]{1,3}", fullmatch=True), st.none() | TEXTS.filter(lambda text: text != ""))
def test_c22_a_number_is_never_a_region(code, name):
    found = region_text(code, name)
    assert found in (name, None)
    assert found is None or any(map(str.isalpha, found))


@pytest.mark.parametrize(
    ("country", "same"),
    [
        ("US", ("AZ", "Arizona", " ARIZONA", "az", "US-AZ")),
        ("US", ("DC", "D.C.", "District of Columbia", "Washington, D.C.")),
        ("CA", ("QC", "Québec", "Quebec", "PQ", "CA-QC")),
        ("CA", ("NL", "Newfoundland & Labrador", "Newfoundland and Labrador")),
        ("AU", ("NSW", "New South Wales", "N.S.W.")),
        ("DE", ("Baden-Württemberg", "Baden-Wurttemberg")),
    ],
)
def test_c23_writings_of_a_region_are_one(country, same):
    assert len({region_key(text, country) for text in same}) == 1


@pytest.mark.parametrize(
    ("country", "one", "other"),
    [
        ("US", "AZ", "AR"),
        ("US", "WA", "Western Australia"),
        ("AU", "WA", "Washington"),
        ("US", "Virginia", "West Virginia"),
    ],
)
def test_c23_other_regions_are_not(country, one, other):
    assert region_key(one, country) != region_key(other, country)
