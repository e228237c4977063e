"""Orders that are deleted in Infusionsoft after they were recorded: told, and by setting an unpaid invoice is voided; never silent."""

from __future__ import annotations

import pytest

from order_sync.sync.steps.refresh_customers import refresh_lists
from tests.shop.counter import ShopCounter
from tests.shop.entries import entries

UF, AR, SALES = "Undeposited Funds", "Accounts Receivable (A/R)", "Sales of Product Income"
OWED = {AR: "Dr 100.00", SALES: "Cr 100.00"}
PAID = {UF: "Dr 100.00", SALES: "Cr 100.00"}
INVOICES = ("Invoice", "Invoice and payment", "Invoice, payment if paid")
FLAGGED = "posted with warnings DELETED"

both_ways = pytest.mark.parametrize("write_mode", ["single", "batch"])
each_invoice = pytest.mark.parametrize("post_as", INVOICES)


def choose(
    counter: ShopCounter, post_as: str, write_mode: str = "single", deleted: str = "flag", **more: object
) -> None:
    counter.set(write_mode=write_mode, orders={"deleted": deleted}, revenue={"post_as": post_as} | more)


def remove(counter: ShopCounter, number: int = 1) -> None:
    counter.sandbox.delete(f"/_sandbox/infusionsoft/order/{number}")


@both_ways
@each_invoice
def test_m9_an_unpaid_invoice_is_told_to_stand_open(counter: ShopCounter, write_mode: str, post_as: str) -> None:
    choose(counter, post_as, write_mode)
    counter.sell(1)
    counter.run(0)
    remove(counter)
    counter.run(5)

    assert (counter.state(), entries(counter)) == (FLAGGED, OWED)
    told = "The order was deleted in Infusionsoft after it was recorded; the invoice IS-1 stands open over 100.00 USD."
    assert [one for one in counter.history() if "deleted" in one] == [told]
    counter.expect_quiet()
    assert [one for one in counter.history() if "deleted" in one] == [told]


@both_ways
@each_invoice
def test_m9_an_unpaid_invoice_is_voided_by_setting(counter: ShopCounter, write_mode: str, post_as: str) -> None:
    choose(counter, post_as, write_mode, "void")
    counter.sell(1)
    counter.run(0)
    remove(counter)
    assert counter.run(5) == {"posted with warnings": 1, "voids": 1}

    assert (counter.state(), entries(counter)) == (FLAGGED, {})
    assert "its invoice IS-1 over 100.00 USD was voided in QuickBooks" in counter.history()[0]
    counter.expect_quiet()


@both_ways
@pytest.mark.parametrize("setting", ["flag", "void"])
def test_m9_a_part_paid_invoice_is_only_told(counter: ShopCounter, write_mode: str, setting: str) -> None:
    choose(counter, "Invoice and payment", write_mode, setting)
    counter.sell(1)
    counter.pay(1, "40.00")
    counter.run(0)
    remove(counter)
    counter.run(5)

    assert (counter.state(), entries(counter)) == (FLAGGED, {UF: "Dr 40.00", AR: "Dr 60.00", SALES: "Cr 100.00"})
    assert "the invoice IS-1 stands open over 60.00 USD" in counter.history()[0]
    counter.expect_quiet()


@pytest.mark.parametrize("setting", ["flag", "void"])
def test_m9_money_that_came_before_the_deletion_is_recorded(counter: ShopCounter, setting: str) -> None:
    choose(counter, "Invoice and payment", deleted=setting)
    counter.sell(1)
    counter.run(0)
    counter.pay(1, day=1)
    remove(counter)
    counter.run(1)

    assert (counter.state(), entries(counter)) == (FLAGGED, PAID)
    assert "the invoice IS-1 stays, paid with 100.00 USD" in counter.history()[0]
    counter.expect_quiet()


@both_ways
@pytest.mark.parametrize("setting", ["flag", "void"])
@pytest.mark.parametrize("post_as", ["Sales receipt", *INVOICES])
def test_m9_a_paid_order_is_only_told(counter: ShopCounter, write_mode: str, setting: str, post_as: str) -> None:
    choose(counter, post_as, write_mode, setting)
    counter.sell(1)
    counter.pay(1)
    counter.run(0)
    before = entries(counter)
    remove(counter)
    counter.run(0)

    assert (counter.state(), entries(counter)) == (FLAGGED, before)
    words = {
        "Sales receipt": "the sales receipt IS-1 still shows 100.00 USD",
        "Invoice": "the invoice IS-1 stands open over 100.00 USD",
    }.get(post_as, "the invoice IS-1 stays, paid with 100.00 USD")
    assert words in counter.history()[0]
    counter.expect_quiet()


@both_ways
@pytest.mark.parametrize("post_as", ["Sales receipt", "Invoice and payment", "Invoice, payment if paid"])
@pytest.mark.parametrize("back", ["100.00", "30.00"])
def test_m10_refunded_and_then_deleted(counter: ShopCounter, write_mode: str, post_as: str, back: str) -> None:
    choose(counter, post_as, write_mode)
    counter.sell(1)
    counter.pay(1)
    counter.run(0)
    counter.give_back(1, back, day=5)
    remove(counter)
    counter.run(5)

    left = {account: f"{side} {100 - float(back):.2f}" for account, side in ((UF, "Dr"), (SALES, "Cr"))}
    assert (counter.state(), entries(counter)) == (FLAGGED, {} if back == "100.00" else left)
    assert f"{back} USD given back are recorded beside it" in counter.history()[0]
    counter.expect_quiet()


def test_m10_refunded_after_it_was_deleted(counter: ShopCounter) -> None:
    counter.sell(1)
    counter.pay(1)
    counter.run(0)
    refund = counter.give_back(1, "30.00", day=5)
    [given_back] = [one for one in counter.account.all("payment") if one["id"] == refund]
    counter.take_back(refund)
    remove(counter)
    counter.run(0)
    assert counter.state() == FLAGGED
    counter.account.put("payment", given_back)
    counter.run(5)

    assert (counter.state(), entries(counter)) == (FLAGGED, {UF: "Dr 70.00", SALES: "Cr 70.00"})
    counter.expect_quiet()


@both_ways
def test_m10_of_a_day_with_several_orders(counter: ShopCounter, write_mode: str) -> None:
    choose(counter, "Sales receipt", write_mode, consolidate=True)
    counter.add("Customer", DisplayName="demo daily sales")
    for number in (1, 2):
        counter.sell(number)
        counter.pay(number)
    counter.run(0)
    counter.give_back(1, day=5)
    for number in (1, 2):
        remove(counter, number)
    counter.run(5)

    assert counter.states() == {1: FLAGGED, 2: "posted"}  # nothing asked for the second one
    assert entries(counter) == PAID
    assert "the sales receipt IS-20261116-1, of several orders, still shows 100.00 USD of it" in counter.history()[0]
    counter.expect_quiet()


def test_m10_a_refund_shared_with_another_order_is_held(counter: ShopCounter) -> None:
    for number in (1, 2):
        counter.sell(number)
        counter.pay(number)
    counter.run(0)
    remove(counter)
    refund = counter.give_back(2, "60.00", day=5)
    [given_back] = [one for one in counter.account.all("payment") if one["id"] == refund]
    counter.account.put("payment", {**given_back, "order_ids": ["1", "2"]})
    counter.run(5)

    assert counter.state(1) == "held REFUND_DISAGREES"


def test_a_list_that_lacks_the_order_proves_nothing(counter: ShopCounter) -> None:
    choose(counter, "Invoice", deleted="void")
    counter.sell(1)
    counter.sell(2)
    counter.run(0)
    empty = {"what": "fault", "status": 200, "body": '{"orders": [], "next_page_token": ""}'}
    counter.fail("infusionsoft list orders", **empty, next=3)
    counter.run(5)

    assert counter.states() == {1: "posted", 2: "posted"}
    assert entries(counter) == {AR: "Dr 200.00", SALES: "Cr 200.00"}


def test_an_order_whose_answer_was_lost_is_told_once_it_is_found(counter: ShopCounter) -> None:
    choose(counter, "Invoice")
    counter.fail("quickbooks create Invoice", "drop_after")
    counter.fail("quickbooks query Invoice", "503", next=1000)
    counter.sell(1)
    counter.run(0)
    assert counter.state() == "unsettled UNSETTLED"
    remove(counter)
    counter.sandbox.delete("/_sandbox/faults")
    counter.run(1)
    counter.run(2)

    assert (counter.state(), entries(counter)) == (FLAGGED, OWED)
    assert not any("before it was recorded" in one for one in counter.history())


@both_ways
@pytest.mark.parametrize("what", ["drop_after", "drop_before"])
def test_m9_the_lost_answer_of_a_void(counter: ShopCounter, write_mode: str, what: str) -> None:
    choose(counter, "Invoice", write_mode, "void")
    counter.sell(1)
    counter.run(0)
    remove(counter)
    counter.fail("quickbooks batch" if write_mode == "batch" else "quickbooks void Invoice", what)
    counter.run(5)

    assert (counter.state(), entries(counter)) == (FLAGGED, {})
    assert counter.ledger("void") == ["1 generation 1 posted"]
    counter.expect_quiet()


def test_m9_a_void_that_nobody_came_to_note(counter: ShopCounter, monkeypatch: pytest.MonkeyPatch) -> None:
    choose(counter, "Invoice", deleted="void")
    counter.sell(1)
    counter.run(0)
    remove(counter)
    with monkeypatch.context() as dying:
        dying.setattr("order_sync.sync.recording.reversals.flag_order", _die)
        with pytest.raises(KeyboardInterrupt):
            counter.run(5)
    counter.run(6)

    assert (counter.state(), entries(counter)) == (FLAGGED, {})
    assert counter.sent()["void Invoice"] == 1


def _die(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_m9_an_invoice_of_a_closed_period_is_held(counter: ShopCounter) -> None:
    choose(counter, "Invoice", deleted="void")
    counter.sell(1)
    counter.run(0)
    counter.company(preferences={"AccountingInfoPrefs": {"BookCloseDate": "2026-11-30"}})
    refresh_lists(counter.engine, counter.quickbooks)
    remove(counter)
    counter.run(5)

    assert (counter.state(), entries(counter)) == ("held PERIOD_CLOSED", OWED)


def test_m9_an_invoice_that_is_paid_in_quickbooks_is_held(counter: ShopCounter) -> None:
    choose(counter, "Invoice", deleted="void")
    counter.sell(1)
    counter.run(0)
    invoice = counter.document("Invoice", "IS-1")
    line_of = {"Amount": 40, "LinkedTxn": [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]}
    counter.add("Payment", CustomerRef={"value": counter.ada}, TotalAmt=40, Line=[line_of])
    remove(counter)
    counter.run(5)

    assert counter.state() == "held EDITED"
    assert "40.00 USD of it are paid in QuickBooks" in counter.history()[0]
    assert entries(counter) == {UF: "Dr 40.00", AR: "Dr 60.00", SALES: "Cr 100.00"}


def test_m9_an_invoice_that_somebody_voided_already(counter: ShopCounter) -> None:
    choose(counter, "Invoice", deleted="void")
    counter.sell(1)
    counter.run(0)
    invoice = counter.document("Invoice", "IS-1")
    counter.quickbooks.void("Invoice", invoice["Id"], invoice["SyncToken"], request_id="by hand")
    remove(counter)
    counter.run(5)

    assert (counter.state(), entries(counter)) == (FLAGGED, {})
    assert counter.ledger("void") == []


def test_an_order_that_is_deleted_before_it_was_recorded(counter: ShopCounter) -> None:
    counter.sell(1)
    counter.run(0)
    remove(counter)
    counter.run(5)
    assert (counter.state(), entries(counter)) == ("skipped GONE", {})


@pytest.mark.parametrize("deleted", ["flag", "void"])
def test_m9_what_was_written_off_of_a_deleted_order_is_not_open(counter: ShopCounter, deleted: str) -> None:
    choose(counter, "Invoice and payment", deleted=deleted)
    counter.sell(1)
    counter.pay(1, "20.00", method="Adjustment")
    counter.run(0)
    remove(counter)
    counter.run(5)

    assert counter.state() == FLAGGED
    assert "stands open over 80.00 USD" in counter.history()[0]
    counter.expect_quiet()


@pytest.mark.parametrize(("later", "money"), [(None, "40.00"), ("60.00", "100.00"), ("-40.00", None)])
def test_m10_money_of_an_order_that_was_deleted_before_it_was_recorded_is_told(
    counter: ShopCounter, later: str | None, money: str | None
) -> None:
    counter.sell(1)
    counter.pay(1, "40.00")
    counter.run(0)
    assert counter.state() == "waiting UNPAID"
    if later:
        counter.pay(1, later, day=1)
    remove(counter)
    counter.run(1)

    told = f" {money} USD came in for it and are not in QuickBooks: enter them by hand, if they stay with you."
    gone = "Infusionsoft no longer has the order; it was deleted there before it was recorded."
    assert (counter.state(), entries(counter)) == ("skipped GONE", {})
    assert counter.history()[0] == gone + (told if money else "")
    counter.expect_quiet()
