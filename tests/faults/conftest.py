"""The shop, the worlds that it may be in, and processes that can be killed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Engine
from starlette.types import ASGIApp

from include.sandbox.app import create_app
from order_sync.database.tokens import StoreVault
from order_sync.tokens import TokenVault
from tests.faults.worker import Worker
from tests.shop.fault_shop import Shop, open_shop
from tests.shop.services import Controls


@pytest.fixture
def shop(sandbox: Controls, engine: Engine, token_store: TokenVault, short_waits: None) -> Iterator[Shop]:
    with open_shop(sandbox, engine, token_store) as opened:
        yield opened


@pytest.fixture
def shop_with(
    sandbox: Controls, engine: Engine, token_store: TokenVault, short_waits: None
) -> Iterator[Callable[..., Shop]]:
    """Opens the shop with other settings, as `stores.settings` takes them."""
    with ExitStack() as stack:
        yield lambda **settings: stack.enter_context(open_shop(sandbox, engine, token_store, **settings))


@pytest.fixture
def shop_in(
    sandbox: Any,
    engine: Engine,
    token_store: TokenVault,
    short_waits: None,
    serve: Callable[[ASGIApp], str],
    tmp_path: Path,
) -> Iterator[Callable[..., Shop]]:
    """Opens the shop in one of the `worlds`."""
    with ExitStack() as stack:

        def open_in(world: Callable[..., ASGIApp], *how: object, **settings: Any) -> Shop:
            app = create_app(tmp_path / "sandbox.sqlite", limits=False)
            url = serve(world(app, *how))
            return stack.enter_context(open_shop(replace(sandbox, url=url), engine, token_store, **settings))

        yield open_in


@pytest.fixture
def token_store(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> StoreVault:
    """The store's own vault, which processes share."""
    monkeypatch.setenv("ORDER_SYNC_FERNET_KEY", Fernet.generate_key().decode())
    return StoreVault(engine)


@pytest.fixture(scope="session")
def worker() -> Iterator[Worker]:
    """A process that has everything imported and forks a child for each step."""
    started = Worker()
    yield started
    started.close()


@pytest.fixture(scope="session")
def second_worker() -> Iterator[Worker]:
    """Another one."""
    started = Worker()
    yield started
    started.close()
