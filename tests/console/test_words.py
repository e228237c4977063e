"""How moments and reasons read on the pages."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

pytestmark = pytest.mark.airflow

NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("since", "until", "said"),
    [
        ("2026-11-16T00:00", "2026-11-17T00:00", "16 Nov 2026"),
        ("2026-11-16T05:00", "2026-11-17T05:00", "16 Nov 2026"),
        ("2026-11-16T13:00", "2026-11-16T14:00", "16 Nov 2026"),
        ("2026-11-01T00:00", "2026-11-02T00:00", "1 Nov 2026"),  # of 25 hours
        ("2026-11-16T00:00", "2026-12-01T00:00", "16 Nov 2026 to 30 Nov 2026"),
        ("2026-11-16T00:00", None, "16 Nov 2026"),
    ],
)
def test_the_days_of_an_interval_are_those_that_belong_to_it(
    airflow_log: object, since: str, until: str | None, said: str
) -> None:
    from order_sync.console.words import days

    first, end = (datetime.fromisoformat(one).replace(tzinfo=NEW_YORK) if one else None for one in (since, until))
    assert days(first, end, NEW_YORK) == said


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("PERIOD_CLOSED", "The books are closed for its day"),
        ("6200", "The books are closed for its day"),
        ("NUMBER_LENGTH", "The document number is longer than QuickBooks takes"),
        ("9999", "The service refused it (code 9999)"),
        (None, ""),
    ],
)
def test_a_reason_reads_in_words_whoever_gave_the_code(airflow_log: object, code: str | None, said: str) -> None:
    from order_sync.console.words import reason

    assert reason(code) == said
