"""The report of a run: counts, money in and out, what differs, and whether the run failed."""

from __future__ import annotations

import logging
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from order_sync.database.database import reading
from order_sync.database.leases import Lease
from order_sync.database.ledger import claim_write, plan_writes, settle_write
from order_sync.database.orders_read import save_orders
from order_sync.database.runs import begin_run, note_read
from order_sync.database.tables import Run as RunRow
from order_sync.errors import RecordRefused
from order_sync.sync.orders.rereading import Reading
from order_sync.sync.orders.write import Intent
from order_sync.sync.steps.report import report
from tests.shop import account, records, runs, stores
from tests.shop.services import REALM_ID

LEASE = Lease(f"company {REALM_ID}", 1, 600)


def saw(engine, run, id: str, status: str, total: str = "108.25", currency: str = "USD", **more: object) -> None:
    minor = account.money(total, currency)["amount"]
    row = {"order_id": id, "status": status, "total_minor": minor, "currency": currency, "created_at": records.NOON}
    save_orders(engine, "demo", run.run_key, [row | more], [])


def wrote(
    engine,
    run,
    id: str,
    total: str = "108.25",
    status: str = "posted",
    kind: str = "document",
    currency: str = "USD",
    recorded: str = "",
):
    amount = None if kind == "customer" else Decimal(total)
    intent = Intent(kind, id, "SalesReceipt", "{}", amount, currency)
    write = plan_writes(engine, LEASE, realm_id=REALM_ID, store="demo", run_key=run.run_key, intents=[intent])[id]
    claim_write(engine, LEASE, write, run.run_key)
    settle_write(
        engine,
        LEASE,
        write,
        status,
        run_key=run.run_key,
        recorded=Decimal(recorded or total) if kind != "customer" and status == "posted" else None,
        error=RecordRefused("No.") if status != "posted" else None,
    )


def reported(engine, run, **settings):
    return report(runs.context(engine, run, stores.settings(**settings)))


def stored(engine, run):
    with reading(engine) as connection:
        return connection.execute(select(RunRow.__table__).where(RunRow.run_key == run.run_key)).one()


def test_a_run_in_numbers(engine):
    run = runs.begun(engine)
    saw(engine, run, "1", "posted")
    saw(engine, run, "2", "posted with warnings", "0.29")
    saw(engine, run, "3", "posted", "5300", "JPY")
    saw(engine, run, "4", "waiting")
    saw(engine, run, "5", "held")
    wrote(engine, run, "1")
    wrote(engine, run, "2", "0.29")
    wrote(engine, run, "3", "5300", currency="JPY")
    wrote(engine, run, "ann", kind="customer")
    wrote(engine, run, "1/7", "40.00", kind="payment")
    wrote(engine, run, "1/8", "10.00", kind="refund")

    found = reported(engine, run)

    assert found.orders == {"posted": 2, "posted with warnings": 1, "waiting": 1, "held": 1}
    assert not found.failed
    assert found.money == {
        "USD": {
            "documents": (Decimal("108.54"), Decimal("108.54")),
            "payments": (Decimal("40.00"), Decimal("40.00")),
            "refunds": (Decimal("10.00"), Decimal("10.00")),
        },
        "JPY": {"documents": (Decimal("5300"), Decimal("5300"))},
    }
    row = stored(engine, run)
    assert row.state == "success"
    made = {"documents made": 3, "customers made": 1, "payments made": 1, "refunds made": 1}
    assert row.counts == {**found.orders, **made}
    assert row.totals["USD"]["payments"] == {"in": "40.00", "out": "40.00"}
    assert row.totals["JPY"] == {"documents": {"in": "5300", "out": "5300"}}
    assert row.finished_at


def test_money_out_is_what_quickbooks_recorded(engine):
    run = runs.begun(engine)
    saw(engine, run, "1", "posted")
    saw(engine, run, "2", "failed")
    wrote(engine, run, "1")
    wrote(engine, run, "2", recorded="108.26")

    assert reported(engine, run).money == {"USD": {"documents": (Decimal("216.50"), Decimal("216.51"))}}


@pytest.mark.parametrize(
    ("status", "failed"), [("failed", True), ("unsettled", True), ("held", False), ("waiting", False)]
)
def test_what_fails_a_run(engine, caplog, status, failed):
    run = runs.begun(engine)
    saw(engine, run, "1", status, code="6070", message="Amount is wrong.", advice="Look at it.")
    if failed:
        wrote(engine, run, "1", status="rejected" if status == "failed" else "unknown")

    with caplog.at_level(logging.ERROR):
        found = reported(engine, run)

    assert (found.failed, found.made, found.money) == (failed, {}, {})
    assert stored(engine, run).state == ("failed" if failed else "success")
    said = [record.getMessage() for record in caplog.records]
    assert said == ([f"order 1 {status} (6070): Amount is wrong. Look at it."] if failed else [])


def test_failed_orders_need_not_fail_the_run(engine):
    run = runs.begun(engine)
    saw(engine, run, "1", "failed", message="Refused.")
    assert not reported(engine, run, report={"fail_when_orders_failed": False}).failed


def test_a_run_that_is_repeated_keeps_what_it_made(engine):
    first = runs.begun(engine)
    saw(engine, first, "1", "posted")
    wrote(engine, first, "1")
    reported(engine, first)

    found = reported(engine, runs.begun(engine))

    assert (found.made, found.orders) == ({"document": 1}, {"posted": 1})
    assert found.money == {"USD": {"documents": (Decimal("108.25"), Decimal("108.25"))}}


def test_a_run_without_orders(engine):
    run = runs.begun(engine)
    found = reported(engine, run)
    assert (found.orders, found.made, found.money, found.failed) == ({}, {}, {}, False)
    assert stored(engine, run).counts == dict.fromkeys(
        ("documents made", "customers made", "payments made", "refunds made"), 0
    )


def test_r13_days_that_nobody_read_are_told_in_each_run_until_they_are_read(engine, caplog):
    midnight = records.NOON - timedelta(hours=12)
    late, first = midnight - timedelta(days=31), midnight - timedelta(days=60)
    note_read(engine, runs.begun(engine, "monday").run_key, Reading(late, unread_from=first), None)
    tuesday = runs.begun(engine, "tuesday", midnight + timedelta(days=1))

    assert report(runs.context(engine, tuesday, stores.settings())).counts["days unread"] == 29
    [told] = [line for line in caplog.messages if "No run has read" in line]
    assert "from 2026-09-17T00:00:00-07:00 to 2026-10-16T00:00:00-07:00" in told
    assert (
        "--dag-id sync_orders__demo --from-date 2026-09-17T00:00:00-07:00 --to-date 2026-10-16T00:00:00-07:00" in told
    )

    key = begin_run(
        engine, store="demo", run_id="backfill__1", interval_start=first, interval_end=late, is_backfill=True
    )
    note_read(engine, key, Reading(first), None)
    assert "days unread" not in report(runs.context(engine, tuesday, stores.settings())).counts
