"""How moments read on the pages."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

pytestmark = pytest.mark.airflow

PHOENIX = ZoneInfo("America/Phoenix")


@pytest.mark.parametrize(
    ("until", "said"),
    [
        (datetime(2026, 11, 17, 7, tzinfo=UTC), "16 Nov 2026"),
        (datetime(2026, 12, 1, 7, tzinfo=UTC), "16 Nov 2026 to 30 Nov 2026"),
        (None, "16 Nov 2026"),
    ],
)
def test_the_days_of_an_interval_are_those_that_belong_to_it(
    airflow_log: object, until: datetime | None, said: str
) -> None:
    from order_sync.console.words import days

    assert days(datetime(2026, 11, 16, 7, tzinfo=UTC), until, PHOENIX) == said
