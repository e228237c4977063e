"""Which of the customers that have a key count, against plain rules for each of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from order_sync.keys import Candidates
from order_sync.sync.customers.candidates import in_currency, without_jobs

Customer = tuple[str | None, bool]
"""The id of the customer above it, and whether it is billed with it."""

NOBODY: Customer = (None, False)


def bodies_of(customers: dict[str, Customer]) -> dict[str, dict[str, Any]]:
    return {
        id: {
            "Id": id,
            "DisplayName": f"Name {id}",
            "BillWithParent": billed,
            **({"ParentRef": {"value": parent}, "Job": True} if parent else {}),
        }
        for id, (parent, billed) in customers.items()
    }


def candidates(rows: list[tuple[int, str, str]], customers: dict[str, Customer]) -> Candidates:
    """(position, id, currency) of each."""
    positions, ids, currencies = (list(column) for column in zip(*rows, strict=True)) if rows else ([], [], [])
    jobs = [customers.get(id, NOBODY)[0] is not None for id in ids]
    size = len(rows)
    names, blank, no = [f"Name {id}" for id in ids], [""] * size, [False] * size
    return Candidates(positions, ids, names, [True] * size, blank, currencies, jobs, blank, blank, no)


@st.composite
def companies(draw: st.DrawFn) -> dict[str, Customer]:
    """Ten customers at most, each below an earlier one or below none."""
    found: dict[str, Customer] = {}
    for number in range(draw(st.integers(1, 10))):
        parent = draw(st.one_of(st.none(), st.sampled_from(sorted(found)))) if found else None
        deep = len(line(str(parent), found)) >= 4 if parent else False
        found[str(number)] = (None, False) if parent is None or deep else (parent, draw(st.booleans()))
    return found


def line(id: str, customers: dict[str, Customer]) -> list[str]:
    above: list[str] = []
    parent = customers[id][0]
    while parent:
        above.append(parent)
        parent = customers[parent][0]
    return above


def billed(id: str, customers: dict[str, Customer]) -> str:
    parent, with_parent = customers[id]
    return billed(parent, customers) if parent and with_parent else id


@given(companies(), st.data(), st.booleans())
def test_c20_each_stands_for_whom_it_is_billed_with_and_nobody_beside_one_above(
    customers: dict[str, Customer], data: st.DataObject, by_name: bool
) -> None:
    keyed = data.draw(st.lists(st.tuples(st.integers(0, 2), st.sampled_from(sorted(customers))), unique=True))
    bodies = bodies_of(customers)
    found = without_jobs(
        candidates([(position, id, "") for position, id in keyed], customers),
        lambda ids: {id: bodies[id] for id in ids},
        by_name=by_name,
    )
    if by_name:
        keyed = [(position, id) for position, id in keyed if billed(id, customers) == id]
    wanted = {(position, billed(id, customers)) for position, id in keyed}
    wanted -= {(position, id) for position, id in wanted for one in line(id, customers) if (position, one) in wanted}
    assert len(found.ids) == len(wanted)
    assert set(zip(found.positions, found.ids, strict=True)) == wanted
    assert {len(column) for column in found} == {len(wanted)}


def test_c20_a_job_whose_parent_nobody_knows_is_nobody() -> None:
    customers: dict[str, Customer] = {"2": ("1", True)}
    bodies = bodies_of(customers)
    found = without_jobs(
        candidates([(0, "2", "")], customers), lambda ids: {id: bodies[id] for id in ids if id in bodies}, by_name=False
    )
    assert found.ids == []


CODES = st.sampled_from(["USD", "EUR", ""])


@given(
    st.lists(st.tuples(st.integers(0, 2), CODES), min_size=1, max_size=6),
    st.lists(st.tuples(st.integers(0, 2), CODES), max_size=6),
    st.booleans(),
)
def test_c21_those_in_the_orders_currency_count(
    orders: list[tuple[int, str]], keyed: list[tuple[int, str]], others: bool
) -> None:
    rows = [(position, str(number), currency) for number, (position, currency) in enumerate(keyed)]
    positions = np.array([position for position, _ in orders])
    currencies = np.array([currency for _, currency in orders], dtype=object)
    found, now, lacking = in_currency(candidates(rows, {}), positions, currencies, others=others)
    for at, (position, currency) in enumerate(orders):
        of_key = {id: of for where, id, of in rows if where == position}
        fitting = {id for id, of in of_key.items() if not currency or of in ("", currency)}
        wanted = fitting or (set(of_key) if others else set())
        assert {id for where, id in zip(found.positions, found.ids, strict=True) if where == now[at]} == wanted
        assert bool(lacking[at]) is bool(of_key and not fitting)
