"""What a value of the settings may look like in the file."""

from __future__ import annotations

from decimal import Decimal

import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from order_sync.settings.values import Amount

CENTS = st.integers(0, 10**11).map(lambda cents: Decimal(cents).scaleb(-2))
AMOUNT = TypeAdapter(Amount)


@given(CENTS)
def test_an_amount_is_what_was_written_to_the_cent(amount):
    for text in (f"{amount:.2f}", f"'{amount:.2f}'", str(amount.normalize())):
        assert AMOUNT.validate_python(yaml.safe_load(text)) == amount
