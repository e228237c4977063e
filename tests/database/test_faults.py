"""What goes wrong in the database, as its callers meet it: typed errors, in words, that hold no value and no password."""

from __future__ import annotations

import logging
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import psycopg
import pytest
from sqlalchemy import create_engine, event, make_url, select, text, update

from order_sync.database.database import migrate, open_database, reading, require_migrated, transaction
from order_sync.database.faults import Collision, worded
from order_sync.database.history import Event, tell_orders
from order_sync.database.order_status import hold_orders
from order_sync.database.orders import known_orders
from order_sync.database.orders_read import save_orders
from order_sync.database.tables import Order
from order_sync.errors import ConfigurationError, OrderSyncError, RecordRefused, RetryLater, Stop
from order_sync.sync.orders.trouble import Trouble

NOWHERE = open_database(make_url("postgresql+psycopg://ann:secret@127.0.0.1:1/books"))
"""A PostgreSQL that nobody answers for."""
ADA, MAIL = "Ada Quistgaard", "ada.quistgaard@example.com"


def waiting(*order_ids: str) -> list[dict[str, str]]:
    return [{"order_id": order_id, "status": "waiting"} for order_id in order_ids]


def is_postgresql(engine) -> bool:
    return engine.dialect.name == "postgresql"


@pytest.fixture
def on_postgresql(engine):
    if not is_postgresql(engine):
        pytest.skip("of PostgreSQL alone")
    return engine


@pytest.fixture
def on_sqlite(engine):
    if is_postgresql(engine):
        pytest.skip("of SQLite alone")
    return engine


# --- R14: what may pass is tried again, what a person must mend is said ------------------------------------------------------


def test_r14_a_server_that_does_not_answer_is_asked_again_later():
    with pytest.raises(RetryLater, match="cannot be reached") as caught:
        require_migrated(NOWHERE)
    assert "ORDER_SYNC_DATABASE_URL" in caught.value.advice
    assert "secret" not in str(caught.value)


def test_r14_an_unknown_database_is_for_a_person(on_postgresql):
    engine = open_database(on_postgresql.url.set(database="not_there"))
    with pytest.raises(ConfigurationError, match=r'"not_there" does not exist.*createdb'):
        require_migrated(engine)


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ('FATAL:  password authentication failed for user "ann"', ConfigurationError),
        (
            'FATAL:  no pg_hba.conf entry for host "10.0.0.1", user "ann", database "books", no encryption',
            ConfigurationError,
        ),
        ('FATAL:  role "ann" does not exist', ConfigurationError),
        ('FATAL:  database "books" does not exist', ConfigurationError),
        ("FATAL:  the database system is starting up", RetryLater),
        ("FATAL:  the database system is shutting down", RetryLater),
        ("FATAL:  sorry, too many clients already", RetryLater),
        ("connection refused", RetryLater),
        ("server closed the connection unexpectedly", RetryLater),
        ("could not translate host name", RetryLater),
        (
            "Die Passwort-Authentifizierung ist fehlgeschlagen",
            RetryLater,
        ),  # unknown words: tried again, then red with them
    ],
)
def test_r14_a_connection_that_is_refused(words, kind):
    with pytest.raises(OrderSyncError) as caught, worded(NOWHERE):
        raise psycopg.OperationalError(f"connection failed: {words}")
    assert type(caught.value) is kind
    assert " ".join(words.split()) in caught.value.message
    assert caught.value.advice


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        ("57P01", RetryLater),  # the administrator ends connections
        ("57P03", RetryLater),
        ("53300", RetryLater),
        ("53100", RetryLater),
        ("25006", RetryLater),
        ("08006", RetryLater),
        ("40001", Collision),
        ("40P01", Collision),
        ("55P03", Collision),
        ("28P01", ConfigurationError),
        ("3D000", ConfigurationError),
        ("42P01", ConfigurationError),
        ("42703", ConfigurationError),
        ("42501", ConfigurationError),
        ("22001", RecordRefused),
        ("22003", RecordRefused),
        ("23502", RecordRefused),
        ("23505", RecordRefused),
        ("42601", Stop),
        ("XX001", Stop),
    ],
)
def test_r14_every_state_of_postgresql_has_its_kind_and_advice(state, kind):
    with pytest.raises(OrderSyncError) as caught, worded(NOWHERE):
        raise psycopg.errors.lookup(state)(f"Key (email)=({MAIL}) already exists.")
    assert type(caught.value) is kind
    assert caught.value.advice
    assert MAIL not in str(caught.value)


def test_r14_a_connection_that_the_server_ends_is_for_later_and_the_next_try_works(on_postgresql):
    @transaction
    def cut_off(connection):
        ours = connection.scalar(text("SELECT pg_backend_pid()"))
        with create_engine(on_postgresql.url).connect() as administration:
            administration.execute(text(f"SELECT pg_terminate_backend({ours})"))
        connection.execute(select(Order.order_id))

    with pytest.raises(RetryLater):
        cut_off(on_postgresql)
    assert save_orders(on_postgresql, "demo", "demo/monday", waiting("1"), []) == {"1"}


def test_r14_missing_tables_are_for_a_person(empty_database):
    engine = open_database(empty_database)
    with pytest.raises(ConfigurationError, match="order_sync migrate"):
        known_orders(engine, "demo", ["1"])
    migrate(engine)
    engine.dispose()


def test_r14_a_locked_file_is_for_later(on_sqlite, monkeypatch):
    monkeypatch.setattr("order_sync.database.database._FIRST_WAIT_SECONDS", 0.001)
    other = open_database(on_sqlite.url)

    @event.listens_for(on_sqlite, "connect")
    def hurry(connection, _record):
        connection.execute("PRAGMA busy_timeout=10")

    on_sqlite.dispose()
    with other.begin(), pytest.raises(RetryLater, match=r"locked by another process \(SQLITE_BUSY\)"):
        save_orders(on_sqlite, "demo", "demo/monday", waiting("1"), [])
    assert save_orders(on_sqlite, "demo", "demo/monday", waiting("1"), []) == {"1"}


def test_r14_a_full_disk_is_said_and_the_next_try_works(on_sqlite):
    def allow(pages: int) -> None:
        with on_sqlite.connect() as connection:
            connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")

    told = [Event(str(number), "read", "x" * 500) for number in range(2_000)]
    allow(1)  # it is never less than there are
    with pytest.raises(RetryLater, match="SQLITE_FULL") as caught:
        tell_orders(on_sqlite, "demo", "demo/monday", told)
    assert "Its disk is full" in caught.value.advice
    allow(1_000_000)
    tell_orders(on_sqlite, "demo", "demo/monday", told)


def test_r14_a_file_that_may_only_be_read_is_for_a_person(on_sqlite):
    with on_sqlite.connect() as connection:
        connection.exec_driver_sql("PRAGMA query_only=1")
    with pytest.raises(ConfigurationError, match="SQLITE_READONLY") as caught:
        save_orders(on_sqlite, "demo", "demo/monday", waiting("1"), [])
    assert "write the file" in caught.value.advice


def test_r14_a_file_of_something_else_is_for_a_person(tmp_path):
    (tmp_path / "photo.sqlite").write_bytes(b"\x89PNG" * 1000)
    engine = open_database(make_url(f"sqlite:///{tmp_path / 'photo.sqlite'}"))
    with pytest.raises(ConfigurationError, match="SQLITE_NOTADB"):
        require_migrated(engine)


@pytest.mark.parametrize(
    "value",
    [{"status": None}, {"status": "waiting", "total_minor": 2**70}, {"status": "waiting", "currency": "\ud83d"}],
)
def test_r14_a_value_that_cannot_be_kept_is_of_this_record(engine, value):
    with pytest.raises(RecordRefused):
        save_orders(engine, "demo", "demo/monday", [{"order_id": "1", **value}], [])
    assert known_orders(engine, "demo", ["1"]) == {}


# --- R23: no error prints what a statement held ------------------------------------------------------------------------------


@pytest.mark.parametrize("column", ["status", "currency", "total_minor", "code", "document_id"])
def test_r23_an_error_prints_neither_names_nor_addresses(engine, caplog, column):
    caplog.set_level(logging.DEBUG)
    row = {"order_id": MAIL, "status": "waiting", "message": f"{ADA} <{MAIL}>", column: f"{ADA} {MAIL} \ud83d" * 20}
    with pytest.raises(OrderSyncError) as caught:
        save_orders(engine, "demo", "demo/monday", [row], [Event(MAIL, "read", ADA)])
    logging.getLogger(__name__).error("It failed.", exc_info=caught.value)
    printed = "".join(traceback.format_exception(caught.value)) + repr(caught.value) + caplog.text
    assert "It failed." in printed
    for word in (ADA, MAIL, "Quistgaard"):
        assert word not in printed


def test_r23_a_key_that_is_taken_is_named_without_its_value(engine):
    row = {"store": "demo", "order_id": MAIL, "status": "waiting", "updated_at": "2026-11-16", "is_open": False}

    @transaction
    def twice(connection):
        for _ in range(2):
            connection.execute(text(f"INSERT INTO orders ({', '.join(row)}) VALUES (:{', :'.join(row)})"), row)

    with pytest.raises(RecordRefused, match="orders") as caught:
        twice(engine)
    assert MAIL not in "".join(traceback.format_exception(caught.value))


def test_r23_what_is_no_fault_of_the_database_hides_its_values_too(engine):
    with pytest.raises(Exception, match="needs its time zone") as caught, reading(engine) as connection:
        connection.execute(select(Order).where(Order.order_id == MAIL, Order.updated_at == datetime(2026, 11, 16)))
    assert MAIL not in "".join(traceback.format_exception(caught.value))


# --- R26: transactions that meet ---------------------------------------------------------------------------------------------


def test_r26_what_a_deadlock_ended_is_done_again(on_postgresql):
    """Somebody takes two rows in the other order, and is in no hurry to find the deadlock: PostgreSQL ends ours."""
    save_orders(on_postgresql, "demo", "demo/monday", waiting("1", "2"), [])
    tries, halfway, other = [], threading.Event(), create_engine(on_postgresql.url)

    @transaction
    def ours(connection):
        tries.append(1)
        one = select(Order.order_id).where(Order.order_id == "1").with_for_update()
        connection.execute(one)
        if len(tries) == 1:
            assert halfway.wait(20)
        connection.execute(update(Order).where(Order.order_id == "2").values(code="OURS"))

    def theirs() -> None:
        with other.begin() as connection:
            connection.exec_driver_sql("SET LOCAL deadlock_timeout = '60s'")
            connection.execute(update(Order).where(Order.order_id == "2").values(message="theirs"))
            halfway.set()
            connection.execute(update(Order).where(Order.order_id == "1").values(message="theirs"))

    with ThreadPoolExecutor(2) as pool:
        done = [pool.submit(ours, on_postgresql), pool.submit(theirs)]
        assert [one.result(timeout=60) for one in done] == [None, None]
    assert len(tries) == 2
    found = known_orders(on_postgresql, "demo", ["1", "2"])
    assert {id: (one.message, one.code) for id, one in found.items()} == {
        "1": ("theirs", None),
        "2": ("theirs", "OURS"),
    }
    other.dispose()


def test_r26_a_transaction_that_could_not_be_put_in_order_is_done_again(on_postgresql):
    tries = []

    @transaction
    def ours(connection):
        tries.append(1)
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")
        known = connection.scalar(select(Order.code).where(Order.order_id == "1"))
        if len(tries) == 1:
            save_orders(on_postgresql, "demo", "demo/monday", [{"order_id": "1", "status": "waiting", "code": "A"}], [])
        connection.execute(update(Order).where(Order.order_id == "1").values(code=f"{known}+"))

    save_orders(on_postgresql, "demo", "demo/monday", waiting("1"), [])
    ours(on_postgresql)
    assert len(tries) == 2
    assert known_orders(on_postgresql, "demo", ["1"])["1"].code == "A+"


def test_r26_two_runs_that_read_and_move_the_same_orders_do_not_end_each_other(engine, monkeypatch):
    """Two runs read the same orders, each from another end of the list, while their orders are held: no try of a task is lost."""
    monkeypatch.setattr("order_sync.database.orders_read._PORTION", 7)
    ids = [str(number) for number in range(100, 120)]
    why = Trouble("AMBIGUOUS", "Two customers.", "Choose one.")

    def read(order_ids: list[str]) -> None:
        for _ in range(2):
            save_orders(
                engine, "demo", "demo/monday", waiting(*order_ids), [Event(id, "read", "-") for id in order_ids]
            )

    def hold(order_ids: list[str]) -> None:
        for _ in range(4):
            hold_orders(engine, "demo", "demo/tuesday", order_ids, why, is_news=False)

    with ThreadPoolExecutor(4) as pool:
        work = [(read, ids), (read, ids[::-1]), (hold, ids), (hold, ids[::-1])]
        for done in [pool.submit(function, some) for function, some in work]:
            done.result(timeout=120)
    assert set(known_orders(engine, "demo", ids)) == set(ids)


def test_r26_whoever_meets_others_again_and_again_is_told_after_four_tries(engine, monkeypatch):
    monkeypatch.setattr("order_sync.database.database._FIRST_WAIT_SECONDS", 0.001)
    tries = []

    @transaction
    def unlucky(connection):
        tries.append(connection)
        raise Collision("Two met.")

    with pytest.raises(RetryLater, match="Two met"):
        unlucky(engine)
    assert len(tries) == 4


def test_r26_orders_are_saved_in_portions_and_another_need_not_wait_for_all(engine, monkeypatch):
    monkeypatch.setattr("order_sync.database.orders_read._PORTION", 2)
    rows = [*waiting("1", "2", "3"), {"order_id": "4", "status": None}]
    with pytest.raises(RecordRefused):
        save_orders(engine, "demo", "demo/monday", rows, [Event("1", "read", "-"), Event("3", "read", "-")])
    assert set(known_orders(engine, "demo", ["1", "2", "3", "4"])) == {"1", "2"}
