"""What is found in the ledger: by order, by write, by subject, in which company."""

from __future__ import annotations

from decimal import Decimal

from order_sync.database.writes import (
    doubtful_writes,
    orders_of_writes,
    other_company,
    recorded_documents,
    writes_from,
    writes_of_orders,
)
from order_sync.errors import RecordRefused
from order_sync.sync.orders.write import Intent
from tests.database.ledgers import REALM, STORE, change, plan, receipt, settled

OTHERWISE = RecordRefused("QuickBooks recorded it otherwise.", code="TAX_DIFFERS")


def payment(order_id: str, id: str = "1") -> Intent:
    return Intent("payment", f"{order_id}/{id}", "Payment", "{}", Decimal(5), "USD", order_ids=(order_id,))


def document(order_id: str, payload: str = "{}") -> Intent:
    return receipt(order_id, payload, order_ids=(order_id,))


def of_orders(engine, *order_ids: str, realm: str | None = REALM, store: str = STORE):
    found = writes_of_orders(engine, realm_id=realm, store=store, order_ids=order_ids)
    return {order_id: [(one.kind, one.generation) for one in writes] for order_id, writes in found.items()}


def test_all_that_was_written_for_an_order_oldest_first(engine):
    [first] = plan(engine, document("1")).values()
    settled(engine, first, "rejected")
    [second] = plan(engine, document("1", '{"new":1}')).values()
    settled(engine, second)
    plan(engine, payment("1", "8"), payment("1", "9"), payment("2"))
    plan(engine, change("1", "b"))

    assert of_orders(engine, "1", "2", "3") == {
        "1": [("document", 1), ("document", 2), ("payment", 1), ("payment", 1), ("change", 1)],
        "2": [("payment", 1)],
    }
    assert of_orders(engine) == {}


def test_what_was_written_for_an_order_in_another_company_or_by_another_store(engine):
    plan(engine, document("1"))
    plan(engine, document("1"), realm="elsewhere")
    plan(engine, payment("1"), store="other")

    assert of_orders(engine, "1") == {"1": [("document", 1)]}
    assert of_orders(engine, "1", realm=None) == {"1": [("document", 1), ("document", 1)]}
    assert of_orders(engine, "1", store="other") == {"1": [("payment", 1)]}


def test_a_document_of_a_day_is_each_of_its_orders(engine):
    [day] = plan(engine, receipt("2026-11-16 Visa", order_ids=("1", "2"))).values()
    posted = settled(engine, day, quickbooks_id="9")

    found = writes_of_orders(engine, realm_id=REALM, store=STORE, order_ids=["1", "2", "3"])
    assert found == {"1": [posted], "2": [posted]}
    assert recorded_documents(engine, STORE, ["1", "2", "3"]) == {"1": posted, "2": posted}


def test_only_posted_documents_are_recorded(engine):
    for number, status in enumerate(("posted", "rejected", "unknown", "planned")):
        [write] = plan(engine, document(str(number))).values()
        settled(engine, write, status)
    [paid] = plan(engine, payment("4")).values()
    settled(engine, paid)

    assert recorded_documents(engine, STORE, ["0", "1", "2", "3", "4"]).keys() == {"0"}
    assert recorded_documents(engine, "other", ["0"]) == {}


def test_a_document_is_recorded_in_whichever_company(engine):
    [write] = plan(engine, document("1"), realm="elsewhere").values()
    settled(engine, write)
    assert recorded_documents(engine, STORE, ["1"])["1"].realm_id == "elsewhere"
    assert other_company(engine, store=STORE, realm_id=REALM) == "elsewhere"
    assert other_company(engine, store=STORE, realm_id="elsewhere") is None


def test_of_a_document_that_was_made_anew_the_new_one_is_recorded(engine):
    [first] = plan(engine, document("1")).values()
    settled(engine, first, "rejected")
    [second] = plan(engine, document("1", '{"new":1}')).values()
    settled(engine, second)
    assert recorded_documents(engine, STORE, ["1"])["1"].generation == 2


def test_more_orders_and_writes_than_one_statement_holds(engine):
    ids = [str(number) for number in range(1101)]
    writes = plan(engine, *(document(order_id) for order_id in ids))
    assert len(of_orders(engine, *ids)) == 1101
    found = orders_of_writes(engine, [write.id for write in writes.values()])
    assert found == {writes[order_id].id: [order_id] for order_id in ids}


def test_a_write_about_no_order(engine):
    [item] = plan(engine, Intent("item", "a1b2", "Item", "{}")).values()
    assert orders_of_writes(engine, [item.id, 10**9]) == {item.id: [], 10**9: []}
    assert orders_of_writes(engine, []) == {}


def test_writes_whose_subject_begins_so(engine):
    subjects = ("50%_off a", "50%_off b", "50%_of", "500_off a", "50%xoff a", "5")
    plan(engine, *(receipt(subject) for subject in subjects))
    plan(engine, Intent("refund", "50%_off c", "CreditMemo", "{}"))
    plan(engine, receipt("50%_off d"), store="other")
    plan(engine, receipt("50%_off e"), realm="elsewhere")

    def beginning(prefix: str) -> list[str]:
        found = writes_from(engine, realm_id=REALM, store=STORE, kind="document", prefix=prefix)
        return [write.subject for write in found]

    assert beginning("50%_off ") == ["50%_off a", "50%_off b"]
    assert beginning("50%_") == ["50%_off a", "50%_off b", "50%_of"]
    assert beginning("_") == beginning("%") == beginning("\\") == []


def test_each_generation_of_a_subject_is_found_by_its_beginning(engine):
    [first] = plan(engine, receipt("2026-11-16 Visa")).values()
    settled(engine, first, "rejected")
    plan(engine, receipt("2026-11-16 Visa", '{"new":1}'), receipt("2026-11-17 Visa"))
    found = writes_from(engine, realm_id=REALM, store=STORE, kind="document", prefix="2026-11-16 ")
    assert [(write.generation, write.status) for write in found] == [(1, "rejected"), (2, "planned")]


def test_what_was_recorded_otherwise_is_doubtful(engine):
    for number, error in enumerate((None, OTHERWISE)):
        [write] = plan(engine, document(str(number))).values()
        settled(engine, write, "posted", error=error)
    [refused] = plan(engine, document("2")).values()
    settled(engine, refused, "rejected", error=OTHERWISE)

    found = doubtful_writes(engine, realm_id=REALM, store=STORE, kind="document")
    assert [write.subject for write in found] == ["1"]
    assert doubtful_writes(engine, realm_id=REALM, store=STORE, kind="payment") == []
