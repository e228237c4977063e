"""What Infusionsoft answers by mistake: one record that is none, an answer that is none, an answer to another question."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from order_sync.database.database import reading
from order_sync.database.order_status import skip_order
from order_sync.database.orders import orders_of_run
from order_sync.database.refused_records import dismiss_record, open_records
from order_sync.database.tables import RefusedRecord
from order_sync.errors import Stop
from order_sync.infusionsoft.client import Infusionsoft
from order_sync.sync.orders.rereading import UNFINISHED_DAYS
from order_sync.sync.orders.snapshot import from_text
from order_sync.sync.steps.extract_orders import extract_orders
from order_sync.sync.steps.report import report
from tests.shop import account, runs, services, stores
from tests.shop.account import Account

MONDAY = datetime(2026, 11, 16, 7, tzinfo=UTC)
LATER = MONDAY + timedelta(days=10)
ALWAYS = 1000


@pytest.fixture
def client(sandbox, vault) -> Iterator[Infusionsoft]:
    with services.infusionsoft(sandbox, vault) as opened:
        yield opened


@pytest.fixture
def shop(sandbox) -> Account:
    """Orders 1, 2 and 3 of Ann Lee's, each paid by a payment of its number."""
    found = Account(sandbox)
    found.put("contact", account.contact())
    for id in ("1", "2", "3"):
        found.put("order", order(id))
        found.put("payment", account.payment("100.00", id, orders=[id]))
    return found


def order(id: str, **changes: Any) -> dict[str, Any]:
    return account.order(id) | changes


def answer(sandbox, call: str, body: object, times: int = 1) -> None:
    """Gives an answer in the place of the account's own, to the next calls of a kind."""
    text = body if isinstance(body, str) else json.dumps(body)
    rule = {"kind": f"infusionsoft {call}", "next": times, "what": "fault", "status": 200, "body": text}
    sandbox.post("/_sandbox/faults", rule)


def extract(engine, client, run_id: str = "monday", start: datetime = MONDAY) -> dict[str, Any]:
    run = runs.begun(engine, run_id, start)
    extract_orders(runs.context(engine, run, stores.settings()), client)
    return {row.order_id: row for row in orders_of_run(engine, "demo", run.run_key)}


def statuses(rows: dict[str, Any]) -> dict[str, tuple[str, str | None]]:
    return {id: (row.status, row.code) for id, row in rows.items()}


def reported(engine, run_id: str = "monday", start: datetime = MONDAY) -> Any:
    return report(runs.context(engine, runs.begun(engine, run_id, start), stores.settings()))


def kept(engine) -> list[Any]:
    with reading(engine) as connection:
        return list(connection.execute(select(RefusedRecord.__table__).order_by(RefusedRecord.id)))


READ = ("extracted", None)
UNREADABLE = ("failed", "UNREADABLE")
WRONG: dict[str, Any] = {
    "null": None,
    "a text": "order 2",
    "no id": {**order("2"), "id": None},
    "an id too long": {**order("2"), "id": "2" * 60},
    "a total of 30 digits": {**order("2"), "total": {"amount": 10**29, "currency_code": "USD"}},
    "the year 1": {**order("2"), "creation_time": "0001-01-01T00:00:00.000+14:00"},
    "the year 9999": {**order("2"), "order_time": "9999-12-31T23:59:59.999-12:00"},
    "a currency that is none": {**order("2"), "total": {"amount": 100, "currency_code": "dollars"}},
}


@pytest.mark.parametrize("wrong", WRONG)
def test_r3_an_order_that_is_none_is_refused_alone(shop, sandbox, client, engine, caplog, wrong):
    shop.sandbox.delete("/_sandbox/infusionsoft/order/2")
    shop.sandbox.delete("/_sandbox/infusionsoft/payment/2")
    answer(sandbox, "list orders", {"orders": [order("1"), WRONG[wrong], order("3", title="half \ud83d\0")]}, times=2)

    found = extract(engine, client)

    has_id = isinstance(WRONG[wrong], dict) and WRONG[wrong]["id"] == "2"
    assert statuses(found) == {"1": READ, "3": READ} | ({"2": UNREADABLE} if has_id else {})
    assert from_text(found["3"].snapshot).order.title == "half \ufffd"
    [record] = kept(engine)
    assert (record.kind, record.record_id, record.code) == ("order", "2" if has_id else "", "UNREADABLE")
    assert record.raw == (WRONG[wrong] if isinstance(WRONG[wrong], str) else json.dumps(WRONG[wrong]))
    assert "cannot be read" in record.message
    assert record.advice
    result = reported(engine)
    assert result.failed
    assert has_id or f"record {record.id} not read" in caplog.text
    # Days later it can be read: nobody had forgotten it.
    shop.put("order", order("2"))
    assert statuses(extract(engine, client, "later", LATER))["2"] == READ
    assert open_records(engine, "demo", until=LATER) == []
    assert not reported(engine, "later", LATER).failed


@pytest.mark.parametrize("record", [None, {"amount": 1, "order_ids": [None]}, {"id": "9", "amount": "much"}])
def test_r3_a_payment_that_names_no_order_is_looked_for_until_it_is_gone(shop, sandbox, client, engine, record):
    answer(sandbox, "list payments", {"payments": [record, account.payment("100.00", "1", orders=["1"])]})
    assert statuses(extract(engine, client)) == dict.fromkeys("123", READ)
    [first] = open_records(engine, "demo", until=LATER)
    assert (first.kind, first.window) == ("payment", (MONDAY - timedelta(days=1), MONDAY + timedelta(days=1)))

    answer(sandbox, "list payments", {"payments": []})  # of the run's own day
    answer(sandbox, "list payments", {"payments": [record]})
    extract(engine, client, "later", LATER)
    [still] = open_records(engine, "demo", until=LATER + timedelta(days=1))
    assert still == first
    assert reported(engine, "later", LATER).failed

    extract(engine, client, "at last", LATER + timedelta(days=1))
    assert open_records(engine, "demo", until=LATER + timedelta(days=2)) == []


@pytest.mark.parametrize("record", [None, {"id": "3", "amount": 100, "order_ids": None}])
def test_r3_a_payment_that_names_no_order_parks_the_one_whose_it_is(shop, sandbox, client, engine, record):
    sandbox.delete("/_sandbox/infusionsoft/payment/2")
    answer(sandbox, "list payments", {"payments": []})  # of the day; the next call asks by order
    answer(sandbox, "list payments", {"payments": [account.payment("100.00", "1", orders=["1"]), record]})

    found = extract(engine, client)
    assert statuses(found) == {"1": READ, "2": READ, "3": UNREADABLE}
    assert "payment of order 3 could not be read" in found["3"].message
    assert reported(engine).failed
    assert statuses(extract(engine, client, "later", LATER))["3"] == READ
    assert open_records(engine, "demo", until=LATER) == []


def test_r3_a_record_that_a_person_dismissed_is_on_no_report(shop, sandbox, client, engine):
    for _ in range(2):
        answer(sandbox, "list orders", {"orders": [None]}, times=2)
        extract(engine, client)
    [record] = open_records(engine, "demo", until=LATER)
    dismiss_record(engine, "demo", record.number, "An empty row.")
    with pytest.raises(LookupError, match=f"no open record {record.number}"):
        dismiss_record(engine, "demo", record.number, "Again.")

    answer(sandbox, "list orders", {"orders": [None]}, times=2)
    extract(engine, client)
    assert not reported(engine).failed
    answer(sandbox, "list orders", {"orders": ["another"]}, times=2)
    extract(engine, client)
    assert reported(engine).failed


def test_r3_a_run_of_an_earlier_day_minds_no_later_record(shop, sandbox, client, engine):
    answer(sandbox, "list orders", {"orders": [None]}, times=2)
    extract(engine, client)
    before = MONDAY - timedelta(days=30)
    assert extract(engine, client, "before", before) == {}
    assert not reported(engine, "before", before).failed
    assert len(open_records(engine, "demo", until=LATER)) == 1


def test_r3_an_order_that_cannot_be_read_is_read_again_however_old_it_is(shop, client, engine):
    shop.put("order", order("2", total=None))
    assert statuses(extract(engine, client)) == {"1": READ, "2": UNREADABLE, "3": READ}
    long_after = MONDAY + UNFINISHED_DAYS + timedelta(days=30)
    assert statuses(extract(engine, client, "long after", long_after)) == {"2": UNREADABLE}
    skip_order(engine, "demo", "2", "Entered by hand.")
    assert statuses(extract(engine, client, "skipped", long_after)) == {"2": ("skipped", "BY_PERSON")}
    assert not reported(engine, "skipped", long_after).failed
    assert extract(engine, client, "after that", long_after) == {}


def test_r3_a_contact_that_is_none_parks_its_orders_alone(shop, sandbox, client, engine):
    shop.put("contact", account.contact(id="78", update_time="0001-01-01T00:00:00+14:00"))
    shop.put("order", account.order("2", contact={"id": "78"}))
    found = extract(engine, client)
    assert statuses(found) == {"1": READ, "2": UNREADABLE, "3": READ}
    assert "contact 78 cannot be read: update_time is not between 1900 and 2199" in found["2"].message
    [record] = open_records(engine, "demo", until=LATER)
    assert (record.kind, record.record_id, record.order_ids) == ("contact", "78", {"2"})

    shop.put("contact", account.contact(id="78"))
    assert statuses(extract(engine, client, "later", LATER))["2"] == READ
    assert open_records(engine, "demo", until=LATER) == []


def test_r3_a_contact_that_came_without_an_id_is_asked_for_by_its_own(shop, sandbox, client, engine):
    answer(sandbox, "list contacts", {"contacts": [None]})
    snapshot = from_text(extract(engine, client)["1"].snapshot)
    assert snapshot.contact.billing.line1 == "1 Main St"


def test_r3_a_posted_order_whose_contact_cannot_be_read_is_not_forgotten(shop, client, engine):
    extract(engine, client)
    runs.put(engine, "1", status="posted", document_id="9")
    for id in ("2", "3"):
        skip_order(engine, "demo", id, "Entered by hand.")
    shop.put("contact", account.contact(update_time="soon"))
    assert statuses(extract(engine, client, "again"))["1"] == ("posted", None)
    assert reported(engine, "again").failed

    shop.put("contact", account.contact())
    assert "1" in extract(engine, client, "later", LATER)
    assert not reported(engine, "later", LATER).failed


def test_r3_no_order_without_an_id_is_kept(shop, sandbox, client, engine):
    answer(sandbox, "list orders", {"orders": [{"id": ""}, {"id": None}, {}, None]}, times=2)
    extract(engine, client)
    extract(engine, client, "later", LATER)
    with reading(engine) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM orders WHERE order_id = ''").scalar() == 0


NO_ANSWERS = ["{}", '{"message": "Something went wrong"}', '{"orders": null, "payments": null, "contacts": null}']


@pytest.mark.parametrize("body", NO_ANSWERS)
@pytest.mark.parametrize("call", ["list orders", "list payments", "list contacts"])
def test_r6_an_answer_that_is_none_ends_nothing(shop, sandbox, client, engine, call, body):
    for id in ("1", "2", "3"):
        shop.put("order", order(id, status="SENT", total_paid=account.money("0.00")))
        sandbox.delete(f"/_sandbox/infusionsoft/payment/{id}")
    before = extract(engine, client)
    assert statuses(before) == dict.fromkeys("123", ("waiting", "UNPAID"))

    answer(sandbox, call, body, ALWAYS)
    with pytest.raises(Stop, match=f"'{call}'.* was answered without a list"):
        extract(engine, client, "later", LATER)
    assert orders_of_run(engine, "demo", "demo/later") == []

    sandbox.delete("/_sandbox/faults")
    assert statuses(extract(engine, client, "later", LATER)) == dict.fromkeys("123", ("waiting", "UNPAID"))


@pytest.mark.parametrize("body", NO_ANSWERS)
def test_r6_no_order_is_gone_but_by_its_own_404(shop, sandbox, client, engine, body):
    shop.put("order", order("1", status="SENT", total_paid=account.money("0.00")))
    sandbox.delete("/_sandbox/infusionsoft/payment/1")
    extract(engine, client)
    answer(sandbox, "list orders", {"orders": []}, times=3)
    answer(sandbox, "get order", body, ALWAYS)
    found = extract(engine, client, "again")
    assert statuses(found) == dict.fromkeys("123", UNREADABLE)
    assert "something that is no order" in found["1"].message

    sandbox.delete("/_sandbox/faults")
    assert statuses(extract(engine, client, "again"))["1"] == ("waiting", "UNPAID")


def test_r6_a_contact_that_the_list_lacks_is_asked_for(shop, sandbox, client, engine):
    answer(sandbox, "list contacts", {"contacts": []})
    assert from_text(extract(engine, client)["1"].snapshot).contact.billing.line1 == "1 Main St"


def test_r6_a_business_profile_that_is_none_gives_no_payment_another_day(shop, sandbox, client, engine):
    answer(sandbox, "get business profile", {})
    with pytest.raises(Stop, match="time zone"):
        extract(engine, client)


FOREIGN = account.order("999", creation_time="2025-01-01T00:00:00Z", modification_time="2025-01-01T00:00:00Z")


@pytest.mark.parametrize(
    ("call", "body"),
    [
        ("list orders", {"orders": [order("1"), FOREIGN]}),
        ("list payments", {"payments": [account.payment("5.00", "9", orders=["999"], day="2025-01-01")]}),
        ("list contacts", {"contacts": [account.contact(), account.contact(id="5")]}),
    ],
)
def test_r8_an_answer_to_another_question_is_not_taken(shop, sandbox, client, engine, call, body):
    answer(sandbox, call, body)
    with pytest.raises(Stop, match="was not asked for"):
        extract(engine, client)
    assert orders_of_run(engine, "demo", "demo/monday") == []
    assert kept(engine) == []
    assert statuses(extract(engine, client)) == dict.fromkeys("123", READ)


def test_r8_payments_of_orders_that_nobody_asked_for_are_not_taken(shop, sandbox, client, engine):
    answer(sandbox, "list payments", {"payments": []})  # of the day; the next call asks by order
    answer(sandbox, "list payments", {"payments": [account.payment("5.00", "9", orders=["999"])]})
    with pytest.raises(Stop, match="payment 9, which was not asked for"):
        extract(engine, client)


def test_r8_a_payment_that_comes_twice_counts_once(shop, sandbox, client, engine):
    one = account.payment("100.00", "1", orders=["1"])
    answer(sandbox, "list payments", {"payments": []})
    answer(sandbox, "list payments", {"payments": [one, one], "next_page_token": "2"})
    answer(sandbox, "list payments", {"payments": [one]})
    found = extract(engine, client)
    assert [payment.id for payment in from_text(found["1"].snapshot).payments] == ["1"]


def test_r4_what_postgresql_does_not_keep_comes_to_no_database(shop, sandbox, client, engine):
    dirt = "\0\x0b\ud83d" + "x" * 300
    line = account.item() | {
        "id": "1",
        "name": dirt,
        "description": dirt,
        "product": {"id": "9", "sku": dirt, "name": dirt},
    }
    dirty = order("1", title=dirt, order_type=dirt, source_type=dirt, order_items=[line])
    answer(sandbox, "list orders", {"orders": [dirty, "a\0text \ud83d"]}, times=2)
    contact = account.contact(family_name=dirt, company={"company_name": dirt}, email=dirt)
    answer(sandbox, "list contacts", {"contacts": [contact]})
    payment = account.payment("100.00", "1", orders=["1"], note=dirt, transaction=dirt, status=dirt)
    answer(sandbox, "list payments", {"payments": [payment]}, times=2)
    snapshot = from_text(extract(engine, client)["1"].snapshot)
    assert snapshot.order.title == "\ufffd" + "x" * 300
    assert (snapshot.contact.family_name, snapshot.payments[0].note) == (snapshot.order.title, snapshot.order.title)
    assert kept(engine)[0].raw == "atext \ufffd"
