"""An answer is only believed when it is the answer: other records, older ones, unreadable ones and refusals that say nothing."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from order_sync.sync.outbox.channel import Timing
from order_sync.sync.recording import sending
from order_sync.sync.steps import post_orders as step
from tests.faults import worlds
from tests.shop.fault_shop import BATCH, CREATE_CUSTOMER, CREATE_DOCUMENT, Shop
from tests.shop.records import paid, people, sale, sales

OpenShop = Callable[..., Shop]
CREATE_PAYMENT = "quickbooks create Payment"
PAID_INVOICES = {"revenue": {"post_as": "Invoice and payment"}}
LONG_CODE = "messaging.adaptors.http.flow.GatewayTimeout"


def refusal(code: str, words: str = "An internal error") -> str:
    return json.dumps(
        {"Fault": {"Error": [{"Message": words, "Detail": words, "code": code}], "type": "ValidationFault"}}
    )


class Changed:
    """Changes the records of some numbers in each answer, of writes, batches and queries alike, until it is healed."""

    def __init__(
        self, change: Callable[[dict[str, Any]], dict[str, Any]], *numbers: str, entity: str = "SalesReceipt"
    ) -> None:
        self.change, self.numbers, self.entity, self.healed = change, numbers, entity, False

    def __call__(self, answer: dict[str, Any]) -> dict[str, Any]:
        return answer if self.healed else self._changed(answer)

    def _changed(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._changed(one) for one in value]
        if not isinstance(value, dict):
            return value
        if value.get("DocNumber") in self.numbers:
            return self.change(value)
        return {name: self._changed(one) for name, one in value.items()}


def everywhere(app: Any, changed: Changed) -> Any:
    for path in ("/salesreceipt", "/query", "/batch"):
        app = worlds.changing_answers(app, path, changed)
    return app


ODD = {
    "a total that is none": {"TotalAmt": "n/a"},
    "a total of 30 digits": {"TotalAmt": int("9" * 30)},
    "a total beyond all numbers": {"TotalAmt": 1e300},
    "no customer": {"CustomerRef": "n/a"},
    "lines of another kind": {"Line": "none"},
    "an id of 60 characters": {"Id": "9" * 60},
    "no id": {"Id": None},
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD.keys())
def test_r2_a_receipt_that_cannot_be_read_is_parked_and_the_others_are_posted(
    shop_in: OpenShop, odd: dict[str, Any]
) -> None:
    changed = Changed(lambda record: {**record, **odd}, "IS-3")
    shop = shop_in(everywhere, changed)
    run = shop.read(sales(5))
    assert shop.post(run) == {"posted": 4, "unsettled": 1}
    assert {id for id, row in shop.orders().items() if row.status == "posted"} == {"1", "2", "4", "5"}
    assert shop.orders()["3"].code == "ANSWER_UNREADABLE"
    assert shop.post(run) == {"unsettled": 1}
    changed.healed = True
    assert shop.post(run) == {"posted": 1}
    shop.expect_each_posted_once(sales(5))


def test_r2_so_it_is_in_batches(shop_in: OpenShop) -> None:
    changed = Changed(lambda record: {**record, "TotalAmt": "n/a"}, "IS-3")
    shop = shop_in(everywhere, changed, write_mode="batch")
    run = shop.read(sales(5))
    assert shop.post(run) == {"posted": 4, "unsettled": 1}
    assert shop.calls(BATCH) == {"200": 1}
    changed.healed = True
    assert shop.post(run) == {"posted": 1}
    shop.expect_each_posted_once(sales(5))


@pytest.mark.parametrize("mode", ["single", "batch"])
def test_r2_a_mistake_of_the_program_about_one_document_is_seen_and_stops_no_other(
    shop_with: OpenShop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, mode: str
) -> None:
    shop = shop_with(write_mode=mode)
    run, kinds = shop.read(sales(5)), dict(sending.KINDS)
    [kind] = [one for one in kinds if one == "document"]
    right = kinds[kind].difference

    def mistaken(write: Any, record: Any) -> Any:
        if write.subject == "3":
            raise ZeroDivisionError("Ada Lovelace")
        return right(write, record)

    monkeypatch.setattr(sending, "KINDS", {**kinds, kind: _with(kinds[kind], mistaken)})
    assert shop.post(run) == {"posted": 4, "unsettled": 1}
    order = shop.orders()["3"]
    assert (order.code, "unexpected ZeroDivisionError in settling.py:" in order.message) == ("UNEXPECTED", True)
    assert "document 3: unexpected ZeroDivisionError in " in caplog.text
    assert "Ada Lovelace" not in caplog.text + order.message
    monkeypatch.undo()
    assert shop.post(run) == {"posted": 1}
    shop.expect_each_posted_once(sales(5))


def _with(kind: Any, difference: Any) -> Any:
    return replace(kind, difference=difference)


def test_r2_what_cannot_be_noted_of_one_order_is_noted_by_the_next_run(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, mark = shop.read(sales(4)), step.mark_posted

    def failing(engine: Any, store: str, run_key: str, posted: Any, events: Any) -> None:
        if posted[0].order_id == "2":
            raise KeyError("Ada Lovelace")
        mark(engine, store, run_key, posted, events)

    monkeypatch.setattr(step, "mark_posted", failing)
    assert shop.post(run) == {"posted": 3, "unsettled": 1}
    assert shop.orders()["2"].code == "UNEXPECTED"
    monkeypatch.undo()
    assert shop.post(shop.read(sales(4), "tuesday")) == {"posted": 1}
    shop.expect_each_posted_once(sales(4))


@pytest.mark.parametrize("mode", ["single", "batch"])
def test_r4_what_is_longer_than_its_column_is_cut(shop_with: OpenShop, mode: str) -> None:
    shop = shop_with(write_mode=mode)
    run = shop.read(sales(3))
    fault = refusal(LONG_CODE, "half \ud83d and \0 nothing " + "x" * 100_000)
    shop.fail(CREATE_DOCUMENT if mode == "single" else BATCH, "fault", status=500, body=fault)
    assert shop.post(run) == {"posted": 3}
    shop.fail(CREATE_DOCUMENT, "fault", next=1000, status=400, body=fault)
    shop.fail(BATCH, "fault", next=1000, status=400, body=fault)
    assert shop.post(shop.read([sale(4)], "tuesday")) == {"failed": 1}
    order = shop.orders()["4"]
    assert order.code == LONG_CODE[:40]
    assert "half \ufffd and nothing x" in order.message
    assert len(order.message) < 2000


STRANGE = {
    "note": {"PrivateNote": "Infusionsoft order 99 (store other)"},
    "no note": {"PrivateNote": None},
    "customer": {"CustomerRef": {"value": "77"}},
    "no customer": {"CustomerRef": None},
    "day": {"TxnDate": "2026-11-01"},
    "number": {"DocNumber": "X-9"},
}


@pytest.mark.parametrize("strange", STRANGE.values(), ids=STRANGE.keys())
def test_r9_a_foreign_document_is_not_believed_though_its_total_agrees(
    shop_in: OpenShop, strange: dict[str, Any]
) -> None:
    changed = Changed(lambda record: {**record, "Id": "4711", **strange}, "IS-2")
    shop = shop_in(lambda app: worlds.changing_answers(app, "/salesreceipt", changed))
    assert shop.post(shop.read(sales(3))) == {"posted": 3}
    shop.expect_each_posted_once(sales(3))
    assert "was found in QuickBooks" in shop.history("2")[0]


def test_r9_items_of_a_batch_that_are_exchanged_each_find_their_own(shop_in: OpenShop) -> None:
    def exchanged(answer: dict[str, Any]) -> dict[str, Any]:
        rows = answer["BatchItemResponse"]
        ids = [row["bId"] for row in rows]
        return {
            **answer,
            "BatchItemResponse": [{**row, "bId": id} for row, id in zip(rows, reversed(ids), strict=True)],
        }

    shop = shop_in(lambda app: worlds.changing_answers(app, "/batch", exchanged), write_mode="batch")
    alike = [sale(number, total="10.00") for number in range(1, 5)]
    assert shop.post(shop.read(alike)) == {"posted": 4}
    shop.expect_each_posted_once(alike)


def test_r9_a_customer_of_another_name_is_not_believed(shop_in: OpenShop) -> None:
    def other(answer: dict[str, Any]) -> dict[str, Any]:
        made = answer["Customer"]
        if made["DisplayName"] != "Person No2" or int(made["SyncToken"]):
            return answer
        email = {"PrimaryEmailAddr": {"Address": "else@example.com"}}
        return {"Customer": {**made, "Id": "4711", "DisplayName": "Somebody Else", **email}}

    shop = shop_in(lambda app: worlds.changing_answers(app, "/customer", other))
    assert shop.create_customers(shop.read(people(3))) == {"created": 2, "found again": 1}
    shop.expect_each_person_once(people(3))


def old(record: dict[str, Any]) -> dict[str, Any]:
    then = "2025-01-02T03:04:05-07:00"
    return {**record, "MetaData": {"CreateTime": then, "LastUpdatedTime": then}}


def test_r9_a_replay_of_an_older_answer_is_looked_up_and_found(shop_in: OpenShop) -> None:
    shop = shop_in(lambda app: worlds.changing_answers(app, "/salesreceipt", Changed(old, "IS-2")))
    assert shop.post(shop.read(sales(3))) == {"posted": 3}
    shop.expect_each_posted_once(sales(3))
    assert "was found in QuickBooks" in shop.history("2")[0]


def test_r9_a_replay_of_what_was_deleted_since_is_not_taken_for_a_document(shop_in: OpenShop) -> None:
    """The database is put back to before the order was recorded, and somebody has deleted the document."""
    changed = Changed(old, "IS-1")
    changed.healed = True
    shop = shop_in(lambda app: worlds.changing_answers(app, "/salesreceipt", changed))
    assert shop.post(shop.read(sales(1))) == {"posted": 1}
    [document] = shop.documents()
    shop.quickbooks.delete("SalesReceipt", document["Id"], document["SyncToken"], request_id="by hand")
    with shop.engine.begin() as connection:
        for table in ("writes", "write_orders", "orders"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    changed.healed = False

    assert shop.post(shop.read(sales(1), "tuesday")) == {"failed": 1}
    assert shop.orders()["1"].code == "REPLAYED"
    changed.healed = True
    assert shop.post(shop.read(sales(1), "wednesday")) == {"posted": 1}
    shop.expect_each_posted_once(sales(1))


def test_r9_a_payment_that_is_answered_with_that_of_another_invoice_is_looked_for(shop_in: OpenShop) -> None:
    def other(answer: dict[str, Any]) -> dict[str, Any]:
        made = answer["Payment"]
        if "order 2 " not in made["PrivateNote"]:
            return answer
        [line] = made["Line"]
        return {
            "Payment": {**made, "Id": "4711", "Line": [{**line, "LinkedTxn": [{"TxnId": "9", "TxnType": "Invoice"}]}]}
        }

    shop = shop_in(lambda app: worlds.changing_answers(app, "/payment", other), **PAID_INVOICES)
    orders = [paid(sale(number), str(sale(number).order.total)) for number in (1, 2)]
    assert shop.post(shop.read(orders)) == {"posted": 2, "payments": 2}
    shop.expect_money_once(orders)


VAGUE = ["6000", "10000", "2000", "", "77777", LONG_CODE]


@pytest.mark.parametrize("code", VAGUE)
def test_r10_a_refusal_that_says_nothing_and_was_executed_is_adopted(
    shop_in: OpenShop, tmp_path: Path, code: str
) -> None:
    shop = shop_in(worlds.ignoring_request_ids)
    worlds.leave_numbers_unchecked(tmp_path)
    run = shop.read(sales(3))
    shop.fail(CREATE_DOCUMENT, "fault", status=400, body=refusal(code), executed=True)
    assert shop.post(run) == {"posted": 3}
    shop.expect_each_posted_once(sales(3))


@pytest.mark.parametrize("mode", ["single", "batch"])
def test_r10_a_refusal_that_says_little_is_one_once_it_is_repeated_and_nothing_is_there(
    shop_with: OpenShop, mode: str
) -> None:
    shop = shop_with(write_mode=mode)
    run = shop.read(sales(1))
    for kind in (CREATE_DOCUMENT, BATCH):
        shop.fail(kind, "fault", next=1000, status=400, body=refusal("6000", "You must set a transaction amount."))
    assert shop.post(run) == {"failed": 1}
    assert (shop.orders()["1"].code, "You must set" in shop.orders()["1"].message) == ("6000", True)
    assert shop.calls(CREATE_DOCUMENT)["400"] + shop.calls(BATCH)["400"] == 2
    shop.sandbox.delete("/_sandbox/faults")
    assert shop.post(shop.read(sales(1), "tuesday")) == {"posted": 1}
    shop.expect_each_posted_once(sales(1))


@pytest.mark.parametrize("mode", ["single", "batch"])
def test_r10_before_a_corrected_document_goes_out_what_the_refused_one_left_is_looked_for(
    shop_with: OpenShop, tmp_path: Path, mode: str
) -> None:
    worlds.leave_numbers_unchecked(tmp_path)
    shop = shop_with(write_mode=mode)
    run = shop.read(sales(2))
    for kind in (CREATE_DOCUMENT, BATCH):
        shop.fail(kind, "fault", status=400, body=refusal("2500", "Invalid Reference Id"), executed=True)
    shop.post(run)
    assert "failed" in {row.status for row in shop.orders().values()}
    shop.post(shop.read(sales(2), "tuesday"))
    shop.expect_each_posted_once(sales(2))


def test_r10_a_payment_is_found_by_its_invoice_where_its_day_was_changed(shop_with: OpenShop) -> None:
    shop = shop_with(**PAID_INVOICES)
    orders = [paid(sale(1), "10.01")]
    shop.fail(CREATE_PAYMENT, "drop_after")
    shop.fail("quickbooks query Payment", "503", next=1000)
    run = shop.read(orders)
    assert shop.post(run) == {"unsettled": 1}
    [payment] = shop.records("Payment")
    lines = shop.quickbooks.read("Payment", payment["Id"])["Line"]
    shop.change("Payment", payment["Id"], TxnDate="2026-11-02", CustomerRef=payment["CustomerRef"], Line=lines)
    shop.sandbox.delete("/_sandbox/faults")
    assert shop.post(run) == {"posted": 1, "payments": 1}
    assert len(shop.records("Payment")) == 1


def test_r10_a_payment_is_not_sent_again_where_its_invoice_is_paid_by_now(shop_with: OpenShop) -> None:
    shop = shop_with(**PAID_INVOICES)
    orders = [paid(sale(1), "10.01"), paid(sale(2), "10.02")]
    shop.fail(CREATE_PAYMENT, "drop_before")
    shop.fail("quickbooks query Payment", "503", next=1000)
    run = shop.read(orders)
    shop.post(run)
    [open_one] = [one for one in shop.records("Invoice") if one["Balance"]]
    link = {"Amount": open_one["Balance"], "LinkedTxn": [{"TxnId": open_one["Id"], "TxnType": "Invoice"}]}
    shop.add(
        "Payment", CustomerRef={"value": shop.ada}, TotalAmt=open_one["Balance"], Line=[link], PrivateNote="By hand."
    )
    shop.sandbox.delete("/_sandbox/faults")
    assert shop.post(run) == {"failed": 1}
    assert len(shop.records("Payment")) == 2
    assert "INVOICE_SETTLED" in {row.code for row in shop.orders().values()}


def test_a_parked_write_is_told_once_and_then_every_minute(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    run = shop.read(sales(6))
    shop.fail(CREATE_DOCUMENT, "drop_after", next=5)
    assert shop.post(run, Timing(settle_after=1.0)) == {"posted": 6}
    waits = [line for line in caplog.messages if "looking for it in" in line]
    assert len(waits) == 1
    assert "the answer was lost for 5 of them, documents" in waits[0]


def test_r9_no_customer_is_believed_without_an_id_that_can_be_kept(shop: Shop) -> None:
    run = shop.read(people(2))
    shop.fail(CREATE_CUSTOMER, "fault", status=200, body='{"Customer": {"Id": {"value": 1}}}', executed=True)
    assert sum(shop.create_customers(run).values()) == 2
    shop.expect_each_person_once(people(2))
