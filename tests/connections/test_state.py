"""How a connection stands, and how much of its quota is used."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from order_sync.connections.state import Quota, Standing, calls_of_day, reads_of_month, standing
from order_sync.database.connections import Known

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("known", "has_run", "stands"),
    [
        (Known(), False, Standing.UNTRIED),
        (Known(), True, Standing.READY),
        (Known(tested_at=NOW), False, Standing.READY),
        (Known(wrong="no", tested_at=NOW), True, Standing.WRONG),
        (Known(wrong="no", tested_at=NOW, refreshed_at=NOW + timedelta(1)), True, Standing.READY),
        (Known(wrong="no", tested_at=NOW, refreshed_at=NOW - timedelta(1)), True, Standing.WRONG),
        (Known(refresh_expires_at=NOW + timedelta(14, 1)), True, Standing.READY),
        (Known(refresh_expires_at=NOW + timedelta(14)), True, Standing.ENDING),
        (Known(refresh_expires_at=NOW), True, Standing.ENDED),
    ],
)
def test_it_stands_as_the_last_that_is_known_of_it_says(known: Known, has_run: bool, stands: Standing) -> None:
    assert standing(known, NOW, has_run=has_run) is stands
    assert standing(known, NOW, has_run=has_run, is_filled_in=False) is Standing.WRONG


@pytest.mark.parametrize(
    ("began", "stands"), [(NOW + timedelta(1), Standing.READY), (NOW - timedelta(1), Standing.WRONG)]
)
def test_a_run_that_succeeded_after_a_test_that_failed_says_more(began: datetime, stands: Standing) -> None:
    assert standing(Known(wrong="no", tested_at=NOW), NOW, has_run=True, succeeded_at=began) is stands


def test_reads_and_batches_count_for_intuit_and_writes_do_not() -> None:
    calls = {"query Customer": 3, "cdc": 2, "read CompanyInfo": 1, "batch": 4, "create SalesReceipt": 90, "token": 7}
    assert reads_of_month(calls) == Quota(10, 500_000)


def test_an_app_may_call_infusionsoft_more_often_than_a_key() -> None:
    assert calls_of_day({"list orders": 3, "get contact": 1}, Known()) == Quota(4, 30_000)
    assert calls_of_day({"list orders": 3}, Known(refreshed_at=NOW)) == Quota(3, 150_000)
