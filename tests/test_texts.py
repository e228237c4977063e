"""What a text loses before it is kept."""

from __future__ import annotations

from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from order_sync.texts import clean, cut, decoded


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


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Smith &amp; Sons", "Smith & Sons"),
        ("SMITH &AMP; SONS", "SMITH & SONS"),
        ("Smith &amp;amp; Sons", "Smith & Sons"),
        ("O&#39;Brien, O&#x27;Hara, O&#039;Neil, O&rsquo;Shea, O&apos;Dea", "O'Brien, O'Hara, O'Neil, O’Shea, O'Dea"),
        ("&Eacute;milie &eacute;", "Émilie é"),
        ("&lt;b&gt;&nbsp;&#8364;", "<b>\u00a0€"),
        ("AT&T", "AT&T"),
        ("R&D; x", "R&D; x"),
        ("&copy 2026 &amp", "&copy 2026 &"),
        ("Dvo&rcaron;&aacute;k, &Lstrok;&oacute;d&zacute;", "Dvořák, Łódź"),
        ("ann&commat;example&period;com", "ann@example.com"),
        ("Smith &amp Sons, O&#39Brien, O&#x27 Hara, O&#8217Neil", "Smith & Sons, O'Brien, O' Hara, O’Neil"),
        ("O\\'Brien, 5\\\\\" pipe, a\\b", "O'Brien, 5\" pipe, a\\b"),
        ("Jos&eacute Mu&ntildeoz", "José Muñoz"),
        ("Smith &amp;amp;amp;amp; Sons &amp;#38;#39;", "Smith & Sons '"),
        ("&#x1F600; &#55357;&#56832; &#146;", "😀 😀 ’"),
        ("R&D, a&b, Q&A; B&B; H&M; M&M's; S&P; P&L; AT&T;", "R&D, a&b, Q&A; B&B; H&M; M&M's; S&P; P&L; AT&T;"),
        ("Guitar &Amp Shop, Guitar&amps, R&amplifier", "Guitar &Amp Shop, Guitar&amps, R&amplifier"),
        ("https://x.com/?a=1&copy=2&amp=3&eacute=4&reg", "https://x.com/?a=1&copy=2&amp=3&eacute=4&reg"),
        ("Shop&#1 fan, &#x27Brien", "Shop&#1 fan, &#x27Brien"),
        ("?a=1&lt=2&copy=3", "?a=1&lt=2&copy=3"),
        ("&#0;&#1;&#xd800;", "\ufffd\ufffd"),
        ("&#999999999999; &;", "&#999999999999; &;"),
    ],
)
def test_entities_are_what_they_stand_for(text: str, meant: str) -> None:
    assert decoded(text) == meant


@given(
    st.lists(
        st.sampled_from(["&", "amp", "#39", ";", "copy", "AT&T", "eacute", " ", "=", "#x27", "a", "\\", "'", "\ud83d"]),
        max_size=9,
    )
)
def test_what_was_decoded_stays_as_it_is(parts: list[str]) -> None:
    found = decoded(clean("".join(parts)))
    assert decoded(found) == found


@given(st.text())
def test_a_text_that_was_encoded_is_itself_again(text: str) -> None:
    assert decoded(escape(clean(text))) == decoded(clean(text))
