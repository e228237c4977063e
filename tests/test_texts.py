"""What a text loses before it is kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from order_sync.texts import clean, cut


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Grüße 🎉\r\n\tzwei", "Grüße 🎉\r\n\tzwei"),
        ("a\0b\x0bc\x1fd\x7fe\x9ff", "abcdef"),
        ("half \ud83d", "half \ufffd"),
        ("\udf89 the other", "\ufffd the other"),
        ("\ud83c\udf89", "🎉"),
        ("no character: \ufffe\uffff", "no character: "),
    ],
)
def test_r4_what_no_database_keeps_is_taken_out(text, expected):
    assert clean(text) == expected


@given(st.text(st.characters(codec=None), max_size=40))
def test_r4_a_cleaned_text_is_unicode_and_stays_as_it_is(text):
    cleaned = clean(text)
    assert cleaned.encode().decode() == clean(cleaned) == cleaned
    assert "\0" not in cleaned


def test_r4_a_text_is_cut_to_its_column():
    assert cut("messaging.adaptors.http.flow.GatewayTimeout", 40) == "messaging.adaptors.http.flow.GatewayTime"
    assert cut("a\0b", 3) == "ab"
    assert cut("🎉🎉", 1) == "🎉"
    assert len(cut("x" * 10_000_000, 40)) == 40
