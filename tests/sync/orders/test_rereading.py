"""From where a run reads: where reading ended, and no further back than is sane."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from order_sync.sync.orders.rereading import MOST_READ_ON, Interval, Reading, begin_reading, unread_of

FIRST_DAY = datetime(2026, 1, 1, tzinfo=UTC)


def day(number: int) -> datetime:
    """Midnight of a day of the year."""
    return FIRST_DAY + timedelta(days=number)


def days(*numbers: int) -> list[Interval]:
    return [Interval(day(number), day(number + 1)) for number in numbers]


def begins(
    number: int,
    regular: list[Interval],
    backfilled: list[Interval] = (),
    first_day: datetime = FIRST_DAY,
    tried: int | None = None,
) -> Reading:
    """What the run of a day reads; the first run that tried was that of the day `tried`, or this one."""
    first_tried = day(number if tried is None else tried)
    return begin_reading(day(number), first_day, regular, [*regular, *backfilled], first_tried=first_tried)


@pytest.mark.parametrize(
    ("number", "regular", "backfilled", "expected"),
    [
        (5, [], [], 5),  # the first run of all
        (5, days(3, 4), [], 5),
        (5, days(1, 2), [], 3),  # two red days
        (5, days(1, 2), days(3, 4), 5),  # which somebody has recorded by a backfill since
        (5, days(1, 2), days(3), 4),
        (5, days(1, 2), days(4), 3),  # the day after is read once more, which costs calls and no documents
        (3, days(1, 2, 5), [], 3),  # cleared when another had read on
        (3, days(2, 7), [], 3),  # an old day by hand
        (5, days(2, 4), [], 5),  # what regular runs left between them was read by the one after it, or told
        (200, days(199), days(20, 21), 200),  # last year was backfilled meanwhile
        (200, [], days(20, 21), 200),  # backfills alone are no beginning
        (201, days(199), days(20, 250), 200),
        (33, days(1), [], 2),  # a month of red days
    ],
)
def test_r13_a_run_reads_on_from_where_reading_ended(number, regular, backfilled, expected):
    assert begins(number, regular, backfilled) == Reading(day(expected))


def test_r13_after_two_months_it_reads_the_last_of_them_and_says_which_nobody_read():
    assert begins(70, days(1, 2)) == Reading(day(70) - MOST_READ_ON, unread_from=day(3))
    assert begins(70, days(1, 2), days(*range(3, 39))) == Reading(day(39))
    assert begins(70, days(1, 2), days(*range(3, 20))) == Reading(day(39), unread_from=day(20))


def test_r13_a_store_whose_first_runs_are_red_loses_no_day():
    assert begins(5, [], tried=3) == Reading(day(3))
    assert begins(5, [], days(3), tried=3) == Reading(day(4))
    assert begins(70, [], tried=3) == Reading(day(70) - MOST_READ_ON, unread_from=day(3))


def test_r13_nothing_is_read_from_before_the_first_day():
    assert begins(70, days(1, 2), first_day=day(60)) == Reading(day(60))
    assert begins(70, days(1, 2), first_day=day(70)) == Reading(day(70))
    assert begins(70, days(1, 2), first_day=day(90)) == Reading(day(70))


@pytest.mark.parametrize(
    ("read", "expected"),
    [
        ([], [(1, 9)]),
        (days(0, 9), [(1, 9)]),
        (days(3), [(1, 3), (4, 9)]),
        (days(6, 3, 3), [(1, 3), (4, 6), (7, 9)]),
        ([Interval(day(0), day(5)), Interval(day(2), day(4))], [(5, 9)]),
        ([Interval(day(0), day(20))], []),
        (days(*range(1, 9)), []),
    ],
)
def test_r13_what_is_unread(read, expected):
    found = unread_of(Interval(day(1), day(9)), read)
    assert [(one.start, one.end) for one in found] == [(day(start), day(end)) for start, end in expected]
