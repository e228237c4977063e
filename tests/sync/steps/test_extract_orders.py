"""Reading orders through the sandbox: which of them a run sees, and with which payments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from order_sync.database.database import reading
from order_sync.database.history import order_history
from order_sync.database.leases import Lease
from order_sync.database.ledger import claim_write, plan_writes, settle_write
from order_sync.database.order_status import skip_order
from order_sync.database.orders import orders_of_run
from order_sync.database.runs import begin_run, note_read
from order_sync.database.tables import Run as RunRow
from order_sync.errors import OrderSyncError
from order_sync.infusionsoft.client import Infusionsoft
from order_sync.sync.orders.payments import charges, refunds
from order_sync.sync.orders.rereading import OVERLAP, UNFINISHED_DAYS, Reading
from order_sync.sync.orders.snapshot import from_text
from order_sync.sync.orders.write import Intent
from order_sync.sync.steps.extract_orders import extract_orders
from tests.shop import account, records, runs, services, stores
from tests.shop.account import Account

MONDAY = datetime(2026, 11, 16, 7, tzinfo=UTC)
"""Midnight in Phoenix: the beginning of the run `monday`."""
TUESDAY = MONDAY + timedelta(days=1)
SECOND = timedelta(seconds=1)


@pytest.fixture
def client(sandbox, vault) -> Iterator[Infusionsoft]:
    with services.infusionsoft(sandbox, vault) as opened:
        yield opened


def put_order(sandbox, id: int, created: datetime = records.NOON, **changes: Any) -> None:
    """An order of 108.25; amounts are text, and it is paid unless `total_paid` is another."""
    at = stamp(created)
    times = {"ordered_at": at, "creation_time": at, "modification_time": at}
    usual = account.order(str(id), total="108.25", title=f"Order {id}", **times)
    status = "PAID" if changes.get("total_paid", "108.25") == "108.25" else "SENT"
    Account(sandbox).put("order", account.edited(usual, **{"status": status, **changes}))


def put_payment(sandbox, id: int, orders: list[int], at: datetime, amount: str = "108.25", **changes: Any) -> None:
    times = {"payment_time": stamp(at), "update_time": stamp(at)}
    of = [str(order) for order in orders]
    Account(sandbox).put("payment", account.payment(amount, str(id), orders=of, **times | changes))


def put_contact(sandbox, id: int = 77, **changes: Any) -> None:
    Account(sandbox).put("contact", account.contact(id=str(id), email=None, bill=None, **changes))


def stamp(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def extract(engine, client, run_id: str = "monday", start: datetime = MONDAY, **settings: Any) -> dict[str, Any]:
    """Runs the step for a day; gives the orders that the run saw, by id."""
    run = runs.begun(engine, run_id, start)
    counts = extract_orders(runs.context(engine, run, stores.settings(**settings)), client)
    rows = {row.order_id: row for row in orders_of_run(engine, "demo", run.run_key)}
    assert counts == Counter(row.status for row in rows.values())
    return rows


def statuses(rows: dict[str, Any]) -> dict[str, tuple[str, str | None]]:
    return {id: (row.status, row.code) for id, row in rows.items()}


def post(engine, id: str, run_key: str = "demo/monday") -> None:
    """What the last step notes when an order's document is in QuickBooks."""
    [row] = [row for row in orders_of_run(engine, "demo", run_key) if row.order_id == id]
    runs.put(engine, id, status="posted", document_id="9", posted_hash=row.content_hash)


def test_an_order_comes_with_its_contact_and_its_payments(sandbox, client, engine):
    put_contact(sandbox, addresses=[{"field": "BILLING", "line1": "1 Main St", "locality": "Phoenix"}])
    put_order(sandbox, 1001)
    put_payment(sandbox, 2, [1001], records.NOON, "8.25")
    put_payment(sandbox, 1, [1001], records.NOON, "100.00")
    put_payment(sandbox, 3, [4711], records.NOON)

    row = extract(engine, client)["1001"]

    snapshot = from_text(row.snapshot)
    assert (row.status, row.contact_id, row.currency, row.total_minor) == ("extracted", "77", "USD", 10825)
    assert (row.created_at, row.ordered_at) == (records.NOON, records.NOON)
    assert (snapshot.name, snapshot.billing.line1) == ("Ann Lee", "1 Main St")
    assert [(payment.id, payment.amount) for payment in snapshot.payments] == [
        ("1", Decimal(100)),
        ("2", Decimal("8.25")),
    ]


@pytest.mark.parametrize("in_cents", [False, True])
@pytest.mark.parametrize("positive", [False, True])
def test_a_payment_of_two_orders_is_split_as_their_own_lists_have_it(sandbox, client, engine, in_cents, positive):
    sandbox.put("/_sandbox/infusionsoft", {"shares_in_cents": in_cents, "refunds_positive": positive})
    put_order(sandbox, 1, refund_total="50.00")
    put_order(sandbox, 2, total_paid="200.00", total="200.00", status="PAID")
    put_order(sandbox, 3)
    put_payment(sandbox, 1, [1, 2], records.NOON, "308.25", refund_payment_id="2")
    put_payment(sandbox, 2, [1], records.NOON, "-50.00", type="Credit Card")
    put_payment(sandbox, 3, [3], records.NOON)

    rows = extract(engine, client, revenue={"post_as": "Invoice and payment"})

    assert statuses(rows) == dict.fromkeys("123", ("extracted", None))
    snapshots = {id: from_text(row.snapshot) for id, row in rows.items()}
    assert {id: [one.amount for one in charges(snapshot)] for id, snapshot in snapshots.items()} == {
        "1": [Decimal("108.25")],
        "2": [Decimal("200.00")],
        "3": [Decimal("108.25")],
    }
    assert {id: [one.amount for one in refunds(snapshot)] for id, snapshot in snapshots.items()} == {
        "1": [Decimal(50)],
        "2": [],
        "3": [],
    }


def test_an_order_whose_own_list_fails_is_parked_and_the_others_go_on(sandbox, client, engine):
    for id in (1, 2):
        put_order(sandbox, id)
    put_payment(sandbox, 1, [1], records.NOON, "100.00")
    put_payment(sandbox, 2, [2], records.NOON)
    body = '{"code": 404, "message": "gone", "status": "NOT_FOUND", "details": []}'
    fault = {"kind": "infusionsoft list order payments", "next": 1, "what": "fault", "status": 404, "body": body}
    sandbox.post("/_sandbox/faults", fault)

    assert statuses(extract(engine, client)) == {"1": ("failed", "UNREADABLE"), "2": ("extracted", None)}


@pytest.mark.parametrize("midnight", [TUESDAY, TUESDAY - timedelta(hours=2)], ids=["Phoenix", "New York"])
def test_a_payment_by_hand_that_is_stamped_midnight_is_not_missed(sandbox, client, engine, midnight):
    """It was entered at noon, for an order that is recorded, and that does not say that it was modified."""
    long_ago = MONDAY - timedelta(days=5)
    put_order(sandbox, 1, long_ago, total_paid="0.00")
    extract(engine, client, "monday", long_ago, revenue={"post_as": "Invoice"})
    post(engine, "1")
    put_order(sandbox, 1, long_ago)
    put_payment(sandbox, 1, [1], midnight, type="Check")

    row = extract(engine, client, "tuesday", TUESDAY)["1"]
    assert [one.method for one in charges(from_text(row.snapshot))] == ["Check"]


def test_a_charge_that_failed_becomes_no_receipt_until_it_is_paid(sandbox, client, engine):
    put_order(sandbox, 1, total_paid="0.00")
    charge = {"amount": 108.25, "status": "FAILED", "is_successful": False, "transaction_time": stamp(records.NOON)}
    sandbox.put("/_sandbox/infusionsoft/transaction", {"id": "1", "order_ids": ["1"], **charge})
    put_order(sandbox, 2, total_paid="0.00")
    put_payment(sandbox, 2, [2], records.NOON, status="PENDING")
    assert statuses(extract(engine, client)) == dict.fromkeys("12", ("waiting", "UNPAID"))

    for id in (1, 2):
        put_order(sandbox, id)
        put_payment(sandbox, id, [id], TUESDAY)
    assert statuses(extract(engine, client, "tuesday", TUESDAY)) == dict.fromkeys("12", ("extracted", None))


def test_orders_of_the_interval_and_its_overlap(sandbox, client, engine):
    put_order(sandbox, 1, MONDAY)
    put_order(sandbox, 2, TUESDAY - SECOND)
    put_order(sandbox, 3, TUESDAY + SECOND)
    put_order(sandbox, 4, MONDAY - OVERLAP + SECOND)
    put_order(sandbox, 5, MONDAY - OVERLAP - SECOND)
    put_order(sandbox, 6, MONDAY - timedelta(days=30), modification_time=stamp(MONDAY + SECOND))
    put_order(sandbox, 7, MONDAY - timedelta(days=30))
    put_order(sandbox, 8, MONDAY - timedelta(days=30))
    put_payment(sandbox, 1, [7], MONDAY + SECOND)
    put_payment(sandbox, 2, [8], MONDAY - timedelta(days=2))

    assert set(extract(engine, client)) == {"1", "2", "4", "6", "7"}
    with reading(engine) as connection:
        assert connection.scalar(select(RunRow.watermark)) == TUESDAY - SECOND


def test_r13_the_days_of_red_runs_are_read_by_the_next_green_one(sandbox, client, engine, caplog):
    """Two days red before anything was read; the third reads them too, and clearing one of the two reads nothing anew."""
    extract(engine, client, "friday", MONDAY - timedelta(days=3))
    for id, at in (
        (1, MONDAY - timedelta(hours=30)),
        (2, MONDAY + timedelta(hours=30)),
        (3, MONDAY + timedelta(hours=60)),
    ):
        put_order(sandbox, id, at)
    for name, number in (("saturday", -2), ("sunday", -1)):
        runs.begun(engine, name, MONDAY + timedelta(days=number))
    caplog.clear()

    assert set(extract(engine, client, "monday", MONDAY)) == {"1"}
    assert "from 2026-11-14 00:00-07:00 to 2026-11-16 00:00-07:00 were read by no run" in caplog.text
    caplog.clear()
    begins = {"saturday": -2, "tuesday": 1, "monday": -2}  # cleared, each reads what it read, or its own interval
    for name, day in (("saturday", -2), ("tuesday", 1), ("monday", 0)):
        assert "1" in extract(engine, client, name, MONDAY + timedelta(days=day))
        assert runs.read_run(engine, f"demo/{name}").read == Reading(MONDAY + timedelta(days=begins[name]))
    assert caplog.text.count("read by no run") == 1  # of Monday, cleared


def test_r13_a_run_that_fails_while_it_reads_has_not_read(sandbox, client, engine):
    extract(engine, client, "sunday", MONDAY - timedelta(days=1))
    put_order(sandbox, 1, MONDAY + timedelta(hours=1))
    sandbox.post(
        "/_sandbox/faults",
        {"kind": "infusionsoft list orders", "next": 1, "what": "fault", "status": 403, "body": "{}"},
    )
    with pytest.raises(OrderSyncError):
        extract(engine, client, "monday")
    assert runs.read_run(engine, "demo/monday").read is None
    assert set(extract(engine, client, "wednesday", MONDAY + timedelta(days=2))) == {"1"}


def test_r13_a_backfill_of_last_year_reads_its_day_and_moves_no_mark(sandbox, client, engine):
    extract(engine, client, "sunday", MONDAY - timedelta(days=1))
    old = MONDAY - timedelta(days=300)
    put_order(sandbox, 1, old + timedelta(hours=1))
    put_order(sandbox, 2, old + timedelta(days=9))
    put_order(sandbox, 3, MONDAY + timedelta(hours=1))
    key = begin_run(
        engine,
        store="demo",
        run_id="backfill__1",
        interval_start=old,
        interval_end=old + timedelta(days=1),
        is_backfill=True,
    )
    run = runs.read_run(engine, key)
    assert extract_orders(runs.context(engine, run, stores.settings(start_date="2025-01-01")), client).total() == 1
    assert set(extract(engine, client, "monday", start_date="2025-01-01")) == {"3"}


def test_an_order_is_seen_once_however_often_it_is_found(sandbox, client, engine):
    put_order(sandbox, 1, modification_time=stamp(records.NOON + SECOND))
    put_payment(sandbox, 1, [1], records.NOON)
    put_contact(sandbox)

    assert statuses(extract(engine, client)) == {"1": ("extracted", None)}
    assert [event.event for event in order_history(engine, "demo", "1")] == ["read"]


def test_reading_the_same_again_adds_nothing_to_the_history(sandbox, client, engine):
    put_order(sandbox, 1, total_paid="0.00")
    for run_id in ("monday", "monday", "again"):
        extract(engine, client, run_id)
    assert [event.event for event in order_history(engine, "demo", "1")] == ["waiting", "read"]


def test_every_kind_of_order_is_counted(sandbox, client, engine):
    put_order(sandbox, 1)
    put_order(sandbox, 2, total_paid="0.05")
    put_order(sandbox, 3, source_type="QBO_SYNC")
    put_order(sandbox, 4, refund_total="0.05")
    put_order(sandbox, 5, order_time="2026-10-31T12:00:00Z")

    assert statuses(extract(engine, client, start_date=date(2026, 11, 1))) == {
        "1": ("extracted", None),
        "2": ("waiting", "UNPAID"),
        "3": ("skipped", "FROM_QUICKBOOKS"),
        "4": ("extracted", None),
        "5": ("skipped", "BEFORE_START"),
    }


def test_an_order_waits_until_it_is_paid(sandbox, client, engine):
    put_order(sandbox, 1, total_paid="0.00")
    assert statuses(extract(engine, client)) == {"1": ("waiting", "UNPAID")}

    # Paid by hand much later, and neither the order nor the payment says when that was entered.
    put_order(sandbox, 1)
    later = extract(engine, client, "a_month_later", MONDAY + timedelta(days=30))

    assert statuses(later) == {"1": ("extracted", None)}
    assert later["1"].message is None


@pytest.mark.parametrize("status", ["waiting", "held", "failed", "extracted", "matched", "unsettled"])
def test_unfinished_orders_join_the_next_runs(sandbox, client, engine, status):
    put_order(sandbox, 1)
    extract(engine, client)
    runs.put(engine, "1", status=status)

    assert "1" in extract(engine, client, "next", MONDAY + timedelta(days=10))
    runs.put(engine, "1", status=status)
    assert "1" not in extract(engine, client, "before", MONDAY - timedelta(days=10))
    assert "1" not in extract(engine, client, "never", MONDAY + UNFINISHED_DAYS + timedelta(days=1))


@pytest.mark.parametrize("status", ["posted", "posted with warnings", "skipped"])
def test_finished_orders_do_not(sandbox, client, engine, status):
    put_order(sandbox, 1)
    extract(engine, client)
    runs.put(engine, "1", status=status)
    between = runs.begun(engine, "between", TUESDAY, days=9)
    note_read(engine, between.run_key, Reading(TUESDAY), None)

    assert extract(engine, client, "next", MONDAY + timedelta(days=10)) == {}


def test_a_posted_order_stays_posted(sandbox, client, engine):
    put_order(sandbox, 1)
    extract(engine, client)
    post(engine, "1")

    put_order(sandbox, 1, modification_time=stamp(records.NOON + SECOND), title="Renamed")
    assert statuses(extract(engine, client, "again")) == {"1": ("posted", None)}


def record(engine, id: str, payload: str = '{"DocNumber": "IS-1"}') -> None:
    """What the ledger holds once QuickBooks has the document, though nobody came to note it on the order."""
    [row] = [row for row in orders_of_run(engine, "demo", "demo/monday") if row.order_id == id]
    lease = Lease("company 1", 1, 60)
    wanted = Intent(
        "document", id, "SalesReceipt", payload, Decimal("108.25"), "USD", row.content_hash, order_ids=(id,)
    )
    write = plan_writes(engine, lease, realm_id="1", store="demo", run_key="demo/monday", intents=[wanted])[id]
    claim_write(engine, lease, write, "demo/monday")
    settle_write(engine, lease, write, "posted", run_key="demo/monday", quickbooks_id="9")


def test_an_order_that_only_the_ledger_knows_to_be_posted_is_posted(sandbox, client, engine):
    put_order(sandbox, 1)
    extract(engine, client)
    record(engine, "1")

    found = extract(engine, client, "again")["1"]
    assert (found.status, found.code, found.document_id, found.document_number) == ("posted", None, "9", "IS-1")


def test_a_change_after_such_a_document_is_told_and_no_order_to_enter_by_hand(sandbox, client, engine):
    put_order(sandbox, 1)
    extract(engine, client)
    record(engine, "1")

    put_order(sandbox, 1, order_type="OFFLINE")
    found = extract(engine, client, "again")["1"]
    assert (found.status, found.code, found.document_id) == ("posted with warnings", "CHANGED", "9")


def test_an_order_that_another_run_is_posting_is_left_on_its_way(sandbox, client, engine):
    put_order(sandbox, 1)
    put_order(sandbox, 2)
    extract(engine, client)
    for id in ("1", "2"):
        runs.put(engine, id, status="matched", customer_id="7")

    put_order(sandbox, 2, order_type="OFFLINE")
    again = extract(engine, client, "again")
    assert statuses(again) == {"1": ("matched", None), "2": ("extracted", None)}


def test_what_a_person_skipped_stays_skipped(sandbox, client, engine):
    put_order(sandbox, 1, total_paid="0.05", status="PAID")
    assert statuses(extract(engine, client)) == {"1": ("held", "PAID_DISAGREES")}
    skip_order(engine, "demo", "1", "Entered by hand as receipt 88.")

    put_order(sandbox, 1)
    assert statuses(extract(engine, client, "again")) == {"1": ("skipped", "BY_PERSON")}
    assert order_history(engine, "demo", "1")[0].message == "Entered by hand as receipt 88."


@pytest.mark.parametrize("status", ["posted", "posted with warnings", "unsettled"])
def test_an_order_that_has_or_may_have_a_document_cannot_be_skipped(sandbox, client, engine, status):
    put_order(sandbox, 1)
    extract(engine, client)
    runs.put(engine, "1", status=status)
    with pytest.raises(LookupError, match=f"Order 1 is {status}"):
        skip_order(engine, "demo", "1", "why")
    with pytest.raises(LookupError, match="Order 2 of store demo could not be found"):
        skip_order(engine, "demo", "2", "why")


def test_a_posted_order_that_changed_is_flagged_once(sandbox, client, engine):
    put_order(sandbox, 1)
    extract(engine, client)
    post(engine, "1")

    def change(amount: str) -> None:
        put_order(sandbox, 1, total_paid=amount, total=amount)

    change("99.99")
    for run_id in ("tuesday", "wednesday"):
        found = extract(engine, client, run_id)["1"]
        assert (found.status, found.code, found.document_id) == ("posted with warnings", "CHANGED", "9")
    assert [event.event for event in order_history(engine, "demo", "1")].count("changed") == 1
    change("88.88")
    extract(engine, client, "thursday")
    assert [event.event for event in order_history(engine, "demo", "1")].count("changed") == 2


def test_an_order_that_cannot_be_read_is_parked_and_the_others_go_on(sandbox, client, engine):
    put_order(sandbox, 1)
    put_order(sandbox, 2, total={"amount": "a lot", "currency_code": "USD"})
    put_order(sandbox, 3)

    found = extract(engine, client)

    assert statuses(found) == {"1": ("extracted", None), "2": ("failed", "UNREADABLE"), "3": ("extracted", None)}
    assert "order 2 cannot be read: total.amount" in found["2"].message
    assert found["2"].advice
    put_order(sandbox, 2)
    assert statuses(extract(engine, client, "next", MONDAY + timedelta(days=5)))["2"] == ("extracted", None)


def test_a_posted_order_that_cannot_be_read_any_more_stays_posted(sandbox, client, engine):
    put_order(sandbox, 1)
    extract(engine, client)
    post(engine, "1")
    put_order(sandbox, 1, total=None)

    found = extract(engine, client, "again")["1"]

    assert (found.status, found.code, found.document_id, found.total_minor) == ("posted", None, "9", 10825)
    assert order_history(engine, "demo", "1")[0].code == "UNREADABLE"


def test_a_contact_or_payment_that_cannot_be_read_parks_its_orders(sandbox, client, engine):
    put_contact(sandbox, 77)
    put_contact(sandbox, 78, update_time="yesterday")
    put_order(sandbox, 1)
    put_order(sandbox, 2, contact={"id": "78"})
    put_order(sandbox, 3)
    put_payment(sandbox, 1, [3], records.NOON)
    sandbox.put("/_sandbox/infusionsoft/payment", {"id": "1", "order_ids": ["3"], "payment_time": stamp(records.NOON)})

    found = extract(engine, client)

    assert statuses(found) == {"1": ("extracted", None), "2": ("failed", "UNREADABLE"), "3": ("failed", "UNREADABLE")}
    assert "contact 78" in found["2"].message
    assert "payment 1" in found["3"].message


def test_an_order_without_its_contact_goes_on_with_what_it_says_itself(sandbox, client, engine):
    put_order(sandbox, 1)
    snapshot = from_text(extract(engine, client)["1"].snapshot)
    assert (snapshot.contact, snapshot.name, snapshot.email) == (None, "Ann Lee", "ann@example.com")


def test_an_order_that_is_gone_is_skipped_and_said(sandbox, client, engine):
    put_order(sandbox, 1, total_paid="0.00")
    put_order(sandbox, 2, total_paid="0.00")
    extract(engine, client)
    sandbox.delete("/_sandbox/infusionsoft/order/1")

    found = extract(engine, client, "next", MONDAY + timedelta(days=5))

    assert statuses(found) == {"1": ("skipped", "GONE"), "2": ("waiting", "UNPAID")}
    assert order_history(engine, "demo", "1")[0].code == "GONE"
    assert "1" not in extract(engine, client, "later", MONDAY + timedelta(days=6))


def test_a_posted_order_that_is_gone_keeps_its_document(sandbox, client, engine):
    put_order(sandbox, 1)
    extract(engine, client)
    post(engine, "1")
    sandbox.delete("/_sandbox/infusionsoft/order/1")

    extract(engine, client, "again")

    [row] = orders_of_run(engine, "demo", "demo/monday")
    assert (row.status, row.document_id) == ("posted", "9")


def test_amounts_and_names_survive_the_store(sandbox, client, engine):
    put_order(sandbox, 1, total_paid="0.29", total="0.29", title="Grüße 🎉")
    snapshot = from_text(extract(engine, client)["1"].snapshot)
    assert (snapshot.order.total, str(snapshot.order.total_paid), snapshot.order.title) == (
        Decimal("0.29"),
        "0.29",
        "Grüße 🎉",
    )


def test_a_service_that_fails_loses_nothing(sandbox, client, engine):
    put_order(sandbox, 1)
    sandbox.post("/_sandbox/faults", {"kind": "infusionsoft list contacts", "next": 1, "what": "fault", "status": 403})
    run = runs.begun(engine)
    with pytest.raises(OrderSyncError, match="infusionsoft_demo"):
        extract_orders(runs.context(engine, run, stores.settings()), client)
    assert orders_of_run(engine, "demo", run.run_key) == []

    assert statuses(extract(engine, client)) == {"1": ("extracted", None)}
