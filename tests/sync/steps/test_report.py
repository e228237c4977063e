"""The report of a run: counts, money in and out, what differs, and whether the run failed."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from order_sync.database.database import reading
from order_sync.database.leases import Lease
from order_sync.database.ledger import claim_write, plan_writes, settle_write
from order_sync.database.orders_read import save_orders
from order_sync.database.runs import Run, begin_run, note_read
from order_sync.database.tables import Run as RunRow
from order_sync.errors import RecordRefused
from order_sync.sync.orders.rereading import Reading
from order_sync.sync.orders.write import Intent
from order_sync.sync.steps.report import report, sum_up
from tests.shop import account, records, runs, stores
from tests.shop.counter import ShopCounter, line
from tests.shop.services import REALM_ID
from tests.sync.recording.test_voids import settings, taxed_otherwise

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


@pytest.mark.parametrize(
    ("orders", "unread", "words"),
    [
        ({"failed": 1}, 0, "1 order of the run failed; the others are done."),
        ({"failed": 1, "unsettled": 2}, 0, "3 orders of the run failed; the others are done."),
        ({"posted": 1}, 1, "1 record of Infusionsoft could not be read."),
        (
            {"failed": 1},
            2,
            "1 order of the run failed; the others are done. 2 records of Infusionsoft could not be read.",
        ),
    ],
)
def test_what_failed_is_said_in_words(engine, orders, unread, words):
    found = reported(engine, runs.begun(engine))
    assert replace(found, orders=Counter(orders), unreadable=[None] * unread).failure == words


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


def whole(counter: ShopCounter, day: int) -> Run:
    """All steps of a new run over a day, with its report."""
    run = counter.prepare(day)
    counter.post(run)
    report(runs.context(counter.engine, run, counter.store))
    return run


def told(counter: ShopCounter) -> list[str]:
    """What each run's row says that it came to, by kind: `documents 100.00 109.00`, the store's side first."""
    with reading(counter.engine) as connection:
        rows = connection.scalars(select(RunRow.totals).order_by(RunRow.started_at)).all()
    kinds = [{kind: of for kind, of in row.get("USD", {}).items() if kind != "waiting"} for row in rows]
    return [", ".join(f"{kind} {of['in']} {of['out']}" for kind, of in sorted(row.items())) for row in kinds]


@pytest.mark.parametrize("post_as", ["Sales receipt", "Invoice"])
def test_what_somebody_corrects_is_corrected_in_the_run_that_made_it(counter: ShopCounter, post_as: str) -> None:
    taxed_otherwise(counter, post_as=post_as, if_differs="flag")
    first = whole(counter, 0)
    assert told(counter) == ["documents 108.25 109.00"]
    counter.company(sales_tax_percent=8.25)
    counter.edit(post_as.replace("Sales receipt", "SalesReceipt"), "IS-1")
    second = whole(counter, 1)
    assert told(counter) == ["documents 108.25 108.25", ""]
    assert (
        stored(counter.engine, first).counts["documents made"],
        stored(counter.engine, second).counts["posted"],
    ) == (
        1,
        1,
    )
    assert stored(counter.engine, second).counts["documents made"] == 0
    for again in (first, second):  # repeated, they say the same
        report(runs.context(counter.engine, again, counter.store))
    assert told(counter) == ["documents 108.25 108.25", ""]


def test_a_change_adds_by_how_much_it_is_another_and_a_void_takes_out_what_stood(counter: ShopCounter) -> None:
    counter.set(orders={"changed": "update", "deleted": "void"}, revenue={"post_as": "Invoice and payment"})
    counter.sell(1)
    whole(counter, 0)
    for day, price in ((1, "60.00"), (2, "85.00")):
        counter.change(1, line(price), day=day)
        whole(counter, day)
    changed = ["documents 100.00 100.00", "changes -40.00 -40.00", "changes 25.00 25.00"]
    assert told(counter) == changed
    counter.sandbox.delete("/_sandbox/infusionsoft/order/1")
    whole(counter, 3)
    assert counter.books() == ["Invoice IS-1 11-16 0.00 open 0.00 voided"]
    assert told(counter) == [*changed, "reversals 85.00 85.00"]


def test_a_change_that_is_recorded_otherwise_differs_until_the_document_is_right(counter: ShopCounter) -> None:
    counter.set(orders={"changed": "update"}, revenue={"post_as": "Invoice"}, taxes={"record_as": "as charged"})
    counter.company(sales_tax_percent=8.25, compute_tax_always=True)
    counter.sell(1, line("100.00", taxable=True), line("8.25", kind="TAX"))
    whole(counter, 0)
    counter.company(sales_tax_percent=9)
    counter.change(1, line("200.00", taxable=True), line("16.50", kind="TAX"), day=1)
    whole(counter, 1)
    assert told(counter)[1:] == ["changes 108.25 109.75"]
    counter.company(sales_tax_percent=8.25)
    counter.change(1, line("300.00", taxable=True), line("24.75", kind="TAX"), day=2)
    whole(counter, 2)
    assert counter.books() == ["Invoice IS-1 11-16 324.75 open 324.75"]
    assert told(counter) == ["documents 108.25 108.25", "changes 108.25 108.25", "changes 108.25 108.25"]


def test_what_was_recorded_otherwise_and_is_voided_later_counts_nowhere(counter: ShopCounter) -> None:
    taxed_otherwise(counter, if_differs="flag")
    whole(counter, 0)
    counter.set(**settings(if_differs="void and hold"))
    whole(counter, 1)
    assert counter.books() == ["SalesReceipt IS-1 11-16 0.00 voided"]
    assert told(counter) == ["documents 0.00 0.00", ""]


@pytest.mark.parametrize("by_hand", [True, False])
@pytest.mark.parametrize("reversals", ["void", "refund receipt"])
def test_the_runs_add_up_to_the_books_where_money_goes_and_comes_again(
    counter: ShopCounter, reversals: str, by_hand: bool
) -> None:
    counter.set(payments={"reversals": reversals}, orders={"only_paid": True})
    counter.sell(1)
    payment = counter.pay(1)
    first = whole(counter, 0)
    counter.take_back(payment)
    counter.change(1, day=1, status="SENT", total_paid="0.00")
    if by_hand and reversals == "void":
        known = counter.document("SalesReceipt", "IS-1")
        counter.quickbooks.void("SalesReceipt", known["Id"], known["SyncToken"], request_id="by hand")
    whole(counter, 1)
    counter.pay(1, day=2)
    whole(counter, 2)
    assert counter.books()[:1] == [f"SalesReceipt IS-1 11-16 {'0.00 voided' if reversals == 'void' else '100.00'}"]
    taken = by_hand and reversals == "void"
    expected = ["documents 0.00 0.00", ""] if taken else ["documents 100.00 100.00", "reversals 100.00 100.00"]
    assert told(counter) == [*expected, "documents 100.00 100.00"]
    report(runs.context(counter.engine, first, counter.store))
    assert told(counter)[0] == ("" if taken else "documents 100.00 100.00")


def test_a_run_that_fails_before_its_report_says_what_it_made(counter: ShopCounter) -> None:
    counter.sell(1)
    counter.pay(1)
    run = counter.prepare(0)
    counter.post(run)
    sum_up(counter.engine, run.run_key)
    whole(counter, 0)
    assert told(counter) == ["documents 100.00 100.00", ""]
