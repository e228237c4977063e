"""What makes two names, and two addresses, one person's or one house; and the blocks in which somebody is looked for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from order_sync.keys import phone_digits
from order_sync.likeness import (
    Name,
    blocks,
    blocks_of_customer,
    names_agree,
    person_name,
    place,
    places_agree,
    written_name,
)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Ann Lee", Name("ann", "lee")),
        ("Lee, Ann M.", Name("ann", "lee")),
        ("Ann M. Lee", Name("ann", "lee")),
        ("Ann Lee (Infusionsoft 77)", Name("ann", "lee")),
        ("Maria de la Cruz", Name("maria", "de la cruz")),
        ("John Smith Jr.", Name("john", "smith", "Jr.")),
        ("Smith Sr., John", Name("john", "smith", "Sr.")),
        ("Smith, John III", Name("john", "smith", "III")),
        ("Dr. John Smith II, MD", Name("john", "smith", "Jr.")),
        ("Mr. Smith", Name("smith")),
        ("José O’Brien", Name("jose", "obrien")),
        ("Maria", Name("maria")),
        ("", Name()),
    ],
)
def test_a_written_name_is_taken_apart(text: str, name: Name) -> None:
    assert written_name(text) == name


def test_the_suffix_goes_before_the_one_in_the_name() -> None:
    assert person_name("John", "Smith Jr.", "III") == Name("john", "smith", "III")
    assert person_name("Dr. John", "Smith Jr.") == Name("john", "smith", "Jr.")
    assert person_name("John", "Smith", "MD") == Name("john", "smith")
    assert person_name("John Smith", "", "Jr.") == person_name("", "John Smith Jr.") == Name("john", "smith", "Jr.")


@pytest.mark.parametrize(
    ("one", "other", "agree"),
    [
        ("Ann Lee", "Ann Lee", True),
        ("Anne Lee", "Ann Leee", True),
        ("Katherine Johnson", "Kathy Jhonson", True),
        ("Bob Smith", "Robert Smith", True),
        ("R. Smith", "Robert Smith", True),
        ("Smith Robert", "Robert Smith", True),
        ("Chris Lee", "Christopher Lee", True),
        ("Ann Smith-Jones", "Ann Jones", True),
        ("Ann Lee", "Ann Ray", None),
        ("Ann", "Ann Lee", None),
        ("Lee", "Ann Lee", None),
        ("", "Ann Lee", None),
        ("Bob Lee", "Ann Lee", False),
        ("Jon Lee", "Dan Lee", False),
        ("Robert Ray", "Ann Lee", False),
        ("Bob", "Ann Lee", False),
        ("Mary Lee", "Gary Lee", False),
        ("Mark Lee", "Mary Lee", False),
        ("Jane Lee", "Jake Lee", False),
        ("Paul Lee", "Paula Lee", False),
        ("Robert Lee", "Roberta Lee", False),
        ("Maria Lopez", "Mario Lopez", False),
        ("Jenny Lee", "Kenny Lee", False),
        ("Ahmed Ali", "Mohamed Ali", False),
        ("أحمد علي", "محمد علي", False),
        ("Евгений Петров", "Евгения Петрова", False),
        ("Ann Lee", "Anna Lee", True),
        ("Sara Lee", "Sarah Lee", True),
        ("Mark Lee", "Marc Lee", True),
        ("Sean Lee", "Shawn Lee", True),
        ("Stephen Lee", "Steven Lee", True),
        ("Deborah Lee", "Debra Lee", True),
        ("Carol Lee", "Caroline Lee", True),
        ("Curt Lee", "Curtis Lee", True),
        ("Jihn Lee", "John Lee", True),
        ("Jon Lee", "John Lee", True),
        ("Dan Lee", "Daniel Lee", True),
        ("Rob Lee", "Robert Lee", True),
        ("Catherine Lee", "Katherine Lee", True),
        ("Christine Lee", "Chris Lee", True),
        ("王 伟", "伟 王", True),
        ("王伟", "伟 王", True),
        ("김민수", "민수 김", True),
        ("伟 王", "伟明 王", False),
        ("娜 王", "伟 王", False),
        ("मीना कुमार", "मोना कुमार", True),  # within an error: this tells what speaks, it decides nothing
    ],
)
def test_which_names_may_be_one_person_s(one: str, other: str, agree: bool | None) -> None:
    this, that = written_name(one), written_name(other)
    assert names_agree(this, that) is names_agree(that, this) is agree


@pytest.mark.parametrize(
    ("one", "other", "agree"),
    [
        ("1 main st phoenix az 85001", "1 main street phoenix az 85001", True),
        ("12 main st phoenix az 85001", "12 mian st phoenix az 85001", True),
        ("120 main st phoenix az 85001", "102 main st phoenix az 85001", True),
        ("12 main st phoenix az 85001", "12 main st phoenix az 85010", True),
        ("hauptstr. 5 berlin 10115", "hauptstr 5 berlin 10115", True),
        ("12 main st phoenix az 85001", "98 main st phoenix az 85001", None),
        ("p.o. box 9 phoenix az 85001", "12 main st phoenix az 85001", None),
        ("12 main st phoenix az 85001", "12 elm rd phoenix az 85001", None),
        ("12 main st phoenix az 85001", "12 elm rd boston ma 02110", False),
        ("12 main st phoenix az 85001", "4 camelback rd phoenix az 85001", False),
        ("p.o. box 9 boston ma 02110", "12 main st phoenix az 85001", False),
        ("the old mill oxford", "the old mill oxford", True),
    ],
)
def test_which_addresses_are_one_house(one: str, other: str, agree: bool | None) -> None:
    assert places_agree(place(one), place(other)) is places_agree(place(other), place(one)) is agree


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_texts_are_compared_the_same_from_both_sides(one: str, other: str) -> None:
    this, that = written_name(one), written_name(other)
    assert names_agree(this, that) is names_agree(that, this)
    assert places_agree(place(one), place(other)) is places_agree(place(other), place(one))


@pytest.mark.parametrize(
    ("number", "digits"),
    [
        ("(602) 555-0100", "5550100"),
        ("+1 602.555.0100 ext. 7", "5550100"),
        ("+1 (602) 555-0100 (office, ask for Jo)", "5550100"),
        ("0049 30 901820", "0901820"),
        ("030 901820", "0901820"),
        ("911", ""),
        (None, ""),
    ],
)
def test_the_digits_of_a_telephone_number(number: str | None, digits: str) -> None:
    assert phone_digits(number) == digits


def test_the_blocks_of_a_customer() -> None:
    body = {
        "DisplayName": "Bob Smith (deleted)",
        "Active": False,
        "GivenName": "Robert",
        "FamilyName": "Smith",
        "PrimaryEmailAddr": {"Address": "Bob.Smith+shop@example.com"},
        "PrimaryPhone": {"FreeFormNumber": "602 555 0100"},
        "BillAddr": {"Line1": "12 N. Main St", "City": "Phoenix", "PostalCode": "85001-1234"},
    }
    assert sorted(blocks_of_customer(body)) == [
        "a 12 mai",
        "e bobsmith",
        "l rmith",
        "n rob smi",
        "p 85001",
        "t 5550100",
    ]


def test_a_short_name_is_looked_for_under_all_that_it_stands_for() -> None:
    assert blocks([person_name("Ted", "Lee")], [], [], [""]) == ["n edw lee", "l elee", "n lee the", "l tlee"]
    assert blocks([Name()], [""], [""], [""]) == []
