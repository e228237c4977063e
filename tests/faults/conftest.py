"""The shop, the worlds that it may be in, and processes that can be killed."""

from __future__ import annotations

import io
import logging
import os
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
from tests.faults.logs import leaks, people_of
from tests.faults.worker import Worker
from tests.shop.fault_shop import Shop, open_shop
from tests.shop.services import Controls


@pytest.fixture(autouse=True)
def log_of_the_test(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """What the sync logs in this process and its workers; afterwards no secret and nobody of the shop may be in it."""
    used = request.fixturenames
    sandbox = request.getfixturevalue("sandbox") if "sandbox" in used else None
    secrets = []
    if "token_store" in used:
        request.getfixturevalue("token_store")
        secrets.append(os.environ["ORDER_SYNC_FERNET_KEY"])
    workers = [request.getfixturevalue(name) for name in ("worker", "second_worker") if name in used]
    before = [worker.log.stat().st_size for worker in workers]
    log = io.StringIO()
    handler = logging.StreamHandler(log)
    handler.setFormatter(logging.Formatter("%(name)s %(message)s"))
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield log
    root.setLevel(level)
    root.removeHandler(handler)
    logs = [
        log.getvalue(),
        *(worker.log.read_bytes()[size:].decode() for worker, size in zip(workers, before, strict=True)),
    ]
    assert leaks("\n".join(logs), people_of(sandbox) if sandbox else (), secrets) == []


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
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    """A process that has everything imported and forks a child for each step."""
    started = Worker(tmp_path_factory.mktemp("worker") / "log")
    yield started
    started.close()


@pytest.fixture(scope="session")
def second_worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    """Another one."""
    started = Worker(tmp_path_factory.mktemp("worker") / "log")
    yield started
    started.close()
