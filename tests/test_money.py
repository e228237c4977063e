"""Money: exact both ways, never rounded."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from order_sync.money import exponent, from_minor, is_whole, rounded, to_minor, with_currency

CURRENCIES = st.sampled_from(["USD", "EUR", "JPY", "KRW", "KWD", "TND", "XYZ"])


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("108.25", "USD", 10825),
        ("0.01", "EUR", 1),
        ("-0.29", "USD", -29),
        ("500", "JPY", 500),
        ("1.005", "KWD", 1005),
        ("1E+2", "USD", 10000),
        ("12345678901234567.89", "USD", 1234567890123456789),
    ],
)
def test_amounts(amount, currency, minor):
    assert to_minor(Decimal(amount), currency) == minor
    assert from_minor(minor, currency) == Decimal(amount)


@pytest.mark.parametrize(
    ("amount", "currency"), [("0.005", "USD"), ("0.5", "JPY"), ("1.0001", "KWD"), ("NaN", "USD"), ("Infinity", "USD")]
)
def test_a_fraction_of_the_smallest_unit_is_refused(amount, currency):
    with pytest.raises(ValueError, match=currency):
        to_minor(Decimal(amount), currency)


def test_places():
    assert [exponent(currency) for currency in ("USD", "JPY", "KWD", "???")] == [2, 0, 3, 2]
    assert [str(from_minor(10000, currency)) for currency in ("USD", "JPY", "KWD")] == ["100.00", "10000", "10.000"]


@given(st.integers(-(10**20), 10**20), CURRENCIES)
def test_there_and_back(minor, currency):
    assert to_minor(from_minor(minor, currency), currency) == minor


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        ("0.005", "USD", "0.01"),
        ("-0.005", "USD", "-0.01"),
        ("0.0049", "USD", "0.00"),
        ("1.015", "USD", "1.02"),
        ("2.5", "JPY", "3"),
        ("1.0005", "KWD", "1.001"),
        ("7", "USD", "7.00"),
    ],
)
def test_halves_are_rounded_away_from_zero(amount, currency, expected):
    assert str(rounded(Decimal(amount), currency)) == expected


@given(st.integers(-(10**15), 10**15), st.integers(1, 9), CURRENCIES)
def test_only_whole_numbers_of_the_smallest_unit_are_whole(minor, tenths, currency):
    whole = from_minor(minor, currency)
    assert is_whole(whole, currency)
    assert not is_whole(whole + Decimal(tenths).scaleb(-exponent(currency) - 1), currency)


@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [
        ("110", "USD", "110.00 USD"),
        ("1E+2", "EUR", "100.00 EUR"),
        ("-8.6000", "GBP", "-8.60 GBP"),
        ("500.00", "JPY", "500 JPY"),
        ("1.5", "KWD", "1.500 KWD"),
        ("10.005", "USD", "10.005 USD"),
    ],
)
def test_an_amount_is_told_in_one_form(amount, currency, words):
    assert with_currency(Decimal(amount), currency) == words
