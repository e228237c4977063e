"""Which number prefixes meet, and which orders are another."""

from __future__ import annotations

from datetime import timedelta

import pytest

from order_sync.errors import ConfigurationError
from order_sync.sync.orders.identity import Identity, is_another, require_alone
from tests.shop import records


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ("IS-", "IS-", True),
        ("IS", "IS1", True),  # IS + 11001 and IS1 + 1001
        ("", "20", True),
        ("IS-", "IS-2-", False),
        ("IS-", "S-", False),
        ("IS-", None, False),
        (None, None, False),
    ],
)
def test_r12_prefixes_that_can_make_one_number(one, other, meet):
    mine, others = Identity("shop", "cd200", "9341", one), [Identity("demo", "ab103", "9341", other)]
    if meet:
        with pytest.raises(ConfigurationError, match="two orders would have one number"):
            require_alone(mine, others)
    else:
        require_alone(mine, others)
    require_alone(Identity("shop", "cd200", "77", one), others)


def test_r11_an_order_made_at_another_time_is_another():
    order = records.order()
    assert not is_another(order, order.created_at + timedelta(seconds=0.9))
    assert is_another(order, order.created_at + timedelta(hours=1))
    assert is_another(order, order.created_at - timedelta(days=300))
