"""Opening the store, its migrations, and what it says where it cannot be used."""

from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from sqlalchemy import inspect, make_url, select, text
from sqlalchemy.exc import StatementError

from order_sync.database.cache import cached_customers
from order_sync.database.choices import chosen_orders
from order_sync.database.database import database_url, migrate, open_database, reading, require_migrated
from order_sync.database.history import order_history
from order_sync.database.orders import known_orders, orders_by_id
from order_sync.database.orders_read import save_orders
from order_sync.database.refused_records import open_records, save_refused
from order_sync.database.stores import known_stores, note_store
from order_sync.database.tables import Base, Lease, Order, Run
from order_sync.errors import ConfigurationError, RecordRefused
from order_sync.infusionsoft.reading import unreadable
from order_sync.settings import ROOT
from order_sync.sync.orders.decision import Decision
from order_sync.sync.orders.identity import Identity
from order_sync.sync.orders.refused import Refused
from tests.database.comparing import compared
from tests.shop.records import NOON
from tests.shop.runs import begun
from tests.shop.stores import SMALLEST


def test_the_migrated_tables_are_those_of_the_code(engine):
    with engine.connect() as connection:
        differences = compare_metadata(compared(connection), Base.metadata)

    assert differences == []
    assert set(Base.metadata.tables) | {"alembic_version"} == set(inspect(engine).get_table_names())


def modes(folder: Path) -> dict[str, int]:
    return {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir() if file.is_file()}


@pytest.mark.parametrize("before", [False, True], ids=["new", "of before"])
def test_r25_a_sqlite_file_is_its_owner_s_alone(tmp_path, before):
    file = tmp_path / "stores" / "order_sync.sqlite"
    parts = {file.name: 0o600, f"{file.name}-wal": 0o600, f"{file.name}-shm": 0o600}
    umask = os.umask(0o022)
    try:
        if before:
            file.parent.mkdir()
            for name in parts:
                (file.parent / name).touch(mode=0o644)
        engine = open_database(make_url(f"sqlite:///{file}"))
        migrate(engine)
        with engine.connect():
            assert modes(file.parent) == parts
        engine.dispose()
    finally:
        os.umask(umask)
    assert before or stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_column_that_no_migration_made_is_noticed(empty_database):
    engine = open_database(empty_database)
    migrate(engine)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE leases DROP COLUMN owner"))
    with engine.connect() as connection:
        [difference] = compare_metadata(compared(connection), Base.metadata)
    with engine.begin() as connection:
        Base.metadata.drop_all(connection)
        connection.execute(text("DROP TABLE alembic_version"))
    engine.dispose()
    assert difference[:3] == ("add_column", None, "leases")


def test_migrating_twice_changes_nothing(engine):
    run = begun(engine)
    migrate(engine)
    migrate(engine)

    require_migrated(engine)
    with reading(engine) as connection:
        assert connection.scalars(select(Run.run_key)).all() == [run.run_key]


def test_decisions_of_an_older_version_move_to_the_events_that_told_them(empty_database):
    engine = open_database(empty_database)
    migrate(engine, "0002")
    words = "First Last → DisplayName: one customer has this key, Ann Lee (7)."
    decision = {"outcome": "matched", "code": "", "suggestions": [], "explanation": words}
    with engine.begin() as connection:
        for order_id, told in (("1", f"{words} Look-alikes: nobody."), ("2", None)):
            order = {"id": order_id, "decision": json.dumps(decision)}
            connection.execute(
                text(
                    "INSERT INTO orders (store, order_id, status, customer_id, decision, updated_at)"
                    " VALUES ('demo', :id, 'matched', '7', :decision, '2026-11-16 10:00:00')"
                ),
                order,
            )
            event = (
                "INSERT INTO order_events (store, order_id, at, event, level, message)"
                f" VALUES ('demo', '{order_id}', '2026-11-16 10:00:00', :event, 'info', :told)"
            )
            connection.execute(text(event), {"event": "read", "told": "Read from Infusionsoft."})
            if told:
                connection.execute(text(event), {"event": "matched", "told": told})
        connection.execute(
            text(
                "INSERT INTO customers (realm_id, customer_id, display_name, active, emails, addresses, sync_token, body, fetched_at)"
                " VALUES ('9341', '7', 'Ann Lee', true, '', '', '3', :body, '2026-11-16 10:00:00')"
            ),
            {"body": json.dumps({"Id": "7", "SyncToken": "3"})},
        )
    migrate(engine)

    require_migrated(engine)
    kept = Decision("matched", customer_id="7")
    assert [row.decision for row in orders_by_id(engine, "demo", ["1", "2"])] == [kept, kept]
    for order_id, events in (("1", ["matched", "read"]), ("2", ["matched", "read"])):
        newest, *others = order_history(engine, "demo", order_id)
        assert [newest.event, *(event.event for event in others)] == events
        assert newest.message.startswith(words)
    assert cached_customers(engine, "9341", ["7"]) == {"7": {"Id": "7", "SyncToken": "3"}}
    engine.dispose()


def test_processes_that_migrate_at_once_do_not_disturb_each_other(empty_database):
    def migrated(_: int) -> None:
        engine = open_database(empty_database)
        migrate(engine)
        require_migrated(engine)
        engine.dispose()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(migrated, range(4)))


def test_a_store_that_was_not_migrated_says_how(empty_database):
    engine = open_database(empty_database)
    with pytest.raises(ConfigurationError, match=r"tables of version None.*order_sync migrate"):
        require_migrated(engine)
    engine.dispose()


def test_an_instant_comes_back_aware_and_the_same(engine):
    somewhere = timezone(timedelta(hours=-7))
    row = {"order_id": "1", "status": "waiting", "ordered_at": datetime(2026, 11, 16, 23, 30, 0, 1, somewhere)}
    save_orders(engine, "demo", "demo/monday", [row], [])

    with reading(engine) as connection:
        found = connection.scalar(select(Order.ordered_at))
        assert connection.execute(text("SELECT CAST(ordered_at AS VARCHAR(26)) FROM orders")).scalar() == (
            "2026-11-17 06:30:00.000001"
        )
    assert (found, found.tzinfo) == (datetime(2026, 11, 17, 6, 30, 0, 1, UTC), UTC)


def test_an_instant_without_a_time_zone_is_refused(engine):
    with reading(engine) as connection, pytest.raises(StatementError, match="needs its time zone"):
        connection.execute(select(Lease).where(Lease.expires_at < datetime(2026, 11, 16)))


def test_what_is_half_written_is_not_written(engine):
    rows = [{"order_id": "1", "status": "waiting", "created_at": NOON}, {"order_id": "2", "status": None}]
    with pytest.raises(RecordRefused, match="status"):
        save_orders(engine, "demo", "demo/monday", rows, [])

    with reading(engine) as connection:
        assert connection.scalars(select(Order.order_id)).all() == []


def test_sqlite_writers_wait_for_each_other(tmp_path):
    url = make_url(f"sqlite:///{tmp_path / 'order_sync.sqlite'}")
    first = open_database(url)
    migrate(first)
    begun(first)

    def add(number: int) -> None:
        engine = open_database(url)
        for step in range(10):
            with engine.begin() as connection:
                # Read, then write what was read: the pattern that loses updates, or meets "database is locked".
                known = connection.scalar(select(Run.counts))
                connection.execute(Run.__table__.update().values(counts={**known, f"{number}/{step}": 1}))
        engine.dispose()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(4)))

    with reading(first) as connection:
        assert len(connection.scalar(select(Run.counts))) == 40
    first.dispose()


def test_sqlite_keeps_what_it_committed(tmp_path, monkeypatch):
    monkeypatch.setenv("KEEP_ON_DISK", "1")
    engine = open_database(make_url(f"sqlite:///{tmp_path / 'folder' / 'order_sync.sqlite'}"))
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
    engine.dispose()


def test_the_url_comes_from_the_environment(monkeypatch):
    monkeypatch.delenv("ORDER_SYNC_DATABASE_URL", raising=False)
    assert database_url().database == str(ROOT / ".airflow" / "order_sync.sqlite")
    monkeypatch.setenv("ORDER_SYNC_DATABASE_URL", "postgresql+psycopg://ann:secret@db/books")
    assert (database_url().host, database_url().database) == ("db", "books")


@pytest.mark.parametrize("url", ["no url", "mysql://ann:secret@db/books", "nonsense://ann:secret@db/books"])
def test_a_url_of_something_else_is_refused_without_its_password(monkeypatch, url):
    monkeypatch.setenv("ORDER_SYNC_DATABASE_URL", url)
    with pytest.raises(ConfigurationError, match="ORDER_SYNC_DATABASE_URL") as caught:
        open_database()
    assert "secret" not in str(caught.value)
    assert "postgresql+psycopg://" in caught.value.advice


@pytest.fixture
def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def by_command(url: str, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    stores = {"ORDER_SYNC_STORES": str(folder / "stores")}
    environment = {"ORDER_SYNC_DATABASE_URL": url, "PYTHONPATH": str(ROOT / "plugins"), **stores}
    command = [sys.executable, "-m", "order_sync", *(words or ["migrate"])]
    return subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, timeout=60)


def test_the_command_migrates(empty_database, tmp_path):
    answer = by_command(empty_database.render_as_string(hide_password=False), tmp_path)

    assert (answer.returncode, answer.stderr) == (0, "")
    assert "up to date" in answer.stdout
    engine = open_database(empty_database)
    require_migrated(engine)
    engine.dispose()


def test_the_command_says_that_the_server_does_not_answer(tmp_path, closed_port):
    answer = by_command(f"postgresql+psycopg://ann:secret@127.0.0.1:{closed_port}/books", tmp_path)

    assert answer.returncode == 2
    assert "cannot be reached" in answer.stderr
    assert "ORDER_SYNC_DATABASE_URL" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert "secret" not in answer.stderr


def test_the_command_skips_an_order_or_says_why_not(tmp_path, engine):
    url = engine.url.render_as_string(hide_password=False)
    save_orders(engine, "demo", "demo/monday", [{"order_id": "1", "status": "held"}], [])

    done = by_command(url, tmp_path, "skip", "demo", "1", "Entered by hand.")
    assert (done.returncode, done.stdout.strip()) == (0, "Order 1 of store demo is skipped.")
    assert known_orders(engine, "demo", ["1"])["1"].status == "skipped"

    refused = by_command(url, tmp_path, "skip", "demo", "2", "Entered by hand.")
    assert (refused.returncode, refused.stderr.strip()) == (2, "Order 2 of store demo could not be found.")


def test_the_command_posts_an_order_anyway_or_says_why_not(tmp_path, engine):
    url = engine.url.render_as_string(hide_password=False)
    (tmp_path / "stores").mkdir()
    (tmp_path / "stores" / "demo.yaml").write_text(SMALLEST)
    rows = [{"order_id": "1", "status": "held"}, {"order_id": "2", "status": "held", "code": "X", "message": "Odd."}]
    save_orders(engine, "demo", "demo/monday", rows, [])
    by_command(url, tmp_path, "skip", "demo", "1", "Entered by hand.")

    done = by_command(url, tmp_path, "post-anyway", "demo", "1")
    told = "Order 1 of store demo is posted anyway: the next run records it."
    assert (done.returncode, done.stdout.strip()) == (0, told), done.stderr
    assert known_orders(engine, "demo", ["1"])["1"].status == "waiting"
    assert chosen_orders(engine, "demo")["1"].who == "command line"

    refused = by_command(url, tmp_path, "post-anyway", "demo", "2")
    assert refused.returncode == 2
    assert refused.stderr.startswith("Not posted anyway: Odd. Recorded so, it would make the books wrong.")
    unknown = by_command(url, tmp_path, "post-anyway", "demo", "3")
    assert unknown.stderr.strip() == "Not posted anyway: Order 3 of store demo could not be found."


def test_r3_the_command_dismisses_a_record_or_says_why_not(tmp_path, engine):
    url = engine.url.render_as_string(hide_password=False)
    end = datetime(2026, 11, 17, tzinfo=UTC)
    record = Refused(unreadable("order", None, RecordRefused("It is null.")), frozenset(), None)
    save_refused(engine, "demo", "demo/monday", [record], interval_end=end)
    [found] = open_records(engine, "demo", until=end)

    done = by_command(url, tmp_path, "dismiss", "demo", str(found.number), "An empty row.")
    assert (done.returncode, done.stdout.strip()) == (0, f"Record {found.number} of store demo is dismissed.")
    assert open_records(engine, "demo", until=end) == []

    refused = by_command(url, tmp_path, "dismiss", "demo", str(found.number), "An empty row.")
    assert refused.returncode == 2
    assert f"Store demo has no open record {found.number}" in refused.stderr


def test_r11_the_command_lets_the_next_run_note_an_account_anew(tmp_path, engine):
    url = engine.url.render_as_string(hide_password=False)
    note_store(engine, Identity("demo", "ab103", "9341", "IS-"))

    done = by_command(url, tmp_path, "new-account-id", "demo")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(
        "Store demo had the account ab103. Its next run takes the one that its connection leads to"
    )
    assert known_stores(engine)["demo"].account == ""

    refused = by_command(url, tmp_path, "new-account-id", "shop")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "There is no store shop in the database" in refused.stderr
