"""Which statuses a step may leave."""

from __future__ import annotations

import pytest

from order_sync.sync.orders.codes import Code
from order_sync.sync.orders.eligibility import Verdict
from order_sync.sync.orders.status import IN_TROUBLE, ON_ITS_WAY, RECORDED, UNFINISHED, Move, Status, may


def test_every_status_is_in_one_group():
    assert sorted((*ON_ITS_WAY, *IN_TROUBLE, *RECORDED, Status.SKIPPED)) == sorted(Status)
    assert (*ON_ITS_WAY, *IN_TROUBLE) == UNFINISHED


@pytest.mark.parametrize("move", Move)
def test_what_a_person_ended_is_left_by_no_step(move: Move):
    assert not any(may(move, status, Code.BY_PERSON) for status in Status)


@pytest.mark.parametrize("move", Move)
def test_a_move_leaves_its_statuses_and_no_other(move: Move):
    assert [status for status in Status if may(move, status, None)] == [one for one in Status if one in move.leaves]


def test_what_has_its_document_never_goes_its_way_again():
    for move in Move:
        # One awaits its money again whose document is out of the books.
        if set(RECORDED) & set(move.leaves) and move is not Move.AWAIT:
            assert set(move.becomes).isdisjoint((*ON_ITS_WAY, Status.SKIPPED))


def test_every_status_is_reached_and_left_by_some_step():
    assert {status for move in Move for status in move.becomes} == set(Status)
    assert {status for move in Move if move is not Move.SKIP for status in move.leaves} == set(Status)


@pytest.mark.parametrize("status", IN_TROUBLE)
def test_no_order_is_read_into_trouble_without_a_code_and_advice(status: Status):
    with pytest.raises(ValueError, match="needs a code"):
        Verdict(status, Code.NO_ITEMS, "The order has no items.")
