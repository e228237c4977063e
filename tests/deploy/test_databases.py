"""The databases of the Compose deployment on a server like its own: when it counts as healthy, and whose the sync's tables are."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable

import psycopg
import pytest
from sqlalchemy import make_url

from order_sync.database.database import migrate, open_database
from tests.deploy.compose import ROOT, SERVICES, environment, put_in
from tests.deploy.conftest import PASSWORD, Server

VARIABLES = {
    "POSTGRES_PASSWORD": PASSWORD,
    "ORDER_SYNC_DATABASE_PASSWORD": "it's the sync's \\own password; --",
}


@pytest.fixture
def call(server: Server) -> Callable[..., int]:
    """Runs what a service of the file runs, against the server of the test; gives its exit code."""

    def run(service: str, command: list[str]) -> int:
        given = environment(service, VARIABLES)
        surrounding = {"PATH": f"{server.bin}:{os.environ['PATH']}", "PGPORT": str(server.port)}
        if "PGHOST" in given:
            given["PGHOST"] = "127.0.0.1"
        return subprocess.run(command, env={**surrounding, **given}, capture_output=True, check=False).returncode

    return run


@pytest.fixture
def health(call: Callable[..., int]) -> Callable[[], int]:
    kind, test = SERVICES["postgres"]["healthcheck"]["test"]
    assert kind == "CMD-SHELL"
    return lambda: call("postgres", ["sh", "-c", put_in(test, VARIABLES)])


@pytest.fixture
def init(call: Callable[..., int]) -> Callable[[], int]:
    """Runs the service that makes the sync's role and database."""
    [mounted] = [volume.split(":") for volume in SERVICES["database-init"]["volumes"]]
    command = [
        str(ROOT / mounted[0]) if word == mounted[1] else word for word in SERVICES["database-init"]["entrypoint"]
    ]
    return lambda: call("database-init", command)


def connect(server: Server, user: str, password: str, database: str) -> psycopg.Connection:
    return psycopg.connect(
        host="127.0.0.1", port=server.port, user=user, password=password, dbname=database, autocommit=True
    )


def of_the_sync(server: Server, database: str = "order_sync") -> psycopg.Connection:
    return connect(server, "order_sync", VARIABLES["ORDER_SYNC_DATABASE_PASSWORD"], database)


def test_r29_a_server_is_healthy_when_it_answers_over_tcp_from_the_database_that_is_named(
    server: Server, health: Callable[[], int]
) -> None:
    assert health() != 0, "while a volume is made, it listens on its socket only"
    server.start("127.0.0.1")
    assert health() != 0, "the database is missing"
    server.run("createdb", "-h", str(server.folder), "-p", str(server.port), "-U", "airflow", "airflow")
    assert health() == 0
    server.run("pg_ctl", "-D", f"{server.folder}/data", "-m", "fast", "stop")
    assert health() != 0
    server.start("127.0.0.1")


def test_r29_the_database_and_its_role_are_made_where_they_are_missing(
    server: Server, init: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    server.run("createdb", "-h", str(server.folder), "-p", str(server.port), "-U", "airflow", "airflow")
    server.start("127.0.0.1")
    assert init() == 0
    assert init() == 0, "at the next start"

    url = make_url("postgresql+psycopg://order_sync@127.0.0.1/order_sync").set(
        port=server.port, password=VARIABLES["ORDER_SYNC_DATABASE_PASSWORD"]
    )
    engine = open_database(url)
    migrate(engine)
    engine.dispose()
    with of_the_sync(server) as connection:
        assert connection.execute("SELECT count(*) FROM orders").fetchone() == (0,)
        [attributes] = connection.execute(
            "SELECT rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = 'order_sync'"
        ).fetchall()
    assert attributes == (False, False, False)
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        of_the_sync(server, "airflow")

    monkeypatch.setitem(VARIABLES, "ORDER_SYNC_DATABASE_PASSWORD", "another")
    assert init() == 0
    of_the_sync(server).close()


def test_r29_a_volume_of_before_keeps_its_rows_and_hands_them_to_the_role(
    server: Server, init: Callable[[], int]
) -> None:
    for database in ("airflow", "order_sync"):
        server.run("createdb", "-h", str(server.folder), "-p", str(server.port), "-U", "airflow", database)
    server.start("127.0.0.1")
    engine = open_database(
        make_url("postgresql+psycopg://airflow@127.0.0.1/order_sync").set(port=server.port, password=PASSWORD)
    )
    migrate(engine, "0003")
    engine.dispose()
    with connect(server, "airflow", PASSWORD, "order_sync") as connection:
        connection.execute("INSERT INTO leases (name, owner, token, expires_at) VALUES ('company 1', 'me', 7, now())")

    assert init() == 0

    engine = open_database(
        make_url("postgresql+psycopg://order_sync@127.0.0.1/order_sync").set(
            port=server.port, password=VARIABLES["ORDER_SYNC_DATABASE_PASSWORD"]
        )
    )
    migrate(engine)
    engine.dispose()
    with of_the_sync(server) as connection:
        assert connection.execute("SELECT name, token FROM leases").fetchall() == [("company 1", 7)]
        owners = connection.execute("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'").fetchall()
    assert owners == [("order_sync",)]
