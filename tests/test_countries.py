"""Countries: codes and names of the same one are the same, and nothing else is."""

from __future__ import annotations

import itertools

import pytest
from babel import Locale

from order_sync.countries import country_key, is_alpha3, is_country


@pytest.mark.parametrize(
    "same",
    [
        ("USA", "US", "usa", "United States", " united  states ", "U.S.A.", "United States of America"),
        ("GBR", "GB", "UK", "United Kingdom", "Great Britain"),
        ("CAN", "ca", "Canada"),
        ("CIV", "CI", "Côte d'Ivoire", "COTE D’IVOIRE"),
        ("BIH", "Bosnia & Herzegovina", "Bosnia and Herzegovina"),
        ("TUR", "Türkiye", "Turkey"),
        ("HKG", "Hong Kong"),
        ("Narnia", "NARNIA"),
        ("GBR", "U.K.", "England", "Scotland", "wales", "Northern Ireland", "Britain", "The United Kingdom"),
        ("NLD", "Holland", "The Netherlands", "Netherlands"),
        ("USA", "The United States", "the U.S.A.", "America"),
        ("MEX", "México", "Mexico"),
        ("CIV", "Ivory Coast"),
        ("KOR", "Korea, Republic of", "South Korea"),
        ("ESP", "España", "ESPANA", "Spanien", "Espagne", "Spain"),
        ("DEU", "DE", "Deutschland", "Bundesrepublik Deutschland", "Alemania", "Duitsland"),
        ("CHE", "Schweiz", "Suisse", "Svizzera", "Switzerland"),
        ("AUT", "Österreich", "Autriche"),
        ("USA", "Estados Unidos", "États-Unis", "Vereinigte Staaten", "Stati Uniti", "EE.UU."),
        ("GBR", "Vereinigtes Königreich", "Reino Unido", "Großbritannien", "Verenigd Koninkrijk"),
        ("JPN", "日本", "Japón"),
        ("GRC", "Ελλάδα", "Griechenland"),
        ("NLD", "Nederland", "Niederlande", "Pays-Bas"),
        ("BRA", "Brasil", "Brésil"),
        ("TWN", "台灣"),
    ],
)
def test_writings_of_the_same_country_have_one_key(same):
    assert len({country_key(text) for text in same}) == 1


def test_different_countries_have_different_keys():
    texts = (
        "USA",
        "United Kingdom",
        "CA",
        "AUS",
        "Austria",
        "DEU",
        "Denmark",
        "PRI",
        "VIR",
        "CHE",
        "CHN",
        "Narnia",
        "",
    )
    for one, other in itertools.combinations(texts, 2):
        assert country_key(one) != country_key(other)


def test_names_of_other_languages_take_none_away():
    for code, name in Locale("en").territories.items():
        if len(code) == 2 and is_country(code):
            assert country_key(name) == country_key(code)
    assert not is_alpha3("MAN")
    assert len({country_key(text) for text in ("Kongo", "COD", "COG")}) == 3


def test_a_code_that_several_countries_inherited_is_none_of_them():
    assert country_key("ANT") not in (country_key("Curaçao"), country_key("Sint Maarten"))


@pytest.mark.parametrize(
    ("code", "is_one"),
    [
        ("USA", True),
        ("GBR", True),
        ("usa", False),
        ("US", False),
        ("XXX", False),
        ("ZZZ", False),
        ("840", False),
        ("", False),
    ],
)
def test_an_alpha3_code(code, is_one):
    assert is_alpha3(code) is is_one
