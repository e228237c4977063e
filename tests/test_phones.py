"""The telephone number in a text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from order_sync.keys import phone_key
from order_sync.phones import telephone, with_extension


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+1 (602) 555-0100 (office, ask for Jo)", "+1 (602) 555-0100"),
        ("602-555-0100 ext. 7", "602-555-0100 ext. 7"),
        ("602 555 0100 x7 after 5pm", "602 555 0100 x7"),
        ("602 555 0100 / 602 555 0101", "602 555 0100"),
        ("tel: 602.555.0100", "602.555.0100"),
        ("0170 1234567 (mobil)", "0170 1234567"),  # not of the country: whole all the same
        ("+49 170 1234567 abends", "+49 170 1234567"),
        ("call me", "call me"),
        ("1-800-FLOWERS", "1-800-FLOWERS"),
        ("555", "555"),
        ("", ""),
    ],
)
def test_the_number_in_a_text(text: str, number: str) -> None:
    assert telephone(text, "US") == number


@given(st.text(" ()+-./0123456789xextabc,ö", max_size=50))
def test_a_number_stays_itself_and_is_part_of_the_text(text: str) -> None:
    found = telephone(text, "US")
    assert telephone(found, "US") == found
    assert phone_key(found, "US") == phone_key(text, "US")


@pytest.mark.parametrize(
    ("number", "extension", "both"),
    [
        ("602 555 0100", "7", "602 555 0100 x7"),
        ("602 555 0100", "ext. 7", "602 555 0100 x7"),
        ("602 555 0100 ext 7", "7", "602 555 0100 ext 7"),
        ("602 555 0100", "office", "602 555 0100"),
        ("602 555 0100", None, "602 555 0100"),
    ],
)
def test_an_extension_of_a_field_of_its_own(number: str, extension: str | None, both: str) -> None:
    assert with_extension(number, extension) == both
