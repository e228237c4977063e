"""Keys: what counts as equal, and what does not."""

from __future__ import annotations

import itertools
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from order_sync.emails import email_keys
from order_sync.keys import (
    customer_keys,
    email_key,
    key_function,
    key_maker,
    marker_line,
    name_key,
    phone_key,
    plain_key,
)
from order_sync.legal_forms import LEGAL_FORMS
from order_sync.settings import Equality

USUAL = Equality()
STRICT = Equality(ignore_punctuation=False, ignore_accents=False, ampersand_is_and=False, ignore_legal_forms=False)
LAX = Equality(ignore_legal_forms=True)
SWITCHES = ("ignore_punctuation", "ignore_accents", "ampersand_is_and", "ignore_legal_forms")
ALL_RULES = [
    Equality(**dict(zip(SWITCHES, on, strict=True))) for on in itertools.product((True, False), repeat=len(SWITCHES))
]

TEXTS = st.text(max_size=30)
PIECES = (
    *"aA Bß9'’´ʼ`&＆.,-()/:_\t",
    *("\u0301", "\u0327", "\u0345", "\u3099", "\u200d", "\ufeff", "\x00", "\u00a0"),
    *("é", "İ", "ı", "ς", "Σ", "Å", "ſ", "ǰ", "ΐ", "\u1ffe", "ø", "ḱ", "한", "ᄒ", "ᅡ", "か", "मी", "™", "½"),
    *(" Ltd", " inc.", " co", " and ", " L.L.C.", " s a", " GmbH & Co. KG"),
)
NAMES = st.lists(st.sampled_from(PIECES), max_size=10).map("".join) | TEXTS
RULES = st.sampled_from(ALL_RULES)
NAME_FIELDS = ("DisplayName", "CompanyName", "GivenName + FamilyName", "PrintOnCheckName")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ann Lee", "ANN LEE"),
        ("Ann Lee", "  Ann \t Lee\n"),
        ("Ann Lee", "Ann\u00a0Lee"),
        ("Ann Lee", "Ann\x00Lee"),
        ("Ann Lee", "Ann\ud800Lee"),
        ("Ann Lee", "\ufeffAnn\u200b Lee"),
        ("Straße", "STRASSE"),
        ("Jose\u0301", "José"),
        ("Ａｎｎ", "ann"),
        ("ΣΊΣΥΦΟΣ", "Σίσυφος"),
        ("Κώστας", "ΚΏΣΤΑΣ"),
        ("ﬁsh", "Fish"),
    ],
)
@pytest.mark.parametrize("rule", [USUAL, STRICT, LAX], ids=["usual", "strict", "lax"])
def test_names_equal_under_every_rule(one, other, rule):
    assert name_key(one, rule) == name_key(other, rule) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("José", "jose"),
        ("Łódź", "lodz"),
        ("Straße", "STRASSE"),
        ("O’Brien", "OBrien"),
        ("İstanbul", "istanbul"),
        ("Smith-Jones", "Smith Jones"),
        ("A&B", "A and B"),
    ],
)
def test_names_equal_with_the_usual_settings(one, other):
    assert name_key(one, USUAL) == name_key(other, USUAL) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("मीना", "मोना"),
        ("กิ่ง", "กุ้ง"),
        ("が", "か"),
        ("أحمد", "احمد"),
        ("Ann Lee", "AnnLee"),
        ("Ann Lee", "Lee Ann"),
        ("Ann Lee 2", "Ann Lee 3"),
        ("Ander", "And"),
    ],
)
@pytest.mark.parametrize("rule", ALL_RULES)
def test_names_that_differ_under_every_rule(one, other, rule):
    assert name_key(one, rule) != name_key(other, rule)


@pytest.mark.parametrize(
    ("switch", "one", "other"),
    [
        *(("ignore_punctuation", f"O{apostrophe}Brien", "OBrien") for apostrophe in "'’‘‛`´ʼʻ′＇"),
        ("ignore_punctuation", "Jose’\u0301", "José"),
        ("ignore_punctuation", "Лук’яненко", "Лукʼяненко"),
        ("ignore_punctuation", "Smith-Jones", "Smith Jones"),
        ("ignore_punctuation", "Smith–Jones", "Smith Jones"),
        ("ignore_punctuation", "Lee, Ann", "lee ann"),
        ("ignore_punctuation", "Widgets (UK)", "Widgets UK"),
        ("ignore_punctuation", "Ann_Lee 🎁", "Ann Lee"),
        ("ignore_punctuation", "山田・太郎", "山田 太郎"),
        ("ignore_accents", "José", "Jose"),
        ("ignore_accents", "Jose\u0301", "Jose"),
        ("ignore_accents", "Nguyễn Thị", "Nguyen Thi"),
        ("ignore_accents", "İstanbul", "istanbul"),
        *(
            ("ignore_accents", f"x{one}x", f"x{other}x")
            for one, other in zip("łøđðıħŧǿŁØĐÐĦŦ", "loddihtoloddht", strict=True)
        ),
        ("ignore_accents", "Þór", "Thor"),
        ("ignore_accents", "Æsa Œuf", "aesa oeuf"),
        ("ampersand_is_and", "A&B", "A and B"),
        ("ampersand_is_and", "Smith ＆ Sons", "smith AND sons"),
        ("ampersand_is_and", "Müller&Söhne", "Müller and Söhne"),
        ("ignore_legal_forms", "Widgets Inc", "Widgets"),
        ("ignore_legal_forms", "Widgets Pty Ltd", "widgets"),
        ("ignore_legal_forms", "Huber GmbH & Co. KG", "Huber"),
        ("ignore_legal_forms", "Société Générale S.A.", "Société Générale"),
    ],
)
def test_a_switch_alone_makes_two_names_equal(switch, one, other):
    on, off = (
        STRICT.model_copy(update={switch: True}),
        Equality(ignore_legal_forms=True).model_copy(update={switch: False}),
    )
    assert name_key(one, on) == name_key(other, on) != ""
    assert name_key(one, STRICT) != name_key(other, STRICT)
    assert name_key(one, off) != name_key(other, off)


@pytest.mark.parametrize(
    ("name", "bare"),
    [
        ("Widgets (UK) Limited", "Widgets (UK)"),
        ("Widgets, Inc.", "Widgets"),
        ("Widgets (Pty) Ltd.", "Widgets"),
        ("Huber GmbH&Co.KG", "Huber"),
        ("Huber GmbH und Co KG", "Huber"),
        ("Dupont et Cie", "Dupont"),
        ("Acme S.A. de C.V.", "Acme"),
        ("Nordisk A/S", "Nordisk"),
        ("Nowak Sp. z o.o.", "Nowak"),
        ("Lux S.à r.l.", "Lux"),
        ("Acme Private Limited", "Acme"),
        ("Limited Brands", "Limited Brands"),
        ("Inc", "Inc"),
        ("Ltd GmbH", "Ltd"),
        ("Disco", "Disco"),
        ("Project Y Ltd", "Project Y"),
        ("Acme Private", "Acme Private"),
    ],
)
@pytest.mark.parametrize("rule", [rule for rule in ALL_RULES if rule.ignore_legal_forms])
def test_legal_forms_go_at_the_end_only(name, bare, rule):
    assert name_key(name, rule) == name_key(bare, rule.model_copy(update={"ignore_legal_forms": False}))


@pytest.mark.parametrize("form", LEGAL_FORMS)
def test_every_legal_form_with_points_and_without(form):
    for rule in (rule for rule in ALL_RULES if rule.ignore_legal_forms):
        for written in (form.replace(".", ""), form.replace(".", " "), f"{form}.", form.upper()):
            assert name_key(f"Acme {written}", rule) == "acme"
            assert name_key(f"Acmé {written}", rule) == name_key("Acmé", rule)
        assert name_key(form, rule) != ""


def test_signs_before_a_legal_form_do_not_leave_an_empty_key():
    assert name_key("! Ltd", STRICT.model_copy(update={"ignore_legal_forms": True})) == "! ltd"


def test_a_long_row_of_single_letters_takes_no_time():
    assert name_key(f"{'s a ' * 200}x", LAX) == f"{'s a ' * 200}x"


@pytest.mark.parametrize("rule", ALL_RULES)
@pytest.mark.parametrize(
    "nothing", [None, "", " ", "\t\n", "\u00a0\u3000", "---", "&", " ＆ &", "’", "…", "🎁", "\u0301", "¨"]
)
def test_a_name_without_letter_or_digit_has_no_key(nothing, rule):
    assert name_key(nothing, rule) == ""


@pytest.mark.parametrize("nothing", [None, "", " ", "\t\n", "\u00a0\u3000", "\ufeff"])
def test_nothing_has_no_key(nothing):
    assert (plain_key(nothing), email_key(nothing), email_keys(nothing), phone_key(nothing, "US")) == ("", "", [], "")


def test_plain_text_keeps_punctuation_and_accents():
    assert plain_key(" EX-1\u200b23 \n É ") == "ex-123 é"
    assert len({plain_key(text) for text in ("ex-123", "ex 123", "ex123", "éx-123")}) == 4


def test_email_addresses():
    assert email_key("  Ann.Lee@Example.COM ") == email_key("ann.lee@example.com") == "ann.lee@example.com"
    assert email_key("ann@x.com") != email_key("an.n@x.com")
    assert email_key("ann+shop@x.com") != email_key("ann@x.com")


@pytest.mark.parametrize(
    ("field", "keys"),
    [
        ("a@x.com", ["a@x.com"]),
        ("B@x.com, a@x.com;B@X.com ,", ["b@x.com", "a@x.com"]),
        (" , ;", []),
    ],
)
def test_a_field_with_several_addresses(field, keys):
    assert email_keys(field) == keys


@pytest.mark.parametrize(
    ("text", "country", "key"),
    [
        ("(602) 555-0143", "US", "+16025550143"),
        ("602.555.0143", "US", "+16025550143"),
        ("1 602 555 0143", "US", "+16025550143"),
        ("+1 602 555 0143", "DE", "+16025550143"),
        ("(602) 555-0143 ext. 12", "US", "+16025550143"),
        ("６０２ ５５５ ０１４３", "US", "+16025550143"),
        ("030 901820", "DE", "+4930901820"),
        ("020 8366 1177", "GB", "+442083661177"),
        ("0044 20 8366 1177", "DE", "+442083661177"),
        ("12345", "US", "12345"),
        ("12 34", "US", ""),
        ("1234", "US", ""),
        ("call Ann", "US", ""),
        ("99999 99999 99999 99999 99999", "US", ""),
    ],
)
def test_telephone_numbers(text, country, key):
    assert phone_key(text, country) == key


def test_the_country_decides_what_a_national_number_is():
    one = {"PrimaryPhone": {"FreeFormNumber": "020 8366 1177"}}
    british, american = Equality(phone_country="GB"), Equality(phone_country="US")
    assert customer_keys(one, "PrimaryPhone", british) == [key_function("PrimaryPhone", british)("+44 20 8366 1177")]
    assert customer_keys(one, "PrimaryPhone", american) != customer_keys(one, "PrimaryPhone", british)


CUSTOMER = {
    "Id": "7",
    "DisplayName": "Lee, Ann",
    "CompanyName": "O’Brien & Söhne",
    "GivenName": "Ann",
    "FamilyName": "Lee-Smith",
    "PrintOnCheckName": "A. Lee",
    "PrimaryEmailAddr": {"Address": "Ann@x.com; lee@x.com"},
    "PrimaryPhone": {"FreeFormNumber": "(602) 555-0143"},
    "ResaleNum": " EX-1 ",
    "Notes": "Pays late.\r\nInfusionsoft customer: Ann Lee - 12\nInfusionsoft customer:ann  lee - 12\n"
    "Infusionsoft customer: \nnot Infusionsoft customer: Bob\nInfusionsoft customer: 99",
}


@pytest.mark.parametrize(
    ("field", "source", "keys"),
    [
        ("DisplayName", "LEE ANN", ["lee ann"]),
        ("CompanyName", "OBrien and Sohne", ["obrien and sohne"]),
        ("GivenName + FamilyName", "Ann Lee Smith", ["ann lee smith"]),
        ("PrintOnCheckName", "a lee", ["a lee"]),
        ("PrimaryEmailAddr", " ANN@x.com", ["ann@x.com", "lee@x.com"]),
        ("PrimaryPhone", "+1 602 555 0143", ["+16025550143"]),
        ("ResaleNum", "ex-1", ["ex-1"]),
        ("Notes marker", "Ann  LEE - 12", ["ann lee - 12", "99"]),
    ],
)
def test_an_order_finds_a_customer_by_each_field(field, source, keys):
    assert customer_keys(CUSTOMER, field, USUAL) == key_maker(field, USUAL)(CUSTOMER) == keys
    assert key_function(field, USUAL)(source) == keys[0]
    empty = {"PrimaryEmailAddr": None, "PrimaryPhone": {}, "Notes": "Infusionsoft customer:", "DisplayName": "-"}
    assert customer_keys({"Id": "8"}, field, USUAL) == customer_keys(empty, field, USUAL) == []


@pytest.mark.parametrize("field", NAME_FIELDS)
def test_the_switches_reach_both_sides(field):
    name = {"GivenName": "José", "FamilyName": "Ruiz"} if "+" in field else {field: "José Ruiz"}
    assert customer_keys(name, field, USUAL) == [key_function(field, USUAL)("Jose Ruiz")]
    assert customer_keys(name, field, STRICT) == [key_function(field, STRICT)("JOSÉ RUIZ")] != ["jose ruiz"]


def test_one_of_the_two_names_is_enough():
    assert customer_keys({"FamilyName": "Lee"}, "GivenName + FamilyName", USUAL) == ["lee"]


@pytest.mark.parametrize(
    ("name", "active", "key"),
    [
        ("Ann Lee (deleted)", False, "ann lee"),
        ("Ann Lee (deleted 2)", False, "ann lee"),
        ("Ann Lee (deleted 12)", False, "ann lee"),
        ("Ann (deleted) Lee", False, "ann (deleted) lee"),
        ("Ann Lee", False, "ann lee"),
        ("Ann Lee (deleted-1)", False, "ann lee"),
        ("Ann Lee (deleted-12)", False, "ann lee"),
        ("Ann Lee (deleted) Jr", False, "ann lee (deleted) jr"),
        ("Ann Lee (deleted)", True, "ann lee"),
        ("Ann Lee (deleted-1)", None, "ann lee"),
        ("Ann Lee (DELETED)", True, "ann lee"),
        ("Ann Lee (Deleted -3)", True, "ann lee"),
        ("Ann Lee(deleted)", False, "ann lee"),
        ("Ann Lee (deleted) (deleted-1)", False, "ann lee"),
        ("(deleted)", False, "(deleted)"),
    ],
)
def test_a_customer_is_found_by_the_name_it_had_before_it_was_made_inactive(name, active, key):
    body = {"DisplayName": name, "CompanyName": name} | ({} if active is None else {"Active": active})
    assert customer_keys(body, "DisplayName", STRICT) == [key]
    assert customer_keys(body, "CompanyName", STRICT) == [name.lower()]


@given(TEXTS, st.lists(TEXTS))
def test_a_marker_is_found_again_in_the_notes(text, lines):
    line = marker_line(text)
    key = key_function("Notes marker", USUAL)(text)
    assert len(line.splitlines()) == 1
    assert customer_keys({"Notes": line}, "Notes marker", USUAL) == ([key] if key else [])
    found = customer_keys({"Notes": "\n".join([*lines, line, *lines])}, "Notes marker", USUAL)
    assert (key in found) == bool(key)


@given(NAMES, RULES)
def test_the_key_of_a_key_is_itself(text, rule):
    assert name_key(name_key(text, rule), rule) == name_key(text, rule)
    assert plain_key(plain_key(text)) == plain_key(text)
    assert email_key(email_key(text)) == email_key(text)
    assert email_keys(",".join(email_keys(text))) == email_keys(text)


@pytest.mark.parametrize(
    "key",
    [
        key_function("DisplayName", USUAL),
        key_function("DisplayName", STRICT.model_copy(update={"ignore_punctuation": True})),
        plain_key,
        email_key,
    ],
    ids=["usual", "accents count", "plain", "e-mail"],
)
def test_the_key_of_each_character_is_its_own_key(key):
    for character in map(chr, range(0x20000)):
        # Private ones, unassigned ones, and letters that are written in one way only cannot change.
        if unicodedata.category(character) in ("Cn", "Co", "Lo") and not unicodedata.decomposition(character):
            continue
        for text in (f"a{character}", f"{character}a"):
            assert key(key(text)) == key(text), hex(ord(character))


@given(NAMES, NAMES, RULES)
@example("\u0345\u0301", "", USUAL)
@example("\u0345\u200d\u0301", "", USUAL)
def test_case_and_spaces_never_matter(first, last, rule):
    assert name_key(f"{first} {last}", rule) == name_key(f" {first} \u3000 {last} \n", rule)
    seen = "".join(
        one for one in first if unicodedata.category(one) != "Cf"
    )  # a joiner keeps two marks apart that belong together
    folded = unicodedata.normalize("NFC", seen).casefold()  # case is folded in normalised text (Unicode, D145)
    assert name_key(folded, rule) == name_key(first, rule)
    assert plain_key(folded) == plain_key(first)
    assert email_key(f" {first} ") == email_key(first)


@given(NAMES, RULES)
def test_what_is_equal_under_the_strict_rule_is_equal_under_each(text, rule):
    assert name_key(name_key(text, STRICT), rule) == name_key(text, rule)


@given(st.lists(st.sampled_from(PIECES), max_size=10).map("".join), RULES)
def test_a_key_is_trimmed_text_that_a_database_takes(text, rule):
    key = name_key(text, rule)
    assert key == " ".join(key.split())
    assert not key or any(character.isalnum() for character in key)
    assert not any(unicodedata.category(character) in ("Cc", "Cf", "Cs") for character in key)


@given(st.text(st.characters(codec="ascii"), max_size=30), RULES)
def test_ascii_takes_the_short_way_to_the_same_key(text, rule):
    # A zero-width space, which no key keeps, sends the same text the long way.
    assert name_key(f"{text}\u200b", rule) == name_key(text, rule)


@given(st.from_regex(r"[2-9][0-9]{2}[2-9][0-9]{6}", fullmatch=True), st.sampled_from(["", "+1 ", "1-", "001 "]))
def test_however_a_number_is_written_it_has_one_key(digits, prefix):
    country = "DE" if prefix in ("+1 ", "001 ") else "US"
    written = f"{prefix}({digits[:3]}) {digits[3:6]}-{digits[6:]}"
    assert phone_key(written, country) == phone_key(f"{written} x77", country) == f"+1{digits}"
    assert phone_key(phone_key(written, country), country) == phone_key(written, country)


CURRENCIES = st.sampled_from(["USD", "EUR", "GBP"])


@given(
    name=NAMES, currency=CURRENCIES, ending=st.sampled_from([" ({})", " {}", " - {}", ", {}", " [{}]", " – {}", "-{}"])
)
def test_c21_a_name_with_its_customers_currency_behind_it_is_also_the_name_without(
    name: str, currency: str, ending: str
) -> None:
    body = {"DisplayName": name.strip() + ending.format(currency), "CurrencyRef": {"value": currency}}
    wanted = name_key(name, USUAL)
    assert not wanted or wanted in customer_keys(body, "DisplayName", USUAL)
    assert name_key(body["DisplayName"], USUAL) in customer_keys(body, "DisplayName", USUAL)


@pytest.mark.parametrize(
    ("name", "currency", "keys"),
    [
        ("Ann Lee (EUR)", "USD", ["ann lee eur"]),
        ("Ann Lee (EUR)", None, ["ann lee eur"]),
        ("Ann LeeEUR", "EUR", ["ann leeeur"]),
        ("Ann Lee (eur)", "EUR", ["ann lee eur", "ann lee"]),
        ("Ann Lee [Eur ]", "EUR", ["ann lee eur", "ann lee"]),
        ("Jean Eur", "EUR", ["jean eur"]),
        ("EUR Ann Lee", "EUR", ["eur ann lee"]),
        ("EUR", "EUR", ["eur"]),
        ("(EUR)", "EUR", ["eur"]),
        ("Ann Lee (EUR) (deleted)", "EUR", ["ann lee eur", "ann lee"]),
    ],
)
def test_c21_only_its_own_currency_behind_the_name_counts(name: str, currency: str | None, keys: list[str]) -> None:
    body = {"DisplayName": name, "Active": "(deleted)" not in name}
    if currency:
        body["CurrencyRef"] = {"value": currency}
    assert customer_keys(body, "DisplayName", USUAL) == keys
