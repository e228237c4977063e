"""Who a merged customer is today: from what documents say, and among the candidates for an order."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from order_sync.keys import UNSEEN, Candidates
from order_sync.sync.customers.merges import followed, former_contacts, of_today, survivor_of

IDS = st.sampled_from("12345678")


@pytest.mark.parametrize(
    ("named", "survivor"),
    [
        ("", ""),
        ("2", "2"),
        ("22222", "2"),
        ("2223", "2"),
        ("23", ""),
        ("2233", ""),
        ("223", "2"),
        ("1", ""),
        ("2221", ""),
    ],
)
def test_the_documents_of_a_customer_must_agree_on_its_survivor(named: str, survivor: str) -> None:
    assert survivor_of("1", list(named)) == survivor


@given(st.dictionaries(IDS, IDS))
def test_merges_of_merges_end_where_nobody_was_merged_any_more(merged: dict[str, str]) -> None:
    for customer, survivor in followed(merged).items():
        assert survivor not in merged, "the last one"
        walked, seen = customer, set[str]()
        while walked in merged and walked not in seen:
            seen.add(walked)
            walked = merged[walked]
        assert survivor == ("" if walked in seen else walked), "by the merges, or nobody where they lead in a circle"


def test_all_former_contacts_of_a_contact_are_known_the_newest_first() -> None:
    assert former_contacts({"77": "88", "9": "88", "88": "101", "5": "6", "6": "5"}) == {"101": ["88", "77", "9"]}


def candidates(*rows: tuple[int, str, str, bool, str]) -> Candidates:
    """(position, id, name, active, merged into)."""
    positions, ids, names, active, merged = map(list, zip(*rows, strict=True)) if rows else ([], [], [], [], [])
    blank, no = [""] * len(rows), [False] * len(rows)
    return Candidates(positions, ids, names, active, blank, blank, no, merged, blank, no)  # type: ignore[arg-type]


BODIES: dict[str, dict[str, Any]] = {
    "2": {"Id": "2", "DisplayName": "Bob", "Active": True, "PrimaryEmailAddr": {"Address": "Bob@x.com"}},
    "3": {"Id": "3", "DisplayName": "Rob (deleted)", "Active": False},
}


def today(*rows: tuple[int, str, str, bool, str], by_name: bool = True) -> list[tuple[int, str, bool, bool]]:
    found = of_today(candidates(*rows), lambda ids: {id: BODIES[id] for id in ids if id in BODIES}, by_name=by_name)
    return list(zip(found.positions, found.ids, found.active, found.sealed, strict=True))


def test_survivors_stand_for_merged_candidates() -> None:
    merged = (0, "1", "Robert (deleted)", False, "2")
    assert today(merged) == [(0, "2", True, False)]
    assert today(merged, (0, "2", "Bob", True, "")) == [(0, "1", False, False), (0, "2", True, False)], "as without it"
    assert today(merged, (1, "2", "Bob", True, "")) == [(0, "2", True, False), (1, "2", True, False)]
    assert today(merged, (0, "4", "Robert (deleted 1)", False, "2")) == [(0, "2", True, False)], "one, not two"
    assert today((0, "1", "Robert", False, "3")) == [(0, "3", False, False)]
    assert today((0, "1", "Robert", False, "9")) == [(0, "1", False, True)], "unknown survivors make nobody active"
    assert today((0, "1", "Robert", False, UNSEEN)) == [(0, "1", False, True)]
    assert today((0, "1", "Robert", True, "2")) == [(0, "1", True, False)], "active again, it is itself"


def test_who_bears_the_name_comes_before_who_bore_it() -> None:
    both = (0, "1", "Ann Lee (deleted)", True, ""), (0, "5", "Ann Lee", True, "")
    assert today(*both) == [(0, "5", True, False)]
    assert today(*both, by_name=False) == [(0, "1", True, False), (0, "5", True, False)]
    assert today((0, "1", "Ann Lee (deleted)", True, "")) == [(0, "1", True, False)]
    assert today((0, "1", "Ann Lee (deleted)", True, ""), (1, "5", "Bo", True, "")) == [
        (0, "1", True, False),
        (1, "5", True, False),
    ]


@given(
    st.lists(
        st.tuples(
            st.integers(0, 3),
            IDS,
            st.sampled_from(["Ann Lee", "Ann Lee (deleted)", "Bob"]),
            st.booleans(),
            st.sampled_from(["", "", "2", "3", "9", UNSEEN]),
        ),
        unique_by=lambda row: row[:2],
    )
)
def test_nobody_is_lost_and_no_merged_one_may_wake(rows: list[tuple[int, str, str, bool, str]]) -> None:
    found = today(*rows)
    assert {position for position, *_ in found} == {position for position, *_ in rows}
    assert len({one[:2] for one in found}) == len(found)
    awake = {row[0] for row in rows if row[3]}
    for position, id, active, sealed in found:
        own = [row for row in rows if row[:2] == (position, id)]
        if own and not active and position not in awake:
            assert sealed or not own[0][4] or id in BODIES
