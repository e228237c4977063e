"""The shop counter that the tests of posting share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from order_sync.tokens import TokenVault
from tests.shop.counter import ShopCounter, open_counter
from tests.shop.services import Controls


@pytest.fixture
def counter(sandbox: Controls, engine: Engine, vault: TokenVault, short_waits: None) -> Iterator[ShopCounter]:
    with open_counter(sandbox, engine, vault) as opened:
        yield opened
