"""Leases: one holder among threads and processes, and a token that grows with each new one."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, update

from order_sync.database.cache import Freshness, note_freshness, save_customers, save_entries
from order_sync.database.customer_keys import prepare_keys
from order_sync.database.database import clock_now, reading, transaction
from order_sync.database.history import Event, tell_orders
from order_sync.database.leases import Lease, acquire_lease, hold_lease, release_lease, renew_lease
from order_sync.database.ledger import claim_write
from order_sync.database.order_status import hold_orders, save_decisions
from order_sync.database.orders_read import save_orders
from order_sync.database.plans import Planned, save_plan
from order_sync.database.rates import save_rate
from order_sync.database.runs import finish_run, note_read
from order_sync.database.tables import Base
from order_sync.database.tables import Lease as LeaseRow
from order_sync.database.writes import uncertain_writes
from order_sync.errors import LeaseLost, RetryLater
from order_sync.settings import ROOT
from order_sync.sync.orders.decision import Decided, Decision
from order_sync.sync.orders.kinds import Kind
from order_sync.sync.orders.rereading import Reading
from order_sync.sync.orders.trouble import Trouble
from tests.database.ledgers import REALM, STORE, plan, receipt
from tests.shop import stores
from tests.shop.records import NOON
from tests.shop.runs import begun

COMPANY = "company 9341"


def expire(engine, name=COMPANY) -> None:
    """Lets a lease run out in the store, as it does while its owner is paused."""
    with engine.begin() as connection:
        past = datetime.now(UTC) - timedelta(seconds=1)
        connection.execute(update(LeaseRow).where(LeaseRow.name == name).values(expires_at=past))


def expires_at(engine, name=COMPANY) -> datetime:
    with reading(engine) as connection:
        return connection.scalar(select(LeaseRow.expires_at).where(LeaseRow.name == name))


def test_a_free_lease_is_taken_once(engine):
    first = acquire_lease(engine, COMPANY, seconds=60)

    assert (first.token, first.held) == (1, True)
    assert acquire_lease(engine, COMPANY, seconds=60) is None
    assert acquire_lease(engine, "company 2", seconds=60).token == 1


def test_a_lease_that_was_given_back_has_a_larger_token(engine):
    first = acquire_lease(engine, COMPANY, seconds=60)
    release_lease(engine, first)

    second = acquire_lease(engine, COMPANY, seconds=60)

    assert (first.held, second.held, second.token) == (False, True, 2)


def test_a_lease_that_ran_out_is_taken_over(engine):
    first = acquire_lease(engine, COMPANY, seconds=60)
    expire(engine)

    second = acquire_lease(engine, COMPANY, seconds=60)

    assert second.token == first.token + 1
    assert renew_lease(engine, first, seconds=60) is False
    assert not first.held
    assert second.held


def test_the_former_owner_does_not_give_back_the_lease_of_the_next(engine):
    first = acquire_lease(engine, COMPANY, seconds=60)
    expire(engine)
    acquire_lease(engine, COMPANY, seconds=60)

    release_lease(engine, first)

    assert acquire_lease(engine, COMPANY, seconds=60) is None


def test_renewing_keeps_the_others_out(engine):
    lease = acquire_lease(engine, COMPANY, seconds=1)
    before = expires_at(engine)

    assert renew_lease(engine, lease, seconds=600)

    assert expires_at(engine) > before + timedelta(seconds=300)
    lease.require(500)
    assert acquire_lease(engine, COMPANY, seconds=60) is None


def test_a_lease_counts_from_before_it_was_asked_for(engine, monkeypatch):
    # The store may take long to answer; the time until then is not ours.
    clock = iter([100.0, 130.0, 158.0, 161.0])
    monkeypatch.setattr("order_sync.database.leases.uptime", lambda: next(clock))

    lease = acquire_lease(engine, COMPANY, seconds=60)

    assert lease.held
    assert not lease.held


def test_a_lease_that_is_about_to_run_out_is_not_enough(engine):
    lease = acquire_lease(engine, COMPANY, seconds=3)

    lease.require()
    with pytest.raises(LeaseLost, match=COMPANY):
        lease.require(5)
    release_lease(engine, lease)
    with pytest.raises(LeaseLost):
        lease.require()


def test_one_thread_holds_it_at_a_time(engine):
    inside, most, tokens, guard = 0, 0, [], threading.Lock()

    def work(_: int) -> None:
        nonlocal inside, most
        with hold_lease(engine, COMPANY, seconds=60, wait=60, poll=0.01) as lease:
            with guard:
                inside += 1
                most = max(most, inside)
                tokens.append(lease.token)
            time.sleep(0.01)
            with guard:
                inside -= 1

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(12)))

    assert most == 1
    assert tokens == list(range(1, 13))


COUNTER = """
import sys
from pathlib import Path
from sqlalchemy import make_url
from order_sync.database.database import open_database
from order_sync.database.leases import hold_lease

engine, counter = open_database(make_url(sys.argv[1])), Path(sys.argv[2])
for _ in range(15):
    with hold_lease(engine, "company 9341", seconds=60, wait=60, poll=0.005):
        counter.write_text(str(int(counter.read_text()) + 1))
"""


def python(code: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        env={"PYTHONPATH": str(ROOT / "plugins")},
        stdout=subprocess.PIPE,
        text=True,
    )


def test_one_process_holds_it_at_a_time(engine, tmp_path):
    # Read, add one, write: any two at once would lose a step.
    counter = tmp_path / "counter"
    counter.write_text("0")
    url = engine.url.render_as_string(hide_password=False)
    processes = [python(COUNTER, url, str(counter)) for _ in range(3)]
    assert [process.wait(timeout=100) for process in processes] == [0, 0, 0]
    for process in processes:
        process.stdout.close()

    assert counter.read_text() == "45"
    assert acquire_lease(engine, COMPANY, seconds=1).token == 46


HOLDER = """
import sys, time
from sqlalchemy import make_url
from order_sync.database.database import open_database
from order_sync.database.leases import acquire_lease

lease = acquire_lease(open_database(make_url(sys.argv[1])), "company 9341", seconds=float(sys.argv[2]))
print(lease.token, flush=True)
time.sleep(600)
"""


def test_the_lease_of_a_process_that_was_killed_runs_out(engine):
    holder = python(HOLDER, engine.url.render_as_string(hide_password=False), "1")
    assert holder.stdout.readline() == "1\n"
    holder.kill()
    holder.wait(timeout=60)
    holder.stdout.close()

    with hold_lease(engine, COMPANY, seconds=60, wait=60, poll=0.05) as lease:
        assert lease.token == 2


def test_whoever_waits_too_long_is_told_by_whom(engine):
    acquire_lease(engine, COMPANY, seconds=600)

    with (
        pytest.raises(RetryLater, match=r"'company 9341' is held by .+:\d+:\d+") as caught,
        hold_lease(engine, COMPANY, wait=0, poll=0.01),
    ):
        pytest.fail("two owners")
    assert "Airflow" in caught.value.advice


def test_a_lease_is_renewed_while_its_owner_works(engine):
    with hold_lease(engine, COMPANY, seconds=0.4, wait=60) as lease:
        begun = expires_at(engine)
        while expires_at(engine) <= begun + timedelta(seconds=1):
            time.sleep(0.02)
        assert lease.held
        assert acquire_lease(engine, COMPANY, seconds=60) is None
    assert not lease.held
    assert acquire_lease(engine, COMPANY, seconds=60).token == lease.token + 1


def test_an_owner_notices_that_it_was_replaced(engine):
    with hold_lease(engine, COMPANY, seconds=2, wait=60) as lease:
        expire(engine)
        thief = acquire_lease(engine, COMPANY, seconds=600)
        while lease.held:
            time.sleep(0.02)
        with pytest.raises(LeaseLost):
            lease.require()
    assert thief.held
    assert renew_lease(engine, thief, seconds=600)


def test_an_error_inside_gives_the_lease_back(engine):
    with pytest.raises(ZeroDivisionError), hold_lease(engine, COMPANY, seconds=600):
        raise ZeroDivisionError
    assert acquire_lease(engine, COMPANY, seconds=60)


# --- R15: whose clock counts, and what the former owner may still write -------------------------------------------------------


@pytest.fixture
def clock_ahead(monkeypatch) -> None:
    """This machine's clock is five minutes ahead; the database's is not."""

    class Ahead(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + timedelta(minutes=5)

    for name, module in list(sys.modules.items()):
        if name.startswith("order_sync.") and getattr(module, "datetime", None) is datetime:
            monkeypatch.setattr(module, "datetime", Ahead)
    monkeypatch.setattr(time, "time", lambda now=time.time: now() + 300)


def test_r15_a_machine_whose_clock_is_ahead_takes_no_live_lease(engine, clock_ahead):
    alive = acquire_lease(engine, COMPANY, seconds=60)
    assert acquire_lease(engine, COMPANY, seconds=60) is None
    assert renew_lease(engine, alive, seconds=60)
    assert expires_at(engine) - clock_now(engine) <= timedelta(seconds=60)


def test_r15_sent_at_is_the_database_s_clock(engine, clock_ahead):
    before = clock_now(engine)
    [write] = plan(engine, receipt("1001")).values()
    sent = claim_write(engine, Lease(COMPANY, 1, 60), write, "demo/monday")
    [kept] = uncertain_writes(engine, realm_id=REALM, store=STORE, kind=Kind.DOCUMENT)
    assert before <= sent.sent_at == kept.sent_at <= clock_now(engine)


def test_r15_the_database_s_clock_is_this_second(engine):
    assert abs(clock_now(engine) - datetime.now(UTC)) < timedelta(seconds=5)


WHY = Trouble("AMBIGUOUS", "Two customers.", "Choose one.")
DURABLE = {
    "orders": lambda on: save_orders(on, "demo", "demo/monday", [{"order_id": "2", "status": "waiting"}], []),
    "statuses": lambda on: hold_orders(on, "demo", "demo/monday", ["1"], WHY),
    "decisions": lambda on: save_decisions(
        on, "demo", "demo/monday", [Decided("1", Decision("matched", customer_id="7"), "It is Ann.", None, True)]
    ),
    "events": lambda on: tell_orders(on, "demo", "demo/monday", [Event("1", "read", "-")]),
    "intents": lambda on: plan(on, receipt("1001"), token=99),
    "totals": lambda on: finish_run(on, "demo/monday", state="success", counts={"posted": 1}, totals={}),
    "readings": lambda on: note_read(on, "demo/monday", Reading(NOON), NOON),
    "plans": lambda on: save_plan(on, "demo", "demo/monday", (NOON, NOON), [Planned("1", "none", "-")]),
    "customers": lambda on: save_customers(on, REALM, [{"Id": "7", "DisplayName": "Ann Lee"}]),
    "lists": lambda on: save_entries(on, REALM, "Item", [{"Id": "1", "Name": "Mug"}]),
    "freshness": lambda on: note_freshness(on, REALM, Freshness(NOON, NOON)),
    "rates": lambda on: save_rate(on, REALM, ("EUR", NOON.date()), Decimal("1.1")),
    "keys": lambda on: prepare_keys(on, REALM, stores.settings().customers),
}


@pytest.mark.parametrize("what", DURABLE)
def test_r15_a_machine_that_was_suspended_writes_nothing_under_its_old_token(engine, what):
    begun(engine)
    save_orders(engine, "demo", "demo/monday", [{"order_id": "1", "status": "extracted"}], [])
    old = acquire_lease(engine, COMPANY, seconds=60)
    expire(engine)
    new = acquire_lease(engine, COMPANY, seconds=60)
    before = everything(engine)

    with pytest.raises(LeaseLost, match=COMPANY):
        DURABLE[what](old.guard(engine))
    assert everything(engine) == before
    assert not old.held

    DURABLE[what](new.guard(engine))
    assert everything(engine) != before


def test_r15_a_lease_cannot_be_taken_in_the_middle_of_what_its_owner_writes(engine):
    """Two moments in one: the owner is inside a transaction, its lease runs out, another asks for it."""
    old, inside, taken = acquire_lease(engine, COMPANY, seconds=0.2), threading.Event(), []

    @transaction
    def write(connection):
        inside.set()
        time.sleep(0.6)
        assert taken == []
        connection.execute(LeaseRow.__table__.insert().values(name="mark", owner="-", token=1, expires_at=NOON))

    def take() -> None:
        assert inside.wait(20)
        time.sleep(0.3)
        taken.append(acquire_lease(engine, COMPANY, seconds=60))

    with ThreadPoolExecutor(2) as pool:
        done = [pool.submit(write, old.guard(engine)), pool.submit(take)]
        assert [one.result(timeout=60) for one in done] == [None, None]
    assert taken[0].token == old.token + 1
    with pytest.raises(LeaseLost):
        tell_orders(old.guard(engine), "demo", "demo/monday", [Event("1", "read", "-")])


def everything(engine) -> dict[str, list[str]]:
    """All rows of all tables but the leases."""
    with reading(engine) as connection:
        return {
            table.name: sorted(map(repr, connection.execute(select(table))))
            for table in Base.metadata.sorted_tables
            if table.name != "leases"
        }
