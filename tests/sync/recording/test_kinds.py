"""What a record must come to, to be as it was sent: total, tax, and what a foreign one is worth in the home currency."""

from __future__ import annotations

from dataclasses import fields
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from order_sync.quickbooks.wire import encode
from order_sync.sync.orders.write import Write
from order_sync.sync.recording.kinds import amounts_differ

CENT = Decimal("0.01")


def written(total: str | Decimal, rate: Decimal | None = None, currency: str = "EUR") -> Write:
    body = {} if rate is None else {"ExchangeRate": rate}
    values: dict[str, Any] = dict.fromkeys(one.name for one in fields(Write))
    return Write(**{**values, "payload": encode(body), "total": Decimal(total), "tax": None, "currency": currency})


@pytest.mark.parametrize(
    ("total", "rate", "record", "is_right"),
    [
        ("1000.00", "1.08", {"HomeTotalAmt": Decimal("1080.0")}, True),
        ("1000.00", "1.08", {"HomeTotalAmt": 1000, "ExchangeRate": 1}, False),
        ("1000.00", "1.08", {"HomeTotalAmt": Decimal("1080.01")}, False),
        # Half a cent goes up.
        ("0.50", "1.01", {"HomeTotalAmt": Decimal("0.51")}, True),
        ("0.50", "1.01", {"HomeTotalAmt": Decimal("0.50")}, False),
        # Where the worth is not told, the rate decides; where neither is told, QuickBooks took 1.
        ("1000.00", "1.08", {"ExchangeRate": Decimal("1.08")}, True),
        ("1000.00", "1.08", {"ExchangeRate": 1}, False),
        ("1000.00", "1.08", {}, False),
        ("1000.00", "1", {}, True),
    ],
)
def test_what_a_foreign_record_is_worth(total: str, rate: str, record: dict[str, Any], is_right: bool) -> None:
    found = amounts_differ(written(total, Decimal(rate)), {"TotalAmt": Decimal(total), **record})
    assert (found is None) == is_right
    assert found is None or found[0] == "RECORDED_OTHERWISE"


def test_a_record_without_a_rate_is_compared_in_its_own_currency_alone() -> None:
    write = written("1000.00", currency="USD")
    assert amounts_differ(write, {"TotalAmt": 1000, "HomeTotalAmt": 7}) is None


@given(st.decimals("0.01", 10**7, places=2), st.decimals("0.0001", 500, places=6), st.integers(-3, 3))
def test_only_the_very_cent_is_right(total: Decimal, rate: Decimal, off: int) -> None:
    exact = total * rate
    home = (exact / CENT + Decimal("0.5")).to_integral_value("ROUND_FLOOR") * CENT
    record = {"TotalAmt": total, "HomeTotalAmt": home + off * CENT}
    assert (amounts_differ(written(total, rate), record) is None) == (off == 0)
