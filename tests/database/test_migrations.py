"""The rows of an older version after a migration."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from sqlalchemy import Engine, text

from order_sync.database.database import migrate, open_database, require_migrated
from order_sync.database.orders import known_orders
from order_sync.database.plans import Planned, plan_of_run, save_plan
from order_sync.database.refused_records import open_records
from order_sync.database.runs import newest_interval, read_intervals, read_run
from order_sync.database.stores import known_stores
from order_sync.database.tables import Base
from order_sync.database.writes import orders_of_writes, recorded_documents, writes_of_orders
from order_sync.sync.orders.identity import Identity
from tests.database.comparing import compared
from tests.database.ledgers import plan, receipt, settled
from tests.shop.records import NOON

AT = "2026-11-16 10:00:00"
WRITES = {
    # id: kind, subject, generation, status, QuickBooks' id
    1: ("document", "1001", 1, "rejected", None),
    2: ("document", "1001", 2, "posted", "145"),
    3: ("document", "1002", 1, "sending", None),
    4: ("document", "1003", 1, "planned", None),
    5: ("customer", "a1b2", 1, "posted", "7"),
}
ORDERS = {
    # id: status, content_hash, posted_hash, document_id
    "1001": ("posted", "a", "a", "145"),
    "1002": ("matched", "b", None, None),
    "1003": ("posted with warnings", "new", "old", "146"),
    "1004": ("held", "c", None, None),
}


def insert(connection: Any, table: str, **row: object) -> None:
    names = ", ".join(row)
    connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({', '.join(f':{name}' for name in row)})"), row)


@pytest.fixture
def migrated(empty_database) -> Iterator[Engine]:
    """A store that was filled by version 0003."""
    engine = open_database(empty_database)
    migrate(engine, "0003")
    with engine.begin() as connection:
        run = {"interval_start": AT, "interval_end": AT, "started_at": AT, "state": "success"}
        empty = dict.fromkeys(("counts", "totals", "calls"), "{}")
        insert(connection, "runs", run_key="demo/monday", store="demo", **run, **empty)
        for order_id, (status, content_hash, posted_hash, document_id) in ORDERS.items():
            hashes = {"content_hash": content_hash, "posted_hash": posted_hash}
            order = {"status": status, **hashes, "document_id": document_id, "updated_at": AT}
            insert(connection, "orders", store="demo", order_id=order_id, **order)
        nobody = {"store": "demo", "order_id": ""}
        insert(connection, "orders", **nobody, status="failed", message="No id.", created_at=AT, updated_at=AT)
        insert(connection, "order_events", **nobody, id=9, at=AT, event="failed", level="error", message="No id.")
        insert(connection, "run_orders", run_key="demo/monday", order_id="")
        for id, (kind, subject, generation, status, quickbooks_id) in WRITES.items():
            of = {"realm_id": "9341", "store": "demo", "kind": kind, "subject": subject, "generation": generation}
            sent = {"request_id": f"request {id}", "entity": "SalesReceipt", "payload": f'"{id}"', "status": status}
            more = {"total_minor": 10825, "currency": "USD", "quickbooks_id": quickbooks_id, "content_hash": "a"}
            insert(connection, "writes", id=id, **of, **sent, **more, owner_token=1, attempts=1, planned_at=AT)
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT setval('writes_id_seq', 5)"))
    migrate(engine)
    yield engine
    engine.dispose()


def test_the_tables_are_those_of_the_code(migrated):
    require_migrated(migrated)
    with migrated.connect() as connection:
        assert compare_metadata(compared(connection), Base.metadata) == []


def test_indexes_on_expressions_are_there(migrated):
    listed = (
        "SELECT indexname FROM pg_indexes"
        if migrated.dialect.name == "postgresql"
        else "SELECT name FROM sqlite_master"
    )
    wanted = {
        index.name
        for table in Base.metadata.tables.values()
        for index in table.indexes
        if len(index.columns) < len(index.expressions)
    }
    with migrated.connect() as connection:
        assert wanted
        assert wanted <= set(connection.execute(text(listed)).scalars())


def test_runs_of_older_versions_were_for_their_interval(migrated):
    assert read_run(migrated, "demo/monday").only_orders == ()
    assert newest_interval(migrated, "demo") is not None


def test_r19_what_was_planned_in_a_run_stays_and_its_orders_go_on(empty_database):
    engine = open_database(empty_database)
    migrate(engine, "0006")
    with engine.begin() as connection:
        empty = dict.fromkeys(("counts", "totals", "calls"), "{}")
        for key, mode in (("demo/monday", "record"), ("demo/plan", "plan")):
            run = {"interval_start": AT, "interval_end": AT, "started_at": AT, "state": "success", "mode": mode}
            insert(connection, "runs", run_key=key, store="demo", **run, **empty)
        for order_id, status in (("1001", "planned"), ("1002", "held")):
            order = {"store": "demo", "order_id": order_id, "status": status, "updated_at": AT, "is_open": False}
            insert(connection, "orders", **order)
        planned = {"run_key": "demo/plan", "store": "demo", "order_id": "1001", "action": "create"}
        insert(connection, "plans", id=1, **planned, body="{}", message="It would be posted.")
    migrate(engine)
    with engine.connect() as connection:
        states = connection.execute(text("SELECT run_key, state, only_orders FROM runs ORDER BY run_key")).all()
    assert [tuple(row) for row in states] == [("demo/monday", "success", None), ("demo/plan", "planned", None)]
    assert {id: one.status for id, one in known_orders(engine, "demo", ["1001", "1002"]).items()} == {
        "1001": "matched",
        "1002": "held",
    }
    [plan] = plan_of_run(engine, "demo/plan")
    assert (plan.body, plan.settings, plan.interval_end) == ("{}", None, datetime.fromisoformat(f"{AT}+00:00"))
    engine.dispose()


def test_documents_of_older_versions_are_sales_receipts(migrated):
    with migrated.connect() as connection:
        found = connection.execute(text("SELECT order_id, posted_as FROM orders ORDER BY order_id")).all()
    receipt = "Sales receipt"
    assert [tuple(row) for row in found] == [("1001", receipt), ("1002", None), ("1003", receipt), ("1004", None)]


def test_only_an_order_that_had_changed_keeps_the_hash_that_says_so(migrated):
    found = known_orders(migrated, "demo", list(ORDERS))
    assert {order_id: (known.status, known.posted_hash) for order_id, known in found.items()} == {
        "1001": ("posted", None),
        "1002": ("matched", None),
        "1003": ("posted with warnings", "old"),
        "1004": ("held", None),
    }


def test_writes_of_older_versions_created_the_document_of_their_order(migrated):
    assert orders_of_writes(migrated, list(WRITES)) == {1: ["1001"], 2: ["1001"], 3: ["1002"], 4: ["1003"], 5: []}
    found = writes_of_orders(migrated, realm_id="9341", store="demo", order_ids=["1001"])["1001"]
    assert [(one.id, one.generation, one.operation, one.tax, one.payload, one.request_id) for one in found] == [
        (1, 1, "create", None, '"1"', "request 1"),
        (2, 2, "create", None, '"2"', "request 2"),
    ]
    assert recorded_documents(migrated, "demo", list(ORDERS)).keys() == {"1001"}


def test_the_ledger_goes_on_where_the_older_version_stopped(migrated):
    writes = plan(migrated, receipt("1002", '"new"'), receipt("1005", order_ids=("1005",)))
    sent, new = writes["1002"], writes["1005"]
    assert (sent.id, sent.payload, sent.status) == (3, '"3"', "sending")
    assert settled(migrated, new, quickbooks_id="147").generation == 1
    assert orders_of_writes(migrated, [new.id]) == {new.id: ["1005"]}


def test_r3_an_order_that_was_kept_without_an_id_is_a_record_that_could_not_be_read(migrated):
    with migrated.connect() as connection:
        for table in ("orders", "order_events", "order_readings", "run_orders"):
            assert connection.scalar(text(f"SELECT count(*) FROM {table} WHERE order_id = ''")) == 0
    at = datetime(2026, 11, 16, 10, tzinfo=UTC)
    [record] = open_records(migrated, "demo", until=at)
    assert (record.kind, record.record_id, record.message) == ("order", "", "No id.")
    assert (record.order_ids, record.window) == (frozenset(), (at, at + timedelta(days=1)))
    assert record.advice


def test_r12_a_store_of_an_older_version_keeps_the_company_of_its_newest_write_and_tells_its_account_later(migrated):
    assert known_stores(migrated) == {"demo": Identity("demo", "", "9341", None)}


def test_plans_can_be_kept(migrated):
    save_plan(migrated, "demo", "demo/monday", (NOON, NOON), [Planned("1001", "none", "Nothing would be sent.")])
    assert [row.order_id for row in plan_of_run(migrated, "demo/monday")] == ["1001"]


def test_r13_what_older_runs_have_read_is_known_after_the_migration(empty_database):
    engine = open_database(empty_database)
    migrate(engine, "0006")
    runs = {
        # run key: mode, when it ended, the newest order that it saw
        "demo/scheduled__1": ("record", AT, None),
        "demo/backfill__2": ("record", AT, AT),
        "demo/manual__3": ("record", None, AT),  # red after it had read
        "demo/scheduled__4": ("record", None, None),  # red before
        "demo/manual__5": ("plan", AT, AT),
    }
    with engine.begin() as connection:
        for day, (run_key, (mode, finished_at, watermark)) in enumerate(runs.items(), 1):
            interval = {"interval_start": f"2026-11-0{day} 00:00:00", "interval_end": f"2026-11-0{day + 1} 00:00:00"}
            ended = {
                "mode": mode,
                "finished_at": finished_at,
                "watermark": watermark,
                "state": "success",
                "started_at": AT,
            }
            empty = dict.fromkeys(("counts", "totals", "calls"), "{}")
            insert(connection, "runs", run_key=run_key, store="demo", **interval, **ended, **empty)
    migrate(engine)

    def starts(**more: bool) -> list[int]:
        return sorted(one.start.day for one in read_intervals(engine, "demo", **more))

    assert starts() == [1, 2, 3]
    assert starts(backfills=False) == [1, 3]
    assert read_run(engine, "demo/backfill__2").is_backfill
    assert read_run(engine, "demo/scheduled__4").read is None
    engine.dispose()
