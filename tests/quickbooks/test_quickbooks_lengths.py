"""Which text a length fault means, in each spelling, and that shortening comes to an end."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from order_sync.errors import RecordRefused
from order_sync.quickbooks.lengths import shortened, shorter, texts_of

TEXTS = {
    "DisplayName": "d" * 60,
    "GivenName": "g" * 40,
    "FamilyName": "f" * 20,
    "BillAddr.Line1": "l" * 50,
    "Notes": "n" * 1300,
}


def refusal(element: str = "", longest: str = "25", supplied: str = "40") -> RecordRefused:
    return RecordRefused(
        f"2050 … Min:0 Max:{longest} supported. Supplied length:{supplied}", element=element, code="2050"
    )


@pytest.mark.parametrize(
    "element", ["GivenName", "Given Name", "Customer.GivenName", "Name", "", "Something", "givenname", "Names"]
)
def test_the_text_that_is_meant(element: str) -> None:
    assert shorter(TEXTS, refusal(element)) == {"GivenName": 25}


@pytest.mark.parametrize("longest", ["1,024", "1.024", "1 024", "1024", "1'024"])
def test_thousands(longest: str) -> None:
    assert shorter(TEXTS, refusal("", longest, "1,300")) == {"Notes": 1024}


@pytest.mark.parametrize(
    "words",
    [
        "Min:0 Max: 1,024 supported. Supplied length: 1,300",
        "Min: 0, Max: 1024, Supplied Length: 1300",
        "max 1024 characters",
        "Maximum length is 1,024",
        "The maximum allowed length is 1024 characters. Actual length 1300",
        "Max length=1024",
        "exceeds 1,024 characters",
        "The text is longer than 1024 characters",
        "The limit of 1\u202f024 is exceeded",
        "1024 characters or fewer",
        "(supplied 1300, maximum 1024)",
    ],
)
def test_c11_however_the_fault_says_how_long_a_text_may_be(words: str) -> None:
    error = RecordRefused(f"Creating a Customer was refused: 2050 {words}.", element="Notes", code="2050")
    assert shorter(TEXTS, error) == {"Notes": 1024}


@pytest.mark.parametrize(
    ("element", "text"),
    [
        ("First Name", "GivenName"),
        ("last_name", "FamilyName"),
        ("customer/GivenName", "GivenName"),
        ("Customer.BillAddr.Line1", "BillAddr.Line1"),
        ("BILLADDR[Line1]", "BillAddr.Line1"),
        ("Line 1", "BillAddr.Line1"),
    ],
)
def test_c12_other_spellings_of_the_element(element: str, text: str) -> None:
    error = RecordRefused("2050 Maximum length is 10", element=element, code="2050")
    assert shorter(TEXTS, error) == {text: 10}


def test_c12_several_faults_in_one_answer_each_mean_a_text() -> None:
    error = RecordRefused(
        "Creating a Customer was refused: 2050 String length … Max:25 supported. Supplied length:40; "
        "2050 String length … Max:41 supported. Supplied length:50; 2210 Invalid Email Address.",
        element="GivenName",
        code="2050",
    )
    assert shorter(TEXTS, error) == {"GivenName": 25, "BillAddr.Line1": 41}


@pytest.mark.parametrize(
    ("error", "limits"),
    [
        (refusal("Line1", "41", "50"), {"BillAddr.Line1": 41}),
        (refusal("BillAddr", "41", "50"), {"BillAddr.Line1": 41}),
        (refusal("GivenName", "25", "41"), {"GivenName": 25}),  # counted otherwise: the name decides
        (refusal("", "55", "77"), {"Notes": 55}),  # nothing fits: the longest
        (refusal("GivenName", "50", "60"), {"DisplayName": 50}),  # that one is short enough: the length decides
        (RecordRefused("too long", element="GivenName", code="2050"), {"GivenName": 25}),
        (
            RecordRefused("too long", code="2050"),
            {"GivenName": 25, "FamilyName": 15, "BillAddr.Line1": 41, "Notes": 1024},
        ),
        (refusal("Title", "2000", "3000"), {"GivenName": 25, "FamilyName": 15, "BillAddr.Line1": 41, "Notes": 1024}),
    ],
)
def test_what_is_shortened_where_the_fault_says_less(error: RecordRefused, limits: dict[str, int]) -> None:
    assert shorter(TEXTS, error) == limits


def test_signs_that_count_twice_are_counted_as_quickbooks_does() -> None:
    text = "é" * 10 + "😀" * 10
    assert shorter({"GivenName": text}, refusal("GivenName", "25", "30")) == {"GivenName": 17}
    assert shorter({"GivenName": text}, refusal("GivenName", "25", "60")) == {"GivenName": 11}


BODIES = st.dictionaries(
    st.sampled_from(["DisplayName", "GivenName", "Notes", "X"]),
    st.one_of(st.text(max_size=60), st.fixed_dictionaries({"Line1": st.text(max_size=60)})),
)
ERRORS = st.builds(
    refusal,
    st.sampled_from(["", "GivenName", "Name", "Line 1", "Notes.Line1"]),
    st.integers(0, 70).map(str),
    st.integers(0, 240).map(str),
)


@given(BODIES, ERRORS)
def test_each_round_makes_something_shorter_so_that_it_ends(body: dict[str, Any], error: RecordRefused) -> None:
    for _ in range(300):
        limits = shorter(dict(texts_of(body)), error)
        if not limits:
            return
        before, body = dict(texts_of(body)), shortened(body, limits)
        after = dict(texts_of(body))
        assert before.keys() == after.keys()
        assert all(len(after[path]) < len(before[path]) for path in limits)
    raise AssertionError("it does not end")
