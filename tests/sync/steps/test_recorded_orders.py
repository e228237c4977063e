"""What may still happen to a recorded order, and must neither be lost from sight nor undo what people did."""

from __future__ import annotations

from decimal import Decimal

import pytest

from order_sync.database.order_status import skip_order
from tests.faults import moments
from tests.shop.counter import ShopCounter, line
from tests.shop.fault_shop import CREATE_DOCUMENT

UPDATE = {"orders": {"changed": "update"}}


def test_an_update_keeps_what_somebody_set_on_the_document(counter: ShopCounter) -> None:
    counter.set(**UPDATE)
    counter.sell(1)
    counter.pay(1)
    counter.run(0)
    bob = counter.add("Customer", DisplayName="Bob Roy")["Id"]
    moved = {"CustomerRef": {"value": bob}, "CustomerMemo": {"value": "Thank you"}, "TxnDate": "2026-11-20"}
    counter.edit("SalesReceipt", "IS-1", **moved)
    counter.change(1, line("60.00"), line("40.00"), day=1)
    counter.run(1)
    document = counter.document("SalesReceipt", "IS-1")
    assert counter.sold("SalesReceipt", "IS-1") == ["Widget 60.00 NON", "Widget 40.00 NON"]
    assert (document["CustomerRef"]["value"], document["CustomerMemo"]["value"]) == (bob, "Thank you")
    assert document["TxnDate"] == "2026-11-20"


def test_lines_that_somebody_split_are_not_overwritten(counter: ShopCounter) -> None:
    counter.set(**UPDATE)
    counter.sell(1)
    counter.pay(1)
    counter.run(0)
    [sold] = [one for one in counter.document("SalesReceipt", "IS-1")["Line"] if "SalesItemLineDetail" in one]
    detail = {"ItemRef": sold["SalesItemLineDetail"]["ItemRef"], "TaxCodeRef": {"value": "NON"}}
    half = {"DetailType": "SalesItemLineDetail", "Amount": 50, "SalesItemLineDetail": detail}
    counter.edit("SalesReceipt", "IS-1", Line=[half, half])
    counter.change(1, line("60.00"), line("40.00"), day=1)
    counter.run(1)
    assert counter.state() == "held EDITED"
    assert counter.sold("SalesReceipt", "IS-1") == ["Widget 50.00 NON", "Widget 50.00 NON"]


@pytest.mark.parametrize("given_back", [True, False])
def test_a_second_charge_after_the_receipt_holds_the_order(counter: ShopCounter, given_back: bool) -> None:
    counter.sell(1)
    counter.pay(1)
    counter.run(0)
    if given_back:
        counter.give_back(1, day=1)
        counter.run(1)
    counter.pay(1, day=2)
    counter.run(2)
    assert counter.state() == "held OVERPAID"
    assert "200" in counter.history()[0]


def test_more_given_back_than_was_sold_holds_the_order(counter: ShopCounter) -> None:
    counter.sell(1)
    counter.pay(1)
    counter.run(0)
    counter.give_back(1, "150.00", day=1)
    counter.run(1)
    assert counter.state() == "held REFUND_DISAGREES"
    assert counter.books() == ["SalesReceipt IS-1 11-16 100.00"]


def test_an_order_that_may_be_in_quickbooks_cannot_be_skipped(counter: ShopCounter) -> None:
    counter.sell(1)
    counter.pay(1)
    counter.fail(CREATE_DOCUMENT, "drop_before")
    counter.fail("quickbooks query SalesReceipt", "503", next=1000)
    counter.run(0)
    counter.prepare(1)  # the next run is on its way, and has not looked yet
    with pytest.raises(LookupError, match="answer was lost"):
        skip_order(counter.engine, "demo", "1", "entered by hand")


def test_a_change_while_the_order_is_held_is_told(counter: ShopCounter) -> None:
    counter.sell(1)
    counter.pay(1)
    counter.run(0)
    counter.change(1, refund_total="10.00", day=1)
    counter.run(1)
    assert counter.state() == "held REFUND_DISAGREES"
    counter.change(1, line("90.00"), day=2, refund_total="10.00")
    counter.run(2)
    assert "changed in Infusionsoft" in " ".join(counter.history())
    counter.change(1, refund_total="0.00", day=3)
    counter.run(3)
    assert counter.state() == "posted with warnings CHANGED"


def consolidating(counter: ShopCounter, tax: str = "0.00") -> None:
    counter.set(revenue={"consolidate": True}, taxes={"record_as": "as charged"})
    counter.add("Customer", DisplayName="demo daily sales")
    for number in (1, 2):
        counter.sell(number, line("100.00"), line(tax, kind="TAX"))
        counter.pay(number, str(100 + Decimal(tax)))


def test_a_skipped_order_of_a_day_stays_skipped(counter: ShopCounter) -> None:
    consolidating(counter, tax="7.00")
    counter.company(sales_tax_percent=10, compute_tax_always=True)
    counter.run(0)
    assert counter.states() == dict.fromkeys((1, 2), "failed TAX_DIFFERS")
    skip_order(counter.engine, "demo", "1", "It is right as it is.")
    counter.run(1)
    assert counter.states() == {1: "posted with warnings BY_PERSON", 2: "failed TAX_DIFFERS"}


def test_a_day_whose_process_died_before_noting_is_not_called_changed(
    counter: ShopCounter, monkeypatch: pytest.MonkeyPatch
) -> None:
    consolidating(counter)
    run = counter.prepare(0)
    with monkeypatch.context() as dying:
        dying.setattr(moments.DOCUMENT_RECORDED, _die)
        with pytest.raises(KeyboardInterrupt):
            counter.post(run)
    counter.run(1)
    assert counter.states() == {1: "posted", 2: "posted"}


def test_a_day_whose_process_died_before_sending_goes_out_under_its_own_number(
    counter: ShopCounter, monkeypatch: pytest.MonkeyPatch
) -> None:
    consolidating(counter)
    run = counter.prepare(0)
    with monkeypatch.context() as dying:
        dying.setattr(moments.CLAIMED, _die)
        with pytest.raises(KeyboardInterrupt):
            counter.post(run)
    counter.run(1)
    assert counter.books() == ["SalesReceipt IS-20261116-1 11-16 200.00"]
    assert counter.ledger("document") == ["2026-11-16 1 generation 1 posted"]


def _die(*_: object) -> None:
    raise KeyboardInterrupt
