"""The name that a party goes by: every format, templates of one's own, and what blank fields leave behind."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from order_sync.settings import NAME_FIELDS, NAME_FORMATS
from order_sync.sync.customers.names import name_column, name_of, used_fields

BLANK = dict.fromkeys((*NAME_FIELDS, "emails"), "")
ANN = {
    "first": "Ann",
    "middle": "B.",
    "last": "Lee",
    "company": "Lee & Co.",
    "email": "ann@example.com",
    "phone": "(602) 555-0100",
    "contact_id": "77",
    "shipping_first": "Bob",
    "shipping_last": "Ray",
    "shipping_company": "Dock 5",
    "emails": "ann@example.com,a.lee@example.com",
}


@pytest.mark.parametrize(
    ("source", "full", "without"),
    [
        ("First Last", "Ann Lee", {"first": "Lee", "last": "Ann"}),
        ("Last, First", "Lee, Ann", {"first": "Lee", "last": "Ann"}),
        ("First, Last", "Ann, Lee", {"first": "Lee", "last": "Ann"}),
        ("Last First", "Lee Ann", {"first": "Lee", "last": "Ann"}),
        ("Company", "Lee & Co.", {"company": ""}),
        (
            "Company, else First Last",
            "Lee & Co.",
            {"company": "Ann Lee", "company first": "Lee", "company last": "Ann", "first last": "Lee & Co."},
        ),
        (
            "Company, else Last, First",
            "Lee & Co.",
            {"company": "Lee, Ann", "company first": "Lee", "company last": "Ann", "first last": "Lee & Co."},
        ),
        (
            "First Last (Email)",
            "Ann Lee (ann@example.com)",
            {
                "first": "Lee (ann@example.com)",
                "last": "Ann (ann@example.com)",
                "email": "Ann Lee",
                "first last": "ann@example.com",
                "first email": "Lee",
                "last email": "Ann",
            },
        ),
        (
            "Last, First, Email",
            "Lee, Ann, ann@example.com",
            {
                "first": "Lee, ann@example.com",
                "last": "Ann, ann@example.com",
                "email": "Lee, Ann",
                "first last": "ann@example.com",
                "first email": "Lee",
                "last email": "Ann",
            },
        ),
        ("Email", "ann@example.com", {"email": ""}),
        ("Any email", "ann@example.com,a.lee@example.com", {"emails": ""}),
        ("Phone", "(602) 555-0100", {"phone": ""}),
        ("Contact id", "77", {"contact_id": ""}),
        ("Shipping First Last", "Bob Ray", {"shipping_first": "Ray", "shipping_last": "Bob", "first last": "Bob Ray"}),
        ("Shipping Last, First", "Ray, Bob", {"shipping_first": "Ray", "shipping_last": "Bob"}),
        ("Shipping company", "Dock 5", {"shipping_company": "", "company": "Dock 5"}),
        (
            "{last}, {first} - {contact_id}",
            "Lee, Ann - 77",
            {"first": "Lee - 77", "last": "Ann - 77", "last first": "77"},
        ),
        ("{first} {middle} {last}", "Ann B. Lee", {"middle": "Ann Lee", "first": "B. Lee", "last middle": "Ann"}),
        ("{middle}", "B.", {"middle": ""}),
        ("Web {first}/{last} shop", "Web Ann/Lee shop", {"first": "Web Lee shop", "last": "Web Ann shop"}),
        ("{company} [{first} {last}]", "Lee & Co. [Ann Lee]", {"first": "Lee & Co. [Lee]", "company": "Ann Lee"}),
        ("{company} ({first} {last})", "Lee & Co. (Ann Lee)", {"first last": "Lee & Co.", "company first": "Lee"}),
        ("{last} (no. {contact_id})", "Lee (no. 77)", {"contact_id": "Lee", "last": "no. 77"}),
        ("{first} <{email}>", "Ann <ann@example.com>", {"email": "Ann", "first": "ann@example.com"}),
        ("({email}) {first}", "(ann@example.com) Ann", {"email": "Ann", "first": "(ann@example.com)"}),
        ("{first} ({last} [{email}])", "Ann (Lee [ann@example.com])", {"email": "Ann (Lee)", "last email": "Ann"}),
        ("{company} | {email}|{phone}", "Lee & Co.", {"company": "ann@example.com", "company email": "(602) 555-0100"}),
        (" (Infusionsoft {contact_id})", "(Infusionsoft 77)", {"contact_id": ""}),
        ("{first} {first}", "Ann Ann", {"first": ""}),
    ],
)
def test_what_a_source_gives(source, full, without):
    assert name_of(ANN, source) == full
    for blank, name in without.items():
        assert name_of(ANN | dict.fromkeys(blank.split(), ""), source) == name, f"without {blank}"
        assert name_of(ANN | dict.fromkeys(blank.split(), " \t\u3000"), source) == name, f"white space for {blank}"
    assert name_of(BLANK, source) == ""


def test_every_format_is_in_the_table():
    mark = next(mark for mark in test_what_a_source_gives.pytestmark if mark.name == "parametrize")

    assert set(NAME_FORMATS) <= {source for source, _full, _without in mark.args[1]}


@pytest.mark.parametrize(
    ("first", "last", "name"),
    [
        ("  Ann ", "\tLee\n", "Ann Lee"),
        ("Mary  \u00a0 Ann", "van\u2003der\x1cBerg", "Mary Ann van der Berg"),
        ("José", "O’Brien-Łódź", "José O’Brien-Łódź"),
        ("{first}", "$1 \\1 (x)", "{first} $1 \\1 (x)"),
        ("मीना", "", "मीना"),
        ("|", ",", "| ,"),
        ("A\u200bn", "L\ufeff", "A\u200bn L\ufeff"),
    ],
)
def test_only_white_space_is_changed(first, last, name):
    assert name_of({"first": first, "last": last}, "First Last") == name


def test_the_fields_that_a_source_needs():
    assert used_fields("Company, else Last, First") == ("company", "last", "first")
    assert used_fields("{last} {first} {last}") == ("last", "first")
    assert used_fields("First Last (Email)") == ("first", "last", "email")
    assert {field for source in NAME_FORMATS for field in used_fields(source)} <= {*NAME_FIELDS, "emails"}


def test_a_column_keeps_its_index():
    parties = pd.DataFrame(
        {"first": ["Ann", "", "Bob"], "last": ["Lee", "", ""]}, index=["o3", "o1", "o2"], dtype="str"
    )
    names = name_column(parties, "Last, First")

    assert names.to_dict() == {"o3": "Lee, Ann", "o1": "", "o2": "Bob"}
    assert names.dtype == "str"
    assert name_column(parties.iloc[:0], "Last, First").to_list() == []
    assert name_column(parties.iloc[:0], "Last, First").dtype == "str"


FIELDS = ("first", "last", "email", "contact_id")
text = st.text(alphabet="ab,- \u00a0", max_size=4)
value = st.text(alphabet="xyÉ é\t\u3000().", max_size=5)


@st.composite
def templates(draw: st.DrawFn) -> list[tuple[str, str, str, str]]:
    """The parts of a template: text, then a field, alone or in brackets; the last part is text only."""
    parts = [
        (
            draw(text),
            *draw(st.sampled_from([("", ""), ("(", ")"), ("[", "]"), ("<", ">")])),
            draw(st.sampled_from(FIELDS)),
        )
        for _ in range(draw(st.integers(1, 4)))
    ]
    return [*parts, (draw(text), "", "", "")]


def written(parts: list[tuple[str, str, str, str]]) -> str:
    return (
        "".join(f"{before}{opening}{{{field}}}{closing}" for before, opening, closing, field in parts[:-1])
        + parts[-1][0]
    )


def slowly(parts: list[tuple[str, str, str, str]], party: dict[str, str]) -> str:
    """The rule, word by word: only what is filled is looked at, and the first of it loses what is before and around it."""
    filled = [(place, part) for place, part in enumerate(parts[:-1]) if party[part[3]].split()]
    if not filled:
        return ""
    said = [parts[0][0]]
    for rank, (place, (before, opening, closing, field)) in enumerate(filled):
        content = " ".join(party[field].split())
        if place == 0:
            said.append(f"{opening}{content}{closing}")
        elif rank == 0:
            said.append(content)
        else:
            said.append(f"{before}{opening}{content}{closing}")
    return " ".join(("".join(said) + parts[-1][0]).split())


people = st.lists(st.fixed_dictionaries(dict.fromkeys(FIELDS, st.just("") | value)), max_size=5)


@settings(deadline=None)
@given(st.lists(templates(), min_size=1, max_size=3), people)
def test_a_column_against_the_rule_one_by_one(alternatives, parties):
    source = "|".join(written(parts) for parts in alternatives)
    column = name_column(pd.DataFrame(parties, columns=list(FIELDS), dtype="str"), source).to_list()

    assert column == [next(filter(None, (slowly(parts, one) for parts in alternatives)), "") for one in parties]
    assert column == [name_of(one, source) for one in parties]


@settings(deadline=None)
@given(st.sampled_from(list(NAME_FORMATS)), st.fixed_dictionaries(dict.fromkeys(BLANK, value)))
def test_a_name_is_blank_only_where_its_fields_are(source, party):
    name = name_of(party, source)

    assert (name == "") == (not any(party[field].strip() for field in used_fields(source)))
    assert name == " ".join(name.split())
