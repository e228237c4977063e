"""Updates that are to be made up: the newest order of each customer and contact, as long as it may matter."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, update

from order_sync.database import missed_updates as table
from order_sync.database.missed_updates import KEPT, missed_updates, note_missed, settle_missed
from order_sync.database.tables import MissedUpdate
from tests.shop.records import NOON

HOUR = timedelta(hours=1)


def test_c26_of_two_orders_the_newer_one_is_kept(engine: Engine) -> None:
    for order_id, hours in (("2", 2), ("1", 1), ("3", 3), ("3", 3)):
        note_missed(engine, "demo", "customer", "7", order_id=order_id, ordered_at=NOON + hours * HOUR)
    note_missed(engine, "demo", "contact", "7", order_id="1", ordered_at=NOON)
    note_missed(engine, "other", "customer", "7", order_id="9", ordered_at=NOON + 9 * HOUR)
    assert missed_updates(engine, "demo", "customer") == {"7": "3"}

    settle_missed(engine, "demo", "customer", ["7"])
    assert missed_updates(engine, "demo", "customer") == {}
    assert missed_updates(engine, "demo", "contact") == {"7": "1"}
    assert missed_updates(engine, "other", "customer") == {"7": "9"}


def test_c26_nobody_makes_up_for_ever_nor_all_at_once(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "MOST", 2)
    for subject in ("1", "2", "3", "4"):
        note_missed(engine, "demo", "customer", subject, order_id=subject, ordered_at=NOON)
    with engine.begin() as connection:
        for subject, age in (("1", KEPT + HOUR), ("2", KEPT - HOUR), ("3", HOUR)):
            at = {"missed_at": datetime.now(UTC) - age}
            connection.execute(update(MissedUpdate).where(MissedUpdate.subject == subject).values(at))
    assert list(missed_updates(engine, "demo", "customer")) == ["2", "3"]
    settle_missed(engine, "demo", "customer", ["2"])
    with engine.connect() as connection:
        assert sorted(row.subject for row in connection.execute(MissedUpdate.__table__.select())) == ["3", "4"]


def test_c26_the_same_order_again_grows_no_younger(engine: Engine) -> None:
    note_missed(engine, "demo", "customer", "7", order_id="1", ordered_at=NOON)
    with engine.begin() as connection:
        connection.execute(update(MissedUpdate).values(missed_at=datetime.now(UTC) - KEPT - HOUR))
    note_missed(engine, "demo", "customer", "7", order_id="1", ordered_at=NOON)
    assert missed_updates(engine, "demo", "customer") == {}
