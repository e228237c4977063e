"""The shop counter that the tests of posting share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from order_sync.tokens import TokenVault
from tests.shop.counter import ShopCounter, open_counter
from tests.shop.services import Controls

STEPS = Path(__file__).parent / "steps"


@pytest.fixture
def counter(sandbox: Controls, engine: Engine, vault: TokenVault, short_waits: None) -> Iterator[ShopCounter]:
    with open_counter(sandbox, engine, vault) as opened:
        yield opened


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Of a test of several parameters, enough of their combinations that each value is there; all with `ALL_COMBINATIONS=1`.

    Each of them opens both services: all the ways of posting by all the ways of tax by both ways of sending take longer than they tell.
    """
    if os.environ.get("ALL_COMBINATIONS"):
        return
    seen: dict[str, set[tuple[str, str]]] = {}
    left_out = []
    for item in items:
        if not isinstance(item, pytest.Function) or not hasattr(item, "callspec") or STEPS not in item.path.parents:
            continue
        values = {(name, repr(value)) for name, value in item.callspec.params.items()}
        known = seen.setdefault(f"{item.path}::{item.originalname}", set())
        if values <= known:
            left_out.append(item)
        known |= values
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in set(left_out)]
