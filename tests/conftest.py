"""What many tests need: the sandbox over HTTP, a service that answers as it is told, and a token vault of its own."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import shutil
import socket
import sqlite3
import struct
import sys
import threading
import time
import uuid
import zlib
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
import uvicorn
from fastapi import FastAPI
from hypothesis import settings as hypothesis_settings
from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import Pool
from starlette.types import ASGIApp

from order_sync.database.database import migrate, open_database
from order_sync.database.tables import Base
from order_sync.settings import ROOT
from order_sync.tokens import TokenPair

# What the shop asserts is told in detail, as it is in a test.
pytest.register_assert_rewrite("tests.shop")
# How long an example takes says something about the machine, nothing about the code.
hypothesis_settings.register_profile("untimed", deadline=None)
hypothesis_settings.load_profile("untimed")


@event.listens_for(Pool, "checkout")
def _spare_the_disk(connection: object, *_: object) -> None:
    """No test cuts the power: no database of this process waits for the disk, Airflow's own included, unless `KEEP_ON_DISK` is set."""
    driver = getattr(connection, "_connection", connection)  # Airflow's API asks its database through aiosqlite
    found = getattr(driver, "_conn", driver)
    if isinstance(found, sqlite3.Connection) and "KEEP_ON_DISK" not in os.environ:
        with suppress(sqlite3.ProgrammingError):  # it belongs to another thread
            found.execute("PRAGMA synchronous=OFF")


_DATABASES = ("sqlite", "postgresql")


def _function_of(item: pytest.Item) -> str:
    return f"{item.path.name}::{getattr(item, 'originalname', '')}"


def _hash_of(function: str) -> int:
    return zlib.crc32(function.encode())


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Which tests of the steps and of faults run on this database (`TEST_DATABASE`): on SQLite all, on PostgreSQL each of the steps once.

    A database does not mind by which of its parameters a test came to its statements. With `DIVIDE_BY_DATABASE=1`, as in CI, each runs on
    one of the two: of a test with several sets of parameters every other set, of the rest about a half; and of one with more than six
    sets, half of the sets. Of the console's tests, which ask the same of both databases, each runs on one.
    """
    on_postgresql = os.environ.get("TEST_DATABASE", "sqlite") == "postgresql"
    divided = bool(os.environ.get("DIVIDE_BY_DATABASE"))
    kept, number_of = [], Counter[str]()
    sets_of = Counter(map(_function_of, items))
    for item in items:
        folder, function = item.path.relative_to(ROOT).parts[1], _function_of(item)
        if folder not in ("sync", "faults") or "engine" not in getattr(item, "fixturenames", ()):
            database = item.callspec.params.get("database") if hasattr(item, "callspec") else None
            is_other = divided and folder == "console" and database not in (None, _DATABASES[_hash_of(function) % 2])
            kept += [] if on_postgresql or is_other else [item]
            continue
        number = number_of[function]
        number_of[function] += 1
        if divided:
            is_wanted = (_hash_of(function) + number) % (4 if sets_of[function] > 6 else 2) == on_postgresql
        else:
            is_wanted = not on_postgresql or folder == "faults" or number == 0
        kept += [item] if is_wanted else []
    config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
    items[:] = kept


class PromptServer(uvicorn.Server):
    """A server that ends at once: uvicorn looks ten times a second whether it should, and waiting for it took longer than most tests."""

    async def main_loop(self) -> None:
        await self.on_tick(0)
        while not self.should_exit:
            await asyncio.sleep(_TICK_SECONDS)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        patience = time.monotonic() + 1
        while (self.server_state.connections or self.server_state.tasks) and time.monotonic() < patience:
            await asyncio.sleep(_TICK_SECONDS)
        await self.lifespan.shutdown()


_TICK_SECONDS = 0.005


@pytest.fixture
def serve() -> Iterator[Callable[[ASGIApp], str]]:
    """Serves an application on a free port until the test ends; returns its URL."""
    running: list[tuple[uvicorn.Server, threading.Thread]] = []

    def start(app: ASGIApp) -> str:
        listening = socket.create_server(("127.0.0.1", 0))
        server = PromptServer(uvicorn.Config(app, log_level="critical"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.01)
        running.append((server, thread))
        return f"http://127.0.0.1:{listening.getsockname()[1]}"

    yield start
    for server, thread in running:
        server.should_exit = True
        thread.join(timeout=10)


@dataclass(frozen=True)
class Sandbox:
    """A sandbox of one's own: empty books, no limits until they are switched on."""

    url: str
    _session: requests.Session = field(default_factory=requests.Session, repr=False, compare=False)

    def get(self, path: str) -> Any:
        return self._call("GET", path)

    def post(self, path: str, body: object = None) -> Any:
        return self._call("POST", path, body)

    def put(self, path: str, body: object = None) -> Any:
        return self._call("PUT", path, body)

    def delete(self, path: str) -> Any:
        return self._call("DELETE", path)

    def _call(self, method: str, path: str, body: object = None) -> Any:
        answer = self._session.request(method, self.url + path, json=body, timeout=60)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None


@pytest.fixture(scope="session")
def opened_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state of a sandbox that was just opened, to be copied: founding a company takes a quarter of a second."""
    from include.sandbox.services import open_books, open_state

    file = tmp_path_factory.mktemp("sandbox") / "opened.sqlite"
    open_books(open_state(file))
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return file


@pytest.fixture(scope="session")
def sandbox_app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """A sandbox that each test turns to a file of its own: to make all its routes takes longer than most tests."""
    from include.sandbox.app import create_app

    return create_app(tmp_path_factory.mktemp("sandbox") / "shared.sqlite")


@pytest.fixture
def sandbox(serve: Callable[[ASGIApp], str], tmp_path: Path, opened_sandbox: Path, sandbox_app: FastAPI) -> Sandbox:
    """Both services over HTTP on a free port, freshly opened; its controls are under `/_sandbox`."""
    from include.sandbox.limits import Ceilings

    file = tmp_path / "sandbox.sqlite"
    shutil.copy(opened_sandbox, file)
    sandbox_app.state.books.turn_to(file)
    sandbox_app.state.traffic.forget()
    sandbox_app.state.traffic.limits.ceilings = Ceilings(enabled=False)
    return Sandbox(serve(sandbox_app))


@dataclass(frozen=True)
class Request:
    """A request as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode()))


@dataclass(frozen=True)
class Reply:
    """An answer, and how it comes: `whole`, `cut` (half of it), `dripping` (byte by byte), `dropped` (none), `late`."""

    status: int
    body: bytes
    headers: dict[str, str]
    how: str


@dataclass
class StandIn:
    """A service that gives the replies that a test prepared, in their order, and keeps what it was asked.

    Requests to `/token` have replies of their own; without any they get a fresh pair each time.
    """

    url: str = ""
    requests: list[Request] = field(default_factory=list)
    token_requests: list[Request] = field(default_factory=list)
    replies: deque[Reply] = field(default_factory=deque)
    token_replies: deque[Reply] = field(default_factory=deque)

    def reply(
        self, body: object = b"", status: int = 200, headers: dict[str, str] | None = None, how: str = "whole"
    ) -> None:
        self.replies.append(_reply(body, status, headers, how))

    def reply_token(self, body: object, status: int = 200, how: str = "whole") -> None:
        self.token_replies.append(_reply(body, status, None, how))

    def taken(self, request: Request) -> Reply:
        if request.path != "/token":
            self.requests.append(request)
            return self.replies.popleft() if self.replies else _reply("no reply was prepared", 418, None, "whole")
        self.token_requests.append(request)
        if self.token_replies:
            return self.token_replies.popleft()
        number = len(self.token_requests)
        pair = {"access_token": f"access-{number}", "refresh_token": f"refresh-{number}", "expires_in": 3600}
        return _reply({"token_type": "bearer", **pair}, 200, None, "whole")


def _reply(body: object, status: int, headers: dict[str, str] | None, how: str) -> Reply:
    if isinstance(body, dict | list):
        body = json.dumps(body)
    return Reply(status, body.encode() if isinstance(body, str) else body, headers or {}, how)  # type: ignore[arg-type]


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    """A scripted service on a free port."""
    service = StandIn()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            url = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            query = dict(parse_qsl(url.query, keep_blank_values=True))
            self._give(service.taken(Request(self.command, url.path, query, dict(self.headers), body)))

        do_POST = do_PATCH = do_GET

        def _give(self, reply: Reply) -> None:
            if reply.how == "dropped":
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()
                self.close_connection = True
                return
            if reply.how == "late":
                time.sleep(0.3)
            self.send_response(reply.status)
            for name, value in {**reply.headers, "Content-Length": str(len(reply.body))}.items():
                self.send_header(name, value)
            self.end_headers()
            if reply.how == "cut":
                self.wfile.write(reply.body[: len(reply.body) // 2])
                self.close_connection = True
            elif reply.how == "dripping":
                self._drip(reply.body)
            else:
                self.wfile.write(reply.body)

        def _drip(self, body: bytes) -> None:
            try:
                for byte in body:
                    self.wfile.write(bytes([byte]))
                    time.sleep(0.02)
            except OSError:
                self.close_connection = True

        def finish(self) -> None:
            try:
                super().finish()
            except (OSError, ValueError):
                return

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    server.handle_error = lambda *_: None  # type: ignore[method-assign, assignment]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    service.url = f"http://127.0.0.1:{server.server_address[1]}"
    yield service
    server.shutdown()
    server.server_close()


class FileVault:
    """A token vault in a directory, shared by processes through file locks."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def load(self, connection_id: str) -> TokenPair | None:
        file = self.directory / f"{connection_id}.json"
        if not file.exists():
            return None
        content = json.loads(file.read_text())
        for name in ("access_expires_at", "refresh_expires_at"):
            content[name] = datetime.fromisoformat(content[name]) if content[name] else None
        return TokenPair(**content)

    def save(self, connection_id: str, pair: TokenPair) -> None:
        part = self.directory / f"{connection_id}.part"
        part.write_text(json.dumps(asdict(pair), default=str))
        part.replace(self.directory / f"{connection_id}.json")

    @contextmanager
    def refreshing(self, connection_id: str) -> Iterator[None]:
        with (self.directory / f"{connection_id}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


@pytest.fixture
def vault(tmp_path: Path) -> FileVault:
    """An empty token vault."""
    directory = tmp_path / "vault"
    directory.mkdir()
    return FileVault(directory)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[URL]:
    """A database of the session's own on 127.0.0.1 (`PGPORT`, else 5432), dropped at its end; skips where none answers (CI=true: fails).

    Signs in with `PGUSER` (else `postgres`) and `PGPASSWORD` (else as a trusted user).
    """
    server = URL.create(
        "postgresql+psycopg",
        username=os.environ.get("PGUSER", "postgres"),
        password=os.environ.get("PGPASSWORD"),
        host="127.0.0.1",
        port=int(os.environ.get("PGPORT", "5432")),
        database="postgres",
        query={"connect_timeout": "5"},
    )
    name = f"order_sync_test_{uuid.uuid4().hex[:12]}"
    administration = create_engine(server, isolation_level="AUTOCOMMIT")
    try:
        with administration.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
            connection.exec_driver_sql(f"ALTER DATABASE {name} SET synchronous_commit = off")  # no test cuts the power
    except OperationalError as error:
        reason = f"no PostgreSQL lets {server.username} in on 127.0.0.1:{server.port}: {error.orig}"
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(f"With CI=true the store is tested on PostgreSQL too, and {reason}")
        pytest.skip(reason)
    yield server.set(database=name)
    with administration.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    administration.dispose()


@pytest.fixture(scope="session")
def migrated_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated store on SQLite, to be copied."""
    file = tmp_path_factory.mktemp("store") / "migrated.sqlite"
    opened = open_database(make_url(f"sqlite:///{file}"))
    migrate(opened)
    opened.dispose()
    return file


@pytest.fixture(scope="session")
def opened_store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """One engine for all tests, which remembers how statements are written; on SQLite, or as `TEST_DATABASE` says."""
    if os.environ.get("TEST_DATABASE", "sqlite") == "postgresql":
        opened = open_database(request.getfixturevalue("postgresql"))
        migrate(opened)
    else:
        opened = open_database(make_url(f"sqlite:///{tmp_path_factory.mktemp('store') / 'order_sync.sqlite'}"))
    yield opened
    opened.dispose()


@pytest.fixture
def engine(opened_store: Engine, migrated_store: Path) -> Iterator[Engine]:
    """A migrated store without rows, on the database of this run."""
    opened_store.dispose()
    if opened_store.dialect.name == "postgresql":
        with opened_store.begin() as connection:
            connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            for table in Base.metadata.sorted_tables:
                connection.execute(table.delete())
            connection.exec_driver_sql("SELECT setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S'")
    else:
        file = Path(str(opened_store.url.database))
        for beside in ("-wal", "-shm"):
            file.with_name(file.name + beside).unlink(missing_ok=True)
        shutil.copy(migrated_store, file)
    yield opened_store
    opened_store.dispose()


@pytest.fixture
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits between the attempts of a read are milliseconds, in proportion as they are."""
    monkeypatch.setattr("order_sync.transport.FIRST_WAIT_SECONDS", 0.001)


@pytest.fixture(scope="session")
def airflow_log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Starts Airflow in this process, with a fresh SQLite metadata database; gives the file that its tasks log to."""
    assert "airflow" not in sys.modules, "Airflow was imported before its environment was set"
    home = tmp_path_factory.mktemp("airflow")
    settings = {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    }
    with pytest.MonkeyPatch.context() as environment:
        for name in [name for name in os.environ if name.startswith(("AIRFLOW", "ORDER_SYNC"))]:
            environment.delenv(name)
        for name, value in settings.items():
            environment.setenv(name, value)
        environment.setattr(sys, "excepthook", sys.excepthook)

        from airflow.sdk.log import configure_logging
        from airflow.utils.db import initdb

        initdb()
        file = home / "tasks.log"
        with file.open("wb", buffering=0) as log:
            # As a worker's task process does: one JSON object a line.
            configure_logging(json_output=True, output=log)
            yield file
