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
